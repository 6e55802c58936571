//! The webhook's binary: parse, run, exit code. Called by an operator or a pod specification.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use probity_webhook::config::{Command, ServeArgs};
use probity_webhook::{Cli, Config, Evidence, Server, Stop, telemetry, tls};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let Command::Serve(args) = Cli::parse().command;
    // A second provider in the process cannot be: nothing installed one before.
    let _ = tls::crypto_provider().install_default();
    match serve(*args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn serve(args: ServeArgs) -> Result<bool, Box<dyn Error>> {
    telemetry::install(args.log_format, &args.log)?;
    let threads = args.threads;
    let config = Config::try_from(args)?;
    let evidence = Evidence::new(std::io::stdout())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        runtime.worker_threads(threads);
    }
    runtime.enable_all().build()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = Server::bind(config, evidence).await?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => Stop::Drain,
                _ = interrupt.recv() => Stop::Now,
            }
        };
        Ok(server.run(stop).await)
    })
}
