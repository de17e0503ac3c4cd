//! Trees of batches over three ledgers, with and without state: sealed, committed and dropped in any
//! order, against a slow model. Of siblings one is committed and the others are stale; a snapshot
//! is of one height for all ledgers, and stays what it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::MemStorage;
use ledger::{
    Error, KeyMode, LedgerSpec, Sealed, Snapshot, StateScheme, StateSuite, Store, TreeType,
};
use ledger_tests::store::options;
use merkle_log::{Hash, LeafIndex};
use patricia_state::{Batch as Changes, NodeStore, Overlay};
use proptest::prelude::*;

const NAMES: [&str; 3] = ["pool", "domain", "config"];
const TREES: [TreeType; 3] = [TreeType::Sha256, TreeType::Blake3, TreeType::Sha256];
const SCHEMES: [Option<StateScheme>; 3] = [
    None,
    Some(StateScheme {
        suite: StateSuite::Sha3_256,
        keys: KeyMode::AsGiven,
    }),
    Some(StateScheme {
        suite: StateSuite::Blake3,
        keys: KeyMode::Hashed,
    }),
];

/// What the ledgers hold, and every body so far: all that roots follow from.
#[derive(Clone, Debug, Default)]
struct Model {
    entries: [Vec<Vec<u8>>; 3],
    states: [BTreeMap<Vec<u8>, Vec<u8>>; 3],
    bodies: Vec<Vec<u8>>,
}

/// The tree hash as RFC 6962 section 2.1 defines it.
fn tree_hash(tree: TreeType, leaves: &[Hash]) -> Hash {
    match leaves {
        [] => tree.empty(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            tree.node(&tree_hash(tree, left), &tree_hash(tree, right))
        }
    }
}

fn root_of(tree: TreeType, leaves: &[Vec<u8>]) -> Hash {
    let leaves: Vec<Hash> = leaves.iter().map(|leaf| tree.leaf(leaf)).collect();
    tree_hash(tree, &leaves)
}

/// The root of a state built from nothing in one batch.
fn state_root(scheme: StateScheme, map: &BTreeMap<Vec<u8>, Vec<u8>>) -> Hash {
    let mut changes = Changes::new(scheme);
    for (key, value) in map {
        changes.set(key, value);
    }
    let suite = scheme.suite;
    let sealed = Overlay::empty(suite).seal(&NodeStore::new(), suite, &changes.changes());
    Hash::new(sealed.unwrap().root().hash)
}

impl Model {
    fn holds(&self, snapshot: &Snapshot) {
        assert_eq!(snapshot.height(), self.bodies.len() as u64);
        assert_eq!(
            snapshot.audit().root(),
            root_of(TreeType::Sha256, &self.bodies)
        );
        for (i, name) in NAMES.into_iter().enumerate() {
            let view = snapshot.ledger(name).unwrap();
            assert_eq!(view.size().0, self.entries[i].len() as u64);
            assert_eq!(view.root(), root_of(TREES[i], &self.entries[i]));
            for (index, entry) in (0u64..).zip(&self.entries[i]) {
                assert_eq!(&view.entry(LeafIndex(index)).unwrap(), entry);
            }
            let Some(scheme) = SCHEMES[i] else { continue };
            let state = snapshot.state(name).unwrap();
            assert_eq!(state.root(), state_root(scheme, &self.states[i]));
            for key in (0..16u8).map(|key| [key]) {
                let expected = self.states[i].get(&key[..]).map(Vec::as_slice);
                assert_eq!(state.get(key).unwrap(), expected);
            }
        }
    }
}

/// An entry or a write (of an empty value: a removal) for a ledger.
#[derive(Clone, Debug)]
enum Item {
    Entry(usize, Vec<u8>),
    Write(usize, u8, Vec<u8>),
}

#[derive(Clone, Debug)]
enum Step {
    /// Seals these on an uncommitted batch, or on the tip.
    Seal(prop::sample::Index, Vec<Item>),
    /// Tries to commit a batch, whatever it stands on.
    Commit(prop::sample::Index),
    Drop(prop::sample::Index),
    /// Attaching changes no head.
    Attach,
    Snapshot,
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    let item = prop_oneof![
        (0usize..3, bytes()).prop_map(|(ledger, entry)| Item::Entry(ledger, entry)),
        (1usize..3, 0u8..16, bytes())
            .prop_map(|(ledger, key, value)| Item::Write(ledger, key, value)),
    ];
    prop_oneof![
        10 => (any::<prop::sample::Index>(), prop::collection::vec(item, 0..12))
            .prop_map(|(on, items)| Step::Seal(on, items)),
        9 => any::<prop::sample::Index>().prop_map(Step::Commit),
        3 => any::<prop::sample::Index>().prop_map(Step::Drop),
        1 => Just(Step::Attach),
        3 => Just(Step::Snapshot),
        1 => Just(Step::Reopen),
    ]
}

/// A sealed batch, its number, the number of what it stands on, and what it leads to.
struct Version {
    number: u64,
    parent: u64,
    sealed: Sealed,
    model: Model,
}

fn specs() -> Vec<LedgerSpec> {
    let all = NAMES.into_iter().zip(TREES).zip(SCHEMES);
    let spec = |((name, tree), scheme): ((&str, _), Option<StateScheme>)| {
        let name = name.parse().unwrap();
        match scheme {
            Some(scheme) => LedgerSpec::with_state(name, tree, scheme),
            None => LedgerSpec::log(name, tree),
        }
    };
    all.map(spec).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_of_batches_sealed_committed_and_dropped_in_any_order(
        steps in prop::collection::vec(any_step(), 1..60),
    ) {
        let storage = Arc::new(MemStorage::new());
        let network = "net".parse().unwrap();
        let mut store = Store::create_in(storage.clone(), [1; 16], network, &specs(), options()).unwrap();
        let mut versions: Vec<Version> = Vec::new();
        let mut snapshots: Vec<(Snapshot, Model)> = Vec::new();
        let (mut tip, mut committed) = (0, Model::default());
        for (number, step) in (1u64..).zip(steps) {
            match step {
                Step::Seal(on, items) => {
                    let on = on.index(versions.len() + 1).checked_sub(1).map(|on| &versions[on]);
                    let (parent, mut batch, mut model) = match on {
                        Some(on) => (on.number, on.sealed.child(), on.model.clone()),
                        None => (tip, store.batch(), committed.clone()),
                    };
                    for item in items {
                        match item {
                            Item::Entry(ledger, entry) => {
                                let index = batch.append(NAMES[ledger], &entry).unwrap();
                                prop_assert_eq!(index.0, model.entries[ledger].len() as u64);
                                model.entries[ledger].push(entry);
                            }
                            Item::Write(ledger, key, value) => {
                                batch.put(NAMES[ledger], [key], &value).unwrap();
                                if value.is_empty() {
                                    model.states[ledger].remove(&[key][..]);
                                } else {
                                    model.states[ledger].insert(vec![key], value);
                                }
                            }
                        }
                    }
                    let sealed = batch.seal(0, &number.to_le_bytes()).unwrap();
                    let before = root_of(TreeType::Sha256, &model.bodies);
                    prop_assert_eq!(sealed.body().audit_root_before, before);
                    for (i, roots) in sealed.body().ledgers.iter().enumerate() {
                        prop_assert_eq!(roots.size, model.entries[i].len() as u64);
                        prop_assert_eq!(roots.root, root_of(TREES[i], &model.entries[i]));
                        if let Some(scheme) = SCHEMES[i] {
                            prop_assert_eq!(roots.state_root, state_root(scheme, &model.states[i]));
                        }
                    }
                    model.bodies.push(sealed.body().encode());
                    prop_assert_eq!(sealed.audit_root(), root_of(TreeType::Sha256, &model.bodies));
                    versions.push(Version { number, parent, sealed, model });
                }
                Step::Commit(version) if !versions.is_empty() => {
                    let version = &versions[version.index(versions.len())];
                    // Of the batches that stand on the tip the first wins; that moves the tip.
                    match store.commit(version.sealed.clone()) {
                        Ok(commit) => {
                            prop_assert_eq!(version.parent, tip);
                            (tip, committed) = (version.number, version.model.clone());
                            prop_assert_eq!(commit.height, committed.bodies.len() as u64);
                        }
                        Err(Error::StaleParent { .. }) => prop_assert_ne!(version.parent, tip),
                        Err(error) => panic!("{error}"),
                    }
                    committed.holds(&store.snapshot());
                }
                Step::Drop(version) if !versions.is_empty() => {
                    versions.swap_remove(version.index(versions.len()));
                }
                Step::Attach if !committed.bodies.is_empty() => {
                    store.attach(committed.bodies.len() as u64, 1, b"header").unwrap();
                }
                Step::Snapshot => snapshots.push((store.snapshot(), committed.clone())),
                Step::Reopen => {
                    (versions, snapshots) = (Vec::new(), Vec::new());
                    // What stood on the tip of the store before stands on none of this one.
                    tip = number;
                    store.close().unwrap();
                    store = Store::open_in(storage.clone(), options()).unwrap();
                    prop_assert!(store.report().clean);
                }
                Step::Commit(_) | Step::Drop(_) | Step::Attach => {}
            }
        }
        for (snapshot, model) in &snapshots {
            model.holds(snapshot);
        }
        let snapshot = store.snapshot();
        committed.holds(&snapshot);
        for (height, body) in (1u64..).zip(&committed.bodies) {
            prop_assert_eq!(&snapshot.commit(height).unwrap().body_bytes, body);
        }
    }
}

/// Eight batches on one tip, committed from eight threads at once: one of them is, whichever.
#[test]
fn exactly_one_of_siblings_wins() {
    let network = "net".parse().unwrap();
    let storage = Arc::new(MemStorage::new());
    let store = Store::create_in(storage, [1; 16], network, &specs(), options()).unwrap();
    for height in 1..=20u64 {
        let siblings: Vec<Sealed> = (0..8u8)
            .map(|sibling| {
                let mut batch = store.batch();
                for name in NAMES {
                    batch.append(name, [sibling]).unwrap();
                }
                batch.put("config", b"winner", [sibling]).unwrap();
                batch.seal(height, b"").unwrap()
            })
            .collect();
        let winners: Vec<u8> = std::thread::scope(|scope| {
            let threads: Vec<_> = siblings
                .into_iter()
                .map(|sealed| scope.spawn(|| store.commit(sealed)))
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            (0u8..)
                .zip(results)
                .filter_map(|(sibling, result)| match result {
                    Ok(commit) => {
                        assert_eq!(commit.height, height);
                        Some(sibling)
                    }
                    Err(Error::StaleParent { parent, tip }) => {
                        assert_eq!((parent, tip), (height - 1, height));
                        None
                    }
                    Err(error) => panic!("{error}"),
                })
                .collect()
        });
        assert_eq!(winners.len(), 1);
        let snapshot = store.snapshot();
        for name in NAMES {
            let view = snapshot.ledger(name).unwrap();
            assert_eq!(view.entry(LeafIndex(height - 1)).unwrap(), winners);
        }
        assert_eq!(
            snapshot.state("config").unwrap().get(b"winner").unwrap(),
            Some(&winners[..])
        );
    }
}
