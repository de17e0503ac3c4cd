//! Running the tool as its users do: a process, two streams, an exit code.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The tree of the entries `entry-0` to `entry-6`.
pub(crate) const SEVEN: &str = "9139601cc1ca8ab2a7a0c2c134c04845f2b1ba549a83d6c845cfcda439cc585d";
/// The tree of no entries: the SHA-256 of nothing.
pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output as text, if the exit code is this one.
    #[track_caller]
    pub(crate) fn text(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:?}\n{}", self.err);
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Standard output as one line of JSON with this schema.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, schema: &str) -> Value {
        let text = self.text(code);
        assert_eq!(text.lines().count(), 1, "{text}");
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value["schema"], schema);
        value
    }

    /// That there is no answer but an error with this code.
    #[track_caller]
    pub(crate) fn fails(&self, exit: i32, code: &str) -> &str {
        assert_eq!(self.code, exit, "{}", self.err);
        let named = [format!("[{code}]"), format!("\"code\":\"{code}\"")];
        assert!(
            named.iter().any(|name| self.err.contains(name)),
            "{}",
            self.err
        );
        &self.err
    }
}

/// Takes from a command what the environment of the tests would tell it: what colours a
/// continuous integration asks for, a user's `LEDGER_DIR`.
pub(crate) fn bare(command: &mut Command) {
    command.env_clear();
    for name in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
}

/// A command that depends on nothing around it.
pub(crate) fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledger-tool"));
    command.current_dir(dir).stdin(Stdio::null());
    bare(&mut command);
    command
}

/// A folder to work in.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// With the store `s`, whose ledger `domain` has the entries `entry-0` to `entry-6`, each in
    /// a commit of its own.
    pub(crate) fn with_seven() -> Self {
        let place = Self::new();
        place.run("init s --ledger domain").text(0);
        let lines: String = (0..7).map(|i| format!("entry-{i}\n")).collect();
        place
            .feed("import s --ledger domain --format lines --batch 1 -", lines)
            .text(0);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Runs the tool here with arguments that have no spaces in them.
    pub(crate) fn run(&self, args: &str) -> Ran {
        self.run_in(args, &[])
    }

    pub(crate) fn run_in(&self, args: &str, env: &[(&str, &str)]) -> Ran {
        let mut command = command(self.dir.path());
        command.args(args.split_whitespace());
        command.envs(env.iter().copied());
        Ran::of(command.output().unwrap())
    }

    /// Runs the tool with this standard input.
    pub(crate) fn feed(&self, args: &str, input: impl AsRef<[u8]>) -> Ran {
        let mut child = self.spawn(args);
        let mut stdin = child.stdin.take().unwrap();
        // A tool that refuses its input closes it.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Starts the tool with pipes.
    pub(crate) fn spawn(&self, args: &str) -> Child {
        let mut command = command(self.dir.path());
        command
            .args(args.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Copies a store, whoever writes it.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Changes bytes of a file in place.
pub(crate) fn patch(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    // Sealed segments are read-only.
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Where some bytes stand in others, for the first time.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> usize {
    let mut windows = haystack.windows(needle.len());
    windows.position(|window| window == needle).unwrap()
}
