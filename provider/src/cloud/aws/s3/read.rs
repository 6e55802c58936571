//! What a bucket is like: nine reads at once. "Not set" is an answer here, never an error.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_s3::types::{self as sdk, EncryptionType};

use super::{
    AccessLog, Configuration, Encryption, LifecycleRule, Lock, NoncurrentTransition,
    PublicAccessBlock, Retention, S3, Transition,
};
use crate::cloud::aws::error::explain;
use crate::cloud::{CloudError, Kind};

/// Sends a read; the error of a part that is not set becomes `None`, that of a bucket that is not
/// there stays an error.
async fn unless_unset<T>(
    call: impl Future<Output = Result<T, CloudError>>,
) -> Result<Option<T>, CloudError> {
    match call.await {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::Missing && !error.has_code("NoSuchBucket") => Ok(None),
        Err(error) => Err(error),
    }
}

macro_rules! read {
    ($self:ident, $call:ident, $operation:literal, $bucket:ident) => {
        unless_unset(async {
            $self
                .client
                .$call()
                .bucket($bucket)
                .expected_bucket_owner(&$self.account)
                .send()
                .await
                .map_err(|error| explain($operation, &error))
        })
    };
}

impl S3 {
    /// The whole configuration of a bucket.
    pub async fn read(&self, bucket: &str) -> Result<Configuration, CloudError> {
        // Boxed: nine calls at once are a future of 90 kilobytes.
        Box::pin(self.read_at_once(bucket)).await
    }

    async fn read_at_once(&self, bucket: &str) -> Result<Configuration, CloudError> {
        let (encryption, versioning, lock, access, ownership, policy, lifecycle, logging, tags) = tokio::try_join!(
            read!(self, get_bucket_encryption, "s3:GetEncryptionConfiguration", bucket),
            read!(self, get_bucket_versioning, "s3:GetBucketVersioning", bucket),
            read!(
                self,
                get_object_lock_configuration,
                "s3:GetBucketObjectLockConfiguration",
                bucket
            ),
            read!(self, get_public_access_block, "s3:GetBucketPublicAccessBlock", bucket),
            read!(self, get_bucket_ownership_controls, "s3:GetBucketOwnershipControls", bucket),
            read!(self, get_bucket_policy, "s3:GetBucketPolicy", bucket),
            read!(self, get_bucket_lifecycle_configuration, "s3:GetLifecycleConfiguration", bucket),
            read!(self, get_bucket_logging, "s3:GetBucketLogging", bucket),
            read!(self, get_bucket_tagging, "s3:GetBucketTagging", bucket),
        )?;
        let ownership = ownership
            .and_then(|answer| answer.ownership_controls)
            .and_then(|controls| controls.rules.into_iter().next())
            .map(|rule| rule.object_ownership.as_str().to_owned());
        Ok(Configuration {
            encryption: encryption
                .and_then(|answer| answer.server_side_encryption_configuration)
                .and_then(encryption_of),
            versioning: versioning.and_then(|answer| answer.status)
                == Some(sdk::BucketVersioningStatus::Enabled),
            lock: lock
                .and_then(|answer| answer.object_lock_configuration)
                .map(lock_of)
                .unwrap_or_default(),
            public_access: access
                .and_then(|answer| answer.public_access_block_configuration)
                .map(|block| access_of(&block))
                .unwrap_or_default(),
            ownership,
            policy: policy.and_then(|answer| answer.policy).filter(|text| !text.is_empty()),
            minimum_transition_size: lifecycle
                .as_ref()
                .and_then(|answer| answer.transition_default_minimum_object_size.as_ref())
                .map(|size| size.as_str().to_owned()),
            lifecycle: lifecycle
                .and_then(|answer| answer.rules)
                .unwrap_or_default()
                .iter()
                .map(rule_of)
                .collect(),
            logging: logging.and_then(|answer| answer.logging_enabled).map(|logging| AccessLog {
                bucket: logging.target_bucket,
                prefix: logging.target_prefix,
            }),
            tags: tags.map(|answer| tags_of(answer.tag_set)).unwrap_or_default(),
        })
    }
}

fn encryption_of(configuration: sdk::ServerSideEncryptionConfiguration) -> Option<Encryption> {
    let rule = configuration.rules.into_iter().next()?;
    let default = rule.apply_server_side_encryption_by_default?;
    let blocked = rule.blocked_encryption_types.and_then(|blocked| blocked.encryption_type);
    Some(Encryption {
        algorithm: default.sse_algorithm.as_str().to_owned(),
        key: default.kms_master_key_id,
        bucket_key: rule.bucket_key_enabled.unwrap_or_default(),
        block_sse_c: blocked.unwrap_or_default().contains(&EncryptionType::SseC),
    })
}

fn lock_of(configuration: sdk::ObjectLockConfiguration) -> Lock {
    let default = configuration.rule.and_then(|rule| rule.default_retention);
    Lock {
        enabled: configuration.object_lock_enabled == Some(sdk::ObjectLockEnabled::Enabled),
        retention: default.and_then(|retention| {
            let days = retention.days.filter(|days| *days > 0).map(i64::from);
            let years = retention.years.filter(|years| *years > 0).map(i64::from);
            Some(Retention {
                mode: retention.mode?.as_str().to_owned(),
                days: days.or(years.map(|years| years * 365))?,
            })
        }),
    }
}

fn access_of(block: &sdk::PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls.unwrap_or_default(),
        ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
        block_public_policy: block.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
    }
}

/// AWS's own tags belong to AWS.
fn tags_of(tags: Vec<sdk::Tag>) -> BTreeMap<String, String> {
    tags.into_iter()
        .map(|tag| (tag.key, tag.value))
        .filter(|(key, _)| !key.starts_with("aws:"))
        .collect()
}

fn positive(days: Option<i32>) -> Option<i32> {
    days.filter(|days| *days > 0)
}

fn rule_of(rule: &sdk::LifecycleRule) -> LifecycleRule {
    let filter = rule.filter.as_ref();
    let and = filter.and_then(|filter| filter.and.as_ref());
    let expiration = rule.expiration.as_ref();
    let noncurrent = rule.noncurrent_version_expiration.as_ref();
    // `prefix` of the rule itself is the old form, which AWS still returns for old documents.
    #[expect(deprecated, reason = "old documents still have it")]
    let old_prefix = rule.prefix.as_deref();
    let prefix = filter
        .and_then(|filter| filter.prefix.as_deref())
        .or_else(|| and.and_then(|and| and.prefix.as_deref()))
        .or(old_prefix)
        .unwrap_or_default();
    let has_foreign_parts = rule.transitions().iter().any(|transition| transition.date.is_some())
        || filter.is_some_and(|filter| {
            filter.tag.is_some()
                || filter.object_size_greater_than.is_some()
                || filter.object_size_less_than.is_some()
        })
        || and.is_some_and(|and| {
            and.tags.as_ref().is_some_and(|tags| !tags.is_empty())
                || and.object_size_greater_than.is_some_and(|size| size > 0)
                || and.object_size_less_than.is_some()
        })
        || expiration.is_some_and(|expiration| {
            expiration.date.is_some() || expiration.expired_object_delete_marker == Some(true)
        })
        || noncurrent.is_some_and(|e| positive(e.newer_noncurrent_versions).is_some());
    LifecycleRule {
        id: rule.id.clone(),
        enabled: rule.status == sdk::ExpirationStatus::Enabled,
        prefix: prefix.to_owned(),
        abort_incomplete_upload_days: rule
            .abort_incomplete_multipart_upload
            .as_ref()
            .and_then(|abort| positive(abort.days_after_initiation)),
        expiration_days: expiration.and_then(|expiration| positive(expiration.days)),
        transitions: transitions_of(rule),
        noncurrent_expiration_days: noncurrent.and_then(|e| positive(e.noncurrent_days)),
        noncurrent_transitions: noncurrent_transitions_of(rule),
        has_foreign_parts,
    }
}

fn transitions_of(rule: &sdk::LifecycleRule) -> Vec<Transition> {
    let mut all: Vec<_> = rule
        .transitions()
        .iter()
        .map(|transition| Transition {
            days: transition.days.unwrap_or_default(),
            storage_class: class_of(transition.storage_class.as_ref()),
        })
        .collect();
    all.sort();
    all
}

fn noncurrent_transitions_of(rule: &sdk::LifecycleRule) -> Vec<NoncurrentTransition> {
    let mut all: Vec<_> = rule
        .noncurrent_version_transitions()
        .iter()
        .map(|transition| NoncurrentTransition {
            days: transition.noncurrent_days.unwrap_or_default(),
            storage_class: class_of(transition.storage_class.as_ref()),
            newer_versions: positive(transition.newer_noncurrent_versions),
        })
        .collect();
    all.sort();
    all
}

fn class_of(class: Option<&sdk::TransitionStorageClass>) -> String {
    class.map(|class| class.as_str().to_owned()).unwrap_or_default()
}
