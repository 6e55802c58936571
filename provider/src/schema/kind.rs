//! Terraform's types and their JSON spelling (`["map","string"]`).

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Deepest nesting of a type that is read from the wire.
const DEEPEST: usize = 64;

/// The type of a value.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// Any type; the value brings its own. No schema of ours may use it in a collection.
    Dynamic,
    /// `list(T)`
    List(Box<Type>),
    /// `set(T)`
    Set(Box<Type>),
    /// `map(T)`
    Map(Box<Type>),
    /// `tuple([T, …])`
    Tuple(Vec<Type>),
    /// `object({ name = T, … })`
    Object(BTreeMap<String, Type>),
}

/// Why a JSON text is not a type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a type")]
pub struct TypeError(String);

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// `object({ … })`
    pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Type)>) -> Type {
        Type::Object(attributes.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect())
    }

    /// The JSON spelling.
    pub fn to_json(&self) -> Json {
        let pair = |name: &str, inner: Json| Json::Array(vec![Json::from(name), inner]);
        match self {
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::Dynamic => "dynamic".into(),
            Type::List(element) => pair("list", element.to_json()),
            Type::Set(element) => pair("set", element.to_json()),
            Type::Map(element) => pair("map", element.to_json()),
            Type::Tuple(kinds) => pair("tuple", kinds.iter().map(Type::to_json).collect()),
            Type::Object(kinds) => pair(
                "object",
                Json::Object(kinds.iter().map(|(n, k)| (n.clone(), k.to_json())).collect()),
            ),
        }
    }

    /// Reads the JSON spelling.
    pub fn from_json(json: &Json) -> Result<Type, TypeError> {
        Self::from_json_within(json, DEEPEST)
    }

    fn from_json_within(json: &Json, depth: usize) -> Result<Type, TypeError> {
        let wrong = || TypeError(json.to_string().chars().take(80).collect());
        let depth = depth.checked_sub(1).ok_or_else(wrong)?;
        let inner = |json: &Json| Self::from_json_within(json, depth);
        if let Json::String(name) = json {
            return match name.as_str() {
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                "dynamic" => Ok(Type::Dynamic),
                _ => Err(wrong()),
            };
        }
        match json.as_array().map(Vec::as_slice) {
            Some([Json::String(name), element]) if name == "list" => {
                Ok(Type::list(inner(element)?))
            }
            Some([Json::String(name), element]) if name == "set" => Ok(Type::set(inner(element)?)),
            Some([Json::String(name), element]) if name == "map" => Ok(Type::map(inner(element)?)),
            Some([Json::String(name), Json::Array(kinds)]) if name == "tuple" => {
                Ok(Type::Tuple(kinds.iter().map(inner).collect::<Result<_, _>>()?))
            }
            Some([Json::String(name), Json::Object(kinds), ..]) if name == "object" => {
                let kinds = kinds.iter().map(|(name, kind)| Ok((name.clone(), inner(kind)?)));
                Ok(Type::Object(kinds.collect::<Result<_, _>>()?))
            }
            _ => Err(wrong()),
        }
    }
}
