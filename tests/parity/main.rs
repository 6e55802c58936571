//! One rule, one engine, everywhere: the same subject through provider, webhook and command line
//! gives the same findings. The subjects are the cases of all controls, the examples and the reviews
//! of the webhook's suite; each is judged against the whole catalog, not only by the control whose
//! case it is. What is right is tested elsewhere; here it is only the same.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a suite fails by panicking"
)]

mod case;
mod command;
mod defaults;
mod examples;
mod kubernetes;
mod reading;
mod reviews;
mod terraform;
