//! What is written into a pod: only what is absent, only where it is allowed, always the same.

use harness::webhook::{Webhook, review};
use proptest::prelude::*;
use serde_json::{Value, json};

const PRODUCTION: &str = "environment: production\n";

/// The object of a review after the answer's patch, applied as the API server does.
fn patched(review: &Value, patch: &Value) -> Value {
    let mut object = review["request"]["object"].clone();
    let patch: json_patch::Patch = serde_json::from_value(patch.clone()).expect("RFC 6902");
    json_patch::patch(&mut object, &patch).expect("a patch applies");
    object
}

#[tokio::test]
async fn fills_in_what_a_pod_leaves_out_and_says_so() {
    let webhook = Webhook::new(PRODUCTION);
    let pod = review("pod-without-security-context");
    let answer = webhook.mutate(&pod).await;
    answer.check_envelope(&pod);
    assert!(answer.allowed());
    assert_eq!(
        answer.patch(),
        json!([
            {"op": "add", "path": "/spec/automountServiceAccountToken", "value": false},
            {"op": "add", "path": "/spec/containers/0/securityContext",
             "value": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}},
            {"op": "add", "path": "/spec/securityContext/runAsNonRoot", "value": true},
            {"op": "add", "path": "/spec/securityContext/seccompProfile",
             "value": {"type": "RuntimeDefault"}},
            {"op": "remove", "path": "/spec/volumes/0"},
            {"op": "remove", "path": "/spec/containers/0/volumeMounts/0"},
        ])
    );
    let warnings = answer.warnings();
    assert!(
        warnings.contains(
            &"probity set spec.containers[0].securityContext.allowPrivilegeEscalation=false (POD-006)"
                .to_owned()
        ),
        "{warnings:?}"
    );
    assert_eq!(answer.response()["auditAnnotations"]["decision"], "mutated");

    let mut fixed = pod.clone();
    fixed["request"]["object"] = patched(&pod, &answer.patch());
    webhook.accepts(&fixed).await;
    assert!(webhook.mutate(&fixed).await.patch().is_null(), "mutating twice changes nothing");
}

#[tokio::test]
async fn fills_in_every_container_of_a_generated_pod() {
    let webhook = Webhook::new(PRODUCTION);
    let pod = review("pod-generated-two-containers");
    let answer = webhook.mutate(&pod).await;
    let object = patched(&pod, &answer.patch());
    for container in ["/spec/initContainers/0", "/spec/containers/0", "/spec/containers/1"] {
        let context = object.pointer(&format!("{container}/securityContext")).unwrap();
        assert_eq!(context["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{container}");
    }
    assert_eq!(object["spec"]["containers"][1]["securityContext"]["runAsUser"], 1337);
}

#[tokio::test]
async fn leaves_alone_what_is_not_ours_to_change() {
    let webhook = Webhook::new(PRODUCTION);
    for name in [
        "pod-compliant",
        "pod-mirror",
        "pod-ephemeral-container",
        "pod-resize-violating",
        "pod-status-of-violating",
        "pod-delete-violating",
        "pod-exec",
        "deployment-fixable",
        "deployment-violating",
        "configmap",
    ] {
        let review = review(name);
        let answer = webhook.mutate(&review).await;
        answer.check_envelope(&review);
        assert!(answer.allowed(), "{name}");
        assert!(answer.patch().is_null(), "{name}: {}", answer.text());
    }
    let mut update = review("pod-without-security-context");
    update["request"]["operation"] = json!("UPDATE");
    assert!(webhook.mutate(&update).await.patch().is_null());
    let mut ending = review("pod-without-security-context");
    ending["request"]["object"]["metadata"]["deletionTimestamp"] = json!("2026-11-21T09:15:02Z");
    assert!(webhook.mutate(&ending).await.patch().is_null());
}

#[tokio::test]
async fn never_writes_what_the_api_server_would_refuse() {
    let webhook = Webhook::new(PRODUCTION);
    let mut privileged = review("pod-without-security-context");
    privileged["request"]["object"]["spec"]["containers"][0]["securityContext"] =
        json!({"privileged": true});
    let patch = webhook.mutate(&privileged).await.patch();
    let object = patched(&privileged, &patch);
    let context = &object["spec"]["containers"][0]["securityContext"];
    assert!(context.get("allowPrivilegeEscalation").is_none(), "{context}");

    let mut windows = review("pod-without-security-context");
    windows["request"]["object"]["spec"]["os"] = json!({"name": "windows"});
    let patch = webhook.mutate(&windows).await.patch();
    let text = patch.to_string();
    for field in ["allowPrivilegeEscalation", "capabilities", "seccompProfile"] {
        assert!(!text.contains(field), "{text}");
    }
}

#[tokio::test]
async fn twenty_containers_do_not_drown_the_user() {
    let webhook = Webhook::new(PRODUCTION);
    let mut pod = review("pod-without-security-context");
    let spec = &mut pod["request"]["object"]["spec"];
    let container = spec["containers"][0].clone();
    spec["containers"] = (0..20)
        .map(|number| {
            let mut container = container.clone();
            container["name"] = json!(format!("c{number}"));
            container
        })
        .collect();
    let answer = webhook.mutate(&pod).await;
    answer.check_envelope(&pod);
    let warnings = answer.warnings();
    assert_eq!(warnings.len(), 16);
    assert!(warnings[15].starts_with("probity set ") && warnings[15].ends_with(" more fields"));
    patched(&pod, &answer.patch());
}

fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    prop::option::of(value)
}

fn object(fields: Vec<(&'static str, Option<Value>)>) -> Value {
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

prop_compose! {
    fn security_context()(
        privileged in maybe(any::<bool>().prop_map(Value::from)),
        escalation in maybe(any::<bool>().prop_map(Value::from)),
        non_root in maybe(any::<bool>().prop_map(Value::from)),
        user in maybe((0_i64..2).prop_map(Value::from)),
        drop in maybe(prop::sample::select(vec![json!([]), json!(["ALL"]), json!(["NET_RAW"])])),
        add in maybe(prop::sample::select(vec![json!([]), json!(["SYS_ADMIN"]), json!(["NET_BIND_SERVICE"])])),
        capabilities in any::<bool>(),
        seccomp in maybe(prop::sample::select(vec![json!({}), json!({"type": "Unconfined"}), json!({"type": "RuntimeDefault"})])),
    ) -> Value {
        let capabilities = capabilities.then(|| object(vec![("drop", drop), ("add", add)]));
        object(vec![
            ("privileged", privileged),
            ("allowPrivilegeEscalation", escalation),
            ("runAsNonRoot", non_root),
            ("runAsUser", user),
            ("capabilities", capabilities),
            ("seccompProfile", seccomp),
        ])
    }
}

prop_compose! {
    fn pod()(
        contexts in prop::collection::vec(maybe(security_context()), 1..4),
        init in prop::collection::vec(maybe(security_context()), 0..3),
        pod in maybe(security_context()),
        null in any::<bool>(),
        token in maybe(any::<bool>().prop_map(Value::from)),
        windows in prop::bool::weighted(0.1),
    ) -> Value {
        let mut review = review("pod-without-security-context");
        let spec = &mut review["request"]["object"]["spec"];
        let mounts = spec["containers"][0]["volumeMounts"].clone();
        let with = |contexts: Vec<Option<Value>>, prefix: &str| -> Value {
            contexts.into_iter().enumerate().map(|(number, context)| {
                let context = context.or_else(|| null.then_some(Value::Null));
                object(vec![
                    ("name", Some(json!(format!("{prefix}{number}")))),
                    ("image", Some(json!("nginx"))),
                    ("securityContext", context),
                    ("volumeMounts", Some(mounts.clone())),
                ])
            }).collect()
        };
        spec["containers"] = with(contexts, "c");
        spec["initContainers"] = with(init, "i");
        if let Some(mut context) = pod {
            for field in ["privileged", "allowPrivilegeEscalation", "capabilities"] {
                context.as_object_mut().unwrap().remove(field);
            }
            spec["securityContext"] = context;
        }
        if windows {
            spec["os"] = json!({"name": "windows"});
        }
        if let Some(token) = token {
            spec["automountServiceAccountToken"] = token;
        }
        review
    }
}

/// What of an object has to stay: all of it, but for the token that the API server mounted where
/// nobody asked for it.
fn lasting(object: &Value) -> Value {
    let mut object = object.clone();
    let spec = &mut object["spec"];
    if spec["automountServiceAccountToken"].is_null() {
        let token = |item: &Value| item["name"].as_str().unwrap().starts_with("kube-api-access-");
        let drop = |list: &mut Value| list.as_array_mut().unwrap().retain(|item| !token(item));
        drop(&mut spec["volumes"]);
        for list in ["containers", "initContainers"] {
            for container in spec[list].as_array_mut().unwrap() {
                drop(&mut container["volumeMounts"]);
            }
        }
    }
    object
}

/// Whether all that `before` says is still said in `after`; an explicit null says nothing.
fn kept(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Null, _) => true,
        (Value::Object(before), Value::Object(after)) => before.iter().all(|(name, value)| {
            after.get(name).map_or(value.is_null(), |after| kept(value, after))
        }),
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(b, a)| kept(b, a))
        }
        _ => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_patch_applies_keeps_what_is_there_and_needs_no_second(review in pod()) {
        let webhook = shared();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(webhook.mutate(&review));
        answer.check_envelope(&review);
        let patch = answer.patch();
        if !patch.is_null() {
            let object = patched(&review, &patch);
            prop_assert!(kept(&lasting(&review["request"]["object"]), &object), "{patch}");
            let mut again = review.clone();
            again["request"]["object"] = object;
            let second = runtime.block_on(webhook.mutate(&again)).patch();
            prop_assert!(second.is_null(), "first {patch}, then {second}");

            let added = |review: &Value| {
                let answer = runtime.block_on(webhook.validate(review));
                answer.message().lines().next().map(str::to_owned).unwrap_or_default()
            };
            let controls = |headline: String| -> Vec<String> {
                let ids = headline.rsplit_once(": ").map(|(_, ids)| ids.to_owned());
                ids.unwrap_or_default().split(", ").map(str::to_owned).collect()
            };
            let before = controls(added(&review));
            for control in controls(added(&again)) {
                prop_assert!(control.is_empty() || before.contains(&control), "{control} added");
            }
        }
    }
}

fn shared() -> &'static Webhook {
    static WEBHOOK: std::sync::OnceLock<Webhook> = std::sync::OnceLock::new();
    WEBHOOK.get_or_init(|| Webhook::new(PRODUCTION))
}
