//! Sharing changes nothing: whatever else is in the catalog, an expression gives the value, the
//! error and the cost that it gives alone, under every budget.

use proptest::prelude::*;

use super::laws;
use super::*;

/// What reads of fields are made over: `m`, the element, and `p`, which stays.
fn read() -> impl Strategy<Value = String> {
    let holder = prop::sample::select(&["m", "p"][..]);
    let form = prop::sample::select(
        &[
            "@.x == 1",
            "@.n.x == 1",
            "@.?x.orValue(1) == 1",
            "@.?n.?x.orValue(p.?n.?x.orValue(2)) == 1",
            "@.n.?x.orValue(1) < 2",
            "@.?n.?x.hasValue()",
            "@.n.?x == optional.of(1)",
            "has(@.x)",
            "has(@.n.x)",
            "@.?n.x.orValue(1) == 1",
            "@.n == {'x': 1}",
            "['x', 'y'].exists(key, key in @.n)",
            "[1, 2].all(i, @.?n.?x.orValue(i) == i)",
            "effective(@, 'x') == 1",
            "size(string(@.n.x) + 'abc') == 4",
        ][..],
    );
    (holder, form).prop_map(|(holder, form)| form.replace('@', holder))
}

fn expression() -> impl Strategy<Value = String> {
    (prop::collection::vec(prop_oneof![read(), laws::expression()], 1..4), any::<bool>()).prop_map(
        |(parts, all)| {
            let parts: Vec<_> = parts.iter().map(|part| format!("({part})")).collect();
            parts.join(if all { " && " } else { " || " })
        },
    )
}

/// A holder of fields, or what stands in its place.
fn holder() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "{}",
            "null",
            "7",
            "'unknown'",
            "{'x': 1}",
            "{'x': 1, 'y': 2, 'n': {'x': 1}}",
            "{'x': null, 'n': {'x': null, 'y': 1}}",
            "{'x': 'unknown', 'n': 'unknown'}",
            "{'n': {'x': 'unknown'}, 'x': 2}",
            "{'n': null, 'y': 1}",
            "{'n': 1}",
            "{'n': {}, 'securityContext': {'x': 1}}",
            "{'securityContext': null}",
            "{'securityContext': {'x': null}}",
            "{'securityContext': 'unknown'}",
        ][..],
    )
}

fn scope() -> Scope {
    let names = ["a", "b", "c", "d", "m", "p", "pod"];
    names.iter().fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn))
}

fn compile(sources: &[String]) -> Vec<Expression> {
    let scope = scope();
    let compile =
        |source: &String| Expression::compile_with(source, &scope, Rigour::Lenient).unwrap();
    sources.iter().map(compile).collect()
}

fn value<'a>(text: &str, arena: &'a Arena) -> Value<'a> {
    let text = arena.alloc_str(&text.replace('\'', "\""));
    with_unknowns(read_json(text.as_bytes(), arena).unwrap(), arena)
}

/// The answer, and what it costs.
fn run<'a>(
    expression: &'a Expression,
    bindings: &Bindings<'a>,
    arena: &'a Arena,
    budget: u64,
) -> (Result<Option<bool>, String>, u64) {
    let mut cost = Cost::limit(budget);
    let answer = expression.evaluate_bool(bindings, arena, &mut cost);
    (answer.map_err(|error| error.message), cost.spent())
}

/// Every expression, for each element, under a budget and without one.
fn same_together_and_alone(
    sources: &[String],
    values: &[(&str, &str)],
    elements: &[&str],
    budget: u64,
) -> Result<(), TestCaseError> {
    let (arena, scope) = (Arena::new(), scope());
    let slot = |name: &str| scope.slot(name).unwrap();
    let (alone, mut together) = (compile(sources), compile(sources));
    let plan = share(&mut together.iter_mut().collect::<Vec<_>>(), Some(slot("m")));
    let mut bindings = scope.bindings();
    for (name, text) in values {
        bindings.set(slot(name), value(text, &arena));
    }
    let mut sharing = bindings.clone();
    sharing.share(&plan, &arena);
    for element in elements {
        let element = value(element, &arena);
        bindings.set(slot("m"), element);
        sharing.set_element(slot("m"), element, Some(plan.element_memo(&arena)));
        for ((one, own), source) in alone.iter().zip(&together).zip(sources) {
            for budget in [budget, Cost::DEFAULT] {
                let expected = run(one, &bindings, &arena, budget);
                prop_assert_eq!(run(own, &sharing, &arena, budget), expected, "{}", source);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_expression_answers_as_if_it_were_alone(
        sources in prop::collection::vec(expression(), 1..6),
        truths in prop::collection::vec(prop::sample::select(&["true", "false", "'unknown'", "0"][..]), 4),
        elements in prop::collection::vec(holder(), 1..4),
        (p, pod) in (holder(), holder()),
        budget in 1_u64..60,
    ) {
        // The same expression twice, so that whole expressions are shared too.
        let sources: Vec<String> = sources.iter().chain(&sources).cloned().collect();
        let values = ["a", "b", "c", "d"].into_iter().zip(truths);
        let values: Vec<_> = values.chain([("p", p), ("pod", pod)]).collect();
        same_together_and_alone(&sources, &values, &elements, budget)?;
    }
}

/// Conditions with a place for a constant, over the element, what stays and a loop.
fn template() -> impl Strategy<Value = String> {
    let condition = prop::sample::select(
        &[
            "@ == #",
            "@ != #",
            "@ == %",
            "@ <= %",
            "@ > %",
            "@ in ['x', #]",
            "@.startsWith(#)",
            "@.endsWith(#)",
            "@.contains(#)",
            "@.matches(#)",
            "@.matches('^' + #)",
            "# in @",
            "@[?#].orValue('') == 'x'",
            "@[?#].hasValue()",
            "[@.startsWith(#), true][0]",
            "(@ == # ? @ != % : @ in [#])",
            "@.exists(i, i == # || i == %)",
            "@.all(i, has(i.x) || i == % || !i.matches(#))",
        ][..],
    );
    let operand =
        prop::sample::select(&["m.?x.orValue('x')", "p.?n.orValue({})", "m", "p", "a"][..]);
    let term =
        (condition, operand).prop_map(|(condition, operand)| condition.replace('@', operand));
    let other = prop_oneof![term.clone(), term.clone(), read(), Just("b".to_owned())];
    (term, other, prop::sample::select(&["{} && {}", "{} || {}", "!({}) || {}"][..])).prop_map(
        |(one, other, form)| {
            form.replacen("{}", &format!("({one})"), 1).replacen("{}", &format!("({other})"), 1)
        },
    )
}

/// A template with constants in its places.
fn filled() -> impl Strategy<Value = Vec<String>> {
    let constants = (prop::sample::select(&["'x'", "'y'", "'xy'", "'n'", "''"][..]), 0..4);
    (template(), prop::collection::vec(constants, 1..8)).prop_map(|(template, members)| {
        let fill = |(text, number): &(&str, i32)| {
            template.replace('#', text).replace('%', &number.to_string())
        };
        members.iter().map(fill).collect()
    })
}

fn any_value() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        holder(),
        prop::sample::select(
            &[
                "'x'",
                "'xy'",
                "''",
                "0",
                "2",
                "2.5",
                "true",
                "['x', 1, 'unknown']",
                "['xy', 3]",
                "[{'x': 1}, 'y', 2]",
                "{'n': {'xy': 'x'}, 'x': 'xy'}",
                "{'n': ['y', 'x'], 'x': 3}",
                "{'n': {'x': 'unknown', 'y': 'x'}, 'x': ''}",
            ][..]
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_member_of_a_family_answers_as_if_it_were_alone(
        families in prop::collection::vec(filled(), 1..4),
        (a, p, b) in (any_value(), any_value(), prop::sample::select(&["true", "'unknown'", "0"][..])),
        elements in prop::collection::vec(any_value(), 1..4),
        budget in 1_u64..60,
    ) {
        let values = [("a", a), ("p", p), ("b", b)];
        same_together_and_alone(&families.concat(), &values, &elements, budget)?;
    }
}

/// What two expressions give, and where it lies: that says who made it.
fn texts<'a>(
    expressions: &'a [Expression],
    bindings: &Bindings<'a>,
    arena: &'a Arena,
) -> ((String, *const u8), (String, *const u8)) {
    let mut texts = expressions.iter().map(|expression| {
        let value = expression.evaluate(bindings, arena, &mut Cost::default()).unwrap();
        let text = value.as_str().unwrap();
        (text.to_owned(), text.as_ptr())
    });
    (texts.next().unwrap(), texts.next().unwrap())
}

#[test]
fn equal_parts_are_computed_once_and_again_when_a_variable_changes() {
    let (arena, scope) = (Arena::new(), scope());
    let sources = ["string(p.n) + 'a'", "[string(p.n) + 'a', 'b'][0]"].map(str::to_owned);
    let mut expressions = compile(&sources);
    let plan = share(&mut expressions.iter_mut().collect::<Vec<_>>(), None);
    let slot = scope.slot("p").unwrap();
    let mut bindings = scope.bindings();
    bindings.set(slot, value("{'n': 1}", &arena));
    let (one, other) = texts(&expressions, &bindings, &arena);
    assert_ne!(one.1, other.1);
    bindings.share(&plan, &arena);
    let (one, other) = texts(&expressions, &bindings, &arena);
    assert_eq!(one.1, other.1);
    assert_eq!(one.0, "1a");
    bindings.set(slot, value("{'n': 2}", &arena));
    let (one, other) = texts(&expressions, &bindings, &arena);
    assert_ne!(one.1, other.1);
    assert_eq!((one.0, other.0), ("2a".to_owned(), "2a".to_owned()));
}
