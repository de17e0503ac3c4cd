//! Which nodes the proof of many leaves consists of: arithmetic alone.
//!
//! Both plans go up level by level, with a row of the nodes that can be computed. Where the
//! sibling of one exists and is not in the row itself, the proof has to give it.

use alloc::vec::Vec;

use super::plan::{Step, Steps, inclusion_plan};
use crate::error::PlanError;
use crate::index::{LeafIndex, NodeId, NodeRange, TreeSize};

/// The plan of the proof for the leaves `[begin, end)` in a tree of `size`. At most 126 steps.
///
/// # Errors
/// [`PlanError::EmptyRange`] unless `begin < end`, [`PlanError::IndexOutsideTree`] unless
/// `end <= size`.
pub fn range_plan(
    begin: LeafIndex,
    end: LeafIndex,
    size: TreeSize,
) -> Result<Vec<NodeRange>, PlanError> {
    let steps = range_steps(begin, end, size)?;
    Ok(steps.into_iter().map(Step::range).collect())
}

/// The steps of that plan, for who fetches them.
pub(super) fn range_steps(
    begin: LeafIndex,
    end: LeafIndex,
    size: TreeSize,
) -> Result<Vec<Step>, PlanError> {
    if begin >= end {
        return Err(PlanError::EmptyRange { begin, end });
    }
    // The climb of the row's last node; of the row itself as soon as it is one node.
    let mut climb = inclusion_plan(LeafIndex(end.0 - 1), size)?;
    let mut first = begin.0;
    let mut plan = Vec::with_capacity(range_steps_max(first, climb.index, climb.last));
    while first != climb.index {
        if first % 2 == 1 {
            plan.push(step_to(climb.level, first - 1, climb.last, size));
        }
        if climb.index % 2 == 0 && climb.index < climb.last {
            plan.push(step_to(climb.level, climb.index + 1, climb.last, size));
        }
        first /= 2;
        climb.level += 1;
        climb.index /= 2;
        climb.last /= 2;
    }
    plan.extend(Steps(climb));
    Ok(plan)
}

/// No proof has more steps: two at each level below the one where the row is a single node, and
/// one at each level from there on.
const fn range_steps_max(first: u64, index: u64, last: u64) -> usize {
    let below = u64::BITS - (first ^ index).leading_zeros();
    let all = u64::BITS - last.leading_zeros();
    (below + all) as usize
}

/// The plan of the proof for leaves at any indices of a tree of `size`, which must rise. At most 64
/// steps a leaf.
///
/// # Errors
/// [`PlanError::NoLeaves`], [`PlanError::IndicesNotRising`] or [`PlanError::IndexOutsideTree`].
pub fn multi_plan(indices: &[LeafIndex], size: TreeSize) -> Result<Vec<NodeRange>, PlanError> {
    let steps = multi_steps(indices, size)?;
    Ok(steps.into_iter().map(Step::range).collect())
}

/// The steps of that plan, for who fetches them.
pub(super) fn multi_steps(indices: &[LeafIndex], size: TreeSize) -> Result<Vec<Step>, PlanError> {
    let Some(greatest) = indices.last() else {
        return Err(PlanError::NoLeaves);
    };
    for (previous, next) in indices.iter().zip(indices.iter().skip(1)) {
        if previous >= next {
            return Err(PlanError::IndicesNotRising {
                previous: *previous,
                next: *next,
            });
        }
    }
    if !size.contains(*greatest) {
        return Err(PlanError::IndexOutsideTree {
            index: *greatest,
            size,
        });
    }

    let mut row: Vec<u64> = indices.iter().map(|index| index.0).collect();
    let (mut level, mut last) = (0, size.0 - 1);
    let mut plan = Vec::with_capacity(steps_max(row.len(), last));
    while last != 0 {
        let mut above = Vec::with_capacity(row.len());
        let mut nodes = row.iter().copied().peekable();
        while let Some(index) = nodes.next() {
            let sibling = index ^ 1;
            // In a row that rises, a sibling on the left would have come before.
            if nodes.next_if_eq(&sibling).is_none() && sibling <= last {
                plan.push(step_to(level, sibling, last, size));
            }
            above.push(index / 2);
        }
        row = above;
        level += 1;
        last /= 2;
    }
    Ok(plan)
}

/// No proof has more steps: paths of leaves that lie far apart meet at the levels that have fewer
/// nodes than there are leaves.
const fn steps_max(leaves: usize, last: u64) -> usize {
    let levels = u64::BITS - last.leading_zeros();
    let met = usize::BITS - leaves.leading_zeros();
    leaves * (levels.saturating_sub(met) as usize + 2)
}

/// The step to a node of a level, below 64, whose last node is `last`: all but that one are
/// complete, which spares looking at where they end.
#[allow(
    clippy::cast_possible_truncation,
    reason = "levels are numbers of bits in a u64"
)]
fn step_to(level: u32, index: u64, last: u64, size: TreeSize) -> Step {
    if index < last {
        return Step::Node(NodeId::new(level as u8, index));
    }
    let begin = index << level;
    let end = begin.saturating_add(1 << level).min(size.0);
    Step::over(NodeRange { begin, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn ranges(plan: impl IntoIterator<Item = NodeRange>) -> Vec<(u64, u64)> {
        plan.into_iter().map(|r| (r.begin, r.end)).collect()
    }

    fn range(begin: u64, end: u64, size: u64) -> Vec<(u64, u64)> {
        ranges(range_plan(LeafIndex(begin), LeafIndex(end), TreeSize(size)).unwrap())
    }

    fn multi(indices: &[u64], size: u64) -> Vec<(u64, u64)> {
        let indices: Vec<_> = indices.iter().copied().map(LeafIndex).collect();
        ranges(multi_plan(&indices, TreeSize(size)).unwrap())
    }

    #[test]
    fn what_stands_beside_leaves() {
        assert_eq!(range(3, 5, 7), [(2, 3), (5, 6), (0, 2), (6, 7)]);
        assert_eq!(range(0, 7, 7), []);
        assert_eq!(range(5, 7, 7), [(4, 5), (0, 4)]);
        assert_eq!(multi(&[0, 1, 6], 7), [(2, 4), (4, 6)]);
        assert_eq!(multi(&[2], 7), [(3, 4), (0, 2), (4, 7)]);
        assert_eq!(multi(&[0], 1), []);
    }

    #[test]
    fn a_range_is_planned_as_its_leaves_are() {
        for size in 1..40 {
            for begin in 0..size {
                for end in begin + 1..=size {
                    let indices: Vec<u64> = (begin..end).collect();
                    assert_eq!(range(begin, end, size), multi(&indices, size));
                }
            }
        }
    }

    #[test]
    fn the_largest_trees_do_not_overflow() {
        assert_eq!(range(0, u64::MAX, u64::MAX), []);
        assert_eq!(
            range(1, u64::MAX - 1, u64::MAX),
            [(0, 1), (u64::MAX - 1, u64::MAX)]
        );
        assert_eq!(range((1 << 63) - 1, (1 << 63) + 1, u64::MAX).len(), 126);
        assert_eq!(multi(&[0, u64::MAX - 1], u64::MAX).len(), 125);
    }

    #[test]
    fn no_plan_is_longer_than_its_room() {
        for size in 1..40u64 {
            for begin in 0..size {
                for end in begin + 1..=size {
                    let max = range_steps_max(begin, end - 1, size - 1);
                    assert!(range(begin, end, size).len() <= max, "[{begin}, {end})");
                }
            }
        }
        let middle = 1 << 63;
        assert_eq!(range_steps_max(middle - 1, middle, u64::MAX - 1), 128);
        for size in 1..=11u64 {
            for leaves in 1u64..1 << size {
                let indices: Vec<u64> = (0..size).filter(|i| leaves >> i & 1 == 1).collect();
                let max = steps_max(indices.len(), size - 1);
                assert!(multi(&indices, size).len() <= max, "{indices:?} of {size}");
            }
        }
        // As far apart as leaves can be.
        for leaves in 1..=20 {
            let indices: Vec<u64> = (0..leaves).map(|i| u64::MAX / leaves * i).collect();
            let len = multi(&indices, u64::MAX).len();
            assert!(len <= steps_max(indices.len(), u64::MAX - 1), "{leaves}");
        }
    }

    #[test]
    fn what_no_proof_exists_for() {
        let range = |begin, end, size| {
            range_plan(LeafIndex(begin), LeafIndex(end), TreeSize(size)).unwrap_err()
        };
        assert!(matches!(range(3, 3, 9), PlanError::EmptyRange { .. }));
        assert!(matches!(range(4, 3, 9), PlanError::EmptyRange { .. }));
        assert!(matches!(range(3, 5, 4), PlanError::IndexOutsideTree { .. }));
        let multi = |indices: &[u64]| {
            let indices: Vec<_> = indices.iter().copied().map(LeafIndex).collect();
            multi_plan(&indices, TreeSize(4)).unwrap_err()
        };
        assert_eq!(multi(&[]), PlanError::NoLeaves);
        assert!(matches!(multi(&[1, 1]), PlanError::IndicesNotRising { .. }));
        assert!(matches!(multi(&[2, 1]), PlanError::IndicesNotRising { .. }));
        assert!(matches!(multi(&[2, 4]), PlanError::IndexOutsideTree { .. }));
    }
}
