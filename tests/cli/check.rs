//! `probity check` on files: what it says, where it points, how it ends.

use std::fs;
use std::process::{Command, Stdio};

use harness::cli::{Ran, binary, probity};

const PRIVILEGED: &str = "tests/fixtures/manifests/privileged.yaml";
const PLAN: &str = "tests/fixtures/plans/ledger/plan.json";

fn check<const N: usize>(arguments: [&str; N]) -> Ran {
    probity(["check"].into_iter().chain(arguments)).run()
}

/// A report without the words that belong to the catalog: who asks for a control, how to comply.
fn settled(ran: &Ran) -> String {
    let asked = regex::Regex::new(r"= asked by .*? \((.*)\)\n").unwrap();
    let fix = regex::Regex::new(r"= fix: .*\n").unwrap();
    let report = ran.normal();
    let report = asked.replace_all(&report, "= asked by … ($1)\n");
    fix.replace_all(&report, "= fix: …\n").into_owned()
}

/// What is said at every start where nobody says which regions and registries are allowed.
const IDLE: &str = "warning: DRS-001 judges nothing, since nobody sets `allowed_regions`: Regions \
    that resources may be in, of all clouds; where it is not set, regions are not judged\n\
    warning: IMG-001 judges nothing, since nobody sets `allowed_registries`: \
    Registries, or repositories of them such as registry.example/payments, that images may come \
    from\n";

#[test]
fn a_violating_pod_is_shown_at_its_place() {
    let ran = check([PRIVILEGED]);
    assert_eq!((ran.code, ran.err.as_str()), (1, IDLE));
    insta::assert_snapshot!(settled(&ran));
}

#[test]
fn an_override_that_has_ended_is_named_and_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("probity.yaml");
    let text = "enforcement: { IMG-003: { action: warn, owner: platform, until: 2020-01-31 } }\n";
    fs::write(&settings, text).unwrap();
    let ran = check([PRIVILEGED, "--settings", settings.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    let notice = "warning: the override of IMG-003 ended on 2020-01-31 and counts no more; \
                  ask platform\n";
    assert_eq!(ran.err, format!("{notice}{IDLE}"));
}

#[test]
fn what_an_object_says_of_its_data_only_tightens() {
    let pod = |scope: &str, regime: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    \
             probity.dev/data-classification: public\n    probity.dev/pci-scope: {scope}\n    \
             probity.dev/compliance-regime: {regime}\nspec:\n  containers:\n  - name: a\n    \
             image: b\n    securityContext: {{ privileged: true }}\n"
        );
        let report = probity(["check", "-", "--format", "json"]).reading(text).run().json();
        let subject = &report["subjects"][0];
        let finding = &subject["findings"][0];
        assert_eq!(finding["control"], "POD-001");
        (subject["classification"].clone(), finding["asked_by"][0].as_str().unwrap().to_owned())
    };
    let (class, asked_by) = pod("none", "none");
    assert_eq!(class, "public");
    assert!(!asked_by.starts_with("ISO 27001"), "{asked_by}");
    let (class, asked_by) = pod("cde", "iso27001");
    assert_eq!(class, "confidential");
    assert!(asked_by.starts_with("ISO 27001"), "{asked_by}");
}

#[test]
fn a_profile_says_what_each_check_cost_and_changes_no_verdict() {
    let (plain, profiled) = (check([PRIVILEGED]), check([PRIVILEGED, "--profile"]));
    assert_eq!(profiled.code, plain.code);
    assert_eq!(settled(&profiled), settled(&plain));
    // After what is said of the settings anyway.
    let tables = profiled.err.strip_prefix(&plain.err).unwrap();
    let row = |name: &str| {
        let line = tables.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("no {name}: {tables}")).to_owned()
    };
    for heading in ["check ", "kind "] {
        assert!(
            row(heading).ends_with("subjects         time         each          cost        each")
        );
    }
    let line = row("POD-001/pod");
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, subjects, _, "ms", _, "us", cost, each] = words[..] else { panic!("{line}") };
    assert_eq!((subjects, cost), ("1", each));
    assert!(cost.parse::<u64>().unwrap() > 0);
    // What a kind costs is what its checks cost together.
    let costs = |lines: &str| -> u64 {
        lines
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().nth(6).unwrap())
            .map(|cost| cost.parse::<u64>().unwrap())
            .sum()
    };
    let (checks, kinds) = tables.split_once("\n\n").unwrap();
    assert_eq!(costs(checks), costs(kinds));
}

#[test]
fn a_profile_adds_up_over_files_and_documents() {
    let arguments = ["check", PRIVILEGED, PRIVILEGED, "-", "--profile", "--format", "json"];
    let text = fs::read_to_string(harness::tools::root().join(PRIVILEGED)).unwrap();
    let text = format!("{text}---\n{text}");
    let profile = probity(arguments).reading(text).run().json()["profile"].clone();
    assert_eq!(profile["kinds"][0]["subjects"], 4, "{profile}");
    let checks = profile["checks"].as_array().unwrap();
    assert!(checks.iter().all(|row| row["subjects"] == 4), "{profile}");
}

#[test]
fn a_report_for_machines_holds_the_profile_that_was_asked_for() {
    let report = |arguments: &[&str]| -> serde_json::Value {
        probity(["check", PRIVILEGED, "--format", "json"].iter().chain(arguments)).run().json()
    };
    assert!(report(&[]).get("profile").is_none());
    let profile = report(&["--profile"])["profile"].clone();
    let checks = profile["checks"].as_array().unwrap();
    let times: Vec<u64> = checks.iter().map(|row| row["nanoseconds"].as_u64().unwrap()).collect();
    assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    assert!(
        checks.iter().any(|row| row["name"] == "POD-001/pod" && row["cost"].as_u64() > Some(0))
    );
    assert_eq!(profile["kinds"][0]["name"], "Pod");
}

#[test]
fn a_file_of_very_many_documents_reads_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.yaml");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n---\n";
    let privileged = fs::read_to_string(harness::tools::root().join(PRIVILEGED)).unwrap();
    let (front, back) = (map.repeat(300), map.repeat(299));
    // More than is judged at a time and more than a small file has, with what is skipped twice.
    let padding = format!("# {}\n", "x".repeat(78)).repeat(20_000);
    let text = format!("a: 1\n---\n{front}{padding}{back}b: 1\n---\n{privileged}");
    let line = 3 + 4 * 599 + 20_000 + 2;
    fs::write(&file, text).unwrap();
    let report = probity(["check", file.to_str().unwrap(), "--format", "json"]).run().json();
    assert_eq!(report["summary"]["judged"], 1);
    assert_eq!(report["remarks"].as_array().unwrap().len(), 1, "{}", report["remarks"]);
    let subject = &report["subjects"][0];
    assert!(subject["location"]["line"].as_u64().unwrap() >= line, "{subject}");
    let alone = probity(["check", PRIVILEGED, "--format", "json"]).run().json();
    let said = |subject: &serde_json::Value| {
        let findings = subject["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["path"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(said(subject), said(&alone["subjects"][0]));
}

#[test]
fn colour_is_asked_for_or_not() {
    let plain = check([PRIVILEGED]);
    let colored = check([PRIVILEGED, "--color", "always"]);
    assert!(!plain.out.contains('\u{1b}'));
    assert!(colored.out.contains("\u{1b}[1m\u{1b}[31merror[POD-001]"), "{}", colored.out);
}

#[test]
fn a_plan_points_into_the_configuration() {
    let ran = check([PLAN]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    insta::assert_snapshot!(settled(&ran));
}

#[test]
fn a_report_for_machines() {
    let ran = check([PRIVILEGED, PLAN, "--format", "json"]);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["exit_code"], 1);
    assert_eq!(report["summary"]["objects"], 3);
    assert_eq!(report["settings"]["environment_is_default"], true);
    let finding = &report["subjects"][0]["findings"][0];
    assert_eq!(finding["check"], "POD-001/pod");
    assert_eq!(finding["pointer"], "/spec/containers/0/securityContext/privileged");
    let location = serde_json::json!({
        "file": PRIVILEGED, "line": 12, "column": 21, "exact": true,
    });
    assert_eq!(finding["location"], location);
}

#[test]
fn lists_unfold_and_keep_their_place() {
    let ran = check(["tests/fixtures/manifests/list.json", "--format", "json"]);
    let report = ran.json();
    assert_eq!(report["summary"]["objects"], 2);
    assert_eq!(report["subjects"].as_array().unwrap().len(), 1);
    let finding = &report["subjects"][0]["findings"][0];
    assert_eq!(finding["path"], "spec.template.spec.containers[0].securityContext.privileged");
    assert_eq!(finding["location"]["line"], 8);
}

/// Whoever is judged writes the names; they forge no line of the report and reach no terminal.
#[test]
fn what_a_file_says_moves_no_cursor() {
    let text = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\\u001b[2J\\nerror[FAKE]: b\",\
        \"namespace\":\"p\\u202eq\",\"labels\":{\"x\\u001by\\nz\":\"\\u0007\"}},\"spec\":{\"hostPID\":true,\"Spec\\u001b\":1,\
        \"containers\":[{\"name\":\"a\\u001b[31m\",\"image\":\"x\\u001b[2Jy\\nz\"}]}}\n\
        {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"a\u{1b}\": }\n";
    let ran = probity(["check", "-"]).reading(text).run();
    let wild =
        |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!ran.out.contains(wild), "{:?}", ran.out);
    assert!(!ran.out.contains("\nerror[FAKE]"), "{}", ran.out);
    assert!(ran.out.contains("Pod p\\u{202e}q/a\\u{1b}[2J\\nerror[FAKE]: b\n"), "{}", ran.out);
    assert_eq!(ran.code, 2, "the other document is broken: {}", ran.out);
}

#[test]
fn the_standard_input_is_read() {
    let text = fs::read(harness::tools::root().join(PRIVILEGED)).unwrap();
    let ran = probity(["check", "-"]).reading(text).run();
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("--> <stdin>:12:21   Pod payments/ledger"), "{}", ran.out);
}

#[test]
fn settings_come_from_flag_variable_or_folder() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("pod.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n").unwrap();
    fs::write(at("probity.yaml"), "regimes: [sox]\nenvironment: dev\n").unwrap();
    fs::write(at("other.yml"), "regimes: [gdpr]\n").unwrap();
    let check = |arguments: &[&str]| {
        let own = ["check", "pod.yaml"];
        probity(own.iter().chain(arguments)).within(folder.path())
    };
    let under = |ran: Ran| ran.out.lines().last().unwrap_or_default().to_owned();
    assert!(under(check(&[]).run()).starts_with("judged under dev, sox; catalog "));
    let ran = check(&["--pci-dss", "--regime", "dora", "--environment", "staging"]).run();
    assert!(under(ran).starts_with("judged under staging, dora, pci-dss, sox; catalog "));
    let ran = check(&["--settings", "other.yml"]).run();
    assert!(under(ran).starts_with("judged under production (default), gdpr; catalog "));
    let ran = check(&[]).with("PROBITY_SETTINGS", "other.yml").run();
    assert!(under(ran).starts_with("judged under production (default), gdpr; catalog "));
}

#[test]
fn mistakes_in_settings_are_shown_at_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.yaml");
    fs::write(&file, "environment: production\nregimez: [sox]\n").unwrap();
    let ran = probity(["check", PRIVILEGED, "--settings", file.to_str().unwrap()]).run();
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let shown = format!(
        "error: `regimez` is not known here\n  --> {}:2:1\n  |\n2 | regimez: [sox]\n  | ^^^^^^^\n  \
         = help: did you mean `regimes`?\n",
        file.display()
    );
    assert_eq!(ran.err, shown);
    fs::write(&file, "parameters: {min_uids: 1}\nenforcement: {POD-001: {action: warn, owner: a, until: 2027-01-01}}\n").unwrap();
    let ran = probity(["check", PRIVILEGED, "--settings", file.to_str().unwrap()]).run();
    assert_eq!((ran.code, ran.err.matches("error: ").count()), (2, 2), "{}", ran.err);
    assert!(
        ran.err.contains("did you mean `min_uid`?\n\nerror: POD-001 is mandatory"),
        "{}",
        ran.err
    );
    let ran = check([PRIVILEGED, "--regime", "sarbox"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("sarbox"), "{}", ran.err);
}

#[test]
fn what_is_not_ours_is_skipped_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
    );
    write(
        "template.yaml",
        "apiVersion: v1\nkind: Pod\n{{- if .Values.x }}\nmetadata: {}\n{{ end }}\n",
    );
    write("values.yaml", "a: 1\n---\nb: 2\n");
    let ran = probity(["check", "."]).within(folder.path()).run();
    assert_eq!(ran.code, 0, "{}", ran.out);
    insta::assert_snapshot!(ran.normal());
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("broken.yaml"), "apiVersion: v1\nkind: [Pod\n").unwrap();
    let ran = check([&path("broken.yaml"), PRIVILEGED]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("broken.yaml:"), "{}", ran.out);
    assert!(ran.out.contains("error[POD-001]"), "the others are judged all the same: {}", ran.out);
    assert_eq!(check([&path("nothing.yaml")]).code, 2);
    assert!(check([&path("nothing.yaml")]).err.starts_with("error: cannot read `"));
    fs::create_dir(path("empty")).unwrap();
    assert_eq!(check([&path("empty")]).code, 2);
    fs::write(path("plan"), b"PK\x03\x04rest").unwrap();
    assert!(check([&path("plan")]).out.contains("terraform show -json"));
}

#[test]
fn the_failing_level_and_the_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let unknown = "apiVersion: example.org/v1\nkind: Runner\nmetadata: {name: x}\n\
        spec: {template: {spec: {containers: [{name: a, image: b}]}}}\n";
    fs::write(at("unknown.yaml"), unknown).unwrap();
    let file = at("unknown.yaml").to_str().unwrap().to_owned();
    let ran = check([&file]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("of a kind that is not judged"), "{}", ran.out);
    assert_eq!(check([&file, "--strict"]).code, 3);
    let dev = ["--environment", "dev", "--settings", "/dev/null"];
    let [a, b, c, d] = dev;
    let warned = check(["tests/fixtures/manifests/warned.yaml", a, b, c, d]);
    assert_eq!(warned.code, 0, "{}", warned.out);
    assert!(warned.out.contains("warning["), "{}", warned.out);
    let failed = check(["tests/fixtures/manifests/warned.yaml", a, b, c, d, "--fail-on", "warn"]);
    assert_eq!(failed.code, 1, "{}", failed.out);
}

#[test]
fn templates_are_judged_as_they_will_be() {
    let file = "examples/kubernetes/needs-mutation-pod.yaml";
    assert_eq!(check([file]).code, 0);
    let written = check([file, "--no-mutation", "--format", "json"]);
    assert_eq!(written.code, 1);
    assert!(written.controls("fail").contains(&"POD-006".to_owned()), "{}", written.out);
}

#[test]
fn questionable_yaml_is_said() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: a}\nspec:\n  \
        hostPID: true\n  hostPID: false\n  SecurityContext: {}\n  containers: []\n";
    let ran = probity(["check", "-"]).reading(text).run();
    assert!(ran.out.contains("warning: `hostPID` is set twice"), "{}", ran.out);
    assert!(ran.out.contains("did you mean `securityContext`?"), "{}", ran.out);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = Command::new(binary())
        .args(["check", "examples/kubernetes", PRIVILEGED])
        .current_dir(harness::tools::root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), IDLE);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn many_files_are_judged_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(harness::tools::root().join(PRIVILEGED)).unwrap();
    for number in 0..300 {
        fs::write(folder.path().join(format!("{number:03}.yaml")), &text).unwrap();
    }
    let ran = probity(["check", ".", "--format", "json"]).within(folder.path()).run();
    let report = ran.json();
    let files: Vec<_> = report["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subject| subject["file"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = (0..300).map(|number| format!("{number:03}.yaml")).collect();
    assert_eq!(files, expected);
    let whole = fs::read_to_string(harness::tools::root().join(PRIVILEGED)).unwrap();
    let long = [whole.as_str(); 300].join("---\n");
    let ran = probity(["check", "-", "--format", "json"]).reading(long).run();
    let lines: Vec<_> = ran.json()["subjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subject| subject["location"]["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines.len(), 300);
    assert!(lines.is_sorted() && lines[299] > 5000, "{lines:?}");
}
