//! Places in the record log as one number.

use std::fmt;

/// A place in the record log: a segment and a byte offset in it, a multiple of 8.
///
/// Positions order as the log does. On the disk: segment * 2^32 + offset / 8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// The place at `offset` of segment `segment`; both must fit 32 bits as stored.
    #[must_use]
    pub const fn new(segment: u64, offset: u64) -> Self {
        Self((segment << 32) | (offset / 8))
    }

    /// From its stored form.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// To its stored form.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// Number of the segment.
    #[must_use]
    pub const fn segment(self) -> u64 {
        self.0 >> 32
    }

    /// Offset in the segment, in bytes.
    #[must_use]
    pub const fn offset(self) -> u64 {
        (self.0 & 0xffff_ffff) * 8
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "segment {} at {}", self.segment(), self.offset())
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({}, {})", self.segment(), self.offset())
    }
}
