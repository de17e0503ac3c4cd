//! How costs grow: logs from 2^10 to 2^26 leaves, states from 10^3 to 10^7 keys. Everything is in
//! the page cache.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use hash_store::{FileStorage, Storage};
use ledger::{LedgerSpec, Options, Store};
use ledger_benches::Result;
use ledger_benches::input::{LEAVES, XorShift};
use ledger_benches::state_input::keyed;
use ledger_benches::timing::{median, per_call, time};
use ledger_benches::trees::{TREE, check_root, slow_root};
use merkle_log::tiles::{TileIdentity, TileReader, TileWriter};
use merkle_log::{
    CompactRange, Growth, Hash, LeafIndex, TreeSize, prove_consistency, prove_inclusion,
};
use patricia_state::StateSuite;

use crate::report::Report;
use crate::series::{Plot, Series};
use crate::stores::LEDGER;

const SAMPLES: u32 = 9;
const CALLS: u32 = 2000;
const LEAST_LOG: u32 = 10;
const MOST_LOG: u32 = 26;
/// Keys of the states.
const STATES: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/// Keys that a batch writes, or all there are.
const BATCH: usize = 10_000;

/// Everything about sizes.
pub(crate) fn sizes(report: &mut Report, dir: &Path) -> Result<()> {
    logs(report, dir)?;
    states(report, dir)
}

fn logs(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.path()));
    let identity = TileIdentity {
        store_uuid: [7; 16],
        ledger: 0,
    };
    let mut writer = TileWriter::create(Arc::clone(&storage), "tiles", identity)?;
    let reader = TileReader::new(storage, "tiles", identity);
    let mut appended = Series::new("append one, with the root");
    let mut proven = Series::new("inclusion proof");
    let mut grown = Series::new("consistency proof");
    let mut range = CompactRange::empty(0);
    let (mut numbers, mut at) = (XorShift::default(), XorShift::default());
    for log2 in LEAST_LOG..=MOST_LOG {
        let size = TreeSize(1 << log2);
        while range.end() < size.0 {
            let count = usize::try_from(size.0 - range.end())?.min(LEAVES);
            let mut entries = vec![[0; 32]; count];
            entries.iter_mut().for_each(|entry| numbers.fill(entry));
            let mut leaves = Vec::with_capacity(count);
            TREE.leaves(&entries, &mut leaves);
            let growth = Growth::new(TREE, &range, leaves)?;
            writer.append(&growth, 1)?;
            range = growth.after().clone();
            if size.0 == 1 << LEAST_LOG && range.root(TREE)? != slow_root(TREE, &entries) {
                return Err("the root of the first leaves is another".into());
            }
        }
        if size.0 == LEAVES as u64 {
            check_root::<32>(&range.root(TREE)?)?;
        }
        let view = reader.at(size);
        // Every block is checked before anything is timed.
        for leaf in (0..size.0).step_by(256) {
            prove_inclusion(&view, TREE, LeafIndex(leaf), size)?;
        }
        let x = size.0 as f64;
        proven.points.push((
            x,
            per_call(SAMPLES, CALLS, || {
                let leaf = LeafIndex(at.below(size.0));
                black_box(prove_inclusion(&view, TREE, leaf, size).ok());
            }),
        ));
        grown.points.push((
            x,
            per_call(SAMPLES, CALLS, || {
                let first = TreeSize(1 + at.below(size.0 - 1));
                black_box(prove_consistency(&view, TREE, first, size).ok());
            }),
        ));
        let mut tip = range.clone();
        appended.points.push((
            x,
            per_call(SAMPLES, CALLS, || {
                black_box(tip.append(TREE, Hash::default()).ok());
                black_box(tip.root(TREE).ok());
            }),
        ));
    }
    let flat = |line: &Series| {
        let (from, to) = (line.at(LEAVES as f64)?, line.at((1u64 << MOST_LOG) as f64)?);
        Some(to / from)
    };
    report.add("flat_append", flat(&appended).ok_or("no points")?, "x");
    report.add("flat_prove", flat(&proven).ok_or("no points")?, "x");
    report.plot(Plot {
        name: "growth-log",
        title: "Cost against the size of the log",
        x: "leaves",
        log_x: true,
        unit: "ns",
        lines: vec![appended, proven, grown],
    });
    Ok(())
}

fn states(report: &mut Report, dir: &Path) -> Result<()> {
    let mut got = Series::new("get");
    let mut proven = Series::new("proof");
    let mut written = Series::new("durable batch, a key");
    for keys in STATES {
        let dir = tempfile::tempdir_in(dir)?;
        let spec = LedgerSpec::with_state(LEDGER.parse()?, TREE, StateSuite::Blake3);
        let network = "bench-net".parse()?;
        let store = Store::create(dir.path().join("s"), network, &[spec], Options::default())?;
        let put = |from: usize, count: usize, salt: u8| -> Result<f64> {
            let (nanos, put) = time(|| -> Result<()> {
                let mut batch = store.batch();
                for index in 0..count {
                    let index = (from + index * (keys / count)) % keys;
                    batch.put(LEDGER, keyed(index), [salt; 80])?;
                }
                store.commit(batch.seal(0, &[])?)?;
                Ok(())
            });
            put?;
            Ok(nanos)
        };
        for from in (0..keys).step_by(100_000) {
            let mut batch = store.batch();
            for index in from..keys.min(from + 100_000) {
                batch.put(LEDGER, keyed(index), [1; 80])?;
            }
            store.commit(batch.seal(0, &[])?)?;
        }
        let size = keys.min(BATCH);
        let mut samples = Vec::new();
        for salt in 2..13 {
            samples.push(put(usize::from(salt), size, salt)? / size as f64);
        }
        let x = keys as f64;
        written.points.push((x, median(samples)));
        let view = store.snapshot().state(LEDGER)?;
        let mut at = XorShift::default();
        let mut next = || keyed(usize::try_from(at.below(keys as u64)).unwrap_or(0));
        for _ in 0..100 {
            if view.get(next())?.is_none() {
                return Err("a key is not there".into());
            }
        }
        let micros = per_call(SAMPLES, 20_000, || {
            black_box(view.get(next()).ok());
        });
        got.points.push((x, micros));
        let micros = per_call(SAMPLES, CALLS, || {
            black_box(view.prove(&[&next()]).ok());
        });
        proven.points.push((x, micros));
        drop(view);
        store.close()?;
    }
    let flat = |line: &Series| Some(line.at(1e7)? / line.at(1e5)?);
    report.add("flat_get", flat(&got).ok_or("no points")?, "x");
    report.add("flat_batch", flat(&written).ok_or("no points")?, "x");
    report.plot(Plot {
        name: "growth-state",
        title: "Cost against the size of the state",
        x: "keys",
        log_x: true,
        unit: "ns",
        lines: vec![got, proven, written],
    });
    Ok(())
}
