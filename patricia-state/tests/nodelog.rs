//! The node log on disk: the same answers as the log in memory, for writers and readers, and no
//! wrong answer from damaged files.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{FileStorage, MemStorage, Storage};
use patricia_state::{
    Batch, Direction, NodeLog, NodeLogError, NodeLogPlace, NodeSource, Overlay, Root, StateSuite,
    StoredNodeError, Trie,
};
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

const SUITE: StateSuite = StateSuite::Blake3;

fn place(storage: &Arc<dyn Storage>) -> NodeLogPlace {
    NodeLogPlace {
        storage: Arc::clone(storage),
        dir: "domain/trie".to_owned(),
        store_uuid: [5; 16],
        ledger: 3,
    }
}

fn storages(dir: &std::path::Path) -> [Arc<dyn Storage>; 3] {
    [
        Arc::new(FileStorage::new(dir.join("maps"))),
        Arc::new(FileStorage::new(dir.join("reads")).without_maps()),
        Arc::new(MemStorage::new()),
    ]
}

/// Seals writes on a root and stores them.
fn commit(log: &NodeLog, root: &Root, map: &mut Map, writes: &[(Vec<u8>, Vec<u8>)]) -> Root {
    let mut batch = Batch::new(SUITE);
    for (key, value) in writes {
        batch.set(key, value);
        if value.is_empty() {
            map.remove(key);
        } else {
            map.insert(key.clone(), value.clone());
        }
    }
    let sealed = Overlay::new(*root)
        .seal(&log.view(), SUITE, &batch.changes())
        .unwrap();
    sealed.store(|extension| log.append(extension)).unwrap();
    *sealed.root()
}

fn entries(log: &NodeLog, root: &Root) -> Result<Map, NodeLogError> {
    let view = log.view();
    let trie = Trie::new(&view, SUITE, *root);
    let entries = trie.entries(Direction::Forward);
    entries
        .map(|entry| entry.map(|(key, value)| (key, value.to_vec())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_root_stays_readable_by_all(
        commits in prop::collection::vec(
            prop::collection::vec(
                (prop::collection::vec(0u8..4, 0..5), prop::collection::vec(any::<u8>(), 0..40)),
                0..12,
            ),
            1..12,
        ),
        reopened_at in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for storage in storages(dir.path()) {
            let mut log = NodeLog::create(SUITE, place(&storage)).unwrap();
            let reader = NodeLog::for_reading(SUITE, place(&storage));
            let (mut root, mut map) = (Root::empty(SUITE), Map::new());
            let mut versions = Vec::new();
            for (i, writes) in commits.iter().enumerate() {
                if i == reopened_at.index(commits.len()) {
                    let end = log.end();
                    log = NodeLog::open(SUITE, place(&storage), end).unwrap();
                }
                root = commit(&log, &root, &mut map, writes);
                versions.push((root, map.clone(), log.end()));
                if i % 3 == 0 {
                    reader.reach(log.end()).unwrap();
                    prop_assert_eq!(&entries(&reader, &root).unwrap(), &map);
                }
            }
            let late = NodeLog::for_reading(SUITE, place(&storage));
            for (root, map, end) in &versions {
                late.reach(*end).unwrap();
                reader.reach(*end).unwrap();
                prop_assert_eq!(&entries(&late, root).unwrap(), map);
                prop_assert_eq!(&entries(&reader, root).unwrap(), map);
                prop_assert_eq!(&entries(&log, root).unwrap(), map);
            }
            prop_assert!(!log.is_damaged() && !late.is_damaged());
        }
    }
}

#[test]
fn no_flipped_bit_changes_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.path()));
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let (mut root, mut map) = (Root::empty(SUITE), Map::new());
    for round in 0..4u8 {
        let writes: Vec<_> = (0..12u8)
            .map(|i| {
                (
                    vec![i * 16 + round, 7, i],
                    vec![round ^ i; 20 + usize::from(i)],
                )
            })
            .collect();
        root = commit(&log, &root, &mut map, &writes);
    }
    let end = log.end();
    let file = dir.path().join("domain/trie/0000000000000000.nodes");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len() as u64, 4096 + end.0);
    let mut noticed = 0;
    for at in 4096..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        // Replaced, not changed in place: `log` goes on reading the old file.
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bad).unwrap();
        let reader = NodeLog::for_reading(SUITE, place(&storage));
        reader.reach(end).unwrap();
        for _ in 0..2 {
            match entries(&reader, &root) {
                Ok(read) => assert_eq!(read, map, "byte {at}"),
                Err(_) => {
                    assert!(reader.is_damaged());
                    noticed += 1;
                }
            }
        }
    }
    assert!(noticed > 1000, "{noticed}");
    assert_eq!(entries(&log, &root).unwrap(), map);
}

/// A damaged distance may lead to a good node that was read before, under its own hash.
#[test]
fn a_node_that_was_checked_is_not_taken_for_another() {
    let log = NodeLog::in_memory(SUITE);
    let mut map = Map::new();
    let root = commit(
        &log,
        &Root::empty(SUITE),
        &mut map,
        &[(vec![1], vec![2; 40])],
    );
    let location = root.location.unwrap();
    let view = log.view();
    let before = log.nodes_checked();
    for _ in 0..2 {
        assert!(view.record(location, &root.hash).is_ok());
        assert_eq!(log.nodes_checked(), before + 1);
    }
    let other = view.record(location, &[7; 32]).unwrap_err();
    assert!(matches!(
        other,
        NodeLogError::OtherNode {
            expected: [7, ..],
            ..
        }
    ));
    assert_eq!(other.location(), Some(location));
    assert!(log.is_damaged());
}

#[test]
fn what_is_missing_short_or_foreign_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.path()));
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut map = Map::new();
    let writes = [
        (b"key".to_vec(), vec![1; 100]),
        (b"other".to_vec(), vec![2; 100]),
    ];
    let root = commit(&log, &Root::empty(SUITE), &mut map, &writes);
    let end = log.end();
    let beyond = patricia_state::Location(end.0 + 1);
    assert!(NodeLog::open(SUITE, place(&storage), beyond).is_err());
    assert!(NodeLog::in_memory(SUITE).reach(end).is_err());
    let other = NodeLogPlace {
        ledger: 4,
        ..place(&storage)
    };
    assert!(NodeLog::for_reading(SUITE, other).reach(end).is_err());
    // A folder that is not there is a log without files.
    let nowhere = NodeLogPlace {
        dir: "nowhere".to_owned(),
        ..place(&storage)
    };
    let refused = NodeLog::for_reading(SUITE, nowhere).reach(end).unwrap_err();
    assert!(matches!(refused, hash_store::Error::Io { op: "open", .. }));
    let after = (end, &root.hash);
    for view in [log.view(), NodeLog::in_memory(SUITE).view()] {
        let missing = view.record(after.0, after.1).unwrap_err();
        assert!(
            matches!(missing, NodeLogError::Node(StoredNodeError::Missing { location, .. }) if location == end)
        );
    }
    let mut batch = Batch::new(SUITE);
    batch.set(b"a", b"b");
    let elsewhere = NodeLog::in_memory(SUITE);
    let stale = Overlay::empty(SUITE).seal(&elsewhere.view(), SUITE, &batch.changes());
    let refused = stale.unwrap().store(|extension| log.append(extension));
    assert!(matches!(refused, Err(NodeLogError::Stale(_))));
    assert_eq!(entries(&log, &root).unwrap(), map);
    // Created anew, it is empty.
    let anew = NodeLog::create(SUITE, place(&storage)).unwrap();
    assert_eq!(anew.end().0, 0);
    assert!(NodeLog::open(SUITE, place(&storage), end).is_err());
}

#[test]
fn nodes_are_checked_once_and_files_of_other_names_are_left_alone() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let (mut map, writes) = (Map::new(), [(b"key".to_vec(), vec![1; 100])]);
    let root = commit(&log, &Root::empty(SUITE), &mut map, &writes);
    let foreign = [
        "000000000000000A.nodes",
        "000000000000000.nodes",
        "00000000000000000.nodes",
        "+000000000000001.kept",
        "0001000000000000.nodes",
    ];
    for name in foreign {
        storage.create(&format!("domain/trie/{name}")).unwrap();
    }
    drop(NodeLog::open(SUITE, place(&storage), log.end()).unwrap());
    assert_eq!(
        storage.list("domain/trie").unwrap().len(),
        foreign.len() + 1
    );
    let reader = NodeLog::for_reading(SUITE, place(&storage));
    reader.reach(log.end()).unwrap();
    for _ in 0..2 {
        reader
            .view()
            .prepare(&[(root.location.unwrap(), &root.hash)]);
        assert_eq!(reader.nodes_checked(), 1);
    }
    assert_eq!(entries(&reader, &root).unwrap(), map);
    assert_eq!(reader.nodes_checked(), 1);
}
