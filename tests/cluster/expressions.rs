//! Generated expressions, asked of the API server: its policies compute what our engine computes.
//!
//! A policy says yes or no, so it is asked whether an expression is what we say that it is. The
//! known disagreements stand in `tests/oracles/disagreements.yaml`, and each is proven here.

use k8s_openapi::api::core::v1::ConfigMap;
use oracles::{Answer, Library, Oracle, VARIABLES, disagreements, expressions, ours};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::policy::Policies;
use crate::stage::Stage;

/// Expressions that are asked about.
const EXPRESSIONS: usize = 500;

/// What becomes of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stated {
    /// It can be asked.
    InForce,
    /// It is not compiled: the API server checks types, which our generator does not, and lacks
    /// what only other interpreters have.
    Refused,
    /// It is computed beforehand, as far as it is constant, and that is an error.
    Error,
}

/// A value as CEL writes it; each part of its own, since lists of mixed types are refused.
fn literal(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("dyn([{}])", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields =
                fields.iter().map(|(key, item)| format!("{}: {}", json!(key), literal(item)));
            format!("dyn({{{}}})", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Number(number) => {
            let text = number.to_string();
            let beyond = text.parse::<u64>().is_ok() && text.parse::<i64>().is_err();
            format!("dyn({text}{})", if beyond { "u" } else { "" })
        }
        other => format!("dyn({other})"),
    }
}

/// The claim that an expression has this value, over the variables that every oracle gets.
fn claim(expression: &str, value: &Value) -> String {
    let claim = format!("dyn({expression}) == {}", literal(value));
    let variables: Value = serde_json::from_str(VARIABLES).unwrap();
    variables
        .as_object()
        .unwrap()
        .iter()
        .fold(claim, |claim, (name, value)| format!("[{}].all({name}, {claim})", literal(value)))
}

/// Puts a claim in force as a policy.
async fn state(policies: &Policies<ConfigMap>, name: &str, claim: &str) -> Stated {
    match policies.enforce(name, claim).await {
        Ok(()) => Stated::InForce,
        Err(kube::Error::Api(status))
            if status.message.contains("program instantiation failed") =>
        {
            Stated::Error
        }
        Err(kube::Error::Api(status)) if status.message.contains("compilation failed") => {
            Stated::Refused
        }
        Err(error) => panic!("{claim}: {error}"),
    }
}

/// What every policy is asked about; claims look at nothing in it.
fn subject() -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "asked" } })
}

/// Whether the API server would try to hold a list of more items than there is memory for. It makes
/// the list of `lists.range` before it counts what that costs (cel-go, issue 1281): asked for
/// `lists.range(9223372036854775807)`, version 1.36.2 took 20 GB and was killed.
fn is_too_large_to_ask(expression: &str) -> bool {
    let digits = expression.split(|character: char| !character.is_ascii_digit());
    expression.contains("lists.range(") && digits.map(str::len).any(|length| length > 4)
}

/// The same expressions every time.
fn generated() -> Vec<String> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = expressions(Library::Kubernetes);
    (0..EXPRESSIONS).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_expressions_mean_the_same_to_the_api_server() {
    let Some(stage) = Stage::labelled("expressions", &[]).await else { return };
    let policies = Policies::new(&stage);
    // The server has the library whose recorded answers are compared elsewhere.
    let known = [Oracle::KubeApiserver, Oracle::KubeLibrary].map(disagreements).concat();
    let mut asked = Vec::new();
    for (index, expression) in generated().into_iter().enumerate() {
        if is_too_large_to_ask(&expression) || known.iter().any(|one| one.covers(&expression)) {
            continue;
        }
        // Where there is no value, any claim must end in an error.
        let (value, expected) = match ours(&expression) {
            Answer::Value(value) => (serde_json::from_str(&value).unwrap(), Some(true)),
            Answer::Error(_) => (Value::Null, None),
            Answer::Refused(_) => continue,
        };
        let policy = format!("generated-{index}");
        let stated = state(&policies, &policy, &claim(&expression, &value)).await;
        if stated != Stated::Refused {
            asked.push((policy, stated, expression, value, expected));
        }
    }
    policies.settle("generated-last", &subject()).await;
    let mut problems = Vec::new();
    for (policy, stated, expression, value, expected) in &asked {
        let said = match stated {
            Stated::Error => None,
            _ => policies.ask(policy, &subject()).await.ok(),
        };
        if said != *expected {
            problems.push(format!("{expression}\n  ours {value} ({expected:?}), theirs: {said:?}"));
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), asked.len(), problems.join("\n"));
    assert!(asked.len() > EXPRESSIONS / 3, "only {} could be asked", asked.len());
    let errors = asked.iter().filter(|(.., expected)| expected.is_none()).count();
    assert!(errors > 5 && errors < asked.len() / 2, "{errors} errors of {}", asked.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn known_disagreements_with_the_api_server_still_are() {
    let Some(stage) = Stage::labelled("disagreements", &[]).await else { return };
    let policies = Policies::new(&stage);
    let shown = |answer| match answer {
        Answer::Value(value) => value,
        Answer::Error(_) | Answer::Refused(_) => "error".to_owned(),
    };
    let mut claims = Vec::new();
    for (index, one) in disagreements(Oracle::KubeApiserver).into_iter().enumerate() {
        assert_eq!(shown(ours(&one.expression)), one.ours, "ours: {}", one.expression);
        assert_ne!(one.ours, one.theirs, "{} is no disagreement", one.expression);
        assert!(one.covers(&one.expression), "`{}` does not match it", one.matches);
        let (value, expected) = match one.theirs.as_str() {
            "error" => (Value::Null, None),
            value => (serde_json::from_str(value).unwrap(), Some(true)),
        };
        let policy = format!("known-{index}");
        let stated = state(&policies, &policy, &claim(&one.expression, &value)).await;
        match stated {
            Stated::InForce => claims.push((policy, one.expression, expected)),
            Stated::Error => assert_eq!(expected, None, "{}", one.expression),
            Stated::Refused => panic!("{} does not compile", one.expression),
        }
    }
    policies.settle("known-last", &subject()).await;
    for (policy, expression, expected) in claims {
        assert_eq!(policies.ask(&policy, &subject()).await.ok(), expected, "{expression}");
    }
}
