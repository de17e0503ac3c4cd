//! Blocks made anew from commits, for nodes that are behind.
//!
//! Invariant: a block that is made anew is the one of its header, or none: its payload hashes to what
//! the header says.

use std::sync::Arc;

use ledger::CommitBody;

use super::base;
use super::executor::LEDGERS;
use super::open::{attached, header_at};
use super::replica::{CERTIFICATE_ATTACHMENT, ORDER_ATTACHMENT, Replica, ReplicaError, lock};
use crate::block::{Block, Envelope, payload_hash};
use crate::certificate::Certificate;
use crate::names::BlockHash;
use crate::reply::Outcome;
use crate::transaction::Transaction;

/// Which ledger each request of a block went to: in order, its number. None if they went to one.
pub(super) fn order(outcomes: &[Outcome]) -> Option<Vec<u8>> {
    let number = |outcome: &Outcome| {
        let found = LEDGERS.iter().position(|name| *name == outcome.ledger);
        found.and_then(|number| u8::try_from(number).ok())
    };
    let went: Option<Vec<u8>> = outcomes.iter().map(number).collect();
    went.filter(|went| order_of(went).is_some())
}

/// What is noted of the numbers of ledgers that requests went to: nothing, if it is one ledger.
pub(crate) fn order_of(went: &[u8]) -> Option<&[u8]> {
    let several = went.iter().any(|ledger| went.first() != Some(ledger));
    several.then_some(went)
}

/// Requests in the order of their block, from what each ledger has of them in its own order. What the
/// order does not name comes last.
pub(crate) fn in_order(
    mut queues: Vec<std::vec::IntoIter<Envelope>>,
    order: &[u8],
) -> Vec<Arc<Envelope>> {
    let mut requests = Vec::new();
    for ledger in order {
        let next = queues
            .get_mut(usize::from(*ledger))
            .and_then(Iterator::next);
        requests.extend(next.map(Arc::new));
    }
    requests.extend(queues.into_iter().flatten().map(Arc::new));
    requests
}

impl Replica {
    /// The height of the commit of a block that has no certificate of its own, or is the engine's first,
    /// once it was learnt.
    pub(crate) fn height_of(&self, block: &BlockHash) -> Option<u64> {
        lock(&self.uncertified).get(block).copied()
    }

    /// Notes the block of a commit after the genesis, if it has no certificate of its own.
    pub(crate) fn learn_name(&self, height: u64) -> Result<(), ReplicaError> {
        let snapshot = self.store.snapshot();
        if attached(&snapshot, height, CERTIFICATE_ATTACHMENT)?.is_none() {
            let block = header_at(&snapshot, height)?.hash();
            lock(&self.uncertified).insert(block, height);
        }
        Ok(())
    }

    /// Notes the block of a commit, whatever certificates there are.
    pub(crate) fn learn_block(&self, block: BlockHash, height: u64) {
        lock(&self.uncertified).insert(block, height);
    }

    /// The block of a commit and its certificate, if it has one of its own.
    pub(crate) fn certificate_at(
        &self,
        height: u64,
    ) -> Result<Option<(BlockHash, Certificate)>, ReplicaError> {
        let snapshot = self.store.snapshot();
        let bytes = attached(&snapshot, height, CERTIFICATE_ATTACHMENT)?;
        let certificate = bytes.and_then(|bytes| Certificate::decode(&bytes).ok());
        match certificate {
            Some(certificate) => Ok(Some((header_at(&snapshot, height)?.hash(), certificate))),
            None => Ok(None),
        }
    }

    /// The block of a commit after the genesis, made anew; `None` if the commit does not tell it.
    pub(crate) fn block_at(&self, height: u64) -> Result<Option<Block>, ReplicaError> {
        let snapshot = self.store.snapshot();
        if height == self.base_height() {
            return base::block_of(&snapshot, height);
        }
        let header = header_at(&snapshot, height)?;
        let (before, after) = (
            snapshot.commit(height - 1)?.body,
            snapshot.commit(height)?.body,
        );
        let mut queues = Vec::new();
        for name in LEDGERS {
            let size = |body: &CommitBody| body.ledger(name).map_or(0, |found| found.size);
            let mut queue = Vec::new();
            for entry in snapshot
                .ledger(name)?
                .entries(size(&before)..size(&after))?
            {
                let (_, entry) = entry?;
                let request = Transaction::request_bytes(&entry);
                queue.extend(request.and_then(|bytes| Envelope::decode(bytes).ok()));
            }
            queues.push(queue.into_iter());
        }
        let order = attached(&snapshot, height, ORDER_ATTACHMENT)?;
        let requests = in_order(queues, &order.unwrap_or_default());
        #[cfg(test)]
        let header = {
            let mut header = header;
            self.lie_of_history.inspect(|lie| lie(&mut header));
            header
        };
        if payload_hash(&requests) != header.payload_hash {
            return Ok(None);
        }
        Ok(Some(Block::new(header, requests)))
    }
}
