//! What can be wrong with an expression, with its place in the source.

use std::ops::Range;

/// A mistake found when an expression is compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// What is wrong.
    pub message: String,
    /// The way out, where there is one: `did you mean …?`
    pub help: Option<String>,
    /// The bytes of the source that it is about.
    pub range: Range<usize>,
    /// The variable whose source that is, by its place among those of the scope; none where it is
    /// the source of the expression itself.
    pub variable: Option<usize>,
}

impl CompileError {
    pub(crate) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        CompileError { message: message.into(), help: None, range, variable: None }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why an expression has no value for these inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvaluateError {
    /// What went wrong.
    pub message: String,
    /// The bytes of the source where it went wrong.
    pub range: Range<usize>,
}

impl EvaluateError {
    pub(crate) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        EvaluateError { message: message.into(), range }
    }
}
