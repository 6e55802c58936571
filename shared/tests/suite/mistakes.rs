//! Catalogs with mistakes: every mistake is shown, each like a compiler shows it.

use probity_catalog::Catalog;

use crate::support::{KEPT, PRIVILEGED, folder_of, small};

/// What is said about a catalog in which one file is another.
fn mistakes(name: &str, text: &str) -> String {
    let mut files = small();
    files.retain(|(own, _)| *own != name);
    files.push((name, text));
    let folder = folder_of(&files);
    match Catalog::load(folder.path()) {
        Ok(_) => String::new(),
        Err(errors) => errors.to_string().replace(&format!("{}/", folder.path().display()), ""),
    }
}

const POD: &str = "controls/pod/POD-901-no-privileged/control.yaml";
const RET: &str = "controls/ret/RET-901-kept/control.yaml";

#[track_caller]
fn pod_says(from: &str, to: &str, expected: &str) {
    assert!(PRIVILEGED.contains(from), "`{from}` is not in the control");
    let shown = mistakes(POD, &PRIVILEGED.replace(from, to));
    assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
}

#[track_caller]
fn ret_says(from: &str, to: &str, expected: &str) {
    assert!(KEPT.contains(from), "`{from}` is not in the control");
    let shown = mistakes(RET, &KEPT.replace(from, to));
    assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
}

#[test]
fn the_small_catalog_has_none() {
    assert_eq!(mistakes(POD, PRIVILEGED), "");
}

#[test]
fn a_wrong_attribute_is_pointed_at_with_the_nearest_one() {
    let text = KEPT.replace("resource.?object_lock", "resource.?object_lck");
    assert_eq!(
        mistakes(RET, &text),
        "[RET-901] controls/ret/RET-901-kept/control.yaml:17:29: \
         `object_lck` is not an attribute of s3\n   \
         |\n17 |     - expression: resource.?object_lck.?retention_days.orValue(null) != null && resource.object_lock.retention_days >= params.least_days\n   \
         |                             ^^^^^^^^^^\n   \
         = help: did you mean `object_lock`?\n1 mistake in the catalog"
    );
}

#[test]
fn places_inside_expressions_are_found_in_every_way_of_writing_them() {
    for written in [
        "params.least_dys > 1",
        "\"params.least_dys > 1\"",
        "'params.least_dys > 1'",
        ">-\n        params.least_dys > 1",
        ">-\n        resource.name != \"params.least_dys\" &&\n          1 < params.least_dys",
        "resource.name != 'least_dys'\n        && params.least_dys > 1",
        "|\n        resource.name != \"\" &&\n        params.least_dys > 1",
    ] {
        let text = KEPT.replace(
            "resource.?object_lock.?retention_days.orValue(null) != null && resource.object_lock.retention_days >= params.least_days",
            written,
        );
        let shown = mistakes(RET, &text);
        let carets: Vec<_> = shown.lines().filter(|line| line.contains('^')).collect();
        assert_eq!(carets.len(), 1, "{shown}");
        let lines: Vec<_> = shown.lines().collect();
        let at = lines.iter().position(|line| line.contains('^')).unwrap();
        let from = carets[0].find('^').unwrap();
        let underlined = &lines[at - 1][from..=carets[0].rfind('^').unwrap()];
        assert_eq!(underlined, "least_dys", "{shown}");
    }
}

#[test]
fn expressions_must_compile_for_their_target() {
    pod_says("privileged.or", "privleged.or", "`privleged` is not a field of");
    pod_says("orValue(false)", "orVlue(false)", "orVlue");
    ret_says("resource.region in", "pod.region in", "pod");
    ret_says(
        "params.regions != null",
        "size(params.regions)",
        "may be null, which `size` does not take",
    );
    ret_says("{params.regions}", "{params.regons}", "did you mean `regions`?");
    ret_says("{params.regions}", "{params.regions", "`{` is never closed");
}

#[test]
fn paths_must_exist() {
    pod_says("path: securityContext.privileged", "path: securityContext.privlged", "privileged");
    ret_says("path: region", "path: regoin", "did you mean `region`?");
    ret_says(
        "object_lock.retention_days: \"",
        "object_lock.days: \"",
        "`days` is not an attribute",
    );
    ret_says("path: region", "path: region[", "`region[` is not a path");
    ret_says("      path: region\n", "", "the path at fault is missing");
}

#[test]
fn words_come_from_their_lists() {
    pod_says("severity: high", "severity: hgh", "hgh");
    pod_says("containers.all", "containers.al", "`containers.al` is not a collection");
    pod_says("  pod:\n", "  pd:\n", "`pd` is not a target: one of pod, s3, kms");
    pod_says("rationale:", "rationle:", "`rationale`");
    pod_says("since: 0.1.0", "since: soon", "`soon` is not a version");
}

#[test]
fn folder_id_and_title_belong_together() {
    pod_says("id: POD-901", "id: POD-902", "does not begin with `POD-902-`");
    pod_says("id: POD-901", "id: POD-1", "`POD-1` is not a control id");
    pod_says(
        "title: No privileged containers",
        "title: No root",
        "says `privileged`, the title does not",
    );
    pod_says("title: No privileged containers", "title: ''", "the title is empty");
    pod_says("remediation: Remove the field.", "remediation: ''", "the remediation is empty");
    let twice = mistakes("controls/pod/POD-901-privileged/control.yaml", PRIVILEGED);
    assert!(
        twice.contains("POD-901 exists already in `controls/pod/POD-901-no-privileged`"),
        "{twice}"
    );
}

#[test]
fn parameters_are_declared_once_and_make_sense() {
    ret_says(
        "fold: max, default: 1",
        "fold: or, default: 1",
        "`or` cannot fold values of type int",
    );
    ret_says("default: 1,", "default: 0,", "`0` is outside 1 to 9999");
    ret_says("default: 1,", "default: many,", "`many` is not of type int");
    ret_says("range: [1, 9999], at_most", "range: [9, 1], at_most", "the lower end is above");
    ret_says("at_most: most_days", "at_most: most_dys", "did you mean `most_days`?");
    let again = format!(
        "{PRIVILEGED}parameters:\n  regions: {{ type: bool, fold: or, default: false, description: x }}\n"
    );
    let shown = mistakes(POD, &again);
    assert!(shown.contains("`regions` is declared by POD-901 already"), "{shown}");
}

#[test]
fn a_parameter_that_nothing_reads_decides_nothing() {
    let text = KEPT.replace("    - when: params.regions != null\n      expression: resource.region in params.regions\n      path: region\n      allowed: \"{params.regions}\"\n", "");
    let shown = mistakes(RET, &text);
    assert!(shown.contains("no rule reads `regions`"), "{shown}");
}

#[test]
fn somebody_must_ask_for_a_control() {
    let shown = mistakes(
        "frameworks/sox.yaml",
        "framework: sox\nname: SOX\ntitle: SOX\nrequirements:\n  \
         - { id: \"404\", title: x, controls: { RET-901: verified, RET-902: memory } }\n",
    );
    assert!(shown.contains("no framework asks for POD-901"), "{shown}");
    assert!(shown.contains("there is no control RET-902"), "{shown}");
    assert!(shown.ends_with("2 mistakes in the catalog"), "{shown}");
}

#[test]
fn every_target_has_its_cases() {
    let mut files = small();
    files.retain(|(name, _)| !name.contains("unknown-") && !name.contains("pod/fail-"));
    let folder = folder_of(&files);
    let shown = Catalog::load(folder.path()).unwrap_err().to_string();
    assert!(shown.contains("there is no case `cases/s3/unknown-….yaml`"), "{shown}");
    assert!(shown.contains("there is no case `cases/pod/fail-….yaml`"), "{shown}");
}

#[test]
fn regimes_speak_of_what_exists() {
    let regime = |parameters: &str| {
        let text = format!(
            "regime: sox\nname: S\ntitle: S\nframeworks: [sox]\nparameters:\n  - {parameters}\n"
        );
        mistakes("regimes/sox.yaml", &text)
    };
    assert_eq!(regime("{ name: least_days, value: 9 }"), "");
    for (row, expected) in [
        ("{ name: least_dys, value: 9 }", "no control declares a parameter `least_dys`"),
        ("{ name: least_days, value: 0 }", "`least_days`: `0` is outside 1 to 9999"),
        ("{ name: least_days, value: 9, targets: [s4] }", "`s4` is not a target"),
        (
            "{ name: least_days, value: 9, targets: [s3], when: 'resource.recrd == \"\"' }",
            "`recrd`",
        ),
        ("{ name: least_days, value: 9, when: 'resource.record_type == \"\"' }", "resource"),
        (
            "{ name: least_days, value: 9, when: 'params.least_days > 1' }",
            "a condition of a regime cannot hang on parameters",
        ),
    ] {
        let shown = regime(row);
        assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
    }
    let shown = mistakes("regimes/sox.yaml", "regime: sx\nname: S\ntitle: S\nframeworks: [sx]\n");
    assert!(shown.contains("`sx` stands in `sox.yaml`"), "{shown}");
    let shown = mistakes("regimes/sox.yaml", "regime: sox\nname: S\ntitle: S\nframeworks: [sx]\n");
    assert!(shown.contains("there is no framework `sx`"), "{shown}");
}

#[test]
fn classes_and_environments_are_complete() {
    let shown = mistakes("environments.yaml", "environments: []\nactions: []\n");
    assert!(shown.contains("the environments are, in this order: dev, staging, production"));
    assert!(shown.contains("no row says what a critical mandatory control leads to"), "{shown}");
    let shown = mistakes("classification.yaml", "levels: []\n");
    assert!(shown.contains("the levels are, in this order: public, internal"), "{shown}");
}

#[test]
fn all_mistakes_are_shown_at_once_in_the_order_of_the_files() {
    let mut files = small();
    let broken = PRIVILEGED.replace("severity: high", "severity: [");
    let other = KEPT.replace("path: region", "path: regon").replace("fold: max", "fold: mox");
    files.retain(|(name, _)| *name != POD && *name != RET);
    files.push((POD, &broken));
    files.push((RET, &other));
    let folder = folder_of(&files);
    let errors = Catalog::load(folder.path()).unwrap_err();
    let files: Vec<_> = errors.0.iter().map(|error| error.source.file.to_string()).collect();
    assert!(files.iter().any(|file| file.ends_with(POD)));
    assert!(files.iter().any(|file| file.ends_with(RET)));
    assert!(files.is_sorted());
}

#[test]
fn an_empty_folder_says_what_is_missing() {
    let folder = folder_of(&[]);
    let shown = Catalog::load(folder.path()).unwrap_err().to_string();
    assert!(shown.contains("there is no control here"), "{shown}");
}

#[test]
fn what_a_fix_may_stand_instead_of_is_checked() {
    let with_fix = |fix: &str| format!("allowed: false or unset\n    fix:\n      - {fix}\n");
    for (fix, expected) in [
        (
            "{ each: containers.all, opt_in: true, instead_of: 7, set: { imagePullPolicy: Always } }",
            "`imagePullPolicy` takes a value of type string, this is `7`",
        ),
        (
            "{ each: containers.all, opt_in: true, instead_of: Never, remove: imagePullPolicy }",
            "nothing is set instead of it",
        ),
        (
            "{ each: containers.all, instead_of: IfNotPresent, set: { imagePullPolicy: Always } }",
            "control.yaml:15:45: \
             `\"IfNotPresent\"` may be what somebody said, which stays unless a namespace asks for the fix\n",
        ),
        (
            "{ each: containers.all, instead_of: IfNotPresent, set: { imagePullPolicy: Always } }",
            "= help: add `opt_in: true`",
        ),
    ] {
        pod_says("allowed: false or unset\n", &with_fix(fix), expected);
    }
    ret_says(
        "- set: { object_lock.retention_days:",
        "- instead_of: 1\n          set: { object_lock.retention_days:",
        "what a configuration says is never overwritten",
    );
}

#[test]
fn who_asks_for_a_fix_is_checked() {
    let with_fix = |fix: &str| format!("allowed: false or unset\n    fix:\n      - {fix}\n");
    for (fix, expected) in [
        (
            "{ opt_in: RES-002, set: { hostname: a } }",
            "control.yaml:15:19: expected a boolean, found the string `RES-002`\n",
        ),
        (
            "{ optin: true, set: { hostname: a } }",
            "`optin` is not known here\n   |\n15 |       - { optin: true, set: { hostname: a } }\n   |           ^^^^^\n   = help: did you mean `opt_in`?\n",
        ),
    ] {
        pod_says("allowed: false or unset\n", &with_fix(fix), expected);
    }
    pod_says(
        "allowed: false or unset\n",
        "allowed: false or unset\n    opt_in: true\n",
        "control.yaml:14:5: `opt_in` is not known here\n",
    );
    let said = "- set: { object_lock.retention_days:";
    let asked = "- opt_in: true\n          set: { object_lock.retention_days:";
    ret_says(
        said,
        asked,
        "control.yaml:21:19: a resource has no namespace that could ask for the fix\n",
    );
    ret_says(said, asked, "   = help: `opt_in` is for Kubernetes alone\n");
}
