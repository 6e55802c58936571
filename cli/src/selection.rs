//! The flags that choose catalog and settings, the same for every command, and what they lead to.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use probity_catalog::{Catalog, Classification, Environment, Settings, SettingsErrors, Snapshot};

use crate::Failure;

/// The flags that choose catalog and settings.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArguments {
    /// The settings file [default: `PROBITY_SETTINGS`, then ./probity.yaml].
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,

    /// Switch a regime on; may be given several times.
    #[arg(long = "regime", value_name = "REGIME")]
    pub regimes: Vec<String>,

    /// The environment: dev, staging or production; of flag and file the stricter holds.
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: Option<Environment>,

    /// The class of what does not say its own: public, internal, confidential or restricted.
    #[arg(long, value_name = "CLASS")]
    pub classification: Option<Classification>,

    /// A catalog folder, instead of the one that is built in.
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,

    #[command(flatten)]
    short: ShortForms,
}

/// One flag per regime, short for `--regime`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Short for --regime")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct ShortForms {
    /// CCPA
    #[arg(long)]
    ccpa: bool,
    /// DORA
    #[arg(long)]
    dora: bool,
    /// GDPR
    #[arg(long)]
    gdpr: bool,
    /// HIPAA
    #[arg(long)]
    hipaa: bool,
    /// ISO 27001
    #[arg(long)]
    iso27001: bool,
    #[arg(long, help = "MiFID II")]
    mifid2: bool,
    /// PCI DSS
    #[arg(long)]
    pci_dss: bool,
    /// PSD2
    #[arg(long)]
    psd2: bool,
    /// SEC 17a-4
    #[arg(long)]
    sec17a4: bool,
    /// SOC 2
    #[arg(long)]
    soc2: bool,
    /// Sarbanes-Oxley
    #[arg(long)]
    sox: bool,
}

impl ShortForms {
    fn regimes(&self) -> impl Iterator<Item = &'static str> {
        let Self { ccpa, dora, gdpr, hipaa, iso27001, mifid2, pci_dss, psd2, sec17a4, soc2, sox } =
            *self;
        [
            (ccpa, "ccpa"),
            (dora, "dora"),
            (gdpr, "gdpr"),
            (hipaa, "hipaa"),
            (iso27001, "iso27001"),
            (mifid2, "mifid2"),
            (pci_dss, "pci-dss"),
            (psd2, "psd2"),
            (sec17a4, "sec17a4"),
            (soc2, "soc2"),
            (sox, "sox"),
        ]
        .into_iter()
        .filter_map(|(given, regime)| given.then_some(regime))
    }
}

/// Catalog and settings as chosen.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// The settings in force.
    pub settings: Settings,
    /// The framework to judge by, instead of all controls.
    pub framework: Option<String>,
}

impl SettingsArguments {
    /// Reads what the flags choose.
    pub fn select(&self) -> Result<Selection, Failure> {
        let catalog = match &self.catalog {
            Some(folder) => Arc::new(Catalog::load(folder)?),
            None => Catalog::embedded()?,
        };
        Ok(Selection { catalog, settings: self.settings()?, framework: None })
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let directory = std::env::current_dir()
            .map_err(|source| Failure::Read { path: PathBuf::from("."), source })?;
        let found = Settings::discover(self.settings.as_deref(), &directory, |name| {
            std::env::var_os(name)
        })?;
        let short = self.short.regimes().map(str::to_owned);
        let regimes: Vec<_> = self.regimes.iter().cloned().chain(short).collect();
        let mut settings = found.with_regimes(regimes).with_environment(self.environment);
        settings.classification = settings.classification.max(self.classification);
        Ok(settings)
    }
}

impl Selection {
    /// The same for a framework alone, if one is named.
    #[must_use]
    pub fn with_framework(self, framework: Option<String>) -> Self {
        Self { framework, ..self }
    }

    /// What is judged by.
    pub fn snapshot(&self) -> Result<Snapshot, SettingsErrors> {
        let (catalog, settings) = (Arc::clone(&self.catalog), self.settings.clone());
        match self.framework.as_deref() {
            Some(framework) => Snapshot::of_framework(catalog, settings, framework),
            None => Snapshot::new(catalog, settings),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_regime_of_the_catalog_has_a_short_form() {
        let all = ShortForms {
            ccpa: true,
            dora: true,
            gdpr: true,
            hipaa: true,
            iso27001: true,
            mifid2: true,
            pci_dss: true,
            psd2: true,
            sec17a4: true,
            soc2: true,
            sox: true,
        };
        let catalog = Catalog::embedded().unwrap();
        let known: Vec<_> = catalog.regimes().map(|regime| regime.id.as_str()).collect();
        assert_eq!(all.regimes().collect::<Vec<_>>(), known);
    }
}
