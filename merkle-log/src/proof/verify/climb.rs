//! The way from a node to the root, as a verifier sees it.
//!
//! Why it has the length it has (RFC 9162 sections 2.1.3.2 and 2.1.4.2 say the same as a loop):
//! compare the path of a node with that of the last node of its level. Up to where they meet, each
//! step has a sibling: on the left if the node is a right child, else on the right. From there on
//! the node is itself the last of its level, so that a sibling exists only on the left. `inner`
//! counts the first steps, `border` the others; the sum is the only length a path may have.

use crate::hash::Hash;
use crate::tree::TreeType;

/// On which side of the path a sibling stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sibling {
    Left,
    Right,
}

/// The sides of the siblings on the way from a node to the root.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    index: u64,
    inner: u32,
    border: u32,
}

impl Steps {
    /// The way up from the node `index` of a level whose last node is `last`.
    pub(super) const fn of(index: u64, last: u64) -> Self {
        let inner = u64::BITS.saturating_sub((index ^ last).leading_zeros());
        Self {
            index,
            inner,
            border: shr(index, inner).count_ones(),
        }
    }

    /// At most 64.
    pub(super) const fn len(&self) -> usize {
        self.inner.saturating_add(self.border) as usize
    }

    /// How many of the siblings stand on the right.
    pub(super) const fn rights(&self) -> usize {
        let lefts = self.index.count_ones().saturating_sub(self.border);
        self.inner.saturating_sub(lefts) as usize
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

/// The root above a node, whose siblings `path` gives: one for each step.
pub(super) fn climb(tree: TreeType, node: &Hash, steps: Steps, path: &[Hash]) -> Hash {
    steps
        .zip(path)
        .fold(*node, |hash, (side, sibling)| match side {
            Sibling::Left => tree.node(sibling, &hash),
            Sibling::Right => tree.node(&hash, sibling),
        })
}

/// `value >> bits`, 0 where nothing is left.
pub(super) const fn shr(value: u64, bits: u32) -> u64 {
    match value.checked_shr(bits) {
        Some(rest) => rest,
        None => 0,
    }
}
