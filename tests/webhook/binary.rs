//! The binary as an operator meets it: what it says at start, at the end and when it cannot start.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use bytes::Bytes;
use harness::tools;
use harness::webhook::{Client, Protocol, review};
use serde_json::Value;

fn webhook() -> Command {
    let mut command = Command::new(tools::binary("probity-webhook"));
    command.env_clear().current_dir(std::env::temp_dir()).arg("serve");
    command
}

#[test]
fn without_a_certificate_it_says_both_ways_out() {
    let output = webhook().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("error: no certificate: give --tls-cert FILE and --tls-key"),
        "{text}"
    );
    assert!(text.contains("--self-signed"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn what_it_cannot_read_is_named() {
    let output = webhook().args(["--self-signed", "--settings", "/no/such.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("/no/such.yaml"), "{text}");

    let output =
        webhook().args(["--tls-cert", "/no/crt", "--tls-key", "/no/key"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("cannot read `/no/crt`"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_it_serves_leaves_evidence_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    let mut child = webhook()
        .args(["--self-signed", "--listen=127.0.0.1:0", "--probes-listen=127.0.0.1:0"])
        .arg(format!("--ca-bundle-out={}", authority.display()))
        .args(["--regime=sox", "--environment=staging"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = || serde_json::from_str::<Value>(&log.next().unwrap().unwrap()).unwrap();
    let idle = said();
    assert_eq!(idle["message"], "a control judges nothing");
    assert!(idle["notice"].as_str().unwrap().contains("`allowed_registries`"), "{idle}");
    let start = said();
    assert_eq!(start["message"], "serving");
    assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(start["digest"].as_str().map(str::len), Some(64));
    assert!(start["controls"].as_u64().unwrap() > 10, "{start}");
    assert!(start["judged_under"].as_str().unwrap().starts_with("staging, sox; catalog "));
    assert!(start["certificate_expires"].as_str().unwrap().ends_with('Z'), "{start}");
    let address: SocketAddr = start["admission"].as_str().unwrap().parse().unwrap();

    let authority = std::fs::read_to_string(&authority).unwrap();
    let mut client = Client::connect(address, &authority, Protocol::Http2).await.unwrap();
    let body = Bytes::from(review("pod-privileged").to_string());
    assert!(!client.post("/validate?timeout=3s", body).await.unwrap().allowed());

    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let evidence = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> =
        evidence.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "standard output is evidence and nothing else");
    assert_eq!(lines[0]["decision"]["result"], "denied");
}
