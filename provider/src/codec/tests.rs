//! Round trips of any value of any type, and hostile bytes.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::{json, msgpack};
use crate::schema::Type;
use crate::value::{Number, Value};

fn types() -> impl Strategy<Value = Type> {
    let leaf =
        prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic),];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("NaN is no number", |n| Number::from_f64(n).ok()),
        "-?[0-9]{1,50}(\\.[0-9]{1,50})?(e-?[0-9]{1,3})?".prop_map(|text| text.parse().unwrap()),
    ]
}

/// Any value of the type, with or without unknowns in it.
fn values(kind: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let set = match kind {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number if unknowns => numbers().prop_map(Value::Number).boxed(),
        Type::Number => numbers()
            .prop_filter("JSON has no infinities", |n| n.as_f64().is_finite())
            .prop_map(Value::Number)
            .boxed(),
        Type::String => any::<String>().prop_map(Value::from).boxed(),
        Type::List(element) => vec(values(element, unknowns), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(values(element, unknowns), 0..4).prop_map(Value::set_of).boxed(),
        Type::Map(element) => {
            btree_map(any::<String>(), values(element, unknowns), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(kinds) => kinds
            .iter()
            .map(|kind| values(kind, unknowns))
            .collect::<Vec<_>>()
            .prop_map(Value::Tuple)
            .boxed(),
        Type::Object(kinds) => {
            let names: Vec<String> = kinds.keys().cloned().collect();
            let fields: Vec<_> = kinds.values().map(|kind| values(kind, unknowns)).collect();
            fields
                .prop_map(move |fields| Value::object(names.clone().into_iter().zip(fields)))
                .boxed()
        }
        Type::Dynamic => any::<String>()
            .prop_map(|text| Value::Dynamic(Box::new(Type::String), Box::new(text.into())))
            .boxed(),
    };
    let weight = u32::from(unknowns);
    prop_oneof![8 => set, 1 => Just(Value::Null), weight => Just(Value::Unknown)].boxed()
}

fn typed_values(unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |kind| {
        let values = values(&kind, unknowns);
        (Just(kind), values)
    })
}

proptest! {
    #[test]
    fn every_value_survives_messagepack((kind, value) in typed_values(true)) {
        let bytes = msgpack::encode(&value, &kind).unwrap();
        prop_assert_eq!(msgpack::decode(&bytes, &kind).unwrap(), value);
    }

    #[test]
    fn every_known_value_survives_json((kind, value) in typed_values(false)) {
        let text = json::to_json(&value).unwrap().to_string();
        prop_assert_eq!(json::decode(text.as_bytes(), &kind).unwrap(), value);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(kind in types(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = msgpack::decode(&bytes, &kind);
        let _ = json::decode(&bytes, &kind);
    }

    #[test]
    fn a_damaged_message_never_panics(
        (kind, value) in typed_values(true),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = msgpack::encode(&value, &kind).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = msgpack::decode(&bytes, &kind);
        bytes.truncate(place);
        prop_assert!(msgpack::decode(&bytes, &kind).is_err());
    }

    #[test]
    fn every_type_survives_json(kind in types()) {
        prop_assert_eq!(Type::from_json(&kind.to_json()).unwrap(), kind);
    }
}

#[test]
fn unknown_is_written_as_three_bytes_and_read_from_any_extension() {
    assert_eq!(msgpack::encode(&Value::Unknown, &Type::String).unwrap(), [0xd4, 0, 0]);
    // Not null, with the prefix "arn:": a refinement under code 12.
    let refined = b"\xc7\x08\x0c\x82\x01\xc2\x02\xa4arn:";
    let wrong_length = msgpack::decode(refined, &Type::String);
    assert!(wrong_length.is_err(), "the body has 9 bytes");
    let refined = b"\xc7\x09\x0c\x82\x01\xc2\x02\xa4arn:";
    for (bytes, kind) in [
        (&refined[..], Type::String),
        (b"\xd4\x00\x00", Type::list(Type::Bool)),
        (b"\xc7\x00\x00", Type::object([("a", Type::Number)])),
        (b"\xd8\x05aaaaaaaaaaaaaaaa", Type::Dynamic),
        (b"\xc8\x00\x01\x0ca", Type::map(Type::String)),
    ] {
        assert_eq!(msgpack::decode(bytes, &kind), Ok(Value::Unknown), "{bytes:?}");
    }
}

#[test]
fn numbers_are_read_from_every_width() {
    for (bytes, text) in [
        (&b"\x07"[..], "7"),
        (b"\xff", "-1"),
        (b"\xd0\x80", "-128"),
        (b"\xd1\x80\x00", "-32768"),
        (b"\xd2\x80\x00\x00\x00", "-2147483648"),
        (b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808"),
        (b"\xcc\xff", "255"),
        (b"\xcd\xff\xff", "65535"),
        (b"\xce\xff\xff\xff\xff", "4294967295"),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        (b"\xca\x3f\x00\x00\x00", "0.5"),
        (b"\xcb\x40\x00\x00\x00\x00\x00\x00\x00", "2"),
        (b"\xa41e40", "10000000000000000000000000000000000000000"),
    ] {
        let expected = Value::Number(text.parse().unwrap());
        assert_eq!(msgpack::decode(bytes, &Type::Number), Ok(expected), "{text}");
    }
    assert!(msgpack::decode(b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", &Type::Number).is_err());
}

#[test]
fn errors_name_the_place() {
    let kind = Type::object([("rules", Type::list(Type::object([("days", Type::Number)])))]);
    let bytes = b"\x81\xa5rules\x92\x81\xa4days\x01\x81\xa4days\xc3";
    let error = msgpack::decode(bytes, &kind).unwrap_err();
    assert_eq!(error.to_string(), "`rules[1].days`: a number is required, found a bool");

    let error = msgpack::decode(b"\x80", &kind).unwrap_err();
    assert_eq!(error.to_string(), "lacks the attribute `rules`");
    let error = msgpack::decode(b"\x81\xa1x\x01", &kind).unwrap_err();
    assert_eq!(error.to_string(), "has an unknown attribute `x`");
    let error = json::decode(br#"{"rules":[{"days":[]}]}"#, &kind).unwrap_err();
    assert_eq!(error.to_string(), "`rules[0].days`: a number is required, found an array");
    assert!(msgpack::decode(b"\x81\xa5rules\xc0\x00", &kind).is_err(), "trailing byte");
    assert!(msgpack::decode(b"\xa2\xff\xfe", &Type::String).is_err(), "not UTF-8");
    assert!(
        msgpack::decode(b"\x82\xa1a\x01\xa1a\x01", &Type::map(Type::Number)).is_err(),
        "repeated key"
    );
}

#[test]
fn nesting_without_end_is_refused() {
    // A dynamic value whose type is dynamic again, as deep as the bytes go.
    let mut bytes = Vec::new();
    for _ in 0..100_000 {
        bytes.extend_from_slice(b"\x92\xc4\x09\"dynamic\"");
    }
    let error = msgpack::decode(&bytes, &Type::Dynamic).unwrap_err();
    assert_eq!(error.to_string(), "is nested too deeply");
    let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(json::decode(json.as_bytes(), &Type::Dynamic).is_err());
}

#[test]
fn old_states_are_read_leniently() {
    let kind = Type::object([("flag", Type::Bool), ("count", Type::Number), ("new", Type::String)]);
    let value = json::decode(br#"{"flag":"true","count":"7","gone":[1]}"#, &kind).unwrap();
    assert_eq!(value.get("flag").as_bool(), Some(true));
    assert_eq!(value.get("count").as_i64(), Some(7));
    assert!(value.get("new").is_null());
    assert!(value.entries().all(|(name, _)| name != "gone"));
    let number = json::decode(b"123456789012345678901234567890.5", &Type::Number).unwrap();
    let exact = "123456789012345678901234567890.5".parse().unwrap();
    assert_eq!(number, Value::Number(exact));
}
