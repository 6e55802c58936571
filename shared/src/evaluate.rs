//! Judging: a subject against every check of its target. Pure: no clock, no files, no network;
//! the same inputs give the same decision. Front ends call it from their `gate.rs` alone.

use time::Date;

use crate::{decision::Decision, snapshot::Snapshot, subject::Subject, value::Arena};

pub use crate::decision::Phase;

/// When, and as of which day, a subject is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// In which phase.
    pub phase: Phase,
    /// As of which day overrides and periods of grace count.
    pub today: Date,
}

impl Context {
    /// A context for one phase and day.
    pub const fn new(phase: Phase, today: Date) -> Self {
        Self { phase, today }
    }
}

/// Judges a subject.
pub fn evaluate<'a>(
    snapshot: &'a Snapshot,
    subject: &Subject<'a>,
    context: &Context,
    arena: &'a Arena,
) -> Decision {
    let _ = (context, arena);
    Decision {
        subject: subject.identity.clone(),
        environment: snapshot.environment(),
        classification: snapshot.classification(subject),
        findings: Vec::new(),
        passed: 0,
        not_applicable: 0,
    }
}
