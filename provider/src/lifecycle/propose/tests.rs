//! What is planned before any hook has a say.

use super::*;
use crate::schema::Schema;

fn schema() -> Schema {
    let rule = || {
        vec![
            Attribute::string("prefix"),
            Attribute::number("days").default(7),
            Attribute::string("rule_id").computed(),
        ]
    };
    Schema::new(
        "a thing",
        vec![
            Attribute::string("name").required().replaces(),
            Attribute::string("note"),
            Attribute::bool("versioning").default(true),
            Attribute::string("owner").optional_computed(),
            Attribute::string("boot").replaces_if_configured().optional_computed(),
            Attribute::string("arn").computed().keep_state(),
            Attribute::string("etag").computed(),
            Attribute::nested("lock", Nesting::Single, rule()),
            Attribute::nested("rules", Nesting::List, rule()),
            Attribute::nested("zones", Nesting::Map, rule()),
        ],
    )
}

fn plan(config: &Value, prior: &Value) -> Value {
    propose(&schema().block, config, prior)
}

fn config() -> Value {
    schema().empty().with("name", "ledger")
}

fn state() -> Value {
    plan(&config(), &Value::Null)
        .with("owner", "me")
        .with("boot", "x")
        .with("arn", "arn:1")
        .with("etag", "e1")
}

fn rule(prefix: &str, days: impl Into<Value>, id: impl Into<Value>) -> Value {
    let values = [("prefix", prefix.into()), ("days", days.into()), ("rule_id", id.into())];
    Value::object(values)
}

#[test]
fn at_create_defaults_are_filled_in_and_the_rest_is_unknown() {
    let planned = plan(&config(), &Value::Null);
    assert_eq!(planned.get("name"), &"ledger".into());
    assert_eq!(planned.get("note"), &Value::Null);
    assert_eq!(planned.get("versioning"), &true.into());
    for unknown in ["owner", "arn", "etag"] {
        assert_eq!(planned.get(unknown), &Value::Unknown, "{unknown}");
    }
}

#[test]
fn the_configuration_wins_over_everything() {
    let config = config().with("versioning", false).with("owner", Value::Unknown);
    let planned = plan(&config, &state());
    assert_eq!(planned.get("versioning"), &false.into());
    assert_eq!(planned.get("owner"), &Value::Unknown);
}

#[test]
fn nothing_changes_when_nothing_changed() {
    let config = config()
        .with("lock", rule("x", Value::Null, Value::Null))
        .with("rules", Value::List(vec![rule("x", 1, Value::Null)]))
        .with("zones", Value::map([("eu", rule("x", Value::Null, Value::Null))]));
    let prior = state()
        .with("lock", rule("x", 7, "r1"))
        .with("rules", Value::List(vec![rule("x", 1, "r2")]))
        .with("zones", Value::map([("eu", rule("x", 7, "r3"))]));
    assert_eq!(plan(&config, &prior), prior);
}

#[test]
fn a_value_taken_out_of_the_configuration_falls_back() {
    let prior = state().with("versioning", false).with("note", "old").with("owner", "you");
    let planned = plan(&config(), &prior);
    assert_eq!(planned.get("versioning"), &true.into(), "to the default, so drift shows");
    assert_eq!(planned.get("note"), &Value::Null, "to nothing");
    assert_eq!(planned.get("owner"), &"you".into(), "to what there is");
}

#[test]
fn a_nested_value_that_is_new_has_nothing_to_keep() {
    let config = config().with("lock", rule("x", Value::Null, Value::Null));
    let planned = plan(&config, &state());
    assert_eq!(planned.get("lock"), &rule("x", 7, Value::Unknown));
}

#[test]
fn list_elements_do_not_inherit_from_another_one() {
    let config = config().with(
        "rules",
        Value::List(vec![rule("b", 1, Value::Null), rule("b", Value::Null, Value::Null)]),
    );
    let prior = state().with("rules", Value::List(vec![rule("a", 1, "r-a"), rule("b", 7, "r-b")]));
    assert_eq!(
        plan(&config, &prior).get("rules").elements(),
        [rule("b", 1, Value::Unknown), rule("b", 7, "r-b")]
    );
}

#[test]
fn a_change_unsettles_what_does_not_promise_to_stay() {
    let mut planned = state();
    unsettle(&schema().block.attributes, &mut planned);
    assert_eq!(planned.get("etag"), &Value::Unknown);
    assert_eq!(planned.get("arn"), &"arn:1".into());
    assert_eq!(planned.get("owner"), &"me".into());
}

#[test]
fn replacement_is_asked_for_where_declared() {
    let paths = |config: &Value, planned: &Value| {
        let paths = replacements(&schema().block, config, &state(), planned);
        paths.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(paths(&config(), &state()), [""; 0]);
    assert_eq!(paths(&config(), &state().with("name", "other")), ["name"]);
    assert_eq!(paths(&config(), &state().with("name", Value::Unknown)), ["name"]);
    assert_eq!(paths(&config(), &state().with("boot", "y")), [""; 0], "a default destroys nothing");
    let config = config().with("boot", "y");
    assert_eq!(paths(&config, &state().with("boot", "y")), ["boot"]);
}

#[test]
fn an_unknown_collection_stays_unknown() {
    let config = config().with("lock", Value::Unknown).with("rules", Value::Unknown);
    let planned = plan(&config, &state());
    assert_eq!(planned.get("lock"), &Value::Unknown);
    assert_eq!(planned.get("rules"), &Value::Unknown);
}

#[test]
fn an_element_that_holds_computed_values_deep_inside_keeps_them() {
    let deep = Attribute::nested(
        "zones",
        Nesting::Map,
        vec![Attribute::string("name"), Attribute::string("zone_id").computed()],
    );
    let block = Schema::new("", vec![Attribute::nested("rules", Nesting::List, vec![deep])]).block;
    let rules = |id: Value| {
        let zone = Value::object([("name", "x".into()), ("zone_id", id)]);
        let rule = Value::object([("zones", Value::map([("eu", zone)]))]);
        Value::object([("rules", Value::List(vec![rule]))])
    };
    assert_eq!(propose(&block, &rules(Value::Null), &rules("z1".into())), rules("z1".into()));
}
