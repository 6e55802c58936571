//! How Terraform talks to the provider: the process, its handshake, its TLS, its calls.
//!
//! The only module that may use tonic and the generated types. It decodes, calls `lifecycle`, and
//! encodes: what a call means is not decided here. Called by `main` alone.

mod control;
mod convert;
mod handshake;
mod listen;
mod mtls;
mod rpc;
mod serve;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

pub use handshake::{Environment, HandshakeError, Transport};
pub use serve::{ServeError, Server, Signals};

use crate::lifecycle::Lifecycle;
use crate::provider::Provider;

/// How the process was asked to run.
enum Mode {
    /// By Terraform.
    Plugin,
    /// By hand, for a debugger: Terraform attaches to it.
    Debug,
    /// To tell its version.
    Version,
}

/// Runs the provider process from its arguments to its exit code. The provider is made only once
/// it is clear that Terraform is there.
pub fn run(
    arguments: impl Iterator<Item = OsString>,
    provider: impl FnOnce() -> Arc<dyn Provider>,
) -> ExitCode {
    match start(arguments, provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            // Nobody is left to hear that the last words could not be said.
            let _ = writeln!(io::stderr(), "terraform-provider-probity: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(
    arguments: impl Iterator<Item = OsString>,
    provider: impl FnOnce() -> Arc<dyn Provider>,
) -> Result<(), ServeError> {
    let environment = Environment::of_process();
    let transport = match mode(arguments)? {
        Mode::Version => {
            return writeln!(io::stdout(), "terraform-provider-probity {}", crate::VERSION)
                .map_err(ServeError::Output);
        }
        Mode::Plugin => handshake::negotiate(&environment)?,
        Mode::Debug => Transport::Reattach,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    let served = runtime.block_on(async {
        let signals = Signals::install()?;
        let server = Server::bind(&environment.socket_parent(), transport)?;
        announce(&server.announcement(environment.multiplex))?;
        server.run(Arc::new(Lifecycle::new(provider())), Some(signals)).await
    });
    // A bare drop would wait for blocking work without end.
    runtime.shutdown_timeout(Duration::from_millis(200));
    served
}

/// The one thing that is ever written to stdout.
fn announce(line: &str) -> Result<(), ServeError> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(ServeError::Output)
}

fn mode(mut arguments: impl Iterator<Item = OsString>) -> Result<Mode, HandshakeError> {
    let Some(argument) = arguments.next() else {
        return Ok(Mode::Plugin);
    };
    match argument.to_str() {
        Some("--version" | "-V") => Ok(Mode::Version),
        Some("--debug" | "-debug") => Ok(Mode::Debug),
        _ => Err(HandshakeError::Argument(argument.to_string_lossy().into_owned())),
    }
}
