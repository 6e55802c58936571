//! What labels, tags and attributes say about the data: classes are raised, regimes added, never
//! the other way round, and what is not known yet is not passed over.

use probity_catalog::{
    Arena, Classification, Context, Decision, Phase, Verdict, evaluate,
    subject::kubernetes::{self, RequestInfo},
};

use crate::support::{TODAY, bucket, said, small, snapshot, snapshot_of, yaml};

fn pod(settings: &str, object: &str, namespace: &str) -> Decision {
    let (snapshot, arena) = (snapshot(settings), Arena::new());
    let info = RequestInfo {
        namespace_object: yaml(namespace, &arena),
        ..RequestInfo::offline(Some("payments"))
    };
    let subject = kubernetes::subjects(yaml(object, &arena), &info, &arena).judged.pop().unwrap();
    evaluate(&snapshot, &subject, &Context::new(Phase::Admission, TODAY), &arena)
}

fn labelled(labels: &str) -> String {
    format!(
        "{{ apiVersion: v1, kind: Pod, metadata: {{ name: a, labels: {labels} }}, spec: {{}} }}"
    )
}

const NOBODY_KNOWS: &str = "!unknown";

#[test]
fn marks_raise_the_class_of_a_pod_and_never_lower_it() {
    use Classification::{Confidential, Internal, Restricted};
    let internal = "probity.dev/data-classification: internal";
    for (labels, class) in [
        (String::new(), Confidential),
        (internal.to_owned(), Internal),
        (format!("{internal}, probity.dev/pci-scope: cde"), Confidential),
        (format!("{internal}, probity.dev/pci-scope: CDE"), Confidential),
        (format!("{internal}, probity.dev/pci-scope: none"), Internal),
        (format!("{internal}, probity.dev/phi: 'true'"), Confidential),
        (format!("{internal}, probity.dev/phi: 'false'"), Internal),
        (format!("{internal}, probity.dev/contains-personal-data: 'true'"), Confidential),
        (format!("{internal}, probity.dev/record-type: ledger"), Confidential),
        (format!("{internal}, probity.dev/record-type: none"), Internal),
        (format!("{internal}, probity.dev/record-type: ''"), Internal),
        (format!("{internal}, probity.dev/purpose: terraform-state"), Restricted),
        (
            "probity.dev/data-classification: restricted, probity.dev/phi: 'true'".to_owned(),
            Restricted,
        ),
    ] {
        let decision = pod("", &labelled(&format!("{{ {labels} }}")), NOBODY_KNOWS);
        assert_eq!(decision.classification, class, "{labels}");
    }
}

#[test]
fn the_template_and_the_namespace_have_a_say() {
    let deployment = "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: a, labels: \
        { probity.dev/data-classification: internal } }, spec: { template: { metadata: { labels: \
        { probity.dev/pci-scope: cde } }, spec: {} } } }";
    assert_eq!(pod("", deployment, NOBODY_KNOWS).classification, Classification::Confidential);

    let internal = labelled("{ probity.dev/data-classification: internal }");
    let marked = "{ metadata: { labels: { probity.dev/phi: 'true' } } }";
    assert_eq!(pod("", &internal, marked).classification, Classification::Confidential);
    // The class itself is the object's own; the namespace's is for those that say none.
    let restricted = "{ metadata: { labels: { probity.dev/data-classification: restricted } } }";
    assert_eq!(pod("", &internal, restricted).classification, Classification::Internal);
    assert_eq!(pod("", &labelled("{}"), restricted).classification, Classification::Restricted);
    let floor = "minimum_classification: restricted\n";
    assert_eq!(pod(floor, &internal, NOBODY_KNOWS).classification, Classification::Restricted);
}

#[test]
fn an_object_may_name_regimes_that_the_settings_do_not() {
    let regimes = |object: &str, namespace| pod("regimes: [sox]\n", object, namespace).own_regimes;
    let named = labelled("{ probity.dev/compliance-regime: SOX_pci-dss_gdpr_pci-dss_nonsense }");
    assert_eq!(regimes(&named, NOBODY_KNOWS), ["gdpr", "pci-dss"].map(str::to_owned).to_vec());
    let annotated = "{ metadata: { annotations: { probity.dev/compliance-regime: 'dora, sox' } } }";
    assert_eq!(regimes(&labelled("{}"), annotated), ["dora"]);
    assert_eq!(regimes(&labelled("{ probity.dev/compliance-regime: sox }"), NOBODY_KNOWS), [""; 0]);

    let privileged = "{ apiVersion: v1, kind: Pod, metadata: { name: a, labels: \
        { probity.dev/compliance-regime: iso27001 } }, spec: { containers: [{ name: a, image: b, \
        securityContext: { privileged: true } }] } }";
    let asked_by = |object: &str| {
        let decision = pod("", object, NOBODY_KNOWS);
        let finding =
            decision.findings.iter().find(|finding| finding.control.as_str() == "POD-001");
        finding.unwrap().asked_by.clone()
    };
    let without = privileged.replace("iso27001", "none");
    assert!(!asked_by(&without)[0].starts_with("ISO 27001"), "{:?}", asked_by(&without));
    assert!(asked_by(privileged)[0].starts_with("ISO 27001"), "{:?}", asked_by(privileged));
}

const LOCK: &str =
    "name: a, classification: internal, object_lock: { mode: GOVERNANCE, retention_days: 30 }";

#[test]
fn a_tag_brings_what_its_regime_asks_for() {
    let snapshot = snapshot_of(&small(), "");
    let ledger =
        format!("{{ {LOCK}, record_type: ledger, tags: {{ ComplianceRegime: 'gdpr sox' }} }}");
    let decision = bucket(&snapshot, &ledger);
    assert_eq!(decision.own_regimes, ["gdpr", "sox"]);
    let kept: Vec<_> = decision.findings.iter().filter(|f| f.verdict == Verdict::Fail).collect();
    assert_eq!(kept[0].allowed, "at least 2555");
    assert_eq!(&*kept[0].basis, "sox; production (default)");

    // The other row of the regime, and its condition, count for others.
    let other = format!("{{ {LOCK}, region: eu-central-1, tags: {{ ComplianceRegime: sox }} }}");
    assert_eq!(said(&bucket(&snapshot, &other)), [""; 0]);
    let abroad = format!("{{ {LOCK}, region: ap-east-1, tags: {{ ComplianceRegime: sox }} }}");
    assert_eq!(said(&bucket(&snapshot, &abroad)), ["RET-901 region fail warn"]);

    // What the provider has merged counts before what the resource says.
    let merged = format!(
        "{{ {LOCK}, region: ap-east-1, tags: {{}}, tags_all: {{ ComplianceRegime: sox }} }}"
    );
    assert_eq!(said(&bucket(&snapshot, &merged)), ["RET-901 region fail warn"]);
}

#[test]
fn what_is_not_known_yet_is_not_passed_over() {
    let small = snapshot_of(&small(), "");
    // Nobody can tell whether the tag will name a regime that asks for more.
    let open = format!("{{ {LOCK}, region: ap-east-1, tags: !unknown }}");
    assert_eq!(said(&bucket(&small, &open)), ["RET-901 region unknown warn"]);
    let enough =
        "{ name: a, object_lock: { retention_days: 9000 }, region: eu-central-1, tags: !unknown }";
    assert_eq!(said(&bucket(&small, enough)), [""; 0], "it holds whatever the tags will be");

    let ours = snapshot("");
    let verdicts = |tag: &str| {
        let text = format!(
            "{{ name: a, classification: internal, sse_algorithm: AES256, tags: {{ PHI: {tag} }} }}"
        );
        let found = bucket(&ours, &text).findings;
        let of = found.iter().find(|finding| finding.control.as_str() == "ENC-002");
        of.map(|finding| finding.verdict)
    };
    assert_eq!(verdicts("'false'"), None);
    assert_eq!(verdicts("'true'"), Some(Verdict::Fail));
    assert_eq!(verdicts("!unknown"), Some(Verdict::Unknown));
}

#[test]
fn a_record_store_is_confidential_at_least() {
    let ours = snapshot("");
    let class = |text: &str| bucket(&ours, text).classification;
    assert_eq!(
        class("{ name: a, classification: internal, record_type: ledger }"),
        Classification::Confidential
    );
    assert_eq!(
        class("{ name: a, classification: internal, record_type: none }"),
        Classification::Internal
    );
    assert_eq!(class("{ name: a, classification: internal }"), Classification::Internal);
}

#[test]
fn a_floor_without_a_mark_is_a_mistake() {
    let text = include_str!("../../classification.yaml")
        .replace("tag: PciScope, label: probity.dev/pci-scope, ", "");
    let files = [small(), vec![("classification.yaml", text.as_str())]].concat();
    let folder = crate::support::folder_of(&files);
    let errors = probity_catalog::Catalog::load(folder.path()).unwrap_err().to_string();
    assert!(errors.contains("a floor needs a `tag`, a `label` or an `attribute`"), "{errors}");
    assert!(errors.contains("classification.yaml:"), "{errors}");
}
