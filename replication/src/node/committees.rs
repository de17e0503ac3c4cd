//! Who proposes and votes, as the store tells.
//!
//! Invariant: the committee of an epoch is that of the genesis, or the nodes in the state after the
//! last block of the epoch before; until that block is committed here, nobody knows it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ledger::Snapshot;

use super::executor::read_nodes;
use super::replica::{Replica, ReplicaError, lock};
use crate::committee::Committee;

/// Committees of the latest epochs that were asked for: each is read once.
const KEPT: usize = 8;

/// Committees that were read, by their epochs.
#[derive(Debug, Default)]
pub(super) struct Committees(Mutex<BTreeMap<u64, Arc<Committee>>>);

impl Replica {
    /// The nodes in the state after the last commit: the committee of the next epoch, unless they
    /// change before. One read of the state.
    pub(crate) fn node_set(&self) -> Result<Committee, ReplicaError> {
        nodes_at(&self.store.snapshot())
    }

    /// Who proposes and votes in an epoch; `None` until the last block of the epoch before is
    /// committed here.
    pub(crate) fn committee(&self, epoch: u64) -> Result<Option<Arc<Committee>>, ReplicaError> {
        if let Some(known) = lock(&self.committees.0).get(&epoch) {
            return Ok(Some(Arc::clone(known)));
        }
        let committee = match epoch.checked_sub(1) {
            None => Committee::of_genesis(&self.genesis),
            Some(before) => {
                let snapshot = self.store.snapshot();
                let end = self.genesis.epoch_end(before);
                if snapshot.height() < end {
                    return Ok(None);
                }
                nodes_at(&snapshot.at_height(end)?)?
            }
        };
        let committee = Arc::new(committee);
        let mut known = lock(&self.committees.0);
        known.insert(epoch, Arc::clone(&committee));
        if known.len() > KEPT {
            known.pop_first();
        }
        Ok(Some(committee))
    }
}

/// The nodes in the state of a commit.
pub(super) fn nodes_at(snapshot: &Snapshot) -> Result<Committee, ReplicaError> {
    let height = snapshot.height();
    read_nodes(snapshot)?.ok_or(ReplicaError::NoNodes { height })
}
