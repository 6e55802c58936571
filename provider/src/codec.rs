//! Terraform's encodings of values, read and written by type.
//!
//! MessagePack with unknowns is what every call carries; JSON is what states are stored as. Pure,
//! and total: any bytes give a value or an error. Called by `protocol` alone.

pub mod json;
pub mod msgpack;

/// Deepest nesting that is followed. Only `dynamic` can nest deeper than its type says.
const DEEPEST: usize = 128;

/// Why bytes are not a value of the type, or a value not one of the type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}{problem}", if place.is_empty() { String::new() } else { format!("`{place}`: ") })]
pub struct CodecError {
    place: String,
    problem: String,
}

impl CodecError {
    fn new(problem: impl Into<String>) -> Self {
        CodecError { place: String::new(), problem: problem.into() }
    }

    /// The same problem, one level further out.
    fn inside(mut self, outer: &str) -> Self {
        let glue = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{outer}{glue}{}", self.place);
        self
    }

    fn at_index(self, index: usize) -> Self {
        self.inside(&format!("[{index}]"))
    }
}

#[cfg(test)]
mod tests;
