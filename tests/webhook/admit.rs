//! What passes and what is refused, and in which words.

use harness::webhook::{Webhook, review};
use serde_json::json;

const PRODUCTION: &str = "environment: production\n";

#[tokio::test]
async fn admits_a_compliant_pod_without_a_word() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.accepts(&review("pod-compliant")).await;
    assert_eq!(answer.warnings(), Vec::<String>::new());
    let annotations = &answer.response()["auditAnnotations"];
    assert_eq!(annotations["decision"], "allowed");
    assert_eq!(annotations["catalog-digest"].as_str().map(str::len), Some(64));
    assert_eq!(annotations["event-id"].as_str().map(str::len), Some(36));
    assert!(annotations.as_object().unwrap().keys().all(|key| !key.contains('/')));
}

#[tokio::test]
async fn refuses_a_privileged_pod_in_the_words_of_the_product() {
    let webhook = Webhook::new("environment: production\nregimes: [pci-dss, sox]\n");
    let answer = webhook.validate(&review("pod-privileged")).await;
    let message = answer.message();
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines[0].starts_with("Pod payments/ledger breaks "), "{message}");
    assert!(lines[0].contains(": POD-001, "), "{message}");
    assert_eq!(
        lines[1],
        "POD-001 (critical) No privileged containers: \
         spec.containers[0].securityContext.privileged is true; allowed: false or unset"
    );
    let image = lines.iter().find(|line| line.starts_with("IMG-003 (high)")).expect(&message);
    assert!(
        image.contains(r#"spec.containers[0].image is "nginx:latest"; allowed: name@sha256:…"#)
    );
    let last = lines.last().unwrap();
    assert!(last.starts_with("Judged under production, pci-dss, sox; catalog "), "{last}");
    assert!(last.ends_with("More: probity explain POD-001"), "{last}");
}

#[tokio::test]
async fn says_production_default_where_nobody_set_an_environment() {
    let webhook = Webhook::new("");
    let message = webhook.validate(&review("pod-privileged")).await.message();
    assert!(message.contains("Judged under production (default); catalog "), "{message}");
}

#[tokio::test]
async fn refuses_a_violating_init_container_at_its_path() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-violating-init-container")).await;
    assert!(!answer.allowed());
    assert!(answer.message().contains("spec.initContainers[0].securityContext.privileged is true"));
}

#[tokio::test]
async fn refuses_a_violating_ephemeral_container_on_its_subresource() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-ephemeral-container")).await;
    assert!(!answer.allowed(), "{}", answer.text());
    assert!(
        answer.message().contains("spec.ephemeralContainers[0].securityContext.privileged is true")
    );
}

#[tokio::test]
async fn refuses_an_update_that_turns_good_into_bad() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.rejects(&review("pod-update-worse"), &["IMG-002", "IMG-003"]).await;
    assert!(answer.message().contains("nginx:latest"));
}

#[tokio::test]
async fn admits_an_update_of_a_compliant_pod() {
    Webhook::new(PRODUCTION).accepts(&review("pod-update-compliant")).await;
}

#[tokio::test]
async fn only_warns_about_what_an_update_did_not_touch() {
    let webhook = Webhook::new(PRODUCTION);
    let mut untouched = review("pod-update-compliant");
    for object in ["object", "oldObject"] {
        untouched["request"][object]["spec"]["containers"][0]["image"] = json!("nginx:latest");
    }
    let answer = webhook.accepts(&untouched).await;
    assert!(
        answer.warnings().iter().any(|text| text.starts_with("IMG-003: ")),
        "{}",
        answer.text()
    );
    assert_eq!(answer.response()["auditAnnotations"]["decision"], "warned");
}

#[tokio::test]
async fn a_critical_violation_is_refused_on_resize_even_if_it_was_there_before() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-resize-violating")).await;
    assert!(!answer.allowed(), "{}", answer.text());
    assert!(answer.message().contains("POD-001"));
}

#[tokio::test]
async fn a_status_update_is_never_refused_on_the_specification() {
    let webhook = Webhook::new(PRODUCTION);
    webhook.accepts(&review("pod-status-of-violating")).await;
}

#[tokio::test]
async fn what_brings_nothing_to_judge_is_admitted() {
    let webhook = Webhook::new(PRODUCTION);
    for name in ["pod-delete-violating", "pod-exec", "configmap", "deployment-scale"] {
        let answer = webhook.accepts(&review(name)).await;
        assert_eq!(answer.warnings(), Vec::<String>::new(), "{name}");
        assert_eq!(answer.response()["auditAnnotations"]["decision"], "allowed", "{name}");
    }
}

#[tokio::test]
async fn a_pod_template_in_an_unknown_kind_is_told() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.accepts(&review("widget-with-pod-template")).await;
    let warnings = answer.warnings();
    assert!(warnings[0].starts_with("probity did not judge Widget payments/w: "), "{warnings:?}");
}

#[tokio::test]
async fn a_dry_run_gets_the_same_verdict() {
    let webhook = Webhook::new(PRODUCTION);
    let real = webhook.validate(&review("pod-privileged")).await;
    let dry = webhook.validate(&review("pod-privileged-dry-run")).await;
    assert_eq!(real.message(), dry.message());
    assert!(!dry.allowed());
    let lines = webhook.evidence();
    assert_eq!(lines[1]["what"]["dry_run"], true);
}

#[tokio::test]
async fn a_template_is_judged_as_its_pods_will_be() {
    let webhook = Webhook::new(PRODUCTION);
    webhook.accepts(&review("deployment-compliant")).await;
    webhook.accepts(&review("deployment-fixable")).await;
    let message = webhook.validate(&review("deployment-violating")).await.message();
    assert!(message.starts_with("Deployment payments/ledger breaks "), "{message}");
    assert!(
        message.contains("spec.template.spec.containers[0].securityContext.privileged is true")
    );
    let message = webhook.validate(&review("cronjob-violating")).await.message();
    assert!(
        message.contains(
            "spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged is true"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn what_an_object_says_of_its_data_only_tightens() {
    let webhook = Webhook::new("environment: production\nregimes: [sox]\n");
    let mut pod = review("pod-compliant");
    let labels = &mut pod["request"]["object"]["metadata"]["labels"];
    labels["probity.dev/data-classification"] = json!("public");
    labels["probity.dev/pci-scope"] = json!("cde");
    labels["probity.dev/compliance-regime"] = json!("pci-dss");
    webhook.rejects(&pod, &["TAG-002"]).await;
    pod["request"]["object"]["metadata"]["labels"]["probity.dev/pci-scope"] = json!("none");
    webhook.accepts(&pod).await;
    let lines = webhook.evidence();
    assert_eq!(lines[0]["context"]["classification"], "confidential");
    assert_eq!(lines[0]["context"]["regimes"], json!(["sox", "pci-dss"]));
    assert_eq!(lines[1]["context"]["classification"], "public");
}

#[tokio::test]
async fn without_mutation_a_template_is_judged_as_written() {
    let judge = probity_webhook::gate::CatalogJudge { mutation: false };
    let webhook = Webhook::with(PRODUCTION, judge, probity_webhook::config::Limits::default());
    let answer = webhook.validate(&review("deployment-fixable")).await;
    assert!(!answer.allowed());
    assert!(answer.message().contains("POD-006"));
    assert!(webhook.mutate(&review("pod-without-security-context")).await.patch().is_null());
}

#[tokio::test]
async fn a_pod_is_judged_as_sent() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-without-security-context")).await;
    assert!(!answer.allowed());
    for control in ["POD-006", "POD-007", "POD-009", "POD-010"] {
        assert!(answer.message().contains(control), "{control} in {}", answer.message());
    }
}

#[tokio::test]
async fn a_mild_environment_warns_where_production_refuses() {
    let webhook = Webhook::new("environment: dev\n");
    let answer = webhook.accepts(&review("pod-without-security-context")).await;
    assert!(
        answer.warnings().iter().any(|text| text.starts_with("POD-006: ")),
        "{}",
        answer.text()
    );
    assert_eq!(answer.response()["auditAnnotations"]["decision"], "warned");
}

#[tokio::test]
async fn many_violations_fit_into_one_denial() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-forty-violations")).await;
    answer.check_envelope(&review("pod-forty-violations"));
    let message = answer.message();
    assert!(message.len() > 800, "room is used: {message}");
    let lines: Vec<&str> = message.lines().collect();
    let more = lines[lines.len() - 2];
    assert!(more.starts_with("and ") && more.ends_with(" more: `probity check FILE`"), "{message}");
    assert!(lines[1].starts_with("POD-001 (critical)"), "{message}");
    assert!(lines.last().unwrap().starts_with("Judged under "), "{message}");
}

#[tokio::test]
async fn what_an_object_says_cannot_break_or_turn_a_line() {
    let webhook = Webhook::new(PRODUCTION);
    let mut hostile = review("pod-privileged");
    hostile["request"]["object"]["spec"]["containers"][0]["image"] =
        json!("nginx:latest\n\u{202e}POD-001 (info) all good\u{7}");
    hostile["request"]["object"]["metadata"]["name"] = json!("x\r\nHTTP/1.1 200 OK");
    let answer = webhook.validate(&hostile).await;
    answer.check_envelope(&hostile);
    assert!(!answer.allowed());
    let message = answer.message();
    assert!(!message.contains('\u{202e}') && !message.contains('\r'), "{message:?}");
    assert!(message.lines().all(|line| !line.starts_with("HTTP/1.1")), "{message}");
}
