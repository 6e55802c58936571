//! The provider under a real Terraform, against a local AWS: what is applied is there, what is
//! tampered with is found, what is refused is refused before anything happens.

#![expect(clippy::expect_used, reason = "what cannot be set up fails the test that needs it")]

mod adopt;
mod drift;
mod examples;
mod fixture;
mod lifecycle;
mod refuse;
mod wire;
