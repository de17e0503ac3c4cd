//! Kills and power cuts while states are dropped.

use std::collections::BTreeSet;
use std::sync::Arc;

use hash_store::sim::{Choice, OpKind, SimStorage};
use ledger::{LedgerSpec, Store, TreeType, Verdict};
use ledger_tests::store::{copy, options};

use super::states::{Map, check_kept, commit, create, last, scheme, verdict, writes};

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

/// Before the nodes of dropped heights go, it is on the disk that these are dropped, and what stands
/// in the place of the files is synced, believed after a crash, and has its name.
#[test]
fn nothing_is_removed_before_its_time() {
    let disk = SimStorage::new();
    let spec = LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Sha256, scheme());
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [3; 16], network, &[spec], options()).unwrap();
    let mut there: BTreeSet<String> = disk.file_names().into_iter().collect();
    disk.record_ops();
    store.set_keep("domain", last(6)).unwrap();
    let mut history = vec![Map::new()];
    for height in 1..=100 {
        commit(&store, &mut history, &writes(height, 300, 40, 200));
    }
    store.prune("domain", &last(2)).unwrap();
    check_kept(&store.snapshot(), &history);
    // Files with bytes that are not synced, and folders with names that are not.
    let (mut written, mut named) = (BTreeSet::new(), BTreeSet::new());
    let (mut made, mut believed, mut removed) = (0, 0, 0);
    let next_of = |name: &str| match name.strip_suffix(".kept") {
        Some(file) => format!("{file}.next"),
        None => format!("{name}.next"),
    };
    for op in disk.take_ops() {
        let name = op.name;
        let is_whole = name == "domain/kept" || name.ends_with(".kept");
        match op.kind {
            OpKind::Write | OpKind::Length => {
                assert!(!is_whole, "{name} is changed in place");
                written.insert(name);
            }
            OpKind::Sync => {
                if name.starts_with("SUPER") {
                    believed = op.number;
                } else if name.ends_with(".next") {
                    made = op.number;
                }
                written.remove(&name);
            }
            OpKind::SyncDir => drop(named.remove(&name)),
            OpKind::Name if name == "domain/kept" || there.contains(&next_of(&name)) => {
                let next = next_of(&name);
                assert!(!written.contains(&next), "{next} is not synced");
                if name != "domain/kept" {
                    assert!(made < believed, "{name} before a watermark");
                    there.remove(&next);
                    there.insert(name.clone());
                }
                named.insert(name.rsplit_once('/').unwrap().0.to_owned());
            }
            OpKind::Name if name.starts_with("domain/trie/") => {
                if !there.remove(&name) {
                    there.insert(name);
                    continue;
                }
                if name.ends_with(".next") {
                    continue;
                }
                for folder in ["domain", "domain/trie"] {
                    assert!(
                        !named.contains(folder),
                        "{name} before the names in {folder}"
                    );
                }
                let covers = |other: &String| {
                    other.starts_with("domain/trie/") && other.ends_with(".kept") && *other <= name
                };
                assert!(
                    there.iter().any(covers),
                    "{name} before what is in its place"
                );
                removed += 1;
            }
            OpKind::Name | OpKind::Read | OpKind::Seek => {}
        }
    }
    assert!(removed > 5, "{removed}");
}

/// What is to be kept is on the disk once that was said.
#[test]
fn a_power_cut_takes_nothing_back_of_what_is_kept() {
    let disk = SimStorage::new();
    let spec = LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Sha256, scheme());
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [3; 16], network, &[spec], options()).unwrap();
    let mut history = vec![Map::new()];
    for (height, keep) in [(1, last(6)), (2, last(3).and([1]))] {
        commit(&store, &mut history, &writes(height, 30, 4, 20));
        store.set_keep("domain", keep.clone()).unwrap();
        let cut = disk.here().image(Choice::None);
        let store = Store::open_in(Arc::new(cut), options()).unwrap();
        assert_eq!(*store.snapshot().kept("domain").unwrap().keep(), keep);
    }
}
