//! Goal: a state is what a sorted map is, and its root depends on its content alone.
//!
//! Method: random batches on random versions (overlays, forks of them, committed roots) beside a
//! map for each version; every root is compared with a reference that builds the trie of the whole
//! map from nothing, every read with the map.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use common::{Map, any_key, any_writes, apply, cases, changes, reference_root};
use patricia_state::{
    Batch, Change, Changes, Direction, KeyMode, Location, NodeHash, NodeSource, NodeStore, Overlay,
    Root, StateScheme, StateSuite, StoredNodeError, Trie,
};
use proptest::prelude::*;

/// What happens to the versions of a state.
#[derive(Clone, Debug)]
enum Step {
    /// Seal a batch on a version, which stays: this makes chains and forks.
    Seal {
        on: prop::sample::Index,
        writes: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// Append a version's batches to the log, if it still follows the log's end.
    Commit { version: prop::sample::Index },
    /// Forget a version.
    Drop { version: prop::sample::Index },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<prop::sample::Index>(), any_writes(12))
            .prop_map(|(on, writes)| Step::Seal { on, writes }),
        2 => any::<prop::sample::Index>().prop_map(|version| Step::Commit { version }),
        1 => any::<prop::sample::Index>().prop_map(|version| Step::Drop { version }),
    ]
}

fn check(log: &NodeStore, suite: StateSuite, version: &Overlay, map: &Map, other_keys: &[Vec<u8>]) {
    assert_eq!(version.root().hash, reference_root(suite, map));
    let view = version.on(log);
    let trie = Trie::new(&view, suite, *version.root());
    for (key, value) in map {
        assert_eq!(trie.get(key).unwrap(), Some(value.as_slice()), "{key:x?}");
    }
    for key in other_keys {
        assert_eq!(
            trie.get(key).unwrap(),
            map.get(key).map(Vec::as_slice),
            "{key:x?}"
        );
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn versions_are_maps(
        suite in prop::sample::select(StateSuite::ALL.to_vec()),
        steps in prop::collection::vec(any_step(), 1..20),
        other_keys in prop::collection::vec(any_key(), 8),
    ) {
        let mut log = NodeStore::new();
        let mut versions = vec![(Overlay::empty(suite), Map::new())];
        for step in steps {
            match step {
                Step::Seal { on, writes } => {
                    let (below, map) = on.get(&versions);
                    let mut map = map.clone();
                    apply(&mut map, &writes);
                    let sealed = below.seal(&log, suite, &changes(&writes)).unwrap();
                    let top = sealed.extensions().last().unwrap();
                    if map == on.get(&versions).1 {
                        prop_assert_eq!(top.node_count(), 0, "a batch without effect wrote nodes");
                    }
                    check(&log, suite, &sealed, &map, &other_keys);
                    versions.push((sealed, map));
                }
                Step::Commit { version } => {
                    let index = version.index(versions.len());
                    let chosen = versions[index].0.clone();
                    if chosen.store(|extension| log.append(extension)).is_err() {
                        continue;
                    }
                    let map = versions[index].1.clone();
                    check(&log, suite, &Overlay::new(*chosen.root()), &map, &other_keys);
                    versions[index].0.settle();
                    prop_assert_eq!(versions[index].0.extensions().count(), 0);
                }
                Step::Drop { version } if versions.len() > 1 => {
                    versions.swap_remove(version.index(versions.len()));
                }
                Step::Drop { .. } => {}
            }
        }
        for (version, map) in &versions {
            check(&log, suite, version, map, &other_keys);
        }
    }

    #[test]
    fn one_batch_or_many_in_any_order(
        writes in any_writes(30),
        order in any::<prop::sample::Index>(),
    ) {
        let suite = StateSuite::Blake3;
        let log = NodeStore::new();
        let mut map = Map::new();
        apply(&mut map, &writes);
        let entries: Vec<_> = map.clone().into_iter().collect();
        let whole = Overlay::empty(suite).seal(&log, suite, &changes(&entries)).unwrap();
        let from = order.index(entries.len().max(1));
        let mut single = Overlay::empty(suite);
        for (key, value) in entries.iter().cycle().skip(from).take(entries.len()) {
            let change = Changes::new(vec![Change::set(key, value)]);
            single = single.seal(&log, suite, &change).unwrap();
        }
        prop_assert_eq!(whole.root().hash, reference_root(suite, &map));
        prop_assert_eq!(single.root().hash, whole.root().hash);
        for (key, _) in &entries {
            let change = Changes::new(vec![Change::remove(key)]);
            single = single.seal(&log, suite, &change).unwrap();
            map.remove(key);
            prop_assert_eq!(single.root().hash, reference_root(suite, &map));
        }
        prop_assert_eq!(*single.root(), Root::empty(suite));
    }
}

/// A log whose bytes are not checked against hashes.
struct Bytes(Vec<u8>);

impl NodeSource for Bytes {
    type Error = StoredNodeError;

    fn record(&self, location: Location, _hash: &NodeHash) -> Result<&[u8], Self::Error> {
        let offset = usize::try_from(location.0).unwrap();
        self.0.get(offset..).ok_or(StoredNodeError::Missing {
            location,
            end: self.end(),
        })
    }

    fn end(&self) -> Location {
        Location(self.0.len() as u64)
    }
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn a_damaged_log_never_panics(
        writes in any_writes(20),
        second in any_writes(6),
        key in any_key(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        len in any::<prop::sample::Index>(),
    ) {
        let suite = StateSuite::Blake3;
        let sealed =
            Overlay::empty(suite).seal(&NodeStore::new(), suite, &changes(&writes)).unwrap();
        let mut bytes = sealed.extensions().next().unwrap().bytes().to_vec();
        if bytes.is_empty() {
            return Ok(());
        }
        for (at, byte) in damage {
            *at.get_mut(&mut bytes) = byte;
        }
        let root = *sealed.root();
        let cut = bytes[..len.index(bytes.len())].to_vec();
        for log in [Bytes(bytes), Bytes(cut)] {
            let trie = Trie::new(&log, suite, root);
            let _ = trie.get(&key);
            let _ = trie.entries(Direction::Forward).take(1_000).count();
            let _ = trie.entries_from(&key, Direction::Backward).map(|keys| keys.take(9).count());
            let _ = trie.prove(&[&key]);
            let _ = trie.prove_prefix(&[]);
            let _ = trie.witness(&changes(&second));
            let _ = Overlay::new(root).seal(&log, suite, &changes(&second));
        }
    }
}

/// Keys that are prefixes of one another make the deepest trie: two nodes for each byte.
#[test]
fn a_long_chain_of_keys_needs_no_deep_stack() {
    let suite = StateSuite::Blake3;
    let keys: Vec<Vec<u8>> = (0..5_000).map(|len| vec![0x77; len]).collect();
    let set = keys.iter().map(|key| Change::set(key, b"value")).collect();
    let log = NodeStore::new();
    let chain = Overlay::empty(suite).seal(&log, suite, &set).unwrap();
    let view = chain.on(&log);
    let trie = Trie::new(&view, suite, *chain.root());
    assert_eq!(trie.get(&keys[4_999]).unwrap(), Some(&b"value"[..]));
    assert_eq!(trie.get(&[0x77; 5_000]).unwrap(), None);
    let remove = keys.iter().skip(1).map(|key| Change::remove(key)).collect();
    let one = chain.seal(&log, suite, &remove).unwrap();
    let map = Map::from([(vec![], b"value".to_vec())]);
    assert_eq!(one.root().hash, reference_root(suite, &map));
}

#[test]
fn an_empty_value_removes_its_key() {
    let suite = StateSuite::Keccak256;
    let log = NodeStore::new();
    let set = Changes::new(vec![Change::set(b"a", b"1"), Change::set(b"", b"2")]);
    let two = Overlay::empty(suite).seal(&log, suite, &set).unwrap();
    let remove = Changes::new(vec![Change::set(b"a", b"")]);
    let one = two.seal(&log, suite, &remove).unwrap();
    let map = Map::from([(vec![], b"2".to_vec())]);
    assert_eq!(one.root().hash, reference_root(suite, &map));
}

#[test]
fn the_last_change_of_a_key_counts() {
    let list = [
        Change::set(b"k", b"1"),
        Change::remove(b"j"),
        Change::set(b"k", b"2"),
    ];
    let changes = Changes::new(list.to_vec());
    assert_eq!(
        changes.as_slice(),
        [Change::remove(b"j"), Change::set(b"k", b"2")]
    );
}

#[test]
fn a_batch_reads_its_own_writes_and_hashes_keys() {
    for keys in [KeyMode::AsGiven, KeyMode::Hashed] {
        let scheme = StateScheme {
            suite: StateSuite::Keccak256,
            keys,
        };
        let mut batch = Batch::new(scheme);
        batch.set(b"dog", b"puppy");
        batch.set(b"cat", b"kitten");
        batch.remove(b"cat");
        assert_eq!(batch.get(b"dog"), Some(Some(&b"puppy"[..])));
        assert_eq!(batch.get(b"cat"), Some(None));
        assert_eq!(batch.get(b"cow"), None);
        assert_eq!(batch.len(), 2);
        let log = NodeStore::new();
        let sealed = Overlay::empty(scheme.suite)
            .seal(&log, scheme.suite, &batch.changes())
            .unwrap();
        let map = Map::from([(scheme.trie_key(b"dog").into_owned(), b"puppy".to_vec())]);
        assert_eq!(sealed.root().hash, reference_root(scheme.suite, &map));
        let view = sealed.on(&log);
        let trie = Trie::new(&view, scheme, *sealed.root());
        assert_eq!(trie.get(b"dog").unwrap(), Some(&b"puppy"[..]));
    }
}

#[test]
fn a_second_fork_cannot_be_committed() {
    let suite = StateSuite::Blake3;
    let mut log = NodeStore::new();
    let tip = Overlay::empty(suite);
    let fork = |value: &[u8]| {
        let change = Changes::new(vec![Change::set(b"key", value)]);
        tip.seal(&NodeStore::new(), suite, &change).unwrap()
    };
    let (one, two) = (fork(b"one"), fork(b"two"));
    log.append(one.extensions().next().unwrap()).unwrap();
    let stale = log.append(two.extensions().next().unwrap()).unwrap_err();
    assert_eq!(stale.expected, log.end());
    assert_eq!(stale.got.0, 0);
}

/// Batches so large that the trie is merged in parts, each of which is hashed before the next.
#[test]
fn large_batches_are_maps_too() {
    let key = |number: u32| {
        let mixed = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
        // A long way that all keys share, then most of them below one nibble.
        let skewed = if number.is_multiple_of(16) {
            mixed[3]
        } else {
            0x31
        };
        [&[0xab, 0xcd][..], &[skewed], &mixed[..3]].concat()
    };
    let value = |number: u32, round: u8| vec![round; 1 + (number % 40) as usize];
    let rounds: [Vec<(Vec<u8>, Vec<u8>)>; 5] = [
        (0..14_000).map(|n| (key(n), value(n, 1))).collect(),
        // Every other key removed, the others written, half of them unchanged.
        (0..12_000)
            .map(|n| match n % 4 {
                0 => (key(n), value(n, 1)),
                1 => (key(n), value(n, 2)),
                _ => (key(n), vec![]),
            })
            .collect(),
        // All below one nibble but a few removed, and the rest: one part of several is left.
        (0..14_000)
            .map(|n| match n {
                7000..7020 => (key(n), value(n, 3)),
                _ => (key(n), vec![]),
            })
            .collect(),
        (3000..9000).map(|n| (key(n), value(n, 4))).collect(),
        (0..14_000).map(|n| (key(n), vec![])).collect(),
    ];
    let suite = StateSuite::Blake3;
    let (mut log, mut map) = (NodeStore::new(), Map::new());
    let mut tip = Overlay::empty(suite);
    for writes in rounds {
        apply(&mut map, &writes);
        tip = tip.seal(&log, suite, &changes(&writes)).unwrap();
        check(&log, suite, &tip, &map, &[]);
        tip.store(|extension| log.append(extension)).unwrap();
        tip.settle();
        check(&log, suite, &tip, &map, &[]);
    }
    assert_eq!(tip.root().hash, suite.empty_root());
}
