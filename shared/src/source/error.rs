//! A message about a place in a file, shown as compilers do.

use std::{fmt, sync::Arc};

use super::{Span, position};

/// What is wrong, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The file's name.
    pub file: Arc<str>,
    /// Line from 1; 0 where the message is about the whole file.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// The line at fault.
    pub snippet: Option<Snippet>,
}

/// A line of source and what to underline in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The line as it stands in the file.
    pub text: String,
    /// Characters to underline, from the error's column.
    pub width: usize,
}

impl SourceError {
    /// A message about a file as a whole.
    pub fn new(file: impl Into<Arc<str>>, message: impl Into<String>) -> Self {
        let (line, column, help, snippet) = (0, 0, None, None);
        Self { file: file.into(), line, column, message: message.into(), help, snippet }
    }

    pub(super) fn at(file: &Arc<str>, text: &str, span: Span, message: String) -> Self {
        let snippet = position::line(text, span).map(|line| {
            let covered = text.get(span.range()).unwrap_or_default();
            let covered = covered.lines().next().unwrap_or_default().trim_end();
            let room = line.chars().count().saturating_sub(span.column.saturating_sub(1) as usize);
            Snippet { text: line.to_owned(), width: covered.chars().count().min(room).max(1) }
        });
        let file = Arc::clone(file);
        Self { file, line: span.line, column: span.column, message, help: None, snippet }
    }

    /// Adds the way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)?;
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        }
        let gutter = " ".repeat(self.line.to_string().len());
        if let Some(snippet) = &self.snippet {
            let pad: String = snippet
                .text
                .chars()
                .take(self.column.saturating_sub(1) as usize)
                .map(|character| if character == '\t' { '\t' } else { ' ' })
                .collect();
            let carets = "^".repeat(snippet.width);
            let text = snippet.text.trim_end();
            write!(f, "\n{gutter} |\n{} | {text}\n{gutter} | {pad}{carets}", self.line)?;
        }
        match &self.help {
            Some(help) => write!(f, "\n{gutter} = help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SourceError {}
