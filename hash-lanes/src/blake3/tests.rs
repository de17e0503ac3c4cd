//! Every way to hash against the plain `blake3` crate.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::testing::bytes;

const KEY: Digest = [0x5A; 32];

fn check(way: Blake3, key: Option<&Digest>, bodies: &[Vec<u8>]) {
    let mut hashes = Vec::new();
    way.hash_many(key, bodies, |some| hashes.extend_from_slice(some));
    let expected: Vec<Digest> = bodies
        .iter()
        .map(|body| match key {
            Some(key) => *::blake3::keyed_hash(key, body).as_bytes(),
            None => *::blake3::hash(body).as_bytes(),
        })
        .collect();
    assert!(hashes == expected, "{way:?}, {} messages", bodies.len());
}

#[test]
fn the_ways_of_this_cpu_begin_with_the_detected_and_end_with_the_portable() {
    let all: Vec<Blake3> = Blake3::all().collect();
    assert_eq!(all.first(), Some(&Blake3::detect()));
    assert_eq!(all.last(), Some(&Blake3::portable()));
}

#[test]
fn every_length_by_every_count() {
    for way in Blake3::all() {
        for len in 0..=300 {
            for count in 0..=17 {
                let bodies: Vec<Vec<u8>> = (0..count).map(|i| bytes(len, i)).collect();
                check(way, None, &bodies);
                check(way, Some(&KEY), &bodies);
            }
        }
    }
}

#[test]
fn lengths_around_the_end_of_a_chunk() {
    for way in Blake3::all() {
        for count in [1, 3, 16, 40] {
            let lens = [960, 961, 1023, 1024, 1025, 1088, 2048, 5000, 3];
            let lens = lens.iter().cycle().take(count);
            let bodies: Vec<Vec<u8>> = lens.zip(0..).map(|(len, i)| bytes(*len, i)).collect();
            check(way, None, &bodies);
            check(way, Some(&KEY), &bodies);
        }
    }
}

#[test]
fn every_count_of_nodes() {
    for way in Blake3::all() {
        for count in 0..=70 {
            let children: Vec<Digest> = (0..2 * count)
                .map(|i| bytes(32, i).try_into().unwrap())
                .collect();
            let (pairs, _) = children.as_chunks();
            let mut hashes = Vec::new();
            way.nodes(&KEY, pairs, |some| hashes.extend_from_slice(some));
            let expected: Vec<Digest> = pairs
                .iter()
                .map(|pair| *::blake3::keyed_hash(&KEY, pair.as_flattened()).as_bytes())
                .collect();
            assert!(hashes == expected, "{way:?}, {count} nodes");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ragged_lengths(
        lens in prop::collection::vec(0..1100_usize, 0..600),
        key in any::<Option<Digest>>(),
        seed in any::<u32>(),
    ) {
        let seed = u64::from(seed);
        let bodies: Vec<Vec<u8>> =
            lens.iter().zip(seed..).map(|(len, i)| bytes(*len, i)).collect();
        for way in Blake3::all() {
            check(way, key.as_ref(), &bodies);
        }
    }
}
