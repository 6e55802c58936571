//! The built `probity-webhook`, serving on free ports with a certificate of its own.
//!
//! Knows its flags and its ports, not its answers. Called by suites that want the real binary, and
//! by the demo.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, leashed};
use crate::tools;

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An address that leads to this machine without being a loopback address; the certificate has it.
pub const UNSPECIFIED: &str = "0.0.0.0";

/// A running webhook, ended when dropped.
#[derive(Debug)]
pub struct Served {
    process: Process,
    port: u16,
    probes: u16,
    folder: TempDir,
}

impl Served {
    /// Start `probity-webhook serve` with `settings` (the text of a `probity.yaml`) and wait until
    /// it is ready.
    pub fn start(settings: &str) -> Self {
        Self::start_program(&tools::binary("probity-webhook"), settings)
    }

    /// The same with another binary that takes the same flags.
    pub fn start_program(program: &Path, settings: &str) -> Self {
        let folder = tools::scratch();
        let file = folder.path().join("probity.yaml");
        fs::write(&file, settings).expect("a file can be written");
        let (port, probes) = (tools::free_port(), tools::free_port());
        let mut command = leashed(program);
        command
            .args(["serve", "--self-signed"])
            .arg(format!("--self-signed-name={UNSPECIFIED}"))
            .arg(format!("--listen=127.0.0.1:{port}"))
            .arg(format!("--probes-listen=127.0.0.1:{probes}"))
            .arg(format!("--ca-bundle-out={}", folder.path().join("authority.pem").display()))
            .arg(format!("--settings={}", file.display()))
            .current_dir(folder.path());
        let mut process = Process::spawn("probity-webhook", command, folder.path());
        process.wait_until(PATIENCE, || ask(probes, "/readyz").starts_with("HTTP/1.1 200"));
        Self { process, port, probes, folder }
    }

    /// The port of the admission paths.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address; the API server speaks HTTP/2 to it.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The authority that signed its certificate, PEM.
    pub fn authority(&self) -> String {
        fs::read_to_string(self.folder.path().join("authority.pem"))
            .expect("the webhook wrote its authority")
    }

    /// Its metrics in the text format.
    pub fn metrics(&self) -> String {
        ask(self.probes, "/metrics")
    }

    /// What it printed so far: the log, one line per decision.
    pub fn printed(&self) -> String {
        self.process.printed()
    }
}

/// Head and body of the answer, or nothing.
fn ask(port: u16, path: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
        let head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
        // No answer, no readiness: an error here is one of the answers.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.read_to_string(&mut answer);
    }
    answer
}
