//! Between the wire's messages and our own types: schemas, diagnostics, paths, values.

use std::collections::BTreeMap;

use tfplugin_proto::tfplugin6 as wire;

use crate::codec::{CodecError, json, msgpack};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::schema::{
    Attribute, AttributeKind, Block, NestedBlock, Nesting, Presence, Schema, Type,
};
use crate::value::{AttributePath, Step, Value};

/// Reads a value; one that is not there is null.
pub(super) fn value(
    value: Option<&wire::DynamicValue>,
    kind: &Type,
    what: &str,
) -> Result<Value, Diagnostics> {
    let read = match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, kind),
        Some(value) if !value.json.is_empty() => json::decode(&value.json, kind),
        _ => Ok(Value::Null),
    };
    read.map_err(|error| codec_failed("could not be read", what, &error))
}

/// Writes a value.
pub(super) fn dynamic_value(
    value: &Value,
    kind: &Type,
    what: &str,
) -> Result<wire::DynamicValue, Diagnostics> {
    let msgpack = msgpack::encode(value, kind)
        .map_err(|error| codec_failed("could not be written", what, &error))?;
    Ok(wire::DynamicValue { msgpack, json: Vec::new() })
}

pub(super) fn codec_failed(problem: &str, what: &str, error: &CodecError) -> Diagnostics {
    let detail = format!(
        "{what} {problem}: {error}\n\nTerraform and the provider disagree about the schema. This \
         is a bug in the provider, or its state was edited by hand."
    );
    Diagnostic::error("internal error", detail).into()
}

pub(super) fn diagnostics(diagnostics: &Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics
        .iter()
        .map(|diagnostic| wire::Diagnostic {
            severity: match diagnostic.severity {
                Severity::Error => wire::diagnostic::Severity::Error,
                Severity::Warning => wire::diagnostic::Severity::Warning,
            }
            .into(),
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            attribute: match diagnostic.path.steps() {
                [] => None,
                _ => Some(path(&diagnostic.path)),
            },
        })
        .collect()
}

pub(super) fn path(path: &AttributePath) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let step = |step: &Step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(0)),
        };
        wire::attribute_path::Step { selector: Some(selector) }
    };
    wire::AttributePath { steps: path.steps().iter().map(step).collect() }
}

/// Schemas by type name.
pub(super) fn schemas<'a>(
    schemas: impl Iterator<Item = (&'a str, &'a Schema)>,
) -> BTreeMap<String, wire::Schema> {
    schemas.map(|(name, schema)| (name.to_owned(), self::schema(schema))).collect()
}

pub(super) fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

fn block(block: &Block) -> wire::schema::Block {
    wire::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn nested_block(nested: &NestedBlock) -> wire::schema::NestedBlock {
    wire::schema::NestedBlock {
        type_name: nested.name.to_owned(),
        block: Some(block(&nested.block)),
        nesting: wire::schema::nested_block::NestingMode::Single.into(),
        min_items: 0,
        max_items: 0,
    }
}

fn attribute(attribute: &Attribute) -> wire::schema::Attribute {
    let (plain, nested_type) = match &attribute.kind {
        AttributeKind::Plain(kind) => (kind.to_json().to_string().into_bytes(), None),
        AttributeKind::Nested(nesting, inner) => (Vec::new(), Some(object(*nesting, inner))),
    };
    wire::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: plain,
        nested_type,
        description: attribute.description.to_owned(),
        description_kind: wire::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.unwrap_or_default().to_owned(),
        ..Default::default()
    }
}

fn object(nesting: Nesting, attributes: &[Attribute]) -> wire::schema::Object {
    use wire::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    wire::schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..Default::default()
    }
}
