//! What a node gives to one that begins: which height, whole commits, leaf hashes, pairs of a state.
//!
//! Invariant: each answer reads a bounded part of the store, whatever is asked.

use ledger::Snapshot;
use patricia_state::Direction;

use super::pieces::{COMMITS_MAX, LEAVES_MAX, put_commit, put_pair};
use crate::node::{Node, NodeError};

/// The name that stands for the audit tree among those of ledgers, none of which may have it.
pub(crate) const AUDIT: &str = "audit";

impl Node {
    /// The commit of the newest height that ends an epoch and is before a time, in milliseconds since
    /// 1970-01-01T00:00:00Z. O(log epochs) reads.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] if there is none here; [`NodeError::Store`].
    pub(crate) fn commit_before(&self, before_ms: u64) -> Result<Vec<u8>, NodeError> {
        let snapshot = self.snapshot();
        let end = |epoch| self.genesis().epoch_end(epoch);
        let base = snapshot.base().unwrap_or(0);
        // Of the base there is no whole commit here.
        let first = self.genesis().epoch_of(base + 1);
        let (mut from, mut to) = (first, self.genesis().epoch_of(snapshot.height() + 1));
        while from < to {
            let middle = from + (to - from) / 2;
            if snapshot.commit(end(middle))?.body.time_ms < before_ms {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let what = "epoch that ended before this time here";
        if from == first {
            return Err(NodeError::NotFound { what });
        }
        Ok(snapshot.transfer(end(from - 1))?)
    }

    /// Whole commits from a height on: at most so many, and as fit into a piece, but one at least.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] beyond the last one, [`NodeError::Store`].
    pub(crate) fn commits_from(&self, from: u64, count: u64) -> Result<Vec<u8>, NodeError> {
        let snapshot = self.snapshot();
        if from == 0 || from > snapshot.height() {
            let what = "commit at this height here";
            return Err(NodeError::NotFound { what });
        }
        let count = count.clamp(1, COMMITS_MAX);
        let last = snapshot.height().min(from.saturating_add(count - 1));
        let mut piece = Vec::new();
        for height in from..=last {
            if !put_commit(&mut piece, &snapshot.transfer(height)?) {
                break;
            }
        }
        Ok(piece)
    }

    /// Leaf hashes of a tree as it was at a height, from a leaf on: as many as a piece holds.
    ///
    /// # Errors
    /// [`NodeError::NotFound`], [`NodeError::Store`].
    pub(crate) fn leaves_at(
        &self,
        height: u64,
        ledger: &str,
        from: u64,
    ) -> Result<Vec<u8>, NodeError> {
        let snapshot = self.at(height)?;
        let tree = match ledger {
            AUDIT => snapshot.audit(),
            name => snapshot.ledger(name).map_err(not_found)?,
        };
        let until = tree.size().0.min(from.saturating_add(LEAVES_MAX));
        let mut piece = Vec::new();
        if from < until {
            for hash in tree.leaf_hashes(from..until)? {
                piece.extend_from_slice(hash.as_bytes());
            }
        }
        Ok(piece)
    }

    /// Pairs of a state as it was at a height, from a key on: as many as fit into a piece.
    ///
    /// # Errors
    /// [`NodeError::NotFound`], [`NodeError::Store`].
    pub(crate) fn pairs_at(
        &self,
        height: u64,
        ledger: &str,
        from: &[u8],
    ) -> Result<Vec<u8>, NodeError> {
        let snapshot = self.at(height)?;
        let state = snapshot.state(ledger).map_err(not_found)?;
        let mut piece = Vec::new();
        for pair in state.entries_from(from, Direction::Forward)? {
            let (key, value) = pair?;
            if !put_pair(&mut piece, &key, value) {
                break;
            }
        }
        Ok(piece)
    }

    fn at(&self, height: u64) -> Result<Snapshot, NodeError> {
        self.snapshot().at_height(height).map_err(not_found)
    }
}

/// What nobody has, or this node does not keep.
fn not_found(error: ledger::Error) -> NodeError {
    let what = match error {
        ledger::Error::NoSuchHeight { .. } => "commit at this height here",
        ledger::Error::NoSuchLedger { .. } | ledger::Error::NoState { .. } => "such ledger",
        ledger::Error::Dropped { .. } => "state of this height here any more",
        error => return NodeError::Store(error),
    };
    NodeError::NotFound { what }
}
