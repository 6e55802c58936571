//! What is computed once: calls of constants, and regular expressions.

use std::sync::Arc;

use super::Compiler;
use crate::expression::CompileError;
use crate::expression::functions::{self, Body, EXHAUSTED, Function, Pattern, Tools};
use crate::expression::node::{Find, Node, Op};
use crate::expression::syntax::{Literal, Syntax};
use crate::value::{Arena, Opaque, Value};

/// What folding a constant may cost; more is left to evaluation.
const FOLDING: u64 = 1_000;

impl Compiler<'_> {
    /// The node of a call: folded where everything is constant, its regular expression checked.
    pub(super) fn call_op(
        &mut self,
        syntax: &Syntax,
        name: &str,
        functions: Vec<&'static Function>,
        nodes: Vec<Node>,
    ) -> Option<Op> {
        if let Some(pattern) = pattern_of(name, &nodes) {
            return match functions::check_regex(pattern) {
                Ok(pattern) => search(name, nodes, pattern),
                Err(problem) => self.refuse(syntax, problem),
            };
        }
        match fold(&functions, &nodes) {
            Some(Ok(literal)) => Some(Op::Constant(literal)),
            // Whoever writes `duration('5 minutes')` wants to hear of it now. Other errors are
            // left to evaluation, which may not get there.
            Some(Err(problem)) if functions.iter().any(|function| function.checked) => {
                self.refuse(syntax, problem)
            }
            _ => Some(Op::Call(functions.into(), nodes.into())),
        }
    }

    fn refuse(&mut self, syntax: &Syntax, problem: String) -> Option<Op> {
        self.errors.push(CompileError::new(problem, syntax.range.clone()));
        None
    }
}

/// The pattern of a search, if it is written out.
fn pattern_of<'n>(name: &str, nodes: &'n [Node]) -> Option<&'n str> {
    match (name, nodes) {
        ("matches" | "find", [_, pattern]) | ("findAll", [_, pattern] | [_, pattern, _]) => {
            match &pattern.op {
                Op::Constant(Literal::String(pattern)) => Some(pattern),
                _ => None,
            }
        }
        _ => None,
    }
}

fn search(name: &str, nodes: Vec<Node>, pattern: Pattern) -> Option<Op> {
    let mut nodes = nodes.into_iter();
    let (text, _, limit) = (nodes.next()?, nodes.next(), nodes.next());
    let pattern = Arc::new(pattern);
    Some(match name {
        "matches" => Op::Matches(Box::new(text), pattern),
        _ => Op::Find(Box::new(Find { text, pattern, all: name == "findAll", limit })),
    })
}

pub(super) fn is_constant(node: &Node) -> bool {
    matches!(node.op, Op::Constant(_))
}

/// Computes a call of constants; `None` where it is none or its value cannot be kept.
fn fold(functions: &[&'static Function], nodes: &[Node]) -> Option<Result<Literal, String>> {
    let arena = Arena::new();
    let arguments: Vec<Value<'_>> = nodes
        .iter()
        .map(|node| match &node.op {
            Op::Constant(literal) => Some(literal.value()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let function = functions.iter().find(|function| function.accepts(&arguments))?;
    let Body::Strict(body) = function.body else { return None };
    let mut tools = Tools { arena: &arena, left: FOLDING };
    match body(&mut tools, arena.alloc_slice_copy(&arguments)) {
        Ok(value) => literal(&value).map(Ok),
        Err(EXHAUSTED) => None,
        Err(problem) => Some(Err(problem.to_owned())),
    }
}

/// A value as a constant, if it can outlive the arena.
fn literal(value: &Value<'_>) -> Option<Literal> {
    Some(match value {
        Value::Null => Literal::Null,
        Value::Bool(truth) => Literal::Bool(*truth),
        Value::Int(number) => Literal::Int(*number),
        Value::Uint(number) => Literal::Uint(*number),
        Value::Double(number) => Literal::Double(*number),
        Value::String(text) => Literal::String((*text).into()),
        Value::Bytes(bytes) => Literal::Bytes((*bytes).into()),
        Value::Timestamp(time) => Literal::Timestamp(*time),
        Value::Duration(duration) => Literal::Duration(*duration),
        Value::Opaque(Opaque::Ip(address)) => Literal::Opaque(Box::new(Opaque::Ip(*address))),
        Value::Opaque(Opaque::Cidr(network)) => Literal::Opaque(Box::new(Opaque::Cidr(*network))),
        Value::Opaque(Opaque::Format(name)) => Literal::Opaque(Box::new(Opaque::Format(name))),
        Value::Opaque(Opaque::Quantity(quantity)) => {
            Literal::Opaque(Box::new(Opaque::Quantity(*quantity)))
        }
        _ => return None,
    })
}
