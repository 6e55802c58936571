//! The binary `probity`: parse, run, exit code. All else is in the library.

use std::process::ExitCode;

use probity_cli::{Cli, Terminal};

fn main() -> ExitCode {
    let cli = <Cli as clap::Parser>::parse();
    Terminal::with_standard_streams(cli.color, |terminal| probity_cli::main(&cli, terminal)).into()
}
