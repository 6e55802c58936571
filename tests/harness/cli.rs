//! The command `probity`, run as a person or a pipeline runs it, with its output made comparable.
//!
//! Knows how to run it and what changes from run to run. Called by the suite `cli`, and by whoever
//! wants to know what a pipeline would see.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tools;

/// One run to be made; the environment is empty but for what is added.
#[derive(Debug)]
pub struct Run {
    command: Command,
    input: Option<Vec<u8>>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Everything on stdout.
    pub out: String,
    /// Everything on stderr.
    pub err: String,
}

/// Runs `probity` with these arguments, from the root of the repository.
pub fn probity(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    let mut command = Command::new(binary());
    command.args(arguments).env_clear().current_dir(tools::root());
    Run { command, input: None }
}

/// The built command.
pub fn binary() -> PathBuf {
    tools::binary("probity")
}

impl Run {
    /// From another folder.
    #[must_use]
    pub fn within(mut self, folder: impl AsRef<std::path::Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With something on its standard input.
    #[must_use]
    pub fn reading(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ran {
        let input = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("probity starts");
        let (input, stdin) = (self.input, child.stdin.take());
        // Both pipes at once: what it says of the first objects comes before it has read the last.
        let writer = std::thread::spawn(move || {
            if let (Some(bytes), Some(mut stdin)) = (input, stdin) {
                // A child that ends before it has read everything closes the pipe: no fault of ours.
                let _ = stdin.write_all(&bytes);
            }
        });
        let output = child.wait_with_output().expect("probity ends");
        writer.join().expect("its input is written");
        Ran {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).expect("stdout is text"),
            err: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

impl Ran {
    /// The report without what differs from run to run and from catalog to catalog.
    pub fn normal(&self) -> String {
        let digest = regex::Regex::new(r"\b[0-9a-f]{8}(?:[0-9a-f]{56})?\b").expect("a pattern");
        let time = regex::Regex::new(r"\b\d+ ms\b").expect("a pattern");
        let out = digest.replace_all(&self.out, "DIGEST");
        time.replace_all(&out, "N ms").into_owned()
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.out))
    }

    /// The ids of the controls with a finding of this verdict in a JSON report, sorted, each once.
    pub fn controls(&self, verdict: &str) -> Vec<String> {
        let report = self.json();
        let mut ids: Vec<_> = list(&report, "subjects")
            .flat_map(|subject| list(subject, "findings"))
            .filter(|finding| text(finding, "verdict") == verdict)
            .map(|finding| text(finding, "control").to_owned())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

fn list<'j>(value: &'j Value, field: &str) -> impl Iterator<Item = &'j Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn text<'j>(value: &'j Value, field: &str) -> &'j str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
