//! The tree that is evaluated: names are slots, constants are folded, macros are nodes.

use std::ops::Range;
use std::sync::Arc;

use super::family::{Lanes, Member};
use super::functions::{Function, Pattern};
use super::syntax::Literal;

/// A node, and where it stands in the source.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) op: Op,
}

/// Bytes of the source, small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl From<&Range<usize>> for Span {
    fn from(range: &Range<usize>) -> Self {
        let small = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Span { start: small(range.start), end: small(range.end) }
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start as usize..span.end as usize
    }
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Constant(Literal),
    Kind(crate::value::Kind),
    /// A variable of the scope.
    Variable(usize),
    /// A variable that a macro binds.
    Local(usize),
    Select(Box<Node>, Box<str>),
    Has(Box<Node>, Box<str>),
    OptionalSelect(Box<Node>, Box<str>),
    /// `a.?b.?c.orValue(x)`: one walk without optionals in between.
    PathOr(Box<PathOr>),
    Index(Box<[Node; 2]>),
    OptionalIndex(Box<[Node; 2]>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Not(Box<Node>),
    Conditional(Box<[Node; 3]>),
    Equal(Box<[Node; 2]>),
    NotEqual(Box<[Node; 2]>),
    Compare(Comparison, Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    /// `x in ["a", "b"]`
    InConstants(Box<Node>, Box<[Literal]>),
    List(Box<[Element]>),
    Map(Box<[(Node, Element)]>),
    Matches(Box<Node>, Arc<Pattern>),
    Find(Box<Find>),
    /// `x.includes(y)`: an element of a list, or the value itself.
    Includes(Box<[Node; 2]>),
    Call(Box<[&'static Function]>, Box<[Node]>),
    Quantifier(Box<Quantifier>),
    Transform(Box<Transform>),
    Bind(usize, Box<[Node; 2]>),
    /// `optMap` (true) and `optFlatMap`.
    OptionalMap(usize, bool, Box<[Node; 2]>),
    OrValue(Box<[Node; 2]>),
    Or2(Box<[Node; 2]>),
    Effective(Box<Effective>),
    /// A field under a variable, looked up once for all expressions that read it.
    Read(Box<FieldRead>),
    /// `has(…)` of such a field.
    HasRead(Box<FieldRead>),
    /// A value that several expressions need, computed once.
    Once(Box<Once>),
    /// A truth value that several expressions need, computed once.
    OnceTruth(Box<Once>),
    /// A whole condition that others are written like.
    Member(Box<Member>),
    /// A condition with the constants of a whole family.
    Lanes(Box<Lanes>),
    /// `x[?k]` with the keys of a whole family.
    LaneKeys(Box<Lanes>),
}

/// Where a memo holds what is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) tier: Tier,
    pub(super) index: u32,
}

/// How long what is shared stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    Subject,
    Element,
}

#[derive(Clone, Debug)]
pub(super) struct FieldRead {
    pub(super) at: At,
    pub(super) reading: Reading,
    /// The same read without help.
    pub(super) node: Node,
}

/// What a reader makes of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// `a.b` and `has(a.b)`: what is missing on the way is an error.
    Plain,
    /// `a.?b`; open where nothing on the way need be there.
    Optional { open: bool },
    /// `a.?b.orValue(x)`
    Or { open: bool },
    /// `effective(c, "b")`, and where the pod has the field.
    Effective { pod: At },
}

#[derive(Clone, Debug)]
pub(super) struct Once {
    pub(super) at: At,
    pub(super) node: Node,
}

#[derive(Clone, Debug)]
pub(super) struct PathOr {
    pub(super) base: Node,
    pub(super) fields: Box<[Box<str>]>,
    pub(super) default: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An element of a list or a map; optional ones are left out where they are absent.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) node: Node,
    pub(super) optional: bool,
}

/// `all`, `exists` and `exists_one`.
#[derive(Clone, Debug)]
pub(super) struct Quantifier {
    pub(super) kind: QuantifierKind,
    pub(super) range: Node,
    pub(super) binds: Binds,
    pub(super) body: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuantifierKind {
    All,
    Exists,
    ExistsOne,
}

/// What a macro binds: elements (or keys) in one local, and with two variables index (or key)
/// and value in two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binds {
    pub(super) first: usize,
    pub(super) second: Option<usize>,
}

/// `find` (one of them) and `findAll` with a pattern that is known before evaluation.
#[derive(Clone, Debug)]
pub(super) struct Find {
    pub(super) text: Node,
    pub(super) pattern: Arc<Pattern>,
    pub(super) all: bool,
    pub(super) limit: Option<Node>,
}

/// `map`, `filter`, `transformList`, `transformMap`, `transformMapEntry` and `sortBy`.
#[derive(Clone, Debug)]
pub(super) struct Transform {
    pub(super) range: Node,
    pub(super) binds: Binds,
    pub(super) condition: Option<Node>,
    /// `None`: the elements themselves, for `filter`.
    pub(super) result: Option<Node>,
    pub(super) gives: Gives,
}

/// What the results of a [`Transform`] become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// A list.
    List,
    /// A map with the same keys.
    Map,
    /// A map: they are maps, whose entries are put together.
    Entries,
    /// The elements, in the order of the results.
    Sorted,
}

/// `effective(c, "field")`.
#[derive(Clone, Debug)]
pub(super) struct Effective {
    pub(super) container: Node,
    /// The slot of `pod`.
    pub(super) pod: usize,
    pub(super) field: Box<str>,
}

impl Op {
    /// Whether it gives truth values only.
    pub(super) fn is_truth(&self) -> bool {
        matches!(
            self,
            Op::Has(..)
                | Op::HasRead(_)
                | Op::And(_)
                | Op::Or(_)
                | Op::Not(_)
                | Op::Equal(_)
                | Op::NotEqual(_)
                | Op::Compare(..)
                | Op::In(_)
                | Op::InConstants(..)
                | Op::Includes(_)
                | Op::Matches(..)
                | Op::Quantifier(_)
                | Op::OnceTruth(_)
                | Op::Member(_)
        )
    }
}

impl Node {
    /// The node, out of its place, into which something else is to be put.
    pub(super) fn take(&mut self) -> Node {
        let span = self.span;
        std::mem::replace(self, Node { span, op: Op::Local(0) })
    }

    /// Hands out the nodes that this one evaluates, always in the same order; of a shared read
    /// only what it falls back on.
    pub(super) fn children_mut(&mut self, visit: &mut dyn FnMut(&mut Node)) {
        match &mut self.op {
            Op::Constant(_) | Op::Kind(_) | Op::Variable(_) | Op::Local(_) | Op::HasRead(_) => {}
            Op::Select(operand, _)
            | Op::Has(operand, _)
            | Op::OptionalSelect(operand, _)
            | Op::Not(operand)
            | Op::InConstants(operand, _)
            | Op::Matches(operand, _) => visit(operand),
            Op::PathOr(path) => {
                visit(&mut path.base);
                visit(&mut path.default);
            }
            Op::Index(pair)
            | Op::OptionalIndex(pair)
            | Op::Equal(pair)
            | Op::NotEqual(pair)
            | Op::Compare(_, pair)
            | Op::In(pair)
            | Op::Includes(pair)
            | Op::Bind(_, pair)
            | Op::OptionalMap(_, _, pair)
            | Op::OrValue(pair)
            | Op::Or2(pair) => pair.iter_mut().for_each(visit),
            Op::And(nodes) | Op::Or(nodes) | Op::Call(_, nodes) => nodes.iter_mut().for_each(visit),
            Op::Conditional(parts) => parts.iter_mut().for_each(visit),
            Op::List(elements) => elements.iter_mut().for_each(|own| visit(&mut own.node)),
            Op::Map(entries) => entries.iter_mut().for_each(|(key, element)| {
                visit(key);
                visit(&mut element.node);
            }),
            Op::Quantifier(quantifier) => {
                visit(&mut quantifier.range);
                visit(&mut quantifier.body);
            }
            Op::Transform(transform) => {
                visit(&mut transform.range);
                transform.condition.iter_mut().chain(&mut transform.result).for_each(visit);
            }
            Op::Find(find) => {
                visit(&mut find.text);
                find.limit.iter_mut().for_each(visit);
            }
            Op::Effective(effective) => visit(&mut effective.container),
            Op::Read(read) => {
                if let Op::PathOr(path) = &mut read.node.op {
                    visit(&mut path.default);
                }
            }
            Op::Once(once) | Op::OnceTruth(once) => visit(&mut once.node),
            Op::Member(member) => visit(&mut member.node),
            Op::Lanes(lanes) | Op::LaneKeys(lanes) => visit(&mut lanes.operand),
        }
    }
}
