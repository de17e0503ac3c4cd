//! Compact ranges: what must be known of the leaves `[begin, end)` to go on from there.
//!
//! A compact range is the list of the hashes of its perfect subtrees ([`Subtrees`]), from left to
//! right. For `begin` 0 that is the frontier of a log: at most 64 hashes that give its root and
//! all its future.
//!
//! Invariant: `hashes` has exactly one hash for each subtree of `[begin, end)`, and
//! `begin <= end`.

use alloc::vec::Vec;

use crate::error::RangeError;
use crate::hash::Hash;
use crate::index::{NodeId, Subtrees, TreeSize};
use crate::tree::TreeType;

/// The perfect subtrees of the leaves `[begin, end)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactRange {
    begin: u64,
    end: u64,
    hashes: Vec<Hash>,
}

impl CompactRange {
    /// The empty range `[begin, begin)`.
    #[must_use]
    pub const fn empty(begin: u64) -> Self {
        Self {
            begin,
            end: begin,
            hashes: Vec::new(),
        }
    }

    /// The range `[begin, end)` from the hashes of its [`nodes`](Self::nodes).
    ///
    /// # Errors
    /// [`RangeError::Reversed`] unless `begin <= end`, [`RangeError::WrongHashCount`] unless there
    /// is one hash for each node.
    pub fn from_hashes(begin: u64, end: u64, hashes: Vec<Hash>) -> Result<Self, RangeError> {
        if begin > end {
            return Err(RangeError::Reversed { begin, end });
        }
        let (expected, got) = (Self::nodes(begin, end).count(), hashes.len());
        if expected != got {
            return Err(RangeError::WrongHashCount {
                begin,
                end,
                expected,
                got,
            });
        }
        Ok(Self { begin, end, hashes })
    }

    /// The range of a tree from hashes read in the order of its nodes, one for each.
    pub(crate) const fn of_tree(size: TreeSize, hashes: Vec<Hash>) -> Self {
        Self {
            begin: 0,
            end: size.0,
            hashes,
        }
    }

    /// The nodes whose hashes make up the range `[begin, end)`, from left to right.
    #[must_use]
    pub const fn nodes(begin: u64, end: u64) -> Subtrees {
        Subtrees::new(begin, end)
    }

    /// The first leaf.
    #[must_use]
    pub const fn begin(&self) -> u64 {
        self.begin
    }

    /// The leaf after the last one.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The hashes of the range's nodes, from left to right.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends one leaf. O(1) hashes on average, O(log n) at most.
    ///
    /// # Errors
    /// [`RangeError::TooLarge`] after leaf 2^64 - 2.
    pub fn append(&mut self, tree: TreeType, leaf: Hash) -> Result<(), RangeError> {
        self.push(tree, NodeId::new(0, self.end), leaf)
    }

    /// Appends the range that begins where this one ends.
    ///
    /// # Errors
    /// [`RangeError::NotAdjacent`] where it begins elsewhere.
    pub fn merge(&mut self, tree: TreeType, other: &Self) -> Result<(), RangeError> {
        if other.begin != self.end {
            return Err(RangeError::NotAdjacent {
                end: self.end,
                begin: other.begin,
            });
        }
        for (id, hash) in Self::nodes(other.begin, other.end).zip(&other.hashes) {
            self.push(tree, id, *hash)?;
        }
        Ok(())
    }

    /// The root of the tree, whose size is the range's end. O(log n) hashes.
    ///
    /// # Errors
    /// [`RangeError::NotFromStart`] unless the range begins at leaf 0.
    pub fn root(&self, tree: TreeType) -> Result<Hash, RangeError> {
        let _size = self.tree_size()?;
        // RFC 6962 section 2.1 splits at the largest power of two below the size: folded from the
        // right, each subtree is the left child of what was folded so far.
        let fold = |right, left| tree.node(&left, &right);
        let root = self.hashes.iter().rev().copied().reduce(fold);
        Ok(root.unwrap_or_else(|| tree.empty()))
    }

    /// The size of the tree that the range stands for.
    ///
    /// # Errors
    /// [`RangeError::NotFromStart`] unless the range begins at leaf 0.
    pub const fn tree_size(&self) -> Result<TreeSize, RangeError> {
        if self.begin == 0 {
            Ok(TreeSize(self.end))
        } else {
            Err(RangeError::NotFromStart { begin: self.begin })
        }
    }

    /// Appends a perfect subtree that begins at `self.end`, joining it with its left siblings.
    fn push(&mut self, tree: TreeType, mut id: NodeId, mut hash: Hash) -> Result<(), RangeError> {
        let leaves = 1 << id.level;
        self.end = self.end.checked_add(leaves).ok_or(RangeError::TooLarge {
            size: self.end,
            more: leaves,
        })?;
        // A right child whose sibling lies in the range: the sibling is then the last subtree.
        while id.index % 2 == 1 && (id.index - 1) << id.level >= self.begin {
            let Some(left) = self.hashes.pop() else { break };
            hash = tree.node(&left, &hash);
            id = NodeId::new(id.level + 1, id.index / 2);
        }
        self.hashes.push(hash);
        Ok(())
    }
}
