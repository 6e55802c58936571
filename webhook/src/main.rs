//! The webhook's binary.
fn main() {}
