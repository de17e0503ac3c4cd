//! What of a damaged log still verifies: marks that say where batches were, and the parts of one
//! batch.
//!
//! Invariant: nothing is believed here but structures whose seeded check verifies in their place.

use crate::layout::batch::{BEGIN_LEN, BeginHeader, TRAILER_LEN, Trailer, find_zero_map};
use crate::layout::frame::{FRAME_HEADER_LEN, FrameHeader, FrameKind, padded};
use crate::layout::{SECTOR, Seed};

/// The beginning or the end of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A begin header.
    Begin {
        /// Where the batch starts.
        at: u64,
        /// The header.
        header: BeginHeader,
    },
    /// An end trailer.
    End {
        /// Where the batch ends.
        end: u64,
        /// Number of the batch.
        number: u64,
        /// Length of the batch in bytes.
        len: u64,
        /// Chain after the batch.
        chain_after: [u8; 32],
    },
}

/// The marks of batches from number `least` on, in `bytes` that start at `from` of the segment that
/// `seed` names.
pub fn marks(bytes: &[u8], seed: &Seed, from: u64, least: u64) -> impl Iterator<Item = Mark> {
    let sectors = bytes.chunks_exact(SECTOR).zip((from..).step_by(SECTOR));
    sectors.flat_map(move |(sector, at)| {
        let begin = BeginHeader::decode(sector, seed, at).ok();
        let begin = begin.map(|header| Mark::Begin { at, header });
        let end = at + SECTOR as u64;
        let trailer = sector.get(SECTOR - TRAILER_LEN..).unwrap_or_default();
        let trailer = Trailer::decode(trailer, seed, end - TRAILER_LEN as u64).ok();
        let trailer = trailer.map(|trailer| Mark::End {
            end,
            number: trailer.number,
            len: trailer.len,
            chain_after: trailer.chain_after,
        });
        let is_later = move |mark: &Mark| match mark {
            Mark::Begin { header, .. } => header.number >= least,
            Mark::End { number, .. } => *number >= least,
        };
        begin.into_iter().chain(trailer).filter(is_later)
    })
}

/// A frame that verifies among the bytes of a damaged batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remnant<'a> {
    /// Where its header starts, counted from the start of the batch.
    pub at: u64,
    /// Its kind.
    pub kind: FrameKind,
    /// Length of its payload.
    pub payload_len: usize,
    /// Its payload, if that verifies too.
    pub payload: Option<&'a [u8]>,
}

impl Remnant<'_> {
    /// Where the next frame starts.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.at + (FRAME_HEADER_LEN + padded(self.payload_len)) as u64
    }
}

/// What remains of a batch.
#[derive(Clone, Debug)]
pub struct Remains<'a> {
    bytes: &'a [u8],
    /// Its begin header.
    pub header: Option<BeginHeader>,
    /// Its frames in order.
    pub frames: Vec<Remnant<'a>>,
    /// Where its frames end, as header or zero map say.
    pub frames_end: Option<u64>,
    /// Its length and the chain after it, as its trailer says.
    pub trailer: Option<(u64, [u8; 32])>,
}

impl<'a> Remains<'a> {
    /// Looks through the `bytes` from the place of batch `number` on, at `offset` of the segment
    /// that `seed` names. They should end where the next batch starts, if that is known.
    #[must_use]
    pub fn of(bytes: &'a [u8], seed: &Seed, offset: u64, number: u64) -> Self {
        let header = BeginHeader::decode(bytes, seed, offset).ok();
        let header = header.filter(|header| header.number == number);
        let trailer = marks(bytes, seed, offset, number).find_map(|mark| match mark {
            Mark::End {
                end,
                number: of,
                len,
                chain_after,
            } if of == number && end - offset == len => Some((len, chain_after)),
            _ => None,
        });
        let len = header
            .map(|header| header.len)
            .or(trailer.map(|(len, _)| len));
        let len = len.and_then(|len| usize::try_from(len).ok());
        let bytes = len.and_then(|len| bytes.get(..len)).unwrap_or(bytes);
        let frames_end = header
            .map(|header| BEGIN_LEN as u64 + header.frames_len())
            .or_else(|| find_zero_map(bytes, seed, offset));
        Self {
            bytes,
            header,
            frames: frames(bytes, seed, offset, number),
            frames_end,
            trailer,
        }
    }

    /// Whether a batch of these bytes in this place would hold all that remains; `whole` if its
    /// header has to be the same too.
    #[must_use]
    pub fn agree_with(&self, batch: &[u8], whole: bool) -> bool {
        let same = |begin: u64, end: u64| {
            let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok());
            let range = range.map(|(begin, end)| begin..end);
            let both = range.and_then(|range| self.bytes.get(range.clone()).zip(batch.get(range)));
            both.is_some_and(|(remains, made)| remains == made)
        };
        let frames = self.frames.iter().filter(|frame| frame.payload.is_some());
        (!whole || self.header.is_none() || same(0, BEGIN_LEN as u64))
            && self
                .trailer
                .is_none_or(|(len, _)| same(len - TRAILER_LEN as u64, len))
            && frames.into_iter().all(|frame| same(frame.at, frame.end()))
    }

    /// The bytes from `at` on, verified or not.
    #[must_use]
    pub fn raw(&self, at: u64) -> &'a [u8] {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.bytes.get(at..).unwrap_or_default()
    }
}

/// Every frame of the batch whose header verifies, in its place.
fn frames<'a>(bytes: &'a [u8], seed: &Seed, offset: u64, number: u64) -> Vec<Remnant<'a>> {
    let mut found = Vec::new();
    let mut at = BEGIN_LEN;
    while let Some(header) = bytes.get(at..at + FRAME_HEADER_LEN) {
        // The cheap field first: a CRC for every eighth byte takes long.
        let is_its = header.get(8..16) == Some(&number.to_le_bytes());
        let decoded = Some(header)
            .filter(|_| is_its)
            .and_then(|header| FrameHeader::decode(header, seed, offset + at as u64).ok());
        let Some(frame) = decoded else {
            at += 8;
            continue;
        };
        let start = at + FRAME_HEADER_LEN;
        let end = start.saturating_add(padded(frame.payload_len));
        let payload = bytes.get(start..end);
        let payload = payload.and_then(|payload| frame.check_payload(payload).ok());
        found.push(Remnant {
            at: at as u64,
            kind: frame.kind,
            payload_len: frame.payload_len,
            payload,
        });
        at = if end <= bytes.len() { end } else { start };
    }
    found
}
