//! Buckets: the short block is the compliant one, under every regime and for every class.

use probity_catalog::Decision;
use serde_json::{Value as Json, json};

use crate::judge::{resource, said, under};

const TYPE: &str = "probity_s3_bucket";
const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn provider() -> Json {
    json!({
        "region": "eu-central-1", "account_id": "111122223333", "partition": "aws",
        "defaults": {"kms_key_arn": KEY, "log_bucket": "logs"},
    })
}

/// All tags, as the provider derives and inherits them.
fn tags(class: &str, regimes: &str) -> Json {
    let regimes = if regimes.is_empty() { "none".to_owned() } else { regimes.replace(", ", " ") };
    json!({
        "DataClassification": class, "ComplianceRegime": regimes, "Environment": "production",
        "BusinessUnit": "x", "Owner": "x", "CostCenter": "x", "Application": "x",
    })
}

/// What is said against a resource, leaving out where the platform can do no better.
fn against(decision: &Decision) -> Vec<String> {
    said(decision).into_iter().filter(|line| !line.contains(" pass-with-cap ")).collect()
}

#[test]
fn the_short_block_is_the_compliant_one() {
    let regimes = [
        "", "pci-dss", "sox", "gdpr", "soc2", "iso27001", "dora", "mifid2", "sec17a4", "hipaa",
        "ccpa", "psd2",
    ];
    for regime in regimes.into_iter().chain(["sox, sec17a4, mifid2, dora, pci-dss"]) {
        for class in ["public", "internal", "confidential", "restricted"] {
            for (field, value) in [
                ("record_type", "none"),
                ("record_type", "ledger"),
                ("purpose", "access-logs"),
                ("purpose", "audit-trail"),
            ] {
                let snapshot = under(&format!("regimes: [{regime}]"));
                let block = json!({
                    "name": "ledger", "classification": class, field: value, "tags_all": tags(class, regime),
                });
                let (filled, decision) = resource(&snapshot, TYPE, &block, &provider());
                // Restricted records are locked even where no regime says for how long: that must
                // be written out, since a lock cannot be taken back.
                let lock = &filled["object_lock"];
                let open =
                    class == "restricted" && !lock.is_null() && lock["retention_days"].is_null();
                let mut expected = vec![];
                if open {
                    expected.push("RET-002 fail object_lock.retention_days");
                }
                // S3 locks no log target, which is said; what is evidence is locked in words.
                match value {
                    "access-logs" => expected.push("LOG-006 fail purpose"),
                    "audit-trail" if lock.is_null() => expected.push("LOG-006 fail object_lock"),
                    _ => {}
                }
                assert_eq!(
                    against(&decision),
                    expected,
                    "{class} {value} under [{regime}]: {filled:#}"
                );
            }
        }
    }
}

#[test]
fn the_defaults_are_those_that_the_documentation_promises() {
    let block =
        json!({"name": "ledger", "classification": "confidential", "record_type": "ledger"});
    let (filled, _) = resource(&under("regimes: [sox]"), TYPE, &block, &provider());
    let expected = json!({
        "sse_algorithm": "aws:kms", "kms_key_arn": KEY, "bucket_key_enabled": true, "block_sse_c": true,
        "versioning": true, "object_lock": {"mode": "GOVERNANCE", "retention_days": 2555},
        "access_log": {"bucket": "logs", "prefix": "ledger/"},
        "public_access_block": {
            "block_public_acls": true, "ignore_public_acls": true,
            "block_public_policy": true, "restrict_public_buckets": true,
        },
        "object_ownership": "BucketOwnerEnforced", "tls_minimum": "1.2", "refuse_other_keys": true,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&filled[name], value, "{name}");
    }
    let rules = filled["lifecycle_rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0]["abort_incomplete_upload_days"], 7);
}

#[test]
fn what_is_written_is_never_overwritten() {
    let block = json!({
        "name": "ledger", "classification": "confidential", "record_type": "none",
        "versioning": false, "sse_algorithm": "AES256", "tls_minimum": "1.0",
        "public_access_block": {"block_public_policy": false}, "object_ownership": "ObjectWriter",
        "access_log": {"bucket": "ledger"}, "tags_all": tags("confidential", "sox"),
    });
    let (filled, decision) = resource(&under("regimes: [sox]"), TYPE, &block, &provider());
    assert_eq!(filled["versioning"], false);
    assert_eq!(filled["public_access_block"]["block_public_policy"], false);
    assert_eq!(filled["public_access_block"]["block_public_acls"], true);
    assert_eq!(filled["access_log"], json!({"bucket": "ledger", "prefix": "ledger/"}));
    let mut said = said(&decision);
    said.sort();
    assert_eq!(
        said,
        [
            "ENC-001 fail sse_algorithm",
            "ENC-002 fail sse_algorithm",
            "ENC-004 fail tls_minimum",
            "ENC-005 fail tls_minimum",
            "LOG-001 fail access_log.bucket",
            "NET-001 fail public_access_block.block_public_policy",
            "NET-003 fail object_ownership",
            "RET-003 fail versioning",
        ]
    );
}

#[test]
fn a_log_target_has_the_shape_that_s3_demands() {
    let block = json!({"name": "logs", "classification": "restricted", "purpose": "access-logs"});
    let (filled, _) = resource(&under("regimes: [sox, sec17a4]"), TYPE, &block, &provider());
    assert_eq!(filled["sse_algorithm"], "AES256");
    for unset in ["kms_key_arn", "object_lock", "access_log"] {
        assert_eq!(filled[unset], Json::Null, "{unset}");
    }
    assert_eq!(filled["versioning"], true);
}

#[test]
fn a_record_store_must_say_what_it_holds() {
    let block = |regimes: &str| {
        let tags = tags("confidential", regimes);
        json!({"name": "ledger", "classification": "confidential", "tags_all": tags})
    };
    for regime in ["sox", "mifid2", "sec17a4"] {
        let (filled, decision) =
            resource(&under(&format!("regimes: [{regime}]")), TYPE, &block(regime), &provider());
        assert_eq!(against(&decision), ["RET-002 fail record_type"], "{regime}");
        assert_eq!(filled["object_lock"], Json::Null, "no lock by silence");
        let finding = &decision.findings[0];
        assert!(finding.allowed.contains("record_type = \"none\""), "{}", finding.allowed);
        assert!(finding.allowed.contains("record_type = \"ledger\""), "{}", finding.allowed);
    }
    let both = "pci-dss, gdpr";
    let settings = format!("regimes: [{both}]");
    let (_, decision) = resource(&under(&settings), TYPE, &block(both), &provider());
    assert!(against(&decision).is_empty(), "{:?}", said(&decision));
}

#[test]
fn the_strictest_regime_wins() {
    let lock = |regimes: &str, block: Json| {
        let (filled, _) =
            resource(&under(&format!("regimes: [{regimes}]")), TYPE, &block, &provider());
        filled["object_lock"].clone()
    };
    let store = || json!({"name": "x", "classification": "confidential", "record_type": "ledger"});
    let with = |mode: &str, days: u32| json!({"mode": mode, "retention_days": days});
    for (regimes, expected) in [
        ("sox", with("GOVERNANCE", 2555)),
        ("mifid2", with("GOVERNANCE", 1827)),
        ("mifid2, sox", with("GOVERNANCE", 2555)),
        ("sec17a4", with("COMPLIANCE", 2192)),
        ("sec17a4, sox, mifid2", with("COMPLIANCE", 2555)),
        ("pci-dss", Json::Null),
        ("", Json::Null),
    ] {
        assert_eq!(lock(regimes, store()), expected, "{regimes}");
    }
    let class_b = json!({
        "name": "x", "classification": "confidential", "record_type": "blotter", "tags": {"RecordClass": "b"},
    });
    assert_eq!(lock("sec17a4", class_b), with("COMPLIANCE", 1096));
    let trace = json!({
        "name": "x", "classification": "confidential", "record_type": "transaction-trace",
    });
    assert_eq!(lock("psd2", trace), with("GOVERNANCE", 1827));
    for (regime, purpose, expected) in [
        ("pci-dss", "audit-trail", with("GOVERNANCE", 365)),
        ("dora", "evidence", with("GOVERNANCE", 1827)),
        ("dora, pci-dss", "audit-trail", with("GOVERNANCE", 365)),
        ("sec17a4", "audit-trail", with("COMPLIANCE", 1096)),
        ("sox", "audit-trail", with("GOVERNANCE", 2555)),
    ] {
        let sink = json!({"name": "x", "classification": "confidential", "purpose": purpose});
        assert_eq!(lock(regime, sink), expected, "{regime} {purpose}");
    }
}

#[test]
fn the_encryption_follows_the_class() {
    for (class, algorithm, key) in [
        ("public", "AES256", Json::Null),
        ("internal", "AES256", Json::Null),
        ("confidential", "aws:kms", json!(KEY)),
        ("restricted", "aws:kms", json!(KEY)),
    ] {
        let block = json!({"name": "x", "classification": class});
        let (filled, _) = resource(&under("{}"), TYPE, &block, &provider());
        assert_eq!(
            (&filled["sse_algorithm"], &filled["kms_key_arn"]),
            (&json!(algorithm), &key),
            "{class}"
        );
    }
}
