//! The conformance guard: Terraform core's own checks on a provider's answers, applied before an
//! answer leaves.
//!
//! Pure functions over schema and values. Core would refuse the same answers, but with a text that
//! blames at length and names no cause; here a breach becomes one precise internal error at the
//! attribute, and the suites hold every answer against it. Called by the other lifecycle modules.

mod applied;
mod planned;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::schema::{Block, Schema, Type};
use crate::value::{AttributePath, Step, Value};

/// A rule that an answer breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Where.
    pub path: AttributePath,
    /// What is wrong, without any value that may be secret.
    pub problem: String,
}

impl Violation {
    fn new(path: &AttributePath, problem: impl Into<String>) -> Self {
        Violation { path: path.clone(), problem: problem.into() }
    }
}

/// What Terraform checks on a planned state. `prior` is null at create.
pub fn check_planned(
    schema: &Schema,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Violation> {
    let mut violations = check_type(&schema.implied_type(), planned);
    if violations.is_empty() {
        let root = AttributePath::root();
        planned::check_block(&schema.block, [prior, config, planned], &root, &mut violations);
    }
    violations
}

/// What Terraform checks on the paths that are said to need a replacement.
pub fn check_replacements(
    prior: &Value,
    planned: &Value,
    paths: &[AttributePath],
) -> Vec<Violation> {
    let leads_nowhere = |path: &&AttributePath| {
        path.steps().is_empty() || (prior.at(path).is_none() && planned.at(path).is_none())
    };
    let wrong = paths.iter().filter(leads_nowhere);
    wrong.map(|path| Violation::new(path, "asks for replacement but does not exist")).collect()
}

/// What Terraform checks on the second plan, made at apply: what the first one knew, it must say
/// again.
pub fn check_final_plan(schema: &Schema, first: &Value, last: &Value) -> Vec<Violation> {
    let mut violations = check_type(&schema.implied_type(), last);
    if violations.is_empty() {
        applied::check(&schema.block, first, last, &mut violations);
    }
    violations
}

/// What Terraform checks on the state after an apply.
pub fn check_applied(schema: &Schema, planned: &Value, state: &Value) -> Vec<Violation> {
    let mut violations = check_state(schema, state);
    if violations.is_empty() {
        applied::check(&schema.block, planned, state, &mut violations);
    }
    violations
}

/// What Terraform checks on every state: the type is right and nothing is unknown.
pub fn check_state(schema: &Schema, state: &Value) -> Vec<Violation> {
    let mut violations = check_type(&schema.implied_type(), state);
    if violations.is_empty() {
        find_unknowns(state, &AttributePath::root(), &mut violations);
    }
    violations
}

/// What Terraform checks on a data source's answer: as a state, and what was configured is kept.
pub fn check_data(schema: &Schema, config: &Value, state: &Value) -> Vec<Violation> {
    let mut violations = check_state(schema, state);
    if state.is_null() {
        violations.push(Violation::new(&AttributePath::root(), "is null"));
    }
    if violations.is_empty() {
        let root = AttributePath::root();
        let values = [&Value::Null, config, state];
        planned::check_block(&schema.block, values, &root, &mut violations);
    }
    violations
}

/// What can be written of a state that breaks the type: a wrong attribute becomes null. Losing one
/// attribute is better than losing track of the object.
pub fn salvage(schema: &Schema, state: Value) -> Value {
    let (Type::Object(kinds), Value::Object(mut found)) = (schema.implied_type(), state) else {
        return Value::Null;
    };
    let attributes = kinds.into_iter().map(|(name, kind)| {
        let value = found.remove(&name).unwrap_or_default();
        let value = if check_type(&kind, &value).is_empty() { value } else { Value::Null };
        (name, value.without_unknowns())
    });
    Value::Object(attributes.collect())
}

/// Whether a value is one of the type, at every depth.
fn check_type(kind: &Type, value: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    conform(kind, value, &AttributePath::root(), &mut violations);
    violations
}

fn conform(kind: &Type, value: &Value, path: &AttributePath, found: &mut Vec<Violation>) {
    match (kind, value) {
        (_, Value::Null | Value::Unknown)
        | (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String, Value::String(_)) => {}
        (Type::List(element), Value::List(elements)) => {
            for (index, value) in elements.iter().enumerate() {
                conform(element, value, &path.index(index), found);
            }
        }
        (Type::Set(element), Value::Set(elements)) => {
            elements.iter().for_each(|value| conform(element, value, path, found));
        }
        (Type::Map(element), Value::Map(elements)) => {
            for (key, value) in elements {
                conform(element, value, &path.key(key), found);
            }
        }
        (Type::Tuple(kinds), Value::Tuple(elements)) if kinds.len() == elements.len() => {
            for (index, (kind, value)) in kinds.iter().zip(elements).enumerate() {
                conform(kind, value, &path.index(index), found);
            }
        }
        (Type::Object(kinds), Value::Object(attributes)) => {
            for (name, kind) in kinds {
                match attributes.get(name) {
                    Some(value) => conform(kind, value, &path.attribute(name), found),
                    None => found.push(Violation::new(&path.attribute(name), "is missing")),
                }
            }
            for name in attributes.keys().filter(|name| !kinds.contains_key(*name)) {
                found.push(Violation::new(&path.attribute(name), "is not in the schema"));
            }
        }
        (Type::Dynamic, Value::Dynamic(own, value)) => conform(own, value, path, found),
        _ => found.push(Violation::new(
            path,
            format!("is {}, the schema says {}", kind_of(value), kind.to_json()),
        )),
    }
}

fn find_unknowns(value: &Value, path: &AttributePath, found: &mut Vec<Violation>) {
    match value {
        Value::Unknown => found.push(Violation::new(path, "is still unknown")),
        Value::List(elements) | Value::Tuple(elements) => {
            for (index, element) in elements.iter().enumerate() {
                find_unknowns(element, &path.index(index), found);
            }
        }
        Value::Set(elements) => elements.iter().for_each(|e| find_unknowns(e, path, found)),
        Value::Map(elements) => {
            for (key, element) in elements {
                find_unknowns(element, &path.key(key), found);
            }
        }
        Value::Object(attributes) => {
            for (name, value) in attributes {
                find_unknowns(value, &path.attribute(name), found);
            }
        }
        Value::Dynamic(_, value) => find_unknowns(value, path, found),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "unknown",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Tuple(_) => "a tuple",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Dynamic(..) => "a dynamic value",
    }
}

/// The violations as internal errors; `answer` as in "the plan of `probity_s3_bucket`".
pub fn diagnostics(schema: &Schema, answer: &str, violations: &[Violation]) -> Diagnostics {
    let diagnostic = |violation: &Violation| {
        let place = match violation.path.steps() {
            [] => "the resource as a whole".to_owned(),
            _ => format!("`{}`", violation.path),
        };
        let detail = format!(
            "{answer} breaks a rule of Terraform's: {place} {}\n\nThis is a bug in the provider, \
             not in the configuration; please report it.",
            violation.problem
        );
        Diagnostic::error("internal error", detail).at(addressable(&schema.block, &violation.path))
    };
    violations.iter().map(diagnostic).collect()
}

/// Terraform underlines only what the schema has.
fn addressable(block: &Block, path: &AttributePath) -> AttributePath {
    match path.steps() {
        [Step::Attribute(name), ..]
            if block.attribute(name).is_some() || block.blocks.iter().any(|b| b.name == name) =>
        {
            path.clone()
        }
        _ => AttributePath::root(),
    }
}

#[cfg(test)]
mod tests;
