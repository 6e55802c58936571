//! The Pod Security Standards: the registered checks and no other, judged where they are asked
//! for and nowhere else, alike in every kind that carries pods.

use std::collections::{BTreeMap, BTreeSet};

use harness::pss::{PodCase, cases};
use probity_catalog::{Action, Catalog, Decision, Snapshot, Verdict};
use serde_json::{Value as Json, json};

use crate::judge::{as_written, by, under};

/// Every kind that carries a pod: where its template stands. Old API groups are still in files.
#[rustfmt::skip]
const KINDS: [(&str, &str, &[&str]); 21] = [
    ("v1", "Pod", &[]),
    ("v1", "PodTemplate", &["template"]),
    ("v1", "ReplicationController", &["spec", "template"]),
    ("apps/v1", "Deployment", &["spec", "template"]),
    ("apps/v1", "ReplicaSet", &["spec", "template"]),
    ("apps/v1", "StatefulSet", &["spec", "template"]),
    ("apps/v1", "DaemonSet", &["spec", "template"]),
    ("apps/v1beta1", "Deployment", &["spec", "template"]),
    ("apps/v1beta1", "StatefulSet", &["spec", "template"]),
    ("apps/v1beta2", "Deployment", &["spec", "template"]),
    ("apps/v1beta2", "ReplicaSet", &["spec", "template"]),
    ("apps/v1beta2", "StatefulSet", &["spec", "template"]),
    ("apps/v1beta2", "DaemonSet", &["spec", "template"]),
    ("extensions/v1beta1", "Deployment", &["spec", "template"]),
    ("extensions/v1beta1", "ReplicaSet", &["spec", "template"]),
    ("extensions/v1beta1", "DaemonSet", &["spec", "template"]),
    ("batch/v1", "Job", &["spec", "template"]),
    ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("batch/v1beta1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("batch/v2alpha1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("argoproj.io/v1alpha1", "Rollout", &["spec", "template"]),
];

/// The checks that Kubernetes 1.37 registers, by level; those that restricted overrides.
const BASELINE: [&str; 12] = [
    "appArmorProfile",
    "capabilities_baseline",
    "hostNamespaces",
    "hostPathVolumes",
    "hostPorts",
    "hostProbesAndHostLifecycle",
    "privileged",
    "procMount",
    "seLinuxOptions",
    "seccompProfile_baseline",
    "sysctls",
    "windowsHostProcess",
];
const RESTRICTED: [&str; 7] = [
    "allowPrivilegeEscalation",
    "capabilities_restricted",
    "procMount_restricted",
    "restrictedVolumes",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile_restricted",
];
const OVERRIDDEN: [&str; 4] =
    ["capabilities_baseline", "hostPathVolumes", "procMount", "seccompProfile_baseline"];

/// The checks that look at the pod's own fields as well as at its containers, or at those alone.
const AT_POD: [&str; 11] = [
    "appArmorProfile",
    "hostNamespaces",
    "hostPathVolumes",
    "restrictedVolumes",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile_baseline",
    "seccompProfile_restricted",
    "sysctls",
    "windowsHostProcess",
];
const AT_POD_ALONE: [&str; 4] =
    ["hostNamespaces", "hostPathVolumes", "restrictedVolumes", "sysctls"];

fn ids<'i>(checks: impl IntoIterator<Item = &'i &'i str>) -> BTreeSet<String> {
    checks.into_iter().map(|check| format!("PSS-{check}")).collect()
}

fn selected(snapshot: &Snapshot) -> BTreeSet<String> {
    snapshot.controls().map(|control| control.id.to_string()).collect()
}

#[test]
fn each_level_runs_the_checks_that_are_registered_for_it() {
    let restricted = BASELINE.iter().filter(|check| !OVERRIDDEN.contains(check)).chain(&RESTRICTED);
    assert_eq!(selected(&by("pss-baseline")), ids(&BASELINE));
    assert_eq!(selected(&by("pss-restricted")), ids(restricted));
    assert_eq!(
        (selected(&by("pss-baseline")).len(), selected(&by("pss-restricted")).len()),
        (12, 15)
    );
}

#[test]
fn no_check_of_a_standard_is_judged_unless_it_is_asked_for() {
    let everyday = selected(&under("{}"));
    assert!(everyday.contains("POD-001") && !everyday.iter().any(|id| id.starts_with("PSS-")));
    for framework in ["pss", "pci-dss"] {
        let controls = selected(&by(framework));
        assert!(controls.contains("POD-001"), "{framework}: {controls:?}");
        assert!(!controls.iter().any(|id| id.starts_with("PSS-")), "{framework}: {controls:?}");
    }
}

#[test]
fn every_check_is_reported_under_controls_of_the_catalog_that_exist() {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    for control in catalog.controls().filter(|control| control.id.standard_check().is_some()) {
        for own in catalog.counterparts(&control.id) {
            assert!(own.standard_check().is_none() && own.family() == "POD", "{}", control.id);
        }
    }
    let privileged = "PSS-privileged".parse().expect("an id");
    let own: Vec<_> = catalog.counterparts(&privileged).map(ToString::to_string).collect();
    assert_eq!(own, ["POD-001"]);
}

/// The pod of a case as the template of another kind.
fn within(version: &str, kind: &str, path: &[&str], pod: &Json) -> Json {
    let mut body = json!({ "metadata": pod["metadata"], "spec": pod["spec"] });
    for field in path.iter().rev() {
        body = json!({ *field: body });
    }
    body["apiVersion"] = json!(version);
    body["kind"] = json!(kind);
    body["metadata"]["name"] = json!("case");
    body["metadata"]["namespace"] = json!("payments");
    body
}

/// What fails and where, the place taken from the pod's parent on.
fn failures(decision: &Decision, path: &[&str]) -> Vec<String> {
    let parent = [path, &[""]].concat().join(".");
    let said = decision.findings.iter().map(|finding| {
        assert_eq!(finding.verdict, Verdict::Fail, "{}: {:?}", finding.check, finding.note);
        assert_eq!(finding.action, Some(Action::Deny), "{}", finding.check);
        let place = finding.path.to_string();
        let place = place.strip_prefix(&parent).unwrap_or_else(|| panic!("{place} in {parent}"));
        format!("{} {place} {}", finding.control, finding.found)
    });
    said.collect()
}

/// The framework under which a check is run.
fn level(case: &PodCase) -> &'static str {
    let check = case.control.trim_start_matches("PSS-");
    if OVERRIDDEN.contains(&check) { "pss-baseline" } else { "pss-restricted" }
}

#[test]
fn every_case_gives_the_same_verdict_in_every_kind_and_in_lists() {
    let levels = BTreeMap::from(["pss-baseline", "pss-restricted"].map(|name| (name, by(name))));
    let mut of_all =
        BTreeMap::from(["pss-baseline", "pss-restricted"].map(|name| (name, Vec::new())));
    for case in cases() {
        let framework = level(&case);
        let mut expected: Option<Vec<String>> = None;
        for (version, kind, path) in KINDS {
            let object = within(version, kind, path, &case.pod);
            let [decision] = as_written(&levels[framework], &object).try_into().expect("one");
            let found = failures(&decision, path);
            let refused = found.iter().any(|line| line.starts_with(&format!("{} ", case.control)));
            assert_eq!(refused, case.refused, "{} as {version} {kind}: {found:?}", case.file);
            let expected = expected.get_or_insert_with(|| found.clone());
            assert_eq!(&found, expected, "{} as {version} {kind}", case.file);
        }
        of_all.entry(framework).or_default().push((case.pod, expected.unwrap_or_default()));
    }
    for (framework, of_level) in of_all {
        let (pods, expected): (Vec<_>, Vec<_>) = of_level.into_iter().unzip();
        let inner = json!({ "apiVersion": "v1", "kind": "PodList", "items": pods });
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": [inner] });
        let found: Vec<_> = as_written(&levels[framework], &list)
            .iter()
            .map(|decision| failures(decision, &[]))
            .collect();
        assert_eq!(found, expected, "{framework}");
    }
}

#[test]
fn every_check_has_accepted_and_refused_cases_wherever_it_looks() {
    let mut seen = BTreeSet::new();
    for PodCase { control, pod, refused, file } in cases() {
        let check = control.trim_start_matches("PSS-").to_owned();
        let spec = &pod["spec"];
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            if spec.get(list).is_some() {
                seen.insert((check.clone(), list, refused));
            }
        }
        let name = file.rsplit('/').next().unwrap_or_default();
        if !name.contains("container") {
            seen.insert((check, "pod", refused));
        }
    }
    let expected = BASELINE.iter().chain(&RESTRICTED).flat_map(|check| {
        let lists = ["containers", "initContainers", "ephemeralContainers"];
        let lists = lists.into_iter().filter(|_| !AT_POD_ALONE.contains(check));
        let pod = ["pod"].into_iter().filter(|_| AT_POD.contains(check));
        lists
            .chain(pod)
            .flat_map(|place| [true, false].map(|refused| ((*check).to_owned(), place, refused)))
    });
    let missing: Vec<_> = expected.filter(|wanted| !seen.contains(wanted)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Pods that a standard's check refuses and that the controls under which it is reported accept,
/// each with the reason.
const ACCEPTED: [(&str, &str); 2] = [
    (
        "PSS-capabilities_baseline-no-capabilities-beyond-the-default-set/cases/pod/fail-windows.yaml",
        "Linux fields on a Windows pod: the API server refuses it, POD-009 has nothing to say",
    ),
    (
        "PSS-seccompProfile_baseline-seccomp-not-switched-off/cases/pod/fail-windows.yaml",
        "Linux fields on a Windows pod: the API server refuses it, POD-010 has nothing to say",
    ),
];

#[test]
fn what_a_standard_refuses_our_own_controls_refuse_too() {
    let catalog = Catalog::embedded().unwrap_or_else(|errors| panic!("{errors}"));
    let everyday = under("{}");
    let mut accepted = Vec::new();
    for case in cases().into_iter().filter(|case| case.refused) {
        let id = case.control.parse().expect("an id");
        let own: Vec<_> = catalog.counterparts(&id).collect();
        assert!(!own.is_empty(), "{id} is reported under no control");
        let pod = within("v1", "Pod", &[], &case.pod);
        let decisions = as_written(&everyday, &pod);
        let mut findings = decisions.iter().flat_map(|decision| &decision.findings);
        let refused = findings.any(|finding| {
            own.contains(&&finding.control)
                && matches!(finding.verdict, Verdict::Fail | Verdict::Error)
        });
        if !refused {
            accepted.push(case.file);
        }
    }
    let listed: Vec<_> = ACCEPTED.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(accepted, listed);
}
