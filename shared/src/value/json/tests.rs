//! The JSON reader against `serde_json`, and what it refuses.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

fn read(text: &str) -> Result<Json, JsonError> {
    let arena = Arena::new();
    read_json(text.as_bytes(), &arena).map(|value| value.to_json())
}

fn problem(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn reads_what_serde_json_reads() {
    for text in [
        "null",
        " [ ] ",
        "{}",
        "[1, -2, 3.5, 1e3, -0.0, 9223372036854775807]",
        r#""a\u00e9\n""#,
        r#"{"a": {"b": [true, false, null]}, "c": "d"}"#,
        r#""\ud83d\ude00""#,
        "\"ünïcödé → 🦀\"",
        r#""\"\\\/\b\f\n\r\t""#,
        "[[[[]]]]",
    ] {
        let arena = Arena::new();
        let ours = read_json(text.as_bytes(), &arena).unwrap();
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(ours, Value::from_json(&json, &arena), "{text}");
    }
}

#[test]
fn strings_without_escapes_are_borrowed() {
    let text = r#"["plain","esc\taped"]"#;
    let arena = Arena::new();
    let value = read_json(text.as_bytes(), &arena).unwrap();
    let Some(Value::String(plain)) = value.index(0) else { panic!("a string") };
    assert!(text.as_bytes().as_ptr_range().contains(&plain.as_ptr()));
    assert_eq!(value.index(1), Some(Value::String("esc\taped")));
}

#[test]
fn integers_beyond_64_bits_become_doubles() {
    let arena = Arena::new();
    assert_eq!(read_json(b"9223372036854775807", &arena), Ok(Value::Int(i64::MAX)));
    assert!(matches!(read_json(b"9223372036854775808", &arena), Ok(Value::Double(_))));
    assert!(matches!(read_json(b"1.0", &arena), Ok(Value::Double(_))));
    assert_eq!(problem("1e999"), "line 1, column 1: number out of range");
}

#[test]
fn refuses_what_could_be_read_in_two_ways() {
    assert_eq!(
        problem("{\n  \"a\": 1,\n  \"a\": 2}"),
        "line 3, column 3: the key \"a\" stands twice in one object"
    );
    assert_eq!(problem("1 2"), "line 1, column 3: something follows the document");
    assert_eq!(problem(r#""\ud800""#), "line 1, column 8: half of a surrogate pair in a string");
    assert_eq!(problem(r#"{"a"}"#), "line 1, column 5: expected `:`");
    assert_eq!(problem("[1,]"), "line 1, column 4: expected a value");
    assert_eq!(problem("{\"a\":1,}"), "line 1, column 8: expected a key in quotes");
    assert_eq!(problem("01"), "line 1, column 1: not a number");
    assert_eq!(
        problem("\"a\nb\""),
        "line 1, column 3: a control character in a string must be escaped"
    );
    assert_eq!(problem("[\"é\" x]"), "line 1, column 6: expected `,` or `]`");
    assert_eq!(problem("[1"), "line 1, column 3: the text ends too early");
    let arena = Arena::new();
    assert_eq!(
        read_json(b"\"\xff\"", &arena).unwrap_err().to_string(),
        "line 1, column 2: not UTF-8"
    );
}

#[test]
fn finds_duplicates_in_large_objects() {
    let keys = (0..100).map(|number| format!("\"k{number}\":0")).collect::<Vec<_>>().join(",");
    assert!(read(&format!("{{{keys}}}")).is_ok());
    assert!(problem(&format!("{{{keys},\"k42\":1}}")).contains("\"k42\" stands twice"));
    assert!(problem(&format!("{{{keys},\"k4\\u0032\":1}}")).contains("\"k42\" stands twice"));
}

#[test]
fn bounds_the_depth() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert!(problem(&nested(MAX_DEPTH + 1)).contains("nested deeper than 128 levels"));
    assert!(problem(&"[".repeat(100_000)).contains("nested deeper"));
}

/// Any JSON, as serde sees it.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|number| Json::Number(number.into())),
        any::<f64>().prop_filter_map("finite", serde_json::Number::from_f64).prop_map(Json::Number),
        any::<String>().prop_map(Json::String),
        "[a-z\"\\\\\n é🦀]{0,20}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Json::Array),
            prop::collection::vec(("[a-z]{0,3}|.{0,12}", inner), 0..20)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn agrees_with_serde_json(json in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
        let text = text.unwrap();
        let arena = Arena::new();
        let ours = read_json(text.as_bytes(), &arena).unwrap();
        prop_assert_eq!(ours, Value::from_json(&json, &arena));
        let again: Json = serde_json::from_str(&ours.to_json().to_string()).unwrap();
        prop_assert_eq!(ours, Value::from_json(&again, &arena));
    }

    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let arena = Arena::new();
        let _ = read_json(&bytes, &arena);
    }

    /// Texts that are nearly JSON: what we accept, serde_json accepts, with the same meaning.
    #[test]
    fn accepts_no_more_than_serde_json(text in r#"[\[\]{}",:\\ 0-9eE.+\-tfnulraes]{0,24}"#) {
        let arena = Arena::new();
        if let Ok(ours) = read_json(text.as_bytes(), &arena) {
            let json: Json = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(ours, Value::from_json(&json, &arena));
        }
    }

    #[test]
    fn cutting_a_document_is_an_error(json in json(), cut in 0.0_f64..1.0) {
        let text = serde_json::to_string(&Json::Array(vec![json])).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let end = (text.len() as f64 * cut) as usize;
        let arena = Arena::new();
        prop_assert!(read_json(&text.as_bytes()[..end], &arena).is_err());
    }
}
