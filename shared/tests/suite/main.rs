//! The catalog crate from outside: our controls with their cases, catalogs with mistakes,
//! settings, judging and fixing as front ends see them.

mod controls;
mod fixing;
mod judging;
mod mistakes;
mod regimes;
mod schema;
mod settings;
mod support;
