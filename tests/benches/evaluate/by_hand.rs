//! The controls as somebody would write them in Rust: typed structs with the fields that are
//! needed, and one function per control.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Answers;
use super::measure::{Measured, measure};

#[derive(Deserialize)]
struct Review<'a> {
    #[serde(borrow)]
    request: Request<'a>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    object: Pod<'a>,
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
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "as Kubernetes has it")]
struct Spec<'a> {
    #[serde(default)]
    host_network: bool,
    #[serde(default, rename = "hostPID")]
    host_pid: bool,
    #[serde(default, rename = "hostIPC")]
    host_ipc: bool,
    #[serde(default)]
    share_process_namespace: bool,
    automount_service_account_token: Option<bool>,
    #[serde(borrow)]
    service_account_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    priority_class_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    node_name: Option<Cow<'a, str>>,
    #[serde(default)]
    volumes: Vec<Volume>,
    #[serde(borrow, default)]
    tolerations: Vec<Toleration<'a>>,
    #[serde(borrow, default)]
    security_context: PodSecurityContext<'a>,
    #[serde(borrow, default)]
    init_containers: Vec<Container<'a>>,
    #[serde(borrow)]
    containers: Vec<Container<'a>>,
    #[serde(borrow, default)]
    ephemeral_containers: Vec<Container<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    host_path: Option<IgnoredAny>,
    config_map: Option<IgnoredAny>,
    #[serde(rename = "downwardAPI")]
    downward_api: Option<IgnoredAny>,
    empty_dir: Option<IgnoredAny>,
    secret: Option<IgnoredAny>,
    persistent_volume_claim: Option<IgnoredAny>,
    csi: Option<IgnoredAny>,
    ephemeral: Option<IgnoredAny>,
    projected: Option<Projected>,
}

#[derive(Deserialize)]
struct Projected {
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    service_account_token: Option<Token>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    expiration_seconds: Option<i64>,
}

#[derive(Deserialize)]
struct Toleration<'a> {
    #[serde(borrow)]
    operator: Option<Cow<'a, str>>,
    key: Option<IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct PodSecurityContext<'a> {
    run_as_non_root: Option<bool>,
    run_as_user: Option<i64>,
    fs_group: Option<i64>,
    #[serde(borrow)]
    seccomp_profile: Option<Seccomp<'a>>,
    #[serde(borrow, default)]
    sysctls: Vec<Sysctl<'a>>,
}

#[derive(Deserialize)]
struct Sysctl<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Seccomp<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow)]
    image: Cow<'a, str>,
    #[serde(borrow, default)]
    security_context: SecurityContext<'a>,
    #[serde(default)]
    ports: Vec<Port>,
    #[serde(borrow, default)]
    env: Vec<Variable<'a>>,
    #[serde(borrow, default)]
    resources: Resources<'a>,
    liveness_probe: Option<Probe>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SecurityContext<'a> {
    privileged: Option<bool>,
    allow_privilege_escalation: Option<bool>,
    read_only_root_filesystem: Option<bool>,
    run_as_non_root: Option<bool>,
    run_as_user: Option<i64>,
    #[serde(borrow)]
    proc_mount: Option<Cow<'a, str>>,
    #[serde(borrow)]
    seccomp_profile: Option<Seccomp<'a>>,
    #[serde(borrow, default)]
    capabilities: Capabilities<'a>,
}

#[derive(Deserialize, Default)]
struct Capabilities<'a> {
    #[serde(borrow, default)]
    add: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    drop: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port {
    #[serde(default)]
    host_port: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    value_from: Option<IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[expect(clippy::zero_sized_map_values, reason = "which keys there are is all that counts")]
struct Resources<'a> {
    #[serde(borrow, default)]
    limits: BTreeMap<Cow<'a, str>, IgnoredAny>,
    #[serde(borrow, default)]
    requests: BTreeMap<Cow<'a, str>, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    http_get: Option<HttpGet>,
}

#[derive(Deserialize)]
struct HttpGet {
    host: Option<IgnoredAny>,
}

const LABELS: [&str; 4] = [
    "app.kubernetes.io/name",
    "probity.dev/owner",
    "probity.dev/cost-center",
    "probity.dev/data-classification",
];
const CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];
const SYSCTLS: [&str; 3] =
    ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"];
const REGISTRIES: [&str; 2] = ["registry.bank.example/", "mirror.bank.example/"];

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?i)(passwd|password|secret|token|apikey|api_key)").expect("a pattern")
});

pub(crate) fn parse_and_judge(review: &[u8]) -> Answers {
    let review: Review<'_> = serde_json::from_slice(review).expect("a review");
    judge(&review.request.object)
}

pub(crate) fn measure_evaluation(review: &[u8]) -> Measured {
    let review: Review<'_> = serde_json::from_slice(review).expect("a review");
    measure(|| judge(&review.request.object))
}

/// In the order of the catalog.
fn judge(object: &Pod<'_>) -> Answers {
    let (pod, labels) = (&object.spec, &object.metadata.labels);
    let all = |holds: &dyn Fn(&Container<'_>) -> bool| {
        let lists = [&pod.init_containers, &pod.containers, &pod.ephemeral_containers];
        lists.into_iter().flatten().all(holds)
    };
    let mut answers = Vec::with_capacity(30);
    answers.extend([
        !pod.host_network && !pod.host_pid && !pod.host_ipc,
        pod.volumes.iter().all(|volume| volume.host_path.is_none()),
        pod.volumes.iter().all(is_allowed_volume),
        pod.security_context.sysctls.iter().all(|sysctl| SYSCTLS.contains(&&*sysctl.name)),
        pod.service_account_name.as_deref().unwrap_or("default") != "default",
        !pod.automount_service_account_token.unwrap_or(true),
        LABELS.iter().all(|label| labels.contains_key(*label)),
        labels
            .get("probity.dev/data-classification")
            .is_some_and(|class| CLASSES.contains(&&**class)),
        pod.security_context.fs_group.unwrap_or(1) > 0,
        !pod.priority_class_name.as_deref().unwrap_or_default().starts_with("system-"),
        pod.tolerations.iter().all(|toleration| {
            toleration.operator.as_deref() != Some("Exists") || toleration.key.is_some()
        }),
        pod.node_name.is_none(),
        pod.volumes.iter().all(has_short_tokens),
        !pod.share_process_namespace,
        all(&|c| !c.security_context.privileged.unwrap_or(false)),
        all(&|c| !c.security_context.allow_privilege_escalation.unwrap_or(true)),
        all(&|c| c.security_context.read_only_root_filesystem.unwrap_or(false)),
        all(&|c| c.security_context.capabilities.drop.iter().any(|name| name == "ALL")),
        all(&|c| c.security_context.capabilities.add.iter().all(|name| name == "NET_BIND_SERVICE")),
        all(&|c| {
            let own = c.security_context.run_as_non_root;
            own.or(pod.security_context.run_as_non_root).unwrap_or(false)
        }),
        all(&|c| {
            let own = c.security_context.run_as_user;
            own.or(pod.security_context.run_as_user).unwrap_or(1) != 0
        }),
        all(&|c| {
            let own = c.security_context.seccomp_profile.as_ref();
            own.or(pod.security_context.seccomp_profile.as_ref())
                .is_some_and(|profile| ["RuntimeDefault", "Localhost"].contains(&&*profile.kind))
        }),
        all(&|c| c.ports.iter().all(|port| port.host_port == 0)),
        all(&|c| c.image.rsplit_once("@sha256:").is_some_and(|(_, digest)| is_digest(digest))),
        all(&|c| REGISTRIES.iter().any(|registry| c.image.starts_with(registry))),
        all(&|c| !c.image.ends_with(":latest")),
        all(&|c| {
            c.resources.limits.contains_key("memory")
                && c.resources.requests.contains_key("cpu")
                && c.resources.requests.contains_key("memory")
        }),
        all(&|c| {
            c.env.iter().all(|variable| {
                variable.value_from.is_some() || !SECRET_NAME.is_match(&variable.name)
            })
        }),
        all(&|c| c.security_context.proc_mount.as_deref().unwrap_or("Default") == "Default"),
        all(&|c| {
            let probe = c.liveness_probe.as_ref().and_then(|probe| probe.http_get.as_ref());
            probe.is_none_or(|probe| probe.host.is_none())
        }),
    ]);
    answers
}

fn is_allowed_volume(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.downward_api.is_some()
        || volume.empty_dir.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.csi.is_some()
        || volume.ephemeral.is_some()
}

fn has_short_tokens(volume: &Volume) -> bool {
    volume.projected.as_ref().is_none_or(|projected| {
        projected.sources.iter().all(|source| {
            let token = source.service_account_token.as_ref();
            token.is_none_or(|token| token.expiration_seconds.unwrap_or(3600) <= 7200)
        })
    })
}

fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}
