//! Other interpreters of CEL are asked the same as our engine. What they answer otherwise is in
//! `disagreements.yaml`, each with who is right and why; anything else fails.
//!
//! The same expressions every time, so that a run says something about a change alone; with
//! `PROPTEST_CASES=100000` that many others are tried.

#![expect(clippy::panic, reason = "a suite fails by panicking")]

mod core;
mod interpreter;
mod kubernetes;
mod recorded;

use oracles::{Answer, Disagreement, Oracle, close, disagreements, ours};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Compares over generated expressions.
fn compare(
    oracle: Oracle,
    expressions: impl proptest::strategy::Strategy<Value = String>,
    theirs: fn(&str) -> Answer,
) {
    let known = disagreements(oracle);
    let explore = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config { max_shrink_iters: 500, failure_persistence: None, ..Config::default() };
    let mut runner = if explore {
        TestRunner::new(config)
    } else {
        let fixed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(Config { cases: 1_000, ..config }, fixed)
    };
    let result = runner.run(&expressions, |expression| {
        // Not even asked: one of them takes more memory than there is.
        if known.iter().any(|one| one.covers(&expression)) {
            return Ok(());
        }
        let (we, they) = (ours(&expression), theirs(&expression));
        if close(&we, &they) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{expression}\n  ours:   {we:?}\n  theirs: {they:?}")))
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Every entry of the list still shows what it says.
fn prove(oracle: Oracle, theirs: fn(&str) -> Answer) {
    for one in disagreements(oracle) {
        let Disagreement { expression, ours: we, theirs: they, .. } = &one;
        assert_eq!(&shown(&ours(expression)), we, "ours: {expression}");
        assert_eq!(&shown(&theirs(expression)), they, "theirs: {expression}");
        assert_ne!(we, they, "{expression} is no disagreement");
        assert!(one.covers(expression), "`{}` does not match {expression}", one.matches);
    }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => value.clone(),
        Answer::Error(_) => "error".to_owned(),
        Answer::Refused(_) => "refused".to_owned(),
    }
}
