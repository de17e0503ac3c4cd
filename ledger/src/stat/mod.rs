//! What a store takes on the disk, and how it grows.
//!
//! The log is read once, batch after batch, each verified; derived files are measured by name and
//! length. Nothing is written, no lock is taken, and what is damaged is counted as such: it keeps
//! nothing else from being counted.
//!
//! Invariant: memory does not grow with the log, but for a line per segment and per gap.

mod series;
mod sizes;
mod space;

use std::sync::Arc;

use hash_store::{
    Access, BEGIN_LEN, Batch, BeginHeader, Found, FrameKind, HEADER_LEN, Position, Scan, Segment,
    Segments, Stop, Storage, Superblock, Superblocks, Tail, first_chain, judge_tail, read_tip,
};

pub use series::Series;
pub use sizes::Distribution;
pub use space::{Purpose, StoreFile, files};

use crate::body::CommitBody;
use crate::delta::Delta;
use crate::error::Result;
use crate::record::{BodyRecord, Entries, decode_declaration};
use crate::store::height_is_indexed;
use crate::verify::Progress;

/// Gaps beyond this many are counted and not listed.
const GAPS_MAX: usize = 1000;

/// What was counted.
#[derive(Clone, Debug)]
pub struct StoreStat {
    /// The newest valid superblock.
    pub superblock: Superblock,
    /// Height of the last commit that was read.
    pub height: u64,
    /// Every file.
    pub files: Vec<StoreFile>,
    /// Every segment, in order.
    pub segments: Vec<SegmentStat>,
    /// Every ledger, in order of declaration.
    pub ledgers: Vec<LedgerStat>,
    /// Bytes of commits over time.
    pub bytes: Series,
    /// Time of the first commit that was read, in milliseconds since 1970, and of the last.
    pub times_ms: Option<(u64, u64)>,
    /// Where the log does not verify, at most a thousand places.
    pub gaps: Vec<Gap>,
    /// Whether all of the log was looked at.
    pub complete: bool,
}

/// A segment of the log.
#[derive(Clone, Debug, Default)]
pub struct SegmentStat {
    /// Its number.
    pub number: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Bytes of batches that verify.
    pub live: u64,
    /// Bytes that should be batches and do not verify.
    pub damaged: u64,
    /// Bytes of a batch at the end of the log that was never acknowledged.
    pub torn: u64,
    /// Whether a later segment holds batches.
    pub sealed: bool,
    /// Batches that verify.
    pub batches: u64,
    /// Heights of the first and the last commit.
    pub heights: Option<(u64, u64)>,
    /// Entries of all ledgers.
    pub entries: u64,
    /// Entries over time.
    pub growth: Series,
}

impl SegmentStat {
    /// Bytes that hold no batch yet: header, footer, and what was made ahead.
    #[must_use]
    pub const fn ready(&self) -> u64 {
        let used = self.live + self.damaged + self.torn;
        self.len.saturating_sub(used)
    }
}

/// A ledger.
#[derive(Clone, Debug, Default)]
pub struct LedgerStat {
    /// Its name.
    pub name: String,
    /// Lengths of its entries in bytes, of those that were read.
    pub entries: Distribution,
    /// Bytes of the ids of its entries.
    pub id_bytes: u64,
    /// Writes to its state.
    pub writes: u64,
    /// Bytes of their keys and values.
    pub write_bytes: u64,
}

/// A place where the log does not verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Stable code of what was found.
    pub code: &'static str,
    /// The file.
    pub file: String,
    /// Where the batch starts that was expected there.
    pub offset: u64,
    /// Its number.
    pub batch: u64,
    /// Bytes up to the next batch that verifies, in this segment.
    pub len: u64,
    /// Whether it was never acknowledged.
    pub torn: bool,
}

/// Counts what a store holds and takes. Reads the whole log once; `watch` is told of progress and
/// ends the count by answering `false`.
///
/// # Errors
/// `NotAStore`, `Unfinished`, `NoSuperblock`, `FormatVersion`, `UnknownFeatures`, `Io` of
/// [`hash_store::Error`]. Damage to the log is no error: it is a gap.
pub fn stat(
    storage: &Arc<dyn Storage>,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<StoreStat> {
    let state = Superblocks::read(&**storage)?;
    let superblock = state.current;
    let files = files(&**storage)?;
    let segments = Segments::open(Arc::clone(storage), superblock.uuid, Access::Read)?;
    let tip = read_tip(&**storage, &superblock.uuid)?;
    let tip = tip.filter(|tip| tip.batch >= superblock.batch);
    let mut count = Count {
        until: if superblock.cut {
            Some(superblock.end)
        } else {
            tip.map(|tip| tip.end)
        },
        segments: Arc::new(segments),
        stat: StoreStat {
            ledgers: superblock.ledgers.iter().map(LedgerStat::of).collect(),
            segments: log_segments(&files),
            files,
            superblock,
            height: 0,
            bytes: Series::default(),
            times_ms: None,
            gaps: Vec::new(),
            complete: true,
        },
        done: 0,
    };
    count.run(watch)?;
    let last_used = count.stat.segments.iter().rposition(|s| s.batches > 0);
    for (i, segment) in count.stat.segments.iter_mut().enumerate() {
        segment.sealed = Some(i) < last_used;
    }
    Ok(count.stat)
}

impl LedgerStat {
    fn of(declaration: &hash_store::Declaration) -> Self {
        Self {
            name: declaration.name.clone(),
            ..Self::default()
        }
    }
}

fn log_segments(files: &[StoreFile]) -> Vec<SegmentStat> {
    let numbered = files.iter().filter_map(|file| {
        let number = file.name.strip_prefix("log/")?.strip_suffix(".seg")?;
        Some(SegmentStat {
            number: u64::from_str_radix(number, 16).ok()?,
            len: file.len,
            ..SegmentStat::default()
        })
    });
    let mut segments: Vec<SegmentStat> = numbered.collect();
    segments.sort_unstable_by_key(|segment| segment.number);
    segments
}

struct Count {
    segments: Arc<Segments>,
    until: Option<Position>,
    stat: StoreStat,
    done: u64,
}

impl Count {
    fn run(&mut self, watch: &mut dyn FnMut(Progress) -> bool) -> Result<()> {
        let bytes_total = self.stat.segments.iter().map(|s| s.len).sum();
        let network = &self.stat.superblock.network;
        let chain = first_chain(network);
        let start = Position::new(0, HEADER_LEN);
        let mut scan = self.scan(start, 1, Some(chain));
        loop {
            let found = match scan.next() {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(()),
                Err(error) => {
                    // One segment cannot be read: go on with the next that can.
                    let number = self.lose_segment(scan.position().segment(), &error);
                    let Some((at, batch)) = self.next_segment(number) else {
                        return Ok(());
                    };
                    scan = self.scan(at, batch, None);
                    continue;
                }
            };
            match found {
                Found::Batch { at, batch } => {
                    self.done += batch.header.len;
                    self.batch(at, &batch);
                    let progress = Progress {
                        bytes_done: self.done,
                        bytes_total,
                    };
                    if !watch(progress) {
                        self.stat.complete = false;
                        return Ok(());
                    }
                }
                Found::Stop(stop) => {
                    let more = scan.resume_after(&stop).unwrap_or(false);
                    self.gap(&stop, more.then(|| scan.position()));
                    if !more {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn scan(&self, at: Position, batch: u64, chain: Option<[u8; 32]>) -> Scan {
        let scan = Scan::new(Arc::clone(&self.segments), at, batch, chain);
        match self.until {
            Some(end) => scan.until(end),
            None => scan,
        }
    }

    fn segment(&mut self, number: u64) -> Option<&mut SegmentStat> {
        let segments = &mut self.stat.segments;
        let at = segments.binary_search_by_key(&number, |s| s.number).ok()?;
        segments.get_mut(at)
    }

    fn push_gap(&mut self, gap: Gap) {
        if self.stat.gaps.len() < GAPS_MAX {
            self.stat.gaps.push(gap);
        }
    }

    /// Counts a segment that cannot be read as damaged, and answers with its number.
    fn lose_segment(&mut self, at: u64, error: &hash_store::Error) -> u64 {
        // The scan stands at the end of the segment before, or in the bad one.
        let is_read = self.segments.get(at).is_ok();
        let number = if is_read { at + 1 } else { at };
        let len = self.segment(number).map_or(0, |segment| {
            segment.damaged = segment.len;
            segment.len
        });
        self.push_gap(Gap {
            code: error.code(),
            file: hash_store::segment_name(number),
            offset: 0,
            batch: 0,
            len,
            torn: false,
        });
        number
    }

    /// The first batch of the first segment after `number` that begins with one.
    fn next_segment(&mut self, number: u64) -> Option<(Position, u64)> {
        for next in number + 1..self.segments.count() {
            let begin = self.segments.get(next).and_then(|segment| {
                let mut begin = [0; BEGIN_LEN];
                segment.read(HEADER_LEN, &mut begin)?;
                Ok(BeginHeader::decode(&begin, segment.seed(), HEADER_LEN))
            });
            match begin {
                Ok(Ok(begin)) => return Some((Position::new(next, HEADER_LEN), begin.number)),
                Ok(Err(_)) => {}
                Err(error) => {
                    self.lose_segment(next, &error);
                }
            }
        }
        None
    }

    fn gap(&mut self, stop: &Stop, next: Option<Position>) {
        let (number, offset) = (stop.at.segment(), stop.at.offset());
        let torn = next.is_none()
            && self.until.is_none()
            && stop.damage.batch > self.stat.superblock.covered_batch()
            && matches!(
                judge_tail(&self.segments, stop, self.is_indexed(stop.at)),
                Ok(Tail::Torn | Tail::Stray)
            );
        let len = match next {
            Some(next) if next.segment() == number => next.offset() - offset,
            _ => {
                let segment = self.segments.get(number);
                segment.map_or(0, |segment| written_len(&segment, offset))
            }
        };
        if let Some(segment) = self.segment(number) {
            if torn {
                segment.torn += len;
            } else {
                segment.damaged += len;
            }
        }
        let code = if torn {
            "E-TORN-TAIL"
        } else {
            stop.damage.flaw.kind.code()
        };
        self.push_gap(Gap {
            code,
            file: stop.damage.file.clone(),
            offset,
            batch: stop.damage.batch,
            len,
            torn,
        });
    }

    /// Whether a derived page names the next height there, so that it was committed.
    fn is_indexed(&self, at: Position) -> bool {
        height_is_indexed(&self.segments, self.stat.height.saturating_add(1), at)
    }

    fn batch(&mut self, at: Position, batch: &Batch<'_>) {
        let mut entries = 0;
        let mut time_ms = None;
        // A payload that does not decode although its check holds is a finding of `verify`; here
        // its bytes count and what it says does not.
        for frame in &batch.frames {
            match frame.kind {
                FrameKind::Declaration => {
                    if let Ok((ordinal, declared)) = decode_declaration(frame.payload, frame.batch)
                        && usize::try_from(ordinal).ok() == Some(self.stat.ledgers.len())
                    {
                        self.stat.ledgers.push(LedgerStat::of(&declared));
                    }
                }
                FrameKind::Entries => {
                    if let Ok(frame) = Entries::decode(frame.payload, frame.batch) {
                        entries += u64::from(frame.count);
                        if let Some(ledger) = self.ledger(frame.ledger) {
                            let lens = frame.iter().map(|(_, entry)| entry.len() as u64);
                            lens.for_each(|len| ledger.entries.add(len));
                        }
                    }
                }
                FrameKind::Ids => {
                    if let Ok(frame) = Entries::decode_ids(frame.payload, frame.batch)
                        && let Some(ledger) = self.ledger(frame.ledger)
                    {
                        ledger.id_bytes += frame.iter().map(|(_, id)| id.len() as u64).sum::<u64>();
                    }
                }
                FrameKind::Delta => {
                    if let Ok(delta) = Delta::decode(frame.payload, frame.batch)
                        && let Some(ledger) = self.ledger(delta.ledger)
                    {
                        ledger.writes += delta.writes.len() as u64;
                        let len = |(key, value): &crate::delta::Write<'_>| {
                            (key.len() + value.map_or(0, <[u8]>::len)) as u64
                        };
                        ledger.write_bytes += delta.writes.iter().map(len).sum::<u64>();
                    }
                }
                FrameKind::Body => {
                    let record = BodyRecord::decode(frame.payload, frame.batch);
                    let body = record.ok().and_then(|r| CommitBody::decode(r.body).ok());
                    time_ms = body.map(|body| body.time_ms);
                }
                FrameKind::Ranges
                | FrameKind::Attachment
                | FrameKind::Padding
                | FrameKind::Leaves => {}
            }
        }
        let header = &batch.header;
        // The last part of a base stands for the commit of its height.
        let has_height = header.height > 0;
        if has_height {
            self.stat.height = header.height;
        }
        if let Some(time_ms) = time_ms {
            let first = self.stat.times_ms.map_or(time_ms, |(first, _)| first);
            self.stat.times_ms = Some((first, time_ms));
            self.stat.bytes.add(time_ms, header.len);
        }
        if let Some(segment) = self.segment(at.segment()) {
            segment.live += header.len;
            segment.batches += 1;
            segment.entries += entries;
            if has_height {
                let first = segment.heights.map_or(header.height, |(first, _)| first);
                segment.heights = Some((first, header.height));
            }
            if let Some(time_ms) = time_ms {
                segment.growth.add(time_ms, entries);
            }
        }
    }

    fn ledger(&mut self, ordinal: u32) -> Option<&mut LedgerStat> {
        let ordinal = usize::try_from(ordinal).ok()?;
        self.stat.ledgers.get_mut(ordinal)
    }
}

/// Bytes from `offset` up to the last one of the segment's batches that is not zero.
fn written_len(segment: &Segment, offset: u64) -> u64 {
    let (mut at, mut used) = (offset, 0);
    let mut piece = vec![0; 1 << 20];
    while at < segment.batches_end() {
        let len = (segment.batches_end() - at).min(piece.len() as u64);
        let bytes = usize::try_from(len)
            .ok()
            .and_then(|len| piece.get_mut(..len));
        let bytes = bytes.unwrap_or_default();
        if segment.read(at, bytes).is_err() {
            break;
        }
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            used = at + last as u64 + 1 - offset;
        }
        at += len;
    }
    used
}
