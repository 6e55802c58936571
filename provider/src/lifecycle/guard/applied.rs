//! Core's rules for what follows a plan: a known planned value is a promise.

use super::Violation;
use crate::schema::{Attribute, AttributeKind, Block};
use crate::value::{AttributePath, Step, Value};

pub(super) fn check(block: &Block, planned: &Value, actual: &Value, found: &mut Vec<Violation>) {
    let root = AttributePath::root();
    compare(planned, actual, &root, &mut |path: &AttributePath, problem: String| {
        let hidden = is_sensitive(&block.attributes, path.steps());
        let problem = if hidden { "is not what was planned".to_owned() } else { problem };
        found.push(Violation::new(path, problem));
    });
}

/// Whether the path leads into something that must not be shown.
fn is_sensitive(attributes: &[Attribute], steps: &[Step]) -> bool {
    let [Step::Attribute(name), inner @ ..] = steps else {
        // Keys and positions lead to another element of the same kind.
        return steps.split_first().is_some_and(|(_, inner)| is_sensitive(attributes, inner));
    };
    attributes.iter().find(|attribute| attribute.name == name).is_some_and(|attribute| {
        let nested = match &attribute.kind {
            AttributeKind::Nested(_, attributes) => is_sensitive(attributes, inner),
            AttributeKind::Plain(_) => false,
        };
        attribute.sensitive || nested
    })
}

type Report<'a> = dyn FnMut(&AttributePath, String) + 'a;

fn compare(planned: &Value, actual: &Value, path: &AttributePath, report: &mut Report<'_>) {
    match (planned, actual) {
        // Unknown may become anything, or stay unknown in a second plan.
        (Value::Unknown, _) | (Value::Null, Value::Null) => {}
        (Value::Null, _) => report(path, "was planned as absent and is present".to_owned()),
        (_, Value::Null) => report(path, "was planned and is absent".to_owned()),
        (_, Value::Unknown) => report(path, "was known when planned and is unknown".to_owned()),
        (Value::List(planned), Value::List(actual))
        | (Value::Tuple(planned), Value::Tuple(actual)) => {
            if planned.len() != actual.len() {
                let (planned, actual) = (planned.len(), actual.len());
                return report(path, format!("has {actual} elements, planned were {planned}"));
            }
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                compare(planned, actual, &path.index(index), report);
            }
        }
        (Value::Map(planned), Value::Map(actual)) => {
            for (key, value) in planned {
                match actual.get(key) {
                    Some(actual) => compare(value, actual, &path.key(key), report),
                    None => report(&path.key(key), "was planned and is absent".to_owned()),
                }
            }
            for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                report(&path.key(key), "was not planned and is present".to_owned());
            }
        }
        (Value::Object(planned), Value::Object(actual)) => {
            for (name, value) in planned {
                let actual = actual.get(name).unwrap_or(&Value::Null);
                compare(value, actual, &path.attribute(name), report);
            }
        }
        (Value::Set(planned), Value::Set(actual)) => {
            compare_sets(planned.as_slice(), actual.as_slice(), path, report);
        }
        (Value::Dynamic(_, planned), Value::Dynamic(_, actual)) => {
            compare(planned, actual, path, report);
        }
        _ if planned == actual => {}
        _ => report(path, format!("is {}, planned was {}", brief(actual), brief(planned))),
    }
}

/// Each planned element needs one that may have come from it, and the other way round.
fn compare_sets(
    planned: &[Value],
    actual: &[Value],
    path: &AttributePath,
    report: &mut Report<'_>,
) {
    if actual.len() > planned.len() {
        let (planned, actual) = (planned.len(), actual.len());
        return report(path, format!("has {actual} elements, planned were {planned}"));
    }
    let lost = planned.iter().filter(|p| !actual.iter().any(|a| is_compatible(p, a))).count();
    let new = actual.iter().filter(|a| !planned.iter().any(|p| is_compatible(p, a))).count();
    if lost > 0 {
        report(path, format!("lacks {lost} planned elements"));
    }
    if new > 0 {
        report(path, format!("has {new} elements that were not planned"));
    }
}

fn is_compatible(planned: &Value, actual: &Value) -> bool {
    let mut compatible = true;
    compare(planned, actual, &AttributePath::root(), &mut |_, _| compatible = false);
    compatible
}

fn brief(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.chars().count() > 60 => {
            format!("{:?}…", text.chars().take(60).collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        other => super::kind_of(other).to_owned(),
    }
}
