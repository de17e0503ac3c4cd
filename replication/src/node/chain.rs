//! The blocks on top of the last commit: executed, not yet final.
//!
//! Invariants:
//!
//! - every block here was executed by this node, and its header says what came out;
//! - of two blocks, one on the other, the upper one's batch stands on the very batch of the lower
//!   one, so that committing them in order needs no execution;
//! - what does not descend from the last commit is dropped with it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ledger::Batch;

use super::executor::Executed;
use crate::block::Block;
use crate::header::Header;
use crate::names::{BlockHash, RequestId};

/// A block that this node executed.
#[derive(Debug)]
pub(crate) struct Speculative {
    pub(crate) block: Arc<Block>,
    pub(crate) executed: Executed,
    ids: HashSet<RequestId>,
}

impl Speculative {
    pub(crate) fn new(block: Arc<Block>, executed: Executed) -> Self {
        let ids = block.requests().iter().map(|request| request.id);
        Self {
            ids: ids.collect(),
            block,
            executed,
        }
    }
}

/// Blocks on the last commit, each on the one after it here.
#[derive(Debug)]
pub(crate) struct Taken(Vec<Arc<Speculative>>);

impl Taken {
    pub(crate) fn contains(&self, id: &RequestId) -> bool {
        self.0.iter().any(|block| block.ids.contains(id))
    }

    /// Their requests.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &RequestId> {
        self.0.iter().flat_map(|block| &block.ids)
    }
}

/// The last commit and the blocks on top of it.
#[derive(Debug)]
pub(crate) struct Chain {
    tip: (BlockHash, Header),
    /// An empty batch on the last commit.
    base: Batch,
    blocks: HashMap<BlockHash, Arc<Speculative>>,
}

impl Chain {
    pub(crate) fn new(tip: Header, base: Batch) -> Self {
        Self {
            tip: (tip.hash(), tip),
            base,
            blocks: HashMap::new(),
        }
    }

    /// The header of the last commit.
    pub(crate) const fn tip(&self) -> &Header {
        &self.tip.1
    }

    /// The block of the last commit.
    pub(crate) const fn tip_hash(&self) -> BlockHash {
        self.tip.0
    }

    /// A block on top of the last commit.
    pub(crate) fn get(&self, hash: &BlockHash) -> Option<Arc<Speculative>> {
        self.blocks.get(hash).cloned()
    }

    /// An empty batch on a block, and its header; `None` if it is unknown here, or older than the
    /// last commit.
    pub(crate) fn on(&self, hash: &BlockHash) -> Option<(Batch, Header)> {
        if *hash == self.tip.0 {
            return Some((self.base.clone(), self.tip.1.clone()));
        }
        let found = self.blocks.get(hash)?;
        let batch = found.executed.sealed.child();
        Some((batch, found.block.header().clone()))
    }

    /// Takes a block in whose parent is here; the first of the same block stays.
    pub(crate) fn insert(&mut self, new: Speculative) -> Arc<Speculative> {
        let hash = new.block.hash();
        let entry = self.blocks.entry(hash).or_insert_with(|| Arc::new(new));
        Arc::clone(entry)
    }

    /// The requests between the last commit and a block, it included.
    pub(crate) fn requests_up_to(&self, hash: &BlockHash) -> Taken {
        let mut taken = Vec::new();
        let mut next = self.blocks.get(hash);
        while let Some(found) = next {
            taken.push(Arc::clone(found));
            next = self.blocks.get(&found.block.header().parent);
        }
        Taken(taken)
    }

    /// Whether some block on the last commit has a request.
    pub(crate) fn holds(&self, id: &RequestId) -> bool {
        self.blocks.values().any(|block| block.ids.contains(id))
    }

    /// Moves the last commit on to a block that stood on it, and drops what does not descend from
    /// it.
    pub(crate) fn commit(&mut self, committed: &Speculative) {
        let block = &committed.block;
        self.tip = (block.hash(), block.header().clone());
        self.base = committed.executed.sealed.child();
        let mut kept = HashSet::from([block.hash()]);
        let mut rest: Vec<_> = self.blocks.drain().collect();
        rest.sort_by_key(|(_, found)| found.block.header().height);
        for (hash, found) in rest {
            if kept.contains(&found.block.header().parent) {
                kept.insert(hash);
                self.blocks.insert(hash, found);
            }
        }
    }
}
