//! Walks the nodes over borrowed values: three-valued, within a budget, without panics.
//!
//! `false && unknown` is false and `true && unknown` unknown; an error is absorbed by what decides
//! without it, and by unknown; everything else passes unknowns and errors on. An answer that is
//! decided stays so whatever an unknown turns out to be. Called by
//! `Expression` only.

mod absorb;
mod collections;
mod families;
mod search;
mod select;
mod shared;

use absorb::Undecided;

use super::family::Set;
use super::functions::{Body, Charge, EXHAUSTED, Function, Tools};
use super::node::{Comparison, Node, Op, Span};
use super::scope::Bindings;
use super::syntax::Literal;
use crate::value::Value;

pub(super) use select::step;

/// What went wrong, and where.
#[derive(Debug)]
pub(super) struct Fault<'a> {
    pub(super) message: &'a str,
    pub(super) span: Span,
}

/// A value or a fault; as small as a value.
pub(super) type Evaluated<'a> = Result<Value<'a>, &'a Fault<'a>>;

/// A truth value, `None` where it is unknown, or a fault.
type Truth<'a> = Result<Option<bool>, &'a Fault<'a>>;

/// No function has more parameters.
const MAX_PARAMETERS: usize = 4;

/// Strings and collections longer than this are charged for comparing and searching.
const FREE_LENGTH: usize = 32;

/// One evaluation.
pub(super) struct Machine<'e, 'a> {
    pub(super) tools: Tools<'a>,
    bindings: &'e Bindings<'a>,
    locals: &'e mut [Value<'a>],
    /// The members of the family at hand that have answered alike so far.
    alike: Set,
}

impl<'e, 'a> Machine<'e, 'a> {
    /// `locals` has room for what the macros of the expression bind.
    pub(super) fn new(
        tools: Tools<'a>,
        bindings: &'e Bindings<'a>,
        locals: &'e mut [Value<'a>],
    ) -> Self {
        Machine { tools, bindings, locals, alike: 0 }
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &'a Node) -> Evaluated<'a> {
        match &node.op {
            Op::Constant(literal) => Ok(literal.value()),
            Op::Local(slot) => Ok(self.locals.get(*slot).copied().unwrap_or_default()),
            Op::Variable(slot) => self.variable(node, *slot),
            Op::Read(read) => self.read(read),
            Op::Select(operand, field) => self.select(node, operand, field),
            Op::PathOr(path) => self.path_or(node, path),
            Op::Kind(kind) => Ok(Value::Type(*kind)),
            Op::Conditional(parts) => self.conditional(node, parts),
            Op::Call(functions, arguments) => self.call(node, functions, arguments),
            Op::OptionalSelect(operand, field) => self.optional_select(node, operand, field),
            Op::Index(pair) => self.index(node, pair, false),
            Op::OptionalIndex(pair) => self.index(node, pair, true),
            Op::List(elements) => self.list(node, elements),
            Op::Map(entries) => self.map(node, entries),
            Op::Find(find) => self.find_text(node, find),
            Op::Transform(transform) => self.transform(node, transform),
            Op::Bind(slot, parts) => self.bind(*slot, parts),
            Op::OptionalMap(slot, wraps, parts) => self.optional_map(node, *slot, *wraps, parts),
            Op::OrValue(parts) => self.or_value(node, parts, false),
            Op::Or2(parts) => self.or_value(node, parts, true),
            Op::Effective(effective) => self.effective(node, effective),
            Op::Once(once) => self.once(once),
            Op::Lanes(lanes) => self.ask(node, lanes),
            Op::LaneKeys(lanes) => self.ask_key(node, lanes),
            Op::Has(..)
            | Op::HasRead(_)
            | Op::OnceTruth(_)
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
            | Op::Member(_)
            | Op::Quantifier(_) => Ok(self.truth(node)?.map_or(Value::Unknown, Value::Bool)),
        }
    }

    /// As [`Machine::value`], without a call for what most operands are.
    #[inline]
    fn operand(&mut self, node: &'a Node) -> Evaluated<'a> {
        match &node.op {
            Op::Constant(literal) => Ok(literal.value()),
            Op::Local(slot) => Ok(self.locals.get(*slot).copied().unwrap_or_default()),
            Op::Variable(slot) => self.variable(node, *slot),
            Op::Read(read) => self.read(read),
            _ => self.value(node),
        }
    }

    /// The truth of a node that must have one.
    pub(super) fn truth(&mut self, node: &'a Node) -> Truth<'a> {
        self.charge(node, 1)?;
        self.decide(node)
    }

    /// As [`Machine::truth`], the unit for asking spent already.
    fn decide(&mut self, node: &'a Node) -> Truth<'a> {
        match &node.op {
            Op::And(nodes) => self.junction(nodes, false),
            Op::Or(nodes) => self.junction(nodes, true),
            Op::Not(operand) => Ok(self.truth(operand)?.map(|truth| !truth)),
            Op::Equal(pair) => self.equal(node, pair),
            Op::NotEqual(pair) => Ok(self.equal(node, pair)?.map(|truth| !truth)),
            Op::Compare(comparison, pair) => self.compare(node, *comparison, pair),
            Op::Has(operand, field) => self.has(node, operand, field),
            Op::HasRead(read) => self.has_read(read),
            Op::OnceTruth(once) => self.once_truth(once),
            Op::In(pair) => self.membership(node, pair),
            Op::Includes(pair) => self.includes(node, pair),
            Op::InConstants(item, constants) => self.in_constants(node, item, constants),
            Op::Matches(text, regex) => self.matches(node, text, regex),
            Op::Quantifier(quantifier) => self.quantifier(node, quantifier),
            Op::Member(member) => self.member(member),
            Op::Lanes(lanes) => self.decide_lanes(node, lanes),
            // The commonest of what gives any value, without a call in between.
            Op::Read(read) => {
                let value = self.read(read)?;
                self.truth_of(node, value)
            }
            Op::PathOr(path) => {
                let value = self.path_or(node, path)?;
                self.truth_of(node, value)
            }
            _ => {
                let value = self.value(node)?;
                self.truth_of(node, value)
            }
        }
    }

    #[inline]
    fn truth_of(&self, node: &'a Node, value: Value<'a>) -> Truth<'a> {
        match value {
            Value::Bool(truth) => Ok(Some(truth)),
            Value::Unknown => Ok(None),
            other => self.fail(node, format_args!("{other} is not a truth value")),
        }
    }

    #[inline]
    fn charge(&mut self, node: &'a Node, units: usize) -> Result<(), &'a Fault<'a>> {
        match self.tools.charge(units) {
            Ok(()) => Ok(()),
            Err(message) => Err(self.fault(node, message)),
        }
    }

    #[cold]
    fn fault(&self, node: &Node, message: &'a str) -> &'a Fault<'a> {
        self.tools.arena.alloc(Fault { message, span: node.span })
    }

    #[cold]
    fn fail<T>(&self, node: &Node, message: std::fmt::Arguments<'_>) -> Result<T, &'a Fault<'a>> {
        self.tools.fail(message).map_err(|message| self.fault(node, message))
    }

    #[inline]
    fn variable(&self, node: &'a Node, slot: usize) -> Evaluated<'a> {
        self.bindings
            .values
            .get(slot)
            .copied()
            .flatten()
            .ok_or_else(|| self.fault(node, "this variable has no value here"))
    }

    /// `&&` (decided by false) and `||` (decided by true).
    fn junction(&mut self, nodes: &'a [Node], decides: bool) -> Truth<'a> {
        let mut seen = Undecided::default();
        for node in nodes {
            let operand = self.truth(node);
            if seen.is_decided_by(operand, decides)? {
                return Ok(Some(decides));
            }
        }
        seen.answer(decides)
    }

    fn conditional(
        &mut self,
        node: &'a Node,
        [condition, yes, no]: &'a [Node; 3],
    ) -> Evaluated<'a> {
        self.charge(node, 1)?;
        match self.truth(condition)? {
            Some(true) => self.value(yes),
            Some(false) => self.value(no),
            None => Ok(Value::Unknown),
        }
    }

    fn equal(&mut self, node: &'a Node, [left, right]: &'a [Node; 2]) -> Truth<'a> {
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if is_composite(&left) && is_composite(&right) {
            self.charge(node, weight(&left).min(weight(&right)))?;
        }
        Ok(left.equals(&right))
    }

    fn compare(
        &mut self,
        node: &'a Node,
        comparison: Comparison,
        [left, right]: &'a [Node; 2],
    ) -> Truth<'a> {
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        if left.is_unknown() || right.is_unknown() {
            return Ok(None);
        }
        let Some(order) = left.compare(&right) else {
            let is_number = |value| matches!(value, &Value::Double(number) if number.is_nan());
            if is_number(&left) || is_number(&right) {
                return Ok(Some(false));
            }
            return self.fail(node, format_args!("{left} and {right} have no order"));
        };
        Ok(Some(match comparison {
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }))
    }

    fn call(
        &mut self,
        node: &'a Node,
        functions: &'a [&'static Function],
        nodes: &'a [Node],
    ) -> Evaluated<'a> {
        self.charge(node, 1)?;
        let mut places = [Value::Null; MAX_PARAMETERS];
        for (place, node) in places.iter_mut().zip(nodes) {
            *place = self.operand(node)?;
        }
        let arguments = places.get(..nodes.len()).unwrap_or_default();
        if arguments.iter().any(Value::is_unknown) {
            return Ok(Value::Unknown);
        }
        let Some(function) = functions.iter().find(|function| function.accepts(arguments)) else {
            return self.no_overload(node, functions, arguments);
        };
        self.apply(function, arguments).map_err(|message| self.fault(node, message))
    }

    fn apply(
        &mut self,
        function: &Function,
        arguments: &[Value<'a>],
    ) -> Result<Value<'a>, &'a str> {
        if function.cost == Charge::Linear {
            self.tools.charge_linear(arguments)?;
        }
        if !function.shallow
            && arguments.iter().any(|value| is_composite(value) && value.has_unknown())
        {
            self.tools.charge_linear(arguments)?;
            return Ok(Value::Unknown);
        }
        match function.body {
            Body::Strict(body) => body(&mut self.tools, arguments),
            Body::Form => Err("this function cannot be called so"),
        }
    }

    #[cold]
    fn no_overload(
        &self,
        node: &'a Node,
        functions: &[&'static Function],
        arguments: &[Value<'a>],
    ) -> Evaluated<'a> {
        let name = functions.first().map_or("", |function| function.name);
        let name = super::functions::operator(name).unwrap_or(name);
        let kinds = arguments.iter().map(|value| value.kind().name()).collect::<Vec<_>>();
        self.fail(node, format_args!("`{name}` does not take ({})", kinds.join(", ")))
    }

    fn bind(&mut self, slot: usize, [value, body]: &'a [Node; 2]) -> Evaluated<'a> {
        let value = self.value(value)?;
        if value.is_unknown() {
            // It could still turn out an error, which no body absorbs.
            return Ok(value);
        }
        self.set_local(slot, value);
        self.value(body)
    }

    fn set_local(&mut self, slot: usize, value: Value<'a>) {
        if let Some(place) = self.locals.get_mut(slot) {
            *place = value;
        }
    }
}

fn is_composite(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::List(_) | Value::Map(_) | Value::Dictionary(_) | Value::Optional(Some(_))
    )
}

/// An upper bound of what comparing a value costs; maps are compared key by key.
fn weight(value: &Value<'_>) -> usize {
    let sum = |children: &mut dyn Iterator<Item = usize>| children.fold(1, usize::saturating_add);
    match value {
        Value::String(text) => text.len() / FREE_LENGTH,
        Value::Bytes(bytes) => bytes.len() / FREE_LENGTH,
        Value::List(items) => sum(&mut items.iter().map(weight)),
        Value::Optional(Some(inner)) => weight(inner),
        Value::Map(_) | Value::Dictionary(_) => {
            let count = value.entry_count();
            let search = count.saturating_mul(count) / 8;
            sum(&mut value.entries().map(|(_, item)| weight(&item))).saturating_add(search)
        }
        _ => 0,
    }
}

impl Literal {
    /// As a value, borrowed.
    #[inline]
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Literal::Null => Value::Null,
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Int(number) => Value::Int(*number),
            Literal::Uint(number) => Value::Uint(*number),
            Literal::Double(number) => Value::Double(*number),
            Literal::String(text) => Value::String(text),
            Literal::Bytes(bytes) => Value::Bytes(bytes),
            Literal::Timestamp(time) => Value::Timestamp(*time),
            Literal::Duration(duration) => Value::Duration(*duration),
            Literal::Opaque(opaque) => Value::Opaque(opaque),
            Literal::EmptyList => Value::List(&[]),
            Literal::EmptyMap => Value::Map(&[]),
        }
    }
}
