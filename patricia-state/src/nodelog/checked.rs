//! Which nodes were checked against their hashes already.
//!
//! A table of fixed size: an entry says that the record at one location has one hash. Distances
//! are not hashed, so it is the pair that has to be remembered: a damaged distance leads to a
//! record that may well have been checked, under another hash. The table's memory is taken in
//! chunks as it is needed; records that were written together have their entries together.
//!
//! Invariant: a tag stands in the table only after its record was checked. Tags have 64 bits, and
//! two pairs have the same one by chance only, once in 2^64.

use core::hint::black_box;
use std::boxed::Box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;
use std::vec::Vec;

use crate::record::{Location, Record};
use crate::suite::{NodeHash, StateSuite};
use crate::warm::touch_record;

/// Entries of a chunk: 32 KiB.
const CHUNK: usize = 1 << 12;
/// Chunks of the table: at most 32 MiB, in which the nodes of 256 MiB of log have an entry each.
const CHUNKS: usize = 1 << 10;
/// Bytes of log an entry: few records are shorter, so that neighbours have different entries.
const SPAN: u64 = 64;
/// At most so many nodes are hashed in one call.
const CHECKED_AT_ONCE: usize = 128;

type Chunk = OnceLock<Box<[AtomicU64]>>;

#[derive(Debug)]
pub(super) struct Checked {
    chunks: Box<[Chunk]>,
    /// How many nodes were checked, each time counted.
    count: AtomicU64,
}

impl Default for Checked {
    fn default() -> Self {
        Self {
            chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(),
            count: AtomicU64::new(0),
        }
    }
}

impl Checked {
    #[inline]
    fn place(&self, location: Location) -> Option<(&Chunk, usize)> {
        let index = usize::try_from(location.0 / SPAN).unwrap_or(0) % (CHUNK * CHUNKS);
        Some((self.chunks.get(index / CHUNK)?, index % CHUNK))
    }

    /// Whether the record at `location` was found to have this hash.
    #[inline]
    pub(super) fn holds(&self, location: Location, hash: &NodeHash) -> bool {
        let entry = self.place(location);
        let entry = entry.and_then(|(chunk, index)| chunk.get()?.get(index));
        entry.is_some_and(|entry| entry.load(Ordering::Relaxed) == tag(location, hash))
    }

    /// Notes that the record at `location` has this hash.
    pub(super) fn note(&self, location: Location, hash: &NodeHash) {
        let Some((chunk, index)) = self.place(location) else {
            return;
        };
        let entries = chunk.get_or_init(|| (0..CHUNK).map(|_| AtomicU64::new(0)).collect());
        if let Some(entry) = entries.get(index) {
            entry.store(tag(location, hash), Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a node was checked.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Checks nodes side by side, and notes those that have their hash.
    pub(super) fn check(&self, suite: StateSuite, nodes: &[(Location, &NodeHash, &[u8])]) {
        let (mut rlps, mut hashes) = (Vec::new(), vec![[0; 32]; CHECKED_AT_ONCE]);
        for nodes in nodes.chunks(CHECKED_AT_ONCE) {
            // Loads of where the records start overlap, before one is waited for.
            let first = nodes.iter().map(|(_, _, bytes)| bytes.first());
            black_box(first.flatten().fold(0, |sum, byte| sum ^ byte));
            // And so do those of all they consist of.
            let records = nodes
                .iter()
                .map(|node| (node, Record::parse(node.2, node.0)));
            let records: Vec<_> = records.collect();
            let touched = records
                .iter()
                .flat_map(|(_, record)| record)
                .map(touch_record);
            black_box(touched.fold(0, |sum, byte| sum ^ byte));
            rlps.clear();
            let mut parsed = Vec::with_capacity(nodes.len());
            for (node, record) in records {
                let start = rlps.len();
                match record.and_then(|record| record.put_rlp(&mut rlps)) {
                    Ok(()) => parsed.push((node, start..rlps.len())),
                    Err(_) => rlps.truncate(start),
                }
            }
            let messages = parsed.iter().map(|(_, range)| rlps.get(range.clone()));
            let messages: Vec<&[u8]> = messages.flatten().collect();
            suite.hash_many(&messages, &mut hashes);
            for (((location, hash, _), _), computed) in parsed.iter().zip(&hashes) {
                if *hash == computed {
                    self.note(*location, hash);
                }
            }
        }
    }
}

/// Never 0, which is what the table starts with.
#[inline]
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
        checked.note(Location(64 + SPAN * (CHUNK * CHUNKS) as u64), &one);
        assert!(
            !checked.holds(Location(64), &one),
            "the entry was taken over"
        );
    }

    #[test]
    fn neighbours_have_entries_of_their_own() {
        let checked = Checked::default();
        let places = (0..6000).chain((CHUNK * (CHUNKS - 1)) as u64..(CHUNK * CHUNKS) as u64);
        let places = places.map(|entry| Location(entry * SPAN));
        places.clone().for_each(|at| checked.note(at, &[3; 32]));
        assert!(places.clone().all(|at| checked.holds(at, &[3; 32])));
        assert_eq!(checked.count(), places.count() as u64);
    }

    /// A hash that a location's share of the tag hides, or makes nothing of.
    #[test]
    fn no_hash_has_the_tag_of_an_empty_entry_or_of_another() {
        let checked = Checked::default();
        let at = Location(4096);
        checked.note(Location(0), &[1; 32]);
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&tag(at, &[0; 32]).to_le_bytes());
        assert!(!checked.holds(at, &hash));
        checked.note(at, &[0; 32]);
        assert!(!checked.holds(at, &hash));
    }

    #[test]
    fn of_many_nodes_those_with_their_hash_are_noted() {
        let suite = StateSuite::Blake3;
        let leaf = [0xc4, 0x20, 0x82, 0x01, 0x02];
        let hash = suite.hash(&leaf);
        let nothing = suite.hash(&[]);
        let damaged = [0xc4, 0x20, 0x82, 0x01, 0x03];
        let checked = Checked::default();
        let mut nodes: Vec<(Location, &NodeHash, &[u8])> = (0..300)
            .map(|i| (Location(i * 100), &hash, &leaf[..]))
            .collect();
        nodes[150].2 = &damaged;
        (nodes[151].1, nodes[151].2) = (&nothing, &[0x40]);
        checked.check(suite, &nodes);
        for (i, (location, hash, _)) in nodes.iter().enumerate() {
            assert_eq!(checked.holds(*location, hash), !(150..152).contains(&i));
        }
    }
}
