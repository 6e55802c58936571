//! The syntax tree that the compiler works on: independent of the parser that made it.

use std::ops::Range;
use std::sync::Arc;

use crate::value::{Duration, Opaque, Timestamp};

/// A part of an expression and where it stands. For a call, a field or an operator the range is
/// that of its name, since that is what messages point at.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) range: Range<usize>,
    /// How many levels there are below it, variables not written out.
    pub(super) depth: usize,
    pub(super) form: Form,
}

#[derive(Debug)]
pub(super) enum Form {
    Literal(Literal),
    Name(String),
    /// `operand.field`, `operand.?field`
    Select {
        operand: Box<Syntax>,
        field: String,
        optional: bool,
    },
    /// `operand[index]`, `operand[?index]`
    Index {
        operand: Box<Syntax>,
        index: Box<Syntax>,
        optional: bool,
    },
    /// `name(…)`, `target.name(…)`, and operators under names such as `_+_`.
    Call {
        target: Option<Box<Syntax>>,
        name: String,
        arguments: Vec<Syntax>,
    },
    List(Vec<Item>),
    Map(Vec<(Syntax, Item)>),
    /// `variables.name`; the parser makes none, [`super::variables`] does.
    Variable(Named),
}

/// A variable where it is used.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) name: String,
    /// Its place among those of the scope.
    pub(super) index: usize,
    /// What it stands for; nothing where that is a mistake which is reported already.
    pub(super) syntax: Option<Arc<Syntax>>,
}

/// An element of a list or the value of a map entry; optional ones may turn out absent.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) value: Syntax,
    pub(super) optional: bool,
}

/// A literal, and every constant that the compiler makes of literals.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Box<str>),
    Bytes(Box<[u8]>),
    Timestamp(Timestamp),
    Duration(Duration),
    Opaque(Box<Opaque<'static>>),
    EmptyList,
    EmptyMap,
}

impl Syntax {
    pub(super) fn new(range: Range<usize>, form: Form) -> Self {
        Syntax { range, depth: form.depth(), form }
    }

    /// What stands here, which for a variable is what that stands for.
    pub(super) fn seen(&self) -> &Syntax {
        match &self.form {
            Form::Variable(Named { syntax: Some(syntax), .. }) => syntax.seen(),
            _ => self,
        }
    }

    /// The name that `a.b.c` spells, if it is one.
    pub(super) fn qualified_name(&self) -> Option<String> {
        match &self.form {
            Form::Name(name) => Some(name.clone()),
            Form::Select { operand, field, optional: false } => {
                operand.qualified_name().map(|prefix| format!("{prefix}.{field}"))
            }
            _ => None,
        }
    }

    /// The text, if this is a string literal.
    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.seen().form {
            Form::Literal(Literal::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match &self.seen().form {
            Form::Literal(Literal::Bool(truth)) => Some(*truth),
            _ => None,
        }
    }

    /// The number, if this is a whole one.
    pub(super) fn as_int(&self) -> Option<i64> {
        match &self.seen().form {
            Form::Literal(Literal::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether this is `[]` or `{}`.
    pub(super) fn is_empty_collection(&self) -> bool {
        match &self.seen().form {
            Form::List(items) => items.is_empty(),
            Form::Map(entries) => entries.is_empty(),
            _ => false,
        }
    }
}

impl Form {
    /// How many levels there are below it.
    fn depth(&self) -> usize {
        let below = |parts: &mut dyn Iterator<Item = &Syntax>| {
            parts.map(|part| part.depth + 1).max().unwrap_or_default()
        };
        match self {
            Form::Literal(_) | Form::Name(_) | Form::Variable(_) => 0,
            Form::Select { operand, .. } => operand.depth + 1,
            Form::Index { operand, index, .. } => operand.depth.max(index.depth) + 1,
            Form::Call { target, arguments, .. } => {
                below(&mut target.iter().map(|target| &**target).chain(arguments))
            }
            Form::List(items) => below(&mut items.iter().map(|item| &item.value)),
            Form::Map(entries) => {
                below(&mut entries.iter().flat_map(|(key, item)| [key, &item.value]))
            }
        }
    }
}
