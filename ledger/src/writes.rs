//! Writes to one state that are being gathered: each key once, with the last value written.
//!
//! Keys and values lie in one buffer, so that gathering a million of them allocates a few times and
//! dropping them costs nothing. They are sorted once, when the batch is sealed.
//!
//! Invariants:
//!
//! - `by_hash` leads to the last key with a hash, `older` from there to the others with the same
//!   hash; hashes are keyed, so that nobody can choose keys that have the same one;
//! - a value of no bytes is a removal.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use std::collections::HashMap;
use std::hash::RandomState;

use crate::delta::Write;

#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    bytes: Vec<u8>,
    list: Vec<Placed>,
    by_hash: HashMap<u64, usize, AsIs>,
    keyed: RandomState,
    /// Bytes of the keys and of their last values.
    bytes_len: usize,
}

/// Where a key and its last value lie in the buffer.
#[derive(Clone, Copy, Debug)]
struct Placed {
    key: (usize, usize),
    value: (usize, usize),
    older: Option<usize>,
}

impl Writes {
    /// Sets a key, or removes it if the value is empty.
    pub(crate) fn set(&mut self, key: &[u8], value: &[u8]) {
        let hash = self.keyed.hash_one(key);
        let last = self.by_hash.get(&hash).copied();
        let known = self.find(last, key);
        if known.is_none() {
            let key = self.put(key);
            self.by_hash.insert(hash, self.list.len());
            self.list.push(Placed {
                key,
                value: (0, 0),
                older: last,
            });
        }
        let value = self.put(value);
        let at = known.unwrap_or(self.list.len() - 1);
        if let Some(placed) = self.list.get_mut(at) {
            let before = core::mem::replace(&mut placed.value, value);
            self.bytes_len -= before.1 - before.0;
        }
    }

    /// What was written to a key: `None` nothing, `Some(None)` its removal.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        let last = self.by_hash.get(&self.keyed.hash_one(key)).copied();
        let placed = self.list.get(self.find(last, key)?)?;
        Some(self.write(placed).1)
    }

    /// Number of keys.
    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Bytes of keys and values.
    pub(crate) const fn bytes_len(&self) -> usize {
        self.bytes_len
    }

    /// The writes in the order in which their keys came first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Write<'_>> {
        self.list.iter().map(|placed| self.write(placed))
    }

    /// The writes, keys rising.
    pub(crate) fn sorted(&self) -> Vec<Write<'_>> {
        // The first bytes beside the write: seldom does a comparison have to look at the keys.
        let mut writes: Vec<(u64, Write<'_>)> = self
            .iter()
            .map(|write| (first_bytes(write.0), write))
            .collect();
        writes.sort_unstable_by_key(|(first, (key, _))| (*first, *key));
        writes.into_iter().map(|(_, write)| write).collect()
    }

    fn write(&self, placed: &Placed) -> Write<'_> {
        let value = self.at(placed.value);
        (self.at(placed.key), Some(value).filter(|v| !v.is_empty()))
    }

    fn at(&self, (start, end): (usize, usize)) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn put(&mut self, bytes: &[u8]) -> (usize, usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.bytes_len += bytes.len();
        (start, self.bytes.len())
    }

    /// The place of a key, from the last one with its hash on.
    fn find(&self, mut at: Option<usize>, key: &[u8]) -> Option<usize> {
        loop {
            let placed = self.list.get(at?)?;
            if self.at(placed.key) == key {
                return at;
            }
            at = placed.older;
        }
    }
}

/// The first 8 bytes of a key, zeros where it is shorter, as a number that sorts alike.
fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(first)
}

/// Takes a hash for its own hash.
#[derive(Clone, Copy, Debug, Default)]
struct AsIs(u64);

impl BuildHasher for AsIs {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .fold(self.0, |sum, byte| sum << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_last_value_of_each_key_counts(
            written in prop::collection::vec(
                (prop::collection::vec(0..3_u8, 0..12), prop::collection::vec(any::<u8>(), 0..4)),
                0..200,
            ),
            others in prop::collection::vec(prop::collection::vec(0..3_u8, 0..12), 20),
        ) {
            let (mut writes, mut map) = (Writes::default(), BTreeMap::new());
            for (key, value) in &written {
                writes.set(key, value);
                map.insert(key.clone(), Some(value.clone()).filter(|v| !v.is_empty()));
                prop_assert_eq!(writes.get(key), Some(map[key].as_deref()));
            }
            for key in &others {
                prop_assert_eq!(writes.get(key), map.get(key).map(Option::as_deref));
            }
            prop_assert_eq!(writes.len(), map.len());
            prop_assert_eq!(writes.is_empty(), map.is_empty());
            let bytes = map.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len));
            prop_assert_eq!(writes.bytes_len(), bytes.sum::<usize>());
            prop_assert_eq!(writes.iter().count(), map.len());
            let expected = map.iter().map(|(k, v)| (&k[..], v.as_deref()));
            prop_assert!(writes.sorted().into_iter().eq(expected));
        }
    }

    #[test]
    fn keys_of_the_same_hash_are_told_apart() {
        let mut writes = Writes::default();
        writes.set(b"one", b"1");
        // As if the next key had the same hash.
        let hash = writes.keyed.hash_one(b"two".as_slice());
        writes.by_hash.insert(hash, 0);
        writes.set(b"two", b"2");
        assert_eq!(writes.list[1].older, Some(0));
        let from = writes.by_hash.get(&hash).copied();
        assert_eq!(writes.find(from, b"two"), Some(1));
        assert_eq!(writes.find(from, b"one"), Some(0));
        assert_eq!(writes.find(from, b"other"), None);
    }
}
