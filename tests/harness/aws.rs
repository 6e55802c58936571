//! Calls to the local AWS that do not come from us: somebody who tampers, or who looks whether
//! what we say is so. The official SDK, straight to the emulator.

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_smithy_http_client::Builder;

/// Clients of the services that the provider uses.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Buckets.
    pub s3: aws_sdk_s3::Client,
    /// Keys.
    pub kms: aws_sdk_kms::Client,
}

impl Aws {
    /// Clients of the emulator at `endpoint`, in the region that suites use.
    pub fn at(endpoint: &str) -> Self {
        let region = Region::new("eu-central-1");
        let keys = Credentials::new("test", "test", None, None, "tests");
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .endpoint_url(endpoint)
            .force_path_style(true)
            .credentials_provider(keys.clone())
            .http_client(Builder::new().build_http())
            .build();
        let kms = aws_sdk_kms::Config::builder()
            .behavior_version(aws_sdk_kms::config::BehaviorVersion::latest())
            .region(region)
            .endpoint_url(endpoint)
            .credentials_provider(keys)
            .http_client(Builder::new().build_http())
            .build();
        Self { s3: aws_sdk_s3::Client::from_conf(s3), kms: aws_sdk_kms::Client::from_conf(kms) }
    }
}
