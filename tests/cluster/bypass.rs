//! Ways around admission that only a real API server can show: other doors to the same object, and
//! what it asks the webhook at each of them.

use http::Request;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::client::Body;
use serde_json::{Value, json};

use crate::objects::{KINDS, compliant, pod_spec, privileged, resource, workload};
use crate::stage::{EVERYTHING, HTTP2, Stage, denial};

/// A change of the stored pod `ledger`, or of a part of it.
async fn patch(
    stage: &Stage,
    part: Option<&str>,
    patch: &Patch<Value>,
) -> kube::Result<DynamicObject> {
    let api = stage.api(&resource(&compliant("ledger")));
    let parameters = match patch {
        Patch::Apply(_) => PatchParams::apply("suite").force(),
        _ => PatchParams::default(),
    };
    match part {
        Some(part) => api.patch_subresource(part, "ledger", &parameters, patch).await,
        None => api.patch("ledger", &parameters, patch).await,
    }
}

/// Sends what is no object of its own to a part of the pod `ledger`.
async fn post(stage: &Stage, part: &str, body: &Value) -> (u16, String) {
    let path = format!("/api/v1/namespaces/{}/pods/ledger/{part}", stage.namespace);
    let request = Request::post(path).header("content-type", "application/json");
    let answer = stage.send(request, body).await;
    let status = answer.status().as_u16();
    let text = Body::collect_bytes(answer.into_body()).await.unwrap();
    (status, String::from_utf8_lossy(&text).into_owned())
}

/// The result of the last review about this operation on this part of anything.
async fn result(stage: &Stage, operation: &str, part: &str) -> Value {
    let is_meant = |what: &Value| what["operation"] == operation && what["subresource"] == part;
    stage.evidence_of(is_meant).await["decision"]["result"].clone()
}

fn more_cpu() -> Patch<Value> {
    let resources = json!({ "requests": { "cpu": "200m" } });
    Patch::Strategic(
        json!({ "spec": { "containers": [{ "name": "ledger", "resources": resources }] } }),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resize_is_judged() {
    let Some(stage) = Stage::new("bypass-resize").await else { return };
    stage.admitted(&compliant("ledger")).await;
    let resized = patch(&stage, Some("resize"), &more_cpu()).await.unwrap();
    let cpu = &resized.data["spec"]["containers"][0]["resources"]["requests"]["cpu"];
    assert_eq!(cpu, "200m");
    assert_eq!(result(&stage, "UPDATE", "resize").await, "allowed");

    let old = privileged(compliant("ledger"));
    let Some(stage) = Stage::with_old("bypass-resize-old", HTTP2, &old).await else { return };
    let message = denial(patch(&stage, Some("resize"), &more_cpu()).await);
    assert!(message.contains("POD-001"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_write_is_judged() {
    let Some(stage) = Stage::new("bypass-patches").await else { return };
    // Applied where there is nothing, it is a creation.
    let applied = |pod: Value| Patch::Apply(pod);
    let message = denial(patch(&stage, None, &applied(privileged(compliant("ledger")))).await);
    assert!(message.contains("POD-001"), "{message}");
    patch(&stage, None, &applied(compliant("ledger"))).await.unwrap();

    let mut other = compliant("ledger");
    let container = &mut pod_spec(&mut other)["containers"][0];
    container["image"] = json!("nginx:latest");
    // As it was filled in; only the image of a pod may change.
    container["imagePullPolicy"] = json!("IfNotPresent");
    let merged = json!({ "spec": { "containers": pod_spec(&mut other)["containers"] } });
    for change in [applied(other.clone()), Patch::Merge(merged.clone()), Patch::Strategic(merged)] {
        let message = denial(patch(&stage, None, &change).await);
        assert!(message.contains("IMG-002") && message.contains("IMG-003"), "{message}");
    }
    // Labels can be changed as ever; then they count.
    let lowered =
        json!({ "metadata": { "labels": { "probity.dev/data-classification": "public" } } });
    let message = denial(patch(&stage, None, &Patch::Merge(lowered)).await);
    assert!(message.contains("TAG-002"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn violating_template_is_refused_in_updates_of_every_kind() {
    let Some(stage) = Stage::new("bypass-templates").await else { return };
    // What has been made of pods and jobs stays as it is.
    for (kind, ..) in KINDS.into_iter().filter(|(kind, ..)| !["Pod", "Job"].contains(kind)) {
        let object = workload(kind, "ledger");
        stage.admitted(&object).await;
        let worse = stage.update(&object, |stored| {
            let mut whole = json!({ "kind": kind });
            whole.as_object_mut().unwrap().append(stored.as_object_mut().unwrap());
            *stored = privileged(whole);
            stored.as_object_mut().unwrap().remove("kind");
        });
        let message = denial(worse.await);
        assert!(message.contains("POD-001"), "{kind}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_out_is_judged_and_gets_out() {
    let Some(stage) = Stage::new("bypass-finalizer").await else { return };
    let mut pod = compliant("ledger");
    pod["metadata"]["finalizers"] = json!(["bank.example/wait"]);
    stage.admitted(&pod).await;
    stage.delete(&pod).await;
    let image = json!([{ "name": "ledger", "image": "nginx:latest" }]);
    let image = Patch::Strategic(json!({ "spec": { "containers": image } }));
    let message = denial(patch(&stage, None, &image).await);
    assert!(message.contains("IMG-003"), "{message}");
    let free = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
    patch(&stage, None, &free).await.unwrap();
    assert!(stage.get(&pod).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_what_its_own_node_shows() {
    let Some(stage) = Stage::new("bypass-mirror").await else { return };
    let mut mirror = privileged(compliant("static"));
    mirror["metadata"]["annotations"] = json!({ "kubernetes.io/config.mirror": "4711" });
    mirror["metadata"]["ownerReferences"] =
        json!([{ "apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "4711" }]);
    mirror["spec"]["nodeName"] = json!("node-1");
    let other = stage.seen_by("system:node:node-2", &["system:nodes"]).await;
    for anybody in [&stage, &other] {
        let message = anybody.denied(&mirror).await;
        assert!(message.contains("POD-001"), "{message}");
    }
    let own = stage.seen_by("system:node:node-1", &["system:nodes"]).await;
    own.admitted(&mirror).await;
    let evidence = stage.evidence("static").await;
    let checks = evidence["decision"]["checks"].as_array().unwrap();
    let recorded = checks.iter().find(|check| check["control"] == "POD-001");
    assert_eq!(recorded.unwrap()["action"], "audit", "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_a_violating_pod_is_reported() {
    let old = privileged(compliant("ledger"));
    let Some(stage) = Stage::with_old("bypass-status", EVERYTHING, &old).await else { return };
    let status = Patch::Merge(json!({ "status": { "message": "as seen by the node" } }));
    let reported = patch(&stage, Some("status"), &status).await.unwrap();
    assert_eq!(reported.data["status"]["message"], "as seen by the node");
    assert_eq!(result(&stage, "UPDATE", "status").await, "warned");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_a_pod_passes_and_is_on_record() {
    let labels = [(harness::cluster::registration::SELECTOR, EVERYTHING)];
    let Some(stage) = Stage::labelled("bypass-doors", &labels).await else { return };
    stage.admitted(&compliant("ledger")).await;
    for part in ["exec", "attach", "portforward"] {
        let command = if part == "exec" { "?command=sh&stdin=true" } else { "" };
        let (status, text) = post(&stage, &format!("{part}{command}"), &Value::Null).await;
        // No node has it, which is asked only after admission.
        assert_eq!(status, 400, "{part}: {text}");
        assert!(text.contains("does not have a host assigned"), "{part}: {text}");
        assert_eq!(result(&stage, "CONNECT", part).await, "allowed", "{part}");
    }
    let node = json!({ "apiVersion": "v1", "kind": "Node", "name": "node-1" });
    let about = |version: &str, kind: &str| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "ledger" } });
    let mut binding = about("v1", "Binding");
    binding["target"] = node;
    let (status, text) = post(&stage, "binding", &binding).await;
    assert_eq!(status, 201, "{text}");
    assert_eq!(result(&stage, "CREATE", "binding").await, "allowed");
    let bound = stage.get(&compliant("ledger")).await.unwrap();
    assert_eq!(bound.data["spec"]["nodeName"], "node-1");

    let (status, text) = post(&stage, "eviction", &about("policy/v1", "Eviction")).await;
    assert_eq!(status, 201, "{text}");
    assert_eq!(result(&stage, "CREATE", "eviction").await, "allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn violating_pods_can_be_removed_all_at_once() {
    let old = privileged(compliant("ledger"));
    let Some(stage) = Stage::with_old("bypass-collection", EVERYTHING, &old).await else { return };
    let pods = stage.api(&resource(&old));
    let now = DeleteParams::default().grace_period(0);
    pods.delete_collection(&now, &ListParams::default()).await.unwrap();
    assert!(stage.get(&old).await.is_none());
    assert_eq!(result(&stage, "DELETE", "").await, "allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn scaling_brings_no_pod_to_judge() {
    let old = privileged(workload("Deployment", "ledger"));
    let Some(stage) = Stage::with_old("bypass-scale", EVERYTHING, &old).await else { return };
    let none = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
    let api = stage.api(&resource(&old));
    api.patch_scale("ledger", &PatchParams::default(), &none).await.unwrap();
    assert_eq!(result(&stage, "UPDATE", "scale").await, "allowed");
}
