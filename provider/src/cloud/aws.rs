//! The connection to AWS: one HTTP client, one chain of credentials and one check of the account
//! for the whole provider, made when the first resource needs them and never before, so that
//! `validate` and a plan of nothing cost nothing. Knows nothing of Terraform's wire. Used by the
//! AWS resources.

mod credentials;
mod error;
pub mod kms;
pub mod s3;
mod settings;

use std::collections::BTreeMap;

use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_smithy_http_client::{Builder as HttpClientBuilder, tls};
use aws_types::origin::Origin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

use super::{CloudError, Kind};
pub use settings::{AssumeRole, AwsSettings, StaticKeys, WebIdentity};

/// What the calls are signed for and who signs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
    /// Its unique id, that of a session with the session's name: `AROA…:ci`.
    pub user_id: String,
}

/// AWS as one provider configuration sees it.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    shared: OnceCell<SdkConfig>,
    identity: OnceCell<Identity>,
    buckets: Mutex<BTreeMap<String, s3::S3>>,
    keys: Mutex<BTreeMap<String, kms::Kms>>,
}

impl Aws {
    /// A connection that is not made yet.
    pub fn new(settings: AwsSettings) -> Self {
        Self {
            settings,
            shared: OnceCell::new(),
            identity: OnceCell::new(),
            buckets: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// The region where a resource is that names none: the provider's, else the environment's.
    pub async fn region(&self) -> Result<String, CloudError> {
        let region = self.shared().await.region().map(ToString::to_string);
        region.ok_or_else(|| {
            CloudError::new(Kind::Settings, "aws", "no region is set")
                .with_help("set `region` in the provider block, or the variable AWS_REGION")
        })
    }

    /// The account behind the credentials, asked for once and held against the lists of allowed
    /// and forbidden accounts. Every client comes after this, so no call can miss the check.
    pub async fn identity(&self) -> Result<&Identity, CloudError> {
        self.identity.get_or_try_init(|| self.identify()).await
    }

    /// The account, where it was asked for before or only one is allowed.
    pub fn known_account(&self) -> Option<&str> {
        let known = self.identity.get().map(|identity| identity.account.as_str());
        known.or_else(|| self.settings.only_account())
    }

    /// Bucket calls in a region.
    pub async fn s3(&self, region: &str) -> Result<s3::S3, CloudError> {
        let identity = self.identity().await?;
        let shared = self.shared().await;
        let mut clients = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.to_owned()).or_insert_with(|| {
            let config = self.service(shared, "s3", region);
            let config = aws_sdk_s3::config::Builder::from(&config)
                .force_path_style(self.settings.s3_path_style())
                .build();
            s3::S3::new(aws_sdk_s3::Client::from_conf(config), region, identity)
        });
        Ok(client.clone())
    }

    /// Key calls in a region.
    pub async fn kms(&self, region: &str) -> Result<kms::Kms, CloudError> {
        self.identity().await?;
        let shared = self.shared().await;
        let mut clients = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.to_owned()).or_insert_with(|| {
            kms::Kms::new(aws_sdk_kms::Client::new(&self.service(shared, "kms", region)))
        });
        Ok(client.clone())
    }

    async fn shared(&self) -> &SdkConfig {
        // Boxed: the SDK's loader is a future of many kilobytes, and every call would carry it.
        self.shared.get_or_init(|| Box::pin(self.load())).await
    }

    /// The base that all services share. Loading reads files and variables; the system's root
    /// certificates, which cost most of the time, only when some endpoint needs them.
    async fn load(&self) -> SdkConfig {
        let http = if self.settings.is_plain_http() {
            HttpClientBuilder::new().build_http()
        } else {
            let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            HttpClientBuilder::new().tls_provider(provider).build_https()
        };
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(self.settings.max_attempts()))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_mins(1))
                    .build(),
            );
        if let Ok(name) = AppName::new("terraform-provider-probity") {
            loader = loader.app_name(name);
        }
        if let Some(region) = &self.settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(files) = self.settings.profile_files() {
            loader = loader.profile_files(files);
        }
        if let Some(keys) = &self.settings.keys {
            loader = loader.credentials_provider(keys.credentials());
        }
        let base = loader.load().await;
        let sts = self.service_in_its_region(&base, "sts");
        credentials::chain(&self.settings, base, &sts).await
    }

    async fn identify(&self) -> Result<Identity, CloudError> {
        let config = self.service_in_its_region(self.shared().await, "sts");
        let sts = aws_sdk_sts::Client::new(&config);
        let caller = sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| error::explain("sts:GetCallerIdentity", &error))?;
        let account = caller.account().unwrap_or_default().to_owned();
        let partition = caller.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        self.settings.check_account(&account)?;
        Ok(Identity {
            account,
            partition: partition.to_owned(),
            arn: caller.arn().unwrap_or_default().to_owned(),
            user_id: caller.user_id().unwrap_or_default().to_owned(),
        })
    }

    /// The shared base, pointed at one service: region and the endpoint from the provider block.
    fn service(&self, shared: &SdkConfig, service: &str, region: &str) -> SdkConfig {
        let mut builder = shared.to_builder().region(Region::new(region.to_owned()));
        if let Some(endpoint) = self.settings.endpoint(service) {
            builder.set_endpoint_url(Some(endpoint.to_owned()));
            // Without an origin the variables of the environment would win.
            builder.insert_origin("endpoint_url", Origin::shared_config());
        }
        builder.build()
    }

    fn service_in_its_region(&self, shared: &SdkConfig, service: &str) -> SdkConfig {
        let region = shared.region().map_or("us-east-1", Region::as_ref);
        self.service(shared, service, region)
    }
}
