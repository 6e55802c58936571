//! Keys: the short block is the compliant one, and classes and environments tighten it.

use serde_json::{Value as Json, json};

use crate::judge::{resource, said, under};

const TYPE: &str = "probity_kms_key";

fn filled(settings: &str, block: &Json) -> (Json, Vec<String>) {
    let provider =
        json!({"region": "eu-central-1", "account_id": "111122223333", "partition": "aws"});
    let (filled, decision) = resource(&under(settings), TYPE, block, &provider);
    (filled, said(&decision))
}

#[test]
fn the_short_block_is_the_compliant_one() {
    for settings in ["{}", "environment: dev", "regimes: [pci-dss, sox, dora]"] {
        for (class, days) in
            [("public", 365), ("internal", 365), ("confidential", 365), ("restricted", 180)]
        {
            let block = json!({"alias": "ledger", "classification": class, "services": ["s3"]});
            let (key, said) = filled(settings, &block);
            assert!(said.is_empty(), "{class} under {settings}: {said:?}");
            assert_eq!(key["rotation_enabled"], true);
            assert_eq!(key["rotation_period_days"], days, "{class}");
            assert_eq!(key["deletion_window_days"], 30);
        }
    }
}

#[test]
fn a_key_for_signatures_rotates_by_hand() {
    let block = json!({
        "alias": "signing", "classification": "confidential", "services": ["s3"],
        "key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY", "rotation_enabled": false,
    });
    let (key, said) = filled("{}", &block);
    assert_eq!(key["rotation_period_days"], Json::Null);
    assert_eq!(said, ["KEY-001 pass-with-cap rotation_enabled"]);
}

#[test]
fn somebody_is_named_from_confidential_on() {
    let block = |class: &str| json!({"alias": "ledger", "classification": class});
    assert!(filled("{}", &block("internal")).1.is_empty());
    assert_eq!(filled("{}", &block("confidential")).1, ["KEY-003 fail users"]);
}
