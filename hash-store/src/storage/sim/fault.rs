//! Faults: what may go wrong at one operation.

use std::io;

use super::OpKind;

/// Something that goes wrong at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Number of the operation.
    pub op: u64,
    /// Whether every later operation meets it too.
    pub sticky: bool,
    /// What goes wrong.
    pub kind: FaultKind,
}

/// Kinds of faults. A fault that does not concern the operation it meets does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Any operation: an I/O error; nothing was done.
    Error,
    /// Operations that may need room (names, lengths, writes): the disk is full.
    Full,
    /// Any operation that changes something: interrupted; nothing was done.
    Interrupted,
    /// Any operation that changes something: this error number; nothing was done.
    Errno(i32),
    /// Any operation that changes something: the thread panics instead.
    Panic,
    /// A write: only so many bytes are written, then an I/O error.
    Short(usize),
    /// A file's or folder's sync fails, and what was to be synced is not dirty any more. Each
    /// sector reached the disk or not, by the seed; the cache keeps the new bytes or goes back to
    /// those of the disk.
    FailedSync {
        /// The cache keeps what was written.
        keep: bool,
        /// Decides which sectors reached the disk.
        seed: u64,
    },
    /// A sync answers without syncing.
    LyingSync,
    /// A write that the disk never does, although it is seen until the next restart.
    LostWrite,
    /// A write that lands so many bytes further on in the same file.
    Misdirected(u64),
    /// A read of file bytes gives what the disk held before the last writes.
    StaleRead,
    /// A read of file bytes gives one bit flipped.
    FlippedRead(u64),
    /// Asked where something was written, the file system says nowhere.
    Overlooked,
}

impl Fault {
    pub(super) const fn is_due(&self, op: u64) -> bool {
        op == self.op || (self.sticky && op > self.op)
    }
}

impl FaultKind {
    /// Whether it can happen to such an operation.
    #[must_use]
    pub fn concerns(self, kind: OpKind) -> bool {
        use OpKind::{Length, Name, Read, Seek, Sync, SyncDir, Write};
        match self {
            Self::Error => true,
            Self::Full => matches!(kind, Write | Length | Name),
            Self::Interrupted | Self::Errno(_) | Self::Panic => kind.changes(),
            Self::Short(_) | Self::LostWrite | Self::Misdirected(_) => kind == Write,
            Self::FailedSync { .. } | Self::LyingSync => matches!(kind, Sync | SyncDir),
            Self::StaleRead | Self::FlippedRead(_) => kind == Read,
            Self::Overlooked => kind == Seek,
        }
    }

    /// The error of an operation that does nothing.
    pub(super) fn error_of(self, kind: OpKind) -> Option<io::Error> {
        if !self.concerns(kind) {
            return None;
        }
        match self {
            Self::Error => Some(eio()),
            Self::Full => Some(io::ErrorKind::StorageFull.into()),
            Self::Interrupted => Some(io::ErrorKind::Interrupted.into()),
            Self::Errno(number) => Some(io::Error::from_raw_os_error(number)),
            _ => None,
        }
    }
}

/// EIO.
pub(super) fn eio() -> io::Error {
    io::Error::from_raw_os_error(5)
}
