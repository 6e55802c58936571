//! Reviews: three fixed ones, and any size of those that all controls let pass.

use serde_json::{Value, json};

/// The fixed reviews; the last one breaks some controls.
pub const FIXED: [(&str, &[u8]); 3] = [
    ("4 KB", include_bytes!("../fixtures/review-4k.json")),
    ("14 KB", include_bytes!("../fixtures/review-14k.json")),
    ("broken", include_bytes!("../fixtures/review-76k.json")),
];

/// The smallest of them with so many containers, filled up to about `bytes`; it holds whatever is
/// asked of it, so that every control runs to its end.
pub fn sized(bytes: usize, containers: usize) -> Vec<u8> {
    let (_, smallest) = FIXED[0];
    let mut review: Value = serde_json::from_slice(smallest).expect("a review");
    let spec = &mut review["request"]["object"]["spec"];
    let container = spec["containers"][0].clone();
    spec["containers"] = (0..containers)
        .map(|number| {
            let mut container = container.clone();
            container["name"] = json!(format!("c{number}"));
            container
        })
        .collect();
    let mut size = review.to_string().len();
    let mut number = 0;
    while size < bytes {
        size += fill(&mut review["request"]["object"], number, number % containers);
        number += 1;
    }
    review.to_string().into_bytes()
}

/// An environment variable more, and now and then an annotation; gives their size.
fn fill(pod: &mut Value, number: usize, container: usize) -> usize {
    let variable = json!({
        "name": format!("SETTING_{number:04}"),
        "value": format!("value number {number} of a service that is configured at length"),
    });
    let mut size = variable.to_string().len() + 1;
    let list = &mut pod["spec"]["containers"][container]["env"];
    match list.as_array_mut() {
        Some(list) => list.push(variable),
        None => *list = json!([variable]),
    }
    if number.is_multiple_of(8) {
        let name = format!("mesh.example/setting-{number}");
        let setting = "{\"retries\": 3, \"timeout\": \"2s\"}";
        size += name.len() + setting.len() + 11;
        pod["metadata"]["annotations"][name] = json!(setting);
    }
    size
}
