//! Proofs: what they consist of, how they are made and how they are checked.
//!
//! | form | shows |
//! |---|---|
//! | [`InclusionProof`] | a leaf stands at an index of a tree |
//! | [`MultiProof`], [`RangeProof`] | leaves stand at many indices, or at all indices of a range |
//! | [`ConsistencyProof`] | a tree is a prefix of a later one |
//! | [`SubtreeInclusionProof`] | a leaf stands in a subtree |
//! | [`SubtreeConsistencyProof`] | a subtree is part of a tree |
//!
//! A plan names the nodes that a proof consists of, a reader fetches them; verification uses
//! neither and shares nothing with them but the hash functions and the types.

mod any;
mod carry;
#[cfg(feature = "compact")]
mod compact;
mod forms;
mod plan;
mod plan_many;
mod prove;
mod verify;

pub use any::Proof;
#[cfg(feature = "compact")]
pub use compact::{COMPACT_LEN_MAX, CompactError};
pub use forms::{
    ConsistencyProof, InclusionProof, MultiProof, RangeProof, SubtreeConsistencyProof,
    SubtreeInclusionProof,
};
pub(crate) use plan::Step;
pub use plan::{
    Plan, consistency_plan, inclusion_plan, subtree_consistency_plan, subtree_inclusion_plan,
};
pub use plan_many::{multi_plan, range_plan};
pub use prove::{
    prove_consistency, prove_inclusion, prove_multi, prove_range, prove_subtree_consistency,
    prove_subtree_inclusion,
};
pub use verify::{
    VerifiedConsistency, VerifiedInclusion, VerifiedMulti, VerifiedRange,
    VerifiedSubtreeConsistency, VerifiedSubtreeInclusion, verify_inclusions,
};
