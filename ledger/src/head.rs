//! The trees at one height, in memory: what a batch is made on and what a commit leads to.
//!
//! Invariant: a head is never changed. Committed or only sealed, it stands for one state of all
//! ledgers, and two heads are the same state exactly if they are the same object.

use alloc::vec::Vec;

use hash_store::Declaration;
use merkle_log::{CompactRange, Hash, TreeType};

use patricia_state::StateScheme;

use crate::body::{CommitBody, LedgerRoots, state_codes, state_of_codes};
use crate::error::{Error, Result};
use crate::names::{LedgerName, NetworkId};
use crate::state::StateHead;
use crate::store::Footing;

/// What a ledger is, from its declaration on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerSpec {
    /// Its name.
    pub name: LedgerName,
    /// Type of its tree.
    pub tree: TreeType,
    /// What its state is computed with; `None` for a ledger without state.
    pub state: Option<StateScheme>,
}

impl LedgerSpec {
    /// A ledger without state.
    #[must_use]
    pub const fn log(name: LedgerName, tree: TreeType) -> Self {
        Self {
            name,
            tree,
            state: None,
        }
    }

    /// A ledger with state.
    #[must_use]
    pub fn with_state(name: LedgerName, tree: TreeType, state: impl Into<StateScheme>) -> Self {
        Self {
            name,
            tree,
            state: Some(state.into()),
        }
    }

    pub(crate) fn from_declaration(declaration: &Declaration, batch: u64) -> Result<Self> {
        let unknown = |what, at| Error::Payload { batch, what, at };
        Ok(Self {
            name: declaration.name.parse()?,
            tree: TreeType::from_code(declaration.tree).ok_or_else(|| unknown("tree type", 4))?,
            state: state_of_codes(declaration.suite, declaration.key_mode)
                .map_err(|(what, by)| unknown(what, 4 + by))?,
        })
    }

    pub(crate) fn to_declaration(&self) -> Declaration {
        let (suite, key_mode) = state_codes(self.state);
        Declaration {
            tree: self.tree.code(),
            suite,
            key_mode,
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
    pub(crate) footing: Footing,
}

impl Head {
    pub(crate) fn empty(network: NetworkId, specs: impl Iterator<Item = LedgerSpec>) -> Self {
        Self {
            network,
            height: 0,
            time_ms: 0,
            ledgers: specs.map(LedgerHead::empty).collect(),
            audit: CompactRange::empty(0),
            audit_root: AUDIT_TREE.empty(),
            footing: Footing::default(),
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
