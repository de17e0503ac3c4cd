//! Every way to hash against the plain `sha2` crate.

use alloc::vec::Vec;

use proptest::prelude::*;
use sha2::Digest as _;

use super::*;
use crate::testing::bytes;

fn plain(parts: &[&[u8]]) -> Digest {
    sha2::Sha256::digest(parts.concat()).into()
}

fn check(way: Sha256, prefix: Option<u8>, bodies: &[Vec<u8>]) {
    let mut hashes = Vec::new();
    way.hash_many(prefix, bodies, |some| hashes.extend_from_slice(some));
    let before = prefix.as_slice();
    let expected: Vec<Digest> = bodies.iter().map(|body| plain(&[before, body])).collect();
    assert!(hashes == expected, "{way:?}, {} messages", bodies.len());
    if let (Some(body), Some(hash)) = (bodies.first(), expected.first()) {
        assert_eq!(way.hash(prefix, body), *hash, "{way:?}");
    }
}

#[test]
fn the_ways_of_this_cpu_begin_with_the_detected_and_end_with_the_portable() {
    let all: Vec<Sha256> = Sha256::all().collect();
    assert!(all.contains(&Sha256::detect()));
    assert_eq!(all.last(), Some(&Sha256::portable()));
}

#[test]
fn every_length_by_every_count() {
    for way in Sha256::all() {
        for len in 0..=300 {
            // All counts at lengths around the ends of blocks, one at others.
            let counts = match len % 64 {
                0..=1 | 53..=63 => 0..=17,
                other => other % 17 + 1..=other % 17 + 1,
            };
            for count in counts {
                let bodies: Vec<Vec<u8>> = (0..count)
                    .map(|i| bytes(len, (len * 32 + i) as u64))
                    .collect();
                check(way, Some(0), &bodies);
                check(way, None, &bodies);
            }
        }
    }
}

#[test]
fn every_count_of_nodes() {
    for way in Sha256::all() {
        for count in 0..=70 {
            let children: Vec<Digest> = (0..2 * count)
                .map(|i| bytes(32, count * 1000 + i).try_into().unwrap())
                .collect();
            let (pairs, _) = children.as_chunks();
            let mut hashes = Vec::new();
            way.nodes(pairs, |some| hashes.extend_from_slice(some));
            let expected: Vec<Digest> = pairs
                .iter()
                .map(|[left, right]| plain(&[&[1], left, right]))
                .collect();
            assert!(hashes == expected, "{way:?}, {count} nodes");
            for ([left, right], hash) in pairs.iter().zip(&expected) {
                assert_eq!(way.node(left, right), *hash, "{way:?}");
            }
            for (two, hashes) in pairs.windows(2).zip(expected.windows(2)) {
                let two = [two[0].each_ref(), two[1].each_ref()];
                assert_eq!(way.two_nodes(two), *hashes, "{way:?}");
            }
        }
    }
}

#[test]
fn every_last_byte_of_a_node() {
    for way in Sha256::all() {
        let pairs: Vec<[Digest; 2]> = (0..=u8::MAX)
            .map(|last| {
                let mut right = [0xA5; 32];
                right[31] = last;
                [[0x3C; 32], right]
            })
            .collect();
        let mut hashes = Vec::new();
        way.nodes(&pairs, |some| hashes.extend_from_slice(some));
        for ([left, right], hash) in pairs.iter().zip(&hashes) {
            assert_eq!(*hash, plain(&[&[1], left, right]), "{way:?}");
            assert_eq!(*hash, way.node(left, right), "{way:?}");
        }
    }
}

#[test]
fn long_and_short_messages_in_one_call() {
    let lens = [0, 70_000, 5, 2047, 2048, 2049, 64, 1, 4096, 55, 56, 300_000];
    for way in Sha256::all() {
        for count in [0, 1, 2, 12, 17, 300] {
            let lens = lens.iter().cycle().take(count);
            let bodies: Vec<Vec<u8>> = lens
                .enumerate()
                .map(|(i, len)| bytes(*len / (1 + i / 12), i as u64))
                .collect();
            check(way, Some(0xFE), &bodies);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ragged_lengths(
        lens in prop::collection::vec(0..700_usize, 0..600),
        prefix in any::<Option<u8>>(),
        seed in any::<u64>(),
    ) {
        let bodies: Vec<Vec<u8>> =
            lens.iter().enumerate().map(|(i, len)| bytes(*len, seed ^ i as u64)).collect();
        for way in Sha256::all() {
            check(way, prefix, &bodies);
        }
    }
}
