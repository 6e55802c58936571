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
mod deadline;
pub mod response;
pub mod review;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response as HttpResponse;
use axum::routing::any;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use probity_catalog::decision::{Action, Decision};
use probity_catalog::value::Arena;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::audit::{Event, Evidence};
use crate::config::Limits;
use crate::gate::{Judge, Judgement};
use crate::metrics::{Metrics, RequestLabels};
use crate::mutate::{self, patch::Patch};
use crate::snapshot::{Loaded, Store};
use body::{BodyError, Held};
use response::{Annotations, Response};
use review::{Review, ReviewError};

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
        .fallback(|State(this): Shared<J>| async move { this.refused(&Refusal::Path) })
        .with_state(admission)
}

/// Why a request gets no review.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Refusal {
    Path,
    Method,
    ContentType,
    Encoding,
    Empty,
    TooLarge(usize),
    Broken,
    Review(ReviewError),
    InFlight,
    Buffered,
    Deadline,
    Internal,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ContentType | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Empty | Self::Broken | Self::Review(_) => StatusCode::BAD_REQUEST,
            // Never with Retry-After: the API server would then ask up to ten times again.
            Self::InFlight | Self::Buffered => StatusCode::SERVICE_UNAVAILABLE,
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Path => "no such path: reviews go to /validate or /mutate".to_owned(),
            Self::Method => "reviews are sent by POST".to_owned(),
            Self::ContentType => "the body's content type must be `application/json`".to_owned(),
            Self::Encoding => "compressed bodies are refused: send the review as it is".to_owned(),
            Self::Empty => "the body is empty; an AdmissionReview is expected".to_owned(),
            Self::TooLarge(limit) => format!("the body is larger than {limit} bytes"),
            Self::Broken => "the body ended early".to_owned(),
            Self::Review(error) => error.to_string(),
            Self::InFlight => "busy: too many reviews at once".to_owned(),
            Self::Buffered => "busy: too many large reviews at once".to_owned(),
            Self::Deadline => "no decision within the time that the caller waits".to_owned(),
            Self::Internal => "internal error while reading the review".to_owned(),
        }
    }

    fn count(&self, metrics: &Metrics) {
        match self {
            Self::Path => metrics.bad_request("path"),
            Self::Method => metrics.bad_request("method"),
            Self::ContentType => metrics.bad_request("content_type"),
            Self::Encoding => metrics.bad_request("encoding"),
            Self::Empty => metrics.bad_request("empty"),
            Self::TooLarge(_) => metrics.bad_request("too_large"),
            Self::Broken => metrics.bad_request("broken"),
            Self::Review(error) => metrics.bad_request(error.reason()),
            Self::InFlight => metrics.shed("in_flight"),
            Self::Buffered => metrics.shed("buffered_bytes"),
            Self::Deadline => metrics.deadline_exceeded(),
            Self::Internal => {} // counted as a panic
        }
    }
}

impl<J: Judge> Admission<J> {
    async fn answer(self: Arc<Self>, endpoint: Endpoint, request: Request<Body>) -> HttpResponse {
        match Arc::clone(&self).review(endpoint, request).await {
            Ok(body) => http_response(StatusCode::OK, "application/json", body),
            Err(refusal) => self.refused(&refusal),
        }
    }

    fn refused(&self, refusal: &Refusal) -> HttpResponse {
        refusal.count(&self.metrics);
        let line = refusal.line();
        tracing::debug!(status = refusal.status().as_u16(), line, "request refused");
        let body = format!("probity: {line}\n").into_bytes();
        let mut response = http_response(refusal.status(), "text/plain; charset=utf-8", body);
        if *refusal == Refusal::Method {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }

    async fn review(
        self: Arc<Self>,
        endpoint: Endpoint,
        request: Request<Body>,
    ) -> Result<Vec<u8>, Refusal> {
        let started = Instant::now();
        check_head(request.method(), request.headers())?;
        let _slot = self.in_flight.try_acquire().map_err(|_| Refusal::InFlight)?;
        let _counted = self.metrics.review_in_flight();
        let time = deadline::of(request.uri().query());

        let body = body::read(request.into_body(), self.limits.body_bytes, &self.buffered);
        let held = tokio::time::timeout(time, body).await.map_err(|_| Refusal::Deadline)?.map_err(
            |error| match error {
                BodyError::TooLarge => Refusal::TooLarge(self.limits.body_bytes),
                BodyError::Busy => Refusal::Buffered,
                BodyError::Broken => Refusal::Broken,
            },
        )?;
        if held.bytes.is_empty() {
            return Err(Refusal::Empty);
        }
        if held.bytes.len() <= self.limits.inline_bytes {
            let answer = self.contained(endpoint, &held.bytes, started);
            // Too late is too late: the caller has stopped listening.
            return if started.elapsed() > time { Err(Refusal::Deadline) } else { answer };
        }
        let left = time.saturating_sub(started.elapsed());
        Arc::clone(&self).judge_large(endpoint, held, started, left).await
    }

    /// A large body is judged beside the others, few at a time. What outlives its deadline runs to
    /// its end, bounded by the evaluator's cost limit, and keeps its place until then.
    async fn judge_large(
        self: Arc<Self>,
        endpoint: Endpoint,
        held: Held,
        started: Instant,
        left: Duration,
    ) -> Result<Vec<u8>, Refusal> {
        let place = Arc::clone(&self.large).acquire_owned();
        let judged = async {
            let place = place.await.map_err(|_| Refusal::Buffered)?;
            let work = move || {
                let _place = place;
                self.contained(endpoint, &held.bytes, started)
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal)?
        };
        tokio::time::timeout(left, judged).await.map_err(|_| Refusal::Deadline)?
    }

    /// Decides, and turns a panic into one failed review.
    fn contained(
        &self,
        endpoint: Endpoint,
        body: &[u8],
        started: Instant,
    ) -> Result<Vec<u8>, Refusal> {
        let mut uid = String::new();
        let work = || {
            arena::with(self.limits.arena_bytes, |arena| {
                self.decide(endpoint, body, started, arena, &mut uid)
            })
        };
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Err(ReviewError::Malformed { uid, problem })) => {
                self.metrics.bad_request("malformed");
                let message = format!("probity cannot judge this review: {problem}");
                Ok(Response::malformed(&uid, message).encode())
            }
            Ok(answer) => answer.map_err(Refusal::Review),
            Err(_) => self.panicked(endpoint, body, started, &uid),
        }
    }

    /// A check that cannot run counts as a failed one, so what could not be judged is refused; but
    /// `/mutate` refuses nothing, since `/validate` will be asked about the same object.
    fn panicked(
        &self,
        endpoint: Endpoint,
        body: &[u8],
        started: Instant,
        uid: &str,
    ) -> Result<Vec<u8>, Refusal> {
        self.metrics.panicked();
        tracing::error!(request.uid = uid, "a review panicked and was contained");
        if uid.is_empty() {
            return Err(Refusal::Internal); // not even readable: there is nobody to answer by name
        }
        let response = match endpoint {
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
        let bare = response.encode();
        // It could be read before, so it can be again: the failure leaves evidence like any answer.
        let concluded = catch_unwind(AssertUnwindSafe(|| {
            arena::with(self.limits.arena_bytes, |arena| {
                let review = Review::read(body, arena)?;
                let (snapshot, event_id) = (self.snapshots.current(), Uuid::now_v7().to_string());
                let case = Case::new(endpoint, &review, &snapshot, started, &event_id);
                Ok::<_, ReviewError>(self.conclude(&case, response, "error", &[], None))
            })
        }));
        Ok(concluded.ok().and_then(Result::ok).unwrap_or(bare))
    }

    fn decide<'a>(
        &self,
        endpoint: Endpoint,
        body: &'a [u8],
        started: Instant,
        arena: &'a Arena,
        uid: &mut String,
    ) -> Result<Vec<u8>, ReviewError> {
        let review = Review::read(body, arena)?;
        review.uid.clone_into(uid);
        let (snapshot, event_id) = (self.snapshots.current(), Uuid::now_v7().to_string());
        let case = Case::new(endpoint, &review, &snapshot, started, &event_id);
        Ok(match endpoint {
            Endpoint::Validate => self.validate(&case, arena),
            Endpoint::Mutate => self.mutate(&case, arena),
        })
    }

    fn validate(&self, case: &Case<'_>, arena: &Arena) -> Vec<u8> {
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
        let decision = match judgement.action() {
            Some(Action::Deny) => "denied",
            Some(Action::Warn) => "warned",
            _ => "allowed",
        };
        self.conclude(case, response, decision, &judgement.decisions, None)
    }

    fn mutate(&self, case: &Case<'_>, arena: &Arena) -> Vec<u8> {
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
            return self.conclude(case, response, "allowed", &[], None);
        }
        response.warnings = response::mutation_warnings(&mutation);
        let response = response.with_patch(&mutation.patch.to_json());
        self.conclude(case, response, "mutated", &[], Some(&mutation.patch))
    }

    /// Annotates, counts, leaves evidence, encodes.
    fn conclude<'c>(
        &self,
        case: &Case<'c>,
        mut response: Response<'c>,
        decision: &'static str,
        decisions: &[Decision],
        patch: Option<&Patch>,
    ) -> Vec<u8> {
        response.audit_annotations = Some(Annotations {
            event_id: case.event_id,
            catalog_digest: case.snapshot.catalog_digest(),
            decision,
        });
        let body = response.encode();
        let elapsed = case.started.elapsed();
        let labels = RequestLabels {
            endpoint: case.endpoint.as_str(),
            operation: case.review.operation.as_str(),
            kind: case.review.kind_label(),
            decision,
        };
        self.metrics.answered(labels, elapsed.as_secs_f64());
        for finding in decisions.iter().flat_map(|decision| decision.findings.iter()) {
            self.metrics.evaluated(finding.control.to_string(), finding.verdict.as_str());
        }
        self.metrics.passed(decisions.iter().map(|decision| u64::from(decision.passed)).sum());
        // A pod that nothing is written into is decided about by /validate: one line, not two.
        if case.endpoint == Endpoint::Validate || decision != "allowed" {
            let line = case.event(decision, decisions, patch, elapsed).to_line();
            let written = self.evidence.record(&line);
            self.metrics.evidence(if written { "written" } else { "dropped" });
        }
        body
    }
}

/// One review in hand.
struct Case<'c> {
    endpoint: Endpoint,
    review: &'c Review<'c>,
    snapshot: &'c Loaded,
    now: OffsetDateTime,
    started: Instant,
    event_id: &'c str,
}

impl<'c> Case<'c> {
    fn new(
        endpoint: Endpoint,
        review: &'c Review<'c>,
        snapshot: &'c Loaded,
        started: Instant,
        event_id: &'c str,
    ) -> Self {
        Self { endpoint, review, snapshot, now: OffsetDateTime::now_utc(), started, event_id }
    }

    fn event<'e>(
        &'e self,
        result: &'static str,
        decisions: &'e [Decision],
        patch: Option<&'e Patch>,
        elapsed: Duration,
    ) -> Event<'e> {
        Event {
            id: self.event_id,
            time: self.now,
            endpoint: self.endpoint.as_str(),
            review: self.review,
            snapshot: self.snapshot,
            decisions,
            result,
            patch,
            duration_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// What can be refused before a byte of the body is read.
fn check_head(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if method != Method::POST {
        return Err(Refusal::Method);
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?").trim());
    if text(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Refusal::Encoding);
    }
    let kind = text(CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if kind.trim().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Refusal::ContentType)
    }
}

fn http_response(status: StatusCode, kind: &'static str, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
