//! Variables where they are used: compiled in their place, with their mistakes in their own text.

use super::{Compiler, Typed};
use crate::expression::node::{Node, Span};
use crate::expression::syntax::{Form, Named, Syntax};

impl Compiler<'_> {
    pub(super) fn variable(&mut self, syntax: &Syntax, variable: &Named) -> Typed {
        let before = self.errors.len();
        let lowered = self.lower(variable.syntax.as_deref()?);
        self.stand_in(syntax, before);
        let (mut node, kind) = lowered?;
        stand_at(&mut node, (&syntax.range).into());
        Some((node, kind))
    }

    /// Lets the mistakes found since `before` stand in the text that a variable stands for, if this
    /// is one.
    pub(super) fn stand_in(&mut self, syntax: &Syntax, before: usize) {
        if let Form::Variable(variable) = &syntax.form {
            for error in self.errors.iter_mut().skip(before) {
                error.variable.get_or_insert(variable.index);
            }
        }
    }
}

/// What goes wrong in a variable goes wrong where it is used.
fn stand_at(node: &mut Node, span: Span) {
    node.span = span;
    node.children_mut(&mut |child| stand_at(child, span));
}
