//! Truth: what `&&`, `||`, `?:` and conditions of macros need, and what one operand may rely on
//! because of another.

use super::types::either;
use super::{Compiler, Typed, names, node};
use crate::expression::CompileError;
use crate::expression::functions;
use crate::expression::node::{Node, Op};
use crate::expression::syntax::{Form, Syntax};
use crate::shape::Type;

impl Compiler<'_> {
    /// Lowers an operand that must be a truth value.
    pub(super) fn truth(&mut self, syntax: &Syntax, user: &str) -> Option<Node> {
        let (node, kind) = self.lower(syntax)?;
        if self.refuses_null(syntax, &kind, user) {
            return None;
        }
        if self.strict && !matches!(kind, Type::Bool | Type::Dyn) {
            let message = format!("`{user}` needs a bool here, not a value of type {kind}");
            let error = CompileError::new(message, syntax.range.clone());
            let written = names::written(syntax);
            self.errors.push(match (&kind, written) {
                (Type::Optional(_), Some(text)) => {
                    error.with_help(format!("`{text}.orValue(false)` says what absence means"))
                }
                _ => error,
            });
            return None;
        }
        Some(node)
    }

    /// `a && b && c` becomes one node: the parser balances such chains into a tree. Each operand
    /// may rely on those before it, and a read without a guard on those after it as well: an
    /// operand that cannot be computed counts for nothing where another one decides.
    pub(super) fn junction(&mut self, syntax: &Syntax, name: &str) -> Typed {
        fn operands<'s>(syntax: &'s Syntax, name: &str, all: &mut Vec<&'s Syntax>) {
            match &syntax.form {
                Form::Call { target: None, name: own, arguments } if own == name => {
                    for argument in arguments {
                        operands(argument, name, all);
                    }
                }
                _ => all.push(syntax),
            }
        }
        let mut all = Vec::new();
        operands(syntax, name, &mut all);
        let symbol = functions::operator(name).unwrap_or(name);
        let (outside, unsure, truth) = (self.known.len(), self.is_unsure, name == "_&&_");
        let mut nodes: Vec<Option<Node>> = Vec::new();
        let mut again = Vec::new();
        for (place, operand) in all.iter().enumerate() {
            let (errors, unguarded) = (self.errors.len(), self.unguarded);
            let refused = self.constant_operand(operand, symbol);
            let lowered = self.truth(operand, symbol).filter(|_| !refused);
            if lowered.is_none() && self.unguarded > unguarded && !self.is_again {
                self.unguarded = unguarded;
                again.push((place, self.errors.split_off(errors)));
            } else {
                self.is_unsure |= lowered.is_none();
                let settled = self.holds(operand, truth);
                self.known.extend(settled);
            }
            nodes.push(lowered);
        }
        for (place, mut mistakes) in again {
            let errors = self.errors.len();
            if let (Some(operand), Some(node)) = (all.get(place), nodes.get_mut(place)) {
                self.is_again = true;
                *node = self.truth(operand, symbol);
                self.is_again = false;
                if node.is_none() {
                    // What was found first is the same or more, and in the order of the source.
                    self.errors.truncate(errors);
                    self.unguarded += 1;
                    self.errors.append(&mut mistakes);
                }
            }
        }
        self.known.truncate(outside);
        self.is_unsure = unsure;
        let nodes = nodes.into_iter().collect::<Option<Box<[Node]>>>()?;
        let op = if truth { Op::And(nodes) } else { Op::Or(nodes) };
        Some((node(syntax, op), Type::Bool))
    }

    pub(super) fn conditional(
        &mut self,
        syntax: &Syntax,
        condition: &Syntax,
        yes: &Syntax,
        no: &Syntax,
    ) -> Typed {
        let refused = self.constant_operand(condition, "?:");
        let (when_true, when_false) = (self.holds(condition, true), self.holds(condition, false));
        let condition = self.truth(condition, "?:").filter(|_| !refused);
        let unsure = self.is_unsure;
        self.is_unsure |= condition.is_none();
        let yes = self.knowing(when_true, |this| this.lower(yes));
        let no = self.knowing(when_false, |this| this.lower(no));
        self.is_unsure = unsure;
        let ((yes, yes_kind), (no, no_kind)) = (yes?, no?);
        let kind = either(&yes_kind, &no_kind);
        Some((node(syntax, Op::Conditional(Box::new([condition?, yes, no]))), kind))
    }
}
