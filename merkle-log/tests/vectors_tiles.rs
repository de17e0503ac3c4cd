//! Tiles and entries of published logs, reproduced from their entries.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use common::vector_bytes;
use merkle_log::tlog::{
    Resource, TilePath, decode_bundle, decode_tile, encode_bundle, read_tile, tiles_between,
};
use merkle_log::{CompactRange, Growth, Hash, TreeSize, TreeType, prove_consistency, root_at};

const TREE: TreeType = TreeType::Sha256;

fn tree(leaves: Vec<Hash>) -> Growth {
    Growth::new(TREE, &CompactRange::empty(0), leaves).unwrap()
}

/// The root that a checkpoint states, in Base64 in its third line.
fn checkpoint_root(file: &str) -> Hash {
    let text = String::from_utf8(vector_bytes(file)).unwrap();
    let root = common::unbase64(text.lines().nth(2).unwrap());
    <[u8; 32]>::try_from(root).unwrap().into()
}

const TESSERA_SIZES: [u64; 10] = [1, 3, 4, 6, 7, 9, 10, 12, 13, 15];

#[test]
fn a_tessera_log_at_each_size() {
    let file = |path: &TilePath| vector_bytes(&format!("merkle/tessera-log/{path}"));
    let largest = TilePath::new(Resource::Entries, 0, 15).unwrap();
    let bundle = file(&largest);
    let entries = decode_bundle(&bundle, 15).unwrap();
    let mut leaves = Vec::new();
    TREE.leaves(&entries, &mut leaves);
    let log = tree(leaves);
    let mut before = TreeSize(0);
    let root_of =
        |size: TreeSize| checkpoint_root(&format!("merkle/tessera-log/checkpoint.{size}"));
    assert_eq!(root_of(before), TREE.empty());
    for size in TESSERA_SIZES.map(TreeSize) {
        let new: Vec<TilePath> = tiles_between(before, size).collect();
        assert_eq!(new.len(), 2);
        for path in new {
            let made = match path.resource() {
                Resource::Entries => encode_bundle(&entries[..size.0 as usize]).unwrap(),
                Resource::Hashes { level } => read_tile(&log, level, 0, path.width()).unwrap(),
            };
            assert_eq!(made, file(&path), "{path}");
        }
        assert_eq!(root_at(&log, TREE, size).unwrap(), root_of(size));
        if before.0 != 0 {
            let proof = prove_consistency(&log, TREE, before, size).unwrap();
            assert!(proof.verify(TREE, &root_of(before), &root_of(size)).is_ok());
        }
        before = size;
    }
}

#[test]
fn the_tiles_of_a_mirror() {
    let file = |path: &TilePath| vector_bytes(&format!("merkle/sunlight/mirror-300/{path}"));
    let paths: Vec<TilePath> = tiles_between(TreeSize(0), TreeSize(300))
        .filter(|path| path.resource() != Resource::Entries)
        .collect();
    let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]);
    let leaves = paths[..2]
        .iter()
        .flat_map(|path| decode_tile(&file(path), path.width()).unwrap())
        .collect();
    let log = tree(leaves);
    for path in &paths {
        let Resource::Hashes { level } = path.resource() else {
            panic!("a hash tile");
        };
        let made = read_tile(&log, level, path.index(), path.width()).unwrap();
        assert_eq!(made, file(path), "{path}");
    }
    let root = checkpoint_root("merkle/sunlight/mirror-300/checkpoint");
    assert_eq!(log.after().root(TREE), Ok(root));
}

/// Each leaf of a data tile is hashed as the `MerkleTreeLeaf` that RFC 6962 section 3.4 makes of it.
#[test]
fn a_certificate_transparency_log_from_its_entries() {
    let mut hashed = 0;
    for index in [0, 1, 3] {
        let path = TilePath::new(Resource::Hashes { level: 0 }, index, 256).unwrap();
        let tile = vector_bytes(&format!("merkle/sunlight/navigli2025h2/{path}"));
        let data = vector_bytes(&format!(
            "merkle/sunlight/navigli2025h2/tile/data/{index:03}"
        ));
        let mut rest = &data[..];
        let mut entries = Vec::new();
        while !rest.is_empty() {
            entries.push(merkle_tree_leaf(&mut rest));
        }
        let mut leaves = Vec::new();
        TREE.leaves(&entries, &mut leaves);
        assert_eq!(leaves, decode_tile(&tile, 256).unwrap(), "{path}");
        hashed += leaves.len();
    }
    assert_eq!(hashed, 768);
}

/// Takes one `TileLeaf` (static-ct-api) and gives its `MerkleTreeLeaf`.
fn merkle_tree_leaf(rest: &mut &[u8]) -> Vec<u8> {
    let start = *rest;
    let take = |rest: &mut &[u8], count: usize| {
        let (taken, left) = rest.split_at(count);
        *rest = left;
        taken
            .iter()
            .fold(0usize, |value, byte| value << 8 | usize::from(*byte))
    };
    let skip = |rest: &mut &[u8], count: usize| *rest = &rest[count..];
    skip(rest, 8); // timestamp
    let is_precertificate = match take(rest, 2) {
        0 => false,
        1 => true,
        other => panic!("entry type {other}"),
    };
    if is_precertificate {
        skip(rest, 32); // issuer key hash
    }
    let certificate = take(rest, 3);
    skip(rest, certificate);
    let extensions = take(rest, 2);
    skip(rest, extensions);
    let timestamped_entry = &start[..start.len() - rest.len()];
    if is_precertificate {
        let precertificate = take(rest, 3);
        skip(rest, precertificate);
    }
    let chain = take(rest, 2);
    skip(rest, chain);
    // Version 0, leaf type 0.
    [&[0, 0], timestamped_entry].concat()
}
