//! Parts that expressions compute: equal ones that hang on variables alone are found, and computed
//! once. Two parts are equal where they are written alike, wherever they stand.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::Plan;
use crate::expression::Expression;
use crate::expression::node::{At, Node, Once, Op, Tier};

/// Wraps every part that more than one place needs, and every part that hangs on the subject alone
/// within one that is computed for each element.
pub(super) fn share(expressions: &mut [&mut Expression], element: Option<usize>, plan: &mut Plan) {
    let mut census = Census { element, numbers: HashMap::new(), users: Vec::new() };
    let mut parts = Vec::new();
    for expression in expressions.iter_mut() {
        let root = census.count(expression.node_mut(), &mut parts);
        census.used(root.number);
    }
    let mut wrapper = Wrapper { census, places: HashMap::new(), plan };
    let mut at = 0;
    for expression in expressions {
        wrapper.wrap(expression.node_mut(), &parts, at);
        at += parts.get(at).map_or(0, |part| part.size);
    }
}

/// A part, and what is to be known of it.
#[derive(Clone, Copy, Default)]
struct Part {
    /// Equal parts have equal numbers.
    number: usize,
    /// The locals that are bound outside of it, a bit each.
    free: u32,
    /// Whether it hangs on the element.
    of_element: bool,
    /// Whether asking for it costs as much as looking it up.
    is_cheap: bool,
    /// How many nodes it has.
    size: usize,
}

impl Part {
    /// Whether it can be computed by itself, and is worth remembering.
    fn is_whole(self) -> bool {
        self.free == 0 && !self.is_cheap
    }
}

struct Census {
    element: Option<usize>,
    numbers: HashMap<String, usize>,
    /// How many different places need the part of that number.
    users: Vec<u32>,
}

impl Census {
    /// Numbers a node and its children; a node stands in `parts` before its children.
    fn count(&mut self, node: &mut Node, parts: &mut Vec<Part>) -> Part {
        let place = parts.len();
        let mut key = String::new();
        describe(&node.op, &mut key);
        let (mut children, mut free, mut of_element) =
            (Vec::new(), 0, reads_element(&node.op, self.element));
        parts.push(Part::default());
        node.children_mut(&mut |child| {
            let part = self.count(child, parts);
            let _ = write!(key, " {}", part.number);
            free |= part.free;
            of_element |= part.of_element;
            children.push(part.number);
        });
        match &node.op {
            Op::Local(slot) => free |= bit(*slot),
            Op::Bind(slot, _) | Op::OptionalMap(slot, ..) => free &= !bit(*slot),
            Op::Quantifier(quantifier) => free &= !bits(quantifier.binds),
            Op::Transform(transform) => free &= !bits(transform.binds),
            _ => {}
        }
        let next = self.users.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.users.push(0);
            for child in children {
                self.used(child);
            }
        }
        let size = parts.len() - place;
        let part = Part { number, free, of_element, is_cheap: is_cheap(&node.op), size };
        if let Some(place) = parts.get_mut(place) {
            *place = part;
        }
        part
    }

    fn used(&mut self, number: usize) {
        if let Some(users) = self.users.get_mut(number) {
            *users += 1;
        }
    }

    fn is_shared(&self, part: Part) -> bool {
        let users = self.users.get(part.number).copied().unwrap_or_default();
        users > 1 && part.is_whole()
    }
}

struct Wrapper<'p> {
    census: Census,
    /// The places of the shared parts, by their numbers.
    places: HashMap<usize, At>,
    plan: &'p mut Plan,
}

impl Wrapper<'_> {
    /// Wraps a node after its children.
    fn wrap(&mut self, node: &mut Node, parts: &[Part], at: usize) {
        let Some(part) = parts.get(at).copied() else { return };
        let mut next = at + 1;
        node.children_mut(&mut |child| {
            let Some(own) = parts.get(next).copied() else { return };
            self.wrap(child, parts, next);
            next += own.size;
            // What the subject alone decides is not decided again for each element.
            if part.of_element && !own.of_element && own.is_whole() {
                self.keep(child, own);
            }
        });
        if self.census.is_shared(part) {
            self.keep(node, part);
        }
    }

    /// Lets a node be computed once.
    fn keep(&mut self, node: &mut Node, part: Part) {
        if matches!(node.op, Op::Once(_) | Op::OnceTruth(_)) {
            return;
        }
        let at = self.place(part);
        let own = node.take();
        let is_truth = own.op.is_truth();
        let once = Box::new(Once { at, node: own });
        node.op = if is_truth { Op::OnceTruth(once) } else { Op::Once(once) };
    }

    fn place(&mut self, part: Part) -> At {
        let tier = if part.of_element { Tier::Element } else { Tier::Subject };
        let layout = self.plan.layout_mut(tier);
        *self.places.entry(part.number).or_insert_with(|| {
            let index = u32::try_from(layout.parts).unwrap_or(u32::MAX);
            layout.parts += 1;
            At { tier, index }
        })
    }
}

/// Whether a node by itself, its children left out, hangs on the element.
pub(super) fn reads_element(op: &Op, element: Option<usize>) -> bool {
    match op {
        Op::Variable(slot) => element == Some(*slot),
        Op::Read(read) | Op::HasRead(read) => read.at.tier == Tier::Element,
        _ => false,
    }
}

fn bit(slot: usize) -> u32 {
    1 << slot
}

fn bits(binds: crate::expression::node::Binds) -> u32 {
    bit(binds.first) | binds.second.map_or(0, bit)
}

fn is_cheap(op: &Op) -> bool {
    matches!(
        op,
        Op::Constant(_)
            | Op::Kind(_)
            | Op::Variable(_)
            | Op::Local(_)
            | Op::Read(_)
            | Op::HasRead(_)
    )
}

/// What a node is, its children and its place in the source left out.
pub(super) fn describe(op: &Op, key: &mut String) {
    let _ = match op {
        Op::Constant(literal) => write!(key, "constant {literal:?}"),
        Op::Kind(kind) => write!(key, "kind {kind:?}"),
        Op::Variable(slot) => write!(key, "variable {slot}"),
        Op::Local(slot) => write!(key, "local {slot}"),
        Op::Select(_, field) => write!(key, "select {field:?}"),
        Op::Has(_, field) => write!(key, "has {field:?}"),
        Op::OptionalSelect(_, field) => write!(key, "optional {field:?}"),
        Op::PathOr(path) => write!(key, "path {:?}", path.fields),
        Op::Index(_) => write!(key, "index"),
        Op::OptionalIndex(_) => write!(key, "optional index"),
        Op::And(_) => write!(key, "and"),
        Op::Or(_) => write!(key, "or"),
        Op::Not(_) => write!(key, "not"),
        Op::Conditional(_) => write!(key, "conditional"),
        Op::Equal(_) => write!(key, "equal"),
        Op::NotEqual(_) => write!(key, "not equal"),
        Op::Compare(comparison, _) => write!(key, "compare {comparison:?}"),
        Op::In(_) => write!(key, "in"),
        Op::InConstants(_, constants) => write!(key, "in {constants:?}"),
        Op::List(elements) => {
            let optional = elements.iter().map(|element| element.optional);
            write!(key, "list {:?}", optional.collect::<Vec<_>>())
        }
        Op::Map(entries) => {
            let optional = entries.iter().map(|(_, element)| element.optional);
            write!(key, "map {:?}", optional.collect::<Vec<_>>())
        }
        Op::Includes(_) => write!(key, "includes"),
        Op::Find(find) => {
            write!(key, "find {:?} {} {}", find.pattern.as_str(), find.all, find.limit.is_some())
        }
        Op::Matches(_, pattern) => write!(key, "matches {:?}", pattern.as_str()),
        Op::Call(functions, _) => {
            let functions = functions.iter().map(|function| std::ptr::from_ref(*function));
            write!(key, "call {:?}", functions.collect::<Vec<_>>())
        }
        Op::Quantifier(quantifier) => {
            write!(key, "quantifier {:?} {:?}", quantifier.kind, quantifier.binds)
        }
        Op::Transform(transform) => {
            let has = (transform.condition.is_some(), transform.result.is_some());
            write!(key, "transform {:?} {has:?} {:?}", transform.binds, transform.gives)
        }
        Op::Bind(slot, _) => write!(key, "bind {slot}"),
        Op::OptionalMap(slot, wraps, _) => write!(key, "optional map {slot} {wraps}"),
        Op::OrValue(_) => write!(key, "or value"),
        Op::Or2(_) => write!(key, "or optional"),
        Op::Effective(effective) => {
            write!(key, "effective {} {:?}", effective.pod, effective.field)
        }
        Op::Read(read) => write!(key, "read {:?} {:?}", read.at, read.reading),
        Op::HasRead(read) => write!(key, "has read {:?}", read.at),
        Op::Once(once) => write!(key, "once {:?}", once.at),
        Op::OnceTruth(once) => write!(key, "once truth {:?}", once.at),
        Op::Member(member) => write!(key, "member {:?} {}", member.family.at, member.lane),
        Op::Lanes(lanes) | Op::LaneKeys(lanes) => write!(key, "lanes {:?}", lanes.question),
    };
}
