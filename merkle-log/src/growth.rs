//! Growth: all nodes that a batch of new leaves completes, before any of them is stored.
//!
//! Levels are hashed one after another, each as one run of siblings, so that a batch of any size
//! costs one allocation a level and can use every lane the hash function has. A growth is what an
//! uncommitted batch keeps of a log: a further growth can start from its range, and dropping it
//! costs nothing.
//!
//! Invariant: `runs[l]` holds the nodes of level `l` with the indices
//! `[before >> l, after >> l)`, and is not empty.

use alloc::vec::Vec;

use crate::compact::CompactRange;
use crate::error::RangeError;
use crate::hash::Hash;
use crate::index::{NodeId, TreeSize};
use crate::reader::NodeReader;
use crate::tree::TreeType;

/// Consecutive new nodes of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRun {
    level: u8,
    first: u64,
    hashes: Vec<Hash>,
}

impl LevelRun {
    /// The level.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The index of the first node.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The hashes of the nodes `first, first + 1, ...`; never empty.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}

/// The step of a log from one size to a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    before: TreeSize,
    runs: Vec<LevelRun>,
    after: CompactRange,
}

impl Growth {
    /// Grows the tree with the range `before` by `leaves`, the hashes of its new leaves. One hash
    /// a leaf.
    ///
    /// # Errors
    /// [`RangeError::NotFromStart`] unless the range begins at leaf 0; [`RangeError::TooLarge`]
    /// beyond 2^64 - 1 leaves.
    pub fn new(
        tree: TreeType,
        before: &CompactRange,
        leaves: Vec<Hash>,
    ) -> Result<Self, RangeError> {
        let size = before.tree_size()?;
        let more = leaves.len() as u64;
        let end = size
            .checked_add(more)
            .ok_or(RangeError::TooLarge { size: size.0, more })?;

        let mut runs = Vec::new();
        // The old nodes that become left siblings of new ones, lowest level first: one for each
        // bit of the size.
        let mut left_siblings = before.hashes().iter().rev();
        let (mut level, mut first, mut hashes) = (0, size.0, leaves);
        while !hashes.is_empty() {
            let left = if first % 2 == 1 {
                left_siblings.next()
            } else {
                None
            };
            let mut parents = Vec::with_capacity((hashes.len() + usize::from(left.is_some())) / 2);
            let pairs = match (left, hashes.split_first()) {
                (Some(left), Some((right, rest))) => {
                    parents.push(tree.node(left, right));
                    rest
                }
                _ => &hashes,
            };
            tree.nodes(pairs, &mut parents);
            runs.push(LevelRun {
                level,
                first,
                hashes,
            });
            (level, first, hashes) = (level + 1, first / 2, parents);
        }

        // What the ranges before and after have in common are the largest subtrees of both.
        let mut kept = before.hashes().iter();
        let frontier = CompactRange::nodes(0, end.0)
            .filter_map(|id| new_node(&runs, id).or_else(|| kept.next()))
            .copied()
            .collect();
        Ok(Self {
            before: size,
            after: CompactRange::from_hashes(0, end.0, frontier)?,
            runs,
        })
    }

    /// The size of the tree before.
    #[must_use]
    pub const fn size_before(&self) -> TreeSize {
        self.before
    }

    /// The size of the tree after.
    #[must_use]
    pub const fn size_after(&self) -> TreeSize {
        TreeSize(self.after.end())
    }

    /// The range of the tree after, from 0 to its size.
    #[must_use]
    pub const fn after(&self) -> &CompactRange {
        &self.after
    }

    /// The new nodes, level by level from the leaves; each level that has some.
    #[must_use]
    pub fn runs(&self) -> &[LevelRun] {
        &self.runs
    }

    /// The runs of the eight levels of a tile file, from its bottom level; empty above the root.
    #[cfg(feature = "std")]
    pub(crate) fn runs_of(&self, tile_level: u8) -> &[LevelRun] {
        let bottom = usize::from(tile_level) * 8;
        let end = self.runs.len().min(bottom + 8);
        self.runs.get(bottom..end).unwrap_or(&[])
    }

    /// The hash of a node, if it is one of the new ones.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<Hash> {
        new_node(&self.runs, id).copied()
    }
}

#[inline]
fn new_node(runs: &[LevelRun], id: NodeId) -> Option<&Hash> {
    let run = runs.get(usize::from(id.level))?;
    let position = usize::try_from(id.index.checked_sub(run.first)?).ok()?;
    run.hashes.get(position)
}

/// A growth has no such node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {0} is not among the new nodes")]
pub struct NodeMissing(pub NodeId);

/// A growth from the empty tree is a whole tree in memory.
impl NodeReader for Growth {
    type Error = NodeMissing;

    fn node(&self, id: NodeId) -> Result<Hash, NodeMissing> {
        self.node(id).ok_or(NodeMissing(id))
    }

    #[inline]
    fn nodes(
        &self,
        ids: impl Iterator<Item = NodeId>,
        out: &mut Vec<Hash>,
    ) -> Result<(), NodeMissing> {
        for id in ids {
            let hash = new_node(&self.runs, id).ok_or(NodeMissing(id))?;
            // From where it lies to where it is to lie, in one move.
            out.extend_from_slice(core::slice::from_ref(hash));
        }
        Ok(())
    }
}
