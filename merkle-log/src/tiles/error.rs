//! What can be wrong with tile files. All of it is healed by building the index anew, but for
//! errors of the disk itself.

use std::io;
use std::string::String;

use hash_store::Flaw;

use crate::hash::Hash;
use crate::index::{NodeId, TreeSize};

/// A tile file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// A file that the size calls for is not there.
    #[error("{file} is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file ends before what the size calls for.
    #[error("{file} has {got} bytes, at least {expected} are needed")]
    TooShort {
        /// The file.
        file: String,
        /// Bytes needed.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// A file has a format version that this release does not read.
    #[error("{file} has format version {got}, this release reads {expected}")]
    UnknownVersion {
        /// The file.
        file: String,
        /// The version this release reads.
        expected: u32,
        /// The file's version.
        got: u32,
    },
    /// A file needs features that this release does not know.
    #[error("{file} needs unknown features {features:#x}")]
    UnknownFeatures {
        /// The file.
        file: String,
        /// The unknown features.
        features: u64,
    },
    /// A file's header does not verify, or is that of another file, ledger or store.
    #[error("header of {file}, offset {}: {flaw}", .flaw.at)]
    BadHeader {
        /// The file.
        file: String,
        /// What differs.
        flaw: Flaw,
    },
    /// A full block does not verify.
    #[error(
        "block {block} of {file} at offset {offset} is damaged: check {computed:08x}, expected {expected:08x}"
    )]
    TileDamaged {
        /// The file.
        file: String,
        /// The block's number in the file.
        block: u64,
        /// The block's offset in the file.
        offset: u64,
        /// The check in the trailer.
        expected: u32,
        /// The check of the block's bytes.
        computed: u32,
    },
    /// A full block verifies, but its trailer is not that of this block.
    #[error("block {block} of {file} at offset {offset} has the trailer of something else")]
    WrongTrailer {
        /// The file.
        file: String,
        /// The block's number in the file.
        block: u64,
        /// The block's offset in the file.
        offset: u64,
    },
    /// A node of an open block is not the hash of its children.
    #[error("node {id} in {file} is {stored}, its children give {computed}")]
    OpenBlockDamaged {
        /// The file.
        file: String,
        /// The node.
        id: NodeId,
        /// The stored hash.
        stored: Hash,
        /// The hash of the node's children.
        computed: Hash,
    },
    /// An open block has zeros where a complete node should be: the node was never written, or is
    /// being written again after a crash.
    #[error("node {id} is not stored in {file}")]
    NotStored {
        /// The file.
        file: String,
        /// The node.
        id: NodeId,
    },
    /// A node was asked for that is not complete at the published size.
    #[error("node {id} is not complete at the published size {size}")]
    NotPublished {
        /// The node.
        id: NodeId,
        /// The published size.
        size: TreeSize,
    },
    /// A growth does not start at the size the index has.
    #[error("the index has {expected} leaves, the growth starts at {got}")]
    WrongGrowth {
        /// Leaves the index has.
        expected: TreeSize,
        /// Leaves the growth starts from.
        got: TreeSize,
    },
    /// An earlier write failed; the index must be opened again.
    #[error("an earlier write to the tile index failed, open it again")]
    Poisoned,
    /// The storage failed.
    #[error("cannot {action} {file}")]
    Io {
        /// The file.
        file: String,
        /// What was tried.
        action: &'static str,
        /// What the storage answered.
        source: io::Error,
    },
}

impl TileError {
    /// A function that makes the error of a failed `action` on `file`.
    pub(super) fn io(file: &str, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            file: file.into(),
            action,
            source,
        }
    }
}
