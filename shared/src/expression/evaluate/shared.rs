//! What expressions share: looked up in a memo, else done as each would do it alone, at the same
//! cost and with the same answer.

use super::{EXHAUSTED, Evaluated, Machine, Truth};
use crate::expression::node::{At, FieldRead, Node, Once, Op, Reading};
use crate::expression::sharing::{Done, Found};
use crate::value::Value;

impl<'a> Machine<'_, 'a> {
    #[inline]
    fn found(&self, at: At) -> Found<'a> {
        match &self.bindings.shared {
            Some(shared) => shared.found(at, &self.bindings.values),
            None => Found::Odd,
        }
    }

    #[inline]
    pub(super) fn read(&mut self, read: &'a FieldRead) -> Evaluated<'a> {
        let found = self.found(read.at);
        match (found, read.reading) {
            (Found::There(cost, value), Reading::Plain | Reading::Or { .. }) => {
                self.charge(&read.node, cost as usize)?;
                Ok(*value)
            }
            (Found::Missing(cost), Reading::Or { .. })
            | (Found::MissingAbove(cost), Reading::Or { open: true }) => {
                self.charge(&read.node, cost as usize)?;
                match &read.node.op {
                    Op::PathOr(path) => self.operand(&path.default),
                    _ => self.value(&read.node),
                }
            }
            (_, Reading::Effective { pod }) => self.effective_read(read, found, pod),
            (Found::There(cost, value), Reading::Optional { .. }) => {
                self.charge(&read.node, cost as usize)?;
                // Whether it will be there is not known either.
                let is_open = value.is_unknown();
                Ok(if is_open { Value::Unknown } else { Value::Optional(Some(value)) })
            }
            (Found::Missing(cost), Reading::Optional { .. })
            | (Found::MissingAbove(cost), Reading::Optional { open: true }) => {
                self.charge(&read.node, cost as usize)?;
                Ok(Value::Optional(None))
            }
            _ => self.value(&read.node),
        }
    }

    fn effective_read(&mut self, read: &'a FieldRead, own: Found<'a>, pod: At) -> Evaluated<'a> {
        let Some((own, cost)) = setting(own) else { return self.value(&read.node) };
        if !own.is_null() {
            self.charge(&read.node, 1 + cost)?;
            return Ok(own);
        }
        let Some((of_pod, more)) = setting(self.found(pod)) else { return self.value(&read.node) };
        self.charge(&read.node, 1 + cost + more)?;
        Ok(of_pod)
    }

    pub(super) fn has_read(&mut self, read: &'a FieldRead) -> Truth<'a> {
        let (cost, answer) = match (self.found(read.at), &read.node.op) {
            (Found::There(cost, Value::Unknown), _) => (cost, None),
            (Found::There(cost, _), _) => (cost, Some(true)),
            (Found::Missing(cost), _) => (cost, Some(false)),
            (_, Op::Has(operand, field)) => return self.has(&read.node, operand, field),
            _ => return self.truth(&read.node),
        };
        self.charge(&read.node, cost as usize)?;
        Ok(answer)
    }

    pub(super) fn once(&mut self, once: &'a Once) -> Evaluated<'a> {
        self.share(once, Self::value)
    }

    pub(super) fn once_truth(&mut self, once: &'a Once) -> Truth<'a> {
        let answer = self.share(once, |machine, node| {
            Ok(machine.decide(node)?.map_or(Value::Unknown, Value::Bool))
        });
        Ok(answer?.as_bool())
    }

    #[inline]
    fn share(
        &mut self,
        once: &'a Once,
        compute: impl FnOnce(&mut Self, &'a Node) -> Evaluated<'a>,
    ) -> Evaluated<'a> {
        let place = self.bindings.shared.as_ref().and_then(|shared| shared.done(once.at));
        let Some(place) = place else { return compute(self, &once.node) };
        if let Some(done) = place.get() {
            self.charge(&once.node, usize::try_from(done.cost).unwrap_or(usize::MAX))?;
            return done.result;
        }
        let before = self.tools.left;
        let result = compute(self, &once.node);
        // A budget that was spent says nothing of another one.
        if !matches!(result, Err(fault) if fault.message == EXHAUSTED) {
            place.set(Some(Done { result, cost: before - self.tools.left }));
        }
        result
    }
}

/// A security setting, null where it or what holds it is missing, and what finding it costs.
fn setting(found: Found<'_>) -> Option<(Value<'_>, usize)> {
    match found {
        Found::There(cost, value) => Some((*value, cost as usize)),
        Found::Missing(cost) | Found::MissingAbove(cost) => Some((Value::Null, cost as usize)),
        Found::Unread | Found::Odd => None,
    }
}
