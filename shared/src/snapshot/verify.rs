//! Settings against the catalog: names that exist, values that suit, nothing looser than the
//! regimes allow. All mistakes at once, each at its place in the settings file.

use crate::{
    catalog::Catalog,
    control::{Mode, ParameterValue},
    settings::{Settings, SettingsError},
    source::nearest,
    value::Path,
};

/// Everything that is wrong with the settings.
pub(super) fn settings(catalog: &Catalog, settings: &Settings) -> Vec<SettingsError> {
    let mut errors = Vec::new();
    regimes(catalog, settings, &mut errors);
    for (name, value) in &settings.parameters {
        errors.extend(parameter(catalog, settings, name, value));
    }
    for id in settings.enforcement.keys() {
        let at = Path::root().field("enforcement").field(id.as_str());
        let problem = match catalog.control(id).map(|control| control.mode) {
            None => Some(format!("there is no control {id}")),
            Some(Mode::Configurable) => None,
            Some(mode) => Some(format!("{id} is {mode}: settings cannot change what it leads to")),
        };
        errors.extend(problem.map(|message| settings.error_at(&at, message, None)));
    }
    errors
}

/// What is wrong with the name of a framework to judge by.
pub(super) fn framework(catalog: &Catalog, id: &str) -> Option<SettingsError> {
    if let Some(framework) = catalog.framework(id) {
        // To judge by nothing would be to pass everything.
        return framework.controls().is_empty().then(|| {
            SettingsError::plain(format!("no control of this catalog answers to `{id}` yet"))
        });
    }
    let known: Vec<_> = catalog.frameworks().iter().map(|own| own.id.as_str()).collect();
    let help = match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    Some(SettingsError {
        at: None,
        message: format!("there is no framework `{id}`"),
        help: Some(help),
    })
}

fn regimes(catalog: &Catalog, settings: &Settings, errors: &mut Vec<SettingsError>) {
    for id in settings.regimes.iter().filter(|id| catalog.regime(id).is_none()) {
        let known: Vec<_> = catalog.regimes().map(|regime| regime.id.as_str()).collect();
        let help = match nearest(id, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        let at = settings.regime_path(id);
        errors.push(settings.error_at(&at, format!("there is no regime `{id}`"), Some(help)));
    }
}

fn parameter(
    catalog: &Catalog,
    settings: &Settings,
    name: &str,
    value: &ParameterValue,
) -> Option<SettingsError> {
    let at = Path::root().field("parameters").field(name);
    let Some(parameter) = catalog.parameter(name) else {
        let known = catalog.parameters().map(|parameter| parameter.name.as_str());
        let help = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
        return Some(settings.error_at(&at, format!("there is no parameter `{name}`"), help));
    };
    let value = match parameter.accept(value) {
        Ok(value) => value,
        Err(error) => return Some(settings.error_at(&at, format!("`{name}`: {error}"), None)),
    };
    let looser_than =
        settings.regimes.iter().filter_map(|id| catalog.regime(id)).find_map(|regime| {
            let rows = regime.parameters.iter().filter(|row| row.name == name);
            rows.map(|row| &row.value)
                .find(|floor| parameter.is_looser(&value, floor))
                .map(|floor| (regime, floor))
        });
    looser_than.map(|(regime, floor)| {
        let message =
            format!("`{name}` is {value}, looser than the {floor} that {} asks for", regime.id);
        settings.error_at(&at, message, Some(format!("remove the line: {floor} then holds")))
    })
}
