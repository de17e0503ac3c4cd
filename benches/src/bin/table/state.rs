//! State: a million keys in memory and in a store, batches of 10,000 updates, reads and proofs.

use std::hint::black_box;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::sync_channel;

use hash_store::HEADER_LEN;
use ledger::{Keep, LedgerSpec, Options, Sealed, StateView, Store};
use ledger_benches::Result;
use ledger_benches::state_input::{
    BATCH_ROOT, BATCHES, BUILD_ROOT, KEYS, Key, batch, batch_alone, build, hex, picks,
};
use ledger_benches::timing::{median, time};
use patricia_state::{Change, Changes, NodeStore, Overlay, StateSuite, Trie};

use crate::report::Report;
use crate::stores::{LEDGER, record_bytes};

type Entries = Vec<(Key, Vec<u8>)>;

/// Reads and proofs a sample.
const READS: usize = 100_000;
const PROOFS: usize = 10_000;
const OPENS: usize = 21;
/// Threads that seal a batch in memory: one, and two as the peers' have.
const WORKERS: [NonZeroUsize; 2] = [NonZeroUsize::MIN, NonZeroUsize::MIN.saturating_add(1)];

/// Microseconds a call over all of `items`: the best of three passes, after one not counted. As the
/// peers are timed.
fn micros_each<T>(items: &[T], mut call: impl FnMut(&T) -> Result<()>) -> Result<f64> {
    let mut best = f64::MAX;
    for pass in 0..4 {
        let (nanos, done) = time(|| items.iter().try_for_each(&mut call));
        done?;
        if pass > 0 {
            best = best.min(nanos / 1e3 / items.len() as f64);
        }
    }
    Ok(best)
}

fn changes(entries: &Entries) -> Changes<'_> {
    let sets = entries.iter().map(|(key, value)| Change::set(key, value));
    sets.collect()
}

fn expect(what: &str, found: &[u8], expected: &str) -> Result<()> {
    if hex(found) == expected {
        return Ok(());
    }
    Err(format!("the root {what} is {}", hex(found)).into())
}

/// Roots in one suite, as hex digits.
struct Roots {
    build: String,
    batch: String,
}

/// Builds and batches in memory, in one suite.
fn memory(report: &mut Report, suite: StateSuite, build: &Entries) -> Result<Roots> {
    let (built, rooted) = match suite {
        StateSuite::Keccak256 => (
            ["state_build_keccak_alone", "state_build_keccak"],
            ["state_batch_keccak_alone", "state_batch_keccak"],
        ),
        _ => (
            ["state_build_blake3_alone", "state_build_blake3"],
            ["state_batch_blake3_alone", "state_batch_blake3"],
        ),
    };
    let mut log = NodeStore::new();
    let mut tip = Overlay::empty(suite);
    for (row, workers) in built.into_iter().zip(WORKERS) {
        let mut samples = Vec::new();
        for _ in 0..3 {
            let (nanos, sealed) =
                time(|| Overlay::empty(suite).seal_by(workers, &log, suite, &changes(build)));
            samples.push(nanos / 1e9);
            tip = sealed?;
        }
        report.add(row, median(samples), "s");
    }
    tip.store(|extension| log.append(extension))?;
    let tip = Overlay::new(*tip.root());
    if suite == StateSuite::Keccak256 {
        expect("of the build", &tip.root().hash, BUILD_ROOT)?;
    }
    let updates = batch(build, 0);
    let mut roots = Roots {
        build: hex(&tip.root().hash),
        batch: String::new(),
    };
    for (row, workers) in rooted.into_iter().zip(WORKERS) {
        let mut samples = Vec::new();
        for _ in 0..21 {
            let (nanos, sealed) = time(|| tip.seal_by(workers, &log, suite, &changes(&updates)));
            roots.batch = hex(&sealed?.root().hash);
            if suite == StateSuite::Keccak256 && roots.batch != BATCH_ROOT {
                return Err(format!("the root after batch 0 is {}", roots.batch).into());
            }
            samples.push(nanos / 1e6);
        }
        report.add(row, median(samples), "ms");
    }
    if suite == StateSuite::Keccak256 {
        let trie = Trie::new(&log, suite, *tip.root());
        let reads: Vec<_> = picked(build, READS);
        let micros = micros_each(&reads, |(key, value)| is_value(trie.get(key)?, value))?;
        report.add("state_get_memory", micros, "us");
        let micros = micros_each(&reads, |(key, _)| {
            let _ = black_box(trie.prove(&[key])?);
            Ok(())
        })?;
        report.add("state_prove_memory", micros, "us");
    }
    Ok(roots)
}

fn picked(build: &Entries, count: usize) -> Vec<&(Key, Vec<u8>)> {
    picks(count)
        .into_iter()
        .filter_map(|at| build.get(at))
        .collect()
}

fn is_value(found: Option<&[u8]>, value: &[u8]) -> Result<()> {
    if found == Some(value) {
        return Ok(());
    }
    Err("a key has another value".into())
}

/// Commits writes as one batch; nanoseconds from the first write gathered to the durable commit.
fn commit(store: &Store, entries: &Entries) -> Result<f64> {
    let (nanos, committed) = time(|| -> Result<()> {
        let mut batch = store.batch();
        for (key, value) in entries {
            batch.put(LEDGER, key, value)?;
        }
        store.commit(batch.seal(0, &[])?)?;
        Ok(())
    });
    committed?;
    Ok(nanos)
}

/// Commits that the build is cut into.
const BUILD_COMMITS: usize = 8;

/// Builds the state as an importer would: sorted, a range of keys a commit, one range being hashed
/// while the one before it is written.
fn build_durably(store: &Store, build: &Entries) -> Result<f64> {
    let (nanos, built) = time(|| -> Result<()> {
        let mut sorted: Vec<&(Key, Vec<u8>)> = build.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        let (sender, receiver) = sync_channel::<Sealed>(1);
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                let mut sealed = receiver.into_iter();
                sealed.try_for_each(|sealed| store.commit(sealed).map(|_| ()))
            });
            let mut next = store.batch();
            for range in sorted.chunks(KEYS.div_ceil(BUILD_COMMITS)) {
                for (key, value) in range {
                    next.put(LEDGER, key, value)?;
                }
                let sealed = next.seal(0, &[])?;
                next = sealed.child();
                sender.send(sealed)?;
            }
            drop(sender);
            writer.join().map_err(|_| "the writer panicked")??;
            Ok(())
        })
    });
    built?;
    Ok(nanos)
}

/// Bytes of nodes in the node log's files.
fn node_bytes(store: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(store.join(LEDGER).join("trie"))? {
        sum += entry?.metadata()?.len().saturating_sub(HEADER_LEN);
    }
    Ok(sum)
}

/// Proofs of random keys in one view.
fn time_proofs(view: &StateView, reads: &[&(Key, Vec<u8>)]) -> Result<f64> {
    micros_each(reads, |(key, _)| {
        let _ = black_box(view.prove(&[key])?);
        Ok(())
    })
}

/// A store with a state of a million keys in one suite, built and written to.
fn stored(
    report: &mut Report,
    dir: &Path,
    build: &Entries,
    suite: StateSuite,
    expected: &Roots,
) -> Result<()> {
    let (built, written) = match suite {
        StateSuite::Keccak256 => ("state_build_durable_keccak", "state_batch_durable_keccak"),
        _ => ("state_build_durable", "state_batch_durable"),
    };
    let spec = LedgerSpec::with_state(LEDGER.parse()?, ledger_benches::trees::TREE, suite);
    let store = Store::create(dir, "bench-net".parse()?, &[spec], Options::default())?;
    report.add(built, build_durably(&store, build)? / 1e9, "s");
    let view = store.snapshot().state(LEDGER)?;
    expect("of the build", view.root().as_bytes(), &expected.build)?;
    let reads = picked(build, READS);
    let some = reads.get(..PROOFS).unwrap_or(&reads);
    if suite == StateSuite::Keccak256 {
        report.add("state_prove", time_proofs(&view, some)?, "us");
        verify(report, &view, some)?;
    } else {
        report.add("state_disk", a_key(node_bytes(dir)?), "B");
        report.add("state_log", a_key(record_bytes(&store, dir)?), "B");
        let micros = micros_each(&reads, |(key, value)| is_value(view.get(key)?, value))?;
        report.add("state_get", micros, "us");
    }
    let mut samples = Vec::new();
    for number in 0..BATCHES {
        samples.push(commit(&store, &batch(build, number))? / 1e6);
        if number == 0 {
            let root = store.snapshot().state(LEDGER)?.root();
            expect("after batch 0", root.as_bytes(), &expected.batch)?;
        }
    }
    report.add(written, median(samples), "ms");
    if suite == StateSuite::Keccak256 {
        return Ok(store.close()?);
    }
    report.add("state_disk_kept", a_key(node_bytes(dir)?), "B");
    report.add("state_log_after", a_key(record_bytes(&store, dir)?), "B");
    let tip = time_proofs(&store.snapshot().state(LEDGER)?, some)?;
    let old = store.snapshot().at_height(BUILD_COMMITS as u64)?;
    let old = old.state(LEDGER)?;
    report.beside_tip("state_past", time_proofs(&old, some)?, "us", tip);
    drop((view, old));
    store.prune(LEDGER, &Keep::last(NonZeroU64::MIN))?;
    report.add("state_disk_after", a_key(node_bytes(dir)?), "B");
    store.close()?;
    reopened(report, dir, build)
}

fn a_key(bytes: u64) -> f64 {
    bytes as f64 / KEYS as f64
}

fn verify(report: &mut Report, view: &StateView, reads: &[&(Key, Vec<u8>)]) -> Result<()> {
    let (scheme, root) = (view.scheme(), *view.root().as_bytes());
    let mut proofs = Vec::new();
    for entry in reads {
        proofs.push((*entry, view.prove(&[&entry.0])?));
    }
    let bytes: usize = proofs.iter().map(|(_, proof)| proof.0.byte_len()).sum();
    report.add("state_proof_bytes", bytes as f64 / proofs.len() as f64, "B");
    let mut best = f64::MAX;
    for _ in 0..4 {
        let copies = proofs.clone();
        let (nanos, verified) = time(|| -> Result<()> {
            for ((key, value), proof) in copies {
                let verified = proof.verify(scheme, &root, &[key])?;
                is_value(verified.get(key)?, value)?;
            }
            Ok(())
        });
        verified?;
        best = best.min(nanos / 1e3 / proofs.len() as f64);
    }
    report.add("state_verify", best, "us");
    Ok(())
}

fn reopened(report: &mut Report, dir: &Path, build: &Entries) -> Result<()> {
    let mut samples = Vec::new();
    for (key, _) in picked(build, OPENS) {
        let (nanos, opened) = time(|| -> Result<Store> {
            let store = Store::open(dir, Options::default())?;
            let _ = black_box(store.snapshot().state(LEDGER)?.prove(&[key])?);
            Ok(store)
        });
        opened?.close()?;
        samples.push(nanos / 1e6);
    }
    report.add("state_reopen", median(samples), "ms");
    let program = std::env::current_exe()?;
    let output = Command::new(program)
        .arg("--state-memory")
        .arg(dir)
        .output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the measurement of memory failed: {errors}").into());
    }
    let bytes: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    report.add("state_memory", bytes / 1e6, "MB");
    Ok(())
}

/// A process of its own: opens the store, commits a batch, reads and proves, and answers how many
/// bytes of anonymous memory it has then.
pub(crate) fn anonymous_memory(dir: &Path) -> Result<u64> {
    let store = Store::open(dir, Options::default())?;
    let updates = batch_alone(BATCHES);
    commit(&store, &updates)?;
    let view = store.snapshot().state(LEDGER)?;
    for (key, _) in &updates {
        black_box(view.get(key)?);
        let _ = black_box(view.prove(&[key])?);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib: u64 = line
        .ok_or("no RssAnon")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kib * 1024)
}

/// Everything about state.
pub(crate) fn state(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let build = build();
    for (suite, name) in [
        (StateSuite::Keccak256, "keccak"),
        (StateSuite::Blake3, "blake3"),
    ] {
        let roots = memory(report, suite, &build)?;
        stored(report, &dir.path().join(name), &build, suite, &roots)?;
    }
    Ok(())
}
