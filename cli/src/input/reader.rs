//! What a file or a pipe is read from, and parts of it once more. Called by `input`; knows nothing of
//! what is read.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
};

use probity_catalog::source::Again;

/// Something that is read.
pub(super) enum Reader {
    /// A file, which can be read again.
    File(BufReader<File>),
    /// What gives its bytes once.
    Pipe(Pipe),
}

/// A pipe; what may be read again is copied.
pub(super) struct Pipe {
    input: Box<dyn BufRead>,
    kept: Option<Kept>,
}

/// What was read since the last place that was asked for, in a file without a name: nobody else can
/// open it, and nothing is left of it when the command ends, however it ends.
struct Kept {
    file: File,
    /// Bytes in the file.
    written: u64,
    /// How far they were given.
    given: u64,
    /// What did not fit into it.
    rest: Vec<u8>,
    /// Whether what is read is still to be copied.
    open: bool,
}

impl Reader {
    /// Of what was opened under a name.
    pub(super) fn of(file: File) -> io::Result<Self> {
        let is_file = file.metadata()?.is_file();
        let input = BufReader::new(file);
        Ok(if is_file { Self::File(input) } else { Self::piped(input) })
    }

    /// Of what cannot be read again.
    pub(super) fn piped(input: impl BufRead + 'static) -> Self {
        Self::Pipe(Pipe { input: Box::new(input), kept: None })
    }

    /// The first bytes, without taking them.
    pub(super) fn first(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::File(input) => input.fill_buf(),
            Self::Pipe(pipe) => pipe.input.fill_buf(),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(input) => input.read(buffer),
            Self::Pipe(pipe) => pipe.read(buffer),
        }
    }
}

impl Again for Reader {
    fn place(&mut self) -> io::Result<Option<u64>> {
        match self {
            Self::File(input) => input.stream_position().map(Some),
            Self::Pipe(pipe) => Ok(pipe.keep()),
        }
    }

    fn go_back(&mut self, place: u64) -> io::Result<()> {
        match self {
            Self::File(input) => input.seek(SeekFrom::Start(place)).map(drop),
            Self::Pipe(pipe) => {
                if let Some(kept) = &mut pipe.kept {
                    (kept.given, kept.open) = (place, false);
                }
                Ok(())
            }
        }
    }
}

impl Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(kept) = &mut self.kept else { return self.input.read(buffer) };
        if kept.given < kept.written || !kept.rest.is_empty() {
            return kept.read(buffer);
        }
        let length = self.input.read(buffer)?;
        if kept.open {
            kept.write(buffer.get(..length).unwrap_or_default())?;
        }
        Ok(length)
    }

    /// Copies what is read from here on; the place in the copy, or none where there can be none.
    fn keep(&mut self) -> Option<u64> {
        if let Some(kept) = &mut self.kept {
            if kept.given == kept.written && kept.rest.is_empty() {
                kept.file.set_len(0).ok()?;
                (kept.given, kept.written) = (0, 0);
            }
            kept.open = kept.rest.is_empty();
            return kept.open.then_some(kept.given);
        }
        let file = tempfile::tempfile().ok()?;
        self.kept = Some(Kept { file, written: 0, given: 0, rest: Vec::new(), open: true });
        Some(0)
    }
}

impl Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.written {
            let length = self.rest.as_slice().read(buffer)?;
            self.rest.drain(..length);
            return Ok(length);
        }
        self.file.seek(SeekFrom::Start(self.given))?;
        let most = self.written - self.given;
        let length = (&self.file).take(most).read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.given += u64::try_from(length).unwrap_or_default();
        Ok(length)
    }

    /// What cannot be written is not lost: it is given with what was, once that is read again.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.seek(SeekFrom::Start(self.written));
        if let Err(error) = written.and_then(|_| self.file.write_all(bytes)) {
            self.rest = bytes.to_vec();
            self.open = false;
            return Err(error);
        }
        self.written += u64::try_from(bytes.len()).unwrap_or_default();
        self.given = self.written;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piped(text: &'static str) -> Reader {
        Reader::piped(text.as_bytes())
    }

    fn read(reader: &mut Reader, length: u64) -> String {
        let mut text = String::new();
        reader.take(length).read_to_string(&mut text).unwrap();
        text
    }

    fn reads_again(mut reader: Reader) {
        assert_eq!(reader.first().unwrap(), b"one two three four");
        assert_eq!(read(&mut reader, 4), "one ");
        let place = reader.place().unwrap().unwrap();
        assert_eq!(read(&mut reader, 9), "two three");
        reader.go_back(place).unwrap();
        assert_eq!(read(&mut reader, 4), "two ");
        // What was read ahead is not lost, and can be read a third time.
        let place = reader.place().unwrap().unwrap();
        assert_eq!(read(&mut reader, 20), "three four");
        reader.go_back(place).unwrap();
        assert_eq!(read(&mut reader, 7), "three f");
        let place = reader.place().unwrap().unwrap();
        assert_eq!(read(&mut reader, 1), "o");
        reader.go_back(place).unwrap();
        assert_eq!(read(&mut reader, 20), "our");
    }

    #[test]
    fn a_pipe_is_read_again() {
        reads_again(piped("one two three four"));
    }

    #[test]
    fn a_file_is_read_again() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one two three four").unwrap();
        file.rewind().unwrap();
        reads_again(Reader::of(file).unwrap());
    }

    #[test]
    fn what_was_copied_is_forgotten_once_it_is_read() {
        let mut reader = piped("one two three four");
        let place = reader.place().unwrap().unwrap();
        read(&mut reader, 8);
        reader.go_back(place).unwrap();
        read(&mut reader, 8);
        assert_eq!(reader.place().unwrap(), Some(0));
        let Reader::Pipe(Pipe { kept: Some(kept), .. }) = &reader else { panic!() };
        assert_eq!(kept.file.metadata().unwrap().len(), 0);
    }

    /// As on a disk that is full.
    #[test]
    fn what_cannot_be_copied_is_not_lost() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let file = File::open(path.path()).unwrap();
        let kept = Kept { file, written: 0, given: 0, rest: Vec::new(), open: true };
        let mut reader =
            Reader::Pipe(Pipe { input: Box::new(&b"one two three"[..]), kept: Some(kept) });
        assert!(reader.read(&mut [0; 4]).is_err());
        reader.go_back(0).unwrap();
        assert_eq!(read(&mut reader, 2), "on");
        assert_eq!(reader.place().unwrap(), None);
        assert_eq!(read(&mut reader, 20), "e two three");
    }
}
