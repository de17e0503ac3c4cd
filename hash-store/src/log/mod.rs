//! The record log: segments of batches, the truth from which everything else is derived.
//!
//! Architecture:
//!
//! - [`Segments`] holds the segment files, for the writer and any number of readers;
//! - [`Scan`] walks batches in order and verifies each; it judges nothing;
//! - `tail` judges what a scan stopped at: the end, a tear, damage (the decision table);
//! - `copy` brings a log to another storage, and ends it early;
//! - `remains` finds what of damaged batches still verifies, `replace` puts whole segments in place;
//! - [`LogWriter`] appends: one write and one sync a batch, nothing of batch n + 1 before the sync
//!   of n returned.

mod ahead;
#[cfg(test)]
mod ahead_tests;
mod append;
mod copy;
#[cfg(test)]
mod file_tests;
mod frames;
mod remains;
mod replace;
#[cfg(test)]
mod room_tests;
mod scan;
pub(crate) mod segments;
mod tail;
#[cfg(test)]
mod tests;

pub use append::{Appended, LogOptions, LogWriter};
pub use copy::{CopiedLog, copy_log, end_log, keep_log_after};
pub use frames::StoredFrame;
pub use remains::{Mark, Remains, Remnant, marks};
pub use replace::{
    SegmentFile, footer_bytes, holds_batches, is_segment_len, keep_files, put_in_segment,
    remake_segment, replace_segment, seed_of_segment, segment_files,
};
pub use scan::{Found, Scan, Stop};
pub use segments::{SEGMENT_LEN_MAX, Segment, Segments, segment_name};
pub use tail::{
    Tail, TornTail, check_reached, clear_cache_after, is_quiet_after, judge_tail, save_and_clear,
};

use crate::position::Position;

/// Where the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogTip {
    /// Number of the last batch; 0 in an empty log.
    pub batch: u64,
    /// Height of the last commit; 0 if there is none.
    pub height: u64,
    /// Where the last batch ends.
    pub end: Position,
    /// Where the last body frame starts.
    pub last_body: Option<Position>,
    /// Chain after the last batch.
    pub chain: [u8; 32],
}
