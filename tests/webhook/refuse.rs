//! Everything that is no review: always a proper answer, never a panic, always counted.

use axum::body::Body;
use harness::webhook::{Answer, Webhook, review};
use http::{Request, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut review = review("pod-compliant");
    change(&mut review);
    review.to_string()
}

/// One line in plain text that says what is wrong, and one more in the counter.
fn refuses(webhook: &Webhook, answer: &Answer, status: u16, words: &str, reason: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let text = answer.text();
    assert!(text.starts_with("probity: ") && text.ends_with('\n'), "{text:?}");
    assert_eq!(text.lines().count(), 1, "{text:?}");
    assert!(text.contains(words), "{text}");
    assert!(answer.headers.get("retry-after").is_none());
    let counted = format!("probity_admission_bad_requests_total{{reason=\"{reason}\"}} ");
    assert!(webhook.metrics().contains(&counted), "{counted} in\n{}", webhook.metrics());
}

#[tokio::test]
async fn bodies_that_are_no_review() {
    let webhook = Webhook::new("");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let nested = changed(|r| r["request"]["object"]["spec"]["x"] = json!(1))
        .replace("\"x\":1", &format!("\"x\":{deep}"));
    let twice = changed(|_| {}).replacen('{', r#"{"kind":"Other","#, 1);
    let cases: Vec<(String, &str, &str)> = vec![
        (String::new(), "body is empty", "empty"),
        ("nginx".to_owned(), "not acceptable JSON", "json"),
        ("{".to_owned(), "not acceptable JSON", "json"),
        (changed(|_| {}) + "{}", "not acceptable JSON", "json"),
        (nested, "not acceptable JSON", "json"),
        (twice, "not acceptable JSON", "json"),
        ("[]".to_owned(), "not a JSON object", "kind"),
        ("null".to_owned(), "not a JSON object", "kind"),
        (changed(|r| r["apiVersion"] = json!("admission.k8s.io/v1beta1")), "v1beta1", "kind"),
        (changed(|r| r["kind"] = json!("Pod")), "`Pod` of `admission.k8s.io/v1`", "kind"),
        (changed(|r| r["kind"] = json!(7)), "this endpoint takes `AdmissionReview`", "kind"),
        (changed(|r| r["request"] = Value::Null), "no `request`", "request"),
        (changed(|r| r["request"] = json!("x")), "no `request`", "request"),
        (changed(|r| r["request"]["uid"] = json!("")), "no `uid`", "uid"),
        (changed(|r| r["request"]["uid"] = json!({})), "no `uid`", "uid"),
    ];
    for (body, words, reason) in cases {
        for path in ["/validate", "/mutate"] {
            let answer = webhook.post(path, body.clone()).await;
            refuses(&webhook, &answer, 400, words, reason);
        }
    }
}

#[tokio::test]
async fn bad_utf8_is_no_review() {
    let webhook = Webhook::new("");
    let mut body = changed(|_| {}).into_bytes();
    let at = body.windows(6).position(|window| window == b"ledger").unwrap();
    body[at] = 0xff;
    refuses(&webhook, &webhook.post("/validate", body).await, 400, "not acceptable JSON", "json");
}

#[tokio::test]
async fn requests_with_a_wrong_head() {
    let webhook = Webhook::new("");
    let request = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from(changed(|_| {}))).unwrap()
    };
    let json = ("content-type", "application/json");

    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = webhook.send(request(method, "/validate", &[json])).await;
        refuses(&webhook, &answer, 405, "by POST", "method");
        assert_eq!(answer.headers["allow"], "POST");
    }
    let answer = webhook.send(request("POST", "/", &[json])).await;
    refuses(&webhook, &answer, 404, "/validate or /mutate", "path");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let answer = webhook.send(request("POST", "/mutate", &[("content-type", kind)])).await;
        refuses(&webhook, &answer, 415, "application/json", "content_type");
    }
    let answer = webhook.send(request("POST", "/validate", &[])).await;
    refuses(&webhook, &answer, 415, "application/json", "content_type");
    for encoding in ["gzip", "br", "deflate, gzip"] {
        let headers = [json, ("content-encoding", encoding)];
        let answer = webhook.send(request("POST", "/validate", &headers)).await;
        refuses(&webhook, &answer, 415, "compressed", "encoding");
    }
    for kind in ["application/json", "Application/JSON; charset=utf-8"] {
        let headers = [("content-type", kind), ("content-encoding", "identity")];
        let answer = webhook.send(request("POST", "/validate", &headers)).await;
        assert_eq!(answer.status, StatusCode::OK, "{kind}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_at_it_is_read() {
    let webhook = Webhook::new("");
    let body = changed(|_| {}) + &" ".repeat(8 << 20);
    refuses(
        &webhook,
        &webhook.post("/validate", body.clone()).await,
        413,
        "larger than",
        "too_large",
    );
    let answer = webhook.post("/validate", body[..8 << 20].to_owned()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

type Case = (&'static str, fn(&mut Value));

#[tokio::test]
async fn a_review_that_makes_no_sense_is_denied_under_its_uid() {
    let webhook = Webhook::new("");
    let cases: [Case; 7] = [
        ("`operation` is ``", |request| {
            request.as_object_mut().unwrap().remove("operation");
        }),
        ("`operation` is `PATCH`", |request| request["operation"] = json!("PATCH")),
        ("CREATE without an `object`", |request| request["object"] = Value::Null),
        ("CREATE without an `object`", |request| request["object"] = json!([1])),
        ("`kind` is missing", |request| request["kind"] = Value::Null),
        ("`object` is `v1` `Pod`, but `kind` says `apps/v1` `Deployment`", |request| {
            request["kind"] = json!({"group": "apps", "version": "v1", "kind": "Deployment"});
        }),
        ("`object` is `` `Pod`", |request| {
            request["object"].as_object_mut().unwrap().remove("apiVersion");
        }),
    ];
    for (words, change) in cases {
        let mut review = review("pod-compliant");
        change(&mut review["request"]);
        for path in ["/validate", "/mutate"] {
            let answer = webhook.post(path, review.to_string()).await;
            answer.check_envelope(&review);
            assert!(!answer.allowed());
            assert_eq!(answer.response()["status"]["code"], 400);
            assert!(answer.message().contains(words), "{words} in {}", answer.message());
        }
    }
    assert!(webhook.metrics().contains(r#"bad_requests_total{reason="malformed"} 14"#));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..600)) {
        let (webhook, runtime) = (shared(), runtime());
        for path in ["/validate", "/mutate"] {
            let answer = runtime.block_on(webhook.post(path, body.clone()));
            prop_assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn a_damaged_review_gets_an_answer(
        name in prop::sample::select(vec!["pod-privileged", "deployment-fixable", "pod-ephemeral-container"]),
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 0..12),
        gone in 0_usize..40,
    ) {
        let (webhook, runtime) = (shared(), runtime());
        let mut body = review(name).to_string().into_bytes();
        let at = at.index(body.len());
        let end = (at + gone).min(body.len());
        body.splice(at..end, with);
        for path in ["/validate", "/mutate"] {
            let answer = runtime.block_on(webhook.post(path, body.clone()));
            prop_assert!([200, 400].contains(&answer.status.as_u16()), "{}", answer.status);
            if answer.status == StatusCode::OK {
                prop_assert!(answer.response()["uid"].is_string());
            }
        }
        prop_assert!(!webhook.metrics().contains("probity_admission_panics_total 1"));
    }

    #[test]
    fn any_json_in_any_place_gets_an_answer(
        name in prop::sample::select(vec!["pod-without-security-context", "deployment-fixable", "cronjob-violating"]),
        at in any::<prop::sample::Index>(),
        with in json_value(),
    ) {
        let (webhook, runtime) = (shared(), runtime());
        let mut review = review(name);
        let mut places = Vec::new();
        pointers(&review["request"]["object"], "/request/object", &mut places);
        let place = &places[at.index(places.len())];
        *review.pointer_mut(place).unwrap() = with;
        for path in ["/validate", "/mutate"] {
            let answer = runtime.block_on(webhook.post(path, review.to_string()));
            prop_assert_eq!(answer.status, StatusCode::OK);
            answer.check_envelope(&review);
        }
        prop_assert!(!webhook.metrics().contains("probity_admission_panics_total 1"));
    }
}

fn shared() -> &'static Webhook {
    static WEBHOOK: std::sync::OnceLock<Webhook> = std::sync::OnceLock::new();
    WEBHOOK.get_or_init(|| Webhook::new("environment: production\nregimes: [sox, pci-dss]\n"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z~/ ]{0,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place in `value`, as pointers that start with `at`.
fn pointers(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(field, &format!("{at}/{name}"), places);
            }
        }
        _ => {}
    }
}
