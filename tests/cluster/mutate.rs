//! What is absent is written, what is said is left, and the person is told.

use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::objects::{compliant, container, pod_spec, unhardened, workload};
use crate::stage::{Stage, warnings};

#[tokio::test(flavor = "multi_thread")]
async fn missing_security_context_is_written() {
    let Some(stage) = Stage::new("mutate-missing").await else { return };
    let pod = unhardened(compliant("ledger"));
    stage.admitted(&pod).await;
    let mut stored = serde_json::to_value(stage.get(&pod).await.unwrap()).unwrap();
    assert_hardened(pod_spec(&mut stored));
}

/// By the fields that count, on the container or on the pod.
fn assert_hardened(spec: &Value) {
    let container = &spec["containers"][0]["securityContext"];
    let effective = |pointer: &str| {
        container.pointer(pointer).or_else(|| spec["securityContext"].pointer(pointer)).cloned()
    };
    assert_eq!(container["allowPrivilegeEscalation"], json!(false), "{spec}");
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]), "{spec}");
    assert_eq!(effective("/runAsNonRoot"), Some(json!(true)), "{spec}");
    assert_eq!(effective("/seccompProfile/type"), Some(json!("RuntimeDefault")), "{spec}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_left() {
    let Some(stage) = Stage::new("mutate-said").await else { return };
    let mut pod = unhardened(compliant("ledger"));
    let said = json!({ "runAsNonRoot": true, "runAsUser": 1234, "readOnlyRootFilesystem": true });
    pod_spec(&mut pod)["containers"][0]["securityContext"] = said.clone();
    stage.admitted(&pod).await;
    let mut stored = serde_json::to_value(stage.get(&pod).await.unwrap()).unwrap();
    let spec = pod_spec(&mut stored);
    assert_hardened(spec);
    for (field, value) in said.as_object().unwrap() {
        assert_eq!(&spec["containers"][0]["securityContext"][field], value, "{spec}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_wrongly_is_refused_and_not_repaired() {
    let Some(stage) = Stage::new("mutate-wrong").await else { return };
    let mut pod = compliant("ledger");
    let context = &mut pod_spec(&mut pod)["containers"][0]["securityContext"];
    context["allowPrivilegeEscalation"] = json!(true);
    let message = stage.denied(&pod).await;
    assert!(message.contains("POD-006"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn init_containers_and_sidecars_are_hardened_too() {
    let Some(stage) = Stage::new("mutate-init").await else { return };
    let mut pod = unhardened(compliant("ledger"));
    let mut init = container("migrate");
    init.as_object_mut().unwrap().remove("securityContext");
    let mut sidecar = init.clone();
    sidecar["name"] = json!("proxy");
    sidecar["restartPolicy"] = json!("Always");
    pod_spec(&mut pod)["initContainers"] = json!([init, sidecar]);
    stage.admitted(&pod).await;
    let mut stored = serde_json::to_value(stage.get(&pod).await.unwrap()).unwrap();
    let spec = pod_spec(&mut stored);
    assert_hardened(spec);
    for index in 0..2 {
        let context = &spec["initContainers"][index]["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], json!(false), "{spec}");
        assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{spec}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn warnings_say_what_was_written_and_for_whom() {
    let Some(stage) = Stage::new("mutate-warnings").await else { return };
    let answer = stage.answer(&unhardened(compliant("ledger"))).await;
    assert_eq!(answer.status(), 201);
    let warnings = warnings(&answer);
    let wanted = "spec.containers[0].securityContext.allowPrivilegeEscalation=false (POD-006)";
    assert!(warnings.iter().any(|warning| warning.contains(wanted)), "{warnings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_of_an_unhardened_template_come_up_hardened() {
    let Some(stage) = Stage::new("mutate-controller").await else { return };
    stage.admitted(&unhardened(workload("Deployment", "ledger"))).await;
    let mut pod = stage.first_pod().await;
    assert_hardened(pod_spec(&mut pod));
}

/// Whether a token is mounted, and whether there is one to mount.
fn token(stored: &DynamicObject) -> (bool, bool) {
    let spec = &stored.data["spec"];
    let in_list = |list: &Value| {
        let mut items = list.as_array().into_iter().flatten();
        items.any(|item| item["name"].as_str().unwrap().starts_with("kube-api-access-"))
    };
    (in_list(&spec["containers"][0]["volumeMounts"]), in_list(&spec["volumes"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_nobody_asked_for_is_not_stored() {
    let mut silent = compliant("silent");
    let spec = pod_spec(&mut silent).as_object_mut().unwrap();
    spec.remove("automountServiceAccountToken");
    spec.insert("serviceAccountName".to_owned(), json!("ledger"));

    let Some(unjudged) = Stage::labelled("mutate-token-unjudged", &[]).await else { return };
    unjudged.account("ledger", true).await;
    assert_eq!(token(&unjudged.admitted(&silent).await), (true, true), "it is mounted by itself");

    let Some(stage) = Stage::new("mutate-token").await else { return };
    stage.account("ledger", true).await;
    let stored = stage.admitted(&silent).await;
    assert_eq!(token(&stored), (false, false), "{stored:?}");
    assert_eq!(stored.data["spec"]["automountServiceAccountToken"], false);

    let mut asking = silent.clone();
    asking["metadata"]["name"] = json!("asking");
    pod_spec(&mut asking)["automountServiceAccountToken"] = json!(true);
    let message = stage.denied(&asking).await;
    assert!(message.contains("breaks 1 control: IAM-003"), "{message}");

    let mut needing = silent.clone();
    needing["metadata"]["name"] = json!("needing");
    needing["metadata"]["annotations"] = json!({ "probity.dev/needs-api-token": "true" });
    assert_eq!(token(&stage.admitted(&needing).await), (true, true));
}
