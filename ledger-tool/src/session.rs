//! What all commands share: the options of every command, and the two streams.
//!
//! Invariant: a reader of stdout that went away is no error and ends nothing that was asked for.

use std::cell::OnceCell;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use hash_store::{FileStorage, MemStorage, Storage};
use ledger::{Durability, Reader};
use serde::Serialize;
use tempfile::TempDir;

use crate::cli::{Global, ProgressMode, When};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::progress::Progress;
use crate::stop::Stop;
use crate::watched::Watch;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The options of every command.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) json: bool,
    pub(crate) verbose: bool,
    quiet: bool,
    progress: ProgressMode,
    maps: bool,
    directory: Option<PathBuf>,
    /// Where indexes are made anew that a store lacks; removed at the end.
    scratch: OnceCell<Option<TempDir>>,
}

/// A warning about a store that is read.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProblemDoc {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// An error, as a JSON document on stderr.
#[derive(Serialize)]
struct ErrorDoc<'a> {
    schema: &'static str,
    code: &'static str,
    message: String,
    exit_code: u8,
    next: Option<&'a str>,
}

impl Session {
    pub(crate) fn new(global: &Global) -> Self {
        let color = match global.color {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        };
        color.write_global();
        if global.bytes {
            human::print_exact_bytes();
        }
        Self {
            json: global.json,
            verbose: global.verbose,
            quiet: global.quiet,
            progress: global.progress,
            maps: !global.no_mmap,
            directory: global.directory.clone(),
            scratch: OnceCell::new(),
        }
    }

    /// The directory that the argument or `-C` gives.
    pub(crate) fn given_directory(
        &self,
        argument: Option<PathBuf>,
    ) -> Result<Option<PathBuf>, Failure> {
        match (argument, &self.directory) {
            (Some(argument), Some(option)) => Err(Failure::Usage(format!(
                "two directories: {} and -C {}",
                argument.display(),
                option.display()
            ))),
            (argument, option) => Ok(argument.or_else(|| option.clone())),
        }
    }

    /// The store's directory: the argument, `-C`, or `LEDGER_DIR`.
    pub(crate) fn directory(&self, argument: Option<PathBuf>) -> Result<PathBuf, Failure> {
        let given = self.given_directory(argument)?;
        let from_environment = || std::env::var_os("LEDGER_DIR").filter(|dir| !dir.is_empty());
        let dir = given.or_else(|| from_environment().map(PathBuf::from));
        let missing = "no directory: give DIR, -C DIR or LEDGER_DIR";
        dir.ok_or_else(|| Failure::Usage(missing.to_owned()))
    }

    pub(crate) fn storage(&self, dir: &Path) -> Arc<dyn Storage> {
        let storage = FileStorage::new(dir);
        Arc::new(if self.maps {
            storage
        } else {
            storage.without_maps()
        })
    }

    /// Watches what a command reads and writes, of about `total` bytes that it has to read.
    pub(crate) fn watch(&self, what: &'static str, total: Option<u64>) -> Result<Watch, Failure> {
        let stop = Stop::listen()?;
        Ok(Watch::new(stop, self.progress(what, None), total))
    }

    /// Indexes that a store lacks are made in a temporary directory: memory is for small ones, and
    /// for where there is no such directory.
    pub(crate) fn scratch(&self) -> Arc<dyn Storage> {
        let make = || {
            tempfile::Builder::new()
                .prefix("ledger-tool-")
                .tempdir()
                .ok()
        };
        match self.scratch.get_or_init(make) {
            Some(dir) => self.storage(dir.path()),
            None => Arc::new(MemStorage::new()),
        }
    }

    /// Opens a store for reading, and warns of what is not as it should be.
    pub(crate) fn reader(&self, dir: &Path) -> Result<Reader, Failure> {
        self.reader_in(self.storage(dir))
    }

    /// As [`Session::reader`], of a store that is watched.
    pub(crate) fn reader_in(&self, storage: Arc<dyn Storage>) -> Result<Reader, Failure> {
        let reader = Reader::open_in(storage, self.scratch())?;
        if let Some(problem) = problem_of(&reader) {
            self.warn(&format!("{} {}", problem.code, problem.message));
            self.warn("what verifies is served; `ledger-tool verify` looks at all of it");
        }
        if reader.durability() == Durability::Unknown {
            self.warn(
                "the store was not closed in order: its last commits verify, \
                 and may still be taken away by the next writer",
            );
        }
        Ok(reader)
    }

    pub(crate) fn progress(&self, what: &'static str, total: Option<u64>) -> Progress {
        let mode = if self.quiet {
            ProgressMode::None
        } else {
            self.progress
        };
        Progress::new(mode, what, total)
    }

    /// What a command answers that was stopped: what it left, on stderr.
    pub(crate) fn interrupted(&self, left: &str) -> Result<Exit, Failure> {
        self.note(&format!("interrupted: {left}"));
        Ok(Exit::Interrupted)
    }

    /// Prints an answer.
    pub(crate) fn answer(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        heard(written.and_then(|()| stdout.flush()))?;
        Ok(())
    }

    /// Prints an answer as one line of JSON.
    pub(crate) fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.answer(&(to_json(document)? + "\n"))
    }

    /// Says something on stderr.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Says something on stderr if asked to.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            say(text);
        }
    }

    /// Warns on stderr.
    pub(crate) fn warn(&self, text: &str) {
        if !self.quiet {
            say(&format!("{UNSURE}warning{UNSURE:#}: {text}"));
        }
    }

    /// Says on stderr why there is no answer.
    pub(crate) fn report(&self, failure: &Failure) {
        let (code, next) = (failure.code(), failure.next());
        if self.json {
            let document = ErrorDoc {
                schema: "ledger-tool.error/1",
                code,
                message: failure.to_string(),
                exit_code: failure.exit() as u8,
                next,
            };
            if let Ok(text) = to_json(&document) {
                say(&text);
            }
            return;
        }
        let message = human::safe(&failure.to_string());
        say(&format!("{BAD}error{BAD:#}: {message} [{code}]"));
        if let Some(next) = next {
            say(&format!("next: {next}"));
        }
        if code != "E-USAGE" {
            say(&format!("see:  ledger-tool explain {code}"));
        }
    }
}

/// The first thing a reader found that does not verify.
pub(crate) fn problem_of(reader: &Reader) -> Option<ProblemDoc> {
    reader.problem().map(|problem| ProblemDoc {
        code: problem.code(),
        message: problem.to_string(),
    })
}

pub(crate) const fn durability_name(reader: Durability) -> &'static str {
    match reader {
        Durability::Durable => "durable",
        Durability::Unknown => "unknown",
    }
}

pub(crate) fn to_json(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(document)
        .map_err(io::Error::from)
        .map_err(Failure::io("encode", "the answer"))
}

/// Whether somebody still reads stdout.
pub(crate) fn heard(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::io("write", "standard output")(error)),
    }
}

fn say(text: &str) {
    // If nobody hears the talk, the work goes on.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
