//! CPU time of one review over TLS under the sixty fixed controls: the webhook against a server of
//! the same stack that answers a constant, and against a webhook written by hand for them.
//!
//! Each server is a process of its own (this binary, started again), so that only its own time
//! counts: the kernel's per-thread run time, divided by the answers. Rounds alternate between the
//! servers and the median counts, so that a neighbour's load hits all of them alike. What is
//! printed to compare are ratios of one run.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot run has nothing to say"
)]

mod by_hand;
mod load;
mod servers;

use std::fmt::Write as _;
use std::io::Write as _;

use bytes::Bytes;
use load::Driver;
use probity_benches::process::median;
use probity_benches::reviews;
use probity_test_client::Protocol;
use servers::{Kind, Server};

/// Reviews by name, bytes and containers: a pod as most are, one with sidecars, one with a service
/// mesh's load of environment and annotations. All of them are admitted, so that every control runs.
const SIZES: [(&str, usize, usize); 3] =
    [("4 KB", 4_000, 1), ("14 KB", 14_000, 4), ("76 KB", 76_000, 12)];

/// Rounds of which the median counts.
const ROUNDS: usize = 9;

fn main() {
    if let Some(kind) = Kind::asked_for() {
        return servers::serve(kind);
    }
    // `cargo test --benches` runs this too: once through, to see that it works.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let rounds = if quick { 1 } else { ROUNDS };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let servers = [Kind::Constant, Kind::ByHand, Kind::Probity].map(Server::start);
    let idle = servers[2].memory();
    let mut table = format!(
        "{:<9}{:>8}  {:>10}{:>10}{:>10}   {:>14}{:>14}\n",
        "protocol", "review", "constant", "by hand", "probity", "x by hand", "x constant's rps"
    );
    for protocol in [Protocol::Http1, Protocol::Http2] {
        for (name, bytes, containers) in SIZES {
            let body = Bytes::from(reviews::sized(bytes, containers));
            let times = runtime.block_on(async {
                let mut drivers = Vec::new();
                for server in &servers {
                    drivers.push(Driver::connect(server, protocol).await);
                }
                let requests = if quick { 40 } else { 2_000_000 / (body.len() + 1_500) };
                let mut times = [const { Vec::new() }; 3];
                for _ in 0..=rounds {
                    for (driver, times) in drivers.iter_mut().zip(&mut times) {
                        times.push(driver.micros_per_review(&body, requests).await);
                    }
                }
                times.map(|times| median(&times[1..])) // the first round warms up
            });
            let [constant, by_hand, probity] = times;
            let _ = writeln!(
                table,
                "{:<9}{:>8}  {constant:>8.1}us{by_hand:>8.1}us{probity:>8.1}us   {:>14.2}{:>14.2}",
                format!("{protocol:?}"),
                name,
                probity / by_hand,
                constant / probity,
            );
        }
    }
    let _ = writeln!(
        table,
        "memory of probity: {:.1} MB idle, {:.1} MB at most under load\n\
         budgets: at most 1.50 x by hand, at least 0.35 x the throughput of the constant; 32 MB idle, 64 MB under load",
        idle.now,
        servers[2].memory().most
    );
    std::io::stdout().write_all(table.as_bytes()).expect("standard output is open");
}
