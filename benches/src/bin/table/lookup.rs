//! Look-ups: what an entry with an id and a leaf hash costs, and finding either, warm.

use std::hint::black_box;
use std::path::Path;

use ledger::{LedgerSpec, Options, Store};
use ledger_benches::Result;
use ledger_benches::input::entries;
use ledger_benches::timing::time;
use ledger_benches::trees::TREE;

use crate::report::Report;
use crate::stores::LEDGER;

/// Entries of the store.
const COUNT: usize = 1 << 20;
const BATCH: usize = 10_000;
/// Questions of one kind.
const ASKED: usize = 100_000;

/// Entries a second in batches with look-ups and without; nanoseconds of a question.
pub(crate) fn lookup(report: &mut Report, dir: &Path) -> Result<()> {
    let input = entries::<32>(COUNT);
    let log = || Ok::<_, ledger::NameError>(LedgerSpec::log(LEDGER.parse()?, TREE));
    for (quantity, spec) in [
        ("lookup_none", log()?),
        ("lookup_both", log()?.with_leaf_hashes().with_ids()),
    ] {
        let dir = tempfile::tempdir_in(dir)?;
        let has_ids = spec.lookups.ids.is_some();
        let network = "bench-net".parse()?;
        let store = Store::create(dir.path().join("s"), network, &[spec], Options::default())?;
        let (nanos, filled) = time(|| fill(&store, &input, has_ids));
        filled?;
        report.add(quantity, COUNT as f64 * 1e9 / nanos, "entries/s");
        if has_ids {
            store.sync_derived()?;
            ask(report, &store, &input)?;
        }
    }
    Ok(())
}

fn fill(store: &Store, input: &[[u8; 32]], has_ids: bool) -> Result<()> {
    for entries in input.chunks(BATCH) {
        let mut batch = store.batch();
        for entry in entries {
            match has_ids {
                // The end of a random entry is an id like any other.
                true => batch.append_unique(LEDGER, &entry[16..], entry)?,
                false => batch.append(LEDGER, entry)?,
            };
        }
        store.commit(batch.seal(0, &[])?)?;
    }
    Ok(())
}

fn ask(report: &mut Report, store: &Store, input: &[[u8; 32]]) -> Result<()> {
    let snapshot = store.snapshot();
    let asked = || input.iter().step_by(COUNT / ASKED).take(ASKED);
    let mut found = 0;
    let mut measure = |quantity, ask: &dyn Fn(&[u8; 32]) -> Result<bool>| {
        let (nanos, answered) =
            time(|| asked().try_for_each(|e| ask(e).map(|is| found += u64::from(is))));
        answered?;
        report.add(quantity, nanos / ASKED as f64, "ns");
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    measure("lookup_id", &|entry| {
        Ok(black_box(snapshot.find_id(LEDGER, &entry[16..])?).is_some())
    })?;
    measure("lookup_no_id", &|entry| {
        Ok(black_box(snapshot.find_id(LEDGER, &entry[15..])?).is_some())
    })?;
    measure("lookup_leaf", &|entry| {
        let hash = TREE.leaf(entry);
        Ok(black_box(snapshot.find_leaf(LEDGER, &hash)?).is_some())
    })?;
    if found != 2 * ASKED as u64 {
        return Err(format!("{found} answers instead of {}", 2 * ASKED).into());
    }
    Ok(())
}
