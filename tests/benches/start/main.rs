//! What starting costs: the provider until Terraform could call it over mutual TLS, the webhook until
//! it is ready, the command line until it has judged a pod; their memory then, and their size on disk.
//!
//! The programs are those that lie beside this one (`target/release` under `cargo bench`): building
//! them is not a benchmark's business, since the provider brings its clouds along. What lies there
//! is measured as it is, what does not is named. Each time is the median of rounds that alternate
//! between the programs, and is compared with a process that only says a line. Nothing is tested.
//! Run: `make build && cargo bench -p probity-benches --bench start`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot run has nothing to say"
)]

mod programs;
mod terraform;

use std::fmt::Write as _;
use std::io::Write as _;

use probity_benches::process::median;
use programs::{Bench, Program, Started};

/// Rounds of which the median counts.
const ROUNDS: usize = 21;

fn main() {
    if programs::is_baseline() {
        return programs::say_a_line();
    }
    // `cargo test --benches` runs this too: once through, to see that it works.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let rounds = if quick { 1 } else { ROUNDS };
    let bench = Bench::new();
    let (there, missing): (Vec<Program>, Vec<Program>) =
        Program::ALL.into_iter().partition(|program| program.path().is_file());
    let mut started = vec![Vec::new(); there.len()];
    for _ in 0..rounds {
        for (program, started) in there.iter().zip(&mut started) {
            started.push(bench.start(*program));
        }
    }
    let mut table = format!(
        "{:<46}{:>10}{:>14}{:>12}{:>12}\n",
        "from start until", "ms", "x baseline", "MB then", "MB on disk"
    );
    let baseline = median(&times(&started[0]));
    for (program, started) in there.iter().zip(&started) {
        let time = median(&times(started));
        let _ = write!(table, "{:<46}{time:>10.1}{:>14.1}", program.until(), time / baseline);
        if *program != Program::Baseline {
            let memory: Vec<f64> = started.iter().filter_map(|started| started.memory).collect();
            let memory = if memory.is_empty() {
                "ended".to_owned()
            } else {
                format!("{:.1}", median(&memory))
            };
            let _ = write!(table, "{memory:>12}{:>12.1}", program.megabytes());
        }
        table.push('\n');
    }
    for program in missing {
        let path = program.path();
        let _ = writeln!(
            table,
            "not measured: there is no `{}`; build it first (for releases: `make build`)",
            path.display()
        );
    }
    table.push_str(
        "budgets: provider 30 ms, 25 MB resident, 25 MB on disk; webhook 100 ms, 32 MB; a pod of 7 KB 20 ms\n",
    );
    std::io::stdout().write_all(table.as_bytes()).expect("standard output is open");
}

fn times(started: &[Started]) -> Vec<f64> {
    started.iter().map(|started| started.millis).collect()
}
