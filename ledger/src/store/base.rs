//! Following a base: what stands in a log in the place of all commits up to a height.
//!
//! Invariant: nothing of a base is believed for what it says. The head has the base's height only
//! once leaves and writes came out at the sizes and roots in the commit body of that height, and
//! that body at the audit root beside it.

use alloc::sync::Arc;

use hash_store::{Base, Batch, FrameKind, Position};
use merkle_log::{Growth, Hash};

use super::follow::{Step, add_leaves};
use super::shared::{CommitRecord, Shared};
use crate::body::metadata_hash;
use crate::delta::{Delta, Write};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head};
use crate::record::{AUDIT, Leaves};

/// What a part of a base brings one ledger.
#[derive(Clone, Debug, Default)]
struct Part<'a> {
    leaves: Vec<Hash>,
    writes: Vec<Write<'a>>,
}

const fn misfit(batch: &Batch<'_>, what: &'static str) -> Error {
    Error::Payload {
        batch: batch.header.number,
        what,
        at: 0,
    }
}

impl Head {
    /// Moves on by a base batch; the nodes that it brings the states are in memory.
    ///
    /// # Errors
    /// [`Error::BaseSize`], [`Error::BaseRoot`] where the base does not come out at what its body
    /// says; [`Error::Payload`] where the records do not fit one another or the superblock;
    /// [`Error::State`] where a node of a state cannot be read.
    pub(super) fn step_base(&mut self, at: Position, batch: &Batch<'_>) -> Result<Step> {
        if self.height != 0 || self.base.is_none() {
            return Err(misfit(batch, "place of a base"));
        }
        if batch.header.height != 0 {
            return self.end_base(at, batch);
        }
        let (parts, leaves) = self.gather_base(batch)?;
        let too_many = |_| misfit(batch, "number of leaves");
        let mut next = self.clone();
        let mut ledgers = Vec::with_capacity(parts.len());
        for (part, ledger) in parts.into_iter().zip(&mut next.ledgers) {
            let is_empty = part.leaves.is_empty();
            let growth = add_leaves(part.leaves, ledger).map_err(too_many)?;
            ledgers.push((!is_empty).then_some((growth, Vec::new())));
            let state = ledger.state.as_ref().filter(|_| !part.writes.is_empty());
            if let Some(state) = state {
                let sealed = state.seal_trie(&part.writes)?;
                ledger.set_state(sealed);
            }
        }
        let audit = Growth::new(AUDIT_TREE, &self.audit, leaves).map_err(too_many)?;
        next.audit = audit.after().clone();
        next.audit_root = next.audit.root(AUDIT_TREE).map_err(too_many)?;
        *self = next;
        let ids = vec![Vec::new(); ledgers.len()];
        Ok(Step {
            position: None,
            ledgers,
            ids,
            audit,
        })
    }

    /// The leaves and writes of a part, by ledger, and the leaves of the audit tree.
    fn gather_base<'a>(&self, batch: &Batch<'a>) -> Result<(Vec<Part<'a>>, Vec<Hash>)> {
        let mut parts = vec![Part::default(); self.ledgers.len()];
        let mut audit = Vec::new();
        for frame in &batch.frames {
            match frame.kind {
                FrameKind::Leaves => {
                    let leaves = Leaves::decode(frame.payload, frame.batch)?;
                    let ordinal = usize::try_from(leaves.ledger).unwrap_or(usize::MAX);
                    let known = self.ledgers.get(ordinal).zip(parts.get_mut(ordinal));
                    let place = match known {
                        Some((ledger, part)) => Some((ledger.size(), &mut part.leaves)),
                        None if leaves.ledger == AUDIT => Some((self.audit.end(), &mut audit)),
                        None => None,
                    };
                    let place = place.filter(|(size, added)| {
                        size.checked_add(added.len() as u64) == Some(leaves.first)
                    });
                    let (_, added) =
                        place.ok_or_else(|| misfit(batch, "ledger or index of a leaves frame"))?;
                    added.extend(leaves.hashes());
                }
                FrameKind::Delta => {
                    let delta = Delta::decode(frame.payload, frame.batch)?;
                    if delta.writes.iter().any(|(_, value)| value.is_none()) {
                        return Err(misfit(batch, "removal in a base"));
                    }
                    let ordinal = usize::try_from(delta.ledger).unwrap_or(usize::MAX);
                    let writes = parts.get_mut(ordinal).map(|part| &mut part.writes);
                    self.gather_writes(writes, delta, frame.batch)?;
                }
                _ => return Err(misfit(batch, "frame of a base")),
            }
        }
        Ok((parts, audit))
    }

    /// Moves on by the last batch of a base: holds all that came before against its body.
    fn end_base(&mut self, at: Position, batch: &Batch<'_>) -> Result<Step> {
        let mut kinds = batch.frames.iter().map(|frame| frame.kind);
        if kinds.any(|kind| {
            !matches!(
                kind,
                FrameKind::Body | FrameKind::Attachment | FrameKind::Padding
            )
        }) {
            return Err(misfit(batch, "frame of a base"));
        }
        let record = CommitRecord::of_batch(batch, at)?;
        let body = &record.body;
        if body.network != self.network || body.ledgers.len() != self.ledgers.len() {
            return Err(misfit(batch, "network or number of ledgers of a base"));
        }
        let mut next = self.clone();
        for (ledger, recorded) in next.ledgers.iter_mut().zip(&body.ledgers) {
            let spec = &ledger.spec;
            if (&spec.name, spec.tree, spec.state)
                != (&recorded.name, recorded.tree, recorded.state)
            {
                return Err(misfit(batch, "name, tree or state scheme of a ledger"));
            }
            let name = spec.name.as_str();
            check_size(name, recorded.size, ledger.size())?;
            check_root(name, "root", recorded.root, ledger.root)?;
            match &ledger.state {
                Some(state) => check_root(name, "state root", recorded.state_root, state.root())?,
                None => ledger.state_root = recorded.state_root,
            }
        }
        check_size("audit", body.height - 1, self.audit.end())?;
        let before = body.audit_root_before;
        check_root("audit", "root before", before, self.audit_root)?;
        let metadata = metadata_hash(&record.metadata);
        check_root("audit", "metadata", body.metadata_hash, metadata)?;
        let too_many = |_| misfit(batch, "number of leaves");
        let leaf = vec![AUDIT_TREE.leaf(&record.body_bytes)];
        let audit = Growth::new(AUDIT_TREE, &self.audit, leaf).map_err(too_many)?;
        next.audit = audit.after().clone();
        next.audit_root = next.audit.root(AUDIT_TREE).map_err(too_many)?;
        check_root("audit", "root", record.audit_root, next.audit_root)?;
        let sizes = body.ledgers.iter().map(|ledger| ledger.size);
        let base = Base {
            height: body.height,
            sizes: sizes.collect(),
        };
        if self.base.as_deref() != Some(&base) {
            return Err(misfit(batch, "base that the superblock names"));
        }
        next.height = body.height;
        next.time_ms = body.time_ms;
        *self = next;
        let count = self.ledgers.len();
        Ok(Step {
            position: Some(at),
            ledgers: vec![None; count],
            ids: vec![Vec::new(); count],
            audit,
        })
    }
}

fn check_size(ledger: &str, expected: u64, computed: u64) -> Result<()> {
    if expected == computed {
        return Ok(());
    }
    Err(Error::BaseSize {
        ledger: ledger.to_owned(),
        expected,
        computed,
    })
}

fn check_root(ledger: &str, what: &'static str, expected: Hash, computed: Hash) -> Result<()> {
    if expected == computed {
        return Ok(());
    }
    Err(Error::BaseRoot {
        ledger: ledger.to_owned(),
        what,
        expected,
        computed,
    })
}

/// The height that a base stands for; 0 without one, as no commit has it.
pub(crate) fn base_height(base: Option<&Arc<Base>>) -> u64 {
    base.map_or(0, |base| base.height)
}

/// That a height is not before what a log begins with.
pub(crate) fn check_height(base: Option<&Arc<Base>>, asked: u64) -> Result<()> {
    let base = base_height(base);
    if asked >= base {
        return Ok(());
    }
    Err(Error::BeforeBase {
        what: "height",
        asked,
        base,
    })
}

impl Shared {
    /// The first leaf of a tree whose entry the log has.
    pub(crate) fn first_entry(&self, ordinal: u32) -> u64 {
        let Some(base) = &self.base else {
            return 0;
        };
        if ordinal == AUDIT {
            return base.height - 1;
        }
        let ordinal = usize::try_from(ordinal).unwrap_or(usize::MAX);
        base.sizes.get(ordinal).copied().unwrap_or(0)
    }

    /// That the log has an entry of a tree.
    pub(crate) fn check_entry(&self, ordinal: u32, index: u64) -> Result<()> {
        if index >= self.first_entry(ordinal) {
            return Ok(());
        }
        Err(Error::BeforeBase {
            what: "entry",
            asked: index,
            base: base_height(self.base.as_ref()),
        })
    }
}
