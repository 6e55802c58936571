//! The rules that Terraform core applies to schemas, checked in our own tests first.
//!
//! A schema that breaks one makes every command fail, so the suites call this on every schema.

use std::collections::BTreeSet;

use super::{Attribute, AttributeKind, Block, Nesting, Presence, Schema, Type};

/// A rule that a schema breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{place}` {problem}")]
pub struct SchemaError {
    /// Which attribute or block.
    pub place: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Words that mean something to Terraform in every resource.
const META_ARGUMENTS: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

impl Schema {
    /// Every rule that this schema, as one of a resource, breaks.
    pub fn check(&self) -> Vec<SchemaError> {
        let mut errors = Vec::new();
        let names = self.block.attributes.iter().map(|a| a.name);
        for name in names.chain(self.block.blocks.iter().map(|b| b.name)) {
            if META_ARGUMENTS.contains(&name) {
                errors.push(error("", name, "is a word of Terraform's own"));
            }
        }
        check_block(&self.block, "", &mut errors);
        errors
    }
}

fn error(prefix: &str, name: &str, problem: &'static str) -> SchemaError {
    SchemaError { place: format!("{prefix}{name}"), problem }
}

fn check_block(block: &Block, prefix: &str, errors: &mut Vec<SchemaError>) {
    let names = block.attributes.iter().map(|a| a.name).chain(block.blocks.iter().map(|b| b.name));
    check_names(names, prefix, errors);
    for attribute in &block.attributes {
        check_attribute(attribute, prefix, false, errors);
    }
    for nested in &block.blocks {
        check_block(&nested.block, &format!("{prefix}{}.", nested.name), errors);
    }
}

fn check_names<'a>(
    names: impl Iterator<Item = &'a str>,
    prefix: &str,
    errors: &mut Vec<SchemaError>,
) {
    let mut seen = BTreeSet::new();
    for name in names {
        let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !valid {
            errors.push(error(prefix, name, "is not a name of lower-case letters, digits and `_`"));
        }
        if !seen.insert(name) {
            errors.push(error(prefix, name, "appears twice"));
        }
    }
}

fn check_attribute(
    attribute: &Attribute,
    prefix: &str,
    in_set: bool,
    errors: &mut Vec<SchemaError>,
) {
    let mut report = |problem| errors.push(error(prefix, attribute.name, problem));
    if attribute.default.is_some() && attribute.presence != Presence::OptionalComputed {
        report("has a default but is not optional and computed");
    }
    if attribute.keep_state && !attribute.is_computed() {
        report("keeps its state but is not computed");
    }
    if in_set && attribute.is_computed() {
        report("is computed inside a set");
    }
    match &attribute.kind {
        AttributeKind::Plain(kind) => {
            if hides_dynamic(kind, false) {
                report("holds `dynamic` in a collection");
            }
        }
        AttributeKind::Nested(nesting, attributes) => {
            let prefix = format!("{prefix}{}.", attribute.name);
            check_names(attributes.iter().map(|a| a.name), &prefix, errors);
            for inner in attributes {
                check_attribute(inner, &prefix, in_set || *nesting == Nesting::Set, errors);
            }
        }
    }
}

fn hides_dynamic(kind: &Type, inside: bool) -> bool {
    match kind {
        Type::Bool | Type::Number | Type::String => false,
        Type::Dynamic => inside,
        Type::List(element) | Type::Set(element) | Type::Map(element) => {
            hides_dynamic(element, true)
        }
        Type::Tuple(kinds) => kinds.iter().any(|kind| hides_dynamic(kind, true)),
        Type::Object(kinds) => kinds.values().any(|kind| hides_dynamic(kind, true)),
    }
}
