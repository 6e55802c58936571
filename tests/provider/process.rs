//! How the process ends, and what it says meanwhile.

use std::time::{Duration, Instant};

use harness::provider::{Identity, Launch, Plugin, Terraform};
use terraform_provider_probity::logging;

async fn started(folder: &tempfile::TempDir, level: &str) -> (Plugin, Terraform) {
    let identity = Identity::of_terraform();
    let plugin = Launch::by_terraform(&identity)
        .variable("PLUGIN_UNIX_SOCKET_DIR", folder.path())
        .variable("TF_LOG", level)
        .start()
        .await;
    let terraform = plugin.connect(&identity).await.unwrap();
    (plugin, terraform)
}

fn is_empty(folder: &tempfile::TempDir) -> bool {
    std::fs::read_dir(folder.path()).unwrap().next().is_none()
}

#[tokio::test]
async fn shutdown_ends_it_at_once_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (plugin, mut terraform) = started(&folder, "").await;
    // As in every real session: two streams that never end by themselves.
    terraform.open_streams().await.unwrap();
    assert!(!is_empty(&folder));
    let asked = Instant::now();
    terraform.shutdown().await.unwrap();
    let (status, _, _) = plugin.ended().await;
    assert!(status.success());
    // Terraform kills after two seconds.
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert!(is_empty(&folder), "the socket and its directory are gone");
}

#[tokio::test]
async fn ctrl_c_is_terraforms_to_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (mut plugin, mut terraform) = started(&folder, "").await;
    for _ in 0..3 {
        plugin.signal("INT").await;
    }
    terraform.stop().await;
    assert!(plugin.is_running());
    assert!(terraform.configure([]).await.iter().all(|diagnostic| !diagnostic.error));
    terraform.shutdown().await.unwrap();
    assert!(plugin.ended().await.0.success());
}

#[tokio::test]
async fn a_signal_right_after_the_handshake_is_survived_or_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let identity = Identity::of_terraform();
        let mut plugin = Launch::by_terraform(&identity)
            .variable("PLUGIN_UNIX_SOCKET_DIR", folder.path())
            .start()
            .await;
        plugin.signal(signal).await;
        if signal == "INT" {
            assert!(plugin.is_running());
            plugin.signal("TERM").await;
        }
        let (status, _, _) = plugin.ended().await;
        assert!(status.success(), "{signal}: {status}");
        assert!(is_empty(&folder), "{signal}");
    }
}

#[tokio::test]
async fn sigterm_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (plugin, mut terraform) = started(&folder, "").await;
    terraform.open_streams().await.unwrap();
    plugin.signal("TERM").await;
    let (status, _, _) = plugin.ended().await;
    assert!(status.success(), "{status}");
    assert!(is_empty(&folder));
}

#[tokio::test]
async fn when_terraform_is_killed_it_ends_too() {
    let folder = tempfile::tempdir().unwrap();
    let (plugin, terraform) = started(&folder, "").await;
    drop(terraform);
    let (status, _, _) = plugin.ended().await;
    assert!(status.success(), "{status}");
    assert!(is_empty(&folder));
}

#[tokio::test]
async fn logs_are_lines_of_json_that_terraform_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (plugin, mut terraform) = started(&folder, "TRACE").await;
    terraform.configure([]).await;
    terraform.shutdown().await.unwrap();
    let (_, stdout, stderr) = plugin.ended().await;
    assert_eq!(stdout, "");
    let timestamp = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$").unwrap();
    let mut calls = Vec::new();
    for line in stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{line}");
        }
        assert!(timestamp.is_match(line["@timestamp"].as_str().unwrap()), "{line}");
        calls.extend(line["tf_rpc"].as_str().map(str::to_owned));
    }
    for call in ["GetProviderSchema", "ValidateProviderConfig", "ConfigureProvider"] {
        assert!(calls.iter().any(|logged| logged == call), "{calls:?}");
    }
}

/// Runs itself once more in a process of its own, which panics.
#[test]
fn a_panic_is_told_as_terraform_shows_it() {
    const NAME: &str = "process::a_panic_is_told_as_terraform_shows_it";
    const PANIC: &str = "PROBITY_SUITE_PANICS";
    if std::env::var_os(PANIC).is_some() {
        logging::report_panics();
        panic!("out of luck");
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", NAME, "--nocapture"]).env(PANIC, "1");
    let output = again.output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let mut lines = stderr.lines().skip_while(|line| *line != "panic: out of luck");
    // Terraform shows everything from that line on: it must say where.
    assert!(lines.next().is_some(), "{stderr}");
    assert!(lines.any(|line| line.contains("tests/provider/process.rs")), "{stderr}");
}
