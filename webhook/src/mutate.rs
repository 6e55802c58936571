//! What `/mutate` writes into a new pod: the fixes of controls, as a minimal patch.
//!
//! Only absent fields, only pods at CREATE; templates stay as their owners wrote them, mirror pods
//! are the kubelet's. A patch that would break a control is dropped whole. Knows no HTTP. Called by
//! `admission`.

pub mod patch;

use std::fmt;

use probity_catalog::fix::Operation as FixOperation;
use probity_catalog::value::Arena;
use time::Date;

use crate::admission::review::{Operation, Review};
use crate::gate::Judge;
use crate::snapshot::Loaded;
use patch::Patch;

/// The annotation that a kubelet puts on the mirror of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What is done to a pod.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// What the API server applies.
    pub patch: Patch,
    /// The same, field by field.
    pub changes: Vec<Change>,
    /// Controls whose fixes were dropped, since the patched pod would break `breaks`.
    pub dropped: Vec<String>,
    /// See `dropped`.
    pub breaks: Vec<String>,
}

/// One field that was set or removed.
#[derive(Clone, Debug)]
pub struct Change {
    control: String,
    path: String,
    value: Option<String>,
}

impl Change {
    /// For whom.
    pub fn control(&self) -> &str {
        &self.control
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { control, path, value } = self;
        match value {
            Some(value) => write!(f, "probity set {path}={value} ({control})"),
            None => write!(f, "probity removed {path} ({control})"),
        }
    }
}

/// Whether this review may be answered with a patch at all.
///
/// An update may change next to nothing of a pod; a patch would make even the removal of its last
/// finalizer fail.
pub fn mutable(review: &Review<'_>) -> bool {
    let metadata = review.object.get("metadata").unwrap_or_default();
    let mirror =
        metadata.get("annotations").and_then(|annotations| annotations.get(MIRROR)).is_some();
    review.operation == Operation::Create
        && (review.kind.group, review.kind.name) == ("", "Pod")
        && review.subresource.is_empty()
        && !mirror
        && metadata.get("deletionTimestamp").is_none_or(|value| value.is_null())
}

/// What to do to the pod of `review`.
pub fn mutation<'a>(
    judge: &impl Judge,
    snapshot: &'a Loaded,
    review: &Review<'a>,
    today: Date,
    arena: &'a Arena,
) -> Mutation {
    if !mutable(review) {
        return Mutation::default();
    }
    let wanted = judge.fixes(snapshot, review, today, arena);
    if !wanted.breaks.is_empty() {
        let mut dropped: Vec<String> =
            wanted.fixes.iter().map(|fix| fix.control.to_string()).collect();
        dropped.sort();
        dropped.dedup();
        return Mutation { dropped, breaks: wanted.breaks, ..Mutation::default() };
    }
    let (patch, applied) = Patch::new(review.object, &wanted.fixes);
    let changes = applied
        .into_iter()
        .map(|fix| Change {
            control: fix.control.to_string(),
            path: fix.path.to_string(),
            value: match &fix.operation {
                FixOperation::Set(value) | FixOperation::Replace(value) => Some(match value {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                }),
                FixOperation::Remove | FixOperation::SetUnknown => None,
            },
        })
        .collect();
    Mutation { patch, changes, ..Mutation::default() }
}
