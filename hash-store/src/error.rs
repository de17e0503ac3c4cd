//! What can go wrong with a store's files, in one enumeration.

use std::io;

use crate::layout::Flaw;

/// Result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Bytes that do not verify, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Name of the file in the store's directory.
    pub file: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Number of the batch, where it is known; 0 otherwise.
    pub batch: u64,
    /// What does not verify.
    pub flaw: Flaw,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            offset,
            batch,
            flaw,
        } = self;
        write!(f, "{file} at {offset} (batch {batch}): {flaw}")
    }
}

/// Errors of the record log and the files beside it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("{op} {file}: {source}")]
    Io {
        /// What was tried.
        op: &'static str,
        /// On which file.
        file: String,
        /// The answer.
        #[source]
        source: io::Error,
    },
    /// There is no store in this directory.
    #[error("no ledger store in {location}")]
    NotAStore {
        /// Where it was looked for.
        location: String,
    },
    /// The creation of a store was cut short here; creating it again takes the place of what is left.
    #[error("the creation of a store in {location} was cut short: create it again")]
    Unfinished {
        /// Where it was to be created.
        location: String,
    },
    /// There is a store already, or other files, where one was to be created.
    #[error("{location} is not empty")]
    NotEmpty {
        /// Where it was to be created.
        location: String,
    },
    /// Another handle holds the writer's lock.
    #[error("the store in {location} is locked by another writer")]
    Locked {
        /// Which store.
        location: String,
    },
    /// A file was written in a format that this release does not read.
    #[error("{file} has format version {found}, this release reads version {expected}")]
    FormatVersion {
        /// Which file.
        file: String,
        /// The version this release reads.
        expected: u32,
        /// The version of the file.
        found: u32,
    },
    /// A file uses features that this release does not know.
    #[error("{file} uses unknown features {bits:#x}{}", if *.writing { " that forbid writing" } else { "" })]
    UnknownFeatures {
        /// Which file.
        file: String,
        /// The unknown bits.
        bits: u64,
        /// Whether they forbid only writing.
        writing: bool,
    },
    /// A file's header or a superblock does not verify.
    #[error("damaged header: {0}")]
    DamagedHeader(Damage),
    /// Neither superblock verifies.
    #[error("neither superblock verifies: {}; {}", .0[0], .0[1])]
    NoSuperblock(Box<[Damage; 2]>),
    /// A segment that the log needs is not there.
    #[error("segment {number} is missing")]
    MissingSegment {
        /// Its number.
        number: u64,
    },
    /// Data that was acknowledged does not verify. It is never cut away.
    #[error("damage to committed data: {0}")]
    CorruptCommitted(Damage),
    /// The last batch does not verify, and nothing on this disk can tell a tear from damage.
    #[error("the last batch cannot be settled: {0}")]
    Unsettled(Damage),
    /// The log ends before what the superblock or a derived file covers.
    #[error("the log ends before batch {expected}, which was durable")]
    LogBehind {
        /// The batch that must be there.
        expected: u64,
    },
    /// The disk has no room for what has to be written. Nothing was committed.
    #[error("no room on the disk: {file}")]
    StoreFull {
        /// The file that could not grow.
        file: String,
    },
    /// A batch is longer than the store's limit.
    #[error("{what} of {len} bytes, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its length in bytes.
        len: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// An earlier write or sync failed: whether it is durable shows only after reopening.
    #[error("poisoned by an earlier failure ({reason}): reopen to learn what is durable")]
    Poisoned {
        /// The earlier failure.
        reason: String,
    },
    /// This process is a fork of the one that opened the store.
    #[error("the store was opened by process {opened}, this is process {current}")]
    Forked {
        /// The process that opened the store.
        opened: u32,
        /// This process.
        current: u32,
    },
    /// Something was asked for beyond what is published.
    #[error("position {offset} of {file} is beyond what is published")]
    Unpublished {
        /// Which file.
        file: String,
        /// The offset asked for.
        offset: u64,
    },
}

impl Error {
    /// The stable code, as in findings and `ledger-tool explain`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "E-IO",
            Self::NotAStore { .. } => "E-NO-STORE",
            Self::Unfinished { .. } => "E-UNFINISHED",
            Self::NotEmpty { .. } => "E-NOT-EMPTY",
            Self::Locked { .. } => "E-LOCKED",
            Self::FormatVersion { .. } => "E-FORMAT-VERSION",
            Self::UnknownFeatures { .. } => "E-FEATURES",
            Self::DamagedHeader(damage) | Self::CorruptCommitted(damage) => damage.flaw.kind.code(),
            Self::NoSuperblock(_) => "E-SUPERBLOCK",
            Self::MissingSegment { .. } => "E-MISSING-SEGMENT",
            Self::Unsettled(_) => "E-UNSETTLED",
            Self::LogBehind { .. } => "E-LOG-BEHIND",
            Self::StoreFull { .. } => "E-STORE-FULL",
            Self::TooLarge { .. } => "E-TOO-LARGE",
            Self::Poisoned { .. } => "E-POISONED",
            Self::Forked { .. } => "E-FORKED",
            Self::Unpublished { .. } => "E-UNPUBLISHED",
        }
    }

    /// The damage this error tells of, if it does.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        match self {
            Self::DamagedHeader(damage)
            | Self::CorruptCommitted(damage)
            | Self::Unsettled(damage) => Some(damage),
            Self::NoSuperblock(damages) => damages.first(),
            _ => None,
        }
    }

    /// An error of the operating system, with a full disk told apart.
    pub(crate) fn io(op: &'static str, file: &str, source: io::Error) -> Self {
        if is_full(&source) {
            return Self::StoreFull {
                file: file.to_owned(),
            };
        }
        Self::Io {
            op,
            file: file.to_owned(),
            source,
        }
    }
}

/// Whether there is no room: on the disk, in the quota, or in what a file may be.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
