//! The `cel` crate's own interpreter as an oracle, over a generated subset that it has.

use cel::{Context, Program};
use proptest::prelude::*;

use super::*;

/// Expressions of type int, string, bool and list, so that most evaluate.
fn integer() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-5_i64..20).prop_map(|number| format!("({number})")),
        prop::sample::select(vec![
            "i",
            "j",
            "m.a",
            "m.b.c",
            "size(s)",
            "l.size()",
            "l[1]",
            "9223372036854775807"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let pair = (inner.clone(), inner);
        (pair, prop::sample::select(vec!["+", "-", "*", "/", "%"]))
            .prop_map(|((left, right), operator)| format!("({left} {operator} {right})"))
    })
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    let leaf = prop::sample::select(vec!["s", "m.t", "''", "'abc'", "'b'", "k[0]"])
        .prop_map(str::to_owned);
    leaf.prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), inner).prop_map(|(left, right)| format!("({left} + {right})"))
    })
    .boxed()
}

fn truth() -> BoxedStrategy<String> {
    let compare = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "t",
            "has(m.a)",
            "has(m.z)",
            "m.z == 1",
            "'a' in m",
            "2 in l",
            "i in l",
            "l == [1, 2, 3]",
            "m.b == {'c': 4}",
            "l.map(x, x * 2) == [2, 4, 6]",
            "l.filter(x, x > i) == [3]",
        ])
        .prop_map(str::to_owned),
        (integer(), compare.clone(), integer())
            .prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
        (text(), compare, text()).prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
        (text(), prop::sample::select(vec!["contains", "startsWith", "endsWith"]), text())
            .prop_map(|(a, function, b)| format!("{a}.{function}({b})")),
        text().prop_map(|a| format!("{a}.matches('^a.*c$')")),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| format!("({left} && {right})")),
            pair.clone().prop_map(|(left, right)| format!("({left} || {right})")),
            inner.clone().prop_map(|operand| format!("!({operand})")),
            (inner.clone(), pair).prop_map(|(is, (yes, no))| format!("({is} ? {yes} : {no})")),
            inner.clone().prop_map(|body| format!("l.all(x, x < 3 || ({body}))")),
            inner.clone().prop_map(|body| format!("l.exists(x, x == 2 && ({body}))")),
            inner.prop_map(|body| format!("k.exists_one(x, x == 'abc' && ({body}))")),
        ]
    })
    .boxed()
}

const VARIABLES: &str = r#"{
    "i": 2, "j": -7, "t": true, "s": "abc", "l": [1, 2, 3], "k": ["abc", "b"],
    "m": {"a": 3, "b": {"c": 4}, "t": "bc"}
}"#;

fn theirs(source: &str) -> Result<bool, String> {
    use cel::Value as Theirs;
    let mut context = Context::default();
    let list = |items: Vec<Theirs>| Theirs::List(items.into());
    let map = |entries: Vec<(&str, Theirs)>| {
        let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
        Theirs::from(entries.collect::<std::collections::HashMap<String, Theirs>>())
    };
    let inner = map(vec![("c", Theirs::Int(4))]);
    let text = |text: &str| Theirs::String(text.to_owned().into());
    for (name, value) in [
        ("i", Theirs::Int(2)),
        ("j", Theirs::Int(-7)),
        ("t", Theirs::Bool(true)),
        ("s", text("abc")),
        ("l", list(vec![Theirs::Int(1), Theirs::Int(2), Theirs::Int(3)])),
        ("k", list(vec![text("abc"), text("b")])),
        ("m", map(vec![("a", Theirs::Int(3)), ("b", inner), ("t", text("bc"))])),
    ] {
        context.add_variable_from_value(name, value);
    }
    let program = Program::compile(source).map_err(|error| error.to_string())?;
    match program.execute(&context).map_err(|error| error.to_string())? {
        Theirs::Bool(truth) => Ok(truth),
        other => Err(format!("{other:?}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn both_interpreters_agree(source in truth()) {
        let ours = evaluate_over(&source, VARIABLES);
        match theirs(&source) {
            Ok(truth) => prop_assert_eq!(ours, Ok(truth.to_string()), "{}", source),
            Err(error) => prop_assert!(ours.is_err(), "{}: {} against {:?}", source, error, ours),
        }
    }
}
