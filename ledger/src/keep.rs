//! Which heights of a state stay readable: the node's own choice, no part of what replicas share.

use core::num::NonZeroU64;

use alloc::collections::BTreeSet;

/// What a node wants to keep of a ledger's states.
///
/// It is a lower bound: what is more than that goes when dropping it is worth the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub(crate) last: Option<NonZeroU64>,
    pub(crate) heights: BTreeSet<u64>,
}

impl Keep {
    /// Every height.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The last `heights` heights.
    #[must_use]
    pub fn last(heights: NonZeroU64) -> Self {
        Self {
            last: Some(heights),
            ..Self::default()
        }
    }

    /// These single heights too, whatever their age.
    #[must_use]
    pub fn and(mut self, heights: impl IntoIterator<Item = u64>) -> Self {
        self.heights.extend(heights);
        self
    }

    /// How many of the last heights; `None` for all.
    #[must_use]
    pub const fn last_heights(&self) -> Option<NonZeroU64> {
        self.last
    }

    /// The single heights, rising.
    pub fn single_heights(&self) -> impl Iterator<Item = u64> {
        self.heights.iter().copied()
    }

    /// The first height of those kept at a tip: 1 for all.
    pub(crate) fn first_at(&self, tip: u64) -> u64 {
        self.last
            .map_or(1, |last| tip.saturating_sub(last.get() - 1).max(1))
    }
}

/// Which heights of a ledger's state can be read, and what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHeights {
    pub(crate) keep: Keep,
    pub(crate) oldest: u64,
}

impl Default for KeptHeights {
    fn default() -> Self {
        Self {
            keep: Keep::all(),
            oldest: 1,
        }
    }
}

impl KeptHeights {
    /// What later commits go by.
    #[must_use]
    pub const fn keep(&self) -> &Keep {
        &self.keep
    }

    /// The height from which on every height can be read.
    #[must_use]
    pub const fn oldest(&self) -> u64 {
        self.oldest
    }

    /// The heights whose nodes, with all that come after the last of them, are those of all that
    /// are kept; rising.
    pub(crate) fn needed(&self) -> Vec<u64> {
        let single = self.keep.heights.range(..self.oldest).copied();
        single.chain([self.oldest]).collect()
    }

    /// The same for a store that ends at `tip`, or ended there again.
    pub(crate) fn up_to(mut self, tip: u64) -> Self {
        self.oldest = self.oldest.min(tip.max(1));
        self.keep.heights.retain(|height| *height <= tip);
        self
    }

    /// Whether the state of a height can be read, if that height was committed. The states before
    /// the first commit, which have no keys, always can.
    #[must_use]
    pub fn holds(&self, height: u64) -> bool {
        height == 0 || height >= self.oldest || self.keep.heights.contains(&height)
    }
}
