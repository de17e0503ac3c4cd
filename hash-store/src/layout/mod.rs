//! Every structure on the disk as bytes: encoding, decoding, checks. No I/O.
//!
//! Invariants:
//!
//! - one file here is one section of `docs/FORMAT.md`, which is the authority;
//! - decoders take any bytes and answer with a value or a [`Flaw`]; they never panic and never
//!   allocate from a length that was not checked;
//! - what a decoder accepts, its encoder would have written: zero fields are zero.

pub(crate) mod batch;
pub(crate) mod footer;
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod superblock;
pub(crate) mod tip;

use std::fmt;

/// Alignment of batches, and the unit that a disk writes whole.
pub const SECTOR: usize = 512;

/// Kinds of files, as they stand in file headers and check seeds (FORMAT.md section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FileKind {
    /// A segment of the record log.
    Segment = 1,
    /// One level of Merkle tiles.
    Tiles = 2,
    /// Positions of a ledger's entries.
    EntryIndex = 3,
    /// Positions of the commits.
    HeightIndex = 4,
    /// Positions of later attachments.
    AttachmentIndex = 5,
    /// The tip file.
    Tip = 6,
    /// A superblock.
    Superblock = 7,
    /// Part of the node log of a ledger's state.
    TrieNodes = 8,
    /// The states of a ledger in its node log.
    StateIndex = 9,
    /// A sorted run of the leaf hashes of a ledger.
    HashRun = 10,
    /// A sorted run of the ids of a ledger's entries.
    IdRun = 11,
    /// What is kept of a part of a node log.
    KeptNodes = 12,
    /// Which heights of a ledger's state are kept.
    KeptHeights = 13,
}

/// Where a check stands: bytes of another store, file or offset never verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// The store's uuid.
    pub uuid: [u8; 16],
    /// The kind of file.
    pub kind: FileKind,
    /// The number of the file (FORMAT.md section 2).
    pub number: u64,
}

impl Seed {
    /// CRC-32 of `parts` one after another, for a structure at `offset` (FORMAT.md section 1).
    #[must_use]
    pub fn check(&self, offset: u64, parts: &[&[u8]]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.uuid);
        hasher.update(&u64::from(self.kind as u32).to_le_bytes());
        hasher.update(&self.number.to_le_bytes());
        hasher.update(&offset.to_le_bytes());
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize()
    }
}

/// Continues a CRC-32 from `start`.
pub(crate) fn check_on(start: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(bytes);
    hasher.finalize()
}

/// What is wrong with some bytes, and where in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What does not verify.
    pub kind: FlawKind,
    /// Where it starts, in bytes from the start of the structure that was decoded.
    pub at: u64,
    /// What was expected there.
    pub expected: u64,
    /// What was found, or computed from what was found.
    pub found: u64,
}

/// Kinds of flaws; each has a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlawKind {
    /// Fewer bytes than the structure needs.
    Short,
    /// The first bytes are not those of the structure.
    Magic,
    /// The kind field names another kind.
    Kind,
    /// The check of a begin header, end trailer, file header, footer, superblock or tip.
    HeaderCheck,
    /// The check of a frame's header.
    FrameHeaderCheck,
    /// The check of a frame's payload.
    FrameCheck,
    /// The check of a zero map.
    ZeroMapCheck,
    /// Bytes that must be zero are not.
    Padding,
    /// A length does not fit what holds it.
    Length,
    /// A count differs from what was counted.
    Count,
    /// A batch number that is not the next one.
    BatchNumber,
    /// A height that is not the next one.
    Height,
    /// A chain that does not continue the previous one.
    Chain,
    /// A sector that was written is zero.
    LostSector,
    /// A payload does not decode.
    Payload,
    /// The file belongs to another store.
    Foreign,
}

impl FlawKind {
    /// The stable code, as in findings and `ledger-tool explain`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Short => "E-SHORT",
            Self::Magic => "E-MAGIC",
            Self::Kind => "E-KIND",
            Self::HeaderCheck => "E-HEADER-CRC",
            Self::FrameHeaderCheck => "E-FRAME-HEADER",
            Self::FrameCheck => "E-FRAME-CRC",
            Self::ZeroMapCheck => "E-ZERO-MAP",
            Self::Padding => "E-PADDING",
            Self::Length => "E-LENGTH",
            Self::Count => "E-COUNT",
            Self::BatchNumber => "E-BATCH-NUMBER",
            Self::Height => "E-HEIGHT",
            Self::Chain => "E-CHAIN",
            Self::LostSector => "E-LOST-SECTOR",
            Self::Payload => "E-PAYLOAD",
            Self::Foreign => "E-FOREIGN",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FlawKind::Short => "too few bytes",
            FlawKind::Magic => "unknown magic",
            FlawKind::Kind => "unexpected kind",
            FlawKind::HeaderCheck => "header check differs",
            FlawKind::FrameHeaderCheck => "frame header check differs",
            FlawKind::FrameCheck => "frame check differs",
            FlawKind::ZeroMapCheck => "zero map check differs",
            FlawKind::Padding => "padding is not zero",
            FlawKind::Length => "impossible length",
            FlawKind::Count => "count differs",
            FlawKind::BatchNumber => "batch number out of order",
            FlawKind::Height => "height out of order",
            FlawKind::Chain => "chain differs",
            FlawKind::LostSector => "a written sector is zero",
            FlawKind::Payload => "payload does not decode",
            FlawKind::Foreign => "belongs to another store",
        };
        write!(
            f,
            "{what}: expected {:#x}, found {:#x}",
            self.expected, self.found
        )
    }
}

impl Flaw {
    pub(crate) const fn new(kind: FlawKind, at: u64, expected: u64, found: u64) -> Self {
        Self {
            kind,
            at,
            expected,
            found,
        }
    }

    /// The same flaw in a structure that starts `by` bytes later.
    pub(crate) const fn shifted(mut self, by: u64) -> Self {
        self.at = self.at.saturating_add(by);
        self
    }
}

/// Little-endian integers at offsets of a structure, each access checked.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn bytes(self, at: usize, len: usize) -> Result<&'a [u8], Flaw> {
        at.checked_add(len)
            .and_then(|end| self.0.get(at..end))
            .ok_or_else(|| {
                let wanted = at.saturating_add(len) as u64;
                Flaw::new(FlawKind::Short, 0, wanted, self.0.len() as u64)
            })
    }

    pub(crate) fn array<const N: usize>(self, at: usize) -> Result<[u8; N], Flaw> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(at, N)?);
        Ok(array)
    }

    pub(crate) fn u8(self, at: usize) -> Result<u8, Flaw> {
        Ok(u8::from_le_bytes(self.array(at)?))
    }

    pub(crate) fn u16(self, at: usize) -> Result<u16, Flaw> {
        Ok(u16::from_le_bytes(self.array(at)?))
    }

    pub(crate) fn u32(self, at: usize) -> Result<u32, Flaw> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }

    pub(crate) fn u64(self, at: usize) -> Result<u64, Flaw> {
        Ok(u64::from_le_bytes(self.array(at)?))
    }

    /// A length or offset that has to index memory.
    pub(crate) fn size32(self, at: usize) -> Result<usize, Flaw> {
        let value = self.u32(at)?;
        usize::try_from(value)
            .map_err(|_| Flaw::new(FlawKind::Length, at as u64, 0, u64::from(value)))
    }

    pub(crate) fn magic(self, at: usize, magic: &[u8]) -> Result<(), Flaw> {
        let found = self.bytes(at, magic.len())?;
        if found == magic {
            Ok(())
        } else {
            Err(Flaw::new(
                FlawKind::Magic,
                at as u64,
                head(magic),
                head(found),
            ))
        }
    }

    pub(crate) fn zero(self, at: usize, len: usize) -> Result<(), Flaw> {
        match first_used(self.bytes(at, len)?) {
            None => Ok(()),
            Some(i) => {
                let found = u64::from(self.u8(at + i)?);
                Err(Flaw::new(FlawKind::Padding, (at + i) as u64, 0, found))
            }
        }
    }

    pub(crate) fn check(self, at: usize, computed: u32, kind: FlawKind) -> Result<(), Flaw> {
        let stored = self.u32(at)?;
        if stored == computed {
            Ok(())
        } else {
            Err(Flaw::new(
                kind,
                at as u64,
                u64::from(stored),
                u64::from(computed),
            ))
        }
    }
}

/// The first eight bytes as a number, for messages.
fn head(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Overwrites the bytes at `at`; the caller made room for them.
#[expect(
    clippy::indexing_slicing,
    reason = "encoders write into buffers that they sized themselves"
)]
pub(crate) fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    to[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Whether every byte is zero.
#[must_use]
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(PIECE).all(is_zero_piece)
}

/// Place of the first byte that is not zero.
pub(crate) fn first_used(bytes: &[u8]) -> Option<usize> {
    let piece = bytes
        .chunks(PIECE)
        .position(|piece| !is_zero_piece(piece))?;
    let start = piece * PIECE;
    let rest = bytes.get(start..)?;
    Some(start + rest.iter().position(|byte| *byte != 0)?)
}

/// Bytes up to and including the last one that is not zero.
pub(crate) fn used_len(bytes: &[u8]) -> usize {
    let zero_pieces = bytes
        .rchunks(PIECE)
        .take_while(|piece| is_zero_piece(piece));
    let rest = bytes.len().saturating_sub(zero_pieces.count() * PIECE);
    let rest = bytes.get(..rest).unwrap_or_default();
    rest.iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

/// A few cache lines: long enough to be compared in wide registers, short enough to stop early.
const PIECE: usize = 256;

fn is_zero_piece(piece: &[u8]) -> bool {
    piece.iter().fold(0, |any, byte| any | byte) == 0
}

#[cfg(test)]
mod tests;
