//! What the oracles' suites share: one generator of expressions, one form of answers, and the list
//! of known disagreements. The suite of the real API server reads the list as well.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "used by suites alone, which fail by panicking"
)]

mod answer;
mod disagreement;
mod generate;
mod ours;

pub use answer::{Answer, close};
pub use disagreement::{Disagreement, Oracle, Right, disagreements};
pub use generate::{Library, expressions};
pub use ours::{VARIABLES, ours};
