//! Files are read as kubectl reads them: every row of the table against what is known of kubectl,
//! and, where the machine has one, against that kubectl.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::tools::on_path;
use probity_catalog::source::{Options, Source};
use serde_json::{Value as Json, json};

/// What a document that is written like this holds under `a`, or, where there is none, whole.
fn rows() -> Vec<(&'static str, Json)> {
    let yes = json!([true, true, true, true, true, true, true, true, true, true, true]);
    let no = json!([false, false, false, false, false, false, false, false, false, false, false]);
    vec![
        ("a: [y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE]", yes),
        ("a: [n, N, no, No, NO, off, Off, OFF, false, False, FALSE]", no),
        ("a: [~, null, Null, NULL, ]", json!([null, null, null, null])),
        ("a:", json!(null)),
        (
            "a: [tRue, nUll, 0x, 1:30, 2026-11-21, 0b2, 0o8, _1, 1e400, '=', 1.2.3]",
            json!([
                "tRue",
                "nUll",
                "0x",
                "1:30",
                "2026-11-21",
                "0b2",
                "0o8",
                "_1",
                "1e400",
                "=",
                "1.2.3"
            ]),
        ),
        (
            "a: [0644, 0o644, -0644, 0x1F, 0b101, +0x10, 1_000, 1__0, 08]",
            json!([420, 420, -420, 31, 5, 16, 1000, 10, 8]),
        ),
        ("a: [1e3, 0.1e1, .5, 1., 0.0, -0.0]", json!([1000, 1, 0.5, 1, 0, 0])),
        (
            "a: [9223372036854775807, 12345678901234567890, -9223372036854775809]",
            json!([i64::MAX, 12_345_678_901_234_567_890.0, -9_223_372_036_854_775_808_i64]),
        ),
        (
            "a: [0777777777777777777777777777, 123456789012345678901234567890]",
            json!([7.777_777_777_777_778e26, 1.234_567_890_123_456_8e29]),
        ),
        ("a: {y: 1, off: 2}", json!({"true": 1, "false": 2})),
        ("a: {on: 1, \"on\": 2}", json!({"true": 1, "on": 2})),
        ("a: {1: x, 1.50: v, 0x10: z, ~x: w}", json!({"1": "x", "1.5": "v", "16": "z", "~x": "w"})),
        (
            "a: [!!bool yes, !!int \"12\", !!str 12, !!binary aGVsbG8=, !!float 1]",
            json!([true, 12, "12", "hello", 1]),
        ),
        (
            "a: {b: !!set {p}, c: ! 12, d: !mine 12, e: !!null '', f: !!timestamp 2001-01-01}",
            json!({"b": {"p": null}, "c": "12", "d": "12", "e": null, "f": "2001-01-01"}),
        ),
        ("b: &b {x: 1, z: 2}\na: {<<: *b, x: 8}", json!({"x": 8, "z": 2})),
        // What is written later wins, even of what is merged.
        ("b: &b {x: 1, z: 2}\na: {x: 9, <<: *b}", json!({"x": 1, "z": 2})),
        ("a: {<<: [{x: 5}, {x: 6, w: 7}]}", json!({"x": 5, "w": 7})),
        ("b: &b [1]\na: [*b, *b]", json!([[1], [1]])),
        ("a: 1\na: 2", json!(2)),
        ("a: {b: 1, b: {c: 2}}", json!({"b": {"c": 2}})),
        ("a: |\n  x\n   y\n", json!("x\n y\n")),
        ("a: >-\n  x\n  y\n\n  z\n", json!("x y\nz")),
        ("a: \"x\\u2028\\n\\x41\"", json!("x\u{2028}\nA")),
        ("a: 'it''s' # c", json!("it's")),
        ("a:\n- b\n-\n  - c\n- {d: e}", json!(["b", ["c"], {"d": "e"}])),
        ("? a\n: b", json!("b")),
        ("SecurityContext: {}\na: x", json!("x")),
    ]
}

/// Files that are refused.
const REFUSED: [&str; 13] = [
    "a: .inf",
    "a: -.inf",
    "a: .nan",
    "~: x",
    "? {b: 1} : 0",
    "12345678901234567890: 0",
    "a: !!int foo",
    "a: !!bool maybe",
    "a: {<<: 1}",
    "a: *nobody",
    "a: [",
    "a: 1\n b: 2",
    "\ta: 1",
];

/// Whole files, and the names of the objects in them.
fn files() -> Vec<(String, Vec<&'static str>)> {
    let object =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let json = |name: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}}}}"#)
    };
    let (a, b) = (object("a"), object("b"));
    vec![
        (format!("{a}---\n{b}"), vec!["a", "b"]),
        (format!("\u{feff}{a}"), vec!["a"]),
        (format!("# nothing\n---\n# apiVersion: v1\n---\n{b}---\n"), vec!["b"]),
        (format!("{a}...\n---\n{b}"), vec!["a", "b"]),
        (format!("--- # one\n{a}"), vec!["a"]),
        (a.replace('\n', "\r\n"), vec!["a"]),
        (json("a") + &json("b"), vec!["a", "b"]),
        (format!("\u{feff}{}\n\n{}\n", json("a"), json("b")), vec!["a", "b"]),
        ("# flow\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}".to_owned(), vec!["a"]),
        (
            format!("kind: List\napiVersion: v1\nitems:\n- {}\n- {}", json("a"), json("b")),
            vec!["a", "b"],
        ),
        (format!("kind: ConfigMap\napiVersion: v1\nitems:\n- {}", json("a")), vec!["a"]),
        (
            "kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata: {name: a}".to_owned(),
            vec!["a"],
        ),
    ]
}

/// Ten lines that would become a billion.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{before}]").unwrap();
    }
    text
}

fn document(row: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: row}}\n{row}\n")
}

/// The objects of a file as this crate reads them.
fn ours(text: &str) -> Option<Vec<Json>> {
    let source = Source::new("row.yaml", text).ok()?;
    let documents = source.documents(&Options::default()).ok()?;
    Some(documents.iter().map(|document| document.root.to_json()).collect())
}

/// The objects of a file as kubectl reads them, without a server: with a label that it adds.
fn theirs(kubectl: &Path, text: &str) -> Option<Vec<Json>> {
    let mut command = Command::new(kubectl);
    command.args(["label", "--local", "--dry-run=client", "-o", "json", "-f", "-", "read=yes"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return None;
    }
    let read = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Json>();
    let objects = read.map(|object| {
        let mut object = object.unwrap();
        object["metadata"].as_object_mut().unwrap().remove("labels");
        numbers(&object)
    });
    Some(objects.collect())
}

/// Numbers by value, whatever their spelling.
fn numbers(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(format!("{:e}", number.as_f64().unwrap())),
        Json::Array(items) => items.iter().map(numbers).collect(),
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), numbers(field))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn rows_are_read_as_kubectl_reads_them() {
    for (row, expected) in rows() {
        let read = ours(&document(row)).unwrap_or_else(|| panic!("refused: {row}"));
        assert_eq!(numbers(&read[0]["a"]), numbers(&expected), "{row}");
    }
    for row in REFUSED {
        assert!(ours(&document(row)).is_none(), "read: {row}");
    }
    assert!(ours(&document(&bomb())).is_none(), "aliases multiply");
    assert!(ours(&format!("%YAML 1.2\n---\n{}", document(""))).is_none(), "another YAML");
}

#[test]
fn kubectl_reads_rows_and_files_as_we_do() {
    let Some(kubectl) = on_path("kubectl") else {
        // Said past the capture of output: a comparison that did not run must be seen.
        let _ =
            writeln!(std::io::stderr(), "NOT TESTED against kubectl: there is none on the path");
        return;
    };
    let compare = |text: &str, what: &str| {
        let ours = ours(text).map(|objects| objects.iter().map(numbers).collect::<Vec<_>>());
        assert_eq!(ours, theirs(&kubectl, text), "{what}");
        ours
    };
    for (row, _) in rows() {
        assert!(compare(&document(row), row).is_some(), "{row}");
    }
    for row in REFUSED {
        assert_eq!(compare(&document(row), row), None, "{row}");
    }
    compare(&document(&bomb()), "aliases multiply");
    compare(&format!("%YAML 1.2\n---\n{}", document("")), "another YAML");
    for (text, names) in files() {
        let read = theirs(&kubectl, &text).unwrap_or_else(|| panic!("kubectl refuses {text}"));
        let read: Vec<_> = read.iter().map(|object| object["metadata"]["name"].clone()).collect();
        assert_eq!(read, names, "{text}");
    }
}

#[test]
fn files_hold_the_objects_that_kubectl_finds_in_them() {
    use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
    for (text, names) in files() {
        // As pods, so that they are judged, and say who they are.
        let text = text.replace("ConfigMap", "Pod");
        let source = Source::new("file", text.clone()).unwrap();
        let mut read = Vec::new();
        for document in source.documents(&Options::default()).unwrap() {
            let arena = probity_catalog::Arena::new();
            let object = document.root.to_value(&arena);
            let found = subjects(object, &RequestInfo::offline(None), &arena);
            read.extend(found.judged.into_iter().map(|subject| subject.identity.name));
        }
        assert_eq!(read, names, "{text}");
    }
}
