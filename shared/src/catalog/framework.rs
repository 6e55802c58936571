//! Frameworks: who asks for which control. The only place that knows it; controls hold no copy.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;

use crate::control::ControlId;

/// A framework with the requirements that ask for controls.
#[derive(Debug)]
pub struct Framework {
    /// The name in files: `pci-dss`.
    pub id: String,
    /// How references are shown: `PCI DSS`.
    pub name: String,
    /// The full name and edition.
    pub title: String,
    /// Whether the list has every requirement of the framework; else what is not listed is
    /// not covered.
    pub complete: bool,
    /// The requirements, in the order of the file.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a framework.
#[derive(Debug)]
pub struct Requirement {
    /// Its number there.
    pub id: String,
    /// What it asks for, in our own words.
    pub title: String,
    /// The controls that answer it.
    pub controls: BTreeMap<ControlId, Basis>,
    /// How much of it they check.
    pub coverage: Coverage,
    /// The ground for a claim of full or manual coverage.
    pub because: Option<String>,
}

/// How much of a requirement the catalog checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// All that it asks for.
    Full,
    /// Something of what it asks for; what is left is for people to show.
    Part,
    /// Nothing yet.
    None,
    /// Nothing ever: no program can check it.
    Manual,
}

impl Coverage {
    /// All of them, the most first.
    pub const ALL: [Self; 4] = [Self::Full, Self::Part, Self::None, Self::Manual];

    /// In words, for tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "in full",
            Self::Part => "in part",
            Self::None => "not yet",
            Self::Manual => "not by machine",
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How sure we are that a requirement asks for a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Read in the source.
    Verified,
    /// From memory.
    Memory,
}

impl Framework {
    /// How one of its requirements is cited: `PCI DSS 2.2.6`.
    pub fn cite(&self, requirement: &Requirement) -> String {
        format!("{} {}", self.name, requirement.id)
    }

    /// How many of its requirements are covered so.
    pub fn count(&self, coverage: Coverage) -> usize {
        self.requirements.iter().filter(|requirement| requirement.coverage == coverage).count()
    }

    /// The controls that it asks for, each once.
    pub fn controls(&self) -> std::collections::BTreeSet<&ControlId> {
        self.requirements.iter().flat_map(|requirement| requirement.controls.keys()).collect()
    }
}
