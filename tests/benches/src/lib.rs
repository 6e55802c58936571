//! What the benchmarks share: fixed catalogs of thirty and of sixty pod controls, larger ones that
//! grow out of them, and the same controls written by hand.
//!
//! The catalogs are fixed so that figures of different days compare; the shipped catalog grows.
//! Beside them, what a process costs. Called by the benchmarks beside it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a benchmark stops at what is wrong"
)]

pub mod by_hand;
pub mod catalog;
pub mod process;
pub mod reviews;

/// For each control whether it holds; for controls over containers, for all of them.
pub type Answers = Vec<bool>;

#[cfg(test)]
mod tests;
