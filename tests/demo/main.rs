//! `make demo`: the whole of Probity on one machine, with the real tools and nothing else.
//!
//! Starts a local AWS and, where there is one, a Kubernetes API server; drives Terraform and
//! admission through what a user would type; checks every step and ends with a table. Everything
//! it started ends with it. Started by `run.sh`, which has built what is needed.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what cannot be set up ends the demo, as it ends a test; what a JSON value lacks is null"
)]

mod admission;
mod door;
mod infrastructure;
mod narrator;

use std::process::ExitCode;

use narrator::Narrator;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let mut narrator = Narrator::new();
    // Whatever ends first, returning drops what was started: servers, folders, a running command.
    let finished = tokio::select! {
        finished = tell(&mut narrator) => finished,
        () = interruption() => Err("interrupted".to_owned()),
    };
    if let Err(why) = finished {
        narrator.give_up(&why);
    }
    if narrator.finish() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The two parts; an error is something that keeps the rest from being shown.
async fn tell(narrator: &mut Narrator) -> Result<(), String> {
    infrastructure::tell(narrator).await?;
    admission::tell(narrator).await
}

async fn interruption() {
    let listen = |kind| signal(kind).expect("signals can be listened to");
    let mut interrupt = listen(SignalKind::interrupt());
    let mut terminate = listen(SignalKind::terminate());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
