//! The process: flags, logs, runtime, signals, exit code.
//!
//! Knows nothing of reviews; who judges them is the caller's to say. Called by `main`, and by the
//! suites with a judge of their own.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::audit::Evidence;
use crate::config::{Cli, Command, Config, ServeArgs};
use crate::gate::Judge;
use crate::server::{Server, Stop};
use crate::{telemetry, tls};

/// Runs the process from its command line to its exit code, judging by what `judge` makes.
pub fn run<J: Judge>(judge: impl FnOnce(&Config) -> J) -> ExitCode {
    let Command::Serve(args) = Cli::parse().command;
    // A second provider in the process cannot be: nothing installed one before.
    let _ = tls::crypto_provider().install_default();
    match serve(*args, judge) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn serve<J: Judge>(
    args: ServeArgs,
    judge: impl FnOnce(&Config) -> J,
) -> Result<bool, Box<dyn Error>> {
    telemetry::install(args.log_format, &args.log)?;
    let threads = args.threads;
    let config = Config::try_from(args)?;
    let evidence = Evidence::new(std::io::stdout())?;
    let judge = judge(&config);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        runtime.worker_threads(threads);
    }
    runtime.enable_all().build()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = Server::bind(config, evidence, judge).await?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => Stop::Drain,
                _ = interrupt.recv() => Stop::Now,
            }
        };
        Ok(server.run(stop).await)
    })
}
