//! Who proposes and votes, as the store tells.
//!
//! Invariant: the committee of an epoch is that of the genesis, or the nodes in the state after the
//! last block of the epoch before; until that block is committed here, nobody knows it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ledger::Snapshot;

use super::base::Base;
use super::executor::read_nodes;
use super::open::{attached, header_at};
use super::replica::{CERTIFICATE_ATTACHMENT, Replica, ReplicaError, lock};
use crate::certificate::Certificate;
use crate::committee::{Committee, NODES_KEY, NODES_LEDGER};
use crate::genesis::Genesis;
use crate::handover::Handover;

/// Committees of the latest epochs that were asked for: each is read once.
const KEPT: usize = 8;

/// What was read.
#[derive(Debug)]
pub(super) struct Committees {
    /// By their epochs.
    read: Mutex<BTreeMap<u64, Arc<Committee>>>,
    changes: Mutex<Changes>,
}

/// The epochs after which others vote.
#[derive(Debug)]
struct Changes {
    /// Epochs that were looked at: all before this one.
    before: u64,
    /// In order.
    epochs: Vec<u64>,
}

impl Committees {
    /// Nothing was read, and of the epochs before a base the handovers tell.
    pub(super) fn new(genesis: &Genesis, base: Option<&Base>) -> Self {
        let handovers = base.map_or_else(Vec::new, |base| {
            let ended = base.handovers.iter().map(|handover| handover.header.epoch);
            ended.collect()
        });
        Self {
            read: Mutex::default(),
            changes: Mutex::new(Changes {
                before: base.map_or(0, |base| genesis.epoch_of(base.height)),
                epochs: handovers,
            }),
        }
    }
}

impl Replica {
    /// The nodes in the state after the last commit: the committee of the next epoch, unless they
    /// change before. One read of the state.
    pub(crate) fn node_set(&self) -> Result<Committee, ReplicaError> {
        nodes_at(&self.store.snapshot())
    }

    /// Who proposes and votes in an epoch; `None` until the last block of the epoch before is
    /// committed here.
    pub(crate) fn committee(&self, epoch: u64) -> Result<Option<Arc<Committee>>, ReplicaError> {
        if let Some(known) = lock(&self.committees.read).get(&epoch) {
            return Ok(Some(Arc::clone(known)));
        }
        let committee = match epoch.checked_sub(1) {
            None => Committee::of_genesis(&self.genesis),
            Some(before) => {
                let snapshot = self.store.snapshot();
                let end = self.genesis.epoch_end(before);
                if let Some(base) = self.base.as_ref().filter(|base| end < base.height) {
                    return Ok(base.committee(epoch));
                }
                if snapshot.height() < end {
                    return Ok(None);
                }
                nodes_at(&snapshot.at_height(end)?)?
            }
        };
        let committee = Arc::new(committee);
        let mut known = lock(&self.committees.read);
        known.insert(epoch, Arc::clone(&committee));
        if known.len() > KEPT {
            known.pop_first();
        }
        Ok(Some(committee))
    }

    /// The handovers at the ends of epochs from this one on, at most so many. O(epochs) reads the first
    /// time, and then of those since.
    pub(crate) fn handovers(&self, from: u64, count: usize) -> Result<Vec<Handover>, ReplicaError> {
        let snapshot = self.store.snapshot();
        let epochs: Vec<u64> = {
            let mut changes = lock(&self.committees.changes);
            self.look_on(&snapshot, &mut changes)?;
            let changed = changes.epochs.iter().copied();
            changed.filter(|epoch| *epoch >= from).take(count).collect()
        };
        let handovers = epochs
            .into_iter()
            .map(|epoch| self.handover(&snapshot, epoch));
        handovers.collect()
    }

    /// Looks at the epochs that have ended since: the state of the nodes is another one after an epoch
    /// exactly if the nodes are, as nothing else of that ledger's state outlasts an epoch.
    fn look_on(&self, snapshot: &Snapshot, changes: &mut Changes) -> Result<(), ReplicaError> {
        let state_root = |height: u64| {
            let body = snapshot.commit(height)?.body;
            Ok::<_, ReplicaError>(body.ledger(NODES_LEDGER).map(|ledger| ledger.state_root))
        };
        let over = self.genesis.epoch_of(snapshot.height() + 1);
        while changes.before < over {
            let epoch = changes.before;
            let begins = epoch.checked_sub(1);
            let begins = begins.map_or(1, |before| self.genesis.epoch_end(before));
            let ends = self.genesis.epoch_end(epoch);
            let others = match &self.base {
                // Of the epoch that the base ends, it is known who voted.
                Some(base) if begins < base.height => {
                    let voted = base.committee(epoch);
                    voted.as_deref() != Some(&nodes_at(&snapshot.at_height(ends)?)?)
                }
                _ => state_root(begins)? != state_root(ends)?,
            };
            if others {
                changes.epochs.push(epoch);
            }
            changes.before += 1;
        }
        Ok(())
    }

    fn handover(&self, snapshot: &Snapshot, epoch: u64) -> Result<Handover, ReplicaError> {
        let kept = self.base.iter().flat_map(|base| &base.handovers);
        if let Some(kept) = { kept }.find(|kept| kept.header.epoch == epoch) {
            return Ok(kept.clone());
        }
        let height = self.genesis.epoch_end(epoch);
        let certificate = attached(snapshot, height, CERTIFICATE_ATTACHMENT)?;
        let certificate = certificate.and_then(|bytes| Certificate::decode(&bytes).ok());
        let state = snapshot.at_height(height)?;
        let proof = state.state(NODES_LEDGER)?.prove(&[NODES_KEY])?;
        Ok(Handover {
            header: header_at(snapshot, height)?,
            certificate: certificate.ok_or(ReplicaError::NoCertificate { height })?,
            proof: proof.0.nodes().to_vec(),
        })
    }
}

/// The nodes in the state of a commit.
pub(super) fn nodes_at(snapshot: &Snapshot) -> Result<Committee, ReplicaError> {
    let height = snapshot.height();
    read_nodes(snapshot)?.ok_or(ReplicaError::NoNodes { height })
}
