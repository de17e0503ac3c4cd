//! Opening, verifying and reading stores.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use hash_store::{FileStorage, MemStorage, Storage};
use ledger::{Level, Options, Store, Verdict, VerifyOptions, verify_with};
use ledger_benches::Result;
use ledger_benches::input::{LEAVES, XorShift, entries};
use ledger_benches::timing::{median, per_call, time};
use merkle_log::{LeafIndex, TreeSize};

use crate::report::Report;
use crate::stores::{IMPORT_BATCH, LEDGER, commit, copy, import, log_bytes};

const OPENS: usize = 21;
/// Log bytes from one watermark to the next.
const WATERMARK_BYTES: u64 = 64 << 20;

/// Milliseconds to open a closed store, and to its first proof.
fn time_clean(dir: &Path, count: u64) -> Result<(f64, f64)> {
    let (mut opens, mut proofs) = (Vec::new(), Vec::new());
    for _ in 0..OPENS {
        let (nanos, store) = time(|| Store::open(dir, Options::default()));
        let store = store?;
        let (proof_nanos, proof) = time(|| {
            let snapshot = store.snapshot();
            let tree = snapshot.ledger(LEDGER)?;
            tree.prove_inclusion(LeafIndex(count / 3), TreeSize(count))
        });
        proof?;
        if !store.report().clean {
            return Err("the store was not clean".into());
        }
        opens.push(nanos / 1e6);
        proofs.push((nanos + proof_nanos) / 1e6);
    }
    Ok((median(opens), median(proofs)))
}

/// Milliseconds to open what a kill left that came just before the next watermark.
fn time_killed(path: &Path, killed: &Path) -> Result<f64> {
    let store = Store::open(path, Options::default())?;
    let before = store.snapshot().ledger(LEDGER)?.size().0;
    let input = entries::<32>(IMPORT_BATCH);
    let mut bytes = 0;
    while bytes < WATERMARK_BYTES - 512 * 1024 {
        let at = store.snapshot().log_end();
        commit(&store, &input)?;
        bytes += log_bytes(at, store.snapshot().log_end());
    }
    let batches = (store.snapshot().ledger(LEDGER)?.size().0 - before) / IMPORT_BATCH as u64;
    let mut samples = Vec::new();
    for _ in 0..5 {
        copy(path, killed)?;
        let (nanos, opened) = time(|| Store::open(killed, Options::default()));
        let replayed = opened?.report().replayed;
        if replayed != batches {
            return Err(format!("{replayed} of {batches} batches were replayed").into());
        }
        samples.push(nanos / 1e6);
        std::fs::remove_dir_all(killed)?;
    }
    store.close()?;
    Ok(median(samples))
}

/// Clean opens, and those with everything to be replayed, or as much as ever is.
pub(crate) fn open(report: &mut Report, dir: &Path, large: u64) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let (path, killed) = (dir.path().join("store"), dir.path().join("killed"));
    let count = LEAVES as u64;
    let store = import(&path, count)?;
    let mut dirty = Vec::new();
    for _ in 0..5 {
        copy(&path, &killed)?;
        let (nanos, opened) = time(|| Store::open(&killed, Options::default()));
        let opened = opened?;
        let replayed = opened.report().replayed;
        if replayed != count.div_ceil(IMPORT_BATCH as u64) {
            return Err(format!("{replayed} batches were replayed").into());
        }
        dirty.push(nanos / 1e6);
        drop(opened);
        std::fs::remove_dir_all(&killed)?;
    }
    report.add("open_dirty", median(dirty), "ms");
    store.close()?;
    let (opened, proven) = time_clean(&path, count)?;
    report.add("open_clean", opened, "ms");
    report.add("open_proof", proven, "ms");
    report.add("open_killed", time_killed(&path, &killed)?, "ms");
    std::fs::remove_dir_all(&path)?;
    import(&path, large)?.close()?;
    report.add("open_clean_large", time_clean(&path, large)?.0, "ms");
    Ok(())
}

/// Full verification of a store, and reading single entries.
pub(crate) fn verify_and_get(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let path = dir.path().join("store");
    let count = LEAVES as u64;
    let store = import(&path, count)?;
    let snapshot = store.snapshot();
    let tree = snapshot.ledger(LEDGER)?;
    let entries = entries::<32>(LEAVES);
    for (index, entry) in (0..).zip(&entries).step_by(997) {
        if tree.entry(LeafIndex(index))? != entry {
            return Err(format!("entry {index} is another").into());
        }
    }
    let mut at = XorShift::default();
    let nanos = per_call(9, 2000, || {
        black_box(tree.entry(LeafIndex(at.below(count))).ok());
    });
    report.add("get", nanos / 1e3, "us");
    store.close()?;

    let mut rates = Vec::new();
    for _ in 0..5 {
        let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(&path));
        let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
        let mut options = VerifyOptions::new(Level::Full);
        options.threads = 2;
        let (nanos, verified) = time(|| verify_with(&storage, &scratch, &options, &|_| true));
        let verified = verified?;
        let sizes: u64 = verified.ledgers.iter().map(|l| l.verified_size).sum();
        if verified.verdict != Verdict::Verified || sizes != count {
            return Err(format!("verified {sizes} entries: {:?}", verified.findings).into());
        }
        rates.push(count as f64 * 1e9 / nanos);
    }
    report.add("verify", median(rates), "entries/s");
    Ok(())
}
