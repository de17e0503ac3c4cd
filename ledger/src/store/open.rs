//! Creating and opening a store: what a crash left is settled here, before anything is written.
//!
//! 1. Lock, superblocks, list of segments.
//! 2. The trailer before the superblock's end must be there: a log older than its superblock is an
//!    error, not a shorter ledger.
//! 3. A clean store needs nothing more. Otherwise: sync what may only be in the page cache, scan
//!    the tail past the cache, judge what the scan stopped at; a torn batch goes to `lost+found`.
//! 4. Derived files are believed up to the superblock and extended by replaying the log; where one
//!    is missing, damaged or not covered, all of its tree is rebuilt from the first batch on.
//! 5. After a recovery everything derived is synced and a new superblock written.

use std::sync::{Arc, Mutex};

use hash_store::{
    Access, FileKind, Found, FrameKind, HEADER_LEN, LogOptions, LogTip, LogWriter, Position, Scan,
    Seed, Segments, SlotIndex, Storage, Stop, Superblock, SuperblockState, Superblocks, Tail,
    TipFile, TornTail, first_chain, judge_tail, save_and_clear,
};
use merkle_log::{Growth, Hash};

use super::derived::{TreePlace, TreeWriter};
use super::replay::Replay;
use super::shared::{Shared, TreeFiles};
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::head::{Head, LedgerSpec};
use crate::names::NetworkId;
use crate::record::{AUDIT, BodyRecord};
