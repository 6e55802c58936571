//! What stops a run. Mistakes in a single file do not: they are part of the report.

use std::{io, path::PathBuf};

use probity_catalog::{LoadErrors, SettingsErrors};

/// Why the command could not run.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The catalog has mistakes.
    #[error("{0}")]
    Catalog(#[from] LoadErrors),
    /// The settings have mistakes.
    #[error("{0}")]
    Settings(#[from] SettingsErrors),
    /// A file or folder that was named cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The report cannot be written.
    #[error("cannot write the report: {0}")]
    Write(#[from] io::Error),
    /// The report cannot be put into JSON.
    #[error("cannot write the report: {0}")]
    Json(#[from] serde_json::Error),
    /// What was asked for does not exist or makes no sense.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Write(error) => error.kind() == io::ErrorKind::BrokenPipe,
            Self::Json(error) => error.io_error_kind() == Some(io::ErrorKind::BrokenPipe),
            _ => false,
        }
    }
}
