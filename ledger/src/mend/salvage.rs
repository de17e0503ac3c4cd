//! The entries of a ledger that can still be read from a damaged log, and exactly which cannot.
//!
//! Where batches verify their entries are given out. Between two of them that do, frame after frame
//! is looked for: each has checks of its own, seeded with the place it stands in, so what is found
//! there was written there, by this store.
//!
//! Invariants:
//!
//! - indexes, tiles and tip are not needed; one superblock that verifies is;
//! - entries come in order, each once, and with the gaps they make up the whole ledger;
//! - of a batch that does not verify nothing is given out unless a later one does, or a superblock
//!   or the tip covers it: it may never have been acknowledged.

use std::ops::Range;
use std::sync::Arc;

use hash_store::{
    Access, Batch, BatchKind, Damage, FRAME_HEADER_LEN, Found, FrameKind, HEADER_LEN, Position,
    SECTOR, Scan, Segments, Storage, StoredFrame, Superblocks, read_tip,
};

use crate::body::CommitBody;
use crate::error::{Error, Result};
use crate::names::NetworkId;
use crate::record::{BodyRecord, Entries};
use crate::store::first_tip;

/// One step through a ledger of which not all can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Salvaged<'a> {
    /// An entry.
    Entry {
        /// Its leaf index.
        index: u64,
        /// The height that committed it; `None` where what says so is damaged.
        height: Option<u64>,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Entries that cannot be read.
    Lost(Range<u64>),
}

/// What came of a salvage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvage {
    /// Entries that were read.
    pub entries: u64,
    /// Entries that cannot be read.
    pub lost: u64,
    /// What does not verify, one for each place where batch after batch stopped.
    pub damage: Vec<Damage>,
    /// The log ends before the superblock says: how many entries are missing is not known.
    pub is_cut: bool,
}

/// Gives out every entry of a ledger that can be read, and every gap between; `visit` ends it by
/// answering `false`. Reads the log once; takes no lock and writes nothing.
///
/// # Errors
/// [`Error::NoSuchLedger`]; `NotAStore`, `NoSuperblock`, `MissingSegment`, `Io` of
/// [`hash_store::Error`].
pub fn salvage(
    storage: &Arc<dyn Storage>,
    ledger: &str,
    visit: &mut dyn FnMut(Salvaged<'_>) -> bool,
) -> Result<Salvage> {
    let state = Superblocks::read(&**storage)?;
    let superblock = state.current;
    let network: NetworkId = superblock.network.parse()?;
    let ordinal = superblock
        .ledgers
        .iter()
        .position(|known| known.name == ledger);
    let ordinal = ordinal.and_then(|ordinal| u32::try_from(ordinal).ok());
    let ordinal = ordinal.ok_or_else(|| Error::NoSuchLedger {
        name: ledger.to_owned(),
    })?;
    let segments = Segments::open(Arc::clone(storage), superblock.uuid, Access::Read)?;
    let segments = Arc::new(segments);
    let tip = read_tip(&**storage, &superblock.uuid)?;
    let tip = tip.filter(|tip| tip.batch >= superblock.batch && !superblock.cut);
    let end = match &tip {
        Some(tip) => Some(tip.end),
        None => superblock.cut.then_some(superblock.end),
    };
    let covered = tip.map_or(superblock.batch, |tip| tip.batch);
    let height = tip.map_or(superblock.height, |tip| tip.height);
    let first = first_tip(&network);
    let mut scan = Scan::new(Arc::clone(&segments), first.end, 1, Some(first.chain));
    scan.set_until(end);
    // What is before the base is in no log, and so is not lost.
    let sizes = superblock.base.iter().flat_map(|base| &base.sizes);
    let next = sizes.zip(0u32..).find(|(_, of)| *of == ordinal);
    let mut walk = Walk {
        segments: &segments,
        ledger,
        ordinal,
        pieces: Vec::new(),
        body: None,
        out: Out {
            next: next.map_or(0, |(size, _)| *size),
            is_wanted: true,
            visit,
            found: Salvage::default(),
        },
    };
    // The last height of which it is known how many entries there are.
    let mut known = 0;
    loop {
        let stop = match scan.next()? {
            None => break,
            Some(Found::Batch { batch, .. }) => {
                walk.batch(&batch)?;
                known = known.max(batch.header.height);
                if !walk.out.is_wanted {
                    return Ok(walk.out.found);
                }
                continue;
            }
            Some(Found::Stop(stop)) => stop,
        };
        let (from, missed) = (stop.at, scan.next_batch());
        if scan.resume_after(&stop)? {
            walk.out.found.damage.push(stop.damage);
            walk.search(from, scan.position(), &(missed..scan.next_batch()));
            continue;
        }
        // No batch behind it verifies: it counts as far as it is known to have been acknowledged.
        if missed <= covered {
            walk.out.found.damage.push(stop.damage);
            let to = end.unwrap_or(superblock.end).max(from);
            walk.search(from, to, &(missed..covered.saturating_add(1)));
        }
        break;
    }
    let size = walk.body.map(|(_, size)| size);
    walk.settle(size);
    let found = walk.body.map_or(0, |(height, _)| height);
    walk.out.found.is_cut = known.max(found) < height;
    Ok(walk.out.found)
}

/// Entries and gaps in order.
struct Out<'a> {
    /// The entry that comes next.
    next: u64,
    is_wanted: bool,
    visit: &'a mut dyn FnMut(Salvaged<'_>) -> bool,
    found: Salvage,
}

impl Out<'_> {
    /// Gives out the entries of a frame, and what is missing before them.
    fn give(&mut self, entries: &Entries<'_>, height: Option<u64>) {
        self.lose_until(entries.first);
        for (index, bytes) in entries.iter() {
            if self.is_wanted && index == self.next {
                self.next += 1;
                self.found.entries += 1;
                self.is_wanted = (self.visit)(Salvaged::Entry {
                    index,
                    height,
                    bytes,
                });
            }
        }
    }

    fn lose_until(&mut self, end: u64) {
        if self.is_wanted && self.next < end {
            let lost = self.next..end;
            self.found.lost += end - self.next;
            self.next = end;
            self.is_wanted = (self.visit)(Salvaged::Lost(lost));
        }
    }
}

/// Walks the log.
struct Walk<'a> {
    segments: &'a Segments,
    ledger: &'a str,
    ordinal: u32,
    /// Entries frames found between batches that verify, with the height of their batch.
    pieces: Vec<(StoredFrame, Option<u64>)>,
    /// The last body found there: its height, and the size of the ledger after it.
    body: Option<(u64, u64)>,
    out: Out<'a>,
}

impl Walk<'_> {
    /// Gives out the entries of a batch that verifies.
    fn batch(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.header.kind != BatchKind::Commit {
            return Ok(());
        }
        let mut all = Vec::new();
        let mut size = None;
        for frame in &batch.frames {
            match frame.kind {
                FrameKind::Entries => {
                    let entries = Entries::decode(frame.payload, frame.batch)?;
                    all.extend(Some(entries).filter(|found| found.ledger == self.ordinal));
                }
                FrameKind::Body => size = self.body_in(frame.payload, frame.batch),
                _ => {}
            }
        }
        let added: u64 = all.iter().map(|entries| u64::from(entries.count)).sum();
        self.settle(size.map(|(_, size)| size.saturating_sub(added)));
        let height = Some(batch.header.height);
        all.iter()
            .for_each(|entries| self.out.give(entries, height));
        Ok(())
    }

    /// The height of a body, and the size of the ledger that it states.
    fn body_in(&self, payload: &[u8], batch: u64) -> Option<(u64, u64)> {
        let record = BodyRecord::decode(payload, batch).ok()?;
        let body = CommitBody::decode(record.body).ok()?;
        let size = body.ledger(self.ledger).map_or(0, |ledger| ledger.size);
        Some((body.height, size))
    }

    /// Looks for frames of the batches with these numbers between two places.
    fn search(&mut self, from: Position, to: Position, numbers: &Range<u64>) {
        let mut found = Vec::new();
        let mut heights = Vec::new();
        for number in from.segment()..=to.segment() {
            let Ok(segment) = self.segments.get(number) else {
                continue;
            };
            let is_first = number == from.segment();
            let mut at = if is_first { from.offset() } else { HEADER_LEN };
            let is_last = number == to.segment();
            let limit = if is_last {
                to.offset()
            } else {
                segment.batches_end()
            };
            let mut sector = [0; SECTOR];
            while at < limit {
                let is_sector = at % SECTOR as u64 == 0;
                if is_sector && segment.read(at, &mut sector).is_ok() && sector == [0; SECTOR] {
                    at += SECTOR as u64;
                    continue;
                }
                let Ok(frame) = self.segments.frame(Position::new(number, at)) else {
                    at += 8;
                    continue;
                };
                at += (FRAME_HEADER_LEN + frame.payload.len().next_multiple_of(8)) as u64;
                if !numbers.contains(&frame.batch) {
                    continue;
                }
                if frame.kind == FrameKind::Body
                    && let Some((body, size)) = self.body_in(&frame.payload, frame.batch)
                {
                    heights.push((frame.batch, body));
                    self.body = Some((body, size));
                }
                if frame.kind == FrameKind::Entries {
                    found.push(frame);
                }
            }
        }
        for frame in found {
            let mut heights = heights.iter();
            let height = heights.find(|(batch, _)| *batch == frame.batch);
            self.pieces.push((frame, height.map(|(_, height)| *height)));
        }
    }

    /// Gives out what was found between batches, up to the first entry of the next one, where that
    /// is known.
    fn settle(&mut self, before: Option<u64>) {
        let end = before.unwrap_or(u64::MAX);
        for (frame, height) in std::mem::take(&mut self.pieces) {
            let Ok(entries) = Entries::decode(&frame.payload, frame.batch) else {
                continue;
            };
            let fits = entries.first + u64::from(entries.count) <= end;
            if fits && entries.ledger == self.ordinal {
                self.out.give(&entries, height);
            }
        }
        self.out.lose_until(before.unwrap_or(0));
    }
}
