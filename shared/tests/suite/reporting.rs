//! The words that all front ends share.

use probity_catalog::report::{Counts, details, judged_under, line};

use crate::support::{admit, bucket, small, snapshot, snapshot_of};

const PRIVILEGED: &str = "{ apiVersion: v1, kind: Pod, metadata: { name: ledger }, spec: { containers: \
                          [{ name: app, image: app, securityContext: { privileged: true } }] } }";

#[test]
fn a_finding_says_what_where_found_allowed_and_the_way_out() {
    let decision = admit(&snapshot_of(&small(), ""), PRIVILEGED, None);
    let finding = &decision.findings[0];
    assert_eq!(
        line(finding),
        "POD-901 (high) No privileged containers: \
         spec.containers[0].securityContext.privileged is true; allowed: false or unset"
    );
    assert_eq!(
        details(finding),
        [
            ("found", "true".to_owned()),
            ("required", "false or unset (baseline; production (default))".to_owned()),
            ("asked by", "SOX 404".to_owned()),
            ("fix", "Remove the field.".to_owned()),
        ]
    );
}

#[test]
fn what_waits_says_for_what_and_what_is_broken_says_why() {
    let decision =
        bucket(&snapshot(""), "{ name: a, classification: internal, versioning: !unknown }");
    let waiting = decision.findings.iter().find(|f| f.control.as_str() == "RET-003").unwrap();
    assert_eq!(
        line(waiting),
        "RET-003 (high) Versioning enabled: cannot be judged yet; waits for versioning"
    );
    let broken = PRIVILEGED.replace("privileged: true", "privileged: 'yes please'");
    let decision = admit(&snapshot_of(&small(), ""), &broken, None);
    let line = line(&decision.findings[0]);
    assert!(line.starts_with("POD-901 (high) No privileged containers: "), "{line}");
    assert!(!line.contains("allowed"), "{line}");
}

#[test]
fn the_closing_lines_say_under_what_and_how_many() {
    let snapshot = snapshot_of(&small(), "regimes: [sox, gdpr]\n");
    let digest = snapshot.catalog().short_digest().to_owned();
    assert_eq!(
        judged_under(&snapshot),
        format!("production (default), gdpr, sox; catalog 0.1.0 ({digest})")
    );
    let mut counts = Counts::default();
    counts.add(&admit(&snapshot, PRIVILEGED, None));
    counts.add(&admit(&snapshot, &PRIVILEGED.replace("true", "false"), None));
    assert_eq!(counts.summary("object"), "1 finding (1 high) in 1 of 2 objects");
    assert_eq!((counts.denied, counts.passed), (1, 1));
    assert_eq!(Counts::default().summary("object"), "no findings in 0 objects");
}
