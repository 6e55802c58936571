//! Somebody else's webhook that writes into pods after ours, as service meshes do: what it brings
//! is hardened when ours is asked again, and judged whatever it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use harness::cluster::registration::{SELECTOR, typed};
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::Api;
use kube::api::PostParams;
use probity_webhook::config::{Limits, Times};
use probity_webhook::metrics::Metrics;
use probity_webhook::server::Connections;
use probity_webhook::tls::{Identity, Resolver, self_signed, server_config};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::objects::{compliant, container, pod_spec};
use crate::stage::{HTTP2, Stage, denial};

/// The label of namespaces in which pods are injected into.
const INJECTED: &str = "injected";

/// The annotation by which a pod says which container it gets.
const INJECT: &str = "inject";

/// Adds the container that the pod names, once.
async fn inject(review: Bytes) -> impl IntoResponse {
    let review: Value = serde_json::from_slice(&review).unwrap();
    let request = &review["request"];
    let mut response = json!({ "uid": request["uid"], "allowed": true });
    let pod = &request["object"];
    let wanted = pod["metadata"]["annotations"][INJECT].as_str();
    let alone = pod["spec"]["containers"].as_array().is_some_and(|list| list.len() == 1);
    if let (Some(wanted), true) = (wanted, alone) {
        let container: Value = serde_json::from_str(wanted).unwrap();
        let patch =
            json!([{ "op": "add", "path": "/spec/containers/-", "value": container }]).to_string();
        response["patchType"] = json!("JSONPatch");
        response["patch"] = json!(BASE64_STANDARD.encode(patch));
    }
    let (version, kind) = (&review["apiVersion"], &review["kind"]);
    let answer = json!({ "apiVersion": version, "kind": kind, "response": response });
    ([("content-type", "application/json")], answer.to_string())
}

/// Serves the injector for as long as the returned sender lives, and registers it so that it is
/// asked after ours.
async fn start(stage: &Stage) -> watch::Sender<bool> {
    let made = self_signed(&["127.0.0.1".to_owned()]).unwrap();
    let identity =
        Identity::from_pem(made.certificate_pem.as_bytes(), made.key_pem.as_bytes()).unwrap();
    let config = server_config(Arc::new(Resolver::new(identity))).unwrap();
    let minute = Duration::from_mins(1);
    let times = Times {
        handshake: minute,
        idle: minute,
        connection_age: minute,
        reload_interval: minute,
        drain_delay: Duration::ZERO,
        drain: Duration::ZERO,
    };
    let router = Router::new().route("/", post(inject));
    let (acceptor, metrics) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Metrics::default()));
    let connections = Connections::new(acceptor, router, metrics, &Limits::default(), times);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (close, closing) = watch::channel(false);
    tokio::spawn(Arc::new(connections).serve(listener, closing));

    let rule = json!({
        "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"],
    });
    let hook = json!({
        "name": "injector.mesh.example",
        "clientConfig": {
            "url": format!("https://127.0.0.1:{port}/"),
            "caBundle": BASE64_STANDARD.encode(&made.ca_pem),
        },
        "rules": [rule],
        "namespaceSelector": { "matchLabels": { INJECTED: "yes" } },
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Ignore",
    });
    // Configurations are asked in the order of their names.
    let last = json!({ "metadata": { "name": "zz-injector" }, "webhooks": [hook] });
    let configurations: Api<MutatingWebhookConfiguration> = Api::all(stage.client.clone());
    configurations.create(&PostParams::default(), &typed(last)).await.unwrap();
    close
}

fn asking_for(name: &str, container: &Value) -> Value {
    let mut pod = compliant(name);
    pod["metadata"]["annotations"] = json!({ INJECT: container.to_string() });
    pod
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_injected_after_us_is_hardened_and_judged() {
    let labels = [(SELECTOR, HTTP2), (INJECTED, "yes")];
    let Some(stage) = Stage::labelled("inject", &labels).await else { return };
    let _open = start(&stage).await;

    let mut sidecar = container("mesh");
    sidecar["readinessProbe"] = json!({ "httpGet": { "path": "/ready", "port": 15021 } });
    sidecar["livenessProbe"] = json!({ "httpGet": { "path": "/live", "port": 15021 } });
    let mut lax = sidecar.clone();
    lax["securityContext"].as_object_mut().unwrap().retain(|field, _| {
        // What ours writes for a container, whatever the others say.
        !["allowPrivilegeEscalation", "capabilities"].contains(&field.as_str())
    });
    let deadline = Instant::now() + Duration::from_mins(1);
    let injected = loop {
        let pod = stage.try_create(&asking_for("lax", &lax)).await.unwrap();
        let mut pod = json!({ "kind": "Pod", "spec": pod.data["spec"] });
        let containers = pod_spec(&mut pod)["containers"].take();
        if containers.as_array().unwrap().len() == 2 {
            break containers;
        }
        assert!(Instant::now() < deadline, "nothing is injected");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let context = &injected[1]["securityContext"];
    assert_eq!(context["allowPrivilegeEscalation"], false, "{context}");
    assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{context}");

    sidecar["securityContext"] = json!({ "privileged": true, "runAsNonRoot": true });
    let message = denial(stage.try_create(&asking_for("rogue", &sidecar)).await);
    assert!(message.contains("POD-001"), "{message}");
    assert!(message.contains("spec.containers[1].securityContext.privileged"), "{message}");
}
