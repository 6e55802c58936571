//! Kubernetes objects to subjects: which form an object has, where each kind keeps its pod
//! specifications, how lists unfold, how an object is named. The webhook and the command line both
//! come through here, so that both see the same. Must not know controls.

mod defaults;
mod normal;
mod places;
mod quantity;

use std::borrow::Cow;

use self::{
    normal::{Draft, Table, normal, without_nulls},
    places::Spot,
};
use super::{Subject, SubjectIdentity, View};
use crate::{
    control::{ControlId, OPT_IN_LABEL, Target},
    value::{Arena, Path, Value},
};

/// The label by which an object or a namespace says its class.
pub const CLASSIFICATION_LABEL: &str = "probity.dev/data-classification";

/// The annotation that a kubelet puts on the mirror of a static pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What is known of the circumstances in which an object was seen.
#[derive(Clone, Copy, Debug)]
pub struct RequestInfo<'a> {
    /// The namespace, where the object does not name its own.
    pub namespace: Option<&'a str>,
    /// The subresource: `ephemeralcontainers`, `status`.
    pub subresource: Option<&'a str>,
    /// The object before the change; null when there is none.
    pub old_object: Value<'a>,
    /// The admission request; unknown for files.
    pub request: Value<'a>,
    /// The namespace's object; unknown where nobody looked it up.
    pub namespace_object: Value<'a>,
    /// The service account of the pods; unknown where nobody looked it up.
    pub service_account: Value<'a>,
    /// The role bindings that name it; unknown where nobody looked them up.
    pub role_bindings: Value<'a>,
}

impl<'a> RequestInfo<'a> {
    /// An object from a file: nothing is known but, perhaps, the namespace.
    pub const fn offline(namespace: Option<&'a str>) -> Self {
        Self {
            namespace,
            subresource: None,
            old_object: Value::Null,
            request: Value::Unknown,
            namespace_object: Value::Unknown,
            service_account: Value::Unknown,
            role_bindings: Value::Unknown,
        }
    }

    /// An object in an admission request, that is, the review's `request`.
    pub fn admission(request: Value<'a>) -> Self {
        let text = |field| {
            request.get(field).and_then(|value| value.as_str()).filter(|text| !text.is_empty())
        };
        Self {
            namespace: text("namespace"),
            subresource: text("subResource"),
            old_object: request.get("oldObject").unwrap_or_default(),
            request,
            namespace_object: Value::Unknown,
            service_account: Value::Unknown,
            role_bindings: Value::Unknown,
        }
    }
}

/// What expressions see of an object with a pod specification.
#[derive(Clone, Debug)]
pub struct PodView<'a> {
    /// The object.
    pub object: Value<'a>,
    /// The object before the change; null when there is none.
    pub old_object: Value<'a>,
    /// The admission request; unknown for files.
    pub request: Value<'a>,
    /// The namespace's object; unknown where nobody looked it up.
    pub namespace_object: Value<'a>,
    /// The service account of the pods; unknown where nobody looked it up.
    pub service_account: Value<'a>,
    /// The role bindings that name it; unknown where nobody looked them up.
    pub role_bindings: Value<'a>,
    /// The pod specification.
    pub pod: Value<'a>,
    /// The metadata beside it.
    pub pod_meta: Value<'a>,
    /// Whether only the status can change.
    pub status_only: bool,
    /// Whether this is what a kubelet shows of a static pod that it runs anyway.
    pub is_mirror: bool,
    /// Where the object stands in what was read.
    pub origin: Path,
    spot: Spot,
    table: &'static Table,
}

/// The subjects of one object, and what could not be judged.
#[derive(Clone, Debug, Default)]
pub struct Subjects<'a> {
    /// What is judged.
    pub judged: Vec<Subject<'a>>,
    /// Objects of kinds that nobody here knows and that carry a pod template all the same.
    pub unjudged: Vec<Unjudged>,
    /// How many objects there were, lists unfolded.
    pub objects: usize,
}

/// An object that carries a pod template but is of an unknown kind: reported, never passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// Who it is.
    pub identity: SubjectIdentity,
    /// Where it stands in what was read.
    pub origin: Path,
    /// Where in it the pod template was seen.
    pub template: Path,
}

/// Finds what is to be judged in `object`, in the form that the API server gives it; a list in a
/// file unfolds into its items.
///
/// The API server drops nulls of built-in kinds before anybody sees them; in files and in objects
/// of custom kinds they are dropped here, so that null and absent are the same everywhere.
pub fn subjects<'a>(object: Value<'a>, info: &RequestInfo<'a>, arena: &'a Arena) -> Subjects<'a> {
    let is_file = info.request.is_unknown();
    let whole = |object: Value<'a>| {
        let with_nulls = is_file || !is_built_in(object);
        with_nulls.then(|| without_nulls(object, arena)).flatten().unwrap_or(object)
    };
    let info = RequestInfo { old_object: whole(info.old_object), ..*info };
    let mut finder = Finder { info, arena, found: Subjects::default() };
    if is_file {
        finder.collect(whole(object), &Path::root());
    } else {
        finder.object(whole(object), &Path::root());
    }
    finder.found
}

/// An object of a file with its namespace: its own, else the one that the command was given, else
/// one that nobody knows. The API server puts it into every object that it asks about.
fn placed<'a>(object: Value<'a>, info: &RequestInfo<'a>, arena: &'a Arena) -> Value<'a> {
    let metadata = object.get("metadata").unwrap_or(EMPTY);
    if text(metadata, "namespace").is_some() {
        return object;
    }
    let mut own = Draft::new(metadata, arena);
    own.set("namespace", info.namespace.map_or(Value::Unknown, Value::String));
    let mut draft = Draft::new(object, arena);
    draft.set("metadata", own.changed().unwrap_or(metadata));
    draft.changed().unwrap_or(object)
}

/// Only groups of built-in kinds do without a dot, but for those under `k8s.io`.
fn is_built_in(object: Value<'_>) -> bool {
    let version = text(object, "apiVersion").unwrap_or_default();
    version.split_once('/').is_none_or(|(group, _)| !group.contains('.'))
}

struct Finder<'a> {
    info: RequestInfo<'a>,
    arena: &'a Arena,
    found: Subjects<'a>,
}

impl<'a> Finder<'a> {
    /// As kubectl has it, whatever has items is a list.
    fn collect(&mut self, object: Value<'a>, origin: &Path) {
        let Some(items) = object.get("items").and_then(|items| items.as_list()) else {
            return self.object(object, origin);
        };
        for (index, item) in items.iter().enumerate() {
            let item = self.item(*item, object);
            self.collect(item, &origin.clone().field("items").index(index));
        }
    }

    /// An item of a `PodList` that does not say what it is, is a Pod.
    fn item(&self, item: Value<'a>, list: Value<'a>) -> Value<'a> {
        let itself = ["kind", "apiVersion"].iter().any(|field| text(item, field).is_some());
        let kind = text(list, "kind").and_then(|kind| kind.strip_suffix("List"));
        let (false, Some(kind), Value::Map(fields)) = (itself, kind, item) else { return item };
        let mut draft = Draft::new(Value::Map(fields), self.arena);
        draft.set("kind", Value::String(kind));
        draft.set("apiVersion", list.get("apiVersion").unwrap_or_default());
        draft.changed().unwrap_or(item)
    }

    fn object(&mut self, object: Value<'a>, origin: &Path) {
        let (info, arena) = (self.info, self.arena);
        self.found.objects += 1;
        let kind = text(object, "kind").unwrap_or_default();
        let api_version = text(object, "apiVersion").unwrap_or_default();
        let Some(place) = places::place_of(api_version, kind) else {
            if let Some(template) = places::pod_template(object) {
                let identity = identity(object, kind, &info);
                self.found.unjudged.push(Unjudged { identity, origin: origin.clone(), template });
            }
            return;
        };
        let table = place.table(api_version);
        let mut object = normal(object, table, arena);
        if info.request.is_unknown() {
            object = placed(object, &info, arena);
        }
        let old_object = normal(info.old_object, table, arena);
        for spot in place.ways.iter().flat_map(|way| Spot::all(way, object)) {
            let Some((pod, pod_meta)) = pod_of(object, spot) else { continue };
            self.found.judged.push(Subject {
                identity: identity(object, kind, &info),
                view: View::Pod(PodView {
                    object,
                    old_object,
                    request: info.request,
                    namespace_object: info.namespace_object,
                    service_account: info.service_account,
                    role_bindings: info.role_bindings,
                    pod,
                    pod_meta,
                    status_only: info.subresource == Some("status"),
                    is_mirror: spot.is_object() && is_mirror(object, pod, info.request),
                    origin: origin.clone(),
                    spot,
                    table,
                }),
            });
        }
    }
}

/// The pod specification and the metadata beside it; a Pod without one is judged all the same.
fn pod_of(object: Value<'_>, spot: Spot) -> Option<(Value<'_>, Value<'_>)> {
    let parent = spot.follow(object)?;
    let given = |field| parent.get(field).filter(|value| !value.is_null());
    let pod = given("spec").or(spot.is_object().then_some(EMPTY))?;
    Some((pod, given("metadata").unwrap_or(EMPTY)))
}

const EMPTY: Value<'static> = Value::Map(&[]);

fn text<'a>(value: Value<'a>, field: &str) -> Option<&'a str> {
    value.get(field).and_then(|value| value.as_str()).filter(|text| !text.is_empty())
}

/// Whether a kubelet shows a static pod of its own node. The annotation alone says nothing, since
/// anybody can write it: the node itself must speak, and own the pod.
fn is_mirror(object: Value<'_>, pod: Value<'_>, request: Value<'_>) -> bool {
    let Some(node) = text(pod, "nodeName") else { return false };
    let Some(metadata) = object.get("metadata") else { return false };
    let annotated = metadata.get("annotations").is_some_and(|all| all.get(MIRROR).is_some());
    let owners = metadata.get("ownerReferences").and_then(|owners| owners.as_list());
    let owned = owners.is_some_and(|owners| {
        owners.iter().any(|owner| {
            text(*owner, "kind") == Some("Node")
                && text(*owner, "apiVersion") == Some("v1")
                && text(*owner, "name") == Some(node)
        })
    });
    let user = request.get("userInfo").unwrap_or_default();
    let name = text(user, "username").and_then(|name| name.strip_prefix("system:node:"));
    let groups = user.get("groups").and_then(|groups| groups.as_list()).unwrap_or_default();
    let is_node = groups.iter().any(|group| group.as_str() == Some("system:nodes"));
    annotated && owned && is_node && name == Some(node)
}

fn identity(object: Value<'_>, kind: &str, info: &RequestInfo<'_>) -> SubjectIdentity {
    let metadata = object.get("metadata").unwrap_or(EMPTY);
    let name = match (text(metadata, "name"), text(metadata, "generateName")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(prefix)) => format!("{prefix}*"),
        (None, None) => "(unnamed)".to_owned(),
    };
    SubjectIdentity {
        target: Target::Pod,
        kind: known(KINDS, kind),
        api_version: known(VERSIONS, text(object, "apiVersion").unwrap_or_default()),
        namespace: text(metadata, "namespace").or(info.namespace).map(str::to_owned),
        name,
    }
}

const KINDS: &[&str] = &["Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"];
const VERSIONS: &[&str] = &["v1", "apps/v1", "batch/v1"];

/// The word without an allocation where it is a usual one.
fn known(words: &[&'static str], word: &str) -> Cow<'static, str> {
    words
        .iter()
        .find(|known| **known == word)
        .map_or_else(|| Cow::Owned(word.to_owned()), |known| Cow::Borrowed(*known))
}

impl<'a> PodView<'a> {
    pub(super) fn with_object(&self, object: Value<'a>) -> Option<Self> {
        let (pod, pod_meta) = pod_of(object, self.spot)?;
        Some(Self { object, pod, pod_meta, origin: self.origin.clone(), ..*self })
    }

    pub(super) fn patched(&self, object: Value<'a>, arena: &'a Arena) -> Option<Self> {
        self.with_object(normal(object, self.table, arena))
    }

    /// Whether the namespace asks for the fixes of a control; `None` where nobody looked it up. What
    /// the object says counts for nothing: who writes it could write what the fix does.
    pub(crate) fn asks_for(&self, control: &ControlId) -> Option<bool> {
        let step = |value: Value<'a>, name| match value {
            Value::Unknown => value,
            value => value.get(name).unwrap_or_default(),
        };
        match ["metadata", "labels", OPT_IN_LABEL].into_iter().fold(self.namespace_object, step) {
            Value::Unknown => None,
            Value::String(ids) => Some(ids.split('_').any(|id| id == control.as_str())),
            _ => Some(false),
        }
    }

    /// The pod specification before the change.
    pub fn old_pod(&self) -> Option<Value<'a>> {
        self.spot.follow(self.old_object).and_then(|parent| parent.get("spec"))
    }

    /// The metadata beside the pod specification before the change.
    pub fn old_pod_meta(&self) -> Option<Value<'a>> {
        self.spot.follow(self.old_object).and_then(|parent| parent.get("metadata"))
    }

    /// Where the pod's specification and metadata stand in the object.
    pub fn pod_parent(&self) -> Path {
        self.spot.path()
    }

    /// The class said by the object, its template or its namespace; the stricter of the first
    /// two, since the pods carry both.
    pub(super) fn claimed_classification(&self) -> Option<Value<'a>> {
        let label = |meta: Option<Value<'a>>| {
            meta.and_then(|meta| meta.get("labels"))
                .and_then(|labels| labels.get(CLASSIFICATION_LABEL))
        };
        let own = label(self.object.get("metadata"));
        let template = label(Some(self.pod_meta));
        match (own, template) {
            (Some(own), Some(template)) => Some(super::stricter_class(own, template)),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => label(self.namespace_object.get("metadata")),
        }
    }
}
