//! Shared test library.
