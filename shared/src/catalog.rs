//! The catalog: controls, frameworks, regimes, classes and environments, read together and
//! checked as a whole. There is no half-good catalog: loading gives all errors or none.
//! Must not know settings or subjects.

use std::{collections::BTreeMap, path::Path as FilePath, sync::Arc};

use time::Date;

use crate::{
    control::{Classification, Control, ControlId, Parameter, Target, Version, raw::RawControl},
    expression::Plan,
};

pub use error::{LoadError, LoadErrors};
pub use framework::{Basis, Coverage, Framework, Requirement};
pub use regulation::{
    ActionRow, EnvironmentRow, Environments, Floor, Level, Mark, Regime, RegimeParameter,
    SeverityShift,
};

mod check;
mod embedded;
mod error;
mod files;
mod framework;
mod load;
mod place;
mod quoting;
mod regulation;

/// A catalog that has been read and checked.
#[derive(Debug)]
pub struct Catalog {
    controls: Vec<Control>,
    parameters: BTreeMap<String, Parameter>,
    frameworks: Vec<Framework>,
    /// For each control, where among the frameworks it is asked for.
    asked_in: BTreeMap<ControlId, Vec<AskedIn>>,
    regimes: BTreeMap<String, Regime>,
    levels: Vec<Level>,
    floors: Vec<Floor>,
    environments: Environments,
    releases: BTreeMap<Version, Date>,
    version: Version,
    digest: String,
    /// For each target, what the expressions of its controls have in common.
    plans: Vec<(Target, Plan)>,
}

/// The places of a framework and of its requirement that names a control.
#[derive(Debug)]
struct AskedIn {
    framework: usize,
    requirement: usize,
    basis: Basis,
}

impl Catalog {
    /// All controls, by id, the checks of published standards among them.
    pub fn controls(&self) -> impl ExactSizeIterator<Item = &Control> {
        self.controls.iter()
    }

    /// The control of that id.
    pub fn control(&self, id: &ControlId) -> Option<&Control> {
        let at = self.controls.binary_search_by(|control| control.id.cmp(id)).ok()?;
        self.controls.get(at)
    }

    /// The control that a person means: any case, `ret-3` too.
    pub fn find(&self, id: &str) -> Option<&Control> {
        let (family, name) = id.split_once('-')?;
        let Ok(number) = name.parse::<u16>() else {
            return self.controls().find(|own| own.id.as_str().eq_ignore_ascii_case(id));
        };
        let id = format!("{}-{number:03}", family.to_ascii_uppercase()).parse().ok()?;
        self.control(&id)
    }

    /// The controls of our own that answer the same as a standard's check: those that the
    /// framework of its family names for the requirement of its name.
    pub fn counterparts(&self, id: &ControlId) -> impl Iterator<Item = &ControlId> {
        let requirement = id.standard_check().and_then(|name| {
            let framework = self.framework(&id.family().to_ascii_lowercase())?;
            framework.requirements.iter().find(|requirement| requirement.id == name)
        });
        requirement.into_iter().flat_map(|requirement| requirement.controls.keys())
    }

    /// All parameters, by name.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = &Parameter> {
        self.parameters.values()
    }

    /// What the expressions of a target have in common.
    pub(crate) fn plan(&self, target: Target) -> Option<&Plan> {
        self.plans.iter().find(|(own, _)| *own == target).map(|(_, plan)| plan)
    }

    pub(crate) fn control_at(&self, place: usize) -> Option<&Control> {
        self.controls.get(place)
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(name)
    }

    /// All frameworks, by id.
    pub fn frameworks(&self) -> &[Framework] {
        &self.frameworks
    }

    /// The framework of that id.
    pub fn framework(&self, id: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.id == id)
    }

    /// The requirements that ask for a control, framework by framework.
    pub fn asked_by(
        &self,
        control: &ControlId,
    ) -> impl Iterator<Item = (&Framework, &Requirement, Basis)> {
        self.asked_in.get(control).into_iter().flatten().filter_map(|place| {
            let framework = self.frameworks.get(place.framework)?;
            Some((framework, framework.requirements.get(place.requirement)?, place.basis))
        })
    }

    /// All regimes, by id.
    pub fn regimes(&self) -> impl ExactSizeIterator<Item = &Regime> {
        self.regimes.values()
    }

    /// The regime of that id.
    pub fn regime(&self, id: &str) -> Option<&Regime> {
        self.regimes.get(id)
    }

    /// The classification levels, the least strict first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// One classification level.
    pub fn level(&self, name: Classification) -> Option<&Level> {
        self.levels.iter().find(|level| level.name == name)
    }

    /// What raises the class of whatever carries it.
    pub fn floors(&self) -> &[Floor] {
        &self.floors
    }

    /// The environments and the default actions.
    pub fn environments(&self) -> &Environments {
        &self.environments
    }

    /// The day on which a catalog version came out.
    pub fn released(&self, version: Version) -> Option<Date> {
        self.releases.get(&version).copied()
    }

    /// The catalog's version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The SHA-256 of all files, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The first digits of the digest, for people.
    pub fn short_digest(&self) -> &str {
        self.digest.get(..8).unwrap_or(&self.digest)
    }
}

impl Catalog {
    /// The catalog built into this library; decoded at the first call.
    pub fn embedded() -> Result<Arc<Self>, LoadErrors> {
        embedded::catalog()
    }

    /// The JSON Schema of `control.yaml`, for editors.
    pub fn control_schema() -> serde_json::Value {
        schemars::schema_for!(RawControl).to_value()
    }

    /// Reads a catalog from a folder with `controls/`, `frameworks/`, `regimes/`,
    /// `classification.yaml` and `environments.yaml`; of the last two and of `releases.yaml`
    /// those that are missing are taken from the embedded catalog.
    pub fn load(folder: &FilePath) -> Result<Self, LoadErrors> {
        load::folder(folder, &embedded::files()?)
    }
}
