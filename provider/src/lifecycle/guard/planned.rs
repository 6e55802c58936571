//! Core's rules for a planned value: as configured, as it was, or computed where that is allowed.

use super::Violation;
use crate::schema::{Attribute, AttributeKind, Block, Nesting};
use crate::value::{AttributePath, Value};

/// `values` are prior, config and planned, here and below.
pub(super) fn check_block(
    block: &Block,
    values: [&Value; 3],
    path: &AttributePath,
    found: &mut Vec<Violation>,
) {
    let [_, config, planned] = values;
    let problem = match (config, planned) {
        (Value::Null, Value::Null) | (Value::Unknown, Value::Unknown) => return,
        (Value::Null, _) => "is planned although the configuration does not want it",
        (_, Value::Null) => "is planned as absent although the configuration wants it",
        (_, Value::Unknown) => "is planned as unknown although the configuration is known",
        (Value::Unknown, _) => "is planned as known although the configuration is unknown",
        _ => {
            check_attributes(&block.attributes, values, path, found);
            for nested in &block.blocks {
                let values = values.map(|value| value.get(nested.name));
                check_block(&nested.block, values, &path.attribute(nested.name), found);
            }
            return;
        }
    };
    found.push(Violation::new(path, problem));
}

fn check_attributes(
    attributes: &[Attribute],
    values: [&Value; 3],
    path: &AttributePath,
    found: &mut Vec<Violation>,
) {
    for attribute in attributes {
        let values = values.map(|value| value.get(attribute.name));
        check_attribute(attribute, values, &path.attribute(attribute.name), found);
    }
}

fn check_attribute(
    attribute: &Attribute,
    values: [&Value; 3],
    path: &AttributePath,
    found: &mut Vec<Violation>,
) {
    let [prior, config, planned] = values;
    let as_before = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || as_before || (attribute.is_computed() && config.is_null()) {
        return;
    }
    if let AttributeKind::Nested(nesting, attributes) = &attribute.kind
        && config.is_set()
    {
        return check_nested(*nesting, attributes, values, path, found);
    }
    found.push(Violation::new(
        path,
        match config {
            Value::Null => "is planned although it is not computed and not configured",
            _ if prior.is_null() => "is not planned as configured",
            _ => "is planned neither as configured nor as it was",
        },
    ));
}

fn check_nested(
    nesting: Nesting,
    attributes: &[Attribute],
    [prior, config, planned]: [&Value; 3],
    path: &AttributePath,
    found: &mut Vec<Violation>,
) {
    if !planned.is_set() {
        let problem =
            format!("is planned as {} although it is configured", super::kind_of(planned));
        return found.push(Violation::new(path, problem));
    }
    match nesting {
        Nesting::Single => check_attributes(attributes, [prior, config, planned], path, found),
        Nesting::List => {
            let (configured, elements) = (config.elements(), planned.elements());
            if configured.len() != elements.len() {
                return found.push(Violation::new(path, count(configured, elements)));
            }
            for (index, (config, planned)) in configured.iter().zip(elements).enumerate() {
                let prior = prior.elements().get(index).unwrap_or(&Value::Null);
                let path = path.index(index);
                check_element(attributes, [prior, config, planned], &path, found);
            }
        }
        Nesting::Map => {
            let keys =
                |value: &Value| value.entries().map(|(k, _)| k.to_owned()).collect::<Vec<_>>();
            if keys(config) != keys(planned) {
                return found.push(Violation::new(path, "has other keys than configured"));
            }
            for (key, config) in config.entries() {
                let values = [prior.get(key), config, planned.get(key)];
                check_element(attributes, values, &path.key(key), found);
            }
        }
        // Elements of a set have no counterpart to be compared with; their number has.
        Nesting::Set => {
            if config.elements().len() != planned.elements().len() {
                let problem = count(config.elements(), planned.elements());
                found.push(Violation::new(path, problem));
            }
        }
    }
}

fn check_element(
    attributes: &[Attribute],
    values: [&Value; 3],
    path: &AttributePath,
    found: &mut Vec<Violation>,
) {
    let [_, config, planned] = values;
    if config.is_set() && planned.is_set() {
        check_attributes(attributes, values, path, found);
    } else if config != planned {
        found.push(Violation::new(path, "is not planned as configured"));
    }
}

fn count(configured: &[Value], planned: &[Value]) -> String {
    format!("has {} elements, {} are configured", planned.len(), configured.len())
}
