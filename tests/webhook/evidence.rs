//! What is left behind: one line per decision, metrics, and the document that lists both.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use harness::webhook::{Webhook, review};
use probity_webhook::audit::FIELDS;
use probity_webhook::metrics::DOCUMENTED;
use serde_json::Value;

const PRODUCTION: &str = "environment: production\nregimes: [sox]\n";

#[tokio::test]
async fn a_denial_leaves_one_line_that_says_who_what_and_why() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.validate(&review("pod-privileged")).await;
    let lines = webhook.evidence();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let annotations = &answer.response()["auditAnnotations"];
    assert_eq!(line["event_id"], annotations["event-id"]);
    assert_eq!(line["catalog"]["digest"], annotations["catalog-digest"]);
    assert_eq!(line["decision"]["result"], "denied");
    assert_eq!(line["who"]["username"], "jane");
    assert_eq!(line["who"]["request_uid"], review("pod-privileged")["request"]["uid"]);
    assert_eq!(line["what"]["name"], "ledger");
    assert_eq!(line["what"]["kind"]["kind"], "Pod");
    assert_eq!(line["what"]["images"][0], "nginx:latest");
    assert_eq!(line["context"]["regimes"][0], "sox");
    let check = &line["decision"]["checks"][0];
    assert_eq!((&check["control"], &check["result"]), (&"POD-001".into(), &"fail".into()));
    assert_eq!(check["path"], "spec.containers[0].securityContext.privileged");
    assert_eq!(check["observed"], "true");
    assert_eq!(check["action"], "deny");
    let event: uuid::Uuid = line["event_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(event.get_version_num(), 7);
}

#[tokio::test]
async fn a_mutation_leaves_its_patch_and_no_patch_leaves_no_line() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.mutate(&review("pod-without-security-context")).await;
    webhook.mutate(&review("pod-compliant")).await;
    let lines = webhook.evidence();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["decision"]["result"], "mutated");
    assert_eq!(lines[0]["what"]["patch"], answer.patch());
}

#[tokio::test]
async fn every_review_leaves_a_line_and_no_secret_is_in_it() {
    let webhook = Webhook::new(PRODUCTION);
    for name in ["configmap", "pod-delete-violating", "pod-exec", "pod-compliant"] {
        webhook.validate(&review(name)).await;
    }
    let lines = webhook.evidence();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line["decision"]["result"] == "allowed"));
    assert!(!Value::from(lines).to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_line_is_its_own_canonical_form() {
    let webhook = Webhook::new(PRODUCTION);
    webhook.validate(&review("pod-forty-violations")).await;
    webhook.mutate(&review("pod-without-security-context")).await;
    for line in webhook.evidence_text().lines() {
        // serde_json keeps objects sorted by key, which for these keys is RFC 8785's order.
        let sorted: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line, sorted.to_string());
    }
}

#[tokio::test]
async fn decisions_are_counted() {
    let webhook = Webhook::new(PRODUCTION);
    webhook.validate(&review("pod-privileged")).await;
    webhook.validate(&review("configmap")).await;
    webhook.mutate(&review("pod-without-security-context")).await;
    let text = webhook.metrics();
    for line in [
        r#"admission_requests_total{endpoint="validate",operation="CREATE",kind="Pod",decision="denied"} 1"#,
        r#"admission_requests_total{endpoint="validate",operation="CREATE",kind="other",decision="allowed"} 1"#,
        r#"admission_requests_total{endpoint="mutate",operation="CREATE",kind="Pod",decision="mutated"} 1"#,
        r#"control_evaluations_total{control="POD-001",verdict="fail"} 1"#,
        r#"mutations_total{control="POD-006",result="applied"} 1"#,
        r#"evidence_events_total{result="written"} 3"#,
        r#"admission_duration_seconds_count{endpoint="validate"} 2"#,
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains("payments") && !text.contains("ledger"), "no names in labels");
}

/// The fields of real lines, lists as `[]`.
fn fields(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        // A patch is one documented field; so are lists of plain values and the two identifiers.
        Value::Object(map) if !["what.kind", "what.resource"].contains(&at) => {
            for (name, value) in map {
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                fields(value, &at, found);
            }
        }
        Value::Array(items) if at == "decision.checks" => {
            for item in items {
                fields(item, "decision.checks[]", found);
            }
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}

#[tokio::test]
async fn every_field_is_documented() {
    let webhook = Webhook::new(PRODUCTION);
    webhook.validate(&review("pod-privileged")).await;
    webhook.mutate(&review("pod-without-security-context")).await;
    let mut found = BTreeSet::new();
    for line in webhook.evidence() {
        fields(&line, "", &mut found);
    }
    let documented: BTreeSet<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let undocumented: Vec<_> = found.difference(&documented).collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
    let unseen: Vec<&String> = documented.difference(&found).collect();
    assert_eq!(unseen, ["decision.checks_omitted"], "only what such reviews cannot show");
}

/// The tables between the markers of `docs/webhook.md`, as the code has them.
fn tables() -> String {
    let mut text = String::from(
        "## Metrics\n\n| metric | type | labels | what it says |\n|---|---|---|---|\n",
    );
    for metric in DOCUMENTED {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind, help) = (metric.full_name(), metric.kind, metric.help);
        let _ = writeln!(text, "| `{name}` | {kind} | {} | {help} |", labels.join(" "));
    }
    text.push_str("\n## Evidence\n\n| field | what it says |\n|---|---|\n");
    for (name, help) in FIELDS {
        let _ = writeln!(text, "| `{name}` | {help} |");
    }
    text
}

#[test]
fn the_document_has_the_tables_of_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhook.md");
    let (begin, end) = ("<!-- begin: generated -->\n", "<!-- end: generated -->");
    let text = std::fs::read_to_string(&file).expect("docs/webhook.md is there");
    let (head, rest) = text.split_once(begin).expect("a begin marker");
    let (tables_there, tail) = rest.split_once(end).expect("an end marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, format!("{head}{begin}{}{end}{tail}", tables())).unwrap();
        return;
    }
    assert!(
        tables_there == tables(),
        "docs/webhook.md is out of date: UPDATE_DOCS=1 cargo test -p probity-tests --test webhook"
    );
}
