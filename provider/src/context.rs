//! What is in force: the settings to judge by, the defaults of the provider block and the
//! connection, shared by all resources of one provider. Replaced as a whole when Terraform
//! validates or configures the provider. Must not know a resource. Called by the provider, the
//! gate and the resources.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use probity_catalog::{Catalog, Settings, Snapshot};

use crate::cloud::aws::Aws;
use crate::cloud::{CloudError, Kind};
use crate::config::Config;
use crate::diagnostics::{Diagnostic, Diagnostics};

/// The shared place; cloning it shares it.
#[derive(Clone, Debug)]
pub struct Context {
    in_force: Arc<RwLock<Option<Arc<InForce>>>>,
    directory: PathBuf,
}

/// The settings, defaults and connection in force.
#[derive(Debug)]
pub struct InForce {
    /// Catalog and settings.
    pub snapshot: Snapshot,
    /// The provider block.
    pub config: Config,
    aws: Aws,
}

impl Context {
    /// Nothing in force yet; settings are looked for in the directory that Terraform runs in.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { in_force: Arc::default(), directory: directory.into() }
    }

    /// Takes a provider block into force. With mistakes in it nothing changes.
    pub fn take(&self, config: Config) -> Result<Arc<InForce>, Diagnostics> {
        let in_force = Arc::new(InForce {
            snapshot: snapshot(&config, &self.directory)?,
            aws: Aws::new(config.aws.clone()),
            config,
        });
        let mut place = self.in_force.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::clone(&in_force));
        Ok(in_force)
    }

    /// What is in force. Terraform does not show us every provider block at validate: then the
    /// settings file alone is.
    pub fn get(&self) -> Result<Arc<InForce>, Diagnostics> {
        let known = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(in_force) => Ok(in_force),
            None => self.take(Config::unseen()),
        }
    }
}

impl InForce {
    /// The account, where it is known without asking for it.
    pub fn account(&self) -> Option<&str> {
        self.aws.known_account()
    }

    /// The connection; an error while an attribute that it needs is not known.
    pub fn aws(&self) -> Result<&Aws, CloudError> {
        match self.config.connection_waits.as_slice() {
            [] => Ok(&self.aws),
            waits => {
                let names: Vec<String> = waits.iter().map(|name| format!("`{name}`")).collect();
                let message = format!(
                    "the provider block cannot be used yet: {} is known only after apply",
                    names.join(", ")
                );
                Err(CloudError::new(Kind::Settings, "aws", message).with_help(
                    "apply what it waits for first (`terraform apply -target=…`), or give a \
                     literal value",
                ))
            }
        }
    }
}

fn snapshot(config: &Config, directory: &Path) -> Result<Snapshot, Diagnostics> {
    let catalog = Catalog::embedded().map_err(|errors| {
        Diagnostics::from(Diagnostic::error("the built-in catalog is broken", errors.to_string()))
    })?;
    let flag = config.settings.as_deref().map(Path::new);
    let settings = Settings::discover(flag, directory, |name| std::env::var_os(name));
    let settings = settings.map_err(|errors| {
        let error = Diagnostic::error("the settings cannot be used", errors.to_string());
        Diagnostics::from(if flag.is_some() { error.at("settings") } else { error })
    })?;
    let from_file = settings.regimes.clone();
    let settings =
        settings.with_regimes(config.regimes.iter().cloned()).with_environment(config.environment);
    Snapshot::new(catalog, settings).map_err(|errors| {
        let error = Diagnostic::error("the settings cannot be used", errors.to_string());
        // What the file did not say came from the block.
        let is_ours = config.regimes.iter().any(|regime| !from_file.contains(regime));
        Diagnostics::from(if is_ours { error.at("regimes") } else { error })
    })
}
