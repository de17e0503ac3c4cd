//! What a store counts, for whoever watches it.
//!
//! Counting costs an addition for each commit, batch or group; nothing is counted on the paths of
//! readers but what they find in no cache.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a store did since it was opened, and how much waits now. Every count only grows, but for
/// those that say `now`. A snapshot: counts of one moment, each right by itself.
///
/// How long things take is in the spans (see the crate's documentation).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Durable commits.
    pub commits: u64,
    /// Entries in them.
    pub entries: u64,
    /// Writes to states in them.
    pub updates: u64,
    /// Batches of the log: commits, declarations, later attachments. One write and one sync each.
    pub batches: u64,
    /// Bytes of these batches.
    pub log_bytes: u64,
    /// Group commits.
    pub groups: u64,
    /// Submissions in them.
    pub submissions: u64,
    /// Submissions refused as [`Busy`](crate::Error::Busy).
    pub refused: u64,
    /// Submissions that wait for the next group commit now.
    pub waiting: u64,
    /// Bytes of their entries, keys and values.
    pub waiting_bytes: u64,
    /// Submitters that wait for room among these now.
    pub blocked: u64,
    /// Watermarks reached: derived files synced, superblock written.
    pub watermarks: u64,
    /// Watermarks that were not reached, for an error.
    pub watermarks_failed: u64,
    /// Bytes of the log behind the last watermark now: what the next open would replay after a
    /// crash.
    pub watermark_lag_bytes: u64,
    /// Batches that opening replayed into derived files.
    pub replayed: u64,
    /// How often derived files were made anew for a read that they could not answer.
    pub rebuilds: u64,
    /// Blocks of tiles whose checks were computed, each once while the store is open: its other
    /// reads found it known as verified.
    pub tile_blocks_checked: u64,
    /// Nodes of states that were hashed on reading, since the table of those already hashed did not
    /// have them.
    pub state_nodes_checked: u64,
}

/// One count.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn raise_to(&self, count: u64) {
        self.0.fetch_max(count, Ordering::Relaxed);
    }
}

/// The counts behind [`Counters`] that nothing else knows.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) commits: Count,
    pub(crate) entries: Count,
    pub(crate) updates: Count,
    pub(crate) batches: Count,
    pub(crate) log_bytes: Count,
    /// Of `log_bytes`, those that a watermark covers.
    pub(crate) covered_bytes: Count,
    pub(crate) groups: Count,
    pub(crate) submissions: Count,
    pub(crate) refused: Count,
    pub(crate) watermarks: Count,
    pub(crate) watermarks_failed: Count,
    pub(crate) rebuilds: Count,
}

impl Counts {
    /// What these say; the rest is for others to fill in.
    pub(crate) fn snapshot(&self) -> Counters {
        // First what lags: the other only grows meanwhile.
        let covered = self.covered_bytes.get();
        let log_bytes = self.log_bytes.get();
        Counters {
            commits: self.commits.get(),
            entries: self.entries.get(),
            updates: self.updates.get(),
            batches: self.batches.get(),
            log_bytes,
            watermark_lag_bytes: log_bytes.saturating_sub(covered),
            groups: self.groups.get(),
            submissions: self.submissions.get(),
            refused: self.refused.get(),
            watermarks: self.watermarks.get(),
            watermarks_failed: self.watermarks_failed.get(),
            rebuilds: self.rebuilds.get(),
            ..Counters::default()
        }
    }
}
