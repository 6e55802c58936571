//! The defaults of the Kubernetes API (1.36), as tables: what a review has and a file lacks.
//!
//! Data, and what of it hangs on several fields; here the kinds, in `pod` what they all carry. Held
//! against a real API server by the cluster suite, field by field. Called by `places`.

mod pod;

use self::pod::POD_SPEC;
use super::normal::{Draft, Rule, Table, normal};
use crate::value::Value;
use Rule::{Absent, Always, Default, Each, Object};

const TEXT: Rule = Rule::Omitted(Value::String(""));
const LIST: Rule = Rule::Omitted(Value::List(&[]));
const MAP: Rule = Rule::Omitted(Value::Map(&[]));
const FLAG: Rule = Rule::Omitted(Value::Bool(false));
const COUNT: Rule = Rule::Omitted(Value::Int(0));

const fn text(text: &'static str) -> Rule {
    Default(Value::String(text))
}

const fn said(text: &'static str) -> Rule {
    Absent(Value::String(text))
}

const fn number(number: i64) -> Rule {
    Default(Value::Int(number))
}

const fn count(number: i64) -> Rule {
    Absent(Value::Int(number))
}

const fn flag(truth: bool) -> Rule {
    Absent(Value::Bool(truth))
}

static METADATA: Table = Table::new(&[
    ("annotations", MAP),
    ("creationTimestamp", TEXT),
    ("finalizers", LIST),
    ("generateName", TEXT),
    ("labels", MAP),
    ("name", TEXT),
    ("namespace", TEXT),
    ("ownerReferences", LIST),
]);

pub(super) static POD: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Always(&POD_SPEC))]);

static TEMPLATE: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&POD_SPEC))]);

pub(super) static POD_TEMPLATE: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("template", Object(&TEMPLATE))]);

static WORKLOAD_SPEC: Table = Table::new(&[("template", Object(&TEMPLATE))]);

/// What all kinds share that hold a template: also those of others, and versions of old.
pub(super) static WORKLOAD: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&WORKLOAD_SPEC))]);

static REPLICAS_SPEC: Table = Table::new(&[
    ("minReadySeconds", COUNT),
    ("replicas", count(1)),
    ("template", Object(&TEMPLATE)),
]);

/// `ReplicaSet` and `ReplicationController`.
pub(super) static REPLICAS: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&REPLICAS_SPEC))]);

static ROLLING_DEPLOYMENT: Table =
    Table::new(&[("maxSurge", said("25%")), ("maxUnavailable", said("25%"))]);

static DEPLOYMENT_STRATEGY: Table = Table::new(&[("type", text("RollingUpdate"))])
    .then(|draft| rolling(draft, &ROLLING_DEPLOYMENT));

static DEPLOYMENT_SPEC: Table = Table::new(&[
    ("minReadySeconds", COUNT),
    ("paused", FLAG),
    ("progressDeadlineSeconds", count(600)),
    ("replicas", count(1)),
    ("revisionHistoryLimit", count(10)),
    ("strategy", Always(&DEPLOYMENT_STRATEGY)),
    ("template", Object(&TEMPLATE)),
]);

pub(super) static DEPLOYMENT: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&DEPLOYMENT_SPEC))]);

static ROLLING_STATEFUL_SET: Table = Table::new(&[("partition", count(0))]);

static STATEFUL_SET_STRATEGY: Table = Table::new(&[("type", text("RollingUpdate"))])
    .then(|draft| rolling(draft, &ROLLING_STATEFUL_SET));

static CLAIM_RETENTION: Table =
    Table::new(&[("whenDeleted", text("Retain")), ("whenScaled", text("Retain"))]);

static STATEFUL_SET_SPEC: Table = Table::new(&[
    ("minReadySeconds", COUNT),
    ("persistentVolumeClaimRetentionPolicy", Always(&CLAIM_RETENTION)),
    ("podManagementPolicy", text("OrderedReady")),
    ("replicas", count(1)),
    ("revisionHistoryLimit", count(10)),
    ("serviceName", TEXT),
    ("template", Object(&TEMPLATE)),
    ("updateStrategy", Always(&STATEFUL_SET_STRATEGY)),
]);

pub(super) static STATEFUL_SET: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&STATEFUL_SET_SPEC))]);

static ROLLING_DAEMON_SET: Table =
    Table::new(&[("maxSurge", count(0)), ("maxUnavailable", count(1))]);

static DAEMON_SET_STRATEGY: Table = Table::new(&[("type", text("RollingUpdate"))])
    .then(|draft| rolling(draft, &ROLLING_DAEMON_SET));

static DAEMON_SET_SPEC: Table = Table::new(&[
    ("minReadySeconds", COUNT),
    ("revisionHistoryLimit", count(10)),
    ("template", Object(&TEMPLATE)),
    ("updateStrategy", Always(&DAEMON_SET_STRATEGY)),
]);

pub(super) static DAEMON_SET: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&DAEMON_SET_SPEC))]);

static JOB_SPEC: Table = Table::new(&[
    ("completionMode", said("NonIndexed")),
    ("manualSelector", flag(false)),
    ("suspend", flag(false)),
    ("template", Object(&TEMPLATE)),
])
.then(job);

pub(super) static JOB: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&JOB_SPEC))]);

static CRON_JOB_SPEC: Table = Table::new(&[
    ("concurrencyPolicy", text("Allow")),
    ("failedJobsHistoryLimit", count(1)),
    ("jobTemplate", Object(&WORKLOAD)),
    ("successfulJobsHistoryLimit", count(3)),
    ("suspend", flag(false)),
]);

pub(super) static CRON_JOB: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&CRON_JOB_SPEC))]);

static OLD_CRON_JOB_SPEC: Table = Table::new(&[("jobTemplate", Object(&WORKLOAD))]);

pub(super) static OLD_CRON_JOB: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&OLD_CRON_JOB_SPEC))]);

static REPLICATED_JOB: Table = Table::new(&[("template", Object(&WORKLOAD))]);

static JOB_SET_SPEC: Table = Table::new(&[("replicatedJobs", Each(&REPLICATED_JOB))]);

pub(super) static JOB_SET: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&JOB_SET_SPEC))]);

static LEADER_WORKER_TEMPLATE: Table =
    Table::new(&[("leaderTemplate", Object(&TEMPLATE)), ("workerTemplate", Object(&TEMPLATE))]);

static LEADER_WORKER_SPEC: Table =
    Table::new(&[("leaderWorkerTemplate", Object(&LEADER_WORKER_TEMPLATE))]);

pub(super) static LEADER_WORKER_SET: Table =
    Table::new(&[("metadata", Always(&METADATA)), ("spec", Object(&LEADER_WORKER_SPEC))]);

/// A rolling update has its numbers, other strategies have none.
fn rolling(draft: &mut Draft<'_>, numbers: &Table) {
    if draft.get("type") == Some(Value::String("RollingUpdate")) {
        let before = draft.get("rollingUpdate").unwrap_or(Value::Map(&[]));
        let after = normal(before, numbers, draft.arena());
        if after != before {
            draft.set("rollingUpdate", after);
        }
    }
}

/// A job without numbers runs once.
fn job(draft: &mut Draft<'_>) {
    let said = |draft: &Draft<'_>, name| draft.has_any(&[name]);
    if !said(draft, "parallelism") {
        if !said(draft, "completions") {
            draft.set("completions", Value::Int(1));
        }
        draft.set("parallelism", Value::Int(1));
    }
    if !said(draft, "backoffLimit") {
        let by_index = said(draft, "backoffLimitPerIndex");
        let limit = if by_index { i64::from(i32::MAX) } else { 6 };
        draft.set("backoffLimit", Value::Int(limit));
    }
    if !said(draft, "podReplacementPolicy") {
        let policy = if said(draft, "podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
        draft.set("podReplacementPolicy", Value::String(policy));
    }
}
