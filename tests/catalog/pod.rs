//! Pods: what the fixes fill in, what they leave alone, and that a second run changes nothing.

use serde_json::{Value as Json, json};

use crate::judge::{object, object_in, said, under};

const IMAGE: &str = "registry.example/ledger:4.2.1@sha256:7173b809ca12ec5dee4506cd86be934c4596dd234ee82c0662eac04a8c2c71dc";

fn pod(spec: &Json) -> Json {
    let labels = [
        "data-classification",
        "business-unit",
        "environment",
        "owner",
        "cost-center",
        "application",
    ];
    let mut labels: serde_json::Map<_, _> =
        labels.iter().map(|name| (format!("probity.dev/{name}"), json!("internal"))).collect();
    labels.insert("probity.dev/compliance-regime".to_owned(), json!("none"));
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "ledger", "namespace": "payments", "labels": labels},
        "spec": spec,
    })
}

fn container(security: &Json) -> Json {
    let mut container = json!({
        "name": "app", "image": IMAGE,
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"memory": "64Mi", "ephemeral-storage": "1Gi"},
        },
    });
    if !security.is_null() {
        container["securityContext"] = security.clone();
    }
    container
}

#[test]
fn a_pod_without_security_context_is_made_whole() {
    let plain = pod(&json!({
        "initContainers": [container(&Json::Null)], "containers": [container(&Json::Null)],
    }));
    let snapshot = under("{}");
    let (fixed, decision) = object(&snapshot, &plain);
    assert!(decision.findings.is_empty(), "{:?}", said(&decision));
    let spec = &fixed["spec"];
    assert_eq!(
        spec["securityContext"],
        json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}})
    );
    for list in ["initContainers", "containers"] {
        assert_eq!(
            spec[list][0]["securityContext"],
            json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
        );
    }
    assert_eq!(object(&snapshot, &fixed).0, fixed, "a second run changes nothing");
}

#[test]
fn what_somebody_said_is_left_alone() {
    let said_all = json!({
        "allowPrivilegeEscalation": true, "capabilities": {"drop": ["NET_RAW"]},
        "runAsNonRoot": false, "seccompProfile": {"type": "Unconfined"},
    });
    let written = pod(&json!({"containers": [container(&said_all)]}));
    let (fixed, decision) = object(&under("{}"), &written);
    assert_eq!(fixed["spec"]["containers"][0]["securityContext"], said_all);
    assert_eq!(fixed["spec"]["securityContext"], json!({}));
    let mut said = said(&decision);
    said.sort();
    let place = |field: &str| format!("spec.containers[0].securityContext.{field}");
    assert_eq!(
        said,
        [
            format!("POD-006 fail {}", place("allowPrivilegeEscalation")),
            format!("POD-007 fail {}", place("runAsNonRoot")),
            format!("POD-009 fail {}", place("capabilities.drop")),
            format!("POD-010 fail {}", place("seccompProfile.type")),
        ]
    );
}

#[test]
fn the_api_server_would_refuse_some_pairs() {
    for security in [
        json!({"privileged": true}),
        json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
        json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}}),
    ] {
        let (fixed, _) = object(&under("{}"), &pod(&json!({"containers": [container(&security)]})));
        let context = &fixed["spec"]["containers"][0]["securityContext"];
        assert_eq!(context.get("allowPrivilegeEscalation"), None, "{security}");
    }
}

#[test]
fn an_empty_dir_gets_a_size_only_where_its_namespace_asks_for_it() {
    let spec = json!({
        "containers": [container(&json!({"readOnlyRootFilesystem": true}))],
        "volumes": [
            {"name": "none", "emptyDir": {}},
            {"name": "memory", "emptyDir": {"medium": "Memory"}},
            {"name": "bare"},
            {"name": "said", "emptyDir": {"sizeLimit": "2Gi"}},
            {"name": "zero", "emptyDir": {"sizeLimit": "0"}},
            {"name": "other", "configMap": {"name": "other"}},
        ],
    });
    let refused = |decision: &_| -> Vec<String> {
        said(decision).into_iter().filter(|line| line.starts_with("RES-002 ")).collect()
    };
    let sizes = |object: &Json| -> Vec<Json> {
        let volumes = object["spec"]["volumes"].as_array().unwrap();
        volumes.iter().map(|volume| volume["emptyDir"]["sizeLimit"].clone()).collect()
    };
    let asked = json!({"probity.dev/mutate": "POD-011_RES-002"});
    let (fixed, decision) = object_in(&under("{}"), &pod(&spec), &asked);
    let filled = ["1024Mi", "1024Mi", "1024Mi", "2Gi", "0"].map(Json::from);
    assert_eq!(sizes(&fixed)[..5], filled);
    assert_eq!(fixed["spec"]["volumes"][1]["emptyDir"]["medium"], "Memory");
    assert_eq!(fixed["spec"]["volumes"][5].get("emptyDir"), None);
    assert_eq!(refused(&decision), ["RES-002 fail spec.volumes[4].emptyDir.sizeLimit"]);

    for labels in [json!({}), json!({"probity.dev/mutate": "POD-011"})] {
        let (left, decision) = object_in(&under("{}"), &pod(&spec), &labels);
        assert_eq!(sizes(&left), sizes(&pod(&spec)), "{labels}");
        assert_eq!(refused(&decision).len(), 4, "{labels}");
    }
}

#[test]
fn windows_pods_get_no_linux_fields() {
    let windows = pod(&json!({"os": {"name": "windows"}, "containers": [container(&Json::Null)]}));
    let (fixed, decision) = object(&under("{}"), &windows);
    assert!(decision.findings.is_empty(), "{:?}", said(&decision));
    assert_eq!(fixed["spec"]["securityContext"], json!({"runAsNonRoot": true}));
    assert_eq!(fixed["spec"]["containers"][0].get("securityContext"), None);
}

#[test]
fn ephemeral_containers_are_judged_and_never_touched() {
    let mut debugged = pod(&json!({"containers": [container(&Json::Null)]}));
    debugged["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": IMAGE}]);
    let (fixed, decision) = object(&under("{}"), &debugged);
    assert_eq!(fixed["spec"]["ephemeralContainers"][0].get("securityContext"), None);
    let mut controls: Vec<_> = decision.findings.iter().map(|f| f.control.as_str()).collect();
    controls.sort_unstable();
    assert_eq!(controls, ["POD-006", "POD-009", "POD-018"]);
}

#[test]
fn a_mutable_image_is_refused_in_production_and_only_warned_of_elsewhere() {
    use probity_catalog::Action;
    let mut tagged = pod(&json!({"containers": [container(&Json::Null)]}));
    tagged["spec"]["containers"][0]["image"] = json!("registry.example/ledger:4.2.1");
    for (settings, action) in [
        ("{}", Action::Deny),
        ("environment: production", Action::Deny),
        ("environment: staging", Action::Warn),
        ("environment: dev", Action::Warn),
        // The bank may only ask for more.
        ("{environment: staging, parameters: {digest_required_env: [staging]}}", Action::Deny),
        ("parameters: {digest_required_env: [staging]}", Action::Deny),
        ("{environment: dev, parameters: {digest_required_env: [staging]}}", Action::Warn),
    ] {
        let (_, decision) = object(&under(settings), &tagged);
        let policy = "IMG-004 fail spec.containers[0].imagePullPolicy";
        assert_eq!(said(&decision), ["IMG-003 fail spec.containers[0].image", policy]);
        assert_eq!(decision.action(), Some(action), "{settings}");
    }
}
