//! Settings: which regimes are on, where we are, what the bank decided. One file for all front
//! ends, merged with flags or a provider block towards the stricter side. Knows the shape of
//! the file, not the catalog: `snapshot` checks names and values against it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fmt,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use time::Date;

use crate::{
    control::{Action, ControlId, ParameterValue, Version},
    source::{Node, Source, SourceError, Span},
    value::Path,
};

pub use crate::control::{Classification, Environment};

mod raw;

/// The name of the settings file that is looked for in the current directory.
pub const FILE_NAME: &str = "probity.yaml";

/// The environment variable that names a settings file.
pub const VARIABLE: &str = "PROBITY_SETTINGS";

/// Settings as given; unset stays unset, so that merging and "(default)" stay honest.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where we are; unset means production.
    pub environment: Option<Environment>,
    /// The regimes switched on.
    pub regimes: BTreeSet<String>,
    /// The class of subjects that do not say their own; unset means confidential.
    pub classification: Option<Classification>,
    /// The class below which no subject goes.
    pub minimum_classification: Option<Classification>,
    /// The bank's own values.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// The bank's own actions, for configurable controls.
    pub enforcement: BTreeMap<ControlId, Override>,
    /// The catalog version that newer controls are measured against.
    pub catalog_version: Option<Version>,
    origin: Option<Arc<Origin>>,
}

/// A bank's own action for a configurable control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// What a failure leads to.
    pub action: Action,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub until: Date,
}

/// The file that settings came from, kept for messages.
#[derive(Debug)]
struct Origin {
    source: Source,
    root: Node,
}

impl Settings {
    /// Looks for settings where every front end does: the flag, then `PROBITY_SETTINGS`, then
    /// `probity.yaml` in `directory`; without any of them the defaults hold.
    pub fn discover(
        flag: Option<&FilePath>,
        directory: &FilePath,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsErrors> {
        let named = flag
            .map(FilePath::to_path_buf)
            .or_else(|| variable(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from));
        if let Some(file) = named {
            return Self::read(&directory.join(&file), &file);
        }
        let file = directory.join(FILE_NAME);
        if file.is_file() {
            Self::read(&file, FilePath::new(FILE_NAME))
        } else {
            Ok(Self::default())
        }
    }

    /// Reads the settings in `text`; `file` is only for messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, SettingsErrors> {
        let source = Source::new(file, text)?;
        raw::read(source)
    }

    /// Settings that stand inside another file.
    pub(crate) fn from_node(source: Source, root: Node) -> Result<Self, SettingsErrors> {
        raw::from_node(source, root)
    }

    fn read(file: &FilePath, shown: &FilePath) -> Result<Self, SettingsErrors> {
        let bytes = std::fs::read(file).map_err(|error| {
            SettingsError::plain(format!("cannot read settings `{}`: {error}", shown.display()))
        })?;
        raw::read(Source::new(shown.display().to_string(), bytes)?)
    }

    /// Adds regimes; the result has those of both sides.
    #[must_use]
    pub fn with_regimes(mut self, regimes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regimes.extend(regimes.into_iter().map(Into::into));
        self
    }

    /// Adds another voice about the environment; the stricter of both holds.
    #[must_use]
    pub fn with_environment(mut self, environment: Option<Environment>) -> Self {
        self.environment = self.environment.max(environment);
        self
    }

    /// The environment in force.
    pub fn environment_in_force(&self) -> Environment {
        self.environment.unwrap_or(Environment::Production)
    }

    /// The file these settings came from.
    pub fn file(&self) -> Option<&str> {
        self.origin.as_ref().map(|origin| origin.source.file())
    }

    /// Where the settings name a regime; flags do so nowhere.
    pub(crate) fn regime_path(&self, regime: &str) -> Path {
        let at = Path::root().field("regimes");
        let index = self.origin.as_ref().and_then(|origin| {
            let list = origin.root.get("regimes")?.as_sequence()?;
            list.iter().position(|node| node.as_str() == Some(regime))
        });
        index.map_or_else(|| at.clone(), |index| at.clone().index(index))
    }

    /// An error about the value at `path`, at its place in the file where it came from one.
    pub(crate) fn error_at(
        &self,
        path: &Path,
        message: String,
        help: Option<String>,
    ) -> SettingsError {
        let Some(origin) = &self.origin else {
            return SettingsError { at: None, message, help };
        };
        origin.error(origin.root.locate(path).span, message, help)
    }
}

impl Origin {
    fn error(&self, span: Span, message: String, help: Option<String>) -> SettingsError {
        let error = self.source.error(span, message);
        SettingsError::from(match help {
            Some(help) => error.with_help(help),
            None => error,
        })
    }
}

/// One thing wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Where, when the value came from a file.
    pub at: Option<Box<SourceError>>,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
}

impl SettingsError {
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into(), help: None }
    }
}

impl From<SourceError> for SettingsError {
    fn from(error: SourceError) -> Self {
        let (message, help) = (error.message.clone(), error.help.clone());
        Self { at: Some(Box::new(error)), message, help }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.at, &self.help) {
            (Some(error), _) => error.fmt(f),
            (None, Some(help)) => write!(f, "{}\n = help: {help}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for SettingsError {}

/// Everything that is wrong with the settings, at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl From<SourceError> for SettingsErrors {
    fn from(error: SourceError) -> Self {
        Self(vec![error.into()])
    }
}

impl From<SettingsError> for SettingsErrors {
    fn from(error: SettingsError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}
