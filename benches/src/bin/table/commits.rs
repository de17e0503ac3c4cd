//! Durable commits beside bare writes of the same bytes, in turns.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ledger::{Store, Submission};
use ledger_benches::Result;
use ledger_benches::input::entries;
use ledger_benches::timing::{median, time};

use crate::raw::RawLog;
use crate::report::Report;
use crate::stores::{LEDGER, commit, create, log_bytes};

/// Commits, then raw writes, in turns of this many: long enough for each to settle.
const TURN: usize = 20;

/// Nanoseconds of every commit and of every raw write of the same bytes.
struct Samples {
    ours: Vec<f64>,
    raw: Vec<f64>,
}

fn in_turns<const LEN: usize>(dir: &Path, size: usize, batches: usize) -> Result<Samples> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = create(&dir.path().join("store"))?;
    let mut raw = RawLog::create(dir.path())?;
    let input = entries::<LEN>((size * 100).max(1000));
    let mut input = input.chunks_exact(size).cycle();
    let mut next = || input.next().ok_or("no entries");
    let mut samples = Samples {
        ours: Vec::new(),
        raw: Vec::new(),
    };
    // Until segments have their usual length.
    for _ in 0..TURN {
        commit(&store, next()?)?;
    }
    let mut bytes = vec![0xA5; 512];
    for _ in 0..batches.div_ceil(TURN) {
        for _ in 0..TURN {
            let (batch, before) = (next()?, store.snapshot().log_end());
            let (nanos, committed) = time(|| commit(&store, batch));
            committed?;
            samples.ours.push(nanos);
            let len = log_bytes(before, store.snapshot().log_end());
            if len > 0 {
                bytes.resize(usize::try_from(len)?, 0xA5);
            }
        }
        for _ in 0..TURN {
            samples.raw.push(raw.append(&bytes)?);
        }
    }
    let expected = (size * (batches.div_ceil(TURN) + 1) * TURN) as u64;
    let held = store.snapshot().ledger(LEDGER)?.size().0;
    if held != expected {
        return Err(format!("{held} entries instead of {expected}").into());
    }
    Ok(samples)
}

/// The median of one small commit beside a bare write and sync.
pub(crate) fn latency(report: &mut Report, dir: &Path) -> Result<()> {
    for (quantity, size) in [("commit_1", 1), ("commit_10", 10)] {
        let samples = in_turns::<32>(dir, size, 2000)?;
        let (ours, raw) = (median(samples.ours) / 1e3, median(samples.raw) / 1e3);
        report.beside_raw(quantity, ours, "us", raw);
    }
    Ok(())
}

/// Entries a second in batches, zero-filling of segments counted on both sides.
pub(crate) fn durable(report: &mut Report, dir: &Path) -> Result<()> {
    let mut both = |size: usize, quantities: (&'static str, &'static str), samples: Samples| {
        let rate = |nanos: &[f64]| (size * nanos.len()) as f64 * 1e9 / nanos.iter().sum::<f64>();
        let (ours, raw) = (rate(&samples.ours), rate(&samples.raw));
        report.add(quantities.0, ours, "entries/s");
        report.beside_raw(quantities.1, ours, "entries/s", raw);
    };
    let samples = in_turns::<32>(dir, 1, 2000)?;
    both(1, ("durable_32_1", "raw_32_1"), samples);
    let samples = in_turns::<32>(dir, 100, 2000)?;
    both(100, ("durable_32_100", "raw_32_100"), samples);
    let samples = in_turns::<32>(dir, 10_000, 400)?;
    both(10_000, ("durable_32_10000", "raw_32_10000"), samples);
    let samples = in_turns::<256>(dir, 100, 2000)?;
    both(100, ("durable_256_100", "raw_256_100"), samples);
    let samples = in_turns::<256>(dir, 10_000, 100)?;
    both(10_000, ("durable_256_10000", "raw_256_10000"), samples);
    Ok(())
}

const PRODUCERS: usize = 64;
const GROUP_ROUNDS: usize = 5;
const GROUP_TIME: Duration = Duration::from_millis(800);

/// 64 producers of one entry each, beside one bare write and sync of the same bytes a group.
pub(crate) fn group(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = create(&dir.path().join("store"))?;
    let mut raw = RawLog::create(dir.path())?;
    let (mut rates, mut raw_rates) = (Vec::new(), Vec::new());
    for _ in 0..GROUP_ROUNDS {
        let before = store.snapshot();
        let (nanos, submitted) = time(|| produce(&store));
        let submitted = submitted?;
        let after = store.snapshot();
        let groups = after.height() - before.height();
        rates.push(submitted as f64 * 1e9 / nanos);
        let mut len = log_bytes(before.log_end(), after.log_end());
        if len == 0 {
            // A new segment began: what a group of all producers takes.
            len = groups * 4096;
        }
        let bytes = vec![0xA5; usize::try_from((len / groups.max(1)).next_multiple_of(512))?];
        let mut raw_nanos = 0.0;
        for _ in 0..groups {
            raw_nanos += raw.append(&bytes)?;
        }
        raw_rates.push(submitted as f64 * 1e9 / raw_nanos);
    }
    report.beside_raw("group", median(rates), "entries/s", median(raw_rates));
    Ok(())
}

/// Lets all producers submit for a while; how many entries they did.
fn produce(store: &Store) -> Result<u64> {
    let (stop, submitted) = (AtomicBool::new(false), AtomicU64::new(0));
    let start = Barrier::new(PRODUCERS + 1);
    let before = store.snapshot().ledger(LEDGER)?.size().0;
    std::thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let (stop, submitted, start) = (&stop, &submitted, &start);
            scope.spawn(move || {
                start.wait();
                let entry = [u8::try_from(producer).unwrap_or(0); 32];
                while !stop.load(Ordering::Relaxed) {
                    let mut submission = Submission::new(0);
                    let added = submission.append(LEDGER, entry);
                    if added.is_err() || store.submit(submission).is_err() {
                        return;
                    }
                    submitted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        start.wait();
        std::thread::sleep(GROUP_TIME);
        stop.store(true, Ordering::Relaxed);
    });
    let submitted = submitted.into_inner();
    let held = store.snapshot().ledger(LEDGER)?.size().0 - before;
    if held != submitted {
        return Err(format!("{held} entries of {submitted} that were acknowledged").into());
    }
    Ok(submitted)
}
