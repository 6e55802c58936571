//! The tree that is evaluated: names are slots, constants are folded, macros are nodes.

use std::ops::Range;

use regex::Regex;

use super::functions::Function;
use super::syntax::Literal;

/// A node, and where it stands in the source.
#[derive(Debug)]
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

#[derive(Debug)]
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
    Matches(Box<Node>, Box<Regex>),
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
}

#[derive(Debug)]
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
#[derive(Debug)]
pub(super) struct Element {
    pub(super) node: Node,
    pub(super) optional: bool,
}

/// `all`, `exists` and `exists_one`.
#[derive(Debug)]
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
#[derive(Debug)]
pub(super) struct Find {
    pub(super) text: Node,
    pub(super) regex: Regex,
    pub(super) all: bool,
    pub(super) limit: Option<Node>,
}

/// `map`, `filter`, `transformList`, `transformMap`, `transformMapEntry` and `sortBy`.
#[derive(Debug)]
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
#[derive(Debug)]
pub(super) struct Effective {
    pub(super) container: Node,
    /// The slot of `pod`.
    pub(super) pod: usize,
    pub(super) field: Box<str>,
}
