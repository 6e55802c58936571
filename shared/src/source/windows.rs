//! A file read a window at a time, so that what is held does not grow with the file: whole documents,
//! as many as fit, or some of the elements of a list that is longer than a window.
//!
//! Called by whoever reads files that may be large; knows no files, only what can be read from.

use std::{
    io::{self, Cursor, Read},
    sync::Arc,
};

use super::{
    MAX_BYTES, Source, SourceError,
    piece::{Form, Piece},
    position::Base,
    split::{self, Cut, GROUP, Long, Outline, Seen},
};

/// What can be read, and from a place on once more.
pub trait Again: Read {
    /// The place at which it is read, to come back to; none where that cannot be.
    fn place(&mut self) -> io::Result<Option<u64>>;

    /// Goes back to the last place that was asked for.
    fn go_back(&mut self, place: u64) -> io::Result<()>;
}

impl<T: AsRef<[u8]>> Again for Cursor<T> {
    fn place(&mut self) -> io::Result<Option<u64>> {
        Ok(Some(self.position()))
    }

    fn go_back(&mut self, place: u64) -> io::Result<()> {
        self.set_position(place);
        Ok(())
    }
}

/// The windows of a file, in order.
#[derive(Debug)]
pub struct Windows<R> {
    file: Arc<str>,
    input: R,
    /// The name under which documents hold their long lists.
    list: Arc<str>,
    /// What was read and not yet given.
    buffer: Vec<u8>,
    /// A window ends with the first document or group that ends after so many bytes.
    least: usize,
    started: bool,
    /// Lines before the buffer.
    lines: usize,
    /// The list that is being read.
    reading: Option<Reading>,
    ended: bool,
}

/// How far a list is read.
#[derive(Debug)]
struct Reading {
    long: Long,
    /// Groups that were given.
    given: usize,
    /// Where the next one starts.
    at: Base,
}

/// A part of a file that is held at once.
#[derive(Debug)]
pub struct Window {
    source: Source,
    list: Arc<str>,
    group: usize,
    groups: Option<Groups>,
}

/// What is in a window that holds no whole documents.
#[derive(Debug)]
struct Groups {
    /// How a group is read.
    form: Form,
    /// Where each starts.
    starts: Vec<usize>,
}

/// What is to become a window.
struct Taken {
    /// Where it starts.
    base: Base,
    bytes: Vec<u8>,
    groups: Option<Groups>,
}

impl Window {
    /// What is in it.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// The pieces of it that can be read one by one, as [`Source::pieces`] has them.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let Some(Groups { form, starts }) = &self.groups else {
            return split::pieces(&self.source, Cut { list: &self.list, group: self.group });
        };
        let whole = self.source.whole();
        let parts = split::between(&split::bases(whole, starts), whole).into_iter();
        parts.map(|part| Piece { source: &self.source, part, form: form.clone() }).collect()
    }
}

/// Where a window ends.
enum End {
    /// Between documents.
    At(usize),
    /// With the file.
    OfFile,
    /// Nobody knows: the buffer holds the beginning of one document.
    Unknown,
}

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<R: Again> Windows<R> {
    /// Starts to read a file, which messages show by this name, in windows of `least` bytes or as
    /// much more as the last document of each needs. Of a document that is longer than two of them
    /// and holds a list under the name `list`, the elements are given as far as they can be cut.
    pub fn new(file: impl Into<Arc<str>>, input: R, least: usize, list: &str) -> Self {
        let (file, list, least) = (file.into(), list.into(), least.max(1));
        let (buffer, lines, reading) = (Vec::new(), 0, None);
        Self { file, input, list, buffer, least, started: false, lines, reading, ended: false }
    }

    /// Bytes that make a piece: never more than a window asks for.
    fn group(&self) -> usize {
        GROUP.min(self.least)
    }

    /// Reads on; how much it was.
    fn read(&mut self, bytes: usize) -> io::Result<usize> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.input.by_ref().take(bytes).read_to_end(&mut self.buffer)
    }

    /// Reads on to the next boundary behind a whole window, or until the first document is too long
    /// for one.
    fn fill(&mut self, hold: bool) -> io::Result<End> {
        let mut from = self.least;
        let mut json = None;
        loop {
            let unseen = self.buffer.get(from..).unwrap_or_default();
            if let Some(line) = unseen.iter().position(|byte| *byte == b'\n') {
                let before = self.buffer.get(..=from + line).unwrap_or_default();
                let json = *json.get_or_insert_with(|| split::ends_in_json(before));
                if let Some(boundary) = split::boundary(&self.buffer, from, json) {
                    return Ok(End::At(boundary));
                }
            }
            // The last line may not be whole yet.
            let line = unseen.iter().rposition(|byte| *byte == b'\n').unwrap_or(unseen.len());
            from += line;
            if !hold && self.buffer.len() >= self.least.saturating_mul(2) {
                return Ok(split::last_boundary(&self.buffer).map_or(End::Unknown, End::At));
            }
            if self.read(CHUNK.min(self.least))? == 0 {
                return Ok(End::OfFile);
            }
            if self.buffer.len() > MAX_BYTES {
                return Err(io::Error::other("a document in it is larger than 256 MiB"));
            }
        }
    }

    /// Looks through the first document of the buffer to its end, and comes back.
    fn look_through(&mut self) -> io::Result<Option<Long>> {
        let Some(place) = self.input.place()? else { return Ok(None) };
        // What cannot be read, or kept to be read again, is met once more where the text is held.
        let found = self.outline().unwrap_or_default();
        self.input.go_back(place)?;
        Ok(found)
    }

    fn outline(&mut self) -> io::Result<Option<Long>> {
        let list = Arc::clone(&self.list);
        let cut = Cut { list: &list, group: self.group() };
        let Some((mut outline, from)) = Outline::new(&self.buffer, self.lines, cut) else {
            return Ok(None);
        };
        let mut portion = self.buffer.get(from..).unwrap_or_default().to_vec();
        let mut more = true;
        loop {
            match outline.see(&portion, more) {
                None => return Ok(None),
                Some(Seen::End) => return Ok(outline.long()),
                Some(Seen::Part(seen)) => portion.drain(..seen),
            };
            // As much again as there is, so that a long token is looked at a few times only.
            let bytes = u64::try_from(portion.len().max(CHUNK.min(self.least))).unwrap_or(u64::MAX);
            more = self.input.by_ref().take(bytes).read_to_end(&mut portion)? > 0;
        }
    }

    /// Takes so many bytes from the buffer, and from what follows it.
    fn take(&mut self, bytes: usize) -> io::Result<Vec<u8>> {
        let missing = bytes.saturating_sub(self.buffer.len());
        if self.read(missing)? < missing {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        let rest = self.buffer.split_off(bytes);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn window(&mut self) -> Result<Window, SourceError> {
        let file = Arc::clone(&self.file);
        let Taken { base, bytes, groups } = self.take_next().map_err(|error| {
            SourceError::new(Arc::clone(&file), format!("cannot be read: {error}"))
        })?;
        let source = Source::after(base, file, bytes)?;
        match &mut self.reading {
            Some(reading) => reading.at = reading.at.past(source.text()),
            None => self.lines += source.text().matches('\n').count(),
        }
        Ok(Window { source, list: Arc::clone(&self.list), group: self.group(), groups })
    }

    fn take_next(&mut self) -> io::Result<Taken> {
        if let Some(taken) = self.take_groups()? {
            return Ok(taken);
        }
        if !std::mem::replace(&mut self.started, true) {
            self.read(BYTE_ORDER_MARK.len())?;
            if self.buffer == BYTE_ORDER_MARK {
                self.buffer.clear();
            }
        }
        let mut end = self.fill(false)?;
        if matches!(end, End::Unknown) {
            if let Some(long) = self.look_through()? {
                let at = long.first;
                self.take(at.offset)?;
                self.reading = Some(Reading { long, given: 0, at });
                return self.take_next();
            }
            end = self.fill(true)?;
        }
        let bytes = match end {
            End::At(boundary) => self.take(boundary)?,
            End::OfFile | End::Unknown => {
                self.ended = true;
                std::mem::take(&mut self.buffer)
            }
        };
        Ok(Taken { base: Base { lines: self.lines, ..Base::default() }, bytes, groups: None })
    }

    /// Takes the next groups of the list that is being read; behind the last, what is left of the
    /// document is passed over.
    fn take_groups(&mut self) -> io::Result<Option<Taken>> {
        let Some(Reading { long, given, at: base }) = &mut self.reading else { return Ok(None) };
        let base = *base;
        let groups = long.starts.get(*given..).unwrap_or_default();
        if groups.is_empty() {
            let (rest, lines) = (long.through.offset - long.end, long.through.lines);
            self.reading = None;
            self.take(rest)?;
            self.lines = lines;
            return Ok(None);
        }
        let enough = groups.iter().position(|group| group - base.offset >= self.least);
        let count = enough.unwrap_or(groups.len());
        let end = groups.get(count).copied().unwrap_or(long.end);
        let starts = groups.iter().take(count).map(|group| group - base.offset).collect();
        let groups = Some(Groups { form: long.form.clone(), starts });
        *given += count;
        Ok(Some(Taken { base, bytes: self.take(end - base.offset)?, groups }))
    }
}

impl<R: Again> Iterator for Windows<R> {
    type Item = Result<Window, SourceError>;

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
