//! Every way to hash against the plain `sha3` crate.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::testing::bytes;

fn check(way: Keccak, bodies: &[Vec<u8>]) {
    for function in [Function::Keccak256, Function::Sha3_256] {
        let mut hashes = Vec::new();
        way.hash_many(function, bodies, |some| hashes.extend_from_slice(some));
        let expected: Vec<Digest> = bodies
            .iter()
            .map(|body| match function {
                Function::Keccak256 => sha3::Keccak256::digest(body).into(),
                Function::Sha3_256 => sha3::Sha3_256::digest(body).into(),
            })
            .collect();
        assert!(
            hashes == expected,
            "{way:?}, {function:?}, {} messages",
            bodies.len()
        );
    }
}

#[test]
fn the_ways_of_this_cpu_begin_with_the_detected_and_end_with_the_portable() {
    let all: Vec<Keccak> = Keccak::all().collect();
    assert_eq!(all.first(), Some(&Keccak::detect()));
    assert_eq!(all.last(), Some(&Keccak::portable()));
}

#[test]
fn every_length_by_every_count() {
    for way in Keccak::all() {
        for len in 0..=300 {
            // All counts at lengths around the ends of blocks, one at others.
            let counts = match len % 136 {
                0..=1 | 134..=135 => 0..=17,
                other => other as u64 % 17..=other as u64 % 17,
            };
            for count in counts {
                let bodies: Vec<Vec<u8>> = (0..count).map(|i| bytes(len, i)).collect();
                check(way, &bodies);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn ragged_lengths(
        lens in prop::collection::vec(0..700_usize, 0..400),
        seed in any::<u32>(),
    ) {
        let seed = u64::from(seed);
        let bodies: Vec<Vec<u8>> =
            lens.iter().zip(seed..).map(|(len, i)| bytes(*len, i)).collect();
        for way in Keccak::all() {
            check(way, &bodies);
        }
    }
}
