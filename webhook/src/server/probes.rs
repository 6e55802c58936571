//! The plain port: `/livez`, `/readyz` (which names what it waits for) and `/metrics`.
//!
//! Knows the state of the process, nothing of reviews. Called by `server`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use time::OffsetDateTime;

use crate::metrics::Metrics;
use crate::snapshot::Store;
use crate::tls::Resolver;

/// What readiness depends on.
#[derive(Debug)]
pub(super) struct Readiness {
    pub(super) accepting: AtomicBool,
    pub(super) draining: AtomicBool,
    pub(super) certificate: Arc<Resolver>,
    pub(super) snapshots: Arc<Store>,
}

#[derive(Clone)]
struct Probes {
    readiness: Arc<Readiness>,
    metrics: Arc<Metrics>,
}

/// The routes of the plain port.
pub(super) fn router(readiness: Arc<Readiness>, metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(scrape))
        .fallback(|| async { (StatusCode::NOT_FOUND, "here are /livez, /readyz and /metrics\n") })
        .with_state(Probes { readiness, metrics })
}

async fn readyz(State(probes): State<Probes>) -> Response {
    let (status, text) = probes.readiness.report(OffsetDateTime::now_utc());
    (status, text).into_response()
}

async fn scrape(State(probes): State<Probes>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], probes.metrics.encode()).into_response()
}

impl Readiness {
    /// One line per condition, the API server's own notation, and whether all hold.
    fn report(&self, now: OffsetDateTime) -> (StatusCode, String) {
        let mut text = String::new();
        let mut ready = true;
        let mut line = |name: &str, waits_for: Option<String>| {
            ready &= waits_for.is_none();
            let _ = match waits_for {
                None => writeln!(text, "[+]{name} ok"),
                Some(reason) => writeln!(text, "[-]{name} {reason}"),
            };
        };
        let listening = self.accepting.load(Ordering::Acquire);
        line("listener", (!listening).then(|| "waits for the admission port".to_owned()));
        let draining = self.draining.load(Ordering::Acquire);
        line(
            "drain",
            draining.then(|| "waits for nothing: the process is shutting down".to_owned()),
        );
        line("certificate", self.certificate_problem(now));
        let controls = self.snapshots.current().controls();
        line("catalog", (controls == 0).then(|| "waits for a catalog with controls".to_owned()));
        text.push_str(if ready { "ready\n" } else { "not ready\n" });
        (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text)
    }

    fn certificate_problem(&self, now: OffsetDateTime) -> Option<String> {
        let identity = self.certificate.current();
        identity.expired(now).then(|| {
            let end = identity.not_after().map(|end| end.date().to_string()).unwrap_or_default();
            format!("waits for another certificate: this one ended on {end}")
        })
    }
}
