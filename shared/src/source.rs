//! Files with positions: YAML as kubectl reads it, JSON, several documents in one file.
//!
//! Everything that a person writes by hand (controls, frameworks, settings, manifests) enters
//! through here, so that every message about it can point at a line and a column. Knows nothing of
//! controls or Kubernetes; called by the catalog's loader, the settings and the command line.
//!
//! ```
//! use probity_catalog::source::{Options, Source};
//!
//! let source = Source::new("pod.yaml", b"hostPID: yes\n")?;
//! let documents = source.documents(&Options::default())?;
//! assert_eq!(documents[0].root.get("hostPID").and_then(|node| node.as_bool()), Some(true));
//! # Ok::<(), probity_catalog::source::SourceError>(())
//! ```

mod characters;
mod deserialize;
mod error;
mod json;
mod nearest;
mod node;
mod pairs;
mod position;
mod scalar;
#[cfg(test)]
mod tests;
mod yaml;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use self::position::Base;

pub use self::{
    error::{Snippet, SourceError},
    nearest::nearest,
    node::{Entry, Kind, Located, Mapping, Node},
    position::Span,
};

/// Deepest nesting that is read; deeper input is refused.
pub const MAX_DEPTH: usize = 128;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// How to read a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Read the tag `!unknown` as a value that is not known yet (cases of controls use it).
    pub unknown_tag: bool,
}

/// The text of one file and the name under which messages show it.
#[derive(Clone, Debug)]
pub struct Source {
    file: Arc<str>,
    text: String,
}

/// A part of a file that can be read on its own.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    base: Base,
    length: usize,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it holds.
    pub root: Node,
    /// What a reader accepts without a word and a person should know.
    pub warnings: Vec<Warning>,
}

/// Something questionable that does not stop reading.
#[derive(Clone, Debug)]
pub struct Warning {
    /// What is questionable.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl Warning {
    fn duplicate(key: &str, span: Span, first: Span) -> Self {
        let line = first.line;
        let message = format!("`{key}` is set twice, this one wins (the first is on line {line})");
        Self { message, span }
    }
}

impl Source {
    /// Takes the bytes of a file; a byte-order mark is dropped, text that is not UTF-8 refused.
    pub fn new(file: impl Into<Arc<str>>, bytes: impl Into<Vec<u8>>) -> Result<Self, SourceError> {
        let file = file.into();
        let bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(SourceError::new(file, "the file is larger than 256 MiB"));
        }
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let read = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default());
            let span = Span::at_end_of(&read);
            SourceError::at(&file, &read, span, "this is not UTF-8".to_owned())
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(Self { file, text })
    }

    /// The name that messages show.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text, without its byte-order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads all documents; those that hold nothing but comments are left out.
    pub fn documents(&self, options: &Options) -> Result<Vec<Document>, SourceError> {
        let json = json::looks_like_json(&self.text).then(|| json::read(&self.text));
        let fault = match json {
            Some(Ok(documents)) => return Ok(documents),
            Some(Err(fault)) => Some(fault),
            None => None,
        };
        // `{a: 1}` looks like JSON and is YAML.
        match (yaml::read(&self.text, &self.text, Base::default(), *options), fault) {
            (Ok(documents), _) => Ok(documents),
            (Err(_), Some(fault)) if json::is_surely_json(&self.text) => Err(self.fault(fault)),
            (Err(fault), _) => Err(self.fault(fault)),
        }
    }

    /// Reads a file that must hold exactly one document.
    pub fn document(&self, options: &Options) -> Result<Document, SourceError> {
        let mut documents = self.documents(options)?;
        match (documents.pop(), documents.pop()) {
            (Some(document), None) => Ok(document),
            (None, _) => Err(SourceError::new(self.file.clone(), "the file is empty")),
            (Some(second), Some(_)) => {
                Err(self.error(second.root.span, "one document was expected, this is another"))
            }
        }
    }

    /// Turns a node into a typed value; the error points at the innermost node at fault.
    pub fn deserialize<T: DeserializeOwned>(&self, node: &Node) -> Result<T, SourceError> {
        deserialize::from_node(node).map_err(|fault| {
            let error = self.error(fault.span.unwrap_or(node.span), fault.message);
            match fault.help {
                Some(help) => error.with_help(help),
                None => error,
            }
        })
    }

    /// A message about a place in this file.
    pub fn error(&self, span: Span, message: impl Into<String>) -> SourceError {
        SourceError::at(&self.file, &self.text, span, message.into())
    }

    /// The place of a byte range of a string's value, such as a part of an expression.
    ///
    /// Exact for plain, simply quoted, folded and literal scalars; the whole scalar where escapes
    /// leave no such place.
    pub fn span_within(&self, node: &Node, range: std::ops::Range<usize>) -> Span {
        let value = node.as_str().unwrap_or_default();
        position::within(&self.text, node.span, value, range).unwrap_or(node.span)
    }

    /// The line on which a span starts, to be shown with the span underlined.
    pub fn snippet(&self, span: Span) -> Option<Snippet> {
        Snippet::new(&self.text, span)
    }

    /// The pieces of the file that can be read one by one, split at lines of `---` as kubectl
    /// does; JSON is one piece. So a large file need not be held as nodes all at once.
    pub fn pieces(&self) -> Vec<Piece> {
        if json::looks_like_json(&self.text) {
            return vec![Piece { base: Base::default(), length: self.text.len() }];
        }
        let mut pieces = Vec::new();
        let mut base = Base::default();
        let (mut offset, mut lines) = (0, 0);
        for line in self.text.split_inclusive('\n') {
            if line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty()) {
                pieces.push(Piece { base, length: offset - base.offset });
                base = Base { offset: offset + line.len(), lines: lines + 1 };
            }
            offset += line.len();
            lines += 1;
        }
        pieces.push(Piece { base, length: offset - base.offset });
        pieces.retain(|piece| piece.length > 0);
        pieces
    }

    /// The text of one piece.
    pub fn text_of(&self, piece: Piece) -> &str {
        let range = piece.base.offset..piece.base.offset + piece.length;
        self.text.get(range).unwrap_or_default()
    }

    /// Reads the documents of one piece; places count from the start of the file.
    pub fn read_piece(
        &self,
        piece: Piece,
        options: &Options,
    ) -> Result<Vec<Document>, SourceError> {
        let text = self.text_of(piece);
        if piece.base.offset == 0 && piece.length == self.text.len() {
            return self.documents(options);
        }
        yaml::read(&self.text, text, piece.base, *options).map_err(|fault| self.fault(fault))
    }

    fn fault(&self, fault: Fault) -> SourceError {
        let error = self.error(fault.span, fault.message);
        match fault.help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }
}

/// What a reader finds wrong, before the file's name is known.
#[derive(Debug)]
struct Fault {
    message: String,
    help: Option<String>,
    span: Span,
}

impl Fault {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, span }
    }

    fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn shifted(mut self, base: Base) -> Self {
        self.span = base.shift(self.span);
        self
    }
}
