//! The command `probity`: the catalog's third front end.
//!
//! ```text
//! files --input--> documents --gate--> CATALOG --Decision--> report --> stdout, exit code
//! ```
//!
//! `check` judges manifests and plans, `list`, `explain` and `framework` show the catalog, `test`
//! runs the cases of any catalog. Nothing but the report is written to stdout.

pub mod command;
pub mod gate;
pub mod input;
pub mod profile;
pub mod progress;
pub mod report;
pub mod schema;

mod exit;
mod failure;
mod selection;
mod terminal;

use clap::{CommandFactory, Parser, Subcommand};
use probity_catalog::Catalog;

pub use self::{
    exit::ExitStatus,
    failure::Failure,
    selection::{Selection, SettingsArguments},
    terminal::{Color, Palette, Terminal},
};

/// Judges Kubernetes manifests and Terraform plans by one catalog of controls.
#[derive(Debug, Parser)]
#[command(name = "probity", disable_version_flag = true, max_term_width = 100)]
pub struct Cli {
    /// When to colour what is written.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,

    /// Show the version, and the version and digest of the catalog.
    #[arg(short = 'V', long)]
    version: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(command::check::Arguments),
    List(command::list::Arguments),
    Explain(command::explain::Arguments),
    Framework(command::framework::Arguments),
    Test(command::test::Arguments),
}

/// Runs the command; says what stopped it.
pub fn main(cli: &Cli, terminal: &mut Terminal<'_>) -> ExitStatus {
    match run(cli, terminal) {
        Ok(status) => status,
        Err(failure) if failure.is_broken_pipe() => ExitStatus::Clean,
        Err(failure) => {
            // Where even this cannot be written there is nobody to tell.
            let _ = terminal.complain(&failure);
            ExitStatus::CouldNotRun
        }
    }
}

/// Runs the command.
pub fn run(cli: &Cli, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let status = match &cli.command {
        _ if cli.version => version(terminal)?,
        Some(Command::Check(arguments)) => command::check::run(arguments, terminal)?,
        Some(Command::List(arguments)) => command::list::run(arguments, terminal)?,
        Some(Command::Explain(arguments)) => command::explain::run(arguments, terminal)?,
        Some(Command::Framework(arguments)) => command::framework::run(arguments, terminal)?,
        Some(Command::Test(arguments)) => command::test::run(arguments, terminal)?,
        None => {
            write!(terminal.err, "{}", Cli::command().render_help())?;
            ExitStatus::CouldNotRun
        }
    };
    terminal.out.flush()?;
    Ok(status)
}

fn version(terminal: &mut Terminal<'_>) -> Result<ExitStatus, Failure> {
    let catalog = Catalog::embedded()?;
    let own = env!("CARGO_PKG_VERSION");
    writeln!(terminal.out, "probity {own}")?;
    writeln!(terminal.out, "catalog {} (sha256 {})", catalog.version(), catalog.digest())?;
    Ok(ExitStatus::Clean)
}
