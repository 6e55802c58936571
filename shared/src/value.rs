//! `Value`: what expressions compute with. JSON kinds, the kinds CEL adds, and `Unknown`.
//!
//! A value is small and `Copy`; strings, lists and maps are borrowed from the text that was read
//! or from an [`Arena`] that lives as long as one judgement. This module knows nothing of
//! controls, clouds or Kubernetes. Everything in this crate uses it.

mod convert;
mod display;
mod equality;
mod json;
mod legible;
mod network;
mod opaque;
mod path;
mod quantity;
mod semver;
mod time;
mod url;

use std::cmp::Ordering;

pub use bumpalo::Bump as Arena;

pub use json::{JsonError, MAX_DEPTH, plain_length, read_json};
pub use legible::{is_hidden, legible};
pub use network::Cidr;
pub(crate) use network::parse_ip;
pub use opaque::Opaque;
pub use path::{Path, PathError, Segment};
pub use quantity::Quantity;
pub use semver::Semver;
pub use time::{Duration, Timestamp};
pub use url::Url;

/// One entry of a [`Value::Map`].
pub type Entry<'a> = (&'a str, Value<'a>);

/// A value, borrowed from its source or from an arena.
///
/// The discriminant fills a word, so that every payload starts at the second one: values are
/// then copied in whole words. Evaluation takes half the time that it took without.
#[derive(Clone, Copy, Debug, Default)]
#[repr(u64)]
pub enum Value<'a> {
    /// JSON's and CEL's null.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A 64-bit integer without a sign; JSON never makes one.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(&'a str),
    /// Raw bytes; JSON never makes them.
    Bytes(&'a [u8]),
    /// A list.
    List(&'a [Value<'a>]),
    /// A map whose keys are all strings, in the order of its source: every JSON object.
    Map(&'a [Entry<'a>]),
    /// A map with a key that is not a string; only a map written in an expression can be one.
    Dictionary(&'a [(Value<'a>, Value<'a>)]),
    /// A type, as `type(x)` gives it.
    Type(Kind),
    /// A point in time.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// What only functions look into: addresses, quantities, versions, URLs, formats.
    Opaque(&'a Opaque<'a>),
    /// A value that may be absent, as `a.?b` gives it.
    Optional(Option<&'a Value<'a>>),
    /// A value that exists but is not known yet.
    Unknown,
}

/// The kind of a value: what `type(x)` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `bytes`
    Bytes,
    /// `net.CIDR`
    Cidr,
    /// `double`
    Double,
    /// `google.protobuf.Duration`
    Duration,
    /// `kubernetes.NamedFormat`
    Format,
    /// `int`
    Int,
    /// `net.IP`
    Ip,
    /// `list`
    List,
    /// `map`
    Map,
    /// `null_type`
    Null,
    /// `optional_type`
    Optional,
    /// `kubernetes.Quantity`
    Quantity,
    /// `kubernetes.Semver`
    Semver,
    /// `string`
    String,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `type`
    Type,
    /// `uint`
    Uint,
    /// `kubernetes.URL`
    Url,
    /// No CEL type: the kind of [`Value::Unknown`].
    Unknown,
}

impl Kind {
    /// The kinds that have a name in expressions.
    pub const NAMED: [Kind; 19] = [
        Kind::Bool,
        Kind::Bytes,
        Kind::Cidr,
        Kind::Double,
        Kind::Duration,
        Kind::Format,
        Kind::Int,
        Kind::Ip,
        Kind::List,
        Kind::Map,
        Kind::Null,
        Kind::Optional,
        Kind::Quantity,
        Kind::Semver,
        Kind::String,
        Kind::Timestamp,
        Kind::Type,
        Kind::Uint,
        Kind::Url,
    ];

    /// The name as expressions spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Bytes => "bytes",
            Kind::Cidr => "net.CIDR",
            Kind::Double => "double",
            Kind::Duration => "google.protobuf.Duration",
            Kind::Format => "kubernetes.NamedFormat",
            Kind::Int => "int",
            Kind::Ip => "net.IP",
            Kind::List => "list",
            Kind::Map => "map",
            Kind::Null => "null_type",
            Kind::Optional => "optional_type",
            Kind::Quantity => "kubernetes.Quantity",
            Kind::Semver => "kubernetes.Semver",
            Kind::String => "string",
            Kind::Timestamp => "google.protobuf.Timestamp",
            Kind::Type => "type",
            Kind::Uint => "uint",
            Kind::Url => "kubernetes.URL",
            Kind::Unknown => "unknown",
        }
    }

    /// As messages and documentation call it: without the package of its name.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Cidr => "cidr",
            Kind::Duration => "duration",
            Kind::Format => "format",
            Kind::Ip => "ip",
            Kind::Null => "null",
            Kind::Optional => "optional",
            Kind::Quantity => "quantity",
            Kind::Semver => "semver",
            Kind::Timestamp => "timestamp",
            Kind::Url => "url",
            other => other.name(),
        }
    }
}

impl<'a> Value<'a> {
    /// The kind of this value.
    pub const fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Uint(_) => Kind::Uint,
            Value::Double(_) => Kind::Double,
            Value::String(_) => Kind::String,
            Value::Bytes(_) => Kind::Bytes,
            Value::List(_) => Kind::List,
            Value::Map(_) | Value::Dictionary(_) => Kind::Map,
            Value::Type(_) => Kind::Type,
            Value::Timestamp(_) => Kind::Timestamp,
            Value::Duration(_) => Kind::Duration,
            Value::Opaque(opaque) => opaque.kind(),
            Value::Optional(_) => Kind::Optional,
            Value::Unknown => Kind::Unknown,
        }
    }

    /// The value of a map's field; `None` where it is absent or this is no map.
    pub fn get(&self, field: &str) -> Option<Value<'a>> {
        self.field(field).copied()
    }

    /// As [`Value::get`], by reference into the map.
    #[inline]
    pub fn field(&self, field: &str) -> Option<&'a Value<'a>> {
        match self {
            Value::Map(entries) => find(entries, field),
            Value::Dictionary(entries) => entries
                .iter()
                .find(|(key, _)| matches!(key, Value::String(name) if *name == field))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The element of a list.
    pub fn index(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Value::List(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// Follows a path; `None` where some step is absent. A step into an unknown value is unknown.
    pub fn lookup(&self, path: &Path) -> Option<Value<'a>> {
        path.segments().iter().try_fold(*self, |value, segment| match (value, segment) {
            (Value::Unknown, _) => Some(Value::Unknown),
            (_, Segment::Field(name)) => value.get(name),
            (_, Segment::Index(index)) => value.index(*index),
        })
    }

    /// The text, if this is a string.
    pub const fn as_str(&self) -> Option<&'a str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The integer, if this is one (or an unsigned one that fits).
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            Value::Uint(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub const fn as_list(&self) -> Option<&'a [Value<'a>]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a map with string keys.
    pub const fn as_map(&self) -> Option<&'a [Entry<'a>]> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Whether this is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether this is the unknown value itself.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// Whether this is unknown or holds something unknown, at any depth.
    pub fn has_unknown(&self) -> bool {
        match self {
            Value::Unknown => true,
            Value::List(items) => items.iter().any(Value::has_unknown),
            Value::Map(entries) => entries.iter().any(|(_, value)| value.has_unknown()),
            Value::Dictionary(entries) => entries.iter().any(|(_, value)| value.has_unknown()),
            Value::Optional(Some(value)) => value.has_unknown(),
            _ => false,
        }
    }

    /// CEL's equality, three-valued: `None` where an unknown part decides.
    ///
    /// Numbers compare by value across their kinds, maps without regard to order, values of
    /// different kinds are not equal, and NaN equals nothing.
    pub fn equals(&self, other: &Value<'_>) -> Option<bool> {
        equality::equals(self, other)
    }

    /// CEL's order; `None` where the two have none (different kinds, NaN, lists, unknown).
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        equality::compare(self, other)
    }
}

/// [`Value::equals`], with unknown equal to unknown: for tests and look-ups, not for judging.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        equality::same(self, other)
    }
}

/// Finds a field.
#[inline]
fn find<'a>(entries: &'a [Entry<'a>], field: &str) -> Option<&'a Value<'a>> {
    entries.iter().find(|(key, _)| same_name(key, field)).map(|(_, value)| value)
}

/// Whether two names are the same; for what is asked many times of every object. Lengths differ more
/// often than not, and most names fit into two words: no call is made for those.
#[inline]
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len()
        && match a.len() {
            0..4 => a.iter().eq(b),
            4..8 => same_ends::<4>(a, b),
            8..=16 => same_ends::<8>(a, b),
            _ => a == b,
        }
}

/// Whether the first and the last `N` bytes are the same, which may overlap.
#[inline]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::String(text)
    }
}

#[cfg(test)]
mod tests;
