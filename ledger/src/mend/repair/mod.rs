//! Making a damaged store whole again, in place.
//!
//! The record log is walked from its first batch. Where a batch does not verify, what remains of it
//! and what other sources have of the same commits is put together to the very bytes that stood
//! there: frames encoded again with this store's own seeds, ranges computed from its trees. They
//! count only if they lead to the chain that the log goes on with, which nobody can forge. All of it
//! is first done beside the store, over which the new segments are laid, and verified there; that is
//! the plan. Applying it is replacing files.
//!
//! Invariants:
//!
//! - nothing is changed by a plan, nor by a repair that finds nothing to do;
//! - what a repair replaces, removes or overwrites is in `lost+found` before, durably;
//! - no file is written into that may have another name elsewhere: segments are replaced as wholes;
//! - no acknowledged batch is given up: what cannot be proven stays as it is, and is said;
//! - every step leaves a store that is nearer to whole, so a repair that is cut off anywhere is done
//!   by doing it again.

mod apply;
mod batch;
mod evidence;
mod plan;
mod source;
mod structure;
mod walk;

use core::fmt;
use std::sync::Arc;

use hash_store::{LogOptions, Storage, Superblocks};

use crate::error::Result;
use crate::verdict::Affected;
use crate::verify::VerifyReport;

pub use source::{EntrySource, RepairSource};

pub(super) use plan::survey;
pub(super) use walk::Salvage;

use plan::plan;

/// Where a batch was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From what of it still verifies.
    Remains,
    /// From the source of this number, counted from 0.
    Source(usize),
    /// From the superblock's list of ledgers.
    Superblock,
    /// From nowhere: padding stands in the place of attachments.
    Padding,
}

/// One thing that a repair does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Writes the header of a segment anew, or gives the file its length again.
    Header {
        /// The segment's file.
        file: String,
    },
    /// Makes a segment that is missing.
    Segment {
        /// The segment's file.
        file: String,
    },
    /// Takes a file away that belongs to no log of this store.
    Stray {
        /// The file.
        file: String,
    },
    /// Makes a batch again.
    Batch {
        /// The segment's file.
        file: String,
        /// Where the batch starts.
        offset: u64,
        /// Its number.
        batch: u64,
        /// Its height; 0 if it is no commit.
        height: u64,
        /// Where its frames come from.
        origin: Origin,
        /// Whether an attachment in it became padding.
        padded: bool,
    },
    /// Zeroes what stands where nothing was written.
    Zeros {
        /// The segment's file.
        file: String,
        /// From where on.
        offset: u64,
    },
    /// Writes a footer anew.
    Footer {
        /// The segment's file.
        file: String,
    },
    /// Makes both superblocks again from the log.
    Superblocks,
    /// Writes a superblock anew that does not verify.
    Superblock {
        /// Its file.
        file: String,
    },
    /// Takes a torn batch or a stray bit away, as any open for writing does.
    Tail {
        /// The segment's file.
        file: String,
        /// Where it starts.
        offset: u64,
    },
    /// Gives up the last batch, of which nothing tells whether it was acknowledged.
    DropLast {
        /// The segment's file.
        file: String,
        /// Where it starts.
        offset: u64,
        /// Its number.
        batch: u64,
    },
    /// Forgets which states are to be kept: all of them are again.
    Kept {
        /// The file that said so.
        file: String,
    },
    /// Makes all derived files anew; the first that is missing or wrong is named.
    Derived {
        /// The file.
        file: String,
    },
    /// Attaches anew what became padding.
    Attach {
        /// The height.
        height: u64,
        /// Length of the attachment in bytes.
        len: u64,
    },
}

impl Step {
    /// Its name in documents.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Header { .. } => "segment_header",
            Self::Segment { .. } => "segment",
            Self::Stray { .. } => "stray_file",
            Self::Batch { .. } => "batch",
            Self::Zeros { .. } => "zeros",
            Self::Footer { .. } => "footer",
            Self::Superblocks => "superblocks",
            Self::Superblock { .. } => "superblock",
            Self::Tail { .. } => "tail",
            Self::DropLast { .. } => "drop_last_batch",
            Self::Kept { .. } => "kept_heights",
            Self::Derived { .. } => "derived",
            Self::Attach { .. } => "attach",
        }
    }

    /// The file it changes, if it is a single one.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Header { file }
            | Self::Segment { file }
            | Self::Stray { file }
            | Self::Batch { file, .. }
            | Self::Zeros { file, .. }
            | Self::Footer { file }
            | Self::Superblock { file }
            | Self::Tail { file, .. }
            | Self::DropLast { file, .. }
            | Self::Kept { file }
            | Self::Derived { file } => Some(file),
            Self::Superblocks | Self::Attach { .. } => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { file } => write!(f, "write the header of {file} anew"),
            Self::Segment { file } => write!(f, "make {file} again"),
            Self::Stray { file } => write!(f, "take {file} away: no log of this store has it"),
            Self::Batch {
                file,
                offset,
                batch,
                height,
                origin,
                padded,
            } => {
                write!(f, "write batch {batch}")?;
                if *height > 0 {
                    write!(f, " (height {height})")?;
                }
                write!(f, " in {file} at {offset} as it was, ")?;
                match origin {
                    Origin::Remains => f.write_str("from what is left of it")?,
                    Origin::Source(n) => write!(f, "from source {}", n + 1)?,
                    Origin::Superblock => f.write_str("from the superblock")?,
                    Origin::Padding => f.write_str("with padding for what was attached")?,
                }
                match (padded, origin) {
                    (true, Origin::Padding) | (false, _) => Ok(()),
                    (true, _) => f.write_str(", with padding for what was attached"),
                }
            }
            Self::Zeros { file, offset } => {
                write!(f, "zero {file} from {offset} on, where nothing was written")
            }
            Self::Footer { file } => write!(f, "write the footer of {file} anew"),
            Self::Superblocks => f.write_str("make both superblocks again from the log"),
            Self::Superblock { file } => write!(f, "write {file} anew"),
            Self::Tail { file, offset } => write!(
                f,
                "take what was never acknowledged from the end of {file}, at {offset}"
            ),
            Self::DropLast {
                file,
                offset,
                batch,
            } => write!(f, "give up the last batch, {batch} in {file} at {offset}"),
            Self::Kept { file } => write!(f, "remove {file}, and keep every state again"),
            Self::Derived { file } => {
                write!(f, "make the derived files anew, since {file} is wrong")
            }
            Self::Attach { height, len } => {
                write!(f, "attach {len} bytes to height {height} again")
            }
        }
    }
}

/// Something that cannot be repaired with what there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrepaired {
    /// The stable code of what was found.
    pub code: &'static str,
    /// The file; empty where it is no single one.
    pub file: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Number of the batch; 0 where none is known.
    pub batch: u64,
    /// What it affects.
    pub affected: Affected,
    /// Why it cannot be repaired.
    pub reason: String,
}

/// What a repair does, or would do.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// What stays damaged.
    pub unrepaired: Vec<Unrepaired>,
    /// The folder that keeps what was changed; `None` while nothing was.
    pub kept_in: Option<String>,
    /// The verification of the store as it is after the repair; `None` if nothing was changed, or
    /// if something stays damaged in the log.
    pub report: Option<VerifyReport>,
}

/// How a store is repaired.
#[derive(Debug, Default)]
pub struct RepairOptions {
    /// Where damaged records may come from: a replica, a backup, entries; asked in order.
    pub sources: Vec<RepairSource>,
    /// The last batch may be given up where nothing can tell whether it was acknowledged.
    pub drop_last_batch: bool,
    /// How the store is opened in the end.
    pub open: LogOptions,
}

/// Says what [`repair`] would do. New segments are made in `scratch`, which has to be empty.
///
/// Costs two verifications of the store.
///
/// # Errors
/// As [`repair`].
pub fn plan_repair(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    options: &RepairOptions,
) -> Result<Repair> {
    let _lock = Superblocks::lock_beside(&**storage)?;
    Ok(plan(storage, scratch, options)?.into_repair())
}

/// Makes a store whole again, as far as that can be proven. It must have no writer. A store that is
/// whole is left alone.
///
/// # Errors
/// `Locked` where a writer has the store; `NotAStore`, `Unfinished`, `FormatVersion`,
/// `UnknownFeatures`, `StoreFull`, `Io` of [`hash_store::Error`]; [`Error::NotACopy`] where a source
/// is of another network. After an error the store may be repaired in part: repair it again.
///
/// [`Error::NotACopy`]: crate::Error::NotACopy
pub fn repair(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    options: &RepairOptions,
) -> Result<Repair> {
    let lock = Superblocks::lock_beside(&**storage)?;
    let plan = plan(storage, scratch, options)?;
    if plan.steps.is_empty() {
        return Ok(plan.into_repair());
    }
    apply::apply(storage, plan, options, lock)
}
