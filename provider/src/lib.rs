//! Probity's Terraform provider.
