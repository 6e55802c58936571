//! Probity's admission webhook: the control catalog at a cluster's door.
//!
//! One request from socket to evidence:
//!
//! ```text
//! server ─TLS─> admission ─> review ─> gate ─> CATALOG ─> Decision ─> response ─> API server
//!                   │                   └── mutate ─> patch              └──> audit line, metrics
//!                   └ sheds, bounds, contains
//! snapshot <── reload ──> tls        (swapped whole, the last good one stays)
//! ```
//! `gate` is the only module that asks the catalog.

pub mod admission;
pub mod audit;
pub mod config;
pub mod duration;
pub mod gate;
pub mod metrics;
pub mod mutate;
pub mod process;
pub mod reload;
pub mod server;
pub mod snapshot;
pub mod telemetry;
pub mod tls;

pub use audit::Evidence;
pub use config::{Cli, Config};
pub use server::{Server, Stop};
