//! The processes of a local network's nodes.
//!
//! Invariant: a process is taken for a node only if it was started with that node's configuration,
//! so that an old number in a file harms nobody.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::output::Failure;

/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(20);
/// Lines of a log that are shown when a node does not start.
const LOG_LINES: usize = 5;

/// How long a new process is waited for to be known by its command line.
const NEW_MAX: Duration = Duration::from_secs(1);

/// The process of the node in a directory, whether it runs or not.
#[derive(Debug)]
pub(super) struct Process {
    dir: PathBuf,
}

impl Process {
    pub(super) const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn config(&self) -> PathBuf {
        self.dir.join("ledgerd.toml")
    }

    /// Its number, if it runs.
    pub(super) fn running(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.dir.join("pid")).ok()?;
        let pid: i32 = text.trim().parse().ok()?;
        // A process that ended and was not waited for has no command line.
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let config = self.config();
        let config = config.as_os_str().as_encoded_bytes();
        let mut arguments = command.split(|byte| *byte == 0);
        arguments
            .any(|argument| argument == config)
            .then(|| Pid::from_raw(pid))?
    }

    /// Starts it, in its own group, so that Ctrl-C in the terminal is not for it.
    pub(super) fn start(&self) -> Result<(), Failure> {
        use std::os::unix::process::CommandExt;
        let program = ledgerd()?;
        let log = self.dir.join("log");
        let in_log = |source| Failure::io("write", log.display())(source);
        let out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(in_log)?;
        let err = out.try_clone().map_err(in_log)?;
        let mut child = Command::new(&program)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .map_err(Failure::io("start", program.display()))?;
        let file = self.dir.join("pid");
        let written = fs::write(&file, child.id().to_string());
        written.map_err(Failure::io("write", file.display()))?;
        // For a moment a new process has no command line, as one that ended has none.
        let deadline = Instant::now() + NEW_MAX;
        while self.running().is_none()
            && matches!(child.try_wait(), Ok(None))
            && Instant::now() < deadline
        {
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Kills it with SIGKILL. Returns whether it ran.
    pub(super) async fn kill(&self, patience: Duration) -> Result<bool, Failure> {
        self.signal(Signal::KILL, patience).await
    }

    /// Asks it to stop, and waits until it has. Returns whether it ran.
    pub(super) async fn stop(&self, patience: Duration) -> Result<bool, Failure> {
        self.signal(Signal::TERM, patience).await
    }

    async fn signal(&self, signal: Signal, patience: Duration) -> Result<bool, Failure> {
        let Some(pid) = self.running() else {
            return Ok(false);
        };
        match kill_process(pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => return Err(Failure::io("signal", pid.as_raw_nonzero())(error.into())),
        }
        let deadline = Instant::now() + patience;
        while self.running().is_some() || is_ending(pid) {
            if Instant::now() >= deadline {
                let dir = self.dir.display();
                let text = format!("{dir}: process {} does not end", pid.as_raw_nonzero());
                return Err(Failure::Node(text));
            }
            sleep(LOOK).await;
        }
        let _ = fs::remove_file(self.dir.join("pid"));
        Ok(true)
    }

    /// The end of what it said.
    pub(super) fn last_words(&self) -> String {
        let text = fs::read(self.dir.join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES);
        lines.get(from..).unwrap_or_default().join("\n")
    }
}

/// Whether threads of a process that was ended are still on their way out: one that waits for a disk
/// keeps the ports and the locks of all, after the process has lost its command line.
fn is_ending(pid: Pid) -> bool {
    let path = format!("/proc/{}", pid.as_raw_nonzero());
    let read = |file| fs::read(format!("{path}/{file}"));
    let (Ok(command), Ok(stat)) = (read("cmdline"), read("stat")) else {
        return false;
    };
    if !command.is_empty() {
        return false;
    }
    let threads = fs::read_dir(format!("{path}/task")).map_or(0, Iterator::count);
    // The state stands behind the name, which is in brackets and may hold any byte.
    let state = stat.iter().rposition(|byte| *byte == b')');
    let state = state.and_then(|end| stat.get(end + 2));
    threads > 1 || !matches!(state, Some(b'Z' | b'X'))
}

/// The program of nodes: it lies beside this one.
fn ledgerd() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::io("find", "ledgerctl"))?;
    let dir = own.parent().unwrap_or(Path::new(""));
    let beside = dir.join("ledgerd");
    match beside.is_file() {
        true => Ok(beside),
        false => Err(Failure::Node(format!(
            "there is no ledgerd in {}",
            dir.display()
        ))),
    }
}
