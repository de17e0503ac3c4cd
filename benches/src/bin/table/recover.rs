//! hash-store alone, opened after a kill: a superblock says how far the log is known, and what
//! lies behind it is read past the page cache and verified.

use std::path::Path;
use std::sync::Arc;

use hash_store::{
    Access, FileStorage, Found, LogOptions, LogTip, LogWriter, Position, Scan, Storage, Superblock,
    Superblocks, check_reached, clear_cache_after,
};
use ledger_benches::Result;
use ledger_benches::timing::{median, time};

use crate::records::{Record, UUID, append, create, segments};
use crate::report::Report;
use crate::stores::copy;

/// Record bytes from one superblock to the next. A log without derived files has nothing else to
/// sync: a superblock costs one small write and sync.
const WATERMARK_BYTES: usize = 8 << 20;
const OPENS: usize = 5;

fn superblock(tip: &LogTip) -> Superblock {
    Superblock {
        uuid: UUID,
        generation: 0,
        clean: false,
        cut: false,
        batch: tip.batch,
        height: tip.height,
        end: tip.end,
        last_body: tip.last_body,
        chain: tip.chain,
        network: "bench-net".to_owned(),
        ledgers: Vec::new(),
        watermarks: Vec::new(),
        base: None,
    }
}

/// Appends all records in batches, with a superblock now and then; the last one that was due is not
/// written any more.
fn fill(dir: &Path, input: &[Record], batch: usize) -> Result<LogWriter> {
    let storage = FileStorage::new(dir);
    let locked = Superblocks::lock_new(&storage)?;
    let mut log = create(dir)?;
    let mut superblocks = Superblocks::create(&storage, locked, superblock(log.tip()))?;
    superblocks.write(superblock(log.tip()))?;
    let (mut unsynced, mut rest) = (0, input.len());
    for records in input.chunks(batch) {
        append(&mut log, records)?;
        unsynced += size_of_val(records);
        rest -= records.len();
        if unsynced >= WATERMARK_BYTES && rest > 0 {
            superblocks.write(superblock(log.tip()))?;
            unsynced = 0;
        }
    }
    Ok(log)
}

/// Opens the log for appending; the tip that was found.
fn recover(dir: &Path) -> Result<LogTip> {
    let storage = FileStorage::new(dir);
    let (_superblocks, state) = Superblocks::open(&storage)?;
    let known = state.current;
    let segments = segments(dir, Access::Write)?;
    check_reached(&segments, &known)?;
    for number in known.end.segment()..segments.count() {
        segments.get(number)?.sync()?;
    }
    storage.sync_dir("log")?;
    let (next, chain) = (known.batch + 1, Some(known.chain));
    let mut scan = Scan::new(Arc::clone(&segments), known.end, next, chain).direct_ahead();
    let mut tip = LogTip {
        batch: known.batch,
        height: known.height,
        end: known.end,
        last_body: known.last_body,
        chain: known.chain,
    };
    while let Some(found) = scan.next()? {
        let Found::Batch { at, batch } = found else {
            return Err(format!("the scan stopped: {found:?}").into());
        };
        tip = LogTip {
            batch: batch.header.number,
            height: batch.header.height,
            end: Position::new(at.segment(), at.offset() + batch.header.len),
            last_body: None,
            chain: batch.chain_after,
        };
    }
    clear_cache_after(&segments, tip.end)?;
    LogWriter::open(segments, LogOptions::default(), tip)?;
    Ok(tip)
}

/// Opening what a kill left of a million records.
pub(crate) fn recovered(report: &mut Report, dir: &Path, input: &[Record]) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let (path, killed) = (dir.path().join("log"), dir.path().join("killed"));
    let log = fill(&path, input, 10_000)?;
    let mut samples = Vec::new();
    for _ in 0..OPENS {
        copy(&path, &killed)?;
        let (nanos, found) = time(|| recover(&killed));
        if found? != *log.tip() {
            return Err("another tip was found".into());
        }
        samples.push(nanos / 1e6);
        std::fs::remove_dir_all(&killed)?;
    }
    report.add("store_open", median(samples), "ms");
    Ok(())
}
