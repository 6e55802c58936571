//! A snapshot: the catalog and the settings in force, checked against each other and prepared
//! for judging. Immutable; a front end swaps whole snapshots. Must not know front ends.

use std::sync::Arc;

use crate::{
    catalog::{Catalog, Regime},
    control::{Classification, Environment},
    settings::{Settings, SettingsErrors},
    subject::{self, Subject},
};

/// The catalog and the settings in force.
#[derive(Debug)]
pub struct Snapshot {
    catalog: Arc<Catalog>,
    settings: Settings,
}

impl Snapshot {
    /// Checks the settings against the catalog; all mistakes at once.
    pub fn new(catalog: Arc<Catalog>, settings: Settings) -> Result<Self, SettingsErrors> {
        Ok(Self { catalog, settings })
    }

    /// The catalog.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The settings as given.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The environment in force.
    pub fn environment(&self) -> Environment {
        self.settings.environment_in_force()
    }

    /// Whether nobody said which environment this is.
    pub fn environment_is_default(&self) -> bool {
        self.settings.environment.is_none()
    }

    /// The environment as reports show it: `production (default)`.
    pub fn environment_shown(&self) -> String {
        let suffix = if self.environment_is_default() { " (default)" } else { "" };
        format!("{}{suffix}", self.environment())
    }

    /// The regimes in force, by id.
    pub fn regimes(&self) -> impl Iterator<Item = &Regime> {
        self.settings.regimes.iter().filter_map(|id| self.catalog.regime(id))
    }

    /// The class that a subject is judged under: its own, else that of the settings, else
    /// confidential; never below the settings' minimum.
    pub fn classification(&self, subject: &Subject<'_>) -> Classification {
        let own = subject.claimed_classification().and_then(subject::class_of);
        let class = own.or(self.settings.classification).unwrap_or(Classification::Confidential);
        self.settings.minimum_classification.map_or(class, |minimum| class.max(minimum))
    }
}
