//! Starting `drive` under `inject`, and reading what it told.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What goes wrong at which calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Injection {
    mode: &'static str,
    first: usize,
    last: usize,
    value: i64,
}

impl Injection {
    const fn at(mode: &'static str, call: usize, value: i64) -> Self {
        Self {
            mode,
            first: call,
            last: call,
            value,
        }
    }

    pub(crate) const fn none() -> Self {
        Self::at("none", 0, 0)
    }

    /// SIGKILL before the call.
    pub(crate) const fn kill(call: usize) -> Self {
        Self::at("kill", call, 0)
    }

    /// A write of so many bytes, then SIGKILL.
    pub(crate) const fn tear(call: usize, len: i64) -> Self {
        Self::at("tear", call, len)
    }

    /// A write of so many bytes.
    pub(crate) const fn short(call: usize, len: i64) -> Self {
        Self::at("short", call, len)
    }

    /// The call fails.
    pub(crate) const fn error(call: usize, errno: i64) -> Self {
        Self::at("error", call, errno)
    }

    /// All these calls fail.
    pub(crate) const fn errors(first: usize, last: usize, errno: i64) -> Self {
        Self {
            mode: "error",
            first,
            last,
            value: errno,
        }
    }

    pub(crate) const fn is_single(self) -> bool {
        self.first == self.last
    }

    pub(crate) fn kills(self) -> bool {
        matches!(self.mode, "kill" | "tear")
    }

    pub(crate) fn is_short(self) -> bool {
        self.mode == "short"
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            mode,
            first,
            last,
            value,
        } = self;
        write!(f, "{mode} {value} at calls {first} to {last}")
    }
}

/// A process to be started.
#[derive(Clone, Debug)]
pub(crate) struct Drive {
    arguments: Vec<String>,
}

/// What a process told before it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    /// Batches acknowledged; none while the store was being created.
    pub(crate) acknowledged: Option<u64>,
    /// So many more batches may be there.
    pub(crate) in_doubt: u64,
    /// Codes of what failed, the tries of the same thing in a row joined.
    pub(crate) failures: Vec<String>,
    /// It came to its end.
    pub(crate) ended: bool,
    pub(crate) killed: bool,
}

impl Story {
    /// In a few words.
    pub(crate) fn outcome(&self) -> String {
        let failures = self.failures.join("; ");
        match (self.killed, failures.is_empty()) {
            (true, _) => "killed".to_owned(),
            (_, true) => "nobody noticed".to_owned(),
            _ => failures,
        }
    }
}

impl Drive {
    pub(crate) fn run(store: &Path, workload: &str) -> Self {
        Self::of(&["run", store.to_str().unwrap(), workload])
    }

    pub(crate) fn prune(store: &Path) -> Self {
        Self::of(&["prune", store.to_str().unwrap()])
    }

    pub(crate) fn open(store: &Path) -> Self {
        Self::of(&["open", store.to_str().unwrap()])
    }

    fn of(arguments: &[&str]) -> Self {
        Self {
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    fn command(&self, injection: Injection, list: &str) -> Command {
        let mut command = Command::new(inject());
        let Injection {
            mode,
            first,
            last,
            value,
        } = injection;
        command
            .arg(mode)
            .args([first.to_string(), last.to_string(), value.to_string()])
            .arg(list)
            .arg(env!("CARGO_BIN_EXE_drive"))
            .args(&self.arguments);
        command
    }

    /// Runs to its end, whatever that is.
    ///
    /// # Panics
    /// Where the process panicked, or `inject` does not work here.
    pub(crate) fn with(&self, injection: Injection) -> Story {
        let output = self.command(injection, "-").output().unwrap();
        let code = output.status.code();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            matches!(code, Some(0 | 137)),
            "{injection}: {code:?}: {said}"
        );
        let mut story = Story {
            killed: code == Some(137),
            in_doubt: 1,
            ..Story::default()
        };
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["begin"] => {}
                ["acknowledged", batches] => story.acknowledged = Some(batches.parse().unwrap()),
                ["failed", code, what] => story.failures.push(format!("{what}: {code}")),
                ["again", code] => {
                    let last = story.failures.last_mut().unwrap();
                    if !last.ends_with(code) {
                        *last += &format!(", then {code}");
                    }
                }
                ["end"] => story.ended = !ends_early(&story.failures),
                _ => panic!("{injection}: {line:?}"),
            }
        }
        story
    }
}

/// Whether the last thing that was tried never went well.
fn ends_early(failures: &[String]) -> bool {
    let last = failures.last();
    last.is_some_and(|last| !last.ends_with("then ok") && !last.starts_with("closing"))
}

/// The names of all calls that a process makes.
pub(crate) fn calls_of(drive: &Drive) -> Vec<String> {
    let list = tempfile::NamedTempFile::new().unwrap();
    let path = list.path().to_str().unwrap();
    let status = drive.command(Injection::none(), path).output().unwrap();
    assert!(status.status.success(), "{status:?}");
    let names = std::fs::read_to_string(list.path()).unwrap();
    names.lines().map(str::to_owned).collect()
}

/// The compiled `inject.c`.
fn inject() -> &'static Path {
    static INJECT: OnceLock<PathBuf> = OnceLock::new();
    INJECT.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/real/inject.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Under its own name until it is whole: another test run may use the old one.
        let made = folder.join(format!("inject-{}", std::process::id()));
        let cc = Command::new("cc")
            .args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&made)
            .arg(source)
            .output()
            .expect("these tests need a C compiler, `cc`, as Rust's linker does");
        assert!(
            cc.status.success(),
            "{}",
            String::from_utf8_lossy(&cc.stderr)
        );
        let works = Command::new(&made)
            .args(["none", "0", "0", "0", "-", "/bin/true"])
            .output();
        let works = works.unwrap();
        assert!(
            works.status.success(),
            "these tests need ptrace: {}",
            String::from_utf8_lossy(&works.stderr)
        );
        let path = folder.join("inject");
        std::fs::rename(made, &path).unwrap();
        path
    })
}
