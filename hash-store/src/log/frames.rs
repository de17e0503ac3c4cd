//! Single frames, read by their position (FORMAT.md section 4).
//!
//! Invariants:
//!
//! - bytes are copied first and checked then; what is given out is the copy that was checked;
//! - a length is believed after the header's check, and never beyond the segment.

use super::segments::Segment;
use crate::error::Result;
use crate::layout::frame::{FRAME_HEADER_LEN, FrameHeader, FrameKind, padded};
use crate::layout::{Flaw, FlawKind};

/// Bytes that are copied before the frame's length is known: those of a small frame are then on
/// their way from memory together, and do not wait for its header.
const FIRST_READ: usize = 512;

/// A frame read by its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFrame {
    /// Its kind.
    pub kind: FrameKind,
    /// Number of the batch it belongs to.
    pub batch: u64,
    /// Its payload, verified.
    pub payload: Vec<u8>,
}

impl Segment {
    /// Reads and verifies the frame at `offset`.
    ///
    /// # Errors
    /// [`Error::CorruptCommitted`](crate::Error::CorruptCommitted) where no frame verifies there;
    /// [`Error::Io`](crate::Error::Io).
    pub(super) fn frame(&self, offset: u64) -> Result<StoredFrame> {
        let damaged = |flaw: Flaw| self.damaged(offset, flaw);
        let room = self.batches_end().saturating_sub(offset);
        let mut first = [0; FIRST_READ];
        let mut ahead = usize::try_from(room).map_or(FIRST_READ, |room| room.min(FIRST_READ));
        if ahead < FRAME_HEADER_LEN {
            return Err(damaged(Flaw::new(FlawKind::Short, 0, 24, room)));
        }
        let read = self.read(offset, first.get_mut(..ahead).unwrap_or_default());
        if read.is_err() {
            // What lies behind a frame may be unreadable where the frame is not.
            ahead = FRAME_HEADER_LEN;
            self.read(offset, first.get_mut(..ahead).unwrap_or_default())?;
        }
        let first = first.get(..ahead).unwrap_or_default();
        let (header, behind) = first.split_at_checked(FRAME_HEADER_LEN).unwrap_or_default();
        let header = FrameHeader::decode(header, self.seed(), offset).map_err(damaged)?;
        let len = padded(header.payload_len);
        if len as u64 > room - FRAME_HEADER_LEN as u64 {
            return Err(damaged(Flaw::new(FlawKind::Length, 0, room, len as u64)));
        }
        let behind = behind.get(..len).unwrap_or(behind);
        let mut payload = Vec::with_capacity(len);
        payload.extend_from_slice(behind);
        if behind.len() < len {
            payload.resize(len, 0);
            let rest = payload.get_mut(behind.len()..).unwrap_or_default();
            self.read(offset + ahead as u64, rest)?;
        }
        header.check_payload(&payload).map_err(damaged)?;
        payload.truncate(header.payload_len);
        Ok(StoredFrame {
            kind: header.kind,
            batch: header.batch,
            payload,
        })
    }
}
