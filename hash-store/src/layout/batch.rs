//! Batches: what one write and one sync make durable (FORMAT.md section 4).
//!
//! Invariants:
//!
//! - a batch starts and ends on a sector; its begin header lies in its first sector, its end
//!   trailer in its last, and none of the sectors that hold header, zero map or trailer is zero;
//! - the zero map lists exactly the sectors that are zero by content, so that a zero sector which
//!   is not listed was lost by the disk;
//! - the chain covers entries, delta and body frames, and nothing that depends on where they lie.

use super::frame::{FRAME_HEADER_LEN, Frame, FrameHeader, FrameKind, padded, put_header};
use crate::error::Error;

use super::{Fields, Flaw, FlawKind, SECTOR, Seed, is_zero, put};

/// Bytes of the begin header.
pub const BEGIN_LEN: usize = 96;
/// Bytes of the end trailer.
pub(crate) const TRAILER_LEN: usize = 64;

const BEGIN_MAGIC: &[u8; 4] = b"BEGN";
const ZERO_MAP_MAGIC: &[u8; 4] = b"ZMAP";
const TRAILER_MAGIC: &[u8; 4] = b"TAIL";
const ZERO_MAP_HEAD: usize = 16;

/// Kinds of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum BatchKind {
    /// Declares ledgers; no height.
    Declaration = 1,
    /// One commit at one height.
    Commit = 2,
    /// Attaches something to an earlier height; no height of its own.
    Attachment = 3,
    /// A part of what stands before the first commit of a store that does not begin with height 1;
    /// the last one has the height that the store begins with.
    Base = 4,
}

impl BatchKind {
    const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            1 => Self::Declaration,
            2 => Self::Commit,
            3 => Self::Attachment,
            4 => Self::Base,
            _ => return None,
        })
    }
}

/// The begin header of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeginHeader {
    /// Kind of the batch.
    pub kind: BatchKind,
    /// Batch number, from 1.
    pub number: u64,
    /// Length of the whole batch in bytes.
    pub len: u64,
    /// Height of a commit, or of the last part of a base; 0 for others.
    pub height: u64,
    /// Chain before this batch.
    pub chain_before: [u8; 32],
    frames_len: usize,
    frame_count: u32,
}

impl BeginHeader {
    /// Decodes the begin header of a batch at `offset` of a segment.
    ///
    /// # Errors
    /// The first [`Flaw`], counted from the start of the batch.
    pub fn decode(bytes: &[u8], seed: &Seed, offset: u64) -> Result<Self, Flaw> {
        let fields = Fields(bytes);
        fields.magic(0, BEGIN_MAGIC)?;
        let check = seed.check(offset, &[fields.bytes(0, 92)?]);
        fields.check(92, check, FlawKind::HeaderCheck)?;
        let code = fields.u16(4)?;
        let kind = BatchKind::from_code(code)
            .ok_or_else(|| Flaw::new(FlawKind::Kind, 4, 0, u64::from(code)))?;
        fields.zero(6, 2)?;
        fields.zero(44, 4)?;
        fields.zero(80, 12)?;
        let (len, frames_len) = (fields.u64(16)?, fields.u64(32)?);
        let least = (BEGIN_LEN + ZERO_MAP_HEAD + TRAILER_LEN) as u64;
        let fits = frames_len
            .checked_add(least)
            .is_some_and(|needed| needed <= len);
        if !fits || !len.is_multiple_of(SECTOR as u64) || !frames_len.is_multiple_of(8) {
            return Err(Flaw::new(FlawKind::Length, 16, frames_len, len));
        }
        let height = fields.u64(24)?;
        let fits = match kind {
            BatchKind::Commit => height > 0,
            BatchKind::Declaration | BatchKind::Attachment => height == 0,
            BatchKind::Base => true,
        };
        if !fits {
            return Err(Flaw::new(FlawKind::Height, 24, 0, height));
        }
        Ok(Self {
            kind,
            number: fields.u64(8)?,
            len,
            height,
            chain_before: fields.array(48)?,
            frames_len: usize::try_from(frames_len)
                .map_err(|_| Flaw::new(FlawKind::Length, 32, 0, frames_len))?,
            frame_count: fields.u32(40)?,
        })
    }

    /// Whether a sector begins as a commit does, whatever its check says.
    pub(crate) fn is_like_a_commit(sector: &[u8]) -> bool {
        let fields = Fields(sector);
        fields.magic(0, BEGIN_MAGIC).is_ok() && fields.u16(4) == Ok(BatchKind::Commit as u16)
    }

    /// Bytes of its frames, their padding included.
    #[must_use]
    pub const fn frames_len(&self) -> u64 {
        self.frames_len as u64
    }

    const fn zero_map_at(&self) -> usize {
        BEGIN_LEN + self.frames_len
    }
}

/// A batch whose every byte verified, apart from its place in the chain.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// Its begin header.
    pub header: BeginHeader,
    /// Chain after this batch, as its trailer says.
    pub chain_after: [u8; 32],
    /// Its frames in order.
    pub frames: Vec<Frame<'a>>,
}

impl<'a> Batch<'a> {
    /// Verifies the bytes of a batch at `offset` of a segment; `bytes` may go on past its end.
    ///
    /// # Errors
    /// The first [`Flaw`], counted from the start of the batch.
    pub fn decode(bytes: &'a [u8], seed: &Seed, offset: u64) -> Result<Self, Flaw> {
        let header = BeginHeader::decode(bytes, seed, offset)?;
        let len = usize::try_from(header.len)
            .map_err(|_| Flaw::new(FlawKind::Length, 16, 0, header.len))?;
        let bytes = Fields(bytes).bytes(0, len)?;
        let frames = decode_frames(bytes, &header, seed, offset)?;
        let end = check_zero_map(bytes, &header, seed, offset)?;
        // A longer batch would have a sector that is zero and in no zero map: a lost one.
        let least = (end + TRAILER_LEN).next_multiple_of(SECTOR);
        if len != least {
            let flaw = Flaw::new(FlawKind::Length, 16, least as u64, header.len);
            return Err(flaw);
        }
        let trailer_at = len - TRAILER_LEN;
        Fields(bytes).zero(end, trailer_at.saturating_sub(end))?;
        let chain_after = decode_trailer(bytes, trailer_at, &header, seed, offset)?;
        Ok(Self {
            header,
            chain_after,
            frames,
        })
    }

    /// Checks that this batch follows batch `number - 1` whose chain is `chain`.
    ///
    /// # Errors
    /// [`FlawKind::BatchNumber`] or [`FlawKind::Chain`].
    pub fn check_follows(&self, number: u64, chain: &[u8; 32]) -> Result<(), Flaw> {
        if self.header.number != number {
            let found = self.header.number;
            return Err(Flaw::new(FlawKind::BatchNumber, 8, number, found));
        }
        let differs = |at: u64, expected: &[u8; 32], found: &[u8; 32]| {
            Flaw::new(
                FlawKind::Chain,
                at,
                Fields(expected).u64(0).unwrap_or(0),
                Fields(found).u64(0).unwrap_or(0),
            )
        };
        if self.header.chain_before != *chain {
            return Err(differs(48, chain, &self.header.chain_before));
        }
        let computed = chain_over(chain, self.frames.iter().map(|f| (f.kind, f.payload)));
        if computed != self.chain_after {
            let at = self.header.len - TRAILER_LEN as u64 + 24;
            return Err(differs(at, &computed, &self.chain_after));
        }
        Ok(())
    }
}

fn decode_frames<'a>(
    bytes: &'a [u8],
    header: &BeginHeader,
    seed: &Seed,
    offset: u64,
) -> Result<Vec<Frame<'a>>, Flaw> {
    let end = header.zero_map_at();
    let mut frames = Vec::new();
    let mut at = BEGIN_LEN;
    while at < end {
        let place = offset + at as u64;
        let fields = Fields(bytes);
        let shift = |flaw: Flaw| flaw.shifted(at as u64);
        let frame =
            FrameHeader::decode(fields.bytes(at, FRAME_HEADER_LEN)?, seed, place).map_err(shift)?;
        if frame.batch != header.number {
            let flaw = Flaw::new(FlawKind::BatchNumber, 8, header.number, frame.batch);
            return Err(shift(flaw));
        }
        let body_at = at + FRAME_HEADER_LEN;
        let body_len = padded(frame.payload_len);
        if body_len > end.saturating_sub(body_at) {
            let room = end.saturating_sub(body_at) as u64;
            let flaw = Flaw::new(FlawKind::Length, 0, room, frame.payload_len as u64);
            return Err(shift(flaw));
        }
        let payload = frame
            .check_payload(fields.bytes(body_at, body_len)?)
            .map_err(shift)?;
        frames.push(Frame {
            kind: frame.kind,
            offset: place,
            batch: frame.batch,
            payload,
        });
        at = body_at + body_len;
    }
    if frames.len() as u64 != u64::from(header.frame_count) {
        let counted = frames.len() as u64;
        return Err(Flaw::new(
            FlawKind::Count,
            40,
            u64::from(header.frame_count),
            counted,
        ));
    }
    Ok(frames)
}

/// Verifies the zero map against the sectors before it; returns where it ends.
fn check_zero_map(
    bytes: &[u8],
    header: &BeginHeader,
    seed: &Seed,
    offset: u64,
) -> Result<usize, Flaw> {
    let (runs, end) = decode_zero_map(bytes, header, seed, offset)?;
    let actual = zero_runs(bytes.get(..header.zero_map_at()).unwrap_or_default());
    if runs == actual {
        Ok(end)
    } else {
        let (expected, found) = (runs.len() as u64, actual.len() as u64);
        let at = header.zero_map_at() as u64;
        Err(Flaw::new(FlawKind::ZeroMapCheck, at, expected, found))
    }
}

type Runs = Vec<(u32, u32)>;

/// Where a zero map that verifies starts among the bytes of a batch at `offset` of a segment.
pub(crate) fn find_zero_map(bytes: &[u8], seed: &Seed, offset: u64) -> Option<u64> {
    let starts = (BEGIN_LEN..bytes.len()).step_by(8);
    let mut starts = starts.filter(|at| Fields(bytes).magic(*at, ZERO_MAP_MAGIC).is_ok());
    let found = starts.find(|at| {
        let fields = Fields(bytes);
        let count = fields.size32(at + 4).ok().and_then(|n| n.checked_mul(8));
        let runs = count.and_then(|len| fields.bytes(at + ZERO_MAP_HEAD, len).ok());
        let head = fields.bytes(*at, 8).ok();
        runs.zip(head).is_some_and(|(runs, head)| {
            let computed = seed.check(offset + *at as u64, &[head, runs]);
            fields
                .check(at + 8, computed, FlawKind::ZeroMapCheck)
                .is_ok()
        })
    });
    found.map(|at| at as u64)
}

fn decode_zero_map(
    bytes: &[u8],
    header: &BeginHeader,
    seed: &Seed,
    offset: u64,
) -> Result<(Runs, usize), Flaw> {
    let at = header.zero_map_at();
    let fields = Fields(bytes);
    fields.magic(at, ZERO_MAP_MAGIC)?;
    let count = fields.size32(at + 4)?;
    let runs_at = at + ZERO_MAP_HEAD;
    let runs_bytes = count
        .checked_mul(8)
        .ok_or(Flaw::new(FlawKind::Length, at as u64 + 4, 0, count as u64))
        .and_then(|len| fields.bytes(runs_at, len))?;
    let place = offset + at as u64;
    let computed = seed.check(place, &[fields.bytes(at, 8)?, runs_bytes]);
    fields.check(at + 8, computed, FlawKind::ZeroMapCheck)?;
    fields.zero(at + 12, 4)?;
    let runs = runs_bytes
        .chunks_exact(8)
        .map(|run| Ok((Fields(run).u32(0)?, Fields(run).u32(4)?)))
        .collect::<Result<Runs, Flaw>>()?;
    Ok((runs, runs_at + runs_bytes.len()))
}

/// An end trailer that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub(crate) number: u64,
    pub(crate) len: u64,
    pub(crate) chain_after: [u8; 32],
}

impl Trailer {
    /// Decodes the trailer at `offset` of a segment.
    pub(crate) fn decode(bytes: &[u8], seed: &Seed, offset: u64) -> Result<Self, Flaw> {
        let fields = Fields(bytes);
        fields.magic(0, TRAILER_MAGIC)?;
        let computed = seed.check(offset, &[fields.bytes(0, 60)?]);
        fields.check(60, computed, FlawKind::HeaderCheck)?;
        fields.zero(4, 4)?;
        fields.zero(56, 4)?;
        Ok(Self {
            number: fields.u64(8)?,
            len: fields.u64(16)?,
            chain_after: fields.array(24)?,
        })
    }
}

/// Decodes the trailer of the batch with this header; returns the chain after it.
fn decode_trailer(
    bytes: &[u8],
    at: usize,
    header: &BeginHeader,
    seed: &Seed,
    offset: u64,
) -> Result<[u8; 32], Flaw> {
    let shift = |flaw: Flaw| flaw.shifted(at as u64);
    let bytes = Fields(bytes).bytes(at, TRAILER_LEN)?;
    let trailer = Trailer::decode(bytes, seed, offset + at as u64).map_err(shift)?;
    for (field, kind, expected, found) in [
        (8, FlawKind::BatchNumber, header.number, trailer.number),
        (16, FlawKind::Length, header.len, trailer.len),
    ] {
        if found != expected {
            return Err(shift(Flaw::new(kind, field, expected, found)));
        }
    }
    Ok(trailer.chain_after)
}

/// Whether some sector of a batch with this header was lost by the disk: it is zero, and the batch
/// did not write zeros there. Answers with its offset in the batch. `None` also where the zero map
/// itself is unreadable, so that nothing can be said of the sectors before it.
pub(crate) fn lost_sector(
    bytes: &[u8],
    header: &BeginHeader,
    seed: &Seed,
    offset: u64,
) -> Option<u64> {
    let sectors = || {
        bytes
            .chunks(SECTOR)
            .enumerate()
            .map(|(i, sector)| (i as u64, sector))
    };
    // From the zero map on, no sector is zero by content.
    let first = (header.zero_map_at() / SECTOR) as u64;
    let lost = sectors().find(|(i, sector)| *i >= first && is_zero(sector));
    if let Some((i, _)) = lost {
        return Some(i * SECTOR as u64);
    }
    let (runs, _) = decode_zero_map(bytes, header, seed, offset).ok()?;
    let listed = |i: u64| {
        runs.iter().any(|(start, len)| {
            let start = u64::from(*start);
            (start..start + u64::from(*len)).contains(&i)
        })
    };
    sectors()
        .find(|(i, sector)| *i < first && is_zero(sector) && !listed(*i))
        .map(|(i, _)| i * SECTOR as u64)
}

/// The runs of whole zero sectors in the bytes before a zero map.
fn zero_runs(bytes: &[u8]) -> Runs {
    let mut runs = Runs::new();
    // A sector cut off by the end also holds the zero map's magic: not zero.
    for (i, sector) in (0u32..).zip(bytes.chunks_exact(SECTOR)) {
        if !is_zero(sector) {
            continue;
        }
        match runs.last_mut() {
            Some((start, len)) if *start + *len == i => *len += 1,
            _ => runs.push((i, 1)),
        }
    }
    runs
}

/// Frames are gathered up to so many bytes before they are hashed: the hash of a long piece that
/// begins at a multiple of its length is computed side by side.
const CHAIN_PIECE: usize = 1 << 16;

/// The chain after frames (FORMAT.md section 4).
fn chain_over<'a>(
    before: &[u8; 32],
    frames: impl Iterator<Item = (FrameKind, &'a [u8])>,
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut piece = Vec::with_capacity(CHAIN_PIECE);
    piece.extend_from_slice(before);
    let mut has_body = false;
    let mut gather = |mut bytes: &[u8]| {
        while !bytes.is_empty() {
            let room = CHAIN_PIECE - piece.len();
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            piece.extend_from_slice(now);
            bytes = rest;
            if piece.len() == CHAIN_PIECE {
                hasher.update(&piece);
                piece.clear();
            }
        }
    };
    for (kind, payload) in frames.filter(|(kind, _)| kind.is_chained()) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        gather(&u32::from(kind as u16).to_le_bytes());
        gather(&len.to_le_bytes());
        gather(payload);
        has_body |= kind == FrameKind::Body;
    }
    hasher.update(&piece);
    if has_body {
        *hasher.finalize().as_bytes()
    } else {
        *before
    }
}

/// The chain before batch 1 of a network.
#[must_use]
pub fn first_chain(network: &str) -> [u8; 32] {
    *blake3::hash(network.as_bytes()).as_bytes()
}

/// A batch being written: frames gathered in one buffer, sealed into place at the end.
#[derive(Clone, Debug)]
pub struct BatchBuffer {
    kind: BatchKind,
    height: u64,
    /// Begin header, then frames; after `place` zero map and trailer too.
    bytes: Vec<u8>,
    frames_end: usize,
    frames: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    kind: FrameKind,
    at: usize,
    payload_len: u32,
}

/// A batch in its place: the bytes to write, and the chain after them.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) chain_after: [u8; 32],
}

impl BatchBuffer {
    /// An empty batch; `height` is 0 unless it is a commit, or the last part of a base.
    #[must_use]
    pub fn new(kind: BatchKind, height: u64) -> Self {
        Self {
            kind,
            height,
            bytes: vec![0; BEGIN_LEN],
            frames_end: BEGIN_LEN,
            frames: Vec::new(),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> BatchKind {
        self.kind
    }

    /// Its height.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// Bytes gathered so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.frames_end
    }

    /// Whether no frame was pushed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Kind and payload of every frame, in order.
    pub fn frames(&self) -> impl Iterator<Item = (FrameKind, &[u8])> {
        self.frames.iter().map(|slot| {
            let start = slot.at + FRAME_HEADER_LEN;
            let end = start + slot.payload_len as usize;
            (slot.kind, self.bytes.get(start..end).unwrap_or_default())
        })
    }

    /// Appends a frame whose payload `write` appends to the buffer it is given.
    ///
    /// Returns the offset of the frame in the batch.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for a payload of 4 GiB or more.
    pub fn push(
        &mut self,
        kind: FrameKind,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<u64, Error> {
        self.bytes.truncate(self.frames_end);
        let at = self.frames_end;
        let start = at + FRAME_HEADER_LEN;
        self.bytes.resize(start, 0);
        write(&mut self.bytes);
        let len = self.bytes.len().saturating_sub(start);
        let Ok(payload_len) = u32::try_from(len) else {
            self.bytes.truncate(at);
            return Err(Error::TooLarge {
                what: "frame",
                len: len as u64,
                limit: u64::from(u32::MAX),
            });
        };
        self.frames_end = start + padded(len);
        self.bytes.resize(self.frames_end, 0);
        self.frames.push(Slot {
            kind,
            at,
            payload_len,
        });
        Ok(at as u64)
    }

    /// The bytes of this batch at `offset` of the segment that `seed` names, as batch `number`
    /// after the chain `chain_before`; and the chain after it.
    pub fn encode(
        &mut self,
        seed: &Seed,
        offset: u64,
        number: u64,
        chain_before: &[u8; 32],
    ) -> (&[u8], [u8; 32]) {
        let placed = self.place(seed, offset, number, chain_before);
        (placed.bytes, placed.chain_after)
    }

    /// Offset in the batch of the first frame of this kind.
    pub(crate) fn frame_at(&self, kind: FrameKind) -> Option<u64> {
        let slot = self.frames.iter().find(|slot| slot.kind == kind)?;
        Some(slot.at as u64)
    }

    /// Fills in everything that depends on the place. May be called again for another place.
    pub(crate) fn place(
        &mut self,
        seed: &Seed,
        offset: u64,
        number: u64,
        chain_before: &[u8; 32],
    ) -> Placed<'_> {
        self.bytes.truncate(self.frames_end);
        for slot in &self.frames {
            let frame = self.bytes.get_mut(slot.at..).unwrap_or_default();
            let place = offset + slot.at as u64;
            put_header(frame, slot.kind, slot.payload_len, number, seed, place);
        }
        let chain_after = chain_over(chain_before, self.frames());
        // The begin header's sector must not count as zero: its magic goes first.
        put(&mut self.bytes, 0, BEGIN_MAGIC);
        self.push_zero_map(seed, offset);
        let len = (self.bytes.len() + TRAILER_LEN).next_multiple_of(SECTOR);
        let trailer_at = len - TRAILER_LEN;
        self.bytes.resize(len, 0);
        self.put_begin(seed, offset, number, len as u64, chain_before);
        self.put_trailer(seed, offset, trailer_at, number, &chain_after);
        Placed {
            bytes: &self.bytes,
            chain_after,
        }
    }

    fn push_zero_map(&mut self, seed: &Seed, offset: u64) {
        let runs = zero_runs(&self.bytes);
        let at = self.bytes.len();
        self.bytes.extend_from_slice(ZERO_MAP_MAGIC);
        let count = u32::try_from(runs.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 8]);
        for (start, len) in &runs {
            self.bytes.extend_from_slice(&start.to_le_bytes());
            self.bytes.extend_from_slice(&len.to_le_bytes());
        }
        let (head, runs) = (
            self.bytes.get(at..at + 8).unwrap_or_default(),
            self.bytes.get(at + ZERO_MAP_HEAD..).unwrap_or_default(),
        );
        let check = seed.check(offset + at as u64, &[head, runs]);
        put(&mut self.bytes, at + 8, &check.to_le_bytes());
    }

    fn put_begin(&mut self, seed: &Seed, offset: u64, number: u64, len: u64, chain: &[u8; 32]) {
        let frames_len = (self.frames_end - BEGIN_LEN) as u64;
        let count = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let bytes = &mut self.bytes;
        put(bytes, 4, &(self.kind as u16).to_le_bytes());
        put(bytes, 8, &number.to_le_bytes());
        put(bytes, 16, &len.to_le_bytes());
        put(bytes, 24, &self.height.to_le_bytes());
        put(bytes, 32, &frames_len.to_le_bytes());
        put(bytes, 40, &count.to_le_bytes());
        put(bytes, 48, chain);
        let check = seed.check(offset, &[bytes.get(..92).unwrap_or_default()]);
        put(bytes, 92, &check.to_le_bytes());
    }

    fn put_trailer(&mut self, seed: &Seed, offset: u64, at: usize, number: u64, chain: &[u8; 32]) {
        let len = self.bytes.len() as u64;
        let bytes = &mut self.bytes;
        put(bytes, at, TRAILER_MAGIC);
        put(bytes, at + 8, &number.to_le_bytes());
        put(bytes, at + 16, &len.to_le_bytes());
        put(bytes, at + 24, chain);
        let covered = bytes.get(at..at + 60).unwrap_or_default();
        let check = seed.check(offset + at as u64, &[covered]);
        put(bytes, at + 60, &check.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::FileKind;
    use proptest::prelude::*;

    const SEED: Seed = Seed {
        uuid: [9; 16],
        kind: FileKind::Segment,
        number: 0,
    };
    const CHAIN: [u8; 32] = [5; 32];

    fn batch(payloads: &[Vec<u8>]) -> BatchBuffer {
        let mut buffer = BatchBuffer::new(BatchKind::Commit, 4);
        for payload in payloads {
            buffer
                .push(FrameKind::Entries, |to| to.extend_from_slice(payload))
                .unwrap();
        }
        buffer
            .push(FrameKind::Body, |to| to.extend_from_slice(b"body"))
            .unwrap();
        buffer
    }

    fn bytes_of(payloads: &[Vec<u8>]) -> Vec<u8> {
        batch(payloads).place(&SEED, 4096, 7, &CHAIN).bytes.to_vec()
    }

    proptest! {
        #[test]
        fn what_is_placed_decodes(payloads in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..1500),
                (0usize..4000).prop_map(|n| vec![0; n]),
            ], 0..6)) {
            let mut buffer = batch(&payloads);
            // Placing twice gives the same bytes as placing once.
            let _ = buffer.place(&SEED, 512, 1, &CHAIN);
            let placed = buffer.place(&SEED, 4096, 7, &CHAIN);
            prop_assert_eq!(placed.bytes.len() % SECTOR, 0);
            let decoded = Batch::decode(placed.bytes, &SEED, 4096).unwrap();
            decoded.check_follows(7, &CHAIN).unwrap();
            prop_assert_eq!(decoded.chain_after, placed.chain_after);
            let read: Vec<&[u8]> = decoded.frames.iter().map(|f| f.payload).collect();
            let wrote: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).chain([&b"body"[..]]).collect();
            prop_assert_eq!(read, wrote);
            let (header, bytes) = (decoded.header, placed.bytes);
            prop_assert_eq!(lost_sector(bytes, &header, &SEED, 4096), None);
            prop_assert_eq!(bytes, &bytes_of(&payloads)[..]);
        }

        #[test]
        fn any_lost_sector_is_noticed(len in 0usize..6000, zeros in 0usize..4000) {
            let whole = bytes_of(&[vec![1; len], vec![0; zeros]]);
            let header = BeginHeader::decode(&whole, &SEED, 4096).unwrap();
            for start in (0..whole.len()).step_by(SECTOR) {
                let mut torn = whole.clone();
                torn[start..start + SECTOR].fill(0);
                if torn == whole {
                    continue;
                }
                prop_assert!(Batch::decode(&torn, &SEED, 4096).is_err());
                prop_assert_eq!(lost_sector(&torn, &header, &SEED, 4096), Some(start as u64));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = Batch::decode(&bytes, &SEED, 4096);
        }
    }

    #[test]
    fn every_flipped_bit_is_refused_and_none_looks_like_a_tear() {
        let whole = bytes_of(&[vec![3; 700], vec![0; 2100]]);
        let header = BeginHeader::decode(&whole, &SEED, 4096).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bad = whole.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Batch::decode(&bad, &SEED, 4096).is_err(), "bit {bit}");
            assert_eq!(lost_sector(&bad, &header, &SEED, 4096), None, "bit {bit}");
        }
    }

    #[test]
    fn a_sector_more_than_needed_is_refused() {
        let mut longer = bytes_of(&[vec![3; 700]]);
        let len = longer.len() + SECTOR;
        longer.resize(len, 0);
        longer.copy_within(len - SECTOR - TRAILER_LEN..len - SECTOR, len - TRAILER_LEN);
        longer[len - SECTOR - TRAILER_LEN..len - TRAILER_LEN].fill(0);
        for (start, checked) in [(0, 92), (len - TRAILER_LEN, 60)] {
            put(&mut longer, start + 16, &(len as u64).to_le_bytes());
            let covered = &longer[start..start + checked];
            let check = SEED.check(4096 + start as u64, &[covered]);
            put(&mut longer, start + checked, &check.to_le_bytes());
        }
        let flaw = Batch::decode(&longer, &SEED, 4096).unwrap_err();
        let least = (len - SECTOR) as u64;
        assert_eq!(flaw, Flaw::new(FlawKind::Length, 16, least, len as u64));
    }

    #[test]
    fn misplaced_foreign_and_reordered_batches_are_refused() {
        let whole = bytes_of(&[vec![3; 700]]);
        assert!(Batch::decode(&whole, &SEED, 4096 + 512).is_err());
        let other_store = Seed {
            uuid: [8; 16],
            ..SEED
        };
        assert!(Batch::decode(&whole, &other_store, 4096).is_err());
        let other_segment = Seed { number: 1, ..SEED };
        assert!(Batch::decode(&whole, &other_segment, 4096).is_err());
        let batch = Batch::decode(&whole, &SEED, 4096).unwrap();
        assert!(batch.check_follows(8, &CHAIN).is_err());
        assert!(batch.check_follows(7, &[6; 32]).is_err());
    }

    #[test]
    fn the_chain_does_not_depend_on_the_place_or_on_attachments() {
        let mut one = batch(&[vec![1; 10]]);
        let mut two = batch(&[vec![1; 10]]);
        two.push(FrameKind::Attachment, |to| to.push(1)).unwrap();
        let a = one.place(&SEED, 4096, 7, &CHAIN).chain_after;
        let b = two.place(&SEED, 8192, 9, &CHAIN).chain_after;
        assert_eq!(a, b);
        let mut plain = BatchBuffer::new(BatchKind::Attachment, 0);
        plain.push(FrameKind::Attachment, |to| to.push(1)).unwrap();
        assert_eq!(plain.place(&SEED, 4096, 8, &CHAIN).chain_after, CHAIN);
    }
}

#[cfg(test)]
#[path = "batch_fields.rs"]
mod fields;
