//! A child process that ends with its owner, whatever ends the owner.
//!
//! Suites keep servers in statics, which are never dropped, and tests panic or are killed. So each
//! child runs under a small shell that holds one end of a pipe and kills the child when the other
//! end closes, which the operating system does when the owner is gone. Knows nothing of what it
//! runs. Called by the other modules of the harness.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs its arguments until they end by themselves or until standard input does. Signals to the
/// whole group leave the watcher alone: the child may take its time over them, or hang.
const LEASH: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ trap '' HUP INT TERM; cat; kill -KILL "$child"; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
"#;

/// How often a starting process is asked whether it is ready.
const POLL: Duration = Duration::from_millis(50);

/// A command that [`Process::spawn`] takes; arguments and environment are added as to any other.
/// Its environment is clean but for what programs need to run at all.
pub fn leashed(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", LEASH, "sh"]).arg(program).env_clear();
    for name in ["PATH", "HOME", "TMPDIR", "LANG"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A running tool.
#[derive(Debug)]
pub struct Process {
    name: String,
    leash: Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Start a [`leashed`] command under `name`; what it prints goes to `<name>.log` in `folder`.
    pub fn spawn(name: &str, mut command: Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let printed = File::create(&log).expect("a log file can be made");
        let errors = printed.try_clone().expect("a handle can be copied");
        command.stdin(Stdio::piped()).stdout(printed).stderr(errors);
        let mut leash = command.spawn().expect("sh runs");
        let lifeline = leash.stdin.take();
        Self { name: name.to_owned(), leash, lifeline, log }
    }

    /// Poll `ready` until it holds. Panics with the log's end when the process ends before that, or
    /// `patience` does.
    pub fn wait_until(&mut self, patience: Duration, mut ready: impl FnMut() -> bool) {
        let deadline = Instant::now() + patience;
        while !ready() {
            self.expect_running(deadline);
            thread::sleep(POLL);
        }
    }

    /// [`Self::wait_until`] for a question that takes a while itself.
    pub async fn wait_until_async(
        &mut self,
        patience: Duration,
        mut ready: impl AsyncFnMut() -> bool,
    ) {
        let deadline = Instant::now() + patience;
        while !ready().await {
            self.expect_running(deadline);
            tokio::time::sleep(POLL).await;
        }
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn expect_running(&mut self, deadline: Instant) {
        let what = match self.leash.try_wait().ok().flatten() {
            Some(status) => format!("ended early ({status})"),
            None if Instant::now() > deadline => "did not get ready in time".to_owned(),
            None => return,
        };
        let printed = self.printed();
        let lines: Vec<&str> = printed.lines().collect();
        let tail: Vec<&str> = lines.iter().copied().skip(lines.len().saturating_sub(20)).collect();
        panic!("{} {what}; it last printed:\n{}", self.name, tail.join("\n"));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The leash ends as soon as the child has; there is nothing to do about an error here.
        let _ = self.leash.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;

    use super::*;

    fn alive(pid: &str) -> bool {
        // A killed process may stay as a zombie until its parent has waited for it.
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !status.is_empty() && !status.contains(") Z ")
    }

    fn sleeper(folder: &Path) -> (Process, String) {
        let mut command = leashed("sh");
        command.args(["-c", "echo $$; exec sleep 60"]);
        let mut process = Process::spawn("sleeper", command, folder);
        process.wait_until(Duration::from_secs(10), || first_line(folder).is_some());
        (process, first_line(folder).unwrap())
    }

    /// What the only child in this folder printed first: its process id.
    fn first_line(folder: &Path) -> Option<String> {
        let log = fs::read_dir(folder).unwrap().flatten().next()?;
        let text = fs::read_to_string(log.path()).unwrap();
        text.split_once('\n').map(|(line, _)| line.to_owned())
    }

    #[test]
    fn child_ends_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (process, pid) = sleeper(folder.path());
        assert!(alive(&pid));
        drop(process);
        assert!(!alive(&pid), "process {pid} outlived its owner");
    }

    #[test]
    fn child_ends_when_only_the_pipe_closes() {
        let folder = tempfile::tempdir().unwrap();
        let (mut process, pid) = sleeper(folder.path());
        drop(process.lifeline.take());
        process.leash.wait().unwrap();
        assert!(!alive(&pid), "process {pid} outlived the pipe");
    }

    #[test]
    fn child_that_ignores_the_signal_of_its_owner_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = leashed("sh");
        command.process_group(0).args(["-c", "trap '' TERM; echo $$; while :; do sleep 1; done"]);
        let mut process = Process::spawn("stubborn", command, folder.path());
        process.wait_until(Duration::from_secs(10), || first_line(folder.path()).is_some());
        let pid = first_line(folder.path()).unwrap();
        let group = format!("-{}", process.leash.id());
        let killed = Command::new("kill").args(["-TERM", "--", &group]).status().unwrap();
        assert!(killed.success());
        process.leash.wait().unwrap();
        assert!(alive(&pid), "it did not ignore the signal");
        drop(process.lifeline.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while alive(&pid) {
            assert!(Instant::now() < deadline, "process {pid} outlived its owner");
            thread::sleep(POLL);
        }
    }

    #[test]
    #[should_panic(expected = "ended early (exit status: 3); it last printed:\nno such luck")]
    fn early_end_shows_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = leashed("sh");
        command.args(["-c", "echo no such luck; exit 3"]);
        let mut process = Process::spawn("luckless", command, folder.path());
        process.wait_until(Duration::from_secs(10), || false);
    }
}
