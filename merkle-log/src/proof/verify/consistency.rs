//! Checking that a tree or a subtree is part of a tree.
//!
//! One climb leads to two roots. It starts at the last perfect subtree of the smaller tree; a
//! sibling on the left that lies in the smaller tree belongs to both, any other to the larger
//! only.

use super::climb::{Sibling, Steps, shr};
use super::{same_length, same_root};
use crate::error::{PlanError, ProofError, WhichRoot};
use crate::hash::Hash;
use crate::index::{NodeRange, TreeSize};
use crate::proof::forms::{ConsistencyProof, SubtreeConsistencyProof};
use crate::tree::TreeType;

/// A consistency proof that led to both roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its roots were compared with trusted ones"]
pub struct VerifiedConsistency {
    first: (TreeSize, Hash),
    second: (TreeSize, Hash),
}

impl VerifiedConsistency {
    /// Size and root of the earlier tree.
    pub const fn first(&self) -> (TreeSize, Hash) {
        self.first
    }

    /// Size and root of the later tree, which has the earlier one as a prefix.
    pub const fn second(&self) -> (TreeSize, Hash) {
        self.second
    }
}

impl ConsistencyProof {
    /// Checks that the tree with `first_root` is a prefix of the one with `second_root`. O(log n)
    /// hashes.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongPathLength`] or
    /// [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        first_root: &Hash,
        second_root: &Hash,
    ) -> Result<VerifiedConsistency, ProofError> {
        let (first, second) = (self.first_size, self.second_size);
        if first.0 == 0 {
            return Err(PlanError::ConsistencyFromEmpty.into());
        }
        if first > second {
            return Err(PlanError::SizesDecrease { first, second }.into());
        }
        let (from, to) = two_roots(tree, first.leaves(), second, first_root, &self.path)?;
        same_root(WhichRoot::First, first_root, &from)?;
        same_root(WhichRoot::Second, second_root, &to)?;
        Ok(VerifiedConsistency {
            first: (first, from),
            second: (second, to),
        })
    }
}

/// A subtree consistency proof that led to both roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its roots were compared with trusted ones"]
pub struct VerifiedSubtreeConsistency {
    subtree: (NodeRange, Hash),
    tree: Option<(TreeSize, Hash)>,
}

impl VerifiedSubtreeConsistency {
    /// Leaves and root of the subtree.
    pub const fn subtree(&self) -> (NodeRange, Hash) {
        self.subtree
    }

    /// Size and root of the tree that the subtree is part of. An empty subtree is part of every
    /// tree and shows nothing of any: there is none then.
    pub const fn tree(&self) -> Option<(TreeSize, Hash)> {
        self.tree
    }
}

impl SubtreeConsistencyProof {
    /// Checks that the subtree with `subtree_root` is part of the tree with `root`. O(log n)
    /// hashes. The proof for an empty subtree is empty and verifies against any `root`: its
    /// verdict does not speak of the tree.
    ///
    /// # Errors
    /// [`ProofError::Impossible`], [`ProofError::WrongPathLength`] or
    /// [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        subtree_root: &Hash,
        root: &Hash,
    ) -> Result<VerifiedSubtreeConsistency, ProofError> {
        let (subtree, size) = (self.subtree, self.tree_size);
        if !subtree.is_subtree() {
            return Err(PlanError::NotASubtree { subtree }.into());
        }
        if subtree.end > size.0 {
            return Err(PlanError::SubtreeOutsideTree { subtree, size }.into());
        }
        if subtree.is_empty() {
            same_length(0, &self.path)?;
            same_root(WhichRoot::Subtree, subtree_root, &tree.empty())?;
            return Ok(VerifiedSubtreeConsistency {
                subtree: (subtree, *subtree_root),
                tree: None,
            });
        }
        let (from, to) = two_roots(tree, subtree, size, subtree_root, &self.path)?;
        same_root(WhichRoot::Subtree, subtree_root, &from)?;
        same_root(WhichRoot::Tree, root, &to)?;
        Ok(VerifiedSubtreeConsistency {
            subtree: (subtree, from),
            tree: Some((size, to)),
        })
    }
}

/// The roots of a subtree that is not empty and of the tree of `size` it ends in, as a proof gives
/// them. Where the subtree is a node of the tree the proof does not hold its hash: the climb
/// starts from the given one.
fn two_roots(
    tree: TreeType,
    subtree: NodeRange,
    size: TreeSize,
    subtree_root: &Hash,
    path: &[Hash],
) -> Result<(Hash, Hash), ProofError> {
    let height = subtree.height();
    let level = if subtree.end == size.0 {
        height
    } else {
        subtree.end.trailing_zeros().min(height)
    };
    let last_of = |end: u64| shr(end.saturating_sub(1), level);
    let index = last_of(subtree.end);
    let steps = Steps::of(index, last_of(size.0));

    // Within the node that the subtree begins, be it complete in the larger tree or not, a sibling
    // on the left is part of the subtree.
    let room = shr(u64::MAX, u64::BITS.saturating_sub(height));
    let node_end = subtree.begin.saturating_add(room).saturating_add(1);
    let begin = shr(subtree.begin, level);
    let inside = Steps::of(
        index.saturating_sub(begin),
        last_of(size.0.min(node_end)).saturating_sub(begin),
    );

    let holds_seed = level < height;
    same_length(steps.len().saturating_add(usize::from(holds_seed)), path)?;
    let (seed, siblings) = match path.split_first() {
        Some((seed, siblings)) if holds_seed => (seed, siblings),
        _ => (subtree_root, path),
    };
    let mut steps = steps.zip(siblings);
    let within = steps.by_ref().take(inside.len());
    let (from, to) = within.fold((*seed, *seed), |(from, to), (side, sibling)| match side {
        Sibling::Left => tree.two_nodes([[sibling, &from], [sibling, &to]]).into(),
        Sibling::Right => (from, tree.node(&to, sibling)),
    });
    let to = steps.fold(to, |to, (side, sibling)| match side {
        Sibling::Left => tree.node(sibling, &to),
        Sibling::Right => tree.node(&to, sibling),
    });
    Ok((from, to))
}
