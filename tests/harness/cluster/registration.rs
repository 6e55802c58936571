//! Registers a webhook by address with an API server, and waits until it acts.
//!
//! Knows which objects are asked about and what a refusal looks like, not why it is refused.
//! Called by the cluster suite and the demo.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use kube::api::{Api, PostParams};
use kube::core::response::Status;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How long the API server may take to act on a registration; it needs about 0.2 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// A webhook as an API server shall know it: `<url>/mutate`, whose failures are ignored, and
/// `<url>/validate`, whose failures refuse.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// Name of both configurations.
    pub name: &'a str,
    /// Scheme, host and port.
    pub url: &'a str,
    /// Who signed its certificate, PEM.
    pub authority: &'a str,
    /// What it is asked about.
    pub kinds: Kinds,
    /// Only namespaces whose label [`SELECTOR`] has this value; without it all.
    pub namespaces: Option<&'a str>,
}

/// What a webhook is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Kinds {
    /// Pods alone, as a cluster that starts carefully does it.
    Pods,
    /// Pods and every kind with a pod template.
    Workloads,
    /// The same and all that can be done to them, whatever part of them it is done to.
    Everything,
}

/// The label that a namespace is selected by.
pub const SELECTOR: &str = "suite";

impl Registration<'_> {
    /// Register it, and return when it refuses a privileged pod.
    pub async fn register(&self, client: &Client) {
        let mutating: MutatingWebhookConfiguration = typed(json!({
            "metadata": { "name": self.name }, "webhooks": [self.hook("mutate", "Ignore")]
        }));
        let validating: ValidatingWebhookConfiguration = typed(json!({
            "metadata": { "name": self.name }, "webhooks": [self.hook("validate", "Fail")]
        }));
        create(client, &mutating).await;
        create(client, &validating).await;
        let namespace = match self.namespaces {
            None => "default".to_owned(),
            Some(label) => {
                let name = format!("registration-{}", self.name);
                create_namespace(client, &name, &[(SELECTOR, label)]).await;
                name
            }
        };
        wait_until_refused(client, &namespace).await;
    }

    fn hook(&self, phase: &str, failure: &str) -> Value {
        let mut hook = json!({
            "name": format!("{phase}.probity.dev"),
            "clientConfig": {
                "url": format!("{}/{phase}", self.url),
                "caBundle": BASE64_STANDARD.encode(self.authority),
            },
            "rules": rules(self.kinds),
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 5,
            "matchPolicy": "Equivalent",
            "failurePolicy": failure,
        });
        let mut add = |key: &str, value: Value| {
            hook.as_object_mut().map(|fields| fields.insert(key.to_owned(), value))
        };
        if phase == "mutate" {
            add("reinvocationPolicy", json!("IfNeeded"));
        }
        if let Some(label) = self.namespaces {
            add("namespaceSelector", json!({ "matchLabels": { SELECTOR: label } }));
        }
        hook
    }
}

fn rules(kinds: Kinds) -> Value {
    let rule = |group: &str, resources: &[&str], operations: &[&str]| {
        json!({
            "apiGroups": [group], "apiVersions": ["v1"], "resources": resources,
            "operations": operations, "scope": "Namespaced",
        })
    };
    let changes = ["CREATE", "UPDATE"];
    let pods = rule("", &["pods", "pods/ephemeralcontainers", "pods/resize"], &changes);
    match kinds {
        Kinds::Pods => json!([pods]),
        Kinds::Workloads => json!([
            pods,
            rule("", &["podtemplates", "replicationcontrollers"], &changes),
            rule("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"], &changes),
            rule("batch", &["cronjobs", "jobs"], &changes),
        ]),
        Kinds::Everything => json!([
            rule("", &["pods", "pods/*"], &["*"]),
            rule("apps", &["deployments", "deployments/*"], &["*"]),
        ]),
    }
}

/// Make a namespace with labels, and the service account that its pods have without asking.
pub async fn create_namespace(client: &Client, name: &str, labels: &[(&str, &str)]) {
    let labels: serde_json::Map<String, Value> =
        labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let namespace: Namespace = typed(json!({ "metadata": { "name": name, "labels": labels } }));
    create(client, &namespace).await;
    create_account(client, name, "default", false).await;
}

/// Make a service account, as no controller does here; whether its pods get its token.
pub async fn create_account(client: &Client, namespace: &str, name: &str, mounted: bool) {
    let account: ServiceAccount = typed(json!({
        "metadata": { "name": name }, "automountServiceAccountToken": mounted,
    }));
    let api: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    api.create(&PostParams::default(), &account).await.expect("the object is accepted");
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
    api.create(&PostParams::default(), object).await.expect("the object is accepted");
}

/// A configuration has no status, so the only way to know is to ask for what must be refused.
pub async fn wait_until_refused(client: &Client, namespace: &str) {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
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
        let denied = "\"validate.probity.dev\" denied";
        if refusal(&answer).is_some_and(|status| status.message.contains(denied)) {
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
