//! One review in hand, and what came of it: what answer, metrics and evidence are made from.
//!
//! Knows no HTTP and decides nothing. Called by `admission`.

use std::time::{Duration, Instant};

use probity_catalog::decision::Decision;
use time::OffsetDateTime;

use super::Endpoint;
use super::response::Response;
use super::review::Review;
use crate::audit::Event;
use crate::mutate::patch::Patch;
use crate::snapshot::Loaded;

/// How and when it was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) endpoint: Endpoint,
    pub(super) started: Instant,
    /// How long the caller waits.
    pub(super) time: Duration,
}

impl Asked {
    /// What is left of the caller's patience.
    pub(super) fn left(&self) -> Duration {
        self.time.saturating_sub(self.started.elapsed())
    }
}

/// One review in hand.
pub(super) struct Case<'c> {
    pub(super) asked: Asked,
    pub(super) review: &'c Review<'c>,
    pub(super) snapshot: &'c Loaded,
    pub(super) now: OffsetDateTime,
    pub(super) event_id: &'c str,
}

impl<'c> Case<'c> {
    pub(super) fn new(
        asked: Asked,
        review: &'c Review<'c>,
        snapshot: &'c Loaded,
        event_id: &'c str,
    ) -> Self {
        Self { asked, review, snapshot, now: OffsetDateTime::now_utc(), event_id }
    }

    /// The evidence of `outcome`, reached after `elapsed`.
    pub(super) fn event<'e>(&'e self, outcome: &'e Outcome<'c>, elapsed: Duration) -> Event<'e> {
        Event {
            id: self.event_id,
            time: self.now,
            endpoint: self.asked.endpoint.as_str(),
            review: self.review,
            snapshot: self.snapshot,
            decisions: outcome.decisions,
            result: outcome.result,
            allowed: outcome.response.as_ref().map(|response| response.allowed),
            problem: outcome.problem,
            patch: outcome.patch,
            duration_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// What came of a review.
#[derive(Debug)]
pub(super) struct Outcome<'c> {
    /// The answer; none where it came too late.
    pub(super) response: Option<Response<'c>>,
    /// `allowed`, `denied`, `warned`, `mutated` or `error`.
    pub(super) result: &'static str,
    pub(super) decisions: &'c [Decision],
    pub(super) patch: Option<&'c Patch>,
    /// Why nothing could be decided, for `error`.
    pub(super) problem: Option<&'c str>,
}

impl<'c> Outcome<'c> {
    pub(super) fn new(result: &'static str, response: Response<'c>) -> Self {
        Self { response: Some(response), result, decisions: &[], patch: None, problem: None }
    }

    pub(super) fn error(problem: &'c str, response: Response<'c>) -> Self {
        Self { problem: Some(problem), ..Self::new("error", response) }
    }

    /// The same, but nobody waits for the answer any more.
    pub(super) fn late(self) -> Self {
        Self {
            response: None,
            result: "error",
            patch: None,
            problem: Some("no decision within the time that the caller waits"),
            ..self
        }
    }
}
