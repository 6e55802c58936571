//! A bound on aliases, which can multiply. Called by the YAML reader for every node.

use super::{Fault, Span};

/// How much of a document may come from aliases, so that ten lines do not become a billion.
#[derive(Default)]
pub(super) struct Budget {
    read: usize,
    aliased: usize,
}

/// Nodes that aliases may make in one document, whatever its size.
const MOST_ALIASED: usize = 200_000;

impl Budget {
    pub(super) fn plain(&mut self, nodes: usize, span: Span) -> Result<(), Fault> {
        self.read += nodes;
        self.check(span)
    }

    pub(super) fn aliased(&mut self, nodes: usize, span: Span) -> Result<(), Fault> {
        self.read += nodes;
        self.aliased += nodes;
        self.check(span)
    }

    /// The share that kubectl's reader allows: 99 % in small documents, 10 % in very large ones.
    fn check(&self, span: Span) -> Result<(), Fault> {
        if self.aliased <= 100 || self.read <= 1_000 {
            return Ok(());
        }
        let share = match self.read {
            ..=400_000 => 99,
            4_000_000.. => 10,
            read => 99 - 89 * (read - 400_000) / 3_600_000,
        };
        if self.aliased > MOST_ALIASED || self.aliased * 100 > self.read * share {
            return Err(Fault::new(span, "the document contains excessive aliasing"));
        }
        Ok(())
    }
}
