//! Both forms of a report on the same made-up run.

use std::time::Duration;

use probity_catalog::{
    Action, Catalog, CheckId, Classification, Decision, Environment, Finding, Severity,
    SubjectIdentity, Target, Verdict,
    decision::ParametersDigest,
    source::{Options, Source},
};

use super::{FailOn, FileReport, Judged, Place, Remark, Renderer, Totals, text::Text};
use crate::{ExitStatus, terminal::Palette};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: ledger}\nspec:\n  containers:\n  \
    - name: app\n    securityContext:\n      privileged: true\n";

fn finding(control: &str, verdict: Verdict, action: Option<Action>, path: &str) -> Finding {
    Finding {
        control: control.parse().unwrap(),
        check: CheckId { control: control.parse().unwrap(), target: Target::Pod },
        title: "No privileged containers".into(),
        severity: Severity::Critical,
        verdict,
        action,
        path: path.parse().unwrap(),
        found: "true".to_owned(),
        secret: false,
        allowed: "false or unset".to_owned(),
        basis: "baseline; production (default)".into(),
        asked_by: ["PCI DSS 2.2.6".to_owned(), "CIS Kubernetes 5.2.2".to_owned()].into(),
        rationale: "A privileged container owns its node.".into(),
        remediation: "Remove the field.".into(),
        waits_for: Vec::new(),
        note: None,
    }
}

fn report() -> FileReport {
    let source = Source::new("deploy/ledger.yaml", POD).unwrap();
    let root = source.document(&Options::default()).unwrap().root;
    let mut unknown = finding("POD-017", Verdict::Unknown, None, "metadata.namespace");
    unknown.waits_for = vec!["namespaceObject.metadata".parse().unwrap()];
    let mut broken = finding("IMG-003", Verdict::Error, Some(Action::Deny), "");
    broken.note = Some("`nginx:` is no image reference".to_owned());
    let findings = vec![
        finding(
            "POD-001",
            Verdict::Fail,
            Some(Action::Deny),
            "spec.containers[0].securityContext.privileged",
        ),
        finding("RES-001", Verdict::Fail, Some(Action::Warn), "spec.containers[0].resources"),
        finding(
            "PSS-privileged",
            Verdict::Fail,
            Some(Action::Deny),
            "spec.containers[0].securityContext.privileged",
        ),
        finding("TAG-001", Verdict::PassWithCap, None, "metadata.labels"),
        unknown,
        broken,
    ];
    let place = |path: &str| {
        let located = root.locate(&path.parse().unwrap());
        Place::new(source.file(), located.span, source.snippet(located.span), located.exact)
    };
    let places = findings.iter().map(|finding| place(&finding.path.to_string())).collect();
    let decision = Decision {
        subject: SubjectIdentity {
            target: Target::Pod,
            kind: "Pod".into(),
            api_version: "v1".into(),
            namespace: Some("payments".to_owned()),
            name: "ledger".to_owned(),
        },
        environment: Environment::Production,
        classification: Classification::Confidential,
        own_regimes: Vec::new(),
        parameters: ParametersDigest::default(),
        findings,
        passed: 8,
        not_applicable: 2,
    };
    let judged = vec![Judged { decision, place: place("kind"), places }];
    let skipped = Remark::Skipped {
        reason: "a Kustomization, not a manifest yet".to_owned(),
        help: Some("render it first: kustomize build . | probity check -".to_owned()),
    };
    let warning = Remark::Warning { message: "`a` is set twice".to_owned(), place: place("spec") };
    let error = Remark::Error(source.error(root.get("kind").unwrap().span, "no kind is known"));
    let note = Remark::Note("judged with the provider block".to_owned());
    let remarks = vec![skipped, note, warning, error];
    FileReport { judged, objects: 3, remarks, ..FileReport::new("deploy/ledger.yaml") }
}

fn totals() -> Totals {
    let mut totals = Totals::default();
    totals.add(&report());
    totals
}

fn text(palette: Palette) -> String {
    let mut out = Vec::new();
    let under = "production (default), sox; catalog 0.1.0 (3f9a12c4)".to_owned();
    let catalog = Catalog::embedded().unwrap();
    let mut text = Text::new(&mut out, palette, under, catalog, || Duration::from_millis(9));
    text.file(&report()).unwrap();
    text.finish(&totals(), ExitStatus::CouldNotRun).unwrap();
    drop(text);
    String::from_utf8(out).unwrap()
}

#[test]
fn text_without_colour() {
    insta::assert_snapshot!(text(Palette::PLAIN));
}

#[test]
fn text_with_colour() {
    let colored = text(Palette::COLORED);
    insta::assert_snapshot!(colored.replace('\u{1b}', "␛"));
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, text(Palette::PLAIN));
}

#[test]
fn nothing_found() {
    let mut out = Vec::new();
    let (under, catalog) = ("production".to_owned(), Catalog::embedded().unwrap());
    let mut text = Text::new(&mut out, Palette::PLAIN, under, catalog, || Duration::from_millis(1));
    text.finish(&Totals { objects: 1, ..Totals::default() }, ExitStatus::Clean).unwrap();
    drop(text);
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    no findings in 0 objects
    judged under production; 1 object in 1 ms
    ");
}

#[test]
fn how_a_run_ends() {
    let counted = |change: fn(&mut Totals)| {
        let mut totals = Totals::default();
        change(&mut totals);
        totals
    };
    let clean = Totals::default();
    let warned = counted(|totals| totals.counts.warned = 1);
    let denied = counted(|totals| totals.counts.denied = 1);
    let broken = counted(|totals| (totals.counts.denied, totals.counts.errors) = (1, 1));
    let unreadable = counted(|totals| totals.unreadable = 1);
    let undecided = counted(|totals| totals.counts.undecided = 1);
    let both = counted(|totals| (totals.counts.denied, totals.counts.undecided) = (1, 1));
    assert_eq!(clean.status(FailOn::Warn, true), ExitStatus::Clean);
    assert_eq!(warned.status(FailOn::Deny, true), ExitStatus::Clean);
    assert_eq!(warned.status(FailOn::Warn, false), ExitStatus::Findings);
    assert_eq!(denied.status(FailOn::Deny, false), ExitStatus::Findings);
    assert_eq!(broken.status(FailOn::Deny, false), ExitStatus::CouldNotRun);
    assert_eq!(unreadable.status(FailOn::Deny, false), ExitStatus::CouldNotRun);
    assert_eq!(undecided.status(FailOn::Deny, false), ExitStatus::Clean);
    assert_eq!(undecided.status(FailOn::Deny, true), ExitStatus::Undecided);
    assert_eq!(both.status(FailOn::Deny, true), ExitStatus::Findings);
}

#[test]
fn a_file_is_skipped_once() {
    let mut report = FileReport::new("a.yaml");
    report.skip("one reason", None);
    let mut other = FileReport::new("a.yaml");
    other.skip("another", None);
    report.absorb(other);
    assert_eq!(report.remarks.len(), 1);
}
