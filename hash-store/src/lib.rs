//! Append-only, crash-safe files for verifiable ledgers.
//!
//! A store's truth is its record log: batches of checked frames in preallocated segments, each
//! batch one write and one sync. Superblocks, a tip file and index files stand beside it. This
//! crate knows bytes, checks and faults; it knows nothing of trees, ledgers or proofs, and it is
//! not a key-value store.
//!
//! # Format
//!
//! Every byte is described in `docs/FORMAT.md`.
//!
//! # Durability
//!
//! A batch is durable when [`LogWriter::append`] returns. What a crash leaves of a batch that was
//! not is taken away at the next open, its bytes kept in `lost+found`; damage to anything that was
//! acknowledged is an error and never a shorter log.
//!
//! # Limits
//!
//! Batches up to 256 MiB, segments up to what one batch needs, 2^32 segments.

#![deny(unsafe_code)]

mod append_vec;
mod error;
mod grown;
pub mod inspect;
mod layout;
mod log;
#[allow(
    unsafe_code,
    reason = "memory maps and advice; the module states its contract"
)]
mod map;
mod mapped;
mod position;
mod runs;
mod slots;
mod storage;
mod superblocks;

pub use append_vec::AppendVec;
pub use error::{Damage, Error, Result};
pub use grown::GrownFile;
pub use layout::batch::{BEGIN_LEN, Batch, BatchBuffer, BatchKind, BeginHeader, first_chain};
pub use layout::footer::Footer;
pub use layout::frame::{FRAME_HEADER_LEN, Frame, FrameKind};
pub use layout::header::{FORMAT_VERSION, FileHeader, HEADER_LEN, HeaderFlaw};
pub use layout::superblock::{Base, Declaration, Superblock, Watermark};
pub use layout::tip::Tip;
pub use layout::{FileKind, Flaw, FlawKind, SECTOR, Seed};
pub use log::{
    Appended, CopiedLog, Found, LogOptions, LogTip, LogWriter, Mark, Remains, Remnant,
    SEGMENT_LEN_MAX, Scan, Segment, SegmentFile, Segments, Stop, StoredFrame, Tail, TornTail,
    check_reached, clear_cache_after, copy_log, end_log, footer_bytes, holds_batches,
    is_quiet_after, is_segment_len, judge_tail, keep_files, keep_log_after, marks, put_in_segment,
    remake_segment, replace_segment, save_and_clear, seed_of_segment, segment_files, segment_name,
};
pub use map::{Map, prefer_large_pages};
pub use mapped::MappedFile;
pub use position::Position;
pub use runs::{RUN_BASE, RunFile, RunRecord, run_spans};
pub use slots::SlotIndex;
#[cfg(any(test, feature = "sim"))]
pub use storage::sim;
pub use storage::{
    Access, DirEntry, DirectStorage, EntryKind, FileStorage, Layered, MemStorage, Storage,
    StorageFile, read_exact_at,
};
pub use superblocks::{SuperblockState, Superblocks, TipFile, read_tip};
