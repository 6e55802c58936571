//! Comparisons that say the same whatever comes in: of a word with one that it never is, of
//! something with null that never is null, of a size with less than nothing, of what is fixed.

use super::types::{is_nullable, settled};
use super::{Compiler, Rigour, names};
use crate::expression::CompileError;
use crate::expression::node::{Comparison, Node, Op};
use crate::expression::syntax::{Form, Literal, Syntax};
use crate::shape::Type;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub(super) struct Side<'s> {
    pub(super) syntax: &'s Syntax,
    pub(super) node: &'s Node,
    pub(super) kind: &'s Type,
}

impl Side<'_> {
    fn constant(&self) -> Option<&Literal> {
        match &self.node.op {
            Op::Constant(literal) => Some(literal),
            _ => None,
        }
    }

    /// What is called by name in messages, with a verb.
    fn shown(&self) -> String {
        names::written(self.syntax).map_or_else(|| "this".to_owned(), |text| format!("`{text}`"))
    }
}

impl Compiler<'_> {
    /// Whether two sides can be equal as far as their types and words go; reports if not.
    pub(super) fn never_equal(&mut self, syntax: &Syntax, left: Side<'_>, right: Side<'_>) -> bool {
        if !self.strict {
            return false;
        }
        let found = self
            .never_null(left, right)
            .or_else(|| self.never_null(right, left))
            .or_else(|| never_that_word(left, right))
            .or_else(|| never_that_word(right, left))
            .or_else(|| of_types(syntax, left.kind, right.kind))
            .or_else(|| self.fixed(syntax, left, right));
        found.map(|error| self.errors.push(error)).is_some()
    }

    /// Whether an order says the same for every input; reports if so.
    pub(super) fn never_ordered(
        &mut self,
        syntax: &Syntax,
        comparison: Comparison,
        left: Side<'_>,
        right: Side<'_>,
    ) -> bool {
        if !self.strict {
            return false;
        }
        let found = of_size(syntax, comparison, left, right)
            .or_else(|| of_size(syntax, comparison.turned(), right, left))
            .or_else(|| self.fixed(syntax, left, right));
        found.map(|error| self.errors.push(error)).is_some()
    }

    /// The words of a list of constants that something never is; true after an error.
    pub(super) fn never_among(&mut self, item: Side<'_>, list: &Syntax) -> bool {
        let (Type::Word(words), Form::List(items), true) =
            (settled(item.kind), &list.seen().form, self.strict)
        else {
            return false;
        };
        let before = self.errors.len();
        for other in items {
            if let Some(text) = other.value.as_text() {
                self.errors.extend(not_a_word(item, words, text, &other.value));
            }
        }
        self.stand_in(list, before);
        self.errors.len() > before
    }

    /// `one == null` where `one` never is.
    fn never_null(&self, one: Side<'_>, other: Side<'_>) -> Option<CompileError> {
        let is_null = matches!(other.syntax.form, Form::Literal(Literal::Null));
        if !is_null || self.is_unsure || *one.kind == Type::Dyn || is_nullable(one.kind) {
            return None;
        }
        let error =
            CompileError::new(format!("{} is never null", one.shown()), one.syntax.range.clone());
        // What had to be guarded can be absent.
        let can_be_absent = self.is_known(self.spelling(one.syntax).as_deref(), false);
        Some(match (one.kind, names::written(one.syntax)) {
            (Type::Optional(_), Some(text)) => {
                error.with_help(format!("`{text}.hasValue()` asks whether it is there"))
            }
            (_, Some(text)) if can_be_absent => error
                .with_help(format!("where nothing was said it is absent: `has({text})` asks that")),
            _ => error,
        })
    }

    /// A condition both of whose sides are constants, or the same.
    fn fixed(&self, syntax: &Syntax, left: Side<'_>, right: Side<'_>) -> Option<CompileError> {
        if self.rigour != Rigour::Condition {
            return None;
        }
        if left.constant().is_some() && right.constant().is_some() {
            let message = "both sides are constants, so this is the same for every input";
            return Some(CompileError::new(message, syntax.range.clone()));
        }
        let is_same = self.spelling(left.syntax)? == self.spelling(right.syntax)?;
        let message =
            format!("both sides are {}, so this is the same for every input", left.shown());
        is_same.then(|| CompileError::new(message, syntax.range.clone()))
    }

    /// `true && …`: a constant among conditions; true after an error.
    pub(super) fn constant_operand(&mut self, operand: &Syntax, user: &str) -> bool {
        let Some(truth) =
            operand.as_bool().filter(|_| self.strict && self.rigour == Rigour::Condition)
        else {
            return false;
        };
        let message = match (user, truth) {
            ("&&", true) | ("||", false) => format!("`{truth}` changes nothing beside `{user}`"),
            _ => format!("`{truth}` decides `{user}` alone, so this is the same for every input"),
        };
        self.errors.push(CompileError::new(message, operand.range.clone()));
        true
    }
}

fn of_types(syntax: &Syntax, left: &Type, right: &Type) -> Option<CompileError> {
    if super::types::comparable(left, right) {
        return None;
    }
    let [left, right] = [left, right].map(|kind| match kind {
        Type::Nullable(inner) => inner,
        other => other,
    });
    let message = format!("values of types {left} and {right} are never equal");
    let error = CompileError::new(message, syntax.range.clone());
    Some(match (left, right) {
        (Type::Bool, Type::String) | (Type::String, Type::Bool) => {
            error.with_help("truth values stand without quotes: `true`, `false`")
        }
        (Type::Int, Type::String) | (Type::String, Type::Int) => {
            error.with_help("numbers stand without quotes")
        }
        (Type::Quantity, _) | (_, Type::Quantity) => {
            error.with_help("amounts are texts: `\"2\"`, `\"500m\"`")
        }
        (Type::Optional(_), _) | (_, Type::Optional(_)) => {
            error.with_help("`.orValue(…)` says what stands for what is absent")
        }
        _ => error,
    })
}

/// `one == "word"` where `one` is one of other words.
fn never_that_word(one: Side<'_>, other: Side<'_>) -> Option<CompileError> {
    let (Type::Word(words), Some(Literal::String(text))) = (settled(one.kind), other.constant())
    else {
        return None;
    };
    not_a_word(one, words, text, other.syntax)
}

fn not_a_word(one: Side<'_>, words: &[String], text: &str, at: &Syntax) -> Option<CompileError> {
    // An empty text may stand in a file, and for what is absent.
    if text.is_empty() || words.iter().any(|word| word == text) {
        return None;
    }
    let message = format!("{} is never {text:?}", one.shown());
    let known = words.iter().filter(|word| !word.is_empty());
    let known: Vec<String> = known.map(|word| format!("{word:?}")).collect();
    let near = names::nearest(text, words.iter().map(String::as_str));
    let help = match near.filter(|near| !near.is_empty()) {
        Some(near) => format!("did you mean {near:?}? It is one of {}", known.join(", ")),
        None => format!("it is one of {}", known.join(", ")),
    };
    Some(CompileError::new(message, at.range.clone()).with_help(help))
}

/// `size(x) < 0`
fn of_size(
    syntax: &Syntax,
    comparison: Comparison,
    one: Side<'_>,
    other: Side<'_>,
) -> Option<CompileError> {
    let Some(Literal::Int(number)) = other.constant() else { return None };
    let Form::Call { name, .. } = &one.syntax.seen().form else { return None };
    let least = 0;
    let always = match comparison {
        Comparison::Less if *number <= least => false,
        Comparison::LessOrEqual if *number < least => false,
        Comparison::Greater if *number < least => true,
        Comparison::GreaterOrEqual if *number <= least => true,
        _ => return None,
    };
    (name == "size").then(|| {
        let word = if always { "always" } else { "never" };
        let message = format!("a size is never below 0, so this is {word} so");
        CompileError::new(message, syntax.range.clone())
    })
}

impl Comparison {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "_<_" => Some(Comparison::Less),
            "_<=_" => Some(Comparison::LessOrEqual),
            "_>_" => Some(Comparison::Greater),
            "_>=_" => Some(Comparison::GreaterOrEqual),
            _ => None,
        }
    }

    /// As the table of functions calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Comparison::Less => "_<_",
            Comparison::LessOrEqual => "_<=_",
            Comparison::Greater => "_>_",
            Comparison::GreaterOrEqual => "_>=_",
        }
    }

    /// The same with its sides exchanged.
    fn turned(self) -> Self {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        }
    }
}

/// What an order between these types needs, where there is a way to have one.
pub(super) fn no_order(syntax: &Syntax, left: &Type, right: &Type) -> CompileError {
    let message = format!("values of types {left} and {right} have no order");
    let error = CompileError::new(message, syntax.range.clone());
    if [left, right].into_iter().any(|kind| *settled(kind) == Type::Quantity) {
        return error.with_help("`quantity(a).isLessThan(quantity(b))` compares amounts");
    }
    error
}
