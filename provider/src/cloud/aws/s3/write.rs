//! Brings a bucket from what it is to what it shall be: only what differs is written, one call
//! after the other (S3 refuses two writers), in the order in which no moment is open.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use aws_sdk_s3::error::{BuildError, SdkError};
use aws_sdk_s3::types as sdk;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{
    AFTER_CREATE, AccessLog, BUSY, Configuration, Encryption, LifecycleRule, PublicAccessBlock,
    Retention, S3, same_lifecycle, sdk_tags,
};
use crate::cloud::aws::error::explain;
use crate::cloud::{Backoff, CloudError, Kind, Patience};
use crate::policy::Document;

/// A principal that was just created is not known to S3 at once.
const NEW_PRINCIPAL: Backoff =
    Backoff::within(Duration::from_secs(2), Duration::from_secs(10), Duration::from_mins(2));

/// Without a fallback, calls to a bucket that S3 does not know yet would fail.
async fn send<T, E, F>(
    operation: &'static str,
    patience: &Patience,
    mut call: impl FnMut() -> F,
) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    patience.check(operation)?;
    let mut once = || {
        let sent = call();
        async move { sent.await.map_err(|error| explain(operation, &error)) }
    };
    let missing = |error: &CloudError| error.has_code("NoSuchBucket");
    match patience.retry(AFTER_CREATE, missing, &mut once).await {
        Err(error) if error.kind == Kind::Conflict => {
            patience.retry(BUSY, |error| error.kind == Kind::Conflict, once).await
        }
        other => other,
    }
}

fn built<T>(operation: &'static str, result: Result<T, BuildError>) -> Result<T, CloudError> {
    result.map_err(|error| CloudError::new(Kind::Refused, operation, error.to_string()))
}

macro_rules! put {
    ($self:ident, $bucket:ident, $patience:ident, $operation:literal, $call:ident $(, $set:ident($value:expr))*) => {
        send($operation, $patience, || {
            $self
                .client
                .$call()
                .bucket($bucket)
                .expected_bucket_owner(&$self.account)
                $(.$set($value.clone()))*
                .send()
        })
        .await
        .map(|_| ())
    };
}

impl S3 {
    /// Writes what differs between what was found and what is wanted.
    pub async fn converge(
        &self,
        bucket: &str,
        found: &Configuration,
        wanted: &Configuration,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        if found.public_access != wanted.public_access {
            self.put_public_access(bucket, wanted.public_access, patience).await?;
        }
        if found.ownership != wanted.ownership
            && let Some(ownership) = &wanted.ownership
        {
            self.put_ownership(bucket, ownership, patience).await?;
        }
        // The lock must go before versioning may; it needs versioning before it may come.
        if found.versioning != wanted.versioning {
            self.put_versioning(bucket, wanted.versioning, patience).await?;
        }
        if found.encryption != wanted.encryption
            && let Some(encryption) = &wanted.encryption
        {
            self.put_encryption(bucket, encryption, patience).await?;
        }
        if !same_policy(found.policy.as_deref(), wanted.policy.as_deref()) {
            self.put_policy(bucket, wanted.policy.as_deref(), patience).await?;
        }
        if found.lock.retention != wanted.lock.retention
            || (wanted.lock.enabled && !found.lock.enabled)
        {
            self.put_lock(bucket, wanted.lock.retention.as_ref(), patience).await?;
        }
        if !same_lifecycle(&wanted.lifecycle, &found.lifecycle) {
            let size = found.minimum_transition_size.as_deref();
            self.put_lifecycle(bucket, &wanted.lifecycle, size, patience).await?;
        }
        if found.logging != wanted.logging {
            self.put_logging(bucket, wanted.logging.as_ref(), patience).await?;
        }
        if found.tags != wanted.tags {
            self.put_tags(bucket, &wanted.tags, patience).await?;
        }
        Ok(())
    }

    async fn put_public_access(
        &self,
        bucket: &str,
        block: PublicAccessBlock,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let block = sdk::PublicAccessBlockConfiguration::builder()
            .block_public_acls(block.block_public_acls)
            .ignore_public_acls(block.ignore_public_acls)
            .block_public_policy(block.block_public_policy)
            .restrict_public_buckets(block.restrict_public_buckets)
            .build();
        put!(
            self,
            bucket,
            patience,
            "s3:PutBucketPublicAccessBlock",
            put_public_access_block,
            public_access_block_configuration(block)
        )
    }

    async fn put_ownership(
        &self,
        bucket: &str,
        ownership: &str,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let operation = "s3:PutBucketOwnershipControls";
        let rule = sdk::OwnershipControlsRule::builder().object_ownership(ownership.into()).build();
        let controls = sdk::OwnershipControls::builder().rules(built(operation, rule)?).build();
        let controls = built(operation, controls)?;
        let result = put!(
            self,
            bucket,
            patience,
            "s3:PutBucketOwnershipControls",
            put_bucket_ownership_controls,
            ownership_controls(controls)
        );
        result.map_err(|error| {
            if !error.has_code("InvalidBucketAclWithObjectOwnership") {
                return error;
            }
            error.with_help(format!(
                "the bucket's ACL still lets somebody else in, and S3 switches ACLs off only \
                 when it does not. Give whoever needs it a statement in `policy_statements`, \
                 then make the ACL private:\n\n  aws s3api put-bucket-acl --bucket {bucket} \
                 --acl private"
            ))
        })
    }

    async fn put_versioning(
        &self,
        bucket: &str,
        versioning: bool,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let status = if versioning {
            sdk::BucketVersioningStatus::Enabled
        } else {
            sdk::BucketVersioningStatus::Suspended
        };
        let configuration = sdk::VersioningConfiguration::builder().status(status).build();
        put!(
            self,
            bucket,
            patience,
            "s3:PutBucketVersioning",
            put_bucket_versioning,
            versioning_configuration(configuration)
        )
    }

    async fn put_encryption(
        &self,
        bucket: &str,
        encryption: &Encryption,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let operation = "s3:PutEncryptionConfiguration";
        let default = sdk::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(encryption.algorithm.as_str().into())
            .set_kms_master_key_id(encryption.key.clone())
            .build();
        // Never an empty list: S3 answers `NONE` where nothing is blocked.
        let blocked = if encryption.block_sse_c {
            sdk::EncryptionType::SseC
        } else {
            sdk::EncryptionType::None
        };
        let rule = sdk::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(built(operation, default)?)
            .bucket_key_enabled(encryption.bucket_key)
            .blocked_encryption_types(
                sdk::BlockedEncryptionTypes::builder().encryption_type(blocked).build(),
            )
            .build();
        let configuration = sdk::ServerSideEncryptionConfiguration::builder().rules(rule).build();
        let configuration = built(operation, configuration)?;
        put!(
            self,
            bucket,
            patience,
            "s3:PutEncryptionConfiguration",
            put_bucket_encryption,
            server_side_encryption_configuration(configuration)
        )
    }

    async fn put_policy(
        &self,
        bucket: &str,
        policy: Option<&str>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let Some(policy) = policy else {
            return put!(self, bucket, patience, "s3:DeleteBucketPolicy", delete_bucket_policy);
        };
        let policy = policy.to_owned();
        let is_new_principal = |error: &CloudError| {
            error.has_code("MalformedPolicy") && error.message.contains("principal")
        };
        let result = patience
            .retry(NEW_PRINCIPAL, is_new_principal, || async {
                put!(
                    self,
                    bucket,
                    patience,
                    "s3:PutBucketPolicy",
                    put_bucket_policy,
                    policy(policy)
                )
            })
            .await;
        result.map_err(|error| match error.kind {
            Kind::Denied => error.with_help(
                "either the credentials in use lack the right `s3:PutBucketPolicy`, or S3 takes \
                 the policy for public: it must let in nobody who is not pinned by a fixed \
                 account, organisation, network or source; look at `policy_statements`",
            ),
            _ if is_new_principal(&error) => error.with_help(
                "a role or user that `policy_statements` names does not exist (any more)",
            ),
            _ => error,
        })
    }

    async fn put_lock(
        &self,
        bucket: &str,
        retention: Option<&Retention>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let rule = retention.map(|retention| {
            let default = sdk::DefaultRetention::builder()
                .mode(retention.mode.as_str().into())
                .days(i32::try_from(retention.days).unwrap_or(i32::MAX))
                .build();
            sdk::ObjectLockRule::builder().default_retention(default).build()
        });
        let configuration = sdk::ObjectLockConfiguration::builder()
            .object_lock_enabled(sdk::ObjectLockEnabled::Enabled)
            .set_rule(rule)
            .build();
        put!(
            self,
            bucket,
            patience,
            "s3:PutBucketObjectLockConfiguration",
            put_object_lock_configuration,
            object_lock_configuration(configuration)
        )
    }

    async fn put_lifecycle(
        &self,
        bucket: &str,
        rules: &[LifecycleRule],
        size: Option<&str>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        if rules.is_empty() {
            return put!(
                self,
                bucket,
                patience,
                "s3:PutLifecycleConfiguration",
                delete_bucket_lifecycle
            );
        }
        let operation = "s3:PutLifecycleConfiguration";
        let rules = rules
            .iter()
            .map(|rule| built(operation, sdk_rule(rule)))
            .collect::<Result<Vec<_>, _>>()?;
        let configuration =
            sdk::BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
        let configuration = built(operation, configuration)?;
        // Sent as it was: any edit of an older document would switch it silently.
        let size = size.map_or(
            sdk::TransitionDefaultMinimumObjectSize::AllStorageClasses128K,
            sdk::TransitionDefaultMinimumObjectSize::from,
        );
        put!(
            self,
            bucket,
            patience,
            "s3:PutLifecycleConfiguration",
            put_bucket_lifecycle_configuration,
            lifecycle_configuration(configuration),
            transition_default_minimum_object_size(size)
        )
    }

    async fn put_logging(
        &self,
        bucket: &str,
        log: Option<&AccessLog>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let enabled = log
            .map(|log| {
                let enabled = sdk::LoggingEnabled::builder()
                    .target_bucket(&log.bucket)
                    .target_prefix(&log.prefix)
                    .build();
                built("s3:PutBucketLogging", enabled)
            })
            .transpose()?;
        let status = sdk::BucketLoggingStatus::builder().set_logging_enabled(enabled).build();
        put!(
            self,
            bucket,
            patience,
            "s3:PutBucketLogging",
            put_bucket_logging,
            bucket_logging_status(status)
        )
    }

    async fn put_tags(
        &self,
        bucket: &str,
        tags: &BTreeMap<String, String>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        if tags.is_empty() {
            return put!(self, bucket, patience, "s3:PutBucketTagging", delete_bucket_tagging);
        }
        let tagging = sdk::Tagging::builder().set_tag_set(Some(sdk_tags(tags))).build();
        let tagging = built("s3:PutBucketTagging", tagging)?;
        put!(self, bucket, patience, "s3:PutBucketTagging", put_bucket_tagging, tagging(tagging))
    }
}

/// Whether two policies mean the same, absence included.
fn same_policy(found: Option<&str>, wanted: Option<&str>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => {
            Document::parse(wanted).is_ok_and(|wanted| wanted.is_equivalent(found))
        }
        (None, None) => true,
        _ => false,
    }
}

fn sdk_rule(rule: &LifecycleRule) -> Result<sdk::LifecycleRule, BuildError> {
    let status =
        if rule.enabled { sdk::ExpirationStatus::Enabled } else { sdk::ExpirationStatus::Disabled };
    sdk::LifecycleRule::builder()
        .set_id(rule.id.clone())
        .status(status)
        .filter(sdk::LifecycleRuleFilter::builder().prefix(&rule.prefix).build())
        .set_abort_incomplete_multipart_upload(rule.abort_incomplete_upload_days.map(|days| {
            sdk::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
        }))
        .set_transitions(some(rule.transitions.iter().map(|transition| {
            sdk::Transition::builder()
                .days(transition.days)
                .storage_class(transition.storage_class.as_str().into())
                .build()
        })))
        .set_noncurrent_version_transitions(some(rule.noncurrent_transitions.iter().map(
            |transition| {
                sdk::NoncurrentVersionTransition::builder()
                    .noncurrent_days(transition.days)
                    .storage_class(transition.storage_class.as_str().into())
                    .set_newer_noncurrent_versions(transition.newer_versions)
                    .build()
            },
        )))
        .set_expiration(
            rule.expiration_days.map(|days| sdk::LifecycleExpiration::builder().days(days).build()),
        )
        .set_noncurrent_version_expiration(
            rule.noncurrent_expiration_days.map(|days| {
                sdk::NoncurrentVersionExpiration::builder().noncurrent_days(days).build()
            }),
        )
        .build()
}

/// An empty list is left out: S3 refuses it.
fn some<T>(items: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let items: Vec<T> = items.collect();
    (!items.is_empty()).then_some(items)
}
