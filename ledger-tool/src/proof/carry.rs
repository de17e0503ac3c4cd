//! Carrying a proof of an entry on to a later tree, without the store.
//!
//! Invariant: what comes out leads to the consistency proof's later root, or nothing does.

use merkle_log::ProofError;

use super::claim::Claim;
use super::file::ProofFile;

/// A proof cannot be carried on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarryError {
    /// The files are not a proof of an entry and a consistency proof.
    #[error("a proof of one entry is carried on by a consistency proof")]
    Kinds,
    /// The files are of two trees.
    #[error("the two proofs are of different ledgers")]
    Sources,
    /// The proofs do not meet in one root.
    #[error("the first proof leads to another root than the one that the second starts from")]
    Roots,
    /// One of the proofs does not hold.
    #[error("{0}")]
    Proof(#[from] ProofError),
}

/// The proof of the same entry in the later tree of `consistency`. It leads to that tree's root as
/// the file claims it: nobody has vouched for either.
///
/// # Errors
/// Every [`CarryError`].
pub fn carried_on(proof: &ProofFile, consistency: &ProofFile) -> Result<ProofFile, CarryError> {
    let (
        Claim::Inclusion {
            leaf,
            root,
            proof: inclusion,
        },
        Claim::Consistency {
            first_root,
            second_root,
            proof: growth,
        },
    ) = (&proof.claim, &consistency.claim)
    else {
        return Err(CarryError::Kinds);
    };
    let tree = proof.tree;
    let no_source = proof.source == super::Source::default();
    if tree != consistency.tree || (proof.source != consistency.source && !no_source) {
        return Err(CarryError::Sources);
    }
    if root != first_root {
        return Err(CarryError::Roots);
    }
    let _holds = inclusion.verify(tree, leaf, root)?;
    let _holds = growth.verify(tree, first_root, second_root)?;
    let carried = inclusion.carried_on(tree, growth)?;
    let _holds = carried.verify(tree, leaf, second_root)?;
    Ok(ProofFile {
        source: consistency.source.clone(),
        tree,
        claim: Claim::Inclusion {
            leaf: *leaf,
            root: *second_root,
            proof: carried,
        },
        checkpoint: None,
    })
}
