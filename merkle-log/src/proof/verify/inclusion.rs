//! Checking that a leaf stands in a tree or a subtree.

use super::climb::{Steps, climb};
use super::{same_length, same_root};
use crate::error::{PlanError, ProofError, WhichRoot};
use crate::hash::Hash;
use crate::index::{LeafIndex, NodeRange, TreeSize};
use crate::proof::forms::{InclusionProof, SubtreeInclusionProof};
use crate::tree::TreeType;

/// An inclusion proof that led to its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its root was compared with a trusted one"]
pub struct VerifiedInclusion {
    leaf_index: LeafIndex,
    tree_size: TreeSize,
    leaf: Hash,
    root: Hash,
}

impl VerifiedInclusion {
    pub(super) const fn new(proof: &InclusionProof, leaf: &Hash, root: &Hash) -> Self {
        Self {
            leaf_index: proof.leaf_index,
            tree_size: proof.tree_size,
            leaf: *leaf,
            root: *root,
        }
    }

    /// The index at which the leaf stands. It is as good as the tree size is: a root does not bind
    /// its size.
    pub const fn leaf_index(&self) -> LeafIndex {
        self.leaf_index
    }

    /// The size of the tree, as the proof claims.
    pub const fn tree_size(&self) -> TreeSize {
        self.tree_size
    }

    /// The hash of the leaf that is in the tree.
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }
}

impl InclusionProof {
    /// Checks that a tree with this `root` has a leaf with the hash `leaf` at the proof's index.
    /// O(log n) hashes.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongPathLength`] or
    /// [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        leaf: &Hash,
        root: &Hash,
    ) -> Result<VerifiedInclusion, ProofError> {
        let computed = self.computed_root(tree, leaf)?;
        same_root(WhichRoot::Tree, root, &computed)?;
        Ok(VerifiedInclusion::new(self, leaf, root))
    }

    /// The root that the proof leads to from `leaf`. It means nothing until it is compared with a
    /// root that is trusted.
    ///
    /// # Errors
    /// [`ProofError::Impossible`] or [`ProofError::WrongPathLength`].
    pub fn computed_root(&self, tree: TreeType, leaf: &Hash) -> Result<Hash, ProofError> {
        Ok(climb(tree, leaf, self.steps()?, &self.path))
    }

    /// The steps of the path, if it has the length it must have.
    pub(super) fn steps(&self) -> Result<Steps, ProofError> {
        let (index, size) = (self.leaf_index, self.tree_size);
        let last = match size.0.checked_sub(1) {
            Some(last) if index.0 <= last => last,
            _ => return Err(PlanError::IndexOutsideTree { index, size }.into()),
        };
        let steps = Steps::of(index.0, last);
        same_length(steps.len(), &self.path)?;
        Ok(steps)
    }
}

/// A subtree inclusion proof that led to its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its root was compared with a trusted one"]
pub struct VerifiedSubtreeInclusion {
    leaf_index: LeafIndex,
    subtree: NodeRange,
    leaf: Hash,
    root: Hash,
}

impl VerifiedSubtreeInclusion {
    /// The index in the whole tree at which the leaf stands.
    pub const fn leaf_index(&self) -> LeafIndex {
        self.leaf_index
    }

    /// The leaves of the subtree, as the proof claims.
    pub const fn subtree(&self) -> NodeRange {
        self.subtree
    }

    /// The hash of the leaf that is in the subtree.
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// The root of the subtree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }
}

impl SubtreeInclusionProof {
    /// Checks that a subtree with this `root` has a leaf with the hash `leaf` at the proof's index.
    /// O(log n) hashes.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongPathLength`] or
    /// [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        leaf: &Hash,
        root: &Hash,
    ) -> Result<VerifiedSubtreeInclusion, ProofError> {
        let (index, subtree) = (self.leaf_index, self.subtree);
        if !subtree.is_subtree() {
            return Err(PlanError::NotASubtree { subtree }.into());
        }
        let places = (
            index.0.checked_sub(subtree.begin),
            subtree.end.saturating_sub(subtree.begin).checked_sub(1),
        );
        let steps = match places {
            (Some(index), Some(last)) if index <= last => Steps::of(index, last),
            _ => return Err(PlanError::IndexOutsideSubtree { index, subtree }.into()),
        };
        same_length(steps.len(), &self.path)?;
        let computed = climb(tree, leaf, steps, &self.path);
        same_root(WhichRoot::Subtree, root, &computed)?;
        Ok(VerifiedSubtreeInclusion {
            leaf_index: index,
            subtree,
            leaf: *leaf,
            root: computed,
        })
    }
}
