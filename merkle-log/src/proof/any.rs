//! A proof of any form, for those who keep or send proofs without looking into them.

use super::forms::{
    ConsistencyProof, InclusionProof, MultiProof, RangeProof, SubtreeConsistencyProof,
    SubtreeInclusionProof,
};

/// A proof of any form. As with each of them, it proves nothing until it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Proof {
    /// A leaf stands at an index of a tree.
    Inclusion(InclusionProof),
    /// A tree is a prefix of a later one.
    Consistency(ConsistencyProof),
    /// Consecutive leaves stand in a tree.
    Range(RangeProof),
    /// Leaves stand at any indices of a tree.
    Multi(MultiProof),
    /// A leaf stands in a subtree.
    SubtreeInclusion(SubtreeInclusionProof),
    /// A subtree is part of a tree.
    SubtreeConsistency(SubtreeConsistencyProof),
}

macro_rules! from_forms {
    ($($variant:ident($form:ty)),+ $(,)?) => {$(
        impl From<$form> for Proof {
            fn from(proof: $form) -> Self {
                Self::$variant(proof)
            }
        }
    )+};
}

from_forms!(
    Inclusion(InclusionProof),
    Consistency(ConsistencyProof),
    Range(RangeProof),
    Multi(MultiProof),
    SubtreeInclusion(SubtreeInclusionProof),
    SubtreeConsistency(SubtreeConsistencyProof),
);
