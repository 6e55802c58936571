//! The controls as somebody would write them in Rust: typed structs with the fields that are
//! needed, and one condition per control. No parameters, no paths with reasons, no unknowns: what
//! all of that is measured against. Called by both benchmarks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Answers;

/// What the controls need of a pod.
#[derive(Debug, Deserialize)]
pub struct Pod<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
}

#[derive(Debug, Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow, default)]
    #[expect(clippy::zero_sized_map_values, reason = "which keys there are is all that counts")]
    annotations: BTreeMap<Cow<'a, str>, IgnoredAny>,
}

#[derive(Debug, Deserialize)]
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
    host_aliases: Vec<IgnoredAny>,
    #[serde(borrow)]
    dns_policy: Option<Cow<'a, str>>,
    #[serde(borrow)]
    scheduler_name: Option<Cow<'a, str>>,
    termination_grace_period_seconds: Option<i64>,
    #[serde(default)]
    topology_spread_constraints: Vec<Spread>,
    #[serde(borrow, default)]
    volumes: Vec<Volume<'a>>,
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spread {
    max_skew: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume<'a> {
    host_path: Option<IgnoredAny>,
    config_map: Option<IgnoredAny>,
    #[serde(rename = "downwardAPI")]
    downward_api: Option<IgnoredAny>,
    #[serde(borrow)]
    empty_dir: Option<EmptyDir<'a>>,
    secret: Option<Secret>,
    persistent_volume_claim: Option<IgnoredAny>,
    csi: Option<IgnoredAny>,
    ephemeral: Option<IgnoredAny>,
    projected: Option<Projected>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EmptyDir<'a> {
    #[serde(borrow)]
    medium: Option<Cow<'a, str>>,
    size_limit: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Secret {
    default_mode: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Projected {
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    service_account_token: Option<Token>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    expiration_seconds: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Toleration<'a> {
    #[serde(borrow)]
    operator: Option<Cow<'a, str>>,
    key: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSecurityContext<'a> {
    run_as_non_root: Option<bool>,
    run_as_user: Option<i64>,
    run_as_group: Option<i64>,
    fs_group: Option<i64>,
    #[serde(default)]
    supplemental_groups: Vec<i64>,
    #[serde(borrow)]
    seccomp_profile: Option<Typed<'a>>,
    #[serde(borrow)]
    app_armor_profile: Option<Typed<'a>>,
    #[serde(borrow)]
    se_linux_options: Option<MaybeTyped<'a>>,
    windows_options: Option<Windows>,
    #[serde(borrow, default)]
    sysctls: Vec<Sysctl<'a>>,
}

#[derive(Debug, Deserialize)]
struct Sysctl<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct MaybeTyped<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Windows {
    host_process: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow)]
    image: Cow<'a, str>,
    #[serde(borrow, default)]
    security_context: SecurityContext<'a>,
    #[serde(borrow)]
    image_pull_policy: Option<Cow<'a, str>>,
    #[serde(default)]
    tty: bool,
    #[serde(default)]
    stdin: bool,
    #[serde(borrow, default)]
    volume_mounts: Vec<Mount<'a>>,
    #[serde(borrow, default)]
    ports: Vec<Port<'a>>,
    #[serde(borrow, default)]
    env: Vec<Variable<'a>>,
    #[serde(borrow, default)]
    resources: Resources<'a>,
    liveness_probe: Option<Probe>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityContext<'a> {
    privileged: Option<bool>,
    allow_privilege_escalation: Option<bool>,
    read_only_root_filesystem: Option<bool>,
    run_as_non_root: Option<bool>,
    run_as_user: Option<i64>,
    run_as_group: Option<i64>,
    #[serde(borrow)]
    proc_mount: Option<Cow<'a, str>>,
    #[serde(borrow)]
    seccomp_profile: Option<Typed<'a>>,
    #[serde(borrow)]
    app_armor_profile: Option<Typed<'a>>,
    #[serde(borrow)]
    se_linux_options: Option<MaybeTyped<'a>>,
    windows_options: Option<Windows>,
    #[serde(borrow, default)]
    capabilities: Capabilities<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct Capabilities<'a> {
    #[serde(borrow, default)]
    add: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    drop: Vec<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "as Kubernetes has it")]
struct Port<'a> {
    #[serde(default)]
    host_port: i64,
    #[serde(borrow, default, rename = "hostIP")]
    host_ip: Cow<'a, str>,
    container_port: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mount<'a> {
    #[serde(borrow)]
    mount_path: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Cow<'a, str>,
    value_from: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[expect(clippy::zero_sized_map_values, reason = "which keys there are is all that counts")]
struct Resources<'a> {
    #[serde(borrow, default)]
    limits: BTreeMap<Cow<'a, str>, IgnoredAny>,
    #[serde(borrow, default)]
    requests: BTreeMap<Cow<'a, str>, IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Probe {
    http_get: Option<HttpGet>,
}

#[derive(Debug, Deserialize)]
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
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/containerd/containerd.sock"];
const REGISTRIES: [&str; 2] = ["registry.bank.example/", "mirror.bank.example/"];

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?i)(passwd|password|secret|token|apikey|api_key)").expect("a pattern")
});

/// The first thirty, in the order of the catalog.
pub fn thirty(object: &Pod<'_>) -> Answers {
    let mut answers = Vec::with_capacity(30);
    first(object, &mut answers);
    answers
}

/// All sixty, in the order of the catalog.
pub fn sixty(object: &Pod<'_>) -> Answers {
    let mut answers = Vec::with_capacity(60);
    first(object, &mut answers);
    second(object, &mut answers);
    answers
}

fn all<'p>(pod: &'p Spec<'p>, holds: impl Fn(&'p Container<'p>) -> bool) -> bool {
    let lists = [&pod.init_containers, &pod.containers, &pod.ephemeral_containers];
    lists.into_iter().flatten().all(holds)
}

fn first(object: &Pod<'_>, answers: &mut Answers) {
    let (pod, labels) = (&object.spec, &object.metadata.labels);
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
        all(pod, |c| !c.security_context.privileged.unwrap_or(false)),
        all(pod, |c| !c.security_context.allow_privilege_escalation.unwrap_or(true)),
        all(pod, |c| c.security_context.read_only_root_filesystem.unwrap_or(false)),
        all(pod, |c| c.security_context.capabilities.drop.iter().any(|name| name == "ALL")),
        all(pod, |c| {
            c.security_context.capabilities.add.iter().all(|name| name == "NET_BIND_SERVICE")
        }),
        all(pod, |c| {
            let own = c.security_context.run_as_non_root;
            own.or(pod.security_context.run_as_non_root).unwrap_or(false)
        }),
        all(pod, |c| {
            let own = c.security_context.run_as_user;
            own.or(pod.security_context.run_as_user).unwrap_or(1) != 0
        }),
        all(pod, |c| {
            let own = c.security_context.seccomp_profile.as_ref();
            own.or(pod.security_context.seccomp_profile.as_ref())
                .is_some_and(|profile| ["RuntimeDefault", "Localhost"].contains(&&*profile.kind))
        }),
        all(pod, |c| c.ports.iter().all(|port| port.host_port == 0)),
        all(pod, |c| c.image.rsplit_once("@sha256:").is_some_and(|(_, digest)| is_digest(digest))),
        all(pod, |c| REGISTRIES.iter().any(|registry| c.image.starts_with(registry))),
        all(pod, |c| !c.image.ends_with(":latest")),
        all(pod, |c| {
            c.resources.limits.contains_key("memory")
                && c.resources.requests.contains_key("cpu")
                && c.resources.requests.contains_key("memory")
        }),
        all(pod, |c| {
            c.env.iter().all(|variable| {
                variable.value_from.is_some() || !SECRET_NAME.is_match(&variable.name)
            })
        }),
        all(pod, |c| c.security_context.proc_mount.as_deref().unwrap_or("Default") == "Default"),
        all(pod, |c| {
            let probe = c.liveness_probe.as_ref().and_then(|probe| probe.http_get.as_ref());
            probe.is_none_or(|probe| probe.host.is_none())
        }),
    ]);
}

fn second(object: &Pod<'_>, answers: &mut Answers) {
    let (pod, metadata) = (&object.spec, &object.metadata);
    let label = |name: &str| metadata.labels.get(name).map(|text| &**text).unwrap_or_default();
    let context = &pod.security_context;
    let volumes = |holds: fn(&Volume<'_>) -> bool| pod.volumes.iter().all(holds);
    answers.extend([
        pod.host_aliases.is_empty(),
        is_one_of(pod.dns_policy.as_ref(), &["ClusterFirst", "None"]),
        context.run_as_non_root.unwrap_or(true),
        context.run_as_user.unwrap_or(1) != 0,
        is_confined(context.seccomp_profile.as_ref()),
        context.supplemental_groups.iter().all(|group| *group > 0),
        is_container_type(context.se_linux_options.as_ref()),
        is_confined(context.app_armor_profile.as_ref()),
        is_no_host_process(context.windows_options.as_ref()),
        is_one_of(pod.scheduler_name.as_ref(), &["default-scheduler", "bin-packing"]),
        label("probity.dev/cost-center").starts_with("cc-"),
        label("probity.dev/owner").starts_with("team-"),
        metadata
            .annotations
            .keys()
            .all(|name| !name.starts_with("seccomp.security.alpha.kubernetes.io/")),
        pod.termination_grace_period_seconds.unwrap_or(30) <= 600,
        pod.topology_spread_constraints.iter().all(|spread| spread.max_skew <= 5),
        volumes(|volume| {
            volume.secret.as_ref().is_none_or(|secret| secret.default_mode.unwrap_or(420) <= 420)
        }),
        volumes(|volume| {
            volume.empty_dir.as_ref().is_none_or(|directory| {
                directory.medium.as_deref() != Some("Memory") || directory.size_limit.is_some()
            })
        }),
    ]);
    answers.extend([
        all(pod, |c| c.security_context.run_as_group.or(context.run_as_group).unwrap_or(1) != 0),
        all(pod, |c| is_confined(c.security_context.app_armor_profile.as_ref())),
        all(pod, |c| is_container_type(c.security_context.se_linux_options.as_ref())),
        all(pod, |c| !c.tty),
        all(pod, |c| !c.stdin),
        all(pod, |c| is_no_host_process(c.security_context.windows_options.as_ref())),
        all(pod, |c| is_one_of(c.image_pull_policy.as_ref(), &["Always", "IfNotPresent"])),
        all(pod, |c| c.image.chars().count() <= 255),
        all(pod, |c| c.resources.limits.is_empty() || c.resources.limits.contains_key("memory")),
        all(pod, |c| c.ports.iter().all(|port| port.host_ip.is_empty())),
        all(pod, |c| c.ports.iter().all(|port| port.container_port >= 1024)),
        all(pod, |c| c.env.iter().all(|variable| !variable.value.contains("-----BEGIN"))),
        all(pod, |c| c.volume_mounts.iter().all(|mount| !SOCKETS.contains(&&*mount.mount_path))),
    ]);
}

fn is_one_of(word: Option<&Cow<'_, str>>, allowed: &[&str]) -> bool {
    word.is_none_or(|word| allowed.contains(&&**word))
}

fn is_confined(profile: Option<&Typed<'_>>) -> bool {
    profile.is_none_or(|profile| profile.kind != "Unconfined")
}

fn is_container_type(options: Option<&MaybeTyped<'_>>) -> bool {
    let kind = options.and_then(|options| options.kind.as_deref()).unwrap_or_default();
    matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
}

fn is_no_host_process(options: Option<&Windows>) -> bool {
    !options.and_then(|options| options.host_process).unwrap_or(false)
}

fn is_allowed_volume(volume: &Volume<'_>) -> bool {
    volume.config_map.is_some()
        || volume.downward_api.is_some()
        || volume.empty_dir.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.csi.is_some()
        || volume.ephemeral.is_some()
}

fn has_short_tokens(volume: &Volume<'_>) -> bool {
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
