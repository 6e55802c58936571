//! The catalog as shipped: every case of every control, what a person types and what it comes to
//! under each regime, the strictest of which wins. Judges through the library alone; that the
//! front ends say the same is the matter of the parity suite.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a suite fails by panicking"
)]

mod bucket;
mod identity;
mod judge;
mod key;
mod pod;
mod register;
mod standard;
