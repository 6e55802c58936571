//! Command line against webhook, for every object of every case: mutated and then validated, as
//! a cluster does it, and validated as sent.
//!
//! Two front ends can only agree on what both know, and a review says more than a file: who asks,
//! what was there before, which part of the object is addressed, and always a namespace. So every
//! case is made a review, with what it says of its request and of the old object, and is judged
//!
//! - by the webhook;
//! - at the gate of the command line, under what the review says: both must decide the same;
//! - where the review is the creation that a file stands for, by the command as people run it, with
//!   `--namespace` where the file names none. What waits for the request in its report is left to
//!   the gate; [`WHO_ASKS`] lists those cases.
//!
//! Neither looks anything up in a cluster: what a case says of its namespace's object, of service
//! accounts or of role bindings is given to nobody, and both must say that they do not know.

use std::collections::{BTreeMap, BTreeSet};

use harness::said::{Said, by_command, by_webhook};
use harness::webhook::Webhook;
use probity_catalog::source::Node;
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::{Arena, Value};
use serde_json::{Value as Json, json};

use crate::case::{self, Case};
use crate::command::{self, AtGate};

/// Where everything is that does not say where it is.
const NAMESPACE: &str = "payments";

/// Creations of which a file does not say what decides: who asks, in the platform's namespaces.
const WHO_ASKS: [&str; 14] = [
    "fail-allowed-and-writable",
    "fail-allowed-and-writable-in-an-init-container",
    "fail-anybody-in-kube-system",
    "fail-audit-log-where-its-folder-is-allowed",
    "fail-climbs-out-of-what-is-allowed",
    "fail-nobody-in-kube-system",
    "fail-path-that-begins-so",
    "fail-service-account-of-an-application",
    "fail-socket-where-its-folder-is-allowed",
    "pass-allowed-on-the-platform",
    "pass-below-what-is-allowed",
    "pass-controller",
    "pass-user-of-the-platform",
    "unknown-who-asks-for-kube-system",
];

/// The object of a case as it is written.
fn object(case: &Case) -> Json {
    match (case.get("object"), case.get("pod")) {
        (Some(object), _) => object.to_json(),
        (None, Some(spec)) => json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "case", "namespace": NAMESPACE}, "spec": spec.to_json(),
        }),
        _ => panic!("{} holds no object", case.name),
    }
}

/// An object as the API server would show it: in the form that it gives every object, to which the
/// cluster suite holds us, and in a namespace.
fn shown(case: &Case, object: &Json) -> Json {
    let arena = Arena::new();
    let written = Value::from_json(object, &arena);
    let found = subjects(written, &RequestInfo::offline(Some(NAMESPACE)), &arena);
    let [subject] = found.judged.as_slice() else { panic!("{} is one subject", case.name) };
    subject.root().to_json()
}

/// A case as the API server would ask about it.
fn asked(case: &Case) -> Json {
    let mut review = creation(&shown(case, &object(case)));
    let request = review["request"].as_object_mut().unwrap();
    let mut set = |name: &str, value: Json| request.insert(name.to_owned(), value);
    if let Some(old) = case.get("old_object") {
        set("operation", json!("UPDATE"));
        set("oldObject", shown(case, &old.to_json()));
    }
    if let Some(Json::Object(own)) = case.get("request").map(Node::to_json) {
        // Who asks is what the case says, be it nobody.
        set("userInfo", json!({}));
        for (name, value) in own {
            set(&name, value);
        }
    }
    review
}

/// The creation of an object as the API server asks about it.
pub(crate) fn creation(object: &Json) -> Json {
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

/// The evidence of what the webhook decided about a review as it was sent.
pub(crate) async fn decided(webhook: &Webhook, review: &Json) -> Json {
    webhook.validate(review).await.check_envelope(review);
    let evidence = webhook.last_evidence();
    assert_eq!(evidence["what"]["endpoint"], "validate");
    evidence
}

/// The same for the whole way into a cluster.
async fn decided_when_mutated(webhook: &Webhook, review: &Json) -> Json {
    let mut review = review.clone();
    let patch = webhook.mutate(&review).await.patch();
    if !patch.is_null() {
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        json_patch::patch(&mut review["request"]["object"], &patch).unwrap();
    }
    decided(webhook, &review).await
}

/// What the webhook says of a new object as it was sent.
pub(crate) async fn validated(webhook: &Webhook, object: &Json) -> Said {
    by_webhook(&decided(webhook, &creation(object)).await)
}

/// What the webhook says of a new object on its whole way into a cluster.
pub(crate) async fn admitted(webhook: &Webhook, object: &Json) -> Said {
    by_webhook(&decided_when_mutated(webhook, &creation(object)).await)
}

/// Fails with what one side says and the other does not.
#[track_caller]
pub(crate) fn agree(webhook: &Said, command: &Said, about: &str) {
    let only = |one: &Said, other: &Said| one.difference(other).cloned().collect::<Vec<_>>();
    let nothing: Vec<String> = Vec::new();
    let found = (only(webhook, command), only(command, webhook));
    assert_eq!(found, (nothing.clone(), nothing), "said by webhook and by command line, {about}");
}

/// What the webhook did, in the words of a report.
pub(crate) fn action(evidence: &Json) -> Json {
    match evidence["decision"]["result"].as_str() {
        Some("denied") => json!("deny"),
        Some("warned") => json!("warn"),
        Some("allowed") => Json::Null,
        _ => panic!("not decided: {evidence}"),
    }
}

/// How often was compared what.
#[derive(Debug, Default)]
struct Compared {
    at_gate: usize,
    as_files: usize,
    findings: usize,
    without_lookup: usize,
    who_asks: BTreeSet<String>,
}

impl Compared {
    /// At the gate everything is known that decides, so the action must be the same as well.
    fn at_gate(&mut self, case: &Case, subjects: &[Json], evidence: &Json) {
        let subject = only(case, subjects);
        let (expected, found) = (by_command(subject), by_webhook(evidence));
        agree(&found, &expected, &case.name);
        let expected = Some(&subject["action"]).filter(|action| *action != "audit");
        assert_eq!(action(evidence), *expected.unwrap_or(&Json::Null), "{}", case.name);
        self.at_gate += 1;
        let looked_up = ["namespace", "service_account", "role_bindings"];
        self.without_lookup += usize::from(looked_up.iter().any(|fact| case.get(fact).is_some()));
        self.findings += found.len();
    }

    fn as_file(&mut self, case: &Case, subjects: &[Json], evidence: &Json) {
        let subject = only(case, subjects);
        let waiting: Vec<&str> = subject["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["waits_for"].to_string().contains("\"request"))
            .map(|finding| finding["check"].as_str().unwrap())
            .collect();
        let known = |said: Said| -> Said {
            let waits =
                |line: &String| waiting.iter().any(|check| line.split(' ').next() == Some(*check));
            said.into_iter().filter(|line| !waits(line)).collect()
        };
        agree(&known(by_webhook(evidence)), &known(by_command(subject)), &case.name);
        self.as_files += 1;
        if !waiting.is_empty() {
            let name = case.name.rsplit('/').next().unwrap_or_default();
            self.who_asks.insert(name.trim_end_matches(".yaml").to_owned());
        }
    }

    fn say(&self, how: &str) {
        let Self { at_gate, as_files, findings, without_lookup, who_asks } = self;
        case::say(&format!(
            "command line and webhook agree on {at_gate} Kubernetes cases {how}, {findings} findings; \
             {as_files} of them as files, {} of these but for who asks; \
             {without_lookup} without what a lookup would tell",
            who_asks.len()
        ));
    }
}

/// Every case that `is_meant`, compared; on its way through mutation, or as it was sent.
async fn compare(mutate: bool, is_meant: impl Fn(&Json) -> bool) -> Compared {
    let mut groups: BTreeMap<String, Vec<(Case, Json)>> = BTreeMap::new();
    for case in case::all(|target| !target.is_terraform()) {
        let review = asked(&case);
        if is_meant(&review) {
            groups.entry(case.settings.clone()).or_default().push((case, review));
        }
    }
    let mut compared = Compared::default();
    for (settings, cases) in groups {
        let (webhook, gate) = (Webhook::new(&settings), AtGate::new(&settings));
        let files = files(&cases);
        let placed = ["--namespace", NAMESPACE];
        let flags =
            if mutate { placed.to_vec() } else { [&placed[..], &["--no-mutation"]].concat() };
        let judged = command::check(&files, &settings, &flags);
        for ((case, review), file) in cases.iter().zip(files.keys()) {
            let evidence = if mutate {
                decided_when_mutated(&webhook, review).await
            } else {
                decided(&webhook, review).await
            };
            // What is there already is not mutated, but for the pods to come of a template.
            let creation = review["request"]["operation"] == "CREATE";
            let template = review["request"]["kind"]["kind"] != "Pod";
            let subjects = gate.judged(review, mutate && (creation || template));
            compared.at_gate(case, &subjects, &evidence);
            if creation {
                compared.as_file(case, &judged[file], &evidence);
            }
        }
    }
    compared
}

#[tokio::test]
async fn mutated_and_validated_is_what_the_command_line_says() {
    let compared = compare(true, |_| true).await;
    compared.say("mutated and validated");
    assert_eq!(compared.at_gate, case::all(|target| !target.is_terraform()).len());
    assert_eq!(compared.who_asks, WHO_ASKS.map(str::to_owned).into());
}

#[tokio::test]
async fn validated_as_sent_is_what_the_command_line_says_without_mutation() {
    // The webhook never judges a template as it stands: its pods will be mutated.
    let compared = compare(false, |review| review["request"]["kind"]["kind"] == "Pod").await;
    compared.say("as sent");
    assert!(compared.findings > 300, "only {} findings", compared.findings);
    assert_eq!(compared.who_asks, WHO_ASKS.map(str::to_owned).into());
}

/// Files for the command line, in the order of the cases.
fn files(cases: &[(Case, Json)]) -> BTreeMap<String, String> {
    let cases = cases.iter().enumerate();
    let cases =
        cases.map(|(index, (case, _))| (format!("{index:04}.json"), object(case).to_string()));
    cases.collect()
}

fn only<'s>(case: &Case, subjects: &'s [Json]) -> &'s Json {
    let [subject] = subjects else { panic!("{}: {} subjects", case.name, subjects.len()) };
    subject
}
