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
fn a_pull_policy_is_overwritten_only_where_its_namespace_asks_for_it() {
    let with = |name: &str, image: &str, policy: &str| {
        let mut container = container(&json!({"readOnlyRootFilesystem": true}));
        container["name"] = name.into();
        container["image"] = image.into();
        container["imagePullPolicy"] = policy.into();
        container
    };
    let digest = format!("registry.example/app@sha256:{}", "0".repeat(64));
    let spec = json!({
        "containers": [
            with("tagged", "registry.example/app:1.0", "IfNotPresent"),
            with("never", "registry.example/app:1.0", "Never"),
            with("pinned", &digest, "IfNotPresent"),
        ],
        "ephemeralContainers": [with("debug", "registry.example/app:1.0", "IfNotPresent")],
    });
    let policies = |object: &Json| -> Vec<Json> {
        let lists = ["containers", "ephemeralContainers"].map(|list| &object["spec"][list]);
        let containers = lists.into_iter().filter_map(|list| list.as_array()).flatten();
        containers.map(|container| container["imagePullPolicy"].clone()).collect()
    };
    let asked = json!({"probity.dev/mutate": "IMG-004"});
    let (fixed, decision) = object_in(&under("{}"), &pod(&spec), &asked);
    let said: Vec<_> =
        said(&decision).into_iter().filter(|line| line.starts_with("IMG-004 ")).collect();
    assert_eq!(policies(&fixed), ["Always", "Never", "IfNotPresent", "IfNotPresent"]);
    assert_eq!(
        said,
        [
            "IMG-004 fail spec.containers[1].imagePullPolicy",
            "IMG-004 fail spec.ephemeralContainers[0].imagePullPolicy",
        ]
    );

    for labels in [json!({}), json!({"probity.dev/mutate": "RES-002"})] {
        let (left, _) = object_in(&under("{}"), &pod(&spec), &labels);
        assert_eq!(policies(&left), policies(&pod(&spec)), "{labels}");
    }
}

/// A pod as the API server's `ServiceAccount` plugin leaves it.
fn with_token(said: &Json) -> Json {
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path});
    let token = mount("kube-api-access-x7k2p", "/var/run/secrets/kubernetes.io/serviceaccount");
    let mut app = container(&Json::Null);
    app["volumeMounts"] = json!([mount("work", "/work"), token, mount("settings", "/settings")]);
    let mut setup = container(&Json::Null);
    setup["volumeMounts"] = json!([token]);
    let mut spec = json!({
        "initContainers": [setup], "containers": [app],
        "volumes": [
            {"name": "work", "emptyDir": {}},
            {"name": "kube-api-access-x7k2p", "projected": {"sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt"}},
            ]}},
            {"name": "settings", "configMap": {"name": "settings"}},
        ],
    });
    if !said.is_null() {
        spec["automountServiceAccountToken"] = said.clone();
    }
    pod(&spec)
}

fn names(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|item| item["name"].as_str()).collect()
}

fn about_tokens(decision: &probity_catalog::Decision) -> Vec<String> {
    said(decision).into_iter().filter(|line| line.starts_with("IAM-003 ")).collect()
}

#[test]
fn the_token_that_nobody_asked_for_is_taken_out() {
    let snapshot = under("{}");
    // The size goes to the volume that is meant, whatever else is taken out.
    let asked = json!({"probity.dev/mutate": "RES-002"});
    let (fixed, decision) = object_in(&snapshot, &with_token(&Json::Null), &asked);
    let spec = &fixed["spec"];
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(names(&spec["volumes"]), ["work", "settings"]);
    assert_eq!(spec["volumes"][0]["emptyDir"]["sizeLimit"], "1024Mi");
    assert_eq!(names(&spec["containers"][0]["volumeMounts"]), ["work", "settings"]);
    assert_eq!(spec["initContainers"][0]["volumeMounts"], json!([]));
    assert_eq!(about_tokens(&decision), [""; 0]);
    let again = object_in(&snapshot, &fixed, &asked).0;
    assert_eq!(again["spec"]["containers"], spec["containers"], "a second run changes nothing");
    assert_eq!(names(&again["spec"]["volumes"]), names(&spec["volumes"]));
}

#[test]
fn whoever_asks_for_the_token_keeps_it() {
    let (fixed, decision) = object(&under("{}"), &with_token(&json!(true)));
    assert_eq!(fixed["spec"]["automountServiceAccountToken"], true);
    assert_eq!(
        names(&fixed["spec"]["volumes"]),
        names(&with_token(&json!(true))["spec"]["volumes"])
    );
    assert_eq!(
        about_tokens(&decision),
        [
            "IAM-003 fail spec.automountServiceAccountToken",
            "IAM-003 fail spec.volumes[1].projected.sources",
            "IAM-003 fail spec.containers[0].volumeMounts[1].mountPath",
            "IAM-003 fail spec.initContainers[0].volumeMounts[0].mountPath",
        ]
    );

    let mut needed = with_token(&Json::Null);
    needed["metadata"]["annotations"] = json!({"probity.dev/needs-api-token": "true"});
    let (fixed, decision) = object(&under("{}"), &needed);
    assert_eq!(names(&fixed["spec"]["volumes"]), names(&needed["spec"]["volumes"]));
    assert_eq!(fixed["spec"].get("automountServiceAccountToken"), None);
    let place = r#"metadata.annotations["probity.dev/needs-api-token"]"#;
    assert_eq!(about_tokens(&decision), [format!("IAM-003 unknown {place}")]);
}

#[test]
fn what_somebody_mounted_by_hand_is_refused_and_left_there() {
    let mut written = with_token(&Json::Null);
    let name = json!("kube-api-access");
    written["spec"]["volumes"][1]["name"] = name.clone();
    written["spec"]["containers"][0]["volumeMounts"][1]["name"] = name.clone();
    written["spec"]["initContainers"][0]["volumeMounts"][0]["name"] = name;
    let (fixed, decision) = object(&under("{}"), &written);
    assert_eq!(names(&fixed["spec"]["volumes"]), names(&written["spec"]["volumes"]));
    assert_eq!(fixed["spec"]["automountServiceAccountToken"], false);
    assert_eq!(about_tokens(&decision).len(), 3);
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
