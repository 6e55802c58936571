//! Updates: what was wrong before may stay, with a warning, unless it is critical; but nothing gets
//! worse.

use harness::cluster::registration::{SELECTOR, wait_until_refused};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::objects::{compliant, privileged, unpinned, workload};
use crate::stage::{HTTP2, Stage, denial, warnings};

/// A namespace in which `object` was before anybody judged it.
async fn with_old(name: &str, object: &Value) -> Option<Stage> {
    let stage = Stage::labelled(name, &[]).await?;
    stage.admitted(object).await;
    let namespaces: Api<Namespace> = Api::all(stage.client.clone());
    let label = json!({ "metadata": { "labels": { SELECTOR: HTTP2 } } });
    namespaces.patch(name, &PatchParams::default(), &Patch::Merge(label)).await.unwrap();
    wait_until_refused(&stage.client, name).await;
    Some(stage)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_violation_does_not_hold_up_other_changes() {
    let old = unpinned(workload("Deployment", "ledger"));
    let Some(stage) = with_old("update-unchanged", &old).await else { return };
    let answer = stage.update(&old, |object| object["spec"]["replicas"] = json!(3)).await;
    assert_eq!(answer.unwrap().data["spec"]["replicas"], json!(3));
    assert!(stage.webhook_log().contains("update-unchanged"), "nothing on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_violation_is_still_warned_about() {
    let old = unpinned(compliant("ledger"));
    let Some(stage) = with_old("update-warned", &old).await else { return };
    let pods = "/api/v1/namespaces/update-warned/pods/ledger";
    let request = http::Request::patch(pods)
        .header("content-type", "application/merge-patch+json")
        .body(
            json!({ "metadata": { "annotations": { "ticket": "4711" } } }).to_string().into_bytes(),
        )
        .unwrap();
    let answer = stage.client.send(request.map(kube::client::Body::from)).await.unwrap();
    let status = answer.status();
    if status != 200 {
        let body = kube::client::Body::collect_bytes(answer.into_body()).await.unwrap();
        panic!("{status}: {}", String::from_utf8_lossy(&body));
    }
    let warnings = warnings(&answer);
    assert!(warnings.iter().any(|warning| warning.contains("IMG-003")), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_critical_violation_is_refused_all_the_same() {
    let old = privileged(workload("Deployment", "ledger"));
    let Some(stage) = with_old("update-critical", &old).await else { return };
    let message = denial(stage.update(&old, |object| object["spec"]["replicas"] = json!(3)).await);
    assert!(message.contains("POD-001"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_violation_beside_an_old_one_is_refused() {
    let old = unpinned(workload("Deployment", "ledger"));
    let Some(stage) = with_old("update-worse", &old).await else { return };
    let worse = stage.update(&old, |object| {
        object["spec"]["template"]["spec"]["hostPID"] = json!(true);
    });
    let message = denial(worse.await);
    assert!(message.contains("POD-002") && !message.contains("IMG-003"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compliant_pod_may_not_be_spoilt() {
    let Some(stage) = Stage::new("update-spoil").await else { return };
    let pod = compliant("ledger");
    stage.admitted(&pod).await;
    let spoilt = stage.update(&pod, |object| {
        object["spec"]["containers"][0]["image"] = json!("nginx:latest");
    });
    let message = denial(spoilt.await);
    assert!(message.contains("IMG-002") && message.contains("IMG-003"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn violating_pod_can_be_removed() {
    let old = privileged(compliant("ledger"));
    let Some(stage) = with_old("update-remove", &old).await else { return };
    stage.delete(&old).await;
    assert!(stage.get(&old).await.is_none());
}
