//! Reviews of three sizes: a pod as most are, one with sidecars, one with a service mesh's load of
//! environment and annotations. All of them are admitted, so that every check runs.

use bytes::Bytes;
use harness::webhook::review;
use serde_json::{Value, json};

/// Name and body of each.
pub(crate) fn all() -> Vec<(&'static str, Bytes)> {
    vec![("4 KB", sized(4_000, 1)), ("14 KB", sized(14_000, 4)), ("76 KB", sized(76_000, 12))]
}

/// The compliant pod with so many containers, filled up to about `bytes`.
fn sized(bytes: usize, containers: usize) -> Bytes {
    let mut review = review("pod-compliant");
    let spec = &mut review["request"]["object"]["spec"];
    let container = spec["containers"][0].clone();
    spec["containers"] = (0..containers)
        .map(|number| {
            let mut container = container.clone();
            container["name"] = json!(format!("c{number}"));
            container
        })
        .collect();
    let mut number = 0;
    while review.to_string().len() < bytes {
        fill(&mut review["request"]["object"], number, number % containers);
        number += 1;
    }
    Bytes::from(review.to_string())
}

/// An environment variable more, and now and then an annotation.
fn fill(pod: &mut Value, number: usize, container: usize) {
    let variable = json!({
        "name": format!("SETTING_{number:04}"),
        "value": format!("value number {number} of a service that is configured at length"),
    });
    let list = &mut pod["spec"]["containers"][container]["env"];
    match list.as_array_mut() {
        Some(list) => list.push(variable),
        None => *list = json!([variable]),
    }
    if number.is_multiple_of(8) {
        pod["metadata"]["annotations"][format!("mesh.example/setting-{number}")] =
            json!("{\"retries\": 3, \"timeout\": \"2s\"}");
    }
}
