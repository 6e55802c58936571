//! The API server as the judge of our Pod Security Standards: it enforces them itself, in a
//! namespace that says so, and must accept and refuse what our checks do.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use harness::pss::{PodCase, cases};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::Api;
use kube::api::{Patch, PatchParams};
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::{Action, Arena, Catalog, Context, Phase, Settings, Snapshot, evaluate};
use serde_json::{Value, json};
use time::macros::date;

use crate::stage::Stage;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// What the API server of these tests, 1.36, does not know of policy 1.37.
const NEWER: [&str; 3] = [
    "PSS-sysctls-safe-sysctls/cases/pod/pass-new-in-1-37-tcp-notsent-lowat.yaml",
    "PSS-sysctls-safe-sysctls/cases/pod/pass-new-in-1-37-tcp-slow-start-after-idle.yaml",
    "PSS-sysctls-safe-sysctls/cases/pod/pass-safe-set.yaml",
];

/// What somebody says of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Accepted,
    Refused,
    /// No pod at all: the API server validates before it asks the standards.
    Invalid,
}

fn ours(snapshot: &Snapshot, pod: &Value) -> Says {
    let arena = Arena::new();
    let value = probity_catalog::Value::from_json(pod, &arena);
    let found = subjects(value, &RequestInfo::offline(None), &arena);
    let context = Context::new(Phase::Offline, date!(2026 - 11 - 21));
    let subject = found.judged.first().unwrap();
    match evaluate(snapshot, subject, &context, &arena).action() {
        Some(Action::Deny) => Says::Refused,
        _ => Says::Accepted,
    }
}

fn theirs<T: std::fmt::Debug>(answer: kube::Result<T>) -> Says {
    match answer {
        Ok(_) => Says::Accepted,
        Err(kube::Error::Api(status)) if status.message.contains("violates PodSecurity") => {
            Says::Refused
        }
        Err(kube::Error::Api(status)) if matches!(status.code, 400 | 422) => Says::Invalid,
        Err(other) => panic!("neither yes nor no: {other}"),
    }
}

/// The pod without its ephemeral containers, and these: they come by a request of their own.
fn apart(case: &PodCase, name: &str) -> (Value, Option<Value>) {
    let mut pod = case.pod.clone();
    pod["metadata"]["name"] = json!(name);
    let ephemeral = pod["spec"].as_object_mut().unwrap().remove("ephemeralContainers");
    (pod, ephemeral)
}

/// The pod with all that restricted asks for beside what the case is about, so that this decides.
fn hardened(mut case: PodCase) -> PodCase {
    let about = |check: &str| case.control == format!("PSS-{check}");
    let spec = &mut case.pod["spec"];
    if spec["os"]["name"] == "windows" {
        return case;
    }
    let fill = |at: &mut Value, field: &str, value: Value| {
        if at["securityContext"].get(field).is_none() {
            at["securityContext"][field] = value;
        }
    };
    if !about("runAsNonRoot") {
        fill(spec, "runAsNonRoot", json!(true));
    }
    if !about("seccompProfile_restricted") {
        fill(spec, "seccompProfile", json!({ "type": "RuntimeDefault" }));
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if !about("allowPrivilegeEscalation") {
                fill(container, "allowPrivilegeEscalation", json!(false));
            }
            if !about("capabilities_restricted") {
                fill(container, "capabilities", json!({ "drop": ["ALL"] }));
            }
        }
    }
    case
}

/// Switches enforcement on and waits until it is.
async fn enforce(stage: &Stage, level: &str) {
    let namespaces: Api<Namespace> = Api::all(stage.client.clone());
    let patch = json!({ "metadata": { "labels": { ENFORCE: level } } });
    let patch = Patch::Merge(patch);
    namespaces.patch(&stage.namespace, &PatchParams::default(), &patch).await.unwrap();
    let root = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "root" },
        "spec": { "hostPID": true, "containers": [{ "name": "app", "image": "app" }] },
    });
    let deadline = Instant::now() + Duration::from_mins(1);
    while theirs(stage.try_create(&root).await) != Says::Refused {
        assert!(Instant::now() < deadline, "{level} is never enforced");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn compared(level: &str, cases: Vec<PodCase>) {
    let Some(stage) = Stage::labelled(&format!("standard-{level}"), &[]).await else { return };
    let pods: Api<Pod> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let catalog = Catalog::embedded().unwrap();
    let framework = format!("pss-{level}");
    let snapshot = Snapshot::of_framework(catalog, Settings::default(), &framework).unwrap();
    // Pods that will get an ephemeral container are there before anybody enforces anything.
    let mut there = BTreeSet::new();
    for (number, case) in cases.iter().enumerate() {
        let (pod, ephemeral) = apart(case, &format!("case-{number}"));
        if ephemeral.is_some() && theirs(stage.create(&pod).await) == Says::Accepted {
            there.insert(number);
        }
    }
    enforce(&stage, level).await;
    let dry_run = PatchParams { dry_run: true, ..PatchParams::default() };
    let (mut differences, mut answered) = (BTreeSet::new(), [0_u32; 2]);
    for (number, case) in cases.iter().enumerate() {
        let name = format!("case-{number}");
        let said = match apart(case, &name) {
            (pod, None) => theirs(stage.try_create(&pod).await),
            (_, Some(_)) if !there.contains(&number) => Says::Invalid,
            (_, Some(ephemeral)) => {
                let patch = json!({ "spec": { "ephemeralContainers": ephemeral } });
                let patch = Patch::Strategic(patch);
                theirs(pods.patch_ephemeral_containers(&name, &dry_run, &patch).await)
            }
        };
        match said {
            Says::Invalid => continue,
            Says::Accepted => answered[0] += 1,
            Says::Refused => answered[1] += 1,
        }
        if said != ours(&snapshot, &case.pod) {
            differences.insert(case.file.as_str());
        }
    }
    assert!(answered.iter().all(|count| *count >= 50), "{answered:?} is too little of an answer");
    let known = NEWER.iter().copied().filter(|file| {
        cases.iter().any(|case| case.file == *file && ours(&snapshot, &case.pod) == Says::Accepted)
    });
    assert_eq!(differences, known.collect(), "{level}");
}

#[tokio::test(flavor = "multi_thread")]
async fn baseline_is_what_the_api_server_enforces() {
    compared("baseline", cases()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restricted_is_what_the_api_server_enforces() {
    compared("restricted", cases().into_iter().map(hardened).collect()).await;
}
