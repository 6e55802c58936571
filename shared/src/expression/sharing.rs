//! Work that expressions have in common, done once: fields that several read, parts that several
//! compute, and conditions that are written alike but for constants. Made for all expressions of a
//! target when a catalog is loaded.
//!
//! A [`Plan`] numbers what is shared; a [`Memo`] holds what it came to for one subject or one
//! element, filled when first asked for, with what it cost. Whoever uses it is charged the same as
//! if it had done the work itself, so a verdict, an error or a spent budget never hangs on what
//! else is in the catalog. Must not know controls. `evaluate` reads the memos.

mod alike;
mod fields;
mod parts;

use std::cell::Cell;

use super::evaluate::Evaluated;
use super::family::Together;
use super::node::{At, Tier};
use super::{Expression, Slot};
use crate::value::{Arena, Value, same_name};

/// What the expressions of one target share.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    subject: Layout,
    element: Layout,
}

/// What is shared as long as the same variables are bound.
#[derive(Debug, Default)]
struct Layout {
    /// For each field that some expression reads, its holder.
    places: Vec<usize>,
    holders: Vec<Holder>,
    /// How many parts are computed once.
    parts: usize,
    /// How many families are asked together.
    families: usize,
}

/// A variable or a field under which fields are read.
#[derive(Debug)]
struct Holder {
    origin: Origin,
    /// The fields and their places, short names first.
    fields: Vec<(Box<str>, u32)>,
    /// Where among them the names of a length begin.
    starts: [u32; LENGTHS + 1],
}

/// Names this long and longer ones are looked for together.
const LENGTHS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Variable(usize),
    Place(u32),
}

/// What reading a field came to, and what the way there costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Found<'a> {
    /// Nobody has looked.
    #[default]
    Unread,
    There(u32, &'a Value<'a>),
    /// Its holder is a map without it.
    Missing(u32),
    /// So is a holder further up.
    MissingAbove(u32),
    /// The way leads over something that is no map: each reader has its own answer to that.
    Odd,
}

/// What computing a part came to, and what it cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done<'a> {
    pub(super) result: Evaluated<'a>,
    pub(super) cost: u64,
}

/// What is known of one subject or one element so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memo<'a> {
    found: &'a [Cell<Found<'a>>],
    done: &'a [Cell<Option<Done<'a>>>],
    together: &'a [Cell<Option<Together>>],
}

/// The memos that fit the values that are bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<'a> {
    pub(super) plan: &'a Plan,
    pub(super) subject: Memo<'a>,
    /// None where there is no element, or none that is worth a memo.
    pub(super) element: Option<Memo<'a>>,
}

/// Finds what expressions over the same variables have in common; `element` is the variable that
/// changes while one subject is judged.
pub(crate) fn share(expressions: &mut [&mut Expression], element: Option<Slot>) -> Plan {
    let mut plan = Plan::default();
    let element = element.map(|slot| slot.0);
    fields::share(expressions, element, &mut plan);
    parts::share(expressions, element, &mut plan);
    alike::share(expressions, element, &mut plan);
    plan
}

impl Plan {
    /// An empty memo of a subject.
    pub(super) fn subject_memo<'a>(&self, arena: &'a Arena) -> Memo<'a> {
        self.subject.memo(arena)
    }

    /// An empty memo of an element.
    pub(crate) fn element_memo<'a>(&self, arena: &'a Arena) -> Memo<'a> {
        self.element.memo(arena)
    }

    /// How many families are asked about each element.
    pub(crate) fn element_families(&self) -> usize {
        self.element.families
    }

    fn layout(&self, tier: Tier) -> &Layout {
        match tier {
            Tier::Subject => &self.subject,
            Tier::Element => &self.element,
        }
    }

    fn layout_mut(&mut self, tier: Tier) -> &mut Layout {
        match tier {
            Tier::Subject => &mut self.subject,
            Tier::Element => &mut self.element,
        }
    }
}

impl Layout {
    fn memo<'a>(&self, arena: &'a Arena) -> Memo<'a> {
        Memo {
            found: arena.alloc_slice_fill_default(self.places.len()),
            done: arena.alloc_slice_fill_default(self.parts),
            together: arena.alloc_slice_fill_default(self.families),
        }
    }
}

impl<'a> Shared<'a> {
    fn memo(&self, tier: Tier) -> Option<&Memo<'a>> {
        match tier {
            Tier::Subject => Some(&self.subject),
            Tier::Element => self.element.as_ref(),
        }
    }

    /// What a shared part came to, if somebody has computed it; its place, if there is one.
    #[inline]
    pub(super) fn done(&self, at: At) -> Option<&'a Cell<Option<Done<'a>>>> {
        self.memo(at.tier)?.done.get(at.index as usize)
    }

    /// What a family came to, if somebody has asked it; its place, if there is one.
    #[inline]
    pub(super) fn together(&self, at: At) -> Option<&'a Cell<Option<Together>>> {
        self.memo(at.tier)?.together.get(at.index as usize)
    }

    /// What a field came to.
    #[inline]
    pub(super) fn found(&self, at: At, values: &[Option<Value<'a>>]) -> Found<'a> {
        let Some(memo) = self.memo(at.tier) else { return Found::Odd };
        match memo.found.get(at.index as usize).map(Cell::get) {
            Some(Found::Unread) => look(self.plan.layout(at.tier), memo, at.index, values),
            Some(found) => found,
            None => Found::Odd,
        }
    }
}

/// Looks up a field, and with it all fields that are read beside it.
fn look<'a>(
    layout: &Layout,
    memo: &Memo<'a>,
    index: u32,
    values: &[Option<Value<'a>>],
) -> Found<'a> {
    let holder = layout.places.get(index as usize).and_then(|holder| layout.holders.get(*holder));
    let Some(holder) = holder else { return Found::Odd };
    let above = match holder.origin {
        Origin::Variable(slot) => match values.get(slot) {
            Some(Some(Value::Map(entries))) => Ok((0, *entries)),
            _ => Err(Found::Odd),
        },
        Origin::Place(parent) => {
            let found = memo.found.get(parent as usize).map(Cell::get).unwrap_or_default();
            let found = match found {
                Found::Unread => look(layout, memo, parent, values),
                found => found,
            };
            match found {
                Found::There(cost, Value::Map(entries)) => Ok((cost, *entries)),
                Found::Missing(cost) | Found::MissingAbove(cost) => Err(Found::MissingAbove(cost)),
                _ => Err(Found::Odd),
            }
        }
    };
    let set = |place: u32, found: Found<'a>| {
        if let Some(cell) = memo.found.get(place as usize) {
            cell.set(found);
        }
    };
    let (cost, entries) = match above {
        Ok((cost, entries)) => (cost.saturating_add(super::evaluate::step(entries)), entries),
        Err(found) => {
            holder.fields.iter().for_each(|(_, place)| set(*place, found));
            return found;
        }
    };
    // Missing until it is met; the first entry of a name counts.
    holder.fields.iter().for_each(|(_, place)| set(*place, Found::Missing(cost)));
    for (name, value) in entries {
        if let Some(place) = holder.place(name)
            && let Some(cell) = memo.found.get(place as usize)
            && matches!(cell.get(), Found::Missing(_))
        {
            cell.set(Found::There(cost, value));
        }
    }
    memo.found.get(index as usize).map(Cell::get).unwrap_or_default()
}

impl Holder {
    /// Brings the fields into the order in which they are looked for.
    fn sort(&mut self) {
        self.fields.sort_by_key(|(field, _)| field.len());
        let fields = &self.fields;
        let shorter = |length: usize| fields.partition_point(|(field, _)| field.len() < length);
        for (length, start) in self.starts.iter_mut().enumerate() {
            let at = if length == LENGTHS { fields.len() } else { shorter(length) };
            *start = u32::try_from(at).unwrap_or(u32::MAX);
        }
    }

    /// The place of the field of that name.
    #[inline]
    fn place(&self, name: &str) -> Option<u32> {
        let length = name.len().min(LENGTHS - 1);
        let (start, end) = (self.starts.get(length)?, self.starts.get(length + 1)?);
        let fields = self.fields.get(*start as usize..*end as usize)?;
        fields.iter().find(|(field, _)| same_name(field, name)).map(|(_, place)| *place)
    }
}

impl Expression {
    fn node_mut(&mut self) -> &mut super::node::Node {
        &mut self.node
    }
}
