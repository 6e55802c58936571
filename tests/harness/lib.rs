//! What the suites share: the real tools they run against, and how these are started and stopped.
//!
//! Knows how to run things, not what is right: assertions stay in the suites. Anything that cannot
//! be started ends the test with a panic that says what to do. Called by the suites and the demo.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a tool that does not start fails the test that needs it"
)]

pub mod aws;
pub mod cli;
pub mod cluster;
pub mod defaults;
pub mod ministack;
pub mod process;
pub mod provider;
pub mod pss;
pub mod recorder;
pub mod said;
pub mod schema;
pub mod served;
pub mod terraform;
pub mod tools;
pub mod webhook;
