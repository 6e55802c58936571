//! How the API server and the webhook speak: protocols, annotations, records, metrics.

use harness::cluster::registration::SELECTOR;
use serde_json::Value;

use crate::objects::{compliant, pod_spec, privileged, unhardened};
use crate::stage::{HTTP1, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_http_1_1() {
    let Some(stage) = Stage::labelled("wire-http1", &[(SELECTOR, HTTP1)]).await else { return };
    let message = stage.denied(&privileged(compliant("denied"))).await;
    assert!(message.contains("POD-001"), "{message}");
    let mut mutated =
        serde_json::to_value(stage.admitted(&unhardened(compliant("mutated"))).await).unwrap();
    let context = &pod_spec(&mut mutated)["containers"][0]["securityContext"];
    assert_eq!(context["allowPrivilegeEscalation"], Value::Bool(false), "{context}");
    stage.admitted(&compliant("admitted")).await;
    let (_, offers) = stage.offers();
    assert!(!offers.is_empty());
    assert!(offers.iter().all(|offer| offer == &["http/1.1"]), "{offers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn loopback_is_http_2() {
    let Some(stage) = Stage::new("wire-http2").await else { return };
    stage.admitted(&compliant("admitted")).await;
    let (offers, _) = stage.offers();
    assert!(!offers.is_empty());
    assert!(
        offers.iter().all(|offer| offer.first().is_some_and(|first| first == "h2")),
        "{offers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_log_joins_a_decision_to_its_record() {
    let Some(stage) = Stage::new("wire-audit").await else { return };
    stage.denied(&privileged(compliant("ledger"))).await;
    let log = stage.audit_log();
    let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let event = events
        .filter(|event| event["objectRef"]["namespace"] == "wire-audit")
        .find(|event| event["annotations"].get("validate.probity.dev/event-id").is_some())
        .unwrap_or_else(|| panic!("no annotation of ours in\n{log}"));
    let id = event["annotations"]["validate.probity.dev/event-id"].as_str().unwrap();
    assert!(stage.webhook_log().contains(id), "no record with id {id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_counted() {
    let Some(stage) = Stage::new("wire-metrics").await else { return };
    stage.denied(&privileged(compliant("ledger"))).await;
    let metrics = stage.metrics();
    let counted = metrics.lines().any(|line| {
        line.starts_with("probity_admission_requests_total{")
            && line.contains("kind=\"Pod\"")
            && line.contains("decision=\"denied\"")
    });
    assert!(counted, "{metrics}");
}
