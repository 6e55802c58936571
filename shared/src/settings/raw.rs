//! The settings file as written: serde mirrors, turned into `Settings` at once. Private.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use time::{Date, macros::format_description};

use super::{Origin, Override, Settings, SettingsError, SettingsErrors};
use crate::{
    control::{Action, Classification, ControlId, Environment, ParameterValue},
    source::{Node, Options, Source},
    value::Path,
};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawSettings {
    environment: Option<Environment>,
    regimes: Vec<String>,
    classification: Option<Classification>,
    minimum_classification: Option<Classification>,
    parameters: BTreeMap<String, ParameterValue>,
    enforcement: BTreeMap<String, RawOverride>,
    catalog_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverride {
    action: Action,
    owner: String,
    until: String,
}

/// Reads one settings file, with everything that is wrong in it.
pub(super) fn read(source: Source) -> Result<Settings, SettingsErrors> {
    let mut documents = source.documents(&Options::default())?;
    let Some(document) = documents.pop() else {
        return Ok(Settings::default());
    };
    if let Some(first) = documents.first() {
        let error = source.error(first.root.span, "settings are one document, this is another");
        return Err(error.into());
    }
    from_node(source, document.root)
}

/// Settings that stand at some place of a file.
pub(super) fn from_node(source: Source, root: Node) -> Result<Settings, SettingsErrors> {
    let raw: RawSettings = source.deserialize(&root)?;
    let mut settings = Settings {
        environment: raw.environment,
        regimes: raw.regimes.into_iter().collect(),
        classification: raw.classification,
        minimum_classification: raw.minimum_classification,
        parameters: raw.parameters,
        origin: Some(Arc::new(Origin { source, root })),
        ..Settings::default()
    };
    let mut errors = Vec::new();
    for (id, entry) in raw.enforcement {
        let at = Path::root().field("enforcement").field(id.as_str());
        match override_of(&settings, &at, &id, entry) {
            Ok((id, entry)) => {
                settings.enforcement.insert(id, entry);
            }
            Err(error) => errors.push(error),
        }
    }
    if let Some(text) = raw.catalog_version {
        match text.parse() {
            Ok(version) => settings.catalog_version = Some(version),
            Err(error) => {
                let at = Path::root().field("catalog_version");
                errors.push(settings.error_at(&at, format!("{error}"), None));
            }
        }
    }
    if errors.is_empty() { Ok(settings) } else { Err(SettingsErrors(errors)) }
}

fn override_of(
    settings: &Settings,
    at: &Path,
    id: &str,
    raw: RawOverride,
) -> Result<(ControlId, Override), SettingsError> {
    let id: ControlId =
        id.parse().map_err(|error| settings.error_at(at, format!("{error}"), None))?;
    if raw.owner.trim().is_empty() {
        let message = format!("the override of {id} names no owner");
        return Err(settings.error_at(&at.clone().field("owner"), message, None));
    }
    let until =
        Date::parse(&raw.until, format_description!("[year]-[month]-[day]")).map_err(|_| {
            let message = format!("`{}` is not a date such as `2027-03-31`", raw.until);
            settings.error_at(&at.clone().field("until"), message, None)
        })?;
    Ok((id, Override { action: raw.action, owner: raw.owner, until }))
}
