//! The built webhook under a real API server: what is refused, changed and let through.
//!
//! Everything goes the way it goes in a cluster: a client asks the API server, which asks the
//! webhook over TLS. Judging itself is tested with the catalog; here it is the conversation.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite fails by panicking"
)]

mod admit;
mod bypass;
mod defaults;
mod deny;
mod expressions;
mod inject;
mod kinds;
mod mutate;
mod objects;
mod oracle;
mod policy;
mod relay;
mod stage;
mod standard;
mod update;
mod wire;
