//! A file read a window at a time: whole documents, as many as fit, so that what is held does not
//! grow with the file but with its largest document.
//!
//! Called by whoever reads files that may be large; knows no files, only what can be read from.

use std::{
    io::{self, Read},
    sync::Arc,
};

use super::{MAX_BYTES, Source, SourceError, split};

/// The windows of a file, in order.
#[derive(Debug)]
pub struct Windows<R> {
    file: Arc<str>,
    input: R,
    /// What was read and not yet given.
    buffer: Vec<u8>,
    /// A window ends with the first document that ends after so many bytes.
    least: usize,
    /// Lines before the buffer.
    lines: usize,
    ended: bool,
}

/// Bytes that are read at a time.
const CHUNK: u64 = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<R: Read> Windows<R> {
    /// Starts to read a file, which messages show by this name, in windows of `least` bytes or as
    /// much more as the last document of each needs.
    pub fn new(file: impl Into<Arc<str>>, input: R, least: usize) -> Self {
        let (file, least) = (file.into(), least.max(1));
        Self { file, input, buffer: Vec::new(), least, lines: 0, ended: false }
    }

    /// Reads on to the next boundary behind a whole window; its place, or none at the file's end.
    fn fill(&mut self) -> io::Result<Option<usize>> {
        let mut from = self.least;
        let mut json = None;
        loop {
            let unseen = self.buffer.get(from..).unwrap_or_default();
            if let Some(line) = unseen.iter().position(|byte| *byte == b'\n') {
                let before = self.buffer.get(..=from + line).unwrap_or_default();
                let json = *json.get_or_insert_with(|| split::ends_in_json(before));
                if let Some(boundary) = split::boundary(&self.buffer, from, json) {
                    return Ok(Some(boundary));
                }
            }
            // The last line may not be whole yet.
            let line = unseen.iter().rposition(|byte| *byte == b'\n').unwrap_or(unseen.len());
            from += line;
            if self.input.by_ref().take(CHUNK).read_to_end(&mut self.buffer)? == 0 {
                return Ok(None);
            }
            if self.buffer.len() > MAX_BYTES + BYTE_ORDER_MARK.len() {
                return Err(io::Error::other("a document in it is larger than 256 MiB"));
            }
        }
    }

    fn window(&mut self) -> Result<Source, SourceError> {
        let boundary = self.fill().map_err(|error| {
            SourceError::new(Arc::clone(&self.file), format!("cannot be read: {error}"))
        })?;
        self.ended = boundary.is_none();
        let rest = boundary.map_or_else(Vec::new, |boundary| self.buffer.split_off(boundary));
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        if self.lines == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let source = Source::after(self.lines, Arc::clone(&self.file), bytes)?;
        self.lines += source.text.matches('\n').count();
        Ok(source)
    }
}

impl<R: Read> Iterator for Windows<R> {
    type Item = Result<Source, SourceError>;

    /// After an error nothing more is read.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let window = self.window();
        self.ended |= window.is_err();
        Some(window)
    }
}
