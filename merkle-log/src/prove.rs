//! Making proofs: a plan names the nodes, a reader fetches them.

use alloc::vec::Vec;

use crate::error::ProveError;
use crate::hash::Hash;
use crate::index::{LeafIndex, TreeSize};
use crate::plan::{Plan, consistency_plan, inclusion_plan};
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::reader::{NodeReader, hash_of_range};
use crate::tree::TreeType;

/// Proves that the leaf at `index` is in the tree of `size` leaves, which may be any size whose
/// nodes the reader has. O(log n) reads; hashes only for one incomplete sibling.
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
        path: fetch(reader, tree, inclusion_plan(index, size)?)?,
    })
}

/// Proves that the tree of `first` leaves is a prefix of that of `second` leaves. O(log n) reads;
/// hashes only for one incomplete sibling. The proof is empty for equal sizes.
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
        path: fetch(reader, tree, consistency_plan(first, second)?)?,
    })
}

fn fetch<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    plan: Plan,
) -> Result<Vec<Hash>, ProveError<R::Error>> {
    let mut path = Vec::with_capacity(plan.len());
    for range in plan {
        path.push(hash_of_range(reader, tree, range).map_err(ProveError::Read)?);
    }
    Ok(path)
}
