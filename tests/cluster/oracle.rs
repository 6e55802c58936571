//! The API server as an oracle: what its own CEL says of the shipped rules.
//!
//! A rule that needs nothing of ours (no parameter, no function of our own) is as good a
//! `ValidatingAdmissionPolicy`. Each is made one, and both engines are asked about the same pods.
//! What the two answer otherwise, and who is right, would stand in `tests/oracles/disagreements.yaml`.

use k8s_openapi::api::core::v1::Pod;
use oracles::{Oracle, disagreements};
use probity_catalog::control::{Control, Each, Rule, Target};
use probity_catalog::evaluate::{Context, Phase, evaluate_control};
use probity_catalog::expression::Expression;
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::{Arena, Catalog, Settings, Snapshot, Value as Ours, Verdict};
use serde_json::{Value, json};

use crate::objects::compliant;
use crate::policy::Policies;
use crate::stage::Stage;

/// What only our own engine knows.
const OWN: [&str; 11] = [
    "variables.",
    "params.",
    "environment",
    "classification",
    "regimes",
    "namespaceObject",
    "effective(",
    "classAtLeast(",
    "image(",
    "entropy(",
    "oldObject",
];

/// A rule as one condition on `pod`, `podMeta` and `object`; none where it needs what is ours.
fn condition(rule: &Rule) -> Option<String> {
    let sources = rule.when.iter().chain([&rule.expression]).map(Expression::source);
    if sources.clone().any(|source| OWN.iter().any(|own| source.contains(own))) {
        return None;
    }
    let holds = format!("({})", rule.expression.source());
    let judged = match &rule.when {
        Some(when) => format!("(!({}) || {holds})", when.source()),
        None => holds,
    };
    let (variable, lists): (&str, &[&str]) = match rule.each {
        None => return Some(judged),
        Some(Each::AllContainers) => {
            ("c", &["containers", "initContainers", "ephemeralContainers"])
        }
        Some(Each::MainContainers) => ("c", &["containers", "initContainers"]),
        Some(Each::Volumes) => ("volume", &["volumes"]),
        Some(_) => return None,
    };
    let each =
        lists.iter().map(|list| format!("pod.?{list}.orValue([]).all({variable}, {judged})"));
    Some(each.collect::<Vec<_>>().join(" && "))
}

/// A control as one expression over `object`.
fn translated(control: &Control) -> Option<String> {
    let check = control.checks.iter().find(|check| check.id.target == Target::Pod)?;
    let rules: Option<Vec<String>> = check.rules.iter().map(condition).collect();
    let holds = rules?.join(" && ");
    // The variables that our expressions have, without a word of them changed.
    Some(format!("[object.spec].all(pod, [object.metadata].all(podMeta, {holds}))"))
}

/// Pods that differ in what the rules look at.
fn pods() -> Vec<(&'static str, Value)> {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 18] = [
        ("in order", |_| {}),
        ("bare", |spec| spec["containers"] = json!([{ "name": "a", "image": "b" }])),
        ("privileged", |spec| {
            spec["containers"][0]["securityContext"] = json!({ "privileged": true });
        }),
        ("privileged init container", |spec| {
            let context = json!({ "privileged": true });
            spec["initContainers"] =
                json!([{ "name": "i", "image": "b", "securityContext": context }]);
        }),
        ("host network and port", |spec| {
            spec["hostNetwork"] = json!(true);
            spec["containers"][0]["ports"] = json!([{ "containerPort": 80, "hostPort": 80 }]);
        }),
        ("host port 0", |spec| {
            spec["containers"][0]["ports"] = json!([{ "containerPort": 80, "hostPort": 0 }]);
        }),
        ("host processes", |spec| spec["hostPID"] = json!(true)),
        ("host path", |spec| {
            spec["volumes"] = json!([{ "name": "v", "hostPath": { "path": "/var/run" } }]);
        }),
        ("other volumes", |spec| {
            spec["volumes"] = json!([{ "name": "v", "emptyDir": {} }, { "name": "n", "nfs": { "server": "s", "path": "/" } }]);
        }),
        ("escalation", |spec| {
            spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
        }),
        ("root for all", |spec| {
            spec["securityContext"] = json!({ "runAsUser": 0, "runAsNonRoot": false });
        }),
        ("root by name alone", |spec| {
            spec["containers"][0]["securityContext"]["runAsNonRoot"] = Value::Null;
        }),
        ("capabilities", |spec| {
            spec["containers"][0]["securityContext"]["capabilities"] =
                json!({ "add": ["NET_BIND_SERVICE", "SYS_TIME"], "drop": ["all"] });
        }),
        ("unconfined", |spec| {
            let unconfined = json!({ "type": "Unconfined" });
            spec["securityContext"] =
                json!({ "seccompProfile": unconfined, "appArmorProfile": unconfined });
        }),
        ("own profiles", |spec| {
            let local = json!({ "type": "Localhost", "localhostProfile": "p" });
            let context = &mut spec["containers"][0]["securityContext"];
            context["seccompProfile"] = local.clone();
            context["appArmorProfile"] = local;
            context["procMount"] = json!("Default");
        }),
        ("labels of SELinux", |spec| {
            spec["securityContext"] =
                json!({ "seLinuxOptions": { "type": "container_t", "user": "u" } });
        }),
        ("settings of the kernel", |spec| {
            spec["securityContext"] =
                json!({ "sysctls": [{ "name": "kernel.msgmax", "value": "1" }] });
        }),
        ("probe of another host", |spec| {
            spec["containers"][0]["livenessProbe"] =
                json!({ "httpGet": { "port": 80, "host": "10.0.0.1" } });
        }),
    ];
    let pod = |change: Change| {
        let mut pod = compliant("asked");
        change(&mut pod["spec"]);
        pod
    };
    changes.into_iter().map(|(name, change)| (name, pod(change))).collect()
}

/// Whether our engine finds nothing wrong.
fn holds_for_us(snapshot: &Snapshot, control: &Control, stored: &Value) -> bool {
    let arena = Arena::new();
    let object = Ours::from_json(stored, &arena);
    let info = RequestInfo::offline(Some("oracle"));
    let subject = subjects(object, &info, &arena).judged.pop().unwrap();
    let context = Context::new(Phase::Admission, time::macros::date!(2026 - 11 - 21));
    let judged = evaluate_control(snapshot, &subject, &context, &arena, &control.id);
    let (verdict, findings) = judged.unwrap();
    match verdict {
        Verdict::Pass | Verdict::NotApplicable => true,
        Verdict::Fail => false,
        _ => panic!("{} {verdict}: {findings:?}", control.id),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shipped_rules_mean_the_same_to_the_api_server() {
    let Some(stage) = Stage::labelled("oracle", &[]).await else { return };
    let catalog = Catalog::embedded().unwrap();
    let ours = Snapshot::new(catalog.clone(), Settings::default()).unwrap();
    let standards = Snapshot::of_framework(catalog, Settings::default(), "pss-restricted").unwrap();

    let policies = Policies::<Pod>::new(&stage);
    let mut asked = Vec::new();
    for snapshot in [&ours, &standards] {
        for control in snapshot.controls() {
            let Some(expression) = translated(control) else { continue };
            let name = control.id.as_str().to_lowercase().replace('_', "-");
            let made = policies.enforce(&name, &expression).await;
            made.unwrap_or_else(|error| panic!("{name}: {expression}: {error}"));
            asked.push((snapshot, control, name));
        }
    }
    assert!(asked.len() >= 20, "only {} rules can be asked about", asked.len());

    policies.settle("last", &compliant("asked")).await;

    let known = disagreements(Oracle::KubeApiserver);
    let (mut compared, mut refused, mut problems) = (0, 0, Vec::new());
    for (name, pod) in pods() {
        // Both are asked about the pod as it is stored, defaults and all.
        let stored = stage.try_create(&pod).await;
        let stored = serde_json::to_value(stored.unwrap_or_else(|error| panic!("{name}: {error}")));
        let mut stored = stored.unwrap();
        stored["apiVersion"] = json!("v1");
        stored["kind"] = json!("Pod");
        for (snapshot, control, policy) in &asked {
            let we = holds_for_us(snapshot, control, &stored);
            let they = policies.ask(policy, &pod).await;
            compared += 1;
            refused += usize::from(!we);
            let expected = known.iter().any(|one| one.covers(&translated(control).unwrap()));
            if they != Ok(we) && !expected {
                problems.push(format!(
                    "{} on a pod with {name}: ours {we}, theirs {they:?}",
                    control.id
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(compared > 300 && refused > 30, "{refused} of {compared} refused says too little");
}
