//! Wire types of the Terraform plugin protocol.
