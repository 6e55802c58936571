//! The provider block: what it looks like, and from what the user wrote to settings that cannot be
//! wrong. What is not known yet is remembered by name, so that it fails where it is needed and not
//! before. Knows nothing of the catalog's judgement. Used by `context`.

mod schema;

use std::collections::{BTreeMap, BTreeSet};

use probity_catalog::Environment;

use crate::cloud::aws::{AssumeRole, AwsSettings, StaticKeys, WebIdentity};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::value::{AttributePath, Value};

pub use schema::schema;

/// The provider block, parsed.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The settings file that it names.
    pub settings: Option<String>,
    /// The environment that it names.
    pub environment: Option<Environment>,
    /// The regimes that it switches on.
    pub regimes: BTreeSet<String>,
    /// Tags for everything; `None` while they are not known.
    pub default_tags: Option<BTreeMap<String, String>>,
    /// The key for buckets that name none: text, null or unknown.
    pub default_key: Value,
    /// The log bucket for buckets that name none: text, null or unknown.
    pub default_log_bucket: Value,
    /// How AWS is reached.
    pub aws: AwsSettings,
    /// Attributes that change judgement and are not known yet.
    pub judgement_waits: Vec<&'static str>,
    /// Attributes that change the connection and are not known yet.
    pub connection_waits: Vec<&'static str>,
}

/// Reads attributes and remembers which are not known.
struct Reader<'a> {
    value: &'a Value,
    waits: Vec<&'static str>,
}

impl Reader<'_> {
    fn known(&mut self, name: &'static str) -> Option<&Value> {
        let value = self.value.get(name);
        if !value.is_wholly_known() {
            self.waits.push(name);
            return None;
        }
        Some(value).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.known(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn texts(&mut self, name: &'static str) -> Vec<String> {
        let elements = self.known(name).map(Value::elements).unwrap_or_default();
        elements.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn map(&mut self, name: &'static str) -> Option<BTreeMap<String, String>> {
        if !self.value.get(name).is_wholly_known() {
            self.waits.push(name);
            return None;
        }
        let entries = self.value.get(name).entries();
        Some(
            entries
                .filter_map(|(key, text)| Some((key.to_owned(), text.as_str()?.to_owned())))
                .collect(),
        )
    }
}

impl Config {
    /// The block that Terraform did not show. It may be an empty one, or one that an override file
    /// was merged into: what resources would inherit from it is not known.
    pub fn unseen() -> Self {
        Self {
            default_tags: None,
            default_key: Value::Unknown,
            default_log_bucket: Value::Unknown,
            ..Self::parse(&schema().empty()).0
        }
    }

    /// Reads the block. Form has been checked by the schema's validators; what is wrong in the
    /// combination of attributes is said here.
    pub fn parse(block: &Value) -> (Self, Diagnostics) {
        let mut judgement = Reader { value: block, waits: vec![] };
        let settings = judgement.text("settings");
        let environment = judgement.text("environment").and_then(|word| word.parse().ok());
        let regimes = judgement.texts("regimes").into_iter().collect();
        let default_tags = judgement.map("default_tags");
        let defaults = block.get("defaults");
        for name in ["kms_key_arn", "log_bucket"] {
            if defaults.get(name).is_unknown() {
                judgement.waits.push("defaults");
            }
        }
        let (aws, connection_waits) = connection(block);
        let config = Self {
            settings,
            environment,
            regimes,
            default_tags,
            default_key: defaults.get("kms_key_arn").clone(),
            default_log_bucket: defaults.get("log_bucket").clone(),
            aws,
            judgement_waits: judgement.waits,
            connection_waits,
        };
        (config, combinations(block))
    }
}

fn connection(block: &Value) -> (AwsSettings, Vec<&'static str>) {
    let mut reader = Reader { value: block, waits: vec![] };
    let (access_key, secret_key) = (reader.text("access_key"), reader.text("secret_key"));
    let token = reader.text("token");
    let mut settings = AwsSettings {
        region: reader.text("region"),
        endpoints: BTreeMap::new(),
        s3_use_path_style: reader.known("s3_use_path_style").and_then(Value::as_bool),
        keys: access_key.zip(secret_key).map(|(access_key, secret_key)| StaticKeys {
            access_key,
            secret_key,
            token,
        }),
        profile: reader.text("profile"),
        config_files: reader.texts("shared_config_files"),
        credentials_files: reader.texts("shared_credentials_files"),
        assume_role: None,
        web_identity: None,
        allowed_account_ids: reader.texts("allowed_account_ids").into_iter().collect(),
        forbidden_account_ids: reader.texts("forbidden_account_ids").into_iter().collect(),
        max_attempts: reader
            .known("max_attempts")
            .and_then(Value::as_i64)
            .and_then(|attempts| u32::try_from(attempts).ok()),
    };
    let mut waits = reader.waits;
    let mut block_of = |name: &'static str| {
        let value = block.get(name);
        if !value.is_wholly_known() {
            waits.push(name);
        }
        Some(value).filter(|value| value.is_set() && value.is_wholly_known())
    };
    let endpoints = block_of("endpoints");
    let role = block_of("assume_role");
    let identity = block_of("assume_role_with_web_identity");
    if let Some(endpoints) = endpoints {
        for (service, address) in endpoints.entries() {
            let address = address.as_str().filter(|address| !address.is_empty());
            settings.endpoints.extend(address.map(|a| (service.to_owned(), a.to_owned())));
        }
    }
    let text = |value: &Value, name: &str| value.get(name).as_str().map(str::to_owned);
    settings.assume_role = role.and_then(|role| {
        Some(AssumeRole {
            role_arn: text(role, "role_arn")?,
            session_name: text(role, "session_name"),
            external_id: text(role, "external_id"),
            duration_seconds: role
                .get("duration_seconds")
                .as_i64()
                .and_then(|seconds| u64::try_from(seconds).ok()),
            policy: text(role, "policy"),
        })
    });
    settings.web_identity = identity.and_then(|identity| {
        Some(WebIdentity {
            role_arn: text(identity, "role_arn")?,
            token_file: text(identity, "web_identity_token_file")?,
            session_name: text(identity, "session_name"),
        })
    });
    (settings, waits)
}

/// What is wrong about attributes taken together.
fn combinations(block: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let is_set = |name: &str| !block.get(name).is_null();
    for (name, other) in [("access_key", "secret_key"), ("secret_key", "access_key")] {
        if is_set(name) && !is_set(other) {
            let detail = format!("`{name}` is of no use without `{other}`: set both, or neither");
            found.push(Diagnostic::error("half a pair of keys", detail).at(name));
        }
    }
    if is_set("token") && !is_set("access_key") {
        let detail = "`token` belongs to temporary keys: set `access_key` and `secret_key` too";
        found.push(Diagnostic::error("a token without keys", detail).at("token"));
    }
    if is_set("access_key") && is_set("profile") {
        let detail = "`access_key` and `profile` are two answers to one question: set one of them";
        found.push(Diagnostic::error("two kinds of credentials", detail).at("profile"));
    }
    if is_set("allowed_account_ids") && is_set("forbidden_account_ids") {
        let detail = "set `allowed_account_ids` or `forbidden_account_ids`, not both";
        let at = AttributePath::from("forbidden_account_ids");
        found.push(Diagnostic::error("accounts both allowed and forbidden", detail).at(at));
    }
    found
}

#[cfg(test)]
mod tests;
