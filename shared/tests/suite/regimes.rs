//! Regimes, classes and settings meet: the strictest wins, conditions count per subject, what
//! cannot be met together is shown, what is not known is not guessed.

use probity_catalog::{Action, Phase, Verdict};

use crate::support::{at, bucket, said, small, snapshot_of};

const LONG: &str = "{ name: a, classification: internal, region: eu-central-1, \
                    record_type: ledger, object_lock: { mode: GOVERNANCE, retention_days: 2555 } }";

#[test]
fn a_row_counts_for_the_subjects_it_speaks_about() {
    let snapshot = snapshot_of(&small(), "regimes: [sox]\nenvironment: staging\n");
    assert_eq!(said(&bucket(&snapshot, LONG)), [""; 0]);
    let short = LONG.replace("2555", "2554");
    let decision = bucket(&snapshot, &short);
    let finding = &decision.findings[0];
    assert_eq!(finding.allowed, "at least 2555");
    assert_eq!(finding.found, "2554");
    assert_eq!(&*finding.basis, "sox; staging");
    assert_eq!(*finding.asked_by, ["SOX 404"]);
    let other = short.replace("ledger", "none");
    assert_eq!(said(&bucket(&snapshot, &other)), [""; 0]);
}

#[test]
fn a_condition_that_is_not_known_yet_makes_the_rule_wait() {
    let snapshot = snapshot_of(&small(), "regimes: [sox]\n");
    let short = LONG.replace("2555", "30").replace("ledger", "!unknown");
    let decision = bucket(&snapshot, &short);
    assert_eq!(said(&decision), ["RET-901 object_lock.retention_days unknown warn"]);
    assert_eq!(decision.findings[0].waits_for[0].to_string(), "record_type");
    // Long enough either way: nothing to wait for.
    let long = LONG.replace("ledger", "!unknown");
    assert_eq!(said(&bucket(&snapshot, &long)), [""; 0]);
}

#[test]
fn a_lower_bound_above_an_upper_bound_is_shown_and_the_minimum_enforced() {
    let snapshot = snapshot_of(&small(), "regimes: [sox, gdpr]\n");
    let decision = bucket(&snapshot, LONG);
    assert_eq!(said(&decision), ["RET-901 object_lock.retention_days conflict warn"]);
    let note = decision.findings[0].note.as_deref().unwrap();
    assert_eq!(
        note,
        "least_days 2555 (sox) is above most_days 730 (gdpr); the legal minimum is enforced"
    );
    let short = LONG.replace("2555", "730");
    let verdicts: Vec<_> = bucket(&snapshot, &short).findings.iter().map(|f| f.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Conflict]);
}

#[test]
fn sets_without_a_common_member_are_a_conflict_that_acts_as_a_failure() {
    let settings = "regimes: [sox]\nparameters: { regions: [ap-south-1] }\nenvironment: staging\n";
    let snapshot = snapshot_of(&small(), settings);
    let decision = bucket(&snapshot, LONG);
    assert_eq!(said(&decision), ["RET-901 region conflict warn"]);
    assert_eq!(
        decision.findings[0].note.as_deref().unwrap(),
        "nothing satisfies regions: sox [eu-central-1, us-east-1], settings [ap-south-1]"
    );
    assert_eq!(decision.findings[0].allowed, "[]");
}

#[test]
fn an_unknown_class_is_not_guessed() {
    let snapshot = crate::support::snapshot("environment: production\n");
    let decision = bucket(
        &snapshot,
        "{ name: a, classification: !unknown, sse_algorithm: AES256, block_sse_c: true }",
    );
    let encryption: Vec<_> = decision
        .findings
        .iter()
        .filter(|finding| finding.control.as_str() == "ENC-001")
        .map(|finding| (finding.verdict, finding.waits_for[0].to_string()))
        .collect();
    assert_eq!(encryption, [(Verdict::Unknown, "classification".to_owned())]);
}

#[test]
fn left_at_apply_an_unknown_of_weight_refuses() {
    let snapshot = crate::support::snapshot("");
    let attributes = "{ name: a, classification: internal, versioning: !unknown }";
    for (phase, expected) in [(Phase::Plan, Action::Warn), (Phase::Apply, Action::Deny)] {
        let decision = at(&snapshot, attributes, phase);
        let finding =
            decision.findings.iter().find(|finding| finding.control.as_str() == "RET-003").unwrap();
        assert_eq!((finding.verdict, finding.action), (Verdict::Unknown, Some(expected)));
        assert_eq!(finding.found, "known after apply");
    }
}
