//! Small catalogs in a folder of their own, and subjects to judge by them.

use std::{fs, path::Path, sync::Arc};

use probity_catalog::{
    Arena, Catalog, Context, Decision, Fix, Phase, Settings, Snapshot, Subject, Value, evaluate,
    fixes, simulate,
    subject::{
        kubernetes::{self, RequestInfo},
        terraform::{self, Operation},
    },
};
use tempfile::TempDir;
use time::macros::date;

/// The day of all tests.
pub(crate) const TODAY: time::Date = date!(2026 - 11 - 21);

/// Our own catalog under these settings.
pub(crate) fn snapshot(settings: &str) -> Snapshot {
    let settings = Settings::parse(settings, "probity.yaml").unwrap_or_else(|e| panic!("{e}"));
    let catalog = Catalog::embedded().unwrap_or_else(|e| panic!("{e}"));
    Snapshot::new(catalog, settings).unwrap_or_else(|e| panic!("{e}"))
}

/// A catalog of these files, each a name and its text, under these settings.
pub(crate) fn snapshot_of(files: &[(&str, &str)], settings: &str) -> Snapshot {
    let folder = folder_of(files);
    let catalog = Catalog::load(folder.path()).unwrap_or_else(|e| panic!("{e}"));
    let settings = Settings::parse(settings, "probity.yaml").unwrap_or_else(|e| panic!("{e}"));
    Snapshot::new(Arc::new(catalog), settings).unwrap_or_else(|e| panic!("{e}"))
}

/// A folder with these files.
pub(crate) fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// Judges a Kubernetes object, as JSON or YAML without positions, at admission.
pub(crate) fn admit(snapshot: &Snapshot, object: &str, old_object: Option<&str>) -> Decision {
    let arena = Arena::new();
    let info = RequestInfo {
        old_object: old_object.map_or(Value::Null, |old| yaml(old, &arena)),
        ..RequestInfo::offline(Some("payments"))
    };
    let mut judged = kubernetes::subjects(yaml(object, &arena), &info, &arena).judged;
    let subject = judged.pop().expect("one subject");
    assert!(judged.is_empty());
    evaluate(snapshot, &subject, &Context::new(Phase::Admission, TODAY), &arena)
}

/// Judges a bucket at plan.
pub(crate) fn bucket(snapshot: &Snapshot, attributes: &str) -> Decision {
    at(snapshot, attributes, Phase::Plan)
}

/// Judges a bucket.
pub(crate) fn at(snapshot: &Snapshot, attributes: &str, phase: Phase) -> Decision {
    let arena = Arena::new();
    let subject = bucket_subject(attributes, &arena);
    evaluate(snapshot, &subject, &Context::new(phase, TODAY), &arena)
}

/// A bucket as a subject.
pub(crate) fn bucket_subject<'a>(attributes: &str, arena: &'a Arena) -> Subject<'a> {
    let provider = yaml("{ region: eu-central-1, defaults: { log_bucket: logs } }", arena);
    terraform::subject(
        "probity_s3_bucket",
        yaml(attributes, arena),
        Value::Null,
        Operation::Create,
        "probity_s3_bucket.ledger",
        provider,
        arena,
    )
    .expect("buckets are judged")
}

/// What the controls fill in, and the value with it.
pub(crate) fn fixed<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    arena: &'a Arena,
) -> (Vec<Fix>, Value<'a>) {
    let found = fixes(snapshot, subject, &Context::new(Phase::Admission, TODAY), arena);
    let value = simulate(subject.root(), &found, arena);
    (found, value)
}

/// A pod as a subject.
pub(crate) fn pod_subject<'a>(object: Value<'a>, arena: &'a Arena) -> Subject<'a> {
    let info = RequestInfo::offline(Some("payments"));
    kubernetes::subjects(object, &info, arena).judged.pop().expect("one subject")
}

/// A value as YAML has it.
pub(crate) fn yaml<'a>(text: &str, arena: &'a Arena) -> Value<'a> {
    use probity_catalog::source::{Options, Source};
    let source = Source::new("test.yaml", text).unwrap();
    let document = source.document(&Options { unknown_tag: true }).unwrap();
    document.root.to_value(arena)
}

/// The findings as `control path verdict action`, in their order.
pub(crate) fn said(decision: &Decision) -> Vec<String> {
    let said = decision.findings.iter().map(|finding| {
        let action = finding.action.map_or("none", probity_catalog::Action::as_str);
        format!("{} {} {} {action}", finding.control, finding.path, finding.verdict)
    });
    said.collect()
}

/// A small catalog: one mandatory and one configurable control on pods, one on buckets.
pub(crate) fn small() -> Vec<(&'static str, &'static str)> {
    vec![
        ("controls/pod/POD-901-no-privileged/control.yaml", PRIVILEGED),
        ("controls/pod/POD-901-no-privileged/cases/pod/pass-plain.yaml", CASE),
        ("controls/pod/POD-901-no-privileged/cases/pod/fail-privileged.yaml", CASE),
        ("controls/ret/RET-901-kept/control.yaml", KEPT),
        ("controls/ret/RET-901-kept/cases/s3/pass-plain.yaml", CASE),
        ("controls/ret/RET-901-kept/cases/s3/fail-short.yaml", CASE),
        ("controls/ret/RET-901-kept/cases/s3/unknown-days.yaml", CASE),
        ("frameworks/sox.yaml", SOX),
        ("regimes/sox.yaml", REGIME),
        ("regimes/gdpr.yaml", OTHER_REGIME),
    ]
}

const CASE: &str = "verdict: pass\n";

pub(crate) const PRIVILEGED: &str = r#"id: POD-901
title: No privileged containers
severity: high
mode: mandatory
since: 0.1.0
rationale: Privileged containers own the node.
remediation: Remove the field.
checks:
  pod:
    each: containers.all
    expression: "!c.?securityContext.?privileged.orValue(false)"
    path: securityContext.privileged
    allowed: false or unset
"#;

pub(crate) const KEPT: &str = r#"id: RET-901
title: Records are kept
severity: medium
mode: configurable
since: 0.1.0
rationale: Records outlive their period.
remediation: Raise the days.
parameters:
  least_days:
    { type: int, fold: max, default: 1, range: [1, 9999], at_most: most_days, description: Days kept at least. }
  most_days:
    { type: int, fold: min, range: [1, 9999], description: Days kept at most. }
  regions:
    { type: string-list, fold: intersect, description: Allowed regions. }
checks:
  s3:
    - expression: resource.?object_lock.?retention_days.orValue(null) != null && resource.object_lock.retention_days >= params.least_days
      path: object_lock.retention_days
      allowed: "at least {params.least_days}"
      fix:
        - set: { object_lock.retention_days: "{params.least_days}" }
    - when: params.regions != null
      expression: resource.region in params.regions
      path: region
      allowed: "{params.regions}"
"#;

const SOX: &str = r#"framework: sox
name: SOX
title: Sarbanes-Oxley Act
requirements:
  - { id: "404", title: Internal controls, controls: { POD-901: verified, RET-901: memory } }
"#;

const REGIME: &str = r#"regime: sox
name: SOX
title: Sarbanes-Oxley Act
frameworks: [sox]
parameters:
  - { name: least_days, value: 2555, targets: [s3], when: 'resource.record_type == "ledger"' }
  - { name: regions, value: [eu-central-1, us-east-1] }
"#;

const OTHER_REGIME: &str = "regime: gdpr
name: GDPR
title: General Data Protection Regulation
frameworks: []
parameters:
  - { name: most_days, value: 730 }
  - { name: regions, value: [eu-central-1, eu-west-1] }
";
