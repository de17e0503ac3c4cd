//! What a proof consists of. Proofs are made in `prove` and checked in `verify`.

use alloc::vec::Vec;

use crate::hash::Hash;
use crate::index::{LeafIndex, TreeSize};

/// Shows that a leaf stands at an index of a tree (RFC 6962 section 2.1.1). It proves nothing
/// until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InclusionProof {
    /// The leaf.
    pub leaf_index: LeafIndex,
    /// The size of the tree.
    pub tree_size: TreeSize,
    /// The hashes of the siblings on the way from the leaf to the root.
    pub path: Vec<Hash>,
}

/// Shows that an earlier tree is a prefix of a later one (RFC 6962 section 2.1.2). It proves
/// nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConsistencyProof {
    /// The size of the earlier tree, at least 1.
    pub first_size: TreeSize,
    /// The size of the later tree.
    pub second_size: TreeSize,
    /// The hashes of the proof, from the leaves to the root.
    pub path: Vec<Hash>,
}
