//! The programs, how each is started, and until when the clock runs.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use probity_benches::process::Memory;
use probity_benches::reviews;
use serde_json::Value;
use tempfile::TempDir;

use crate::terraform::Terraform;

/// Says of a started process that it is the baseline.
const VARIABLE: &str = "PROBITY_BENCH_BASELINE";

/// How long anything may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often the webhook is asked whether it is ready.
const POLL: Duration = Duration::from_micros(500);

/// What is started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Program {
    /// This program, started again to say a line and end: what any process costs.
    Baseline,
    /// The provider, as Terraform starts it.
    Provider,
    /// The webhook, with a certificate of its own.
    Webhook,
    /// The command line, on one pod.
    Check,
}

/// What a start took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Started {
    pub(crate) millis: f64,
    /// Resident megabytes at the end of that time, where the process still runs then.
    pub(crate) memory: Option<f64>,
}

/// Whether this process was started to be the baseline.
pub(crate) fn is_baseline() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// All that the baseline does.
pub(crate) fn say_a_line() {
    std::io::stdout().write_all(b"ready\n").expect("the benchmark listens");
}

impl Program {
    pub(crate) const ALL: [Self; 4] = [Self::Baseline, Self::Provider, Self::Webhook, Self::Check];

    /// Where it lies: beside the folder of this program.
    pub(crate) fn path(self) -> PathBuf {
        let own = env::current_exe().expect("this program has a path");
        let name = match self {
            Self::Baseline => return own,
            Self::Provider => "terraform-provider-probity",
            Self::Webhook => "probity-webhook",
            Self::Check => "probity",
        };
        let folder = own.parent().and_then(Path::parent).expect("target/<profile>/deps");
        folder.join(name)
    }

    pub(crate) fn megabytes(self) -> f64 {
        let bytes = fs::metadata(self.path()).expect("it is there").len();
        f64::from(u32::try_from(bytes / 1024).expect("less than 4 TB")) / 1024.0
    }

    /// Until when the clock runs.
    pub(crate) fn until(self) -> &'static str {
        match self {
            Self::Baseline => "baseline: a process has said a line",
            Self::Provider => "provider: it answers over mutual TLS",
            Self::Webhook => "webhook: it is ready",
            Self::Check => "probity check: a pod of 7 KB is judged",
        }
    }
}

/// What the programs are given.
pub(crate) struct Bench {
    folder: TempDir,
    terraform: Terraform,
}

/// A child that ends with its owner.
struct Leashed(Child);

impl Drop for Leashed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Leashed {
    fn memory(&self) -> f64 {
        Memory::of(self.0.id()).now
    }

    fn first_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.0.stdout.take().expect("output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it speaks");
        line
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let review: Value = serde_json::from_slice(&reviews::sized(7_000, 2)).expect("a review");
        let pod = review["request"]["object"].to_string();
        fs::write(folder.path().join("pod.json"), pod).expect("a file can be written");
        Self { folder, terraform: Terraform::new() }
    }

    pub(crate) fn start(&self, program: Program) -> Started {
        let mut command = Command::new(program.path());
        // What they leave behind when they are ended goes with the folder.
        command.current_dir(self.folder.path()).env_clear().env("TMPDIR", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        match program {
            Program::Baseline => baseline(command.env(VARIABLE, "1")),
            Program::Provider => self.provider(&mut command),
            Program::Webhook => webhook(&mut command),
            Program::Check => check(command.args(["check", "pod.json", "--format=json"])),
        }
    }

    fn provider(&self, command: &mut Command) -> Started {
        self.terraform.introduce(command);
        let (start, mut child) = spawn(command);
        let line = child.first_line();
        self.terraform.call(&line);
        Started { millis: millis(start), memory: Some(child.memory()) }
    }
}

fn spawn(command: &mut Command) -> (Instant, Leashed) {
    let start = Instant::now();
    (start, Leashed(command.spawn().expect("it runs")))
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

fn baseline(command: &mut Command) -> Started {
    let (start, mut child) = spawn(command);
    assert_eq!(child.first_line(), "ready\n");
    Started { millis: millis(start), memory: None }
}

fn webhook(command: &mut Command) -> Started {
    let (port, probes) = (free_port(), free_port());
    command.args(["serve", "--self-signed", "--environment=production"]);
    command.arg(format!("--listen=127.0.0.1:{port}"));
    command.arg(format!("--probes-listen=127.0.0.1:{probes}"));
    let (start, child) = spawn(command);
    while !is_ready(probes) {
        assert!(start.elapsed() < PATIENCE, "the webhook never gets ready");
        thread::sleep(POLL);
    }
    Started { millis: millis(start), memory: Some(child.memory()) }
}

fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    let asked = stream.write_all(request.as_bytes());
    asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port can be bound");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn check(command: &mut Command) -> Started {
    let start = Instant::now();
    let output = command.output().expect("it runs");
    let millis = millis(start);
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["summary"]["judged"], 1, "{report}");
    Started { millis, memory: None }
}
