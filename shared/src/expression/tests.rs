//! The engine's tests: the official conformance cases, what is refused at load time, three-valued
//! logic and its laws over the whole table of functions, limits. `tests/oracles` asks other interpreters.

mod conformance;
mod generated;
mod guarding;
mod laws;
mod limits;
mod loading;
mod parsing;
mod reading;
mod sharing;
mod table;
mod unknowns;
mod variables;

use super::*;
use crate::value::read_json;

/// Evaluates a source over the fields of a JSON object as variables; the text `unknown` in it
/// stands for an unknown value.
fn evaluate_over(source: &str, variables: &str) -> Result<String, String> {
    let arena = Arena::new();
    let Ok(Value::Map(entries)) = read_json(variables.as_bytes(), &arena) else {
        panic!("{variables} is no object");
    };
    let names = entries.iter().map(|(name, _)| *name);
    let scope = names.fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
    let mut bindings = scope.bindings();
    for (name, value) in entries {
        assert!(bindings.set_named(&scope, name, with_unknowns(*value, &arena)));
    }
    let expression = Expression::compile(source, &scope).map_err(|errors| messages(&errors))?;
    let value = expression.evaluate(&bindings, &arena, &mut Cost::default());
    value.map(|value| value.to_string()).map_err(|error| error.message)
}

/// Evaluates a source without variables.
fn evaluate(source: &str) -> Result<String, String> {
    evaluate_over(source, "{}")
}

fn messages(errors: &[CompileError]) -> String {
    errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn with_unknowns<'a>(value: Value<'a>, arena: &'a Arena) -> Value<'a> {
    match value {
        Value::String("unknown") => Value::Unknown,
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| with_unknowns(*item, arena)).collect();
            Value::List(arena.alloc_slice_copy(&items))
        }
        Value::Map(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, item)| (*key, with_unknowns(*item, arena))).collect();
            Value::Map(arena.alloc_slice_copy(&entries))
        }
        other => other,
    }
}

/// What a control sees: a pod and one of its containers, a bucket, parameters.
fn of_controls() -> Scope {
    let parameters = [
        ("allowed_regions", Type::list(Type::String)),
        ("rotation_days", Type::Int),
        ("unset", Type::Int.nullable()),
    ];
    Scope::common(Type::object("params", "parameter", parameters))
        .kubernetes()
        .terraform("probity_s3_bucket")
        .element("containers.all")
        .unwrap()
}

/// What is said of a condition that does not compile: the part of the source that it is about, the
/// message and the way out.
fn refusals(source: &str) -> Vec<(String, String, String)> {
    let errors = Expression::compile_bool(source, &of_controls()).err().unwrap_or_default();
    let shown = |error: CompileError| {
        let place = source.get(error.range.clone()).unwrap_or_default().to_owned();
        (place, error.message, error.help.unwrap_or_default())
    };
    errors.into_iter().map(shown).collect()
}

#[track_caller]
fn accepted(source: &str) {
    assert_eq!(refusals(source), [], "{source}");
}

#[track_caller]
fn refused(source: &str, place: &str, message: &str, help: &str) {
    let expected = [(place.to_owned(), message.to_owned(), help.to_owned())];
    assert_eq!(refusals(source), expected, "{source}");
}
