//! What a proof of a Merkle log is for, and what it claims to lead to.
//!
//! Invariant: what a file says is a claim: names, sizes and roots count only once they were
//! compared.

use merkle_log::{
    ConsistencyProof, Hash, InclusionProof, MultiProof, NodeRange, Proof, RangeProof,
    SubtreeConsistencyProof, SubtreeInclusionProof,
};

use super::anchor::Anchor;

/// A proof with the hashes that it claims to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A leaf stands in a tree.
    Inclusion {
        /// The hash of the leaf.
        leaf: Hash,
        /// The root of the tree.
        root: Hash,
        /// The proof.
        proof: InclusionProof,
    },
    /// A tree is the beginning of a later one.
    Consistency {
        /// The root of the earlier tree.
        first_root: Hash,
        /// The root of the later tree.
        second_root: Hash,
        /// The proof.
        proof: ConsistencyProof,
    },
    /// Consecutive leaves stand in a tree.
    Range {
        /// The hashes of the leaves.
        leaves: Vec<Hash>,
        /// The root of the tree.
        root: Hash,
        /// The proof.
        proof: RangeProof,
    },
    /// Leaves at any indices stand in a tree.
    Multi {
        /// The hashes of the leaves.
        leaves: Vec<Hash>,
        /// The root of the tree.
        root: Hash,
        /// The proof.
        proof: MultiProof,
    },
    /// A leaf stands in a subtree.
    SubtreeInclusion {
        /// The hash of the leaf.
        leaf: Hash,
        /// The root of the subtree.
        root: Hash,
        /// The proof.
        proof: SubtreeInclusionProof,
    },
    /// A subtree is part of a tree.
    SubtreeConsistency {
        /// The root of the subtree.
        subtree_root: Hash,
        /// The root of the tree.
        root: Hash,
        /// The proof.
        proof: SubtreeConsistencyProof,
    },
}

impl Claim {
    /// The kind of proof, as files name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Inclusion { .. } => "inclusion",
            Self::Consistency { .. } => "consistency",
            Self::Range { .. } => "range",
            Self::Multi { .. } => "multi",
            Self::SubtreeInclusion { .. } => "subtree_inclusion",
            Self::SubtreeConsistency { .. } => "subtree_consistency",
        }
    }

    /// What the proof claims to lead to: of two roots, that of the later or larger tree.
    #[must_use]
    pub const fn root(&self) -> Anchor {
        match self {
            Self::Inclusion { root, proof, .. } => Anchor::of_tree(*root, proof.tree_size),
            Self::Consistency {
                second_root, proof, ..
            } => Anchor::of_tree(*second_root, proof.second_size),
            Self::Range { root, proof, .. } => Anchor::of_tree(*root, proof.tree_size),
            Self::Multi { root, proof, .. } => Anchor::of_tree(*root, proof.tree_size),
            Self::SubtreeInclusion { root, proof, .. } => Anchor {
                root: *root,
                range: proof.subtree,
            },
            Self::SubtreeConsistency { root, proof, .. } => Anchor::of_tree(*root, proof.tree_size),
        }
    }

    /// Of a proof between two roots, the earlier one or that of the subtree.
    #[must_use]
    pub const fn old_root(&self) -> Option<Anchor> {
        match self {
            Self::Consistency {
                first_root, proof, ..
            } => Some(Anchor::of_tree(*first_root, proof.first_size)),
            Self::SubtreeConsistency {
                subtree_root,
                proof,
                ..
            } => Some(Anchor {
                root: *subtree_root,
                range: proof.subtree,
            }),
            _ => None,
        }
    }

    /// The hashes that it claims, leaves before roots, and the proof.
    pub(super) fn parts(&self) -> (Vec<Hash>, Proof) {
        let many = |leaves: &[Hash], root: &Hash| {
            let hashes = leaves.iter().chain([root]);
            hashes.copied().collect()
        };
        match self {
            Self::Inclusion { leaf, root, proof } => (vec![*leaf, *root], proof.clone().into()),
            Self::Consistency {
                first_root,
                second_root,
                proof,
            } => (vec![*first_root, *second_root], proof.clone().into()),
            Self::Range {
                leaves,
                root,
                proof,
            } => (many(leaves, root), proof.clone().into()),
            Self::Multi {
                leaves,
                root,
                proof,
            } => (many(leaves, root), proof.clone().into()),
            Self::SubtreeInclusion { leaf, root, proof } => {
                (vec![*leaf, *root], proof.clone().into())
            }
            Self::SubtreeConsistency {
                subtree_root,
                root,
                proof,
            } => (vec![*subtree_root, *root], proof.clone().into()),
        }
    }

    /// What [`parts`](Self::parts) gave; `None` where they are not those of a claim.
    pub(super) fn of_parts(mut hashes: Vec<Hash>, proof: Proof) -> Option<Self> {
        let root = hashes.pop()?;
        let one = |hashes: Vec<Hash>| <[Hash; 1]>::try_from(hashes).ok();
        Some(match proof {
            Proof::Inclusion(proof) => {
                let [leaf] = one(hashes)?;
                Self::Inclusion { leaf, root, proof }
            }
            Proof::Consistency(proof) => {
                let [first_root] = one(hashes)?;
                Self::Consistency {
                    first_root,
                    second_root: root,
                    proof,
                }
            }
            Proof::Range(proof) => Self::Range {
                leaves: hashes,
                root,
                proof,
            },
            Proof::Multi(proof) => Self::Multi {
                leaves: hashes,
                root,
                proof,
            },
            Proof::SubtreeInclusion(proof) => {
                let [leaf] = one(hashes)?;
                Self::SubtreeInclusion { leaf, root, proof }
            }
            Proof::SubtreeConsistency(proof) => {
                let [subtree_root] = one(hashes)?;
                Self::SubtreeConsistency {
                    subtree_root,
                    root,
                    proof,
                }
            }
            _ => return None,
        })
    }
}

/// How a range of leaves is written for people: a tree by its size.
pub(super) fn tree_name(range: NodeRange) -> String {
    match range {
        NodeRange { begin: 0, end } => format!("the tree of size {end}"),
        subtree => format!("the subtree {subtree}"),
    }
}
