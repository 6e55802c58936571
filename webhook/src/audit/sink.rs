//! Where evidence lines go: a bounded buffer and a thread that writes it out.
//!
//! A review never waits for the output: where that does not keep up, lines are dropped and counted
//! by the caller. Knows bytes, not events. Made by `main`, written to through `audit`.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes that wait at most.
const BUFFER: usize = 4 << 20;
/// Pause between two writes, so that a busy server writes many lines at once.
const PAUSE: Duration = Duration::from_millis(1);
/// How long `flush` waits for a stuck output.
const FLUSH: Duration = Duration::from_secs(5);

/// The way to the evidence output; clones share it.
#[derive(Clone)]
pub struct Evidence {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<u8>,
    /// The thread sleeps until it is woken.
    idle: bool,
    /// The thread holds lines that are not written yet.
    writing: bool,
    /// The output is broken; nothing more is taken.
    broken: bool,
}

impl Evidence {
    /// Writes to `output` from a thread of its own.
    pub fn new(output: impl Write + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        let writer = Arc::clone(&shared);
        thread::Builder::new()
            .name("evidence".to_owned())
            .spawn(move || writer.write_out(output))?;
        Ok(Self { shared })
    }

    /// Takes one line over (without its line break); says whether there was room.
    pub fn record(&self, line: &[u8]) -> bool {
        let mut queue = self.shared.lock();
        if queue.broken || queue.waiting.len() + line.len() > BUFFER {
            return false;
        }
        queue.waiting.extend_from_slice(line);
        queue.waiting.push(b'\n');
        if queue.idle {
            self.shared.filled.notify_one();
        }
        true
    }

    /// Waits until everything taken over so far is written, but not for ever.
    pub fn flush(&self) {
        let queue = self.shared.lock();
        let unwritten =
            |queue: &mut Queue| !queue.broken && (queue.writing || !queue.waiting.is_empty());
        drop(self.shared.emptied.wait_timeout_while(queue, FLUSH, unwritten));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_out(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        loop {
            let mut queue = self.lock();
            while queue.waiting.is_empty() {
                queue.idle = true;
                queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle = false;
            }
            std::mem::swap(&mut queue.waiting, &mut batch);
            queue.writing = true;
            drop(queue);

            let written = output.write_all(&batch).and_then(|()| output.flush());
            batch.clear();
            batch.shrink_to(256 << 10);
            let mut queue = self.lock();
            queue.writing = false;
            if let Err(error) = written {
                queue.broken = true;
                self.emptied.notify_all();
                return tracing::error!(%error, "evidence can no longer be written");
            }
            if queue.waiting.is_empty() {
                self.emptied.notify_all();
            }
            drop(queue);
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_out_whole_and_in_order() {
        let output = Shared::default();
        let evidence = Evidence::new(output.clone()).unwrap();
        for number in 0..500 {
            assert!(evidence.record(format!("line {number}").as_bytes()));
        }
        evidence.flush();
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        let expected: String =
            (0..500).fold(String::new(), |text, number| format!("{text}line {number}\n"));
        assert_eq!(text, expected);
    }

    #[test]
    fn a_stuck_output_drops_lines_and_blocks_nobody() {
        struct Stuck(mpsc::Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (release, stuck) = mpsc::channel();
        let evidence = Evidence::new(Stuck(stuck)).unwrap();
        let line = vec![b'x'; 1 << 20];
        let taken = (0..12).filter(|_| evidence.record(&line)).count();
        assert!((3..=5).contains(&taken), "{taken}");
        drop(release);
        evidence.flush();
    }

    #[test]
    fn a_broken_output_is_not_written_to_again() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let evidence = Evidence::new(Broken).unwrap();
        assert!(evidence.record(b"one"));
        evidence.flush();
        assert!(!evidence.record(b"two"));
    }
}
