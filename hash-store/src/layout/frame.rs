//! Frames: the checked payloads inside a batch (FORMAT.md section 4).

use super::{Fields, Flaw, FlawKind, Seed, check_on, put};

/// Bytes of a frame's header.
pub const FRAME_HEADER_LEN: usize = 24;

/// Kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum FrameKind {
    /// A ledger and what it is made of.
    Declaration = 1,
    /// Entries of one ledger.
    Entries = 2,
    /// State writes of one ledger.
    Delta = 3,
    /// The commit body and what goes with it.
    Body = 4,
    /// The perfect subtrees of one tree before the commit.
    Ranges = 5,
    /// A block header, a certificate, or what else the caller keeps beside a height.
    Attachment = 6,
    /// The callers' ids of the entries in the entries frame before it.
    Ids = 7,
    /// In place of an attachment that was damaged and could not be made again.
    Padding = 8,
    /// Leaf hashes of one tree, of entries that are not in this log.
    Leaves = 9,
}

impl FrameKind {
    /// Whether the chain covers frames of this kind.
    #[must_use]
    pub const fn is_chained(self) -> bool {
        matches!(self, Self::Entries | Self::Ids | Self::Delta | Self::Body)
    }

    const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            1 => Self::Declaration,
            2 => Self::Entries,
            3 => Self::Delta,
            4 => Self::Body,
            5 => Self::Ranges,
            6 => Self::Attachment,
            7 => Self::Ids,
            8 => Self::Padding,
            9 => Self::Leaves,
            _ => return None,
        })
    }
}

/// A frame that verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its kind.
    pub kind: FrameKind,
    /// Where its header starts in the segment.
    pub offset: u64,
    /// Number of the batch it belongs to.
    pub batch: u64,
    /// Its payload.
    pub payload: &'a [u8],
}

/// A frame's header, verified: its length may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: FrameKind,
    pub(crate) payload_len: usize,
    pub(crate) batch: u64,
    payload_check: u32,
    header_check: u32,
}

/// Bytes of the payload and its padding.
pub(crate) const fn padded(payload_len: usize) -> usize {
    payload_len.next_multiple_of(8)
}

impl FrameHeader {
    pub(crate) fn decode(bytes: &[u8], seed: &Seed, offset: u64) -> Result<Self, Flaw> {
        let fields = Fields(bytes);
        let header_check = seed.check(offset, &[fields.bytes(0, 16)?]);
        fields.check(16, header_check, FlawKind::FrameHeaderCheck)?;
        let code = fields.u16(4)?;
        let kind = FrameKind::from_code(code)
            .ok_or_else(|| Flaw::new(FlawKind::Kind, 4, 0, u64::from(code)))?;
        fields.zero(6, 2)?;
        Ok(Self {
            kind,
            payload_len: fields.size32(0)?,
            batch: fields.u64(8)?,
            payload_check: fields.u32(20)?,
            header_check,
        })
    }

    /// Checks payload and padding, which follow the header; returns the payload.
    pub(crate) fn check_payload<'a>(&self, padded_payload: &'a [u8]) -> Result<&'a [u8], Flaw> {
        let fields = Fields(padded_payload);
        let payload = fields.bytes(0, self.payload_len)?;
        let computed = check_on(self.header_check, payload);
        if computed != self.payload_check {
            return Err(Flaw::new(
                FlawKind::FrameCheck,
                20,
                u64::from(self.payload_check),
                u64::from(computed),
            ));
        }
        fields
            .zero(
                self.payload_len,
                padded(self.payload_len) - self.payload_len,
            )
            .map_err(|flaw| flaw.shifted(FRAME_HEADER_LEN as u64))?;
        Ok(payload)
    }
}

/// Fills in the header of a frame whose payload already follows it in `frame`.
pub(crate) fn put_header(
    frame: &mut [u8],
    kind: FrameKind,
    len: u32,
    batch: u64,
    seed: &Seed,
    offset: u64,
) {
    put(frame, 0, &len.to_le_bytes());
    put(frame, 4, &(kind as u16).to_le_bytes());
    put(frame, 6, &[0, 0]);
    put(frame, 8, &batch.to_le_bytes());
    let header_check = seed.check(offset, &[frame.get(..16).unwrap_or_default()]);
    let payload = frame
        .get(FRAME_HEADER_LEN..FRAME_HEADER_LEN + len as usize)
        .unwrap_or_default();
    let payload_check = check_on(header_check, payload);
    put(frame, 16, &header_check.to_le_bytes());
    put(frame, 20, &payload_check.to_le_bytes());
}
