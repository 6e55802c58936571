//! The table as a whole: every example is true, every entry is complete.

use super::*;
use crate::expression::{Bindings, Cost, Expression, Scope};
use crate::value::Arena;

#[test]
fn every_example_is_true() {
    for function in all().filter(|function| !function.example.is_empty()) {
        let expression = Expression::compile(function.example, &Scope::new())
            .unwrap_or_else(|errors| panic!("{function}: {} {errors:?}", function.example));
        let arena = Arena::new();
        let value = expression.evaluate(&Bindings::default(), &arena, &mut Cost::default());
        assert_eq!(value, Ok(Value::Bool(true)), "{function}: {}", function.example);
    }
}

#[test]
fn every_entry_is_documented() {
    for function in all() {
        assert!(!function.doc.is_empty(), "{function}");
        assert!(function.parameters.len() <= 5, "{function}");
        let mentions = function.example.contains(function.name.trim_matches('_'))
            || operator(function.name).is_some()
            || function.name == "effective";
        assert!(mentions, "{function}: {}", function.example);
    }
}

#[test]
fn no_overload_hides_another() {
    let all: Vec<_> = all().collect();
    for (position, function) in all.iter().enumerate() {
        let same = all.iter().skip(position + 1).find(|other| {
            other.name == function.name
                && other.is_member == function.is_member
                && other.parameters == function.parameters
        });
        assert!(same.is_none(), "{function} stands twice");
    }
}
