//! Probity's control catalog: one rule, one engine, for every front end.
//!
//! ```text
//! object or resource --subject--> Subject --evaluate--> Decision --report--> words
//!                                            ^
//!              controls + settings --snapshot'
//! ```
//!
//! A front end decodes its input, makes a [`Subject`], calls [`evaluate()`] against a
//! [`Snapshot`] and renders the [`Decision`]. Nothing here does I/O (but for reading a catalog
//! and the settings), knows a clock, or speaks a protocol. Each module uses only those above it
//! in this list.

pub mod value;

pub mod source;

pub mod shape;

pub mod expression;

pub mod control;

pub mod catalog;

pub mod decision;

pub mod settings;

pub mod subject;

pub mod snapshot;

pub mod evaluate;

pub mod fix;

pub mod report;

pub mod cases;

pub use catalog::{Catalog, LoadError, LoadErrors};
pub use control::{
    CheckId, Classification, Control, ControlId, Environment, Mode, Severity, Target,
};
pub use decision::{Action, Decision, Finding, SubjectIdentity, Verdict};
pub use evaluate::{Context, Phase, evaluate};
pub use fix::{Fix, fixes, simulate};
pub use settings::{Settings, SettingsErrors};
pub use snapshot::Snapshot;
pub use subject::Subject;
pub use value::{Arena, Path, Value};
