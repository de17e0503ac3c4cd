//! Carrying an inclusion proof on to a later size of its tree, without the tree.
//!
//! The hash of a range of leaves is the same in every tree that has a node over it. Most siblings of
//! a leaf's path at the later size are in the old path or in the consistency proof. The one that is
//! not holds the old tree's last leaf: the consistency proof climbs through it.

use alloc::vec::Vec;

use super::forms::{ConsistencyProof, InclusionProof};
use super::plan::{Plan, consistency_plan, inclusion_plan};
use crate::error::ProofError;
use crate::hash::Hash;
use crate::index::NodeRange;
use crate::tree::TreeType;

impl InclusionProof {
    /// The proof for the same leaf in the tree that `consistency` leads to. Where both proofs
    /// verify, so does the result; it proves nothing until it was [verified](Self::verify) itself.
    /// O(log n) hashes.
    ///
    /// # Errors
    /// [`ProofError::WrongFirstSize`] unless the consistency proof starts at the size of this
    /// proof; [`ProofError::Impossible`] or [`ProofError::WrongPathLength`] for either of them.
    pub fn carried_on(
        &self,
        tree: TreeType,
        consistency: &ConsistencyProof,
    ) -> Result<Self, ProofError> {
        let (first, second) = (consistency.first_size, consistency.second_size);
        if first != self.tree_size {
            return Err(ProofError::WrongFirstSize {
                expected: self.tree_size,
                got: first,
            });
        }
        let old = nodes(inclusion_plan(self.leaf_index, first)?, &self.path)?;
        let way = nodes(consistency_plan(first, second)?, &consistency.path)?;
        let known = |wanted: NodeRange| {
            let mut nodes = old.iter().chain(&way);
            let node = nodes.find(|(range, _)| *range == wanted);
            node.map(|(_, hash)| *hash)
        };
        let path = inclusion_plan(self.leaf_index, second)?
            .filter_map(|wanted| known(wanted).or_else(|| climb_to(tree, &way, wanted)))
            .collect();
        Ok(Self {
            leaf_index: self.leaf_index,
            tree_size: second,
            path,
        })
    }
}

/// The ranges of a plan with the hashes of a path.
fn nodes(plan: Plan, path: &[Hash]) -> Result<Vec<(NodeRange, Hash)>, ProofError> {
    let (expected, got) = (plan.len(), path.len());
    if expected != got {
        return Err(ProofError::WrongPathLength { expected, got });
    }
    Ok(plan.zip(path.iter().copied()).collect())
}

/// The hash of a node that the way from the first of `way` to the root comes through.
fn climb_to(tree: TreeType, way: &[(NodeRange, Hash)], wanted: NodeRange) -> Option<Hash> {
    let (&(mut range, mut hash), siblings) = way.split_first()?;
    for (sibling, sibling_hash) in siblings {
        if sibling.begin < range.begin {
            hash = tree.node(sibling_hash, &hash);
            range.begin = sibling.begin;
        } else {
            hash = tree.node(&hash, sibling_hash);
            range.end = sibling.end;
        }
        if range == wanted {
            return Some(hash);
        }
    }
    None
}
