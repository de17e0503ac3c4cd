//! Making proofs: a plan names the nodes, a reader fetches them.
//!
//! Every function here reads O(log n) nodes (a multi-leaf proof as many for each leaf) and hashes only
//! for the one sibling that may be incomplete. A tree may have any size whose nodes the reader has.

use alloc::vec::Vec;

use super::forms::{
    ConsistencyProof, InclusionProof, MultiProof, RangeProof, SubtreeConsistencyProof,
    SubtreeInclusionProof,
};
use super::plan::{
    Step, Steps, consistency_plan, inclusion_plan, subtree_consistency_plan, subtree_inclusion_plan,
};
use super::plan_many::{multi_steps, range_steps};
use crate::error::ProveError;
use crate::hash::Hash;
use crate::index::{LeafIndex, NodeRange, TreeSize};
use crate::reader::{NodeReader, hashes_of};
use crate::tree::TreeType;

/// Proves that the leaf at `index` is in the tree of `size` leaves.
///
/// # Errors
/// [`ProveError::Plan`] unless `index < size`; [`ProveError::Read`] where a node cannot be read.
pub fn prove_inclusion<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    index: LeafIndex,
    size: TreeSize,
) -> Result<InclusionProof, ProveError<R::Error>> {
    Ok(InclusionProof {
        leaf_index: index,
        tree_size: size,
        path: fetch(reader, tree, Steps(inclusion_plan(index, size)?))?,
    })
}

/// Proves that the tree of `first` leaves is a prefix of that of `second` leaves. The proof is empty
/// for equal sizes.
///
/// # Errors
/// [`ProveError::Plan`] unless `1 <= first <= second`; [`ProveError::Read`] where a node cannot be
/// read.
pub fn prove_consistency<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    first: TreeSize,
    second: TreeSize,
) -> Result<ConsistencyProof, ProveError<R::Error>> {
    Ok(ConsistencyProof {
        first_size: first,
        second_size: second,
        path: fetch(reader, tree, Steps(consistency_plan(first, second)?))?,
    })
}

/// Proves that the leaves `[begin, end)` are in the tree of `size` leaves.
///
/// # Errors
/// [`ProveError::Plan`] unless `begin < end <= size`; [`ProveError::Read`] where a node cannot be
/// read.
pub fn prove_range<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    begin: LeafIndex,
    end: LeafIndex,
    size: TreeSize,
) -> Result<RangeProof, ProveError<R::Error>> {
    Ok(RangeProof {
        begin,
        end,
        tree_size: size,
        path: fetch(reader, tree, range_steps(begin, end, size)?)?,
    })
}

/// Proves that the leaves at `indices`, which rise, are in the tree of `size` leaves.
///
/// # Errors
/// [`ProveError::Plan`] where there are no indices, where they do not rise, or unless all are below
/// `size`; [`ProveError::Read`] where a node cannot be read.
pub fn prove_multi<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    indices: &[LeafIndex],
    size: TreeSize,
) -> Result<MultiProof, ProveError<R::Error>> {
    Ok(MultiProof {
        leaf_indices: indices.to_vec(),
        tree_size: size,
        path: fetch(reader, tree, multi_steps(indices, size)?)?,
    })
}

/// Proves that the leaf at `index` is in `subtree`.
///
/// # Errors
/// [`ProveError::Plan`] unless it is a subtree that has the leaf; [`ProveError::Read`] where a node
/// cannot be read.
pub fn prove_subtree_inclusion<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    index: LeafIndex,
    subtree: NodeRange,
) -> Result<SubtreeInclusionProof, ProveError<R::Error>> {
    Ok(SubtreeInclusionProof {
        leaf_index: index,
        subtree,
        path: fetch(reader, tree, Steps(subtree_inclusion_plan(index, subtree)?))?,
    })
}

/// Proves that `subtree` is part of the tree of `size` leaves.
///
/// # Errors
/// [`ProveError::Plan`] unless it is a subtree that ends within the tree; [`ProveError::Read`] where
/// a node cannot be read.
pub fn prove_subtree_consistency<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    subtree: NodeRange,
    size: TreeSize,
) -> Result<SubtreeConsistencyProof, ProveError<R::Error>> {
    Ok(SubtreeConsistencyProof {
        subtree,
        tree_size: size,
        path: fetch(
            reader,
            tree,
            Steps(subtree_consistency_plan(subtree, size)?),
        )?,
    })
}

fn fetch<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    steps: impl IntoIterator<Item = Step>,
) -> Result<Vec<Hash>, ProveError<R::Error>> {
    hashes_of(reader, tree, steps.into_iter()).map_err(ProveError::Read)
}
