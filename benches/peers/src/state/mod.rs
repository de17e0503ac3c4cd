//! Tries and authenticated key-value stores, on the state input. Those that make an Ethereum trie
//! over raw keys with Keccak-256 are checked against the acceptance roots; the others have trees of
//! their own kind and are checked by their own verifiers.

mod alloy;
mod current;
mod eth;
mod jelly;
mod nomt;
mod parity;

use crate::state_input::{Key, batch, build};
use crate::timing::time;

/// Keys and values in some order.
type Entries = Vec<(Key, Vec<u8>)>;

/// What every peer is measured on.
struct Input {
    build: Entries,
    /// Batch 0, each key once.
    batch: Entries,
}

/// Sorts by key; of several values of a key the last stays.
fn sorted(mut entries: Entries) -> Entries {
    entries.sort_by_key(|(key, _)| *key);
    entries.dedup_by(|later, kept| {
        let is_same = later.0 == kept.0;
        if is_same {
            std::mem::swap(later, kept);
        }
        is_same
    });
    entries
}

/// Reads and proofs a sample.
const READS: usize = 100_000;
const PROOFS: usize = 10_000;

pub fn state() {
    let build = build();
    let batch = sorted(batch(&build, 0));
    let input = Input { build, batch };
    alloy::state(&input);
    eth::state(&input);
    parity::state(&input);
    jelly::state(&input);
    nomt::state(&input);
    current::state(&input);
}

/// Microseconds a call over all of `items`: the best of three passes, the first not counted.
fn micros_each<T>(items: &[T], mut call: impl FnMut(&T)) -> f64 {
    let mut pass = || time(|| items.iter().for_each(&mut call)).0 / 1e3 / items.len() as f64;
    let _ = pass();
    pass().min(pass())
}
