//! The schema of `probity_s3_bucket`, and what can be said of a configuration's form.

use std::time::Duration;

use super::lifecycle;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::policy::Document;
use crate::resources::tags;
use crate::schema::{Attribute, Nesting, Schema, TimeoutsBlock, Validator};
use crate::value::Value;

/// The schema.
pub(super) fn schema() -> Schema {
    let [tags, tags_all] = tags::attributes();
    let mut attributes = identity();
    attributes.extend(protection());
    attributes.extend([
        tags,
        tags_all,
        Attribute::bool("force_destroy")
            .default(false)
            .describe("Whether destroying the bucket may destroy what is in it."),
        Attribute::bool("allow_replacement")
            .default(false)
            .describe("Whether a change that needs another bucket may destroy this one."),
        Attribute::string("id").computed().keep_state().describe("The bucket's name."),
        Attribute::string("arn").computed().keep_state().describe("The bucket's ARN."),
        Attribute::string("policy").computed().describe("The bucket's whole policy."),
    ]);
    let timeouts = TimeoutsBlock {
        create: Duration::from_mins(20),
        read: Duration::from_mins(10),
        update: Duration::from_mins(20),
        delete: Duration::from_hours(1),
    };
    Schema::new(
        "An S3 bucket with encryption, versioning, object lock, lifecycle, access logging, policy \
         and tags as one resource. What is left out takes the value that the controls ask for.",
        attributes,
    )
    .timeouts(timeouts)
}

fn identity() -> Vec<Attribute> {
    vec![
        Attribute::string("name")
            .required()
            .replaces()
            .validate(Validator::Custom(is_bucket_name))
            .describe("The bucket's name, unique in the world."),
        Attribute::string("classification")
            .required()
            .one_of(&["public", "internal", "confidential", "restricted"])
            .describe("How sensitive the data is; decides how they are protected."),
        Attribute::string("purpose")
            .replaces()
            .one_of(&["access-logs", "audit-trail", "evidence"])
            .describe("What the bucket is for, when it is not for data: `access-logs` gives the shape that S3 demands of a log target."),
        Attribute::string("record_type")
            .validate(Validator::Length(1, 64))
            .describe("What records the bucket holds (`ledger`), or `none`. Required under regimes that ask for retention."),
        Attribute::string("region")
            .optional_computed()
            .keep_state()
            .replaces_if_configured()
            .describe("The bucket's region. Default: the provider's."),
    ]
}

fn protection() -> Vec<Attribute> {
    let object = |name, attributes| Attribute::nested(name, Nesting::Single, attributes);
    vec![
        Attribute::string("sse_algorithm")
            .optional_computed()
            .one_of(&["AES256", "aws:kms", "aws:kms:dsse"])
            .describe("Default encryption. Default: by class."),
        Attribute::string("kms_key_arn")
            .optional_computed()
            .describe("ARN of the key. Default: `defaults.kms_key_arn` of the provider."),
        Attribute::bool("bucket_key_enabled")
            .optional_computed()
            .describe("One data key per bucket and hour instead of one per object. Default: true."),
        Attribute::bool("block_sse_c").optional_computed().describe(
            "Whether objects under keys that only the client knows are refused. Default: true.",
        ),
        Attribute::bool("refuse_other_keys").optional_computed().describe(
            "Whether the policy refuses uploads that name another algorithm or key than the \
             bucket's. Default: from confidential on.",
        ),
        Attribute::bool("versioning")
            .optional_computed()
            .describe("Whether overwritten and deleted objects are kept. Default: true."),
        object(
            "object_lock",
            vec![
                Attribute::string("mode")
                    .optional_computed()
                    .one_of(&["GOVERNANCE", "COMPLIANCE"])
                    .describe("How hard the lock is."),
                Attribute::number("retention_days")
                    .optional_computed()
                    .validate(Validator::Range(1, 36500))
                    .describe("How long new objects are locked."),
            ],
        )
        .optional_computed()
        .describe("Lock of new objects. Default: by regime and `record_type`."),
        Attribute::nested("lifecycle_rules", Nesting::List, lifecycle_rule())
            .optional_computed()
            .describe("What goes when. Default: unfinished uploads after 7 days."),
        object(
            "access_log",
            vec![
                Attribute::string("bucket")
                    .optional_computed()
                    .describe("The log bucket: same account, same region."),
                Attribute::string("prefix")
                    .optional_computed()
                    .describe("What the log objects' names begin with. Default: `<name>/`."),
            ],
        )
        .optional_computed()
        .describe("Where access logs go. Default: `defaults.log_bucket` of the provider."),
        object("public_access_block", public_access_block())
            .optional_computed()
            .describe("What is blocked of public access. Default: everything."),
        Attribute::string("object_ownership")
            .optional_computed()
            .one_of(&["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])
            .describe("Who owns objects. Default: the bucket's owner, without ACLs."),
        Attribute::string("tls_minimum")
            .optional_computed()
            .one_of(&["1.0", "1.1", "1.2", "1.3"])
            .describe("The oldest TLS version that is let in. Default: 1.2."),
        Attribute::string("policy_statements")
            .optional_computed()
            .validate(Validator::Custom(are_statements))
            .describe(
                "Statements to add to the bucket's policy, as a JSON list: `jsonencode([…])`.",
            ),
        Attribute::string_set("log_sources").validate(Validator::Custom(are_buckets)).describe(
            "ARNs of the buckets whose access logs this log target takes. Default: every bucket \
             of the account.",
        ),
    ]
}

fn lifecycle_rule() -> Vec<Attribute> {
    let days = |name, description| {
        Attribute::number(name)
            .validate(Validator::Range(1, i64::from(i32::MAX)))
            .describe(description)
    };
    vec![
        Attribute::string("id").validate(Validator::Length(1, 255)).describe("The rule's name."),
        Attribute::string("prefix").describe("Objects whose names begin so. Default: all."),
        Attribute::bool("enabled").describe("Whether the rule acts. Default: true."),
        days("expiration_days", "Days until an object expires."),
        Attribute::nested("transitions", Nesting::List, vec![transition_days(0), storage_class()])
            .describe("When an object goes to which storage class."),
        days(
            "noncurrent_version_expiration_days",
            "Days until a version that was overwritten or deleted goes.",
        ),
        Attribute::nested(
            "noncurrent_version_transitions",
            Nesting::List,
            vec![
                transition_days(1),
                Attribute::number("newer_versions")
                    .validate(Validator::Range(1, 100))
                    .describe("How many of the newest such versions stay where they are."),
                storage_class(),
            ],
        )
        .describe("When a version that was overwritten or deleted goes to which storage class."),
        days("abort_incomplete_upload_days", "Days until an unfinished upload goes."),
    ]
}

fn transition_days(least: i64) -> Attribute {
    Attribute::number("days")
        .required()
        .validate(Validator::Range(least, i64::from(i32::MAX)))
        .describe("After how many days.")
}

fn storage_class() -> Attribute {
    Attribute::string("storage_class")
        .required()
        .one_of(&lifecycle::CLASSES)
        .describe("Where it goes.")
}

fn public_access_block() -> Vec<Attribute> {
    let switch =
        |name, description| Attribute::bool(name).optional_computed().describe(description);
    vec![
        switch("block_public_acls", "New public ACLs are refused."),
        switch("ignore_public_acls", "Public ACLs have no effect."),
        switch("block_public_policy", "Public policies are refused."),
        switch("restrict_public_buckets", "A public policy lets only the account in."),
    ]
}

/// What is wrong about attributes taken together, whatever the controls say.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut refuse = |summary: &str, detail: &str, at: &str| {
        found.push(Diagnostic::error(summary, detail).at(at));
    };
    let is_log_target = config.get("purpose").as_str() == Some("access-logs");
    let is_locked = config.get("object_lock").is_set();
    if is_log_target && is_locked {
        refuse(
            "a log target cannot be locked",
            "S3 delivers no access logs into a bucket with default retention: remove \
             `object_lock`; for immutable logs copy them into a locked bucket",
            "object_lock",
        );
    }
    if is_log_target && config.get("kms_key_arn").is_set() {
        refuse(
            "a log target takes no key",
            "S3 delivers access logs only into buckets under SSE-S3: remove `kms_key_arn`",
            "kms_key_arn",
        );
    }
    if is_locked && config.get("versioning").as_bool() == Some(false) {
        refuse(
            "object lock needs versioning",
            "versions are what is locked: remove `versioning = false`",
            "versioning",
        );
    }
    if config.get("sse_algorithm").as_str() == Some("AES256") && config.get("kms_key_arn").is_set()
    {
        refuse(
            "AES256 takes no key",
            "remove `sse_algorithm`, so that the key is used, or `kms_key_arn`",
            "kms_key_arn",
        );
    }
    found.extend(lifecycle::check(config.get("lifecycle_rules")));
    found.extend(check_log_target(config));
    found
}

/// What belongs to log targets only, and what they cannot have.
fn check_log_target(config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let purpose = config.get("purpose");
    let is_log_target = purpose.as_str() == Some("access-logs");
    if is_log_target && config.get("refuse_other_keys").as_bool() == Some(true) {
        let detail = "a policy that looks at the encryption of uploads silently stops the delivery \
                      of access logs: remove `refuse_other_keys`";
        found.push(Diagnostic::error("a log target takes any log", detail).at("refuse_other_keys"));
    }
    if !is_log_target && !purpose.is_unknown() && config.get("log_sources").is_set() {
        let detail = "`log_sources` says whose access logs a bucket takes: set `purpose = \
                      \"access-logs\"`, or remove it";
        found.push(Diagnostic::error("no log target", detail).at("log_sources"));
    }
    found
}

/// The rules for names of general purpose buckets.
pub(super) fn is_bucket_name(value: &Value) -> Result<(), String> {
    let name = value.as_str().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends_well = name.bytes().next().is_some_and(is_allowed)
        && name.bytes().next_back().is_some_and(is_allowed);
    if !(3..=63).contains(&name.len()) {
        return Err("must have 3 to 63 characters".to_owned());
    }
    if !name.bytes().all(|byte| is_allowed(byte) || byte == b'-' || byte == b'.') {
        return Err("may hold lower-case letters, digits, dots and hyphens only".to_owned());
    }
    if !ends_well || name.contains("..") {
        return Err(
            "must begin and end with a letter or digit, without two dots in a row".to_owned()
        );
    }
    if name.split('.').count() == 4 && name.split('.').all(|part| part.parse::<u8>().is_ok()) {
        return Err("must not look like an IP address".to_owned());
    }
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|p| name.starts_with(p))
        || ["-s3alias", "--ol-s3", "--x-s3", ".mrap"].iter().any(|s| name.ends_with(s));
    if reserved {
        return Err("begins or ends in a way that AWS keeps for itself".to_owned());
    }
    Ok(())
}

fn are_statements(value: &Value) -> Result<(), String> {
    match Document::parse_statements(value.as_str().unwrap_or_default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be used as policy statements: {error}")),
    }
}

fn are_buckets(value: &Value) -> Result<(), String> {
    let wrong = value.elements().iter().filter_map(Value::as_str).find(|text| {
        let name = text.strip_prefix("arn:").and_then(|rest| rest.split_once(":s3:::"));
        name.is_none_or(|(_, name)| name.is_empty() || name.contains(['*', '?', '/']))
    });
    match wrong {
        None => Ok(()),
        Some(text) => {
            Err(format!("holds `{text}`, which is no bucket's ARN (`arn:aws:s3:::NAME`)"))
        }
    }
}
