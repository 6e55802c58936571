//! What a front end says of a subject, in the one form in which all of them are compared.
//!
//! Knows the reports of the command line and the evidence of the webhook. Called by the parity suite
//! and, where the webhook stands behind a real API server, by the cluster suite.

#![expect(clippy::indexing_slicing, reason = "a report without the field fails the test")]

use std::collections::BTreeSet;

use serde_json::Value;

/// The findings of one subject, as a set: order is a matter of display.
pub type Said = BTreeSet<String>;

/// The form of one finding. What is unknown leads to different actions before admission and at
/// it; everything else must lead to the same.
fn line(finding: &Value, names: [&str; 4]) -> String {
    let text = |name: &str| match &finding[name] {
        Value::String(text) => text.clone(),
        _ => "none".to_owned(),
    };
    let [verdict, found, allowed, action] = names.map(text);
    let action = if verdict == "unknown" { "" } else { &action };
    let (check, path, severity) = (text("check"), text("path"), text("severity"));
    format!("{check} {verdict} {severity} {action} {path}: {found} | {allowed}")
}

/// The findings of a subject in the JSON report of the command line.
pub fn by_command(subject: &Value) -> Said {
    let findings = subject["findings"].as_array().expect("a subject has findings");
    findings.iter().map(|f| line(f, ["verdict", "found", "allowed", "action"])).collect()
}

/// The findings in a line of the webhook's evidence.
pub fn by_webhook(evidence: &Value) -> Said {
    let checks = evidence["decision"]["checks"].as_array().expect("evidence has checks");
    checks.iter().map(|c| line(c, ["result", "observed", "expected", "action"])).collect()
}
