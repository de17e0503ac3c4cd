//! What proofs consist of: plain data that anybody may fill in. Proofs are made in
//! [`prove`](super::prove) and checked in [`verify`](super::verify).
//!
//! All of them hold hashes in one order: from the leaves to the root, and from left to right where
//! a level has several. So the proof of one leaf is the same in every form.

use alloc::vec::Vec;

use crate::hash::Hash;
use crate::index::{LeafIndex, NodeRange, TreeSize};

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

/// Shows that consecutive leaves `[begin, end)` stand in a tree: all of them, in their order. It
/// proves nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RangeProof {
    /// The first leaf.
    pub begin: LeafIndex,
    /// The leaf after the last one; greater than `begin`.
    pub end: LeafIndex,
    /// The size of the tree.
    pub tree_size: TreeSize,
    /// The hashes of the nodes beside the range, at most 126.
    pub path: Vec<Hash>,
}

/// Shows that leaves stand at any indices of a tree. No hash is in it twice, and none that can be
/// computed from the others. It proves nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MultiProof {
    /// The leaves, rising; at least one.
    pub leaf_indices: Vec<LeafIndex>,
    /// The size of the tree.
    pub tree_size: TreeSize,
    /// The hashes of the greatest nodes that have none of the leaves below them.
    pub path: Vec<Hash>,
}

/// Shows that a leaf stands in a subtree (Merkle Tree Certificates, subtree inclusion proofs). It
/// proves nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubtreeInclusionProof {
    /// The leaf: its index in the tree, not in the subtree.
    pub leaf_index: LeafIndex,
    /// The leaves of the subtree.
    pub subtree: NodeRange,
    /// The hashes of the siblings on the way from the leaf to the subtree's root.
    pub path: Vec<Hash>,
}

/// Shows that a subtree is part of a tree (Merkle Tree Certificates, subtree consistency proofs).
/// For a subtree that begins at leaf 0 it is the consistency proof. It proves nothing until it was
/// [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubtreeConsistencyProof {
    /// The leaves of the subtree.
    pub subtree: NodeRange,
    /// The size of the tree.
    pub tree_size: TreeSize,
    /// The hashes of the proof, from the leaves to the root.
    pub path: Vec<Hash>,
}
