//! What a node knows of the heights before its store's base: who voted when.
//!
//! The handovers from before the base are attached to it, as is its block. They were checked from the
//! genesis on before the store was made.

use std::sync::Arc;

use ledger::Snapshot;

use super::open::attached;
use super::replica::ReplicaError;
use crate::block::Block;
use crate::committee::Committee;
use crate::genesis::Genesis;
use crate::handover::Handover;

/// Kind of an attachment of a base that is a handover from before it: one each, in order.
pub const HANDOVER_ATTACHMENT: u32 = 4;
/// Kind of the attachment of a base that is its block.
pub const BLOCK_ATTACHMENT: u32 = 5;

/// Where the history of a store begins, if not with the genesis.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) height: u64,
    pub(crate) handovers: Vec<Handover>,
    /// The first committee, and those that handovers name, by the epochs that they begin with.
    committees: Vec<(u64, Arc<Committee>)>,
}

impl Base {
    /// The base of a store; none if all history is there.
    pub(crate) fn of(genesis: &Genesis, snapshot: &Snapshot) -> Result<Option<Self>, ReplicaError> {
        let Some(height) = snapshot.base() else {
            return Ok(None);
        };
        let broken = || ReplicaError::NoNodes { height };
        let mut committees = vec![(0, Arc::new(Committee::of_genesis(genesis)))];
        let mut handovers = Vec::new();
        let attached = snapshot.attachments(height)?.into_iter();
        for kept in attached.filter(|kept| kept.kind == HANDOVER_ATTACHMENT) {
            let handover = Handover::decode(&kept.bytes).map_err(|_| broken())?;
            let committee = handover.committee().map_err(|_| broken())?;
            committees.push((handover.header.epoch + 1, Arc::new(committee)));
            handovers.push(handover);
        }
        Ok(Some(Self {
            height,
            handovers,
            committees,
        }))
    }

    /// Who voted in an epoch up to that of the base.
    pub(crate) fn committee(&self, epoch: u64) -> Option<Arc<Committee>> {
        let mut known = self.committees.iter().rev();
        let (_, committee) = known.find(|(from, _)| *from <= epoch)?;
        Some(Arc::clone(committee))
    }
}

/// The block of a base.
pub(super) fn block_of(snapshot: &Snapshot, height: u64) -> Result<Option<Block>, ReplicaError> {
    let bytes = attached(snapshot, height, BLOCK_ATTACHMENT)?;
    Ok(bytes.and_then(|bytes| Block::decode(&bytes).ok()))
}
