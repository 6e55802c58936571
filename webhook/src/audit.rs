//! Evidence: one JSON line per decision, with who, what, why and by which catalog.
//!
//! Keys stand in the order of RFC 8785, so that a line is its own canonical form. Redaction is in
//! this file only: what a finding observed in a place that holds secrets never leaves. Knows
//! reviews and decisions, not HTTP. Called by `admission`.

mod canonical;
mod sink;

use probity_catalog::decision::{Decision, Finding};
use probity_catalog::value::{Path, Segment, Value};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::admission::review::{Gvk, Review};
use crate::mutate::patch::Patch;
use crate::snapshot::Loaded;

pub use sink::Evidence;

/// Names the form of the line.
pub const SCHEMA: &str = "probity.dev/evidence/v1alpha1";
/// Findings in one line; a pod may have hundreds of containers. `checks_omitted` counts the rest.
const CHECKS: usize = 200;
/// Images and groups in one line.
const ITEMS: usize = 64;

/// RFC 3339 in UTC with microseconds.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Every field of a line and what it says, as documented.
pub const FIELDS: &[(&str, &str)] = &[
    ("catalog.digest", "SHA-256 of the catalog judged by"),
    ("catalog.engine", "version of the webhook"),
    ("catalog.version", "version of the catalog"),
    (
        "context.classification",
        "class the object was judged under; absent where nothing was judged",
    ),
    ("context.environment", "environment judged under"),
    (
        "context.params_digest",
        "SHA-256 of the parameters in force for the object, as canonical JSON; absent where nothing was judged",
    ),
    ("context.regimes", "regimes in force, those that the object itself names last"),
    (
        "decision.allowed",
        "whether the answer let the object pass; absent where it would have come too late",
    ),
    ("decision.checks[].action", "what the finding leads to: audit, warn or deny"),
    ("decision.checks[].check", "the check, such as `POD-001/pod`"),
    ("decision.checks[].control", "the control, such as `POD-001`"),
    ("decision.checks[].expected", "what is allowed there"),
    ("decision.checks[].message", "the control's title"),
    ("decision.checks[].observed", "what was found; redacted where secrets may stand"),
    ("decision.checks[].path", "where, absolute in the object"),
    (
        "decision.checks[].result",
        "verdict: fail, unknown, error, conflict, waived or pass-with-cap",
    ),
    ("decision.checks[].severity", "severity after the class has shifted it"),
    ("decision.checks_omitted", "findings left out of `checks`"),
    ("decision.duration_us", "microseconds from the request's head to the decision"),
    ("decision.passed", "checks that passed"),
    ("decision.problem", "why nothing could be decided, where the result is error"),
    ("decision.result", "allowed, denied, warned, mutated or error"),
    ("event_id", "UUIDv7; the API server's audit log carries it as annotation `event-id`"),
    ("schema", "form of this line"),
    ("time", "RFC 3339, UTC, microseconds"),
    ("what.dry_run", "whether nothing was to be stored"),
    ("what.endpoint", "validate or mutate"),
    ("what.engine", "always webhook"),
    ("what.images", "image references of the pod, up to 64"),
    ("what.kind", "group, version and kind of the object"),
    ("what.name", "name; empty where the server makes one up"),
    ("what.namespace", "namespace; empty for cluster-scoped objects"),
    (
        "what.object_sha256",
        "SHA-256 of the object as canonical JSON; absent where there is none, and for Secrets",
    ),
    ("what.old_object_sha256", "the same of the object as it was"),
    ("what.operation", "CREATE, UPDATE, DELETE or CONNECT; other where the review says neither"),
    ("what.patch", "JSON Patch that was answered"),
    ("what.resource", "group, version and resource addressed"),
    ("what.subresource", "subresource addressed; empty for the whole object"),
    ("what.uid", "uid of the object, where it has one"),
    ("who.groups", "groups of the caller, up to 64"),
    ("who.request_uid", "uid of the review"),
    ("who.uid", "uid of the caller"),
    ("who.username", "name of the caller"),
];

/// What happened to one review.
#[derive(Clone, Copy, Debug)]
pub struct Event<'e> {
    /// A `UUIDv7`.
    pub id: &'e str,
    /// Now.
    pub time: OffsetDateTime,
    /// `validate` or `mutate`.
    pub endpoint: &'static str,
    /// What was asked.
    pub review: &'e Review<'e>,
    /// Judged by.
    pub snapshot: &'e Loaded,
    /// What was found.
    pub decisions: &'e [Decision],
    /// `allowed`, `denied`, `warned`, `mutated`, `error`.
    pub result: &'static str,
    /// Whether the answer let the object pass; none where there was no answer in time.
    pub allowed: Option<bool>,
    /// Why nothing could be decided.
    pub problem: Option<&'e str>,
    /// The patch answered.
    pub patch: Option<&'e Patch>,
    /// Since the request's head.
    pub duration_us: u64,
}

impl Event<'_> {
    /// The line, without a line break.
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(1024);
        match serde_json::to_writer(&mut line, &Line::new(self)) {
            Ok(()) => line,
            // Text, numbers and lists of them cannot fail to serialise.
            Err(_) => Vec::new(),
        }
    }
}

#[derive(Serialize)]
struct Line<'e> {
    catalog: CatalogPart<'e>,
    context: ContextPart<'e>,
    decision: DecisionPart<'e>,
    event_id: &'e str,
    schema: &'static str,
    time: String,
    what: WhatPart<'e>,
    who: WhoPart<'e>,
}

#[derive(Serialize)]
struct CatalogPart<'e> {
    digest: &'e str,
    engine: &'static str,
    version: &'e str,
}

#[derive(Serialize)]
struct ContextPart<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    classification: Option<&'static str>,
    environment: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params_digest: Option<String>,
    regimes: Vec<&'e str>,
}

#[derive(Serialize)]
struct DecisionPart<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<bool>,
    checks: Vec<CheckPart<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks_omitted: Option<usize>,
    duration_us: u64,
    passed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'e str>,
    result: &'static str,
}

#[derive(Serialize)]
struct CheckPart<'e> {
    action: &'static str,
    check: String,
    control: &'e str,
    expected: &'e str,
    message: &'e str,
    observed: &'e str,
    path: String,
    result: &'static str,
    severity: &'static str,
}

#[derive(Serialize)]
struct WhatPart<'e> {
    dry_run: bool,
    endpoint: &'static str,
    engine: &'static str,
    images: Vec<&'e str>,
    kind: GroupVersionKind<'e>,
    name: &'e str,
    namespace: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_object_sha256: Option<String>,
    operation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<&'e Patch>,
    resource: GroupVersionResource<'e>,
    subresource: &'e str,
    uid: &'e str,
}

#[derive(Serialize)]
struct GroupVersionKind<'e> {
    group: &'e str,
    kind: &'e str,
    version: &'e str,
}

#[derive(Serialize)]
struct GroupVersionResource<'e> {
    group: &'e str,
    resource: &'e str,
    version: &'e str,
}

#[derive(Serialize)]
struct WhoPart<'e> {
    groups: Vec<&'e str>,
    request_uid: &'e str,
    uid: &'e str,
    username: &'e str,
}

impl<'e> Line<'e> {
    fn new(event: &Event<'e>) -> Self {
        Self {
            catalog: CatalogPart {
                digest: event.snapshot.catalog_digest(),
                engine: env!("CARGO_PKG_VERSION"),
                version: event.snapshot.catalog_version(),
            },
            context: ContextPart {
                classification: event.decisions.first().map(|d| d.classification.as_str()),
                environment: event.snapshot.snapshot().environment().as_str(),
                params_digest: event.decisions.first().map(|d| d.parameters.to_string()),
                regimes: regimes(event),
            },
            decision: DecisionPart::new(event),
            event_id: event.id,
            schema: SCHEMA,
            time: event.time.format(TIME).unwrap_or_default(),
            what: WhatPart::new(event),
            who: WhoPart {
                groups: texts(event.review.user.get("groups")).take(ITEMS).collect(),
                request_uid: event.review.uid,
                uid: event.review.user_text("uid"),
                username: event.review.user_text("username"),
            },
        }
    }
}

impl<'e> DecisionPart<'e> {
    fn new(event: &Event<'e>) -> Self {
        let findings = || event.decisions.iter().flat_map(|decision| decision.findings.iter());
        let omitted = findings().count().saturating_sub(CHECKS);
        Self {
            allowed: event.allowed,
            checks: findings().take(CHECKS).map(CheckPart::new).collect(),
            checks_omitted: (omitted > 0).then_some(omitted),
            duration_us: event.duration_us,
            passed: event.decisions.iter().map(|decision| decision.passed).sum(),
            problem: event.problem,
            result: event.result,
        }
    }
}

impl<'e> CheckPart<'e> {
    fn new(finding: &'e Finding) -> Self {
        Self {
            action: finding.action.map_or("none", |action| action.as_str()),
            check: finding.check.to_string(),
            control: finding.control.as_str(),
            expected: &finding.allowed,
            message: &finding.title,
            observed: if secret(&finding.path) { "(redacted)" } else { &finding.found },
            path: finding.path.to_string(),
            result: finding.verdict.as_str(),
            severity: finding.severity.as_str(),
        }
    }
}

impl<'e> WhatPart<'e> {
    fn new(event: &Event<'e>) -> Self {
        let review = event.review;
        let (Gvk { group, version, name }, resource) = (review.kind, review.resource);
        let object = if review.object.is_null() { review.old_object } else { review.object };
        let uid = object.get("metadata").and_then(|metadata| metadata.get("uid"));
        Self {
            dry_run: review.dry_run,
            endpoint: event.endpoint,
            engine: "webhook",
            images: images(review.object),
            kind: GroupVersionKind { group, kind: name, version },
            name: review.name,
            namespace: review.namespace,
            object_sha256: digest(review, review.object),
            old_object_sha256: digest(review, review.old_object),
            operation: review.operation.as_str(),
            patch: event.patch,
            resource: GroupVersionResource {
                group: resource.group,
                resource: resource.name,
                version: resource.version,
            },
            subresource: review.subresource,
            uid: uid.and_then(|uid| uid.as_str()).unwrap_or_default(),
        }
    }
}

/// The regimes of the settings, then those that the objects themselves name.
fn regimes<'e>(event: &Event<'e>) -> Vec<&'e str> {
    let own = event.decisions.iter().flat_map(|decision| &decision.own_regimes);
    let mut all: Vec<&str> =
        event.snapshot.snapshot().regimes().map(|regime| regime.id.as_str()).collect();
    for regime in own {
        if !all.contains(&regime.as_str()) {
            all.push(regime);
        }
    }
    all
}

/// The digest of an object of a review. Whoever knows all of a Secret but a short value could find
/// that out by trying, so Secrets have none.
fn digest(review: &Review<'_>, object: Value<'_>) -> Option<String> {
    let is_secret = (review.kind.group, review.kind.name) == ("", "Secret");
    (object.as_map().is_some() && !is_secret).then(|| canonical::sha256(object, review.body))
}

/// The image references of a pod or of a template one level down, where most kinds have it.
fn images(object: Value<'_>) -> Vec<&str> {
    let Some(spec) = object.get("spec") else { return Vec::new() };
    let spec = spec.get("jobTemplate").and_then(|job| job.get("spec")).unwrap_or(spec);
    let pod = spec.get("template").and_then(|template| template.get("spec")).unwrap_or(spec);
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|list| pod.get(list)?.as_list())
        .flatten()
        .filter_map(|container| container.get("image")?.as_str())
        .take(ITEMS)
        .collect()
}

fn texts(list: Option<Value<'_>>) -> impl Iterator<Item = &str> {
    list.and_then(|list| list.as_list()).unwrap_or_default().iter().filter_map(Value::as_str)
}

/// Whether a value in this place may be a secret: environment values, `data` of secrets and config
/// maps, and the copy of the whole object that kubectl leaves in an annotation.
fn secret(path: &Path) -> bool {
    let named = |wanted: &[&str]| {
        path.segments().iter().any(
            |segment| matches!(segment, Segment::Field(name) if wanted.contains(&name.as_str())),
        )
    };
    named(&["data", "stringData", "kubectl.kubernetes.io/last-applied-configuration"])
        || (named(&["env"]) && named(&["value"]))
}
