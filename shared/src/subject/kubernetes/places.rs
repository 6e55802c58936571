//! Where each kind keeps its pod specifications, and what looks like one in a kind that nobody
//! here knows. Data of Kubernetes; must not know subjects.

use super::{defaults, normal::Table};
use crate::value::{Path, Segment, Value};

/// One step from an object to what holds `spec` and `metadata` of a pod.
#[derive(Debug)]
pub(super) enum Step {
    /// Into a field.
    Field(&'static str),
    /// Into every element of a list; at most one in a way.
    Each,
}

/// The steps of a way, from the object on.
pub(super) type Way = &'static [Step];

/// Where a kind keeps its pod specifications, and which form its objects have.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: &'static str,
    groups: &'static [&'static str],
    pub(super) ways: &'static [Way],
    /// The version that API servers store, with the defaults of the kind itself.
    served: (&'static str, &'static Table),
    /// Other versions, which only files hold: what all of them share.
    older: &'static Table,
}

impl Place {
    /// The form of an object of this kind.
    pub(super) fn table(&self, api_version: &str) -> &'static Table {
        let (version, table) = self.served;
        if version == api_version { table } else { self.older }
    }
}

use Step::{Each, Field};

const OBJECT: Way = &[];
const TEMPLATE: Way = &[Field("spec"), Field("template")];

const fn workload(
    kind: &'static str,
    groups: &'static [&'static str],
    served: (&'static str, &'static Table),
) -> Place {
    Place { kind, groups, ways: &[TEMPLATE], served, older: &defaults::WORKLOAD }
}

/// A kind of somebody else's: only the pods in it are Kubernetes' own.
const fn foreign(
    kind: &'static str,
    groups: &'static [&'static str],
    ways: &'static [Way],
    table: &'static Table,
) -> Place {
    Place { kind, groups, ways, served: ("", table), older: table }
}

const PLACES: &[Place] = &[
    Place {
        kind: "Pod",
        groups: &[""],
        ways: &[OBJECT],
        served: ("v1", &defaults::POD),
        older: &defaults::POD,
    },
    Place {
        kind: "PodTemplate",
        groups: &[""],
        ways: &[&[Field("template")]],
        served: ("v1", &defaults::POD_TEMPLATE),
        older: &defaults::POD_TEMPLATE,
    },
    workload("ReplicationController", &[""], ("v1", &defaults::REPLICAS)),
    workload("Deployment", &["apps", "extensions"], ("apps/v1", &defaults::DEPLOYMENT)),
    workload("ReplicaSet", &["apps", "extensions"], ("apps/v1", &defaults::REPLICAS)),
    workload("StatefulSet", &["apps"], ("apps/v1", &defaults::STATEFUL_SET)),
    workload("DaemonSet", &["apps", "extensions"], ("apps/v1", &defaults::DAEMON_SET)),
    workload("Job", &["batch"], ("batch/v1", &defaults::JOB)),
    Place {
        kind: "CronJob",
        groups: &["batch"],
        ways: &[&[Field("spec"), Field("jobTemplate"), Field("spec"), Field("template")]],
        served: ("batch/v1", &defaults::CRON_JOB),
        older: &defaults::OLD_CRON_JOB,
    },
    foreign("Rollout", &["argoproj.io"], &[TEMPLATE], &defaults::WORKLOAD),
    foreign("Service", &["serving.knative.dev"], &[TEMPLATE], &defaults::WORKLOAD),
    foreign("Configuration", &["serving.knative.dev"], &[TEMPLATE], &defaults::WORKLOAD),
    foreign(
        "JobSet",
        &["jobset.x-k8s.io"],
        &[&[
            Field("spec"),
            Field("replicatedJobs"),
            Each,
            Field("template"),
            Field("spec"),
            Field("template"),
        ]],
        &defaults::JOB_SET,
    ),
    foreign(
        "LeaderWorkerSet",
        &["leaderworkerset.x-k8s.io"],
        &[
            &[Field("spec"), Field("leaderWorkerTemplate"), Field("leaderTemplate")],
            &[Field("spec"), Field("leaderWorkerTemplate"), Field("workerTemplate")],
        ],
        &defaults::LEADER_WORKER_SET,
    ),
];

/// The place of a kind, whatever the version: a version that nobody knows hides nothing.
pub(super) fn place_of(api_version: &str, kind: &str) -> Option<&'static Place> {
    let group = api_version.split_once('/').map_or("", |(group, _version)| group);
    PLACES.iter().find(|place| place.kind == kind && place.groups.contains(&group))
}

/// One pod of an object: the way to it, and which element where the way leads through a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    way: Way,
    index: usize,
}

impl Spot {
    /// The spots of a way in an object: as many as the list on it has elements.
    pub(super) fn all(way: Way, object: Value<'_>) -> impl Iterator<Item = Self> {
        let mut steps = way.split(|step| matches!(step, Each));
        let (before, is_list) = (steps.next().unwrap_or_default(), steps.next().is_some());
        let count = if is_list {
            let list = Self { way: before, index: 0 }.follow(object);
            list.and_then(|list| list.as_list()).map_or(0, <[_]>::len)
        } else {
            1
        };
        (0..count).map(move |index| Self { way, index })
    }

    /// What holds `spec` and `metadata` of the pod.
    pub(super) fn follow<'a>(&self, object: Value<'a>) -> Option<Value<'a>> {
        self.way.iter().try_fold(object, |value, step| match step {
            Field(name) => value.get(name),
            Each => value.index(self.index),
        })
    }

    /// The same as a path.
    pub(super) fn path(&self) -> Path {
        self.way.iter().fold(Path::root(), |path, step| match step {
            Field(name) => path.field(*name),
            Each => path.index(self.index),
        })
    }

    /// Whether the pod is the object itself.
    pub(super) fn is_object(&self) -> bool {
        self.way.is_empty()
    }
}

/// Where something in `value` looks like a pod template.
pub(super) fn pod_template(value: Value<'_>) -> Option<Path> {
    let mut steps = Vec::new();
    let found = holds_pod_template(value, &mut steps);
    found.then(|| steps.into_iter().rev().collect())
}

/// Writes the way down only once something is found, from its end.
fn holds_pod_template(value: Value<'_>, steps: &mut Vec<Segment>) -> bool {
    if ["containers", "initContainers"].iter().any(|list| lists_images(value, list)) {
        return true;
    }
    let step = match value {
        Value::Map(fields) => fields
            .iter()
            .find(|(_, child)| holds_pod_template(*child, steps))
            .map(|(name, _)| Segment::Field((*name).to_owned())),
        Value::List(items) => {
            items.iter().position(|child| holds_pod_template(*child, steps)).map(Segment::Index)
        }
        _ => None,
    };
    let found = step.is_some();
    steps.extend(step);
    found
}

fn lists_images(value: Value<'_>, list: &str) -> bool {
    let containers = value.get(list).and_then(|list| list.as_list());
    containers.is_some_and(|list| list.iter().any(|container| container.get("image").is_some()))
}
