//! Whom a bucket's ACL lets in beside its owner. ACLs are never written: they are switched off,
//! and this says beforehand who loses what.

use aws_sdk_s3::types::{Grant, Grantee};

use super::S3;
use crate::cloud::CloudError;
use crate::cloud::aws::error::explain;

/// Groups that AWS knows are named by what follows this.
const GROUPS: &str = "http://acs.amazonaws.com/groups/";

impl S3 {
    /// The grants to others than the owner, in words, such as ``the group `global/AllUsers`
    /// (READ)``.
    pub async fn foreign_grants(&self, bucket: &str) -> Result<Vec<String>, CloudError> {
        let answer = self
            .client
            .get_bucket_acl()
            .bucket(bucket)
            .expected_bucket_owner(&self.account)
            .send()
            .await
            .map_err(|error| explain("s3:GetBucketAcl", &error))?;
        let owner = answer.owner().and_then(|owner| owner.id());
        Ok(answer.grants().iter().filter_map(|grant| foreign(grant, owner)).collect())
    }
}

fn foreign(grant: &Grant, owner: Option<&str>) -> Option<String> {
    let grantee = grant.grantee()?;
    if grantee.id().is_some() && grantee.id() == owner {
        return None;
    }
    let permission = grant.permission().map_or("unknown", |permission| permission.as_str());
    Some(format!("{} ({permission})", name(grantee)))
}

fn name(grantee: &Grantee) -> String {
    if let Some(uri) = grantee.uri() {
        return format!("the group `{}`", uri.strip_prefix(GROUPS).unwrap_or(uri));
    }
    if let Some(address) = grantee.email_address() {
        return format!("the account of `{address}`");
    }
    format!("the account with the canonical id `{}`", grantee.id().unwrap_or("unknown"))
}
