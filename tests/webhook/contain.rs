//! Panics, deadlines and too much at once, with a judge that misbehaves on purpose.

use std::convert::Infallible;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use harness::webhook::{Webhook, review};
use http::StatusCode;
use probity_catalog::value::Arena;
use probity_webhook::admission::review::Review;
use probity_webhook::config::Limits;
use probity_webhook::gate::{Fixes, Judge, Judgement};
use probity_webhook::snapshot::Loaded;
use time::Date;

/// Does something instead of judging, then finds nothing.
struct Instead<F>(F);

impl<F: Fn(&Review<'_>) + Send + Sync + 'static> Judge for Instead<F> {
    fn judge<'a>(&self, _: &'a Loaded, review: &Review<'a>, _: Date, _: &'a Arena) -> Judgement {
        (self.0)(review);
        Judgement::default()
    }

    fn fixes<'a>(&self, _: &'a Loaded, review: &Review<'a>, _: Date, _: &'a Arena) -> Fixes {
        (self.0)(review);
        Fixes::default()
    }
}

fn webhook(limits: Limits, instead: impl Fn(&Review<'_>) + Send + Sync + 'static) -> Webhook {
    Webhook::with("", Instead(instead), limits)
}

#[tokio::test]
async fn a_panic_refuses_one_review_and_hurts_no_other() {
    let webhook = webhook(Limits::default(), |review| {
        assert!(!review.dry_run, "a judge that cannot");
    });
    let (bad, good) = (review("pod-privileged-dry-run"), review("pod-compliant"));
    let answer = webhook.validate(&bad).await;
    answer.check_envelope(&bad);
    assert!(!answer.allowed());
    assert_eq!(answer.response()["status"]["code"], 500);
    assert!(answer.message().contains("could not judge"), "{}", answer.message());
    assert!(!answer.message().contains("a judge that cannot"), "panic texts stay inside");
    assert_eq!(webhook.evidence()[0]["decision"]["result"], "error");
    webhook.accepts(&good).await;
    assert!(webhook.metrics().contains("probity_admission_panics_total 1"));
    assert!(webhook.metrics().contains("probity_admission_in_flight 0"));
}

#[tokio::test]
async fn a_panic_while_mutating_admits_without_a_patch() {
    let webhook = webhook(Limits::default(), |_| panic!("a judge that cannot"));
    let pod = review("pod-without-security-context");
    let answer = webhook.mutate(&pod).await;
    answer.check_envelope(&pod);
    assert!(answer.allowed() && answer.patch().is_null());
    assert_eq!(answer.warnings(), ["probity set nothing here: internal error"]);
}

#[tokio::test]
async fn a_panic_over_a_large_body_is_contained_too() {
    let limits = Limits { inline_bytes: 16, ..Limits::default() };
    let webhook = webhook(limits, |_| panic!("a judge that cannot"));
    let pod = review("pod-compliant");
    let answer = webhook.validate(&pod).await;
    answer.check_envelope(&pod);
    assert!(!answer.allowed());
}

#[tokio::test]
async fn a_review_that_fills_its_arena_is_contained() {
    let limits = Limits { arena_bytes: 4 << 10, ..Limits::default() };
    let webhook = webhook(limits, |_| {});
    let answer = webhook.validate(&review("pod-forty-violations")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(webhook.metrics().contains("probity_admission_panics_total 1"));
}

#[tokio::test]
async fn an_answer_that_would_come_too_late_is_an_error_in_time() {
    let limits = Limits { inline_bytes: 16, ..Limits::default() };
    let webhook = webhook(limits, |_| std::thread::sleep(Duration::from_millis(600)));
    let started = Instant::now();
    let body = review("pod-compliant").to_string();
    let answer = webhook.post("/validate?timeout=200ms", body).await;
    assert!(started.elapsed() < Duration::from_millis(400), "{:?}", started.elapsed());
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(answer.headers.get("retry-after").is_none());
    assert!(webhook.metrics().contains("probity_admission_deadline_exceeded_total 1"));
}

#[tokio::test]
async fn a_small_review_that_took_too_long_is_an_error_as_well() {
    let webhook = webhook(Limits::default(), |_| std::thread::sleep(Duration::from_millis(150)));
    let body = review("pod-compliant").to_string();
    let answer = webhook.post("/validate?timeout=100ms", body).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(webhook.metrics().contains("probity_admission_deadline_exceeded_total 1"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_in_time() {
    let webhook = webhook(Limits::default(), |_| {});
    let stuck = futures_that_stall(Bytes::from_static(b"{\"apiVersion\":"));
    let answer = webhook.post("/validate?timeout=100ms", stuck).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_body_in_many_pieces_is_read_whole() {
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    let webhook = webhook(Limits::default(), |_| {});
    let text = Bytes::from(review("pod-forty-violations").to_string());
    for size in [1, 7, 1_000, 9_000, text.len()] {
        let pieces: Vec<_> = (0..text.len())
            .step_by(size)
            .map(|start| text.slice(start..text.len().min(start + size)))
            .map(|piece| Ok::<_, Infallible>(Frame::data(piece)))
            .collect();
        let body = Body::new(StreamBody::new(tokio_stream::iter(pieces)));
        let answer = webhook.post("/validate", body).await;
        answer.check_envelope(&review("pod-forty-violations"));
        assert!(answer.allowed(), "in pieces of {size}");
    }
}

/// A body of one piece whose end never comes.
fn futures_that_stall(first: Bytes) -> Body {
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tokio_stream::StreamExt as _;
    let start = tokio_stream::once(Ok::<_, Infallible>(Frame::data(first)));
    Body::new(StreamBody::new(start.chain(tokio_stream::pending())))
}

/// Holds every judgement until opened.
#[derive(Default)]
struct Gate {
    inside: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.inside.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.1).unwrap());
    }

    fn wait_for(&self, count: usize) {
        drop(
            self.changed.wait_while(self.inside.lock().unwrap(), |state| state.0 < count).unwrap(),
        );
    }

    fn open(&self) {
        self.inside.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn too_many_reviews_are_turned_away_at_once() {
    let gate = Arc::new(Gate::default());
    let limits = Limits { in_flight: 2, ..Limits::default() };
    let held = Arc::clone(&gate);
    let webhook = Arc::new(webhook(limits, move |_| held.pass()));
    let body = review("pod-compliant").to_string();
    let judged: Vec<_> = (0..2)
        .map(|_| {
            let (webhook, body) = (Arc::clone(&webhook), body.clone());
            tokio::spawn(async move { webhook.post("/validate", body).await })
        })
        .collect();
    let waiting = Arc::clone(&gate);
    tokio::task::spawn_blocking(move || waiting.wait_for(2)).await.unwrap();

    let answer = webhook.post("/validate", body.clone()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.get("retry-after").is_none(), "or the API server asks ten times more");
    assert!(answer.text().contains("too many reviews at once"));
    assert!(webhook.metrics().contains(r#"probity_admission_shed_total{reason="in_flight"} 1"#));

    gate.open();
    for judged in judged {
        assert_eq!(judged.await.unwrap().status, StatusCode::OK);
    }
    assert_eq!(webhook.post("/validate", body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn bodies_share_one_bound() {
    let limits = Limits { buffered_bytes: 1_000, ..Limits::default() };
    let webhook = webhook(limits, |_| {});
    let answer = webhook.post("/validate", review("pod-compliant").to_string()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(webhook.metrics().contains(r#"shed_total{reason="buffered_bytes"} 1"#));
}
