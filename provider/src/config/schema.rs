//! The schema of the provider block.

use crate::schema::{Attribute, Block, Schema, Validator};
use crate::value::Value;

/// The provider block.
pub fn schema() -> Schema {
    Schema::new(
        "Finance-hardened AWS resources: the short configuration is the compliant one, and what \
         breaks a control is refused at validate or plan.",
        attributes(),
    )
    .nested("defaults", defaults())
    .nested("endpoints", endpoints())
    .nested("assume_role", assume_role())
    .nested("assume_role_with_web_identity", web_identity())
}

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("settings")
            .describe("The settings file. Default: `PROBITY_SETTINGS`, else `probity.yaml` here."),
        Attribute::string("environment")
            .describe("Where these resources are. The stricter of this and the settings holds; unset is `production`.")
            .one_of(&["dev", "staging", "production"]),
        Attribute::string_set("regimes")
            .describe("Regulations to judge by, such as `sox` and `pci-dss`, beside those of the settings."),
        Attribute::string_map("default_tags")
            .describe("Tags for every resource; a resource's own `tags` win."),
        Attribute::string("region").describe("The region. Default: `AWS_REGION`, else the profile's."),
        Attribute::string("profile").describe("A profile of the shared configuration files."),
        Attribute::string_list("shared_config_files")
            .describe("Shared configuration files instead of `~/.aws/config`."),
        Attribute::string_list("shared_credentials_files")
            .describe("Shared credentials files instead of `~/.aws/credentials`."),
        Attribute::string("access_key").describe("Access key, with `secret_key`. Better: a profile or a role."),
        Attribute::string("secret_key").describe("Secret key.").sensitive(),
        Attribute::string("token").describe("Session token of temporary keys.").sensitive(),
        Attribute::string_set("allowed_account_ids")
            .describe("Accounts that this provider may act in; asked for once, before the first call.")
            .validate(Validator::Custom(are_accounts)),
        Attribute::string_set("forbidden_account_ids")
            .describe("Accounts that it may not act in.")
            .validate(Validator::Custom(are_accounts)),
        Attribute::bool("s3_use_path_style")
            .describe("Bucket in the path instead of the host name. Default: true with an `s3` endpoint."),
        Attribute::number("max_attempts")
            .describe("Attempts of one call, the first included. Default: 5.")
            .validate(Validator::Range(1, 100)),
    ]
}

fn defaults() -> Block {
    Block {
        description: "What buckets use that do not say otherwise.",
        attributes: vec![
            Attribute::string("kms_key_arn").describe("ARN of the key that encrypts buckets."),
            Attribute::string("log_bucket").describe("Name of the bucket that takes access logs."),
        ],
        ..Block::default()
    }
}

fn endpoints() -> Block {
    let endpoint = |name, description| {
        Attribute::string(name).describe(description).validate(Validator::Custom(is_address))
    };
    Block {
        description: "Other addresses of the services.",
        attributes: vec![
            endpoint("s3", "Address of S3."),
            endpoint("kms", "Address of KMS."),
            endpoint("sts", "Address of STS."),
        ],
        ..Block::default()
    }
}

fn assume_role() -> Block {
    Block {
        description: "A role to take on top of the other credentials.",
        attributes: vec![
            Attribute::string("role_arn").required().describe("ARN of the role."),
            Attribute::string("session_name").describe("Name of the session in the audit trail."),
            Attribute::string("external_id").describe("What the role's account wants to hear."),
            Attribute::number("duration_seconds")
                .describe("How long a session lasts.")
                .validate(Validator::Range(900, 43200)),
            Attribute::string("policy").describe("Policy that narrows the session, as JSON."),
        ],
        ..Block::default()
    }
}

fn web_identity() -> Block {
    Block {
        description: "A role to take with a token instead of other credentials.",
        attributes: vec![
            Attribute::string("role_arn").required().describe("ARN of the role."),
            Attribute::string("web_identity_token_file")
                .required()
                .describe("File that holds the token; read again for each session."),
            Attribute::string("session_name").describe("Name of the session in the audit trail."),
        ],
        ..Block::default()
    }
}

fn are_accounts(value: &Value) -> Result<(), String> {
    let wrong = value
        .elements()
        .iter()
        .filter_map(Value::as_str)
        .find(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()));
    match wrong {
        None => Ok(()),
        Some(id) => Err(format!("holds `{id}`, must hold account ids of twelve digits")),
    }
}

fn is_address(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(format!("is `{text}`, must begin with `https://` or `http://`")),
    }
}
