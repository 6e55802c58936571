//! The command `probity`.
