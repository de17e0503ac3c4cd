//! Kills and power cuts while states are dropped.

use ledger::{Store, Verdict};
use ledger_tests::store::{copy, options};

use super::states::{Map, check_kept, commit, create, last, verdict, writes};

/// Copies of the directory at any time, in the middle of passes too: what a kill leaves.
#[test]
fn kills_while_pruning() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    store.set_keep("domain", last(6).and([])).unwrap();
    let mut history = vec![Map::new()];
    let mut passes = 0;
    for height in 1..=260 {
        commit(&store, &mut history, &writes(height, 3000, 40, 200));
        let is_under_way = home.join("domain/trie/0000000000000000.next").exists();
        passes += u32::from(is_under_way);
        if is_under_way || height % 60 == 0 {
            let killed = copy(&home);
            let store = Store::open(killed.path(), options()).unwrap();
            assert!(!store.report().rebuilt);
            check_kept(&store.snapshot(), &history);
            let mut history = history.clone();
            commit(&store, &mut history, &writes(height + 1, 3000, 40, 200));
            drop(store);
            assert_eq!(verdict(killed.path()), (Verdict::Verified, vec![]));
        }
    }
    assert!(passes > 2, "{passes}");
}

#[test]
fn crashes_while_pruning() {
    let counts = ledger_tests::lab::pruned::crash_everywhere(1, 1, 5);
    counts.report("pruned");
    assert!(counts.points > 300, "{} crash points", counts.points);
}
