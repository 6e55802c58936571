//! Objects to ask about: one that breaks nothing, and ways to spoil it.

use kube::discovery::ApiResource;
use serde_json::{Value, json};

/// An image as production wants it.
pub(crate) const IMAGE: &str = "registry.bank.example/ledger@sha256:\
     4bcf6a1f3c5f8e0d9a2b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f";

/// The kinds that carry a pod template, and pods: `(kind, plural, apiVersion, path of the pod spec)`.
pub(crate) const KINDS: [(&str, &str, &str, &str); 9] = [
    ("Pod", "pods", "v1", "/spec"),
    ("PodTemplate", "podtemplates", "v1", "/template/spec"),
    ("ReplicationController", "replicationcontrollers", "v1", "/spec/template/spec"),
    ("Deployment", "deployments", "apps/v1", "/spec/template/spec"),
    ("ReplicaSet", "replicasets", "apps/v1", "/spec/template/spec"),
    ("StatefulSet", "statefulsets", "apps/v1", "/spec/template/spec"),
    ("DaemonSet", "daemonsets", "apps/v1", "/spec/template/spec"),
    ("Job", "jobs", "batch/v1", "/spec/template/spec"),
    ("CronJob", "cronjobs", "batch/v1", "/spec/jobTemplate/spec/template/spec"),
];

/// How the API server names the resource of an object.
pub(crate) fn resource(object: &Value) -> ApiResource {
    let kind = object["kind"].as_str().unwrap();
    let (_, plural, api_version, _) = KINDS.iter().find(|(name, ..)| *name == kind).unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: (*api_version).to_owned(),
        kind: kind.to_owned(),
        plural: (*plural).to_owned(),
    }
}

/// A pod that breaks nothing.
pub(crate) fn compliant(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "labels": labels() },
        "spec": spec(),
    })
}

/// A workload whose pods break nothing.
pub(crate) fn workload(kind: &str, name: &str) -> Value {
    if kind == "Pod" {
        return compliant(name);
    }
    let template = json!({ "metadata": { "labels": labels() }, "spec": spec() });
    let selector = json!({ "matchLabels": { "probity.dev/application": "ledger" } });
    let once = |mut template: Value| {
        template["spec"]["restartPolicy"] = json!("Never");
        template
    };
    let body = match kind {
        "PodTemplate" => return object(kind, name, "template", &template),
        "ReplicationController" => {
            json!({ "selector": selector["matchLabels"], "template": template })
        }
        "StatefulSet" => json!({ "serviceName": name, "selector": selector, "template": template }),
        "Job" => json!({ "template": once(template) }),
        "CronJob" => {
            json!({ "schedule": "0 3 * * *", "jobTemplate": { "spec": { "template": once(template) } } })
        }
        _ => json!({ "selector": selector, "template": template }),
    };
    object(kind, name, "spec", &body)
}

fn object(kind: &str, name: &str, field: &str, body: &Value) -> Value {
    let (_, _, api_version, _) = KINDS.iter().find(|(known, ..)| *known == kind).unwrap();
    let metadata = json!({ "name": name, "labels": labels() });
    json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, field: body })
}

fn labels() -> Value {
    json!({
        "probity.dev/data-classification": "internal",
        "probity.dev/compliance-regime": "sox_pci-dss",
        "probity.dev/business-unit": "payments",
        "probity.dev/environment": "production",
        "probity.dev/owner": "ledger-team",
        "probity.dev/cost-center": "4711",
        "probity.dev/application": "ledger",
    })
}

fn spec() -> Value {
    let mut container = container("ledger");
    container["readinessProbe"] = json!({ "httpGet": { "path": "/ready", "port": 8080 } });
    container["livenessProbe"] = json!({ "httpGet": { "path": "/live", "port": 8080 } });
    json!({ "automountServiceAccountToken": false, "containers": [container] })
}

/// A container that breaks nothing.
pub(crate) fn container(name: &str) -> Value {
    json!({
        "name": name,
        "image": IMAGE,
        "resources": {
            "requests": { "cpu": "100m", "memory": "64Mi" },
            "limits": { "memory": "64Mi", "ephemeral-storage": "1Gi" },
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "runAsNonRoot": true,
            "capabilities": { "drop": ["ALL"] },
            "seccompProfile": { "type": "RuntimeDefault" },
        },
    })
}

/// The pod spec of any kind.
pub(crate) fn pod_spec(object: &mut Value) -> &mut Value {
    let kind = object["kind"].as_str().unwrap();
    let (.., pointer) = KINDS.iter().find(|(known, ..)| *known == kind).unwrap();
    object.pointer_mut(pointer).unwrap()
}

/// The same, with what the fixes write left out.
pub(crate) fn unhardened(mut object: Value) -> Value {
    let container = pod_spec(&mut object)["containers"][0].as_object_mut().unwrap();
    container.remove("securityContext");
    object
}

/// The same, its image named by a tag.
pub(crate) fn unpinned(mut object: Value) -> Value {
    pod_spec(&mut object)["containers"][0]["image"] = json!("registry.bank.example/ledger:4.2.1");
    object
}

/// The same, privileged.
pub(crate) fn privileged(mut object: Value) -> Value {
    let context = &mut pod_spec(&mut object)["containers"][0]["securityContext"];
    context["privileged"] = json!(true);
    context.as_object_mut().unwrap().remove("allowPrivilegeEscalation");
    object
}
