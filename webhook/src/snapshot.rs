//! Catalog and settings in force, loaded as one and swapped as one.
//!
//! Whoever judges takes the current one once and keeps it to the end of the review. Knows where
//! they come from, not what they say. Read by `admission` and `server`, replaced by `reload`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use probity_catalog::catalog::{Catalog, LoadErrors};
use probity_catalog::control::{Environment, Target};
use probity_catalog::report;
use probity_catalog::settings::{self, Settings, SettingsErrors};
use probity_catalog::snapshot::Snapshot;
use time::OffsetDateTime;

/// Where catalog and settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A catalog folder instead of the embedded catalog.
    pub catalog: Option<PathBuf>,
    /// A settings file named by flag.
    pub settings: Option<PathBuf>,
    /// Merged into the settings: the stricter wins.
    pub environment: Option<Environment>,
    /// Added to those of the settings.
    pub regimes: Vec<String>,
}

/// Why nothing can be enforced.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The catalog folder.
    #[error("cannot load the catalog:\n{0}")]
    Catalog(#[from] LoadErrors),
    /// The settings file or the flags beside it.
    #[error("cannot use the settings:\n{0}")]
    Settings(#[from] SettingsErrors),
}

impl Sources {
    /// Reads and compiles everything.
    pub fn load(&self) -> Result<Loaded, SnapshotError> {
        let catalog = match &self.catalog {
            Some(folder) => Arc::new(Catalog::load(folder)?),
            None => Catalog::embedded()?,
        };
        let settings = Settings::discover(self.settings.as_deref(), Path::new(""), |name| {
            std::env::var_os(name)
        })?
        .with_environment(self.environment)
        .with_regimes(self.regimes.iter().cloned());
        let origin = settings.file().map_or_else(|| "(none)".to_owned(), str::to_owned);
        let version = catalog.version().to_string();
        let snapshot = Snapshot::new(catalog, settings)?;
        for notice in snapshot.notices(OffsetDateTime::now_utc().date()) {
            tracing::warn!(settings = origin, notice, "a setting does not count");
        }
        for notice in snapshot.idle(&[Target::Pod]) {
            tracing::warn!(settings = origin, notice, "a control judges nothing");
        }
        Ok(Loaded { judged_under: report::judged_under(&snapshot), snapshot, origin, version })
    }

    /// The settings file that is read, whether it exists already or not.
    pub fn settings_file(&self) -> Option<PathBuf> {
        let named = std::env::var_os(settings::VARIABLE).filter(|name| !name.is_empty());
        self.settings
            .clone()
            .or_else(|| named.map(PathBuf::from))
            .or_else(|| Some(PathBuf::from(settings::FILE_NAME)))
    }
}

/// One catalog under one set of settings.
#[derive(Debug)]
pub struct Loaded {
    snapshot: Snapshot,
    origin: String,
    judged_under: String,
    version: String,
}

impl Loaded {
    /// What is evaluated.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The settings file, or that there is none.
    pub fn settings_origin(&self) -> &str {
        &self.origin
    }

    /// `production (default): sox; catalog 0.1.0 3f9a12c4`, made once.
    pub fn judged_under(&self) -> &str {
        &self.judged_under
    }

    /// The catalog's version.
    pub fn catalog_version(&self) -> &str {
        &self.version
    }

    /// The catalog's digest.
    pub fn catalog_digest(&self) -> &str {
        self.snapshot.catalog().digest()
    }

    /// How many controls are judged by.
    pub fn controls(&self) -> usize {
        self.snapshot.controls().count()
    }
}

/// The one in force.
#[derive(Debug)]
pub struct Store {
    current: ArcSwap<Loaded>,
}

impl Store {
    /// Starts with `loaded`.
    pub fn new(loaded: Loaded) -> Self {
        Self { current: ArcSwap::from_pointee(loaded) }
    }

    /// What is in force now; a review keeps it to its end.
    pub fn current(&self) -> Arc<Loaded> {
        self.current.load_full()
    }

    /// Puts another one in force.
    pub fn swap(&self, loaded: Loaded) {
        self.current.store(Arc::new(loaded));
    }
}
