//! The catalogs load, and the reviews that are measured hold what they ask for.

use probity_catalog::subject::kubernetes::{RequestInfo, subjects};
use probity_catalog::value::{Arena, read_json};
use probity_catalog::{Context, Phase, evaluate};
use time::macros::date;

use crate::by_hand::{self, Pod};
use crate::catalog::{fixed, grown, snapshot};
use crate::reviews;

/// The ids of the controls that a review breaks.
fn broken(count: usize, review: &[u8]) -> Vec<String> {
    let (snapshot, arena) = (snapshot(&grown(count)), Arena::new());
    let request = read_json(review, &arena).unwrap().get("request").unwrap();
    let object = request.get("object").unwrap();
    let subject = subjects(object, &RequestInfo::admission(request), &arena).judged.pop().unwrap();
    let context = Context::new(Phase::Admission, date!(2026 - 11 - 21));
    let decision = evaluate(&snapshot, &subject, &context, &arena);
    assert_eq!(decision.passed as usize + decision.findings.len(), count, "{decision:?}");
    decision.findings.iter().map(|finding| finding.control.to_string()).collect()
}

#[test]
fn large_catalogs_load_and_let_the_sized_reviews_pass() {
    for (bytes, containers) in [(4_000, 1), (14_000, 4)] {
        assert_eq!(broken(180, &reviews::sized(bytes, containers)), Vec::<String>::new());
    }
}

#[test]
fn controls_by_hand_say_what_the_fixed_controls_say() {
    let mut object = serde_json::to_value(serde_json::json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": "a", "namespace": "b"},
        "spec": {"containers": [{"name": "c", "image": "d"}]},
    }))
    .unwrap();
    let by_hand = |object: &serde_json::Value| {
        let text = object.to_string();
        let pod: Pod<'_> = serde_json::from_str(&text).unwrap();
        let answers = by_hand::sixty(&pod);
        let failing = fixed(60).into_iter().zip(answers).filter(|(_, holds)| !holds);
        let mut ids: Vec<String> = failing.map(|(control, _)| control.id).collect();
        ids.sort();
        ids
    };
    let ours = |object: &serde_json::Value| {
        let review = serde_json::json!({"request": {"object": object}}).to_string();
        let mut ids = broken(60, review.as_bytes());
        ids.sort();
        ids
    };
    let bare = by_hand(&object);
    assert!(bare.len() > 10, "{bare:?}");
    assert_eq!(ours(&object), bare);
    object["spec"]["containers"][0]["tty"] = true.into();
    object["spec"]["containers"][0]["ports"] =
        serde_json::json!([{"containerPort": 80, "hostIP": "10.0.0.1"}]);
    object["spec"]["securityContext"] = serde_json::json!({
        "runAsNonRoot": false, "supplementalGroups": [0],
        "windowsOptions": {"hostProcess": true}, "seLinuxOptions": {"type": "spc_t"},
    });
    object["spec"]["volumes"] = serde_json::json!([
        {"name": "a", "emptyDir": {"medium": "Memory"}},
        {"name": "b", "secret": {"secretName": "b", "defaultMode": 511}},
    ]);
    let worse = by_hand(&object);
    assert!(worse.len() > bare.len() + 7, "{worse:?}");
    assert_eq!(ours(&object), worse);
}
