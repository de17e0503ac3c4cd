//! Ranges, growths and proofs against the definitions of RFC 6962, written out as the RFC has
//! them. Small sizes exhaustively, larger ones around powers of two and at random.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use common::reference::Reference;
use common::{TREE, changes, flipped, leaves, tree_of};
use merkle_log::{
    CompactRange, ConsistencyProof, Growth, Hash, InclusionProof, LeafIndex, NodeId, NodeRange,
    NodeReader, PlanError, ProofError, RangeError, TreeSize, WhichRoot, hash_of_range,
    prove_consistency, prove_inclusion, read_range, root_at,
};
use proptest::prelude::*;

const SMALL: u64 = 300;

/// Sizes where carries happen, up to 70,000.
fn edges() -> Vec<u64> {
    let mut sizes: Vec<u64> = (8..17)
        .flat_map(|log2| [(1 << log2) - 1, 1 << log2, (1 << log2) + 1])
        .collect();
    sizes.extend([
        256 * 3 - 1,
        256 * 3,
        256 * 255,
        65_536 + 256,
        69_999,
        70_000,
    ]);
    sizes
}

#[test]
fn roots_of_all_small_sizes_and_of_edges() {
    let reference = Reference::new(TREE, leaves(0, 70_000));
    let log = tree_of(70_000);
    for size in (0..=SMALL).chain(edges()) {
        let root = root_at(&log, TREE, TreeSize(size)).unwrap();
        assert_eq!(root, reference.root(size as usize), "size {size}");
        let range = read_range(&log, TreeSize(size)).unwrap();
        assert_eq!(range.root(TREE).unwrap(), root);
        assert_eq!(range.tree_size(), Ok(TreeSize(size)));
    }
}

#[test]
fn every_inclusion_proof_of_small_trees() {
    let reference = Reference::new(TREE, leaves(0, SMALL));
    let log = tree_of(SMALL);
    let hashes = leaves(0, SMALL);
    for size in 1..=SMALL {
        let root = reference.root(size as usize);
        for index in 0..size {
            let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
            assert_eq!(proof.path, reference.path(index as usize, size as usize));
            let verified = proof.verify(TREE, &hashes[index as usize], &root).unwrap();
            assert_eq!(verified.leaf_index(), LeafIndex(index));
            assert_eq!(verified.tree_size(), TreeSize(size));
            assert_eq!(verified.leaf(), &hashes[index as usize]);
            assert_eq!(verified.root(), &root);
        }
    }
}

#[test]
fn every_consistency_proof_of_small_trees() {
    let reference = Reference::new(TREE, leaves(0, SMALL));
    let log = tree_of(SMALL);
    for second in 1..=SMALL {
        let second_root = reference.root(second as usize);
        for first in 1..=second {
            let first_root = reference.root(first as usize);
            let proof = prove_consistency(&log, TREE, TreeSize(first), TreeSize(second)).unwrap();
            assert_eq!(proof.path, reference.proof(first as usize, second as usize));
            let verified = proof.verify(TREE, &first_root, &second_root).unwrap();
            assert_eq!(verified.first(), (TreeSize(first), first_root));
            assert_eq!(verified.second(), (TreeSize(second), second_root));
        }
    }
}

#[test]
fn proofs_of_large_trees() {
    let reference = Reference::new(TREE, leaves(0, 70_000));
    let log = tree_of(70_000);
    let sizes = edges();
    for (at, second) in sizes.iter().copied().enumerate() {
        for index in [0, 1, 254, second / 2, second / 3, second - 2, second - 1] {
            let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(second)).unwrap();
            assert_eq!(proof.path, reference.path(index as usize, second as usize));
        }
        for first in sizes[..=at]
            .iter()
            .copied()
            .filter(|first| *first <= second)
        {
            let proof = prove_consistency(&log, TREE, TreeSize(first), TreeSize(second)).unwrap();
            assert_eq!(proof.path, reference.proof(first as usize, second as usize));
            let (first_root, second_root) = (
                reference.root(first as usize),
                reference.root(second as usize),
            );
            let _verified = proof.verify(TREE, &first_root, &second_root).unwrap();
        }
    }
}

#[test]
fn changed_inclusion_proofs_are_refused() {
    let hashes = leaves(0, 40);
    let log = tree_of(40);
    for size in 1..=40 {
        let root = root_at(&log, TREE, TreeSize(size)).unwrap();
        for index in 0..size {
            let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
            let leaf = hashes[index as usize];
            let refuse = |proof: &InclusionProof, leaf: &Hash, root: &Hash| {
                proof.verify(TREE, leaf, root).unwrap_err()
            };
            let needed = proof.path.len();
            for change in changes(&proof.path) {
                let changed = InclusionProof {
                    path: change,
                    ..proof.clone()
                };
                let error = refuse(&changed, &leaf, &root);
                if changed.path.len() == needed {
                    assert!(matches!(error, ProofError::RootMismatch { .. }));
                } else {
                    let got = changed.path.len();
                    let expected = needed;
                    assert_eq!(error, ProofError::WrongPathLength { expected, got });
                }
            }
            let other = flipped(&leaf, 3);
            assert!(matches!(
                refuse(&proof, &other, &root),
                ProofError::RootMismatch { which: WhichRoot::Tree, expected, .. } if expected == root
            ));
            assert!(matches!(
                refuse(&proof, &leaf, &flipped(&root, 255)),
                ProofError::RootMismatch { computed, .. } if computed == root
            ));
            // Every other index fails, by its length or by its root.
            for elsewhere in (0..size).filter(|other| *other != index) {
                let changed = InclusionProof {
                    leaf_index: LeafIndex(elsewhere),
                    ..proof.clone()
                };
                refuse(&changed, &leaf, &root);
            }
            for outside in [size, size + 1, u64::MAX] {
                let changed = InclusionProof {
                    leaf_index: LeafIndex(outside),
                    ..proof.clone()
                };
                assert!(matches!(
                    refuse(&changed, &leaf, &root),
                    ProofError::Impossible(PlanError::IndexOutsideTree { .. })
                ));
            }
        }
    }
}

#[test]
fn changed_consistency_proofs_are_refused() {
    let log = tree_of(40);
    let root = |size| root_at(&log, TREE, TreeSize(size)).unwrap();
    for second in 1..=40 {
        for first in 1..=second {
            let proof = prove_consistency(&log, TREE, TreeSize(first), TreeSize(second)).unwrap();
            let refuse = |proof: &ConsistencyProof, first_root: &Hash, second_root: &Hash| {
                proof.verify(TREE, first_root, second_root).unwrap_err()
            };
            for change in changes(&proof.path) {
                let changed = ConsistencyProof {
                    path: change,
                    ..proof.clone()
                };
                refuse(&changed, &root(first), &root(second));
            }
            refuse(&proof, &flipped(&root(first), 0), &root(second));
            refuse(&proof, &root(first), &flipped(&root(second), 0));
            let swapped = ConsistencyProof {
                first_size: TreeSize(second),
                second_size: TreeSize(first),
                ..proof.clone()
            };
            if first != second {
                assert!(matches!(
                    refuse(&swapped, &root(second), &root(first)),
                    ProofError::Impossible(PlanError::SizesDecrease { .. })
                ));
            }
            let from_empty = ConsistencyProof {
                first_size: TreeSize(0),
                ..proof
            };
            assert_eq!(
                refuse(&from_empty, &TREE.empty(), &root(second)),
                ProofError::Impossible(PlanError::ConsistencyFromEmpty)
            );
        }
    }
}

#[test]
fn proofs_of_any_size_are_refused_quickly() {
    let sizes = [
        0,
        1,
        2,
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 1,
        u64::MAX - 1,
        u64::MAX,
    ];
    let zero = Hash::default();
    for first in sizes {
        for second in sizes {
            for len in [0, 1, 62, 63, 64, 65, 66, 128] {
                let inclusion = InclusionProof {
                    leaf_index: LeafIndex(first),
                    tree_size: TreeSize(second),
                    path: vec![zero; len],
                };
                assert!(inclusion.verify(TREE, &zero, &zero).is_err() || (second, len) == (1, 0));
                let consistency = ConsistencyProof {
                    first_size: TreeSize(first),
                    second_size: TreeSize(second),
                    path: vec![zero; len],
                };
                let same = first == second && len == 0 && first != 0;
                assert_eq!(consistency.verify(TREE, &zero, &zero).is_ok(), same);
            }
        }
    }
}

/// All leaves are equal, so that the trees of 2^63 leaves can be computed and their proofs too.
struct Uniform(Vec<Hash>);

impl NodeReader for Uniform {
    type Error = std::convert::Infallible;

    fn node(&self, id: NodeId) -> Result<Hash, Self::Error> {
        Ok(self.0[usize::from(id.level)])
    }
}

#[test]
fn proofs_of_the_largest_trees_verify() {
    let leaf = TREE.leaf(b"");
    let levels = std::iter::successors(Some(leaf), |hash| Some(TREE.node(hash, hash)));
    let reader = Uniform(levels.take(64).collect());
    let sizes = [
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 1,
        (1 << 63) + 12_345,
        u64::MAX,
    ];
    for size in sizes {
        let root = root_at(&reader, TREE, TreeSize(size)).unwrap();
        for index in [0, 1, size / 2, size / 3, size - 2, size - 1] {
            let proof = prove_inclusion(&reader, TREE, LeafIndex(index), TreeSize(size)).unwrap();
            let _verified = proof.verify(TREE, &leaf, &root).unwrap();
        }
        for first in sizes.into_iter().chain([1, 2, 3, size / 2, size - 1]) {
            if first <= size {
                let first_root = root_at(&reader, TREE, TreeSize(first)).unwrap();
                let proof =
                    prove_consistency(&reader, TREE, TreeSize(first), TreeSize(size)).unwrap();
                let _verified = proof.verify(TREE, &first_root, &root).unwrap();
            }
        }
    }
    let mut full = read_range(&reader, TreeSize(u64::MAX)).unwrap();
    let too_large = Growth::new(TREE, &full, vec![leaf]).unwrap_err();
    assert!(matches!(too_large, RangeError::TooLarge { .. }));
    assert!(full.append(TREE, leaf).is_err());
}

#[test]
fn compact_ranges_of_every_begin_and_end() {
    let reference = Reference::new(TREE, leaves(0, 70));
    let hashes = leaves(0, 70);
    for begin in 0..=70u64 {
        let mut range = CompactRange::empty(begin);
        for end in begin..=70 {
            let expected: Vec<Hash> = CompactRange::nodes(begin, end)
                .map(|id| {
                    let first = (id.index << id.level) as usize;
                    reference.hash(first, first + (1 << id.level))
                })
                .collect();
            assert_eq!(range.hashes(), expected, "[{begin}, {end})");
            assert_eq!((range.begin(), range.end()), (begin, end));
            let rebuilt = CompactRange::from_hashes(begin, end, expected).unwrap();
            assert_eq!(rebuilt, range);
            if begin == 0 {
                assert_eq!(range.root(TREE), Ok(reference.root(end as usize)));
            } else {
                assert_eq!(range.root(TREE), Err(RangeError::NotFromStart { begin }));
            }
            if end < 70 {
                range.append(TREE, hashes[end as usize]).unwrap();
            }
        }
    }
}

#[test]
fn ranges_that_do_not_fit_are_refused() {
    let hash = Hash::default();
    let too_few = CompactRange::from_hashes(0, 7, vec![hash; 2]);
    assert_eq!(
        too_few,
        Err(RangeError::WrongHashCount {
            begin: 0,
            end: 7,
            expected: 3,
            got: 2
        })
    );
    assert!(CompactRange::from_hashes(0, 7, vec![hash; 4]).is_err());
    assert!(CompactRange::from_hashes(0, 0, vec![hash]).is_err());
    let reversed = CompactRange::from_hashes(3, 2, vec![]);
    assert_eq!(reversed, Err(RangeError::Reversed { begin: 3, end: 2 }));
    let mut range = CompactRange::empty(0);
    let apart = range.merge(TREE, &CompactRange::empty(1));
    assert_eq!(apart, Err(RangeError::NotAdjacent { end: 0, begin: 1 }));
    let inner = CompactRange::empty(4);
    let grown = Growth::new(TREE, &inner, vec![hash]);
    assert_eq!(grown, Err(RangeError::NotFromStart { begin: 4 }));
}

#[test]
fn missing_nodes_are_errors_not_wrong_proofs() {
    let first = tree_of(10);
    let more = Growth::new(TREE, first.after(), leaves(10, 20)).unwrap();
    // The second growth alone does not have the first leaves.
    assert!(prove_inclusion(&more, TREE, LeafIndex(3), TreeSize(20)).is_err());
    assert!(prove_inclusion(&first, TREE, LeafIndex(3), TreeSize(11)).is_err());
}

/// The acceptance roots of docs/PERFORMANCE.md: five public implementations agree on them.
#[test]
fn a_million_leaves_have_the_root_that_others_compute() {
    for (entry_len, prefix) in [(32, "c2aac514750c6e09"), (256, "4d80d28dc6942846")] {
        let mut x: u64 = 88_172_645_463_325_252;
        let mut entries = vec![0; entry_len << 20];
        for word in entries.chunks_exact_mut(8) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            word.copy_from_slice(&x.to_le_bytes());
        }
        let entries: Vec<&[u8]> = entries.chunks_exact(entry_len).collect();
        let mut leaves = Vec::with_capacity(entries.len());
        TREE.leaves(&entries, &mut leaves);
        let log = Growth::new(TREE, &CompactRange::empty(0), leaves).unwrap();
        let root = log.after().root(TREE).unwrap().to_string();
        assert!(root.starts_with(prefix), "{root}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    /// However the leaves are cut into batches, the same nodes and ranges come out.
    #[test]
    fn stacked_growths_are_one_growth(
        batches in prop::collection::vec(0..700u64, 1..12),
    ) {
        let total = batches.iter().sum();
        let whole = tree_of(total);
        let mut range = CompactRange::empty(0);
        for batch in batches {
            let begin = range.end();
            let growth = Growth::new(TREE, &range, leaves(begin, begin + batch)).unwrap();
            prop_assert_eq!(growth.size_before(), TreeSize(begin));
            prop_assert_eq!(growth.size_after(), TreeSize(begin + batch));
            for level in 0..12u8 {
                let (old, new) = (begin >> level, (begin + batch) >> level);
                let run = growth.runs().get(usize::from(level));
                prop_assert_eq!(run.map_or(0, |run| run.hashes().len() as u64), new - old);
                if let Some(run) = run {
                    prop_assert_eq!((run.level(), run.first()), (level, old));
                }
                for index in 0..=new {
                    let id = NodeId::new(level, index);
                    let expected = whole.node(id).filter(|_| (old..new).contains(&index));
                    prop_assert_eq!(Growth::node(&growth, id), expected);
                }
            }
            range = growth.after().clone();
        }
        prop_assert_eq!(&range, whole.after());
    }

    /// Ranges can be joined anywhere.
    #[test]
    fn merged_ranges_are_one_range(
        begin in 0..3000u64, first in 0..3000u64, second in 0..3000u64,
    ) {
        let (middle, end) = (begin + first, begin + first + second);
        let log = tree_of(end);
        let range = |begin, end| {
            let hashes = CompactRange::nodes(begin, end).map(|id| log.node(id).unwrap());
            CompactRange::from_hashes(begin, end, hashes.collect()).unwrap()
        };
        let mut joined = range(begin, middle);
        joined.merge(TREE, &range(middle, end)).unwrap();
        prop_assert_eq!(joined, range(begin, end));
    }

    /// The hash of a node's range, complete or not.
    #[test]
    fn hashes_of_ranges(size in 1..5000u64, level in 0..13u8, index in 0..5000u64) {
        let begin = (index % size) >> level << level;
        let end = (begin + (1 << level)).min(size);
        let reference = Reference::new(TREE, leaves(0, size));
        let hash = hash_of_range(&tree_of(size), TREE, NodeRange { begin, end }).unwrap();
        prop_assert_eq!(hash, reference.hash(begin as usize, end as usize));
    }

    /// Proofs at random sizes up to 70,000.
    #[test]
    fn random_proofs(size in 1..70_000u64, index in any::<u64>(), first in any::<u64>()) {
        let (index, first) = (index % size, first % size + 1);
        let reference = Reference::new(TREE, leaves(0, size));
        let log = tree_of(size);
        let inclusion = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
        prop_assert_eq!(&inclusion.path, &reference.path(index as usize, size as usize));
        let root = reference.root(size as usize);
        let leaf = log.node(NodeId::new(0, index)).unwrap();
        prop_assert!(inclusion.verify(TREE, &leaf, &root).is_ok());
        let consistency =
            prove_consistency(&log, TREE, TreeSize(first), TreeSize(size)).unwrap();
        prop_assert_eq!(&consistency.path, &reference.proof(first as usize, size as usize));
        let first_root = reference.root(first as usize);
        prop_assert!(consistency.verify(TREE, &first_root, &root).is_ok());
    }
}
