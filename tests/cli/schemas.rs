//! What the commands write for machines, against the schemas that describe it.

use std::fs;

use harness::cli::probity;
use harness::schema::assert_fits;
use serde_json::{Value, json};

/// Everything that a command writes fits its schema; gives what it wrote.
fn fitting(schema: &str, arguments: &[&str]) -> Value {
    let ran = probity(arguments.iter().chain(&["--format", "json"])).run();
    let path = harness::tools::root().join("cli").join(schema);
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let document = ran.json();
    assert_fits(&document, &schema);
    document
}

#[test]
fn check() {
    for arguments in [
        &["check", "tests/fixtures", "--profile", "--sox"][..],
        &["check", "examples", "--no-mutation", "--environment", "dev"],
        &["check", "examples/kubernetes", "--framework", "pss-restricted"],
    ] {
        let report = fitting("report.schema.json", arguments);
        assert!(!report["subjects"].as_array().unwrap().is_empty(), "{arguments:?}");
    }
}

#[test]
fn list() {
    let listed = fitting("list.schema.json", &["list"]);
    assert!(listed.as_array().unwrap().len() > 40);
    fitting("list.schema.json", &["list", "--framework", "pss-baseline"]);
}

#[test]
fn framework() {
    let all = fitting("framework.schema.json", &["framework"]);
    for own in all.as_array().unwrap().iter().step_by(4) {
        fitting("framework.schema.json", &["framework", own["framework"].as_str().unwrap()]);
    }
}

#[test]
fn explain() {
    for own in fitting("list.schema.json", &["list"]).as_array().unwrap().iter().step_by(6) {
        let id = own["id"].as_str().unwrap();
        let explained = fitting("explain.schema.json", &["explain", id, "--sox", "--gdpr"]);
        assert_eq!((&explained["id"], &explained["severity"]), (&own["id"], &own["severity"]));
    }
    let standard = fitting("explain.schema.json", &["explain", "PSS-privileged"]);
    assert_eq!(standard["reported_under"][0]["id"], "POD-001");
}

#[test]
fn test() {
    let report = fitting("test.schema.json", &["test", "examples/catalog"]);
    let control = &report["controls"][0];
    assert_eq!((&report["failed"], &control["failures"]), (&json!(0), &json!([])));
    assert_eq!(report["cases"], control["cases"]);
    let folder = tempfile::tempdir().unwrap();
    let base = harness::tools::root().join("cli/tests/mistakes/base");
    let copied = std::process::Command::new("cp").arg("-r").arg(base).arg(folder.path()).status();
    assert!(copied.unwrap().success());
    let cases = folder.path().join("base/controls/bnk/BNK-001-host-network-off/cases/pod");
    fs::write(cases.join("pass-wrongly.yaml"), "verdict: pass\npod: { hostNetwork: true }\n")
        .unwrap();
    fs::write(cases.join("pass-broken.yaml"), "verdikt: pass\n").unwrap();
    let catalog = folder.path().join("base");
    let report = fitting("test.schema.json", &["test", catalog.to_str().unwrap()]);
    assert_eq!(report["failed"], 2);
    let failures = report["controls"][0]["failures"].as_array().unwrap();
    let of = |name: &str| {
        failures.iter().find(|own| own["file"].as_str().unwrap().ends_with(name)).unwrap()
    };
    assert_eq!((&of("pass-wrongly.yaml")["expected"]), &json!("pass"));
    assert!(of("pass-wrongly.yaml")["found"].as_str().unwrap().starts_with("fail"));
    assert!(
        of("pass-broken.yaml")["mistake"].as_str().unwrap().contains("did you mean `verdict`?")
    );
}
