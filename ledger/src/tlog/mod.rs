//! Logs as static files: C2SP tlog-tiles directories written from a ledger, and read into one.
//!
//! ```text
//! checkpoint                   signed: origin, size and root
//! tile/<level>/<index>         256 hashes, or the partial tile <index>.p/<width>
//! tile/entries/<index>         the entries below a tile of level 0
//! ```
//!
//! Invariants:
//!
//! - the checkpoint is written last: whatever it states is there;
//! - what is read counts only once it led to the root of a checkpoint that a known key signed.

mod export;
mod read;

use std::io;
use std::path::Path;
use std::string::String;

use merkle_log::note::NoteError;
use merkle_log::tlog::{BundleError, TlogTileError};
use merkle_log::{Hash, ProofError, TreeSize, TreeType};

use crate::error::Error;

pub use export::{Exported, export};
pub use read::TileDirectory;

/// The file of the checkpoint.
const CHECKPOINT: &str = "checkpoint";

/// A directory of tiles cannot be written or believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlogError {
    /// The store.
    #[error(transparent)]
    Store(#[from] Error),
    /// A file of the directory.
    #[error("{op} {file}: {source}")]
    Io {
        /// What was done to the file.
        op: &'static str,
        /// The file.
        file: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Only SHA-256 trees have tiles that others read.
    #[error("tiles are for sha256 trees, this is one of {tree}")]
    TreeType {
        /// Type of the tree.
        tree: TreeType,
    },
    /// An entry is longer than a bundle can say.
    #[error("entry {index} has {len} bytes, a bundle takes entries of at most {limit}")]
    EntryTooLong {
        /// The entry's leaf index.
        index: u64,
        /// Its length in bytes.
        len: usize,
        /// The most there can be.
        limit: usize,
    },
    /// A checkpoint cannot be read, or no known key signed it.
    #[error("{file}: {source}")]
    Checkpoint {
        /// The file.
        file: String,
        /// Why.
        source: NoteError,
    },
    /// The checkpoint is of another log.
    #[error("the checkpoint is of {got}, expected {expected}")]
    OtherOrigin {
        /// The origin there should be.
        expected: String,
        /// The origin stated.
        got: String,
    },
    /// A checkpoint and a ledger have different roots at one size, or one is too small.
    #[error("at size {size} the checkpoint has the root {stated}, the ledger {computed}")]
    OtherRoot {
        /// The size.
        size: TreeSize,
        /// The root of the checkpoint.
        stated: Hash,
        /// The root of the ledger.
        computed: Hash,
    },
    /// The ledger has fewer entries than the directory it is exported to, or more than the
    /// directory it is imported from.
    #[error("the checkpoint is of size {stated}, the ledger has {size}")]
    OtherSize {
        /// The size of the checkpoint.
        stated: TreeSize,
        /// The size of the ledger.
        size: TreeSize,
    },
    /// A tile has not the bytes of its width.
    #[error("{file}: {source}")]
    Tile {
        /// The file.
        file: String,
        /// Why.
        source: TlogTileError,
    },
    /// An entry bundle does not decode.
    #[error("{file}: {source}")]
    Bundle {
        /// The file.
        file: String,
        /// Why.
        source: BundleError,
    },
    /// Entries or tiles do not lead to the checkpoint's root.
    #[error("{file} does not lead to the checkpoint's root: {source}")]
    Unproven {
        /// The file, or what was compared.
        file: String,
        /// Why.
        source: ProofError,
    },
}

impl TlogError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Io { .. } => "E-IO",
            Self::TreeType { .. } => "E-TLOG-TREE",
            Self::EntryTooLong { .. } => "E-TLOG-ENTRY",
            Self::Checkpoint { .. }
            | Self::OtherOrigin { .. }
            | Self::OtherRoot { .. }
            | Self::OtherSize { .. } => "E-CHECKPOINT",
            Self::Tile { .. } | Self::Bundle { .. } | Self::Unproven { .. } => "E-TLOG-TILE",
        }
    }
}

fn io_error(op: &'static str, file: &Path) -> impl FnOnce(io::Error) -> TlogError {
    let file = file.display().to_string();
    move |source| TlogError::Io { op, file, source }
}
