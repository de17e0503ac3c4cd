//! Why a command has no answer, and the exit code that says so.
//!
//! Invariant: "no" (4) is never confused with "could not tell" (1).

use std::io;
use std::path::Path;
use std::process::ExitCode;

use ledger::Error;
use ledger::bundle::BundleError;
use ledger::tlog::TlogError;
use merkle_log::PlanError;

use crate::input::InputError;
use crate::lock;
use crate::proof::{CarryError, FileError};
use crate::signed::SignedError;
use crate::state_proof::StateFileError;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Yes, or done.
    Ok = 0,
    /// There is no answer: I/O, or a bug.
    Failed = 1,
    /// The arguments cannot be.
    Usage = 2,
    /// Not all was looked at, or nothing trusted was given to compare with.
    Incomplete = 3,
    /// The answer is no: damaged data, an invalid proof.
    No = 4,
    /// There is no store there.
    NoStore = 10,
    /// A writer has the store.
    Locked = 11,
    /// A format that this release does not read.
    Format = 12,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit codes, for every command's help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
    0  yes, or done                     10  no ledger store there
    1  no answer: I/O error, bug        11  locked by a writer
    2  wrong arguments                  12  format version not supported
    3  incomplete, or not trusted      130  interrupted
    4  the answer is no: data damaged, proof invalid";

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Arguments that contradict each other, or what is there.
    #[error("{0}")]
    Usage(String),
    /// The store.
    #[error("{0}")]
    Store(#[from] Error),
    /// Another process writes the store.
    #[error("{source}{}", .holder.map(|pid| format!(", process {pid}")).unwrap_or_default())]
    Locked {
        #[source]
        source: Error,
        holder: Option<u32>,
    },
    /// A file of the user's, or a standard stream.
    #[error("{op} {file}: {source}")]
    Io {
        op: &'static str,
        file: String,
        #[source]
        source: io::Error,
    },
    /// What was to be imported.
    #[error("{0}")]
    Input(#[from] InputError),
    /// A proof file that this release cannot judge.
    #[error("{0}")]
    Proof(#[from] FileError),
    /// A state proof file that this release cannot judge.
    #[error("{0}")]
    StateProof(#[from] StateFileError),
    /// There is no such proof.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// A proof that cannot be carried on.
    #[error("{0}")]
    Carry(#[from] CarryError),
    /// A bundle that would not hold.
    #[error("{0}")]
    Bundle(BundleError),
    /// A key, or a signed checkpoint.
    #[error("{0}")]
    Signed(#[from] SignedError),
    /// A directory of tiles.
    #[error("{0}")]
    Tlog(#[from] TlogError),
    /// No entry is found by this.
    #[error("no entry of {ledger} has the {what} {text}")]
    NotFound {
        what: &'static str,
        text: String,
        ledger: String,
    },
    /// A result that was to be measured is wrong.
    #[error("a wrong result, so no figure: {0}")]
    Bench(&'static str),
    /// The reference system computed another root.
    #[error("{ledger}: the root is {computed}, the reference system computes {expected}")]
    Reference {
        ledger: &'static str,
        computed: String,
        expected: &'static str,
    },
}

impl Failure {
    /// The error of an operation on a file.
    pub(crate) fn io(op: &'static str, file: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let file = file.into();
        move |source| Self::Io { op, file, source }
    }

    /// The error of opening a store for writing: says who writes it.
    pub(crate) fn to_write(dir: &Path) -> impl FnOnce(Error) -> Self {
        move |source| match source {
            Error::Log(hash_store::Error::Locked { .. }) => Self::Locked {
                source,
                holder: lock::holder(dir),
            },
            _ => Self::Store(source),
        }
    }

    /// The stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "E-USAGE",
            Self::Store(error) | Self::Locked { source: error, .. } => error.code(),
            Self::Io { .. } => "E-IO",
            Self::Input(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::StateProof(error) => error.code(),
            Self::Plan(_) => "E-OUT-OF-RANGE",
            Self::Carry(_) | Self::Bundle(_) => "E-PROOF",
            Self::Signed(error) => error.code(),
            Self::Tlog(error) => error.code(),
            Self::NotFound { .. } => "E-NOT-FOUND",
            Self::Bench(_) => "E-BENCH",
            Self::Reference { .. } => "E-REFERENCE",
        }
    }

    /// The exit code.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Store(error) | Self::Locked { source: error, .. } => of_store(error),
            Self::Io { .. } | Self::Input(_) | Self::Plan(_) => Exit::Failed,
            Self::Carry(_) | Self::Bundle(_) => Exit::No,
            Self::Proof(error) => error.exit(),
            Self::StateProof(error) => error.exit(),
            Self::Signed(error) => error.exit(),
            Self::Tlog(error) => of_tiles(error),
            Self::Bench(_) | Self::Reference { .. } | Self::NotFound { .. } => Exit::No,
        }
    }

    /// What to do about it, where there is something.
    pub(crate) const fn next(&self) -> Option<&'static str> {
        match self {
            Self::Store(Error::Log(hash_store::Error::NotEmpty { .. })) => {
                Some("a new store needs an empty or missing directory")
            }
            Self::Store(Error::Log(hash_store::Error::NoSuperblock(_))) => {
                Some("`ledger-tool repair DIR` makes superblocks again from the log")
            }
            Self::Store(Error::NoSuchLedger { .. }) => {
                Some("`ledger-tool info DIR` lists the ledgers of a store")
            }
            Self::Store(error) | Self::Locked { source: error, .. } => match of_store(error) {
                Exit::NoStore => Some(
                    "`ledger-tool init DIR --ledger NAME` makes a store; `ledger-tool repair DIR` makes \
                     one of a log whose superblocks are gone",
                ),
                Exit::Locked => Some(
                    "info, verify, entry, dump and proof read beside the writer, without a lock",
                ),
                Exit::Format => Some("a newer release wrote it: use that release"),
                Exit::No => Some("`ledger-tool verify DIR` says what is damaged and what is not"),
                _ => None,
            },
            _ => None,
        }
    }
}

const fn of_tiles(error: &TlogError) -> Exit {
    match error {
        TlogError::Store(error) => of_store(error),
        TlogError::Io { .. } | TlogError::TreeType { .. } | TlogError::EntryTooLong { .. } => {
            Exit::Failed
        }
        _ => Exit::No,
    }
}

const fn of_store(error: &Error) -> Exit {
    use hash_store::Error as Log;
    match error {
        Error::Log(log) => match log {
            Log::NotAStore { .. } | Log::Unfinished { .. } => Exit::NoStore,
            Log::Locked { .. } => Exit::Locked,
            Log::FormatVersion { .. } | Log::UnknownFeatures { .. } => Exit::Format,
            Log::CorruptCommitted(_)
            | Log::Unsettled(_)
            | Log::LogBehind { .. }
            | Log::MissingSegment { .. }
            | Log::DamagedHeader(_)
            | Log::NoSuperblock { .. } => Exit::No,
            _ => Exit::Failed,
        },
        Error::Mismatch { .. }
        | Error::Payload { .. }
        | Error::Body { .. }
        | Error::BaseSize { .. }
        | Error::BaseRoot { .. }
        | Error::DamagedSource { .. }
        | Error::DamagedKept(_)
        | Error::Unmade { .. }
        | Error::WrongRoot { .. } => Exit::No,
        _ => Exit::Failed,
    }
}
