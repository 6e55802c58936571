//! What controls fill in: only what is absent, the same again and again, and afterwards in
//! order.

use probity_catalog::{
    Arena, Context, Phase, Value, evaluate,
    fix::Operation,
    subject::kubernetes::{self, RequestInfo},
};
use proptest::prelude::*;

use crate::support::{
    TODAY, bucket_subject, fixed, pod_subject, small, snapshot, snapshot_of, yaml,
};

fn pod(spec: &str) -> String {
    format!("{{ apiVersion: v1, kind: Pod, metadata: {{ name: a }}, spec: {spec} }}")
}

fn paths(text: &str) -> Vec<String> {
    let (snapshot, arena) = (snapshot(""), Arena::new());
    let subject = pod_subject(yaml(&pod(text), &arena), &arena);
    let (found, _) = fixed(&snapshot, &subject, &arena);
    let shown = found.iter().map(|fix| match &fix.operation {
        Operation::Set(value) => format!("{} {}={value}", fix.control, fix.path),
        other => format!("{} {} {other:?}", fix.control, fix.path),
    });
    shown.collect()
}

#[test]
fn a_plain_pod_gets_what_it_lacks() {
    assert_eq!(
        paths("{ containers: [{ name: a, image: a }], initContainers: [{ name: b, image: b }] }"),
        [
            "IAM-003 spec.automountServiceAccountToken=false",
            "POD-006 spec.containers[0].securityContext.allowPrivilegeEscalation=false",
            "POD-006 spec.initContainers[0].securityContext.allowPrivilegeEscalation=false",
            "POD-007 spec.securityContext.runAsNonRoot=true",
            r#"POD-009 spec.containers[0].securityContext.capabilities.drop=["ALL"]"#,
            r#"POD-009 spec.initContainers[0].securityContext.capabilities.drop=["ALL"]"#,
            r#"POD-010 spec.securityContext.seccompProfile.type="RuntimeDefault""#,
        ]
    );
}

#[test]
fn what_is_said_is_never_overwritten() {
    let container = "{ name: a, image: a, securityContext: { allowPrivilegeEscalation: true, \
                     capabilities: { drop: [CHOWN] }, runAsNonRoot: false, seccompProfile: { type: Unconfined } } }";
    let pod = format!("{{ automountServiceAccountToken: true, containers: [{container}] }}");
    assert_eq!(paths(&pod), [""; 0]);
}

#[test]
fn windows_pods_get_no_linux_fields_and_privileged_ones_no_impossible_ones() {
    let windows = paths("{ os: { name: windows }, containers: [{ name: a, image: a }] }");
    assert_eq!(
        windows,
        [
            "IAM-003 spec.automountServiceAccountToken=false",
            "POD-007 spec.securityContext.runAsNonRoot=true",
        ]
    );
    let privileged =
        paths("{ containers: [{ name: a, image: a, securityContext: { privileged: true } }] }");
    assert!(
        privileged.iter().all(|fix| !fix.contains("allowPrivilegeEscalation")),
        "{privileged:?}"
    );
}

#[test]
fn ephemeral_containers_are_left_alone() {
    let found = paths("{ containers: [], ephemeralContainers: [{ name: a, image: a }] }");
    assert!(found.iter().all(|fix| !fix.contains("ephemeral")), "{found:?}");
}

/// Takes variables called GONE away and says what runs beside them.
const GONE: &str = r#"id: POD-901
title: No gone variables
severity: low
mode: mandatory
since: 0.1.0
rationale: They are gone.
remediation: Remove them.
checks:
  pod:
    each: env
    expression: env.name != "GONE"
    path: name
    allowed: other names
    fix:
      - each: env
        when: env.name == "GONE" && !has(pod.hostname)
        remove: ""
      - each: containers.all
        set: { workingDir: "/{c.name}" }
      - set: { hostname: cleaned }
"#;

#[test]
fn what_is_removed_goes_last_and_by_the_places_that_were_there() {
    let mut files = small();
    files.retain(|(name, _)| !name.starts_with("controls/pod"));
    files.push(("controls/pod/POD-901-no-gone/control.yaml", GONE));
    let case = "verdict: pass\n";
    files.push(("controls/pod/POD-901-no-gone/cases/pod/pass-other.yaml", case));
    files.push(("controls/pod/POD-901-no-gone/cases/pod/fail-gone.yaml", case));
    let (snapshot, arena) = (snapshot_of(&files, ""), Arena::new());
    let gone = "{ name: GONE, value: x }";
    let spec = format!(
        "{{ containers: [{{ name: a, env: [{gone}, {{ name: KEPT }}, {gone}] }}, {{ name: b }}], \
         ephemeralContainers: [{{ name: d, env: [{gone}] }}] }}"
    );
    let subject = pod_subject(yaml(&pod(&spec), &arena), &arena);
    let (found, cleaned) = fixed(&snapshot, &subject, &arena);
    let said: Vec<_> =
        found.iter().map(|fix| format!("{} {:?}", fix.path, fix.operation)).collect();
    assert_eq!(
        said,
        [
            r#"spec.containers[0].workingDir Set(String("/a"))"#,
            r#"spec.containers[1].workingDir Set(String("/b"))"#,
            r#"spec.hostname Set(String("cleaned"))"#,
            "spec.containers[0].env[2] Remove",
            "spec.containers[0].env[0] Remove",
        ]
    );
    let cleaned = cleaned.to_json();
    assert_eq!(cleaned["spec"]["containers"][0]["env"], serde_json::json!([{ "name": "KEPT" }]));
    assert_eq!(
        cleaned["spec"]["ephemeralContainers"],
        subject.root().to_json()["spec"]["ephemeralContainers"]
    );
    let decision = evaluate(&snapshot, &subject, &Context::new(Phase::Admission, TODAY), &arena);
    let places: Vec<_> = decision.findings.iter().map(|f| f.path.to_string()).collect();
    assert_eq!(
        places,
        [
            "spec.containers[0].env[0].name",
            "spec.containers[0].env[2].name",
            "spec.ephemeralContainers[0].env[0].name",
        ]
    );
}

#[test]
fn only_the_namespace_asks_for_a_fix_that_nobody_gets_unasked() {
    const PATIENT: &str = "allowed: false or unset
    fix:
      - opt_in: true
        when: pod.?subdomain.orValue(\"\") != \"left\"
        set: { hostname: asked }
";
    let control = crate::support::PRIVILEGED.replace("allowed: false or unset\n", PATIENT);
    let mut files = small();
    let own = "controls/pod/POD-901-no-privileged/control.yaml";
    files.retain(|(name, _)| *name != own);
    files.push((own, &control));
    let (snapshot, arena) = (snapshot_of(&files, ""), Arena::new());
    let is_fixed = |namespace: &str, metadata: &str, subdomain: &str| {
        let text = format!(
            "{{ apiVersion: v1, kind: Pod, metadata: {{ name: a, {metadata} }}, \
             spec: {{ subdomain: {subdomain}, containers: [{{ name: a, image: a }}] }} }}"
        );
        let namespace_object = yaml(namespace, &arena);
        let info = RequestInfo { namespace_object, ..RequestInfo::offline(Some("payments")) };
        let subject = kubernetes::subjects(yaml(&text, &arena), &info, &arena).judged.remove(0);
        !fixed(&snapshot, &subject, &arena).0.is_empty()
    };
    let label =
        |value: &str| format!("{{ metadata: {{ labels: {{ probity.dev/mutate: {value} }} }} }}");
    for asked in ["POD-901", "POD-902_POD-901", "POD-901_POD-902"] {
        assert!(is_fixed(&label(asked), "", "app"), "{asked}");
        assert!(!is_fixed(&label(asked), "", "left"), "{asked}");
    }
    for other in ["POD-902", "POD-9011", "XPOD-901", "POD-901.POD-902", "\"\"", "true", "!unknown"]
    {
        assert!(!is_fixed(&label(other), "", "app"), "{other}");
    }
    for nobody in [
        "!unknown",
        "{}",
        "{ metadata: { name: a } }",
        "null",
        "{ metadata: { labels: !unknown } }",
    ] {
        let own = "labels: { probity.dev/mutate: POD-901 }";
        assert!(!is_fixed(nobody, own, "app"), "{nobody}");
    }
}

fn defaults(settings: &str, attributes: &str) -> Vec<String> {
    let (snapshot, arena) = (snapshot(settings), Arena::new());
    let (found, _) = fixed(&snapshot, &bucket_subject(attributes, &arena), &arena);
    let shown = found.iter().map(|fix| match &fix.operation {
        Operation::Set(value) => format!("{}={value}", fix.path),
        Operation::SetUnknown => format!("{} later", fix.path),
        Operation::Replace(value) => format!("{}={value} instead", fix.path),
        Operation::Remove => format!("{} away", fix.path),
    });
    shown.collect()
}

#[test]
fn the_short_bucket_takes_its_defaults_by_class_and_regime() {
    let found = defaults("", "{ name: ledger, classification: internal }");
    for expected in [
        "sse_algorithm=\"AES256\"",
        "versioning=true",
        "object_ownership=\"BucketOwnerEnforced\"",
        "public_access_block.block_public_acls=true",
        "access_log.bucket=\"logs\"",
        "access_log.prefix=\"ledger/\"",
    ] {
        assert!(found.iter().any(|fix| fix == expected), "{expected} is not in {found:?}");
    }
    assert!(found.iter().all(|fix| !fix.starts_with("object_lock")), "{found:?}");
    let found = defaults(
        "regimes: [sox, sec17a4]\n",
        "{ name: ledger, classification: confidential, record_type: ledger }",
    );
    for expected in [
        "sse_algorithm=\"aws:kms\"",
        "object_lock.mode=\"COMPLIANCE\"",
        "object_lock.retention_days=2555",
    ] {
        assert!(found.iter().any(|fix| fix == expected), "{expected} is not in {found:?}");
    }
}

#[test]
fn a_default_that_hangs_on_something_unknown_is_unknown() {
    let found = defaults("", "{ name: ledger, classification: !unknown }");
    assert!(found.iter().any(|fix| fix == "sse_algorithm later"), "{found:?}");
    assert!(found.iter().any(|fix| fix == "versioning=true"), "{found:?}");
}

#[test]
fn a_bucket_with_its_defaults_is_in_order() {
    for (settings, attributes) in [
        ("", "{ name: a, classification: public }"),
        ("regimes: [sox]\n", "{ name: a, classification: internal, record_type: none }"),
        (
            "regimes: [sox, sec17a4, gdpr, pci-dss]\n",
            "{ name: a, classification: restricted, record_type: ledger, region: eu-central-1, \
             kms_key_arn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' }",
        ),
        ("", "{ name: a, classification: internal, purpose: access-logs }"),
    ] {
        let (snapshot, arena) = (snapshot(settings), Arena::new());
        let subject = bucket_subject(attributes, &arena);
        let (_, value) = fixed(&snapshot, &subject, &arena);
        let subject = subject.with_root(value, &arena).unwrap();
        let decision = evaluate(&snapshot, &subject, &Context::new(Phase::Plan, TODAY), &arena);
        // TLS 1.3 cannot be had everywhere, and S3 locks no log target: both are said, no more.
        let mut said = crate::support::said(&decision);
        said.retain(|line| {
            line != "ENC-005 tls_minimum pass-with-cap audit" && line != "LOG-006 purpose fail warn"
        });
        assert_eq!(said, [""; 0], "{attributes}");
    }
}

fn optional(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(values)
}

prop_compose! {
    fn container()(
        name in "[a-d]",
        escalation in optional(&["", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation: null"]),
        privileged in optional(&["", "privileged: true", "privileged: 'x'"]),
        root in optional(&["", "runAsNonRoot: false", "runAsUser: 0"]),
        drop in optional(&["", "capabilities: {}", "capabilities: { add: [SYS_ADMIN] }", "capabilities: { drop: [NET_RAW] }", "capabilities: 3"]),
        context in any::<bool>(),
    ) -> String {
        let fields: Vec<_> =
            [escalation, privileged, root, drop].into_iter().filter(|f| !f.is_empty()).collect();
        let context =
            if context { format!(", securityContext: {{ {} }}", fields.join(", ")) } else { String::new() };
        format!("{{ name: {name}, image: app{context} }}")
    }
}

prop_compose! {
    fn any_pod()(
        containers in prop::collection::vec(container(), 0..3),
        init in prop::collection::vec(container(), 0..2),
        context in optional(&["", "securityContext: {}", "securityContext: null", "securityContext: { runAsNonRoot: false }", "securityContext: []"]),
        os in optional(&["", "os: { name: windows }", "os: { name: linux }"]),
    ) -> String {
        let mut fields = vec![
            format!("containers: [{}]", containers.join(", ")),
            format!("initContainers: [{}]", init.join(", ")),
        ];
        fields.extend([context, os].into_iter().filter(|f| !f.is_empty()).map(str::to_owned));
        pod(&format!("{{ {} }}", fields.join(", ")))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fixing_twice_is_fixing_once(text in any_pod()) {
        let (snapshot, arena) = (snapshot(""), Arena::new());
        let subject = pod_subject(yaml(&text, &arena), &arena);
        let (_, once) = fixed(&snapshot, &subject, &arena);
        let again = pod_subject(once, &arena);
        let (found, twice) = fixed(&snapshot, &again, &arena);
        prop_assert!(found.is_empty(), "{found:?}");
        prop_assert!(once == twice);
    }

    #[test]
    fn fixing_never_changes_what_was_said(text in any_pod()) {
        let (snapshot, arena) = (snapshot(""), Arena::new());
        let subject = pod_subject(yaml(&text, &arena), &arena);
        let (before, (_, after)) = (subject.root(), fixed(&snapshot, &subject, &arena));
        prop_assert!(keeps(before, after), "{before:?}\n{after:?}");
    }

    #[test]
    fn fixing_adds_no_violation(text in any_pod()) {
        let (snapshot, arena) = (snapshot(""), Arena::new());
        let context = Context::new(Phase::Admission, TODAY);
        let subject = pod_subject(yaml(&text, &arena), &arena);
        let (_, after) = fixed(&snapshot, &subject, &arena);
        let before = evaluate(&snapshot, &subject, &context, &arena);
        let after = evaluate(&snapshot, &pod_subject(after, &arena), &context, &arena);
        for finding in &after.findings {
            let had = before.findings.iter().any(|own| {
                own.control == finding.control
                    && own.path == finding.path
                    && own.verdict >= finding.verdict
            });
            prop_assert!(had, "{} {} {}", finding.control, finding.path, finding.found);
        }
    }
}

/// Whether everything but nulls in `before` is in `after`.
fn keeps(before: Value<'_>, after: Value<'_>) -> bool {
    match (before, after) {
        (Value::Null, _) => true,
        (Value::Map(fields), after) => fields.iter().all(|(name, field)| {
            field.is_null() || after.get(name).is_some_and(|a| keeps(*field, a))
        }),
        (Value::List(before), Value::List(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(b, a)| keeps(*b, *a))
        }
        (before, after) => before == after,
    }
}
