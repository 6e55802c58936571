//! The catalog crate from outside: our controls with their cases, catalogs with mistakes,
//! settings, judging and fixing as front ends see them.

mod controls;
