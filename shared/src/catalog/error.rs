//! What is wrong with a catalog: every mistake, at its place, all at once.

use std::fmt;

use crate::{control::ControlId, source::SourceError};

/// One mistake in the files of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The control that it is about, where that is known.
    pub control: Option<ControlId>,
    /// What is wrong, with file, line and column.
    pub source: SourceError,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.control {
            Some(control) => write!(f, "[{control}] {}", self.source),
            None => self.source.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<SourceError> for LoadError {
    fn from(source: SourceError) -> Self {
        Self { control: None, source }
    }
}

/// All mistakes of a catalog, by file and line; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadErrors(pub Vec<LoadError>);

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.0 {
            writeln!(f, "{error}")?;
        }
        let count = self.0.len();
        write!(f, "{count} {} in the catalog", if count == 1 { "mistake" } else { "mistakes" })
    }
}

impl std::error::Error for LoadErrors {}
