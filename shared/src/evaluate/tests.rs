//! Sharing work between controls changes no decision and no cost, over the shipped controls.

use time::macros::date;

use super::*;
use crate::{
    catalog::Catalog,
    settings::Settings,
    subject::kubernetes::{RequestInfo, subjects},
    value::{Value, read_json},
};

#[derive(Default)]
struct Costs(Vec<(CheckId, u64)>);

impl Watch for Costs {
    fn ends(&mut self, check: &CheckId, cost: u64) {
        self.0.push((check.clone(), cost));
    }
}

/// Pods that differ in what the controls look at; `?` is a value that is not known.
const CONTAINERS: &[&str] = &[
    "{}",
    r#"{"name": "a", "image": "registry.example/a:1@sha256:7173b809ca12ec5dee4506cd86be934c4596dd234ee82c0662eac04a8c2c71dc"}"#,
    r#"{"name": "b", "image": "b:latest", "securityContext": {"privileged": true, "runAsUser": 0}}"#,
    r#"{"name": "c", "image": "?", "securityContext": "?"}"#,
    r#"{"name": "d", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["?"]}, "seccompProfile": null}}"#,
    r#"{"name": "e", "image": 7, "securityContext": 7, "resources": {"requests": {"cpu": "1"}}}"#,
    r#"{"name": "f", "restartPolicy": "Always", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}, "securityContext": {"runAsNonRoot": true, "allowPrivilegeEscalation": false}}"#,
    "7",
];

const REST: &[&str] = &[
    r#""securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}"#,
    r#""securityContext": "?""#,
    r#""securityContext": null, "hostPID": true, "os": {"name": "windows"}"#,
    r#""volumes": [{"name": "v", "hostPath": {"path": "/"}}, {"name": "w", "image": {"reference": "w:latest"}}, 7]"#,
    r#""volumes": "?", "os": "?""#,
    r#""initContainers": "?", "volumes": 7"#,
];

const LABELS: &[&str] = &[
    "{}",
    "null",
    r#""?""#,
    r#"{"probity.dev/data-classification": "?"}"#,
    r#"{"probity.dev/owner": "a"}"#,
];

fn unknown<'a>(value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match value {
        Value::String("?") => Value::Unknown,
        Value::List(items) => {
            Value::List(arena.alloc_slice_fill_iter(items.iter().map(|item| unknown(*item, arena))))
        }
        Value::Map(entries) => Value::Map(arena.alloc_slice_fill_iter(
            entries.iter().map(|(key, item)| (*key, unknown(*item, arena))),
        )),
        other => other,
    }
}

/// One pod of each mixture of containers, rest and labels.
fn pods() -> Vec<String> {
    let mut pods = Vec::new();
    for (at, container) in CONTAINERS.iter().enumerate() {
        for (rest, labels) in REST.iter().flat_map(|rest| LABELS.iter().map(move |l| (rest, l))) {
            let other = CONTAINERS[(at * 3 + rest.len()) % CONTAINERS.len()];
            let init = if rest.contains("initContainers") {
                ""
            } else {
                r#""initContainers": [{"name": "i", "image": "i", "restartPolicy": "Always"}],"#
            };
            pods.push(format!(
                r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "p", "namespace": "n", "labels": {labels}}},
                    "spec": {{"containers": [{container}, {other}, {container}], {init}
                             "ephemeralContainers": [{other}], {rest}}}}}"#
            ));
        }
    }
    pods
}

#[test]
fn work_that_is_shared_changes_no_decision_and_no_cost() {
    let snapshot = Snapshot::new(Catalog::embedded().unwrap(), Settings::default()).unwrap();
    let context = Context::new(Phase::Admission, date!(2026 - 11 - 21));
    let mut verdicts = std::collections::BTreeSet::new();
    for pod in pods() {
        let arena = Arena::new();
        let object = unknown(read_json(pod.as_bytes(), &arena).unwrap(), &arena);
        let found = subjects(object, &RequestInfo::offline(None), &arena);
        let [subject] = found.judged.as_slice() else { panic!("{pod}") };
        let (mut together, mut apart) = (Costs::default(), Costs::default());
        let shared = Judge::new(&snapshot, subject, &context, &arena).all(&mut together);
        let alone = Judge::alone(&snapshot, subject, &context, &arena).all(&mut apart);
        assert_eq!(shared, alone, "{pod}");
        assert_eq!(together.0, apart.0, "{pod}");
        assert!(together.0.iter().any(|(_, cost)| *cost > 0));
        verdicts.extend(shared.findings.iter().map(|finding| finding.verdict));
    }
    for verdict in [Verdict::Fail, Verdict::Unknown, Verdict::Error] {
        assert!(verdicts.contains(&verdict), "no pod gives {verdict}: {verdicts:?}");
    }
}
