//! Derived files and states made again from the log alone, and what they take on the disk.

use std::path::Path;

use ledger::{LedgerSpec, Options, Store};
use ledger_benches::Result;
use ledger_benches::input::LEAVES;
use ledger_benches::state_input::{KEYS, build};
use ledger_benches::timing::{median, time};
use ledger_benches::trees::TREE;
use patricia_state::StateSuite;

use crate::report::Report;
use crate::stores::{IMPORT_BATCH, LEDGER, import, used_bytes};

/// Folders of derived files.
const DERIVED: [&str; 2] = [LEDGER, "audit"];

/// Takes all derived files away and opens the store, which makes them again; nanoseconds.
fn open_without_derived(dir: &Path) -> Result<(f64, Store)> {
    for folder in DERIVED {
        std::fs::remove_dir_all(dir.join(folder))?;
    }
    let (nanos, store) = time(|| Store::open(dir, Options::default()));
    let store = store?;
    if !store.report().rebuilt {
        return Err("nothing was rebuilt".into());
    }
    Ok((nanos, store))
}

/// Everything about rebuilding.
pub(crate) fn rebuild(report: &mut Report, dir: &Path) -> Result<()> {
    log(report, dir)?;
    state(report, dir)
}

fn log(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let path = dir.path().join("store");
    let mut store = import(&path, LEAVES as u64)?;
    let root = store.snapshot().ledger(LEDGER)?.root();
    let used = used_bytes(&store, &path, &DERIVED)?;
    report.add("leaf_bytes", used / LEAVES as f64 - 32.0, "B");
    let mut samples = Vec::new();
    for _ in 0..5 {
        store.close()?;
        let nanos;
        (nanos, store) = open_without_derived(&path)?;
        if store.snapshot().ledger(LEDGER)?.root() != root {
            return Err("the rebuilt log has another root".into());
        }
        samples.push(nanos / LEAVES as f64);
    }
    report.add("rebuild", median(samples), "ns");
    Ok(store.close()?)
}

fn state(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let path = dir.path().join("store");
    let spec = LedgerSpec::with_state(LEDGER.parse()?, TREE, StateSuite::Blake3);
    let network = "bench-net".parse()?;
    let mut store = Store::create(&path, network, &[spec], Options::default())?;
    for entries in build().chunks(IMPORT_BATCH) {
        let mut batch = store.batch();
        for (key, value) in entries {
            batch.put(LEDGER, key, value)?;
        }
        store.commit(batch.seal(0, &[])?)?;
    }
    let root = store.snapshot().state(LEDGER)?.root();
    let mut samples = Vec::new();
    for _ in 0..3 {
        store.close()?;
        let nanos;
        (nanos, store) = open_without_derived(&path)?;
        if store.snapshot().state(LEDGER)?.root() != root {
            return Err("the rebuilt state has another root".into());
        }
        samples.push(KEYS as f64 * 1e9 / nanos);
    }
    report.add("state_rebuild", median(samples), "updates/s");
    Ok(store.close()?)
}
