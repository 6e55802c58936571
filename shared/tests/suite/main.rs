//! The catalog crate from outside: our controls with their cases, catalogs with mistakes,
//! settings, judging and fixing as front ends see them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking, in its helpers too"
)]

mod controls;
mod fixing;
mod frameworks;
mod judging;
mod kinds;
mod marks;
mod mistakes;
mod reference;
mod regimes;
mod reporting;
mod schema;
mod settings;
mod shapes;
mod support;
mod variables;
