//! Probity's control catalog.

pub mod source;
