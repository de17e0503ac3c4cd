//! Room that is only reserved: what is written ahead into it, what an open reads of it, and that
//! crashes, tears and file systems that know nothing of it change nothing.

use std::sync::Arc;

use super::tests::{CHAIN, Log, OPTIONS, UUID};
use super::*;
use crate::layout::header::HEADER_LEN;
use crate::sim::{Choice, Fault, FaultKind, SimStorage};
use crate::storage::{Access, Storage};

const MIB: u64 = 1 << 20;

/// Batches of 8 KiB are large.
const LARGE: LogOptions = LogOptions {
    segment_len_first: 4 * MIB,
    batch_len_max: 4 * MIB,
    large_batch_len: 8192,
    ..OPTIONS
};

fn written(log: &Log, number: u64, from: u64) -> u64 {
    let segment = log.segments().get(number).unwrap();
    segment.file().first_written(from).unwrap()
}

/// Where the first page of a segment lies that was never written; its length if there is none.
fn reserved(log: &Log, number: u64) -> u64 {
    let len = log.segments().get(number).unwrap().len();
    let mut pages = (HEADER_LEN..len).step_by(4096);
    let first = pages.find(|at| written(log, number, *at) != *at);
    first.unwrap_or(len)
}

#[test]
fn small_batches_find_zeros_and_large_ones_find_room() {
    let mut log = Log::on(SimStorage::new(), LARGE);
    for number in [0, 1] {
        let len = log.segments().get(number).unwrap().len();
        assert_eq!(
            written(&log, number, HEADER_LEN),
            len,
            "nothing but a header"
        );
    }
    log.append(60_000).unwrap();
    let end = log.writer.tip().end.offset();
    let page = end.next_multiple_of(4096);
    assert_eq!(reserved(&log, 0), page, "a large batch writes no zeros");
    log.append(10).unwrap();
    assert_eq!(reserved(&log, 0), MIB, "a small one does");
    log.append(10).unwrap();
    log.append(60_000).unwrap();
    assert_eq!(reserved(&log, 0), MIB);
    log.append(1_500_000).unwrap();
    let end = log.writer.tip().end.offset();
    assert!(end > MIB && end < 2 * MIB);
    // Opened again, and with the process gone.
    log.disk = log.disk.kill();
    log.writer = LogWriter::open(log.segments(), LARGE, *log.writer.tip()).unwrap();
    log.append(10).unwrap();
    assert_eq!(reserved(&log, 0), 2 * MIB);
    // Up to the footer, and not over it.
    log.append(2_050_000).unwrap();
    log.append(10).unwrap();
    assert_eq!(reserved(&log, 0), 4 * MIB);
    assert_eq!(log.segments().get(0).unwrap().footer().unwrap(), None);
    assert_eq!(log.walk(), (8, None));
}

#[test]
fn without_reserving_all_room_is_filled() {
    let mut log = Log::on(SimStorage::new().without_reserving(), LARGE);
    log.append(60_000).unwrap();
    for number in [0, 1] {
        let len = log.segments().get(number).unwrap().len();
        assert_eq!(reserved(&log, number), len);
    }
}

#[test]
fn zeros_that_cannot_be_written_fail_the_batch_and_nothing_else() {
    let mut log = Log::on(SimStorage::new(), LARGE);
    for kind in [FaultKind::Error, FaultKind::Full, FaultKind::Short(1000)] {
        let (op, sticky) = (log.disk.ops(), false);
        log.disk.inject(Fault { op, sticky, kind });
        let refused = log.append(10).unwrap_err();
        let code = if kind == FaultKind::Full {
            "E-STORE-FULL"
        } else {
            "E-IO"
        };
        assert_eq!((refused.code(), log.disk.heal().len()), (code, 1));
        assert_eq!(log.walk(), (0, None));
    }
    log.append(10).unwrap();
    assert_eq!(log.walk(), (1, None));
}

/// How many batches a recovery finds, read past the cache; what was torn is taken away.
fn recovered(disk: &SimStorage) -> u64 {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let segments = Arc::new(Segments::open(storage, UUID, Access::Write).unwrap());
    let first = Position::new(0, HEADER_LEN);
    let scan = || Scan::new(Arc::clone(&segments), first, 1, Some(CHAIN)).direct();
    let walk = |mut scan: Scan| {
        let mut count = 0;
        loop {
            match scan.next().unwrap() {
                None => return (count, None),
                Some(Found::Batch { .. }) => count += 1,
                Some(Found::Stop(stop)) => return (count, Some(stop)),
            }
        }
    };
    let (count, stop) = walk(scan());
    let Some(stop) = stop else {
        return count;
    };
    assert_eq!(judge_tail(&segments, &stop, false).unwrap(), Tail::Torn);
    save_and_clear(&segments, &stop).unwrap();
    assert_eq!(walk(scan()), (count, None));
    count
}

/// Every operation of a log as a crash point, with batches that go into reserved room and such that
/// write ahead, and where room cannot be reserved.
#[test]
fn crashes_leave_whole_batches_of_any_length() {
    let disks = [SimStorage::new(), SimStorage::new().without_reserving()];
    for disk in disks {
        let options = LogOptions {
            segment_len_first: 16 << 10,
            large_batch_len: 4096,
            ..OPTIONS
        };
        let mut log = Log::on(disk, options);
        log.disk.record_points();
        for (acknowledged, len) in [9000, 10, 14_000, 700, 30_000, 6000, 20_000]
            .iter()
            .enumerate()
        {
            log.disk.mark(acknowledged as u64);
            log.append(*len).unwrap();
        }
        assert!(log.segments().count() > 3);
        let (mut torn, mut points) = (0, 0);
        for point in log.disk.take_points() {
            points += 1;
            for choice in point.choices(5, 12) {
                // Un-synced lengths may show garbage, in a file that has no name yet.
                let image = point.image(choice);
                let found = recovered(&image);
                let in_flight = point.mark..=point.mark + 1;
                assert!(
                    in_flight.contains(&found),
                    "{found} at {} {choice}",
                    point.op
                );
                torn += usize::from(
                    image
                        .file_names()
                        .iter()
                        .any(|name| name.starts_with("lost")),
                );
            }
            assert!(recovered(&point.killed()) >= point.mark);
        }
        assert!(points > 20 && torn > 40, "{points} {torn}");
    }
}

/// A file system that overlooks what was written: batches are found all the same.
#[test]
fn what_the_file_system_overlooks_is_found() {
    for len in [10, 60_000, 3_000_000] {
        let mut log = Log::on(SimStorage::new(), LARGE);
        for _ in 0..3 {
            log.append(len).unwrap();
        }
        let scan = || {
            let first = Position::new(0, HEADER_LEN);
            Scan::new(log.segments(), first, 1, Some(CHAIN)).direct()
        };
        let (op, sticky) = (log.disk.ops(), true);
        let kind = FaultKind::Overlooked;
        log.disk.inject(Fault { op, sticky, kind });
        let mut scan = scan();
        for number in 1..=3 {
            let found = scan.next().unwrap();
            let Some(Found::Batch { batch, .. }) = found else {
                panic!("{found:?} instead of batch {number} of {len}");
            };
            assert_eq!(batch.header.number, number);
        }
        assert!(scan.next().unwrap().is_none());
        assert!(log.disk.heal().len() > 3);
    }
}

/// A stray bit in room that was written is found, wherever it is.
#[test]
fn stray_bits_behind_the_end_are_found() {
    for at in [100_000, MIB + 4096, 4 * MIB - 600] {
        let mut log = Log::on(SimStorage::new(), LARGE);
        log.append(60_000).unwrap();
        log.edit(0, |bytes| bytes[usize::try_from(at).unwrap()] = 8);
        let first = Position::new(0, HEADER_LEN);
        let mut scan = Scan::new(log.segments(), first, 1, Some(CHAIN)).direct();
        assert!(matches!(scan.next().unwrap(), Some(Found::Batch { .. })));
        let Some(Found::Stop(stop)) = scan.next().unwrap() else {
            panic!("{at}: not found");
        };
        assert_eq!(stop.damage.offset, at);
        let verdict = judge_tail(&log.segments(), &stop, false).unwrap();
        assert_eq!(verdict, Tail::Stray);
    }
}

/// A disk that says a large batch is durable, and lost it: what the medium held before is shown. It
/// is never taken for a batch, nor for the end of the log without a word.
#[test]
fn a_lost_write_into_reserved_room_is_noticed() {
    for (aligned, expected) in [(false, "torn"), (true, "damaged")] {
        let mut log = Log::on(SimStorage::new(), LARGE);
        log.append(60_000).unwrap();
        let is_aligned = |log: &Log| log.writer.tip().end.offset().is_multiple_of(4096);
        while is_aligned(&log) != aligned {
            log.append(8800).unwrap();
        }
        let batches = log.writer.tip().batch;
        let (op, sticky, kind) = (log.disk.ops(), false, FaultKind::LostWrite);
        log.disk.inject(Fault { op, sticky, kind });
        log.append(60_000).unwrap();
        assert_eq!(log.disk.heal().len(), 1);
        log.disk = log.disk.crash(Choice::None);
        let (count, stop) = log.walk();
        assert_eq!(count, batches);
        let verdict = match judge_tail(&log.segments(), &stop.unwrap(), false).unwrap() {
            Tail::Torn => "torn",
            Tail::Damaged(_) => "damaged",
            Tail::Stray | Tail::Unsettled(_) => "something else",
        };
        assert_eq!(verdict, expected);
    }
}
