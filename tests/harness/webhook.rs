//! The webhook's router in process and its whole server on free ports.
//!
//! Knows the envelope of a review; what the answer should be stays in the suites, which say it by
//! `accepts` and `rejects`. Called by the suites that meet the webhook.

#![expect(clippy::indexing_slicing, reason = "an answer without the field fails the test")]

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use probity_webhook::admission::{Admission, router};
use probity_webhook::config::{CertificateSource, Config, Limits, Mutation, Times};
use probity_webhook::gate::{CatalogJudge, Judge};
use probity_webhook::metrics::Metrics;
use probity_webhook::snapshot::{Sources, Store};
use probity_webhook::{Evidence, Server, Stop};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

pub use probity_test_client::{Answer, Client, Protocol};

/// The folder of the suites' data.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A review as the API server sends it: `fixtures/reviews/<name>.json`.
pub fn review(name: &str) -> Value {
    let file = fixtures().join("reviews").join(format!("{name}.json"));
    let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Bytes that several owners write to and read, such as evidence.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Each line as JSON.
    pub fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// The last line as JSON.
    pub fn last(&self) -> Option<Value> {
        let text = self.text();
        let line = text.lines().last()?;
        Some(serde_json::from_str(line).expect("a line is JSON"))
    }

    /// All of it.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panics while writing").clone();
        String::from_utf8(bytes).expect("evidence is text")
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The admission routes without a socket.
pub struct Webhook {
    router: Router,
    metrics: Arc<Metrics>,
    evidence: Evidence,
    written: Written,
}

impl Webhook {
    /// The embedded catalog under `settings`, the text of a `probity.yaml`.
    pub fn new(settings: &str) -> Self {
        Self::with(settings, CatalogJudge { mutation: true }, Limits::default())
    }

    /// Another judge, other limits.
    pub fn with(settings: &str, judge: impl Judge, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let sources = sources(&folder, settings);
        let loaded = sources.load().unwrap_or_else(|error| panic!("{error}"));
        let (metrics, written) = (Arc::new(Metrics::default()), Written::default());
        let evidence = Evidence::new(written.clone()).expect("a thread can be started");
        let store = Arc::new(Store::new(loaded));
        let admission =
            Admission::new(judge, store, Arc::clone(&metrics), evidence.clone(), limits);
        Self { router: router(Arc::new(admission)), metrics, evidence, written }
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("routing cannot fail");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the body is in memory").to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }

    /// A body to a path, as the API server sends it.
    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(body.into()).expect("the request is sound")).await
    }

    /// `/validate` on a review.
    pub async fn validate(&self, review: &Value) -> Answer {
        self.post("/validate?timeout=3s", review.to_string()).await
    }

    /// `/mutate` on a review.
    pub async fn mutate(&self, review: &Value) -> Answer {
        self.post("/mutate?timeout=3s", review.to_string()).await
    }

    /// The review must pass.
    pub async fn accepts(&self, review: &Value) -> Answer {
        let answer = self.validate(review).await;
        answer.check_envelope(review);
        assert!(answer.allowed(), "refused: {}", answer.message());
        assert!(answer.response().get("status").is_none(), "{}", answer.text());
        answer
    }

    /// The review must be refused as Forbidden for exactly these controls, most severe first.
    pub async fn rejects(&self, review: &Value, controls: &[&str]) -> Answer {
        let answer = self.validate(review).await;
        answer.check_envelope(review);
        assert!(!answer.allowed(), "allowed: {}", answer.text());
        let status = &answer.response()["status"];
        assert_eq!((&status["code"], &status["reason"]), (&403.into(), &"Forbidden".into()));
        let message = answer.message();
        let headline = message.lines().next().unwrap_or_default();
        let named = headline.rsplit_once(": ").map(|(_, ids)| ids).unwrap_or_default();
        assert_eq!(named.split(", ").collect::<Vec<_>>(), controls, "{message}");
        answer
    }

    /// The scraped metrics.
    pub fn metrics(&self) -> String {
        self.metrics.encode()
    }

    /// Evidence so far, as written.
    pub fn evidence_text(&self) -> String {
        self.evidence.flush();
        self.written.text()
    }

    /// Evidence so far.
    pub fn evidence(&self) -> Vec<Value> {
        self.evidence.flush();
        self.written.lines()
    }

    /// The evidence of the last decision.
    pub fn last_evidence(&self) -> Value {
        self.evidence.flush();
        self.written.last().expect("every decision leaves a line")
    }
}

/// A server on free ports, in this process, until dropped or stopped.
pub struct Running {
    /// The admission port.
    pub address: SocketAddr,
    /// The plain port.
    pub probes: SocketAddr,
    /// The self-signed authority, PEM; empty where the certificate came from files.
    pub authority: String,
    /// Evidence.
    pub written: Written,
    stop: Option<oneshot::Sender<Stop>>,
    task: JoinHandle<bool>,
    _folder: TempDir,
}

impl Running {
    /// Self-signed, under `settings`.
    pub async fn start(settings: &str) -> Self {
        Self::start_with(settings, |_| {}).await
    }

    /// The same after `change` to its configuration.
    pub async fn start_with(settings: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut config = config(sources(&folder, settings));
        change(&mut config);
        let written = Written::default();
        let evidence = Evidence::new(written.clone()).expect("a thread can be started");
        let judge = CatalogJudge::of(&config);
        let server =
            Server::bind(config, evidence, judge).await.unwrap_or_else(|error| panic!("{error}"));
        let address = server.address().expect("the port is bound");
        let probes = server.probes_address().expect("the port is bound");
        let authority = server.ca_bundle().unwrap_or_default().to_owned();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { stopped.await.unwrap_or(Stop::Now) };
        let task = tokio::spawn(server.run(stopped));
        Self { address, probes, authority, written, stop: Some(stop), task, _folder: folder }
    }

    /// Asks it to stop and waits; says whether everything open ended by itself.
    pub async fn stop(mut self, how: Stop) -> bool {
        if let Some(stop) = self.stop.take() {
            stop.send(how).expect("the server still runs");
        }
        (&mut self.task).await.expect("the server does not panic")
    }

    /// Asks it to stop without waiting.
    pub fn begin_stop(&mut self, how: Stop) {
        if let Some(stop) = self.stop.take() {
            stop.send(how).expect("the server still runs");
        }
    }

    /// `GET` on the plain port: status and text.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let stream = TcpStream::connect(self.probes).await.expect("the plain port is open");
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1 works");
        tokio::spawn(connection);
        let request = Request::get(path).header("host", "localhost");
        let request = request.body(Full::<Bytes>::default()).expect("the request is sound");
        let response = sender.send_request(request).await.expect("an answer comes");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body comes").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("the answer is text"))
    }

    /// Waits until `/readyz` agrees with `ready`, and gives its text.
    pub async fn wait_ready(&self, ready: bool) -> String {
        for _ in 0..500 {
            let (status, text) = self.get("/readyz").await;
            if (status == StatusCode::OK) == ready {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("/readyz never said ready={ready}");
    }
}

fn sources(folder: &TempDir, settings: &str) -> Sources {
    let file = folder.path().join("probity.yaml");
    fs::write(&file, settings).expect("a file can be written");
    Sources { settings: Some(file), ..Sources::default() }
}

fn config(sources: Sources) -> Config {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    Config {
        listen: any_port,
        probes_listen: any_port,
        certificate: CertificateSource::SelfSigned {
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            ca_bundle_out: None,
        },
        sources,
        mutation: Mutation::On,
        limits: Limits::default(),
        times: Times {
            handshake: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            connection_age: Duration::from_mins(5),
            reload_interval: Duration::from_millis(50),
            drain_delay: Duration::ZERO,
            drain: Duration::from_secs(10),
        },
    }
}
