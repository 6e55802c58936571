//! A place to run commands in: copies of the examples, the built binaries on the path, a local AWS.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::ministack::MiniStack;
use harness::tools;
use tempfile::TempDir;

use crate::blocks::Block;

/// The ports that the README names.
const PORTS: [&str; 2] = ["8443", "8080"];

/// Before every block: what earlier ones exported is there, `make` only says what it would do, and
/// what runs in the background ends with the block.
const PROLOGUE: &str = r#"
cd "$SCRATCH"
[ ! -f .exports ] || . ./.exports
make() { command make --dry-run -C "$REPOSITORY" "$@" >/dev/null; }
trap 'export -p > "$SCRATCH/.exports"; kill $(jobs -p) 2>/dev/null || true' EXIT
set -e
"#;

pub(crate) struct Scratch {
    folder: TempDir,
    aws: MiniStack,
    ports: [u16; 2],
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let aws = MiniStack::start();
        let scratch =
            Self { folder: tools::scratch(), aws, ports: [tools::free_port(), tools::free_port()] };
        for folder in ["examples", "shared", "tests/fixtures"] {
            copy(&tools::root().join(folder), &scratch.path(folder));
        }
        scratch.install();
        scratch
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The binaries where `make build` leaves them, and `terraform` beside them.
    fn install(&self) {
        let bin = self.path("target/release");
        fs::create_dir_all(&bin).unwrap();
        for name in ["probity", "probity-webhook", "terraform-provider-probity"] {
            symlink(tools::binary(name), bin.join(name)).unwrap();
        }
        symlink(tools::terraform(), bin.join("terraform")).unwrap();
    }

    /// Write a file for later commands.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// Run a block, check how it ends, and return what it printed.
    pub(crate) fn run(&self, block: &Block) -> String {
        let expected: i32 = block.attribute("exit").map_or(0, |code| code.parse().unwrap());
        let mut script = format!("{PROLOGUE}{}", block.text);
        for (named, free) in PORTS.iter().zip(self.ports) {
            script = script.replace(named, &free.to_string());
        }
        let output = Command::new("bash")
            .args(["-c", &script])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("SCRATCH", self.folder.path())
            .env("REPOSITORY", tools::root())
            .env("TF_INPUT", "0")
            .env("TF_CLI_ARGS_apply", "-auto-approve -no-color")
            .env("TF_CLI_ARGS_destroy", "-auto-approve -no-color")
            .env("TF_CLI_ARGS_plan", "-no-color")
            .env("TF_CLI_ARGS_validate", "-no-color")
            .envs(self.aws.environment())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "README.md:{}:\n{}\n{printed}",
            block.line,
            block.text
        );
        printed
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
