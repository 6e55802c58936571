//! Brings a key from what it is to what it shall be: only what differs is written, the alias last.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    AFTER_CREATE, Configuration, Kms, NEW_PRINCIPAL, is_new_principal, policy_help, sdk_tags,
};
use crate::cloud::aws::error::explain;
use crate::cloud::{CloudError, Kind, Patience};
use crate::policy::Document;

/// How often a policy must be read back as it was written, one after the other.
const EQUAL_READS: usize = 3;

impl Kms {
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
}

/// The key was created moments ago.
fn is_young(error: &CloudError) -> bool {
    error.kind == Kind::Missing
}
