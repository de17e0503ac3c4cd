//! What a store must hold after each batch, computed from the events alone.
//!
//! Roots are computed by the definition of RFC 6962 section 2.1, not with the suite's trees; state
//! roots from the whole content each time, in memory.

use std::collections::BTreeMap;

use ledger::{CommitBody, LedgerRoots, StateScheme, StateSuite, TreeType, metadata_hash};
use merkle_log::Hash;
use patricia_state::{Batch, NodeStore, Overlay};

use super::workload::{Entries, Event, Writes};

/// The content of a state.
pub type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// The network of all workloads.
pub const NETWORK: &str = "lab";

/// A store's content after every batch, by batch number.
#[derive(Clone, Debug)]
pub struct Model {
    /// Ledgers in order of declaration, with all entries they ever get.
    pub ledgers: Vec<(String, Vec<Vec<u8>>)>,
    /// State after batch number `b` at index `b`.
    pub steps: Vec<Step>,
    bodies: Vec<Vec<u8>>,
}

/// A store's content after one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Height of the last commit.
    pub height: u64,
    /// Name, size and root of each ledger.
    pub ledgers: Vec<(String, u64, Hash)>,
    /// Root and content of each ledger's state; none and nothing without.
    pub states: Vec<(Hash, Map)>,
    /// Root of the audit tree.
    pub audit_root: Hash,
    /// Height, kind and bytes of all attachments, in order of height and attaching.
    pub attachments: Vec<(u64, u32, Vec<u8>)>,
}

impl Model {
    /// A new store with these ledgers, each declared in a batch of its own.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        let mut model = Self {
            ledgers: Vec::new(),
            steps: vec![Step {
                height: 0,
                ledgers: Vec::new(),
                states: Vec::new(),
                audit_root: TreeType::Sha256.empty(),
                attachments: Vec::new(),
            }],
            bodies: Vec::new(),
        };
        for name in names {
            model.declare(name);
        }
        model
    }

    /// Number of the last batch.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.steps.len() as u64 - 1
    }

    /// The state after a batch.
    #[must_use]
    pub fn after(&self, batch: u64) -> Option<&Step> {
        self.steps.get(usize::try_from(batch).unwrap())
    }

    /// The model of a store that has only the first `batch` batches.
    #[must_use]
    pub fn cut(&self, batch: u64) -> Self {
        let mut model = self.clone();
        model.steps.truncate(usize::try_from(batch).unwrap() + 1);
        let step = model.steps.last().unwrap();
        model.bodies.truncate(usize::try_from(step.height).unwrap());
        model.ledgers.truncate(step.ledgers.len());
        for ((_, entries), (_, size, _)) in model.ledgers.iter_mut().zip(&step.ledgers) {
            entries.truncate(usize::try_from(*size).unwrap());
        }
        model
    }

    /// Takes in an event; answers whether it made a batch.
    pub fn apply(&mut self, event: &Event) -> bool {
        match event {
            Event::Commit(entries, attached) => self.commit(entries, &Writes::new(), *attached),
            Event::Put(writes) => self.commit(&Entries::new(), writes, None),
            Event::Attach(back, len) => {
                let mut step = self.steps.last().unwrap().clone();
                let height = step.height.saturating_sub(*back).max(1);
                if step.height == 0 {
                    return false;
                }
                let kept = (height, attachment_kind(*len), attachment(height, *len));
                let place = step.attachments.partition_point(|other| other.0 <= height);
                step.attachments.insert(place, kept);
                self.steps.push(step);
            }
            Event::Declare(name) => self.declare(name),
            Event::Watermark | Event::Reopen | Event::Kill | Event::PowerCut(_) => return false,
        }
        true
    }

    fn declare(&mut self, name: &str) {
        let mut step = self.steps.last().unwrap().clone();
        step.ledgers.push((name.to_owned(), 0, TREE.empty()));
        step.states
            .push((state_root(name, &Map::new()), Map::new()));
        self.ledgers.push((name.to_owned(), Vec::new()));
        self.steps.push(step);
    }

    fn commit(&mut self, added: &Entries, writes: &Writes, attached: Option<usize>) {
        let before = self.steps.last().unwrap().clone();
        let mut step = before.clone();
        step.height += 1;
        for (ledger, lens) in added {
            let Some((name, entries)) = self.ledgers.get_mut(*ledger) else {
                continue;
            };
            for len in lens {
                entries.push(entry(name, entries.len() as u64, *len));
            }
            let root = root(TREE, entries);
            step.ledgers[*ledger] = (name.clone(), entries.len() as u64, root);
        }
        for (ledger, writes) in writes {
            let Some((root, map)) = step.states.get_mut(*ledger) else {
                continue;
            };
            for (key, len) in writes {
                match value(step.height, *key, *len) {
                    empty if empty.is_empty() => map.remove(&vec![*key]),
                    value => map.insert(vec![*key], value),
                };
            }
            *root = state_root(&self.ledgers[*ledger].0, map);
        }
        let ledgers = step.ledgers.iter().zip(&step.states);
        let body = CommitBody {
            network: NETWORK.parse().unwrap(),
            height: step.height,
            time_ms: time_of(step.height),
            audit_root_before: before.audit_root,
            metadata_hash: metadata_hash(&metadata_of(step.height)),
            ledgers: ledgers
                .map(|((name, size, root), state)| LedgerRoots {
                    name: name.parse().unwrap(),
                    tree: TREE,
                    state: scheme_of(name),
                    size: *size,
                    root: *root,
                    state_root: state.0,
                })
                .collect(),
        };
        self.bodies.push(body.encode());
        step.audit_root = root(TreeType::Sha256, &self.bodies);
        if let Some(len) = attached {
            let kept = (step.height, 1, attachment(step.height, len));
            step.attachments.push(kept);
        }
        self.steps.push(step);
    }
}

/// Tree type of all ledgers.
pub const TREE: TreeType = TreeType::Sha256;

/// What the state of a ledger of that name is computed with.
#[must_use]
pub fn scheme_of(name: &str) -> Option<StateScheme> {
    name.starts_with("state").then(|| StateSuite::Blake3.into())
}

/// The root of a state from nothing, by the trie in memory.
fn state_root(name: &str, map: &Map) -> Hash {
    let Some(scheme) = scheme_of(name) else {
        return Hash::default();
    };
    let mut batch = Batch::new(scheme);
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let suite = scheme.suite;
    let sealed = Overlay::empty(suite).seal(&NodeStore::new(), suite, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

/// The time of a commit.
#[must_use]
pub const fn time_of(height: u64) -> u64 {
    1_700_000_000_000 + height
}

/// The metadata of a commit.
#[must_use]
pub fn metadata_of(height: u64) -> Vec<u8> {
    vec![7; usize::try_from(height % 5).unwrap()]
}

/// An entry of `len` bytes: some are all zero, none is told from its neighbours by length alone.
#[must_use]
pub fn entry(ledger: &str, index: u64, len: usize) -> Vec<u8> {
    if index % 6 == 5 {
        return vec![0; len];
    }
    let head = format!("{ledger} {index} ").into_bytes();
    head.into_iter()
        .chain((0u64..).map(|i| u8::try_from((i * 31 + index * 7) % 251).unwrap()))
        .take(len)
        .collect()
}

/// Whether the ledger of that name has look-ups.
#[must_use]
pub fn has_lookups(ledger: &str) -> bool {
    ledger.starts_with("look")
}

/// The id of an entry of a ledger with look-ups; some have none.
#[must_use]
pub fn id_of(ledger: &str, index: u64) -> Option<Vec<u8>> {
    (index % 7 != 3).then(|| format!("{ledger} {index}").into_bytes())
}

/// A value of `len` bytes of a key's, as a height writes it.
#[must_use]
pub fn value(height: u64, key: u8, len: usize) -> Vec<u8> {
    let byte = u8::try_from(height % 250).unwrap();
    [byte, key].into_iter().cycle().take(len).collect()
}

/// What is attached to a height.
#[must_use]
pub fn attachment(height: u64, len: usize) -> Vec<u8> {
    let byte = u8::try_from(height % 200).unwrap() + 1;
    vec![byte; len]
}

/// The kind of a later attachment.
#[must_use]
pub fn attachment_kind(len: usize) -> u32 {
    2 + u32::try_from(len % 3).unwrap()
}

fn root(tree: TreeType, entries: &[Vec<u8>]) -> Hash {
    let leaves: Vec<Hash> = entries.iter().map(|entry| tree.leaf(entry)).collect();
    if leaves.is_empty() {
        return tree.empty();
    }
    fold(tree, &leaves)
}

fn fold(tree: TreeType, leaves: &[Hash]) -> Hash {
    if let [leaf] = leaves {
        return *leaf;
    }
    // The largest power of two below the number of leaves.
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    tree.node(&fold(tree, left), &fold(tree, right))
}
