//! The schema of `probity_kms_key`, and what can be said of a configuration's form.

use std::time::Duration;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resources::tags;
use crate::schema::{Attribute, Schema, TimeoutsBlock, Validator};
use crate::value::Value;

/// The schema.
pub(super) fn schema() -> Schema {
    let [tags, tags_all] = tags::attributes();
    let mut attributes = identity();
    attributes.extend(lifetime());
    attributes.extend(access());
    attributes.extend([
        tags,
        tags_all,
        Attribute::bool("allow_replacement")
            .default(false)
            .describe("Whether a change that needs another key may schedule this one's deletion."),
        Attribute::string("id").computed().keep_state().describe("The key's id."),
        Attribute::string("arn").computed().keep_state().describe("The key's ARN."),
        Attribute::string("region").computed().keep_state().describe("The key's region."),
        Attribute::string("policy").computed().describe("The key's whole policy."),
        Attribute::string("ram_policy").computed().keep_state().describe(
            "The second policy of a key that is in a resource share; AWS RAM alone can change it.",
        ),
    ]);
    Schema::new(
        "A KMS key with policy, rotation, tags and alias as one resource. What is left out takes \
         the value that the controls ask for.",
        attributes,
    )
    .timeouts(TimeoutsBlock {
        create: Duration::from_mins(15),
        read: Duration::from_mins(10),
        update: Duration::from_mins(15),
        delete: Duration::from_mins(15),
    })
}

fn identity() -> Vec<Attribute> {
    vec![
        Attribute::string("alias")
            .required()
            .validate(Validator::Custom(is_alias))
            .describe("The key's alias, without `alias/` in front."),
        Attribute::string("description")
            .validate(Validator::Length(0, 8192))
            .describe("What the key is for."),
        Attribute::string("classification")
            .required()
            .one_of(&["public", "internal", "confidential", "restricted"])
            .describe("How sensitive the data under it are; decides how it is kept."),
        Attribute::string("key_spec")
            .default("SYMMETRIC_DEFAULT")
            .replaces()
            .one_of(&[
                "SYMMETRIC_DEFAULT",
                "RSA_2048",
                "RSA_3072",
                "RSA_4096",
                "ECC_NIST_P256",
                "ECC_NIST_P384",
                "ECC_NIST_P521",
                "ECC_SECG_P256K1",
                "HMAC_224",
                "HMAC_256",
                "HMAC_384",
                "HMAC_512",
            ])
            .describe("The kind of key."),
        Attribute::string("key_usage")
            .default("ENCRYPT_DECRYPT")
            .replaces()
            .one_of(&["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"])
            .describe("What it is used for."),
        Attribute::bool("multi_region")
            .default(false)
            .replaces()
            .describe("Whether it can have replicas in other regions."),
    ]
}

fn lifetime() -> Vec<Attribute> {
    vec![
        Attribute::bool("rotation_enabled")
            .optional_computed()
            .describe("Whether AWS rotates it. Default: true where AWS can."),
        Attribute::number("rotation_period_days")
            .optional_computed()
            .validate(Validator::Range(90, 2560))
            .describe("Days between rotations. Default: by class."),
        Attribute::number("deletion_window_days")
            .optional_computed()
            .validate(Validator::Range(7, 30))
            .describe("Days between its destruction here and its end. Default: 30."),
    ]
}

fn access() -> Vec<Attribute> {
    vec![
        Attribute::string_set("admins")
            .optional_computed()
            .validate(Validator::Custom(are_principals))
            .describe(
                "ARNs of who looks after the key, beside the account's root. They cannot use it.",
            ),
        Attribute::string_set("users")
            .optional_computed()
            .validate(Validator::Custom(are_principals))
            .describe("ARNs of who uses the key. They cannot change it."),
        Attribute::string_set("services")
            .optional_computed()
            .one_of(&[
                "backup",
                "cloudtrail",
                "dynamodb",
                "ec2",
                "eks",
                "logs",
                "rds",
                "s3",
                "secretsmanager",
                "sns",
                "sqs",
            ])
            .describe("Services that use it for resources of this account: `s3`, `logs`, `eks`, …"),
    ]
}

/// What is wrong about attributes taken together, whatever the controls say.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let spec = config.get("key_spec").as_str().unwrap_or("SYMMETRIC_DEFAULT");
    let usage = config.get("key_usage").as_str().unwrap_or("ENCRYPT_DECRYPT");
    let is_known = !config.get("key_spec").is_unknown() && !config.get("key_usage").is_unknown();
    let fits = match usage {
        "ENCRYPT_DECRYPT" => spec == "SYMMETRIC_DEFAULT" || spec.starts_with("RSA_"),
        "SIGN_VERIFY" => spec.starts_with("RSA_") || spec.starts_with("ECC_"),
        "GENERATE_VERIFY_MAC" => spec.starts_with("HMAC_"),
        _ => spec.starts_with("ECC_"),
    };
    if is_known && !fits {
        let detail = format!("a key of spec `{spec}` cannot be used for `{usage}`");
        found.push(Diagnostic::error("spec and usage do not fit", detail).at("key_usage"));
    }
    let rotates = spec == "SYMMETRIC_DEFAULT" && usage == "ENCRYPT_DECRYPT";
    if is_known && !rotates && config.get("rotation_enabled").as_bool() == Some(true) {
        let detail = "AWS rotates symmetric encryption keys only: remove `rotation_enabled`, and \
                      replace this key by hand in good time";
        found.push(Diagnostic::error("this key cannot rotate", detail).at("rotation_enabled"));
    }
    found
}

fn is_alias(value: &Value) -> Result<(), String> {
    let alias = value.as_str().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    if alias.starts_with("alias/") {
        return Err("is written without `alias/` in front".to_owned());
    }
    if alias.starts_with("aws/") {
        return Err("begins with `aws/`, which AWS keeps for its own keys".to_owned());
    }
    if alias.is_empty() || alias.len() > 250 || !alias.bytes().all(is_allowed) {
        return Err(
            "must have 1 to 250 letters, digits, slashes, underscores or hyphens".to_owned()
        );
    }
    Ok(())
}

/// The form of an ARN; which principals may stand here is what controls judge.
fn are_principals(value: &Value) -> Result<(), String> {
    let wrong = value.elements().iter().filter_map(Value::as_str).find(|text| {
        *text != "*" && text.splitn(6, ':').filter(|part| !part.is_empty()).count() < 5
    });
    match wrong {
        None => Ok(()),
        Some(text) => {
            Err(format!("holds `{text}`, which is no ARN (`arn:aws:iam::ACCOUNT:role/NAME`)"))
        }
    }
}
