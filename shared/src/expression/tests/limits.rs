//! No input makes the engine panic, hang or take memory without bound.

use proptest::prelude::*;

use super::*;

fn cost_of(source: &str, limit: u64) -> (Result<String, String>, u64) {
    let expression = Expression::compile(source, &Scope::new()).unwrap();
    let arena = Arena::new();
    let mut cost = Cost::limit(limit);
    let result = expression.evaluate(&Bindings::default(), &arena, &mut cost);
    (result.map(|value| value.to_string()).map_err(|error| error.message), cost.spent())
}

#[test]
fn a_spent_budget_is_an_error_that_nothing_absorbs() {
    let square = "lists.range(100).all(a, lists.range(100).all(b, a + b >= 0))";
    let (result, spent) = cost_of(square, Cost::DEFAULT);
    assert_eq!(result, Ok("true".to_owned()));
    assert!((10_000..200_000).contains(&spent), "{spent}");
    let error = Err("the expression costs more than it may".to_owned());
    assert_eq!(cost_of(square, 10_000), (error.clone(), 10_000));
    assert_eq!(cost_of(&format!("{square} || true"), 10_000).0, error);
    assert_eq!(cost_of(&format!("!({square}) && false"), 10_000).0, error);
    assert_eq!(cost_of(&format!("[1].exists(x, {square}) || true"), 10_000).0, error);
    assert_eq!(cost_of("lists.range(9223372036854775807).size()", Cost::DEFAULT).0, error);
}

#[test]
fn what_grows_costs() {
    // Each level makes the text six times as long, so that eleven levels would be gigabytes.
    for step in [
        "v + v + v + v + v + v",
        "[v, v, v, v, v, v].join()",
        "'%s%s%s%s%s%s'.format([v, v, v, v, v, v])",
        "'%x%x%x'.format([v, v, v])",
        "v.replace('0', '000000').replace('1', '111111').replace('3', '333333')",
        "v.replace('', v.substring(0, 6))",
        "strings.quote(v + v + v + v + v + v)",
        "base64.encode(bytes(v + v + v + v + v))",
        "string([v, v, v, v, v, v].join() + v)",
        "url('/a' + [v, v, v, v, v, v].join('%20')).getEscapedPath()",
        "v.split('').map(c, c + '01234').join()",
    ] {
        let grown = (0..11).fold("'0123456789abcdef'".to_owned(), |inner, level| {
            let step = step.replace('v', &format!("v{level}"));
            format!("cel.bind(v{level}, {inner}, {step})")
        });
        let arena = Arena::new();
        let expression = Expression::compile(&grown, &Scope::new())
            .unwrap_or_else(|errors| panic!("{grown}: {errors:?}"));
        let result = expression.evaluate(&Bindings::default(), &arena, &mut Cost::default());
        assert_eq!(result.unwrap_err().message, "the expression costs more than it may", "{step}");
        assert!(arena.allocated_bytes() < 64 << 20, "{step}: {}", arena.allocated_bytes());
    }
}

#[test]
fn odd_arguments_are_answered() {
    for (source, expected) in [
        ("'%.99999f'.format([1.0])", "error: `%.` takes a number of digits up to 100"),
        ("'%.100f'.format([1e300]).size()", "402"),
        ("lists.range(-1).size()", "0"),
        ("math.abs(-9223372036854775807 - 1)", "error: the result does not fit 64 bits"),
        ("math.bitShiftLeft(1, 9223372036854775807)", "0"),
        ("quantity('1e2147483647').compareTo(quantity('-1e-2147483647'))", "1"),
        ("quantity('0e2147483647').asInteger()", "0"),
        ("quantity('1e2147483647').asApproximateFloat() > 1e300", "true"),
        (
            "quantity('1e2147483647').add(quantity('1n'))",
            "error: the result has more digits than a quantity can hold",
        ),
        ("timestamp('9999-12-31T23:59:59Z').getFullYear('+23:59')", "10000"),
        ("string(timestamp(0) + duration('2562047h'))", "\"2262-04-11T23:00:00Z\""),
        ("[[[[[[[[1]]]]]]]].flatten(9223372036854775807)", "[1]"),
        ("'a'.findAll('', 9223372036854775807).size()", "2"),
    ] {
        let answer = evaluate(source).unwrap_or_else(|error| format!("error: {error}"));
        assert_eq!(answer, expected, "{source}");
    }
}

#[test]
fn large_maps_cost_more_to_compare() {
    let entries = (0..2_000).map(|key| format!("\"k{key}\":{key}")).collect::<Vec<_>>().join(",");
    let variables = format!("{{\"a\":{{{entries}}},\"b\":{{{entries}}}}}");
    assert_eq!(evaluate_over("a == b", &variables), Ok("true".to_owned()));
    let entries = (0..20_000).map(|key| format!("\"k{key}\":{key}")).collect::<Vec<_>>().join(",");
    let variables = format!("{{\"a\":{{{entries}}},\"b\":{{{entries}}}}}");
    assert_eq!(
        evaluate_over("a == b", &variables),
        Err("the expression costs more than it may".to_owned())
    );
}

#[test]
fn deep_and_long_sources_are_refused() {
    let refused = |source: &str| messages(&Expression::compile(source, &Scope::new()).unwrap_err());
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Expression::compile(&nested(60), &Scope::new()).is_ok());
    assert!(!refused(&nested(90)).is_empty());
    assert!(!refused(&nested(4_000)).is_empty());
    assert!(!refused(&"(".repeat(8_000)).is_empty());
    assert_eq!(
        refused(&format!("1{}", " + 1".repeat(500))),
        "the expression is nested deeper than 64 levels"
    );
    assert_eq!(
        refused(&format!("a{}", ".a".repeat(4_000))),
        "the expression is nested deeper than 64 levels"
    );
    assert!(Expression::compile(&format!("true{}", " && true".repeat(500)), &Scope::new()).is_ok());
    assert_eq!(refused(&"1".repeat(10_000)), "the expression is longer than 8192 bytes");
    assert_eq!(
        refused("'a'.matches('(a{1000}){1000}')"),
        "the regular expression `(a{1000}){1000}` is too large"
    );
    let bound = (0..20).fold("1".to_owned(), |inner, level| format!("[1].map(v{level}, {inner})"));
    assert!(refused(&bound).contains("more than 12 variables are bound inside each other"));
}

#[test]
fn evaluating_what_compiles_needs_little_stack() {
    let deep = (0..12).fold("true".to_owned(), |inner, level| {
        format!("[{{'a': [1]}}].all(v{level}, v{level}.a[0] == 1 && ({inner} ? true : false))")
    });
    let arithmetic = format!("{}1{} == 1", "(1 * ".repeat(55), ")".repeat(55));
    for source in [deep, arithmetic] {
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        let evaluated = thread.spawn(move || evaluate(&source)).unwrap().join().unwrap();
        assert_eq!(evaluated, Ok("true".to_owned()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_the_compiler_panic(source in ".{0,60}") {
        let _ = evaluate(&source);
    }

    #[test]
    fn nearly_expressions_make_nothing_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "b", ".", ".?", "[", "]", "[?", "(", ")", "{", "}", ":", ",", "?", "&&", "||", "!", "-", "+", "/",
            "%", "==", "in", "<", "1", "-9223372036854775808", "1u", "1.5", "'x'", "b'x'", "true", "null", "has(",
            ".all(x, ", ".map(x, ", "x", ".orValue(", "matches", "size(", "image(", "int(", "e", "é", "\n", "//",
        ]), 0..14),
    ) {
        let _ = evaluate_over(&words.join(" "), r#"{"a": {"b": [1, "unknown"]}, "b": "unknown"}"#);
    }
}

#[test]
fn conditions_within_conditions_are_looked_at_only_so_far() {
    let scope = Scope::new().kubernetes();
    // Each level would double the work if what is below it were looked at twice.
    let alternating = (0..28).fold("pod.hostPID".to_owned(), |inner, level| {
        let operator = if level % 2 == 0 { "&&" } else { "||" };
        format!("({inner} {operator} pod.hostIPC)")
    });
    let errors = Expression::compile_bool(&alternating, &scope).unwrap_err();
    assert!((1..=29).contains(&errors.len()), "{}", errors.len());
    let chosen = (0..28).fold("has(pod.hostPID)".to_owned(), |inner, _| {
        format!("({inner} ? has(pod.hostIPC) : has(pod.hostUsers))")
    });
    assert!(Expression::compile_bool(&format!("{chosen} && has(pod.os)"), &scope).is_ok());
}
