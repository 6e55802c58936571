//! What all clouds have in common for a resource: an error worded for users, and patience, which
//! bounds every wait by the operation's timeout and by Terraform's request to stop. Knows nothing
//! of Terraform's wire and nothing of controls. Used by resources; one submodule per cloud.

pub mod aws;
mod error;
mod patience;

pub use error::{CloudError, Kind};
pub use patience::{Backoff, Patience};
