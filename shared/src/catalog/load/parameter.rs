//! Declarations of parameters, and values given to them by regimes, classes and environments.

use std::collections::BTreeMap;

use crate::catalog::place::{Errors, Place, Unit};
use crate::{
    control::{ControlId, Fold, Parameter, ParameterType, ParameterValue, raw::RawParameter},
    source::nearest,
};

/// A declaration whose type, fold, default, range and words agree. After an error it is as it was
/// meant, so that nobody says that there is none.
pub(super) fn declare(
    id: &ControlId,
    name: &str,
    raw: &RawParameter,
    at: &Place<'_>,
    errors: &mut Errors,
) -> Parameter {
    let mut problems = Vec::new();
    if !is_name(name) {
        problems.push(at.error(format!("`{name}` is not a name: small letters, digits and `_`")));
    }
    if raw.fold.works_on() != raw.kind {
        let (fold, kind) = (raw.fold.as_str(), raw.kind.as_str());
        let help = format!("`{fold}` folds values of type {}", raw.fold.works_on().as_str());
        let message = format!("`{fold}` cannot fold values of type {kind}");
        problems.push(at.clone().field("fold").error(message).with_help(help));
    }
    if raw.fold == Fold::EnumRank && raw.values.len() < 2 {
        let message = "`enum-rank` needs `values`, from the loosest to the strictest";
        problems.push(at.error(message));
    }
    if raw.range.is_some() && raw.kind != ParameterType::Int {
        problems.push(at.clone().field("range").error("only numbers have a range"));
    }
    if raw.range.is_some_and(|[low, high]| low > high) {
        problems.push(at.clone().field("range").error("the lower end is above the upper end"));
    }
    if raw.description.trim().is_empty() {
        problems.push(at.clone().field("description").error("the description is empty"));
    }
    let may_be_unset = matches!(raw.fold, Fold::Intersect | Fold::Min | Fold::Max);
    if raw.default.is_none() && !may_be_unset {
        let message = "a default is missing: only sets of what is allowed and bounds can be unset";
        problems.push(at.error(message));
    }
    if raw.expected && raw.default.is_some() {
        let message = "with a default it is never missing: leave out `expected` or the default";
        problems.push(at.clone().field("expected").error(message));
    }
    let mut parameter = Parameter {
        name: name.to_owned(),
        declared_by: id.clone(),
        kind: raw.kind,
        fold: raw.fold,
        default: None,
        range: raw.range.map(|[low, high]| (low, high)),
        values: raw.values.clone(),
        unit: raw.unit.clone(),
        description: raw.description.clone(),
        at_most: raw.at_most.clone(),
        expected: raw.expected,
    };
    match raw.default.as_ref().map(|default| parameter.accept(default)).transpose() {
        Ok(default) => parameter.default = default,
        Err(error) => {
            problems.push(at.clone().field("default").error(error.to_string()));
            parameter.default.clone_from(&raw.default);
        }
    }
    for problem in problems {
        errors.add(problem);
    }
    parameter
}

/// A lower bound needs an upper bound that exists and is a number too.
pub(super) fn check_bound(
    unit: &Unit,
    name: &str,
    raw: &RawParameter,
    declared: &BTreeMap<String, Parameter>,
    errors: &mut Errors,
) {
    let Some(upper) = &raw.at_most else { return };
    let at = unit.at("parameters").field(name).field("at_most");
    match declared.get(upper) {
        None => errors.add(unknown(&at, upper, declared)),
        Some(other) if other.kind != ParameterType::Int || raw.kind != ParameterType::Int => {
            errors.add(at.error("bounds are numbers"));
        }
        Some(_) => {}
    }
}

/// The value in its normal form; `None` after an error.
pub(super) fn value(
    name: &str,
    value: &ParameterValue,
    declared: &BTreeMap<String, Parameter>,
    at_name: &Place<'_>,
    at_value: &Place<'_>,
    errors: &mut Errors,
) -> Option<ParameterValue> {
    let Some(parameter) = declared.get(name) else {
        errors.add(unknown(at_name, name, declared));
        return None;
    };
    match parameter.accept(value) {
        Ok(value) => Some(value),
        Err(error) => {
            errors.add(at_value.error(format!("`{name}`: {error}")));
            None
        }
    }
}

/// The values of a row; with `lenient` those of parameters that nobody declares are left out.
pub(super) fn row(
    values: &BTreeMap<String, ParameterValue>,
    declared: &BTreeMap<String, Parameter>,
    at: &Place<'_>,
    lenient: bool,
    errors: &mut Errors,
) -> Vec<(String, ParameterValue)> {
    values
        .iter()
        .filter(|(name, _)| !lenient || declared.contains_key(*name))
        .filter_map(|(name, given)| {
            let at = at.clone().field(name);
            Some((name.clone(), value(name, given, declared, &at, &at, errors)?))
        })
        .collect()
}

fn unknown(
    at: &Place<'_>,
    name: &str,
    declared: &BTreeMap<String, Parameter>,
) -> crate::catalog::LoadError {
    let error = at.error(format!("no control declares a parameter `{name}`"));
    match nearest(name, declared.keys().map(String::as_str)) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
