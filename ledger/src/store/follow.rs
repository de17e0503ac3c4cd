//! Following the log: a head moved on by each recorded batch, with every root checked.
//!
//! Invariant: a head is moved on by a whole batch or not at all, and only to roots that were both
//! recorded and computed.

use hash_store::{Batch, BatchKind, FrameKind, Position, RunRecord};
use merkle_log::{Growth, Hash};

use super::ids::id_records;
use super::shared::CommitRecord;
use crate::body::LedgerRoots;
use crate::delta::{Delta, Write};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec, Lookups};
use crate::record::{Entries, decode_declaration};

/// What one commit, or a part of a base, added, computed from its record.
#[derive(Debug)]
pub(crate) struct Step {
    /// Where the batch of the height lies; `None` for a part of a base that has no height yet.
    pub(crate) position: Option<Position>,
    /// Per ledger in order: its new nodes, and where each new entry's frame lies; no place for
    /// leaves of a base.
    pub(crate) ledgers: Vec<Option<(Growth, Vec<Position>)>>,
    /// Per ledger in order: the records of the ids of its new entries.
    pub(crate) ids: Vec<Vec<RunRecord>>,
    /// The new nodes of the audit tree.
    pub(crate) audit: Growth,
}

/// The entries and writes that a commit brings one ledger.
#[derive(Clone, Debug, Default)]
struct Added<'a> {
    entries: Vec<&'a [u8]>,
    positions: Vec<Position>,
    ids: Vec<RunRecord>,
    writes: Vec<Write<'a>>,
}

impl Head {
    /// Moves on by a commit or base batch, and stores the nodes that it brings the states.
    ///
    /// # Errors
    /// As [`Head::step`].
    pub(crate) fn follow(&mut self, at: Position, batch: &Batch<'_>) -> Result<Step> {
        let step = self.step(at, batch)?;
        self.store_states();
        self.settle_states();
        Ok(step)
    }

    /// Stores the nodes of the states at this height that are in memory.
    pub(crate) fn store_states(&self) {
        for state in self.ledgers.iter().filter_map(|l| l.state.as_ref()) {
            state.store(self.height);
        }
    }

    /// Lets go of the nodes that were stored.
    pub(crate) fn settle_states(&mut self) {
        for state in self.ledgers.iter_mut().filter_map(|l| l.state.as_mut()) {
            state.overlay.settle();
        }
    }

    /// Moves on by a commit or base batch; the nodes that it brings the states are in memory.
    ///
    /// # Errors
    /// As [`Head::step_commit`] or [`Head::step_base`].
    pub(crate) fn step(&mut self, at: Position, batch: &Batch<'_>) -> Result<Step> {
        match batch.header.kind {
            BatchKind::Base => self.step_base(at, batch),
            _ => self.step_commit(at, batch),
        }
    }

    /// Moves on by a commit batch.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where a recorded root is not that of the entries or writes;
    /// [`Error::Payload`] where the records do not fit one another; [`Error::State`] where a node
    /// of a state cannot be read.
    fn step_commit(&mut self, at: Position, batch: &Batch<'_>) -> Result<Step> {
        let number = batch.header.number;
        let misfit = |what| Error::Payload {
            batch: number,
            what,
            at: 0,
        };
        let record = CommitRecord::of_batch(batch, at)?;
        let body = &record.body;
        let is_before_base = self.height == 0 && self.base.is_some();
        if body.network != self.network || body.height != self.height + 1 || is_before_base {
            return Err(misfit("network or height of a commit"));
        }
        if body.ledgers.len() != self.ledgers.len() {
            return Err(misfit("number of ledgers of a commit"));
        }
        let mut next = self.clone();
        let mut ledgers = Vec::with_capacity(next.ledgers.len());
        let mut ids = Vec::with_capacity(next.ledgers.len());
        for (added, ledger) in self.gather(at, batch)?.into_iter().zip(&mut next.ledgers) {
            let growth = add(&added.entries, ledger).map_err(|_| misfit("number of entries"))?;
            ledgers.push(growth.map(|growth| (growth, added.positions)));
            let state = ledger.state.as_ref().filter(|_| !added.writes.is_empty());
            if let Some(state) = state {
                let sealed = state.seal(&added.writes)?;
                ledger.set_state(sealed);
            }
            ids.push(added.ids);
        }
        let before = self.audit_root;
        check(number, "audit root before", body.audit_root_before, before)?;
        for (ledger, recorded) in next.ledgers.iter_mut().zip(&body.ledgers) {
            check(number, "root", recorded.root, ledger.root)?;
            let is_same = ledger.spec.name == recorded.name && ledger.spec.state == recorded.state;
            if ledger.size() != recorded.size || !is_same {
                return Err(misfit("size, name or state scheme of a ledger"));
            }
            match &ledger.state {
                Some(state) => check(number, "state root", recorded.state_root, state.root())?,
                None => ledger.state_root = recorded.state_root,
            }
        }
        let leaf = vec![AUDIT_TREE.leaf(&record.body_bytes)];
        let audit = Growth::new(AUDIT_TREE, &self.audit, leaf);
        let audit = audit.map_err(|_| misfit("number of commits"))?;
        next.audit = audit.after().clone();
        let root = next.audit.root(AUDIT_TREE);
        next.audit_root = root.map_err(|_| misfit("number of commits"))?;
        check(
            number,
            "audit root after",
            record.audit_root,
            next.audit_root,
        )?;
        next.height = body.height;
        next.time_ms = body.time_ms;
        *self = next;
        Ok(Step {
            position: Some(at),
            ledgers,
            ids,
            audit,
        })
    }

    /// Takes in those of these ledgers, by ordinal, that the head has not yet.
    pub(crate) fn declare_all(&mut self, ledgers: &[LedgerRoots]) {
        let known = self.ledgers.len();
        let later = ledgers.iter().skip(known).map(|roots| LedgerSpec {
            name: roots.name.clone(),
            tree: roots.tree,
            state: roots.state,
            // No body names them; what needs them has the superblock's list of ledgers.
            lookups: Lookups::default(),
        });
        self.ledgers.extend(later.map(LedgerHead::empty));
    }

    /// Takes in the ledgers that a declaration batch declares, and names them.
    ///
    /// # Errors
    /// [`Error::Payload`], [`Error::Name`].
    pub(crate) fn follow_declaration(&mut self, batch: &Batch<'_>) -> Result<Vec<LedgerSpec>> {
        let number = batch.header.number;
        let mut declared = Vec::new();
        for frame in &batch.frames {
            if frame.kind != FrameKind::Declaration {
                continue;
            }
            let (ordinal, declaration) = decode_declaration(frame.payload, number)?;
            if usize::try_from(ordinal) != Ok(self.ledgers.len() + declared.len()) {
                return Err(Error::Payload {
                    batch: number,
                    what: "ordinal of a declaration",
                    at: 0,
                });
            }
            declared.push(LedgerSpec::from_declaration(&declaration, number)?);
        }
        let heads = declared.iter().cloned().map(LedgerHead::empty);
        self.ledgers.extend(heads);
        Ok(declared)
    }

    /// The entries and writes of a commit, by ledger.
    fn gather<'a>(&self, at: Position, batch: &Batch<'a>) -> Result<Vec<Added<'a>>> {
        let mut all = vec![Added::default(); self.ledgers.len()];
        let mut before: Option<Entries<'_>> = None;
        for frame in &batch.frames {
            let entries_before = before.take();
            if frame.kind == FrameKind::Ids {
                self.gather_ids(&mut all, entries_before, frame.payload, frame.batch)?;
            }
            if frame.kind == FrameKind::Delta {
                self.gather_delta(
                    &mut all,
                    Delta::decode(frame.payload, frame.batch)?,
                    frame.batch,
                )?;
            }
            if frame.kind != FrameKind::Entries {
                continue;
            }
            let entries = Entries::decode(frame.payload, frame.batch)?;
            let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
            let place = all.get_mut(ordinal).zip(self.ledgers.get(ordinal));
            let fitting = place.filter(|(added, ledger)| {
                entries.first == ledger.size() + added.entries.len() as u64
            });
            let Some((added, _)) = fitting else {
                return Err(Error::Payload {
                    batch: frame.batch,
                    what: "ledger or index of an entries frame",
                    at: 0,
                });
            };
            let position = Position::new(at.segment(), frame.offset);
            added.entries.extend(entries.iter().map(|(_, entry)| entry));
            added.positions.resize(added.entries.len(), position);
            before = Some(entries);
        }
        Ok(all)
    }

    /// Takes in the ids of the entries in the frame before.
    fn gather_ids(
        &self,
        all: &mut [Added<'_>],
        entries: Option<Entries<'_>>,
        payload: &[u8],
        batch: u64,
    ) -> Result<()> {
        let ids = Entries::decode_ids(payload, batch)?;
        let entries = entries.filter(|entries| ids.are_of(entries));
        let ordinal = usize::try_from(ids.ledger).unwrap_or(usize::MAX);
        match all.get_mut(ordinal).filter(|_| entries.is_some()) {
            Some(added) => added.ids.extend(id_records(&ids)),
            None => {
                return Err(Error::Payload {
                    batch,
                    what: "ledger or place of an ids frame",
                    at: 0,
                });
            }
        }
        Ok(())
    }

    fn gather_delta<'a>(&self, all: &mut [Added<'a>], delta: Delta<'a>, batch: u64) -> Result<()> {
        let ordinal = usize::try_from(delta.ledger).unwrap_or(usize::MAX);
        let writes = all.get_mut(ordinal).map(|added| &mut added.writes);
        self.gather_writes(writes, delta, batch)
    }

    /// Adds the writes of a frame to those of its ledger that stand before it.
    pub(super) fn gather_writes<'a>(
        &self,
        writes: Option<&mut Vec<Write<'a>>>,
        delta: Delta<'a>,
        batch: u64,
    ) -> Result<()> {
        let ordinal = usize::try_from(delta.ledger).unwrap_or(usize::MAX);
        let ledger = self.ledgers.get(ordinal);
        let writes = writes.filter(|writes| {
            let last = writes.last().map(|(key, _)| key);
            let rising =
                last.is_none_or(|last| delta.writes.first().is_some_and(|(key, _)| last < key));
            rising && ledger.is_some_and(|ledger| ledger.spec.state.is_some())
        });
        let writes = writes.ok_or(Error::Payload {
            batch,
            what: "ledger or keys of a delta frame",
            at: 0,
        })?;
        writes.extend(delta.writes);
        Ok(())
    }
}

fn add(
    entries: &[&[u8]],
    ledger: &mut LedgerHead,
) -> core::result::Result<Option<Growth>, merkle_log::RangeError> {
    if entries.is_empty() {
        return Ok(None);
    }
    let mut leaves = Vec::with_capacity(entries.len());
    ledger.spec.tree.leaves(entries, &mut leaves);
    add_leaves(leaves, ledger).map(Some)
}

pub(super) fn add_leaves(
    leaves: Vec<Hash>,
    ledger: &mut LedgerHead,
) -> core::result::Result<Growth, merkle_log::RangeError> {
    let tree = ledger.spec.tree;
    let growth = Growth::new(tree, &ledger.range, leaves)?;
    ledger.range = growth.after().clone();
    ledger.root = ledger.range.root(tree)?;
    Ok(growth)
}

fn check(batch: u64, what: &'static str, expected: Hash, computed: Hash) -> Result<()> {
    if expected == computed {
        return Ok(());
    }
    Err(Error::Mismatch {
        batch,
        what,
        expected,
        computed,
    })
}
