//! What the CEL library of Kubernetes v1.36.2, the one that its API server is built with, answered
//! to the expressions of `recorded.txt`: an expression, a tab, and the answer as JSON, or `error`.

use std::collections::BTreeMap;

use regex::RegexSet;

use oracles::{Answer, Disagreement, Oracle, disagreements, ours};

fn recorded() -> BTreeMap<&'static str, &'static str> {
    include_str!("recorded.txt").lines().filter_map(|line| line.split_once('\t')).collect()
}

/// What we answer. A refusal at load is an error: the library, too, checks before it computes.
fn answer(expression: &str) -> String {
    match ours(expression) {
        Answer::Value(value) => value,
        Answer::Error(_) | Answer::Refused(_) => "error".to_owned(),
    }
}

/// The same number may be written in two ways.
fn is_same(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().map(f64::to_bits);
    one == other || matches!((number(one), number(other)), (Ok(a), Ok(b)) if a == b)
}

#[test]
fn answers_are_those_of_kubernetes() {
    let known = RegexSet::new(disagreements(Oracle::KubeLibrary).iter().map(|one| &one.matches))
        .unwrap_or_else(|error| panic!("{error}"));
    let all = recorded();
    assert!(all.len() > 6_000, "{} expressions", all.len());
    let (mut asked, mut problems) = (0, Vec::new());
    for (expression, theirs) in &all {
        if known.is_match(expression) {
            continue;
        }
        asked += 1;
        let we = answer(expression);
        if !is_same(&we, theirs) {
            problems.push(format!("{expression}\n  ours:   {we}\n  theirs: {theirs}"));
        }
    }
    assert!(problems.is_empty(), "{} of {asked}:\n{}", problems.len(), problems.join("\n"));
    assert!(asked * 40 > all.len() * 39, "the known disagreements cover too much: {asked} asked");
}

#[test]
fn known_disagreements_with_the_library_still_are() {
    let all = recorded();
    for one in disagreements(Oracle::KubeLibrary) {
        let Disagreement { expression, ours, theirs, .. } = &one;
        assert_eq!(Some(&theirs.as_str()), all.get(expression.as_str()), "theirs: {expression}");
        assert_eq!(&answer(expression), ours, "ours: {expression}");
        assert!(!is_same(ours, theirs), "{expression} is no disagreement");
        assert!(one.covers(expression), "`{}` does not match {expression}", one.matches);
    }
}
