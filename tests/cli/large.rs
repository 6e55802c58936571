//! Many objects in one file: lists, documents, JSON after JSON. What is judged part by part says
//! what is said of each alone, in the order of the file.

use harness::cli::{Ran, probity};
use serde_json::{Value, json};

fn check(text: &str) -> Ran {
    probity(["check", "-", "--format", "json", "--settings", "/dev/null"]).reading(text).run()
}

/// Pods of different sizes; every third is privileged.
fn pods() -> Vec<Value> {
    let pod = |index: usize| {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": format!("ledger-{index}"),
                "namespace": "payments",
                "annotations": { "note": "é".repeat(index * 37 % 2000) },
            },
            "spec": { "containers": [{
                "name": "app",
                "image": "app",
                "securityContext": { "privileged": index.is_multiple_of(3) },
            }] },
        })
    };
    (0..400).map(pod).collect()
}

/// Who was judged, with the paths of what was found.
fn said(ran: &Ran) -> Vec<(String, Vec<String>)> {
    let report = ran.json();
    assert_eq!(report["summary"]["unreadable"], 0, "{}", report["remarks"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |subject: &Value| {
        let findings = subject["findings"].as_array().unwrap().iter();
        let found = |finding: &Value| {
            assert!(finding["location"]["line"].is_u64(), "{finding}");
            format!("{} {} {}", finding["check"], finding["verdict"], finding["path"])
        };
        (text(&subject["name"]), findings.map(found).collect())
    };
    report["subjects"].as_array().unwrap().iter().map(of).collect()
}

fn lines(values: &[Value], separator: &str) -> String {
    values.iter().map(Value::to_string).collect::<Vec<_>>().join(separator)
}

/// The same value in block style, `indent` deep.
fn block(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::Object(_) => format!("{pad}{name}:\n{}", block(value, indent + 2)),
                other => format!("{pad}{name}: {other}\n"),
            })
            .collect(),
        other => format!("{pad}{other}\n"),
    }
}

#[test]
fn however_many_objects_are_written_they_are_judged_alike() {
    let pods = pods();
    let expected = said(&check(&lines(&pods, "\n---\n")));
    let names: Vec<_> = (0..400).map(|index| format!("ledger-{index}")).collect();
    assert!(expected.iter().map(|(name, _)| name).eq(&names), "the order of the file");
    let typeless: Vec<_> = pods
        .iter()
        .map(|pod| json!({ "metadata": pod["metadata"], "spec": pod["spec"] }))
        .collect();
    let list = json!({ "apiVersion": "v1", "items": pods, "kind": "List" });
    let item = |pod: &Value| block(pod, 2).replacen(' ', "-", 1);
    let blocks: String = pods.iter().map(item).collect();
    for (what, text) in [
        ("a list", list.to_string()),
        ("a list on many lines", serde_json::to_string_pretty(&list).unwrap()),
        (
            "a list of one kind",
            format!(
                "{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{}]}}",
                lines(&typeless, ", ")
            ),
        ),
        ("lines", lines(&pods, "\n")),
        ("one after another", lines(&pods, " ")),
        ("a list in YAML", format!("apiVersion: v1\nitems:\n{blocks}kind: List\nmetadata: {{}}\n")),
        ("a list with an anchor", format!("a: &a 1\nitems:\n{blocks}kind: List\napiVersion: v1\n")),
    ] {
        assert_eq!(said(&check(&text)), expected, "{what}");
    }
}

#[test]
fn a_broken_object_does_not_lose_the_others() {
    let pods = pods();
    let first = |text: &str, broken: &str| text.replacen("\"app\"", broken, 1);
    let list = json!({ "apiVersion": "v1", "items": pods, "kind": "List" }).to_string();
    for text in [first(&lines(&pods, "\n"), "\"app"), first(&list, "@")] {
        let ran = check(&text);
        let report = ran.json();
        assert_eq!(
            (ran.code, &report["summary"]["judged"]),
            (2, &json!(399)),
            "{}",
            report["remarks"]
        );
        assert_eq!(report["remarks"][0]["location"]["line"], 1);
    }
}

/// Few cores share a small window, many a large one: what is read some items at a time against what
/// is read at once, from a pipe and from a file.
#[test]
fn a_list_longer_than_a_window_is_judged_as_one_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let mut pods = pods();
    pods.truncate(24);
    for pod in &mut pods {
        pod["metadata"]["annotations"]["more"] = "x".repeat(25_000).into();
    }
    let list = json!({ "apiVersion": "v1", "items": pods, "kind": "List" });
    let blocks: String = pods.iter().map(|pod| block(pod, 2).replacen(' ', "-", 1)).collect();
    let broken = list.to_string().replacen("\"ledger-20\"", "@", 1);
    // In the text what cannot be read is said before the findings of what was read with it.
    for (what, format, text) in [
        ("in JSON", "text", serde_json::to_string_pretty(&list).unwrap()),
        ("in YAML", "text", format!("apiVersion: v1\nitems:\n{blocks}kind: List\n")),
        ("with a broken item", "json", broken.clone()),
        ("with a broken end", "json", format!("{broken}}}")),
    ] {
        std::fs::write(folder.path().join("list"), &text).unwrap();
        let check = |path: &str, threads: &str| {
            let run = probity(["check", path, "--settings", "/dev/null", "--format", format])
                .with("RAYON_NUM_THREADS", threads)
                .within(folder.path());
            let ran = if path == "-" { run.reading(text.clone()).run() } else { run.run() };
            let said = if format == "json" {
                let report = ran.json();
                assert!(report["remarks"][0].is_object(), "{what}");
                format!("{:#}\n{:#}", report["subjects"], report["remarks"])
            } else {
                ran.normal()
            };
            (ran.code, said.replace("<stdin>", "list"))
        };
        let (code, at_once) = check("list", "32");
        for path in ["list", "-"] {
            let (of_some, some) = check(path, "1");
            assert_eq!(of_some, code, "{what}: {path}");
            for (some, at_once) in some.lines().zip(at_once.lines()) {
                assert_eq!(some, at_once, "{what}: {path}");
            }
            assert_eq!(some.len(), at_once.len(), "{what}: {path}");
        }
    }
}

/// Line by line nothing of this could be hidden or shown: it is one line.
#[test]
fn a_list_on_one_line_shows_nobody_elses_secret() {
    let long = "x".repeat(9000);
    let pair = |index: usize| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"a{index}"}},"spec":{{"containers":[{{"name":"a","image":"a","args":["{long}"]}}],"hostPID":true}}}}, {{"spec":{{"containers":[{{"env":[{{"name":"DB_PASSWORD","value":"hunter-{index}-2"}}],"name":"a","image":"a","args":["{long}"]}}]}},"apiVersion":"v1","kind":"Pod","metadata":{{"name":"b{index}"}}}}"#
        )
    };
    let pods: Vec<_> = (0..10).map(pair).collect();
    let list = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{}]}}"#, pods.join(","));
    let lines = pods.join(" ").replace("}, {\"spec", "} {\"spec");
    for text in [list, lines] {
        let ran = probity(["check", "-", "--settings", "/dev/null"]).reading(text).run();
        assert_eq!(ran.out.matches("error[SEC-001]").count(), 10, "{}", ran.out);
        // What has no secret of its own is shown, but for what stands beside it.
        assert!(ran.out.contains("\"hostPID\":true"), "{}", ran.out);
        assert!(!ran.out.contains("hunter-"), "{}", ran.out);
    }
}
