//! One module per command; each takes its arguments and writes to a terminal.

pub mod check;
pub mod explain;
pub mod framework;
pub mod list;
pub mod test;
