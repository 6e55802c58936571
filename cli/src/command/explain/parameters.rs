//! The parameters that a control reads: the value in force, and who asks for it.

use probity_catalog::{
    Control, Snapshot,
    catalog::Regime,
    control::{Parameter, ParameterValue},
};

/// Lines for each parameter that the control reads or declares.
pub(super) fn lines(control: &Control, snapshot: &Snapshot) -> Vec<String> {
    let catalog = snapshot.catalog();
    let mut names: Vec<&str> = control
        .checks
        .iter()
        .flat_map(|check| &check.rules)
        .flat_map(|rule| rule.parameters.iter().map(String::as_str))
        .chain(control.parameters.iter().map(String::as_str))
        .collect();
    names.sort_unstable();
    names.dedup();
    let parameters = names.into_iter().filter_map(|name| catalog.parameter(name));
    parameters.flat_map(|parameter| explained(parameter, snapshot)).collect()
}

/// One voice about a parameter.
struct Voice {
    who: String,
    value: ParameterValue,
    /// Only for some subjects.
    condition: Option<String>,
}

fn explained(parameter: &Parameter, snapshot: &Snapshot) -> Vec<String> {
    let voices = voices(parameter, snapshot);
    let certain = voices.iter().filter(|voice| voice.condition.is_none());
    let folded = certain
        .map(|voice| voice.value.clone())
        .reduce(|left, right| parameter.stricter(&left, &right))
        .or_else(|| parameter.default.clone());
    let unit = parameter.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let value = folded.map_or_else(|| "unset".to_owned(), |value| format!("{value}{unit}"));
    let mut lines = vec![format!("{} = {value}", parameter.name)];
    if !parameter.description.is_empty() {
        lines.push(format!("  {}", parameter.description.trim_end()));
    }
    for Voice { who, value, condition } in voices {
        let only = condition.map(|only| format!(" {only}")).unwrap_or_default();
        lines.push(format!("  {who}: {value}{only}"));
    }
    let default = parameter.default.as_ref();
    let default = default.map_or_else(|| "unset".to_owned(), ToString::to_string);
    lines.push(format!("  default: {default}; the strictest wins ({})", parameter.fold.as_str()));
    lines
}

/// Everyone who speaks: regimes in force, the environment, the classes, the settings.
fn voices(parameter: &Parameter, snapshot: &Snapshot) -> Vec<Voice> {
    let name = parameter.name.as_str();
    let catalog = snapshot.catalog();
    let mut voices: Vec<_> =
        snapshot.regimes().flat_map(|regime| regime_voices(regime, name)).collect();
    let of = |pairs: &[(String, ParameterValue)]| {
        pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    };
    let environment = snapshot.environment();
    let row = catalog.environments().row(environment);
    if let Some(value) = row.and_then(|row| of(&row.parameters)) {
        voices.push(Voice { who: environment.to_string(), value, condition: None });
    }
    for level in catalog.levels() {
        if let Some(value) = of(&level.parameters) {
            let condition = Some(format!("(for {} data)", level.name));
            voices.push(Voice { who: level.name.to_string(), value, condition });
        }
    }
    if let Some(value) = snapshot.settings().parameters.get(name) {
        let who = snapshot.settings().file().unwrap_or("settings").to_owned();
        voices.push(Voice { who, value: value.clone(), condition: None });
    }
    voices
}

fn regime_voices<'r>(regime: &'r Regime, name: &'r str) -> impl Iterator<Item = Voice> + 'r {
    regime.parameters.iter().filter(move |own| own.name == name).map(|own| {
        let condition = own.when.first().map(|(_, when)| format!("where {}", when.source()));
        let targets: Vec<_> = own.targets.iter().map(|target| target.as_str()).collect();
        let targets = (!targets.is_empty()).then(|| format!("on {}", targets.join(", ")));
        let condition = match (targets, condition) {
            (Some(targets), Some(condition)) => Some(format!("{targets} {condition}")),
            (one, other) => one.or(other),
        };
        Voice { who: regime.id.clone(), value: own.value.clone(), condition }
    })
}
