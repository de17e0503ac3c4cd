//! The serialised forms of proofs: JSON as people read it, and the compact bytes.

#![cfg(feature = "compact")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{leaves_of, tree_of, tree_of_type};
use merkle_log::{
    COMPACT_LEN_MAX, CompactError, ConsistencyProof, Hash, InclusionProof, LeafIndex, MultiProof,
    NodeRange, Proof, RangeProof, SubtreeConsistencyProof, SubtreeInclusionProof, TreeSize,
    TreeType, hash_of_range, prove_consistency, prove_inclusion, prove_multi, prove_range,
    prove_subtree_consistency, prove_subtree_inclusion,
};
use proptest::prelude::*;

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn hash() -> Hash {
    HEX.parse().unwrap()
}

/// One proof of each form, with its JSON and the fields of its compact form.
fn examples() -> Vec<(Proof, String, Vec<u8>)> {
    let path = vec![hash()];
    let (begin, end) = (LeafIndex(4), LeafIndex(6));
    let subtree = NodeRange { begin: 4, end: 6 };
    let tree_size = TreeSize(8);
    let json_path = format!(r#""path":["{HEX}"]"#);
    let fields = |form: u32, numbers: &[u64]| -> Vec<u8> {
        let numbers = numbers.iter().chain(&[1]).flat_map(|n| n.to_le_bytes());
        let form = form.to_le_bytes().into_iter();
        form.chain(numbers).chain(*hash().as_bytes()).collect()
    };
    vec![
        (
            InclusionProof {
                leaf_index: LeafIndex(1),
                tree_size: TreeSize(2),
                path: path.clone(),
            }
            .into(),
            format!(r#"{{"inclusion":{{"leaf_index":1,"tree_size":2,{json_path}}}}}"#),
            fields(0, &[1, 2]),
        ),
        (
            ConsistencyProof {
                first_size: TreeSize(1),
                second_size: TreeSize(2),
                path: path.clone(),
            }
            .into(),
            format!(r#"{{"consistency":{{"first_size":1,"second_size":2,{json_path}}}}}"#),
            fields(1, &[1, 2]),
        ),
        (
            RangeProof {
                begin,
                end,
                tree_size,
                path: path.clone(),
            }
            .into(),
            format!(r#"{{"range":{{"begin":4,"end":6,"tree_size":8,{json_path}}}}}"#),
            fields(2, &[4, 6, 8]),
        ),
        (
            MultiProof {
                leaf_indices: vec![begin, end],
                tree_size,
                path: path.clone(),
            }
            .into(),
            format!(r#"{{"multi":{{"leaf_indices":[4,6],"tree_size":8,{json_path}}}}}"#),
            fields(3, &[2, 4, 6, 8]),
        ),
        (
            SubtreeInclusionProof {
                leaf_index: begin,
                subtree,
                path: path.clone(),
            }
            .into(),
            format!(
                r#"{{"subtree_inclusion":{{"leaf_index":4,"subtree":{{"begin":4,"end":6}},{json_path}}}}}"#
            ),
            fields(4, &[4, 4, 6]),
        ),
        (
            SubtreeConsistencyProof {
                subtree,
                tree_size,
                path,
            }
            .into(),
            format!(
                r#"{{"subtree_consistency":{{"subtree":{{"begin":4,"end":6}},"tree_size":8,{json_path}}}}}"#
            ),
            fields(5, &[4, 6, 8]),
        ),
    ]
}

/// CRC-32 as in zlib, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_le_bytes();
    let mut bytes = [b"MLP1", &len[..], payload].concat();
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes
}

#[test]
fn proofs_as_json() {
    for (proof, json, _) in examples() {
        assert_eq!(serde_json::to_string(&proof).unwrap(), json);
        assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
    }
    // Without the name of its form, where the form is known.
    let (proof, ..) = examples().remove(0);
    let json = format!(r#"{{"leaf_index":1,"tree_size":2,"path":["{HEX}"]}}"#);
    let inclusion: InclusionProof = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&inclusion).unwrap(), json);
    assert_eq!(Proof::from(inclusion), proof);
    assert!(serde_json::from_str::<Hash>("\"0011\"").is_err());
    assert!(serde_json::from_str::<InclusionProof>("{}").is_err());
}

#[test]
fn proofs_as_bytes() {
    for (proof, _, fields) in examples() {
        let bytes = proof.to_compact().unwrap();
        assert_eq!(bytes, framed(&fields));
        assert_eq!(Proof::from_compact(&bytes), Ok(proof));
    }
}

#[test]
fn golden_bytes() {
    let (proof, ..) = examples().remove(0);
    let golden = "4d4c5031 3c000000 00000000 0100000000000000 0200000000000000 \
                  0100000000000000 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff \
                  de7b9e44";
    let golden = common::unhex(&golden.replace(' ', ""));
    assert_eq!(proof.to_compact().unwrap(), golden);
}

#[test]
fn altered_bytes_are_refused() {
    for (proof, ..) in examples() {
        let bytes = proof.to_compact().unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(Proof::from_compact(&altered).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(Proof::from_compact(&bytes[..len]).is_err());
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(
            Proof::from_compact(&longer),
            Err(CompactError::WrongLength { .. })
        ));
    }
}

#[test]
fn fields_that_are_none_are_refused() {
    let (_, _, fields) = examples().remove(0);
    let refuse = |payload: &[u8]| Proof::from_compact(&framed(payload)).unwrap_err();
    for form in [6u32, 7, u32::MAX] {
        let other = [&form.to_le_bytes(), &fields[4..]].concat();
        assert_eq!(refuse(&other), CompactError::Malformed);
    }
    for len in 0..fields.len() {
        assert_eq!(refuse(&fields[..len]), CompactError::Malformed);
    }
    let longer = [&fields[..], &[0]].concat();
    assert_eq!(
        refuse(&longer),
        CompactError::WrongLength {
            expected: 60,
            got: 61
        }
    );
    // Lengths that no memory could hold.
    for len in [2, 1 << 20, 1 << 32, 1 << 58, u64::MAX / 32, u64::MAX] {
        for form in 0..6u32 {
            let lengths = [len; 4].map(u64::to_le_bytes).concat();
            let hostile = [&form.to_le_bytes(), &lengths[..]].concat();
            assert_eq!(refuse(&hostile), CompactError::Malformed);
        }
    }
    let mut header = framed(&fields);
    header[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        Proof::from_compact(&header),
        Err(CompactError::TooLarge { .. })
    ));
    for bytes in [&b""[..], b"MLP", b"MLP2", b"{\"inclusion\"}"] {
        assert_eq!(Proof::from_compact(bytes), Err(CompactError::NotAProof));
    }
}

#[test]
fn the_largest_proofs() {
    let of = |hashes: usize| {
        Proof::from(RangeProof {
            begin: LeafIndex(0),
            end: LeafIndex(1),
            tree_size: TreeSize(2),
            path: vec![hash(); hashes],
        })
    };
    let most = (COMPACT_LEN_MAX - 36) / 32;
    let bytes = of(most).to_compact().unwrap();
    assert!(Proof::from_compact(&bytes).unwrap() == of(most));
    assert!(matches!(
        of(most + 1).to_compact(),
        Err(CompactError::TooLarge { .. })
    ));
}

/// What comes back verifies.
#[test]
fn real_proofs_there_and_back() {
    let (tree, log) = (TreeType::Sha256, tree_of(1000));
    let root = merkle_log::root_at(&log, tree, TreeSize(1000)).unwrap();
    let leaves = common::leaves(0, 1000);
    let indices: Vec<_> = (0..1000).step_by(37).map(LeafIndex).collect();
    let multi = prove_multi(&log, tree, &indices, TreeSize(1000)).unwrap();
    let bytes = Proof::from(multi).to_compact().unwrap();
    let Proof::Multi(multi) = Proof::from_compact(&bytes).unwrap() else {
        panic!("another form");
    };
    let known: Vec<_> = leaves.iter().copied().step_by(37).collect();
    assert!(multi.verify(tree, &known, &root).is_ok());
    let inclusion = prove_inclusion(&log, tree, LeafIndex(5), TreeSize(1000)).unwrap();
    let json = serde_json::to_string(&Proof::from(inclusion)).unwrap();
    let Proof::Inclusion(inclusion) = serde_json::from_str(&json).unwrap() else {
        panic!("another form");
    };
    assert!(inclusion.verify(tree, &leaves[5], &root).is_ok());
}

/// What a proof shows when it is held against the right leaves and roots of a tree of 13: numbers
/// and all, since a root does not bind its size.
fn shown(proof: &Proof, tree: TreeType) -> Option<String> {
    let (log, leaves) = (tree_of_type(tree, 13), leaves_of(tree, 0, 13));
    let root = |begin, end| hash_of_range(&log, tree, NodeRange { begin, end }).unwrap();
    let whole = root(0, 13);
    Some(match proof {
        Proof::Inclusion(p) => format!("{:?}", p.verify(tree, &leaves[6], &whole).ok()?),
        Proof::Consistency(p) => format!("{:?}", p.verify(tree, &root(0, 6), &whole).ok()?),
        Proof::Range(p) => format!("{:?}", p.verify(tree, &leaves[3..10], &whole).ok()?),
        Proof::Multi(p) => {
            let known = [leaves[2], leaves[5], leaves[12]];
            format!("{:?}", p.verify(tree, &known, &whole).ok()?)
        }
        Proof::SubtreeInclusion(p) => {
            format!("{:?}", p.verify(tree, &leaves[9], &root(8, 13)).ok()?)
        }
        Proof::SubtreeConsistency(p) => {
            format!("{:?}", p.verify(tree, &root(8, 11), &whole).ok()?)
        }
        _ => return None,
    })
}

/// No bit of a proof's fields can be altered unnoticed, even where the check of the compact form was
/// made anew: it does not verify, or its verdict states another size or subtree than expected.
#[test]
fn every_flipped_bit_of_every_form() {
    let subtree = |begin, end| NodeRange { begin, end };
    let indices = [2, 5, 12].map(LeafIndex);
    let (size, three) = (TreeSize(13), LeafIndex(3));
    for tree in TreeType::ALL {
        let log = tree_of_type(tree, 13);
        let proofs: [Proof; 6] = [
            prove_inclusion(&log, tree, LeafIndex(6), size)
                .unwrap()
                .into(),
            prove_consistency(&log, tree, TreeSize(6), size)
                .unwrap()
                .into(),
            prove_range(&log, tree, three, LeafIndex(10), size)
                .unwrap()
                .into(),
            prove_multi(&log, tree, &indices, size).unwrap().into(),
            prove_subtree_inclusion(&log, tree, LeafIndex(9), subtree(8, 13))
                .unwrap()
                .into(),
            prove_subtree_consistency(&log, tree, subtree(8, 11), size)
                .unwrap()
                .into(),
        ];
        for proof in proofs {
            let right = shown(&proof, tree).unwrap();
            let other_type = TreeType::ALL.into_iter().find(|other| *other != tree);
            assert_eq!(shown(&proof, other_type.unwrap()), None);
            let bytes = proof.to_compact().unwrap();
            let payload = &bytes[8..bytes.len() - 4];
            for bit in 0..payload.len() * 8 {
                let mut altered = payload.to_vec();
                altered[bit / 8] ^= 1 << (bit % 8);
                let Ok(altered) = Proof::from_compact(&framed(&altered)) else {
                    continue;
                };
                assert_ne!(shown(&altered, tree), Some(right.clone()), "bit {bit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    /// Whatever decodes is encoded as the same bytes again.
    #[test]
    fn arbitrary_bytes(
        form in 0..8u32,
        payload in prop::collection::vec(prop_oneof![4 => Just(0u8), 1 => 0..4u8, 1 => any::<u8>()], 0..200),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        prop_assert!(Proof::from_compact(&bytes).is_err());
        let with_magic = [b"MLP1", &bytes[..]].concat();
        prop_assert!(Proof::from_compact(&with_magic).is_err());
        let framed = framed(&[&form.to_le_bytes(), &payload[..]].concat());
        if let Ok(proof) = Proof::from_compact(&framed) {
            prop_assert_eq!(proof.to_compact(), Ok(framed));
        }
    }
}
