//! What flows between Terraform and a resource: a value that may be null or not yet known.
//!
//! Knows nothing of the wire, of schemas or of the catalog. Used by every other module of the
//! provider: `codec` reads and writes it, `lifecycle` plans with it, resources map it.

mod number;
mod path;
mod set;

use std::cmp::Ordering;
use std::collections::BTreeMap;

pub use number::{Number, NumberError, Wire};
pub use path::{AttributePath, Step};
pub use set::ValueSet;

use crate::schema::Type;

/// A Terraform value. Equality is Terraform's: numbers compare as numbers, sets without order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Known only after apply.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// Text.
    String(String),
    /// Elements in order, all of one type.
    List(Vec<Value>),
    /// Elements without order or repetition, all of one type.
    Set(ValueSet),
    /// Elements in order, each of its own type.
    Tuple(Vec<Value>),
    /// Elements by key, all of one type.
    Map(BTreeMap<String, Value>),
    /// Attributes by name, exactly those of its type.
    Object(BTreeMap<String, Value>),
    /// A value that brings its own type, where the schema says `dynamic`.
    Dynamic(Box<Type>, Box<Value>),
}

static NULL: Value = Value::Null;

impl Value {
    /// An object of these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map of these elements.
    pub fn map<K: Into<String>>(elements: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(elements.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A set of these elements: order is dropped, repetitions collapse.
    pub fn set_of(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Set(elements.into_iter().collect())
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether it is unknown itself (its elements may be unknown even when it is not).
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// Whether it is neither null nor unknown.
    pub fn is_set(&self) -> bool {
        !self.is_null() && !self.is_unknown()
    }

    /// Whether nothing in it is unknown, at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown => false,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            Value::List(elements) | Value::Tuple(elements) => {
                elements.iter().all(Value::is_wholly_known)
            }
            Value::Set(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(elements) | Value::Object(elements) => {
                elements.values().all(Value::is_wholly_known)
            }
            Value::Dynamic(_, value) => value.is_wholly_known(),
        }
    }

    /// The attribute or map element of this name; null where there is none.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Value::Object(elements) | Value::Map(elements) => elements.get(name).unwrap_or(&NULL),
            _ => &NULL,
        }
    }

    /// Sets the attribute of an object or the element of a map; anything else is left alone.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(elements) | Value::Map(elements) = self {
            elements.insert(name.to_owned(), value.into());
        }
    }

    /// The same object with this attribute set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Value {
        self.set(name, value);
        self
    }

    /// The value at a path; `None` where the path leads nowhere.
    pub fn at(&self, path: &AttributePath) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match (step, value) {
            (Step::Attribute(name), Value::Object(elements)) => elements.get(name),
            (Step::Key(key), Value::Map(elements)) => elements.get(key),
            (Step::Index(index), Value::List(elements) | Value::Tuple(elements)) => {
                elements.get(*index)
            }
            _ => None,
        })
    }

    /// The text, where it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// The flag, where it is a bool.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// The number, where it is a whole one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Number(number) = self { number.as_i64() } else { None }
    }

    /// The elements of a list, set or tuple; nothing for any other value.
    pub fn elements(&self) -> &[Value] {
        match self {
            Value::List(elements) | Value::Tuple(elements) => elements,
            Value::Set(elements) => elements.as_slice(),
            _ => &[],
        }
    }

    /// The entries of a map or object in the order of their names; nothing for any other value.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        let entries = match self {
            Value::Map(entries) | Value::Object(entries) => Some(entries),
            _ => None,
        };
        entries.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    /// The same value with null wherever something was unknown. States may hold no unknowns.
    #[must_use]
    pub fn without_unknowns(self) -> Value {
        match self {
            Value::Unknown => Value::Null,
            Value::List(elements) => Value::List(known(elements)),
            Value::Tuple(elements) => Value::Tuple(known(elements)),
            Value::Set(elements) => {
                Value::set_of(elements.into_iter().map(Value::without_unknowns))
            }
            Value::Map(elements) => Value::Map(known_entries(elements)),
            Value::Object(elements) => Value::Object(known_entries(elements)),
            Value::Dynamic(kind, value) => Value::Dynamic(kind, Box::new(value.without_unknowns())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self,
        }
    }

    /// A total order, used only to give sets one form.
    fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) => left.cmp(right),
            (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
                left.cmp(right)
            }
            (Value::Set(left), Value::Set(right)) => left.as_slice().cmp(right.as_slice()),
            (Value::Map(left), Value::Map(right)) | (Value::Object(left), Value::Object(right)) => {
                left.cmp(right)
            }
            (Value::Dynamic(left_kind, left), Value::Dynamic(right_kind, right)) => {
                left_kind.cmp(right_kind).then_with(|| left.cmp(right))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Unknown => 1,
            Value::Bool(_) => 2,
            Value::Number(_) => 3,
            Value::String(_) => 4,
            Value::List(_) => 5,
            Value::Set(_) => 6,
            Value::Tuple(_) => 7,
            Value::Map(_) => 8,
            Value::Object(_) => 9,
            Value::Dynamic(..) => 10,
        }
    }
}

fn known(elements: Vec<Value>) -> Vec<Value> {
    elements.into_iter().map(Value::without_unknowns).collect()
}

fn known_entries(entries: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    entries.into_iter().map(|(name, value)| (name, value.without_unknowns())).collect()
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order(other)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number.into())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_know_no_order_and_no_repetition() {
        let set = |elements: &[&str]| Value::set_of(elements.iter().map(|text| (*text).into()));
        assert_eq!(set(&["b", "a", "b"]), set(&["a", "b"]));
        assert_ne!(set(&["a"]), set(&["b"]));
        let unknowns = Value::set_of([Value::Unknown, Value::Unknown]);
        assert_eq!(unknowns.elements().len(), 2, "they may turn out to differ");
    }

    #[test]
    fn paths_lead_to_values() {
        let value = Value::object([
            ("rules", Value::List(vec![Value::object([("days", 7.into())])])),
            ("tags", Value::map([("a.b", "x".into())])),
        ]);
        let days = AttributePath::from("rules").index(0).attribute("days");
        assert_eq!(value.at(&days), Some(&7.into()));
        assert_eq!(days.to_string(), "rules[0].days");
        assert_eq!(value.at(&AttributePath::from("tags").key("a.b")), Some(&"x".into()));
        assert_eq!(value.at(&AttributePath::from("tags").attribute("a.b")), None);
        assert_eq!(value.at(&AttributePath::from("rules").index(1)), None);
        assert_eq!(value.at(&AttributePath::root()), Some(&value));
    }

    #[test]
    fn unknowns_are_found_and_taken_out_at_every_depth() {
        let deep = Value::List(vec![Value::object([("a", Value::set_of([Value::Unknown]))])]);
        assert!(!deep.is_wholly_known() && deep.is_set());
        let known = deep.without_unknowns();
        assert!(known.is_wholly_known());
        assert_eq!(known, Value::List(vec![Value::object([("a", Value::set_of([Value::Null]))])]));
    }
}
