//! Checking that consecutive leaves stand in a tree.
//!
//! The leaves are hashed up row by row. A row that begins with a right child takes its left sibling
//! from the path, one that ends with a left child its right sibling, if the level has one.

use alloc::vec::Vec;

use super::climb::Steps;
use super::{same_length, same_root};
use crate::error::{PlanError, ProofError, WhichRoot};
use crate::hash::Hash;
use crate::index::{LeafIndex, TreeSize};
use crate::proof::forms::RangeProof;
use crate::tree::TreeType;

/// A range proof that led to its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its root was compared with a trusted one"]
pub struct VerifiedRange<'a> {
    begin: LeafIndex,
    tree_size: TreeSize,
    leaves: &'a [Hash],
    root: Hash,
}

impl<'a> VerifiedRange<'a> {
    /// The index of the first leaf. It is as good as the tree size is: a root does not bind its
    /// size.
    pub const fn begin(&self) -> LeafIndex {
        self.begin
    }

    /// The size of the tree, as the proof claims.
    pub const fn tree_size(&self) -> TreeSize {
        self.tree_size
    }

    /// The hashes of the leaves that stand in the tree from [`begin`](Self::begin) on.
    pub const fn leaves(&self) -> &'a [Hash] {
        self.leaves
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }
}

impl RangeProof {
    /// Checks that a tree with this `root` has leaves with the hashes `leaves` at the proof's
    /// indices. One hash a leaf and O(log n) more; memory for half the leaves' hashes.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongLeafCount`], [`ProofError::WrongPathLength`]
    /// or [`ProofError::RootMismatch`].
    pub fn verify<'a>(
        &self,
        tree: TreeType,
        leaves: &'a [Hash],
        root: &Hash,
    ) -> Result<VerifiedRange<'a>, ProofError> {
        let computed = self.computed_root(tree, leaves)?;
        same_root(WhichRoot::Tree, root, &computed)?;
        Ok(VerifiedRange {
            begin: self.begin,
            tree_size: self.tree_size,
            leaves,
            root: computed,
        })
    }

    /// The root that the proof leads to from `leaves`. It means nothing until it is compared with a
    /// root that is trusted.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongLeafCount`] or
    /// [`ProofError::WrongPathLength`].
    pub fn computed_root(&self, tree: TreeType, leaves: &[Hash]) -> Result<Hash, ProofError> {
        let (begin, end, size) = (self.begin, self.end, self.tree_size);
        let (mut first, mut last, mut level_end) =
            match (end.0.checked_sub(1), size.0.checked_sub(1)) {
                (Some(last), _) if last < begin.0 => {
                    return Err(PlanError::EmptyRange { begin, end }.into());
                }
                (None, _) => return Err(PlanError::EmptyRange { begin, end }.into()),
                (Some(last), Some(level_end)) if last <= level_end => (begin.0, last, level_end),
                (Some(last), _) => {
                    let index = LeafIndex(last);
                    return Err(PlanError::IndexOutsideTree { index, size }.into());
                }
            };
        let (expected, got) = (end.0.saturating_sub(begin.0), leaves.len() as u64);
        if expected != got {
            return Err(ProofError::WrongLeafCount { expected, got });
        }
        // All siblings on the left of the first leaf, all on the right of the last one.
        let lefts = first.count_ones() as usize;
        let rights = Steps::of(last, level_end).rights();
        same_length(lefts.saturating_add(rights), &self.path)?;

        let mut path = self.path.iter();
        let mut row: Vec<Hash> = Vec::new();
        while level_end != 0 {
            let nodes = if row.is_empty() { leaves } else { &row };
            let mut above = Vec::with_capacity(nodes.len().div_ceil(2).saturating_add(1));
            let pairs = match nodes.split_first() {
                Some((right, rest)) if first & 1 == 1 => {
                    above.extend(path.next().map(|left| tree.node(left, right)));
                    rest
                }
                _ => nodes,
            };
            tree.nodes(pairs, &mut above);
            if let (true, Some(left)) = (last & 1 == 0, pairs.last()) {
                // The last node of an uneven level goes up as it is.
                above.push(if last == level_end {
                    *left
                } else {
                    path.next().map_or(*left, |right| tree.node(left, right))
                });
            }
            row = above;
            (first, last, level_end) = (first >> 1, last >> 1, level_end >> 1);
        }
        let nodes = if row.is_empty() { leaves } else { &row };
        Ok(nodes.first().copied().unwrap_or_else(|| tree.empty()))
    }
}
