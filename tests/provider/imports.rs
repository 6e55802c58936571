//! Objects and states that come from elsewhere: imports, moves, older versions.

use serde_json::json;
use terraform_provider_probity::value::Value;
use tfplugin_proto::tfplugin6 as wire;

use crate::fake::{self, THING};

#[tokio::test]
async fn an_import_is_a_stub_that_is_read_next() {
    let (mut terraform, _) = fake::serve().await;
    let config = terraform.config(THING, [("name", "a".into()), ("size", 7.into())]);
    let made = terraform.change(THING, &Value::Null, &config).await.state;

    let (stub, found) = terraform.import(THING, "id-a").await;
    assert_eq!(found, []);
    assert_eq!(stub.get("name"), &"a".into());
    assert_eq!(stub.get("size"), &Value::Null);
    let read = terraform.read(THING, &stub, b"").await;
    assert_eq!(read.state, made);
    assert_eq!(terraform.plan(THING, &read.state, &config).await.state, read.state);

    let (stub, found) = terraform.import(THING, "a").await;
    assert_eq!(stub, Value::Null);
    assert_eq!(found[0].detail, "an id is `id-<name>`");

    // One that does not exist: the stub is fine, the read finds nothing, Terraform says so.
    let (stub, _) = terraform.import(THING, "id-nobody").await;
    assert_eq!(terraform.read(THING, &stub, b"").await.state, Value::Null);
}

#[tokio::test]
async fn a_state_of_another_type_is_taken_over_or_refused_with_a_way_out() {
    let (mut terraform, _) = fake::serve().await;
    let mut move_from = async |address: &str, type_name: &str| {
        let state = json!({ "bucket": "ledger", "acl": null }).to_string().into_bytes();
        let request = wire::move_resource_state::Request {
            source_provider_address: address.to_owned(),
            source_type_name: type_name.to_owned(),
            source_state: Some(wire::RawState { json: state, ..<_>::default() }),
            target_type_name: THING.to_owned(),
            ..<_>::default()
        };
        terraform.raw().move_resource_state(request).await.unwrap().into_inner()
    };
    for host in ["registry.terraform.io", "registry.opentofu.org", "mirror.bank.example:8443"] {
        let moved = move_from(&format!("{host}/hashicorp/aws"), "aws_s3_bucket").await;
        assert_eq!(moved.diagnostics, [], "{host}");
        assert!(!moved.target_state.unwrap().msgpack.is_empty());
    }
    let refused = move_from("registry.terraform.io/hashicorp/aws", "aws_vpc").await;
    assert_eq!(refused.diagnostics[0].summary, "move not supported");
    let detail = &refused.diagnostics[0].detail;
    assert!(detail.contains("cannot take over a `aws_vpc` of hashicorp/aws"), "{detail}");
    assert!(detail.contains("import"), "{detail}");
}

#[tokio::test]
async fn stored_states_are_read_as_they_are() {
    let (mut terraform, _) = fake::serve().await;
    // From an edition with other attributes, spelt as older Terraforms did.
    let stored = json!({ "name": "a", "size": "7", "allow_replacement": "true", "colour": "red" });
    let (state, found) = terraform.upgrade(THING, 0, &stored).await;
    assert_eq!(found, []);
    assert_eq!(state.get("size"), &7.into());
    assert_eq!(state.get("allow_replacement"), &true.into());
    assert_eq!(state.get("users"), &Value::Null);

    let (_, found) = terraform.upgrade(THING, 1, &stored).await;
    assert_eq!(found[0].summary, "state of a newer version");
    let (_, found) = terraform.upgrade(THING, -1, &stored).await;
    assert_eq!(found[0].summary, "too old");
    let (_, found) = terraform.upgrade(THING, 0, &json!([1])).await;
    assert!(found[0].detail.contains("an object is required, found an array"), "{found:?}");
}

#[tokio::test]
async fn states_that_are_not_json_are_refused() {
    let (mut terraform, _) = fake::serve().await;
    let flat = [("name".to_owned(), "a".to_owned())].into_iter().collect();
    for raw_state in [
        wire::RawState { flatmap: flat, ..<_>::default() },
        wire::RawState { json: b"{".to_vec(), ..<_>::default() },
    ] {
        let request = wire::upgrade_resource_state::Request {
            type_name: THING.to_owned(),
            version: 0,
            raw_state: Some(raw_state),
        };
        let answer = terraform.raw().upgrade_resource_state(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics[0].summary, "state cannot be read");
    }
}
