//! The readers against what kubectl makes of the same text, and against `serde_json`.

use std::fmt::Write;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

mod pieces;
mod windows;

use super::{Document, Options, Source, SourceError};

fn documents(text: &str) -> Result<Vec<Document>, SourceError> {
    Source::new("test.yaml", text).unwrap().documents(&Options::default())
}

fn part(text: &str) -> super::Part<'_> {
    super::Part { text, base: super::Base::default(), end: text.len() }
}

fn read(text: &str) -> Value {
    let documents = documents(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(documents.len(), 1, "{text}");
    documents[0].root.to_json()
}

fn fault(text: &str) -> String {
    documents(text).expect_err(text).to_string()
}

#[test]
fn plain_scalars_are_what_kubectl_reads() {
    let table: &[(&str, Value)] = &[
        ("y Y yes Yes YES on On ON true True TRUE", json!(true)),
        ("n N no No NO off Off OFF false False FALSE", json!(false)),
        ("~ null Null NULL", Value::Null),
        ("0644 0o644 420", json!(420)),
        ("-0644", json!(-420)),
        ("0x1F 0X1F 0x_1F", json!(31)),
        ("0b101 0B101", json!(5)),
        ("+0x10", json!(16)),
        ("-0b11", json!(-3)),
        ("1_000 1e3 1_000.0", json!(1000)),
        ("1__0 +10", json!(10)),
        ("08 0_8 8", json!(8)),
        ("0.1e1 1. 1.0 1_", json!(1)),
        (".5 +.5 .5_0", json!(0.5)),
        ("08.5", json!(8.5)),
        ("-0.0", json!(0)),
        ("12345678901234567890", json!(12_345_678_901_234_567_890.0)),
        ("9223372036854775808 9223372036854775807.0", json!(9_223_372_036_854_775_808.0)),
        ("-9223372036854775809", json!(-9_223_372_036_854_775_808_i64)),
        ("9223372036854775807", json!(i64::MAX)),
        ("123456789012345678901234567890", json!(1.234_567_890_123_456_8e29)),
        ("0777777777777777777777777777", json!(7.777_777_777_777_778e26)),
    ];
    for (texts, value) in table {
        for text in texts.split(' ') {
            assert_eq!(&read(&format!("a: {text}"))["a"], value, "{text}");
        }
    }
    for text in
        "tRue nUll 0x 1:30 2026-11-21 0b2 0o8 _1 .5__0 ._5 .5_ 1e 1e400 = 1.2.3 +".split(' ')
    {
        assert_eq!(read(&format!("a: {text}"))["a"], json!(text), "{text}");
    }
    assert_eq!(read("a:\nb: \"\"")["a"], Value::Null);
    for text in ".inf .Inf -.inf +.INF .nan .NaN".split(' ') {
        assert!(fault(&format!("a: {text}")).contains("a number that JSON cannot hold"), "{text}");
    }
}

#[test]
fn quoted_scalars_are_strings() {
    for text in ["'yes'", "\"yes\"", "|-\n  yes", ">-\n  yes"] {
        assert_eq!(read(&format!("a: {text}")), json!({"a": "yes"}), "{text}");
    }
}

#[test]
fn keys_become_strings() {
    let table = [
        ("y", "true"),
        ("on", "true"),
        ("n", "false"),
        ("off", "false"),
        ("1", "1"),
        ("true", "true"),
        ("\"on\"", "on"),
        ("0x10", "16"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1e21", "1e+21"),
        ("1234567.0", "1.234567e+06"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1e40", ".inf"),
        ("-0.0", "-0"),
        ("!!binary aGVsbG8=", "hello"),
        ("!!str 1", "1"),
    ];
    for (written, key) in table {
        assert_eq!(read(&format!("{{{written}: 0}}")), json!({key: 0}), "{written}");
    }
    assert!(fault("{~: 0}").contains("must not be null"));
    assert!(fault("{12345678901234567890: 0}").contains("past 64 bits"));
    assert!(fault("{? {a: 1} : 0}").contains("a key must be"));
}

#[test]
fn tags_decide_types() {
    let text = "a: !!bool yes\nb: !!int \"12\"\nc: !!str 12\nd: !!binary aGVsbG8=\ne: !!set {p}\n\
        f: ! 12\ng: !mine 12\nh: !mine {a: 1}\ni: !!float 1\nj: !!timestamp 2001-01-01\n\
        k: !!null ''\nl: !!str\nm: !!map [1]\n";
    assert_eq!(
        read(text),
        json!({
            "a": true, "b": 12, "c": "12", "d": "hello", "e": {"p": null}, "f": "12", "g": "12",
            "h": {"a": 1}, "i": 1, "j": "2001-01-01", "k": null, "l": "", "m": [1],
        })
    );
    for text in
        ["!!int foo", "!!int 1.0", "!!bool maybe", "!!null x", "!!binary '%%%'", "!!float x"]
    {
        assert!(fault(&format!("a: {text}")).contains(" is not "), "{text}");
    }
}

#[test]
fn merge_keys_follow_the_order_of_the_file() {
    let defaults = "a: &a {x: 1, z: 2}\n";
    let merged = |text: &str| read(&format!("{defaults}b: {text}"))["b"].clone();
    assert_eq!(merged("{<<: *a, x: 8}"), json!({"x": 8, "z": 2}));
    assert_eq!(merged("{x: 9, <<: *a}"), json!({"x": 1, "z": 2}));
    assert_eq!(merged("{<<: [{x: 5}, {x: 6, w: 7}]}"), json!({"x": 5, "w": 7}));
    assert_eq!(merged("{\"<<\": 1}"), json!({"<<": 1}));
    assert!(fault("a: {<<: 1}").contains("takes a mapping"));
    let documents = documents("a: &a {x: 1}\nb: {x: 9, <<: *a}\n").unwrap();
    assert!(documents[0].warnings[0].message.contains("replaces `x`"));
}

#[test]
fn duplicate_keys_warn_and_the_last_wins() {
    for text in ["a: 1\nb: 2\na: 3\n", "{\"a\": 1,\n\"b\": 2,\n\"a\": 3}"] {
        let documents = documents(text).unwrap();
        assert_eq!(documents[0].root.to_json(), json!({"a": 3, "b": 2}));
        let warning = &documents[0].warnings[0];
        assert_eq!((warning.span.line, warning.span.column), (3, 1));
        assert!(warning.message.contains("set twice"), "{}", warning.message);
        assert!(warning.message.contains("line 1"), "{}", warning.message);
    }
    let many: Vec<String> = (0..100).map(|n| format!("k{}: {n}", n % 50)).collect();
    let documents = documents(&many.join("\n")).unwrap();
    assert_eq!(documents[0].warnings.len(), 50);
    assert_eq!(documents[0].root.get("k7").unwrap().to_json(), json!(57));
}

#[test]
fn several_documents() {
    let count = |text: &str| documents(text).unwrap_or_else(|error| panic!("{error}")).len();
    assert_eq!(count("a: 1\n---\nb: 2\n"), 2);
    assert_eq!(count("# nothing\n"), 0);
    assert_eq!(count(""), 0);
    assert_eq!(count("---\n# nothing\n---\na: 1\n---\n# nothing\n"), 1);
    assert_eq!(count("a: 1\n...\n---\nb: 2\n"), 2);
    assert_eq!(count("\u{feff}a: 1\n"), 1);
    assert_eq!(count("\u{feff}{\"a\": 1}{\"b\": 2}\n{\"c\": 3}"), 3);
    assert_eq!(count("{\"a\": 1}\n---\n{\"b\": 2}\n"), 2);
    assert_eq!(count("%YAML 1.1\n---\na: 1\n"), 1);
    assert_eq!(read("{a: 1, b: [x, ]}"), json!({"a": 1, "b": ["x"]}));
    assert_eq!(count("a: &x 1\n---\nb: &x 2\nc: *x\n"), 2);
    assert!(fault("a: &x 1\n---\nb: *x\n").contains("another document"));
}

#[test]
fn other_versions_and_hidden_line_breaks_are_refused() {
    insta::assert_snapshot!(fault("# c\n%YAML 1.2\n---\na: 1\n"), @r"
    test.yaml:2:1: this is not YAML 1.1, the version that kubectl reads
      |
    2 | %YAML 1.2
      | ^^^^^^^^^
      = help: remove the line
    ");
    assert!(fault("a: 1\n...\n%YAML 1.2\n---\nb: 1\n").contains("test.yaml:3:1"));
    assert!(fault("a: 1 # x\u{2028}b: 2").contains("U+2028 is a line break to kubectl"));
    assert!(fault("a: 1\u{0}b: 2").contains("U+0000"));
    assert_eq!(read("a: \"\\u2028é\""), json!({"a": "\u{2028}é"}));
}

#[test]
fn aliases_are_bounded() {
    assert_eq!(read("a: &a [1]\nb: *a"), json!({"a": [1], "b": [1]}));
    assert!(fault("a: &a [*a]").contains("contains itself"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", vec![before; 10].join(", ")).unwrap();
    }
    assert!(fault(&bomb).contains("excessive aliasing"));
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert!(fault(&deep).contains("128 levels"));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(documents(&nested(120)).is_ok());
    assert!(fault(&nested(140)).contains("128 levels"));
    assert!(fault(&format!("a: {}", nested(100_000))).contains("test.yaml:1:"));
    assert!(fault(&nested(100_000)).contains("128 levels"));
}

#[test]
fn positions_count_characters() {
    let text = "# é\nä: x\n\"ö\": {ü: [1, zwei]}\n";
    let source = Source::new("t", text).unwrap();
    let root = source.document(&Options::default()).unwrap().root;
    let zwei = root.get("ö").unwrap().get("ü").unwrap().index(1).unwrap();
    assert_eq!((zwei.span.line, zwei.span.column), (3, 14));
    assert_eq!(text.get(zwei.span.range()), Some("zwei"));
    let key = root.as_mapping().unwrap().entry("ö").unwrap().key_span;
    assert_eq!(text.get(key.range()), Some("\"ö\""));
}

#[test]
fn places_inside_of_strings() {
    let text = "a: x == y\nb: 'x == y'\nc: |\n  one\n    two == 3\nd: >\n  one\n  two\n";
    let source = Source::new("t", text).unwrap();
    let root = source.document(&Options::default()).unwrap().root;
    let place = |key: &str, part: &str| {
        let node = root.get(key).unwrap();
        let start = node.as_str().unwrap().find(part).unwrap();
        let span = source.span_within(node, start..start + part.len());
        (span.line, span.column, text.get(span.range()).unwrap())
    };
    assert_eq!(place("a", "y"), (1, 9, "y"));
    assert_eq!(place("b", "=="), (2, 7, "=="));
    assert_eq!(place("c", "two"), (5, 5, "two"));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by serde")]
struct Sample {
    name: String,
    #[serde(default)]
    count: Option<u32>,
    #[serde(default)]
    kind: Option<Shape>,
    #[serde(default)]
    inner: Vec<Inner>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by serde")]
struct Inner {
    versioning: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Round,
    Square,
}

fn sample(text: &str) -> Result<Sample, String> {
    let source = Source::new("s.yaml", text).unwrap();
    let document = source.document(&Options::default()).unwrap();
    source.deserialize(&document.root).map_err(|error| error.to_string())
}

#[test]
fn typed_values_and_their_errors() {
    let good = sample("name: x\ncount: 3\nkind: round\ninner: [{versioning: yes}]").unwrap();
    assert_eq!(good.count, Some(3));
    assert!(matches!(good.kind, Some(Shape::Round)));
    insta::assert_snapshot!(sample("name: x\ninner:\n- versoning: true\n").unwrap_err(), @r"
    s.yaml:3:3: `versoning` is not known here
      |
    3 | - versoning: true
      |   ^^^^^^^^^
      = help: did you mean `versioning`?
    ");
    insta::assert_snapshot!(sample("name: 12\n").unwrap_err(), @r"
    s.yaml:1:7: expected a string, found the number `12`
      |
    1 | name: 12
      |       ^^
      = help: put the value in quotes
    ");
    insta::assert_snapshot!(sample("count: 1\n").unwrap_err(), @r"
    s.yaml:1:1: `name` is missing
      |
    1 | count: 1
      | ^^^^^^^^
    ");
    insta::assert_snapshot!(sample("name: x\nkind: sqare\n").unwrap_err(), @r"
    s.yaml:2:7: `sqare` is not one of `round`, `square`
      |
    2 | kind: sqare
      |       ^^^^^
      = help: did you mean `square`?
    ");
    assert!(
        sample("name: x\ninner: {}\n")
            .unwrap_err()
            .contains("expected a sequence, found a mapping")
    );
    assert!(sample("name: x\ncount: -1\n").unwrap_err().starts_with("s.yaml:2:8"));
}

#[test]
fn unknown_values_only_where_asked_for() {
    let source = Source::new("t", "a: !unknown\nb: !unknown {x: 1}\n").unwrap();
    let known = source.document(&Options::default()).unwrap().root;
    assert_eq!(known.get("a").unwrap().as_str(), Some(""));
    let root = source.document(&Options { unknown_tag: true }).unwrap().root;
    assert_eq!(root.get("a").unwrap().kind, super::Kind::Unknown);
    assert_eq!(root.get("b").unwrap().kind, super::Kind::Unknown);
    assert!(source.deserialize::<serde::de::IgnoredAny>(&root).is_ok());
    assert!(source.deserialize::<Value>(&root).unwrap_err().message.contains("no place here"));
}

#[test]
fn places_of_paths() {
    let text =
        "spec:\n  containers:\n  - name: a\n    securityContext: {privileged: yes}\n  - name: b\n";
    let source = Source::new("t", text).unwrap();
    let root = source.document(&Options::default()).unwrap().root;
    let place = |path: &str| {
        let located = root.locate(&path.parse().unwrap());
        (text.get(located.span.range()).unwrap().lines().next().unwrap_or_default(), located.exact)
    };
    assert_eq!(place("spec.containers[0].securityContext.privileged"), ("yes", true));
    assert_eq!(place("spec.containers[0].securityContext"), ("securityContext", true));
    assert_eq!(place("spec.containers[1].securityContext.privileged"), ("name: b", false));
    assert_eq!(place("spec.hostPID"), ("spec", false));
    let at = root.at(&"spec.containers[1].name".parse().unwrap()).unwrap();
    assert_eq!(at.as_str(), Some("b"));
}

#[test]
fn values_for_expressions() {
    let source = Source::new("t", "a: [1, 2.5, x, !unknown , null, {b: yes}]").unwrap();
    let root = source.document(&Options { unknown_tag: true }).unwrap().root;
    let arena = crate::value::Arena::new();
    let list = root.to_value(&arena).get("a").unwrap();
    assert!(list.index(3).unwrap().is_unknown());
    assert_eq!(list.index(1).unwrap(), crate::value::Value::Double(2.5));
    assert_eq!(list.index(5).unwrap().get("b"), Some(true.into()));
}

#[test]
fn long_lines_are_shown_in_part() {
    let text = format!("{{\"é\": [{}], \"b\": tru]", "1, ".repeat(400) + "2");
    let source = Source::new("t", text).unwrap();
    let error = source.documents(&Options::default()).unwrap_err();
    let snippet = error.snippet.clone().unwrap();
    assert!(snippet.text.starts_with('…') && !snippet.text.ends_with('…'), "{}", snippet.text);
    assert_eq!(snippet.text.chars().nth(snippet.indent), Some('t'));
    assert!(error.column > 1200, "{error}");
    let start = source.snippet(super::Span { start: 1, end: 900, line: 1, column: 2 }).unwrap();
    assert!(start.text.ends_with('…') && start.indent + start.width < 165);
}

/// Counting columns from the start of the line for each of these would take minutes.
#[test]
fn one_line_of_megabytes_is_read_in_one_pass() {
    let text = format!("[{}{{\"é\": 1}}]", "{\"é\": 1}, ".repeat(200_000));
    let source = Source::new("t", text).unwrap();
    let root = source.document(&Options::default()).unwrap().root;
    let last = root.index(200_000).unwrap().get("é").unwrap().span;
    assert_eq!(last.column, 200_000 * 10 + 8);
    assert_eq!(source.snippet(last).unwrap().text.chars().filter(|c| *c == '…').count(), 1);
}

/// A file may be written by whoever wants a person to read something else.
#[test]
fn a_snippet_moves_no_cursor() {
    let error = fault("a: \"\u{1b}[2J\t\u{202e}\" # \r");
    assert!(error.contains("1 | a: \"\u{fffd}[2J\t\u{fffd}\" #\n"), "{error:?}");
    let error = fault("a: \"\u{1b}\u{200b}\u{61c}\u{e0041}b\"");
    assert!(error.contains("1 | a: \"\u{fffd}\u{fffd}\u{fffd}\u{fffd}b\"\n"), "{error:?}");
    let long = format!("[\"{}\u{1b}\u{7}\"]", "x".repeat(500));
    let error = fault(&long);
    assert!(error.contains("x\u{fffd}\u{fffd}\"]") && !error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn bytes_that_are_not_text() {
    let error = Source::new("t", b"a: b\nc: \xff".to_vec()).unwrap_err();
    assert_eq!((error.line, error.column), (2, 4));
    let source = Source::new("t", "a: 1\n---\nb: 2\n").unwrap();
    let error = source.document(&Options::default()).unwrap_err();
    assert!(error.to_string().contains("t:3:1: one document was expected"));
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Text made of what YAML gives a meaning to.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "&a ",
        "*a",
        "!!int ",
        "!x ",
        "'",
        "\"",
        "|\n",
        ">-\n",
        "# c",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<<: ",
        "? ",
        "é",
        "\t",
        "\\u12",
        "0x",
        "~",
        "1e3",
        "\r\n",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn json_is_read_as_serde_json_reads_it(value in json_value(), pretty: bool) {
        let value = json!({ "value": value });
        let text =
            if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let back: Value = serde_json::from_str(&text).unwrap();
        let read = super::json::read(part(&text), 0).map_err(|fault| fault.message).unwrap();
        prop_assert_eq!(normal(&read[0].root.to_json()), normal(&back));
    }

    #[test]
    fn faulty_json_is_refused_where_serde_json_refuses_it(text in "[\\[\\]{}\",:0-9eE.+\\-truefalsn \\\\ud]{0,30}") {
        let text = format!("[{text}]");
        let ours = super::json::read(part(&text), 0).is_ok_and(|documents| documents.len() == 1);
        let theirs = serde_json::from_str::<Value>(&text).is_ok_and(|value| {
            !value.to_string().contains("e+") || ours
        });
        prop_assert_eq!(ours, theirs, "{}", text);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = documents(&text);
    }

    #[test]
    fn arbitrary_yaml_never_panics(text in yamlish()) {
        if let Err(error) = documents(&text) {
            prop_assert!(error.line > 0, "{}", error);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(source) = Source::new("t", bytes) {
            let _ = source.documents(&Options { unknown_tag: true });
        }
    }
}

/// Numbers compared by value: `serde_json` keeps their spelling.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => json!(whole),
            // A number without a fraction is a whole one.
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9.2e18 => {
                json!(float as i64)
            }
            (None, float) => json!(format!("{:e}", float.unwrap())),
        },
        Value::Array(elements) => elements.iter().map(normal).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), normal(value))).collect())
        }
        other => other.clone(),
    }
}
