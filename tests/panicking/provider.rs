//! The provider as it ships, but for a gate that panics over one name.
//!
//! What ships has no such trigger: this one is outside it, in an implementation of the trait by
//! which the runtime knows any provider. Built by the suites as releases are; see the profile
//! `contained` in the root manifest.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use terraform_provider_probity::data_source::DataSource;
use terraform_provider_probity::diagnostics::Diagnostics;
use terraform_provider_probity::probity::Probity;
use terraform_provider_probity::provider::{Judged, Provider};
use terraform_provider_probity::resource::Resource;
use terraform_provider_probity::schema::Schema;
use terraform_provider_probity::value::Value;
use terraform_provider_probity::{logging, protocol};

/// Judging a resource of this name panics.
const UNLUCKY: &str = "unlucky";

struct Panicking(Probity);

fn main() -> ExitCode {
    logging::start();
    logging::report_panics();
    protocol::run(std::env::args_os().skip(1), || Arc::new(Panicking(Probity::new("."))))
}

#[async_trait]
impl Provider for Panicking {
    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn resources(&self) -> &[Box<dyn Resource>] {
        self.0.resources()
    }

    fn data_sources(&self) -> &[Box<dyn DataSource>] {
        self.0.data_sources()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.validate(config)
    }

    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        self.0.configure(config, terraform_version).await
    }

    fn judge(&self, subject: &Judged<'_>) -> Diagnostics {
        assert_ne!(subject.resource.get("name").as_str(), Some(UNLUCKY), "out of luck");
        self.0.judge(subject)
    }
}
