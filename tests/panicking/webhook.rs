//! The webhook as it ships, but for a judge that panics over one name.
//!
//! What ships has no such trigger: this one is outside it, in an implementation of the trait by
//! which admission knows any judge. Built by the suites as releases are; see the profile
//! `contained` in the root manifest.

use std::process::ExitCode;

use probity_catalog::value::Arena;
use probity_webhook::admission::review::Review;
use probity_webhook::gate::{CatalogJudge, Fixes, Judge, Judgement};
use probity_webhook::process;
use probity_webhook::snapshot::Loaded;
use time::Date;

/// Judging an object of this name panics, and so does fixing it.
const UNLUCKY: &str = "unlucky";

struct Panicking(CatalogJudge);

fn main() -> ExitCode {
    process::run(|config| Panicking(CatalogJudge::of(config)))
}

impl Judge for Panicking {
    fn judge<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Judgement {
        assert_ne!(review.name, UNLUCKY, "out of luck");
        self.0.judge(snapshot, review, today, arena)
    }

    fn fixes<'a>(
        &self,
        snapshot: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Fixes {
        assert_ne!(review.name, UNLUCKY, "out of luck");
        self.0.fixes(snapshot, review, today, arena)
    }
}
