//! To and from `serde_json::Value`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};

use super::{Arena, Value};

impl<'a> Value<'a> {
    /// Copies a JSON value into the arena. Integers beyond 64 bits become doubles.
    pub fn from_json(json: &Json, arena: &'a Arena) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => number_value(number),
            Json::String(text) => Value::String(arena.alloc_str(text)),
            Json::Array(items) => Value::List(
                arena.alloc_slice_fill_iter(items.iter().map(|item| Value::from_json(item, arena))),
            ),
            Json::Object(fields) => {
                Value::Map(
                    arena.alloc_slice_fill_iter(fields.iter().map(|(key, item)| {
                        (&*arena.alloc_str(key), Value::from_json(item, arena))
                    })),
                )
            }
        }
    }

    /// The nearest JSON. Bytes become base64, a type its name, times and what is opaque text, an
    /// absent optional null; keys become strings. Unknown has no JSON and becomes null: callers that care ask first.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null | Value::Unknown | Value::Optional(None) => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Int(number) => Json::Number((*number).into()),
            Value::Uint(number) => Json::Number((*number).into()),
            Value::Double(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Value::String(text) => Json::String((*text).to_owned()),
            Value::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Map(_) | Value::Dictionary(_) => {
                let fields = self.entries().map(|(key, item)| match key {
                    Value::String(name) => (name.to_owned(), item.to_json()),
                    other => (other.to_string(), item.to_json()),
                });
                Json::Object(fields.collect::<Map<_, _>>())
            }
            Value::Type(kind) => Json::String(kind.name().to_owned()),
            Value::Timestamp(time) => Json::String(time.to_string()),
            Value::Duration(duration) => Json::String(duration.to_string()),
            Value::Opaque(opaque) => Json::String(opaque.to_string()),
            Value::Optional(Some(value)) => value.to_json(),
        }
    }
}

fn number_value<'a>(number: &Number) -> Value<'a> {
    match (number.as_i64(), number.as_f64()) {
        (Some(integer), _) => Value::Int(integer),
        (None, Some(double)) => Value::Double(double),
        // Beyond every double; the reader of this crate refuses such numbers.
        (None, None) => Value::Null,
    }
}
