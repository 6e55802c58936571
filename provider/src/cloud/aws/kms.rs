//! Key calls in one region: a key, its policy, rotation, tags and alias, in the order in which no
//! moment is open and nothing finds a key that is not hardened yet.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{self as sdk, KeyMetadata, KeyState};

use super::error::explain;
use crate::cloud::{Backoff, CloudError, Kind, Patience};
use crate::policy::Document;

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
    /// What can.
    pub configuration: Configuration,
}

/// A key just created is not there for every server at once.
const AFTER_CREATE: Backoff =
    Backoff::within(Duration::from_millis(250), Duration::from_secs(10), Duration::from_mins(5));

/// A principal that was just created is not known to KMS at once.
const NEW_PRINCIPAL: Backoff =
    Backoff::within(Duration::from_secs(2), Duration::from_secs(10), Duration::from_mins(2));

/// How often a policy must be read back as it was written, one after the other.
const EQUAL_READS: usize = 3;

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

    /// The whole key by id, ARN or `alias/…`; none when there is none.
    pub async fn read(&self, reference: &str) -> Result<Option<Key>, CloudError> {
        let key = match self.describe(reference).await {
            Err(error) if error.kind == Kind::Missing => return Ok(None),
            other => other?,
        };
        let id = key.key_id.clone();
        let (policy, rotation, tags, aliases) = tokio::try_join!(
            self.policy(&id),
            self.rotation(&key),
            self.tags(&id),
            self.aliases(&id),
        )?;
        let state = key.key_state;
        Ok(Some(Key {
            arn: key.arn.unwrap_or_default(),
            account: key.aws_account_id.unwrap_or_default(),
            origin: Origin {
                spec: key.key_spec.map(|spec| spec.as_str().to_owned()).unwrap_or_default(),
                usage: key.key_usage.map(|usage| usage.as_str().to_owned()).unwrap_or_default(),
                multi_region: key.multi_region.unwrap_or_default(),
            },
            deletion: matches!(
                state,
                Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
            )
            .then(|| key.deletion_date.map(|date| date.to_string()).unwrap_or_default()),
            enabled: key.enabled,
            configuration: Configuration {
                description: key.description.unwrap_or_default(),
                rotation,
                policy,
                tags,
                aliases,
            },
            id,
        }))
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

    async fn policy(&self, id: &str) -> Result<String, CloudError> {
        let answer = self
            .client
            .get_key_policy()
            .key_id(id)
            .policy_name("default")
            .send()
            .await
            .map_err(|error| explain("kms:GetKeyPolicy", &error))?;
        Ok(answer.policy.unwrap_or_default())
    }

    async fn rotation(&self, key: &KeyMetadata) -> Result<Option<i32>, CloudError> {
        let answer = self.client.get_key_rotation_status().key_id(&key.key_id).send().await;
        match answer.map_err(|error| explain("kms:GetKeyRotationStatus", &error)) {
            Ok(status) => Ok(status
                .key_rotation_enabled
                .then(|| status.rotation_period_in_days.unwrap_or(365))),
            Err(error) if error.has_code("UnsupportedOperationException") => Ok(None),
            Err(error) if error.has_code("KMSInvalidStateException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn tags(&self, id: &str) -> Result<BTreeMap<String, String>, CloudError> {
        let pages = self.client.list_resource_tags().key_id(id).into_paginator().items().send();
        let mut tags = BTreeMap::new();
        let mut pages = pages;
        while let Some(tag) = pages.next().await {
            let tag = tag.map_err(|error| explain("kms:ListResourceTags", &error))?;
            if !tag.tag_key.starts_with("aws:") {
                tags.insert(tag.tag_key, tag.tag_value);
            }
        }
        Ok(tags)
    }

    async fn aliases(&self, id: &str) -> Result<Vec<String>, CloudError> {
        let mut pages = self.client.list_aliases().key_id(id).into_paginator().items().send();
        let mut aliases = vec![];
        while let Some(alias) = pages.next().await {
            let alias = alias.map_err(|error| explain("kms:ListAliases", &error))?;
            let name = alias.alias_name.unwrap_or_default();
            aliases.extend(name.strip_prefix("alias/").map(str::to_owned));
        }
        aliases.sort();
        Ok(aliases)
    }

    /// The id of the key that an alias stands for; none when it stands for none.
    pub async fn holder(&self, alias: &str) -> Result<Option<String>, CloudError> {
        match self.describe(&format!("alias/{alias}")).await {
            Ok(key) => Ok(Some(key.key_id)),
            Err(error) if error.kind == Kind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes what differs between what was found and what is wanted. The alias comes last: until
    /// then nothing finds the key.
    pub async fn converge(
        &self,
        id: &str,
        found: &Configuration,
        wanted: &Configuration,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let document = Document::parse(&wanted.policy).map_err(|error| {
            CloudError::new(Kind::Refused, "kms:PutKeyPolicy", error.to_string())
        })?;
        if !document.is_equivalent(&found.policy) {
            self.put_policy(id, &wanted.policy, &document, patience).await?;
        }
        if found.rotation != wanted.rotation {
            self.put_rotation(id, wanted.rotation, patience).await?;
        }
        if found.description != wanted.description {
            let operation = "kms:UpdateKeyDescription";
            patience.check(operation)?;
            let update = self.client.update_key_description().key_id(id);
            let sent = update.description(&wanted.description).send().await;
            sent.map_err(|error| explain(operation, &error))?;
        }
        self.put_tags(id, &found.tags, &wanted.tags, patience).await?;
        self.put_aliases(id, &found.aliases, &wanted.aliases, patience).await
    }

    async fn put_policy(
        &self,
        id: &str,
        policy: &str,
        document: &Document,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let operation = "kms:PutKeyPolicy";
        patience.check(operation)?;
        let again = |error: &CloudError| is_new_principal(error) || is_young(error);
        patience
            .retry(NEW_PRINCIPAL, again, || async {
                let put = self.client.put_key_policy().key_id(id).policy_name("default");
                put.policy(policy).send().await.map_err(|error| explain(operation, &error))
            })
            .await
            .map_err(policy_help)?;
        self.settle(id, document, patience).await
    }

    /// Waits until the policy reads as it was written, several times in a row. Giving up is no
    /// error: the policy was accepted, and the next plan looks again.
    async fn settle(
        &self,
        id: &str,
        document: &Document,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let mut equal = 0;
        for attempt in 0..30 {
            equal = if document.is_equivalent(&self.policy(id).await?) { equal + 1 } else { 0 };
            if equal >= EQUAL_READS {
                return Ok(());
            }
            let pause = if equal > 0 { 50 } else { 500 * (attempt + 1).min(10) };
            patience.pause("kms:GetKeyPolicy", Duration::from_millis(pause)).await?;
        }
        tracing::warn!(key = id, "the key's policy does not read back as it was written yet");
        Ok(())
    }

    async fn put_rotation(
        &self,
        id: &str,
        days: Option<i32>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let operation =
            if days.is_some() { "kms:EnableKeyRotation" } else { "kms:DisableKeyRotation" };
        patience.check(operation)?;
        patience
            .retry(AFTER_CREATE, is_young, || async {
                if let Some(days) = days {
                    let enable = self.client.enable_key_rotation().key_id(id);
                    let sent = enable.rotation_period_in_days(days).send().await;
                    sent.map(|_| ()).map_err(|error| explain(operation, &error))
                } else {
                    let sent = self.client.disable_key_rotation().key_id(id).send().await;
                    sent.map(|_| ()).map_err(|error| explain(operation, &error))
                }
            })
            .await
    }

    async fn put_tags(
        &self,
        id: &str,
        found: &BTreeMap<String, String>,
        wanted: &BTreeMap<String, String>,
        patience: &Patience,
    ) -> Result<(), CloudError> {
        let gone: Vec<String> =
            found.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        let new: BTreeMap<String, String> = wanted
            .iter()
            .filter(|(key, value)| found.get(*key) != Some(*value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        // New ones first: at no moment may a required tag be missing.
        if !new.is_empty() {
            patience.check("kms:TagResource")?;
            let tag = self.client.tag_resource().key_id(id).set_tags(Some(sdk_tags(&new)));
            tag.send().await.map_err(|error| explain("kms:TagResource", &error))?;
        }
        if !gone.is_empty() {
            patience.check("kms:UntagResource")?;
            let untag = self.client.untag_resource().key_id(id).set_tag_keys(Some(gone));
            untag.send().await.map_err(|error| explain("kms:UntagResource", &error))?;
        }
        Ok(())
    }

    async fn put_aliases(
        &self,
        id: &str,
        found: &[String],
        wanted: &[String],
        patience: &Patience,
    ) -> Result<(), CloudError> {
        for alias in wanted.iter().filter(|alias| !found.contains(alias)) {
            let operation = "kms:CreateAlias";
            patience.check(operation)?;
            let create = self.client.create_alias().alias_name(format!("alias/{alias}"));
            let sent = create.target_key_id(id).send().await;
            sent.map_err(|error| explain(operation, &error)).map_err(|error| {
                if error.has_code("AlreadyExistsException") {
                    error.with_help(format!(
                        "`alias/{alias}` belongs to another key, perhaps one that waits for its \
                         deletion: choose another alias, or delete that one first"
                    ))
                } else {
                    error
                }
            })?;
        }
        for alias in found.iter().filter(|alias| !wanted.contains(alias)) {
            self.delete_alias(alias, patience).await?;
        }
        Ok(())
    }

    /// Deletes an alias; one that is gone already counts as deleted.
    pub async fn delete_alias(&self, alias: &str, patience: &Patience) -> Result<(), CloudError> {
        let operation = "kms:DeleteAlias";
        patience.check(operation)?;
        let sent = self.client.delete_alias().alias_name(format!("alias/{alias}")).send().await;
        match sent.map_err(|error| explain(operation, &error)) {
            Err(error) if error.kind == Kind::Missing => Ok(()),
            other => other.map(|_| ()),
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

/// The key was created moments ago.
fn is_young(error: &CloudError) -> bool {
    error.kind == Kind::Missing
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
