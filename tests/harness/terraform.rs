//! A Terraform working folder with the built provider installed the way a bank installs one: from
//! a mirror folder, without a registry.
//!
//! Knows how Terraform is run, not what is in the configuration. Called by the demo, by the suite
//! of the README, and by whoever else runs Terraform on a configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::process::Command;

use crate::tools;

/// Version that the mirror gives the provider.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A copy of a configuration, ready to run; gone when dropped.
#[derive(Debug)]
pub struct Workspace {
    program: PathBuf,
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// How a command ended, and all it printed.
#[derive(Debug)]
pub struct Run {
    /// The exit code, if it was not killed.
    pub code: Option<i32>,
    /// Standard output, then standard error.
    pub printed: String,
}

impl Workspace {
    /// Copy the files of `configuration` and install the provider for them. Commands get the
    /// caller's environment and `environment`.
    pub fn new(configuration: &Path, environment: Vec<(&'static str, String)>) -> Self {
        let folder = tools::scratch();
        for entry in fs::read_dir(configuration).expect("the configuration can be read").flatten() {
            if entry.path().is_file() {
                let to = folder.path().join(entry.file_name());
                fs::copy(entry.path(), to).expect("a file can be copied");
            }
        }
        let program = tools::terraform();
        install(folder.path(), registry(&program));
        Self { program, folder, environment }
    }

    /// A folder with this `main.tf` alone, and the provider overridden as its developers do it: no
    /// `init`, no lock file.
    pub fn overriding(main: &str, environment: Vec<(&'static str, String)>) -> Self {
        let folder = tools::scratch();
        let program = tools::terraform();
        override_provider(folder.path(), registry(&program));
        let workspace = Self { program, folder, environment };
        workspace.write("main.tf", main);
        workspace
    }

    /// Write a file of the folder.
    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("a file can be written");
    }

    /// The name to type: `terraform` or `tofu`.
    pub fn name(&self) -> String {
        self.program
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// A file in the folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The file that says where providers come from, for `TF_CLI_CONFIG_FILE`.
    pub fn cli_config(&self) -> PathBuf {
        self.path(CLI_CONFIG)
    }

    /// Run it with these arguments.
    pub async fn run(&self, arguments: &[&str]) -> Result<Run, String> {
        let output = self.command(arguments).output().await;
        Ok(Run::of(output.map_err(|error| format!("{}: {error}", self.name()))?))
    }

    /// The command with these arguments, for those who want to do something to it as it runs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.cli_config())
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG")
            .env_remove("TF_CLI_ARGS")
            .env_remove("PROBITY_SETTINGS");
        // Nobody's own account, whatever the caller is logged in to.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

impl Run {
    /// How a command ended that was started by itself.
    pub fn of(output: Output) -> Self {
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        Self { code: output.status.code(), printed }
    }
}

/// File that says where providers come from.
const CLI_CONFIG: &str = "cli.tfrc";

/// The registry that a source without a host stands for.
fn registry(program: &Path) -> &'static str {
    let tofu = program.file_name().is_some_and(|name| name == "tofu");
    if tofu { "registry.opentofu.org" } else { "registry.terraform.io" }
}

/// Lay the built provider out as a mirror, and point the command at it and at nothing else.
fn install(folder: &Path, registry: &str) {
    let platform = format!("{}_{}", operating_system(), architecture());
    let mirror = folder.join(".mirror");
    let place = mirror.join(registry).join("probity/probity").join(VERSION).join(platform);
    fs::create_dir_all(&place).expect("a folder can be made");
    let binary = tools::binary("terraform-provider-probity");
    let installed = place.join(format!("terraform-provider-probity_v{VERSION}"));
    if fs::hard_link(&binary, &installed).is_err() {
        fs::copy(&binary, &installed).expect("the provider can be copied");
    }
    let config = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
        mirror.display()
    );
    fs::write(folder.join(CLI_CONFIG), config).expect("a file can be written");
}

/// A folder that holds nothing but the built provider, which Terraform runs instead of installing.
fn override_provider(folder: &Path, registry: &str) {
    let place = folder.join(".provider");
    fs::create_dir_all(&place).expect("a folder can be made");
    let binary = tools::binary("terraform-provider-probity");
    let installed = place.join("terraform-provider-probity");
    if fs::hard_link(&binary, &installed).is_err() {
        fs::copy(&binary, &installed).expect("the provider can be copied");
    }
    let config = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \"{registry}/probity/probity\" = \"{}\"\n  }}\n}}\n",
        place.display()
    );
    fs::write(folder.join(CLI_CONFIG), config).expect("a file can be written");
}

/// As Go names it.
fn operating_system() -> &'static str {
    if cfg!(target_os = "macos") { "darwin" } else { "linux" }
}

/// As Go names it.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}
