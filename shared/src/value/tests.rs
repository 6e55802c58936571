//! Values: paths, equality, order, conversions.

use proptest::prelude::*;

use super::*;

fn read<'a>(text: &'a str, arena: &'a Arena) -> Value<'a> {
    read_json(text.as_bytes(), arena).unwrap()
}

#[test]
fn a_value_is_small() {
    assert!(size_of::<Value<'_>>() <= 24);
    assert!(size_of::<Option<Value<'_>>>() <= 24);
    assert!(size_of::<Result<Value<'_>, &str>>() <= 24);
}

#[test]
fn looks_up_paths() {
    let arena = Arena::new();
    let pod = read(
        r#"{"metadata": {"labels": {"a.b/c": "x"}}, "spec": {"containers": [{"image": "i"}]}}"#,
        &arena,
    );
    let at = |path: &str| pod.lookup(&Path::parse(path).unwrap());
    assert_eq!(at("spec.containers[0].image"), Some(Value::String("i")));
    assert_eq!(at(r#"metadata.labels["a.b/c"]"#), Some(Value::String("x")));
    assert_eq!(at("spec.containers[1].image"), None);
    assert_eq!(at("spec.image"), None);
    assert_eq!(at(""), Some(pod));
    assert_eq!(Value::Unknown.lookup(&Path::parse("a[3].b").unwrap()), Some(Value::Unknown));
}

#[test]
fn paths_are_shown_and_pointed() {
    let path = Path::root().field("spec").field("containers").index(0).field("image");
    assert_eq!(path.to_string(), "spec.containers[0].image");
    assert_eq!(path.to_pointer(), "/spec/containers/0/image");
    let path = Path::root().field("metadata").field("labels").field("a.b/c~d");
    assert_eq!(path.to_string(), r#"metadata.labels["a.b/c~d"]"#);
    assert_eq!(path.to_pointer(), "/metadata/labels/a.b~1c~0d");
    assert!(path.starts_with(&path.parent().unwrap()));
    for wrong in ["a..b", ".a", "a.", "[x]", "a[1", "a[\"b", "a]b"] {
        assert!(Path::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn numbers_are_equal_and_ordered_across_kinds() {
    let equal = |a: Value<'_>, b: Value<'_>| a.equals(&b) == Some(true);
    assert!(equal(Value::Int(1), Value::Double(1.0)));
    assert!(equal(Value::Uint(1), Value::Int(1)));
    assert!(!equal(Value::Int(-1), Value::Uint(u64::MAX)));
    assert!(!equal(Value::Double(f64::NAN), Value::Double(f64::NAN)));
    assert!(!equal(Value::Int(1), Value::String("1")));
    let order = |a: Value<'_>, b: Value<'_>| a.compare(&b);
    assert_eq!(order(Value::Int(1), Value::Double(1.5)), Some(Ordering::Less));
    assert_eq!(order(Value::Int(-1), Value::Double(-1.5)), Some(Ordering::Greater));
    assert_eq!(order(Value::Double(f64::INFINITY), Value::Uint(u64::MAX)), Some(Ordering::Greater));
    assert_eq!(order(Value::Double(f64::NAN), Value::Int(1)), None);
    assert_eq!(order(Value::Int(1), Value::String("1")), None);
}

#[test]
fn an_unknown_part_leaves_equality_open_unless_another_part_decides() {
    let known = [Value::Int(1), Value::Int(2)];
    let open = [Value::Int(1), Value::Unknown];
    let other = [Value::Int(3), Value::Unknown];
    assert_eq!(Value::List(&known).equals(&Value::List(&open)), None);
    assert_eq!(Value::List(&known).equals(&Value::List(&other)), Some(false));
    assert_eq!(Value::Unknown.equals(&Value::Unknown), None);
    let (a, b) = ([("a", Value::Unknown)], [("b", Value::Unknown)]);
    assert_eq!(Value::Map(&a).equals(&Value::Map(&b)), Some(false));
    assert!(Value::List(&open).has_unknown());
}

#[test]
fn maps_are_equal_whatever_their_order() {
    let arena = Arena::new();
    let a = read(r#"{"x": 1, "y": [2]}"#, &arena);
    let b = read(r#"{"y": [2.0], "x": 1}"#, &arena);
    assert_eq!(a, b);
    assert_ne!(a, read(r#"{"x": 1, "z": [2]}"#, &arena));
    let keys = [(Value::String("x"), Value::Int(1)), (Value::Int(3), Value::Null)];
    assert_eq!(Value::Dictionary(&keys).get("x"), Some(Value::Int(1)));
}

#[test]
fn values_are_shown_compactly() {
    let arena = Arena::new();
    let shown = |text: &'static str| read(text, &arena).to_string();
    assert_eq!(shown(r#""nginx:latest""#), r#""nginx:latest""#);
    assert_eq!(
        shown(r#"["NET_ADMIN", 1, true, null, 2.5]"#),
        r#"["NET_ADMIN", 1, true, null, 2.5]"#
    );
    assert_eq!(shown(r#"{"a": {"b": []}}"#), r#"{"a": {"b": []}}"#);
    assert_eq!(Value::String("a\u{202e}b\u{0}\n").to_string(), r#""a\u{202e}b\u{0}\n""#);
    let long = "x".repeat(1000);
    assert_eq!(Value::String(&long).to_string().chars().count(), 200);
    assert!(Value::String(&long).to_string().ends_with('…'));
}

/// What the standard says, by the tables of another crate.
#[test]
fn what_has_no_form_of_its_own_is_hidden() {
    let by_the_standard = regex::Regex::new(
        r"[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\x{fff9}-\x{fffb}]",
    )
    .unwrap();
    let mut buffer = [0; 4];
    for character in '\0'..=char::MAX {
        let text: &str = character.encode_utf8(&mut buffer);
        assert_eq!(is_hidden(character), by_the_standard.is_match(text), "{character:?}");
    }
    // What else counts as a format has a form, but for what only lays out hieroglyphs.
    let format = regex::Regex::new(r"[\p{Cf}--\x{13430}-\x{1343f}]").unwrap();
    let shown: String = ('\0'..=char::MAX)
        .filter(|character| !is_hidden(*character) && format.is_match(&character.to_string()))
        .collect();
    assert_eq!(
        shown,
        "\u{600}\u{601}\u{602}\u{603}\u{604}\u{605}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{110bd}\u{110cd}"
    );
}

#[test]
fn what_is_hidden_is_written_out() {
    for (text, shown) in [
        ("nginx:latest", "nginx:latest"),
        ("Zahlungen für Çelik, 支払い, דואר", "Zahlungen für Çelik, 支払い, דואר"),
        ("a\r\n\tb\u{1b}[2J\u{9b}", "a\\r\\n\\tb\\u{1b}[2J\\u{9b}"),
        ("user\u{202e}nimda\u{2066}", "user\\u{202e}nimda\\u{2066}"),
        (
            "pay\u{200b}ments\u{ad}\u{3164}\u{e0041}\u{fe0f}",
            "pay\\u{200b}ments\\u{ad}\\u{3164}\\u{e0041}\\u{fe0f}",
        ),
    ] {
        assert_eq!(legible(text), shown);
        assert_eq!(Value::String(text).to_string(), format!("\"{shown}\""));
    }
}

proptest! {
    #[test]
    fn names_are_the_same_where_their_texts_are(a in "[ab]{0,20}", b in "[ab]{0,20}", at in 0..20_usize) {
        prop_assert_eq!(same_name(&a, &b), a == b);
        prop_assert!(same_name(&a, &a.clone()));
        // One letter makes the difference, wherever it stands.
        let other: String =
            a.char_indices().map(|(own, letter)| if own == at { 'c' } else { letter }).collect();
        prop_assert_eq!(same_name(&a, &other), a == other);
    }

    #[test]
    fn paths_are_read_as_they_are_shown(
        steps in prop::collection::vec(
            prop_oneof![
                any::<String>().prop_map(Segment::Field),
                "[a-z./\"\\\\\\[\\]]{1,6}".prop_map(Segment::Field),
                any::<usize>().prop_map(Segment::Index),
            ],
            0..6,
        )
    ) {
        let path: Path = steps.into_iter().collect();
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }
}
