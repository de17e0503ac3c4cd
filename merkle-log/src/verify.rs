//! Checking proofs: no reader, no store, and nothing shared with those who make proofs but the
//! hash functions and the types.
//!
//! Why the lengths are what they are (RFC 9162 sections 2.1.3.2 and 2.1.4.2 say the same as a
//! loop). Compare the path of a node with that of the last node of its level. Up to where they
//! meet, each step has a sibling: on the left if the node is a right child, else on the right.
//! From there on the node is itself the last of its level, so that a sibling exists only on the
//! left. `inner` counts the first steps, `border` the others; the sum is the only length a proof
//! may have.

#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::error::{ProofError, WhichRoot};
use crate::hash::Hash;
use crate::index::{LeafIndex, TreeSize};
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::tree::TreeType;

/// An inclusion proof that led to its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a proof answers only after its root was compared with a trusted one"]
pub struct VerifiedInclusion {
    leaf_index: LeafIndex,
    tree_size: TreeSize,
    leaf: Hash,
    root: Hash,
}

impl VerifiedInclusion {
    /// The index at which the leaf stands. It is as good as the tree size is: a root does not bind
    /// its size.
    pub const fn leaf_index(&self) -> LeafIndex {
        self.leaf_index
    }

    /// The size of the tree, as the proof claims.
    pub const fn tree_size(&self) -> TreeSize {
        self.tree_size
    }

    /// The hash of the leaf that is in the tree.
    pub const fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// The root of the tree.
    pub const fn root(&self) -> &Hash {
        &self.root
    }
}

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

impl InclusionProof {
    /// Checks that a tree with this `root` has a leaf with the hash `leaf` at the proof's index.
    /// O(log n) hashes.
    ///
    /// # Errors
    /// [`ProofError::IndexOutsideTree`], [`ProofError::WrongPathLength`] or
    /// [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        leaf: &Hash,
        root: &Hash,
    ) -> Result<VerifiedInclusion, ProofError> {
        let computed = self.computed_root(tree, leaf)?;
        same(WhichRoot::Tree, root, &computed)?;
        Ok(VerifiedInclusion {
            leaf_index: self.leaf_index,
            tree_size: self.tree_size,
            leaf: *leaf,
            root: computed,
        })
    }

    /// The root that the proof leads to from `leaf`. It means nothing until it is compared with a
    /// root that is trusted.
    ///
    /// # Errors
    /// [`ProofError::IndexOutsideTree`] or [`ProofError::WrongPathLength`].
    pub fn computed_root(&self, tree: TreeType, leaf: &Hash) -> Result<Hash, ProofError> {
        let (index, size) = (self.leaf_index, self.tree_size);
        let last = match size.0.checked_sub(1) {
            Some(last) if index.0 <= last => last,
            _ => return Err(ProofError::IndexOutsideTree { index, size }),
        };
        let steps = Steps::of(index.0, last);
        if self.path.len() != steps.len() {
            return Err(ProofError::WrongPathLength {
                expected: steps.len(),
                got: self.path.len(),
            });
        }
        let climb = steps.zip(&self.path);
        Ok(climb.fold(*leaf, |hash, (step, sibling)| match step {
            Sibling::Left => tree.node(sibling, &hash),
            Sibling::Right => tree.node(&hash, sibling),
        }))
    }
}

impl ConsistencyProof {
    /// Checks that the tree with `first_root` is a prefix of the one with `second_root`. O(log n)
    /// hashes.
    ///
    /// # Errors
    /// [`ProofError::ConsistencyFromEmpty`], [`ProofError::SizesDecrease`],
    /// [`ProofError::WrongPathLength`] or [`ProofError::RootMismatch`].
    pub fn verify(
        &self,
        tree: TreeType,
        first_root: &Hash,
        second_root: &Hash,
    ) -> Result<VerifiedConsistency, ProofError> {
        let (first, second) = self.computed_roots(tree, first_root)?;
        same(WhichRoot::First, first_root, &first)?;
        same(WhichRoot::Second, second_root, &second)?;
        Ok(VerifiedConsistency {
            first: (self.first_size, first),
            second: (self.second_size, second),
        })
    }

    /// The two roots that the proof leads to. Where the first size is a power of two, or both are
    /// equal, a proof does not hold the first root: it starts from the given one.
    fn computed_roots(
        &self,
        tree: TreeType,
        first_root: &Hash,
    ) -> Result<(Hash, Hash), ProofError> {
        let (first, second) = (self.first_size, self.second_size);
        let Some(last_leaf) = first.0.checked_sub(1) else {
            return Err(ProofError::ConsistencyFromEmpty);
        };
        if first > second {
            return Err(ProofError::SizesDecrease { first, second });
        }
        // The climb starts at the last perfect subtree of the first tree. With equal sizes there
        // is none: the whole tree is its own root.
        let level = first.0.trailing_zeros();
        let steps = if first == second {
            Steps::of(0, 0)
        } else {
            Steps::of(
                shr(last_leaf, level),
                shr(second.0.saturating_sub(1), level),
            )
        };
        let holds_seed = first != second && !first.0.is_power_of_two();
        let expected = steps.len().saturating_add(usize::from(holds_seed));
        if self.path.len() != expected {
            return Err(ProofError::WrongPathLength {
                expected,
                got: self.path.len(),
            });
        }
        let (seed, siblings) = match self.path.split_first() {
            Some((seed, siblings)) if holds_seed => (seed, siblings),
            _ => (first_root, self.path.as_slice()),
        };
        // Left siblings belong to both trees, right ones to the later tree only.
        let climb = steps.zip(siblings);
        Ok(climb.fold(
            (*seed, *seed),
            |(first, second), (step, sibling)| match step {
                Sibling::Left => (tree.node(sibling, &first), tree.node(sibling, &second)),
                Sibling::Right => (first, tree.node(&second, sibling)),
            },
        ))
    }
}

/// On which side of the path a sibling stands.
enum Sibling {
    Left,
    Right,
}

/// The sides of the siblings on the way from a node to the root.
struct Steps {
    index: u64,
    inner: u32,
    border: u32,
}

impl Steps {
    /// The way up from the node `index` of a level whose last node is `last`.
    const fn of(index: u64, last: u64) -> Self {
        let inner = u64::BITS.saturating_sub((index ^ last).leading_zeros());
        Self {
            index,
            inner,
            border: shr(index, inner).count_ones(),
        }
    }

    /// At most 64.
    const fn len(&self) -> usize {
        self.inner.saturating_add(self.border) as usize
    }
}

impl Iterator for Steps {
    type Item = Sibling;

    fn next(&mut self) -> Option<Sibling> {
        if let Some(rest) = self.inner.checked_sub(1) {
            let right_child = self.index & 1 == 1;
            self.index >>= 1;
            self.inner = rest;
            return Some(if right_child {
                Sibling::Left
            } else {
                Sibling::Right
            });
        }
        self.border = self.border.checked_sub(1)?;
        Some(Sibling::Left)
    }
}

const fn shr(value: u64, bits: u32) -> u64 {
    match value.checked_shr(bits) {
        Some(rest) => rest,
        None => 0,
    }
}

fn same(which: WhichRoot, expected: &Hash, computed: &Hash) -> Result<(), ProofError> {
    if expected == computed {
        return Ok(());
    }
    Err(ProofError::RootMismatch {
        which,
        expected: *expected,
        computed: *computed,
    })
}
