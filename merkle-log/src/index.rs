//! Positions in a tree: arithmetic on indices, without hashes.
//!
//! - A node at level `l` and index `i` stands over the leaves `[i * 2^l, (i + 1) * 2^l)`.
//! - It is complete in a tree of `n` leaves if all of them exist: `i < n >> l`. Complete nodes
//!   never change again; they alone are ever stored.
//! - Ranges are half-open, and every function is total: there is no size or index for which one
//!   overflows.

use core::fmt;
use core::iter::FusedIterator;

/// The position of a leaf, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LeafIndex(pub u64);

impl LeafIndex {
    /// The index `count` further on, if there is one.
    #[must_use]
    pub fn checked_add(self, count: u64) -> Option<Self> {
        self.0.checked_add(count).map(Self)
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A number of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TreeSize(pub u64);

impl TreeSize {
    /// The size of a tree with `count` leaves more, if there is one.
    #[must_use]
    pub fn checked_add(self, count: u64) -> Option<Self> {
        self.0.checked_add(count).map(Self)
    }

    /// Whether a tree of this size has a leaf at `index`.
    #[must_use]
    pub const fn contains(self, index: LeafIndex) -> bool {
        index.0 < self.0
    }

    /// The index that the next leaf gets.
    #[must_use]
    pub const fn next_index(self) -> LeafIndex {
        LeafIndex(self.0)
    }

    /// All leaves of a tree of this size.
    #[must_use]
    pub const fn leaves(self) -> NodeRange {
        NodeRange {
            begin: 0,
            end: self.0,
        }
    }

    /// How many nodes of a level are complete.
    #[must_use]
    pub const fn complete_nodes(self, level: u8) -> u64 {
        shr(self.0, level)
    }
}

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The position of a node: its height above the leaves, and its index within that level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, which have level 0.
    pub level: u8,
    /// Position within the level, from 0.
    pub index: u64,
}

impl NodeId {
    /// The node at `level` and `index`.
    #[must_use]
    pub const fn new(level: u8, index: u64) -> Self {
        Self { level, index }
    }

    /// Whether all leaves below the node exist in a tree of this size.
    #[must_use]
    pub const fn is_complete_in(self, size: TreeSize) -> bool {
        self.index < size.complete_nodes(self.level)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.index)
    }
}

/// The leaves `[begin, end)` below one node of some tree; the node is incomplete where the tree
/// ends within it. The draft of Merkle Tree Certificates calls such a range a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NodeRange {
    /// The first leaf.
    pub begin: u64,
    /// The leaf after the last one.
    pub end: u64,
}

impl NodeRange {
    /// Whether some tree has a node over exactly these leaves: `begin` is a multiple of the least
    /// power of two that is not below the number of leaves. That is so for empty ranges too.
    #[must_use]
    pub const fn is_subtree(self) -> bool {
        self.begin <= self.end && self.begin.trailing_zeros() >= self.height()
    }

    /// Whether there is no leaf between begin and end.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.begin >= self.end
    }

    /// The level of the node over a range that is a subtree: at most 64.
    pub(crate) const fn height(self) -> u32 {
        match self.end.saturating_sub(self.begin) {
            0 => 0,
            leaves => u64::BITS - (leaves - 1).leading_zeros(),
        }
    }

    /// The perfect subtrees of the range, from left to right.
    #[must_use]
    pub const fn subtrees(self) -> Subtrees {
        Subtrees {
            begin: self.begin,
            end: self.end,
        }
    }

    /// The one node over the range, if it is a perfect subtree.
    #[must_use]
    #[inline]
    pub const fn perfect(self) -> Option<NodeId> {
        let leaves = self.end.saturating_sub(self.begin);
        let level = leaves.trailing_zeros();
        if leaves.is_power_of_two() && self.begin.trailing_zeros() >= level {
            return Some(node_at(level, self.begin));
        }
        None
    }
}

impl fmt::Display for NodeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.begin, self.end)
    }
}

/// The nodes of a compact range: the fewest perfect subtrees that cover `[begin, end)`, from left
/// to right or from right to left. At most 126 of them; none if `begin >= end`.
#[derive(Clone, Debug)]
pub struct Subtrees {
    begin: u64,
    end: u64,
}

impl Subtrees {
    /// The subtrees of `[begin, end)`.
    #[must_use]
    pub const fn new(begin: u64, end: u64) -> Self {
        Self { begin, end }
    }

    /// The level of the largest subtree that fits the range and starts (or ends) at a leaf that
    /// is a multiple of its size.
    fn level_at(&self, edge: u64) -> Option<u32> {
        let leaves = self.end.checked_sub(self.begin)?;
        Some(edge.trailing_zeros().min(leaves.checked_ilog2()?))
    }
}

impl Iterator for Subtrees {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let level = self.level_at(self.begin)?;
        let id = node_at(level, self.begin);
        self.begin += 1 << level;
        Some(id)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = match self.begin.checked_sub(1) {
            _ if self.begin >= self.end => 0,
            None => self.end.count_ones(),
            // Subtrees grow while the last leaf before the range has zeros, up to where it and the
            // end part; from there on they are the ones of the end.
            Some(before) => {
                let below = u64::MAX >> 1 >> (before ^ self.end).leading_zeros();
                (!before & below).count_ones() + (self.end & below).count_ones()
            }
        };
        (count as usize, Some(count as usize))
    }
}

impl ExactSizeIterator for Subtrees {}

impl DoubleEndedIterator for Subtrees {
    fn next_back(&mut self) -> Option<NodeId> {
        let level = self.level_at(self.end)?;
        self.end -= 1 << level;
        Some(node_at(level, self.end))
    }
}

impl FusedIterator for Subtrees {}

/// The node at `level`, below 64, over the leaf `begin`.
#[allow(
    clippy::cast_possible_truncation,
    reason = "levels are numbers of bits in a u64"
)]
const fn node_at(level: u32, begin: u64) -> NodeId {
    NodeId::new(level as u8, begin >> level)
}

/// `value >> bits`, 0 where nothing is left.
pub(crate) const fn shr(value: u64, bits: u8) -> u64 {
    if bits < 64 { value >> bits } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn ids(begin: u64, end: u64) -> Vec<(u8, u64)> {
        Subtrees::new(begin, end)
            .map(|id| (id.level, id.index))
            .collect()
    }

    #[test]
    fn subtrees_of_small_ranges() {
        assert_eq!(ids(0, 0), []);
        assert_eq!(ids(5, 5), []);
        assert_eq!(ids(6, 5), []);
        assert_eq!(ids(0, 1), [(0, 0)]);
        assert_eq!(ids(0, 7), [(2, 0), (1, 2), (0, 6)]);
        assert_eq!(ids(1, 6), [(0, 1), (1, 1), (1, 2)]);
        assert_eq!(ids(3, 8), [(0, 3), (2, 1)]);
    }

    #[test]
    fn subtrees_cover_exactly_with_the_fewest_nodes_from_both_ends() {
        for end in 0..130u64 {
            for begin in 0..=end {
                let forward: Vec<NodeId> = Subtrees::new(begin, end).collect();
                let mut backward: Vec<NodeId> = Subtrees::new(begin, end).rev().collect();
                backward.reverse();
                assert_eq!(forward, backward);
                assert_eq!(Subtrees::new(begin, end).len(), forward.len());
                let mut at = begin;
                for id in &forward {
                    assert_eq!(id.index << id.level, at);
                    at += 1 << id.level;
                }
                assert_eq!(at, end);
                // Fewest: no two neighbours are children of one node.
                for pair in forward.windows(2) {
                    let siblings = pair[0].level == pair[1].level && pair[0].index % 2 == 0;
                    assert!(!siblings, "[{begin}, {end}) has {pair:?}");
                }
            }
        }
    }

    #[test]
    fn the_largest_ranges_do_not_overflow() {
        assert_eq!(ids(0, u64::MAX).len(), 64);
        assert_eq!(ids(1, u64::MAX).len(), 126);
        assert_eq!(Subtrees::new(1, u64::MAX).rev().count(), 126);
        assert_eq!(Subtrees::new(1, u64::MAX).len(), 126);
        assert_eq!(Subtrees::new(0, u64::MAX).len(), 64);
        assert_eq!(Subtrees::new(1 << 63, u64::MAX).len(), 63);
        assert_eq!(ids(1 << 63, u64::MAX).len(), 63);
        assert_eq!(ids(u64::MAX - 1, u64::MAX), [(0, u64::MAX - 1)]);
    }

    #[test]
    fn subtrees_are_the_ranges_of_nodes() {
        let subtree = |begin, end| NodeRange { begin, end }.is_subtree();
        let mut nodes = alloc::collections::BTreeSet::new();
        for size in 1..=40u64 {
            for level in 0..7 {
                for begin in (0..size).step_by(1 << level) {
                    nodes.insert((begin, (begin + (1 << level)).min(size)));
                }
            }
        }
        for begin in 0..=40 {
            assert!(subtree(begin, begin));
            for end in 0..=40 {
                if begin != end {
                    assert_eq!(subtree(begin, end), nodes.contains(&(begin, end)));
                }
            }
        }
        assert!(subtree(0, u64::MAX) && subtree(1 << 63, u64::MAX));
        assert!(!subtree(1, u64::MAX) && !subtree(1 << 62, u64::MAX));
    }

    #[test]
    fn completeness_at_any_level() {
        let size = TreeSize(11);
        let complete: Vec<u64> = (0..66).map(|level| size.complete_nodes(level)).collect();
        assert_eq!(complete[..5], [11, 5, 2, 1, 0]);
        assert!(complete[5..].iter().all(|count| *count == 0));
        assert!(NodeId::new(1, 4).is_complete_in(size));
        assert!(!NodeId::new(1, 5).is_complete_in(size));
        assert!(!NodeId::new(64, 0).is_complete_in(TreeSize(u64::MAX)));
        assert!(NodeId::new(63, 0).is_complete_in(TreeSize(u64::MAX)));
    }
}
