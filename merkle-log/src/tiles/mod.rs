//! The tile index: the complete nodes of a log in files, one read away each.
//!
//! # Format
//!
//! `docs/FORMAT.md` sections 1, 2 and 7. `tiles.<t>` holds the tree levels `8t` to `8t + 7` in blocks
//! of one subtree of 256 bottom nodes each:
//!
//! ```text
//! 0     4096           20480          36864
//! | header | block 0     | block 1     | ...
//!            |
//!            256 hashes of level 8t | 128 of 8t+1 | 64 | 32 | 16 | 8 | 4 | 2 of 8t+7 | trailer
//! ```
//!
//! A file exists once its level has a node, and its length is a whole number of blocks.
//!
//! # Architecture
//!
//! [`TileWriter`] is the one writer: it keeps an image of each level's open block and writes what a
//! [`Growth`](crate::Growth) adds. [`TileReader`] is shared by any number of threads beside it, and
//! reads through maps or, where a storage has none, plain reads. A [`TileView`] is a reader bounded
//! by a published size.
//!
//! # Recovery
//!
//! The index is derived: nothing in it is ever the only copy. The owner says up to which size it
//! believes the files ([`TileWriter::open`]); what lies beyond is overwritten. Where an open or a
//! read fails, the owner builds the index anew ([`TileWriter::create`]) from the log's entries.
//!
//! # Invariants
//!
//! - a node must be stored only once its subtree is complete, and never changes after that;
//! - a full block must verify before the first of its nodes is handed out;
//! - the owner must publish a size only after the append that reached it has returned;
//! - no read goes beyond the published size, and files never shrink.

mod error;
mod header;
mod inspect;
mod layout;
mod reader;
mod writer;

pub use error::TileError;
pub use inspect::{BlockParts, inspect_block};
pub use reader::{TileReader, TileView};
pub use writer::TileWriter;

/// Whose tiles a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileIdentity {
    /// The uuid of the store.
    pub store_uuid: [u8; 16],
    /// The ordinal of the ledger; 2^32 - 1 for the audit tree.
    pub ledger: u32,
}
