//! Variables: worth what their text would be in their place, with their mistakes in their own text.

use proptest::prelude::*;

use super::*;

fn declared(sources: &[(&str, &str)]) -> Variables {
    let (variables, errors) = Variables::declare(sources);
    assert_eq!(errors, []);
    variables
}

/// What is said of an expression that uses variables: the name of the variable in whose text it is,
/// the part of that text, the message and the way out.
fn said(
    sources: &[(&str, &str)],
    source: &str,
    scope: &Scope,
) -> Vec<(String, String, String, String)> {
    let (variables, mut errors) = Variables::declare(sources);
    let compiled = Expression::compile_bool(source, &scope.clone().using(&variables));
    errors.extend(compiled.err().unwrap_or_default());
    let shown = |error: CompileError| {
        let own = error.variable.map_or(("", source), |index| sources[index]);
        let place = own.1.get(error.range.clone()).unwrap_or_default().to_owned();
        (own.0.to_owned(), place, error.message, error.help.unwrap_or_default())
    };
    errors.into_iter().map(shown).collect()
}

#[track_caller]
fn refused_with(
    sources: &[(&str, &str)],
    source: &str,
    (variable, place): (&str, &str),
    message: &str,
    help: &str,
) {
    let expected = [variable, place, message, help].map(str::to_owned);
    let [variable, place, message, help] = expected;
    assert_eq!(
        said(sources, source, &of_controls()),
        [(variable, place, message, help)],
        "{sources:?} {source}"
    );
}

#[track_caller]
fn accepted_with(sources: &[(&str, &str)], source: &str) {
    assert_eq!(said(sources, source, &of_controls()), [], "{sources:?} {source}");
}

#[test]
fn mistakes_within_a_variable_stand_in_its_text() {
    for (text, place, message, help) in [
        (
            "pod.hostNetwrk",
            "hostNetwrk",
            "`hostNetwrk` is not a field of PodSpec",
            "did you mean `hostNetwork`?",
        ),
        (
            "!pod.hostNetwork",
            "hostNetwork",
            "`pod.hostNetwork` may be absent here, and reading it is then an error",
            "`pod.?hostNetwork.orValue(false)` says what stands for it then; `has(pod.hostNetwork) && …` makes sure of it",
        ),
        (
            "resource.region == 1",
            "==",
            "values of types string and int are never equal",
            "numbers stand without quotes",
        ),
        (
            "params.roation_days > 1",
            "roation_days",
            "there is no parameter `roation_days`",
            "did you mean `rotation_days`?",
        ),
        ("pd.hostNetwork", "pd", "there is no variable `pd` here", "did you mean `pod`?"),
        (
            "len(pod.containers) > 1",
            "len",
            "there is no function `len`",
            "`size(x)` counts elements and characters",
        ),
        ("c.image.matches('(')", "matches", "`(` is not a regular expression: unclosed group", ""),
    ] {
        refused_with(
            &[("v", text)],
            "variables.v && true == (c.name == '')",
            ("v", place),
            message,
            help,
        );
        // Through another variable, too.
        refused_with(
            &[("v", text), ("w", "!variables.v")],
            "variables.w",
            ("v", place),
            message,
            help,
        );
    }
    let (_, errors) = Variables::declare(&[("fine", "1"), ("broken", "1 +")]);
    assert_eq!(errors.iter().map(|error| error.variable).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn mistakes_of_a_use_stand_where_it_is() {
    let all = [
        ("days", "params.rotation_days"),
        ("lock", "resource.object_lock"),
        ("name", "pod.?hostname"),
    ];
    for (source, place, message, help) in [
        ("variables.dys > 1", "dys", "there is no `variables.dys`", "did you mean `days`?"),
        (
            "variables.quite_other > 1",
            "quite_other",
            "there is no `variables.quite_other`",
            "there is: days, lock, name",
        ),
        (
            "variables > 1",
            "variables",
            "`variables` is used with a name",
            "write `variables.` and one of: days, lock, name",
        ),
        (
            "variables.?days > 1",
            "variables",
            "`variables` is used with a name",
            "write `variables.` and one of: days, lock, name",
        ),
        (
            "variables['days'] > 1",
            "variables",
            "`variables` is used with a name",
            "write `variables.` and one of: days, lock, name",
        ),
        (
            "variables.days == 'x'",
            "==",
            "values of types int and string are never equal",
            "numbers stand without quotes",
        ),
        (
            "variables.days && c.name == ''",
            "days",
            "`&&` needs a bool here, not a value of type int",
            "",
        ),
        (
            "variables.lock.mode == 'COMPLIANCE'",
            "lock",
            "`variables.lock` may be null here, and null has no fields",
            "`variables.lock.?mode.orValue(\"\")` says what stands for it then; `variables.lock != null && …` makes sure of it",
        ),
        (
            "variables.lock.mod == null",
            "mod",
            "`mod` is not an attribute of ObjectLock",
            "did you mean `mode`?",
        ),
        (
            "variables.name == 'x'",
            "==",
            "values of types optional(string) and string are never equal",
            "`.orValue(…)` says what stands for what is absent",
        ),
        (
            "variables.days > variables.days",
            ">",
            "both sides are `variables.days`, so this is the same for every input",
            "",
        ),
        ("has(variables.lock)", "has", "`has` takes a field, as in `has(a.b)`", ""),
    ] {
        refused_with(&all, source, ("", place), message, help);
    }
}

#[test]
fn words_that_other_languages_keep_are_names() {
    for name in ["as", "break", "for", "if", "let", "namespace", "package", "return", "_x", "X1"] {
        let source = format!("variables.{name}");
        accepted_with(&[(name, "c.name == ''")], &source);
    }
}

#[test]
fn a_variable_sees_those_before_it() {
    refused_with(
        &[("a", "variables.b"), ("b", "true")],
        "variables.a",
        ("a", "b"),
        "`variables.b` is declared further down",
        "a variable sees those before it",
    );
    refused_with(
        &[("a", "!variables.a")],
        "variables.a",
        ("a", "a"),
        "`variables.a` is declared here",
        "a variable sees those before it",
    );
    refused_with(
        &[("a", "size(variables) > 1")],
        "variables.a",
        ("a", "variables"),
        "`variables` is used with a name",
        "a variable sees those before it",
    );
    refused_with(
        &[("first", "true"), ("b", "variables.frst")],
        "variables.b",
        ("b", "frst"),
        "there is no `variables.frst`",
        "did you mean `first`?",
    );
    refused(
        "variables.a",
        "variables",
        "there is no variable `variables` here",
        "a control declares its variables under `variables`, beside `checks`",
    );
}

#[test]
fn guards_and_types_are_seen_through() {
    for (variables, source) in [
        (&[("v", "has(pod.hostPID)")][..], "variables.v && pod.hostPID"),
        (&[("v", "pod.hostPID")], "has(pod.hostPID) && variables.v"),
        (
            &[("v", "resource.object_lock")],
            "variables.v != null && variables.v.mode == 'COMPLIANCE'",
        ),
        (
            &[("v", "resource.object_lock")],
            "variables.v != null && resource.object_lock.mode == 'COMPLIANCE'",
        ),
        (
            &[("v", "resource.object_lock")],
            "resource.object_lock == null || variables.v.mode == 'COMPLIANCE'",
        ),
        (
            &[("v", "pod.?nodeName.orValue('')")],
            "variables.v != '' && pod.nodeName.startsWith('n')",
        ),
        (
            &[("v", "pod.?volumes.orValue([])")],
            "size(variables.v) > 0 && pod.volumes.all(v, v.name != '')",
        ),
        (
            &[("v", "pod.?volumes.orValue([])"), ("w", "variables.v.filter(v, has(v.csi))")],
            "variables.w.all(v, v.csi.driver != '')",
        ),
        (
            &[("v", "'owner'")],
            "variables.v in podMeta.?labels.orValue({}) && podMeta.labels[variables.v] != ''",
        ),
        (
            &[("v", "null")],
            "resource.object_lock != variables.v && resource.object_lock.mode == 'COMPLIANCE'",
        ),
        (
            &[("v", "c.?securityContext")],
            "variables.v.?privileged.orValue(false) && c.securityContext.privileged",
        ),
        (&[("v", "'runAsUser'")], "effective(c, variables.v) != null"),
    ] {
        accepted_with(variables, source);
    }
    refused_with(
        &[("policies", "['Alwys', 'Never']")],
        "c.?imagePullPolicy.orValue('Never') in variables.policies",
        ("policies", "'Alwys'"),
        "`c.?imagePullPolicy.orValue(\"Never\")` is never \"Alwys\"",
        "did you mean \"Always\"? It is one of \"Always\", \"IfNotPresent\", \"Never\"",
    );
}

#[test]
fn what_a_macro_binds_is_no_business_of_a_variable() {
    accepted_with(&[("v", "c.name")], "pod.containers.exists(own, own.name == variables.v)");
    accepted_with(
        &[("v", "pod.containers.exists(c, c.name == 'x')")],
        "pod.containers.all(c, variables.v || c.name != '')",
    );
    refused_with(
        &[("v", "c.name")],
        "pod.containers.exists(c, c.name == variables.v)",
        ("", "v"),
        "`variables.v` reads `c`, but never the one that a macro binds here",
        "give what the macro binds another name",
    );
    refused_with(
        &[("v", "c.name"), ("w", "pod.containers.exists(c, c.name == variables.v)")],
        "variables.w",
        ("w", "v"),
        "`variables.v` reads `c`, but never the one that a macro binds here",
        "give what the macro binds another name",
    );
    // Where something is called so itself, it is meant.
    accepted_with(
        &[("v", "c.name")],
        "pod.containers.exists(variables, variables.name == '') && variables.v == ''",
    );
}

#[test]
fn what_a_variable_reads_is_known_where_it_is_used() {
    let pods = Scope::common(Type::Dyn).kubernetes();
    for (text, message, help) in [
        (
            "volume.name == ''",
            "`variables.v` reads `volume`, which is not known here",
            "`each: volumes` in the rule binds `volume`",
        ),
        (
            "port.containerPort == 1",
            "`variables.v` reads `port`, which is not known here",
            "`each: ports` in the rule binds `port`",
        ),
        ("resource.name == ''", "`variables.v` reads `resource`, which is not known here", ""),
    ] {
        for variables in [&[("v", text)][..], &[("u", text), ("v", "variables.u")]] {
            let expected = ["", "v", message, help].map(str::to_owned);
            let [variable, place, message, help] = expected;
            assert_eq!(said(variables, "variables.v", &pods), [(variable, place, message, help)]);
        }
    }
}

#[test]
fn variables_of_variables_do_not_grow_without_bound() {
    let names: Vec<String> = (0..40).map(|index| format!("v{index}")).collect();
    let doubled = |index: usize| match index.checked_sub(1) {
        Some(before) => format!("variables.v{before} + variables.v{before}"),
        None => "size(c.name)".to_owned(),
    };
    let texts: Vec<String> = (0..40).map(doubled).collect();
    let sources: Vec<_> =
        names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let (variables, errors) = Variables::declare(&sources);
    let said: Vec<_> =
        errors.iter().map(|error| (error.variable, error.message.as_str())).collect();
    let message = "with `variables.v10` written out, the expression has more than 8192 parts or is \
                   nested deeper than 64 levels";
    assert_eq!(said, [(Some(11), message)]);
    let scope = of_controls().using(&variables);
    assert!(Expression::compile_bool("variables.v10 > 1", &scope).is_ok());
    let errors = Expression::compile_bool("variables.v39 > 1", &scope).unwrap_err();
    assert_eq!(errors, [], "it was said of the one that is too large");

    for (deeper, first) in [("!(!variables.v#)", 22), ("variables.v#", 65)] {
        let names: Vec<String> = (0..5_000).map(|index| format!("v{index}")).collect();
        let text = |index: usize| match index.checked_sub(1) {
            Some(before) => deeper.replace('#', &before.to_string()),
            None => "true".to_owned(),
        };
        let texts: Vec<String> = (0..5_000).map(text).collect();
        let sources: Vec<_> =
            names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        let (variables, errors) = Variables::declare(&sources);
        let places: Vec<_> = errors.iter().map(|error| error.variable).collect();
        assert_eq!(places, [Some(first)], "{deeper}");
        let scope = Scope::new().using(&variables);
        let deepest = format!("variables.v{}", first - 2);
        assert!(Expression::compile(&deepest, &scope).is_ok(), "{deeper}");
        let broken = Expression::compile("variables.v4999", &scope).unwrap_err();
        assert_eq!(broken, [], "it was said where it stands");
    }
}

#[test]
fn uses_are_told_and_reads_are_those_of_the_text() {
    let variables =
        declared(&[("a", "pod.hostname"), ("b", "c.name"), ("c", "variables.b + 'x'"), ("d", "1")]);
    let scope = of_controls().using(&variables);
    let compiled =
        Expression::compile("has(pod.hostname) && variables.a == variables.c", &scope).unwrap();
    assert_eq!(compiled.variables().collect::<Vec<_>>(), [0, 1, 2]);
    let reads: Vec<_> =
        compiled.reads().iter().map(|own| format!("{} {:?}", own.root, own.fields)).collect();
    assert_eq!(reads, [r#"c ["name"]"#, r#"pod ["hostname"]"#]);
}

/// An evaluation: its value or its error, and its cost.
fn run(source: &str, scope: &Scope, values: &[Value<'static>]) -> (Result<String, String>, u64) {
    let arena = Arena::new();
    let mut bindings = scope.bindings();
    for (name, value) in scope.names().zip(values) {
        assert!(bindings.set_named(scope, name, *value));
    }
    let expression =
        Expression::compile(source, scope).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let mut cost = Cost::default();
    let value = expression.evaluate(&bindings, &arena, &mut cost);
    (value.map(|value| value.to_string()).map_err(|error| error.message), cost.spent())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_variable_is_worth_its_text(
        left in laws::expression(),
        right in laws::expression(),
        values in prop::collection::vec(laws::truth(), 4),
    ) {
        let names = ["a", "b", "c", "d", "m"];
        let scope = names.into_iter().fold(Scope::new(), |scope, name| scope.with(name, Type::Dyn));
        let mut values = values;
        values.push(Value::Map(&[("x", Value::Int(1))]));
        let variables = declared(&[("left", &left), ("right", &right), ("both", "variables.left == variables.right")]);
        let using = scope.clone().using(&variables);
        for (named, written) in [
            ("variables.left", left.clone()),
            ("!variables.left", format!("!({left})")),
            ("variables.both", format!("({left}) == ({right})")),
            ("variables.left ? variables.right : variables.both", format!("({left}) ? ({right}) : (({left}) == ({right}))")),
            ("[variables.left].all(own, own || variables.right)", format!("[{left}].all(own, own || ({right}))")),
            ("variables.left && a || variables.right && b", format!("({left}) && a || ({right}) && b")),
        ] {
            let (ours, theirs) = (run(named, &using, &values), run(&written, &scope, &values));
            prop_assert_eq!(ours.0, theirs.0, "{} {}", named, written);
            prop_assert!(ours.1.abs_diff(theirs.1) <= 4, "{} {} {} {}", named, written, ours.1, theirs.1);
        }
    }
}

#[test]
fn what_several_expressions_ask_for_is_computed_once() {
    let variables = declared(&[("number", "p.n"), ("text", "string(variables.number) + 'a'")]);
    let scope = Scope::new().with("p", Type::Dyn).using(&variables);
    let sources = ["variables.text", "[variables.text, 'b'][0]", "true ? variables.text : ''"];
    let mut expressions = sources.map(|source| Expression::compile(source, &scope).unwrap());
    let plan = share(&mut expressions.iter_mut().collect::<Vec<_>>(), None);
    let arena = Arena::new();
    let mut bindings = scope.bindings();
    bindings.set_named(&scope, "p", Value::Map(&[("n", Value::Int(1))]));
    bindings.share(&plan, &arena);
    let texts: Vec<_> = expressions
        .iter()
        .map(|own| own.evaluate(&bindings, &arena, &mut Cost::default()).unwrap())
        .map(|value| (value.as_str().unwrap().to_owned(), value.as_str().unwrap().as_ptr()))
        .collect();
    assert_eq!(texts[0].0, "1a");
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[test]
fn an_error_in_a_variable_is_one_where_it_is_used() {
    let variables = declared(&[("v", "1 / x"), ("w", "variables.v + 1")]);
    let scope = Scope::new().with("x", Type::Dyn).using(&variables);
    let arena = Arena::new();
    let mut bindings = scope.bindings();
    bindings.set_named(&scope, "x", Value::Int(0));
    let source = "true ? variables.w : 0";
    let expression = Expression::compile(source, &scope).unwrap();
    let error = expression.evaluate(&bindings, &arena, &mut Cost::default()).unwrap_err();
    let place = source.get(error.range).unwrap_or_default();
    assert_eq!((error.message.as_str(), place), ("division by zero", "w"));
    // Only who asks for it.
    let lazy = Expression::compile("x == 0 || variables.w > 0", &scope).unwrap();
    let value = lazy.evaluate(&bindings, &arena, &mut Cost::default()).unwrap();
    assert_eq!(value, Value::Bool(true));
    bindings.set_named(&scope, "x", Value::Unknown);
    let value = expression.evaluate(&bindings, &arena, &mut Cost::default()).unwrap();
    assert!(value.is_unknown());
}
