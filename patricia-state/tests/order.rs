//! Goal: entries come in key order, from anywhere, both ways and by prefix; `diff` finds exactly
//! what changed and reads nothing that two states share.
//!
//! Method: random states beside sorted maps; a source that counts what is read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use std::cell::Cell;

use common::{Map, any_key, any_value, any_writes, apply, cases, changes, json};
use patricia_state::{
    Change, Changes, Difference, Direction, Entries, Location, NodeHash, NodeSource, NodeStore,
    Overlay, Root, StateSuite, StoredNodeError, Trie,
};
use proptest::prelude::*;

const SUITE: StateSuite = StateSuite::Blake3;

fn build(writes: &[(Vec<u8>, Vec<u8>)]) -> (NodeStore, Root, Map) {
    let mut log = NodeStore::new();
    let sealed = Overlay::empty(SUITE)
        .seal(&log, SUITE, &changes(writes))
        .unwrap();
    sealed
        .extensions()
        .for_each(|extension| log.append(extension).unwrap());
    let mut map = Map::new();
    apply(&mut map, writes);
    (log, *sealed.root(), map)
}

fn list<S: NodeSource>(entries: Entries<'_, S>) -> Vec<(Vec<u8>, Vec<u8>)>
where
    S::Error: std::fmt::Debug,
{
    let owned =
        |entry: Result<(Vec<u8>, &[u8]), S::Error>| entry.map(|(key, value)| (key, value.to_vec()));
    entries.map(owned).collect::<Result<_, _>>().unwrap()
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn entries_are_a_sorted_map(
        writes in any_writes(25),
        from in any_key(),
        prefix in prop_oneof![any_key(), any_key().prop_map(|key| key[..key.len().min(1)].to_vec())],
    ) {
        use Direction::{Backward, Forward};
        let (log, root, map) = build(&writes);
        let trie = Trie::new(&log, SUITE, root);
        let all: Vec<_> = map.into_iter().collect();
        let only = |keep: &dyn Fn(&[u8]) -> bool| -> Vec<_> {
            all.iter().filter(|(key, _)| keep(key)).cloned().collect()
        };
        let back = |mut entries: Vec<_>| { entries.reverse(); entries };

        prop_assert_eq!(list(trie.entries(Forward)), all.clone());
        prop_assert_eq!(list(trie.entries(Backward)), back(all.clone()));

        let forward = only(&|key| key >= &from[..]);
        prop_assert_eq!(list(trie.entries_from(&from, Forward).unwrap()), forward);
        let backward = back(only(&|key| key <= &from[..]));
        prop_assert_eq!(list(trie.entries_from(&from, Backward).unwrap()), backward);

        let under = only(&|key| key.starts_with(&prefix));
        prop_assert_eq!(&list(trie.entries_under(&prefix, Forward).unwrap()), &under);
        prop_assert_eq!(list(trie.entries_under(&prefix, Backward).unwrap()), back(under));

        let page = only(&|key| key.starts_with(&prefix) && key >= &from[..]);
        prop_assert_eq!(list(trie.entries_under_from(&prefix, &from, Forward).unwrap()), page);
        let page = back(only(&|key| key.starts_with(&prefix) && key <= &from[..]));
        prop_assert_eq!(list(trie.entries_under_from(&prefix, &from, Backward).unwrap()), page);
    }

    #[test]
    fn diff_is_what_changed(
        writes in any_writes(25),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 0..6),
        more in any_writes(6),
    ) {
        let (mut log, before, map) = build(&writes);
        // Edits of keys that are there, so that the change is small, and other writes.
        let keys: Vec<_> = map.keys().cloned().collect();
        let mut second = more;
        if !keys.is_empty() {
            second.extend(edits.into_iter().map(|(at, value)| (at.get(&keys).clone(), value)));
        }
        let sealed = Overlay::new(before).seal(&log, SUITE, &changes(&second)).unwrap();
        sealed.extensions().for_each(|extension| log.append(extension).unwrap());
        let mut after_map = map.clone();
        apply(&mut after_map, &second);
        let mut expected = Vec::new();
        let mut keys: Vec<_> = map.keys().chain(after_map.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let (before, after) = (map.get(key), after_map.get(key));
            if before != after {
                let (before, after) = (before.map(Vec::as_slice), after.map(Vec::as_slice));
                expected.push(Difference { key: key.clone(), before, after });
            }
        }
        let (one, two) = (Trie::new(&log, SUITE, before), Trie::new(&log, SUITE, *sealed.root()));
        let found: Vec<_> = one.diff(&two).collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&found, &expected);
        let swapped: Vec<_> = two.diff(&one).collect::<Result<_, _>>().unwrap();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|Difference { key, before, after }| Difference { key, before: after, after: before })
            .collect();
        prop_assert_eq!(swapped, expected);
    }
}

/// A log that counts the nodes that are read.
struct Counted {
    log: NodeStore,
    reads: Cell<usize>,
}

impl NodeSource for Counted {
    type Error = StoredNodeError;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        self.reads.set(self.reads.get() + 1);
        self.log.record(location, hash)
    }

    fn end(&self) -> Location {
        self.log.end()
    }
}

#[test]
fn diff_leaves_out_what_is_shared() {
    let keys: Vec<_> = (0..20_000_u32)
        .map(|i| SUITE.hash(&i.to_le_bytes()))
        .collect();
    let mut log = NodeStore::new();
    let set = keys.iter().map(|key| Change::set(key, key)).collect();
    let built = Overlay::empty(SUITE).seal(&log, SUITE, &set).unwrap();
    built
        .extensions()
        .for_each(|extension| log.append(extension).unwrap());
    let edit = Changes::new(vec![
        Change::remove(&keys[7]),
        Change::set(&keys[9], b"new"),
    ]);
    let edited = Overlay::new(*built.root())
        .seal(&log, SUITE, &edit)
        .unwrap();
    edited
        .extensions()
        .for_each(|extension| log.append(extension).unwrap());

    let source = Counted {
        log,
        reads: Cell::new(0),
    };
    let before = Trie::new(&source, SUITE, *built.root());
    let after = Trie::new(&source, SUITE, *edited.root());
    assert_eq!(before.diff(&after).count(), 2);
    // Two paths of about 5 nodes in each state.
    assert!(
        source.reads.get() <= 2 * 2 * 6,
        "{} reads",
        source.reads.get()
    );
    source.reads.set(0);
    assert_eq!(before.diff(&before).count(), 0);
    assert_eq!(source.reads.get(), 0);
}

#[test]
fn ethereum_next_and_previous() {
    let vectors = json("patricia/ethereum-tests/TrieTests/trietestnextprev.json");
    let case = &vectors["basic"];
    let keys = case["in"].as_array().unwrap().iter();
    let writes: Vec<_> = keys
        .map(|key| (key.as_str().unwrap().as_bytes().to_vec(), b"value".to_vec()))
        .collect();
    let (log, root, _) = build(&writes);
    let trie = Trie::new(&log, SUITE, root);
    let tests = case["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 12);
    for test in tests {
        let text = |index: usize| test[index].as_str().unwrap().as_bytes();
        let nearest = |direction| {
            let entries = trie.entries_from(text(0), direction).unwrap();
            let mut keys = entries
                .map(|entry| entry.unwrap().0)
                .filter(|key| key != text(0));
            keys.next().unwrap_or_default()
        };
        assert_eq!(nearest(Direction::Backward), text(1), "{test}");
        assert_eq!(nearest(Direction::Forward), text(2), "{test}");
    }
}
