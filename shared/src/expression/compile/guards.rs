//! Reads of what may be absent or null: an error where nothing before them makes sure that it is
//! there, with the ways to say what absence means.

use std::ops::Range;

use super::types::{nothing, settled};
use super::{Compiler, names};
use crate::expression::CompileError;
use crate::expression::known::{Known, PARTS, Speller};
use crate::expression::syntax::{Form, Literal, Syntax};
use crate::shape::Type;

/// Why a field cannot simply be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// It may be absent.
    Absent,
    /// It may be null, which has no fields.
    Null,
}

/// A chain of fields on the way to its end: `c.securityContext.privileged`.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// The first place that may lack, and why.
    pub(super) lacks: Option<(Range<usize>, Lack)>,
}

impl Compiler<'_> {
    /// Whether what stands here is known to be there, and not null where `is_set` asks so.
    pub(super) fn is_known(&self, spelling: Option<&str>, is_set: bool) -> bool {
        if self.is_unsure {
            return true;
        }
        let Some(spelling) = spelling else { return false };
        let is_it = |known: &Known| known.spelling == spelling && (known.is_set || !is_set);
        self.known.iter().any(is_it)
    }

    /// Remembers the first lack of the chain that is being lowered.
    pub(super) fn lacks(&mut self, place: &Range<usize>, lack: Lack) {
        if let Some(chain) = &mut self.chain {
            chain.lacks.get_or_insert_with(|| (place.clone(), lack));
        }
    }

    /// Lowers the end of a chain of fields; a lack in it is reported once, for the whole chain.
    pub(super) fn chained<T>(
        &mut self,
        syntax: &Syntax,
        lower: impl FnOnce(&mut Self) -> Option<(T, Type)>,
    ) -> Option<(T, Type)> {
        if self.chain.is_some() {
            return lower(self);
        }
        self.chain = Some(Chain::default());
        let lowered = lower(self);
        let chain = self.chain.take().unwrap_or_default();
        let (value, kind) = lowered?;
        if let Some((place, lack)) = chain.lacks.filter(|_| self.strict) {
            self.errors.push(unguarded(syntax, &place, lack, &kind));
            self.unguarded += 1;
            return None;
        }
        Some((value, kind))
    }

    /// Lowers something that is no part of the chain around it.
    pub(super) fn apart<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let chain = self.chain.take();
        let lowered = lower(self);
        self.chain = chain;
        lowered
    }

    /// Lowers under what is known beside what was known before.
    pub(super) fn knowing<T>(
        &mut self,
        known: impl IntoIterator<Item = Known>,
        lower: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.known.len();
        self.known.extend(known);
        let lowered = lower(self);
        self.known.truncate(before);
        lowered
    }

    /// What is known where `syntax` is `truth`.
    pub(super) fn holds(&self, syntax: &Syntax, truth: bool) -> Vec<Known> {
        if self.strict { self.speller().holds(syntax, truth) } else { Vec::new() }
    }

    pub(super) fn spelling(&self, syntax: &Syntax) -> Option<String> {
        self.strict.then(|| self.speller().spelling(syntax)).flatten()
    }

    pub(super) fn speller(&self) -> Speller<'_> {
        let bound = self.locals.iter().map(|local| local.bound.clone()).collect();
        Speller { scope: self.scope, bound, left: PARTS }
    }

    /// `resource.?versioning.orValue(false)`: what is always there, and may be null, is asked
    /// whether it is absent.
    pub(super) fn never_absent(&self, optional: &Syntax, kind: &Type) -> Option<CompileError> {
        let Form::Select { operand, field, optional: true } = &optional.form else { return None };
        // Only a variable itself is surely there.
        let Form::Name(holder) = &operand.form else { return None };
        let Type::Object(object) = self.scope.kind(holder).filter(|_| self.strict)? else {
            return None;
        };
        if object.field(field).is_none_or(|declared| declared.optional || !declared.nullable) {
            return None;
        }
        let message = format!("`{field}` is never absent: where it is not set it is null");
        let error = CompileError::new(message, optional.range.clone());
        Some(error.with_help(match settled(kind) {
            Type::Bool => format!("`{holder}.{field} == true` is false for null"),
            _ => format!("`{holder}.{field} == null` asks whether it is not set"),
        }))
    }

    /// Whether an operand may be null that must not be; reports if so.
    pub(super) fn refuses_null(&mut self, syntax: &Syntax, kind: &Type, user: &str) -> bool {
        if !self.strict || !matches!(kind, Type::Nullable(_)) {
            return false;
        }
        let shown = names::written(syntax);
        let subject =
            shown.as_deref().map_or_else(|| "this".to_owned(), |text| format!("`{text}`"));
        let message = format!("{subject} may be null, which `{user}` does not take");
        let error = CompileError::new(message, syntax.range.clone());
        let help = shown.map(|text| match settled(kind) {
            Type::Bool => format!("`{text} == true` is false for null"),
            _ => format!("`{text} != null && …` guards it"),
        });
        self.errors.push(match help {
            Some(help) => error.with_help(help),
            None => error,
        });
        true
    }
}

/// The message about a chain that is read although something in it may lack.
fn unguarded(chain: &Syntax, place: &Range<usize>, lack: Lack, kind: &Type) -> CompileError {
    let holder = holder(chain, place).and_then(names::written);
    let shown = holder.map_or_else(|| "this".to_owned(), |text| format!("`{text}`"));
    let message = match lack {
        Lack::Absent => format!("{shown} may be absent here, and reading it is then an error"),
        Lack::Null => format!("{shown} may be null here, and null has no fields"),
    };
    let mut ways = Vec::new();
    if let Some(asked) = asking(chain, place, lack) {
        let is_asked = matches!(
            chain.form,
            Form::Select { optional: true, .. } | Form::Index { optional: true, .. }
        );
        match nothing(kind).filter(|_| !is_asked) {
            Some(default) => {
                ways.push(format!("`{asked}.orValue({default})` says what stands for it then"));
            }
            None if is_asked => ways.push(format!("`{asked}` asks for it")),
            None => {}
        }
    }
    ways.extend(guard(chain, place, lack).map(|guard| format!("`{guard} && …` makes sure of it")));
    let error = CompileError::new(message, place.clone());
    if ways.is_empty() { error } else { error.with_help(ways.join("; ")) }
}

/// The part of a chain that stands at a place.
fn holder<'s>(chain: &'s Syntax, place: &Range<usize>) -> Option<&'s Syntax> {
    let mut part = chain;
    loop {
        if part.range == *place {
            return Some(part);
        }
        part = match &part.form {
            Form::Select { operand, .. } | Form::Index { operand, .. } => operand,
            _ => return None,
        };
    }
}

/// The chain with a question mark at every step that may find nothing.
fn asking(chain: &Syntax, place: &Range<usize>, lack: Lack) -> Option<String> {
    let is_place = chain.range == *place;
    if is_place && lack == Lack::Null {
        return names::written(chain);
    }
    let above = |operand: &Syntax| {
        if is_place { names::written(operand) } else { asking(operand, place, lack) }
    };
    match &chain.form {
        Form::Select { operand, field, .. } => Some(format!("{}.?{field}", above(operand)?)),
        Form::Index { operand, index, .. } => {
            Some(format!("{}[?{}]", above(operand)?, names::written(index)?))
        }
        _ => None,
    }
}

/// The conditions that make sure of everything from the place to the end of the chain; nothing
/// where they would be longer than what they guard is worth.
fn guard(chain: &Syntax, place: &Range<usize>, lack: Lack) -> Option<String> {
    const MOST: usize = 2;
    if lack == Lack::Null {
        return Some(format!("{} != null", names::written(holder(chain, place)?)?));
    }
    let (mut conditions, mut part) = (Vec::new(), chain);
    loop {
        let written = names::written(part)?;
        part = match &part.form {
            Form::Select { operand, .. } => {
                conditions.push(format!("has({written})"));
                if part.range == *place {
                    break;
                }
                operand
            }
            Form::Index { operand, index, .. } => {
                let (index, map) = (names::written(index)?, names::written(operand)?);
                conditions.push(format!("{index} in {map}"));
                if part.range == *place {
                    break;
                }
                operand
            }
            _ => return None,
        };
    }
    conditions.reverse();
    (conditions.len() <= MOST).then(|| conditions.join(" && "))
}

/// How to say what stands for something that is absent.
pub(super) fn default_of(written: &str, kind: &Type) -> Option<String> {
    nothing(kind).map(|default| format!("`{written}.orValue({default})` says what absence means"))
}

impl Literal {
    /// As it is written.
    pub(super) fn written(&self) -> Option<String> {
        Some(match self {
            Literal::Null => "null".to_owned(),
            Literal::Bool(truth) => truth.to_string(),
            Literal::Int(number) => number.to_string(),
            Literal::String(text) => format!("{text:?}"),
            _ => return None,
        })
    }
}
