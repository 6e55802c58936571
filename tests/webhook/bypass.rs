//! Ways around admission that others have fallen for, each closed: other places for a container,
//! subresources, disguises, other spellings of a kind.

use harness::webhook::{Webhook, review};
use serde_json::{Value, json};

const PRODUCTION: &str = "environment: production\n";

/// What must not run anywhere.
fn rogue(name: &str) -> Value {
    json!({ "name": name, "image": "nginx:latest", "securityContext": { "privileged": true } })
}

async fn refuses(webhook: &Webhook, review: &Value, path: &str) {
    let answer = webhook.validate(review).await;
    answer.check_envelope(review);
    assert!(!answer.allowed(), "{path}: {}", answer.text());
    let message = answer.message();
    assert!(message.contains("POD-001") && message.contains(path), "{path} in {message}");
}

#[tokio::test]
async fn a_container_is_one_wherever_it_stands() {
    let webhook = Webhook::new(PRODUCTION);
    let mut sidecar = rogue("sidecar");
    sidecar["restartPolicy"] = json!("Always");
    for (list, container) in [
        ("containers", rogue("app")),
        ("initContainers", rogue("setup")),
        ("initContainers", sidecar),
        ("ephemeralContainers", rogue("shell")),
    ] {
        let mut pod = review("pod-compliant");
        let spec = &mut pod["request"]["object"]["spec"];
        let index = spec[list].as_array().map_or(0, Vec::len);
        if index == 0 {
            spec[list] = json!([]);
        }
        spec[list].as_array_mut().unwrap().push(container);
        refuses(&webhook, &pod, &format!("spec.{list}[{index}].securityContext.privileged")).await;
    }
}

#[tokio::test]
async fn a_pod_is_one_under_any_subresource_but_its_status() {
    let webhook = Webhook::new(PRODUCTION);
    let path = "spec.containers[0].securityContext.privileged";
    for subresource in ["", "resize", "ephemeralcontainers", "one-of-tomorrow"] {
        for operation in ["CREATE", "UPDATE"] {
            let mut pod = review("pod-resize-violating");
            pod["request"]["subResource"] = json!(subresource);
            pod["request"]["operation"] = json!(operation);
            refuses(&webhook, &pod, path).await;
        }
    }
    let mut status = review("pod-resize-violating");
    status["request"]["subResource"] = json!("status");
    webhook.accepts(&status).await;
    // A fix is for new pods alone: a patch of a subresource would be refused.
    for subresource in ["resize", "ephemeralcontainers", "one-of-tomorrow"] {
        let mut pod = review("pod-without-security-context");
        pod["request"]["subResource"] = json!(subresource);
        assert!(webhook.mutate(&pod).await.patch().is_null(), "{subresource}");
    }
}

#[tokio::test]
async fn what_only_concerns_a_pod_brings_none() {
    let webhook = Webhook::new(PRODUCTION);
    for (subresource, group, kind) in
        [("binding", "", "Binding"), ("eviction", "policy", "Eviction")]
    {
        let mut about = review("pod-compliant");
        let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        let request = &mut about["request"];
        request["kind"] = json!({ "group": group, "version": "v1", "kind": kind });
        request["subResource"] = json!(subresource);
        request["object"] = json!({
            "apiVersion": api_version, "kind": kind, "metadata": { "name": "ledger", "namespace": "payments" },
            "target": { "kind": "Node", "name": "node-1" },
        });
        let answer = webhook.accepts(&about).await;
        assert_eq!(answer.warnings(), [""; 0], "{subresource}");
    }
    for subresource in ["exec", "attach", "portforward", "proxy"] {
        let mut connect = review("pod-exec");
        connect["request"]["subResource"] = json!(subresource);
        webhook.accepts(&connect).await;
    }
    // What violates can always be removed, one by one or all at once.
    webhook.accepts(&review("pod-delete-violating")).await;
    let lines = webhook.evidence();
    assert_eq!(lines.len(), 7, "and all of it is on record");
}

#[tokio::test]
async fn a_mirror_is_what_its_own_node_shows() {
    let webhook = Webhook::new(PRODUCTION);
    let mirror = || {
        let mut pod = review("pod-mirror");
        let object = &mut pod["request"]["object"];
        object["spec"]["nodeName"] = json!("node-1");
        object["spec"]["containers"][0] = rogue("app");
        object["metadata"]["annotations"]["kubernetes.io/config.mirror"] = json!("4711");
        object["metadata"]["ownerReferences"] = json!([{ "apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "1", "controller": true }]);
        pod
    };
    webhook.accepts(&mirror()).await;
    assert_eq!(webhook.evidence()[0]["decision"]["checks"][0]["control"], "POD-001", "recorded");

    let path = "spec.containers[0].securityContext.privileged";
    let disguises: [fn(&mut Value); 6] = [
        |request| request["userInfo"]["username"] = json!("jane"),
        |request| request["userInfo"]["username"] = json!("system:node:node-2"),
        |request| request["userInfo"]["groups"] = json!(["system:authenticated"]),
        |request| request["object"]["metadata"]["ownerReferences"] = json!([]),
        |request| request["object"]["metadata"]["ownerReferences"][0]["name"] = json!("node-2"),
        |request| request["object"]["metadata"]["annotations"] = json!({}),
    ];
    for disguise in disguises {
        let mut pod = mirror();
        disguise(&mut pod["request"]);
        refuses(&webhook, &pod, path).await;
    }
}

#[tokio::test]
async fn another_group_or_version_is_judged_or_told() {
    let webhook = Webhook::new(PRODUCTION);
    let path = "spec.template.spec.containers[0].securityContext.privileged";
    for (group, version, judged) in [
        ("apps", "v1", true),
        ("apps", "v1beta2", true),
        ("apps", "v9", true),
        ("extensions", "v1beta1", true),
        ("apps.example.com", "v1", false),
        ("", "v1", false),
    ] {
        let mut deployment = review("deployment-violating");
        let api_version =
            if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        let request = &mut deployment["request"];
        request["kind"] = json!({ "group": group, "version": version, "kind": "Deployment" });
        request["object"]["apiVersion"] = json!(api_version);
        if judged {
            refuses(&webhook, &deployment, path).await;
        } else {
            let warnings = webhook.accepts(&deployment).await.warnings();
            assert!(warnings[0].starts_with("probity did not judge Deployment"), "{warnings:?}");
        }
    }
}

#[tokio::test]
async fn a_pod_without_a_name_or_on_its_way_out_is_judged() {
    let webhook = Webhook::new(PRODUCTION);
    let path = "spec.containers[0].securityContext.privileged";
    let mut generated = review("pod-generated-two-containers");
    generated["request"]["object"]["spec"]["containers"][0] = rogue("app");
    refuses(&webhook, &generated, path).await;

    let mut leaving = review("pod-update-worse");
    let metadata = &mut leaving["request"]["object"]["metadata"];
    metadata["deletionTimestamp"] = json!("2026-11-21T12:00:00Z");
    metadata["finalizers"] = json!(["bank.example/wait"]);
    leaving["request"]["object"]["spec"]["containers"][0] = rogue("app");
    refuses(&webhook, &leaving, path).await;
}

#[tokio::test]
async fn having_been_there_before_allows_nothing_critical() {
    let webhook = Webhook::new(PRODUCTION);
    let mut update = review("pod-update-compliant");
    for object in ["object", "oldObject"] {
        update["request"][object]["spec"]["containers"][0] = rogue("app");
    }
    refuses(&webhook, &update, "spec.containers[0].securityContext.privileged").await;
    let message = webhook.validate(&update).await.message();
    assert!(!message.contains("IMG-003"), "what is not critical only warns: {message}");
}
