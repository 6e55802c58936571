//! Kubernetes objects: where each kind keeps its pod, what an update may leave as it was, what
//! is said and what happens.

use probity_catalog::{
    Action, Arena, Context, Phase, Value, Verdict, evaluate,
    subject::kubernetes::{RequestInfo, subjects},
};

use crate::support::{TODAY, admit, said, small, snapshot, snapshot_of, yaml};

const CONTAINER: &str = "{ name: app, image: app, securityContext: { privileged: true } }";

fn pod(container: &str) -> String {
    format!(
        "{{ apiVersion: v1, kind: Pod, metadata: {{ name: ledger, namespace: payments }}, \
         spec: {{ containers: [{container}] }} }}"
    )
}

#[test]
fn every_kind_is_judged_at_the_path_of_its_template() {
    let snapshot = snapshot_of(&small(), "");
    let spec = format!("spec: {{ containers: [{CONTAINER}] }}");
    for (kind, version, body, path) in [
        ("Pod", "v1", spec.clone(), "spec"),
        ("PodTemplate", "v1", format!("template: {{ {spec} }}"), "template.spec"),
        (
            "ReplicationController",
            "v1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "Deployment",
            "apps/v1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "Deployment",
            "extensions/v1beta1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "ReplicaSet",
            "apps/v1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "StatefulSet",
            "apps/v1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "DaemonSet",
            "apps/v1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        ("Job", "batch/v1", format!("spec: {{ template: {{ {spec} }} }}"), "spec.template.spec"),
        (
            "Rollout",
            "argoproj.io/v1alpha1",
            format!("spec: {{ template: {{ {spec} }} }}"),
            "spec.template.spec",
        ),
        (
            "CronJob",
            "batch/v1",
            format!("spec: {{ jobTemplate: {{ spec: {{ template: {{ {spec} }} }} }} }}"),
            "spec.jobTemplate.spec.template.spec",
        ),
    ] {
        let object = format!(
            "{{ apiVersion: {version}, kind: {kind}, metadata: {{ name: ledger }}, {body} }}"
        );
        let decision = admit(&snapshot, &object, None);
        assert_eq!(
            said(&decision),
            [format!("POD-901 {path}.containers[0].securityContext.privileged fail deny")],
            "{kind}"
        );
        assert_eq!(decision.subject.to_string(), format!("{kind} payments/ledger"));
        assert_eq!(decision.action(), Some(Action::Deny));
    }
}

#[test]
fn what_carries_a_pod_but_is_of_an_unknown_kind_is_said_and_not_passed() {
    let arena = Arena::new();
    let judge = |text: &str| subjects(yaml(text, &arena), &RequestInfo::offline(None), &arena);
    let template = format!("spec: {{ template: {{ spec: {{ containers: [{CONTAINER}] }} }} }}");
    let strange = judge(&format!(
        "{{ apiVersion: serving.example.org/v1, kind: Service, metadata: {{ name: a }}, {template} }}"
    ));
    assert!(strange.judged.is_empty());
    assert_eq!(strange.unjudged[0].template.to_string(), "spec.template.spec");
    assert_eq!(strange.unjudged[0].identity.to_string(), "Service a");
    let strange = judge(&format!("{{ apiVersion: my.io/v1, kind: Deployment, {template} }}"));
    assert_eq!((strange.judged.len(), strange.unjudged.len()), (0, 1));
    let plain = judge("{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a: b } }");
    assert_eq!((plain.judged.len(), plain.unjudged.len(), plain.objects), (0, 0, 1));
    let reference = judge(
        "{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: a }, \
         spec: { workloadRef: { name: b } } }",
    );
    assert_eq!((reference.judged.len(), reference.unjudged.len()), (0, 0));
}

#[test]
fn lists_unfold_and_keep_the_place_of_their_items() {
    let arena = Arena::new();
    let one = pod(CONTAINER);
    let list = format!(
        "{{ apiVersion: v1, kind: List, items: [{one}, {{ kind: PodList, apiVersion: v1, items: [{one}] }}] }}"
    );
    let found = subjects(yaml(&list, &arena), &RequestInfo::offline(None), &arena);
    let origins: Vec<_> = found.judged.iter().map(|subject| subject.origin().to_string()).collect();
    assert_eq!(origins, ["items[0]", "items[1].items[0]"]);
    assert_eq!(found.objects, 2);
}

#[test]
fn names_are_shown_as_well_as_they_are_known() {
    let arena = Arena::new();
    let shown = |metadata: &str, namespace: Option<&'static str>| {
        let text = format!("{{ apiVersion: v1, kind: Pod, metadata: {metadata}, spec: {{}} }}");
        let found = subjects(yaml(&text, &arena), &RequestInfo::offline(namespace), &arena);
        found.judged[0].identity.to_string()
    };
    assert_eq!(shown("{ name: a }", None), "Pod a");
    assert_eq!(shown("{ name: a }", Some("b")), "Pod b/a");
    assert_eq!(shown("{ name: a, namespace: c }", Some("b")), "Pod c/a");
    assert_eq!(shown("{ generateName: a- }", None), "Pod a-*");
    assert_eq!(shown("{ name: '', generateName: a- }", None), "Pod a-*");
    assert_eq!(shown("null", None), "Pod (unnamed)");
}

#[test]
fn init_and_ephemeral_containers_are_judged_too() {
    let snapshot = snapshot_of(&small(), "");
    let object = format!(
        "{{ apiVersion: v1, kind: Pod, metadata: {{ name: a }}, spec: {{ containers: [{{ name: a }}], \
         initContainers: [{CONTAINER}], ephemeralContainers: [{CONTAINER}] }} }}"
    );
    assert_eq!(
        said(&admit(&snapshot, &object, None)),
        [
            "POD-901 spec.initContainers[0].securityContext.privileged fail deny",
            "POD-901 spec.ephemeralContainers[0].securityContext.privileged fail deny",
        ]
    );
}

#[test]
fn what_an_update_leaves_alone_is_warned_and_what_it_brings_is_denied() {
    let snapshot = snapshot_of(&small(), "");
    let bad = pod(CONTAINER);
    let decision = admit(&snapshot, &bad, Some(&bad));
    assert_eq!(decision.findings[0].action, Some(Action::Warn));
    assert_eq!(decision.findings[0].note.as_deref(), Some("was so before this update"));
    // Another field of the same container changed, the one that is read did not.
    let image = bad.replace("image: app", "image: other");
    assert_eq!(admit(&snapshot, &image, Some(&bad)).action(), Some(Action::Warn));
    // The container was in order before.
    let good = pod("{ name: app, image: app }");
    assert_eq!(admit(&snapshot, &bad, Some(&good)).action(), Some(Action::Deny));
    // Another container of another name.
    let renamed = bad.replace("name: app", "name: web");
    assert_eq!(admit(&snapshot, &renamed, Some(&bad)).action(), Some(Action::Deny));
    // Containers are told by their names, not by their places.
    let moved = pod(&format!("{{ name: first, image: app }}, {CONTAINER}"));
    assert_eq!(admit(&snapshot, &moved, Some(&bad)).action(), Some(Action::Warn));
    let moved_kind = bad.replace("containers: [", "initContainers: [");
    assert_eq!(admit(&snapshot, &moved_kind, Some(&bad)).action(), Some(Action::Deny));
    // An object of the same name that is no object.
    assert_eq!(admit(&snapshot, &bad, Some("[]")).action(), Some(Action::Deny));
}

#[test]
fn what_is_critical_is_denied_however_long_it_was_so() {
    let snapshot = snapshot("");
    let bad = pod(CONTAINER);
    let decision = admit(&snapshot, &bad, Some(&bad));
    let denied: Vec<_> = decision.denials().map(|finding| finding.control.as_str()).collect();
    assert_eq!(denied, ["POD-001"]);
    assert!(decision.warnings().count() > 3, "{:?}", said(&decision));
}

#[test]
fn a_status_update_never_refuses() {
    let snapshot = snapshot("");
    let arena = Arena::new();
    let object = yaml(&pod(CONTAINER), &arena);
    let info = RequestInfo { subresource: Some("status"), ..RequestInfo::offline(None) };
    let subject = subjects(object, &info, &arena).judged.remove(0);
    let decision = evaluate(&snapshot, &subject, &Context::new(Phase::Admission, TODAY), &arena);
    assert_eq!(decision.action(), Some(Action::Warn));
    assert!(decision.findings.len() > 4);
}

#[test]
fn only_the_node_itself_shows_mirrors_of_static_pods() {
    let snapshot = snapshot("");
    let pod = "{ apiVersion: v1, kind: Pod, metadata: { name: a, annotations: { \
               kubernetes.io/config.mirror: x }, ownerReferences: [{ apiVersion: v1, kind: Node, \
               name: node-1 }] }, spec: { nodeName: node-1, containers: [{ name: a, image: a, \
               securityContext: { privileged: true } }] } }";
    let user = "{ userInfo: { username: 'system:node:node-1', groups: ['system:nodes'] } }";
    let action = |pod: &str, user: &str| {
        let arena = Arena::new();
        let info = RequestInfo::admission(yaml(user, &arena));
        let subject = subjects(yaml(pod, &arena), &info, &arena).judged.remove(0);
        let context = Context::new(Phase::Admission, TODAY);
        evaluate(&snapshot, &subject, &context, &arena).action()
    };
    assert_eq!(action(pod, user), Some(Action::Audit));
    for (pod, user) in [
        (pod, user.replace("node-1", "node-2")),
        (pod, user.replace("system:nodes", "system:authenticated")),
        (pod, "{}".to_owned()),
        (&pod.replace("kind: Node", "kind: Pod"), user.to_owned()),
        (&pod.replace("name: node-1", "name: node-2"), user.to_owned()),
        (&pod.replace("config.mirror", "config.source"), user.to_owned()),
        (&pod.replace("nodeName: node-1", "nodeName: ''"), user.to_owned()),
    ] {
        assert_eq!(action(pod, &user), Some(Action::Deny), "{pod} {user}");
    }
}

#[test]
fn a_request_says_where_and_how() {
    let arena = Arena::new();
    let request = yaml(
        "{ namespace: payments, subResource: ephemeralcontainers, oldObject: { a: 1 }, operation: UPDATE }",
        &arena,
    );
    let info = RequestInfo::admission(request);
    assert_eq!(info.namespace, Some("payments"));
    assert_eq!(info.subresource, Some("ephemeralcontainers"));
    assert!(info.old_object.get("a").is_some());
    let empty = RequestInfo::admission(yaml("{ namespace: '' }", &arena));
    assert_eq!((empty.namespace, empty.subresource), (None, None));
    assert!(empty.old_object.is_null());
}

#[test]
fn wrong_types_are_errors_that_act_as_failures() {
    let snapshot = snapshot_of(&small(), "");
    let decision = admit(&snapshot, &pod(&CONTAINER.replace("true", "\"true\"")), None);
    assert_eq!(
        said(&decision),
        ["POD-901 spec.containers[0].securityContext.privileged error deny"]
    );
    assert!(decision.has_errors());
    let decision =
        admit(&snapshot, "{ apiVersion: v1, kind: Pod, spec: { containers: {} } }", None);
    assert_eq!(decision.findings[0].verdict, Verdict::Error);
    assert_eq!(decision.findings[0].note.as_deref(), Some("`containers` of the pod is no list"));
    assert_eq!(decision.action(), Some(Action::Deny));
}

#[test]
fn environments_decide_what_happens() {
    for (environment, action) in [("dev", "warn"), ("staging", "deny"), ("production", "deny")] {
        let snapshot = snapshot_of(&small(), &format!("environment: {environment}\n"));
        let decision = admit(&snapshot, &pod(CONTAINER), None);
        assert_eq!(decision.findings[0].action.unwrap().as_str(), action, "{environment}");
        assert_eq!(*decision.findings[0].basis, format!("baseline; {environment}"));
        assert_eq!(*decision.findings[0].asked_by, ["SOX 404"]);
    }
}

#[test]
fn restricted_data_makes_it_worse() {
    let snapshot = snapshot_of(&small(), "environment: production\nclassification: restricted\n");
    let decision = crate::support::bucket(&snapshot, "{ name: a, classification: restricted }");
    let finding = &decision.findings[0];
    assert_eq!(finding.severity.as_str(), "high");
    assert_eq!(finding.action, Some(Action::Deny));
    let calm = crate::support::bucket(&snapshot, "{ name: a, classification: internal }");
    assert_eq!(calm.findings[0].severity.as_str(), "medium");
    assert_eq!(calm.findings[0].action, Some(Action::Warn));
}

#[test]
fn many_findings_of_one_check_are_counted_and_not_all_spelt_out() {
    let snapshot = snapshot_of(&small(), "");
    let containers: Vec<_> =
        (0..200).map(|at| CONTAINER.replace("app,", &format!("a{at},"))).collect();
    let decision = admit(&snapshot, &pod(&containers.join(", ")), None);
    assert_eq!(decision.findings.len(), 50);
    assert_eq!(
        decision.findings.last().unwrap().note.as_deref(),
        Some("and 150 more findings of POD-901")
    );
}

#[test]
fn the_most_severe_comes_first() {
    let decision = admit(&snapshot(""), &pod(CONTAINER), None);
    assert!(decision.findings.is_sorted_by_key(|finding| std::cmp::Reverse(finding.severity)));
    assert_eq!(decision.findings[0].control.as_str(), "POD-001");
    assert!(decision.passed > 1);
}

#[test]
fn a_resource_that_goes_away_is_not_judged_by_what_it_should_have_been() {
    use probity_catalog::subject::terraform::{Operation, subject};
    let (snapshot, arena) = (snapshot("regimes: [sox]\n"), Arena::new());
    let subject = subject(
        "probity_s3_bucket",
        Value::Null,
        yaml("{ name: a, versioning: true }", &arena),
        Operation::Delete,
        "probity_s3_bucket.a",
        Value::Unknown,
        &arena,
    )
    .unwrap();
    let decision = evaluate(&snapshot, &subject, &Context::new(Phase::Plan, TODAY), &arena);
    assert_eq!(said(&decision), [""; 0]);
}

#[test]
fn what_moved_within_a_container_was_there_before() {
    let snapshot = snapshot("");
    let pod = |ports: &str| {
        format!(
            "{{ apiVersion: v1, kind: Pod, metadata: {{ name: a, namespace: payments }}, \
             spec: {{ containers: [{{ name: a, image: a, ports: [{ports}] }}] }} }}"
        )
    };
    let host = "{ containerPort: 53, hostPort: 53 }";
    let action = |old: &str, new: &str| {
        let decision = admit(&snapshot, &pod(new), Some(&pod(old)));
        let mut own = decision.findings.iter().filter(|f| f.control.as_str() == "POD-005");
        own.next().and_then(|finding| finding.action).map(probity_catalog::Action::as_str)
    };
    assert_eq!(action(host, host), Some("warn"));
    assert_eq!(action(host, &format!("{{ containerPort: 80 }}, {host}")), Some("warn"));
    assert_eq!(action("{ containerPort: 53 }", host), Some("deny"));
    assert_eq!(action("{ containerPort: 53, hostPort: 5353 }", host), Some("deny"));
}
