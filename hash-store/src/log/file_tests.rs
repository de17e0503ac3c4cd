//! Segment files and the writer's rotation by themselves, at the edges of their lengths.

use super::segments::{
    LOG_DIR, UNFINISHED, any_commit, create_unfinished, remove_segments, write_zeros,
};
use super::tests::{CHAIN, Log, OPTIONS, UUID, commit};
use super::*;
use crate::layout::batch::{BatchBuffer, BatchKind};
use crate::layout::footer::Footer;
use crate::layout::frame::{FrameKind, put_header};
use crate::layout::header::{FileHeader, HEADER_LEN};
use crate::layout::{FlawKind, SECTOR};
use crate::sim::{Fault, FaultKind, OpKind, SimStorage};
use crate::storage::{Access, MemStorage, Storage};

fn fail_next(disk: &SimStorage, kind: FaultKind) {
    let _ = disk.heal();
    disk.inject(Fault {
        op: disk.ops(),
        sticky: false,
        kind,
    });
}

/// A segment file of `len` bytes whose header states `stated`.
fn file_of(log: &Log, number: u64, len: usize, stated: u64) {
    let seed = *log.segments().get(number).unwrap().seed();
    let mut bytes = FileHeader { seed, len: stated }.encode();
    bytes.resize(len, 0);
    log.disk.put_bytes(&segment_name(number), Some(bytes));
}

#[test]
fn a_segment_is_as_long_as_its_header_states_and_no_other_length() {
    let log = Log::of(&[10]);
    for (len, stated, read, write) in [
        (8192, 8192, true, true),
        (16384, 16384, true, true),
        (8192, 16384, true, false),
        (4096, 4096, false, false),
        (8192 + 512, 8192 + 512, false, false),
        (0, 8192, false, false),
    ] {
        let log = Log::of(&[10]);
        file_of(&log, 1, len, stated);
        for (access, opens) in [(Access::Read, read), (Access::Write, write)] {
            let storage = std::sync::Arc::new(log.disk.clone());
            let segments = Segments::open(storage, UUID, access).unwrap();
            match segments.get(1) {
                Ok(segment) => {
                    assert!(opens, "{len}, {stated}");
                    assert_eq!((segment.len(), segment.is_empty()), (len as u64, false));
                    assert_eq!(segment.batches_end(), len as u64 - 512);
                    assert_eq!(segment.name(), segment_name(1));
                    let is_damaged = len as u64 != stated;
                    assert_eq!(segment.header_damage().is_some(), is_damaged);
                }
                Err(error) => {
                    assert!(!opens, "{len}, {stated}: {error}");
                    assert!(error.damage().is_some());
                }
            }
        }
    }
    // Another store's segment is refused for reading too; any other damage is not.
    let reader = || {
        let storage = std::sync::Arc::new(log.disk.clone());
        Segments::open(storage, UUID, Access::Read).unwrap()
    };
    log.edit(1, |bytes| bytes[100] ^= 1);
    assert!(reader().get(1).unwrap().header_damage().is_some());
    assert_eq!(log.segments().get(1).unwrap_err().code(), "E-HEADER-CRC");
    let seed = crate::layout::Seed {
        uuid: [5; 16],
        ..*log.segments().get(0).unwrap().seed()
    };
    let seed = crate::layout::Seed { number: 1, ..seed };
    let page = FileHeader { seed, len: 16384 }.encode();
    log.edit(1, |bytes| bytes[..4096].copy_from_slice(&page));
    assert_eq!(reader().get(1).unwrap_err().code(), "E-FOREIGN");
}

#[test]
fn a_segment_that_is_missing_or_cannot_be_opened() {
    let log = Log::of(&[10]);
    let segments = log.segments();
    fail_next(&log.disk, FaultKind::Error);
    assert_eq!(segments.get(1).unwrap_err().code(), "E-IO");
    let _ = log.disk.heal();
    log.disk.put_bytes(&segment_name(1), None);
    assert_eq!(segments.get(1).unwrap_err().code(), "E-MISSING-SEGMENT");
    assert_eq!(segments.count(), 2);
    segments.forget_after(0);
    assert_eq!(segments.count(), 1);
    segments.forget_from(0);
    assert_eq!(segments.count(), 0);
    segments.refresh().unwrap();
    assert_eq!(segments.count(), 1);
    segments.refresh().unwrap();
    assert_eq!(segments.count(), 1);
}

#[test]
fn frames_and_batches_at_the_end_of_a_segment() {
    let log = Log::of(&[10]);
    let segments = log.segments();
    let segment = segments.get(0).unwrap();
    let end = segment.batches_end();
    let frame = |room: u64| segments.frame(Position::new(0, end - room));
    let batch = |room: u64| segments.batch(Position::new(0, end - room), |_| ());
    let kind = |error: crate::Error| error.damage().unwrap().flaw.kind;
    for room in [0, 8, 16] {
        let error = frame(room).unwrap_err();
        assert_eq!(error.damage().unwrap().offset, end - room);
        assert_eq!(kind(error), FlawKind::Short);
    }
    for room in [24, 32] {
        let error = frame(room).unwrap_err();
        assert_eq!(error.damage().unwrap().offset, end - room + 16);
        assert_eq!(kind(error), FlawKind::FrameHeaderCheck);
    }
    for room in [0, 8, 88] {
        assert_eq!(kind(batch(room).unwrap_err()), FlawKind::Short);
    }
    for room in [96, 104] {
        assert_eq!(kind(batch(room).unwrap_err()), FlawKind::Magic);
    }
    // A frame that ends where the batches do, and one that goes on by eight bytes or by many.
    let at = end - 64;
    for (len, expected) in [
        (40, None),
        (33, None),
        (41, Some(FlawKind::Length)),
        (48, Some(FlawKind::Length)),
        (4000, Some(FlawKind::Length)),
    ] {
        let mut frame = vec![0; 24 + len];
        let stated = u32::try_from(len).unwrap();
        put_header(&mut frame, FrameKind::Body, stated, 7, segment.seed(), at);
        let from = usize::try_from(at).unwrap();
        log.edit(0, |bytes| {
            bytes[from..from + 24].copy_from_slice(&frame[..24]);
        });
        let read = log.segments().frame(Position::new(0, at));
        match expected {
            None => assert_eq!(read.unwrap().payload, vec![0; len]),
            Some(flaw) => assert_eq!(kind(read.unwrap_err()), flaw, "{len}"),
        }
    }
    // What lies in a frame is told at its place.
    let whole = segments.frame(Position::new(0, HEADER_LEN + 96)).unwrap();
    assert_eq!(
        (whole.kind, whole.batch, whole.payload.len()),
        (FrameKind::Body, 1, 10)
    );
    assert_eq!(batch(end - HEADER_LEN).map_err(kind), Ok(()));
}

#[test]
fn zeros_are_written_over_whatever_is_there() {
    let storage = MemStorage::new();
    let file = storage.create("file").unwrap();
    let len = (2 << 20) + 700;
    file.write_at(&vec![9; len], 0).unwrap();
    let (begin, end) = (4096, len as u64 - 100);
    write_zeros(&*file, begin, end).unwrap();
    let mut bytes = vec![1; len];
    file.read_at(&mut bytes, 0).unwrap();
    let (begin, end) = (4096, len - 100);
    assert!(bytes[..begin].iter().all(|byte| *byte == 9));
    assert!(bytes[begin..end].iter().all(|byte| *byte == 0));
    assert!(bytes[end..].iter().all(|byte| *byte == 9));
}

#[test]
fn what_a_creation_left_is_looked_through_and_removed() {
    let disk = SimStorage::new();
    assert!(!any_commit(&disk).unwrap());
    disk.create_dir(LOG_DIR).unwrap();
    fail_next(&disk, FaultKind::Error);
    assert_eq!(any_commit(&disk).unwrap_err().code(), "E-IO");
    let _ = disk.heal();
    let begin = &Log::of(&[10]).disk.bytes(&segment_name(0)).unwrap()[4096..4096 + 512];
    for at in [0, 512, (1 << 20) - 512, 1 << 20, (2 << 20) + 1024] {
        let mut bytes = vec![0; (2 << 20) + 4096];
        disk.put_bytes("log/a.seg", Some(bytes.clone()));
        assert!(!any_commit(&disk).unwrap());
        bytes[at..at + 512].copy_from_slice(begin);
        disk.put_bytes("log/a.seg", Some(bytes));
        assert!(any_commit(&disk).unwrap(), "at {at}");
    }
    remove_segments(&disk).unwrap();
    assert!(disk.file_names().is_empty());
    // A segment that is being made: the one before goes, or that it does not is the error.
    create_unfinished(&disk).unwrap();
    create_unfinished(&disk).unwrap();
    fail_next(&disk, FaultKind::Error);
    let refused = create_unfinished(&disk).unwrap_err();
    assert_eq!(
        refused.to_string().split(':').next(),
        Some(&*format!("remove {UNFINISHED}"))
    );
}

/// A batch of an attachment, of one sector.
fn attachment() -> BatchBuffer {
    let mut batch = BatchBuffer::new(BatchKind::Attachment, 0);
    let put = |to: &mut Vec<u8>| to.push(1);
    batch.push(FrameKind::Attachment, put).unwrap();
    batch
}

#[test]
fn the_first_commit_of_each_segment_carries_ranges() {
    let mut log = Log::empty();
    let mut asked = Vec::new();
    let mut height = 0;
    for i in 0..16 {
        let mut batch = if i % 3 == 0 {
            attachment()
        } else {
            height += 1;
            commit(height, &[7; 600])
        };
        let mut ranges = false;
        let appended = log
            .writer
            .append(&mut batch, |batch| {
                ranges = true;
                let put = |to: &mut Vec<u8>| to.extend_from_slice(b"ranges");
                batch.push(FrameKind::Ranges, put).unwrap();
            })
            .unwrap();
        if ranges {
            asked.push((appended.at.segment(), i));
        }
        log.batches.push(appended);
        log.writer.settle();
    }
    assert_eq!(log.walk(), (16, None));
    let first = |segment| (0..16).find(|i| i % 3 != 0 && log.batches[*i].at.segment() == segment);
    let expected: Vec<_> = (0..=log.writer.tip().end.segment())
        .filter_map(|segment| Some((segment, first(segment)?)))
        .collect();
    assert_eq!(asked, expected);
    assert!(asked.len() > 1);
}

#[test]
fn a_segment_of_attachments_has_a_footer_without_heights() {
    for reopened in [false, true] {
        let mut log = Log::of(&[3000]);
        assert_eq!(log.writer.tip().height, 1);
        // Segment 1 is filled with attachments, its last sector too.
        for _ in 0..23 {
            let appended = log.writer.append(&mut attachment(), |_| {});
            log.batches.push(appended.unwrap());
            log.writer.settle();
        }
        assert_eq!(log.at(24).segment(), 1);
        let end = log.writer.tip().end;
        assert_eq!(end.offset(), 16384 - 512, "full to the last sector");
        if reopened {
            let tip = *log.writer.tip();
            log.writer = LogWriter::open(log.segments(), OPTIONS, tip).unwrap();
        }
        log.append(10).unwrap();
        let footer = || log.segments().get(1).unwrap().footer().unwrap();
        let expected = Footer {
            first_batch: 2,
            last_batch: 24,
            first_height: 0,
            last_height: 0,
            end: end.offset(),
            chain: log.batches[0].tip.chain,
        };
        assert_eq!(footer(), Some(expected));
        // Lost, and made from the begin headers.
        log.edit(1, |bytes| bytes[16384 - 512..].fill(0));
        let tip = *log.writer.tip();
        let mut writer = LogWriter::open(log.segments(), OPTIONS, tip).unwrap();
        writer.settle();
        assert_eq!(footer(), Some(expected));
    }
}

#[test]
fn an_opened_writer_goes_on_as_the_one_before() {
    // In the tail segment stand an attachment, then two commits.
    let mut log = Log::of(&[3000]);
    for mut batch in [attachment(), commit(2, &[1; 10]), commit(3, &[1; 700])] {
        log.batches
            .push(log.writer.append(&mut batch, |_| {}).unwrap());
        log.writer.settle();
    }
    let tip = *log.writer.tip();
    log.writer = LogWriter::open(log.segments(), OPTIONS, tip).unwrap();
    // The segment ahead is there: it is not made again.
    let ops = log.disk.ops();
    log.writer.settle();
    assert_eq!(log.disk.ops(), ops);
    log.append(10_000).unwrap();
    log.append(10).unwrap();
    assert_eq!((log.at(5).segment(), log.walk()), (2, (6, None)));
    let footer = log.segments().get(1).unwrap().footer().unwrap().unwrap();
    assert_eq!((footer.first_batch, footer.last_batch), (2, 4));
    assert_eq!((footer.first_height, footer.last_height), (2, 3));
    assert_eq!((footer.end, footer.chain), (tip.end.offset(), tip.chain));
    // Its first batch is damaged: told at its place.
    let tip = *log.writer.tip();
    log.edit(2, |bytes| bytes[4096 + 20] ^= 1);
    let error = LogWriter::open(log.segments(), OPTIONS, tip).unwrap_err();
    assert_eq!(error.damage().unwrap().offset, HEADER_LEN + 92);
}

#[test]
fn a_batch_longer_than_the_segment_ahead_gets_a_segment_that_holds_it() {
    let mut log = Log::of(&[10, 20_000]);
    assert_eq!(log.at(2), Position::new(1, HEADER_LEN));
    let len = log.segments().get(1).unwrap().len();
    let batch = log.writer.tip().end.offset() - HEADER_LEN;
    assert_eq!(len, (HEADER_LEN + batch + 512).next_multiple_of(4096));
    log.append(10).unwrap();
    assert_eq!(log.walk(), (3, None));
}

/// To the byte: the ready segment holds 23 sectors, and is not made anew for them.
#[test]
fn a_segment_that_stands_ready_is_used_as_it_is() {
    for (sectors, segment_len) in [(23, 16384), (24, 20480)] {
        let mut log = Log::of(&[10, 3000 - 512]);
        let body = sectors * SECTOR - 216;
        log.disk.record_ops();
        let mut batch = commit(3, &vec![1; body]);
        let appended = log.writer.append(&mut batch, |_| {}).unwrap();
        assert_eq!(appended.at, Position::new(1, HEADER_LEN));
        assert_eq!(log.segments().get(1).unwrap().len(), segment_len);
        let writes: Vec<_> = log.disk.take_ops();
        let writes = writes.iter().filter(|op| op.kind.changes());
        let kinds: Vec<OpKind> = writes.map(|op| op.kind).collect();
        let is_ready = kinds == [OpKind::Write, OpKind::Sync];
        assert_eq!(is_ready, sectors == 23, "{kinds:?}");
    }
}

#[test]
fn a_batch_longer_than_the_limit_is_refused() {
    let mut log = Log::of(&[10]);
    let limit = usize::try_from(OPTIONS.batch_len_max).unwrap();
    for (body, fits) in [(limit - 216, true), (limit, false), (limit + 5000, false)] {
        let height = log.writer.tip().height + 1;
        let appended = log
            .writer
            .append(&mut commit(height, &vec![1; body]), |_| {});
        match appended {
            Ok(_) => assert!(fits, "{body}"),
            Err(error) => assert!(!fits && error.code() == "E-TOO-LARGE", "{body}: {error}"),
        }
    }
    assert_eq!(log.walk().0, 2);
}

#[test]
fn an_orderly_end_waits_for_footers_and_the_segment_ahead() {
    for background in [true, false] {
        let mut log = Log::of(&[10]);
        let options = LogOptions {
            background,
            ..OPTIONS
        };
        log.writer = LogWriter::open(log.segments(), options, *log.writer.tip()).unwrap();
        let mut batch = commit(2, &[1; 3300]);
        log.writer.append(&mut batch, |_| {}).unwrap();
        log.writer.finish().unwrap();
        assert_eq!(log.writer.segments().count(), 3);
        assert!(log.disk.bytes(&segment_name(2)).is_some());
        assert!(log.segments().get(0).unwrap().footer().unwrap().is_some());
    }
    // A writer that is dropped waits for its thread: nothing happens to the disk after it.
    let mut log = Log::of(&[10]);
    let options = LogOptions {
        background: true,
        ..OPTIONS
    };
    let mut writer = LogWriter::open(log.segments(), options, *log.writer.tip()).unwrap();
    writer.append(&mut commit(2, &[1; 3300]), |_| {}).unwrap();
    writer.settle();
    drop(writer);
    assert!(log.disk.bytes(&segment_name(2)).is_some());
    assert_eq!(log.writer.tip().chain, log.batches[0].tip.chain);
    assert_ne!(log.writer.tip().chain, CHAIN);
    log.batches.clear();
}

#[test]
fn a_copy_holds_the_log_up_to_its_end_and_goes_on_from_there() {
    let log = Log::of(&[10, 3000, 10, 600]);
    let (from, to) = (log.segments(), SimStorage::new());
    let (middle, tip) = (log.at(4), log.writer.tip().end);
    assert_eq!((middle.segment(), tip.segment()), (1, 1));
    let start = Position::new(0, HEADER_LEN);
    let copied = copy_log(&from, &to, (start, middle), false).unwrap();
    assert_eq!((copied.bytes, copied.linked), (8192 + middle.offset(), 0));
    let source = log.disk.bytes(&segment_name(1)).unwrap();
    let copy = to.bytes(&segment_name(1)).unwrap();
    let end = usize::try_from(middle.offset()).unwrap();
    assert_eq!((copy.len(), &copy[..end]), (source.len(), &source[..end]));
    assert!(copy[end..].iter().all(|byte| *byte == 0));
    // Whatever fails on the way is an error, and the next try ends well.
    let before = to.ops();
    let whole = to.here().killed();
    copy_log(&from, &whole, (middle, tip), false).unwrap();
    let calls = whole.ops() - to.here().killed().ops();
    assert!(calls > 4 && before == to.ops());
    for op in 0..calls {
        let to = to.here().killed();
        to.inject(Fault {
            op: to.ops() + op,
            sticky: false,
            kind: FaultKind::Error,
        });
        assert_eq!(
            copy_log(&from, &to, (middle, tip), false)
                .unwrap_err()
                .code(),
            "E-IO"
        );
        let _ = to.heal();
        let copied = copy_log(&from, &to, (middle, tip), false).unwrap();
        assert_eq!(copied.bytes, tip.offset() - middle.offset());
        for number in [0, 1] {
            let name = segment_name(number);
            assert_eq!(to.bytes(&name), log.disk.bytes(&name), "{op}");
        }
    }
}

#[test]
fn a_log_ends_where_it_is_told_whatever_fails_on_the_way() {
    let log = Log::of(&[10, 3000, 10, 10_000]);
    let end = log.at(2);
    assert_eq!((end.segment(), log.at(4).segment()), (1, 2));
    let ended = |disk: &SimStorage| {
        let storage = std::sync::Arc::new(disk.clone());
        let segments = Segments::open(storage, UUID, Access::Write).unwrap();
        end_log(&segments, end)
    };
    let whole = log.disk.here().killed();
    let before = whole.ops();
    ended(&whole).unwrap();
    // The first call lists the segments.
    for op in 1..whole.ops() - before {
        let disk = log.disk.here().killed();
        disk.inject(Fault {
            op: disk.ops() + op,
            sticky: false,
            kind: FaultKind::Error,
        });
        assert_eq!(ended(&disk).unwrap_err().code(), "E-IO", "{op}");
        let _ = disk.heal();
        ended(&disk).unwrap();
        assert_eq!(disk.bytes(&segment_name(2)), None);
        let kept = disk.bytes(&segment_name(1)).unwrap();
        assert!(kept[4096..].iter().all(|byte| *byte == 0));
    }
    // A segment that is gone already need not go.
    let disk = log.disk.here().killed();
    let storage = std::sync::Arc::new(disk.clone());
    let segments = Segments::open(storage, UUID, Access::Write).unwrap();
    disk.put_bytes(&segment_name(3), None);
    end_log(&segments, end).unwrap();
    assert_eq!(segments.count(), 2);
}
