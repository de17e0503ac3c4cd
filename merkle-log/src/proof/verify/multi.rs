//! Checking that leaves at any indices stand in a tree.
//!
//! As with a range, row by row; the nodes of a row may lie anywhere. First the rows are walked
//! without hashes, so that a path of the wrong length costs none.

use alloc::vec::Vec;

use super::{same_length, same_root};
use crate::error::{PlanError, ProofError, WhichRoot};
use crate::hash::Hash;
use crate::index::{LeafIndex, TreeSize};
use crate::proof::forms::MultiProof;
use crate::tree::TreeType;

/// A multi-leaf proof that led to its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its root was compared with a trusted one"]
pub struct VerifiedMulti<'a> {
    leaf_indices: &'a [LeafIndex],
    tree_size: TreeSize,
    leaves: &'a [Hash],
    root: Hash,
}

impl<'a> VerifiedMulti<'a> {
    /// The leaves that stand in the tree, each with its index. Indices are as good as the tree size
    /// is: a root does not bind its size.
    pub fn leaves(&self) -> impl ExactSizeIterator<Item = (LeafIndex, &'a Hash)> + use<'a> {
        self.leaf_indices.iter().copied().zip(self.leaves)
    }

    /// The size of the tree, as the proof claims.
    pub const fn tree_size(&self) -> TreeSize {
        self.tree_size
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }
}

impl MultiProof {
    /// Checks that a tree with this `root` has leaves with the hashes `leaves` at the proof's
    /// indices. At most O(log n) hashes a leaf; memory for a few times the leaves' hashes.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongLeafCount`], [`ProofError::WrongPathLength`]
    /// or [`ProofError::RootMismatch`].
    pub fn verify<'a>(
        &'a self,
        tree: TreeType,
        leaves: &'a [Hash],
        root: &Hash,
    ) -> Result<VerifiedMulti<'a>, ProofError> {
        let computed = self.computed_root(tree, leaves)?;
        same_root(WhichRoot::Tree, root, &computed)?;
        Ok(VerifiedMulti {
            leaf_indices: &self.leaf_indices,
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
        let last_leaf = self.check_indices()?;
        let (expected, got) = (self.leaf_indices.len() as u64, leaves.len() as u64);
        if expected != got {
            return Err(ProofError::WrongLeafCount { expected, got });
        }
        let indices = || self.leaf_indices.iter().map(|index| index.0).collect();
        same_length(needed(indices(), last_leaf), &self.path)?;

        let mut row: Vec<u64> = indices();
        let mut hashes: Vec<Hash> = leaves.to_vec();
        let mut path = self.path.iter().copied();
        let mut last = last_leaf;
        while last != 0 {
            // Pairs of siblings, hashed together; an unpaired last node goes up as it is.
            let mut pairs = Vec::with_capacity(hashes.len().saturating_mul(2));
            let mut unpaired = None;
            let mut known = hashes.iter().copied();
            let above = parents(&row, last, |side| {
                let node = known.next().unwrap_or_default();
                match side {
                    Missing::Left => pairs.extend(path.next().into_iter().chain([node])),
                    Missing::Right => pairs.extend([node].into_iter().chain(path.next())),
                    Missing::Neither => pairs.extend([node].into_iter().chain(known.next())),
                    Missing::Parent => unpaired = Some(node),
                }
            });
            hashes.clear();
            tree.nodes(&pairs, &mut hashes);
            hashes.extend(unpaired);
            row = above;
            last >>= 1;
        }
        Ok(hashes.first().copied().unwrap_or_else(|| tree.empty()))
    }

    /// The index of the tree's last leaf, if the proof's leaves are in order and in the tree.
    fn check_indices(&self) -> Result<u64, PlanError> {
        let (indices, size) = (&self.leaf_indices, self.tree_size);
        for (previous, next) in indices.iter().zip(indices.iter().skip(1)) {
            if previous >= next {
                return Err(PlanError::IndicesNotRising {
                    previous: *previous,
                    next: *next,
                });
            }
        }
        match (indices.last(), size.0.checked_sub(1)) {
            (None, _) => Err(PlanError::NoLeaves),
            (Some(index), Some(last)) if index.0 <= last => Ok(last),
            (Some(index), _) => Err(PlanError::IndexOutsideTree {
                index: *index,
                size,
            }),
        }
    }
}

/// What a node of a row lacks to give its parent.
enum Missing {
    /// Its sibling on the left.
    Left,
    /// Its sibling on the right.
    Right,
    /// Nothing: its sibling follows in the row.
    Neither,
    /// It is the last of an uneven level and has no sibling.
    Parent,
}

/// The nodes above those of a row, whose level ends with the node `last`.
fn parents(row: &[u64], last: u64, mut each: impl FnMut(Missing)) -> Vec<u64> {
    let mut above = Vec::with_capacity(row.len());
    let mut nodes = row.iter().copied().peekable();
    while let Some(index) = nodes.next() {
        each(if index & 1 == 1 {
            Missing::Left
        } else if nodes.next_if(|next| *next == index | 1).is_some() {
            Missing::Neither
        } else if index == last {
            Missing::Parent
        } else {
            Missing::Right
        });
        above.push(index >> 1);
    }
    above
}

/// How many hashes the path has to give.
fn needed(mut row: Vec<u64>, mut last: u64) -> usize {
    let mut count = 0usize;
    while last != 0 {
        row = parents(&row, last, |missing| {
            let given = matches!(missing, Missing::Left | Missing::Right);
            count = count.saturating_add(usize::from(given));
        });
        last >>= 1;
    }
    count
}
