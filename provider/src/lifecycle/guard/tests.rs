//! Every rule of the guard, kept once and broken once.

use super::*;
use crate::schema::{Attribute, NestedBlock, Nesting};

fn schema() -> Schema {
    let rule = || vec![Attribute::string("prefix"), Attribute::number("days").default(7)];
    Schema::new(
        "a thing",
        vec![
            Attribute::string("name").required(),
            Attribute::string("note"),
            Attribute::string("secret").sensitive(),
            Attribute::bool("versioning").optional_computed(),
            Attribute::string("arn").computed(),
            Attribute::string_set("users"),
            Attribute::string_map("tags"),
            Attribute::nested("lock", Nesting::Single, rule()),
            Attribute::nested("rules", Nesting::List, rule()),
            Attribute::nested("zones", Nesting::Map, rule()),
            Attribute::nested("peers", Nesting::Set, vec![Attribute::string("id")]),
        ],
    )
    .nested("window", Block { attributes: vec![Attribute::string("start")], ..Block::default() })
    .nested(
        "outer",
        Block {
            blocks: vec![NestedBlock {
                name: "inner",
                block: Block { attributes: vec![Attribute::bool("on")], ..Block::default() },
            }],
            ..Block::default()
        },
    )
}

fn rule(prefix: &str, days: impl Into<Value>) -> Value {
    Value::object([("prefix", prefix.into()), ("days", days.into())])
}

fn window(start: &str) -> Value {
    Value::object([("start", start)].map(|(name, value)| (name, value.into())))
}

/// A configuration that sets a bit of everything.
fn config() -> Value {
    schema()
        .empty()
        .with("name", "ledger")
        .with("users", Value::set_of(["a".into(), "b".into()]))
        .with("tags", Value::map([("team", "pay".into())]))
        .with("lock", rule("x", Value::Null))
        .with("rules", Value::List(vec![rule("x", 1), rule("y", Value::Null)]))
        .with("zones", Value::map([("eu", rule("x", Value::Null))]))
        .with("peers", Value::Set([Value::object([("id", "1".into())])].into_iter().collect()))
        .with("window", window("02:00"))
}

/// What a correct provider plans for it at create.
fn planned() -> Value {
    config()
        .with("versioning", true)
        .with("arn", Value::Unknown)
        .with("lock", rule("x", 7))
        .with("rules", Value::List(vec![rule("x", 1), rule("y", 7)]))
        .with("zones", Value::map([("eu", rule("x", 7))]))
}

fn state() -> Value {
    planned().with("arn", "arn:aws:s3:::ledger")
}

fn breaks(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|v| format!("{}: {}", v.path, v.problem)).collect()
}

fn plan_breaks(prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    breaks(&check_planned(&schema(), prior, config, planned))
}

/// The one thing that is wrong when the plan is this.
fn create_breaks(planned: &Value) -> String {
    let mut found = plan_breaks(&Value::Null, &config(), planned);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn apply_breaks(planned: &Value, state: &Value) -> String {
    let mut found = breaks(&check_applied(&schema(), planned, state));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn correct_answers_break_nothing() {
    assert_eq!(plan_breaks(&Value::Null, &config(), &planned()), [""; 0]);
    assert_eq!(plan_breaks(&state(), &config(), &state()), [""; 0]);
    assert_eq!(plan_breaks(&state(), &Value::Null, &Value::Null), [""; 0]);
    assert_eq!(breaks(&check_applied(&schema(), &planned(), &state())), [""; 0]);
    assert_eq!(breaks(&check_final_plan(&schema(), &planned(), &state())), [""; 0]);
    assert_eq!(breaks(&check_state(&schema(), &state())), [""; 0]);
    assert_eq!(breaks(&check_applied(&schema(), &Value::Null, &Value::Null)), [""; 0]);
}

#[test]
fn plan_rule_1_the_type_is_the_schemas() {
    assert_eq!(
        create_breaks(&planned().with("name", 7)),
        "name: is a number, the schema says \"string\""
    );
    assert_eq!(create_breaks(&planned().with("extra", 7)), "extra: is not in the schema");
    let Value::Object(mut entries) = planned() else { panic!("an object") };
    entries.remove("arn");
    assert_eq!(create_breaks(&Value::Object(entries)), "arn: is missing");
    let tags = Value::map([("team", Value::Bool(true))]);
    assert_eq!(
        create_breaks(&planned().with("tags", tags)),
        "tags[\"team\"]: is a bool, the schema says \"string\""
    );
    let users = Value::set_of(["a".into(), 1.into()]);
    assert_eq!(
        create_breaks(&planned().with("users", users)),
        "users: is a number, the schema says \"string\""
    );
}

#[test]
fn plan_rule_2_null_exactly_when_the_configuration_is() {
    assert_eq!(
        plan_breaks(&state(), &Value::Null, &state()),
        [": is planned although the configuration does not want it"]
    );
    assert_eq!(
        plan_breaks(&Value::Null, &config(), &Value::Null),
        [": is planned as absent although the configuration wants it"]
    );
    assert_eq!(
        plan_breaks(&Value::Null, &config(), &Value::Unknown),
        [": is planned as unknown although the configuration is known"]
    );
}

#[test]
fn plan_rule_3_as_configured_or_as_it_was_or_computed() {
    assert_eq!(
        create_breaks(&planned().with("note", "added")),
        "note: is planned although it is not computed and not configured"
    );
    assert_eq!(
        create_breaks(&planned().with("name", "other")),
        "name: is not planned as configured"
    );
    // An equivalent spelling: as before is allowed, anything else is not.
    let prior = state().with("name", "LEDGER");
    assert_eq!(plan_breaks(&prior, &config(), &prior), [""; 0]);
    assert_eq!(
        plan_breaks(&prior, &config(), &prior.clone().with("name", "Ledger")),
        ["name: is planned neither as configured nor as it was"]
    );
    // Computed and configured: the configuration rules.
    let config = config().with("versioning", false);
    assert_eq!(
        plan_breaks(&Value::Null, &config, &planned()),
        ["versioning: is not planned as configured"]
    );
    // An unknown in the configuration must stay unknown.
    let config = self::config().with("name", Value::Unknown);
    assert_eq!(
        plan_breaks(&Value::Null, &config, &planned()),
        ["name: is not planned as configured"]
    );
    // As before does not help where the configuration no longer sets it.
    let prior = state().with("note", "old");
    assert_eq!(
        plan_breaks(&prior, &self::config(), &prior),
        ["note: is planned although it is not computed and not configured"]
    );
}

#[test]
fn plan_rule_5_nested_attributes_follow_the_same_rules() {
    assert_eq!(
        create_breaks(&planned().with("lock", rule("z", 7))),
        "lock.prefix: is not planned as configured"
    );
    assert_eq!(
        create_breaks(&planned().with("lock", Value::Unknown)),
        "lock: is planned as unknown although it is configured"
    );
    assert_eq!(
        create_breaks(&planned().with("lock", Value::Null)),
        "lock: is planned as null although it is configured"
    );
    assert_eq!(
        create_breaks(&planned().with("rules", Value::List(vec![rule("x", 1)]))),
        "rules: has 1 elements, 2 are configured"
    );
    let rules = Value::List(vec![rule("x", 2), rule("y", 7)]);
    assert_eq!(
        create_breaks(&planned().with("rules", rules)),
        "rules[0].days: is not planned as configured"
    );
    let rules = Value::List(vec![Value::Null, rule("y", 7)]);
    assert_eq!(
        create_breaks(&planned().with("rules", rules)),
        "rules[0]: is not planned as configured"
    );
    assert_eq!(
        create_breaks(&planned().with("zones", Value::map([("us", rule("x", 7))]))),
        "zones: has other keys than configured"
    );
    let peers = Value::set_of([Value::Null, Value::object([("id", "1".into())])]);
    assert_eq!(
        create_breaks(&planned().with("peers", peers)),
        "peers: has 2 elements, 1 are configured"
    );
}

#[test]
fn plan_rule_6_blocks_are_the_users() {
    assert_eq!(
        create_breaks(&planned().with("window", Value::Null)),
        "window: is planned as absent although the configuration wants it"
    );
    assert_eq!(
        create_breaks(&planned().with("window", window("03:00"))),
        "window.start: is not planned as configured"
    );
    let outer = Value::object([("inner", Value::Null)]);
    assert_eq!(
        create_breaks(&planned().with("outer", outer)),
        "outer: is planned although the configuration does not want it"
    );
    let config = config().with("window", Value::Unknown);
    assert_eq!(
        plan_breaks(&Value::Null, &config, &planned()),
        ["window: is planned as known although the configuration is unknown"]
    );
}

#[test]
fn plan_rule_7_replacement_paths_exist() {
    let ok = [AttributePath::from("name"), AttributePath::from("rules").index(1)];
    assert_eq!(check_replacements(&state(), &planned(), &ok), []);
    let wrong =
        [AttributePath::from("nmae"), AttributePath::from("rules").index(9), AttributePath::root()];
    assert_eq!(check_replacements(&state(), &planned(), &wrong).len(), 3);
}

#[test]
fn plan_rule_8_the_second_plan_keeps_what_the_first_one_knew() {
    let last = state().with("versioning", false);
    assert_eq!(
        breaks(&check_final_plan(&schema(), &planned(), &last)),
        ["versioning: is false, planned was true"]
    );
    let last = state().with("versioning", Value::Unknown);
    assert_eq!(
        breaks(&check_final_plan(&schema(), &planned(), &last)),
        ["versioning: was known when planned and is unknown"]
    );
    let tags = Value::map([("team", "pay".into()), ("late", "x".into())]);
    assert_eq!(
        breaks(&check_final_plan(&schema(), &planned(), &state().with("tags", tags))),
        ["tags[\"late\"]: was not planned and is present"]
    );
}

#[test]
fn apply_rule_known_leaves_stay_equal() {
    assert_eq!(
        apply_breaks(&planned(), &state().with("name", "Ledger")),
        "name: is \"Ledger\", planned was \"ledger\""
    );
    assert_eq!(
        apply_breaks(&planned(), &state().with("lock", rule("x", 8))),
        "lock.days: is 8, planned was 7"
    );
    let window = Value::object([("start", Value::Null)]);
    assert_eq!(
        apply_breaks(&planned(), &state().with("window", window)),
        "window.start: was planned and is absent"
    );
}

#[test]
fn apply_rule_null_is_not_empty() {
    assert_eq!(
        apply_breaks(&planned(), &state().with("note", "")),
        "note: was planned as absent and is present"
    );
    assert_eq!(
        apply_breaks(&planned(), &state().with("users", Value::Null)),
        "users: was planned and is absent"
    );
    assert_eq!(apply_breaks(&Value::Null, &state()), ": was planned as absent and is present");
    assert_eq!(apply_breaks(&planned(), &Value::Null), ": was planned and is absent");
}

#[test]
fn apply_rule_unknown_becomes_known() {
    assert_eq!(
        apply_breaks(&planned(), &state().with("arn", Value::Unknown)),
        "arn: is still unknown"
    );
    let users = Value::set_of(["a".into(), Value::Unknown]);
    assert_eq!(apply_breaks(&planned(), &state().with("users", users)), "users: is still unknown");
}

#[test]
fn apply_rule_collections_keep_their_shape() {
    let rules = Value::List(vec![rule("x", 1)]);
    assert_eq!(
        apply_breaks(&planned(), &state().with("rules", rules)),
        "rules: has 1 elements, planned were 2"
    );
    assert_eq!(
        apply_breaks(&planned(), &state().with("tags", Value::map::<&str>([]))),
        "tags[\"team\"]: was planned and is absent"
    );
    let users = Value::set_of(["a".into(), "b".into(), "c".into()]);
    assert_eq!(
        apply_breaks(&planned(), &state().with("users", users)),
        "users: has 3 elements, planned were 2"
    );
    let users = Value::set_of(["a".into(), "c".into()]);
    let found = check_applied(&schema(), &planned(), &state().with("users", users));
    assert_eq!(
        breaks(&found),
        ["users: lacks 1 planned elements", "users: has 1 elements that were not planned"]
    );
}

#[test]
fn unknown_elements_of_a_set_may_turn_out_equal() {
    let unknown = Value::set_of([Value::Unknown, Value::Unknown, "a".into()]);
    let planned = planned().with("users", unknown);
    let state = state().with("users", Value::set_of(["a".into()]));
    assert_eq!(breaks(&check_applied(&schema(), &planned, &state)), [""; 0]);
}

#[test]
fn secrets_are_never_shown() {
    let planned = planned().with("secret", "hunter2");
    let found = apply_breaks(&planned, &state().with("secret", "correct horse"));
    assert_eq!(found, "secret: is not what was planned");

    let users = vec![Attribute::string("name"), Attribute::string("password").sensitive()];
    let schema = Schema::new("", vec![Attribute::nested("users", Nesting::List, users)]);
    let user = |name: &str, password: &str| {
        let user = Value::object([("name", name.into()), ("password", password.into())]);
        Value::object([("users", Value::List(vec![user]))])
    };
    let found = check_applied(&schema, &user("a", "hunter2"), &user("b", "correct horse"));
    assert_eq!(
        breaks(&found),
        [
            "users[0].name: is \"b\", planned was \"a\"",
            "users[0].password: is not what was planned"
        ]
    );
}

#[test]
fn data_must_be_whole_and_keep_what_was_configured() {
    let check = |state: &Value| breaks(&check_data(&schema(), &config(), state));
    assert_eq!(check(&state()), [""; 0]);
    assert_eq!(check(&Value::Null), [": is null"]);
    assert_eq!(check(&planned()), ["arn: is still unknown"]);
    assert_eq!(check(&state().with("name", "x")), ["name: is not planned as configured"]);
}

#[test]
fn diagnostics_say_where_and_that_it_is_our_fault() {
    let violations = check_applied(&schema(), &planned(), &state().with("lock", rule("x", 8)));
    let found = diagnostics(&schema(), "the result of creating `t`", &violations);
    let diagnostic = found.iter().next().unwrap();
    assert!(diagnostic.is_error());
    assert_eq!(diagnostic.path.to_string(), "lock.days");
    assert!(diagnostic.detail.starts_with(
        "the result of creating `t` breaks a rule of Terraform's: `lock.days` is 8, planned was 7"
    ));
    // What the schema lacks cannot be underlined.
    let violations = check_planned(&schema(), &Value::Null, &config(), &planned().with("x", 1));
    let found = diagnostics(&schema(), "the plan of `t`", &violations);
    assert!(found.iter().next().unwrap().path.steps().is_empty());
}
