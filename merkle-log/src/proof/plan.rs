//! Which nodes a proof consists of: arithmetic alone, nothing is read or hashed.
//!
//! A proof's path climbs from one node to the root and names the sibling at each level that has
//! one. Siblings on the left are always complete; at most one sibling of a path, the one that
//! holds the tree's last leaf, can be incomplete.

use crate::error::PlanError;
use crate::index::{LeafIndex, NodeId, NodeRange, TreeSize};

/// The ranges of the hashes of a proof, in the proof's order: from the leaves to the root.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Consistency proofs begin with the node they climb from, unless the verifier has its hash.
    seed: Option<NodeRange>,
    /// The node that the path has reached.
    pub(super) level: u32,
    pub(super) index: u64,
    /// The last node of that level, complete or not; 0 at the root.
    pub(super) last: u64,
    /// The leaves of the tree or subtree: indices are relative to its begin.
    whole: NodeRange,
}

/// The plan of the inclusion proof for `index` in a tree of `size` (RFC 6962 section 2.1.1).
///
/// # Errors
/// [`PlanError::IndexOutsideTree`] unless `index < size`.
pub const fn inclusion_plan(index: LeafIndex, size: TreeSize) -> Result<Plan, PlanError> {
    if !size.contains(index) {
        return Err(PlanError::IndexOutsideTree { index, size });
    }
    Ok(Plan {
        seed: None,
        level: 0,
        index: index.0,
        last: size.0 - 1,
        whole: size.leaves(),
    })
}

/// The plan of the inclusion proof for the leaf `index` in `subtree` (Merkle Tree Certificates,
/// subtree inclusion proofs).
///
/// # Errors
/// [`PlanError::NotASubtree`] or [`PlanError::IndexOutsideSubtree`].
pub const fn subtree_inclusion_plan(
    index: LeafIndex,
    subtree: NodeRange,
) -> Result<Plan, PlanError> {
    if !subtree.is_subtree() {
        return Err(PlanError::NotASubtree { subtree });
    }
    if index.0 < subtree.begin || index.0 >= subtree.end {
        return Err(PlanError::IndexOutsideSubtree { index, subtree });
    }
    Ok(Plan {
        seed: None,
        level: 0,
        index: index.0 - subtree.begin,
        last: subtree.end - 1 - subtree.begin,
        whole: subtree,
    })
}

/// The plan of the consistency proof from `first` to `second` (RFC 6962 section 2.1.2). It is
/// empty for equal sizes.
///
/// # Errors
/// [`PlanError::ConsistencyFromEmpty`] for `first` 0, [`PlanError::SizesDecrease`] unless
/// `first <= second`.
pub fn consistency_plan(first: TreeSize, second: TreeSize) -> Result<Plan, PlanError> {
    if first.0 == 0 {
        return Err(PlanError::ConsistencyFromEmpty);
    }
    if first > second {
        return Err(PlanError::SizesDecrease { first, second });
    }
    Ok(climb_from(first.leaves(), second))
}

/// The plan of the proof that `subtree` is part of the tree of `size` (Merkle Tree Certificates,
/// subtree consistency proofs). It is empty for the empty subtree, which is part of every tree.
///
/// # Errors
/// [`PlanError::NotASubtree`], or [`PlanError::SubtreeOutsideTree`] unless it ends within the tree.
pub fn subtree_consistency_plan(subtree: NodeRange, size: TreeSize) -> Result<Plan, PlanError> {
    if !subtree.is_subtree() {
        return Err(PlanError::NotASubtree { subtree });
    }
    if subtree.end > size.0 {
        return Err(PlanError::SubtreeOutsideTree { subtree, size });
    }
    Ok(climb_from(subtree, size))
}

/// The climb from a subtree to the root of a tree of `size` that it lies in.
fn climb_from(subtree: NodeRange, size: TreeSize) -> Plan {
    let whole = size.leaves();
    let (false, Some(last_leaf)) = (subtree.is_empty(), subtree.end.checked_sub(1)) else {
        return Plan {
            seed: None,
            level: 0,
            index: 0,
            last: 0,
            whole,
        };
    };
    // Where the subtree is a node of the tree, the climb starts from it, whose hash the verifier
    // has; otherwise from its last perfect subtree.
    let height = subtree.height();
    let level = if subtree.end == size.0 {
        height
    } else {
        subtree.end.trailing_zeros().min(height)
    };
    let index = last_leaf.checked_shr(level).unwrap_or(0);
    let seed = (level < height).then(|| NodeRange {
        begin: index << level,
        end: subtree.end,
    });
    Plan {
        seed,
        level,
        index,
        last: (size.0 - 1).checked_shr(level).unwrap_or(0),
        whole,
    }
}

/// What one hash of a proof stands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Node(NodeId),
    Incomplete(NodeRange),
}

impl Step {
    pub(crate) const fn over(range: NodeRange) -> Self {
        match range.perfect() {
            Some(id) => Self::Node(id),
            None => Self::Incomplete(range),
        }
    }

    pub(super) const fn range(self) -> NodeRange {
        match self {
            Self::Node(id) => {
                let begin = id.index << id.level;
                // Only a tree of 2^64 leaves had a node that ends behind the last number.
                let end = begin.saturating_add(1 << id.level);
                NodeRange { begin, end }
            }
            Self::Incomplete(range) => range,
        }
    }
}

impl Plan {
    /// The next step. All but the last node of a level are complete, which spares looking at
    /// where they end.
    #[inline]
    fn step(&mut self) -> Option<Step> {
        if let Some(seed) = self.seed.take() {
            return Some(Step::over(seed));
        }
        while self.last != 0 {
            let (sibling, last, level) = (self.index ^ 1, self.last, self.level);
            self.index >>= 1;
            self.last >>= 1;
            self.level += 1;
            if sibling < last {
                return Some(Step::Node(self.node(level, sibling)));
            }
            if sibling == last {
                let begin = self.whole.begin + (sibling << level);
                let end = begin.saturating_add(1 << level).min(self.whole.end);
                return Some(Step::over(NodeRange { begin, end }));
            }
        }
        None
    }

    /// A node of the tree or subtree; the first leaf of a subtree is a multiple of the leaves of
    /// each of its nodes.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "levels are numbers of bits in a u64"
    )]
    const fn node(&self, level: u32, index: u64) -> NodeId {
        NodeId::new(level as u8, (self.whole.begin >> level) + index)
    }
}

/// The steps of a plan, for who fetches them.
pub(super) struct Steps(pub(super) Plan);

impl Iterator for Steps {
    type Item = Step;

    #[inline]
    fn next(&mut self) -> Option<Step> {
        self.0.step()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl Iterator for Plan {
    type Item = NodeRange;

    fn next(&mut self) -> Option<NodeRange> {
        self.step().map(Step::range)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Below the level where the paths of the node and of the tree's last leaf meet, every
        // node has a sibling; from there on only right children have.
        let meet = u64::BITS - (self.index ^ self.last).leading_zeros();
        let above = self.index.checked_shr(meet).unwrap_or(0).count_ones();
        let count = (meet + above) as usize + usize::from(self.seed.is_some());
        (count, Some(count))
    }
}

impl ExactSizeIterator for Plan {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn inclusion(index: u64, size: u64) -> Vec<(u64, u64)> {
        ranges(inclusion_plan(LeafIndex(index), TreeSize(size)).unwrap())
    }

    fn consistency(first: u64, second: u64) -> Vec<(u64, u64)> {
        ranges(consistency_plan(TreeSize(first), TreeSize(second)).unwrap())
    }

    fn ranges(plan: Plan) -> Vec<(u64, u64)> {
        let expected = plan.len();
        let ranges: Vec<_> = plan.map(|range| (range.begin, range.end)).collect();
        assert_eq!(ranges.len(), expected);
        ranges
    }

    #[test]
    fn the_examples_of_rfc_6962_section_2_1_3() {
        // a..k are the nodes of the seven-leaf tree drawn there.
        let (b, g, h, i, j) = ((1, 2), (0, 2), (2, 4), (4, 6), (6, 7));
        let (k, l) = ((0, 4), (4, 7));
        let (c, f) = ((2, 3), (5, 6));
        assert_eq!(inclusion(0, 7), [b, h, l]);
        assert_eq!(inclusion(3, 7), [c, g, l]);
        assert_eq!(inclusion(4, 7), [f, j, k]);
        assert_eq!(inclusion(6, 7), [i, k]);
        assert_eq!(consistency(3, 7), [c, (3, 4), g, l]);
        assert_eq!(consistency(4, 7), [l]);
        assert_eq!(consistency(6, 7), [i, j, k]);
    }

    #[test]
    fn the_largest_trees_do_not_overflow() {
        for size in [1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
            for index in [0, 1, (1 << 62) + 5, size / 2, size - 2, size - 1] {
                let path = inclusion(index, size);
                assert!(path.len() <= 64);
                // The ranges of the path and the leaf itself make up the whole tree.
                let leaves: u64 = path.iter().map(|(begin, end)| end - begin).sum();
                assert_eq!(leaves, size - 1);
            }
            assert_eq!(consistency(size, size), []);
            assert!(consistency(size - 1, size).len() <= 65);
        }
    }

    #[test]
    fn a_subtree_is_planned_like_a_tree_of_its_own() {
        let subtree = NodeRange { begin: 8, end: 13 };
        let plan = subtree_inclusion_plan(LeafIndex(10), subtree).unwrap();
        assert_eq!(ranges(plan), [(11, 12), (8, 10), (12, 13)]);
        let plan = |begin, end, size| {
            let subtree = NodeRange { begin, end };
            ranges(subtree_consistency_plan(subtree, TreeSize(size)).unwrap())
        };
        // A node of the tree is climbed from, an incomplete one is reached from its last part.
        assert_eq!(plan(4, 8, 14), [(0, 4), (8, 14)]);
        assert_eq!(plan(8, 13, 13), [(0, 8)]);
        assert_eq!(plan(8, 13, 14), [(12, 13), (13, 14), (8, 12), (0, 8)]);
        assert_eq!(plan(5, 5, 14), []);
        let whole = NodeRange {
            begin: 1 << 63,
            end: u64::MAX,
        };
        assert!(
            subtree_consistency_plan(whole, TreeSize(u64::MAX))
                .unwrap()
                .len()
                == 1
        );
    }

    #[test]
    fn what_no_proof_exists_for() {
        let outside = inclusion_plan(LeafIndex(5), TreeSize(5)).unwrap_err();
        assert!(matches!(outside, PlanError::IndexOutsideTree { .. }));
        assert!(inclusion_plan(LeafIndex(0), TreeSize(0)).is_err());
        let empty = consistency_plan(TreeSize(0), TreeSize(0)).unwrap_err();
        assert_eq!(empty, PlanError::ConsistencyFromEmpty);
        let less = consistency_plan(TreeSize(3), TreeSize(2)).unwrap_err();
        assert!(matches!(less, PlanError::SizesDecrease { .. }));
        let (odd, subtree) = (
            NodeRange { begin: 2, end: 5 },
            NodeRange { begin: 4, end: 7 },
        );
        assert!(matches!(
            subtree_inclusion_plan(LeafIndex(3), odd).unwrap_err(),
            PlanError::NotASubtree { .. }
        ));
        for index in [3, 7] {
            assert!(matches!(
                subtree_inclusion_plan(LeafIndex(index), subtree).unwrap_err(),
                PlanError::IndexOutsideSubtree { .. }
            ));
        }
        assert!(matches!(
            subtree_consistency_plan(odd, TreeSize(9)).unwrap_err(),
            PlanError::NotASubtree { .. }
        ));
        assert!(matches!(
            subtree_consistency_plan(subtree, TreeSize(6)).unwrap_err(),
            PlanError::SubtreeOutsideTree { .. }
        ));
    }
}
