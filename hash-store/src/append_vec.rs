//! A list that grows while others read it.
//!
//! Invariants:
//!
//! - bucket k holds the 2^k items from index 2^k - 1 on; no item is ever moved or replaced;
//! - the length is raised after its item stands, so that every index below it has one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Items that `usize` can count to: as many buckets as it has bits.
const BUCKETS: usize = usize::BITS as usize;

type Bucket<T> = OnceLock<Box<[OnceLock<T>]>>;

/// An append-only list: readers hold references to its items while others append.
#[derive(Debug)]
pub struct AppendVec<T> {
    buckets: [Bucket<T>; BUCKETS],
    len: AtomicUsize,
    appending: Mutex<()>,
}

impl<T> Default for AppendVec<T> {
    fn default() -> Self {
        Self {
            buckets: [const { OnceLock::new() }; BUCKETS],
            len: AtomicUsize::new(0),
            appending: Mutex::new(()),
        }
    }
}

impl<T> AppendVec<T> {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends an item.
    pub fn push(&self, item: T) {
        let _alone = self
            .appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let index = self.len.load(Ordering::Relaxed);
        let (bucket, slot) = place(index);
        let cells = self.buckets.get(bucket).map(|cell| {
            cell.get_or_init(|| (0..1usize << bucket).map(|_| OnceLock::new()).collect())
        });
        if let Some(cell) = cells.and_then(|cells| cells.get(slot)) {
            // Nobody else appends, so the cell is empty.
            let _ = cell.set(item);
            self.len.store(index + 1, Ordering::Release);
        }
    }

    /// The item at `index`. O(1).
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (bucket, slot) = place(index);
        self.buckets.get(bucket)?.get()?.get(slot)?.get()
    }

    /// The last item.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The items in order, as many as there are now.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The last of the items for which `precedes` holds, where it holds for a first part of the
    /// list and for none after it. O(log n), and O(1) for the last item.
    pub fn last_where(&self, precedes: impl Fn(&T) -> bool) -> Option<&T> {
        let (mut low, mut high) = (0, self.len());
        if let Some(last) = self.get(high.checked_sub(1)?).filter(|last| precedes(last)) {
            return Some(last);
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(&precedes) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.get(low.checked_sub(1)?)
    }
}

/// Bucket of an index, and slot in it.
const fn place(index: usize) -> (usize, usize) {
    let bucket = index.saturating_add(1).ilog2() as usize;
    (bucket, index.saturating_add(1) - (1 << bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_where_they_are_while_the_list_grows() {
        let list = AppendVec::default();
        assert_eq!((list.len(), list.last()), (0, None));
        list.push(0usize);
        let first = list.get(0).unwrap();
        for item in 1..1000 {
            list.push(item);
        }
        assert_eq!(*first, 0);
        assert!(std::ptr::eq(first, list.get(0).unwrap()));
        assert!(list.iter().copied().eq(0..1000));
        assert_eq!((list.last(), list.get(1000)), (Some(&999), None));
        for bound in 0..1001 {
            let found = list.last_where(|item| *item < bound);
            assert_eq!(found.copied(), bound.checked_sub(1), "{bound}");
        }
    }

    #[test]
    fn readers_see_every_item_below_the_length() {
        let list = AppendVec::default();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..20_000usize).for_each(|item| list.push(item)));
            scope.spawn(|| {
                while list.len() < 20_000 {
                    let len = list.len();
                    assert!(list.iter().take(len).copied().eq(0..len));
                    std::thread::yield_now();
                }
            });
        });
    }
}
