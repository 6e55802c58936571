//! Expressions: CEL, compiled once when the catalog is loaded, evaluated many times.
//!
//! [`Expression::compile`] parses (`parse`), checks names and types against a [`Scope`] and lowers
//! to an own tree (`compile`); [`Expression::evaluate`] walks that tree over borrowed values,
//! three-valued, within a cost limit. The functions are a table (`functions`). Nothing here knows
//! of controls, clouds or Kubernetes beyond the shapes that a scope names.

mod compile;
mod error;
mod evaluate;
mod family;
pub mod functions;
mod known;
mod literal;
mod node;
mod parse;
mod reads;
mod scope;
mod sharing;
mod slips;
mod syntax;
mod token;
mod variables;

pub use error::{CompileError, EvaluateError};
pub(crate) use family::{Holding, Kin};
pub(crate) use parse::KEYWORDS;
pub use scope::{Bindings, Scope, Slot};
pub(crate) use sharing::{Memo, Plan, share};
pub use variables::Variables;

use std::collections::BTreeSet;

use crate::shape::Type;
use crate::value::{Arena, Value};
use compile::{MAX_LOCALS, Rigour};
use evaluate::{Fault, Machine};
use functions::Tools;
use known::Known;
use node::{Node, Op};

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    source: Box<str>,
    node: Node,
    /// How many variables its macros bind at once.
    locals: usize,
    kind: Type,
    reads: Vec<Read>,
    variables: BTreeSet<usize>,
    /// What is known where it is false, and where it is true.
    settles: [Vec<Known>; 2],
}

/// What an expression reads: a variable and the fields under it that are written out.
///
/// `pod.containers.all(c, c.name != "")` reads `pod.containers`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The variable.
    pub root: String,
    /// The fields that follow it.
    pub fields: Vec<String>,
}

/// What evaluation may still spend. One unit is about one step; long texts and lists cost more.
#[derive(Clone, Debug)]
pub struct Cost {
    left: u64,
    limit: u64,
}

impl Cost {
    /// What one expression may cost, as in Kubernetes.
    pub const DEFAULT: u64 = 1_000_000;

    /// A budget of so many units.
    pub const fn limit(limit: u64) -> Self {
        Cost { left: limit, limit }
    }

    /// Spends so many units, if there are as many.
    pub(crate) const fn spend(&mut self, units: u64) -> bool {
        match self.left.checked_sub(units) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// What has been spent so far.
    pub const fn spent(&self) -> u64 {
        self.limit - self.left
    }
}

impl Default for Cost {
    fn default() -> Self {
        Cost::limit(Cost::DEFAULT)
    }
}

impl Expression {
    /// Compiles an expression of any type.
    ///
    /// Everything that can be known to be wrong before evaluation is an error here: unknown names
    /// and functions, wrong numbers and types of arguments, fields that a shape does not have, reads
    /// of what may be absent or null without a guard, comparisons that can never hold.
    ///
    /// ```
    /// use probity_catalog::expression::{Expression, Scope};
    ///
    /// let scope = Scope::new().terraform("probity_s3_bucket");
    /// let errors = Expression::compile("resource.versoning == true", &scope).unwrap_err();
    /// assert_eq!(errors[0].message, "`versoning` is not an attribute of s3");
    /// assert_eq!(errors[0].help.as_deref(), Some("did you mean `versioning`?"));
    /// assert_eq!(errors[0].range, 9..18);
    /// ```
    pub fn compile(source: &str, scope: &Scope) -> Result<Self, Vec<CompileError>> {
        Self::compile_with(source, scope, Rigour::Strict)
    }

    /// Compiles a condition: an expression that must give a truth value, and not the same for
    /// every input.
    pub fn compile_bool(source: &str, scope: &Scope) -> Result<Self, Vec<CompileError>> {
        Self::compile_with(source, scope, Rigour::Condition)
    }

    fn compile_with(
        source: &str,
        scope: &Scope,
        rigour: Rigour,
    ) -> Result<Self, Vec<CompileError>> {
        let compiled = compile::compile(source, scope, rigour)?;
        Ok(Expression {
            source: source.into(),
            node: compiled.node,
            locals: compiled.locals,
            kind: compiled.kind,
            reads: reads::reads(&compiled.syntax, scope),
            variables: compiled.variables,
            settles: compiled.settles,
        })
    }

    fn settles(&self, truth: bool) -> &[Known] {
        let [when_false, when_true] = &self.settles;
        if truth { when_true } else { when_false }
    }

    /// Evaluates. An unknown input that decides gives [`Value::Unknown`]; what cannot be computed
    /// is an error, never a value.
    pub fn evaluate<'a>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &mut Cost,
    ) -> Result<Value<'a>, EvaluateError> {
        self.run(bindings, arena, cost, |machine| machine.value(&self.node))
    }

    /// Evaluates to a truth value: `None` where it is unknown, an error where it is none.
    pub fn evaluate_bool<'a>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &mut Cost,
    ) -> Result<Option<bool>, EvaluateError> {
        self.run(bindings, arena, cost, |machine| machine.truth(&self.node))
    }

    #[inline]
    fn run<'a, T>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &mut Cost,
        walk: impl FnOnce(&mut Machine<'_, 'a>) -> Result<T, &'a Fault<'a>>,
    ) -> Result<T, EvaluateError> {
        self.walk(bindings, arena, cost, walk).map_err(reword)
    }

    /// Whether this evaluates to true. If not, nothing is spent, and it is for the caller to ask
    /// what it does evaluate to: nearly all controls hold nearly always.
    #[inline]
    pub(crate) fn holds<'a>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &mut Cost,
    ) -> bool {
        let before = cost.left;
        let holds =
            matches!(self.walk(bindings, arena, cost, |own| own.truth(&self.node)), Ok(Some(true)));
        if !holds {
            cost.left = before;
        }
        holds
    }

    /// The family of this condition, if it has one that is asked about each element.
    pub(crate) fn kin(&self) -> Option<Kin> {
        match &self.node.op {
            Op::Member(member) => member.kin(),
            _ => None,
        }
    }

    /// Asks the whole family of this condition about the element at hand, at nobody's cost.
    pub(crate) fn holding<'a>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &Cost,
    ) -> Holding {
        let Op::Member(member) = &self.node.op else { return Holding::default() };
        let ask = |machine: &mut Machine<'_, 'a>| Ok(machine.together(&member.family));
        let together = self.walk(bindings, arena, &mut cost.clone(), ask);
        together.ok().flatten().map(Holding::from).unwrap_or_default()
    }

    #[inline]
    fn walk<'a, T>(
        &'a self,
        bindings: &Bindings<'a>,
        arena: &'a Arena,
        cost: &mut Cost,
        walk: impl FnOnce(&mut Machine<'_, 'a>) -> Result<T, &'a Fault<'a>>,
    ) -> Result<T, &'a Fault<'a>> {
        let tools = Tools { arena, left: cost.left };
        // Most expressions bind nothing, or one name: only what is used is written.
        let (mut one, mut many);
        let locals: &mut [Value<'a>] = match self.locals {
            0 => &mut [],
            1 => {
                one = [Value::Null];
                &mut one
            }
            count => {
                many = [Value::Null; MAX_LOCALS];
                many.get_mut(..count).unwrap_or_default()
            }
        };
        let mut machine = Machine::new(tools, bindings, locals);
        let result = walk(&mut machine);
        cost.left = machine.tools.left;
        result
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The type of the result, as far as it is known.
    pub fn kind(&self) -> &Type {
        &self.kind
    }

    /// Whether what it gives can be a value of this type, as far as that is known.
    pub fn gives(&self, kind: &Type) -> bool {
        compile::comparable(&self.kind, kind)
    }

    /// The variables that it uses, itself or through others, by their places.
    pub fn variables(&self) -> impl Iterator<Item = usize> {
        self.variables.iter().copied()
    }

    /// What the expression reads, each once, sorted.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }
}

fn reword(fault: &Fault<'_>) -> EvaluateError {
    EvaluateError::new(fault.message, fault.span.into())
}

#[cfg(test)]
mod tests;
