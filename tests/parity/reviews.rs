//! Reviews as an API server sends them, in all the forms that the webhook's suite has: status and
//! other parts of a pod, mirrors, generated names, updates. The gate of the command line must decide
//! of each what the webhook decides.

use std::fs;

use harness::said::{Said, by_command, by_webhook};
use harness::webhook::{Webhook, fixtures, review};
use serde_json::Value;

use crate::case;
use crate::command::AtGate;
use crate::kubernetes::{action, agree, decided};

/// The stricter of the actions that refuse or warn.
fn strictest(subjects: &[Value]) -> Value {
    let found = |action: &str| subjects.iter().any(|subject| subject["action"] == action);
    ["deny", "warn"].into_iter().find(|action| found(action)).into()
}

#[tokio::test]
async fn reviews_are_decided_alike() {
    let (mut compared, mut judged) = (0, 0);
    for settings in ["environment: production\n", "environment: dev\nregimes: [sox]\n"] {
        let (webhook, gate) = (Webhook::new(settings), AtGate::new(settings));
        for file in case::entries(&fixtures().join("reviews")) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            let review = review(&name);
            let evidence = decided(&webhook, &review).await;
            // Pods are judged as sent; those of a template are still to be mutated.
            let subjects = gate.judged(&review, review["request"]["kind"]["kind"] != "Pod");
            let (found, mut expected) = (by_webhook(&evidence), Said::new());
            expected.extend(subjects.iter().flat_map(by_command));
            // A line of evidence is bounded; it counts what it leaves out.
            if let Some(omitted) = evidence["decision"]["checks_omitted"].as_u64() {
                assert_eq!(found.len() + usize::try_from(omitted).unwrap(), expected.len());
                expected.retain(|line| found.contains(line));
            }
            agree(&found, &expected, &format!("{name} under {settings}"));
            assert_eq!(action(&evidence), strictest(&subjects), "{name} under {settings}");
            compared += 1;
            judged += subjects.len();
        }
    }
    case::say(&format!("command line and webhook agree on {compared} reviews, {judged} subjects"));
    let reviews = fs::read_dir(fixtures().join("reviews")).unwrap().count();
    assert_eq!(compared, 2 * reviews);
    assert!(judged > reviews, "{judged} subjects in {compared} reviews");
}
