//! Bucket calls in one region: whether a bucket exists, its creation and deletion. Reading and
//! writing its configuration are in submodules. Every call after the creation names the account
//! that must own the bucket, so that a bucket that changed hands is never touched.

mod acl;
mod delete;
mod model;
mod read;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag,
};

use super::Identity;
use super::error::explain;
use crate::cloud::{Backoff, CloudError, Kind, Patience};

pub use delete::Blockers;
pub use model::{
    AccessLog, Configuration, Encryption, LifecycleRule, Lock, NoncurrentTransition,
    PublicAccessBlock, Retention, Transition, same_lifecycle,
};

/// The calls of one region, for one account.
#[derive(Clone, Debug)]
pub struct S3 {
    client: Client,
    region: String,
    account: String,
    partition: String,
}

/// What is known of a bucket's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// No bucket has this name.
    Free,
    /// Ours to see, in this region.
    Here {
        /// The region that the bucket is in.
        region: String,
    },
    /// It exists, but not for us: another account's, or the right to see it is missing.
    Taken,
}

/// A bucket just created is not there for every server at once.
const AFTER_CREATE: Backoff =
    Backoff::within(Duration::from_millis(250), Duration::from_secs(5), Duration::from_mins(2));

/// Somebody else writes to the same bucket, or AWS still works on the last change.
const BUSY: Backoff =
    Backoff::within(Duration::from_secs(1), Duration::from_secs(30), Duration::from_mins(5));

impl S3 {
    pub(super) fn new(client: Client, region: &str, identity: &Identity) -> Self {
        Self {
            client,
            region: region.to_owned(),
            account: identity.account.clone(),
            partition: identity.partition.clone(),
        }
    }

    /// The ARN of a bucket: it names neither region nor account.
    pub fn arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// The account whose buckets these are.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether a bucket of this name exists, and whether it is ours.
    pub async fn presence(&self, bucket: &str) -> Result<Presence, CloudError> {
        let answer = self.client.head_bucket().bucket(bucket).send().await;
        let elsewhere = answer.as_ref().err().and_then(|error| {
            let headers = error.raw_response()?.headers();
            headers.get("x-amz-bucket-region").map(str::to_owned)
        });
        match answer.map_err(|error| explain("s3:HeadBucket", &error)) {
            Ok(found) => {
                let region = found.bucket_region().unwrap_or(&self.region).to_owned();
                Ok(Presence::Here { region })
            }
            Err(error) if error.kind == Kind::Missing => Ok(Presence::Free),
            Err(error) if error.kind == Kind::Denied => Ok(Presence::Taken),
            // 301 and 307: the bucket lives in another region.
            Err(error) => match elsewhere {
                Some(region) => Ok(Presence::Here { region }),
                None => Err(error),
            },
        }
    }

    /// Whether the bucket is really gone: one 404 proves nothing, least of all of a young bucket.
    pub async fn is_gone(&self, bucket: &str, patience: &Patience) -> Result<bool, CloudError> {
        for _ in 0..3 {
            if self.presence(bucket).await? != Presence::Free {
                return Ok(false);
            }
            patience.pause("s3:HeadBucket", Duration::from_millis(300)).await?;
        }
        Ok(true)
    }

    /// Creates a bucket that is closed from its first moment: no ACLs, lock switched on if it will
    /// ever be needed, tags on it before anything else can ask for them.
    pub async fn create(
        &self,
        bucket: &str,
        lock: bool,
        tags: &BTreeMap<String, String>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let mut configuration = CreateBucketConfiguration::builder();
        // us-east-1 is the one region that must not be named.
        let named = (self.region != "us-east-1")
            .then(|| BucketLocationConstraint::from(self.region.as_str()));
        let is_empty = named.is_none() && tags.is_empty();
        configuration = configuration.set_location_constraint(named);
        configuration = configuration.set_tags((!tags.is_empty()).then(|| sdk_tags(tags)));
        let request = || {
            self.client
                .create_bucket()
                .bucket(bucket)
                .object_ownership(ObjectOwnership::BucketOwnerEnforced)
                .set_object_lock_enabled_for_bucket(lock.then_some(true))
                .set_create_bucket_configuration((!is_empty).then(|| configuration.clone().build()))
                .send()
        };
        // A name that was just deleted stays blocked for a while.
        patience
            .retry(
                BUSY,
                |error| error.has_code("OperationAborted"),
                || async { request().await.map_err(|error| explain("s3:CreateBucket", &error)) },
            )
            .await?;
        patience
            .retry(
                AFTER_CREATE,
                |error| error.kind == Kind::Missing,
                || async {
                    match self.presence(bucket).await? {
                        Presence::Free => {
                            Err(CloudError::new(Kind::Missing, "s3:HeadBucket", "not there yet"))
                        }
                        _ => Ok(()),
                    }
                },
            )
            .await
    }
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    // Both fields are given, so the builder has nothing to refuse.
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}
