//! Between the attributes of `probity_s3_bucket` and the configuration of a bucket, both ways.

use std::collections::BTreeSet;

use super::lifecycle;
use crate::cloud::aws::s3::{
    AccessLog, Configuration, Encryption, Lock, PublicAccessBlock, Retention, S3,
};
use crate::context::InForce;
use crate::diagnostics::Diagnostic;
use crate::policy::bucket::{BucketPolicy, LogDelivery, UploadEncryption};
use crate::policy::{Document, Statement, render_statements};
use crate::resource::PlanRequest;
use crate::resources::tags;
use crate::value::Value;

/// Whether S3's own demands of a log target apply.
pub(super) fn is_log_target(resource: &Value) -> bool {
    resource.get("purpose").as_str() == Some("access-logs")
}

/// What the catalog cannot say about defaults: what is not known yet, what is on in AWS anyway,
/// and that a default never weakens what there is.
pub(super) fn settle_defaults(in_force: &InForce, request: &PlanRequest<'_>, planned: &mut Value) {
    let (config, defaults) = (request.config, &in_force.config);
    await_provider_defaults(in_force, config, planned);
    // Off, where no control speaks.
    for name in ["versioning", "bucket_key_enabled", "block_sse_c", "refuse_other_keys"] {
        if planned.get(name).is_null() {
            planned.set(name, false);
        }
    }
    if planned.get("public_access_block").is_null() {
        planned.set("public_access_block", access_to_value(PublicAccessBlock::default()));
    }
    for (name, fallback) in
        [("sse_algorithm", "AES256"), ("object_ownership", "BucketOwnerEnforced")]
    {
        if planned.get(name).is_null() {
            planned.set(name, fallback);
        }
    }
    if config.get("policy_statements").is_null() {
        planned.set("policy_statements", Value::Null);
    }
    if config.get("region").is_null() {
        let region = match request.prior.map(|prior| prior.get("region")) {
            Some(region) if region.is_set() => region.clone(),
            _ => defaults.aws.region.as_deref().map_or(Value::Unknown, Value::from),
        };
        planned.set("region", region);
    }
    if let Some(prior) = request.prior.filter(|_| config.get("object_lock").is_null()) {
        let kept = stricter_lock(prior.get("object_lock"), planned.get("object_lock"));
        planned.set("object_lock", kept);
    }
}

/// Defaults of the provider block that are not known yet.
fn await_provider_defaults(in_force: &InForce, config: &Value, planned: &mut Value) {
    if is_log_target(config) || config.get("purpose").is_unknown() {
        return;
    }
    let defaults = &in_force.config;
    let takes_key = planned.get("sse_algorithm").as_str() != Some("AES256");
    if config.get("kms_key_arn").is_null() && defaults.default_key.is_unknown() && takes_key {
        planned.set("kms_key_arn", Value::Unknown);
    }
    if config.get("access_log").is_null() && defaults.default_log_bucket.is_unknown() {
        let prefix = planned.get("access_log").get("prefix").clone();
        planned.set("access_log", Value::object([("bucket", Value::Unknown), ("prefix", prefix)]));
    }
}

/// A lock needs both of its parts, whoever gave them.
pub(super) fn refuse_half_a_lock(planned: &Value) -> Option<Diagnostic> {
    let lock = planned.get("object_lock");
    let missing = ["mode", "retention_days"].into_iter().find(|name| lock.get(name).is_null())?;
    lock.is_set().then(|| {
        let detail = format!("add `{missing}` to `object_lock`: no control in force gives it");
        Diagnostic::error("half a lock", detail).at("object_lock")
    })
}

/// The stricter mode and the longer time of two locks.
fn stricter_lock(prior: &Value, wanted: &Value) -> Value {
    if !prior.is_set() || !wanted.is_wholly_known() {
        return wanted.clone();
    }
    if wanted.is_null() {
        return prior.clone();
    }
    let modes = [prior.get("mode").as_str(), wanted.get("mode").as_str()];
    let mode = if modes.contains(&Some("COMPLIANCE")) { "COMPLIANCE" } else { "GOVERNANCE" };
    let days = prior.get("retention_days").as_i64().max(wanted.get("retention_days").as_i64());
    Value::object([("mode", Value::from(mode)), ("retention_days", days.into())])
}

/// Where prior state says the same in other words, its words stay.
pub(super) fn keep_spelling(config: &Value, prior: &Value, planned: &mut Value) {
    let (written, before) = (config.get("policy_statements"), prior.get("policy_statements"));
    if let (Some(written), Some(before)) = (written.as_str(), before.as_str()) {
        let parse = |text: &str| Document::parse_statements(text).map(Document::new);
        if matches!((parse(written), parse(before)), (Ok(a), Ok(b)) if a == b) {
            planned.set("policy_statements", before);
        }
    }
    lifecycle::keep_spelling(config, prior, planned);
}

/// The policy that the attributes amount to; none while one of them is not known.
pub(super) fn policy(resource: &Value, arn: &str, account: Option<String>) -> Option<Document> {
    let parts = ["tls_minimum", "policy_statements", "purpose", "refuse_other_keys", "log_sources"];
    if !parts.into_iter().all(|name| resource.get(name).is_wholly_known()) {
        return None;
    }
    let is_held = resource.get("refuse_other_keys").as_bool() == Some(true);
    let waits = ["sse_algorithm", "kms_key_arn"].iter().any(|name| resource.get(name).is_unknown());
    if is_held && waits {
        return None;
    }
    let policy = BucketPolicy {
        tls_minimum: resource.get("tls_minimum").as_str().map(str::to_owned),
        encryption: is_held.then(|| encryption(resource)),
        log_delivery: account
            .map(|account| LogDelivery { account, sources: texts(resource.get("log_sources")) }),
        statements: statements(resource)?,
    };
    Some(policy.document(arn))
}

/// What the user adds to the policy; none where it cannot be read.
pub(super) fn statements(resource: &Value) -> Option<Vec<Statement>> {
    match resource.get("policy_statements").as_str() {
        Some(text) => Document::parse_statements(text).ok(),
        None => Some(vec![]),
    }
}

fn encryption(resource: &Value) -> UploadEncryption {
    UploadEncryption {
        algorithm: resource.get("sse_algorithm").as_str().unwrap_or("AES256").to_owned(),
        key: resource.get("kms_key_arn").as_str().map(str::to_owned),
    }
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.elements().iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The configuration that a planned resource stands for.
pub(super) fn wanted(planned: &Value) -> Configuration {
    let text = |name: &str| planned.get(name).as_str().map(str::to_owned);
    let flag = |name: &str| planned.get(name).as_bool().unwrap_or_default();
    let lock = planned.get("object_lock");
    let access = planned.get("public_access_block");
    let block = |name: &str| access.get(name).as_bool().unwrap_or_default();
    let log = planned.get("access_log");
    Configuration {
        encryption: text("sse_algorithm").map(|algorithm| Encryption {
            algorithm,
            key: text("kms_key_arn"),
            bucket_key: flag("bucket_key_enabled"),
            block_sse_c: flag("block_sse_c"),
        }),
        versioning: flag("versioning"),
        lock: Lock {
            enabled: lock.is_set(),
            retention: lock
                .get("mode")
                .as_str()
                .zip(lock.get("retention_days").as_i64())
                .map(|(mode, days)| Retention { mode: mode.to_owned(), days }),
        },
        public_access: PublicAccessBlock {
            block_public_acls: block("block_public_acls"),
            ignore_public_acls: block("ignore_public_acls"),
            block_public_policy: block("block_public_policy"),
            restrict_public_buckets: block("restrict_public_buckets"),
        },
        ownership: text("object_ownership"),
        policy: text("policy"),
        lifecycle: lifecycle::rules_of(planned.get("lifecycle_rules")),
        // Kept as it is found; no attribute speaks of it.
        minimum_transition_size: None,
        logging: log.get("bucket").as_str().map(|bucket| AccessLog {
            bucket: bucket.to_owned(),
            prefix: log.get("prefix").as_str().unwrap_or_default().to_owned(),
        }),
        tags: tags::of(planned.get("tags_all")),
    }
}

/// The state of a resource as found. Where the state says the same in other words, its words stay.
pub(super) fn refresh(in_force: &InForce, s3: &S3, state: &Value, found: &Configuration) -> Value {
    // Only an import leaves this required attribute out.
    let imported = state.get("classification").is_null();
    let mut new = state.clone();
    let name = state.get("name").as_str().unwrap_or_default();
    let arn = s3.arn(name);
    new.set("id", name);
    if imported {
        adopt(&mut new, found);
    }
    let encryption = found.encryption.clone().unwrap_or_default();
    new.set("sse_algorithm", some_text(&encryption.algorithm));
    new.set("kms_key_arn", encryption.key);
    new.set("bucket_key_enabled", encryption.bucket_key);
    new.set("block_sse_c", encryption.block_sse_c);
    new.set("versioning", found.versioning);
    new.set("object_lock", lock_to_value(&found.lock));
    new.set("public_access_block", access_to_value(found.public_access));
    new.set("object_ownership", found.ownership.clone());
    new.set("access_log", log_to_value(found.logging.as_ref()));
    lifecycle::refresh(&mut new, &found.lifecycle);
    refresh_policy(&mut new, found.policy.as_deref(), &arn);
    new.set("arn", arn);
    tags::refresh(in_force, &mut new, &found.tags, imported);
    new
}

/// What AWS does not store as such is told from what it does, once, at import.
fn adopt(state: &mut Value, found: &Configuration) {
    let class = found.tags.get("DataClassification").map(|class| class.to_ascii_lowercase());
    let known = ["public", "internal", "confidential", "restricted"];
    let class = class.filter(|class| known.contains(&class.as_str()));
    state.set("classification", class);
    let policy = found.policy.as_deref().and_then(|policy| Document::parse(policy).ok());
    let lets_in = |service: &str| {
        policy.as_ref().is_some_and(|policy| {
            policy.statements().iter().any(|statement| {
                statement.allows
                    && statement.principals.get("Service").is_some_and(|s| s.contains(service))
            })
        })
    };
    let purpose = if lets_in("logging.s3.amazonaws.com") {
        Some("access-logs")
    } else if lets_in("cloudtrail.amazonaws.com") {
        Some("audit-trail")
    } else {
        None
    };
    state.set("purpose", purpose);
    state.set("force_destroy", false);
    state.set("allow_replacement", false);
}

fn refresh_policy(state: &mut Value, found: Option<&str>, arn: &str) {
    let document = found.and_then(|text| Document::parse(text).ok());
    let same = match (&document, state.get("policy").as_str()) {
        (Some(document), Some(before)) => document.is_equivalent(before),
        (None, None) => {
            !state.get("tls_minimum").is_set() && !state.get("refuse_other_keys").is_null()
        }
        _ => false,
    };
    if same {
        return;
    }
    let parts =
        document.as_ref().map(|document| BucketPolicy::of(document, arn, &encryption(state)));
    let parts = parts.unwrap_or_default();
    let statements = match parts.statements.as_slice() {
        [] => Value::Null,
        statements => render_statements(statements).into(),
    };
    let sources = parts.log_delivery.map(|delivery| delivery.sources).unwrap_or_default();
    if !(sources.is_empty() && state.get("log_sources").is_null()) {
        state.set("log_sources", Value::set_of(sources.into_iter().map(Value::from)));
    }
    state.set("policy_statements", statements);
    state.set("tls_minimum", parts.tls_minimum);
    state.set("refuse_other_keys", parts.encryption.is_some());
    state.set("policy", found.map(str::to_owned));
}

fn lock_to_value(lock: &Lock) -> Value {
    lock.retention.as_ref().map_or(Value::Null, |retention| {
        Value::object([
            ("mode", Value::from(retention.mode.as_str())),
            ("retention_days", retention.days.into()),
        ])
    })
}

fn access_to_value(block: PublicAccessBlock) -> Value {
    Value::object([
        ("block_public_acls", Value::from(block.block_public_acls)),
        ("ignore_public_acls", block.ignore_public_acls.into()),
        ("block_public_policy", block.block_public_policy.into()),
        ("restrict_public_buckets", block.restrict_public_buckets.into()),
    ])
}

fn log_to_value(log: Option<&AccessLog>) -> Value {
    log.map_or(Value::Null, |log| {
        Value::object([
            ("bucket", Value::from(log.bucket.as_str())),
            ("prefix", log.prefix.as_str().into()),
        ])
    })
}

pub(super) fn some_text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// What a bucket is like that was created a moment ago.
pub(super) fn newborn(wanted: &Configuration, lock: bool) -> Configuration {
    Configuration {
        versioning: lock,
        lock: Lock { enabled: lock, retention: None },
        ownership: Some("BucketOwnerEnforced".to_owned()),
        tags: wanted.tags.clone(),
        // Everything else is written, whatever S3 has by itself.
        encryption: None,
        public_access: PublicAccessBlock::default(),
        policy: None,
        lifecycle: vec![],
        minimum_transition_size: None,
        logging: None,
    }
}
