//! Nodes to typed values through serde, with the place of what does not fit.
//!
//! The place is that of the innermost node at fault; for a name that is not known, the name's.
//! Called by `Source::deserialize` only.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer,
    Unexpected, Visitor,
};

use super::{Entry, Kind, Node, Span, nearest};

pub(super) fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Unfit> {
    T::deserialize(At(node))
}

/// Why a node does not fit, and where once that is known.
#[derive(Debug)]
pub(super) struct Unfit {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) span: Option<Span>,
}

impl Unfit {
    fn text(message: String) -> Self {
        Self { message, help: None, span: None }
    }

    fn or_at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::text(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let unquoted = matches!(
            found,
            Unexpected::Bool(_)
                | Unexpected::Signed(_)
                | Unexpected::Unsigned(_)
                | Unexpected::Float(_)
        );
        let mut error = Self::text(format!("expected {expected}, found {}", words(found)));
        if unquoted && expected.to_string().contains("string") {
            error.help = Some("put the value in quotes".to_owned());
        }
        error
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::text(format!("expected {expected}, found {}", words(found)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut error = Self::text(format!("`{variant}` is not one of {}", listed(expected)));
        error.help = did_you_mean(variant, expected);
        error
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let mut error = Self::text(format!("`{field}` is not known here"));
        error.help = did_you_mean(field, expected)
            .or_else(|| (!expected.is_empty()).then(|| format!("known are {}", listed(expected))));
        error
    }

    fn missing_field(field: &'static str) -> Self {
        Self::text(format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::text(format!("`{field}` is set twice"))
    }
}

fn did_you_mean(name: &str, expected: &'static [&'static str]) -> Option<String> {
    nearest(name, expected.iter().copied()).map(|known| format!("did you mean `{known}`?"))
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the truth value `{value}`"),
        Unexpected::Signed(value) => format!("the number `{value}`"),
        Unexpected::Unsigned(value) => format!("the number `{value}`"),
        Unexpected::Float(value) => format!("the number `{value}`"),
        Unexpected::Str(text) => format!("the string `{text}`"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// A node as serde sees it.
#[derive(Clone, Copy)]
struct At<'n>(&'n Node);

impl At<'_> {
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match &self.0.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Int(value) => visitor.visit_i64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::String(text) => visitor.visit_str(text),
            Kind::Sequence(elements) => visitor.visit_seq(Elements(elements.iter())),
            Kind::Mapping(mapping) => {
                visitor.visit_map(Pairs { entries: mapping.entries.iter(), value: None })
            }
            Kind::Unknown => Err(Unfit::text("`!unknown` has no place here".to_owned())),
        }
    }
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit(visitor).map_err(|error| error.or_at(self.0.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|error| error.or_at(self.0.span))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self).map_err(|error| error.or_at(self.0.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match &self.0.kind {
            Kind::String(text) => {
                let variant: de::value::StrDeserializer<'_, Unfit> =
                    text.as_str().into_deserializer();
                variant.deserialize_enum(name, variants, visitor)
            }
            Kind::Mapping(mapping) if mapping.entries.len() == 1 => {
                let pairs = Pairs { entries: mapping.entries.iter(), value: None };
                visitor.visit_enum(de::value::MapAccessDeserializer::new(pairs))
            }
            _ => Err(Unfit::text(format!("expected one of {}", listed(variants)))),
        }
        .map_err(|error| error.or_at(self.0.span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }
}

struct Elements<'n>(std::slice::Iter<'n, Node>);

impl<'de> de::SeqAccess<'de> for Elements<'_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unfit> {
        self.0.next().map(|node| seed.deserialize(At(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Pairs<'n> {
    entries: std::slice::Iter<'n, Entry>,
    value: Option<&'n Node>,
}

impl<'de> de::MapAccess<'de> for Pairs<'_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unfit> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        let key: de::value::StrDeserializer<'_, Unfit> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.or_at(entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        match self.value.take() {
            Some(node) => seed.deserialize(At(node)),
            None => Err(Unfit::custom("a value was asked for before its name")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}
