//! The binary that Terraform starts: composes and runs, nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_probity::probity::Probity;
use terraform_provider_probity::{logging, protocol};

fn main() -> ExitCode {
    logging::start();
    logging::report_panics();
    // Terraform runs providers in the user's folder, where the settings file is.
    protocol::run(std::env::args_os().skip(1), || Arc::new(Probity::new(".")))
}
