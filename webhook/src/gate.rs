//! Review → subjects → evaluate: the only file of the webhook that asks the catalog.
//!
//! It neither decodes nor words anything. `Judge` is the seam through which tests put another
//! judgement in the place of the catalog's. Called by `admission` and `mutate`.

use probity_catalog::decision::{Action, Decision, Finding};
use probity_catalog::evaluate::{Context, Phase, evaluate};
use probity_catalog::fix::{Fix, fixes, simulate};
use probity_catalog::subject::Subject;
use probity_catalog::subject::kubernetes::{RequestInfo, Unjudged, subjects};
use probity_catalog::value::{Arena, Value};
use time::Date;

use crate::admission::review::Review;
use crate::config::{Config, Mutation};
use crate::snapshot::Loaded;

/// What was decided about a review.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// One per subject in the object.
    pub decisions: Vec<Decision>,
    /// Pod templates in kinds that nobody knows: told, never passed as judged.
    pub unjudged: Vec<Unjudged>,
}

impl Judgement {
    /// The strictest action of all decisions.
    pub fn action(&self) -> Option<Action> {
        self.decisions.iter().filter_map(Decision::action).max()
    }
}

/// What would be written into a pod, and whether that would break something that held before.
#[derive(Clone, Debug, Default)]
pub struct Fixes {
    /// What is absent and what it should be.
    pub fixes: Vec<Fix>,
    /// Controls that would refuse or warn only because of the fixes.
    pub breaks: Vec<String>,
}

/// Decides about reviews.
pub trait Judge: Send + Sync + 'static {
    /// Judges a review that brings an object.
    fn judge<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Judgement;

    /// Says what to write into a new pod.
    fn fixes<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Fixes;
}

/// Decides by the catalog in force.
#[derive(Clone, Copy, Debug)]
pub struct CatalogJudge {
    /// Whether templates are judged as their pods will be after mutation.
    pub mutation: bool,
}

impl CatalogJudge {
    /// As the flags have it.
    pub fn of(config: &Config) -> Self {
        Self { mutation: config.mutation == Mutation::On }
    }
}

impl Judge for CatalogJudge {
    fn judge<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Judgement {
        // A pod was mutated on its way here, a template never is: its pods will be.
        let simulated = self.mutation && review.kind.name != "Pod";
        let context = context(today);
        let object =
            if simulated { mutated(snapshot, review, context, arena) } else { review.object };
        let found = subjects(object, &RequestInfo::admission(review.request), arena);
        let decide =
            |subject: &Subject<'a>| evaluate(snapshot.snapshot(), subject, &context, arena);
        Judgement { decisions: found.judged.iter().map(decide).collect(), unjudged: found.unjudged }
    }

    fn fixes<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Fixes {
        let context = context(today);
        let info = RequestInfo::admission(review.request);
        let decide = |object: Value<'a>| -> Vec<Decision> {
            let found = subjects(object, &info, arena);
            found.judged.iter().map(|s| evaluate(snapshot.snapshot(), s, &context, arena)).collect()
        };
        let fixes = wanted(snapshot, review, context, arena);
        if !self.mutation || fixes.is_empty() {
            return Fixes::default();
        }
        let before = decide(review.object);
        let after = decide(simulate(review.object, &fixes, arena));
        Fixes { fixes, breaks: added(&before, &after) }
    }
}

fn context(today: Date) -> Context {
    Context::new(Phase::Admission, today)
}

/// The fixes of all subjects in the object.
fn wanted<'a>(
    snapshot: &'a Loaded,
    review: &Review<'a>,
    context: Context,
    arena: &'a Arena,
) -> Vec<Fix> {
    let found = subjects(review.object, &RequestInfo::admission(review.request), arena);
    found.judged.iter().flat_map(|s| fixes(snapshot.snapshot(), s, &context, arena)).collect()
}

fn mutated<'a>(
    snapshot: &'a Loaded,
    review: &Review<'a>,
    context: Context,
    arena: &'a Arena,
) -> Value<'a> {
    let fixes = wanted(snapshot, review, context, arena);
    if fixes.is_empty() { review.object } else { simulate(review.object, &fixes, arena) }
}

/// Controls with a finding that acts after and did not before.
fn added(before: &[Decision], after: &[Decision]) -> Vec<String> {
    let acting = |decisions: &[Decision]| -> Vec<Finding> {
        let findings = decisions.iter().flat_map(|decision| decision.findings.iter());
        findings.filter(|finding| finding.action >= Some(Action::Warn)).cloned().collect()
    };
    let known = acting(before);
    let mut controls: Vec<String> = acting(after)
        .into_iter()
        .filter(|finding| {
            !known.iter().any(|old| old.check == finding.check && old.path == finding.path)
        })
        .map(|finding| finding.control.to_string())
        .collect();
    controls.sort();
    controls.dedup();
    controls
}
