//! The provider under a real Terraform, against a local AWS: what is applied is there, what is
//! tampered with is found, what is refused is refused before anything happens.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what cannot be set up fails the test that needs it; what JSON lacks is null"
)]

mod access;
mod adopt;
mod credentials;
mod drift;
mod examples;
mod fixture;
mod lifecycle;
mod refuse;
mod tiers;
mod wire;
