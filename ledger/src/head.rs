//! The trees at one height, in memory: what a batch is made on and what a commit leads to.
//!
//! Invariant: a head is never changed. Committed or only sealed, it stands for one state of all
//! ledgers, and two heads are the same state exactly if they are the same object.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use hash_store::{Base, Declaration, RunRecord};
use merkle_log::{CompactRange, Hash, TreeType};

use patricia_state::StateScheme;

use crate::body::{CommitBody, LedgerRoots, state_codes, state_of_codes};
use crate::error::{Error, Result};
use crate::names::{LedgerName, NetworkId};
use crate::state::StateHead;
use crate::store::{Footing, id_fingerprint};

/// What a ledger is, from its declaration on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerSpec {
    /// Its name.
    pub name: LedgerName,
    /// Type of its tree.
    pub tree: TreeType,
    /// What its state is computed with; `None` for a ledger without state.
    pub state: Option<StateScheme>,
    /// How its entries can be looked up besides by leaf index; no way at first.
    pub lookups: Lookups,
}

/// The look-ups of a ledger. They cost 16 bytes an entry on the disk, each, and are derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// By leaf hash.
    pub leaf_hashes: bool,
    /// By the id that the caller gives an entry. Ids are unique in a space, which ledgers share
    /// that name the same one.
    pub ids: Option<LedgerName>,
}

impl Lookups {
    const LEAF_HASHES: u8 = 1;
    const IDS: u8 = 2;

    fn of_declaration(declaration: &Declaration, batch: u64) -> Result<Self> {
        let has_ids = declaration.lookups & Self::IDS != 0;
        if declaration.lookups > Self::LEAF_HASHES | Self::IDS
            || has_ids == declaration.id_space.is_empty()
        {
            let what = "look-ups";
            return Err(Error::Payload { batch, what, at: 7 });
        }
        Ok(Self {
            leaf_hashes: declaration.lookups & Self::LEAF_HASHES != 0,
            ids: has_ids.then(|| declaration.id_space.parse()).transpose()?,
        })
    }

    fn code(&self) -> u8 {
        u8::from(self.leaf_hashes) * Self::LEAF_HASHES + u8::from(self.ids.is_some()) * Self::IDS
    }

    /// Whether there are any.
    pub(crate) const fn is_some(&self) -> bool {
        self.leaf_hashes || self.ids.is_some()
    }
}

impl LedgerSpec {
    /// The same ledger with look-up by leaf hash.
    #[must_use]
    pub const fn with_leaf_hashes(mut self) -> Self {
        self.lookups.leaf_hashes = true;
        self
    }

    /// The same ledger with look-up by id; ids are unique in it.
    #[must_use]
    pub fn with_ids(self) -> Self {
        let space = self.name.clone();
        self.with_ids_in(space)
    }

    /// The same ledger with look-up by id; ids are unique over all ledgers that name this space.
    #[must_use]
    pub fn with_ids_in(mut self, space: LedgerName) -> Self {
        self.lookups.ids = Some(space);
        self
    }

    /// A ledger without state.
    #[must_use]
    pub fn log(name: LedgerName, tree: TreeType) -> Self {
        Self {
            name,
            tree,
            state: None,
            lookups: Lookups::default(),
        }
    }

    /// A ledger with state.
    #[must_use]
    pub fn with_state(name: LedgerName, tree: TreeType, state: impl Into<StateScheme>) -> Self {
        Self {
            name,
            tree,
            state: Some(state.into()),
            lookups: Lookups::default(),
        }
    }

    pub(crate) fn from_declaration(declaration: &Declaration, batch: u64) -> Result<Self> {
        let unknown = |what, at| Error::Payload { batch, what, at };
        Ok(Self {
            name: declaration.name.parse()?,
            tree: TreeType::from_code(declaration.tree).ok_or_else(|| unknown("tree type", 4))?,
            state: state_of_codes(declaration.suite, declaration.key_mode)
                .map_err(|(what, by)| unknown(what, 4 + by))?,
            lookups: Lookups::of_declaration(declaration, batch)?,
        })
    }

    pub(crate) fn to_declaration(&self) -> Declaration {
        let (suite, key_mode) = state_codes(self.state);
        Declaration {
            tree: self.tree.code(),
            suite,
            key_mode,
            lookups: self.lookups.code(),
            id_space: self
                .lookups
                .ids
                .as_ref()
                .map_or_else(Default::default, |space| space.as_str().into()),
            name: self.name.as_str().into(),
        }
    }
}

/// One ledger at one height.
#[derive(Clone, Debug)]
pub(crate) struct LedgerHead {
    pub(crate) spec: LedgerSpec,
    pub(crate) range: CompactRange,
    pub(crate) root: Hash,
    pub(crate) state_root: Hash,
    /// The state that has this root. `None` for a ledger without state, and where a verification
    /// lost it behind damage.
    pub(crate) state: Option<StateHead>,
}

impl LedgerHead {
    pub(crate) fn empty(spec: LedgerSpec) -> Self {
        let root = spec.tree.empty();
        let state = spec.state.map(StateHead::empty);
        Self {
            spec,
            range: CompactRange::empty(0),
            root,
            state_root: state.as_ref().map_or_else(Hash::default, StateHead::root),
            state,
        }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.range.end()
    }

    /// Takes over the state after a commit.
    pub(crate) fn set_state(&mut self, state: StateHead) {
        self.state_root = state.root();
        self.state = Some(state);
    }

    pub(crate) fn roots(&self) -> LedgerRoots {
        LedgerRoots {
            name: self.spec.name.clone(),
            tree: self.spec.tree,
            state: self.spec.state,
            size: self.size(),
            root: self.root,
            state_root: self.state_root,
        }
    }
}

/// All trees at one height.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) network: NetworkId,
    pub(crate) height: u64,
    pub(crate) time_ms: u64,
    pub(crate) ledgers: Vec<LedgerHead>,
    pub(crate) audit: CompactRange,
    pub(crate) audit_root: Hash,
    /// The ids of batches below that were not committed when this one was sealed, oldest first.
    pub(crate) ids: Vec<Arc<IdLayer>>,
    pub(crate) footing: Footing,
    /// What the log begins with, as the superblock says, if that is not height 1.
    pub(crate) base: Option<Arc<Base>>,
}

/// The ids that one batch adds, for those that stand on it.
#[derive(Debug)]
pub(crate) struct IdLayer {
    /// Per ledger, its size before.
    pub(crate) first: Vec<u64>,
    /// Per ledger, the ids and the leaves they stand for.
    pub(crate) ids: Vec<BTreeMap<Vec<u8>, u64>>,
    committed: AtomicBool,
}

impl IdLayer {
    pub(crate) const fn new(first: Vec<u64>, ids: Vec<BTreeMap<Vec<u8>, u64>>) -> Self {
        let committed = AtomicBool::new(false);
        Self {
            first,
            ids,
            committed,
        }
    }

    /// The records of the ids that it adds to a ledger.
    pub(crate) fn records(&self, ordinal: usize) -> impl Iterator<Item = RunRecord> + '_ {
        let ids = self.ids.get(ordinal).into_iter().flatten();
        ids.map(|(id, leaf)| RunRecord {
            fingerprint: id_fingerprint(id),
            leaf: *leaf,
        })
    }

    /// The ids can be looked up among those that were committed.
    pub(crate) fn settle(&self) {
        self.committed.store(true, Ordering::Release);
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.committed.load(Ordering::Acquire)
    }
}

impl Head {
    /// The head before the first batch of a log, or with ledgers that have nothing yet.
    pub(crate) fn empty(
        network: NetworkId,
        specs: impl Iterator<Item = LedgerSpec>,
        base: Option<Arc<Base>>,
    ) -> Self {
        Self {
            network,
            height: 0,
            time_ms: 0,
            ledgers: specs.map(LedgerHead::empty).collect(),
            audit: CompactRange::empty(0),
            audit_root: AUDIT_TREE.empty(),
            ids: Vec::new(),
            footing: Footing::default(),
            base,
        }
    }

    /// Ordinal and head of the ledger of that name.
    pub(crate) fn ledger(&self, name: &str) -> Result<(usize, &LedgerHead)> {
        self.ledgers
            .iter()
            .enumerate()
            .find(|(_, ledger)| ledger.spec.name.as_str() == name)
            .ok_or_else(|| Error::NoSuchLedger { name: name.into() })
    }

    /// Ordinal and state of the ledger of that name.
    pub(crate) fn state(&self, name: &str) -> Result<(usize, &StateHead)> {
        let (ordinal, ledger) = self.ledger(name)?;
        let state = ledger.state.as_ref();
        let state = state.ok_or_else(|| Error::NoState { name: name.into() })?;
        Ok((ordinal, state))
    }

    /// The body of a commit that leads to these ledgers from a parent with this audit root.
    pub(crate) fn body(&self, audit_root_before: Hash, metadata_hash: Hash) -> CommitBody {
        let ledgers = self.ledgers.iter().map(LedgerHead::roots);
        CommitBody {
            network: self.network.clone(),
            height: self.height,
            time_ms: self.time_ms,
            audit_root_before,
            metadata_hash,
            ledgers: ledgers.collect(),
        }
    }
}

/// The audit tree is always of this type.
pub(crate) const AUDIT_TREE: TreeType = TreeType::Sha256;
