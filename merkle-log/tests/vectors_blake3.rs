//! The official BLAKE3 vectors, and keyed BLAKE3 trees against an implementation that passes them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use common::{blake3, list, number, reference, text, unhex, vectors};
use merkle_log::{CompactRange, Growth, Hash, TreeType};
use proptest::prelude::*;

const BLAKE3: TreeType = TreeType::Blake3;

/// The reference of these tests is BLAKE3.
#[test]
fn official_vectors() {
    let file = vectors("merkle/blake3/test_vectors.json");
    let key: [u8; 32] = text(&file["key"]).as_bytes().try_into().unwrap();
    let cases = list(&file["cases"]);
    assert_eq!(cases.len(), 23);
    for case in cases {
        let input: Vec<u8> = (0..number(&case["input_len"]))
            .map(|i| (i % 251) as u8)
            .collect();
        let wanted = |mode: &str| unhex(&text(&case[mode])[..64]);
        assert_eq!(blake3::hash(&input).to_vec(), wanted("hash"));
        assert_eq!(blake3::keyed(&key, &input).to_vec(), wanted("keyed_hash"));
    }
}

#[test]
fn entries_of_every_length_around_a_block_and_a_chunk() {
    let lengths = (0..=130).chain([1023, 1024, 1025, 2048, 3000]);
    let entries: Vec<Vec<u8>> = lengths.map(|len| vec![len as u8; len]).collect();
    let mut leaves = Vec::new();
    BLAKE3.leaves(&entries, &mut leaves);
    for (entry, hash) in entries.iter().zip(&leaves) {
        assert_eq!(*hash, reference::leaf(BLAKE3, entry));
        assert_eq!(*hash, BLAKE3.leaf(entry));
    }
    assert_eq!(BLAKE3.empty(), reference::empty(BLAKE3));
}

/// Roots that an implementation in another language computes: `tests/reader_blake3.py`, keys out of
/// FORMAT.md.
#[test]
fn roots_of_small_trees() {
    let roots = [
        (
            0,
            "6c2e25761c85b56fe39cd7dd107887d7b404f29dce35412303d03b59cc690e61",
        ),
        (
            1,
            "d7b9e1ee0136e05ab954409383b33a89ca8c4cbf14735a615efd92734bab225e",
        ),
        (
            7,
            "eb8d0d815b196606efeda3b6eb04890b2e5ce70a17fb4672a3b1d833f9ff540f",
        ),
        (
            256,
            "999cd956010866ffc46bbe5312875ffa92067dba50c88c3389969601110dbb23",
        ),
    ];
    for (size, root) in roots {
        let mut leaves = Vec::new();
        let entries: Vec<[u8; 8]> = (0..size).map(u64::to_le_bytes).collect();
        BLAKE3.leaves(&entries, &mut leaves);
        let log = Growth::new(BLAKE3, &CompactRange::empty(0), leaves).unwrap();
        assert_eq!(log.after().root(BLAKE3).unwrap().to_string(), root);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn nodes_one_by_one_and_in_batches(
        children in prop::collection::vec(any::<[u8; 32]>(), 0..40),
    ) {
        let children: Vec<Hash> = children.into_iter().map(Hash::new).collect();
        let mut parents = Vec::new();
        BLAKE3.nodes(&children, &mut parents);
        prop_assert_eq!(parents.len(), children.len() / 2);
        for (pair, parent) in children.chunks_exact(2).zip(&parents) {
            prop_assert_eq!(*parent, BLAKE3.node(&pair[0], &pair[1]));
            prop_assert_eq!(*parent, reference::node(BLAKE3, &pair[0], &pair[1]));
        }
    }
}
