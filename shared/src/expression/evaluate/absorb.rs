//! What `&&`, `||`, `all` and `exists` make of unknowns and errors: one truth value decides
//! without the rest, an unknown keeps the answer open and hides errors, an error counts only where
//! nothing else does. Must not know what is walked. Called by the walks in `evaluate`.

use super::{EXHAUSTED, Fault, Truth};

/// Operands seen so far, none of which has decided.
#[derive(Default)]
pub(super) struct Undecided<'a> {
    unknown: bool,
    fault: Option<&'a Fault<'a>>,
}

impl<'a> Undecided<'a> {
    /// Takes one operand; true where it decides. A spent budget is absorbed by nothing.
    #[inline]
    pub(super) fn is_decided_by(
        &mut self,
        operand: Truth<'a>,
        decides: bool,
    ) -> Result<bool, &'a Fault<'a>> {
        match operand {
            Ok(Some(truth)) => return Ok(truth == decides),
            Ok(None) => self.unknown = true,
            Err(spent) if spent.message == EXHAUSTED => return Err(spent),
            Err(other) => self.fault = self.fault.or(Some(other)),
        }
        Ok(false)
    }

    /// The answer when no operand has decided.
    #[inline]
    pub(super) fn answer(self, decides: bool) -> Truth<'a> {
        match self.fault {
            _ if self.unknown => Ok(None),
            Some(fault) => Err(fault),
            None => Ok(Some(!decides)),
        }
    }
}
