//! Key calls in one region: a key, its policy, rotation, tags and alias, in the order in which no
//! moment is open and nothing finds a key that is not hardened yet.

mod read;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{self as sdk, KeyMetadata, KeyState};

use super::error::explain;
use crate::cloud::{Backoff, CloudError, Kind, Patience};

/// The calls of one region.
#[derive(Clone, Debug)]
pub struct Kms {
    client: Client,
}

/// What cannot change about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Such as `SYMMETRIC_DEFAULT`.
    pub spec: String,
    /// Such as `ENCRYPT_DECRYPT`.
    pub usage: String,
    /// Whether it can have replicas.
    pub multi_region: bool,
}

/// Everything else about it that we govern.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// What it is for.
    pub description: String,
    /// Days between rotations; none when it does not rotate.
    pub rotation: Option<i32>,
    /// The policy document as text.
    pub policy: String,
    /// All tags but those of AWS itself.
    pub tags: BTreeMap<String, String>,
    /// Aliases, without the `alias/` in front.
    pub aliases: Vec<String>,
}

/// A key as it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key's id.
    pub id: String,
    /// The key's ARN.
    pub arn: String,
    /// The twelve digits of its account.
    pub account: String,
    /// What cannot change.
    pub origin: Origin,
    /// Whether it will be deleted, and when.
    pub deletion: Option<String>,
    /// Whether it can be used.
    pub enabled: bool,
    /// The second policy that a resource share puts on a key: it grants like the first, and only
    /// AWS RAM can write it.
    pub ram_policy: Option<String>,
    /// What can.
    pub configuration: Configuration,
}

/// A key just created is not there for every server at once.
const AFTER_CREATE: Backoff =
    Backoff::within(Duration::from_millis(250), Duration::from_secs(10), Duration::from_mins(5));

/// A principal that was just created is not known to KMS at once.
const NEW_PRINCIPAL: Backoff =
    Backoff::within(Duration::from_secs(2), Duration::from_secs(10), Duration::from_mins(2));

impl Kms {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a key with its policy on it from the first moment; gives its id and ARN.
    pub async fn create(
        &self,
        origin: &Origin,
        wanted: &Configuration,
        patience: &Patience,
    ) -> Result<(String, String), CloudError> {
        let created = patience
            .retry(NEW_PRINCIPAL, is_new_principal, || async {
                self.client
                    .create_key()
                    .policy(&wanted.policy)
                    .description(&wanted.description)
                    .key_spec(origin.spec.as_str().into())
                    .key_usage(origin.usage.as_str().into())
                    .multi_region(origin.multi_region)
                    .set_tags((!wanted.tags.is_empty()).then(|| sdk_tags(&wanted.tags)))
                    .send()
                    .await
                    .map_err(|error| explain("kms:CreateKey", &error))
            })
            .await
            .map_err(policy_help)?;
        let key = created.key_metadata.ok_or_else(|| {
            CloudError::new(Kind::Refused, "kms:CreateKey", "KMS answered without the key")
        })?;
        let arn = key.arn.unwrap_or_default();
        Ok((key.key_id, arn))
    }

    /// Waits until KMS knows a key that was just created.
    pub async fn wait(&self, id: &str, patience: &Patience) -> Result<(), CloudError> {
        let young = |error: &CloudError| matches!(error.kind, Kind::Missing | Kind::Conflict);
        patience
            .retry(AFTER_CREATE, young, || async {
                let key = self.describe(id).await?;
                match key.key_state {
                    Some(KeyState::Creating | KeyState::Updating) => {
                        Err(CloudError::new(Kind::Conflict, "kms:DescribeKey", "not ready yet"))
                    }
                    _ => Ok(()),
                }
            })
            .await
    }

    /// Whether a bucket can be encrypted under a key: there, enabled, symmetric, of this account
    /// and region. S3 itself does not look.
    pub async fn check_usable(
        &self,
        reference: &str,
        account: &str,
        region: &str,
    ) -> Result<(), CloudError> {
        let key = self.describe(reference).await?;
        let problem = if key.key_state != Some(KeyState::Enabled) {
            let state = key.key_state.as_ref().map_or("not enabled", KeyState::as_str);
            Some(format!("the key is {state}"))
        } else if key.key_spec != Some(sdk::KeySpec::SymmetricDefault)
            || key.key_usage != Some(sdk::KeyUsageType::EncryptDecrypt)
        {
            Some("S3 takes only symmetric keys for encryption".to_owned())
        } else if key.aws_account_id.as_deref().is_some_and(|own| own != account) {
            Some(format!("the key belongs to another account than `{account}`"))
        } else if !key.arn.as_deref().is_some_and(|arn| arn.contains(&format!(":{region}:"))) {
            Some(format!("the key is not in {region} like the bucket"))
        } else {
            None
        };
        match problem {
            None => Ok(()),
            Some(problem) => Err(CloudError::new(Kind::Refused, "kms:DescribeKey", problem)),
        }
    }

    async fn describe(&self, reference: &str) -> Result<KeyMetadata, CloudError> {
        let answer = self
            .client
            .describe_key()
            .key_id(reference)
            .send()
            .await
            .map_err(|error| explain("kms:DescribeKey", &error))?;
        answer.key_metadata.ok_or_else(|| {
            CloudError::new(Kind::Missing, "kms:DescribeKey", "KMS answered without the key")
        })
    }

    /// The id of the key that an alias stands for; none when it stands for none.
    pub async fn holder(&self, alias: &str) -> Result<Option<String>, CloudError> {
        match self.describe(&format!("alias/{alias}")).await {
            Ok(key) => Ok(Some(key.key_id)),
            Err(error) if error.kind == Kind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets the key be deleted after the window. Until then it can be brought back.
    pub async fn schedule_deletion(
        &self,
        id: &str,
        window_days: i32,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let operation = "kms:ScheduleKeyDeletion";
        patience.check(operation)?;
        let schedule = self.client.schedule_key_deletion().key_id(id);
        let sent = schedule.pending_window_in_days(window_days).send().await;
        match sent.map_err(|error| explain(operation, &error)) {
            Err(error) if error.kind == Kind::Missing => Ok(()),
            Err(error) if error.has_code("KMSInvalidStateException") => {
                // Scheduled already, perhaps by an apply that was stopped.
                let key = self.describe(id).await?;
                match key.key_state {
                    Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => Ok(()),
                    _ => Err(error),
                }
            }
            other => other.map(|_| ()),
        }
    }
}

fn is_new_principal(error: &CloudError) -> bool {
    error.has_code("MalformedPolicyDocumentException") && error.message.contains("principal")
}

fn policy_help(error: CloudError) -> CloudError {
    if error.message.contains("update the key policy") {
        error.with_help(
            "the credentials in use would lose the right kms:PutKeyPolicy: the key would be out \
             of reach; the account's root keeps it, so give the caller that right by IAM, or name \
             the caller in `admins`",
        )
    } else if is_new_principal(&error) {
        error.with_help("a role or user in `admins` or `users` does not exist (any more)")
    } else {
        error
    }
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<sdk::Tag> {
    // Both fields are given, so the builder has nothing to refuse.
    tags.iter()
        .filter_map(|(key, value)| sdk::Tag::builder().tag_key(key).tag_value(value).build().ok())
        .collect()
}
