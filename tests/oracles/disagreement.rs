//! `disagreements.yaml`: where another interpreter answers otherwise, who is right, and why.

use regex::Regex;
use serde::Deserialize;

use probity_catalog::source::{Options, Source};

/// Who is asked.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Oracle {
    /// The crate `cel`, for the core of the language.
    Cel,
    /// The crate `kube-cel`, for Kubernetes' functions.
    KubeCel,
    /// The CEL library of Kubernetes v1.36.2, whose answers are recorded in `recorded.txt`.
    KubeLibrary,
    /// A `ValidatingAdmissionPolicy` of the real API server.
    KubeApiserver,
}

/// Who gives the answer that the specification asks for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// We do.
    Ours,
    /// The oracle does; the reason says why we answer otherwise all the same.
    Theirs,
    /// The specification leaves it open.
    Both,
}

/// A known disagreement. `expression` shows it, and a suite proves that it still does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// With whom.
    pub oracle: Oracle,
    /// An expression that shows it.
    pub expression: String,
    /// What we answer: a value, or `error`.
    pub ours: String,
    /// What the oracle answers: a value, or `error`.
    pub theirs: String,
    /// Who is right.
    pub right: Right,
    /// Why.
    pub why: String,
    /// A regular expression that finds the same disagreement in generated expressions.
    pub matches: String,
}

impl Disagreement {
    /// Whether a generated expression falls under it.
    pub fn covers(&self, expression: &str) -> bool {
        let pattern = Regex::new(&self.matches);
        pattern.unwrap_or_else(|error| panic!("{}: {error}", self.matches)).is_match(expression)
    }
}

/// The known disagreements with an oracle.
pub fn disagreements(oracle: Oracle) -> Vec<Disagreement> {
    let source = Source::new("disagreements.yaml", include_str!("disagreements.yaml"));
    let all: Result<Vec<Disagreement>, _> = source.and_then(|source| {
        let document = source.document(&Options::default())?;
        source.deserialize(&document.root)
    });
    let all = all.unwrap_or_else(|error| panic!("{error}"));
    all.into_iter().filter(|one| one.oracle == oracle).collect()
}
