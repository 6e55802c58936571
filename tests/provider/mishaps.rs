//! What remains when something goes wrong: never less than exists, never a dead provider.

use std::time::{Duration, Instant};

use harness::provider::{Change, Diagnostic, Terraform};
use terraform_provider_probity::value::Value;

use crate::fake::{self, NOTE, THING};

fn summaries(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|d| d.summary.as_str()).collect()
}

/// Plans and applies a thing that fails in this way.
async fn create(terraform: &mut Terraform, mishap: &str) -> Change {
    let config = terraform.config(THING, [("name", "a".into()), ("mishap", mishap.into())]);
    let planned = terraform.plan(THING, &Value::Null, &config).await;
    assert_eq!(planned.diagnostics, []);
    terraform.apply(THING, &Value::Null, &planned, &config).await
}

/// A healthy thing whose next operation fails in this way, and the plan for it.
async fn update(terraform: &mut Terraform, mishap: &str) -> (Value, Change) {
    let config = terraform.config(THING, [("name", "a".into())]);
    let state = terraform.change(THING, &Value::Null, &config).await.state;
    let config = config.with("size", 2).with("mishap", mishap);
    let planned = terraform.plan(THING, &state, &config).await;
    let applied = terraform.apply(THING, &state, &planned, &config).await;
    (state, applied)
}

#[tokio::test]
async fn nothing_made_is_nothing_kept() {
    let (mut terraform, cloud) = fake::serve().await;
    let applied = create(&mut terraform, "fail at once").await;
    assert_eq!(summaries(&applied.diagnostics), ["could not create"]);
    assert_eq!(applied.state, Value::Null);
    assert_eq!(cloud.names(), [""; 0]);
}

#[tokio::test]
async fn what_was_made_before_a_failure_is_kept() {
    let (mut terraform, cloud) = fake::serve().await;
    let applied = create(&mut terraform, "fail halfway").await;
    assert_eq!(summaries(&applied.diagnostics), ["could not finish"]);
    assert_eq!(cloud.names(), ["a"]);
    assert_eq!(applied.state.get("id"), &"id-a".into());
    assert_eq!(applied.state.get("owner"), &Value::Null, "a state holds no unknowns");
    // Terraform taints it; the next command can destroy it.
    terraform.change(THING, &applied.state, &Value::Null).await;
    assert_eq!(cloud.names(), [""; 0]);
}

#[tokio::test]
async fn a_panic_is_an_error_of_one_call() {
    let (mut terraform, cloud) = fake::serve().await;
    let applied = create(&mut terraform, "panic halfway").await;
    assert_eq!(summaries(&applied.diagnostics), ["internal error"]);
    let detail = &applied.diagnostics[0].detail;
    assert!(detail.contains("panicked while creating `fake_thing`: creating went wrong"));
    assert_eq!(applied.state.get("id"), &"id-a".into(), "what it made is not lost");
    assert_eq!(cloud.names(), ["a"]);

    let config = terraform.config(THING, [("name", "b".into())]);
    let panicking = config.clone().with("mishap", "panic in plan");
    let planned = terraform.plan(THING, &Value::Null, &panicking).await;
    assert_eq!(summaries(&planned.diagnostics), ["internal error"]);
    assert!(planned.diagnostics[0].detail.contains("planning went wrong"));

    let in_the_gate = config.clone().with("note", "panic in the gate");
    let found = terraform.validate(THING, &in_the_gate).await;
    assert_eq!(summaries(&found), ["internal error"]);
    let planned = terraform.plan(THING, &Value::Null, &config).await;
    let mut wrong = planned.clone();
    wrong.state.set("note", "panic in the gate");
    let applied = terraform.apply(THING, &Value::Null, &wrong, &in_the_gate).await;
    assert_eq!(summaries(&applied.diagnostics), ["internal error"]);
    assert_eq!(applied.state, Value::Null);

    let (_, found) = terraform.read_data("fake_things", [("prefix", "panic".into())]).await;
    assert_eq!(summaries(&found), ["internal error"]);

    // The same process goes on as if nothing had been.
    let made = terraform.apply(THING, &Value::Null, &planned, &config).await;
    assert_eq!(made.diagnostics, []);
    assert_eq!(cloud.names(), ["a", "b"]);
}

#[tokio::test]
async fn a_failed_read_keeps_the_state() {
    let (mut terraform, _) = fake::serve().await;
    for mishap in ["read fails", "read panics"] {
        let config = terraform.config(NOTE, [("name", "a".into()), ("mishap", mishap.into())]);
        let state = terraform.change(NOTE, &Value::Null, &config).await.state;
        let read = terraform.read(NOTE, &state, b"kept").await;
        assert_eq!(read.diagnostics.len(), 1, "{mishap}");
        assert_eq!((read.state, read.private), (state, b"kept".to_vec()), "{mishap}");
    }
}

#[tokio::test]
async fn a_failed_update_keeps_what_there_is() {
    let (mut terraform, _) = fake::serve().await;
    let (before, applied) = update(&mut terraform, "fail at once").await;
    assert_eq!(summaries(&applied.diagnostics), ["could not update"]);
    assert_eq!(applied.state, before);

    let (mut terraform, _) = fake::serve().await;
    let (before, applied) = update(&mut terraform, "fail halfway").await;
    assert_eq!(summaries(&applied.diagnostics), ["could not finish"]);
    assert_eq!(applied.state, before.with("size", 2), "half of it was done");
}

#[tokio::test]
async fn a_failed_delete_keeps_the_thing() {
    let (mut terraform, cloud) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into()), ("mishap", "stay".into())]);
    let state = terraform.change(THING, &Value::Null, &config).await.state;
    let planned = terraform.plan(THING, &state, &Value::Null).await;
    let applied = terraform.apply(THING, &state, &planned, &Value::Null).await;
    assert_eq!(summaries(&applied.diagnostics), ["could not delete"]);
    assert_eq!(applied.state, state);
    assert_eq!(cloud.names(), ["a"]);
}

#[tokio::test]
async fn the_guard_names_what_core_would_refuse() {
    let (mut terraform, _) = fake::serve().await;
    let lie = terraform.config(THING, [("name", "a".into()), ("mishap", "plan a lie".into())]);
    let planned = terraform.plan(THING, &Value::Null, &lie).await;
    assert_eq!(summaries(&planned.diagnostics), ["internal error"]);
    assert_eq!(planned.diagnostics[0].path, "note");

    for (mishap, path, problem) in [
        ("normalise", "note", "`note` was planned as absent and is present"),
        ("forget", "etag", "`etag` is still unknown"),
        ("break the type", "etag", "`etag` is a string, the schema says \"number\""),
    ] {
        let (mut terraform, _) = fake::serve().await;
        let applied = create(&mut terraform, mishap).await;
        assert_eq!(summaries(&applied.diagnostics), ["internal error"], "{mishap}");
        assert_eq!(applied.diagnostics[0].path, path);
        assert!(applied.diagnostics[0].detail.contains(problem), "{:?}", applied.diagnostics);
        assert_eq!(applied.state.get("id"), &"id-a".into(), "{mishap}: and nothing is lost");
    }
}

#[tokio::test]
async fn a_warning_does_not_stop_anything() {
    let (mut terraform, _) = fake::serve().await;
    let applied = create(&mut terraform, "warn").await;
    assert_eq!(summaries(&applied.diagnostics), ["careful"]);
    assert!(!applied.diagnostics[0].error);
    assert_eq!(applied.state.get("id"), &"id-a".into());
}

#[tokio::test]
async fn an_operation_ends_with_its_time() {
    let (mut terraform, _) = fake::serve().await;
    let times = Value::object([
        ("create", "100ms".into()),
        ("read", Value::Null),
        ("update", Value::Null),
        ("delete", Value::Null),
    ]);
    let config = terraform.config(
        THING,
        [("name", "a".into()), ("mishap", "hang".into()), ("timeouts", times.clone())],
    );
    let planned = terraform.plan(THING, &Value::Null, &config).await;
    let applied = terraform.apply(THING, &Value::Null, &planned, &config).await;
    assert_eq!(summaries(&applied.diagnostics), ["timed out"]);
    assert!(applied.diagnostics[0].detail.contains("timeouts { create ="));
    assert_eq!(applied.state.get("id"), &"id-a".into());
    assert_eq!(applied.state.get("timeouts"), &times);
}

#[tokio::test]
async fn ctrl_c_ends_waiting_keeps_what_exists_and_starts_nothing_new() {
    let (mut terraform, cloud) = fake::serve().await;
    let waiting = terraform.config(THING, [("name", "a".into()), ("mishap", "wait".into())]);
    let planned = terraform.plan(THING, &Value::Null, &waiting).await;
    let began = Instant::now();
    let mut second = terraform.clone();
    let (applied, ()) =
        tokio::join!(terraform.apply(THING, &Value::Null, &planned, &waiting), async {
            while cloud.names().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            second.stop().await;
        });
    assert!(began.elapsed() < Duration::from_secs(30), "not by its timeout");
    assert_eq!(summaries(&applied.diagnostics), ["interrupted"]);
    assert_eq!(applied.state.get("id"), &"id-a".into());

    cloud.take_log();
    let config = terraform.config(THING, [("name", "b".into())]);
    let planned = terraform.plan(THING, &Value::Null, &config).await;
    let refused = terraform.apply(THING, &Value::Null, &planned, &config).await;
    assert_eq!(summaries(&refused.diagnostics), ["interrupted"]);
    assert_eq!(refused.state, Value::Null);
    assert!(!cloud.take_log().contains(&"create".to_owned()));

    // The next command of an attached Terraform.
    assert_eq!(terraform.configure([]).await, []);
    let made = terraform.apply(THING, &Value::Null, &planned, &config).await;
    assert_eq!(made.diagnostics, []);
}

#[tokio::test]
async fn large_states_pass() {
    let (mut terraform, _) = fake::serve().await;
    // Four times what gRPC takes by default.
    let config =
        terraform.config(NOTE, [("name", "a".into()), ("note", "x".repeat(16 << 20).into())]);
    let state = terraform.change(NOTE, &Value::Null, &config).await.state;
    assert_eq!(state.get("note"), config.get("note"));
}

#[tokio::test]
async fn nonsense_on_the_wire_is_a_diagnostic() {
    use tfplugin_proto::tfplugin6 as wire;
    let (mut terraform, _) = fake::serve().await;
    let request = wire::validate_resource_config::Request {
        type_name: THING.to_owned(),
        config: Some(wire::DynamicValue { msgpack: b"\x81\xa1x\x01".to_vec(), json: vec![] }),
        ..<_>::default()
    };
    let answer = terraform.raw().validate_resource_config(request).await.unwrap().into_inner();
    assert!(answer.diagnostics[0].detail.contains("has an unknown attribute `x`"), "{answer:?}");

    let request = wire::read_resource::Request {
        type_name: "fake_nothing".to_owned(),
        private: b"kept".to_vec(),
        ..<_>::default()
    };
    let answer = terraform.raw().read_resource(request).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].detail, "this provider has no resource `fake_nothing`");
    assert_eq!(answer.private, b"kept");
}
