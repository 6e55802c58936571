//! A small Terraform: starts the provider, shakes hands, and speaks its protocol over mutual TLS.
//!
//! Knows the wire as Terraform does, from the messages alone; what answers are right is for the
//! suites to say. Called by the suite of the provider.

mod client;
mod identity;
mod wire;

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

pub use client::{Change, Diagnostic, Terraform};
pub use identity::Identity;
pub use wire::{ConnectError, Wire};

use crate::tools;

/// The public value that Terraform gives to every provider.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long anything may take before a test gives up: generous, for busy machines.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the provider is started.
#[derive(Debug)]
pub struct Launch {
    command: Command,
}

/// What the provider said on its first line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handshake {
    /// The line.
    pub line: String,
    /// The socket in it.
    pub socket: PathBuf,
    /// The certificate in it, if any.
    pub certificate: Option<CertificateDer<'static>>,
}

/// A running provider.
#[derive(Debug)]
pub struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Its handshake.
    pub handshake: Handshake,
}

impl Default for Launch {
    fn default() -> Self {
        Self::by_hand()
    }
}

impl Launch {
    /// As a person would: the provider's own variables are not set.
    pub fn by_hand() -> Self {
        Self::of(&tools::binary("terraform-provider-probity"))
    }

    /// Another provider, by hand.
    pub fn of(program: &Path) -> Self {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if ["TF_", "PLUGIN_", "PROBITY_", "AWS_"].iter().any(|p| name_text.starts_with(p)) {
                command.env_remove(&name);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        Launch { command }
    }

    /// As Terraform does, but without a certificate.
    pub fn without_certificate() -> Self {
        Self::by_hand().with_cookie()
    }

    /// As Terraform does.
    pub fn by_terraform(identity: &Identity) -> Self {
        Self::by_hand().as_terraform(identity)
    }

    /// With what Terraform sets.
    #[must_use]
    pub fn as_terraform(self, identity: &Identity) -> Self {
        self.with_cookie().variable("PLUGIN_CLIENT_CERT", identity.pem())
    }

    fn with_cookie(self) -> Self {
        self.variable("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .variable("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .variable("PLUGIN_MIN_PORT", "10000")
            .variable("PLUGIN_MAX_PORT", "25000")
    }

    /// With this variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// In this folder.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts it and waits for its end.
    pub async fn output(mut self) -> Output {
        let output = tokio::time::timeout(PATIENCE, self.command.output()).await;
        output.expect("the provider ends").expect("the provider runs")
    }

    /// Starts it and gives the first line of its output as it is.
    pub async fn first_line(mut self) -> (Child, BufReader<ChildStdout>, String) {
        let mut child = self.command.spawn().expect("the provider runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
        read.expect("the provider says something").expect("its stdout can be read");
        if line.is_empty() {
            let mut errors = String::new();
            let mut stderr = child.stderr.take().expect("stderr is piped");
            stderr.read_to_string(&mut errors).await.expect("its stderr can be read");
            panic!("the provider said nothing on stdout, and on stderr: {errors}");
        }
        (child, stdout, line)
    }

    /// Starts it and shakes hands.
    pub async fn start(self) -> Plugin {
        let (child, stdout, line) = self.first_line().await;
        Plugin { child, stdout, handshake: Handshake::parse(&line) }
    }
}

impl Handshake {
    fn parse(line: &str) -> Self {
        let line = line.strip_suffix('\n').expect("the line ends").to_owned();
        let fields: Vec<&str> = line.split('|').collect();
        let [core, app, network, socket, protocol, certificate, ..] = *fields.as_slice() else {
            panic!("not a handshake: {line}");
        };
        assert_eq!([core, app, network, protocol], ["1", "6", "unix", "grpc"], "{line}");
        // Go reads strictly: padding would be refused.
        let der = STANDARD_NO_PAD.decode(certificate).expect("base64 without padding");
        Handshake {
            socket: socket.into(),
            certificate: (!der.is_empty()).then(|| CertificateDer::from(der)),
            line: line.clone(),
        }
    }
}

impl Plugin {
    /// Started and connected the way Terraform does it.
    pub async fn start() -> (Plugin, Terraform) {
        let identity = Identity::of_terraform();
        let plugin = Launch::by_terraform(&identity).start().await;
        let terraform = plugin.connect(&identity).await.expect("the right client is accepted");
        (plugin, terraform)
    }

    /// A connection over TLS as this client.
    pub async fn connect(&self, identity: &Identity) -> Result<Terraform, ConnectError> {
        let server = self.handshake.certificate.clone().expect("the provider gave a certificate");
        let stream = wire::secure(&self.handshake.socket, server, Some(identity)).await?;
        Terraform::new(stream).await
    }

    /// A connection over TLS as nobody in particular.
    pub async fn connect_without_certificate(&self) -> Result<Terraform, ConnectError> {
        let server = self.handshake.certificate.clone().expect("the provider gave a certificate");
        let stream = wire::secure(&self.handshake.socket, server, None).await?;
        Terraform::new(stream).await
    }

    /// A connection without TLS.
    pub async fn connect_plainly(&self) -> Result<Terraform, ConnectError> {
        Terraform::attach(&self.handshake.socket).await
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the provider runs")
    }

    /// Sends it a signal by name.
    pub async fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().await;
        assert!(kill.expect("kill runs").success());
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_none()
    }

    /// Waits for its end; gives how it ended, the rest of its stdout, and its stderr.
    pub async fn ended(mut self) -> (ExitStatus, String, String) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("the provider ends").expect("it can be waited for");
        let (mut out, mut errors) = (String::new(), String::new());
        self.stdout.read_to_string(&mut out).await.expect("its stdout can be read");
        let mut stderr = self.child.stderr.take().expect("stderr is piped");
        stderr.read_to_string(&mut errors).await.expect("its stderr can be read");
        (status, out, errors)
    }
}
