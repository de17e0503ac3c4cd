//! `bench`: what this machine and its disk do with a store. Results are checked before they are
//! measured, and the whole store at the end: a wrong answer is no figure.

use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use ledger::stat::Distribution;
use ledger::{LedgerSpec, Level, Options, Snapshot, StateSuite, Store, TreeType, Verdict, verify};
use merkle_log::LeafIndex;
use serde::Serialize;

use crate::cli::BenchArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{GOOD, Session};
use crate::stop::Stop;

const ENTRY_LEN: usize = 256;
const BATCH: u64 = 1000;
/// Answers that are checked before as many again are measured.
const CHECKED: u64 = 256;

#[derive(Serialize)]
pub(super) struct BenchDoc {
    schema: &'static str,
    version: &'static str,
    cpus: u64,
    seconds: u64,
    entries: u64,
    keys: u64,
    measurements: Vec<MeasurementDoc>,
}

#[derive(Serialize)]
struct MeasurementDoc {
    name: &'static str,
    what: &'static str,
    count: u64,
    /// Of entries, keys or answers, over the whole measurement.
    per_second: u64,
    p50_ns: u64,
    p90_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

struct Bench<'a> {
    session: &'a Session,
    stop: Stop,
    time: Duration,
    done: Vec<MeasurementDoc>,
}

pub(crate) fn run(session: &Session, args: BenchArgs) -> Result<Exit, Failure> {
    let parent = session.given_directory(args.dir)?;
    let parent = parent.unwrap_or_else(std::env::temp_dir);
    let named = parent.display().to_string();
    let scratch = tempfile::Builder::new()
        .prefix("ledger-tool-bench-")
        .tempdir_in(&parent)
        .map_err(Failure::io("make a directory in", named))?;
    let mut bench = Bench {
        session,
        stop: Stop::listen()?,
        time: Duration::from_secs(args.seconds),
        done: Vec::new(),
    };
    let counts = bench.all(scratch.path())?;
    let Some((entries, keys)) = counts else {
        return Ok(Exit::Interrupted);
    };
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let document = BenchDoc {
        schema: "ledger-tool.bench/1",
        version: env!("CARGO_PKG_VERSION"),
        cpus: cpus as u64,
        seconds: args.seconds,
        entries,
        keys,
        measurements: bench.done,
    };
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document))?;
    }
    Ok(Exit::Ok)
}

impl Bench<'_> {
    /// Everything, in a directory of its own; `None` if it was interrupted.
    fn all(&mut self, dir: &Path) -> Result<Option<(u64, u64)>, Failure> {
        self.disk(dir)?;
        let store = dir.join("store");
        let names = ["entries", "state"].map(str::parse);
        let [Ok(log), Ok(state)] = names else {
            return Err(Failure::Bench("names of ledgers"));
        };
        let ledgers = [
            LedgerSpec::log(log, TreeType::Sha256),
            LedgerSpec::with_state(state, TreeType::Sha256, StateSuite::Blake3),
        ];
        let network = "bench".parse().map_err(ledger::Error::from)?;
        let store = Store::create(store, network, &ledgers, Options::default())?;
        self.commits(&store)?;
        self.appends(&store)?;
        self.proofs(&store.snapshot())?;
        let keys = self.writes(&store)?;
        self.states(&store.snapshot(), keys)?;
        if self.stop.asked() {
            return Ok(None);
        }
        let entries = store.snapshot().ledger("entries")?.size().0;
        store.close()?;
        self.session.note("checking the store");
        let storage = self.session.storage(&dir.join("store"));
        let report = verify(storage, Level::Full, &mut |_| !self.stop.asked())?;
        match report.verdict {
            _ if self.stop.asked() => Ok(None),
            Verdict::Verified => Ok(Some((entries, keys))),
            _ => Err(Failure::Bench("the store does not verify")),
        }
    }

    /// Runs something again and again until the time is over; it counts for `weight`.
    fn measure(
        &mut self,
        name: &'static str,
        what: &'static str,
        weight: u64,
        mut run: impl FnMut(u64) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.session.note(&format!("measuring {name}: {what}"));
        let mut times = Distribution::default();
        let started = Instant::now();
        while started.elapsed() < self.time && !self.stop.asked() {
            let at = Instant::now();
            run(times.count())?;
            times.add(nanos(at.elapsed()));
        }
        let all = times.count() * weight;
        let rate = u128::from(all) * 1_000_000_000 / u128::from(nanos(started.elapsed()).max(1));
        self.done.push(MeasurementDoc {
            name,
            what,
            count: all,
            per_second: u64::try_from(rate).unwrap_or(u64::MAX),
            p50_ns: times.percentile(50),
            p90_ns: times.percentile(90),
            p99_ns: times.percentile(99),
            max_ns: times.max(),
        });
        Ok(())
    }

    /// What the disk itself takes for what a commit does.
    fn disk(&mut self, dir: &Path) -> Result<(), Failure> {
        let io = |op| Failure::io(op, "a scratch file");
        let file = File::create(dir.join("disk")).map_err(io("create"))?;
        let len = 16 << 20;
        file.write_all_at(&vec![0; len], 0).map_err(io("write"))?;
        file.sync_all().map_err(io("sync"))?;
        let piece = [7; 1024];
        self.measure("disk", "write 1 KiB, sync", 1, |i| {
            let at = i * 1024 % len as u64;
            let written = file.write_all_at(&piece, at);
            written
                .and_then(|()| file.sync_data())
                .map_err(io("write and sync"))
        })
    }

    fn commits(&mut self, store: &Store) -> Result<(), Failure> {
        let mut time = store.snapshot().time_ms();
        self.measure("commit", "1 entry of 256 B", 1, |i| {
            time += 1;
            let mut batch = store.batch();
            batch.append("entries", entry(i))?;
            store.commit(batch.seal(time, b"")?)?;
            Ok(())
        })
    }

    fn appends(&mut self, store: &Store) -> Result<(), Failure> {
        let snapshot = store.snapshot();
        let (mut time, mut next) = (snapshot.time_ms(), snapshot.ledger("entries")?.size().0);
        self.measure("append", "1,000 entries of 256 B", BATCH, |_| {
            time += 1;
            let mut batch = store.batch();
            for _ in 0..BATCH {
                batch.append("entries", entry(next))?;
                next += 1;
            }
            store.commit(batch.seal(time, b"")?)?;
            Ok(())
        })
    }

    fn proofs(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        let tree = snapshot.ledger("entries")?;
        let (size, root) = (tree.size(), tree.root());
        let Some(last) = size.0.checked_sub(1) else {
            return Ok(());
        };
        let index = |i| LeafIndex(mixed(i) % (last + 1));
        for i in 0..CHECKED {
            let index = index(i);
            let bytes = tree.entry(index)?;
            if bytes != entry(index.0) {
                return Err(Failure::Bench("an entry is another one"));
            }
            let proof = tree.prove_inclusion(index, size)?;
            let leaf = tree.tree().leaf(&bytes);
            if proof.verify(tree.tree(), &leaf, &root).is_err() {
                return Err(Failure::Bench("a proof does not hold"));
            }
        }
        self.measure("entry", "read 1", 1, |i| {
            black_box(tree.entry(index(i))?);
            Ok(())
        })?;
        self.measure("proof", "inclusion", 1, |i| {
            black_box(tree.prove_inclusion(index(i), size)?);
            Ok(())
        })?;
        let proof = tree.prove_inclusion(LeafIndex(last), size)?;
        let leaf = tree.tree().leaf(&entry(last));
        self.measure("check", "inclusion", 1, |_| {
            let held = proof.verify(tree.tree(), &leaf, &root);
            held.map(drop)
                .map_err(|_| Failure::Bench("a proof does not hold"))
        })
    }

    fn writes(&mut self, store: &Store) -> Result<u64, Failure> {
        let (mut time, mut next) = (store.snapshot().time_ms(), 0);
        self.measure("trie", "1,000 keys set", BATCH, |_| {
            time += 1;
            let mut batch = store.batch();
            for _ in 0..BATCH {
                batch.put("state", key(next), key(next + 1))?;
                next += 1;
            }
            store.commit(batch.seal(time, b"")?)?;
            Ok(())
        })?;
        Ok(next)
    }

    fn states(&mut self, snapshot: &Snapshot, keys: u64) -> Result<(), Failure> {
        if keys == 0 {
            return Ok(());
        }
        let view = snapshot.state("state")?;
        let (scheme, root) = (view.scheme(), view.root());
        let chosen = |i| mixed(i) % keys;
        for i in (0..CHECKED).map(chosen) {
            if view.get(key(i))? != Some(&key(i + 1)[..]) {
                return Err(Failure::Bench("a key has another value"));
            }
            let proof = view.prove(&[&key(i)])?;
            let proven = proof.verify(scheme, root.as_bytes(), &[&key(i)[..]]);
            let proven = proven.map_err(|_| Failure::Bench("a state proof does not hold"))?;
            if !matches!(proven.get(&key(i)), Ok(Some(value)) if value == key(i + 1)) {
                return Err(Failure::Bench("a state proof has another value"));
            }
        }
        self.measure("get", "1 key", 1, |i| {
            black_box(view.get(key(chosen(i)))?);
            Ok(())
        })?;
        self.measure("proof", "1 key", 1, |i| {
            let _ = black_box(view.prove(&[&key(chosen(i))])?);
            Ok(())
        })
    }
}

/// A number that looks like chance and is always the same (`SplitMix64`).
const fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

fn entry(number: u64) -> [u8; ENTRY_LEN] {
    let mut entry = [0; ENTRY_LEN];
    for (i, piece) in (0..).zip(entry.chunks_exact_mut(8)) {
        piece.copy_from_slice(&mixed(number ^ i << 48).to_le_bytes());
    }
    entry
}

fn key(number: u64) -> [u8; 32] {
    let mut key = [0; 32];
    for (i, piece) in (1..).zip(key.chunks_exact_mut(8)) {
        piece.copy_from_slice(&mixed(number ^ i << 56).to_le_bytes());
    }
    key
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// `1.2 us`, to three digits.
fn short(ns: u64) -> String {
    let (unit, size) = match ns {
        0..1_000 => return format!("{ns} ns"),
        1_000..1_000_000 => ("us", 1e3),
        1_000_000..1_000_000_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    };
    let value = ns as f64 / size;
    let digits = if value < 10.0 {
        2
    } else {
        usize::from(value < 100.0)
    };
    format!("{value:.digits$} {unit}")
}

fn text(bench: &BenchDoc) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "{:6}  {:22}  {:>10}  {:>8}  {:>8}  {:>8}",
        "", "", "a second", "p50", "p90", "p99"
    );
    for measured in &bench.measurements {
        let _ = writeln!(
            text,
            "{:6}  {:22}  {:>10}  {:>8}  {:>8}  {:>8}",
            measured.name,
            measured.what,
            human::count(measured.per_second),
            short(measured.p50_ns),
            short(measured.p90_ns),
            short(measured.p99_ns)
        );
    }
    let entries = human::counted(bench.entries, "entry", "entries");
    let keys = human::counted(bench.keys, "key", "keys");
    let _ = writeln!(
        text,
        "{GOOD}CHECKED{GOOD:#}: {entries} and {keys}, the store verifies"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        for (ns, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_200, "1.20 us"),
            (12_340, "12.3 us"),
            (123_400, "123 us"),
            (4_560_000, "4.56 ms"),
            (7_890_000_000, "7.89 s"),
        ] {
            assert_eq!(short(ns), text);
        }
    }
}
