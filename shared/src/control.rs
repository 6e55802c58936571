//! A control: one testable statement, with a check per target. Everything here is immutable and
//! already valid: expressions are compiled, paths exist, parameters are declared. Made only by
//! the loader in `catalog`; must not know settings or subjects.

use std::sync::Arc;

pub use check::{
    ActionTable, Anchor, Assignment, Check, Each, Fix, OPT_IN_LABEL, Rule, RulePath, Template,
    TemplatePart, ValueTemplate,
};
pub use id::{CheckId, ControlId, ControlIdError};
pub use parameter::{Fold, Parameter, ParameterType, ParameterValue, UnfitValue};
pub use version::{Version, VersionError};
pub use words::{Action, Classification, Environment, Mode, Severity, Target, UnknownWord};

mod check;
mod id;
mod parameter;
pub(crate) mod raw;
mod version;
mod words;

/// A control of the catalog.
#[derive(Debug)]
pub struct Control {
    /// Its id.
    pub id: ControlId,
    /// The required state, in words.
    pub title: Arc<str>,
    /// How bad a failure is.
    pub severity: Severity,
    /// How far a bank may move it.
    pub mode: Mode,
    /// The catalog version that first had it.
    pub since: Version,
    /// Why it matters.
    pub rationale: Arc<str>,
    /// The way out.
    pub remediation: Arc<str>,
    /// Where to read more.
    pub links: Vec<String>,
    /// The names of the parameters that it declares.
    pub parameters: Vec<String>,
    /// What its expressions use as `variables.<name>`.
    pub variables: Vec<Variable>,
    /// One check per target.
    pub checks: Vec<Check>,
}

/// An expression that others of the control use by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The expression, as it was written.
    pub expression: String,
}

impl Control {
    /// The check on `target`, if there is one.
    pub fn check(&self, target: Target) -> Option<&Check> {
        self.checks.iter().find(|check| check.id.target == target)
    }
}
