//! An HTTPS client of the webhook: one TLS connection that trusts one authority, over HTTP/1.1 or
//! HTTP/2, and what an admission answer says.
//!
//! A package of its own, so that the benchmarks have it without the clouds and clusters of the
//! suites. Knows the envelope of an answer, not what it should be. Called by the suites' harness and
//! by the webhook's benchmark.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "what is not there fails the test"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Which HTTP a client speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// What the API server speaks to a Service.
    Http1,
    /// What it speaks to loopback URLs.
    Http2,
}

/// One TLS connection.
pub struct Client {
    sender: Sender,
    /// The leaf that the server showed, DER.
    pub certificate: Vec<u8>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    /// Connects, trusting `authority` (PEM) only.
    pub async fn connect(
        address: SocketAddr,
        authority: &str,
        protocol: Protocol,
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate.expect("PEM")).expect("a certificate");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions fit the provider")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![match protocol {
            Protocol::Http1 => b"http/1.1".to_vec(),
            Protocol::Http2 => b"h2".to_vec(),
        }];
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let (_, session) = stream.get_ref();
        let certificate =
            session.peer_certificates().and_then(<[_]>::first).map(|leaf| leaf.to_vec());
        let io = TokioIo::new(stream);
        let sender = match protocol {
            Protocol::Http1 => {
                let (sender, connection) =
                    http1::handshake(io).await.map_err(std::io::Error::other)?;
                tokio::spawn(connection);
                Sender::Http1(sender)
            }
            Protocol::Http2 => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), io)
                    .await
                    .map_err(std::io::Error::other)?;
                tokio::spawn(connection);
                Sender::Http2(sender)
            }
        };
        Ok(Self { sender, certificate: certificate.unwrap_or_default() })
    }

    /// Sends a body and waits for the whole answer.
    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<Answer, hyper::Error> {
        let uri = match self.sender {
            Sender::Http1(_) => path.to_owned(),
            Sender::Http2(_) => format!("https://localhost{path}"),
        };
        let request = Request::post(uri)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .expect("the request is sound");
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("answers are text")
    }

    /// `response` of the AdmissionReview in the body.
    pub fn response(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text()));
        body["response"].clone()
    }

    /// Whether the object may pass.
    pub fn allowed(&self) -> bool {
        self.response()["allowed"].as_bool().expect("`allowed` is there")
    }

    /// The denial's text.
    pub fn message(&self) -> String {
        self.response()["status"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The warnings.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.response()["warnings"].clone();
        let list = warnings.as_array().cloned().unwrap_or_default();
        list.iter().map(|text| text.as_str().expect("a warning is text").to_owned()).collect()
    }

    /// The patch, decoded; `null` where there is none.
    pub fn patch(&self) -> Value {
        let response = self.response();
        let Some(patch) = response["patch"].as_str() else {
            assert!(response.get("patchType").is_none(), "a type without a patch");
            return Value::Null;
        };
        assert_eq!(response["patchType"], "JSONPatch");
        let bytes = STANDARD.decode(patch).expect("a patch is base64");
        serde_json::from_slice(&bytes).expect("a patch is JSON")
    }

    /// What the API server checks before it looks inside.
    pub fn check_envelope(&self, review: &Value) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/json");
        let body: Value = serde_json::from_slice(&self.body).expect("the answer is JSON");
        assert_eq!(body["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(body["kind"], "AdmissionReview");
        assert_eq!(body["response"]["uid"], review["request"]["uid"]);
        let length: usize = self.warnings().iter().map(|text| text.chars().count()).sum();
        assert!(length < 4_096, "{length} characters of warnings");
        for warning in self.warnings() {
            assert!(warning.chars().count() <= 120, "{warning}");
            assert!(!warning.chars().any(char::is_control), "{warning:?}");
        }
        assert!(self.message().len() <= 1_000, "{}", self.message());
    }
}
