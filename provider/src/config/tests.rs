//! The provider block: what is read, what waits, what is refused.

use super::*;

fn block() -> Value {
    schema().empty()
}

fn parse(block: &Value) -> Config {
    let (config, diagnostics) = Config::parse(block);
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    config
}

#[test]
fn an_empty_block_asks_for_nothing() {
    let config = parse(&block());
    assert_eq!(config.environment, None);
    assert!(config.regimes.is_empty());
    assert_eq!(config.default_tags, Some(BTreeMap::new()));
    assert!(config.judgement_waits.is_empty() && config.connection_waits.is_empty());
}

#[test]
fn what_is_not_known_is_remembered_by_name() {
    let block = block()
        .with("region", Value::Unknown)
        .with("regimes", Value::set_of([Value::from("sox"), Value::Unknown]))
        .with("default_tags", Value::map([("Owner", Value::Unknown)]))
        .with(
            "defaults",
            Value::object([("kms_key_arn", Value::Unknown), ("log_bucket", Value::Null)]),
        );
    let config = parse(&block);
    assert_eq!(config.judgement_waits, ["regimes", "default_tags", "defaults"]);
    assert_eq!(config.connection_waits, ["region"]);
    assert_eq!(config.default_tags, None);
    assert!(config.default_key.is_unknown());
}

#[test]
fn blocks_of_the_connection_are_read() {
    let role = Value::object([
        ("role_arn", Value::from("arn:aws:iam::111122223333:role/deploy")),
        ("session_name", Value::Null),
        ("external_id", Value::from("probity")),
        ("duration_seconds", Value::from(900)),
        ("policy", Value::Null),
    ]);
    let endpoints = Value::object([
        ("s3", Value::from("http://127.0.0.1:4566")),
        ("kms", Value::Null),
        ("sts", Value::Null),
    ]);
    let config = parse(&block().with("assume_role", role).with("endpoints", endpoints));
    let role = config.aws.assume_role.unwrap();
    assert_eq!(role.duration_seconds, Some(900));
    assert_eq!(role.external_id.as_deref(), Some("probity"));
    assert_eq!(config.aws.endpoints.len(), 1);
}

#[test]
fn half_a_pair_of_keys_is_refused_where_it_stands() {
    let (_, found) = Config::parse(&block().with("access_key", "AKIDEXAMPLE"));
    let error = found.iter().next().unwrap();
    assert_eq!(error.path.to_string(), "access_key");
    assert!(error.detail.contains("`secret_key`"), "{}", error.detail);
}

#[test]
fn accounts_have_twelve_digits_and_endpoints_a_scheme() {
    let schema = schema();
    let refuses = |name: &str, value: Value| {
        let attribute = schema.attribute(name).unwrap();
        attribute.validators.iter().any(|validator| validator.check(&value).is_err())
    };
    assert!(refuses("allowed_account_ids", Value::set_of(["1111-2222-3333".into()])));
    assert!(!refuses("allowed_account_ids", Value::set_of(["111122223333".into()])));
    assert!(refuses("environment", "prod".into()));
}
