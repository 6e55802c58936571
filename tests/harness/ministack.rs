//! A local AWS: MiniStack on a free port of 127.0.0.1.
//!
//! Knows how it is started and asked, not what is stored in it. Called by the provider's suites
//! and by the demo.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tempfile::TempDir;

use crate::process::{Process, leashed};
use crate::tools;

/// The account that it answers for.
pub const ACCOUNT: &str = "000000000000";

/// A running MiniStack, ended when dropped; nothing that it stored stays.
#[derive(Debug)]
pub struct MiniStack {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl MiniStack {
    /// Start one and wait until it answers.
    pub fn start() -> Self {
        let home = tools::cache("ministack", tools::version("MINISTACK_VERSION"));
        assert!(
            home.join(".complete").is_file(),
            "MiniStack is not installed: run `tests/tools/build.sh ministack`"
        );
        let folder = tools::scratch();
        let port = tools::free_port();
        let mut command = leashed(home.join("bin/python"));
        command
            .args(["-m", "ministack"])
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            // Nothing beside the one port: no MQTT, no SFTP, no containers.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("DOCKER_HOST", "unix:///nonexistent");
        let mut process = Process::spawn("ministack", command, folder.path());
        process.wait_until(Duration::from_mins(1), || answers(port));
        Self { process, port, folder }
    }

    /// Where it listens, for `endpoints` and `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The environment that points an AWS client, Terraform's providers included, at it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Delete what `path` names without anybody's credentials, as tests tamper with it.
    pub fn delete(&self, path: &str) -> Result<(), String> {
        let answer = request(self.port, "DELETE", path).unwrap_or_default();
        let deleted = answer.starts_with("HTTP/1.1 2");
        if deleted { Ok(()) } else { Err(format!("cannot delete {path}: {answer}")) }
    }

    /// Forget everything that was stored.
    pub fn reset(&self) {
        let answer = request(self.port, "POST", "/_ministack/reset");
        assert!(answer.is_some_and(|text| text.contains(" 200 ")), "MiniStack does not reset");
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        self.process.printed()
    }

    /// The folder it works in.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

fn answers(port: u16) -> bool {
    request(port, "GET", "/_ministack/health").is_some_and(|text| text.contains(" 200 "))
}

/// The head of the answer to a request without a body.
fn request(port: u16, method: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).ok()?;
    answer.get(..read).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_resets_and_ends() {
        let stack = MiniStack::start();
        let port = stack.port;
        stack.reset();
        assert!(answers(port));
        drop(stack);
        assert!(!answers(port), "MiniStack outlived its owner");
    }
}
