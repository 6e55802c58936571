//! The two ways a pod can be asked for: through a real API server, or from the webhook itself the
//! way an API server would.
//!
//! Knows the conversation, not what is asked or what the answer should be.

use std::sync::Arc;

use harness::cluster::Cluster;
use harness::cluster::registration::{Kinds, Registration, create_namespace};
use harness::served::Served;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use kube::Client;
use kube::client::Body;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where reviews come from.
pub(crate) enum Door {
    /// The demo makes the reviews and applies the patches.
    Https(Served),
    /// The API server does.
    Cluster(Box<Inside>),
}

/// A cluster with the webhook at its door. Fields drop in this order: who asks before who answers.
pub(crate) struct Inside {
    client: Client,
    _cluster: Cluster,
    _webhook: Served,
}

/// What came of asking for an object.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The object as it would be stored, or why it is refused.
    pub(crate) outcome: Result<Value, String>,
    /// What kubectl would show.
    pub(crate) warnings: Vec<String>,
}

impl Door {
    /// Stand in front of `webhook` for a namespace.
    pub(crate) async fn through_a_cluster(
        cluster: Cluster,
        webhook: Served,
        namespace: &str,
    ) -> Self {
        let client = cluster.client();
        let (url, authority) = (webhook.url(), webhook.authority());
        let registration = Registration {
            name: "probity",
            url: &url,
            authority: &authority,
            kinds: Kinds::Workloads,
            namespaces: None,
        };
        registration.register(&client).await;
        create_namespace(&client, namespace, &[]).await;
        Self::Cluster(Box::new(Inside { client, _cluster: cluster, _webhook: webhook }))
    }

    /// Ask for a pod.
    pub(crate) async fn ask(&self, pod: &Value) -> Result<Answer, String> {
        match self {
            Self::Https(webhook) => ask_webhook(webhook, pod).await,
            Self::Cluster(inside) => ask_cluster(&inside.client, pod).await,
        }
    }
}

/// Mutate, apply the patch, validate: what the API server does with a creation.
async fn ask_webhook(webhook: &Served, pod: &Value) -> Result<Answer, String> {
    let mut object = pod.clone();
    let mutated = post(webhook, "/mutate", &review(&object)).await?;
    if let Some(patch) = mutated["response"]["patch"].as_str() {
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, patch)
            .map_err(|error| format!("the patch is no base64: {error}"))?;
        let patch: json_patch::Patch = serde_json::from_slice(&bytes)
            .map_err(|error| format!("the patch is no JSON Patch: {error}"))?;
        json_patch::patch(&mut object, &patch)
            .map_err(|error| format!("the patch does not apply: {error}"))?;
    }
    let validated = post(webhook, "/validate", &review(&object)).await?;
    let warnings = [&mutated, &validated].into_iter().flat_map(|review| {
        let warnings = review["response"]["warnings"].as_array().cloned().unwrap_or_default();
        warnings.into_iter().filter_map(|warning| warning.as_str().map(str::to_owned))
    });
    let response = &validated["response"];
    let outcome = match response["allowed"].as_bool() {
        Some(true) => Ok(object),
        Some(false) => Err(response["status"]["message"].as_str().unwrap_or_default().to_owned()),
        None => return Err(format!("no answer to the review: {validated}")),
    };
    Ok(Answer { outcome, warnings: warnings.collect() })
}

/// The review of a pod's creation.
fn review(pod: &Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "2f1c1a34-9a4e-4f0b-8c55-6f0a7c1d2e3b",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "resource": { "group": "", "version": "v1", "resource": "pods" },
            "requestKind": { "group": "", "version": "v1", "kind": "Pod" },
            "requestResource": { "group": "", "version": "v1", "resource": "pods" },
            "name": pod["metadata"]["name"],
            "namespace": pod["metadata"]["namespace"],
            "operation": "CREATE",
            "userInfo": { "username": "demo", "groups": ["system:authenticated"] },
            "object": pod,
            "oldObject": null,
            "dryRun": false,
            "options": { "apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions" },
        },
    })
}

/// One review over a TLS connection that trusts the webhook's own authority and nothing else.
async fn post(webhook: &Served, path: &str, review: &Value) -> Result<Value, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    let tcp = TcpStream::connect(("127.0.0.1", webhook.port()))
        .await
        .map_err(|error| failed("no connection to the webhook", &error))?;
    let name = ServerName::try_from("localhost").expect("the name is one");
    let tls = TlsConnector::from(Arc::new(trusting(&webhook.authority())?))
        .connect(name, tcp)
        .await
        .map_err(|error| failed("no TLS with the webhook", &error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tls))
        .await
        .map_err(|error| failed("no HTTP with the webhook", &error))?;
    tokio::spawn(connection);
    let request = http::Request::post(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Full::<bytes::Bytes>::from(review.to_string()))
        .expect("the request is whole");
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| failed("no answer from the webhook", &error))?;
    let body =
        answer.into_body().collect().await.map_err(|error| failed("half an answer", &error))?;
    serde_json::from_slice(&body.to_bytes())
        .map_err(|error| failed("no JSON in the answer", &error))
}

fn trusting(authority: &str) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate =
            certificate.map_err(|error| format!("the authority is no PEM: {error}"))?;
        roots.add(certificate).map_err(|error| format!("the authority is none: {error}"))?;
    }
    Ok(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// Create a pod as kubectl would.
async fn ask_cluster(client: &Client, pod: &Value) -> Result<Answer, String> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or("default");
    let request = http::Request::post(format!("/api/v1/namespaces/{namespace}/pods"))
        .header("content-type", "application/json")
        .body(Body::from(pod.to_string().into_bytes()))
        .expect("the request is whole");
    let answer = client.send(request).await.map_err(|error| error.to_string())?;
    let created = answer.status().is_success();
    let warnings = answer.headers().get_all("warning").iter();
    // `299 - "text"`, as RFC 7234 has it.
    let warnings = warnings.filter_map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        Some(text.split_once('"')?.1.trim_end_matches('"').replace("\\\"", "\""))
    });
    let warnings = warnings.collect();
    let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let body: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let refusal = || body["message"].as_str().unwrap_or_default().to_owned();
    let outcome = if created { Ok(body) } else { Err(refusal()) };
    Ok(Answer { outcome, warnings })
}
