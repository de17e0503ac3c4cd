//! The right edge of a tree: the hashes of its incomplete nodes, made once for many proofs.
//!
//! A node is incomplete where the tree ends within it. No storage has it, since it changes with
//! every leaf; each is a fold of the last perfect subtrees. A proof holds at most one, and without
//! this type computes it again, up to one hash a level.
//!
//! Invariant: `hashes[i]` stands over the leaves from the `i`th perfect subtree on to the end.

use alloc::vec::Vec;

use crate::compact::CompactRange;
use crate::error::RangeError;
use crate::hash::Hash;
use crate::index::{NodeId, NodeRange, TreeSize};
use crate::reader::NodeReader;
use crate::tree::TreeType;

/// The hashes of a tree's incomplete nodes; the first is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightEdge {
    size: TreeSize,
    hashes: Vec<Hash>,
}

impl RightEdge {
    /// The edge of the tree whose compact range this is. O(log n) hashes.
    ///
    /// # Errors
    /// [`RangeError::NotFromStart`] unless the range begins at leaf 0.
    pub fn new(tree: TreeType, range: &CompactRange) -> Result<Self, RangeError> {
        let size = range.tree_size()?;
        let mut hashes: Vec<Hash> = Vec::with_capacity(range.hashes().len());
        for left in range.hashes().iter().rev() {
            hashes.push(match hashes.last() {
                Some(right) => tree.node(left, right),
                None => *left,
            });
        }
        hashes.reverse();
        Ok(Self { size, hashes })
    }

    /// The size of the tree.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The hash over the leaves of a range that ends with the tree, where some node of the tree
    /// stands over just these.
    #[must_use]
    pub fn hash(&self, range: NodeRange) -> Option<Hash> {
        let NodeRange { begin, end } = range;
        // Perfect subtrees begin at the sums of the largest powers of two that the size has.
        let below = match begin {
            0 => u64::MAX,
            _ => (1 << begin.trailing_zeros()) - 1,
        };
        if end != self.size.0 || begin != end & !below {
            return None;
        }
        self.hashes.get(begin.count_ones() as usize).copied()
    }
}

/// A reader with the right edge of the tree that proofs are made of.
#[derive(Clone, Copy, Debug)]
pub struct Edged<'a, R> {
    /// Where complete nodes are read.
    pub reader: R,
    /// The edge of one size; of other sizes incomplete nodes are computed.
    pub edge: Option<&'a RightEdge>,
}

impl<R: NodeReader> NodeReader for Edged<'_, R> {
    type Error = R::Error;

    fn node(&self, id: NodeId) -> Result<Hash, Self::Error> {
        self.reader.node(id)
    }

    fn nodes(
        &self,
        ids: impl Iterator<Item = NodeId>,
        out: &mut Vec<Hash>,
    ) -> Result<(), Self::Error> {
        self.reader.nodes(ids, out)
    }

    fn incomplete(&self, range: NodeRange) -> Option<Hash> {
        self.edge?.hash(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::Growth;
    use crate::reader::{hash_of_range, read_range};
    use crate::{LeafIndex, prove_consistency, prove_inclusion};

    #[test]
    fn every_incomplete_node_of_small_trees_and_nothing_else() {
        let tree = TreeType::Sha256;
        let leaves = (0..70u8).map(|leaf| tree.leaf(&[leaf])).collect();
        let whole = Growth::new(tree, &CompactRange::empty(0), leaves).unwrap();
        for end in 0..=70 {
            let size = TreeSize(end);
            let range = read_range(&whole, size).unwrap();
            let edge = RightEdge::new(tree, &range).unwrap();
            assert_eq!(edge.size(), size);
            let edged = Edged {
                reader: &whole,
                edge: Some(&edge),
            };
            for begin in 0..=end + 1 {
                for other in [end.saturating_sub(1), end, end + 1] {
                    let range = NodeRange { begin, end: other };
                    let on_edge = other == end
                        && CompactRange::nodes(0, end).any(|id| id.index << id.level == begin);
                    let expected = on_edge.then(|| hash_of_range(&whole, tree, range).unwrap());
                    assert_eq!(edge.hash(range), expected, "{range} of {end}");
                }
                if begin < end {
                    let index = LeafIndex(begin);
                    let proof = prove_inclusion(&edged, tree, index, size);
                    assert_eq!(proof, prove_inclusion(&whole, tree, index, size));
                    let first = TreeSize(begin + 1);
                    let proof = prove_consistency(&edged, tree, first, size);
                    assert_eq!(proof, prove_consistency(&whole, tree, first, size));
                }
            }
        }
    }

    #[test]
    fn the_largest_tree_has_an_edge() {
        let hashes = (0..64).map(|i| Hash::new([i; 32])).collect();
        let range = CompactRange::from_hashes(0, u64::MAX, hashes).unwrap();
        let edge = RightEdge::new(TreeType::Sha256, &range).unwrap();
        let at = |begin| {
            edge.hash(NodeRange {
                begin,
                end: u64::MAX,
            })
        };
        assert_eq!(at(u64::MAX - 1), Some(Hash::new([63; 32])));
        assert_eq!(at(0), Some(range.root(TreeType::Sha256).unwrap()));
        assert_eq!((at(u64::MAX), at(1), at(1 << 62)), (None, None, None));
    }
}
