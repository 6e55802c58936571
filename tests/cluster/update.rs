//! Updates: what was wrong before may stay, with a warning, unless it is critical; but nothing gets
//! worse.

use serde_json::json;

use crate::objects::{compliant, privileged, unpinned, workload};
use crate::stage::{HTTP2, Stage, denial, warnings};

#[tokio::test(flavor = "multi_thread")]
async fn old_violation_does_not_hold_up_other_changes() {
    let old = unpinned(workload("Deployment", "ledger"));
    let Some(stage) = Stage::with_old("update-unchanged", HTTP2, &old).await else { return };
    let answer = stage.update(&old, |object| object["spec"]["replicas"] = json!(3)).await;
    assert_eq!(answer.unwrap().data["spec"]["replicas"], json!(3));
    assert!(stage.webhook_log().contains("update-unchanged"), "nothing on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_violation_is_still_warned_about() {
    let old = unpinned(compliant("ledger"));
    let Some(stage) = Stage::with_old("update-warned", HTTP2, &old).await else { return };
    let pods = "/api/v1/namespaces/update-warned/pods/ledger";
    let request = http::Request::patch(pods).header("content-type", "application/merge-patch+json");
    let ticket = json!({ "metadata": { "annotations": { "ticket": "4711" } } });
    let answer = stage.send(request, &ticket).await;
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
    let Some(stage) = Stage::with_old("update-critical", HTTP2, &old).await else { return };
    let message = denial(stage.update(&old, |object| object["spec"]["replicas"] = json!(3)).await);
    assert!(message.contains("POD-001"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_violation_beside_an_old_one_is_refused() {
    let old = unpinned(workload("Deployment", "ledger"));
    let Some(stage) = Stage::with_old("update-worse", HTTP2, &old).await else { return };
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
    let Some(stage) = Stage::with_old("update-remove", HTTP2, &old).await else { return };
    stage.delete(&old).await;
    assert!(stage.get(&old).await.is_none());
}
