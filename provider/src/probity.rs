//! The provider itself: its block, its resources, and the gate in front of them. Composes only;
//! `main` serves it.

use async_trait::async_trait;

use crate::config::{self, Config};
use crate::context::Context;
use crate::data_source::DataSource;
use crate::data_sources;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::gate;
use crate::provider::{Judged, Provider};
use crate::resource::Resource;
use crate::resources;
use crate::schema::Schema;
use crate::value::Value;

/// Probity as a provider.
pub struct Probity {
    context: Context,
    schema: Schema,
    resources: Vec<Box<dyn Resource>>,
    data_sources: Vec<Box<dyn DataSource>>,
}

impl Probity {
    /// A provider that looks for its settings in `directory`: the one that Terraform runs in.
    pub fn new(directory: impl Into<std::path::PathBuf>) -> Self {
        let context = Context::new(directory);
        Self {
            schema: config::schema(),
            resources: resources::all(&context),
            data_sources: data_sources::all(&context),
            context,
        }
    }

    fn take(&self, block: &Value) -> (Config, Diagnostics) {
        let (config, mut found) = Config::parse(block);
        if !found.has_errors()
            && let Err(errors) = self.context.take(config.clone())
        {
            found.extend(errors);
        }
        (config, found)
    }
}

#[async_trait]
impl Provider for Probity {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Box<dyn Resource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Box<dyn DataSource>] {
        &self.data_sources
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let (config, mut found) = self.take(config);
        let waits: Vec<String> = config
            .judgement_waits
            .iter()
            .filter(|name| ["settings", "environment", "regimes"].contains(name))
            .map(|name| format!("`{name}`"))
            .collect();
        if !waits.is_empty() {
            let detail = format!(
                "{} of the provider block is not known yet. Until it is, resources are judged by \
                 the baseline and the settings file alone; plan and apply judge them again.",
                waits.join(" and ")
            );
            found.push(Diagnostic::warning("judged by the baseline for now", detail));
        }
        // Here alone: Terraform validates before it configures, and would say it twice.
        if let Some(in_force) = self.context.get().ok().filter(|_| !found.has_errors()) {
            found.extend(gate::notices(&in_force));
        }
        found
    }

    async fn configure(&self, config: &Value, _terraform_version: &str) -> Diagnostics {
        self.take(config).1
    }

    fn judge(&self, subject: &Judged<'_>) -> Diagnostics {
        match self.context.get() {
            Ok(in_force) => gate::judge(&in_force, subject),
            Err(errors) => errors,
        }
    }
}
