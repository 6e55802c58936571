//! The table of defaults: a file and a review of the same object are the same subject, whatever a
//! control reads of it, and both front ends say the same of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use harness::defaults::{folder, objects, rows, seen, sent, written};
use harness::said::by_command;
use harness::webhook::Webhook;
use probity_catalog::source::{Options, Source};
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::{Arena, Subject, Value};
use serde_json::json;

use crate::command;
use crate::kubernetes::{admitted, validated};

/// Filled in by plugins from objects that a file does not have; see the table.
const FROM_ELSEWHERE: [&str; 3] = ["preemptionPolicy", "priority", "tolerations"];

#[test]
fn the_table_is_whole() {
    let mut names = BTreeSet::new();
    for row in rows() {
        let said = row.nothing.as_ref().is_some_and(|why| !why.is_empty());
        assert!(said == row.objects.is_empty(), "{}: either objects or a reason", row.field);
        names.extend(row.objects);
    }
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let files: BTreeSet<String> =
        files.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned())).collect();
    assert_eq!(names, files, "every object is in the table and has been shown to a webhook");
}

#[test]
fn a_file_and_a_review_are_the_same_subject() {
    let mut found = BTreeMap::new();
    for name in objects() {
        let arena = Arena::new();
        let source = Source::new(name.clone(), written(&name)).unwrap();
        let file = source.document(&Options::default()).unwrap().root.to_value(&arena);
        let file = subject(file, &RequestInfo::offline(None), &arena);
        let object = Value::from_json(&seen(&name), &arena);
        let request = RequestInfo::admission(Value::Map(&[]));
        let review = subject(object, &request, &arena);
        let differences = differences(file.root(), review.root());
        if !differences.is_empty() {
            found.insert(name, differences);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_in_its_form_stays_as_it_is() {
    for name in objects() {
        let arena = Arena::new();
        let object = Value::from_json(&seen(&name), &arena);
        let request = RequestInfo::admission(Value::Map(&[]));
        let once = subject(object, &request, &arena).root();
        let twice = subject(once, &request, &arena).root();
        assert!(std::ptr::eq(once.as_map().unwrap(), twice.as_map().unwrap()), "{name}: copied");
    }
}

fn subject<'a>(object: Value<'a>, info: &RequestInfo<'a>, arena: &'a Arena) -> Subject<'a> {
    let mut judged = subjects(object, info, arena).judged;
    assert_eq!(judged.len(), 1);
    judged.pop().unwrap()
}

/// Where two objects differ, but for what other objects decide and what a review adds of its own.
fn differences(file: Value<'_>, review: Value<'_>) -> Vec<String> {
    let mut found = Vec::new();
    compare("", file, review, &mut found);
    found
}

fn compare(at: &str, file: Value<'_>, review: Value<'_>, found: &mut Vec<String>) {
    match (file, review) {
        (Value::Map(ours), Value::Map(theirs)) => {
            let names: BTreeSet<&str> = ours.iter().chain(theirs).map(|(name, _)| *name).collect();
            for name in names {
                let path = format!("{at}.{name}");
                match (file.get(name), review.get(name)) {
                    (Some(ours), Some(theirs)) => compare(&path, ours, theirs, found),
                    _ if FROM_ELSEWHERE.contains(&name) || added(&path) => {}
                    (ours, theirs) => found.push(format!("{path}: {ours:?}, not {theirs:?}")),
                }
            }
        }
        (Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{at}[{index}]"), *ours, *theirs, found);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (ours, theirs) => found.push(format!("{at}: {ours:?}, not {theirs:?}")),
    }
}

/// What the server writes or drops whoever the object is of: how many changes it has seen, and for
/// jobs, by which labels they know their pods.
fn added(path: &str) -> bool {
    const OWN: [&str; 8] = [
        ".metadata.annotations",
        ".metadata.generation",
        ".metadata.labels",
        ".metadata.namespace",
        ".spec.selector",
        ".spec.template.metadata.labels",
        ".spec.containers[0].unknownField",
        ".spec.containers[1].unknownField",
    ];
    OWN.contains(&path)
}

#[tokio::test]
async fn a_file_and_a_review_get_the_same_verdicts() {
    let webhook = Webhook::new("{}");
    let files = || -> BTreeMap<String, String> {
        objects().into_iter().map(|name| (format!("{name}.yaml"), written(&name))).collect()
    };
    let mutated = command::check(&files(), "{}", &["--namespace", "payments"]);
    let flags = ["--namespace", "payments", "--no-mutation"];
    let as_written = command::check(&files(), "{}", &flags);
    let mut compared = 0;
    for name in objects() {
        let file = format!("{name}.yaml");
        let mut review = seen(&name);
        review["metadata"]["namespace"] = json!("payments");
        let expected = by_command(&mutated[&file][0]);
        assert!(!expected.is_empty(), "{name} shows nothing");
        assert_eq!(admitted(&webhook, &review).await, expected, "{name}");
        if sent(&name)["kind"] == json!("Pod") {
            let expected = by_command(&as_written[&file][0]);
            assert_eq!(validated(&webhook, &review).await, expected, "{name}, as written");
        }
        compared += 1;
    }
    assert!(compared > 20, "only {compared} objects");
}
