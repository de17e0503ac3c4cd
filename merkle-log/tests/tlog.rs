//! What tlog clients read: tile paths, bundles, tiles, proof files.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::tree_of;
use merkle_log::tlog::{
    BundleError, ENTRY_LEN_MAX, Resource, TilePath, TlogTileError, decode_bundle, decode_tile,
    encode_bundle, read_tile, tiles_between,
};
use merkle_log::{NodeId, TreeSize};
use proptest::prelude::*;

fn hashes(level: u8, index: u64, width: u16) -> TilePath {
    TilePath::new(Resource::Hashes { level }, index, width).unwrap()
}

#[test]
fn paths() {
    let entries = |index, width| TilePath::new(Resource::Entries, index, width).unwrap();
    for (path, text) in [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(63, 999, 256), "tile/63/999"),
        (hashes(1, 1000, 255), "tile/1/x001/000.p/255"),
        (hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (hashes(2, 1_000_000, 1), "tile/2/x001/x000/000.p/1"),
        (entries(0, 256), "tile/entries/000"),
        (entries(1_234_067, 8), "tile/entries/x001/x234/067.p/8"),
        (
            entries(u64::MAX, 256),
            "tile/entries/x018/x446/x744/x073/x709/x551/615",
        ),
    ] {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse(), Ok(path));
    }
    for text in [
        "",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/xx001/000",
        "tile/0/+01",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile/data/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(
            text.parse::<TilePath>(),
            Err(TlogTileError::NotAPath),
            "{text}"
        );
    }
    let refused = |level, width| TilePath::new(Resource::Hashes { level }, 0, width).unwrap_err();
    assert_eq!(refused(64, 1), TlogTileError::BadLevel { level: 64 });
    assert_eq!(refused(0, 0), TlogTileError::BadWidth { width: 0 });
    assert_eq!(refused(0, 257), TlogTileError::BadWidth { width: 257 });
}

fn tiles(before: u64, after: u64) -> Vec<String> {
    tiles_between(TreeSize(before), TreeSize(after))
        .map(|path| path.to_string())
        .collect()
}

#[test]
fn the_tiles_of_a_size() {
    assert_eq!(tiles(0, 0), [""; 0]);
    assert_eq!(tiles(7, 7), [""; 0]);
    assert_eq!(tiles(0, 1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
    assert_eq!(
        tiles(255, 256),
        ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    );
    assert_eq!(tiles(256, 257), ["tile/entries/001.p/1", "tile/0/001.p/1"]);
    // The example of the specification: 273 full tiles and one of 112, one full and one of 17, one
    // of 1.
    let all = tiles(0, 70_000);
    assert_eq!(all.len(), 2 * 274 + 2 + 1);
    for path in [
        "tile/entries/272",
        "tile/0/272",
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ] {
        assert!(all.iter().any(|other| other == path), "{path}");
    }
    let last = u64::MAX;
    let newest: Vec<_> = tiles_between(TreeSize(last - 1), TreeSize(last)).collect();
    assert_eq!(newest.len(), 2);
    assert_eq!(newest[1], hashes(0, last / 256, 255));
    assert_eq!(
        tiles_between(TreeSize(last / 2), TreeSize(last))
            .take(3)
            .count(),
        3
    );
}

#[test]
fn bundles() {
    let entries: [&[u8]; 3] = [b"", b"one", &[7; 300]];
    let bytes = encode_bundle(&entries).unwrap();
    assert_eq!(bytes[..9], [0, 0, 0, 3, b'o', b'n', b'e', 1, 44]);
    assert_eq!(decode_bundle(&bytes, 3).unwrap(), entries);
    assert_eq!(decode_bundle(b"", 0).unwrap(), [b""; 0]);
    for len in (0..bytes.len()).filter(|len| ![0, 2, 7].contains(len)) {
        assert!(matches!(
            decode_bundle(&bytes[..len], 3),
            Err(BundleError::CutOff { .. })
        ));
    }
    assert_eq!(
        decode_bundle(&bytes[..7], 3),
        Err(BundleError::WrongCount {
            expected: 3,
            got: 2
        })
    );
    assert_eq!(
        decode_bundle(&bytes, 2),
        Err(BundleError::WrongCount {
            expected: 2,
            got: 3
        })
    );
    let largest = [vec![1; ENTRY_LEN_MAX]];
    let bytes = encode_bundle(&largest).unwrap();
    assert_eq!(decode_bundle(&bytes, 1).unwrap(), largest);
    let entry_too_long = encode_bundle(&[vec![], vec![1; ENTRY_LEN_MAX + 1]]);
    assert_eq!(
        entry_too_long,
        Err(BundleError::EntryTooLong {
            entry: 1,
            len: 65_536
        })
    );
    assert!(encode_bundle(&vec![b""; 256]).is_ok());
    let too_many = encode_bundle(&vec![b""; 257]);
    assert_eq!(
        too_many,
        Err(BundleError::WrongCount {
            expected: 256,
            got: 257
        })
    );
}

#[test]
fn tiles_hold_complete_nodes() {
    let log = tree_of(70_000);
    for path in tiles_between(TreeSize(0), TreeSize(70_000)) {
        let Resource::Hashes { level } = path.resource() else {
            continue;
        };
        let bytes = read_tile(&log, level, path.index(), path.width()).unwrap();
        assert_eq!(bytes.len(), usize::from(path.width()) * 32);
        let hashes = decode_tile(&bytes, path.width()).unwrap();
        for (hash, index) in hashes.iter().zip(path.index() * 256..) {
            assert_eq!(log.node(NodeId::new(8 * level, index)), Some(*hash));
        }
        assert!(decode_tile(&bytes[1..], path.width()).is_err());
    }
    // Beyond the log, and where no log reaches.
    for (level, index) in [(0, 273), (3, 0), (63, u64::MAX), (255, 0)] {
        assert!(read_tile(&log, level, index, 113).is_err());
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
    fn every_path_there_and_back(
        level in prop::option::of(0..64u8), index in any::<u64>(), shift in 0..64u32, width in 1..=256u16,
    ) {
        let resource = level.map_or(Resource::Entries, |level| Resource::Hashes { level });
        let path = TilePath::new(resource, index >> shift, width).unwrap();
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn arbitrary_paths(text in "(tile/)?([0-9]{1,2}|entries)(/x?[0-9]{1,3}){0,8}(\\.p/[0-9]{0,4})?") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    /// An export that goes on from any size has written, in the end, each tile of the last size.
    #[test]
    fn exports_in_steps(mut sizes in prop::collection::vec(0..200_000u64, 1..6)) {
        sizes.sort_unstable();
        let mut written = BTreeSet::new();
        let mut before = 0;
        for size in &sizes {
            written.extend(tiles(before, *size));
            before = *size;
        }
        for path in tiles(0, before) {
            prop_assert!(written.contains(&path), "{path}");
        }
    }

    #[test]
    fn arbitrary_bundles(
        bytes in prop::collection::vec(prop_oneof![3 => 0..3u8, 1 => any::<u8>()], 0..100),
        width in 0..300u16,
    ) {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            prop_assert_eq!(encode_bundle(&entries), Ok(bytes.clone()));
        }
    }
}

#[cfg(feature = "note")]
mod proof_files {
    use merkle_log::note::{Checkpoint, KeyKind, NoteError, SignedNote, SigningKey, VerifierKeys};
    use merkle_log::tlog::{TlogProof, TlogProofError};
    use merkle_log::{Hash, LeafIndex, ProofError, TreeSize, prove_inclusion};
    use proptest::prelude::*;

    use crate::common::{TREE, leaves, tree_of};

    fn key() -> SigningKey {
        SigningKey::from_seed("log", KeyKind::Ed25519, &[1; 32]).unwrap()
    }

    fn keys() -> VerifierKeys {
        VerifierKeys::new([key().verifier_key().clone()]).unwrap()
    }

    fn example(index: u64, size: u64, extra: Option<&[u8]>) -> TlogProof {
        let log = tree_of(size);
        let root = log.after().root(TREE).unwrap();
        let text = Checkpoint::new("pool/domain", TreeSize(size), root).unwrap();
        let mut checkpoint = SignedNote::unsigned(&text.to_string()).unwrap();
        checkpoint.sign(&key()).unwrap();
        let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
        TlogProof {
            leaf_index: LeafIndex(index),
            path: proof.path,
            extra: extra.map(<[u8]>::to_vec),
            checkpoint,
        }
    }

    fn leaf(index: u64) -> Hash {
        leaves(index, index + 1)[0]
    }

    #[test]
    fn there_and_back() {
        for (index, size, extra) in [
            (0, 1, None),
            (4, 9, Some(&b"sale 17"[..])),
            (8, 9, Some(b"")),
            (299, 300, None),
        ] {
            let proof = example(index, size, extra);
            let text = proof.to_string();
            let read: TlogProof = text.parse().unwrap();
            assert_eq!((&read, read.to_string()), (&proof, text));
            let verified = read.verify(&keys(), &leaf(index)).unwrap();
            assert_eq!(verified.inclusion().leaf_index(), LeafIndex(index));
            assert_eq!(verified.inclusion().tree_size(), TreeSize(size));
            let checkpoint = verified.checkpoint().checkpoint();
            assert_eq!(
                (checkpoint.origin(), checkpoint.size()),
                ("pool/domain", TreeSize(size))
            );
        }
    }

    #[test]
    fn the_lines() {
        let proof = example(2, 3, Some(b"sale 17"));
        let text = proof.to_string();
        let note = proof.checkpoint.to_string();
        let head = "c2sp.org/tlog-proof@v1\nextra c2FsZSAxNw==\nindex 2\n";
        let rest = text.strip_prefix(head).unwrap();
        assert_eq!(rest.lines().next().unwrap().len(), 44);
        assert!(rest.ends_with(&format!("=\n\n{note}")));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let proof = example(4, 9, None);
        let bytes = proof.to_string().into_bytes();
        let verdict = |bytes: &[u8]| {
            let proof: TlogProof = core::str::from_utf8(bytes).ok()?.parse().ok()?;
            proof.verify(&keys(), &leaf(4)).ok()
        };
        assert!(verdict(&bytes).is_some());
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(verdict(&altered).is_none(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(verdict(&bytes[..len]).is_none());
        }
        assert!(verdict(&[&bytes, &b"\n"[..]].concat()).is_none());
    }

    #[test]
    fn files_that_prove_nothing() {
        let proof = example(4, 9, None);
        let other_key = SigningKey::from_seed("log", KeyKind::Ed25519, &[2; 32]).unwrap();
        let others = VerifierKeys::new([other_key.verifier_key().clone()]).unwrap();
        assert_eq!(
            proof.verify(&others, &leaf(4)),
            Err(TlogProofError::Note(NoteError::NoKnownSigner))
        );
        assert!(matches!(
            proof.verify(&keys(), &leaf(5)),
            Err(TlogProofError::Path(ProofError::RootMismatch { .. }))
        ));
        let text = proof.to_string();
        let refuse = |text: &str| text.parse::<TlogProof>().unwrap_err();
        let line = |line| TlogProofError::BadLine { line };
        assert_eq!(refuse(""), TlogProofError::NotAProof);
        assert_eq!(
            refuse(&text.replace("@v1", "@v2")),
            TlogProofError::NotAProof
        );
        assert_eq!(refuse(&text.replace("index 4", "index 04")), line(1));
        assert_eq!(refuse(&text.replace("index 4", "index +4")), line(1));
        assert_eq!(refuse(&text.replace("index 4", "Index 4")), line(1));
        assert_eq!(refuse(&text.replace("index", "extra ?\nindex")), line(1));
        assert_eq!(
            refuse(&text.replace("index", "extra AA==\nextra AA==\nindex")),
            line(2)
        );
        assert_eq!(refuse(&text.replacen("=\n", "\n", 1)), line(2));
        let hash = "qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n";
        let long = text.replace("index 4\n", &format!("index 4\n{}", hash.repeat(61)));
        assert_eq!(refuse(&long), TlogProofError::PathTooLong { limit: 64 });
        let long = text.replace("index 4\n", &format!("index 4\n{hash}"));
        assert!(matches!(
            long.parse::<TlogProof>().unwrap().verify(&keys(), &leaf(4)),
            Err(TlogProofError::Path(ProofError::WrongPathLength { .. }))
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 256,
            failure_persistence: None,
            rng_seed: proptest::test_runner::RngSeed::Fixed(1),
            ..ProptestConfig::default()
        })]

        #[test]
        fn arbitrary_files(
            head in "(extra [AB]{0,5}={0,2}\n)?(index [0-9]{0,21}\n)?([A]{43}=\n){0,3}",
            tail in "\n?[a-z]?\n?(0|1)\n([A]{43}=\n)?\n?(\u{2014} a AAAAAAA=\n)?",
        ) {
            let text = format!("c2sp.org/tlog-proof@v1\n{head}{tail}");
            if let Ok(proof) = text.parse::<TlogProof>() {
                prop_assert_eq!(proof.to_string(), text);
                prop_assert!(proof.verify(&keys(), &Hash::default()).is_err());
            }
        }
    }
}
