//! The end of a bucket: what stands in the way, emptying it when the user said so, deletion.

use aws_sdk_s3::types::{Delete, ObjectIdentifier, ObjectLockMode};

use super::{BUSY, S3};
use crate::cloud::aws::error::explain;
use crate::cloud::{CloudError, Kind, Patience};

/// What keeps a bucket from being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blockers {
    /// Versions and delete markers, as far as they were counted.
    pub versions: usize,
    /// Whether there are more than were counted.
    pub more: bool,
    /// Versions that nobody may delete before this day, or that are held.
    pub locked: Vec<String>,
}

impl Blockers {
    /// Whether the bucket is empty.
    pub fn is_empty(&self) -> bool {
        self.versions == 0
    }
}

/// At most so many versions are looked at one by one for locks.
const EXAMINED: usize = 25;

impl S3 {
    /// Looks at the first page of versions: enough to say that the bucket is not empty, and whether
    /// its objects are locked.
    pub async fn blockers(&self, bucket: &str, locks: bool) -> Result<Blockers, CloudError> {
        let page = self
            .client
            .list_object_versions()
            .bucket(bucket)
            .expected_bucket_owner(&self.account)
            .send()
            .await
            .map_err(|error| explain("s3:ListBucketVersions", &error))?;
        let mut blockers = Blockers {
            versions: page.versions().len() + page.delete_markers().len(),
            more: page.is_truncated().unwrap_or_default(),
            locked: vec![],
        };
        for version in page.versions().iter().take(if locks { EXAMINED } else { 0 }) {
            let (Some(key), Some(id)) = (version.key(), version.version_id()) else { continue };
            blockers.locked.extend(self.lock_of(bucket, key, id).await?);
        }
        Ok(blockers)
    }

    /// Why a version cannot be deleted by anybody; none when it can.
    async fn lock_of(
        &self,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<Option<String>, CloudError> {
        let object = self
            .client
            .head_object()
            .bucket(bucket)
            .key(key)
            .version_id(version)
            .expected_bucket_owner(&self.account)
            .send()
            .await
            .map_err(|error| explain("s3:GetObjectVersion", &error))?;
        let hold = object.object_lock_legal_hold_status().is_some_and(|s| s.as_str() == "ON");
        if hold {
            return Ok(Some(format!("`{key}` is under legal hold")));
        }
        let until = object.object_lock_retain_until_date().map(ToString::to_string);
        Ok(match (object.object_lock_mode().map(ObjectLockMode::as_str), until) {
            (Some(mode), Some(until)) => Some(format!("`{key}` is locked ({mode}) until {until}")),
            _ => None,
        })
    }

    /// Deletes every version, delete marker and unfinished upload.
    pub async fn empty(&self, bucket: &str, patience: &Patience) -> Result<(), CloudError> {
        loop {
            patience.check("s3:DeleteObjectVersion")?;
            let page = self
                .client
                .list_object_versions()
                .bucket(bucket)
                .expected_bucket_owner(&self.account)
                .send()
                .await
                .map_err(|error| explain("s3:ListBucketVersions", &error))?;
            let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
            let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
            let objects: Vec<ObjectIdentifier> = versions
                .chain(markers)
                .filter_map(|(key, version)| {
                    ObjectIdentifier::builder()
                        .key(key?)
                        .set_version_id(version.map(str::to_owned))
                        .build()
                        .ok()
                })
                .collect();
            if objects.is_empty() {
                break;
            }
            self.delete_objects(bucket, objects).await?;
        }
        self.abort_uploads(bucket, patience).await
    }

    /// Deletes up to a page of objects. The answer is 200 even when some were not deleted.
    async fn delete_objects(
        &self,
        bucket: &str,
        objects: Vec<ObjectIdentifier>,
    ) -> Result<(), CloudError> {
        let operation = "s3:DeleteObjectVersion";
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .map_err(|error| CloudError::new(Kind::Refused, operation, error.to_string()))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(bucket)
            .delete(delete)
            .expected_bucket_owner(&self.account)
            .send()
            .await
            .map_err(|error| explain(operation, &error))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(first) => {
                let message = format!(
                    "{} objects could not be deleted; the first is `{}`: {}",
                    answer.errors().len(),
                    first.key().unwrap_or_default(),
                    first.message().unwrap_or_default(),
                );
                let mut error = CloudError::new(Kind::Denied, operation, message);
                error.code = first.code().map(str::to_owned);
                Err(error)
            }
        }
    }

    async fn abort_uploads(&self, bucket: &str, patience: &Patience) -> Result<(), CloudError> {
        loop {
            patience.check("s3:AbortMultipartUpload")?;
            let page = self
                .client
                .list_multipart_uploads()
                .bucket(bucket)
                .expected_bucket_owner(&self.account)
                .send()
                .await
                .map_err(|error| explain("s3:ListBucketMultipartUploads", &error))?;
            if page.uploads().is_empty() {
                return Ok(());
            }
            for upload in page.uploads() {
                let aborted = self
                    .client
                    .abort_multipart_upload()
                    .bucket(bucket)
                    .set_key(upload.key().map(str::to_owned))
                    .set_upload_id(upload.upload_id().map(str::to_owned))
                    .expected_bucket_owner(&self.account)
                    .send()
                    .await
                    .map_err(|error| explain("s3:AbortMultipartUpload", &error));
                match aborted {
                    Err(error) if error.kind != Kind::Missing => return Err(error),
                    _ => {}
                }
            }
        }
    }

    /// Deletes the bucket itself; one that is gone already counts as deleted.
    pub async fn delete(&self, bucket: &str, patience: &Patience) -> Result<(), CloudError> {
        let deleted = patience
            .retry(
                BUSY,
                |error| error.has_code("OperationAborted"),
                || async {
                    self.client
                        .delete_bucket()
                        .bucket(bucket)
                        .expected_bucket_owner(&self.account)
                        .send()
                        .await
                        .map_err(|error| explain("s3:DeleteBucket", &error))
                },
            )
            .await;
        match deleted {
            Err(error) if error.kind == Kind::Missing => Ok(()),
            other => other.map(|_| ()),
        }
    }
}
