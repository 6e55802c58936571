//! What the bodies of functions work with.

use std::fmt;

use crate::value::{Arena, Opaque, Value};

/// What functions work with: the arena for what they make, and the budget.
#[derive(Debug)]
pub(in crate::expression) struct Tools<'a> {
    pub(in crate::expression) arena: &'a Arena,
    pub(in crate::expression) left: u64,
}

/// What is said when the budget is spent; this error is never absorbed.
pub(in crate::expression) const EXHAUSTED: &str = "the expression costs more than it may";

impl<'a> Tools<'a> {
    /// Spends units.
    #[inline]
    pub(in crate::expression) fn charge(&mut self, units: usize) -> Result<(), &'a str> {
        let left = self.left.checked_sub(units as u64);
        self.left = left.unwrap_or_default();
        if left.is_some() { Ok(()) } else { Err(EXHAUSTED) }
    }

    /// Spends what reading these values costs.
    pub(in crate::expression) fn charge_linear(
        &mut self,
        arguments: &[Value<'a>],
    ) -> Result<(), &'a str> {
        arguments.iter().try_for_each(|argument| self.charge(length(argument)))
    }

    /// Words an error.
    pub(in crate::expression) fn fail<T>(&self, message: fmt::Arguments<'_>) -> Result<T, &'a str> {
        Err(self.write(message))
    }

    /// A text in the arena.
    pub(in crate::expression) fn write(&self, text: fmt::Arguments<'_>) -> &'a str {
        let mut written = bumpalo::collections::String::new_in(self.arena);
        // Writing to a string cannot fail; a `Display` that does leaves what it wrote.
        let _ = fmt::write(&mut written, text);
        written.into_bump_str()
    }

    /// A value that only functions look into.
    pub(in crate::expression) fn opaque(&self, opaque: Opaque<'a>) -> Value<'a> {
        Value::Opaque(self.arena.alloc(opaque))
    }

    /// A copy of a text.
    pub(in crate::expression) fn text(&self, text: &str) -> Value<'a> {
        Value::String(self.arena.alloc_str(text))
    }
}

/// What reading a value costs.
fn length(value: &Value<'_>) -> usize {
    match value {
        Value::String(text) => text.len() / 8,
        Value::Bytes(bytes) => bytes.len() / 8,
        Value::List(items) => items.len(),
        Value::Map(_) | Value::Dictionary(_) => value.entry_count(),
        _ => 0,
    }
}

/// What a body answers when its arguments are not of its sorts, which dispatch excludes.
pub(super) const MISMATCH: &str = "the arguments are of the wrong types";
