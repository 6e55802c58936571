//! JSON as Terraform stores states, read leniently: states outlive schemas.

use serde_json::Value as Json;

use super::{CodecError, DEEPEST};
use crate::schema::Type;
use crate::value::Value;

/// Reads a value of this type from text.
pub fn decode(bytes: &[u8], kind: &Type) -> Result<Value, CodecError> {
    let json: Json =
        serde_json::from_slice(bytes).map_err(|error| CodecError::new(error.to_string()))?;
    from_json(&json, kind)
}

/// Reads a value of this type. Attributes that the type does not have are dropped, those that are
/// missing are null, and numbers and bools may be text, as in states of old.
pub fn from_json(json: &Json, kind: &Type) -> Result<Value, CodecError> {
    read(json, kind, DEEPEST)
}

/// The JSON of a wholly known value.
pub fn to_json(value: &Value) -> Result<Json, CodecError> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Unknown => return Err(CodecError::new("is not known")),
        Value::Bool(flag) => Json::Bool(*flag),
        // An infinity is no JSON; cty refuses it as well.
        Value::Number(number) => serde_json::from_str(&number.to_string())
            .map_err(|_| CodecError::new("has no JSON form"))?,
        Value::String(text) => Json::String(text.clone()),
        Value::List(_) | Value::Set(_) | Value::Tuple(_) => {
            let elements = value.elements().iter().enumerate();
            let elements = elements.map(|(i, v)| to_json(v).map_err(|e| e.at_index(i)));
            Json::Array(elements.collect::<Result<_, _>>()?)
        }
        Value::Map(_) | Value::Object(_) => {
            let entries = value.entries();
            let entries = entries.map(|(name, value)| {
                Ok((name.to_owned(), to_json(value).map_err(|error| error.inside(name))?))
            });
            Json::Object(entries.collect::<Result<_, _>>()?)
        }
        Value::Dynamic(kind, value) => {
            serde_json::json!({ "type": kind.to_json(), "value": to_json(value)? })
        }
    })
}

fn read(json: &Json, kind: &Type, depth: usize) -> Result<Value, CodecError> {
    let depth = depth.checked_sub(1).ok_or_else(|| CodecError::new("is nested too deeply"))?;
    if json.is_null() {
        return Ok(Value::Null);
    }
    match kind {
        Type::Bool => match json {
            Json::Bool(flag) => Ok(Value::Bool(*flag)),
            Json::String(text) if text == "true" || text == "1" => Ok(Value::Bool(true)),
            Json::String(text) if text == "false" || text == "0" => Ok(Value::Bool(false)),
            _ => Err(unexpected("a bool", json)),
        },
        Type::Number => {
            let text = match json {
                Json::Number(number) => number.to_string(),
                Json::String(text) => text.clone(),
                _ => return Err(unexpected("a number", json)),
            };
            let number = text.parse().map_err(|_| unexpected("a number", json))?;
            Ok(Value::Number(number))
        }
        Type::String => match json {
            Json::String(text) => Ok(Value::String(text.clone())),
            Json::Number(number) => Ok(Value::String(number.to_string())),
            Json::Bool(flag) => Ok(Value::String(flag.to_string())),
            _ => Err(unexpected("a string", json)),
        },
        Type::List(element) => Ok(Value::List(elements(json, element, depth)?)),
        Type::Set(element) => Ok(Value::set_of(elements(json, element, depth)?)),
        Type::Tuple(kinds) => tuple(json, kinds, depth),
        Type::Map(element) => {
            let entries = json.as_object().ok_or_else(|| unexpected("an object", json))?;
            let entries = entries.iter().map(|(key, json)| {
                let value = read(json, element, depth);
                Ok((key.clone(), value.map_err(|error| error.inside(&format!("[{key:?}]")))?))
            });
            Ok(Value::Map(entries.collect::<Result<_, _>>()?))
        }
        Type::Object(kinds) => {
            let entries = json.as_object().ok_or_else(|| unexpected("an object", json))?;
            let attributes = kinds.iter().map(|(name, kind)| {
                let value = read(entries.get(name).unwrap_or(&Json::Null), kind, depth);
                Ok((name.clone(), value.map_err(|error| error.inside(name))?))
            });
            Ok(Value::Object(attributes.collect::<Result<_, _>>()?))
        }
        Type::Dynamic => dynamic(json, depth),
    }
}

fn elements(json: &Json, kind: &Type, depth: usize) -> Result<Vec<Value>, CodecError> {
    let elements = json.as_array().ok_or_else(|| unexpected("an array", json))?;
    let elements = elements.iter().enumerate();
    elements.map(|(i, json)| read(json, kind, depth).map_err(|e| e.at_index(i))).collect()
}

fn tuple(json: &Json, kinds: &[Type], depth: usize) -> Result<Value, CodecError> {
    let elements = json.as_array().ok_or_else(|| unexpected("an array", json))?;
    if elements.len() != kinds.len() {
        let found = elements.len();
        return Err(CodecError::new(format!("has {found} elements, not {}", kinds.len())));
    }
    let pairs = elements.iter().zip(kinds).enumerate();
    let values = pairs.map(|(i, (json, kind))| read(json, kind, depth).map_err(|e| e.at_index(i)));
    Ok(Value::Tuple(values.collect::<Result<_, _>>()?))
}

fn dynamic(json: &Json, depth: usize) -> Result<Value, CodecError> {
    let (Some(kind), Some(value)) = (json.get("type"), json.get("value")) else {
        return Err(CodecError::new("is not a pair of `type` and `value`"));
    };
    let kind = Type::from_json(kind).map_err(|error| CodecError::new(error.to_string()))?;
    let value = read(value, &kind, depth)?;
    Ok(Value::Dynamic(Box::new(kind), Box::new(value)))
}

fn unexpected(wanted: &str, json: &Json) -> CodecError {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    CodecError::new(format!("{wanted} is required, found {found}"))
}
