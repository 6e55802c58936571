//! The provider as Terraform meets it: the process and its handshake with the real binary, the
//! life of resources over the same wire with a provider made for the purpose, and a panic in a
//! binary built as releases are.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite fails by panicking"
)]

mod contained;
mod fake;
mod handshake;
mod imports;
mod lifecycle;
mod mishaps;
mod process;
mod reattach;
mod schemas;
