//! Counters: what they say is what happened.

use std::sync::Arc;

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{MemStorage, Storage};
use ledger::{Counters, LedgerSpec, StateSuite, Store, Submission, TreeType};
use ledger_tests::store::options;
use merkle_log::{LeafIndex, TreeSize};

fn create(storage: Arc<dyn Storage>) -> Store {
    let name = "a".parse().unwrap();
    let spec = LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Blake3);
    Store::create_in(storage, [3; 16], "net".parse().unwrap(), &[spec], options()).unwrap()
}

fn commit(store: &Store, entries: u32, keys: u32) {
    let mut batch = store.batch();
    for entry in 0..entries {
        batch.append("a", entry.to_le_bytes()).unwrap();
    }
    for key in 0..keys {
        batch.put("a", key.to_le_bytes(), [1; 40]).unwrap();
    }
    store.commit(batch.seal(0, b"").unwrap()).unwrap();
}

#[test]
fn counters_count_what_was_done() {
    let disk = SimStorage::new();
    let store = create(Arc::new(disk.clone()));
    let fresh = store.counters();
    assert_eq!((fresh.commits, fresh.entries, fresh.updates), (0, 0, 0));
    // The declaration of the ledger, and the watermark that covers it.
    assert_eq!((fresh.batches, fresh.watermark_lag_bytes), (1, 0));
    let begin = store.snapshot().log_end().offset();
    commit(&store, 3, 5);
    commit(&store, 2, 0);
    store.attach(1, 1, b"header").unwrap();
    let mut submission = Submission::new(0);
    submission.append("a", b"x").unwrap();
    store.submit(submission).unwrap();
    let counters = store.counters();
    let written = store.snapshot().log_end().offset() - begin;
    let since = |count: fn(&Counters) -> u64| count(&counters) - count(&fresh);
    assert_eq!(since(|c| c.commits), 3);
    assert_eq!(since(|c| c.entries), 6);
    assert_eq!(since(|c| c.updates), 5);
    assert_eq!(since(|c| c.batches), 4);
    assert_eq!(since(|c| c.log_bytes), written);
    assert_eq!(
        (counters.groups, counters.submissions, counters.refused),
        (1, 1, 0)
    );
    assert_eq!(
        (counters.waiting, counters.waiting_bytes, counters.blocked),
        (0, 0, 0)
    );
    // Nothing was synced but the log since the store was made.
    assert_eq!(counters.watermark_lag_bytes, written);
    assert_eq!(since(|c| c.watermarks), 0);
    store.sync_derived().unwrap();
    let synced = store.counters();
    assert_eq!(synced.watermark_lag_bytes, 0);
    assert_eq!(synced.watermarks, counters.watermarks + 1);
    assert_eq!((synced.replayed, synced.rebuilds), (0, 0));

    // A watermark that cannot be reached is counted as such, and lags on.
    commit(&store, 1, 0);
    let lag = store.counters().watermark_lag_bytes;
    assert!(lag > 0);
    disk.inject(Fault {
        op: disk.ops(),
        sticky: true,
        kind: FaultKind::Error,
    });
    assert!(store.sync_derived().is_err());
    let _ = disk.heal();
    let counters = store.counters();
    assert_eq!(
        (counters.watermarks_failed, counters.watermark_lag_bytes),
        (1, lag)
    );

    // What a crash costs.
    let killed = disk.kill();
    drop(store);
    let store = Store::open_in(Arc::new(killed), options()).unwrap();
    let counters = store.counters();
    assert_eq!(
        (
            counters.replayed,
            counters.commits,
            counters.watermark_lag_bytes
        ),
        (1, 0, 0)
    );
}

#[test]
fn what_no_cache_holds_is_counted_once() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = create(Arc::clone(&storage));
    commit(&store, 600, 600);
    store.close().unwrap();
    let store = Store::open_in(storage, options()).unwrap();
    let opened = store.counters();
    let snapshot = store.snapshot();
    let read = || {
        let view = snapshot.ledger("a").unwrap();
        view.prove_inclusion(LeafIndex(0), TreeSize(600)).unwrap();
        let state = snapshot.state("a").unwrap();
        state.get(7u32.to_le_bytes()).unwrap().map(<[u8]>::to_vec)
    };
    assert_eq!(read(), Some([1; 40].to_vec()));
    let first = store.counters();
    assert!(
        first.tile_blocks_checked > opened.tile_blocks_checked,
        "{first:?}"
    );
    assert!(
        first.state_nodes_checked > opened.state_nodes_checked,
        "{first:?}"
    );
    read();
    assert_eq!(store.counters(), first);
    assert_eq!(first.rebuilds, 0);
}
