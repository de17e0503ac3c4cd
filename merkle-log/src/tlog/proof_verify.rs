//! Checking a proof file: first who signed its checkpoint, then where its path leads.

use super::proof::{TlogProof, TlogProofError};
use crate::hash::Hash;
use crate::note::{VerifiedCheckpoint, VerifierKeys};
use crate::proof::{InclusionProof, VerifiedInclusion};
use crate::tree::TreeType;

/// A proof file whose checkpoint is signed by a known key and whose path leads to its root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its checkpoint's keys were compared with trusted ones"]
pub struct VerifiedTlogProof {
    checkpoint: VerifiedCheckpoint,
    inclusion: VerifiedInclusion,
}

impl VerifiedTlogProof {
    /// The checkpoint. Whether its origin and its signers are those expected is the caller's to
    /// ask.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// Where the leaf stands in the checkpoint's tree.
    pub const fn inclusion(&self) -> &VerifiedInclusion {
        &self.inclusion
    }
}

impl TlogProof {
    /// Checks that the leaf with the hash `leaf` is in the tree of a checkpoint that a known key
    /// has signed.
    ///
    /// # Errors
    /// [`TlogProofError::Note`] or [`TlogProofError::Path`].
    pub fn verify(
        &self,
        keys: &VerifierKeys,
        leaf: &Hash,
    ) -> Result<VerifiedTlogProof, TlogProofError> {
        let checkpoint = keys.verify_checkpoint(&self.checkpoint)?;
        let proof = InclusionProof {
            leaf_index: self.leaf_index,
            tree_size: checkpoint.checkpoint().size(),
            path: self.path.clone(),
        };
        let inclusion = proof.verify(TreeType::Sha256, leaf, checkpoint.checkpoint().root())?;
        Ok(VerifiedTlogProof {
            checkpoint,
            inclusion,
        })
    }
}
