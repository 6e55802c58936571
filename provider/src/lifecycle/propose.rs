//! The plan before any hook: configuration, defaults, prior state, and unknown for the rest.
//!
//! Pure functions over schema and values; called by plan, and by validate with no prior state.

use std::collections::BTreeMap;

use crate::schema::{Attribute, AttributeKind, Block, Nesting, Presence, Replace};
use crate::value::{AttributePath, Value};

/// What is planned for this configuration: `prior` is null at create.
pub(super) fn propose(block: &Block, config: &Value, prior: &Value) -> Value {
    if !config.is_set() {
        return config.clone();
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let name = attribute.name;
        let planned = propose_attribute(attribute, config.get(name), prior, prior.get(name));
        (name.to_owned(), planned)
    });
    let blocks = block.blocks.iter().map(|nested| {
        let planned = propose(&nested.block, config.get(nested.name), prior.get(nested.name));
        (nested.name.to_owned(), planned)
    });
    Value::Object(attributes.chain(blocks).collect())
}

/// `parent` is the prior state of what holds the attribute: null when it is being made.
fn propose_attribute(
    attribute: &Attribute,
    config: &Value,
    parent: &Value,
    prior: &Value,
) -> Value {
    if !config.is_null() && attribute.presence != Presence::Computed {
        return propose_configured(attribute, config, prior);
    }
    match (attribute.presence, &attribute.default) {
        (Presence::Required | Presence::Optional, _) => Value::Null,
        (Presence::OptionalComputed, Some(default)) => default.clone(),
        _ if parent.is_null() => Value::Unknown,
        _ => prior.clone(),
    }
}

/// A value that the user set; inside nested attributes some may still be ours to fill in.
fn propose_configured(attribute: &Attribute, config: &Value, prior: &Value) -> Value {
    let AttributeKind::Nested(nesting, attributes) = &attribute.kind else {
        return config.clone();
    };
    match (nesting, config) {
        (Nesting::Single, Value::Object(_)) => propose_object(attributes, config, prior),
        (Nesting::Map, Value::Map(elements)) => Value::Map(
            elements
                .iter()
                .map(|(key, element)| {
                    (key.clone(), propose_object(attributes, element, prior.get(key)))
                })
                .collect(),
        ),
        (Nesting::List, Value::List(elements)) => Value::List(
            elements
                .iter()
                .enumerate()
                .map(|(index, element)| {
                    let prior = prior.elements().get(index).unwrap_or(&Value::Null);
                    // The same position may hold another thing by now: what was computed for it
                    // counts only where everything configured is as it was.
                    let same = is_same_element(attributes, element, prior);
                    propose_object(attributes, element, if same { prior } else { &Value::Null })
                })
                .collect(),
        ),
        // Nothing is computed inside a set (the schema's rules see to it).
        _ => config.clone(),
    }
}

fn propose_object(attributes: &[Attribute], config: &Value, prior: &Value) -> Value {
    if !config.is_set() {
        return config.clone();
    }
    let planned = attributes.iter().map(|attribute| {
        let name = attribute.name;
        (name.to_owned(), propose_attribute(attribute, config.get(name), prior, prior.get(name)))
    });
    Value::Object(planned.collect::<BTreeMap<_, _>>())
}

/// Whether everything that is configured of an element is as it was.
fn is_same_element(attributes: &[Attribute], config: &Value, prior: &Value) -> bool {
    config.is_set()
        && prior.is_set()
        && attributes.iter().all(|attribute| {
            is_same(attribute, config.get(attribute.name), prior.get(attribute.name))
        })
}

fn is_same(attribute: &Attribute, config: &Value, prior: &Value) -> bool {
    if config == prior || (config.is_null() && attribute.is_computed()) {
        return true;
    }
    let AttributeKind::Nested(nesting, inner) = &attribute.kind else {
        return false;
    };
    match (nesting, config, prior) {
        (Nesting::Single, ..) => is_same_element(inner, config, prior),
        (Nesting::List, Value::List(config), Value::List(prior)) => {
            let mut pairs = config.iter().zip(prior);
            config.len() == prior.len() && pairs.all(|(c, p)| is_same_element(inner, c, p))
        }
        (Nesting::Map, Value::Map(config), Value::Map(prior)) => {
            let same = |(key, c)| prior.get(key).is_some_and(|p| is_same_element(inner, c, p));
            config.len() == prior.len() && config.iter().all(same)
        }
        _ => false,
    }
}

/// Something changes: computed values that do not promise to survive it become unknown.
pub(super) fn unsettle(attributes: &[Attribute], planned: &mut Value) {
    for attribute in attributes {
        if attribute.presence == Presence::Computed {
            if !attribute.keep_state {
                planned.set(attribute.name, Value::Unknown);
            }
        } else if let AttributeKind::Nested(Nesting::Single, inner) = &attribute.kind {
            let mut nested = planned.get(attribute.name).clone();
            if nested.is_set() {
                unsettle(inner, &mut nested);
                planned.set(attribute.name, nested);
            }
        }
    }
}

/// The attributes whose change replaces the object.
pub(super) fn replacements(
    block: &Block,
    config: &Value,
    prior: &Value,
    planned: &Value,
) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    let root = AttributePath::root();
    find_replacements(&block.attributes, config, prior, planned, &root, &mut paths);
    paths
}

fn find_replacements(
    attributes: &[Attribute],
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    found: &mut Vec<AttributePath>,
) {
    for attribute in attributes {
        let name = attribute.name;
        let (config, prior, planned) = (config.get(name), prior.get(name), planned.get(name));
        if prior == planned {
            continue;
        }
        let path = path.attribute(name);
        let replaces = match attribute.replace {
            Replace::Never => false,
            Replace::Always => true,
            Replace::IfConfigured => !config.is_null(),
        };
        if replaces {
            found.push(path);
        } else if let AttributeKind::Nested(Nesting::Single, inner) = &attribute.kind
            && prior.is_set()
            && planned.is_set()
        {
            find_replacements(inner, config, prior, planned, &path, found);
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
