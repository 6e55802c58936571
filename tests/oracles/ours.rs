//! Our own engine, asked over the variables that every oracle gets.

use probity_catalog::{
    Arena, Value,
    expression::{Cost, Expression, Scope},
    shape::Type,
    value::read_json,
};

use crate::Answer;

/// The variables, by name.
pub const VARIABLES: &str = r#"{
    "i": 2, "j": -7, "d": 0.5, "t": true, "s": "abc", "u": "a-b c",
    "l": [1, 2, 3], "k": ["b", "a", "c"], "m": {"a": 3, "b": {"c": 4}, "t": "bc"}
}"#;

/// What we answer.
pub fn ours(source: &str) -> Answer {
    let arena = Arena::new();
    let Ok(Value::Map(entries)) = read_json(VARIABLES.as_bytes(), &arena) else {
        panic!("the variables are no object");
    };
    let names = entries.iter().map(|(name, _)| *name);
    let scope = names.fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
    let mut bindings = scope.bindings();
    for (name, value) in entries {
        assert!(bindings.set_named(&scope, name, *value));
    }
    let expression = match Expression::compile(source, &scope) {
        Ok(expression) => expression,
        Err(errors) => {
            let words = errors.iter().map(|error| error.message.as_str());
            return Answer::Refused(words.collect::<Vec<_>>().join("; "));
        }
    };
    match expression.evaluate(&bindings, &arena, &mut Cost::default()) {
        Ok(value) => Answer::Value(value.to_json().to_string()),
        Err(error) => Answer::Error(error.message),
    }
}
