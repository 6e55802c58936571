//! Probity's control catalog.

pub mod expression;
pub mod shape;
pub mod source;
pub mod value;
