//! The gate over the embedded catalog: defaults, findings and their wording.

use super::*;
use crate::config::Config;
use crate::context::Context as Shared;
use crate::resource::Resource;
use crate::{config, resources};

/// A provider block with these regimes, taken into force away from any settings file.
fn in_force(regimes: &[&str]) -> std::sync::Arc<InForce> {
    in_force_with(
        regimes,
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd".into(),
        "logs".into(),
    )
}

/// The same with these defaults of the provider block.
fn in_force_with(regimes: &[&str], key: Value, log_bucket: Value) -> std::sync::Arc<InForce> {
    let regimes = Value::set_of(regimes.iter().map(|regime| Value::from(*regime)));
    let defaults = Value::object([("kms_key_arn", key), ("log_bucket", log_bucket)]);
    let block = config::schema().empty().with("regimes", regimes).with("defaults", defaults);
    let block = block.with("region", "eu-central-1").with(
        "default_tags",
        Value::map(["BusinessUnit", "Owner", "CostCenter", "Application"].map(|k| (k, "x".into()))),
    );
    let folder = tempfile::tempdir().unwrap();
    Shared::new(folder.path()).take(Config::parse(&block).0).unwrap()
}

fn bucket() -> Box<dyn Resource> {
    let folder = tempfile::tempdir().unwrap();
    let all = resources::all(&Shared::new(folder.path()));
    all.into_iter().find(|resource| resource.type_name() == "probity_s3_bucket").unwrap()
}

fn judge_config(in_force: &InForce, config: &Value) -> Diagnostics {
    let bucket = bucket();
    let filled = fill(in_force, bucket.type_name(), bucket.schema(), config);
    judge(
        in_force,
        &Judged {
            phase: Phase::Plan,
            action: Action::Create,
            type_name: bucket.type_name(),
            schema: bucket.schema(),
            resource: &filled,
            config,
            prior: &Value::Null,
        },
    )
}

fn ledger() -> Value {
    bucket().schema().empty().with("name", "ledger").with("classification", "confidential")
}

#[test]
fn the_short_configuration_is_the_compliant_one() {
    let in_force = in_force(&["sox"]);
    let config = ledger().with("record_type", "ledger");
    let found = judge_config(&in_force, &config);
    assert!(found.is_empty(), "{found:#?}");
    let bucket = bucket();
    let filled = fill(&in_force, bucket.type_name(), bucket.schema(), &config);
    assert_eq!(filled.get("versioning"), &Value::from(true));
    assert_eq!(filled.get("object_lock").get("retention_days"), &Value::from(2555));
    assert_eq!(filled.get("access_log").get("bucket"), &Value::from("logs"));
    assert_eq!(filled.get("access_log").get("prefix"), &Value::from("ledger/"));
}

#[test]
fn a_default_that_is_not_known_yet_is_planned_as_unknown() {
    let in_force = in_force_with(&["sox"], Value::Unknown, Value::Unknown);
    let config = ledger().with("record_type", "ledger");
    let bucket = bucket();
    let filled = fill(&in_force, bucket.type_name(), bucket.schema(), &config);
    assert_eq!(filled.get("kms_key_arn"), &Value::Unknown);
    assert_eq!(filled.get("access_log").get("bucket"), &Value::Unknown);
    assert_eq!(filled.get("versioning"), &Value::from(true));
    let found = judge_config(&in_force, &config);
    assert!(!found.has_errors(), "{found:#?}");
    assert!(found.iter().any(|d| d.detail.contains("kms_key_arn")), "{found:#?}");
}

#[test]
fn a_finding_says_what_where_found_required_who_and_how_out() {
    let config = ledger().with("record_type", "none").with("versioning", false);
    let found = judge_config(&in_force(&["sox"]), &config);
    let errors: Vec<_> = found.iter().filter(|d| d.is_error()).collect();
    let [error] = errors.as_slice() else { panic!("{found:#?}") };
    assert_eq!(error.summary, "RET-003: Versioning enabled");
    assert_eq!(error.path.to_string(), "versioning");
    for line in
        ["\n  found     false\n", "\n  required  true (", "\n  asked by  ", "\n  fix       Remove"]
    {
        assert!(error.detail.contains(line), "{line:?} is not in\n{}", error.detail);
    }
    assert!(error.detail.ends_with("\n\nMore: probity explain RET-003"), "{}", error.detail);
    assert!(error.detail.lines().all(|line| line.chars().count() <= 80 || !line.starts_with(' ')));
}

#[test]
fn what_lies_deeper_is_shown_at_its_attribute() {
    let block = Value::object([
        ("block_public_acls", Value::Null),
        ("ignore_public_acls", Value::Null),
        ("block_public_policy", false.into()),
        ("restrict_public_buckets", Value::Null),
    ]);
    let config = ledger().with("record_type", "none").with("public_access_block", block);
    let found = judge_config(&in_force(&[]), &config);
    let [error] = found.iter().collect::<Vec<_>>()[..] else { panic!("{found:#?}") };
    assert_eq!(error.path.to_string(), "public_access_block");
    let line = "\n  at        public_access_block.block_public_policy\n";
    assert!(error.detail.contains(line), "{}", error.detail);
}

#[test]
fn what_a_regime_asks_for_is_refused_when_missing() {
    let found = judge_config(&in_force(&["sox"]), &ledger());
    assert!(
        found.iter().any(|d| d.summary.starts_with("RET-002") && d.detail.contains("record_type"))
    );
    assert!(judge_config(&in_force(&[]), &ledger()).is_empty());
}

#[test]
fn what_is_not_known_yet_is_said_once() {
    let config = ledger().with("kms_key_arn", Value::Unknown).with("versioning", Value::Unknown);
    let found = judge_config(&in_force(&[]), &config);
    let [warning] = found.iter().collect::<Vec<_>>()[..] else { panic!("{found:#?}") };
    assert!(!warning.is_error());
    for word in ["ENC-002", "RET-003", "kms_key_arn", "versioning"] {
        assert!(warning.detail.contains(word), "{}", warning.detail);
    }
}

#[test]
fn destruction_is_not_judged_by_what_is_destroyed() {
    let bucket = bucket();
    let resource = ledger().with("versioning", false);
    let found = judge(
        &in_force(&["sox"]),
        &Judged {
            phase: Phase::Plan,
            action: Action::Delete,
            type_name: bucket.type_name(),
            schema: bucket.schema(),
            resource: &resource,
            config: &Value::Null,
            prior: &resource,
        },
    );
    assert!(found.is_empty());
}

#[test]
fn an_override_that_has_ended_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "enforcement: { IMG-003: { action: warn, owner: platform, until: 2020-01-31 } }\n";
    std::fs::write(folder.path().join("probity.yaml"), text).unwrap();
    let in_force = Shared::new(folder.path()).get().unwrap();
    let found = notices(&in_force);
    assert!(!found.has_errors());
    assert!(found.iter().any(|d| d.detail.contains("IMG-003 ended on 2020-01-31")), "{found:#?}");
}
