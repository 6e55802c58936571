//! Registers a webhook by address with an API server, and waits until it acts.
//!
//! Knows which objects are asked about and what a refusal looks like, not why it is refused.
//! Called by the cluster suite and the demo.

use std::time::{Duration, Instant};

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, PostParams};
use kube::core::response::Status;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How long the API server may take to act on a registration; it needs about 0.2 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// Registers `<url>/mutate` (failures ignored) and `<url>/validate` (failures refused), trusted
/// through `authority` (PEM), and returns when a privileged pod is refused.
pub async fn register(client: &Client, url: &str, authority: &str) {
    let hook = |phase: &str, failure: &str| hook(phase, failure, url, authority);
    let mutating: MutatingWebhookConfiguration = typed(json!({
        "metadata": { "name": "probity" }, "webhooks": [hook("mutate", "Ignore")]
    }));
    let validating: ValidatingWebhookConfiguration = typed(json!({
        "metadata": { "name": "probity" }, "webhooks": [hook("validate", "Fail")]
    }));
    create(client, &mutating).await;
    create(client, &validating).await;
    wait_until_acting(client).await;
}

/// The rules of both registrations: pods as users write them, and every kind with a pod template.
pub fn rules() -> Value {
    let rule = |group: &str, resources: &[&str]| {
        json!({
            "apiGroups": [group], "apiVersions": ["v1"], "resources": resources,
            "operations": ["CREATE", "UPDATE"], "scope": "Namespaced",
        })
    };
    json!([
        rule("", &["pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"]),
        rule("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"]),
        rule("batch", &["cronjobs", "jobs"]),
    ])
}

fn hook(phase: &str, failure: &str, url: &str, authority: &str) -> Value {
    let bundle = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, authority);
    let mut hook = json!({
        "name": format!("{phase}.probity.dev"),
        "clientConfig": { "url": format!("{url}/{phase}"), "caBundle": bundle },
        "rules": rules(),
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "matchPolicy": "Equivalent",
        "failurePolicy": failure,
    });
    if let (true, Some(fields)) = (phase == "mutate", hook.as_object_mut()) {
        fields.insert("reinvocationPolicy".to_owned(), json!("IfNeeded"));
    }
    hook
}

async fn create<K>(client: &Client, object: &K)
where
    K: Resource<DynamicType = (), Scope = kube::core::ClusterResourceScope>
        + Clone
        + std::fmt::Debug
        + serde::Serialize
        + DeserializeOwned,
{
    let api: Api<K> = Api::all(client.clone());
    api.create(&PostParams::default(), object).await.expect("the registration is accepted");
}

/// A configuration has no status, so the only way to know is to ask for what must be refused.
async fn wait_until_acting(client: &Client) {
    let api: Api<Pod> = Api::namespaced(client.clone(), "default");
    let probe: Pod = typed(json!({
        "metadata": { "name": "registration-probe" },
        "spec": { "containers": [
            { "name": "probe", "image": "probe", "securityContext": { "privileged": true } },
        ] },
    }));
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = api.create(&dry_run, &probe).await;
        if refusal(&answer)
            .is_some_and(|status| status.message.contains("validate.probity.dev\" denied"))
        {
            return;
        }
        assert!(Instant::now() < deadline, "the webhook does not act: {answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the API server said instead of doing it.
pub fn refusal<T>(answer: &kube::Result<T>) -> Option<&Status> {
    match answer {
        Err(kube::Error::Api(status)) => Some(status),
        _ => None,
    }
}

/// An object from its JSON.
pub fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the object has the kind's form")
}
