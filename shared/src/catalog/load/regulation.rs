//! Regimes, classes and environments: names that exist, values that suit, conditions that
//! compile for every target they speak about.

use std::collections::BTreeMap;

use super::{control::compile_bool, parameter, scopes::Scopes};
use crate::catalog::place::{Errors, Place, Unit};
use crate::{
    catalog::{
        ActionRow, EnvironmentRow, Environments, Floor, Level, Mark, Regime, RegimeParameter,
        SeverityShift,
    },
    control::{
        Classification, Environment, Mode, Parameter, Severity, Target,
        raw::{RawClassification, RawEnvironments, RawRegime, RawRegimeParameter},
    },
};

/// A regime; `None` after an error that leaves nothing to work with.
pub(super) fn regime(
    unit: &Unit,
    raw: &RawRegime,
    declared: &BTreeMap<String, Parameter>,
    scopes: &Scopes,
    errors: &mut Errors,
) -> Option<Regime> {
    if unit.stem() != raw.regime {
        let message = format!("`{}` stands in `{}.yaml`", raw.regime, unit.stem());
        errors.add(unit.at("regime").error(message));
        return None;
    }
    let parameters = raw
        .parameters
        .iter()
        .enumerate()
        .filter_map(|(index, row)| {
            regime_parameter(row, &unit.at("parameters").index(index), declared, scopes, errors)
        })
        .collect();
    Some(Regime {
        id: raw.regime.clone(),
        name: raw.name.clone(),
        title: raw.title.clone(),
        frameworks: raw.frameworks.clone(),
        parameters,
    })
}

fn regime_parameter(
    raw: &RawRegimeParameter,
    at: &Place<'_>,
    declared: &BTreeMap<String, Parameter>,
    scopes: &Scopes,
    errors: &mut Errors,
) -> Option<RegimeParameter> {
    let (at_name, at_value) = (at.clone().field("name"), at.clone().field("value"));
    let value = parameter::value(&raw.name, &raw.value, declared, &at_name, &at_value, errors);
    let mut targets = Vec::new();
    for (index, word) in raw.targets.iter().enumerate() {
        match word.parse() {
            Ok(target) => targets.push(target),
            Err(error) => {
                errors.add(at.clone().field("targets").index(index).error(format!("{error}")));
            }
        }
    }
    let mut when = Vec::new();
    if let Some(condition) = &raw.when {
        let all = if targets.is_empty() { Target::ALL } else { &targets };
        for target in all {
            let scope = scopes.scope(*target, None);
            let at = at.clone().field("when");
            let condition = compile_bool(condition, &scope, &at, errors)?;
            if condition.reads().iter().any(|read| read.root == "params") {
                errors.add(at.error("a condition of a regime cannot hang on parameters"));
                return None;
            }
            when.push((*target, condition));
        }
    }
    Some(RegimeParameter { name: raw.name.clone(), value: value?, targets, when })
}

/// The classification levels, all of them, the least strict first, and what raises a class.
pub(super) fn classification(
    unit: &Unit,
    declared: &BTreeMap<String, Parameter>,
    lenient: bool,
    errors: &mut Errors,
) -> (Vec<Level>, Vec<Floor>) {
    let Some(raw) = unit.deserialize::<RawClassification>(errors) else { return <_>::default() };
    let floors = raw.floors.into_iter().enumerate().filter_map(|(index, floor)| {
        let mark = Mark { tag: floor.tag, label: floor.label, attribute: floor.attribute };
        if mark == Mark::default() {
            let message = "a floor needs a `tag`, a `label` or an `attribute` that it hangs on";
            errors.add(unit.at("floors").index(index).error(message));
            return None;
        }
        Some(Floor { class: floor.class, mark, values: floor.values, except: floor.except })
    });
    let floors = floors.collect();
    if !raw.levels.iter().map(|level| level.name).eq(Classification::ALL.iter().copied()) {
        let names: Vec<_> = Classification::ALL.iter().map(|level| level.as_str()).collect();
        let message = format!("the levels are, in this order: {}", names.join(", "));
        errors.add(unit.at("levels").error(message));
    }
    let levels = raw
        .levels
        .iter()
        .enumerate()
        .map(|(index, level)| Level {
            name: level.name,
            description: level.description.clone(),
            parameters: parameter::row(
                &level.parameters,
                declared,
                &unit.at("levels").index(index).field("parameters"),
                lenient,
                errors,
            ),
            severity_shift: level
                .severity_shift
                .iter()
                .map(|shift| SeverityShift {
                    families: shift.families.clone(),
                    severities: shift.severities.clone(),
                    by: shift.by,
                })
                .collect(),
            raise_warnings_in: level.raise_warnings_in.clone(),
        })
        .collect();
    (levels, floors)
}

/// The environments, all of them, and default actions that cover every control.
pub(super) fn environments(
    unit: &Unit,
    declared: &BTreeMap<String, Parameter>,
    lenient: bool,
    errors: &mut Errors,
) -> Environments {
    let Some(raw) = unit.deserialize::<RawEnvironments>(errors) else {
        return Environments::default();
    };
    if !raw.environments.iter().map(|row| row.name).eq(Environment::ALL.iter().copied()) {
        let names: Vec<_> = Environment::ALL.iter().map(|name| name.as_str()).collect();
        let message = format!("the environments are, in this order: {}", names.join(", "));
        errors.add(unit.at("environments").error(message));
    }
    let rows = raw
        .environments
        .iter()
        .enumerate()
        .map(|(index, row)| EnvironmentRow {
            name: row.name,
            description: row.description.clone(),
            parameters: parameter::row(
                &row.parameters,
                declared,
                &unit.at("environments").index(index).field("parameters"),
                lenient,
                errors,
            ),
        })
        .collect();
    let actions: Vec<_> = raw
        .actions
        .iter()
        .map(|row| ActionRow {
            severity: row.severity,
            mode: row.mode,
            actions: [row.dev, row.staging, row.production],
        })
        .collect();
    for severity in Severity::ALL {
        for mode in Mode::ALL {
            if !actions.iter().any(|row| row.covers(*severity, *mode)) {
                let message = format!("no row says what a {severity} {mode} control leads to");
                errors.add(unit.at("actions").error(message));
            }
        }
    }
    Environments { rows, actions }
}
