//! Terraform's plugin protocol 6 and go-plugin's services, as generated wire types.
//!
//! Nothing is written by hand here but the `.proto` files, so that this compiles once. Only
//! `protocol` in the provider and the suites' small Terraform use it.

/// Terraform's provider protocol: package `tfplugin6`.
#[allow(
    clippy::all,
    clippy::pedantic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "generated code; it also has an unused outer message for each call"
)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// go-plugin's services: package `plugin`.
#[allow(
    clippy::all,
    clippy::pedantic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "generated code"
)]
pub mod go_plugin {
    tonic::include_proto!("plugin");
}
