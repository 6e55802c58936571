//! What a key is like: its parts read at once, and what is not supported by its kind left out.

use std::collections::BTreeMap;

use aws_sdk_kms::types::{KeyMetadata, KeyState};

use super::{Configuration, Key, Kms, Origin};
use crate::cloud::aws::error::explain;
use crate::cloud::{CloudError, Kind};

/// The name that AWS gives the policy of a resource share.
const RAM_POLICY: &str = "AWS_RAM";

impl Kms {
    /// The whole key by id, ARN or `alias/…`; none when there is none.
    pub async fn read(&self, reference: &str) -> Result<Option<Key>, CloudError> {
        // Boxed: six calls at once are a large future.
        Box::pin(self.read_at_once(reference)).await
    }

    async fn read_at_once(&self, reference: &str) -> Result<Option<Key>, CloudError> {
        let key = match self.describe(reference).await {
            Err(error) if error.kind == Kind::Missing => return Ok(None),
            other => other?,
        };
        let id = key.key_id.clone();
        let (policy, ram_policy, rotation, tags, aliases) = tokio::try_join!(
            self.policy(&id),
            self.ram_policy(&id),
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
            ram_policy,
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

    pub(super) async fn policy(&self, id: &str) -> Result<String, CloudError> {
        self.policy_of_name(id, "default").await
    }

    /// Asked for by name alone it would be an error where there is none.
    async fn ram_policy(&self, id: &str) -> Result<Option<String>, CloudError> {
        let mut pages = self.client.list_key_policies().key_id(id).into_paginator().items().send();
        while let Some(name) = pages.next().await {
            let name = name.map_err(|error| explain("kms:ListKeyPolicies", &error))?;
            if name == RAM_POLICY {
                return self.policy_of_name(id, RAM_POLICY).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn policy_of_name(&self, id: &str, name: &str) -> Result<String, CloudError> {
        let answer = self
            .client
            .get_key_policy()
            .key_id(id)
            .policy_name(name)
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
}
