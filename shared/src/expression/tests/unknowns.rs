//! Three-valued evaluation, errors and absorption.

use super::*;

/// Variables: `u` is unknown, `m` a map with an unknown field, `l` a list with an unknown element.
const VARIABLES: &str = r#"{
    "t": true, "f": false, "n": null, "s": "text", "u": "unknown",
    "m": {"known": 1, "open": "unknown", "nil": null, "inner": {"a": 1}},
    "l": [1, "unknown", 3]
}"#;

fn assert_all(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let found =
            evaluate_over(source, VARIABLES).unwrap_or_else(|error| format!("error: {error}"));
        assert_eq!(&found, expected, "{source}");
    }
}

#[test]
fn logic_is_three_valued() {
    assert_all(&[
        ("f && u", "false"),
        ("u && f", "false"),
        ("t && u", "unknown"),
        ("u && u", "unknown"),
        ("t || u", "true"),
        ("u || t", "true"),
        ("f || u", "unknown"),
        ("!u", "unknown"),
        ("u ? 1 : 2", "unknown"),
        ("t ? 1 : u", "1"),
        ("t ? u : 1", "unknown"),
        ("u && (1 / 0 > 0)", "unknown"),
        ("(1 / 0 > 0) || u", "unknown"),
    ]);
}

#[test]
fn unknowns_pass_through_everything_else() {
    assert_all(&[
        ("u == 1", "unknown"),
        ("u != u", "unknown"),
        ("u < 1", "unknown"),
        ("u + 1", "unknown"),
        ("u.a.b", "unknown"),
        ("u[0]", "unknown"),
        ("s[u]", "unknown"),
        ("l[u]", "unknown"),
        ("has(u.a)", "unknown"),
        ("u.?a.orValue(1)", "unknown"),
        ("u.?a.hasValue()", "unknown"),
        ("u.size()", "unknown"),
        ("u.startsWith('a')", "unknown"),
        ("u.matches('a')", "unknown"),
        ("s.matches(u)", "unknown"),
        ("u.all(x, x)", "unknown"),
        ("u in [1]", "unknown"),
        ("u in ['a', 'b']", "unknown"),
        ("u in []", "unknown"),
        ("1 in u", "unknown"),
        ("type(u)", "unknown"),
        ("image(u)", "unknown"),
        ("optional.of(u).hasValue()", "unknown"),
        ("u.?a.optMap(x, x)", "unknown"),
    ]);
}

#[test]
fn unknown_parts_of_known_values() {
    assert_all(&[
        ("m.known == 1", "true"),
        ("m.open == 1", "unknown"),
        ("has(m.open)", "unknown"),
        ("has(m.known)", "true"),
        ("has(m.absent)", "false"),
        ("m.?open.orValue(2)", "unknown"),
        ("m.?open.?deeper.orValue(2)", "unknown"),
        ("m.?absent.?deeper.orValue(2)", "2"),
        ("m.?nil.?deeper.orValue(2)", "2"),
        ("m[?'open'].hasValue()", "unknown"),
        ("l.size()", "3"),
        ("l[0]", "1"),
        ("1 in l", "true"),
        ("2 in l", "unknown"),
        ("l == [1, 2, 4]", "false"),
        ("l == [1, 2, 3]", "unknown"),
        ("l.all(x, x > 0)", "unknown"),
        ("l.all(x, x > 1)", "false"),
        ("l.exists(x, x == 3)", "true"),
        ("l.exists(x, x == 2)", "unknown"),
        ("l.exists_one(x, x > 0)", "unknown"),
        ("l.exists_one(x, x == 1)", "unknown"),
        ("l.filter(x, x > 1)", "unknown"),
        ("l.map(x, x * 2)", "unknown"),
        ("l.slice(0, 1)", "[1]"),
        ("l.sum()", "unknown"),
        ("sets.contains(l, [1])", "unknown"),
        ("(l + [4])[3]", "4"),
        ("[?m.?open].size()", "unknown"),
        // What is computed is unknown as a whole: an element could still turn out an error.
        ("[u, 1][1]", "unknown"),
        ("{'a': u, 'b': 1}.b", "unknown"),
        ("cel.bind(x, u, true)", "unknown"),
    ]);
}

#[test]
fn errors_are_absorbed_only_by_what_decides() {
    assert_all(&[
        ("1 / 0 > 0 || t", "true"),
        ("1 / 0 > 0 && f", "false"),
        ("1 / 0 > 0 && t", "error: division by zero"),
        ("[0, 1].exists(x, 1 / x == 1)", "true"),
        ("[0, 1].all(x, 1 / x == 2)", "false"),
        ("[0, 1].all(x, 1 / x == 1)", "error: division by zero"),
        ("[0, 1].exists_one(x, 1 / x == 1)", "error: division by zero"),
        ("f ? 1 / 0 : 2", "2"),
    ]);
}

#[test]
fn errors_are_errors() {
    assert_all(&[
        ("m.absent", "error: there is no `absent`"),
        ("n.a", "error: null has no fields, so there is no `a`"),
        ("s.?a.orValue(1)", "error: \"text\" has no fields, so there is no `a`"),
        ("m.?known.?a.orValue(1)", "error: 1 has no fields, so there is no `a`"),
        ("n.?a.orValue(1)", "1"),
        ("has(s.a)", "error: \"text\" has no fields, so there is no `a`"),
        ("has(n.a)", "error: null has no fields, so there is no `a`"),
        ("l[3]", "error: there is nothing at 3"),
        ("l[-1]", "error: there is nothing at -1"),
        ("s && t", "error: \"text\" is not a truth value"),
        ("s < 1", "error: \"text\" and 1 have no order"),
        ("s + 1", "error: `+` does not take (string, int)"),
        ("9223372036854775807 + 1", "error: the result does not fit 64 bits"),
        ("-9223372036854775807 - 2", "error: the result does not fit 64 bits"),
        ("int('x')", "error: \"x\" is not an integer"),
        ("image('a b')", "error: \"a b\" is not an image reference"),
        (
            "classAtLeast(s, 'public')",
            "error: \"text\" is not a classification: public, internal, confidential, restricted",
        ),
        ("s == 1", "false"),
        ("n == null", "true"),
    ]);
}

#[test]
fn a_variable_without_a_value_is_an_error() {
    let scope = Scope::new().with("x", Type::Bool);
    let expression = Expression::compile("true && x", &scope).unwrap();
    let arena = Arena::new();
    let error = expression.evaluate(&scope.bindings(), &arena, &mut Cost::default()).unwrap_err();
    assert_eq!((error.message.as_str(), error.range), ("this variable has no value here", 8..9));
}

#[test]
fn settings_of_a_container_and_its_pod() {
    let scope = Scope::new().kubernetes().element("containers.all").unwrap();
    let cases = [
        (r#"{"securityContext": {"runAsNonRoot": true}}"#, "{}", "true"),
        (
            r#"{"securityContext": {"runAsNonRoot": false}}"#,
            r#"{"securityContext": {"runAsNonRoot": true}}"#,
            "false",
        ),
        ("{}", r#"{"securityContext": {"runAsNonRoot": true}}"#, "true"),
        (
            r#"{"securityContext": {"runAsNonRoot": null}}"#,
            r#"{"securityContext": {"runAsNonRoot": true}}"#,
            "true",
        ),
        (r#"{"securityContext": null}"#, "{}", "null"),
        (
            r#"{"securityContext": "unknown"}"#,
            r#"{"securityContext": {"runAsNonRoot": true}}"#,
            "unknown",
        ),
        ("{}", r#"{"securityContext": {"runAsNonRoot": "unknown"}}"#, "unknown"),
    ];
    let expression = Expression::compile("effective(c, 'runAsNonRoot')", &scope).unwrap();
    for (container, pod, expected) in cases {
        let arena = Arena::new();
        let mut bindings = scope.bindings();
        for (name, json) in [("c", container), ("pod", pod)] {
            let value = read_json(json.as_bytes(), &arena).unwrap();
            bindings.set_named(&scope, name, with_unknowns(value, &arena));
        }
        let value = expression.evaluate(&bindings, &arena, &mut Cost::default()).unwrap();
        assert_eq!(value.to_string(), expected, "{container} {pod}");
    }
}
