//! The chain of credentials: what signs first (provider block, environment, profile, web identity)
//! and which role is taken on top. Used by the connection alone.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
};
use aws_credential_types::{Credentials, provider};

use super::settings::{AwsSettings, WebIdentity};

const SESSION: &str = "probity";

/// The base with the credentials in force; `sts` is the same base, pointed at STS.
pub(super) async fn chain(settings: &AwsSettings, base: SdkConfig, sts: &SdkConfig) -> SdkConfig {
    let mut sts = sts.clone();
    let mut builder = base.to_builder();
    if let Some(identity) = &settings.web_identity {
        let provider = SharedCredentialsProvider::new(TokenExchange {
            identity: identity.clone(),
            sts: aws_sdk_sts::Client::new(&sts),
        });
        builder.set_credentials_provider(Some(provider.clone()));
        sts = sts.to_builder().credentials_provider(provider).build();
    }
    if let Some(role) = &settings.assume_role {
        let mut provider = AssumeRoleProvider::builder(&role.role_arn)
            .session_name(role.session_name.as_deref().unwrap_or(SESSION))
            .configure(&sts);
        if let Some(id) = &role.external_id {
            provider = provider.external_id(id);
        }
        if let Some(seconds) = role.duration_seconds {
            provider = provider.session_length(Duration::from_secs(seconds));
        }
        if let Some(policy) = &role.policy {
            provider = provider.policy(policy);
        }
        let provider = match sts.credentials_provider() {
            Some(base) => provider.build_from_provider(base).await,
            None => provider.build().await,
        };
        builder.set_credentials_provider(Some(SharedCredentialsProvider::new(provider)));
    }
    builder.build()
}

/// Exchanges a token file for credentials. The SDK has such a provider too, but it does not go
/// to another STS endpoint.
#[derive(Debug)]
struct TokenExchange {
    identity: WebIdentity,
    sts: aws_sdk_sts::Client,
}

impl TokenExchange {
    async fn exchange(&self) -> provider::Result {
        let path = &self.identity.token_file;
        let token = tokio::fs::read_to_string(path).await.map_err(|error| {
            CredentialsError::invalid_configuration(format!("token file `{path}`: {error}"))
        })?;
        let answer = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.identity.role_arn)
            .role_session_name(self.identity.session_name.as_deref().unwrap_or(SESSION))
            .web_identity_token(token.trim())
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let keys = answer
            .credentials
            .ok_or_else(|| CredentialsError::unhandled("STS answered without credentials"))?;
        let expires = std::time::SystemTime::try_from(keys.expiration).ok();
        Ok(Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            expires,
            "web identity",
        ))
    }
}

impl ProvideCredentials for TokenExchange {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.exchange())
    }
}
