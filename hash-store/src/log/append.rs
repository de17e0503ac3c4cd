//! Appending to the log: one write and one sync a batch.
//!
//! Invariants:
//!
//! - the tip moves only after the sync of its batch returned;
//! - an error before the first byte was written leaves the writer as it was; one between that and
//!   the return of the sync poisons it, since the batch may or may not be durable;
//! - one empty segment stands ready ahead of the last, made by a thread of its own;
//! - between the tip and the next offset that is a multiple of 1 MiB, a small batch finds zeros that
//!   were written, not only reserved;
//! - footers are written after a later segment holds a batch, and never synced for their own sake.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::LogTip;
use super::segments::{
    BATCH_LEN_LIMIT, SEGMENT_LEN_MAX, Segment, Segments, ZERO_PIECE, write_or_take_back,
    write_zeros,
};
use crate::error::{Damage, Error, Result, is_full};
use crate::layout::batch::{BEGIN_LEN, BatchBuffer, BatchKind, BeginHeader};
use crate::layout::footer::Footer;
use crate::layout::frame::FrameKind;
use crate::layout::header::HEADER_LEN;
use crate::layout::{SECTOR, is_zero};
use crate::position::Position;

/// Length of segment 0; each later one is twice as long, up to [`SEGMENT_LEN_MAX`].
const SEGMENT_LEN_FIRST: u64 = 64 * 1024;
/// From this length on writing zeros first takes longer than what a sync has to note of room that
/// was only reserved: 256 KiB on ext4 without a journal, 450 KiB with one.
const LARGE_BATCH_LEN: u64 = 384 * 1024;

/// Limits of a log.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Batches longer than this are refused. At most 256 MiB.
    pub batch_len_max: u64,
    /// Length of segment 0, a multiple of 4096.
    pub segment_len_first: u64,
    /// Segments are made ready by a thread of their own, not by the commit that uses the last.
    pub background: bool,
    /// Batches shorter than this find zeros that were written before, a mebibyte at a time; longer
    /// ones go into room that was only reserved.
    pub large_batch_len: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            batch_len_max: 64 << 20,
            segment_len_first: SEGMENT_LEN_FIRST,
            background: true,
            large_batch_len: LARGE_BATCH_LEN,
        }
    }
}

impl LogOptions {
    /// Length of a segment that must hold `need` bytes of batches.
    fn segment_len(&self, number: u64, need: u64) -> u64 {
        let grown = u32::try_from(number)
            .ok()
            .and_then(|shift| self.segment_len_first.checked_shl(shift))
            .filter(|len| (self.segment_len_first..SEGMENT_LEN_MAX).contains(len));
        let usual = grown.unwrap_or(SEGMENT_LEN_MAX);
        let needed = (HEADER_LEN + need + SECTOR as u64).next_multiple_of(HEADER_LEN);
        usual.max(needed)
    }
}

/// A durable batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it starts.
    pub at: Position,
    /// The log's tip after it.
    pub tip: LogTip,
}

/// The writer of a log. There is one; the superblock's lock sees to that.
#[derive(Debug)]
pub struct LogWriter {
    segments: Arc<Segments>,
    options: LogOptions,
    tip: LogTip,
    tail: TailSegment,
    ahead: Ahead,
    /// Segments that wait for their footers.
    full: Vec<(Arc<Segment>, Footer)>,
    poisoned: Option<String>,
}

/// The segment that batches go to.
#[derive(Clone, Debug)]
struct TailSegment {
    segment: Arc<Segment>,
    first_batch: u64,
    first_height: u64,
    /// Before this offset all room was written, with zeros or batches.
    written: u64,
}

#[derive(Debug)]
enum Ahead {
    /// To be made.
    None,
    /// Being made.
    Making(JoinHandle<Result<Arc<Segment>>>),
    /// Ready.
    Ready(Arc<Segment>),
}

impl LogWriter {
    /// Creates the first two segments of a new log.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn create(segments: Arc<Segments>, options: LogOptions, chain: [u8; 32]) -> Result<Self> {
        let first = new_segment(&segments, &options, 0, 0)?;
        segments.put(Arc::clone(&first));
        let ahead = new_segment(&segments, &options, 1, 0)?;
        segments.put(Arc::clone(&ahead));
        Ok(Self {
            segments,
            options,
            tip: LogTip {
                batch: 0,
                height: 0,
                end: Position::new(0, HEADER_LEN),
                last_body: None,
                chain,
            },
            tail: TailSegment::empty(first)?,
            ahead: Ahead::Ready(ahead),
            full: Vec::new(),
            poisoned: None,
        })
    }

    /// Continues a log at its tip, of which the caller has made sure.
    ///
    /// # Errors
    /// What opening the last segments gives, and damage in the tail segment's first batch.
    pub fn open(segments: Arc<Segments>, options: LogOptions, tip: LogTip) -> Result<Self> {
        let tail = TailSegment::open(&segments, &tip)?;
        let next = tip.end.segment() + 1;
        let ahead = if segments.count() > next {
            Ahead::Ready(segments.get(next)?)
        } else {
            Ahead::None
        };
        let full = missing_footers(&segments, &tip)?;
        Ok(Self {
            segments,
            options,
            tip,
            tail,
            ahead,
            full,
            poisoned: None,
        })
    }

    /// The tip: everything up to it is durable.
    #[must_use]
    pub const fn tip(&self) -> &LogTip {
        &self.tip
    }

    /// The segments, for readers.
    #[must_use]
    pub const fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// Why the writer refuses to go on, if it does.
    #[must_use]
    pub fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    /// Refuses everything from now on.
    pub fn poison(&mut self, reason: String) {
        self.poisoned.get_or_insert(reason);
    }

    /// Makes a batch durable: one write, one sync. `add_ranges` is called if this is the first
    /// commit of its segment, to push the ranges frames.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::StoreFull`]: nothing was written, or nothing is left of it.
    /// [`Error::Poisoned`]: an earlier failure. [`Error::Io`]: outcome unknown, the writer is poisoned.
    pub fn append(
        &mut self,
        batch: &mut BatchBuffer,
        add_ranges: impl FnOnce(&mut BatchBuffer),
    ) -> Result<Appended> {
        if let Some(reason) = &self.poisoned {
            return Err(Error::Poisoned {
                reason: reason.clone(),
            });
        }
        let number = self.tip.batch + 1;
        let is_commit = batch.kind() == BatchKind::Commit;
        let mut add_ranges = is_commit.then_some(add_ranges);
        let mut tail = self.tail.clone();
        let mut offset = self.tip.end.offset();
        loop {
            if tail.first_height == 0
                && let Some(add) = add_ranges.take()
            {
                add(batch);
            }
            let placed = batch.place(tail.segment.seed(), offset, number, &self.tip.chain);
            let len = placed.bytes.len() as u64;
            let limit = self.options.batch_len_max.min(BATCH_LEN_LIMIT);
            if len > limit {
                return Err(Error::TooLarge {
                    what: "batch",
                    len,
                    limit,
                });
            }
            if offset + len > tail.segment.batches_end() {
                tail = self.next_tail(len)?;
                offset = HEADER_LEN;
                continue;
            }
            let chain = placed.chain_after;
            if len < self.options.large_batch_len {
                tail.write_ahead(offset + len)?;
            }
            let file = tail.segment.file();
            let written = match write_or_take_back(file, placed.bytes, offset) {
                Ok(()) => file.sync_data(),
                // As if it had never been tried: there may be room one day.
                Err(unwritten) if unwritten.is_taken_back && is_full(&unwritten.error) => {
                    let file = tail.segment.name().to_owned();
                    return Err(Error::StoreFull { file });
                }
                Err(unwritten) => Err(unwritten.error),
            };
            if let Err(e) = written {
                self.poisoned = Some(format!("commit to {}: {e}", tail.segment.name()));
                return Err(Error::Io {
                    op: "commit to",
                    file: tail.segment.name().to_owned(),
                    source: e,
                });
            }
            return Ok(self.advance(tail, batch, offset, len, chain));
        }
    }

    fn advance(
        &mut self,
        mut tail: TailSegment,
        batch: &BatchBuffer,
        offset: u64,
        len: u64,
        chain: [u8; 32],
    ) -> Appended {
        let number = self.tip.batch + 1;
        let segment = tail.segment.number();
        if segment != self.tail.segment.number() {
            let before = &self.tail;
            let has_commit = before.first_height > 0;
            self.full.push((
                Arc::clone(&before.segment),
                Footer {
                    first_batch: before.first_batch,
                    last_batch: self.tip.batch,
                    first_height: before.first_height,
                    last_height: if has_commit { self.tip.height } else { 0 },
                    end: self.tip.end.offset(),
                    chain: self.tip.chain,
                },
            ));
            self.ahead = Ahead::None;
        }
        if tail.first_batch == 0 {
            tail.first_batch = number;
        }
        if tail.first_height == 0 {
            tail.first_height = batch.height();
        }
        let body = batch.frame_at(FrameKind::Body);
        self.tail = tail;
        self.tip = LogTip {
            batch: number,
            height: self.tip.height.max(batch.height()),
            end: Position::new(segment, offset + len),
            last_body: body
                .map(|at| Position::new(segment, offset + at))
                .or(self.tip.last_body),
            chain,
        };
        Appended {
            at: Position::new(segment, offset),
            tip: self.tip,
        }
    }

    /// The segment after the last one that holds batches, with room for `need` bytes. Asked again
    /// with more, once the batch has the ranges that the first of a segment carries, it is another
    /// segment of the same number: an empty one between two would end the log.
    fn next_tail(&mut self, need: u64) -> Result<TailSegment> {
        let number = self.tail.segment.number() + 1;
        let ready = match std::mem::replace(&mut self.ahead, Ahead::None) {
            Ahead::None => None,
            // A maker that failed is tried again here, where its error can be told.
            Ahead::Making(maker) => maker.join().ok().and_then(Result::ok),
            Ahead::Ready(segment) => Some(segment),
        };
        let fits = |segment: &Arc<Segment>| HEADER_LEN + need <= segment.batches_end();
        let segment = match ready.filter(fits) {
            Some(segment) => segment,
            None => new_segment(&self.segments, &self.options, number, need)?,
        };
        self.segments.put(Arc::clone(&segment));
        self.ahead = Ahead::Ready(Arc::clone(&segment));
        TailSegment::empty(segment)
    }

    /// Writes footers and makes the segment ahead: what an append leaves for after its caller was
    /// answered. Failures here lose nothing and are tried again.
    pub fn settle(&mut self) {
        for (segment, footer) in self.full.drain(..) {
            // A footer that cannot be written is missing, which heals.
            let _ = segment.seal(&footer);
        }
        if !matches!(self.ahead, Ahead::None) {
            return;
        }
        let number = self.tip.end.segment() + 1;
        let (segments, options) = (Arc::clone(&self.segments), self.options);
        let make = move || new_segment(&segments, &options, number, 0);
        if options.background {
            self.ahead = Ahead::Making(std::thread::spawn(make));
        } else if let Ok(segment) = make() {
            self.segments.put(Arc::clone(&segment));
            self.ahead = Ahead::Ready(segment);
        }
    }

    /// Waits for the segment ahead and syncs the footers, for an orderly end.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn finish(&mut self) -> Result<()> {
        self.settle();
        if let Ahead::Making(maker) = std::mem::replace(&mut self.ahead, Ahead::None) {
            let made = maker.join().map_err(|_| Error::Poisoned {
                reason: "the thread that makes segments panicked".to_owned(),
            })??;
            self.segments.put(Arc::clone(&made));
            self.ahead = Ahead::Ready(made);
        }
        Ok(())
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        if let Ahead::Making(maker) = std::mem::replace(&mut self.ahead, Ahead::None) {
            // What it made or not shows at the next open.
            let _ = maker.join();
        }
    }
}

impl TailSegment {
    /// A segment without batches.
    fn empty(segment: Arc<Segment>) -> Result<Self> {
        Self::ending_at(segment, HEADER_LEN)
    }

    fn ending_at(segment: Arc<Segment>, end: u64) -> Result<Self> {
        let limit = segment.batches_end();
        // The last page is written by what fills the segment, with zeros or with batches.
        let is_reserved = segment.is_unwritten(limit - limit % HEADER_LEN, limit)?;
        Ok(Self {
            written: if is_reserved { end } else { limit },
            segment,
            first_batch: 0,
            first_height: 0,
        })
    }

    /// The tail segment at `tip`: its first batch and first commit are looked up in the file.
    fn open(segments: &Arc<Segments>, tip: &LogTip) -> Result<Self> {
        let segment = segments.get(tip.end.segment())?;
        let mut tail = Self::ending_at(Arc::clone(&segment), tip.end.offset())?;
        let mut at = HEADER_LEN;
        while at < tip.end.offset() && tail.first_height == 0 {
            let header = begin_header(&segment, at)?;
            if tail.first_batch == 0 {
                tail.first_batch = header.number;
            }
            tail.first_height = header.height;
            at += header.len;
        }
        Ok(tail)
    }

    /// Writes zeros behind a small batch that will end at `end` in room that was only reserved, for
    /// those that follow: in such room each sync takes longer.
    fn write_ahead(&mut self, end: u64) -> Result<()> {
        if end <= self.written {
            return Ok(());
        }
        let to = end.next_multiple_of(ZERO_PIECE as u64);
        let to = to.min(self.segment.batches_end());
        write_zeros(self.segment.file(), end, to)
            .map_err(|e| Error::io("fill", self.segment.name(), e))?;
        self.written = to;
        Ok(())
    }
}

/// The footers that the last segments before the tail segment lack: a crash loses them.
fn missing_footers(segments: &Segments, tip: &LogTip) -> Result<Vec<(Arc<Segment>, Footer)>> {
    let mut missing = Vec::new();
    for number in (0..tip.end.segment()).rev() {
        let segment = segments.get(number)?;
        if segment.footer()?.is_some() {
            break;
        }
        let next = segments.get(number + 1)?;
        let chain = begin_header(&next, HEADER_LEN)?.chain_before;
        let footer = footer_of(&segment, chain)?;
        missing.push((segment, footer));
    }
    Ok(missing)
}

/// The footer of a full segment, from its begin headers.
fn footer_of(segment: &Segment, chain: [u8; 32]) -> Result<Footer> {
    let mut footer = Footer {
        first_batch: 0,
        last_batch: 0,
        first_height: 0,
        last_height: 0,
        end: HEADER_LEN,
        chain,
    };
    let mut sector = [0; SECTOR];
    while footer.end < segment.batches_end() {
        segment.read(footer.end, &mut sector)?;
        if is_zero(&sector) {
            break;
        }
        let header = begin_header(segment, footer.end)?;
        if footer.first_batch == 0 {
            footer.first_batch = header.number;
        }
        if footer.first_height == 0 {
            footer.first_height = header.height;
        }
        footer.last_batch = header.number;
        footer.last_height = footer.last_height.max(header.height);
        footer.end += header.len;
    }
    Ok(footer)
}

/// Reads the begin header of a batch that is known to be there.
fn begin_header(segment: &Segment, at: u64) -> Result<BeginHeader> {
    let mut bytes = [0; BEGIN_LEN];
    segment.read(at, &mut bytes)?;
    BeginHeader::decode(&bytes, segment.seed(), at).map_err(|flaw| {
        Error::CorruptCommitted(Damage {
            file: segment.name().to_owned(),
            offset: at + flaw.at,
            batch: 0,
            flaw,
        })
    })
}

/// A durable segment of the usual length, or as long as `need` bytes of batches take.
fn new_segment(
    segments: &Segments,
    options: &LogOptions,
    number: u64,
    need: u64,
) -> Result<Arc<Segment>> {
    let len = options.segment_len(number, need);
    Segment::create(&**segments.storage(), segments.uuid(), number, len).map(Arc::new)
}
