//! Command line against webhook, for every object of every case: mutated and then validated, as
//! a cluster does it, and validated as sent.

use std::collections::BTreeMap;

use harness::said::{Said, by_command, by_webhook};
use harness::webhook::Webhook;
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::{Arena, Value};
use serde_json::{Value as Json, json};

use crate::case::{self, Case};
use crate::command;

/// The object of a case as it is written.
fn object(case: &Case) -> Json {
    match (case.get("object"), case.get("pod")) {
        (Some(object), _) => object.to_json(),
        (None, Some(spec)) => json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "case", "namespace": "payments"}, "spec": spec.to_json(),
        }),
        _ => panic!("{} holds no object", case.name),
    }
}

/// The same as the API server would show it: in the form that it gives every object, to which the
/// cluster suite holds us.
fn shown(case: &Case) -> Json {
    let arena = Arena::new();
    let written = Value::from_json(&object(case), &arena);
    let found = subjects(written, &RequestInfo::offline(None), &arena);
    let [subject] = found.judged.as_slice() else { panic!("{} is one subject", case.name) };
    subject.root().to_json()
}

/// The creation of an object as the API server asks about it.
fn creation(object: &Json) -> Json {
    let version = object["apiVersion"].as_str().unwrap();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = object["kind"].as_str().unwrap();
    let resource = format!("{}s", kind.to_lowercase());
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "0b4a6b1c-5d3e-4c8e-9a59-6b1f1c0e7d11",
            "kind": {"group": group, "version": version, "kind": kind},
            "resource": {"group": group, "version": version, "resource": resource},
            "name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"],
            "operation": "CREATE", "userInfo": {"username": "kubernetes-admin"},
            "object": object, "oldObject": null, "dryRun": false, "options": null,
        },
    })
}

/// What the webhook says of an object as it was sent.
pub(crate) async fn validated(webhook: &Webhook, object: &Json) -> Said {
    let review = creation(object);
    webhook.validate(&review).await.check_envelope(&review);
    let evidence = webhook.evidence();
    let last = evidence.last().expect("every decision leaves a line");
    assert_eq!(last["what"]["endpoint"], "validate");
    by_webhook(last)
}

/// What the webhook says of an object on its whole way into a cluster.
pub(crate) async fn admitted(webhook: &Webhook, object: &Json) -> Said {
    let mut object = object.clone();
    let patch = webhook.mutate(&creation(&object)).await.patch();
    if !patch.is_null() {
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        json_patch::patch(&mut object, &patch).unwrap();
    }
    validated(webhook, &object).await
}

/// Whether a file can say all that the API server would: not who asks, which alone decides in
/// the platform's namespaces, nor what a lookup in the cluster tells, nor a namespace left out.
fn says_it_all(case: &Case) -> bool {
    let namespace = object(case)["metadata"]["namespace"].as_str().map(str::to_owned);
    case.get("namespace").is_none()
        && case.get("request").is_none()
        && namespace.is_some_and(|namespace| namespace != "kube-system")
}

fn by_settings() -> BTreeMap<String, Vec<Case>> {
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in case::all(&["pod"]) {
        if says_it_all(&case) {
            groups.entry(case.settings.clone()).or_default().push(case);
        }
    }
    groups
}

#[tokio::test]
async fn mutated_and_validated_is_what_the_command_line_says() {
    for (settings, cases) in by_settings() {
        let webhook = Webhook::new(&settings);
        let files = files(&cases);
        let judged = command::check(&files, &settings, &[]);
        for (case, file) in cases.iter().zip(files.keys()) {
            let expected = only(case, &judged[file]);
            assert_eq!(admitted(&webhook, &shown(case)).await, expected, "{}", case.name);
        }
    }
}

#[tokio::test]
pub(crate) async fn validated_as_sent_is_what_the_command_line_says_without_mutation() {
    let mut compared = 0;
    for (settings, cases) in by_settings() {
        let webhook = Webhook::new(&settings);
        let files = files(&cases);
        let judged = command::check(&files, &settings, &["--no-mutation"]);
        for (case, file) in cases.iter().zip(files.keys()) {
            let object = shown(case);
            // The webhook never judges a template as it stands: its pods will be mutated.
            if object["kind"] == "Pod" {
                let expected = only(case, &judged[file]);
                assert_eq!(validated(&webhook, &object).await, expected, "{}", case.name);
                compared += usize::from(!expected.is_empty());
            }
        }
    }
    assert!(compared > 50, "only {compared} pods with findings");
}

/// Files for the command line, in the order of the cases.
fn files(cases: &[Case]) -> BTreeMap<String, String> {
    let cases = cases.iter().enumerate();
    cases.map(|(index, case)| (format!("{index:04}.json"), object(case).to_string())).collect()
}

fn only(case: &Case, subjects: &[Json]) -> Said {
    let [subject] = subjects else { panic!("{}: {} subjects", case.name, subjects.len()) };
    by_command(subject)
}
