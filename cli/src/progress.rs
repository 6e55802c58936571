//! How far a long run is, for a person who waits at a terminal. Called by `command::check`; knows
//! neither files nor reports.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// From here on somebody waits.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line on a terminal that is drawn anew as the run goes on.
#[derive(Debug)]
pub struct Progress {
    /// When it is first shown; none where nobody watches.
    from: Option<Instant>,
    /// Bytes to be read, where that is known.
    of: Option<u64>,
    read: u64,
    objects: usize,
    visible: bool,
}

impl Progress {
    /// A run that starts now, watched or not.
    pub fn new(watched: bool, start: Instant, of: Option<u64>) -> Self {
        let from = watched.then(|| start + PATIENCE);
        Self { from, of, read: 0, objects: 0, visible: false }
    }

    /// Counts what was judged.
    pub fn add(&mut self, bytes: usize, objects: usize) {
        self.read += u64::try_from(bytes).unwrap_or_default();
        self.objects += objects;
    }

    /// Whether it is to be shown.
    pub fn is_due(&self, now: Instant) -> bool {
        self.from.is_some_and(|from| now >= from)
    }

    /// Draws the line; what was written before must have reached the terminal.
    pub fn show(&mut self, err: &mut dyn Write) -> io::Result<()> {
        self.visible = true;
        write!(err, "\r\x1b[Kjudged {} objects", self.objects)?;
        if let Some(of) = self.of.filter(|of| *of > 0) {
            // What is judged is not all of a file: there are lines between documents.
            let percent = self.read.saturating_mul(100) / of;
            write!(err, ", {} % of {} MB", percent.min(99), of.div_ceil(1_000_000))?;
        }
        err.flush()
    }

    /// Takes the line away before something else is written.
    pub fn clear(&mut self, err: &mut dyn Write) -> io::Result<()> {
        if std::mem::take(&mut self.visible) {
            write!(err, "\r\x1b[K")?;
            err.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_waits_and_watches_is_told() {
        let start = Instant::now();
        let later = start + PATIENCE;
        assert!(!Progress::new(false, start, None).is_due(later));
        let watched = Progress::new(true, start, None);
        assert!(!watched.is_due(start) && watched.is_due(later));
    }

    #[test]
    fn a_line_is_drawn_over_and_taken_away() {
        let mut progress = Progress::new(true, Instant::now(), Some(70_000_000));
        let mut err = Vec::new();
        progress.clear(&mut err).unwrap();
        progress.add(35_000_000, 512);
        progress.show(&mut err).unwrap();
        progress.add(70_000_000, 1);
        progress.show(&mut err).unwrap();
        progress.clear(&mut err).unwrap();
        progress.clear(&mut err).unwrap();
        let (first, second) =
            ("judged 512 objects, 50 % of 70 MB", "judged 513 objects, 99 % of 70 MB");
        let drawn = format!("\r\x1b[K{first}\r\x1b[K{second}\r\x1b[K");
        assert_eq!(String::from_utf8(err).unwrap(), drawn);
    }

    #[test]
    fn of_a_pipe_nobody_knows_the_length() {
        let mut progress = Progress::new(true, Instant::now(), None);
        let mut err = Vec::new();
        progress.add(35_000_000, 512);
        progress.show(&mut err).unwrap();
        assert_eq!(String::from_utf8(err).unwrap(), "\r\x1b[Kjudged 512 objects");
    }
}
