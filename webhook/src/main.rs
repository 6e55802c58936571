//! The webhook's binary: the process, judging by the catalog. Called by an operator or a pod
//! specification.

use std::process::ExitCode;

use probity_webhook::gate::CatalogJudge;
use probity_webhook::process;

fn main() -> ExitCode {
    process::run(CatalogJudge::of)
}
