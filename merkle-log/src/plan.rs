//! Which nodes a proof consists of: arithmetic alone, nothing is read or hashed.
//!
//! A proof's path climbs from one node to the root and names the sibling at each level that has
//! one. Siblings on the left are always complete; at most one sibling of a path, the one that
//! holds the tree's last leaf, can be incomplete.

use crate::error::PlanError;
use crate::index::{LeafIndex, NodeRange, TreeSize};

/// The ranges of the hashes of a proof, in the proof's order: from the leaves to the root.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Consistency proofs from a size that is no power of two begin with the node they climb from.
    seed: Option<NodeRange>,
    /// The node that the path has reached.
    level: u32,
    index: u64,
    /// The last node of that level, complete or not; 0 at the root.
    last: u64,
    size: u64,
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
        size: size.0,
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
    if first == second {
        return Ok(Plan {
            seed: None,
            level: 0,
            index: 0,
            last: 0,
            size: second.0,
        });
    }
    // The path climbs from the last perfect subtree of the first tree. If that is the whole tree,
    // its hash is the first root, which the verifier has.
    let level = first.0.trailing_zeros();
    let seed = NodeRange {
        begin: first.0 - (1 << level),
        end: first.0,
    };
    Ok(Plan {
        seed: Some(seed).filter(|seed| seed.begin != 0),
        level,
        index: seed.begin >> level,
        last: (second.0 - 1) >> level,
        size: second.0,
    })
}

impl Iterator for Plan {
    type Item = NodeRange;

    fn next(&mut self) -> Option<NodeRange> {
        if let Some(seed) = self.seed.take() {
            return Some(seed);
        }
        while self.last != 0 {
            let (sibling, level) = (self.index ^ 1, self.level);
            let exists = sibling <= self.last;
            self.index >>= 1;
            self.last >>= 1;
            self.level += 1;
            if exists {
                let begin = sibling << level;
                let end = begin.saturating_add(1 << level).min(self.size);
                return Some(NodeRange { begin, end });
            }
        }
        None
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
    fn what_no_proof_exists_for() {
        let outside = inclusion_plan(LeafIndex(5), TreeSize(5)).unwrap_err();
        assert!(matches!(outside, PlanError::IndexOutsideTree { .. }));
        assert!(inclusion_plan(LeafIndex(0), TreeSize(0)).is_err());
        let empty = consistency_plan(TreeSize(0), TreeSize(0)).unwrap_err();
        assert_eq!(empty, PlanError::ConsistencyFromEmpty);
        let less = consistency_plan(TreeSize(3), TreeSize(2)).unwrap_err();
        assert!(matches!(less, PlanError::SizesDecrease { .. }));
    }
}
