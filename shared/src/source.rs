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
//!
//! A large file is read through [`Windows`], each of them in [`Piece`]s, so that what is held grows
//! neither with the file nor with a list in it.

mod characters;
mod deserialize;
mod error;
mod json;
mod nearest;
mod node;
mod pairs;
mod piece;
mod position;
mod scalar;
mod split;
#[cfg(test)]
mod tests;
mod windows;
mod yaml;

use std::{ops::Range, sync::Arc};

use serde::de::DeserializeOwned;

use self::{
    position::{Base, Part},
    split::{Cut, GROUP},
};

pub use self::{
    error::{Snippet, SourceError},
    nearest::nearest,
    node::{Entry, Kind, Located, Mapping, Node},
    piece::{Piece, Reading},
    position::Span,
    windows::{Again, Window, Windows},
};

/// Deepest nesting that is read; deeper input is refused.
pub const MAX_DEPTH: usize = 128;

/// The largest text that is held, in bytes: a file or, through [`Windows`], a document or an element of
/// a list.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// How to read a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Read the tag `!unknown` as a value that is not known yet (cases of controls use it).
    pub unknown_tag: bool,
}

/// The text of one file, or of a part of it, and the name under which messages show it.
#[derive(Clone, Debug)]
pub struct Source {
    file: Arc<str>,
    text: String,
    /// What of the file is before the text.
    base: Base,
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
        let bytes = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(SourceError::new(file, "the file is larger than 256 MiB"));
        }
        let mut source = Self::after(Base::default(), file.into(), bytes)?;
        if source.text.starts_with('\u{feff}') {
            source.text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(source)
    }

    /// What stands in a file behind this place.
    fn after(base: Base, file: Arc<str>, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let base = Base { offset: 0, ..base };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { file, text, base }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let read = error.as_bytes().get(..valid).unwrap_or_default();
                let text = String::from_utf8_lossy(read).into_owned();
                let span = base.shift(Span::at_end_of(&text));
                Err(Self { file, text, base }.error(span, "this is not UTF-8"))
            }
        }
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
        read(self.whole(), *options, 0).map_err(|fault| self.fault(fault, 0..self.text.len()))
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
        SourceError::at(&self.file, &self.text, 0..self.text.len(), span, message.into())
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
        Snippet::new(&self.text, 0..self.text.len(), span)
    }

    /// The pieces that can be read one by one, so that a large file need not be held as nodes all
    /// at once: documents, and of those that hold a long list under the name `list`, elements of it.
    ///
    /// YAML is split at lines of `---`, as kubectl does, JSON between its values.
    pub fn pieces(&self, list: &str) -> Vec<Piece<'_>> {
        split::pieces(self, Cut { list, group: GROUP })
    }

    fn whole(&self) -> Part<'_> {
        Part { text: &self.text, base: self.base, end: self.text.len() }
    }

    fn fault(&self, fault: Fault, bounds: Range<usize>) -> SourceError {
        let Fault { message, help, span } = fault;
        let error = SourceError::at(&self.file, &self.text, bounds, span, message);
        match help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }
}

/// Reads a part in the language that it is written in.
fn read(part: Part<'_>, options: Options, depth: usize) -> Result<Vec<Document>, Fault> {
    let json = json::looks_like_json(part.own()).then(|| json::read(part, depth));
    let fault = match json {
        Some(Ok(documents)) => return Ok(documents),
        Some(Err(fault)) => Some(fault),
        None => None,
    };
    // `{a: 1}` looks like JSON and is YAML.
    match (yaml::read(part, options, depth), fault) {
        (Ok(documents), _) => Ok(documents),
        (Err(_), Some(fault)) if json::is_surely_json(part.own()) => Err(fault),
        (Err(fault), _) => Err(fault),
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
