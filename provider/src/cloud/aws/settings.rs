//! The AWS part of the provider block, already checked: where calls go, who signs them, for which
//! accounts. Secrets in it never reach a message: `Debug` leaves them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

use crate::cloud::{CloudError, Kind};

/// The settings of one connection.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// Where resources are that name no region.
    pub region: Option<String>,
    /// Other addresses by service: `s3`, `kms`, `sts`.
    pub endpoints: BTreeMap<String, String>,
    /// Bucket in the path instead of the host name; unset follows the endpoint.
    pub s3_use_path_style: Option<bool>,
    /// Keys written in the provider block.
    pub keys: Option<StaticKeys>,
    /// A profile of the shared files.
    pub profile: Option<String>,
    /// Shared configuration files instead of `~/.aws/config`.
    pub config_files: Vec<String>,
    /// Shared credentials files instead of `~/.aws/credentials`.
    pub credentials_files: Vec<String>,
    /// A role taken on top of the other credentials.
    pub assume_role: Option<AssumeRole>,
    /// A role taken with a token instead of other credentials.
    pub web_identity: Option<WebIdentity>,
    /// Only these accounts, when not empty.
    pub allowed_account_ids: BTreeSet<String>,
    /// Never these accounts.
    pub forbidden_account_ids: BTreeSet<String>,
    /// Attempts of one call, the first included.
    pub max_attempts: Option<u32>,
}

/// Access keys of the provider block.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticKeys {
    /// The public half.
    pub access_key: String,
    /// The secret half.
    pub secret_key: String,
    /// Of temporary keys.
    pub token: Option<String>,
}

impl StaticKeys {
    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(
            &self.access_key,
            &self.secret_key,
            self.token.clone(),
            None,
            "provider block",
        )
    }
}

impl fmt::Debug for StaticKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticKeys").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// A role to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role.
    pub role_arn: String,
    /// How the session is called in the audit trail.
    pub session_name: Option<String>,
    /// The secret shared with the account of the role; not one by AWS's own words.
    pub external_id: Option<String>,
    /// How long the session lasts, in seconds.
    pub duration_seconds: Option<u64>,
    /// Narrows what the session may do.
    pub policy: Option<String>,
}

/// A role to take with a token of another identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebIdentity {
    /// The role.
    pub role_arn: String,
    /// The file that holds the token; read again for each session, for it is replaced in place.
    pub token_file: String,
    /// How the session is called in the audit trail.
    pub session_name: Option<String>,
}

impl AwsSettings {
    pub(super) fn endpoint(&self, service: &str) -> Option<&str> {
        self.endpoints.get(service).map(String::as_str)
    }

    /// Another endpoint is mostly one host without a name per bucket.
    pub(super) fn s3_path_style(&self) -> bool {
        self.s3_use_path_style.unwrap_or_else(|| self.endpoints.contains_key("s3"))
    }

    /// Whether no call of ours can need TLS.
    pub(super) fn is_plain_http(&self) -> bool {
        ["s3", "kms", "sts"].iter().all(|service| {
            self.endpoint(service).is_some_and(|endpoint| endpoint.starts_with("http://"))
        })
    }

    pub(super) fn max_attempts(&self) -> u32 {
        self.max_attempts.unwrap_or(5).max(1)
    }

    pub(super) fn profile_files(&self) -> Option<EnvConfigFiles> {
        if self.config_files.is_empty() && self.credentials_files.is_empty() {
            return None;
        }
        let mut files = EnvConfigFiles::builder();
        for path in &self.config_files {
            files = files.with_file(EnvConfigFileKind::Config, path);
        }
        if self.config_files.is_empty() {
            files = files.include_default_config_file(true);
        }
        for path in &self.credentials_files {
            files = files.with_file(EnvConfigFileKind::Credentials, path);
        }
        if self.credentials_files.is_empty() {
            files = files.include_default_credentials_file(true);
        }
        Some(files.build())
    }

    /// The account that is left when all others are ruled out.
    pub(super) fn only_account(&self) -> Option<&str> {
        let mut allowed = self.allowed_account_ids.iter();
        let only = allowed.next().filter(|_| allowed.next().is_none());
        only.map(String::as_str)
    }

    /// Whether the provider may act in this account at all.
    pub(super) fn check_account(&self, account: &str) -> Result<(), CloudError> {
        let refuse = |message: String, help: &str| {
            Err(CloudError::new(Kind::Settings, "aws", message).with_help(help))
        };
        if self.forbidden_account_ids.contains(account) {
            return refuse(
                format!("the credentials belong to account `{account}`, which is forbidden"),
                "use other credentials, or take the account out of `forbidden_account_ids`",
            );
        }
        if !self.allowed_account_ids.is_empty() && !self.allowed_account_ids.contains(account) {
            let allowed: Vec<&str> = self.allowed_account_ids.iter().map(String::as_str).collect();
            return refuse(
                format!(
                    "the credentials belong to account `{account}`; allowed: {}",
                    allowed.join(", ")
                ),
                "use other credentials, or add the account to `allowed_account_ids`",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn only_allowed_accounts_pass() {
        let mut settings = AwsSettings::default();
        assert!(settings.check_account("111122223333").is_ok());
        settings.allowed_account_ids = accounts(&["111122223333"]);
        assert!(settings.check_account("111122223333").is_ok());
        let error = settings.check_account("444455556666").unwrap_err();
        assert_eq!(error.kind, Kind::Settings);
        assert!(error.to_string().contains("`444455556666`; allowed: 111122223333"), "{error}");
        settings.forbidden_account_ids = accounts(&["111122223333"]);
        assert!(settings.check_account("111122223333").is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let keys = StaticKeys {
            access_key: "AKIDEXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI".into(),
            token: Some("session-token".into()),
        };
        let settings = AwsSettings { keys: Some(keys), ..AwsSettings::default() };
        let printed = format!("{settings:?}");
        assert!(printed.contains("AKIDEXAMPLE"));
        assert!(!printed.contains("wJalr") && !printed.contains("session-token"), "{printed}");
    }

    #[test]
    fn plain_http_needs_every_service_to_be_plain() {
        let mut settings = AwsSettings::default();
        assert!(!settings.is_plain_http());
        for service in ["s3", "kms", "sts"] {
            settings.endpoints.insert(service.into(), "http://127.0.0.1:4566".into());
        }
        assert!(settings.is_plain_http());
        settings.endpoints.insert("kms".into(), "https://kms.internal".into());
        assert!(!settings.is_plain_http());
    }
}
