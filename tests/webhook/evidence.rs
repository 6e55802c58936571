//! What is left behind: one line per decision, metrics, and the document that lists both.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use harness::webhook::{Webhook, review};
use http::StatusCode;
use probity_catalog::value::Arena;
use probity_webhook::admission::review::Review;
use probity_webhook::audit::FIELDS;
use probity_webhook::config::Limits;
use probity_webhook::gate::{CatalogJudge, Fixes, Judge, Judgement};
use probity_webhook::metrics::DOCUMENTED;
use probity_webhook::snapshot::Loaded;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::Date;

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
async fn a_mutation_leaves_its_patch_and_no_patch_a_line_all_the_same() {
    let webhook = Webhook::new(PRODUCTION);
    let answer = webhook.mutate(&review("pod-without-security-context")).await;
    webhook.mutate(&review("pod-compliant")).await;
    let lines = webhook.evidence();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["decision"]["result"], "mutated");
    assert_eq!(lines[0]["what"]["patch"], answer.patch());
    assert_eq!(lines[1]["decision"]["result"], "allowed");
    assert_eq!(lines[1]["what"]["endpoint"], "mutate");
    assert!(lines[1]["what"].get("patch").is_none());
}

#[tokio::test]
async fn a_review_that_makes_no_sense_leaves_a_line_with_what_could_be_read() {
    let webhook = Webhook::new(PRODUCTION);
    let mut malformed = review("pod-privileged");
    malformed["request"]["operation"] = json!("PATCH");
    for path in ["/validate", "/mutate"] {
        let answer = webhook.post(path, malformed.to_string()).await;
        assert!(!answer.allowed());
        let lines = webhook.evidence();
        let line = lines.last().unwrap();
        assert_eq!(line["event_id"], answer.response()["auditAnnotations"]["event-id"]);
        assert_eq!(line["who"]["request_uid"], malformed["request"]["uid"]);
        assert_eq!(line["who"]["username"], "jane");
        assert_eq!(line["what"]["operation"], "other");
        assert_eq!(line["decision"]["result"], "error");
        assert_eq!(line["decision"]["allowed"], false);
        let problem = line["decision"]["problem"].as_str().unwrap();
        assert!(problem.starts_with("`operation` is `PATCH`, not one of "), "{problem}");
    }
    assert_eq!(webhook.evidence().len(), 2);
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_not_told_as_one() {
    let webhook = Webhook::with(PRODUCTION, Slow, Limits::default());
    let body = review("pod-without-security-context").to_string();
    for path in ["/validate?timeout=100ms", "/mutate?timeout=100ms"] {
        assert_eq!(webhook.post(path, body.clone()).await.status, StatusCode::GATEWAY_TIMEOUT);
    }
    // A large one runs to its end when its caller has long been answered.
    let large = Limits { inline_bytes: 16, ..Limits::default() };
    let beside = Webhook::with(PRODUCTION, Slow, large);
    let answer = beside.post("/validate?timeout=100ms", body).await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    tokio::time::sleep(Duration::from_millis(400)).await;
    let (mut lines, late) = (webhook.evidence(), beside.evidence());
    assert_eq!((lines.len(), late.len()), (2, 1));
    lines.extend(late);
    for line in lines {
        assert_eq!(line["decision"]["result"], "error");
        assert!(line["decision"].get("allowed").is_none(), "{line}");
        assert!(line["what"].get("patch").is_none(), "{line}");
        let problem = "no decision within the time that the caller waits";
        assert_eq!(line["decision"]["problem"], problem);
    }
}

/// Judges as the catalog does, but takes its time.
struct Slow;

impl Judge for Slow {
    fn judge<'a>(
        &self,
        loaded: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Judgement {
        std::thread::sleep(Duration::from_millis(150));
        CatalogJudge { mutation: true }.judge(loaded, review, today, arena)
    }

    fn fixes<'a>(
        &self,
        loaded: &'a Loaded,
        review: &Review<'a>,
        today: Date,
        arena: &'a Arena,
    ) -> Fixes {
        std::thread::sleep(Duration::from_millis(150));
        CatalogJudge { mutation: true }.fixes(loaded, review, today, arena)
    }
}

#[tokio::test]
async fn an_object_has_the_digest_of_its_canonical_form() {
    let webhook = Webhook::new(PRODUCTION);
    let update = review("pod-update-worse");
    webhook.validate(&update).await;
    // Pretty or not, in whatever order: the object is the same.
    let pretty = serde_json::to_string_pretty(&update).unwrap();
    webhook.post("/validate", pretty).await;
    webhook.validate(&review("pod-compliant")).await;
    // Keys of these objects are ASCII, numbers are small: sorted and compact is canonical.
    let digest = |object: &Value| {
        Sha256::digest(object.to_string()).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let lines = webhook.evidence();
    for line in lines.iter().take(2) {
        assert_eq!(line["what"]["object_sha256"], digest(&update["request"]["object"]));
        assert_eq!(line["what"]["old_object_sha256"], digest(&update["request"]["oldObject"]));
    }
    let created = &review("pod-compliant")["request"]["object"];
    assert_eq!(lines[2]["what"]["object_sha256"], digest(created));
    assert!(lines[2]["what"].get("old_object_sha256").is_none());
}

#[tokio::test]
async fn a_secret_has_no_digest_to_guess_it_by() {
    let webhook = Webhook::new(PRODUCTION);
    let mut secret = review("configmap");
    webhook.validate(&secret).await;
    secret["request"]["kind"]["kind"] = json!("Secret");
    secret["request"]["object"]["kind"] = json!("Secret");
    webhook.accepts(&secret).await;
    let lines = webhook.evidence();
    assert!(lines[0]["what"]["object_sha256"].is_string());
    assert!(lines[1]["what"].get("object_sha256").is_none(), "{}", lines[1]);
}

#[tokio::test]
async fn the_parameters_in_force_have_a_digest() {
    let digest = async |settings: &str, class: &str| {
        let webhook = Webhook::new(settings);
        let mut pod = review("pod-compliant");
        pod["request"]["object"]["metadata"]["labels"]["probity.dev/data-classification"] =
            json!(class);
        webhook.validate(&pod).await;
        webhook.evidence()[0]["context"]["params_digest"].as_str().unwrap().to_owned()
    };
    let production = digest("", "internal").await;
    assert_eq!(production.len(), 64);
    assert_eq!(production, digest("environment: production\n", "internal").await);
    assert_ne!(production, digest("environment: dev\n", "internal").await);
    assert_ne!(production, digest("", "restricted").await);
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
    webhook.validate(&review("pod-update-worse")).await;
    let mut malformed = review("pod-privileged");
    malformed["request"]["operation"] = json!("PATCH");
    webhook.validate(&malformed).await;
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

#[tokio::test]
async fn a_secret_that_is_found_is_in_no_answer_and_in_no_line() {
    let webhook = Webhook::new(PRODUCTION);
    let mut asked = review("pod-compliant");
    let container = &mut asked["request"]["object"]["spec"]["containers"][0];
    container["env"] = serde_json::json!([{"name": "DB_PASSWORD", "value": "hunter2"}]);
    container["args"] = serde_json::json!(["--login", "ghp_0123456789abcdefghijABCDEFGHIJ012345"]);
    asked["request"]["object"]["metadata"]["annotations"] =
        serde_json::json!({"example.com/note": "sk_live_0123456789abcdef"});
    let mutated = webhook.mutate(&asked).await.response().to_string();
    let answer = webhook.validate(&asked).await;
    assert!(answer.message().contains("SEC-001"), "{}", answer.message());
    let said = format!("{mutated}{}{}", answer.response(), Value::from(webhook.evidence()));
    for secret in ["hunter2", "ghp_0123456789", "sk_live_0123456789"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
