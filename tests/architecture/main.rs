//! Architecture rules.
