//! From attributes or an object to what the library says about it, in one call.

use std::path::Path;
use std::sync::Arc;

use probity_catalog::fix::{fixes, simulate};
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::subject::terraform::{Operation, subject};
use probity_catalog::{
    Arena, Catalog, Context, Decision, Phase, Settings, Snapshot, Value, evaluate,
};
use serde_json::{Value as Json, json};
use time::macros::date;

/// The repository's `shared/`, which holds the cases too.
pub(crate) fn shared() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"))
}

/// The embedded catalog under settings as a person writes them.
pub(crate) fn under(settings: &str) -> Snapshot {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    let settings =
        Settings::parse(settings, "probity.yaml").unwrap_or_else(|errors| panic!("{errors}"));
    Snapshot::new(Arc::clone(&catalog), settings).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The embedded catalog, judging by one framework alone.
pub(crate) fn by(framework: &str) -> Snapshot {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    Snapshot::of_framework(catalog, Settings::default(), framework)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn context(phase: Phase) -> Context {
    Context::new(phase, date!(2026 - 11 - 21))
}

/// What a resource comes to when the defaults are filled in, and what is then said of it.
pub(crate) fn resource(
    snapshot: &Snapshot,
    type_name: &str,
    attributes: &Json,
    provider: &Json,
) -> (Json, Decision) {
    let arena = Arena::new();
    let context = context(Phase::Plan);
    let provider = Value::from_json(provider, &arena);
    let given = Value::from_json(attributes, &arena);
    let make = |resource| {
        subject(type_name, resource, Value::Null, Operation::Create, "x.y", provider, &arena)
            .expect("a resource type that is judged")
    };
    let first = make(given);
    let defaults = fixes(snapshot, &first, &context, &arena);
    let filled = simulate(first.root(), &defaults, &arena);
    let decision = evaluate(snapshot, &make(filled), &context, &arena);
    (filled.to_json(), decision)
}

/// What an object comes to when the fixes are applied, and what is then said of it.
pub(crate) fn object(snapshot: &Snapshot, object: &Json) -> (Json, Decision) {
    come_to(snapshot, object, None)
}

/// The same, where the labels of its namespace are known.
pub(crate) fn object_in(snapshot: &Snapshot, object: &Json, labels: &Json) -> (Json, Decision) {
    come_to(snapshot, object, Some(&json!({"metadata": {"labels": labels}})))
}

fn come_to(snapshot: &Snapshot, object: &Json, namespace: Option<&Json>) -> (Json, Decision) {
    let arena = Arena::new();
    let context = context(Phase::Offline);
    let mut info = RequestInfo::offline(None);
    if let Some(namespace) = namespace {
        info.namespace_object = Value::from_json(namespace, &arena);
    }
    let one = |object| {
        let mut found = subjects(object, &info, &arena).judged;
        assert_eq!(found.len(), 1, "one object, one subject");
        found.remove(0)
    };
    let first = one(Value::from_json(object, &arena));
    let fixed = simulate(first.root(), &fixes(snapshot, &first, &context, &arena), &arena);
    let decision = evaluate(snapshot, &one(fixed), &context, &arena);
    (fixed.to_json(), decision)
}

/// What is said of the objects of a file as they are written.
pub(crate) fn as_written(snapshot: &Snapshot, object: &Json) -> Vec<Decision> {
    let arena = Arena::new();
    let found = subjects(Value::from_json(object, &arena), &RequestInfo::offline(None), &arena);
    assert_eq!(found.unjudged, [], "everything is judged");
    let judge = |subject| evaluate(snapshot, subject, &context(Phase::Offline), &arena);
    found.judged.iter().map(judge).collect()
}

/// `RET-003 fail versioning`, one line per finding, for comparing.
pub(crate) fn said(decision: &Decision) -> Vec<String> {
    let line = |finding: &probity_catalog::Finding| {
        format!("{} {} {}", finding.control, finding.verdict, finding.path)
    };
    decision.findings.iter().map(line).collect()
}
