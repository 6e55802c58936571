//! Fixes applied in memory: copies only the way to what changes, shares the rest.

use super::{Fix, Operation};
use crate::value::{Arena, Segment, Value};

/// The value with the fixes applied, in their order. A fix that would set what is there, that would
/// replace or remove what is not, or that leads through something that is no map, changes nothing.
pub fn simulate<'a>(object: Value<'a>, fixes: &[Fix], arena: &'a Arena) -> Value<'a> {
    fixes.iter().fold(object, |object, fix| {
        let segments = fix.path.segments();
        let known = |value| Value::from_json(value, arena);
        match &fix.operation {
            Operation::Set(value) => set(object, segments, known(value), arena),
            Operation::SetUnknown => set(object, segments, Value::Unknown, arena),
            Operation::Replace(value) => replace(object, segments, known(value), arena),
            Operation::Remove => remove(object, segments, arena),
        }
    })
}

fn set<'a>(at: Value<'a>, path: &[Segment], value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match path.split_first() {
        None if at.is_null() => value,
        None => at,
        Some((Segment::Field(name), rest)) => match at {
            Value::Null => {
                let below = set(Value::Null, rest, value, arena);
                Value::Map(arena.alloc_slice_copy(&[(&*arena.alloc_str(name), below)]))
            }
            Value::Map(fields) => {
                let before = at.get(name).unwrap_or_default();
                with_field(fields, name, set(before, rest, value, arena), arena)
            }
            other => other,
        },
        Some((Segment::Index(index), rest)) => {
            with_element(at, *index, |before| set(before, rest, value, arena), arena)
        }
    }
}

/// Another value for what is there.
fn replace<'a>(at: Value<'a>, path: &[Segment], value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match (path.split_first(), at) {
        (None, _) => value,
        (Some((Segment::Field(name), rest)), Value::Map(fields)) => match at.get(name) {
            Some(before) => with_field(fields, name, replace(before, rest, value, arena), arena),
            None => at,
        },
        (Some((Segment::Index(index), rest)), Value::List(_)) => {
            with_element(at, *index, |before| replace(before, rest, value, arena), arena)
        }
        (Some(_), other) => other,
    }
}

fn remove<'a>(at: Value<'a>, path: &[Segment], arena: &'a Arena) -> Value<'a> {
    match path.split_first() {
        None => at,
        Some((Segment::Field(name), rest)) => match at {
            Value::Map(fields) if rest.is_empty() => {
                let kept: Vec<_> = fields.iter().filter(|(own, _)| own != name).copied().collect();
                Value::Map(arena.alloc_slice_copy(&kept))
            }
            Value::Map(fields) => match at.get(name) {
                Some(before) => with_field(fields, name, remove(before, rest, arena), arena),
                None => at,
            },
            other => other,
        },
        Some((Segment::Index(index), [])) => match at {
            Value::List(items) => {
                let kept: Vec<_> = items
                    .iter()
                    .enumerate()
                    .filter(|(own, _)| own != index)
                    .map(|(_, item)| *item)
                    .collect();
                Value::List(arena.alloc_slice_copy(&kept))
            }
            other => other,
        },
        Some((Segment::Index(index), rest)) => {
            with_element(at, *index, |before| remove(before, rest, arena), arena)
        }
    }
}

fn with_field<'a>(
    fields: &[(&'a str, Value<'a>)],
    name: &str,
    value: Value<'a>,
    arena: &'a Arena,
) -> Value<'a> {
    let mut changed = Vec::with_capacity(fields.len() + 1);
    changed.extend_from_slice(fields);
    match changed.iter_mut().find(|(own, _)| *own == name) {
        Some((_, own)) => *own = value,
        None => changed.push((arena.alloc_str(name), value)),
    }
    Value::Map(arena.alloc_slice_copy(&changed))
}

fn with_element<'a>(
    list: Value<'a>,
    index: usize,
    change: impl FnOnce(Value<'a>) -> Value<'a>,
    arena: &'a Arena,
) -> Value<'a> {
    let Value::List(items) = list else { return list };
    let mut items = items.to_vec();
    match items.get_mut(index) {
        Some(item) => *item = change(*item),
        None => return list,
    }
    Value::List(arena.alloc_slice_copy(&items))
}
