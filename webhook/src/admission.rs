//! One review: from an HTTP request to its answer, within bounds of size, number and time.
//!
//! ```text
//! head ─> shed? ─> body ─> [ read ─> judge or mutate ─> answer ] ─> evidence, metrics
//!                             contained: a panic here is one failed review
//! ```
//! Decides nothing about controls (`gate` does) and words nothing (`response` does). Called by the
//! router that `server` serves.

mod arena;
mod body;
mod case;
mod deadline;
mod refusal;
pub mod response;
pub mod review;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response as HttpResponse;
use axum::routing::any;
use http::{Request, StatusCode};
use probity_catalog::decision::{Action, Decision};
use probity_catalog::value::Arena;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::audit::Evidence;
use crate::config::Limits;
use crate::gate::{Judge, Judgement};
use crate::metrics::{Metrics, RequestLabels};
use crate::mutate;
use crate::snapshot::Store;
use body::{BodyError, Held};
use case::{Asked, Case, Outcome};
use refusal::{Refusal, http_response};
use response::{Annotations, Response};
use review::Review;

/// Which of the two questions is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Endpoint {
    Validate,
    Mutate,
}

impl Endpoint {
    fn as_str(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::Mutate => "mutate",
        }
    }
}

/// All that answering takes.
pub struct Admission<J> {
    judge: J,
    snapshots: Arc<Store>,
    metrics: Arc<Metrics>,
    evidence: Evidence,
    limits: Limits,
    in_flight: Arc<Semaphore>,
    buffered: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl<J: Judge> Admission<J> {
    /// Answers by `judge`, within `limits`.
    pub fn new(
        judge: J,
        snapshots: Arc<Store>,
        metrics: Arc<Metrics>,
        evidence: Evidence,
        limits: Limits,
    ) -> Self {
        let room = |size: usize| Arc::new(Semaphore::new(size.min(Semaphore::MAX_PERMITS)));
        Self {
            judge,
            snapshots,
            metrics,
            evidence,
            in_flight: room(limits.in_flight),
            buffered: room(limits.buffered_bytes),
            large: room(limits.large_reviews),
            limits,
        }
    }
}

/// `/validate` and `/mutate`.
pub fn router<J: Judge>(admission: Arc<Admission<J>>) -> Router {
    type Shared<J> = State<Arc<Admission<J>>>;
    Router::new()
        .route(
            "/validate",
            any(|State(this): Shared<J>, request: Request<Body>| async move {
                this.answer(Endpoint::Validate, request).await
            }),
        )
        .route(
            "/mutate",
            any(|State(this): Shared<J>, request: Request<Body>| async move {
                this.answer(Endpoint::Mutate, request).await
            }),
        )
        .fallback(|State(this): Shared<J>| async move { Refusal::Path.answer(&this.metrics) })
        .with_state(admission)
}

impl<J: Judge> Admission<J> {
    async fn answer(self: Arc<Self>, endpoint: Endpoint, request: Request<Body>) -> HttpResponse {
        match Arc::clone(&self).review(endpoint, request).await {
            Ok(body) => http_response(StatusCode::OK, "application/json", body),
            Err(refusal) => refusal.answer(&self.metrics),
        }
    }

    async fn review(
        self: Arc<Self>,
        endpoint: Endpoint,
        request: Request<Body>,
    ) -> Result<Vec<u8>, Refusal> {
        let started = Instant::now();
        Refusal::check_head(request.method(), request.headers())?;
        let _slot = self.in_flight.try_acquire().map_err(|_| Refusal::InFlight)?;
        let _counted = self.metrics.review_in_flight();
        let asked = Asked { endpoint, started, time: deadline::of(request.uri().query()) };

        let body = body::read(request.into_body(), self.limits.body_bytes, &self.buffered);
        let held = tokio::time::timeout(asked.time, body)
            .await
            .map_err(|_| Refusal::Deadline)?
            .map_err(|error| match error {
                BodyError::TooLarge => Refusal::TooLarge(self.limits.body_bytes),
                BodyError::Busy => Refusal::Buffered,
                BodyError::Broken => Refusal::Broken,
            })?;
        if held.bytes.is_empty() {
            return Err(Refusal::Empty);
        }
        if held.bytes.len() <= self.limits.inline_bytes {
            return self.contained(asked, &held.bytes);
        }
        Arc::clone(&self).judge_large(asked, held).await
    }

    /// A large body is judged beside the others, few at a time. What outlives its deadline runs to
    /// its end, bounded by the evaluator's cost limit, and keeps its place until then.
    async fn judge_large(self: Arc<Self>, asked: Asked, held: Held) -> Result<Vec<u8>, Refusal> {
        let place = Arc::clone(&self.large).acquire_owned();
        let judged = async {
            let place = place.await.map_err(|_| Refusal::Buffered)?;
            let work = move || {
                let _place = place;
                self.contained(asked, &held.bytes)
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal)?
        };
        tokio::time::timeout(asked.left(), judged).await.map_err(|_| Refusal::Deadline)?
    }

    /// Decides, and turns a panic into one failed review.
    fn contained(&self, asked: Asked, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut uid = String::new();
        let work = || {
            arena::with(self.limits.arena_bytes, |arena| self.decide(asked, body, arena, &mut uid))
        };
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| self.panicked(asked, body, &uid))
    }

    /// A check that cannot run counts as a failed one, so what could not be judged is refused; but
    /// `/mutate` refuses nothing, since `/validate` will be asked about the same object.
    fn panicked(&self, asked: Asked, body: &[u8], uid: &str) -> Result<Vec<u8>, Refusal> {
        self.metrics.panicked();
        tracing::error!(request.uid = uid, "a review panicked and was contained");
        if uid.is_empty() {
            return Err(Refusal::Internal); // not even readable: there is nobody to answer by name
        }
        let response = || match asked.endpoint {
            Endpoint::Validate => {
                let message = "probity could not judge this object: internal error".to_owned();
                Response::failed(uid, message)
            }
            Endpoint::Mutate => {
                let mut response = Response::allow(uid);
                response.warnings.push("probity set nothing here: internal error".to_owned());
                response
            }
        };
        // It could be read before, so it can be again: the failure leaves evidence like any answer.
        let concluded = catch_unwind(AssertUnwindSafe(|| {
            arena::with(self.limits.arena_bytes, |arena| {
                let review = Review::read(body, arena).map_err(Refusal::Review)?;
                let (snapshot, event_id) = (self.snapshots.current(), Uuid::now_v7().to_string());
                let case = Case::new(asked, &review, &snapshot, &event_id);
                self.conclude(&case, Outcome::error("internal error", response()))
            })
        }));
        concluded.unwrap_or_else(|_| Ok(response().encode()))
    }

    fn decide(
        &self,
        asked: Asked,
        body: &[u8],
        arena: &Arena,
        uid: &mut String,
    ) -> Result<Vec<u8>, Refusal> {
        let review = Review::read(body, arena).map_err(Refusal::Review)?;
        review.uid.clone_into(uid);
        let (snapshot, event_id) = (self.snapshots.current(), Uuid::now_v7().to_string());
        let case = Case::new(asked, &review, &snapshot, &event_id);
        if let Err(problem) = review.check() {
            self.metrics.bad_request("malformed");
            let message = format!("probity cannot judge this review: {problem}");
            let response = Response::malformed(review.uid, message);
            return self.conclude(&case, Outcome::error(&problem, response));
        }
        match asked.endpoint {
            Endpoint::Validate => self.validate(&case, arena),
            Endpoint::Mutate => self.mutate(&case, arena),
        }
    }

    fn validate(&self, case: &Case<'_>, arena: &Arena) -> Result<Vec<u8>, Refusal> {
        let review = case.review;
        let judgement = if review.judged() {
            self.judge.judge(case.snapshot, review, case.now.date(), arena)
        } else {
            Judgement::default() // nothing in DELETE and CONNECT is judged by the controls there are
        };
        let refused = judgement.decisions.iter().find(|d| d.action() == Some(Action::Deny));
        let mut response = match refused {
            Some(decision) => {
                let under = format!("Judged under {}", case.snapshot.judged_under());
                Response::forbid(review.uid, response::denial(decision, &under))
            }
            None => Response::allow(review.uid),
        };
        response.warnings =
            response::finding_warnings(judgement.decisions.iter().flat_map(Decision::warnings));
        response.warnings.extend(judgement.unjudged.iter().map(response::unjudged_warning));
        let result = match judgement.action() {
            Some(Action::Deny) => "denied",
            Some(Action::Warn) => "warned",
            _ => "allowed",
        };
        let outcome = Outcome::new(result, response);
        self.conclude(case, Outcome { decisions: &judgement.decisions, ..outcome })
    }

    fn mutate(&self, case: &Case<'_>, arena: &Arena) -> Result<Vec<u8>, Refusal> {
        let mutation =
            mutate::mutation(&self.judge, case.snapshot, case.review, case.now.date(), arena);
        let mut response = Response::allow(case.review.uid);
        for control in mutation.changes.iter().map(mutate::Change::control) {
            self.metrics.mutated(control.to_owned(), "applied");
        }
        for control in &mutation.dropped {
            self.metrics.mutated(control.clone(), "dropped");
        }
        if !mutation.dropped.is_empty() {
            response.warnings.push(response::dropped_warning(&mutation));
        }
        if mutation.patch.is_empty() {
            return self.conclude(case, Outcome::new("allowed", response));
        }
        response.warnings = response::mutation_warnings(&mutation);
        let response = response.with_patch(&mutation.patch.to_json());
        let outcome = Outcome::new("mutated", response);
        self.conclude(case, Outcome { patch: Some(&mutation.patch), ..outcome })
    }

    /// Annotates, counts, leaves one line of evidence, encodes. Too late is too late: the caller
    /// has stopped listening, and the line says so.
    fn conclude<'c>(&self, case: &Case<'c>, mut outcome: Outcome<'c>) -> Result<Vec<u8>, Refusal> {
        let elapsed = case.asked.started.elapsed();
        if elapsed > case.asked.time {
            outcome = outcome.late();
        }
        let answer = match &mut outcome.response {
            None => Err(Refusal::Deadline),
            Some(response) => {
                response.audit_annotations = Some(Annotations {
                    event_id: case.event_id,
                    catalog_digest: case.snapshot.catalog_digest(),
                    decision: outcome.result,
                });
                Ok(response.encode())
            }
        };
        let labels = RequestLabels {
            endpoint: case.asked.endpoint.as_str(),
            operation: case.review.operation.as_str(),
            kind: case.review.kind_label(),
            decision: outcome.result,
        };
        self.metrics.answered(labels, elapsed.as_secs_f64());
        for finding in outcome.decisions.iter().flat_map(|decision| decision.findings.iter()) {
            self.metrics.evaluated(finding.control.to_string(), finding.verdict.as_str());
        }
        self.metrics.passed(outcome.decisions.iter().map(|d| u64::from(d.passed)).sum());
        let line = case.event(&outcome, elapsed).to_line();
        let written = self.evidence.record(&line);
        self.metrics.evidence(if written { "written" } else { "dropped" });
        answer
    }
}
