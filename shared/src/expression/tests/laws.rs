//! Laws of three-valued logic, over generated expressions.

use proptest::prelude::*;

use super::*;

/// The variables of generated expressions. `a` to `d` are bools, `e` divides by zero, `l` is a
/// list of them.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// What a generated truth value may be.
pub(super) fn truth() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        Just(Value::Bool(true)),
        Just(Value::Bool(false)),
        Just(Value::Unknown),
        // Not a truth value: an error where one is needed.
        Just(Value::Int(0)),
    ]
}

pub(super) fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        Just("true".to_owned()),
        Just("false".to_owned()),
        Just("1 / 0 > 0".to_owned()),
        Just("has(m.x)".to_owned()),
        Just("m.x == 1".to_owned()),
        Just("m.?y.orValue(2) < 3".to_owned()),
        Just("cel.bind(x, b, a)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| format!("({left} && {right})")),
            pair.clone().prop_map(|(left, right)| format!("({left} || {right})")),
            pair.clone().prop_map(|(left, right)| format!("(({left}) == ({right}))")),
            inner.clone().prop_map(|operand| format!("!({operand})")),
            (inner.clone(), pair.clone())
                .prop_map(|(is, (yes, no))| format!("({is} ? {yes} : {no})")),
            pair.clone()
                .prop_map(|(left, right)| format!("[a, b, c].all(x, x || ({left}) && ({right}))")),
            pair.clone()
                .prop_map(|(left, right)| format!("[a, b].exists(x, x && ({left}) || ({right}))")),
            inner.clone().prop_map(|body| format!("[true, c].exists_one(x, x && ({body}))")),
            inner.clone().prop_map(|body| format!("[a, b].filter(x, {body}).size() == 2")),
            inner.clone().prop_map(|body| format!("[a, d].map(x, {body}) == [true, true]")),
            inner.prop_map(|body| format!("true in [{body}, d]")),
        ]
    })
}

/// What an evaluation gives; an error is `Err`.
fn run(source: &str, values: &[Value<'static>]) -> Result<Option<bool>, ()> {
    let names = NAMES.iter().chain(&["m"]);
    let scope = names.fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
    let arena = Arena::new();
    let mut bindings = scope.bindings();
    for (slot, value) in values.iter().take(4).enumerate() {
        bindings.set(Slot(slot), *value);
    }
    let fields = [("x", values[4]), ("y", values[5])];
    bindings.set(Slot(4), Value::Map(arena.alloc_slice_copy(&fields)));
    let expression = Expression::compile_with(source, &scope, Rigour::Lenient).unwrap();
    expression.evaluate_bool(&bindings, &arena, &mut Cost::default()).map_err(|_| ())
}

fn values() -> impl Strategy<Value = Vec<Value<'static>>> {
    prop::collection::vec(truth(), 6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn and_and_or_commute(left in expression(), right in expression(), values in values()) {
        for operator in ["&&", "||"] {
            let there = run(&format!("({left}) {operator} ({right})"), &values);
            let back = run(&format!("({right}) {operator} ({left})"), &values);
            prop_assert_eq!(there, back, "{} {} {}", left, operator, right);
        }
    }

    #[test]
    fn de_morgan(left in expression(), right in expression(), values in values()) {
        let outer = run(&format!("!(({left}) && ({right}))"), &values);
        let inner = run(&format!("!({left}) || !({right})"), &values);
        prop_assert_eq!(outer, inner, "{} {}", left, right);
    }

    /// What was decided stays so when an unknown becomes known, whatever it becomes.
    #[test]
    fn a_decided_answer_is_final(source in expression(), values in values(), known in values()) {
        if let Ok(Some(decided)) = run(&source, &values) {
            let filled: Vec<_> = values
                .iter()
                .zip(&known)
                .map(|(value, known)| if value.is_unknown() { *known } else { *value })
                .collect();
            prop_assert_eq!(run(&source, &filled), Ok(Some(decided)), "{} {:?} {:?}", source, values, filled);
        }
    }
}
