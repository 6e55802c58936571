//! The controls as the product judges them: a snapshot of a catalog, a subject, a decision.

use probity_benches::Answers;
use probity_benches::catalog::{Control, snapshot};
use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::value::{Arena, read_json};
use probity_catalog::{Context, Decision, Phase, Snapshot, Subject, evaluate};
use time::macros::date;

use super::measure::{Measured, measure};

pub(crate) struct Judge {
    ids: Vec<String>,
    snapshot: Snapshot,
    context: Context,
}

impl Judge {
    pub(crate) fn new(controls: &[Control]) -> Self {
        Judge {
            ids: controls.iter().map(|control| control.id.clone()).collect(),
            snapshot: snapshot(controls),
            context: Context::new(Phase::Admission, date!(2026 - 11 - 21)),
        }
    }

    pub(crate) fn answers(&self, review: &[u8]) -> Answers {
        let decision = self.parse_and_judge(review);
        let fails = |id: &String| decision.findings.iter().any(|own| own.control.as_str() == id);
        self.ids.iter().map(|id| !fails(id)).collect()
    }

    pub(crate) fn parse_and_judge(&self, review: &[u8]) -> Decision {
        let arena = Arena::with_capacity(review.len() * 3);
        self.judge(&subject(review, &arena), &arena)
    }

    pub(crate) fn measure_evaluation(&self, review: &[u8]) -> Measured {
        let arena = Arena::new();
        let subject = subject(review, &arena);
        // What one judgement puts into the arena must not add up over the repetitions.
        let mut scratch = Arena::with_capacity(64 * 1024);
        measure(|| {
            scratch.reset();
            self.judge(&subject, &scratch)
        })
    }

    fn judge<'a>(&'a self, subject: &Subject<'a>, arena: &'a Arena) -> Decision {
        evaluate(&self.snapshot, subject, &self.context, arena)
    }
}

fn subject<'a>(review: &'a [u8], arena: &'a Arena) -> Subject<'a> {
    let review = read_json(review, arena).expect("a review");
    let request = review.get("request").unwrap_or_default();
    let object = request.get("object").unwrap_or_default();
    subjects(object, &RequestInfo::admission(request), arena).judged.pop().expect("a pod")
}
