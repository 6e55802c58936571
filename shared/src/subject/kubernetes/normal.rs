//! One form for an object, whether a file holds it or an admission review: what the API server
//! would drop is dropped, what it would fill in is filled in.
//!
//! Walks an object by the tables of `defaults` and copies only the way to what differs; an object
//! that an API server has been through mostly comes out as it went in. Knows no kind and no field;
//! called by `kubernetes`.

use bumpalo::collections::Vec;

use super::quantity::Spelt;
use crate::{
    expression::functions::image_tag,
    value::{Arena, Entry, Kind, Value, same_name},
};

/// The fields of an object that do not stay as they are.
#[derive(Debug)]
pub(super) struct Table {
    fields: &'static [(&'static str, Rule)],
    /// One bit for each field that is there even where nothing is said.
    required: u32,
    /// One bit for each field whose name has so many letters.
    lengths: [u32; LONGEST],
    finish: Option<Finish>,
}

/// No name of a field has so many letters.
const LONGEST: usize = 40;

/// What cannot be said field by field.
type Finish = for<'a> fn(&mut Draft<'a>);

/// How a field is brought to its form. What is null is absent; what is empty of its own kind
/// (`false`, 0, `""`, `[]`, `{}`) mostly is, and what is of another kind stays, to be an error.
#[derive(Debug)]
pub(super) enum Rule {
    /// Absent where it is empty, that is, this.
    Omitted(Value<'static>),
    /// This where it is absent or empty.
    Default(Value<'static>),
    /// This where it is absent; what is empty was said.
    Absent(Value<'static>),
    /// An object; empty is something else than absent.
    Object(&'static Table),
    /// An object that is there even where nothing is said.
    Always(&'static Table),
    /// An object; absent where it is empty.
    Hollow(&'static Table),
    /// A list of objects; absent where it is empty.
    Each(&'static Table),
    /// A quantity, in its canonical spelling.
    Quantity,
    /// A map of quantities, rounded to thousandths; absent where it is empty.
    Quantities,
    /// When to pull the image that this field names.
    PullPolicy(&'static str),
}

impl Table {
    pub(super) const fn new(fields: &'static [(&'static str, Rule)]) -> Self {
        assert!(fields.len() < 32, "a bit for each field");
        let (mut rest, mut bit, mut required, mut lengths) = (fields, 1, 0, [0; LONGEST]);
        while let [(name, rule), others @ ..] = rest {
            if matches!(
                rule,
                Rule::Default(_) | Rule::Absent(_) | Rule::Always(_) | Rule::PullPolicy(_)
            ) {
                required |= bit;
            }
            if let (_, [of_length, ..]) = lengths.split_at_mut(name.len()) {
                *of_length |= bit;
            }
            (rest, bit) = (others, bit << 1);
        }
        Self { fields, required, lengths, finish: None }
    }

    pub(super) const fn then(self, finish: Finish) -> Self {
        Self { finish: Some(finish), ..self }
    }

    /// Only names of the same length are looked at, which is one or none mostly.
    fn find(&self, name: &str) -> Option<(u32, &Rule)> {
        let mut candidates = *self.lengths.get(name.len())?;
        while candidates != 0 {
            let at = candidates.trailing_zeros();
            let (own, rule) = self.fields.get(at as usize)?;
            if same_name(own, name) {
                return Some((at, rule));
            }
            candidates &= candidates - 1;
        }
        None
    }
}

/// What becomes of a field or an element.
enum Outcome<T> {
    Kept,
    Dropped,
    Changed(T),
}

impl<T> Outcome<T> {
    fn of(changed: Option<T>) -> Self {
        changed.map_or(Self::Kept, Self::Changed)
    }

    fn map<U>(self, as_other: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Kept => Outcome::Kept,
            Self::Dropped => Outcome::Dropped,
            Self::Changed(value) => Outcome::Changed(as_other(value)),
        }
    }
}

/// Entries or elements one by one, copied from the first that changes on; nothing where none does.
fn pass<'a, T: Copy>(
    all: &'a [T],
    arena: &'a Arena,
    mut on: impl FnMut(T) -> Outcome<T>,
) -> Option<Vec<'a, T>> {
    let mut now: Option<Vec<'a, T>> = None;
    for (at, one) in all.iter().enumerate() {
        let outcome = on(*one);
        if let (Outcome::Kept, None) = (&outcome, &now) {
            continue;
        }
        let now = now.get_or_insert_with(|| {
            let mut before = Vec::with_capacity_in(all.len() + 2, arena);
            before.extend_from_slice(all.get(..at).unwrap_or_default());
            before
        });
        match outcome {
            Outcome::Kept => now.push(*one),
            Outcome::Changed(one) => now.push(one),
            Outcome::Dropped => {}
        }
    }
    now
}

/// The value in its form; a value of another kind than the table's stays as it is.
pub(super) fn normal<'a>(value: Value<'a>, table: &Table, arena: &'a Arena) -> Value<'a> {
    object(value, table, arena).unwrap_or(value)
}

/// The changed object; nothing where it is in its form already.
pub(super) fn object<'a>(value: Value<'a>, table: &Table, arena: &'a Arena) -> Option<Value<'a>> {
    let Value::Map(entries) = value else { return None };
    let mut missing = table.required;
    let now = pass(entries, arena, |(name, value)| {
        let Some((at, rule)) = table.find(name) else { return Outcome::Kept };
        let outcome = rule.on(value, arena);
        if !matches!(outcome, Outcome::Dropped) {
            missing &= !(1 << at);
        }
        outcome.map(|value| (name, value))
    });
    let mut draft = Draft { was: entries, now, arena };
    if missing != 0 {
        for (at, (name, rule)) in table.fields.iter().enumerate() {
            if missing & (1 << at) != 0
                && let Some(value) = rule.nothing(entries, arena)
            {
                draft.set(name, value);
            }
        }
    }
    if let Some(finish) = table.finish {
        finish(&mut draft);
    }
    draft.changed()
}

/// A list with its elements changed.
pub(super) fn each<'a>(
    list: Value<'a>,
    arena: &'a Arena,
    change: impl Fn(Value<'a>) -> Option<Value<'a>>,
) -> Option<Value<'a>> {
    let items = pass(list.as_list()?, arena, |item| Outcome::of(change(item)))?;
    Some(Value::List(items.into_bump_slice()))
}

impl Rule {
    /// What becomes of a value.
    fn on<'a>(&self, value: Value<'a>, arena: &'a Arena) -> Outcome<Value<'a>> {
        match self {
            _ if value.is_null() => Outcome::Dropped,
            Rule::Omitted(own) | Rule::Default(own) if is_empty(value, own.kind()) => {
                Outcome::Dropped
            }
            Rule::PullPolicy(_) if is_empty(value, Kind::String) => Outcome::Dropped,
            Rule::Omitted(_) | Rule::Default(_) | Rule::Absent(_) | Rule::PullPolicy(_) => {
                Outcome::Kept
            }
            Rule::Object(table) | Rule::Always(table) => Outcome::of(object(value, table, arena)),
            Rule::Hollow(table) => match object(value, table, arena) {
                Some(changed) if is_empty(changed, Kind::Map) => Outcome::Dropped,
                None if is_empty(value, Kind::Map) => Outcome::Dropped,
                changed => Outcome::of(changed),
            },
            Rule::Each(_) if is_empty(value, Kind::List) => Outcome::Dropped,
            Rule::Quantities if is_empty(value, Kind::Map) => Outcome::Dropped,
            Rule::Each(table) => Outcome::of(each(value, arena, |item| object(item, table, arena))),
            Rule::Quantity => {
                let quantity = Spelt::of(value);
                Outcome::of(quantity.and_then(|quantity| quantity.respelt(value, arena)))
            }
            Rule::Quantities => Outcome::of(quantities(value, arena)),
        }
    }

    /// What stands in the place of nothing.
    fn nothing<'a>(&self, beside: &[Entry<'a>], arena: &'a Arena) -> Option<Value<'a>> {
        match self {
            Rule::Default(value) | Rule::Absent(value) => Some(*value),
            Rule::Always(table) => Some(normal(Value::Map(&[]), table, arena)),
            Rule::PullPolicy(image) => {
                let (_, image) = beside.iter().find(|(name, _)| name == image)?;
                Some(Value::String(pull_policy(image.as_str()?)))
            }
            _ => None,
        }
    }
}

/// An image without tag and digest is `latest`; of one that cannot be parsed nothing is known.
fn pull_policy(image: &str) -> &'static str {
    match image_tag(image) {
        Some("latest") => "Always",
        _ => "IfNotPresent",
    }
}

fn quantities<'a>(value: Value<'a>, arena: &'a Arena) -> Option<Value<'a>> {
    let entries = pass(value.as_map()?, arena, |(name, value)| {
        let quantity = Spelt::of(value).map(Spelt::in_thousandths);
        let respelt = quantity.and_then(|quantity| quantity.respelt(value, arena));
        Outcome::of(respelt.map(|value| (name, value)))
    })?;
    Some(Value::Map(entries.into_bump_slice()))
}

/// Whether Go's `omitempty` leaves it out of a field of this kind.
fn is_empty(value: Value<'_>, kind: Kind) -> bool {
    let empty = matches!(
        value,
        Value::Bool(false) | Value::Int(0) | Value::String("") | Value::List([]) | Value::Map([])
    );
    empty && value.kind() == kind
}

/// An object in the making: what it was, until something changes.
pub(super) struct Draft<'a> {
    was: &'a [Entry<'a>],
    now: Option<Vec<'a, Entry<'a>>>,
    arena: &'a Arena,
}

impl<'a> Draft<'a> {
    pub(super) fn new(object: Value<'a>, arena: &'a Arena) -> Self {
        Self { was: object.as_map().unwrap_or_default(), now: None, arena }
    }

    pub(super) fn arena(&self) -> &'a Arena {
        self.arena
    }

    fn entries(&self) -> &[Entry<'a>] {
        self.now.as_deref().unwrap_or(self.was)
    }

    /// A field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<Value<'a>> {
        let mut entries = self.entries().iter();
        let (_, value) = entries.find(|(own, _)| same_name(own, name))?;
        Some(*value).filter(|value| !is_empty(*value, value.kind()))
    }

    /// Whether a field of these is there, empty or not.
    pub(super) fn has_any(&self, names: &[&str]) -> bool {
        self.entries().iter().any(|(own, value)| !value.is_null() && names.contains(own))
    }

    pub(super) fn set(&mut self, name: &'a str, value: Value<'a>) {
        let (was, arena) = (self.was, self.arena);
        let entries = self.now.get_or_insert_with(|| {
            let mut entries = Vec::with_capacity_in(was.len() + 2, arena);
            entries.extend_from_slice(was);
            entries
        });
        match entries.iter_mut().find(|(own, _)| *own == name) {
            Some((_, own)) => *own = value,
            None => entries.push((name, value)),
        }
    }

    /// The object, where something of it has changed.
    pub(super) fn changed(self) -> Option<Value<'a>> {
        self.now.map(|entries| Value::Map(entries.into_bump_slice()))
    }
}

/// The value without fields that are null, at any depth; elements of lists stay, their places
/// count. Nothing where there is none.
pub(super) fn without_nulls<'a>(value: Value<'a>, arena: &'a Arena) -> Option<Value<'a>> {
    match value {
        Value::Map(entries) => {
            let kept = pass(entries, arena, |(name, value)| match value {
                Value::Null => Outcome::Dropped,
                value => Outcome::of(without_nulls(value, arena).map(|value| (name, value))),
            })?;
            Some(Value::Map(kept.into_bump_slice()))
        }
        Value::List(_) => each(value, arena, |item| without_nulls(item, arena)),
        _ => None,
    }
}
