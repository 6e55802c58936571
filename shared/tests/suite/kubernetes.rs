//! Expressions with what the CEL library of Kubernetes answers (`tests/oracles/kubernetes.txt`,
//! recorded from v1.36.2): this engine answers the same, but for the disagreements that
//! `tests/oracles/disagreements.txt` lists, each with who is right and why.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use probity_catalog::expression::{Bindings, Cost, Expression, Scope};
use probity_catalog::value::{Arena, Value};

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracles");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// What this engine answers, as the recording writes it.
fn ours(source: &str) -> String {
    let Ok(expression) = Expression::compile(source, &Scope::new()) else {
        return "error".to_owned();
    };
    let arena = Arena::new();
    match expression.evaluate(&Bindings::default(), &arena, &mut Cost::default()) {
        Err(_) => "error".to_owned(),
        Ok(Value::String(text)) => serde_json::to_string(text).unwrap(),
        Ok(Value::Double(number)) => format!("double {number}"),
        Ok(value) => value.to_string(),
    }
}

/// The same number may be written in two ways.
fn is_same(ours: &str, theirs: &str) -> bool {
    let double = |text: &str| text.strip_prefix("double ").and_then(|text| text.parse().ok());
    match (double(ours), double(theirs)) {
        (Some(a), Some(b)) => f64::to_bits(a) == f64::to_bits(b),
        _ => ours == theirs,
    }
}

/// Expression to our answer, of the disagreements that are known. A paragraph begins with the
/// reason (`# …`) and has a line per expression: the expression, theirs, ours.
fn known() -> BTreeMap<String, (String, String)> {
    let mut known = BTreeMap::new();
    let mut has_reason = false;
    for line in read("disagreements.txt").lines() {
        match line.split('\t').collect::<Vec<_>>()[..] {
            [""] => has_reason = false,
            [text] if text.starts_with("# ") => has_reason = true,
            [expression, theirs, ours] => {
                assert!(has_reason, "{expression} has no reason");
                let answers = (theirs.to_owned(), ours.to_owned());
                assert!(
                    known.insert(expression.to_owned(), answers).is_none(),
                    "{expression} twice"
                );
            }
            _ => panic!("not a disagreement: {line}"),
        }
    }
    known
}

#[test]
fn answers_are_those_of_kubernetes() {
    let (recorded, mut known) = (read("kubernetes.txt"), known());
    let mut problems = Vec::new();
    for line in recorded.lines() {
        let (source, theirs) = line.split_once('\t').unwrap();
        let ours = ours(source);
        match known.remove(source) {
            None if is_same(&ours, theirs) => {}
            None => problems.push(format!("{source}\t{theirs}\t{ours}")),
            Some(answers) if answers == (theirs.to_owned(), ours.clone()) => {}
            Some(answers) => problems.push(format!("{source}: {answers:?} but now {ours}")),
        }
    }
    problems.extend(known.into_keys().map(|source| format!("not recorded: {source}")));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    assert!(recorded.lines().count() > 1_000);
}
