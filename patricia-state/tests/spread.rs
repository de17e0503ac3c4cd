//! Goal: a batch that is merged by several threads is, byte for byte, the one that is merged by one.
//!
//! Method: random batches, large enough to be shared, sealed with several numbers of threads and
//! compared with what one thread makes. Keys are drawn so that branches are even and uneven, deep
//! and shallow, and collapse; logs are short, so that the bytes which a distance takes change with
//! the place of a record. A source that waits for a second reader shows that there is one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a failed step is a failed test; random bytes"
)]

mod common;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex};
use std::thread::{ThreadId, current};
use std::time::Duration;

use common::cases;
use patricia_state::{
    Change, Changes, Location, NodeHash, NodeSource, NodeStore, Overlay, StateSuite,
    StoredNodeError,
};
use proptest::prelude::*;

const SUITE: StateSuite = StateSuite::Blake3;

const fn workers(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// `SplitMix64`'s output function.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// How the keys of one case are made.
#[derive(Clone, Debug)]
struct Shape {
    prefix: Vec<u8>,
    /// The first bytes behind the prefix are reduced by these masks.
    masks: [u8; 2],
    /// Bytes behind the prefix.
    len: usize,
    /// Keys that batches draw from.
    pool: u64,
}

impl Shape {
    fn key(&self, number: u64) -> Vec<u8> {
        let number = number % self.pool;
        let mut tail: Vec<u8> = (0..5)
            .flat_map(|i| mix(number * 8 + i).to_le_bytes())
            .collect();
        // Some keys end early: branches have values, and some keys are prefixes of others.
        let len = if number.is_multiple_of(7) {
            1 + self.len / 3
        } else {
            self.len
        };
        tail.truncate(len);
        for (byte, mask) in tail.iter_mut().zip(self.masks) {
            *byte &= mask;
        }
        [&self.prefix[..], &tail].concat()
    }
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let mask = || prop::sample::select(vec![0xff_u8, 0xf0, 0x3f, 0x11, 0x80, 0x00]);
    let prefix = prop::sample::select(vec![vec![], vec![0xab], vec![1, 2, 3]]);
    (prefix, [mask(), mask()], 4..34_usize, 1500..6000_u64).prop_map(
        |(prefix, masks, len, pool)| Shape {
            prefix,
            masks,
            len,
            pool,
        },
    )
}

/// One batch: so many draws, one in `removed` of them a removal, values of up to `value_len` bytes.
fn any_batch() -> impl Strategy<Value = (u64, u64, u64, usize)> {
    let removed = prop::sample::select(vec![1_u64, 2, 10, 1000]);
    let value_len = prop::sample::select(vec![1_usize, 20, 40, 300]);
    (any::<u64>(), 1000..4000_u64, removed, value_len)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn any_number_of_threads_makes_the_same_records(
        shape in any_shape(),
        batches in prop::collection::vec((any_batch(), any::<bool>()), 1..5),
    ) {
        let mut log = NodeStore::new();
        let mut tip = Overlay::empty(SUITE);
        for ((seed, draws, removed, value_len), is_committed) in batches {
            let writes: BTreeMap<Vec<u8>, Vec<u8>> = (0..draws).map(|draw| {
                let number = mix(seed ^ draw);
                let len = if number.is_multiple_of(removed) { 0 } else { 1 + draw as usize % value_len };
                (shape.key(number), vec![number as u8; len])
            }).collect();
            let changes: Changes<'_> = writes.iter().map(|(k, v)| Change::set(k, v)).collect();
            let alone = tip.seal(&log, SUITE, &changes).unwrap();
            for count in [1, 2, 3, 16] {
                let shared = tip.seal_by(workers(count), &log, SUITE, &changes).unwrap();
                prop_assert_eq!(shared.root(), alone.root(), "{} threads", count);
                let same = shared.extensions().last() == alone.extensions().last();
                prop_assert!(same, "other records by {} threads", count);
            }
            tip = alone;
            if is_committed {
                tip.store(|extension| log.append(extension)).unwrap();
            }
        }
    }
}

fn keys() -> Vec<[u8; 8]> {
    (0..4000).map(|number| mix(number).to_be_bytes()).collect()
}

fn set_all<'a>(keys: &'a [[u8; 8]], value: &'a [u8]) -> Changes<'a> {
    keys.iter().map(|key| Change::set(key, value)).collect()
}

fn built() -> (NodeStore, Overlay, Vec<[u8; 8]>) {
    let keys = keys();
    let mut log = NodeStore::new();
    let tip = Overlay::empty(SUITE);
    let tip = tip.seal(&log, SUITE, &set_all(&keys, &[7; 40])).unwrap();
    tip.store(|extension| log.append(extension)).unwrap();
    (log, tip, keys)
}

/// Below nibble 0 a branch that is merged by threads and stands in one with few others; then, while
/// that one waits for its hash, below nibble 1 another branch that is merged by threads.
#[test]
fn branches_that_wait_for_their_hashes_get_them() {
    let key = |first: u8, number: u64| {
        let mut key = mix(number).to_be_bytes().to_vec();
        key.insert(0, first);
        key
    };
    let few = (0..100).map(|number| key(0x01, number));
    let first = (0..1200).map(|number| key(0x00, number));
    let second = (0..8000).map(|number| key(0x11, number));
    let keys: Vec<Vec<u8>> = first.chain(few).chain(second).collect();
    let changes: Changes<'_> = keys.iter().map(|key| Change::set(key, &[7; 40])).collect();
    let log = NodeStore::new();
    let alone = Overlay::empty(SUITE).seal(&log, SUITE, &changes).unwrap();
    for count in [2, 3] {
        let shared = Overlay::empty(SUITE).seal_by(workers(count), &log, SUITE, &changes);
        assert_eq!(
            shared.unwrap().extensions().last(),
            alone.extensions().last()
        );
    }
}

/// A log whose readers wait, below the root, until there are so many of them.
struct Meeting {
    log: NodeStore,
    root: Location,
    expected: usize,
    met: Mutex<Vec<ThreadId>>,
    came: Condvar,
}

impl NodeSource for Meeting {
    type Error = StoredNodeError;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        let mut met = self.met.lock().unwrap();
        if location != self.root && !met.contains(&current().id()) {
            met.push(current().id());
            self.came.notify_all();
        }
        let few = |met: &mut Vec<ThreadId>| !met.is_empty() && met.len() < self.expected;
        let waited = self
            .came
            .wait_timeout_while(met, Duration::from_secs(20), few);
        drop(waited);
        self.log.record(location, hash)
    }

    fn end(&self) -> Location {
        self.log.end()
    }
}

#[test]
fn as_many_threads_read_as_were_asked_for() {
    let (log, tip, keys) = built();
    let changes = set_all(&keys, b"new");
    let alone = Overlay::new(*tip.root())
        .seal(&log, SUITE, &changes)
        .unwrap();
    for expected in [1, 2, 5] {
        let source = Meeting {
            log: log.clone(),
            root: tip.root().location.unwrap(),
            expected,
            met: Mutex::default(),
            came: Condvar::new(),
        };
        let tip = Overlay::new(*tip.root());
        let shared = tip
            .seal_by(workers(expected), &source, SUITE, &changes)
            .unwrap();
        assert_eq!(source.met.into_inner().unwrap().len(), expected);
        assert_eq!(shared.extensions().last(), alone.extensions().last());
    }
}

/// A log in which some nodes cannot be read.
struct Torn {
    log: NodeStore,
    from: Location,
    to: Location,
}

impl NodeSource for Torn {
    type Error = StoredNodeError;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        if (self.from..self.to).contains(&location) {
            let end = self.end();
            return Err(StoredNodeError::Missing { location, end });
        }
        self.log.record(location, hash)
    }

    fn end(&self) -> Location {
        self.log.end()
    }
}

#[test]
fn a_node_that_cannot_be_read_by_any_thread_is_an_error() {
    let (log, tip, keys) = built();
    let end = log.end().0;
    let changes = set_all(&keys, b"new");
    for part in 0..8 {
        let (from, to) = (end * part / 8, end * (part + 1) / 8);
        let source = Torn {
            log: log.clone(),
            from: Location(from),
            to: Location(to),
        };
        for count in [2, 4] {
            let tip = Overlay::new(*tip.root());
            let Err(error) = tip.seal_by(workers(count), &source, SUITE, &changes) else {
                panic!("sealed without the nodes from {from} to {to}");
            };
            let StoredNodeError::Missing { location, .. } = error else {
                panic!("{error}");
            };
            assert!(
                (from..to).contains(&location.0),
                "{location} from {from} to {to}"
            );
        }
    }
}
