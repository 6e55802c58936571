//! Any text as an expression of a control: compiling and evaluating never panic, cost is bounded,
//! evaluating twice gives the same, and what is decided while inputs are unknown stays decided
//! once they are known.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use probity_catalog::{
    Arena, Value,
    expression::{Bindings, Cost, EvaluateError, Expression, Scope},
    shape::Type,
    value::read_json,
};

const POD: &str = include_str!("../../fixtures/reviews/pod-privileged.json");
const LIMIT: u64 = 200_000;

static SCOPES: LazyLock<[Scope; 2]> = LazyLock::new(|| {
    let common = || Scope::common(Type::Dyn);
    let pods = common().kubernetes().element("containers.all").expect("a collection of pods");
    [pods, common().terraform("probity_s3_bucket")]
});

fuzz_target!(|text: &str| {
    for scope in SCOPES.iter() {
        match Expression::compile(text, scope) {
            Ok(expression) => evaluate(&expression, scope),
            Err(errors) => {
                assert!(!errors.is_empty(), "refused without a word");
                for error in errors {
                    assert!(text.get(error.range.clone()).is_some(), "{error:?} lies outside");
                }
            }
        }
    }
});

fn evaluate(expression: &Expression, scope: &Scope) {
    let arena = Arena::new();
    let open = answer(expression, &bindings(scope, |_| Value::Unknown), &arena);
    let review = read_json(POD.as_bytes(), &arena).expect("a review");
    let known = bindings(scope, |name| variable(name, review));
    let first = answer(expression, &known, &arena);
    assert_eq!(first, answer(expression, &known, &arena), "the same, twice");
    if let (Ok((false, decided)), Ok((_, later))) = (&open, &first) {
        assert_eq!(decided, later, "what was decided with unknown inputs must stay");
    }
}

/// What an expression gives, and whether some of it is unknown.
fn answer<'a>(
    expression: &'a Expression,
    bindings: &Bindings<'a>,
    arena: &'a Arena,
) -> Result<(bool, String), EvaluateError> {
    let value = expression.evaluate(bindings, arena, &mut Cost::limit(LIMIT))?;
    Ok((value.has_unknown(), format!("{value:?}")))
}

fn bindings<'a>(scope: &Scope, value: impl Fn(&str) -> Value<'a>) -> Bindings<'a> {
    let mut bindings = scope.bindings();
    for name in scope.names() {
        bindings.set_named(scope, name, value(name));
    }
    bindings
}

fn variable<'a>(name: &str, review: Value<'a>) -> Value<'a> {
    let request = review.get("request").unwrap_or_default();
    let object = request.get("object").unwrap_or_default();
    let pod = object.get("spec").unwrap_or_default();
    match name {
        "object" | "resource" => object,
        "request" => request,
        "pod" => pod,
        "podMeta" => object.get("metadata").unwrap_or_default(),
        "c" => pod.get("containers").and_then(|list| list.index(0)).unwrap_or_default(),
        "environment" => Value::String("production"),
        "classification" => Value::String("confidential"),
        _ => Value::Null,
    }
}
