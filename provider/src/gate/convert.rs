//! From Terraform's values to the catalog's, and from the catalog's fixes back.

use probity_catalog::value::Segment;
use probity_catalog::{Arena, Value as Fact};
use serde_json::Value as Json;

use crate::schema::Type;
use crate::value::Value;

/// A value as expressions see it. Numbers that are no 64-bit integer become doubles.
pub(super) fn to_fact<'a>(value: &Value, arena: &'a Arena) -> Fact<'a> {
    match value {
        Value::Null => Fact::Null,
        Value::Unknown => Fact::Unknown,
        Value::Bool(flag) => Fact::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Fact::Int(number),
            None => Fact::Double(number.to_string().parse().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Fact::String(arena.alloc_str(text)),
        Value::List(_) | Value::Set(_) | Value::Tuple(_) => {
            let elements: Vec<_> =
                value.elements().iter().map(|element| to_fact(element, arena)).collect();
            Fact::List(arena.alloc_slice_copy(&elements))
        }
        Value::Map(_) | Value::Object(_) => {
            let entries: Vec<(&'a str, Fact<'a>)> = value
                .entries()
                .map(|(name, value)| (&*arena.alloc_str(name), to_fact(value, arena)))
                .collect();
            Fact::Map(arena.alloc_slice_copy(&entries))
        }
        Value::Dynamic(_, value) => to_fact(value, arena),
    }
}

/// Sets what is absent at a path, to unknown where there is no JSON for it; absent objects on the
/// way are made, with null in the rest.
pub(super) fn set(value: &mut Value, kind: &Type, path: &[Segment], json: Option<&Json>) {
    let Some((segment, rest)) = path.split_first() else {
        if value.is_null() {
            *value = json.map_or(Value::Unknown, |json| from_json(json, kind));
        }
        return;
    };
    let (Segment::Field(name), Type::Object(kinds)) = (segment, kind) else { return };
    let Some(kind) = kinds.get(name) else { return };
    if value.is_null() {
        *value = Value::object(kinds.keys().map(|name| (name.as_str(), Value::Null)));
    }
    if let Value::Object(fields) = value
        && let Some(field) = fields.get_mut(name)
    {
        set(field, kind, rest, json);
    }
}

/// A value of this type; null where the JSON is of another.
fn from_json(json: &Json, kind: &Type) -> Value {
    match (kind, json) {
        (Type::Bool, Json::Bool(flag)) => (*flag).into(),
        (Type::Number, Json::Number(number)) => number.as_i64().map_or(Value::Null, Value::from),
        (Type::String, Json::String(text)) => text.as_str().into(),
        (Type::List(kind), Json::Array(elements)) => {
            Value::List(elements.iter().map(|element| from_json(element, kind)).collect())
        }
        (Type::Set(kind), Json::Array(elements)) => {
            Value::set_of(elements.iter().map(|element| from_json(element, kind)))
        }
        (Type::Map(kind), Json::Object(entries)) => {
            Value::map(entries.iter().map(|(name, value)| (name.as_str(), from_json(value, kind))))
        }
        (Type::Object(kinds), Json::Object(fields)) => {
            let null = Json::Null;
            Value::object(kinds.iter().map(|(name, kind)| {
                (name.as_str(), from_json(fields.get(name).unwrap_or(&null), kind))
            }))
        }
        _ => Value::Null,
    }
}
