//! Holds the crates and modules to the shape that the README draws.
//!
//! Each rule is a function from manifests or sources to sentences about what breaks it, tried on
//! input that does break it and then on the repository. Knows nothing of what the code does.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite fails by panicking"
)]

mod manifests;
mod modules;
mod source;

use std::path::Path;

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// One assertion for all rules, so that a failure reads the same everywhere.
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
