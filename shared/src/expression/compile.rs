//! Syntax tree to nodes: names become slots, types are inferred as far as they are known, and
//! what cannot work is refused with the place and the way out. Collects all mistakes of an
//! expression, not only the first.

mod calls;
mod constants;
mod fields;
mod guards;
mod logic;
mod macros;
mod names;
mod never;
mod types;
mod variables;

use std::collections::BTreeSet;

use super::known::{Bound, Known};
use super::node::{Element, Node, Op, PathOr};
use super::parse::parse;
use super::syntax::{Form, Item, Literal, Syntax};
use super::{CompileError, Scope};
use crate::shape::Type;
use crate::value::Kind;
use guards::Chain;
pub(super) use names::suggest;
pub(super) use types::comparable;
use types::{common, settled};

/// How many variables macros may bind inside each other.
pub(super) const MAX_LOCALS: usize = 12;

/// What compiling gives.
pub(super) struct Compiled {
    pub(super) node: Node,
    pub(super) kind: Type,
    pub(super) locals: usize,
    pub(super) syntax: Syntax,
    /// The places of the variables of the control that it uses.
    pub(super) variables: BTreeSet<usize>,
    /// What is known where the expression is false, and where it is true.
    pub(super) settles: [Vec<Known>; 2],
}

/// How closely a source is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rigour {
    /// Types are not compared before evaluation.
    #[cfg(test)]
    Lenient,
    /// Everything that cannot work is refused.
    Strict,
    /// A condition must be a truth value besides, and not the same for every input.
    Condition,
}

/// Compiles a source.
pub(super) fn compile(
    source: &str,
    scope: &Scope,
    rigour: Rigour,
) -> Result<Compiled, Vec<CompileError>> {
    let mut syntax = parse(source).map_err(|error| vec![error])?;
    let (variables, errors) = scope.variables().resolve(&mut syntax, scope);
    let is_condition = rigour == Rigour::Condition;
    let mut compiler = Compiler {
        scope,
        strict: is_condition || rigour == Rigour::Strict,
        rigour,
        locals: Vec::new(),
        most_locals: 0,
        spellings: 0,
        known: scope.known().to_vec(),
        is_unsure: scope.is_unsure(),
        chain: None,
        unguarded: 0,
        is_again: false,
        errors,
    };
    let typed = compiler.lower(&syntax);
    let locals = compiler.most_locals;
    let typed = typed.filter(|(_, kind)| !is_condition || compiler.is_truth(&syntax, source, kind));
    let settles = [false, true].map(|truth| compiler.holds(&syntax, truth));
    match (typed, compiler.errors) {
        (Some((node, kind)), errors) if errors.is_empty() => {
            Ok(Compiled { node, kind, locals, syntax, variables, settles })
        }
        (_, errors) => Err(errors),
    }
}

/// A node with its type; `None` after an error that has been recorded.
type Typed = Option<(Node, Type)>;

struct Compiler<'s> {
    scope: &'s Scope,
    strict: bool,
    rigour: Rigour,
    /// What the macros around this place bind, outermost first.
    locals: Vec<Local>,
    most_locals: usize,
    /// How many spellings have been made up for what macros bind.
    spellings: usize,
    /// What is known at this place.
    known: Vec<Known>,
    /// Whether a condition before this place is broken, so that nobody can say what it settles.
    is_unsure: bool,
    /// The chain of fields that is being lowered.
    chain: Option<Chain>,
    /// How many of the errors are reads without a guard.
    unguarded: usize,
    /// Whether something is lowered for the second time; nothing is for the fourth.
    is_again: bool,
    errors: Vec<CompileError>,
}

/// A variable that a macro binds.
struct Local {
    bound: Bound,
    kind: Type,
}

impl Compiler<'_> {
    fn lower(&mut self, syntax: &Syntax) -> Typed {
        match &syntax.form {
            Form::Literal(literal) => {
                Some((node(syntax, Op::Constant(literal.clone())), literal.kind()))
            }
            Form::Name(name) => self.name(syntax, name),
            Form::Select { operand, field, optional: false } => {
                self.chained(syntax, |this| this.select(syntax, operand, field))
            }
            Form::Select { operand, field, optional: true } => {
                self.chained(syntax, |this| this.optional_select(syntax, operand, field))
            }
            Form::Index { operand, index, optional } => {
                self.chained(syntax, |this| this.index(syntax, operand, index, *optional))
            }
            Form::Call { target, name, arguments } => {
                self.apart(|this| this.call(syntax, target.as_deref(), name, arguments))
            }
            Form::List(items) => self.apart(|this| this.list(syntax, items)),
            Form::Map(entries) => self.apart(|this| this.map(syntax, entries)),
            Form::Variable(variable) => self.apart(|this| this.variable(syntax, variable)),
        }
    }

    fn error(&mut self, error: CompileError) -> Typed {
        self.errors.push(error);
        None
    }

    /// Whether a condition gives a truth value; reports if not.
    fn is_truth(&mut self, syntax: &Syntax, source: &str, kind: &Type) -> bool {
        if matches!(kind, Type::Bool | Type::Dyn) {
            return true;
        }
        let whole = 0..source.len();
        let error = match (kind, names::written(syntax)) {
            (Type::Nullable(inner), Some(text)) if **inner == Type::Bool => {
                let message = format!("`{text}` may be null, which is neither true nor false");
                CompileError::new(message, whole).with_help(format!("write `{text} == true`"))
            }
            (Type::Optional(inner), Some(text)) if *settled(inner) == Type::Bool => {
                let message = format!("`{text}` may be absent, which is neither true nor false");
                let help = format!("write `{text}.orValue(false)`");
                CompileError::new(message, whole).with_help(help)
            }
            _ => {
                let message = format!("the expression gives a value of type {kind}, not a bool");
                CompileError::new(message, whole)
            }
        };
        self.errors.push(error);
        false
    }

    fn name(&mut self, syntax: &Syntax, name: &str) -> Typed {
        if let Some(slot) = self.locals.iter().rposition(|local| local.bound.name == name) {
            let kind = self.locals.get(slot).map_or(Type::Dyn, |local| self.kind_of_local(local));
            return Some((node(syntax, Op::Local(slot)), kind));
        }
        if let Some(slot) = self.scope.slot(name) {
            let kind = self.scope.kind(name).cloned().unwrap_or(Type::Dyn);
            let kind = match kind {
                Type::Nullable(inner) if self.is_known(Some(name), true) => (*inner).clone(),
                other => other,
            };
            return Some((node(syntax, Op::Variable(slot.0)), kind));
        }
        if let Some(kind) = Kind::NAMED.into_iter().find(|kind| kind.name() == name) {
            return Some((node(syntax, Op::Kind(kind)), Type::Kind));
        }
        let error =
            CompileError::new(format!("there is no variable `{name}` here"), syntax.range.clone());
        let own = self.locals.iter().map(|local| local.bound.name.as_str());
        if self.scope.variables().declare_one_called(name) {
            return self.error(error.with_help(format!("did you mean `variables.{name}`?")));
        }
        if let Some(help) = names::of_another_place(name) {
            return self.error(error.with_help(help));
        }
        let error = names::suggest(error, name, own.chain(self.scope.names()), "known here");
        self.error(error)
    }

    fn kind_of_local(&self, local: &Local) -> Type {
        match &local.kind {
            Type::Nullable(inner) if self.is_known(local.bound.spelling.as_deref(), true) => {
                (**inner).clone()
            }
            other => other.clone(),
        }
    }

    fn item(&mut self, item: &Item) -> Option<(Element, Type)> {
        let (node, kind) = self.lower(&item.value)?;
        let kind = match (item.optional, kind) {
            (true, Type::Optional(inner)) => (*inner).clone(),
            (true, Type::Dyn) => Type::Dyn,
            (true, kind) if self.strict => {
                let message =
                    format!("`?` needs a value that may be absent, not one of type {kind}");
                self.errors.push(CompileError::new(message, item.value.range.clone()));
                return None;
            }
            (_, kind) => kind,
        };
        Some((Element { node, optional: item.optional }, kind))
    }

    fn list(&mut self, syntax: &Syntax, items: &[Item]) -> Typed {
        let typed: Vec<_> = items.iter().map(|item| self.item(item)).collect();
        if items.is_empty() {
            let op = Op::Constant(Literal::EmptyList);
            return Some((node(syntax, op), Type::list(Type::Dyn)));
        }
        let (elements, kinds): (Vec<_>, Vec<_>) =
            typed.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
        Some((node(syntax, Op::List(elements.into())), Type::list(common(&kinds))))
    }

    fn map(&mut self, syntax: &Syntax, entries: &[(Syntax, Item)]) -> Typed {
        if entries.is_empty() {
            let literal = Literal::EmptyMap;
            let kind = literal.kind();
            return Some((node(syntax, Op::Constant(literal)), kind));
        }
        let (mut nodes, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (key, item) in entries {
            let (key_node, key_kind) = self.lower(key)?;
            let is_key = matches!(
                key_kind,
                Type::Dyn | Type::Bool | Type::Int | Type::Uint | Type::String | Type::Word(_)
            );
            if !is_key && self.strict {
                let message = format!("a value of type {key_kind} cannot be a key of a map");
                return self.error(CompileError::new(message, key.range.clone()));
            }
            let (element, value) = self.item(item)?;
            nodes.push((key_node, element));
            keys.push(key_kind);
            values.push(value);
        }
        let kind = Type::Map(common(&keys).into(), common(&values).into());
        Some((node(syntax, Op::Map(nodes.into())), kind))
    }

    /// `x.?a.?b.orValue(y)` in one walk.
    fn or_value(syntax: &Syntax, optional: Node, default: Node) -> Node {
        if !matches!(optional.op, Op::OptionalSelect(..)) {
            return node(syntax, Op::OrValue(Box::new([optional, default])));
        }
        let (mut base, mut fields) = (optional, Vec::new());
        while let Op::OptionalSelect(operand, field) = base.op {
            fields.push(field);
            base = *operand;
        }
        fields.reverse();
        node(syntax, Op::PathOr(Box::new(PathOr { base, fields: fields.into(), default })))
    }
}

/// A node that stands where this syntax does.
fn node(syntax: &Syntax, op: Op) -> Node {
    Node { span: (&syntax.range).into(), op }
}

impl Literal {
    fn kind(&self) -> Type {
        match self {
            Literal::Null => Type::Null,
            Literal::Bool(_) => Type::Bool,
            Literal::Int(_) => Type::Int,
            Literal::Uint(_) => Type::Uint,
            Literal::Double(_) => Type::Double,
            Literal::String(_) => Type::String,
            Literal::Bytes(_) => Type::Bytes,
            Literal::Timestamp(_) => Type::Plain(Kind::Timestamp),
            Literal::Duration(_) => Type::Plain(Kind::Duration),
            Literal::Opaque(opaque) => Type::Plain(opaque.kind()),
            Literal::EmptyList => Type::list(Type::Dyn),
            Literal::EmptyMap => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        }
    }
}
