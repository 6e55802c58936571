//! A panic in a webhook that is built as releases are: the review is refused, the process lives.

use std::net::SocketAddr;

use bytes::Bytes;
use harness::served::Served;
use harness::tools;
use harness::webhook::{Client, Protocol, review};
use serde_json::{Value, json};

fn body(review: &Value) -> Bytes {
    Bytes::from(review.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_refuses_one_review_and_the_process_lives() {
    let served = Served::start_program(&tools::panicking("panicking-webhook"), "");
    let address = SocketAddr::from(([127, 0, 0, 1], served.port()));
    let (bad, good) = (review("pod-privileged"), review("pod-compliant"));
    let mut unlucky = good.clone();
    unlucky["request"]["name"] = json!("unlucky");
    unlucky["request"]["object"]["metadata"]["name"] = json!("unlucky");

    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client = Client::connect(address, &served.authority(), protocol).await.unwrap();
        let answer = client.post("/validate?timeout=3s", body(&unlucky)).await.unwrap();
        answer.check_envelope(&unlucky);
        assert!(!answer.allowed());
        assert_eq!(answer.response()["status"]["code"], 500);
        assert_eq!(answer.message(), "probity could not judge this object: internal error");

        let answer = client.post("/mutate?timeout=3s", body(&unlucky)).await.unwrap();
        answer.check_envelope(&unlucky);
        assert!(answer.allowed() && answer.patch().is_null());

        // The same connection, the same process.
        let answer = client.post("/validate?timeout=3s", body(&bad)).await.unwrap();
        assert!(!answer.allowed());
        assert!(answer.message().contains("POD-001"), "it still judges: {}", answer.message());
        let answer = client.post("/validate?timeout=3s", body(&good)).await.unwrap();
        assert!(answer.allowed(), "{}", answer.text());
    }

    let metrics = served.metrics();
    assert!(metrics.contains("probity_admission_panics_total 4"), "{metrics}");
    assert!(metrics.contains("probity_admission_in_flight 0"), "{metrics}");
    let printed = served.printed();
    let lines = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let failed = lines.filter(|line| line["decision"]["problem"] == "internal error").count();
    assert_eq!(failed, 4, "each leaves evidence: {printed}");
    assert!(!printed.contains("out of luck"), "panic texts may quote values: they stay inside");
}
