//! Any bytes as a manifest or a review's object: judging never panics, gives the same twice, and
//! what the controls would fill in is filled in once.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use probity_catalog::{
    Arena, Catalog, Context, Phase, Settings, Snapshot, Subject, Value, evaluate, fixes, simulate,
    source::{Options, Source},
    subject::{
        View,
        kubernetes::{self, RequestInfo},
    },
    value::{Path, read_json},
};
use time::macros::date;

static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
    let catalog = Catalog::embedded().expect("the catalog");
    Snapshot::new(Arc::clone(&catalog), Settings::default()).expect("no settings")
});

const CONTEXT: Context = Context::new(Phase::Admission, date!(2026 - 11 - 21));

fuzz_target!(|bytes: &[u8]| {
    let arena = Arena::new();
    if let Ok(value) = read_json(bytes, &arena) {
        let object = value.get("request").and_then(|request| request.get("object"));
        judge(object.unwrap_or(value), &arena);
        return;
    }
    let Ok(source) = Source::new("input", bytes) else { return };
    for document in source.documents(&Options::default()).unwrap_or_default() {
        let arena = Arena::new();
        judge(document.root.to_value(&arena), &arena);
    }
});

fn judge<'a>(object: Value<'a>, arena: &'a Arena) {
    let info = RequestInfo::offline(Some("payments"));
    for subject in kubernetes::subjects(object, &info, arena).judged {
        let first = evaluate(&SNAPSHOT, &subject, &CONTEXT, arena);
        let second = evaluate(&SNAPSHOT, &subject, &CONTEXT, arena);
        assert_eq!(format!("{:?}", first.findings), format!("{:?}", second.findings));
        let asked = fixes(&SNAPSHOT, &subject, &CONTEXT, arena);
        if asked.is_empty() {
            continue;
        }
        let fixed = simulate(subject.root(), &asked, arena);
        // An object may hold many pods: only those of this one were fixed.
        let place = place(&subject);
        let subjects = kubernetes::subjects(fixed, &info, arena).judged;
        if let Some(subject) = subjects.iter().find(|own| self::place(own) == place) {
            let again = fixes(&SNAPSHOT, subject, &CONTEXT, arena);
            assert!(again.is_empty(), "asked again for {again:?}, after {asked:?}");
        }
    }
}

/// Where the pod of a subject stands in its object.
fn place(subject: &Subject<'_>) -> Option<Path> {
    match &subject.view {
        View::Pod(pod) => Some(pod.pod_parent()),
        View::Resource(_) => None,
    }
}
