//! Probity's Terraform provider: finance-hardened resources, judged by the catalog before any
//! cloud is called.
//!
//! ```text
//! Terraform ─tfplugin6─> protocol ──> lifecycle ──> resource ──> cloud
//!                           │             └──> provider::judge (the gate) ──> catalog
//!                           └ codec: DynamicValue <-> Value
//! ```
//!
//! Terraform starts the binary several times per command. Each time: `protocol` shakes hands,
//! then every RPC is decoded by `codec`, given its meaning by `lifecycle`, and encoded again.
//! `protocol` is the only module that knows gRPC, `lifecycle` the only one that knows Terraform's
//! planning rules, and a resource knows neither.

pub mod cloud;
pub mod codec;
pub mod config;
pub mod context;
pub mod data_source;
pub mod data_sources;
pub mod diagnostics;
pub mod gate;
pub mod lifecycle;
pub mod logging;
pub mod policy;
pub mod probity;
pub mod protocol;
pub mod provider;
pub mod resource;
pub mod resources;
pub mod schema;
pub mod value;

/// The provider's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
