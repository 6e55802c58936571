//! A webhook as a good engineer writes it for exactly these controls: typed structs that borrow
//! from the body, sixty conditions in Rust, an answer, a counter and a line of evidence with a
//! digest of what was judged, as it came.
//!
//! It has no parameters, regimes, paths with reasons or bounds; it is what all of that is measured
//! against.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use probity_benches::by_hand::{self, Pod};
use probity_benches::catalog::{Control, fixed};
use probity_webhook::Evidence;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

type Text<'a> = Cow<'a, str>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    #[serde(borrow)]
    api_version: Text<'a>,
    #[serde(borrow)]
    request: Request<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
    #[serde(borrow)]
    operation: Text<'a>,
    #[serde(borrow, default)]
    namespace: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    user_info: User<'a>,
    #[serde(borrow)]
    object: Option<Pod<'a>>,
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow, default)]
    username: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'a str,
    kind: &'a str,
    response: Decision<'a>,
}

#[derive(Serialize)]
struct Decision<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

#[derive(Serialize)]
struct Status {
    code: u16,
    message: String,
}

#[derive(Serialize)]
struct Line<'a> {
    event: String,
    uid: &'a str,
    user: &'a str,
    operation: &'a str,
    namespace: &'a str,
    name: &'a str,
    allowed: bool,
    broken: &'a [String],
    sha256: String,
}

/// The whole webhook.
pub(crate) fn router(evidence: Evidence) -> Router {
    let (counter, controls) = (Arc::new(AtomicU64::new(0)), Arc::new(fixed(60)));
    Router::new().route(
        "/validate",
        post(move |body: Body| {
            let (evidence, counter) = (evidence.clone(), Arc::clone(&counter));
            let controls = Arc::clone(&controls);
            async move {
                let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
                counter.fetch_add(1, Ordering::Relaxed);
                answer(&body.to_bytes(), &controls, &evidence)
            }
        }),
    )
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn answer(body: &[u8], controls: &[Control], evidence: &Evidence) -> Response<Body> {
    let Ok(review) = serde_json::from_slice::<Review<'_>>(body) else {
        return status(StatusCode::BAD_REQUEST);
    };
    let request = &review.request;
    let object = request.object.as_ref();
    let broken = object.map(|pod| broken(pod, controls)).unwrap_or_default();
    let line = Line {
        event: Uuid::now_v7().to_string(),
        uid: &request.uid,
        user: &request.user_info.username,
        operation: &request.operation,
        namespace: &request.namespace,
        name: &request.name,
        allowed: broken.is_empty(),
        broken: &broken,
        sha256: hexadecimal(&Sha256::digest(body)),
    };
    evidence.record(&serde_json::to_vec(&line).unwrap_or_default());
    let status = (!broken.is_empty()).then(|| Status { code: 403, message: broken.join("\n") });
    let response = Decision { uid: &request.uid, allowed: status.is_none(), status };
    let answer = Answer { api_version: &review.api_version, kind: "AdmissionReview", response };
    let mut response = Response::new(Body::from(serde_json::to_vec(&answer).unwrap_or_default()));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The controls that a pod breaks.
fn broken(pod: &Pod<'_>, controls: &[Control]) -> Vec<String> {
    let answers = by_hand::sixty(pod);
    let failing = controls.iter().zip(answers).filter(|(_, holds)| !holds);
    failing.map(|(control, _)| format!("{}: {}", control.id, control.title)).collect()
}
