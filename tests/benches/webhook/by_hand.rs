//! A webhook as a good engineer writes it for exactly these controls: typed structs that borrow
//! from the body, eleven checks in Rust, an answer, a counter and a line of evidence.
//!
//! It has no parameters, regimes, paths with reasons or bounds; it is what all of that is measured
//! against. Checks: POD-001, 002, 004, 006, 007, 009, 010, IMG-002, IMG-003, RES-001, TAG-001.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use probity_webhook::Evidence;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
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

#[derive(Deserialize)]
struct Pod<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    labels: BTreeMap<Text<'a>, Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow, default)]
    containers: Vec<Container<'a>>,
    #[serde(borrow, default)]
    init_containers: Vec<Container<'a>>,
    #[serde(borrow, default)]
    ephemeral_containers: Vec<Container<'a>>,
    #[serde(borrow, default)]
    volumes: Vec<Volume<'a>>,
    #[serde(borrow, default)]
    security_context: Context<'a>,
    #[serde(default, rename = "hostPID")]
    host_pid: bool,
    #[serde(default, rename = "hostIPC")]
    host_ipc: bool,
    #[serde(default)]
    share_process_namespace: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow, default)]
    image: Text<'a>,
    #[serde(borrow, default)]
    security_context: Context<'a>,
    #[serde(borrow, default)]
    resources: Resources<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    privileged: Option<bool>,
    allow_privilege_escalation: Option<bool>,
    run_as_non_root: Option<bool>,
    run_as_user: Option<i64>,
    run_as_group: Option<i64>,
    #[serde(borrow)]
    capabilities: Option<Capabilities<'a>>,
    #[serde(borrow)]
    seccomp_profile: Option<Seccomp<'a>>,
}

#[derive(Deserialize)]
struct Capabilities<'a> {
    #[serde(borrow, default)]
    add: Vec<Text<'a>>,
    #[serde(borrow, default)]
    drop: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Seccomp<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Resources<'a> {
    #[serde(borrow, default)]
    limits: BTreeMap<Text<'a>, Text<'a>>,
    #[serde(borrow, default)]
    requests: BTreeMap<Text<'a>, Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    host_path: Option<IgnoredAny>,
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
}

/// The whole webhook.
pub(crate) fn router(evidence: Evidence) -> Router {
    let counter = Arc::new(AtomicU64::new(0));
    Router::new().route(
        "/validate",
        post(move |body: Body| {
            let (evidence, counter) = (evidence.clone(), Arc::clone(&counter));
            async move {
                let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
                counter.fetch_add(1, Ordering::Relaxed);
                answer(&body.to_bytes(), &evidence)
            }
        }),
    )
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn answer(body: &[u8], evidence: &Evidence) -> Response<Body> {
    let Ok(review) = serde_json::from_slice::<Review<'_>>(body) else {
        return status(StatusCode::BAD_REQUEST);
    };
    let request = &review.request;
    let broken = request.object.as_ref().map(check).unwrap_or_default();
    let line = Line {
        event: Uuid::now_v7().to_string(),
        uid: &request.uid,
        user: &request.user_info.username,
        operation: &request.operation,
        namespace: &request.namespace,
        name: &request.name,
        allowed: broken.is_empty(),
        broken: &broken,
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

const LABELS: [&str; 7] = [
    "probity.dev/data-classification",
    "probity.dev/compliance-regime",
    "probity.dev/business-unit",
    "probity.dev/environment",
    "probity.dev/owner",
    "probity.dev/cost-center",
    "probity.dev/application",
];

fn check(pod: &Pod<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let spec = &pod.spec;
    if spec.host_pid || spec.host_ipc || spec.share_process_namespace {
        broken.push("POD-002: host or shared process namespace".to_owned());
    }
    for volume in spec.volumes.iter().filter(|volume| volume.host_path.is_some()) {
        broken.push(format!("POD-004: volume {} is a host path", volume.name));
    }
    if !LABELS.iter().all(|label| pod.metadata.labels.get(*label).is_some_and(|v| !v.is_empty())) {
        broken.push("TAG-001: labels are missing".to_owned());
    }
    pod_context(&spec.security_context, &mut broken);
    let main = spec.containers.iter().chain(&spec.init_containers);
    for container in main.clone().chain(&spec.ephemeral_containers) {
        self::container(container, &spec.security_context, &mut broken);
    }
    for container in main {
        for resource in ["cpu", "memory"] {
            let Resources { limits, requests } = &container.resources;
            if !limits.contains_key(resource) && !requests.contains_key(resource) {
                broken.push(format!("RES-001: no request for {resource}"));
            }
        }
    }
    broken
}

fn pod_context(context: &Context<'_>, broken: &mut Vec<String>) {
    let root = |id: Option<i64>| id == Some(0);
    if context.run_as_non_root == Some(false)
        || root(context.run_as_user)
        || root(context.run_as_group)
    {
        broken.push("POD-007: the pod may run as root".to_owned());
    }
    if context.seccomp_profile.as_ref().is_some_and(|profile| !confined(profile)) {
        broken.push("POD-010: the pod is not confined".to_owned());
    }
}

fn confined(profile: &Seccomp<'_>) -> bool {
    matches!(&*profile.kind, "RuntimeDefault" | "Localhost")
}

fn container(container: &Container<'_>, pod: &Context<'_>, broken: &mut Vec<String>) {
    let (own, image) = (&container.security_context, &*container.image);
    if own.privileged == Some(true) {
        broken.push("POD-001: privileged".to_owned());
    }
    if own.allow_privilege_escalation != Some(false) {
        broken.push("POD-006: privilege escalation is not switched off".to_owned());
    }
    let non_root = own.run_as_non_root.or(pod.run_as_non_root) == Some(true);
    if !non_root || own.run_as_user == Some(0) || own.run_as_group == Some(0) {
        broken.push("POD-007: may run as root".to_owned());
    }
    let (drop, add) = own.capabilities.as_ref().map_or((false, true), |capabilities| {
        let drop = capabilities.drop.iter().any(|name| name == "ALL");
        (drop, capabilities.add.iter().all(|name| name == "NET_BIND_SERVICE"))
    });
    if !drop || !add {
        broken.push("POD-009: capabilities".to_owned());
    }
    if !own.seccomp_profile.as_ref().or(pod.seccomp_profile.as_ref()).is_some_and(confined) {
        broken.push("POD-010: not confined".to_owned());
    }
    let digest = image.rsplit_once('@').map(|(_, digest)| digest);
    let hexadecimal = |digest: &str| {
        digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
    };
    if !digest.is_some_and(hexadecimal) {
        broken.push(format!("IMG-003: {image} is not pinned"));
    }
    let name = image.split('@').next().unwrap_or_default();
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    if tag == Some("latest") || (tag.is_none() && digest.is_none()) {
        broken.push(format!("IMG-002: {image} has a mutable tag"));
    }
}
