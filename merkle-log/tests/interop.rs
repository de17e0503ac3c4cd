//! Other implementations from crates.io: their proofs verify here, ours there, and tiles made here
//! are read there.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use common::{entry, tree_of};
use ct_merkle::RootHash;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use merkle_log::tlog::{Resource, TilePath, read_tile};
use merkle_log::{
    ConsistencyProof, Growth, Hash, InclusionProof, LeafIndex, TreeSize, TreeType,
    prove_consistency, prove_inclusion, root_at,
};
use sha2::Sha256;
use tlog_tiles::{TileHashReader, TileReader};

const TREE: TreeType = TreeType::Sha256;

fn bytes(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    hashes.iter().copied().map(Hash::new).collect()
}

#[test]
fn ct_merkle() {
    let log = tree_of(130);
    let mut peer = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut roots: Vec<RootHash<Sha256>> = vec![peer.root()];
    for size in 1..=130u64 {
        peer.push(entry(size - 1));
        roots.push(peer.root());
        let root = root_at(&log, TREE, TreeSize(size)).unwrap();
        assert_eq!(root.as_bytes()[..], peer.root().as_bytes()[..]);

        for index in 0..size {
            let theirs = peer.prove_inclusion(index as usize);
            let ours = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
            let proof = InclusionProof {
                leaf_index: LeafIndex(index),
                tree_size: TreeSize(size),
                path: hashes(theirs.as_bytes()),
            };
            let leaf = TREE.leaf(&entry(index));
            assert!(proof.verify(TREE, &leaf, &root).is_ok());
            let proof = ct_merkle::InclusionProof::try_from_bytes(bytes(&ours.path)).unwrap();
            let verdict = peer.root().verify_inclusion(&entry(index), index, &proof);
            assert!(verdict.is_ok(), "{verdict:?}");
        }
        for first in 1..=size {
            let first_root = root_at(&log, TREE, TreeSize(first)).unwrap();
            let theirs = peer.prove_consistency((size - first) as usize);
            let ours = prove_consistency(&log, TREE, TreeSize(first), TreeSize(size)).unwrap();
            let proof = ConsistencyProof {
                first_size: TreeSize(first),
                second_size: TreeSize(size),
                path: hashes(theirs.as_bytes()),
            };
            assert!(proof.verify(TREE, &first_root, &root).is_ok());
            let proof = ct_merkle::ConsistencyProof::try_from_bytes(bytes(&ours.path)).unwrap();
            let old = &roots[first as usize];
            let verdict = peer.root().verify_consistency(old, &proof);
            assert!(verdict.is_ok(), "{verdict:?}");
        }
    }
}

/// Tiles of a tree in memory, as a server would hand them out.
struct Tiles<'a>(&'a Growth);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = tiles.iter().map(|tile| {
            let level = tile.level();
            let width = tile.width() as u16;
            let path =
                TilePath::new(Resource::Hashes { level }, tile.level_index(), width).unwrap();
            // Theirs names the tile height too.
            assert_eq!(
                tile.path().replacen("tile/8/", "tile/", 1),
                path.to_string()
            );
            read_tile(self.0, level, path.index(), width).unwrap()
        });
        Ok(read.collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_reads_our_tiles() {
    let log = tree_of(70_000);
    let theirs = |hash: &Hash| tlog_tiles::Hash(*hash.as_bytes());
    for size in [1, 2, 255, 256, 257, 300, 65_536, 65_793, 70_000] {
        let root = root_at(&log, TREE, TreeSize(size)).unwrap();
        let server = Tiles(&log);
        let reader = TileHashReader::new(size, theirs(&root), &server);
        for index in [0, size / 3, size / 2, size - 1] {
            // The reader believes tiles only after they led it to the root.
            let path = tlog_tiles::prove_record(size, index, &reader).unwrap();
            let ours = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
            assert!(
                path.iter()
                    .map(|hash| hash.0)
                    .eq(ours.path.iter().map(|h| *h.as_bytes()))
            );
            let leaf = TREE.leaf(&entry(index));
            assert_eq!(theirs(&leaf), tlog_tiles::record_hash(&entry(index)));
            let proof = InclusionProof {
                path: path.iter().map(|hash| Hash::new(hash.0)).collect(),
                ..ours.clone()
            };
            assert!(proof.verify(TREE, &leaf, &root).is_ok());
            let path = ours.path.iter().map(theirs).collect();
            tlog_tiles::check_record(&path, size, theirs(&root), index, theirs(&leaf)).unwrap();
        }
        for first in [1, size / 2 + 1, size.saturating_sub(1).max(1)] {
            let first_root = root_at(&log, TREE, TreeSize(first)).unwrap();
            let path = tlog_tiles::prove_tree(size, first, &reader).unwrap();
            let ours = prove_consistency(&log, TREE, TreeSize(first), TreeSize(size)).unwrap();
            let proof = ConsistencyProof {
                path: path.iter().map(|hash| Hash::new(hash.0)).collect(),
                ..ours.clone()
            };
            assert!(proof.verify(TREE, &first_root, &root).is_ok());
            let path = ours.path.iter().map(theirs).collect();
            let (old, new) = (theirs(&first_root), theirs(&root));
            tlog_tiles::check_tree(&path, size, new, first, old).unwrap();
        }
    }
}

#[cfg(feature = "note")]
#[test]
fn tlog_tiles_reads_our_checkpoints() {
    use merkle_log::note::Checkpoint;

    let log = tree_of(1000);
    let root = log.after().root(TREE).unwrap();
    let ours = Checkpoint::new("example.com/log", TreeSize(1000), root).unwrap();
    let theirs = tlog_tiles::Checkpoint::from_bytes(ours.to_string().as_bytes()).unwrap();
    assert_eq!((theirs.origin(), theirs.size()), ("example.com/log", 1000));
    assert_eq!(theirs.hash().0, *root.as_bytes());
    let text = String::from_utf8(theirs.to_bytes()).unwrap();
    assert_eq!(text.parse(), Ok(ours));
}
