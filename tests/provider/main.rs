//! The provider as Terraform meets it: the process and its handshake with the real binary, the
//! life of resources over the same wire with a provider made for the purpose.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite fails by panicking"
)]

mod fake;
mod handshake;
mod imports;
mod lifecycle;
mod mishaps;
mod process;
mod reattach;
mod schemas;
