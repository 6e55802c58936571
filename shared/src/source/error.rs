//! A message about a place in a file, shown as compilers do.

use std::{fmt, ops::Range, sync::Arc};

use super::{Span, position};
use crate::value::is_hidden;

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
    pub snippet: Option<Box<Snippet>>,
}

/// A line of source and what to underline in it; of a very long line, a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The line as it stands in the file.
    pub text: String,
    /// Characters before what is underlined.
    pub indent: usize,
    /// Characters to underline.
    pub width: usize,
}

/// Lines longer than this are shown in part.
const LONGEST: usize = 160;

/// How much of a long line is shown before what is underlined.
const BEFORE: usize = 60;

impl Snippet {
    /// The line of a span, with what the span covers of it; nothing from outside of `bounds`.
    pub(super) fn new(text: &str, bounds: Range<usize>, span: Span) -> Option<Self> {
        let (line, before) = position::line(text, bounds, span)?;
        let covered = text.get(span.range()).unwrap_or_default();
        let covered = covered.lines().next().unwrap_or_default().trim_end();
        let indent = line.get(..before).unwrap_or(line).chars().count();
        let length = line.chars().count();
        let room = length.saturating_sub(indent);
        let width = covered.chars().take(room).count().max(1);
        if length <= LONGEST {
            return Some(Self { text: line.chars().map(shown).collect(), indent, width });
        }
        let skipped = indent.saturating_sub(BEFORE);
        let part: String = line.chars().skip(skipped).take(LONGEST).map(shown).collect();
        let (head, tail) =
            (if skipped > 0 { "…" } else { "" }, if skipped + LONGEST < length { "…" } else { "" });
        let indent = indent - skipped + head.chars().count();
        let room = part.chars().count() + head.chars().count() - indent;
        Some(Self { text: format!("{head}{part}{tail}"), indent, width: width.min(room.max(1)) })
    }

    /// What stands below the line: spaces (tabs under tabs), then the underlining.
    pub fn underlined(&self) -> (String, String) {
        let pad = self.text.chars().take(self.indent);
        let pad = pad.map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
        (pad, "^".repeat(self.width))
    }
}

/// A character as it can be shown: a line is not to look like another.
fn shown(character: char) -> char {
    if is_hidden(character) && character != '\t' { '\u{fffd}' } else { character }
}

impl SourceError {
    /// A message about a file as a whole.
    pub fn new(file: impl Into<Arc<str>>, message: impl Into<String>) -> Self {
        let (line, column, help, snippet) = (0, 0, None, None);
        Self { file: file.into(), line, column, message: message.into(), help, snippet }
    }

    pub(super) fn at(
        file: &Arc<str>,
        text: &str,
        bounds: Range<usize>,
        span: Span,
        message: String,
    ) -> Self {
        let snippet = Snippet::new(text, bounds, span).map(Box::new);
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
            let (pad, carets) = snippet.underlined();
            write!(f, "\n{gutter} |\n{} | {}", self.line, snippet.text)?;
            write!(f, "\n{gutter} | {pad}{carets}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\n{gutter} = help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SourceError {}
