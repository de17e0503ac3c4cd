//! Walking the log: batch after batch, each verified, in memory bounded by one segment; past the page
//! cache by its longest batch, and what is read ahead.
//!
//! A scan judges nothing. Where a batch does not verify it stops and says what it saw; the caller
//! decides (`tail` for the end of the log), and may go on with [`Scan::resume_after`].

use std::sync::Arc;

use super::ahead::{Ahead, Piece};
use super::segments::{Segment, Segments};
use crate::error::{Damage, Error, Result};
use crate::layout::batch::{Batch, BeginHeader, lost_sector};
use crate::layout::header::HEADER_LEN;
use crate::layout::{Flaw, FlawKind, SECTOR, first_used, is_zero};
use crate::position::Position;

/// What a scan came upon.
#[derive(Debug)]
pub enum Found<'a> {
    /// A batch that verifies and follows the one before.
    Batch {
        /// Where it starts.
        at: Position,
        /// The batch.
        batch: Batch<'a>,
    },
    /// Bytes that are not the next batch.
    Stop(Stop),
}

/// Why a scan stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Where the next batch was expected.
    pub at: Position,
    /// What does not verify; its offset counts from the start of the segment.
    pub damage: Damage,
    /// Length of the batch, where its begin header verifies.
    pub extent: Option<u64>,
    /// Whether a sector of the batch was lost: zero on the disk and not zero when written.
    pub lost_sector: bool,
}

/// A walk over the batches of a log.
#[derive(Debug)]
pub struct Scan {
    segments: Arc<Segments>,
    reads: Reads,
    at: Position,
    next_batch: u64,
    /// Chain of the batch before; unknown after damage was passed.
    chain: Option<[u8; 32]>,
    loaded: Option<Arc<Segment>>,
    /// Where the last segment to look at ends; bytes from here on were not published.
    until: Option<Position>,
    /// Bytes of the loaded segment, from `from` on.
    buffer: Vec<u8>,
    from: u64,
}

/// How a scan comes by its bytes.
#[derive(Debug)]
enum Reads {
    /// From the page cache, a segment at a time.
    Cached,
    /// Past it, as they are needed.
    Direct,
    /// The same, read ahead from the scan's first place on.
    Ahead(Option<Ahead>),
}

/// What lies at the scan's place, without its bytes.
enum Place {
    End,
    Batch,
    Stop(Stop),
}

impl Scan {
    /// A scan from `at`, where batch `next_batch` should start after the chain `chain`, if that is
    /// known.
    #[must_use]
    pub const fn new(
        segments: Arc<Segments>,
        at: Position,
        next_batch: u64,
        chain: Option<[u8; 32]>,
    ) -> Self {
        Self {
            segments,
            reads: Reads::Cached,
            at,
            next_batch,
            chain,
            loaded: None,
            until: None,
            buffer: Vec::new(),
            from: 0,
        }
    }

    /// Reads past the page cache: what a crash would leave.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.reads = Reads::Direct;
        self
    }

    /// The same, up to the end of the log, with threads that read ahead.
    #[must_use]
    pub fn direct_ahead(mut self) -> Self {
        self.reads = Reads::Ahead(Ahead::start(&self.segments, self.at));
        self
    }

    /// Ends at `end`, as if nothing lay behind it.
    #[must_use]
    pub const fn until(mut self, end: Position) -> Self {
        self.until = Some(end);
        self
    }

    /// Moves the end, as [`Scan::until`]; `None`: where the log ends.
    pub fn set_until(&mut self, end: Option<Position>) {
        let limit = |scan: &Self| scan.loaded.as_ref().map(|segment| scan.limit(segment));
        let before = limit(self);
        self.until = end;
        if limit(self) != before {
            self.loaded = None;
        }
    }

    /// Goes on elsewhere, as a new scan would; what was read of a segment is kept.
    pub const fn jump(&mut self, at: Position, next_batch: u64, chain: Option<[u8; 32]>) {
        self.at = at;
        self.next_batch = next_batch;
        self.chain = chain;
    }

    /// Where the scan stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.at
    }

    /// The number that the next batch must have.
    #[must_use]
    pub const fn next_batch(&self) -> u64 {
        self.next_batch
    }

    /// The next batch, or what stands in its place; `None` at the end of the log.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::MissingSegment`], [`Error::DamagedHeader`].
    #[expect(
        clippy::should_implement_trait,
        reason = "lends from its buffer, which Iterator cannot"
    )]
    pub fn next(&mut self) -> Result<Option<Found<'_>>> {
        match self.look()? {
            Place::End => return Ok(None),
            Place::Stop(stop) => return Ok(Some(Found::Stop(stop))),
            Place::Batch => {}
        }
        let segment = self.load(self.at.segment(), self.at.offset())?;
        let at = self.at;
        self.fill_batch(&segment)?;
        let bytes = slice_from(&self.buffer, at.offset() - self.from);
        let decoded = Batch::decode(bytes, segment.seed(), at.offset()).and_then(|batch| {
            let chain = self.chain.unwrap_or(batch.header.chain_before);
            batch.check_follows(self.next_batch, &chain)?;
            Ok(batch)
        });
        match decoded {
            Ok(batch) => {
                self.at = Position::new(at.segment(), at.offset() + batch.header.len);
                self.next_batch += 1;
                self.chain = Some(batch.chain_after);
                Ok(Some(Found::Batch { at, batch }))
            }
            Err(flaw) => Ok(Some(Found::Stop(self.stop(&segment, flaw)))),
        }
    }

    /// Goes on behind a stop: at the next begin header that verifies and belongs to a later batch.
    /// Answers whether there is one.
    ///
    /// # Errors
    /// As [`Scan::next`].
    pub fn resume_after(&mut self, stop: &Stop) -> Result<bool> {
        let mut number = stop.at.segment();
        let mut offset = stop.at.offset() + SECTOR as u64;
        while number < self.segments.count() {
            let segment = self.load(number, offset)?;
            let limit = self.limit(&segment);
            self.fill(&segment, limit)?;
            while offset < limit {
                let bytes = slice_from(&self.buffer, offset - self.from);
                if let Ok(header) = BeginHeader::decode(bytes, segment.seed(), offset)
                    && header.number >= self.next_batch
                {
                    self.at = Position::new(number, offset);
                    self.next_batch = header.number;
                    self.chain = None;
                    return Ok(true);
                }
                offset += SECTOR as u64;
            }
            number += 1;
            offset = HEADER_LEN;
        }
        Ok(false)
    }

    /// Finds the place of the next batch, which may be in the next segment.
    fn look(&mut self) -> Result<Place> {
        loop {
            // Before anything is loaded: a clean open scans nothing, whatever its segment's length.
            if self.until.is_some_and(|end| self.at >= end) {
                return Ok(Place::End);
            }
            let at = self.at.offset();
            let segment = self.load(self.at.segment(), at)?;
            if !self.is_quiet_at(&segment, at)? {
                return Ok(Place::Batch);
            }
            if let Some(stray) = self.first_used(&segment, at)? {
                return Ok(Place::Stop(self.begin_lost(&segment, self.at, stray)));
            }
            let next = self.at.segment() + 1;
            let begin = Position::new(next, HEADER_LEN);
            if next >= self.segments.count() || self.until.is_some_and(|end| begin >= end) {
                return Ok(Place::End);
            }
            let segment = self.load(next, HEADER_LEN)?;
            if !self.is_quiet_at(&segment, HEADER_LEN)? {
                self.at = begin;
                continue;
            }
            // The segment ahead: empty, unless a batch lost its first sector there.
            if let Some(stray) = self.first_used(&segment, HEADER_LEN)? {
                return Ok(Place::Stop(self.begin_lost(&segment, begin, stray)));
            }
            // There is one ahead: where more follow, and not all are empty, it lost its batches.
            for number in next + 1..self.segments.count() {
                let later = Position::new(number, HEADER_LEN);
                if self.until.is_some_and(|end| later >= end) {
                    break;
                }
                let ahead = self.load(number, HEADER_LEN)?;
                if self.first_used(&ahead, HEADER_LEN)?.is_some() {
                    return Ok(Place::Stop(self.begin_lost(&segment, begin, HEADER_LEN)));
                }
            }
            return Ok(Place::End);
        }
    }

    /// Whether the sector at an offset is zero, or there is none.
    fn is_quiet_at(&mut self, segment: &Segment, at: u64) -> Result<bool> {
        let end = self.limit(segment).min(at + SECTOR as u64);
        self.fill(segment, end)?;
        Ok(is_zero(self.between(at, end)))
    }

    /// The first byte from an offset on that is not zero.
    fn first_used(&mut self, segment: &Segment, at: u64) -> Result<Option<u64>> {
        let limit = self.limit(segment);
        loop {
            if let Some(used) = first_used(self.between(at, limit)) {
                return Ok(Some(at.max(self.from) + used as u64));
            }
            let end = self.end();
            if end >= limit || matches!(self.reads, Reads::Cached) {
                return Ok(None);
            }
            // Zeros that were looked at are let go.
            self.buffer.clear();
            self.from = end;
            let piece = self.next_piece(segment, limit)?;
            if piece.len == 0 {
                return Ok(None);
            }
            if piece.bytes.is_empty() {
                self.from += piece.len as u64;
            }
            self.buffer = piece.bytes;
        }
    }

    /// The stop at a batch at `at` whose first sector is zero while `stray` bytes follow.
    fn begin_lost(&self, segment: &Segment, at: Position, stray: u64) -> Stop {
        Stop {
            at,
            damage: Damage {
                file: segment.name().to_owned(),
                offset: stray,
                batch: self.next_batch,
                flaw: Flaw::new(FlawKind::LostSector, stray, 1, 0),
            },
            extent: None,
            lost_sector: true,
        }
    }

    /// The stop at a batch with this flaw.
    fn stop(&self, segment: &Segment, flaw: Flaw) -> Stop {
        let at = self.at.offset();
        let bytes = self.between(at, self.limit(segment));
        let header = BeginHeader::decode(bytes, segment.seed(), at)
            .ok()
            .filter(|header| header.len <= bytes.len() as u64);
        let lost = header.as_ref().and_then(|header| {
            let extent = bytes.get(..clamp(header.len)).unwrap_or_default();
            lost_sector(extent, header, segment.seed(), at)
        });
        Stop {
            at: self.at,
            damage: Damage {
                file: segment.name().to_owned(),
                offset: at + flaw.at,
                batch: self.next_batch,
                flaw,
            },
            extent: header.map(|header| header.len),
            lost_sector: lost.is_some(),
        }
    }

    /// Where batches of this segment end at the latest.
    const fn limit(&self, segment: &Segment) -> u64 {
        match self.until {
            Some(end) if end.segment() == segment.number() => end.offset(),
            Some(end) if end.segment() < segment.number() => HEADER_LEN,
            _ => segment.batches_end(),
        }
    }

    /// Where the bytes end that were read of the loaded segment.
    const fn end(&self) -> u64 {
        self.from + self.buffer.len() as u64
    }

    /// What was read between two offsets of the loaded segment.
    fn between(&self, from: u64, to: u64) -> &[u8] {
        let place = |offset: u64| clamp(offset.clamp(self.from, self.end()) - self.from);
        let range = place(from)..place(to.max(from));
        self.buffer.get(range).unwrap_or_default()
    }

    /// Brings a segment's bytes into the buffer; past the page cache those from an offset on, as
    /// [`fill`](Self::fill) is asked for them.
    fn load(&mut self, number: u64, from: u64) -> Result<Arc<Segment>> {
        let is_there = |s: &&Arc<Segment>| s.number() == number && self.from <= from;
        if let Some(loaded) = self.loaded.as_ref().filter(is_there) {
            return Ok(Arc::clone(loaded));
        }
        let segment = self.segments.get(number)?;
        self.loaded = None;
        if matches!(self.reads, Reads::Cached) {
            let limit = self.limit(&segment);
            self.from = 0;
            self.buffer.resize(clamp(limit), 0);
            let read = segment.file().read_at(&mut self.buffer, 0);
            let read = read.map_err(|e| Error::io("read", segment.name(), e))?;
            self.buffer.truncate(read);
        } else {
            self.from = from;
            self.buffer.clear();
        }
        self.loaded = Some(Arc::clone(&segment));
        Ok(segment)
    }

    /// Reads what the batch at the scan's place consists of, or all there is where its header does
    /// not tell.
    fn fill_batch(&mut self, segment: &Segment) -> Result<()> {
        let (at, limit) = (self.at.offset(), self.limit(segment));
        let header = BeginHeader::decode(self.between(at, limit), segment.seed(), at);
        let end = header.map_or(limit, |header| at.saturating_add(header.len).min(limit));
        self.fill(segment, end)
    }

    /// Reads on until there are the bytes up to an offset, or no more.
    fn fill(&mut self, segment: &Segment, to: u64) -> Result<()> {
        if matches!(self.reads, Reads::Cached) {
            return Ok(());
        }
        let limit = self.limit(segment);
        while self.end() < to {
            // Batches that were given out are let go.
            if segment.number() == self.at.segment() {
                let behind = self.at.offset().clamp(self.from, self.end());
                self.buffer.drain(..clamp(behind - self.from));
                self.from = behind;
            }
            if !self.read_piece(segment, limit)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads the piece behind those that there are; answers whether there was one.
    fn read_piece(&mut self, segment: &Segment, limit: u64) -> Result<bool> {
        let piece = self.next_piece(segment, limit)?;
        if piece.bytes.is_empty() {
            self.buffer.resize(self.buffer.len() + piece.len, 0);
        } else {
            self.buffer.extend_from_slice(&piece.bytes);
        }
        Ok(piece.len > 0)
    }

    /// The piece behind those that were read; an empty one behind the last.
    fn next_piece(&mut self, segment: &Segment, limit: u64) -> Result<Piece> {
        let offset = self.end();
        let at = Position::new(segment.number(), offset);
        let ahead = match &mut self.reads {
            Reads::Ahead(Some(ahead)) => ahead.next(at),
            Reads::Cached => return Ok(Piece::none(at)),
            _ => None,
        };
        match ahead {
            Some(piece) => piece,
            None => {
                // What is read ahead is not what is wanted, from here on.
                if matches!(self.reads, Reads::Ahead(_)) {
                    self.reads = Reads::Ahead(None);
                }
                Piece::read(segment, offset, limit)
            }
        }
    }
}

/// Segments are far below 4 GiB, so that their offsets index memory.
fn clamp(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn slice_from(bytes: &[u8], offset: u64) -> &[u8] {
    bytes.get(clamp(offset)..).unwrap_or_default()
}
