//! hash-store alone: records of 256 bytes in frames, beside bare writes of the same bytes, and its
//! verified scan beside a bare CRC pass.

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use hash_store::{
    Access, BEGIN_LEN, BatchBuffer, BatchKind, FileStorage, Found, FrameKind, HEADER_LEN,
    LogOptions, LogWriter, Position, SEGMENT_LEN_MAX, Scan, Segments, Storage, first_chain,
};
use ledger_benches::Result;
use ledger_benches::input::{XorShift, entries};
use ledger_benches::timing::{median, per_call, time};

use crate::raw::RawLog;
use crate::recover::recovered;
use crate::report::Report;
use crate::stores::log_bytes;

pub(crate) const UUID: [u8; 16] = [7; 16];
const LEN: usize = 256;
pub(crate) type Record = [u8; LEN];
/// Records that are read, scanned and reopened.
const RECORDS: usize = 1_000_000;
const BATCH: usize = 10_000;
const TURN: usize = 20;

pub(crate) fn segments(dir: &Path, access: Access) -> Result<Arc<Segments>> {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    if access == Access::Write {
        storage.create_dir("log")?;
    }
    Ok(Arc::new(Segments::open(storage, UUID, access)?))
}

pub(crate) fn create(dir: &Path) -> Result<LogWriter> {
    let (segments, chain) = (segments(dir, Access::Write)?, first_chain("bench-net"));
    // Segments have their usual length from the first on, as those of a raw log have.
    let options = LogOptions {
        segment_len_first: SEGMENT_LEN_MAX,
        ..LogOptions::default()
    };
    Ok(LogWriter::create(segments, options, chain)?)
}

/// Appends records as one durable batch, each in a frame of its own, as a caller would that reads
/// them one by one; where each begins, and the batch's end.
pub(crate) fn append(log: &mut LogWriter, records: &[Record]) -> Result<(Vec<Position>, Position)> {
    let mut batch = BatchBuffer::new(BatchKind::Commit, log.tip().height + 1);
    let mut offsets = Vec::with_capacity(records.len());
    for record in records {
        offsets.push(batch.push(FrameKind::Entries, |to| to.extend_from_slice(record))?);
    }
    let appended = log.append(&mut batch, |_| {})?;
    let at = appended.at;
    let place = |offset| Position::new(at.segment(), at.offset() + offset);
    let places = offsets.into_iter().map(place).collect();
    Ok((places, appended.tip.end))
}

/// Batches of one size and bare writes of the same bytes, in turns: nanoseconds of each.
fn in_turns(dir: &Path, size: usize, batches: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let dir = tempfile::tempdir_in(dir)?;
    let mut log = create(&dir.path().join("log"))?;
    let mut raw = RawLog::create(dir.path())?;
    let input = entries::<LEN>((size * 100).max(1000));
    let mut input = input.chunks_exact(size).cycle();
    let mut next = || input.next().ok_or("no records");
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    // Files have their first pages.
    for _ in 0..TURN {
        append(&mut log, next()?)?;
    }
    let mut bytes = vec![0xA5; 512];
    for _ in 0..batches.div_ceil(TURN) {
        for _ in 0..TURN {
            let (batch, before) = (next()?, log.tip().end);
            let (nanos, appended) = time(|| append(&mut log, batch));
            appended?;
            ours.push(nanos);
            let len = log_bytes(before, log.tip().end);
            if len > 0 {
                bytes.resize(usize::try_from(len)?, 0xA5);
            }
        }
        for _ in 0..TURN {
            bare.push(raw.append(&bytes)?);
        }
    }
    log.finish()?;
    Ok((ours, bare))
}

/// Everything about the record log.
pub(crate) fn records(report: &mut Report, dir: &Path) -> Result<()> {
    let (ours, bare) = in_turns(dir, 1, 2000)?;
    let (ours, bare) = (median(ours) / 1e3, median(bare) / 1e3);
    report.beside_raw("record_1", ours, "us", bare);
    report.add("store_1", ours, "us");
    for (of_bare, of_peers, size, batches) in [
        ("record_100", "store_100", 100, 8000),
        ("record_10000", "store_10000", BATCH, 100),
    ] {
        let (ours, bare) = in_turns(dir, size, batches)?;
        let rate = |nanos: &[f64]| (size * nanos.len()) as f64 * 1e9 / nanos.iter().sum::<f64>();
        report.beside_raw(of_bare, rate(&ours), "records/s", rate(&bare));
        report.add(of_peers, rate(&ours), "records/s");
    }
    let dir = tempfile::tempdir_in(dir)?;
    let mut log = create(dir.path())?;
    let input = entries::<LEN>(RECORDS);
    let mut places = Vec::with_capacity(RECORDS);
    let mut bytes = 0;
    for batch in input.chunks(BATCH) {
        let (here, end) = append(&mut log, batch)?;
        // The first frame stands behind the batch's header.
        let begin = here.first().map_or(0, |first| first.offset());
        bytes += end.offset() - begin + BEGIN_LEN as u64;
        places.extend(here);
    }
    report.add("record_bytes", bytes as f64 / (RECORDS * LEN) as f64, "x");
    read(report, dir.path(), &input, &places)?;
    recovered(report, dir.path(), &input)
}

/// What a killed writer left, read by another: scanned whole, then record by record.
fn read(report: &mut Report, dir: &Path, input: &[Record], places: &[Position]) -> Result<()> {
    let first = Position::new(0, HEADER_LEN);
    let (mut scans, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (nanos, found) = time(|| -> Result<usize> {
            let segments = segments(dir, Access::Read)?;
            let mut scan = Scan::new(segments, first, 1, Some(first_chain("bench-net")));
            let mut found = 0;
            while let Some(next) = scan.next()? {
                let Found::Batch { batch, .. } = next else {
                    return Err(format!("the scan stopped: {next:?}").into());
                };
                found += batch.frames.len();
            }
            Ok(found)
        });
        if found? != RECORDS {
            return Err("the scan found other records".into());
        }
        scans.push(nanos / 1e6);
        bare.push(time(|| crc_pass(dir)).0 / 1e6);
    }
    report.beside_crc("record_scan", median(scans), "ms", median(bare));

    let segments = segments(dir, Access::Read)?;
    for (record, place) in input.iter().zip(places).step_by(997) {
        if segments.frame(*place)?.payload != record {
            return Err(format!("another record at {place:?}").into());
        }
    }
    let mut at = XorShift::default();
    let nanos = per_call(9, 2000, || {
        let index = at.below(RECORDS as u64);
        let place = usize::try_from(index).ok().and_then(|at| places.get(at));
        black_box(place.and_then(|place| segments.frame(*place).ok()));
    });
    report.add("record_get", nanos / 1e3, "us");
    report.add("store_get", nanos / 1e3, "us");
    Ok(())
}

/// Reads all segments, a mebibyte at a time into the same memory, and takes one CRC-32 over each:
/// what no verified scan can go below.
fn crc_pass(dir: &Path) -> Result<u32> {
    let (mut sum, mut piece) = (0, vec![0; 1 << 20]);
    for entry in std::fs::read_dir(dir.join("log"))? {
        let mut file = File::open(entry?.path())?;
        let mut crc = crc32fast::Hasher::new();
        loop {
            let len = file.read(&mut piece)?;
            if len == 0 {
                break;
            }
            crc.update(piece.get(..len).unwrap_or_default());
        }
        sum ^= crc.finalize();
    }
    Ok(black_box(sum))
}
