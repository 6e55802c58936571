//! CEL's equality and order over values, with unknown parts.

use std::cmp::Ordering;

use super::Value;

/// Two-valued equality with unknown equal to unknown.
pub(super) fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    equal(a, b, Some(true)) == Some(true)
}

/// Three-valued equality: `None` where an unknown part decides.
pub(super) fn equals(a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    equal(a, b, None)
}

/// `unknowns` is the answer for a pair of unknown values.
fn equal(a: &Value<'_>, b: &Value<'_>, unknowns: Option<bool>) -> Option<bool> {
    let answer = match (a, b) {
        (Value::Unknown, Value::Unknown) => return unknowns,
        (Value::Unknown, _) | (_, Value::Unknown) => {
            return if unknowns.is_some() { Some(false) } else { None };
        }
        (Value::Null, Value::Null) | (Value::Optional(None), Value::Optional(None)) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Opaque(a), Value::Opaque(b)) => a == b,
        (Value::List(a), Value::List(b)) => return lists(a, b, unknowns),
        (Value::Map(_) | Value::Dictionary(_), Value::Map(_) | Value::Dictionary(_)) => {
            return maps(a, b, unknowns);
        }
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => return equal(a, b, unknowns),
        (
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
            Value::Int(_) | Value::Uint(_) | Value::Double(_),
        ) => compare(a, b) == Some(Ordering::Equal),
        _ => false,
    };
    Some(answer)
}

/// `false` wins over unknown, unknown over `true`.
fn every(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

fn lists(a: &[Value<'_>], b: &[Value<'_>], unknowns: Option<bool>) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    every(a.iter().zip(b).map(|(a, b)| equal(a, b, unknowns)))
}

fn maps(a: &Value<'_>, b: &Value<'_>, unknowns: Option<bool>) -> Option<bool> {
    if a.entry_count() != b.entry_count() {
        return Some(false);
    }
    every(a.entries().map(|(key, value)| match b.at_key(&key) {
        Some(other) => equal(&value, &other, unknowns),
        None => Some(false),
    }))
}

/// CEL's order: numbers across their kinds, strings by code point, bytes, `false` before `true`,
/// times.
pub(super) fn compare(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Int(_) | Value::Uint(_) | Value::Double(_), Value::Double(_))
        | (Value::Double(_), Value::Int(_) | Value::Uint(_)) => double(a)?.partial_cmp(&double(b)?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// A number as the nearest double, which is how CEL compares integers with doubles.
#[expect(clippy::cast_precision_loss, reason = "CEL rounds to the nearest double")]
fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

impl<'a> Value<'a> {
    /// The number of entries, of either kind of map.
    pub(crate) fn entry_count(&self) -> usize {
        match self {
            Value::Map(entries) => entries.len(),
            Value::Dictionary(entries) => entries.len(),
            _ => 0,
        }
    }

    /// The entries, of either kind of map.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let (fields, others): (&'a [super::Entry<'a>], &'a [(Value<'a>, Value<'a>)]) = match self {
            Value::Map(entries) => (entries, &[]),
            Value::Dictionary(entries) => (&[], entries),
            _ => (&[], &[]),
        };
        let fields = fields.iter().map(|(key, value)| (Value::String(key), *value));
        fields.chain(others.iter().copied())
    }

    /// The value at a key of any kind, of either kind of map. Numbers match across their kinds.
    pub(crate) fn at_key(&self, key: &Value<'_>) -> Option<Value<'a>> {
        match (self, key) {
            (Value::Map(_), Value::String(name)) => self.get(name),
            (Value::Dictionary(entries), _) => {
                entries.iter().find(|(own, _)| same(own, key)).map(|(_, value)| *value)
            }
            _ => None,
        }
    }
}
