//! Durable commits beside bare writes of the same bytes, in turns.

use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ledger::{Store, Submission};
use ledger_benches::Result;
use ledger_benches::input::entries;
use ledger_benches::timing::{median, time};

use crate::raw::RawLog;
use crate::report::Report;
use crate::series::{Plot, Series};
use crate::stores::{LEDGER, commit, create_grown, log_bytes};

/// Commits, then raw writes, in turns of this many: long enough for each to settle.
const TURN: usize = 20;

/// Nanoseconds of every commit and of every raw write of the same bytes.
struct Samples {
    ours: Vec<f64>,
    raw: Vec<f64>,
}

fn in_turns<const LEN: usize>(dir: &Path, size: usize, batches: usize) -> Result<Samples> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = create_grown(&dir.path().join("store"))?;
    let mut raw = RawLog::create(dir.path())?;
    let input = entries::<LEN>((size * 100).max(1000));
    let mut input = input.chunks_exact(size).cycle();
    let mut next = || input.next().ok_or("no entries");
    let mut samples = Samples {
        ours: Vec::new(),
        raw: Vec::new(),
    };
    // The clean flag is gone, and files have their first pages.
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
        if size == 1 {
            let micros = |nanos: &[f64]| nanos.iter().map(|n| n / 1e3).collect();
            report.plot(Plot {
                name: "latency-commit",
                title: "Commits of one entry",
                x: "percent that took no longer",
                log_x: false,
                unit: "us",
                lines: vec![
                    Series::percentiles("commit", micros(&samples.ours)),
                    Series::percentiles("bare write, fdatasync", micros(&samples.raw)),
                ],
            });
        }
        let (ours, raw) = (median(samples.ours) / 1e3, median(samples.raw) / 1e3);
        report.beside_raw(quantity, ours, "us", raw);
    }
    Ok(())
}

/// Entries a second of commits one after another, as the peers are timed: as many batches, after a
/// tenth of them that is not counted.
fn alone<const LEN: usize>(dir: &Path, size: usize, batches: usize) -> Result<f64> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = create_grown(&dir.path().join("store"))?;
    let input = entries::<LEN>((size * 100).max(1000));
    let mut nanos = 0.0;
    let warm = batches / 10 + 1;
    for (number, batch) in (0..batches + warm).zip(input.chunks_exact(size).cycle()) {
        let (took, committed) = time(|| commit(&store, batch));
        committed?;
        if number >= warm {
            nanos += took;
        }
    }
    let held = store.snapshot().ledger(LEDGER)?.size().0;
    if held != (size * (batches + warm)) as u64 {
        return Err(format!("{held} entries in {batches} and {warm} batches of {size}").into());
    }
    Ok((size * batches) as f64 * 1e9 / nanos)
}

/// Entries a second in batches: alone, then for longer in turns with bare writes, making room in
/// segments counted on both sides.
pub(crate) fn durable(report: &mut Report, dir: &Path) -> Result<()> {
    let rate = alone::<32>(dir, 1, 2000)?;
    report.add("durable_32_1", rate, "entries/s");
    let rate = alone::<32>(dir, 100, 1000)?;
    report.add("durable_32_100", rate, "entries/s");
    let rate = alone::<32>(dir, 10_000, 60)?;
    report.add("durable_32_10000", rate, "entries/s");
    let rate = alone::<256>(dir, 10_000, 60)?;
    report.add("durable_256_10000", rate, "entries/s");
    let mut both = |size: usize, quantity: &'static str, samples: Samples| {
        let rate = |nanos: &[f64]| (size * nanos.len()) as f64 * 1e9 / nanos.iter().sum::<f64>();
        let (ours, raw) = (rate(&samples.ours), rate(&samples.raw));
        report.beside_raw(quantity, ours, "entries/s", raw);
    };
    // Of each so many that several segments are filled, where that does not take too long.
    both(100, "raw_32_100", in_turns::<32>(dir, 100, 20_000)?);
    both(10_000, "raw_32_10000", in_turns::<32>(dir, 10_000, 400)?);
    both(100, "raw_256_100", in_turns::<256>(dir, 100, 8000)?);
    both(10_000, "raw_256_10000", in_turns::<256>(dir, 10_000, 100)?);
    Ok(())
}

/// Group commits beside one bare write and sync a group by a single thread, and beside the same
/// producers with a bare write and sync; by as many threads as producers, and by one event loop.
pub(crate) fn group(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let store = create_grown(&dir.path().join("store"))?;
    let bare = BareGroup::new(RawLog::create(dir.path())?);
    let mut bare_rates = Vec::new();
    let (mut threads, mut one_loop) = (Rates::default(), Rates::default());
    for _ in 0..GROUP_ROUNDS {
        threads.round(&store, &bare, || produce(|entry| submit(&store, entry)))?;
        one_loop.round(&store, &bare, || serve(&store))?;
        let (nanos, submitted) = time(|| produce(|entry| bare.submit(entry)));
        bare_rates.push(submitted as f64 * 1e9 / nanos);
    }
    let rate = median(threads.ours);
    report.beside_raw("group", rate, "entries/s", median(threads.raw));
    report.beside_raw("group_bare", rate, "entries/s", median(bare_rates));
    let rate = median(one_loop.ours);
    report.beside_raw("group_loop", rate, "entries/s", median(one_loop.raw));
    Ok(())
}

/// Entries a second, and those of one bare write and sync for each group.
#[derive(Default)]
struct Rates {
    ours: Vec<f64>,
    raw: Vec<f64>,
}

impl Rates {
    /// Commits what some producers submit, then writes as many groups of as many bytes.
    fn round(
        &mut self,
        store: &Store,
        bare: &BareGroup,
        produce: impl FnOnce() -> u64,
    ) -> Result<()> {
        let before = store.snapshot();
        let (nanos, submitted) = time(produce);
        let after = store.snapshot();
        let committed = after.ledger(LEDGER)?.size().0 - before.ledger(LEDGER)?.size().0;
        if committed != submitted {
            return Err(format!("{committed} entries of {submitted} acknowledged").into());
        }
        self.ours.push(submitted as f64 * 1e9 / nanos);

        let groups = after.height() - before.height();
        // Entries of 32 bytes in frames, body, header, trailer: what one group takes.
        let len = (submitted / groups.max(1) * 36 + 700).next_multiple_of(512);
        let bytes = vec![0xA5; usize::try_from(len)?];
        let mut raw = 0.0;
        for _ in 0..groups {
            raw += lock(&bare.log).append(&bytes)?;
        }
        self.raw.push(submitted as f64 * 1e9 / raw);
        Ok(())
    }
}

fn submission(entry: [u8; 32]) -> Result<Submission> {
    let mut submission = Submission::new(0);
    submission.append(LEDGER, entry)?;
    Ok(submission)
}

fn submit(store: &Store, entry: [u8; 32]) -> Result<()> {
    store.submit(submission(entry)?)?;
    Ok(())
}

/// One thread that serves all producers: each has one entry under way and brings the next when it
/// has its receipt. How many receipts were given.
fn serve(store: &Store) -> u64 {
    let (start, mut served) = (Instant::now(), 0);
    while start.elapsed() < GROUP_TIME {
        let brought = (0..PRODUCERS).map_while(|producer| submission([producer; 32]).ok());
        let receipts = store.submit_all(brought.collect());
        served += receipts.iter().filter(|receipt| receipt.is_ok()).count() as u64;
    }
    served
}

const PRODUCERS: u8 = 64;
const GROUP_ROUNDS: usize = 9;
const GROUP_TIME: Duration = Duration::from_millis(400);

/// Lets all producers submit for a while; how many entries they did.
fn produce(submit: impl Fn([u8; 32]) -> Result<()> + Sync) -> u64 {
    let (stop, submitted) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let (stop, submitted, submit) = (&stop, &submitted, &submit);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) && submit([producer; 32]).is_ok() {
                    submitted.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(GROUP_TIME);
        stop.store(true, Ordering::Relaxed);
    });
    submitted.into_inner()
}

/// Group commit of a bare file: whoever comes first writes and syncs what all have brought.
struct BareGroup {
    queue: Mutex<Queue>,
    done: Condvar,
    log: Mutex<RawLog>,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// Number of the group that gathers.
    group: u64,
    /// Groups that are durable.
    synced: u64,
    led: bool,
}

impl BareGroup {
    fn new(log: RawLog) -> Self {
        Self {
            queue: Mutex::default(),
            done: Condvar::new(),
            log: Mutex::new(log),
        }
    }

    fn submit(&self, entry: [u8; 32]) -> Result<()> {
        let mut queue = lock(&self.queue);
        queue.bytes.extend_from_slice(&entry);
        let group = queue.group;
        while queue.synced <= group {
            if queue.led {
                queue = self
                    .done
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.led = true;
            queue.group += 1;
            let mut bytes = mem::take(&mut queue.bytes);
            drop(queue);
            bytes.resize(bytes.len().next_multiple_of(512), 0);
            let written = lock(&self.log).append(&bytes);
            queue = lock(&self.queue);
            queue.led = false;
            queue.synced += 1;
            self.done.notify_all();
            written?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
