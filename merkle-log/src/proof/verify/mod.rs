//! Checking proofs: no reader, no store, and nothing shared with those who make proofs but the
//! hash functions and the types.
//!
//! A proof that leads to the root it is held against becomes a verdict; only verdicts answer
//! questions. Verification is strict: every hash of a path has one place, so a path with one too
//! few, too many or out of place is refused, by its length or by the root.

#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod batch;
mod climb;
mod consistency;
mod inclusion;
mod multi;
mod range;

pub use batch::verify_inclusions;
pub use consistency::{VerifiedConsistency, VerifiedSubtreeConsistency};
pub use inclusion::{VerifiedInclusion, VerifiedSubtreeInclusion};
pub use multi::VerifiedMulti;
pub use range::VerifiedRange;

use crate::error::{ProofError, WhichRoot};
use crate::hash::Hash;

fn same_root(which: WhichRoot, expected: &Hash, computed: &Hash) -> Result<(), ProofError> {
    if expected == computed {
        return Ok(());
    }
    Err(ProofError::RootMismatch {
        which,
        expected: *expected,
        computed: *computed,
    })
}

const fn same_length(expected: usize, path: &[Hash]) -> Result<(), ProofError> {
    let got = path.len();
    if got == expected {
        return Ok(());
    }
    Err(ProofError::WrongPathLength { expected, got })
}
