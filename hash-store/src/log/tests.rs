//! Scanning and judging by themselves: small logs on a simulated disk, one thing wrong at a time.
//! What mutated code got past the crash laboratory, which sees whole stores only.

use std::sync::Arc;

use super::*;
use crate::error::{Damage, Error};
use crate::layout::batch::{BatchBuffer, BatchKind};
use crate::layout::footer::Footer;
use crate::layout::frame::FrameKind;
use crate::layout::header::HEADER_LEN;
use crate::layout::superblock::Superblock;
use crate::layout::{FlawKind, SECTOR};
use crate::sim::{Choice, Fault, FaultKind, SimStorage};
use crate::storage::{Access, Storage};

pub(super) const UUID: [u8; 16] = [4; 16];
pub(super) const CHAIN: [u8; 32] = [7; 32];
/// Segment 0 has room for seven sectors of batches, segment 1 for twenty-three.
pub(super) const OPTIONS: LogOptions = LogOptions {
    batch_len_max: 64 << 10,
    segment_len_first: 8192,
    background: false,
    large_batch_len: u64::MAX,
};

/// A log on a disk, and where its batches lie.
pub(super) struct Log {
    pub(super) disk: SimStorage,
    pub(super) writer: LogWriter,
    pub(super) batches: Vec<Appended>,
}

pub(super) fn commit(height: u64, body: &[u8]) -> BatchBuffer {
    let mut batch = BatchBuffer::new(BatchKind::Commit, height);
    let put = |to: &mut Vec<u8>| to.extend_from_slice(body);
    batch.push(FrameKind::Body, put).unwrap();
    batch
}

impl Log {
    pub(super) fn empty() -> Self {
        Self::with(OPTIONS)
    }

    /// Commits in segments of megabytes.
    pub(super) fn of_long(bodies: &[usize]) -> Self {
        let mut log = Self::with(LogOptions {
            batch_len_max: 64 << 20,
            segment_len_first: 1 << 20,
            ..OPTIONS
        });
        for len in bodies {
            log.append(*len).unwrap();
        }
        log
    }

    /// Where a scan may begin: the log's beginning, and behind each batch, with what it must know.
    pub(super) fn places(&self) -> Vec<(Position, u64, [u8; 32])> {
        let first = (Position::new(0, HEADER_LEN), 1, CHAIN);
        let behind = self.batches.iter().map(|appended| {
            let tip = appended.tip;
            (tip.end, tip.batch + 1, tip.chain)
        });
        std::iter::once(first).chain(behind.step_by(4)).collect()
    }

    fn with(options: LogOptions) -> Self {
        Self::on(SimStorage::new(), options)
    }

    pub(super) fn on(disk: SimStorage, options: LogOptions) -> Self {
        disk.create_dir("log").unwrap();
        disk.sync_dir("").unwrap();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let segments = Arc::new(Segments::open(storage, UUID, Access::Write).unwrap());
        Self {
            writer: LogWriter::create(segments, options, CHAIN).unwrap(),
            disk,
            batches: Vec::new(),
        }
    }

    /// One commit for each length of a body.
    pub(super) fn of(bodies: &[usize]) -> Self {
        let mut log = Self::empty();
        for len in bodies {
            log.append(*len).unwrap();
        }
        log
    }

    pub(super) fn append(&mut self, body: usize) -> crate::Result<()> {
        let height = self.writer.tip().height + 1;
        let mut batch = commit(height, &vec![height.to_le_bytes()[0] | 0x80; body]);
        self.batches.push(self.writer.append(&mut batch, |_| {})?);
        self.writer.settle();
        Ok(())
    }

    pub(super) fn segments(&self) -> Arc<Segments> {
        let storage: Arc<dyn Storage> = Arc::new(self.disk.clone());
        Arc::new(Segments::open(storage, UUID, Access::Write).unwrap())
    }

    pub(super) fn at(&self, batch: usize) -> Position {
        self.batches[batch - 1].at
    }

    /// Changes a segment's bytes on the disk.
    pub(super) fn edit(&self, number: u64, change: impl FnOnce(&mut [u8])) {
        let name = segment_name(number);
        let mut bytes = self.disk.bytes(&name).unwrap();
        change(&mut bytes);
        self.disk.put_bytes(&name, Some(bytes));
    }

    /// Zeroes sectors of segment 0, counted from the first of a batch.
    fn lose(&self, batch: usize, sectors: std::ops::Range<usize>) {
        let start = usize::try_from(self.at(batch).offset()).unwrap();
        let bytes = start + sectors.start * SECTOR..start + sectors.end * SECTOR;
        self.edit(0, |segment| segment[bytes].fill(0));
    }

    fn scan(&self) -> Scan {
        Scan::new(
            self.segments(),
            Position::new(0, HEADER_LEN),
            1,
            Some(CHAIN),
        )
    }

    /// How many batches verify from the start on, and what stands behind them.
    pub(super) fn walk(&self) -> (u64, Option<Stop>) {
        let (mut scan, mut count) = (self.scan(), 0);
        loop {
            match scan.next().unwrap() {
                None => return (count, None),
                Some(Found::Batch { .. }) => count += 1,
                Some(Found::Stop(stop)) => return (count, Some(stop)),
            }
        }
    }

    fn stop(&self) -> Stop {
        self.walk().1.unwrap()
    }

    fn verdict(&self) -> Tail {
        judge_tail(&self.segments(), &self.stop(), false).unwrap()
    }

    fn superblock(&self) -> Superblock {
        let tip = self.writer.tip();
        Superblock {
            uuid: UUID,
            generation: 1,
            clean: false,
            cut: false,
            batch: tip.batch,
            height: tip.height,
            end: tip.end,
            last_body: tip.last_body,
            chain: tip.chain,
            network: "net".to_owned(),
            ledgers: Vec::new(),
            watermarks: Vec::new(),
            base: None,
        }
    }
}

fn damaged(tail: Tail) -> Damage {
    match tail {
        Tail::Damaged(damage) => damage,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_log_reaches_its_superblock_or_says_why_not() {
    let log = Log::of(&[10, 600]);
    let superblock = log.superblock();
    check_reached(&log.segments(), &superblock).unwrap();
    let none = Superblock {
        batch: 0,
        ..superblock.clone()
    };
    check_reached(&Log::empty().segments(), &none).unwrap();
    let (mut other_batch, mut other_chain) = (superblock.clone(), superblock.clone());
    other_batch.batch += 1;
    other_chain.chain[0] ^= 1;
    for other in [other_batch, other_chain] {
        let behind = check_reached(&log.segments(), &other).unwrap_err();
        assert_eq!(behind.code(), "E-LOG-BEHIND");
    }
    let trailer = superblock.end.offset() - 64;
    let at = usize::try_from(trailer).unwrap();
    log.edit(0, |bytes| bytes[at + 30] ^= 1);
    let error = check_reached(&log.segments(), &superblock).unwrap_err();
    let damage = error.damage().unwrap();
    assert_eq!(damage.offset, trailer + 60, "the check is its last field");
    assert_eq!((damage.batch, damage.flaw.at), (2, 60));
    log.edit(0, |bytes| bytes[at..at + 64].fill(0));
    let behind = check_reached(&log.segments(), &superblock).unwrap_err();
    assert_eq!(behind.code(), "E-LOG-BEHIND");
}

#[test]
fn it_is_quiet_where_neither_segment_has_a_byte() {
    let log = Log::of(&[10]);
    let end = log.writer.tip().end;
    let at = usize::try_from(end.offset()).unwrap();
    let is_quiet = || is_quiet_after(&log.segments(), end).unwrap();
    assert!(is_quiet());
    log.edit(0, |bytes| bytes[at + 511] = 1);
    assert!(!is_quiet());
    log.edit(0, |bytes| bytes[at + 511] = 0);
    log.edit(1, |bytes| bytes[4096 + 511] = 1);
    assert!(!is_quiet());
    // Behind the last batch of a full segment stands its footer.
    let mut full = Log::of(&[10, 10, 10, 10, 10, 10, 10]);
    let end = full.writer.tip().end;
    assert_eq!(end, Position::new(0, 8192 - 512));
    full.append(10).unwrap();
    full.edit(1, |bytes| bytes[4096..].fill(0));
    assert!(is_quiet_after(&full.segments(), end).unwrap());
}

#[test]
fn a_batch_that_lost_sectors_is_torn() {
    for sectors in [0..1, 1..2, 2..3, 0..2, 1..3] {
        let log = Log::of(&[10, 1024]);
        log.lose(2, sectors.clone());
        assert_eq!(log.verdict(), Tail::Torn, "{sectors:?}");
    }
    let log = Log::of(&[10, 600]);
    log.lose(2, 0..2);
    assert_eq!(log.walk(), (1, None), "nothing is left of it");
    // Derived files that name it say otherwise.
    let log = Log::of(&[10, 600]);
    log.lose(2, 1..2);
    let named = judge_tail(&log.segments(), &log.stop(), true).unwrap();
    assert_eq!(damaged(named), log.stop().damage);
}

#[test]
fn one_bit_is_stray_and_two_are_a_torn_batch() {
    let log = Log::of(&[10]);
    let end = usize::try_from(log.writer.tip().end.offset()).unwrap();
    for number in [0, 1] {
        log.edit(number, |bytes| bytes[end + 700] = 4);
        let stop = log.stop();
        assert_eq!(stop.damage.offset, end as u64 + 700);
        assert_eq!(stop.extent, None);
        assert_eq!(log.verdict(), Tail::Stray);
        log.edit(number, |bytes| bytes[end + 900] = 4);
        assert_eq!(log.verdict(), Tail::Torn);
        log.edit(number, |bytes| bytes[end..end + 1000].fill(0));
    }
}

#[test]
fn a_whole_batch_that_belongs_elsewhere_is_damage() {
    for (number, chain) in [(2, [8; 32]), (3, CHAIN)] {
        let log = Log::of(&[10]);
        let (segment, end) = (log.segments().get(0).unwrap(), log.writer.tip().end);
        let chain = if number == 2 {
            chain
        } else {
            log.writer.tip().chain
        };
        let mut batch = commit(2, b"body");
        let placed = batch.place(segment.seed(), end.offset(), number, &chain);
        let at = usize::try_from(end.offset()).unwrap();
        log.edit(0, |bytes| {
            bytes[at..at + placed.bytes.len()].copy_from_slice(placed.bytes);
        });
        let kind = damaged(log.verdict()).flaw.kind;
        let expected = [FlawKind::Chain, FlawKind::BatchNumber];
        assert!(expected.contains(&kind), "{kind:?}");
    }
}

#[test]
fn a_check_that_fails_without_a_lost_sector_is_unsettled() {
    let log = Log::of(&[10, 600]);
    let at = usize::try_from(log.at(2).offset()).unwrap();
    log.edit(0, |bytes| bytes[at + 200] ^= 1);
    let stop = log.stop();
    assert_eq!((stop.extent, stop.lost_sector), (Some(1024), false));
    assert_eq!(log.verdict(), Tail::Unsettled(stop.damage));
    // Its begin header: how long it was is not known.
    log.edit(0, |bytes| bytes[at + 10] ^= 1);
    let stop = log.stop();
    assert_eq!((stop.extent, stop.lost_sector), (None, false));
    assert_eq!(stop.damage.offset, at as u64 + 92);
    assert_eq!(damaged(log.verdict()), stop.damage);
}

#[test]
fn bytes_behind_a_torn_batch_are_damage_at_their_place() {
    for (number, stray) in [(0, 3 * SECTOR + 5), (1, 17)] {
        let log = Log::of(&[10, 600]);
        log.lose(2, 1..2);
        assert_eq!(log.verdict(), Tail::Torn);
        let start = if number == 0 {
            log.at(2).offset()
        } else {
            HEADER_LEN
        };
        let at = start + stray as u64;
        log.edit(number, |bytes| bytes[usize::try_from(at).unwrap()] = 9);
        let damage = damaged(log.verdict());
        assert_eq!((damage.offset, damage.batch), (at, 2));
        assert_eq!(damage.file, segment_name(number));
    }
}

/// Batch 2 lost its first sector; of batch 3 there is one thing left, in this segment or the next.
#[test]
fn any_trace_of_a_later_batch_makes_a_tear_damage() {
    // Only a frame far behind: its batch has four, and a sector lies between them.
    let frames = |log: &mut Log| {
        let mut batch = BatchBuffer::new(BatchKind::Commit, 3);
        for kind in [FrameKind::Entries, FrameKind::Entries, FrameKind::Body] {
            let put = |to: &mut Vec<u8>| to.extend_from_slice(&[1; 700]);
            batch.push(kind, put).unwrap();
        }
        let appended = log.writer.append(&mut batch, |_| {}).unwrap();
        log.batches.push(appended);
    };
    let mut log = Log::of(&[10, 10]);
    frames(&mut log);
    log.lose(2, 0..1);
    log.lose(3, 0..3);
    assert_eq!(damaged(log.verdict()), log.stop().damage);
    // Nothing of it but bytes that are no frame.
    log.lose(3, 0..4);
    assert_eq!(log.verdict(), Tail::Torn);

    // Only its begin header, whose frames do not verify.
    let mut log = Log::of(&[10, 10]);
    frames(&mut log);
    log.lose(2, 0..1);
    let at = usize::try_from(log.at(3).offset()).unwrap();
    log.edit(0, |bytes| bytes[at + 96..at + 5 * SECTOR].fill(0));
    assert_eq!(damaged(log.verdict()), log.stop().damage);
    log.edit(0, |bytes| bytes[at + 1] ^= 1);
    assert_eq!(log.verdict(), Tail::Torn);
}

/// The first sector of the next batch is zero, and its begin header stands a sector further on.
#[test]
fn a_begin_header_in_a_wrong_place_is_damage() {
    let log = Log::of(&[10, 10]);
    let seed = *log.segments().get(0).unwrap().seed();
    let second = log.at(2);
    log.lose(2, 0..1);
    let at = usize::try_from(second.offset()).unwrap() + SECTOR;
    let mut batch = commit(2, b"body");
    let placed = batch.place(&seed, at as u64, 2, &CHAIN);
    // Without its frames, which would not tell it from the batch that is torn.
    log.edit(0, |bytes| {
        bytes[at..at + 96].copy_from_slice(&placed.bytes[..96]);
    });
    assert_eq!(damaged(log.verdict()), log.stop().damage);
    // An earlier batch's says nothing.
    let placed = batch.place(&seed, at as u64, 1, &CHAIN);
    log.edit(0, |bytes| {
        bytes[at..at + 96].copy_from_slice(&placed.bytes[..96]);
    });
    assert_eq!(log.verdict(), Tail::Torn);
}

#[test]
fn what_is_taken_away_is_kept_sector_for_sector() {
    for second in [10, 4000] {
        let log = Log::of(&[10, second]);
        let (at, name) = (log.at(2), segment_name(log.at(2).segment()));
        let start = usize::try_from(at.offset()).unwrap();
        let used = usize::try_from(log.writer.tip().end.offset()).unwrap();
        log.edit(at.segment(), |bytes| bytes[start..start + SECTOR].fill(0));
        let torn = log.disk.bytes(&name).unwrap()[start..used].to_vec();
        if torn.iter().all(|byte| *byte == 0) {
            continue;
        }
        let stop = log.stop();
        let saved = save_and_clear(&log.segments(), &stop).unwrap();
        assert_eq!((saved.batch, saved.at), (2, stop.at));
        assert_eq!(saved.saved_in, "lost+found/0");
        assert_eq!(saved.bytes, torn.len() as u64);
        let file = format!("lost+found/0/{}.{start}", &name["log/".len()..]);
        assert_eq!(log.disk.bytes(&file).unwrap(), torn);
        // All of it durably: what a power cut leaves is the log without it, and the bytes.
        let after = log.disk.crash(Choice::None);
        assert_eq!(after.bytes(&file).unwrap(), torn);
        assert!(
            after.bytes(&name).unwrap()[start..used]
                .iter()
                .all(|b| *b == 0)
        );
        assert_eq!(super::tail::new_folder(&after).unwrap(), "lost+found/1");
    }
}

/// A sync that failed: the page cache shows a batch that is not on the disk.
#[test]
fn what_only_the_cache_holds_goes() {
    for body in [10, 3000] {
        let log = Log::of(&[10]);
        let end = log.writer.tip().end;
        let segments = log.segments();
        let place = if body == 10 {
            end
        } else {
            Position::new(1, HEADER_LEN)
        };
        let segment = segments.get(place.segment()).unwrap();
        segment
            .file()
            .write_at(&vec![3; body], place.offset())
            .unwrap();
        clear_cache_after(&segments, end).unwrap();
        let bytes = log.disk.bytes(segment.name()).unwrap();
        let from = usize::try_from(place.offset()).unwrap();
        assert!(bytes[from..].iter().all(|byte| *byte == 0));
        let kept = &log.disk.bytes(&segment_name(0)).unwrap()[4096..];
        assert!(
            kept[..usize::try_from(end.offset()).unwrap() - 4096]
                .iter()
                .any(|b| *b != 0)
        );
        // Durably.
        let after = log.disk.crash(Choice::None);
        assert!(
            after.bytes(segment.name()).unwrap()[from..]
                .iter()
                .all(|b| *b == 0)
        );
    }
}

#[test]
fn a_scan_walks_over_segments_and_ends_where_it_is_told() {
    let log = Log::of(&[10, 3000, 10, 6000, 10, 9000, 30_000]);
    assert_eq!(log.walk(), (7, None));
    assert_eq!(log.at(7).segment(), 3);
    for (i, appended) in log.batches.iter().enumerate() {
        let mut scan = log.scan().until(appended.tip.end);
        for number in 1..=i as u64 + 1 {
            assert_eq!(scan.next_batch(), number);
            match scan.next().unwrap().unwrap() {
                Found::Batch { at, batch } => {
                    assert_eq!(batch.header.number, number);
                    assert_eq!(at, log.at(usize::try_from(number).unwrap()));
                }
                Found::Stop(stop) => panic!("{stop:?}"),
            }
        }
        assert_eq!(scan.position(), appended.tip.end);
        assert!(
            scan.next().unwrap().is_none(),
            "until {:?}",
            appended.tip.end
        );
    }
    // Up to a place in the middle of a batch, as if nothing were there.
    let third = log.at(3);
    let middle = Position::new(third.segment(), third.offset() + 8);
    let mut scan = log.scan().until(middle);
    let mut count = 0;
    while let Some(Found::Batch { .. }) = scan.next().unwrap() {
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn behind_damage_a_scan_goes_on_at_the_next_batch() {
    let log = Log::of(&[10, 10, 10, 3000, 10]);
    let third = usize::try_from(log.at(3).offset()).unwrap();
    log.lose(2, 0..1);
    let mut scan = log.scan();
    assert!(matches!(scan.next().unwrap(), Some(Found::Batch { .. })));
    let Some(Found::Stop(stop)) = scan.next().unwrap() else {
        panic!("batch 2 is not there");
    };
    assert_eq!((stop.at, stop.damage.batch), (log.at(2), 2));
    assert!(stop.lost_sector);
    assert_eq!(stop.damage.offset, third as u64);
    assert!(scan.resume_after(&stop).unwrap());
    assert_eq!((scan.position(), scan.next_batch()), (log.at(3), 3));
    for number in 3..=5 {
        match scan.next().unwrap() {
            Some(Found::Batch { batch, .. }) => assert_eq!(batch.header.number, number),
            other => panic!("{other:?}"),
        }
    }
    assert!(scan.next().unwrap().is_none());
    let resumed = || {
        let mut scan = log.scan();
        assert!(matches!(scan.next().unwrap(), Some(Found::Batch { .. })));
        let is_one = scan.resume_after(&stop).unwrap();
        is_one.then(|| (scan.position(), scan.next_batch()))
    };
    // Batch 3 too: the next one is in the next segment.
    log.lose(3, 0..1);
    assert_eq!(resumed(), Some((log.at(4), 4)));
    // And none at all, not even an earlier one again.
    log.edit(1, |bytes| bytes[4096..].fill(0));
    assert_eq!(resumed(), None);
}

#[test]
fn a_segment_ahead_with_a_byte_is_no_end() {
    let log = Log::of(&[10]);
    assert_eq!(log.walk(), (1, None));
    log.edit(1, |bytes| bytes[4096 + 3 * SECTOR] = 1);
    let (count, stop) = log.walk();
    let stop = stop.unwrap();
    assert_eq!((count, stop.at), (1, Position::new(1, HEADER_LEN)));
    assert_eq!(stop.damage.offset, HEADER_LEN + 3 * SECTOR as u64);
    assert_eq!(stop.damage.file, segment_name(1));
    assert!(stop.lost_sector);
    // The scan that ends before it does not look there.
    let mut scan = log.scan().until(log.writer.tip().end);
    assert!(matches!(scan.next().unwrap(), Some(Found::Batch { .. })));
    assert!(scan.next().unwrap().is_none());
}

#[test]
fn footers_tell_what_their_segments_hold() {
    let mut log = Log::of(&[10, 600, 3000]);
    let (second, third) = (log.batches[1], log.batches[2]);
    assert_eq!(third.at, Position::new(1, HEADER_LEN));
    let expected = Footer {
        first_batch: 1,
        last_batch: 2,
        first_height: 1,
        last_height: 2,
        end: second.tip.end.offset(),
        chain: second.tip.chain,
    };
    let footer = |log: &Log, number| log.segments().get(number).unwrap().footer().unwrap();
    assert_eq!(footer(&log, 0), Some(expected));
    assert_eq!(footer(&log, 1), None);
    // Lost, and written again from the begin headers.
    log.edit(0, |bytes| bytes[8192 - 512..].fill(0));
    let segments = log.segments();
    let tip = *log.writer.tip();
    log.writer = LogWriter::open(segments, OPTIONS, tip).unwrap();
    assert_eq!(footer(&log, 0), None);
    log.writer.settle();
    assert_eq!(footer(&log, 0), Some(expected));
    // The tail segment's own, from what an opened writer knows of it.
    log.append(9000).unwrap();
    assert_eq!(log.at(4).segment(), 2);
    let of_1 = footer(&log, 1).unwrap();
    assert_eq!((of_1.first_batch, of_1.last_batch), (3, 3));
    assert_eq!((of_1.first_height, of_1.last_height), (3, 3));
    log.edit(0, |bytes| bytes[8192 - 512 + 9] ^= 1);
    let error = log.segments().get(0).unwrap().footer().unwrap_err();
    assert_eq!(error.damage().unwrap().offset, 8192 - 4);
}

/// The room of the log was reserved, and yet there is none: nothing is left of the batch, and the
/// same writer goes on.
#[test]
fn no_room_for_a_batch_is_not_the_end() {
    for (sticky, kind) in [
        (false, FaultKind::Full),
        (true, FaultKind::Full),
        (false, FaultKind::Errno(122)),
    ] {
        let mut log = Log::of(&[10]);
        let op = log.disk.ops();
        log.disk.inject(Fault { op, sticky, kind });
        let error = log.append(600).unwrap_err();
        assert_eq!(error.code(), "E-STORE-FULL", "{error}");
        assert_eq!(log.writer.poisoned(), None);
        let _ = log.disk.heal();
        assert_eq!(log.walk(), (1, None));
        log.append(10).unwrap();
        assert_eq!(log.walk(), (2, None));
    }
    // Unless it is sure that nothing is left: the sync of the zeros fails, or reading them.
    for later in [2, 3] {
        let mut log = Log::of(&[10]);
        let op = log.disk.ops();
        for (op, kind) in [(op, FaultKind::Full), (op + later, FaultKind::Error)] {
            let sticky = false;
            log.disk.inject(Fault { op, sticky, kind });
        }
        assert_eq!(log.append(600).unwrap_err().code(), "E-IO", "{later}");
        assert_eq!(log.disk.heal().len(), 2);
        assert!(log.writer.poisoned().is_some());
    }
    // Any other error, and one that left something behind, ends it.
    for kind in [FaultKind::Error, FaultKind::Short(100)] {
        let mut log = Log::of(&[10]);
        let op = log.disk.ops();
        log.disk.inject(Fault {
            op,
            sticky: false,
            kind,
        });
        assert_eq!(log.append(600).unwrap_err().code(), "E-IO");
        let _ = log.disk.heal();
        assert!(matches!(log.append(10), Err(Error::Poisoned { .. })));
    }
}

/// Of each batch that was acknowledged a power cut takes nothing, and of the next one it may take
/// all: the log is as long as was said.
#[test]
fn what_was_appended_is_on_the_disk() {
    let mut log = Log::empty();
    for (count, body) in (1..).zip([10, 600, 3000, 9000, 10]) {
        log.append(body).unwrap();
        let after: Arc<dyn Storage> = Arc::new(log.disk.here().image(Choice::None));
        let segments = Arc::new(Segments::open(after, UUID, Access::Write).unwrap());
        let mut scan = Scan::new(segments, Position::new(0, HEADER_LEN), 1, Some(CHAIN));
        for _ in 0..count {
            assert!(matches!(scan.next().unwrap(), Some(Found::Batch { .. })));
        }
        assert!(scan.next().unwrap().is_none());
    }
}
