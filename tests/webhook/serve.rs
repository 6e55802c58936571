//! The whole server: TLS and its reload, both HTTP versions, readiness, drain, file changes.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use harness::tools;
use harness::webhook::{Client, Protocol, Running, review};
use http::StatusCode;
use probity_webhook::Stop;
use probity_webhook::config::CertificateSource;
use probity_webhook::tls::{CertificateFiles, SelfSigned, self_signed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn body(name: &str) -> Bytes {
    Bytes::from(review(name).to_string())
}

fn names() -> Vec<String> {
    vec!["localhost".to_owned()]
}

/// Tries again until `done` gives something; files are looked at every 50 ms.
async fn eventually<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..300 {
        if let Some(value) = done().await {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never happened: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_over_both_protocols_on_one_connection_each() {
    let server = Running::start("environment: production\n").await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client =
            Client::connect(server.address, &server.authority, protocol).await.unwrap();
        for _ in 0..3 {
            let answer = client.post("/validate?timeout=3s", body("pod-compliant")).await.unwrap();
            answer.check_envelope(&review("pod-compliant"));
            assert!(answer.allowed());
        }
        let answer = client.post("/validate", body("pod-forty-violations")).await.unwrap();
        assert!(!answer.allowed());
        let answer = client.post("/mutate", body("pod-without-security-context")).await.unwrap();
        assert!(!answer.patch().is_null());
    }
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains(r#"probity_tls_handshakes_total{result="ok"} 2"#), "{metrics}");
    assert!(server.stop(Stop::Now).await);
}

#[tokio::test]
async fn the_plain_port_shows_health_and_metrics_only() {
    let server = Running::start("").await;
    let text = server.wait_ready(true).await;
    assert!(text.ends_with("ready\n") && text.contains("[+]certificate ok"), "{text}");
    assert_eq!(server.get("/livez").await, (StatusCode::OK, "ok\n".to_owned()));
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(metrics.contains("probity_catalog_controls ") && metrics.ends_with("# EOF\n"));
    assert_eq!(server.get("/validate").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn plain_text_and_silence_on_the_admission_port_are_counted_and_closed() {
    let server = Running::start_with("", |config| {
        config.times.handshake = Duration::from_millis(100);
    })
    .await;
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"POST /validate HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap(), 0, "closed by the server");
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains(r#"handshakes_total{result="failed"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"handshakes_total{result="timeout"} 1"#), "{metrics}");
    assert!(metrics.contains("probity_connections 0"), "{metrics}");
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_at_once() {
    let server = Running::start_with("", |config| config.limits.connections = 1).await;
    let client = || Client::connect(server.address, &server.authority, Protocol::Http1);
    let mut first = client().await.unwrap();
    first.post("/validate", body("pod-compliant")).await.unwrap();
    assert!(client().await.is_err());
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains(r#"shed_total{reason="connections"} 1"#), "{metrics}");
    drop(first);
    let server = &server;
    eventually("room for another connection", async || {
        Client::connect(server.address, &server.authority, Protocol::Http1).await.ok()
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_closed_when_it_is_old() {
    let server = Running::start_with("", |config| {
        config.times.connection_age = Duration::from_millis(200);
    })
    .await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client =
            Client::connect(server.address, &server.authority, protocol).await.unwrap();
        let started = Instant::now();
        while client.post("/validate", body("pod-compliant")).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(started.elapsed() < Duration::from_secs(5), "{protocol:?} lives on");
        }
        assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
    }
}

/// A folder as the kubelet mounts a Secret: visible names link to `..data`, which links to a
/// dated folder and is swapped by a rename.
fn mount(folder: &Path, version: &str, pair: &SelfSigned) {
    let dated = folder.join(format!("..{version}"));
    std::fs::create_dir(&dated).unwrap();
    std::fs::write(dated.join("tls.crt"), &pair.certificate_pem).unwrap();
    std::fs::write(dated.join("tls.key"), &pair.key_pem).unwrap();
    symlink(format!("..{version}"), folder.join("..data_tmp")).unwrap();
    std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    for name in ["tls.crt", "tls.key"] {
        let _ = symlink(format!("..data/{name}"), folder.join(name));
    }
}

async fn serves(server: &Running, pair: &SelfSigned) -> bool {
    Client::connect(server.address, &pair.ca_pem, Protocol::Http1).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swapped_secret_is_served_without_losing_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (self_signed(&names()).unwrap(), self_signed(&names()).unwrap());
    mount(folder.path(), "2026_11_20", &old);
    let server = Running::start_with("", |config| {
        config.certificate = CertificateSource::Files(CertificateFiles {
            certificate: folder.path().join("tls.crt"),
            key: folder.path().join("tls.key"),
        });
    })
    .await;
    let mut open = Client::connect(server.address, &old.ca_pem, Protocol::Http1).await.unwrap();
    assert!(open.post("/validate", body("pod-compliant")).await.unwrap().allowed());

    mount(folder.path(), "2026_11_21", &new);
    eventually("the new certificate", async || serves(&server, &new).await.then_some(())).await;
    assert!(!serves(&server, &old).await);
    assert!(open.post("/validate", body("pod-compliant")).await.unwrap().allowed());
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains(r#"reload_total{source="certificate",result="applied"} 1"#));

    // Half a pair: the key of another certificate. The last good pair stays.
    std::fs::remove_file(folder.path().join("tls.key")).unwrap();
    std::fs::write(folder.path().join("tls.key"), &old.key_pem).unwrap();
    eventually("a refused reload", async || {
        let (_, metrics) = server.get("/metrics").await;
        metrics.contains(r#"source="certificate",result="refused"} 1"#).then_some(())
    })
    .await;
    assert!(serves(&server, &new).await);

    std::fs::remove_file(folder.path().join("tls.crt")).unwrap();
    eventually("a second refusal", async || {
        let (_, metrics) = server.get("/metrics").await;
        metrics.contains(r#"source="certificate",result="refused"} 2"#).then_some(())
    })
    .await;
    assert!(serves(&server, &new).await);
}

#[tokio::test]
async fn an_ended_certificate_is_not_ready_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(names()).unwrap();
    params.not_before = time::OffsetDateTime::UNIX_EPOCH;
    params.not_after = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    let certificate = params.self_signed(&key).unwrap();
    let files = CertificateFiles {
        certificate: folder.path().join("tls.crt"),
        key: folder.path().join("tls.key"),
    };
    std::fs::write(&files.certificate, certificate.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    let server =
        Running::start_with("", |config| config.certificate = CertificateSource::Files(files))
            .await;
    let text = server.wait_ready(false).await;
    assert!(
        text.contains("[-]certificate waits for another certificate: this one ended on 2026-01-02"),
        "{text}"
    );
    assert_eq!(server.get("/livez").await.0, StatusCode::OK);
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains("probity_tls_certificate_not_after_seconds 1767323045"), "{metrics}");
}

#[tokio::test]
async fn changed_settings_are_enforced_and_bad_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("probity.yaml");
    std::fs::write(&file, "environment: dev\n").unwrap();
    let server = Running::start_with("", |config| {
        config.sources.settings = Some(file.clone());
    })
    .await;
    let server = &server;
    let allowed = async || {
        let mut client =
            Client::connect(server.address, &server.authority, Protocol::Http1).await.unwrap();
        client.post("/validate", body("pod-without-security-context")).await.unwrap().allowed()
    };
    assert!(allowed().await, "dev only warns");

    std::fs::write(&file, "environment: production\n").unwrap();
    eventually("production", async || (!allowed().await).then_some(())).await;

    std::fs::write(&file, "environment: prodction\n").unwrap();
    eventually("a refused reload", async || {
        let (_, metrics) = server.get("/metrics").await;
        metrics.contains(r#"reload_total{source="settings",result="refused"} 1"#).then_some(())
    })
    .await;
    assert!(!allowed().await, "the last good settings stay");

    std::fs::write(&file, "environment: dev\n").unwrap();
    eventually("dev again", async || allowed().await.then_some(())).await;
}

#[tokio::test]
async fn each_source_of_a_reload_is_counted_as_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (file, catalog) = (folder.path().join("probity.yaml"), folder.path().join("catalog"));
    copy(&tools::root().join("examples/catalog"), &catalog);
    std::fs::write(&file, "environment: dev\n").unwrap();
    let server = Running::start_with("", |config| {
        config.sources.settings = Some(file.clone());
        config.sources.catalog = Some(catalog.clone());
    })
    .await;
    let counted = async |line: &str| {
        eventually(line, async || server.get("/metrics").await.1.contains(line).then_some(()))
            .await;
        server.get("/metrics").await.1
    };
    std::fs::write(&file, "environment: staging\n").unwrap();
    let metrics = counted(r#"reload_total{source="settings",result="applied"} 1"#).await;
    assert!(!metrics.contains(r#"reload_total{source="catalog""#), "{metrics}");

    std::fs::write(catalog.join("frameworks/broken.yaml"), "id: [\n").unwrap();
    let metrics = counted(r#"reload_total{source="catalog",result="refused"} 1"#).await;
    assert!(metrics.contains(r#"reload_total{source="settings",result="applied"} 1"#), "{metrics}");
    assert!(!metrics.contains(r#"source="settings",result="refused""#), "{metrics}");
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

#[tokio::test]
async fn while_draining_it_is_not_ready_and_still_answers() {
    let mut server = Running::start_with("", |config| {
        config.times.drain_delay = Duration::from_millis(800);
    })
    .await;
    server.wait_ready(true).await;
    let mut client =
        Client::connect(server.address, &server.authority, Protocol::Http1).await.unwrap();
    server.begin_stop(Stop::Drain);
    let text = server.wait_ready(false).await;
    assert!(text.contains("[-]drain "), "{text}");
    assert!(client.post("/validate", body("pod-compliant")).await.unwrap().allowed());
    let mut late =
        Client::connect(server.address, &server.authority, Protocol::Http2).await.unwrap();
    assert!(late.post("/validate", body("pod-compliant")).await.unwrap().allowed());
    let address = server.address;
    assert!(server.stop(Stop::Drain).await, "idle connections are closed, not waited for");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_authority_is_written_for_the_webhook_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    let server = Running::start_with("", |config| {
        let names = names();
        let ca_bundle_out = Some(file.clone());
        config.certificate = CertificateSource::SelfSigned { names, ca_bundle_out };
    })
    .await;
    let authority = std::fs::read_to_string(&file).unwrap();
    assert_eq!(authority, server.authority);
    assert!(Client::connect(server.address, &authority, Protocol::Http2).await.is_ok());
}
