//! One module per command; each takes its arguments and writes to a terminal.

pub mod check;
pub mod explain;
pub mod framework;
pub mod list;
pub mod test;

use clap::ValueEnum;
use serde::Serialize;

use crate::{Failure, Terminal};

/// Forms of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Writes a whole document for machines.
fn json(value: &impl Serialize, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *terminal.out, value)?;
    writeln!(terminal.out)?;
    Ok(())
}
