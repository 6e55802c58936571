//! Where a report points: every way of writing YAML and JSON, for people, plain and in colour.
//! Judged by a catalog of the suite's own, so that ours can change without a word here.

use std::fs;

use harness::cli::{Ran, probity};

const CATALOG: &str = "tests/fixtures/catalog";

fn check(file: &str, flags: &[&str]) -> Ran {
    let fixed = ["check", file, "--catalog", CATALOG, "--settings", "/dev/null", "--no-mutation"];
    probity(fixed.iter().chain(flags)).run()
}

#[test]
fn the_catalog_of_the_suite_is_sound() {
    let ran = probity(["test", CATALOG]).run();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn yaml_in_plain() {
    let ran = check("tests/fixtures/manifests/places.yaml", &[]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.normal());
}

#[test]
fn yaml_in_colour() {
    let ran = check("tests/fixtures/manifests/places.yaml", &["--color", "always"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    // Escapes are written out: a snapshot is for reading.
    insta::assert_snapshot!(ran.normal().replace('\u{1b}', "\\e"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let file = "tests/fixtures/manifests/places.yaml";
    let plain = check(file, &[]).normal();
    let coloured = check(file, &["--color", "always"]).normal();
    let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(escape.replace_all(&coloured, ""), plain);
}

#[test]
fn json_in_plain() {
    let ran = check("tests/fixtures/manifests/places.json", &[]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!(ran.normal());
}

#[test]
fn a_broken_document_does_not_lose_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.yaml");
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: \
             [{{name: a, image: a}}]}}\n"
        )
    };
    let text = format!("{}---\nkind: [Pod\n---\n{}", pod("first"), pod("last"));
    fs::write(&file, text).unwrap();
    let ran = check(file.to_str().unwrap(), &[]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    for part in
        ["Pod first", "Pod last", "error: this is not YAML", "many.yaml:7:1\n", "; 1 unreadable"]
    {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn a_template_among_documents_is_skipped_and_the_others_are_judged() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, \
        image: a}]}\n---\n{{- if .Values.more }}\na: {{ .b }}\n{{- end }}\n---\n{{ c }}: [\n";
    let ran = probity(["check", "-", "--catalog", CATALOG, "--settings", "/dev/null"]);
    let ran = ran.reading(text).run();
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert_eq!(ran.out.matches("skipped: ").count(), 1, "{}", ran.out);
    assert!(ran.out.contains("error[TST-002]"), "{}", ran.out);
}
