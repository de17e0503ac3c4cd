//! Builds the state of the benchmarks (1,000,000 random keys), applies one batch of 10,000 updates,
//! checks both roots against those that other implementations agree on, and prints the times.
//!
//! `cargo run --release -p patricia-state --example million`

#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a check that fails ends the program"
)]
#![allow(clippy::indexing_slicing, reason = "as above")]

use std::time::Instant;

use patricia_state::{
    Change, Changes, Direction, NodeSource as _, NodeStore, Overlay, StateSuite, Trie,
};

const KEYS: usize = 1_000_000;
const UPDATES: usize = 10_000;
const READS: usize = 100_000;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend(self.next().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    fn value(&mut self) -> Vec<u8> {
        let len = self.below(37) + 64;
        self.bytes(len)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let mut random = Random(42);
    let entries: Vec<_> = (0..KEYS)
        .map(|_| (random.bytes(32), random.value()))
        .collect();
    let mut random = Random(1000);
    let updates: Vec<_> = (0..UPDATES)
        .map(|_| (entries[random.below(KEYS)].0.as_slice(), random.value()))
        .collect();

    for suite in [StateSuite::Keccak256, StateSuite::Blake3] {
        println!("{}", suite.name());
        let mut log = NodeStore::new();

        let start = Instant::now();
        let changes: Changes<'_> = entries
            .iter()
            .map(|(key, value)| Change::set(key, value))
            .collect();
        let sorted = start.elapsed();
        let built = Overlay::empty(suite).seal(&log, suite, &changes).unwrap();
        println!(
            "build {:?}, of which the sort took {sorted:?}",
            start.elapsed()
        );
        for extension in built.extensions() {
            log.append(extension).unwrap();
        }
        println!(
            "root {}, {} bytes a key",
            hex(&built.root().hash),
            log.end().0 as f64 / KEYS as f64
        );

        let tip = Overlay::new(*built.root());
        let mut best = [f64::MAX; 4];
        let mut after = tip.clone();
        for _ in 0..5 {
            let start = Instant::now();
            let changes: Changes<'_> = updates
                .iter()
                .map(|(key, value)| Change::set(key, value))
                .collect();
            after = tip.seal(&log, suite, &changes).unwrap();
            best[0] = best[0].min(start.elapsed().as_secs_f64() * 1e3);
        }
        let extension = after.extensions().next().unwrap();
        println!(
            "batch {:.1} ms, root {}, {} nodes, {} bytes",
            best[0],
            hex(&after.root().hash),
            extension.node_count(),
            extension.bytes().len()
        );

        let trie = Trie::new(&log, suite, *built.root());
        let mut random = Random(7);
        let picks: Vec<_> = (0..READS)
            .map(|_| entries[random.below(KEYS)].0.clone())
            .collect();
        let ns = |start: Instant| start.elapsed().as_secs_f64() * 1e9 / READS as f64;

        let start = Instant::now();
        let found = picks
            .iter()
            .filter(|key| trie.get(key).unwrap().is_some())
            .count();
        println!("get {:.0} ns", ns(start));
        assert_eq!(found, READS);

        let start = Instant::now();
        let len: usize = picks
            .iter()
            .map(|key| trie.prove(&[key]).unwrap().0.byte_len())
            .sum();
        println!("prove {:.0} ns", ns(start));
        let proofs: Vec<_> = picks
            .iter()
            .map(|key| trie.prove(&[key]).unwrap())
            .collect();

        let start = Instant::now();
        for (proof, key) in proofs.into_iter().zip(&picks) {
            proof.verify(suite, &built.root().hash, &[key]).unwrap();
        }
        println!("verify {:.0} ns, {} bytes a proof", ns(start), len / READS);

        let start = Instant::now();
        assert_eq!(trie.entries(Direction::Forward).count(), KEYS);
        println!(
            "iterate {:.0} ns an entry",
            start.elapsed().as_secs_f64() * 1e9 / KEYS as f64
        );

        if suite == StateSuite::Keccak256 {
            assert_eq!(
                hex(&built.root().hash),
                "ccc824ef78e6f1764e9557db6306db1a35394f8f14692383b399dd8006853ead"
            );
            assert_eq!(
                hex(&after.root().hash),
                "2457ce6c88320e01912c71ae7dc13f9dd24b8ccc5f006117a99f3ac6d2621998"
            );
        }
    }
}
