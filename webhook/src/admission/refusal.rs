//! Why a request gets no review: the HTTP status, the line and the counter of each reason.
//!
//! Knows heads of requests and what can go wrong with bodies, not what stands in them. Called by
//! `admission`.

use axum::body::Body;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::review::ReviewError;
use crate::metrics::Metrics;

/// Why a request gets no review.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
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
    /// What can be refused before a byte of the body is read.
    pub(super) fn check_head(method: &Method, headers: &HeaderMap) -> Result<(), Self> {
        if method != Method::POST {
            return Err(Self::Method);
        }
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?").trim());
        if text(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
        {
            return Err(Self::Encoding);
        }
        let kind = text(CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
        if kind.trim().eq_ignore_ascii_case("application/json") {
            Ok(())
        } else {
            Err(Self::ContentType)
        }
    }

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

    /// The reason, in words.
    pub(super) fn line(&self) -> String {
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

    /// Counts and answers.
    pub(super) fn answer(&self, metrics: &Metrics) -> Response {
        self.count(metrics);
        let line = self.line();
        tracing::debug!(status = self.status().as_u16(), line, "request refused");
        let body = format!("probity: {line}\n").into_bytes();
        let mut response = http_response(self.status(), "text/plain; charset=utf-8", body);
        if *self == Self::Method {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

/// An answer with a body of this kind.
pub(super) fn http_response(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
