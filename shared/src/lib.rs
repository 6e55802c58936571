//! Probity's control catalog.
