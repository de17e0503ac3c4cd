//! What a verification is asked to do, and who is told how far it is.
//!
//! The library knows no clock: whoever watches decides when it was long enough, and holds a
//! verification back that reads too fast.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use merkle_log::Hash;

use super::resume::Resume;

/// How much is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Superblocks, headers and footers of all segments, the log behind the superblock, the last
    /// roots: O(segments) and what was written since the last watermark.
    Quick,
    /// Every batch, every hash of every tree, every derived file; of states every node that a
    /// recorded root leads to.
    Full,
    /// All of that, and every state made anew from nothing by replaying its writes, each of its
    /// roots compared with the recorded one.
    Deep,
}

/// The root of the audit tree after a height, known from elsewhere: it fixes everything up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRoot {
    /// The height, which is the tree's size.
    pub height: u64,
    /// The root.
    pub root: Hash,
}

/// How a store is verified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// How much is looked at.
    pub level: Level,
    /// Threads that walk segments of the log side by side, each in the memory of one segment; with
    /// 1 the calling thread alone. States that are made anew ([`Level::Deep`]) are made by one.
    pub threads: usize,
    /// Reads past the page cache, and so finds damage that it hides. What is read through maps is
    /// held against the disk first, so it is read twice.
    pub direct: bool,
    /// Leaves out what this root vouches for: the walk begins with the segment that holds its
    /// height, and shows that the log leads to this very root there. Not with [`Level::Deep`].
    pub since: Option<AuditRoot>,
    /// A root that the store must have.
    pub trust: Option<AuditRoot>,
    /// Where an earlier verification was stopped.
    pub resume: Option<Resume>,
}

impl VerifyOptions {
    /// Of everything that this level looks at, on the calling thread.
    #[must_use]
    pub const fn new(level: Level) -> Self {
        Self {
            level,
            threads: 1,
            direct: false,
            since: None,
            trust: None,
            resume: None,
        }
    }
}

/// How far a verification is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes looked at, those of an earlier, stopped verification included.
    pub bytes_done: u64,
    /// Bytes in all: of the log, and of the states and runs that are read at the end.
    pub bytes_total: u64,
}

/// Is told how far a verification is.
pub trait Watch: Sync {
    /// Called again and again, by several threads at once. Answering `false` stops the
    /// verification; taking its time holds it back.
    fn watch(&self, progress: Progress) -> bool;
}

impl<F: Fn(Progress) -> bool + Sync> Watch for F {
    fn watch(&self, progress: Progress) -> bool {
        self(progress)
    }
}

/// Counts for all threads of a verification.
pub(super) struct Meter<'a> {
    watch: &'a dyn Watch,
    done: AtomicU64,
    total: u64,
    stopped: AtomicBool,
}

impl<'a> Meter<'a> {
    pub(super) const fn new(watch: &'a dyn Watch, done: u64, total: u64) -> Self {
        Self {
            watch,
            done: AtomicU64::new(done),
            total,
            stopped: AtomicBool::new(false),
        }
    }

    /// Counts bytes that were looked at; answers whether to go on.
    pub(super) fn add(&self, bytes: u64) -> bool {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let go_on = self.watch.watch(Progress {
            bytes_done: done.min(self.total),
            bytes_total: self.total,
        });
        if !go_on {
            self.stopped.store(true, Ordering::Relaxed);
        }
        !self.is_stopped()
    }

    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
