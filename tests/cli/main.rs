//! The command `probity` as it is built and run: reports, exit codes, settings, what it refuses.
//!
//! `check.rs` judges fixtures, `examples.rs` everything under `examples/`, `catalog.rs` shows and
//! tests the catalog, `framework.rs` judges by one framework, `large.rs` many objects in one file, `schemas.rs` holds
//! what is written for machines against its schemas.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a suite fails by panicking")]

mod catalog;
mod check;
mod examples;
mod framework;
mod large;
mod places;
mod schemas;
mod secrets;
