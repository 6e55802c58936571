//! The binary Terraform starts.
fn main() {}
