//! Frameworks: who asks for which control. The only place that knows it; controls hold no copy.

use std::collections::BTreeMap;

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

    /// The controls that it asks for, each once.
    pub fn controls(&self) -> std::collections::BTreeSet<&ControlId> {
        self.requirements.iter().flat_map(|requirement| requirement.controls.keys()).collect()
    }
}
