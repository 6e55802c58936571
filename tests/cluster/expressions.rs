//! Generated expressions, asked of the API server: its policies compute what our engine computes.
//!
//! A policy says yes or no, so it is asked whether an expression is what we say that it is. The
//! known disagreements stand in `tests/oracles/disagreements.yaml`, and each is proven here.

use std::time::{Duration, Instant};

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::PostParams;
use oracles::{Answer, Library, Oracle, VARIABLES, disagreements, expressions, ours};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Expressions that are asked about.
const EXPRESSIONS: usize = 200;

/// The label by which an object says which policy it is for.
const POLICY: &str = "expression";

/// What a policy says to the claim that an expression has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Error,
}

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

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Puts a claim in force as a policy.
async fn state(stage: &Stage, name: &str, claim: &str) -> Stated {
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(stage.client.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(stage.client.clone());
    let rule = json!({
        "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
        "resources": ["configmaps"],
    });
    let policy = json!({
        "metadata": { "name": name },
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [rule],
                "objectSelector": { "matchLabels": { POLICY: name } },
            },
            "validations": [{ "expression": claim, "message": "it is not" }],
        },
    });
    match policies.create(&PostParams::default(), &typed(policy)).await {
        Ok(_) => {}
        Err(kube::Error::Api(status))
            if status.message.contains("program instantiation failed") =>
        {
            return Stated::Error;
        }
        Err(kube::Error::Api(status)) if status.message.contains("compilation failed") => {
            return Stated::Refused;
        }
        Err(error) => panic!("{claim}: {error}"),
    }
    let binding = json!({
        "metadata": { "name": name },
        "spec": { "policyName": name, "validationActions": ["Deny"] },
    });
    bindings.create(&PostParams::default(), &typed(binding)).await.unwrap();
    Stated::InForce
}

async fn ask(stage: &Stage, policy: &str) -> Said {
    let maps: Api<ConfigMap> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let map = typed(json!({ "metadata": { "name": "asked", "labels": { POLICY: policy } } }));
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    match maps.create(&dry, &map).await {
        Ok(_) => Said::Yes,
        Err(kube::Error::Api(status)) if status.message.ends_with("it is not") => Said::No,
        Err(kube::Error::Api(status)) if status.message.contains("resulted in error") => {
            Said::Error
        }
        Err(error) => panic!("{policy}: {error}"),
    }
}

/// Waits until all policies that were made are in force.
async fn settle(stage: &Stage, last: &str) {
    assert_eq!(state(stage, last, "false").await, Stated::InForce);
    let deadline = Instant::now() + Duration::from_mins(1);
    while ask(stage, last).await != Said::No {
        assert!(Instant::now() < deadline, "policies never come into force");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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
    // The server has the library whose recorded answers are compared elsewhere.
    let known = [Oracle::KubeApiserver, Oracle::KubeLibrary].map(disagreements).concat();
    let mut asked = Vec::new();
    for (index, expression) in generated().into_iter().enumerate() {
        if known.iter().any(|one| one.covers(&expression)) {
            continue;
        }
        // Where there is no value, any claim must end in an error.
        let (value, expected) = match ours(&expression) {
            Answer::Value(value) => (serde_json::from_str(&value).unwrap(), Said::Yes),
            Answer::Error(_) => (Value::Null, Said::Error),
            Answer::Refused(_) => continue,
        };
        let policy = format!("generated-{index}");
        let stated = state(&stage, &policy, &claim(&expression, &value)).await;
        if stated != Stated::Refused {
            asked.push((policy, stated, expression, value, expected));
        }
    }
    settle(&stage, "generated-last").await;
    let mut problems = Vec::new();
    for (policy, stated, expression, value, expected) in &asked {
        let said = if *stated == Stated::Error { Said::Error } else { ask(&stage, policy).await };
        if said != *expected {
            problems.push(format!("{expression}\n  ours {value} ({expected:?}), theirs: {said:?}"));
        }
    }
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), asked.len(), problems.join("\n"));
    assert!(asked.len() > EXPRESSIONS / 3, "only {} could be asked", asked.len());
    let errors = asked.iter().filter(|(.., expected)| *expected == Said::Error).count();
    assert!(errors > 5 && errors < asked.len() / 2, "{errors} errors of {}", asked.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn known_disagreements_with_the_api_server_still_are() {
    let Some(stage) = Stage::labelled("disagreements", &[]).await else { return };
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
            "error" => (Value::Null, Said::Error),
            value => (serde_json::from_str(value).unwrap(), Said::Yes),
        };
        let policy = format!("known-{index}");
        let stated = state(&stage, &policy, &claim(&one.expression, &value)).await;
        match stated {
            Stated::InForce => claims.push((policy, one.expression, expected)),
            Stated::Error => assert_eq!(expected, Said::Error, "{}", one.expression),
            Stated::Refused => panic!("{} does not compile", one.expression),
        }
    }
    settle(&stage, "known-last").await;
    for (policy, expression, expected) in claims {
        assert_eq!(ask(&stage, &policy).await, expected, "{expression}");
    }
}
