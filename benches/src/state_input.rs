//! The input of the state figures, ours and the peers': `SplitMix64`, cut into keys and values.
//!
//! A key is 32 bytes; a value has a random length from 64 to 100 bytes. The build has a million of
//! them; a batch writes new values for 10,000 random keys of the build, of which one may come twice.
//! Three implementations agree on the root of the build as an Ethereum trie over the raw keys and
//! two on the root after the first batch. This file is compiled into the peers too.

use std::collections::HashMap;

/// Keys of the build.
pub const KEYS: usize = 1_000_000;
/// Updates of a batch.
pub const UPDATES: usize = 10_000;
/// Batches after which a log is measured again.
pub const BATCHES: u64 = 9;

/// Keccak-256 root of the build.
pub const BUILD_ROOT: &str = "ccc824ef78e6f1764e9557db6306db1a35394f8f14692383b399dd8006853ead";
/// Keccak-256 root after batch 0.
pub const BATCH_ROOT: &str = "2457ce6c88320e01912c71ae7dc13f9dd24b8ccc5f006117a99f3ac6d2621998";

/// A key of the build.
pub type Key = [u8; 32];

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// The numbers after a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn key(&mut self) -> Key {
        let mut key = [0; 32];
        for word in key.chunks_exact_mut(8) {
            word.copy_from_slice(&self.next().to_le_bytes());
        }
        key
    }

    fn value(&mut self) -> Vec<u8> {
        let len = 64 + self.below(37);
        let mut value = Vec::with_capacity(len + 8);
        while value.len() < len {
            value.extend(self.next().to_le_bytes());
        }
        value.truncate(len);
        value
    }
}

/// The key with a number, of as many as one wants: another for each number.
#[must_use]
pub fn keyed(number: usize) -> Key {
    SplitMix::new((number as u64).wrapping_mul(0xD129_0B26_58E2_2A6B)).key()
}

/// The keys and values of the build, in its order.
#[must_use]
pub fn build() -> Vec<(Key, Vec<u8>)> {
    let mut numbers = SplitMix::new(42);
    (0..KEYS)
        .map(|_| (numbers.key(), numbers.value()))
        .collect()
}

/// The updates of batch `number`, in its order.
#[must_use]
pub fn batch(build: &[(Key, Vec<u8>)], number: u64) -> Vec<(Key, Vec<u8>)> {
    let mut numbers = SplitMix::new(1000 + number);
    let mut update = |_| {
        let picked = numbers.below(build.len());
        let key = build.get(picked).map_or([0; 32], |(key, _)| *key);
        (key, numbers.value())
    };
    (0..UPDATES).map(&mut update).collect()
}

/// The updates of batch `number`, without keeping the build in memory.
#[must_use]
pub fn batch_alone(number: u64) -> Vec<(Key, Vec<u8>)> {
    let mut numbers = SplitMix::new(1000 + number);
    let updates: Vec<(usize, Vec<u8>)> = (0..UPDATES)
        .map(|_| (numbers.below(KEYS), numbers.value()))
        .collect();
    let mut keys: HashMap<usize, Key> = updates.iter().map(|(at, _)| (*at, [0; 32])).collect();
    let mut numbers = SplitMix::new(42);
    for at in 0..KEYS {
        let key = numbers.key();
        let _ = numbers.value();
        keys.entry(at).and_modify(|slot| *slot = key);
    }
    let key = |at| keys.get(&at).copied().unwrap_or([0; 32]);
    let updates = updates.into_iter();
    updates.map(|(at, value)| (key(at), value)).collect()
}

/// Random positions in the build, for reads and proofs.
#[must_use]
pub fn picks(count: usize) -> Vec<usize> {
    let mut numbers = SplitMix::new(7);
    (0..count).map(|_| numbers.below(KEYS)).collect()
}

/// Hex digits of a root.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
