//! Checking many inclusion proofs against one root.
//!
//! The chain of hashes of one proof cannot be shortened: each needs the one before. The chains of
//! several proofs can go side by side, though. So a few proofs climb together, a step at a time,
//! and each step is one call of the tree type's batch function.

use alloc::vec::Vec;

use super::climb::{Sibling, Steps};
use super::inclusion::VerifiedInclusion;
use super::same_root;
use crate::error::{ProofError, WhichRoot};
use crate::hash::Hash;
use crate::proof::forms::InclusionProof;
use crate::tree::TreeType;

/// Proofs that climb together.
const TOGETHER: usize = 16;

/// Checks each proof, given with the hash of its leaf, against one `root`, as
/// [`InclusionProof::verify`] does; one verdict for each, in their order.
pub fn verify_inclusions<'a, P>(
    tree: TreeType,
    proofs: P,
    root: &Hash,
) -> Vec<Result<VerifiedInclusion, ProofError>>
where
    P: IntoIterator<Item = (&'a InclusionProof, &'a Hash)>,
{
    let mut proofs = proofs.into_iter();
    let mut verdicts = Vec::with_capacity(proofs.size_hint().0);
    let mut climbers = Vec::with_capacity(TOGETHER);
    loop {
        climbers.extend(proofs.by_ref().take(TOGETHER).map(Climber::new));
        if climbers.is_empty() {
            return verdicts;
        }
        climb_together(tree, &mut climbers);
        verdicts.extend(climbers.drain(..).map(|climber| climber.verdict(root)));
    }
}

/// A proof on its way up.
struct Climber<'a> {
    proof: &'a InclusionProof,
    leaf: &'a Hash,
    hash: Hash,
    /// The steps and siblings still to come, or why there are none.
    way: Result<core::iter::Zip<Steps, core::slice::Iter<'a, Hash>>, ProofError>,
}

impl<'a> Climber<'a> {
    fn new((proof, leaf): (&'a InclusionProof, &'a Hash)) -> Self {
        Self {
            proof,
            leaf,
            hash: *leaf,
            way: proof.steps().map(|steps| steps.zip(&proof.path)),
        }
    }

    /// The children of the next node on the way.
    fn next_pair(&mut self) -> Option<[Hash; 2]> {
        let (side, sibling) = self.way.as_mut().ok()?.next()?;
        Some(match side {
            Sibling::Left => [*sibling, self.hash],
            Sibling::Right => [self.hash, *sibling],
        })
    }

    fn verdict(self, root: &Hash) -> Result<VerifiedInclusion, ProofError> {
        let _at_the_top = self.way?;
        same_root(WhichRoot::Tree, root, &self.hash)?;
        Ok(VerifiedInclusion::new(self.proof, self.leaf, root))
    }
}

fn climb_together(tree: TreeType, climbers: &mut [Climber<'_>]) {
    let mut pairs = Vec::with_capacity(climbers.len().saturating_mul(2));
    let mut parents = Vec::with_capacity(climbers.len());
    let mut climbing: Vec<&mut Climber<'_>> = climbers.iter_mut().collect();
    loop {
        pairs.clear();
        climbing.retain_mut(|climber| match climber.next_pair() {
            Some(pair) => {
                pairs.extend(pair);
                true
            }
            None => false,
        });
        if climbing.is_empty() {
            return;
        }
        parents.clear();
        tree.nodes(&pairs, &mut parents);
        for (climber, parent) in climbing.iter_mut().zip(&parents) {
            climber.hash = *parent;
        }
    }
}
