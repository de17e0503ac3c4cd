//! A million keys: deleting all of them, in any order, returns to the state without keys.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use patricia_state::{Change, Changes, NodeSource, NodeStore, Overlay, StateSuite};

const KEYS: u64 = 1_000_000;
const BATCH: usize = 250_000;

/// `SplitMix64`'s output function: a different key for each number.
const fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

#[test]
fn deleting_all_returns_to_the_empty_root() {
    let suite = StateSuite::Blake3;
    let keys: Vec<[u8; 8]> = (0..KEYS).map(|number| mix(number).to_be_bytes()).collect();
    let mut log = NodeStore::new();
    // Too long for a parent to hold.
    let values: Vec<[u8; 40]> = keys.iter().map(|key| [key[0]; 40]).collect();
    let changes = keys.iter().zip(&values);
    let changes = changes.map(|(key, value)| Change::set(key, value));
    let built = Overlay::empty(suite).seal(&log, suite, &changes.collect());
    let mut tip = built.unwrap();
    tip.store(|extension| log.append(extension)).unwrap();
    let full = *tip.root();
    assert!(log.end().0 > 40 * KEYS, "{:?}", log.end());
    // The keys are in no order, so that each batch leaves holes everywhere.
    for batch in keys.chunks(BATCH) {
        assert_ne!(tip.root().hash, suite.empty_root());
        let changes: Changes<'_> = batch.iter().map(|key| Change::remove(key)).collect();
        tip = Overlay::new(*tip.root())
            .seal(&log, suite, &changes)
            .unwrap();
        tip.store(|extension| log.append(extension)).unwrap();
    }
    assert_eq!(tip.root().hash, suite.empty_root());
    assert_eq!(tip.root().location, None);
    // At once, too.
    let changes: Changes<'_> = keys.iter().map(|key| Change::remove(key)).collect();
    let emptied = Overlay::new(full).seal(&log, suite, &changes).unwrap();
    assert_eq!(emptied.root().hash, suite.empty_root());
}
