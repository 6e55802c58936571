//! Sharing work between controls changes no decision and no cost, over the shipped controls and over
//! controls that are written alike.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

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

/// What controls walk over and ask, each with a constant of its own in place of `@`.
const ALIKE: &[(&str, &str)] = &[
    ("", "!('probity.dev/@' in podMeta.?labels.orValue({}))"),
    ("", "podMeta.?labels[?'probity.dev/@'].orValue('') != 'a'"),
    ("", "pod.?volumes.orValue([]).all(v, v.name != '@' || has(v.hostPath))"),
    ("containers.all", "!c.image.startsWith('@') || c.?securityContext.?runAsUser.orValue(1) > 0"),
    (
        "containers.all",
        "c.?name.orValue('') != '@' || podMeta.?labels[?'probity.dev/@'].hasValue()",
    ),
    ("containers.run", "!c.image.matches('^@$')"),
    ("volumes", "volume.name != '@'"),
];

/// A catalog of them, with each of these constants.
fn alike(folder: &Path) {
    let write = |file: &Path, text: &str| {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let mut covered = String::new();
    let mut number = 100;
    for (each, form) in ALIKE {
        for constant in ["owner", "registry", "a", "b", "v", "i", "zz"] {
            number += 1;
            let each = if each.is_empty() { String::new() } else { format!("    each: {each}\n") };
            let own = folder.join(format!("controls/pod/POD-{number}-alike"));
            let text = format!(
                "id: POD-{number}\ntitle: Alike {number}\nseverity: high\nmode: mandatory\n\
                 since: 0.1.0\nrationale: It is tested.\nremediation: Test it.\n\
                 links: [\"https://example.test/\"]\nchecks:\n  pod:\n{each}    \
                 expression: \"{}\"\n    path: metadata\n    allowed: what is asked for\n",
                form.replace('@', constant)
            );
            write(&own.join("control.yaml"), &text);
            write(&own.join("cases/pod/pass-any.yaml"), "");
            write(&own.join("cases/pod/fail-any.yaml"), "");
            writeln!(covered, "      POD-{number}: verified").unwrap();
        }
    }
    let framework = format!(
        "framework: alike\nname: Alike\ntitle: Controls that are written alike\n\
         requirements:\n  - id: \"1\"\n    title: All\n    controls:\n{covered}"
    );
    write(&folder.join("frameworks/alike.yaml"), &framework);
}

/// Judges every pod with sharing and without; the verdicts of all findings.
fn same_with_sharing_and_without(snapshot: &Snapshot) -> BTreeSet<Verdict> {
    let context = Context::new(Phase::Admission, date!(2026 - 11 - 21));
    let mut verdicts = BTreeSet::new();
    for pod in pods() {
        let arena = Arena::new();
        let object = unknown(read_json(pod.as_bytes(), &arena).unwrap(), &arena);
        let found = subjects(object, &RequestInfo::offline(None), &arena);
        let [subject] = found.judged.as_slice() else { panic!("{pod}") };
        let (mut together, mut apart) = (Costs::default(), Costs::default());
        let shared = Judge::new(snapshot, subject, &context, &arena).all(&mut together);
        let alone = Judge::alone(snapshot, subject, &context, &arena).all(&mut apart);
        assert_eq!(shared, alone, "{pod}");
        assert_eq!(together.0, apart.0, "{pod}");
        assert!(together.0.iter().any(|(_, cost)| *cost > 0));
        verdicts.extend(shared.findings.iter().map(|finding| finding.verdict));
    }
    verdicts
}

#[test]
fn work_that_is_shared_changes_no_decision_and_no_cost() {
    let snapshot = Snapshot::new(Catalog::embedded().unwrap(), Settings::default()).unwrap();
    let verdicts = same_with_sharing_and_without(&snapshot);
    for verdict in [Verdict::Fail, Verdict::Unknown, Verdict::Error] {
        assert!(verdicts.contains(&verdict), "no pod gives {verdict}: {verdicts:?}");
    }
}

#[test]
fn nor_does_asking_together_what_is_written_alike() {
    let folder = tempfile::tempdir().unwrap();
    alike(folder.path());
    let catalog = Catalog::load(folder.path()).unwrap_or_else(|errors| panic!("{errors}"));
    let snapshot = Snapshot::new(catalog.into(), Settings::default()).unwrap();
    let plan = snapshot.plan(crate::control::Target::Pod).unwrap();
    assert!(plan.element_families() >= 3, "{plan:?}");
    let verdicts = same_with_sharing_and_without(&snapshot);
    for verdict in [Verdict::Fail, Verdict::Unknown, Verdict::Error] {
        assert!(verdicts.contains(&verdict), "no pod gives {verdict}: {verdicts:?}");
    }
}
