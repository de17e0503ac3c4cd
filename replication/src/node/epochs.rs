//! Which epoch a node is in, as its store tells.

use super::executor::read_nodes;
use super::open::header_at;
use super::replica::{Replica, ReplicaError, lock};
use crate::names::BlockHash;

impl Replica {
    /// The height of the last commit.
    pub(crate) fn height(&self) -> u64 {
        lock(&self.chain).tip().height
    }

    /// The epoch of the block after the last commit.
    pub(crate) fn epoch(&self) -> u64 {
        self.genesis.epoch_of(self.height() + 1)
    }

    /// Whether the state after the block of a height says who votes next.
    pub(crate) fn is_last_of_epoch(&self, height: u64) -> bool {
        height == self.genesis.epoch_end(self.genesis.epoch_of(height))
    }

    /// The block that an epoch begins on: the last one of the epoch before, or the genesis.
    pub(crate) fn before_epoch(&self, epoch: u64) -> Result<BlockHash, ReplicaError> {
        let before = epoch.checked_sub(1);
        let height = before.map_or(1, |before| self.genesis.epoch_end(before));
        Ok(header_at(&self.store.snapshot(), height)?.hash())
    }

    /// Whether other nodes stand in the state after a block than vote on the block after it: then the
    /// epoch should come to its end.
    pub(crate) fn is_changing(&self, parent: &BlockHash) -> Result<bool, ReplicaError> {
        let Some((batch, header)) = lock(&self.chain).on(parent) else {
            return Ok(false);
        };
        let voting = self.committee(self.genesis.epoch_of(header.height + 1))?;
        Ok(match voting {
            Some(voting) => read_nodes(&batch)?.is_some_and(|nodes| nodes != *voting),
            // The block is the last of its epoch, and not committed: they are those in its state.
            None => false,
        })
    }
}
