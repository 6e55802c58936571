//! Where pods are: every kind that carries one, in every version that files still have, and what is
//! said of those that nobody knows.

use probity_catalog::{
    Arena, Value,
    subject::{
        Subject, View,
        kubernetes::{RequestInfo, Subjects, subjects},
    },
};

use crate::support::yaml;

/// Kinds and versions, the object without its head, and where its pods are.
const KINDS: &[(&str, &[&str], &str, &[&str])] = &[
    ("Pod", &["v1"], "SPEC", &["spec"]),
    ("PodTemplate", &["v1"], "template: { SPEC }", &["template.spec"]),
    ("ReplicationController", &["v1"], TEMPLATE, &[AT_TEMPLATE]),
    (
        "Deployment",
        &["apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1", "apps/v9"],
        TEMPLATE,
        &[AT_TEMPLATE],
    ),
    ("ReplicaSet", &["apps/v1", "apps/v1beta2", "extensions/v1beta1"], TEMPLATE, &[AT_TEMPLATE]),
    ("StatefulSet", &["apps/v1", "apps/v1beta1", "apps/v1beta2"], TEMPLATE, &[AT_TEMPLATE]),
    ("DaemonSet", &["apps/v1", "apps/v1beta2", "extensions/v1beta1"], TEMPLATE, &[AT_TEMPLATE]),
    ("Job", &["batch/v1"], TEMPLATE, &[AT_TEMPLATE]),
    (
        "CronJob",
        &["batch/v1", "batch/v1beta1", "batch/v2alpha1"],
        "spec: { jobTemplate: { spec: { template: { SPEC } } } }",
        &["spec.jobTemplate.spec.template.spec"],
    ),
    ("Rollout", &["argoproj.io/v1alpha1"], TEMPLATE, &[AT_TEMPLATE]),
    ("Service", &["serving.knative.dev/v1"], TEMPLATE, &[AT_TEMPLATE]),
    (
        "JobSet",
        &["jobset.x-k8s.io/v1alpha2"],
        "spec: { replicatedJobs: [{ name: a, template: { spec: { template: { SPEC } } } }, { name: b }, \
         { name: c, template: { spec: { template: { SPEC } } } }] }",
        &[
            "spec.replicatedJobs[0].template.spec.template.spec",
            "spec.replicatedJobs[2].template.spec.template.spec",
        ],
    ),
    (
        "LeaderWorkerSet",
        &["leaderworkerset.x-k8s.io/v1"],
        "spec: { leaderWorkerTemplate: { leaderTemplate: { SPEC }, workerTemplate: { SPEC } } }",
        &[
            "spec.leaderWorkerTemplate.leaderTemplate.spec",
            "spec.leaderWorkerTemplate.workerTemplate.spec",
        ],
    ),
    (
        "LeaderWorkerSet",
        &["leaderworkerset.x-k8s.io/v1"],
        "spec: { leaderWorkerTemplate: { workerTemplate: { SPEC } } }",
        &["spec.leaderWorkerTemplate.workerTemplate.spec"],
    ),
];

const TEMPLATE: &str = "spec: { template: { SPEC } }";
const AT_TEMPLATE: &str = "spec.template.spec";
const SPEC: &str = "spec: { hostPID: true, containers: [{ name: a, image: a }] }";

fn object(version: &str, kind: &str, body: &str) -> String {
    let body = body.replace("SPEC", SPEC);
    format!("{{ apiVersion: {version}, kind: {kind}, metadata: {{ name: a }}, {body} }}")
}

fn read<'a>(text: &str, arena: &'a Arena) -> Subjects<'a> {
    subjects(yaml(text, arena), &RequestInfo::offline(None), arena)
}

fn pod<'a>(subject: &Subject<'a>) -> Value<'a> {
    match &subject.view {
        View::Pod(view) => view.pod,
        View::Resource(_) => panic!("a pod"),
    }
}

#[test]
fn every_pod_of_every_kind_is_found_at_its_place() {
    for (kind, versions, body, places) in KINDS {
        for version in *versions {
            let arena = Arena::new();
            let found = read(&object(version, kind, body), &arena);
            assert_eq!(found.judged.len(), places.len(), "{version} {kind}");
            assert!(found.unjudged.is_empty(), "{version} {kind}");
            for (subject, place) in found.judged.iter().zip(*places) {
                let View::Pod(view) = &subject.view else { panic!("a pod") };
                let path = view.pod_parent().field("spec");
                assert_eq!(path.to_string(), *place, "{version} {kind}");
                // In whatever version, with the defaults of its pods.
                assert_eq!(subject.root().lookup(&path), Some(view.pod), "{version} {kind}");
                assert_eq!(view.pod.get("hostPID"), Some(true.into()), "{version} {kind}");
                let policy = view.pod.get("restartPolicy").and_then(|policy| policy.as_str());
                assert_eq!(policy, Some("Always"), "{version} {kind}");
            }
        }
    }
}

#[test]
fn kinds_of_groups_that_nobody_knows_are_said_and_not_passed() {
    for (kind, _, body, places) in KINDS.iter().filter(|(kind, ..)| *kind != "Rollout") {
        let arena = Arena::new();
        let found = read(&object("bank.example/v1", kind, body), &arena);
        assert!(found.judged.is_empty(), "{kind}");
        assert_eq!(found.unjudged.len(), 1, "{kind}");
        assert_eq!(found.unjudged[0].template.to_string(), places[0], "{kind}");
    }
    let arena = Arena::new();
    let init = "spec: { tasks: [{ initContainers: [{ name: a, image: a }] }] }";
    let found = read(&object("bank.example/v1", "Pipeline", init), &arena);
    assert_eq!(found.unjudged[0].template.to_string(), "spec.tasks[0]");
}

#[test]
fn lists_are_whatever_has_items() {
    let arena = Arena::new();
    let item = |name: &str| format!("{{ metadata: {{ name: {name} }}, {SPEC} }}");
    let whole = object("v1", "Pod", SPEC);
    let text = format!(
        "{{ apiVersion: v1, kind: List, items: [{whole}, \
         {{ apiVersion: v1, kind: PodList, items: [{}, {whole}] }}, \
         {{ apiVersion: apps/v1, kind: DeploymentList, items: [{{ {TEMPLATE} }}] }}, \
         {{ apiVersion: v1, kind: ConfigMap, items: [{whole}] }}] }}",
        item("b")
    );
    let found = read(&text.replace("SPEC", SPEC), &arena);
    let shown: Vec<_> = found
        .judged
        .iter()
        .map(|subject| format!("{} {}", subject.origin(), subject.identity))
        .collect();
    assert_eq!(
        shown,
        [
            "items[0] Pod a",
            "items[1].items[0] Pod b",
            "items[1].items[1] Pod a",
            "items[2].items[0] Deployment (unnamed)",
            "items[3].items[0] Pod a",
        ]
    );
    assert_eq!(found.objects, 5);
}

/// At admission there are no lists: an object with `items` is an object.
#[test]
fn items_of_a_reviewed_object_are_no_objects() {
    let arena = Arena::new();
    let whole = object("v1", "Pod", SPEC);
    let text = format!("{{ apiVersion: bank.example/v1, kind: AllowList, items: [{whole}] }}");
    let request = RequestInfo::admission(Value::Map(&[]));
    let found = subjects(yaml(&text, &arena), &request, &arena);
    assert!(found.judged.is_empty());
    assert_eq!(found.unjudged[0].template.to_string(), "items[0].spec");
}

#[test]
fn a_rollout_of_another_workload_has_no_pod_of_its_own() {
    let arena = Arena::new();
    let text = object("argoproj.io/v1alpha1", "Rollout", "spec: { workloadRef: { name: b } }");
    let found = read(&text, &arena);
    assert_eq!((found.judged.len(), found.unjudged.len(), found.objects), (0, 0, 1));
}

/// What was and what is are brought to the same form, so that an update is blamed for what it
/// changes alone.
#[test]
fn the_object_before_an_update_has_the_same_form() {
    let arena = Arena::new();
    let body = "spec: { template: { spec: { containers: [{ name: a, image: a, \
                resources: { limits: { cpu: 1000m } } }] } } }";
    let old = yaml(&object("apps/v1", "Deployment", body), &arena);
    let new = yaml(&object("apps/v1", "Deployment", &body.replace("1000m", "\"1\"")), &arena);
    let info = RequestInfo { old_object: old, ..RequestInfo::admission(Value::Map(&[])) };
    let found = subjects(new, &info, &arena);
    let View::Pod(view) = &found.judged[0].view else { panic!("a pod") };
    assert_eq!(view.old_pod(), Some(view.pod));
    assert_eq!(view.old_object, view.object);
}

/// What is of another kind than the API's is no default's to hide: it stays, to be an error.
#[test]
fn wrong_types_stay() {
    let arena = Arena::new();
    for field in [
        "hostPID: \"\"",
        "hostPID: 0",
        "containers: {}",
        "containers: \"\"",
        "securityContext: []",
        "securityContext: \"\"",
        "volumes: false",
        "restartPolicy: 0",
        "nodeSelector: []",
        "serviceAccountName: 1",
    ] {
        let text = object("v1", "Pod", &format!("spec: {{ {field} }}"));
        let (name, value) = field.split_once(": ").unwrap();
        let found = read(&text, &arena);
        let expected = yaml(&format!("a: {value}"), &arena).get("a").unwrap();
        assert_eq!(pod(&found.judged[0]).get(name), Some(expected), "{field}");
    }
}

/// Hostile objects cost no more than their size.
#[test]
fn large_maps_are_brought_to_their_form_in_one_pass() {
    let arena = Arena::new();
    let many = |prefix: &str| -> Vec<(&str, Value<'_>)> {
        let name = |n: i32| &*arena.alloc_str(&format!("{prefix}{n}"));
        (0..200_000).map(|n| (name(n), Value::String("1000m"))).collect()
    };
    let (limits, requests) = (many("limit"), many("request"));
    let resources = [
        ("limits", Value::Map(arena.alloc_slice_copy(&limits))),
        ("requests", Value::Map(arena.alloc_slice_copy(&requests))),
    ];
    let container = [("resources", Value::Map(arena.alloc_slice_copy(&resources)))];
    let containers = [Value::Map(arena.alloc_slice_copy(&container))];
    let spec = [("containers", Value::List(arena.alloc_slice_copy(&containers)))];
    let nulls: Vec<_> = limits.iter().map(|(name, _)| (*name, Value::Null)).collect();
    let object = [
        ("apiVersion", Value::String("v1")),
        ("kind", Value::String("Pod")),
        ("spec", Value::Map(arena.alloc_slice_copy(&spec))),
        ("metadata", Value::Map(arena.alloc_slice_copy(&nulls))),
    ];
    let object = Value::Map(arena.alloc_slice_copy(&object));
    let found = subjects(object, &RequestInfo::offline(None), &arena);
    let container = pod(&found.judged[0]).get("containers").and_then(|all| all.index(0)).unwrap();
    let requests = container.get("resources").and_then(|all| all.get("requests")).unwrap();
    assert_eq!(requests.as_map().map(<[_]>::len), Some(400_000));
    assert_eq!(requests.get("limit7"), Some("1".into()));
}
