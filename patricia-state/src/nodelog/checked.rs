//! Which nodes were checked against their hashes already.
//!
//! A table of fixed size: an entry says that the record at one location has one hash. Distances
//! are not hashed, so it is the pair that has to be remembered: a damaged distance leads to a
//! record that may well have been checked, under another hash.
//!
//! Invariant: a tag stands in the table only after its record was checked. Tags have 64 bits, and
//! two pairs have the same one by chance only, once in 2^64.

use std::boxed::Box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::record::Location;
use crate::suite::NodeHash;

/// Entries of the table: 2 MiB.
const ENTRIES: usize = 1 << 18;

#[derive(Debug, Default)]
pub(super) struct Checked(OnceLock<Box<[AtomicU64]>>);

impl Checked {
    fn entry(&self, location: Location) -> Option<&AtomicU64> {
        let table = self
            .0
            .get_or_init(|| (0..ENTRIES).map(|_| AtomicU64::new(0)).collect());
        // Records are about as long as this or longer, so that neighbours have different entries.
        let index = usize::try_from(location.0 / 32).unwrap_or(0) % ENTRIES;
        table.get(index)
    }

    /// Whether the record at `location` was found to have this hash.
    #[inline]
    pub(super) fn holds(&self, location: Location, hash: &NodeHash) -> bool {
        let tag = tag(location, hash);
        self.entry(location)
            .is_some_and(|entry| entry.load(Ordering::Relaxed) == tag)
    }

    /// Notes that the record at `location` has this hash.
    pub(super) fn note(&self, location: Location, hash: &NodeHash) {
        if let Some(entry) = self.entry(location) {
            entry.store(tag(location, hash), Ordering::Relaxed);
        }
    }
}

/// Never 0, which is what the table starts with.
fn tag(location: Location, hash: &NodeHash) -> u64 {
    let start = hash
        .first_chunk()
        .map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let spread = location.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (start ^ spread) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pair_that_was_noted_is_held() {
        let checked = Checked::default();
        let (one, other) = ([1; 32], [2; 32]);
        assert!(!checked.holds(Location(0), &[0; 32]));
        checked.note(Location(64), &one);
        assert!(checked.holds(Location(64), &one));
        assert!(!checked.holds(Location(64), &other));
        assert!(!checked.holds(Location(65), &one));
        checked.note(Location(64 + 32 * ENTRIES as u64), &one);
        assert!(
            !checked.holds(Location(64), &one),
            "the entry was taken over"
        );
    }
}
