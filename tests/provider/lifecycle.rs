//! The life of a resource when all goes well, call by call as Terraform makes them.

use harness::provider::Terraform;
use terraform_provider_probity::value::Value;

use crate::fake::{self, NOTE, THING};

fn summaries(found: &[harness::provider::Diagnostic]) -> Vec<(&str, &str)> {
    found.iter().map(|d| (d.summary.as_str(), d.path.as_str())).collect()
}

async fn create(terraform: &mut Terraform, kind: &str, config: &Value) -> Value {
    terraform.change(kind, &Value::Null, config).await.state
}

#[tokio::test]
async fn a_thing_is_planned_made_read_changed_and_destroyed() {
    let (mut terraform, cloud) = fake::serve().await;
    assert_eq!(terraform.configure([("region", "here".into())]).await, []);
    let config = terraform.config(THING, [("name", "a".into())]);
    assert_eq!(terraform.validate(THING, &config).await, []);

    let planned = terraform.plan(THING, &Value::Null, &config).await;
    assert_eq!(planned.diagnostics, []);
    let state = |name: &str| planned.state.get(name).clone();
    assert_eq!(state("size"), 1.into(), "a default");
    assert_eq!(state("arn"), "arn:fake:a".into(), "derived, so known");
    assert_eq!(state("id"), Value::Unknown);
    assert_eq!(state("owner"), Value::Unknown);
    assert_eq!(state("note"), Value::Null);

    let applied = terraform.apply(THING, &Value::Null, &planned, &config).await;
    assert_eq!(applied.diagnostics, []);
    assert_eq!(applied.state.get("id"), &"id-a".into());
    assert_eq!(applied.state.get("owner"), &"nobody".into());
    assert_eq!(applied.private, b"made");

    // The next command: from disk, refreshed, nothing to do.
    let stored = terraform.store_and_load(THING, &applied.state).await;
    assert_eq!(stored, applied.state);
    let read = terraform.read(THING, &stored, &applied.private).await;
    assert_eq!((&read.state, &read.private), (&applied.state, &applied.private));
    let again = terraform.plan(THING, &read.state, &config).await;
    assert_eq!(again.state, read.state, "no change is no change");

    let larger = config.clone().with("size", 5);
    let changed = terraform.change(THING, &read.state, &larger).await.state;
    assert_eq!(changed.get("size"), &5.into());
    assert_eq!(changed.get("etag"), &2.into());

    let gone = terraform.change(THING, &changed, &Value::Null).await;
    assert_eq!(gone.state, Value::Null);
    assert_eq!(cloud.names(), [""; 0]);
    let log = cloud.take_log();
    let work: Vec<&str> =
        log.iter().map(String::as_str).filter(|line| !line.starts_with("judge")).collect();
    assert_eq!(work, ["configure here 1.11.4", "create", "read made", "update", "delete"]);
}

#[tokio::test]
async fn the_gate_is_asked_at_every_phase() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(NOTE, [("name", "a".into())]);
    terraform.validate(NOTE, &config).await;
    let state = create(&mut terraform, NOTE, &config).await;
    let state = terraform.change(NOTE, &state, &config.clone().with("size", 2)).await.state;
    let renamed = config.with("name", "b");
    let replaced = terraform.plan(NOTE, &state, &renamed).await;
    assert_eq!(replaced.requires_replace, ["name"]);
    terraform.change(NOTE, &state, &Value::Null).await;
    assert_eq!(
        cloud.take_log(),
        [
            "judge Validate Create",
            "judge Plan Create",
            "judge Apply Create",
            "create",
            "judge Plan Update",
            "judge Apply Update",
            "update",
            "judge Plan Replace",
            "judge Plan Delete",
            "judge Apply Delete",
            "delete"
        ]
    );
}

#[tokio::test]
async fn what_breaks_a_control_is_refused_where_it_is_known() {
    let (mut terraform, cloud) = fake::serve().await;
    let too_large = terraform.config(THING, [("name", "a".into()), ("size", 101.into())]);
    let refused = [("FAKE-001: Small things", "size")];
    assert_eq!(summaries(&terraform.validate(THING, &too_large).await), refused);
    let planned = terraform.plan(THING, &Value::Null, &too_large).await;
    assert_eq!(summaries(&planned.diagnostics), refused);

    // Not known before apply: neither a pass nor an alarm, and judged then, before anything is done.
    let late = terraform.config(THING, [("name", "a".into()), ("note", Value::Unknown)]);
    assert_eq!(terraform.validate(THING, &late).await, []);
    let mut planned = terraform.plan(THING, &Value::Null, &late).await;
    assert_eq!(planned.diagnostics, []);
    let known = late.with("note", "late");
    planned.state.set("note", "late");
    cloud.take_log();
    let applied = terraform.apply(THING, &Value::Null, &planned, &known).await;
    assert_eq!(summaries(&applied.diagnostics), [("FAKE-003: Too late", "note")]);
    assert_eq!(applied.state, Value::Null);
    assert_eq!(cloud.take_log(), ["judge Apply Create"], "nothing was made");
}

#[tokio::test]
async fn forms_are_judged_offline_and_unknowns_never() {
    let (mut terraform, _) = fake::serve().await;
    let config = terraform.config(THING, [("name", "".into())]);
    let times = Value::object([
        ("create", "soon".into()),
        ("read", Value::Null),
        ("update", "1h30m".into()),
        ("delete", Value::Unknown),
    ]);
    let found = terraform.validate(THING, &config.with("timeouts", times)).await;
    assert_eq!(summaries(&found), [("invalid value", "timeouts.create"), ("empty name", "name")]);
    assert!(found[0].detail.starts_with("`timeouts.create` is `soon`, must be a duration"));

    let found = terraform.configure([("region", "elsewhere".into())]).await;
    assert_eq!(summaries(&found), [("invalid value", "region")]);
    assert_eq!(found[0].detail, "`region` is `elsewhere`, must be one of `here`, `there`");

    let unknown = terraform.config(
        THING,
        [("name", Value::Unknown), ("size", Value::Unknown), ("timeouts", Value::Unknown)],
    );
    assert_eq!(terraform.validate(THING, &unknown).await, []);
    assert_eq!(terraform.configure([("region", Value::Unknown)]).await, []);
}

#[tokio::test]
async fn unknown_inputs_stay_unknown_in_the_plan() {
    let (mut terraform, _) = fake::serve().await;
    let config = terraform.config(
        THING,
        [("name", Value::Unknown), ("users", Value::set_of(["a".into(), Value::Unknown]))],
    );
    let planned = terraform.plan(THING, &Value::Null, &config).await;
    assert_eq!(planned.diagnostics, []);
    assert_eq!(planned.state.get("name"), &Value::Unknown);
    assert_eq!(planned.state.get("arn"), &Value::Unknown, "it comes from the name");
    assert_eq!(planned.state.get("users"), config.get("users"));
}

#[tokio::test]
async fn drift_from_a_default_is_a_change() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into()), ("note", "x".into())]);
    let state = create(&mut terraform, THING, &config).await;
    assert_eq!(state.get("owner"), &"author".into(), "a default that depends on the note");
    cloud.tamper("a", "size", 50);
    cloud.tamper("a", "owner", "thief");
    let read = terraform.read(THING, &state, b"").await;
    let planned = terraform.plan(THING, &read.state, &config).await;
    assert_eq!(planned.state.get("size"), &1.into());
    assert_eq!(planned.state.get("owner"), &"author".into());
    assert_eq!(planned.state.get("etag"), &Value::Unknown, "a change may change it");
    assert_eq!(planned.state.get("id"), &"id-a".into(), "nothing changes it");
}

#[tokio::test]
async fn a_thing_that_is_gone_is_planned_anew() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into())]);
    let state = create(&mut terraform, THING, &config).await;
    cloud.remove("a");
    let read = terraform.read(THING, &state, b"x").await;
    assert_eq!((read.state, read.diagnostics), (Value::Null, vec![]));
}

#[tokio::test]
async fn a_stateful_thing_is_replaced_only_when_allowed() {
    let (mut terraform, _) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into())]);
    let state = create(&mut terraform, THING, &config).await;
    let renamed = config.with("name", "b");
    let planned = terraform.plan(THING, &state, &renamed).await;
    assert_eq!(summaries(&planned.diagnostics), [("replacement refused", "name")]);
    assert!(planned.diagnostics[0].detail.contains("allow_replacement = true"));
    for not_allowed in [false.into(), Value::Unknown] {
        let config = renamed.clone().with("allow_replacement", not_allowed);
        let planned = terraform.plan(THING, &state, &config).await;
        assert_eq!(summaries(&planned.diagnostics), [("replacement refused", "name")]);
    }

    let allowed = renamed.clone().with("allow_replacement", true);
    let planned = terraform.plan(THING, &state, &allowed).await;
    assert_eq!(planned.diagnostics, []);
    assert_eq!(planned.requires_replace, ["name"]);
    // What Terraform does next: destroy, plan once more as a create, create.
    let gone = terraform.change(THING, &state, &Value::Null).await;
    let made = terraform.change(THING, &gone.state, &allowed).await.state;
    assert_eq!(made.get("id"), &"id-b".into());

    let note = terraform.config(NOTE, [("name", "a".into())]);
    let state = create(&mut terraform, NOTE, &note).await;
    let planned = terraform.plan(NOTE, &state, &note.with("name", "b")).await;
    assert_eq!(planned.diagnostics, [], "nothing is lost with a note");
    assert_eq!(planned.requires_replace, ["name"]);
}

#[tokio::test]
async fn a_replacement_warns_once() {
    let (mut terraform, _) = fake::serve().await;
    let config = terraform.config(NOTE, [("name", "a".into())]);
    let state = create(&mut terraform, NOTE, &config).await;
    let unlucky = config.with("name", "b").with("size", 13);
    let first = terraform.plan(NOTE, &state, &unlucky).await;
    assert_eq!(first.diagnostics, []);
    let second = terraform.plan(NOTE, &Value::Null, &unlucky).await;
    assert_eq!(summaries(&second.diagnostics), [("FAKE-002: Luck", "size")]);
    assert!(!second.diagnostics[0].error);
}

#[tokio::test]
async fn destruction_can_be_forbidden() {
    let (mut terraform, _) = fake::serve().await;
    let lock = Value::object([("mode", "hard".into()), ("days", 7.into())]);
    let config = terraform.config(THING, [("name", "a".into()), ("lock", lock)]);
    let state = create(&mut terraform, THING, &config).await;
    let planned = terraform.plan(THING, &state, &Value::Null).await;
    assert_eq!(summaries(&planned.diagnostics), [("locked", "lock")]);
}

#[tokio::test]
async fn nested_attributes_have_defaults_of_their_own() {
    let (mut terraform, _) = fake::serve().await;
    let lock = |mode: Value| Value::object([("mode", mode), ("days", 7.into())]);
    let config = terraform.config(THING, [("name", "a".into()), ("lock", lock(Value::Null))]);
    let state = create(&mut terraform, THING, &config).await;
    assert_eq!(state.get("lock"), &lock("soft".into()));
    let again = terraform.plan(THING, &state, &config).await;
    assert_eq!(again.state, state);
}

#[tokio::test]
async fn timeouts_alone_are_no_work() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into())]);
    let state = create(&mut terraform, THING, &config).await;
    cloud.take_log();
    let times = Value::object([
        ("create", "5m".into()),
        ("read", Value::Null),
        ("update", Value::Null),
        ("delete", Value::Null),
    ]);
    let config = config.with("timeouts", times.clone());
    let planned = terraform.plan(THING, &state, &config).await;
    assert_eq!(
        planned.state,
        state.clone().with("timeouts", times.clone()),
        "nothing else changes"
    );
    let applied = terraform.apply(THING, &state, &planned, &config).await;
    assert_eq!(applied.state, planned.state);
    assert!(!cloud.take_log().contains(&"update".to_owned()));
    // No cloud knows them: they survive a read.
    let read = terraform.read(THING, &applied.state, b"").await;
    assert_eq!(read.state.get("timeouts"), &times);
    assert_eq!(terraform.plan(THING, &read.state, &config).await.state, read.state);
}

#[tokio::test]
async fn private_bytes_are_carried_along() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into())]);
    let made = terraform.change(THING, &Value::Null, &config).await;
    assert_eq!(made.private, b"made");
    let read = terraform.read(THING, &made.state, &made.private).await;
    assert!(cloud.take_log().contains(&"read made".to_owned()));
    let larger = config.with("size", 2);
    let planned = terraform.plan_with(THING, &read.state, &larger, read.private).await;
    assert_eq!(planned.private, b"made");
    let applied = terraform.apply(THING, &read.state, &planned, &larger).await;
    assert_eq!(applied.private, b"made", "an update that says nothing keeps them");
}

#[tokio::test]
async fn data_is_read_whole() {
    let (mut terraform, _) = fake::serve().await;
    for name in ["a", "ab", "b"] {
        let config = terraform.config(NOTE, [("name", name.into())]);
        create(&mut terraform, NOTE, &config).await;
    }
    let (data, found) = terraform.read_data("fake_things", [("prefix", "a".into())]).await;
    assert_eq!(found, []);
    assert_eq!(data.get("names").elements(), ["a".into(), "ab".into()]);
    let (_, found) = terraform.read_data("fake_things", [("prefix", "lie".into())]).await;
    assert_eq!(summaries(&found), [("internal error", "prefix")]);
}
