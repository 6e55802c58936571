//! The defaults of a pod specification. A template is brought to the form in which its pods will
//! come: service account, requests and host ports included. Called by `defaults`.

use super::{
    super::{
        normal::{Draft, Rule, Table, each, object},
        quantity::Spelt,
    },
    COUNT, FLAG, LIST, MAP, METADATA, TEXT, count, flag, number, said, text,
};
use crate::value::{Entry, Value};
use Rule::{Always, Each, Hollow, Object, PullPolicy, Quantities};

static CAPABILITIES: Table = Table::new(&[("add", LIST), ("drop", LIST)]);

static SE_LINUX: Table =
    Table::new(&[("level", TEXT), ("role", TEXT), ("type", TEXT), ("user", TEXT)]);

static NOTHING: Table = Table::new(&[]);

static POD_SECURITY: Table = Table::new(&[
    ("seLinuxOptions", Hollow(&SE_LINUX)),
    ("supplementalGroups", LIST),
    ("sysctls", LIST),
    ("windowsOptions", Hollow(&NOTHING)),
]);

static SECURITY: Table = Table::new(&[
    ("capabilities", Hollow(&CAPABILITIES)),
    ("seLinuxOptions", Hollow(&SE_LINUX)),
    ("windowsOptions", Hollow(&NOTHING)),
]);

static FIELD: Table = Table::new(&[("apiVersion", text("v1"))]);

static RESOURCE: Table =
    Table::new(&[("containerName", TEXT), ("divisor", Rule::Quantity)]).then(divisor);

static FILE_KEY: Table = Table::new(&[("optional", flag(false))]);

static ENV_SOURCE: Table = Table::new(&[
    ("fieldRef", Object(&FIELD)),
    ("fileKeyRef", Object(&FILE_KEY)),
    ("resourceFieldRef", Object(&RESOURCE)),
]);

static ENV: Table = Table::new(&[("value", TEXT), ("valueFrom", Object(&ENV_SOURCE))]);

static ENV_FROM: Table = Table::new(&[("prefix", TEXT)]);

static PORT: Table =
    Table::new(&[("hostIP", TEXT), ("hostPort", COUNT), ("name", TEXT), ("protocol", text("TCP"))]);

static MOUNT: Table = Table::new(&[("readOnly", FLAG), ("subPath", TEXT), ("subPathExpr", TEXT)]);

static EXEC: Table = Table::new(&[("command", LIST)]);

static HTTP_GET: Table = Table::new(&[
    ("host", TEXT),
    ("httpHeaders", LIST),
    ("path", text("/")),
    ("scheme", text("HTTP")),
]);

static TCP_SOCKET: Table = Table::new(&[("host", TEXT)]);

static GRPC: Table = Table::new(&[("service", said(""))]);

static PROBE: Table = Table::new(&[
    ("exec", Object(&EXEC)),
    ("failureThreshold", number(3)),
    ("grpc", Object(&GRPC)),
    ("httpGet", Object(&HTTP_GET)),
    ("initialDelaySeconds", COUNT),
    ("periodSeconds", number(10)),
    ("successThreshold", number(1)),
    ("tcpSocket", Object(&TCP_SOCKET)),
    ("timeoutSeconds", number(1)),
]);

static HANDLER: Table = Table::new(&[
    ("exec", Object(&EXEC)),
    ("httpGet", Object(&HTTP_GET)),
    ("tcpSocket", Object(&TCP_SOCKET)),
]);

static LIFECYCLE: Table =
    Table::new(&[("postStart", Object(&HANDLER)), ("preStop", Object(&HANDLER))]);

static RESOURCES: Table =
    Table::new(&[("claims", LIST), ("limits", Quantities), ("requests", Quantities)])
        .then(requests);

static CONTAINER: Table = Table::new(&[
    ("args", LIST),
    ("command", LIST),
    ("env", Each(&ENV)),
    ("envFrom", Each(&ENV_FROM)),
    ("image", TEXT),
    ("imagePullPolicy", PullPolicy("image")),
    ("lifecycle", Object(&LIFECYCLE)),
    ("livenessProbe", Object(&PROBE)),
    ("ports", Each(&PORT)),
    ("readinessProbe", Object(&PROBE)),
    ("resizePolicy", LIST),
    ("resources", Always(&RESOURCES)),
    ("securityContext", Hollow(&SECURITY)),
    ("startupProbe", Object(&PROBE)),
    ("stdin", FLAG),
    ("stdinOnce", FLAG),
    ("targetContainerName", TEXT),
    ("terminationMessagePath", text("/dev/termination-log")),
    ("terminationMessagePolicy", text("File")),
    ("tty", FLAG),
    ("volumeDevices", LIST),
    ("volumeMounts", Each(&MOUNT)),
    ("workingDir", TEXT),
]);

/// 0644.
const READABLE: i64 = 0o644;

static FILES: Table = Table::new(&[
    ("defaultMode", count(READABLE)),
    ("items", LIST),
    ("name", TEXT),
    ("secretName", TEXT),
]);

static FILE: Table =
    Table::new(&[("fieldRef", Object(&FIELD)), ("resourceFieldRef", Object(&RESOURCE))]);

static DOWNWARD: Table = Table::new(&[("defaultMode", count(READABLE)), ("items", Each(&FILE))]);

static TOKEN: Table = Table::new(&[("audience", TEXT), ("expirationSeconds", count(3600))]);

static PROJECTED_FILES: Table = Table::new(&[("items", LIST), ("name", TEXT)]);

static PROJECTED_DOWNWARD: Table = Table::new(&[("items", Each(&FILE))]);

static PROJECTION: Table = Table::new(&[
    ("configMap", Object(&PROJECTED_FILES)),
    ("downwardAPI", Object(&PROJECTED_DOWNWARD)),
    ("secret", Object(&PROJECTED_FILES)),
    ("serviceAccountToken", Object(&TOKEN)),
]);

static PROJECTED: Table =
    Table::new(&[("defaultMode", count(READABLE)), ("sources", Each(&PROJECTION))]);

static HOST_PATH: Table = Table::new(&[("type", said(""))]);

static EMPTY_DIR: Table = Table::new(&[("medium", TEXT), ("sizeLimit", Rule::Quantity)]);

static READ_ONLY: Table = Table::new(&[("readOnly", FLAG)]);

static ISCSI: Table = Table::new(&[("iscsiInterface", text("default")), ("readOnly", FLAG)]);

static RBD: Table = Table::new(&[
    ("keyring", text("/etc/ceph/keyring")),
    ("pool", text("rbd")),
    ("readOnly", FLAG),
    ("user", text("admin")),
]);

static AZURE_DISK: Table = Table::new(&[
    ("cachingMode", said("ReadWrite")),
    ("fsType", said("ext4")),
    ("kind", said("Shared")),
    ("readOnly", flag(false)),
]);

static SCALE_IO: Table = Table::new(&[
    ("fsType", text("xfs")),
    ("readOnly", FLAG),
    ("storageMode", text("ThinProvisioned")),
]);

static IMAGE: Table = Table::new(&[("pullPolicy", PullPolicy("reference")), ("reference", TEXT)]);

static CLAIM_RESOURCES: Table = Table::new(&[("limits", Quantities), ("requests", Quantities)]);

static CLAIM: Table = Table::new(&[
    ("accessModes", LIST),
    ("resources", Always(&CLAIM_RESOURCES)),
    ("volumeMode", said("Filesystem")),
    ("volumeName", TEXT),
]);

static CLAIM_TEMPLATE: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&CLAIM))]);

static EPHEMERAL: Table = Table::new(&[("volumeClaimTemplate", Object(&CLAIM_TEMPLATE))]);

static VOLUME: Table = Table::new(&[
    ("azureDisk", Object(&AZURE_DISK)),
    ("configMap", Object(&FILES)),
    ("downwardAPI", Object(&DOWNWARD)),
    ("emptyDir", Object(&EMPTY_DIR)),
    ("ephemeral", Object(&EPHEMERAL)),
    ("hostPath", Object(&HOST_PATH)),
    ("image", Object(&IMAGE)),
    ("iscsi", Object(&ISCSI)),
    ("nfs", Object(&READ_ONLY)),
    ("persistentVolumeClaim", Object(&READ_ONLY)),
    ("projected", Object(&PROJECTED)),
    ("rbd", Object(&RBD)),
    ("scaleIO", Object(&SCALE_IO)),
    ("secret", Object(&FILES)),
])
.then(source);

static POD_RESOURCES: Table =
    Table::new(&[("claims", LIST), ("limits", Quantities), ("requests", Quantities)]);

pub(super) static POD_SPEC: Table = Table::new(&[
    ("containers", Each(&CONTAINER)),
    ("dnsPolicy", text("ClusterFirst")),
    ("enableServiceLinks", flag(true)),
    ("ephemeralContainers", Each(&CONTAINER)),
    ("hostAliases", LIST),
    ("hostIPC", FLAG),
    ("hostNetwork", FLAG),
    ("hostPID", FLAG),
    ("hostname", TEXT),
    ("imagePullSecrets", LIST),
    ("initContainers", Each(&CONTAINER)),
    ("nodeName", TEXT),
    ("nodeSelector", MAP),
    ("overhead", Quantities),
    ("priorityClassName", TEXT),
    ("readinessGates", LIST),
    ("resourceClaims", LIST),
    ("resources", Object(&POD_RESOURCES)),
    ("restartPolicy", text("Always")),
    ("schedulerName", text("default-scheduler")),
    ("schedulingGates", LIST),
    ("securityContext", Always(&POD_SECURITY)),
    ("subdomain", TEXT),
    ("terminationGracePeriodSeconds", count(30)),
    ("tolerations", LIST),
    ("topologySpreadConstraints", LIST),
    ("volumes", Each(&VOLUME)),
])
.then(pod);

/// A divisor is a quantity and no pointer to one: nothing is 0.
fn divisor(draft: &mut Draft<'_>) {
    if draft.get("divisor").is_none() {
        draft.set("divisor", Value::String("0"));
    }
}

/// All that a volume can be.
const SOURCES: [&str; 30] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
];

/// A volume that says nothing of what it is, is an empty folder.
fn source(draft: &mut Draft<'_>) {
    if !draft.has_any(&SOURCES) {
        draft.set("emptyDir", Value::Map(&[]));
    }
}

/// What a limit is given for and no request, is requested in the same amount.
fn requests(draft: &mut Draft<'_>) {
    if let Some(limits) = draft.get("limits").and_then(|limits| limits.as_map()) {
        request(draft, limits);
    }
}

/// Maps up to this size are searched, larger ones sorted first.
const PAIRWISE: usize = 16;

/// Adds requests that are not there yet. Sorting, not searching, bounds what hostile maps can cost.
fn request<'a>(draft: &mut Draft<'a>, wanted: &[Entry<'a>]) {
    let requests = draft.get("requests").and_then(|requests| requests.as_map());
    let own = requests.unwrap_or_default();
    let mut sorted: Vec<&str> = Vec::new();
    if own.len() > PAIRWISE {
        sorted.extend(own.iter().map(|(name, _)| *name));
        sorted.sort_unstable();
    }
    let is_missing = |(name, _): &&Entry<'a>| {
        if sorted.is_empty() {
            !own.iter().any(|(other, _)| other == name)
        } else {
            sorted.binary_search(name).is_err()
        }
    };
    let mut missing = wanted.iter().filter(is_missing).peekable();
    if missing.peek().is_none() {
        return;
    }
    let mut all =
        bumpalo::collections::Vec::with_capacity_in(own.len() + wanted.len(), draft.arena());
    all.extend_from_slice(own);
    all.extend(missing);
    draft.set("requests", Value::Map(all.into_bump_slice()));
}

fn pod(draft: &mut Draft<'_>) {
    service_account(draft);
    if draft.get("hostNetwork") == Some(Value::Bool(true)) {
        for list in ["containers", "initContainers"] {
            host_ports(draft, list);
        }
    }
    pod_requests(draft);
}

/// The old name of the field is an alias; the new one wins.
fn service_account(draft: &mut Draft<'_>) {
    let new = draft.get("serviceAccountName");
    let old = draft.get("serviceAccount");
    let name = new.or(old).unwrap_or(Value::String("default"));
    if new.is_none() {
        draft.set("serviceAccountName", name);
    }
    if old != Some(name) {
        draft.set("serviceAccount", name);
    }
}

static HOST_PORT: Table = Table::new(&[]).then(|draft| {
    if let (None, Some(port)) = (draft.get("hostPort"), draft.get("containerPort")) {
        draft.set("hostPort", port);
    }
});

static HOST_PORTS: Table = Table::new(&[("ports", Each(&HOST_PORT))]);

/// In the network of the node a port of a container is a port of the node.
fn host_ports(draft: &mut Draft<'_>, list: &'static str) {
    let (arena, containers) = (draft.arena(), draft.get(list).unwrap_or_default());
    if let Some(opened) = each(containers, arena, |container| object(container, &HOST_PORTS, arena))
    {
        draft.set(list, opened);
    }
}

/// What a pod requests as a whole, once it says anything of that: what its containers request, and
/// where they request nothing, its limits.
fn pod_requests(draft: &mut Draft<'_>) {
    let Some(resources) = draft.get("resources") else { return };
    let arena = draft.arena();
    let mut whole = Draft::new(resources, arena);
    for name in ["cpu", "memory"] {
        let total = total(draft, name).and_then(|total| total.respelt(Value::Null, arena));
        request(&mut whole, &total.map(|total| (name, total)).into_iter().collect::<Vec<_>>());
    }
    requests(&mut whole);
    if let Some(whole) = whole.changed() {
        draft.set("resources", whole);
    }
}

/// What the containers of a pod request together while it runs, or, if that is more, while it
/// starts.
fn total(draft: &Draft<'_>, name: &str) -> Option<Spelt> {
    let list = |list| draft.get(list).and_then(|list| list.as_list()).unwrap_or_default();
    let of =
        |container: &Value<'_>| Spelt::of(container.get("resources")?.get("requests")?.get(name)?);
    let sum = |a: Option<Spelt>, b: Option<Spelt>| match (a, b) {
        (Some(a), Some(b)) => a.plus(b),
        (a, b) => a.or(b),
    };
    let mut running = list("containers").iter().map(of).fold(None, sum);
    let (mut sidecars, mut starting) = (None, None::<Spelt>);
    for container in list("initContainers") {
        let own = of(container);
        let mut now = sum(sidecars, own);
        if container.get("restartPolicy") == Some(Value::String("Always")) {
            running = sum(running, own);
            sidecars = now;
        } else if own.is_none() {
            now = None;
        }
        starting = match (starting, now) {
            (Some(before), Some(now)) => Some(before.or_more(now)),
            (before, now) => before.or(now),
        };
    }
    match (running, starting) {
        (Some(running), Some(starting)) => Some(running.or_more(starting)),
        (running, starting) => running.or(starting),
    }
}
