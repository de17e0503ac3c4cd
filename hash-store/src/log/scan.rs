//! Walking the log: batch after batch, each verified, in memory bounded by one segment.
//!
//! A scan judges nothing. Where a batch does not verify it stops and says what it saw; the caller
//! decides (`tail` for the end of the log), and may go on with [`Scan::resume_after`].

use std::sync::Arc;

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
    direct: bool,
    at: Position,
    next_batch: u64,
    /// Chain of the batch before; unknown after damage was passed.
    chain: Option<[u8; 32]>,
    loaded: Option<Arc<Segment>>,
    /// Where the last segment to look at ends; bytes from here on were not published.
    until: Option<Position>,
    buffer: Vec<u8>,
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
            direct: false,
            at,
            next_batch,
            chain,
            loaded: None,
            until: None,
            buffer: Vec::new(),
        }
    }

    /// Reads past the page cache: what a crash would leave.
    #[must_use]
    pub const fn direct(mut self) -> Self {
        self.direct = true;
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
        let segment = self.load(self.at.segment())?;
        let at = self.at;
        let bytes = slice_from(&self.buffer, at.offset());
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
            Err(flaw) => {
                let stop = self.stop(&segment, flaw);
                Ok(Some(Found::Stop(stop)))
            }
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
            let segment = self.load(number)?;
            while offset < self.limit(&segment) {
                let bytes = slice_from(&self.buffer, offset);
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
            let segment = self.load(self.at.segment())?;
            let (at, limit) = (self.at.offset(), self.limit(&segment));
            let rest = self.buffer.get(clamp(at)..clamp(limit)).unwrap_or_default();
            let sector = rest.get(..SECTOR).unwrap_or_default();
            if !is_zero(sector) {
                return Ok(Place::Batch);
            }
            if let Some(stray) = first_used(rest) {
                let stray = at + stray as u64;
                return Ok(Place::Stop(self.begin_lost(&segment, self.at, stray)));
            }
            let next = self.at.segment() + 1;
            let begin = Position::new(next, HEADER_LEN);
            if next >= self.segments.count() || self.until.is_some_and(|end| begin >= end) {
                return Ok(Place::End);
            }
            let next_segment = self.load(next)?;
            let limit = self.limit(&next_segment);
            let area = self.buffer.get(clamp(HEADER_LEN)..clamp(limit));
            let area = area.unwrap_or_default();
            if is_zero(area.get(..SECTOR).unwrap_or_default()) {
                // The segment ahead: empty, unless a batch lost its first sector there.
                return Ok(match first_used(area) {
                    None => Place::End,
                    Some(stray) => {
                        let stray = HEADER_LEN + stray as u64;
                        Place::Stop(self.begin_lost(&next_segment, begin, stray))
                    }
                });
            }
            self.at = begin;
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
        let limit = self.limit(segment);
        let bytes = self.buffer.get(clamp(at)..clamp(limit)).unwrap_or_default();
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

    /// Brings a segment's bytes into the buffer.
    fn load(&mut self, number: u64) -> Result<Arc<Segment>> {
        if let Some(loaded) = self.loaded.as_ref().filter(|s| s.number() == number) {
            return Ok(Arc::clone(loaded));
        }
        let segment = self.segments.get(number)?;
        let limit = self.limit(&segment);
        self.loaded = None;
        self.buffer.resize(clamp(limit), 0);
        let read = if self.direct {
            segment.file().read_direct(&mut self.buffer, 0)
        } else {
            segment.file().read_at(&mut self.buffer, 0)
        }
        .map_err(|e| Error::io("read", segment.name(), e))?;
        self.buffer.truncate(read);
        self.loaded = Some(Arc::clone(&segment));
        Ok(segment)
    }
}

/// Segments are far below 4 GiB, so that their offsets index memory.
fn clamp(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn slice_from(bytes: &[u8], offset: u64) -> &[u8] {
    bytes.get(clamp(offset)..).unwrap_or_default()
}
