//! Who the controls are: ids, titles, severities, modes and targets are what auditors and waivers
//! hold on to, so a change of one is a change of this table, too.

use std::sync::Arc;

use probity_catalog::{Catalog, cases};

use crate::judge::shared;

#[rustfmt::skip]
const CONTROLS: [(&str, &str, &str, &str, &str); 23] = [
    ("ENC-001", "Data at rest encrypted with AES-256, never disabled", "critical", "mandatory", "s3"),
    ("ENC-002", "Customer-managed key for confidential and restricted data", "high", "configurable", "s3"),
    ("ENC-004", "Plaintext transport refused", "critical", "mandatory", "s3"),
    ("IMG-002", "No mutable or latest tag", "high", "mandatory", "pod"),
    ("IMG-003", "Image pinned by digest", "high", "configurable", "pod"),
    ("KEY-001", "Key rotation enabled within the cryptoperiod", "high", "mandatory", "kms"),
    ("KEY-002", "Key deletion waiting period", "high", "configurable", "kms"),
    ("KEY-003", "Key policy has no public or wildcard principal", "critical", "mandatory", "kms"),
    ("LOG-001", "Data-store access logging enabled", "high", "mandatory", "s3"),
    ("NET-001", "Object stores block public access", "critical", "mandatory", "s3"),
    ("NET-003", "ACLs disabled (bucket owner enforced)", "high", "mandatory", "s3"),
    ("POD-001", "No privileged containers", "critical", "mandatory", "pod"),
    ("POD-002", "No host PID/IPC and no shared process namespace", "critical", "mandatory", "pod"),
    ("POD-004", "No hostPath or runtime sockets", "critical", "mandatory", "pod"),
    ("POD-006", "Privilege escalation disabled", "high", "mandatory", "pod"),
    ("POD-007", "Run as non-root", "high", "mandatory", "pod"),
    ("POD-009", "Capabilities dropped", "high", "mandatory", "pod"),
    ("POD-010", "Seccomp RuntimeDefault or Localhost", "high", "mandatory", "pod"),
    ("RES-001", "CPU and memory requests set", "medium", "mandatory", "pod"),
    ("RET-001", "Records kept at least the retention period", "high", "configurable", "s3"),
    ("RET-002", "Record stores are immutable (WORM)", "critical", "configurable", "s3"),
    ("RET-003", "Versioning enabled", "high", "mandatory", "s3"),
    ("TAG-001", "Required tags and labels", "medium", "mandatory", "pod s3"),
];

#[test]
fn controls_are_who_they_are() {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    let found: Vec<_> = catalog
        .controls()
        .filter(|control| control.id.standard_check().is_none())
        .map(|control| {
            let targets: Vec<_> =
                control.checks.iter().map(|check| check.id.target.to_string()).collect();
            (
                control.id.to_string(),
                control.title.clone(),
                control.severity.to_string(),
                control.mode.to_string(),
                targets.join(" "),
            )
        })
        .collect();
    let expected: Vec<_> = CONTROLS
        .iter()
        .map(|(id, title, severity, mode, targets)| {
            let own = |text: &str| text.to_owned();
            (own(id), own(title), own(severity), own(mode), own(targets))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn somebody_asks_for_every_control_in_words_of_ours() {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    for control in catalog.controls() {
        // The check of a standard is asked for by the levels of that standard.
        let least = if control.id.standard_check().is_some() { 1 } else { 3 };
        assert!(catalog.asked_by(&control.id).count() >= least, "{}", control.id);
    }
    for framework in catalog.frameworks() {
        for requirement in &framework.requirements {
            let words = requirement.title.split_whitespace().count();
            assert!(
                (2..=16).contains(&words),
                "{}: {}",
                framework.cite(requirement),
                requirement.title
            );
        }
    }
    for regime in catalog.regimes() {
        for framework in &regime.frameworks {
            assert!(catalog.framework(framework).is_some(), "{}: {framework}", regime.id);
        }
    }
}

#[test]
fn the_example_of_a_private_catalog_holds() {
    let folder = shared().join("../examples/catalog");
    let catalog = Catalog::load(&folder).unwrap_or_else(|errors| panic!("{errors}"));
    let report = cases::run(&Arc::new(catalog), &folder);
    assert_eq!((report.run(), report.failed()), (6, 0), "{report:#?}");
}
