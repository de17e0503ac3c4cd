//! Subtree proofs against the definitions of the draft of Merkle Tree Certificates, for each tree
//! type.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use common::reference::Reference;
use common::{changes, flipped, leaves_of, tree_of_type};
use merkle_log::{
    Hash, LeafIndex, NodeRange, PlanError, ProofError, SubtreeConsistencyProof,
    SubtreeInclusionProof, TreeSize, TreeType, WhichRoot, hash_of_range, prove_consistency,
    prove_subtree_consistency, prove_subtree_inclusion, root_at,
};
use proptest::prelude::*;

/// All subtrees that end by `size`, empty ones left out.
fn subtrees(size: u64) -> impl Iterator<Item = NodeRange> {
    (0..size)
        .flat_map(move |begin| (begin + 1..=size).map(move |end| NodeRange { begin, end }))
        .filter(|range| range.is_subtree())
}

#[test]
fn every_subtree_of_small_trees() {
    for tree in TreeType::ALL {
        let leaves = leaves_of(tree, 0, 40);
        let (reference, log) = (Reference::new(tree, leaves.clone()), tree_of_type(tree, 40));
        for subtree in subtrees(40) {
            let (begin, end) = (subtree.begin as usize, subtree.end as usize);
            let root = reference.hash(begin, end);
            assert_eq!(hash_of_range(&log, tree, subtree), Ok(root));
            for (index, leaf) in (begin..end).zip(&leaves[begin..end]) {
                let at = LeafIndex(index as u64);
                let proof = prove_subtree_inclusion(&log, tree, at, subtree).unwrap();
                assert_eq!(proof.path, reference.path_in(index, begin, end));
                let verified = proof.verify(tree, leaf, &root).unwrap();
                assert_eq!((verified.leaf_index(), verified.subtree()), (at, subtree));
                assert_eq!((verified.leaf(), verified.root()), (leaf, &root));
            }
            for size in end..=40 {
                let whole = reference.root(size);
                let size = TreeSize(size as u64);
                let proof = prove_subtree_consistency(&log, tree, subtree, size).unwrap();
                let expected = reference.subtree_proof(begin, end, size.0 as usize);
                assert_eq!(proof.path, expected, "{subtree} in {size}");
                let verified = proof.verify(tree, &root, &whole).unwrap();
                assert_eq!(verified.subtree(), (subtree, root));
                assert_eq!(verified.tree(), Some((size, whole)));
                if begin == 0 {
                    let first = TreeSize(subtree.end);
                    let consistency = prove_consistency(&log, tree, first, size).unwrap();
                    assert_eq!(consistency.path, proof.path);
                }
            }
        }
    }
}

#[test]
fn changed_subtree_inclusion_proofs_are_refused() {
    let tree = TreeType::Sha256;
    let (leaves, log) = (leaves_of(tree, 0, 24), tree_of_type(tree, 24));
    for subtree in subtrees(24) {
        let root = hash_of_range(&log, tree, subtree).unwrap();
        for index in subtree.begin..subtree.end {
            let proof = prove_subtree_inclusion(&log, tree, LeafIndex(index), subtree).unwrap();
            let leaf = leaves[index as usize];
            let refuse = |proof: &SubtreeInclusionProof, leaf: &Hash, root: &Hash| {
                proof.verify(tree, leaf, root).unwrap_err()
            };
            for path in changes(&proof.path) {
                let changed = SubtreeInclusionProof {
                    path,
                    ..proof.clone()
                };
                refuse(&changed, &leaf, &root);
            }
            refuse(&proof, &flipped(&leaf, 1), &root);
            assert!(matches!(
                refuse(&proof, &leaf, &flipped(&root, 1)),
                ProofError::RootMismatch {
                    which: WhichRoot::Subtree,
                    ..
                }
            ));
            for other in 0..26 {
                let moved = SubtreeInclusionProof {
                    leaf_index: LeafIndex(other),
                    ..proof.clone()
                };
                assert_eq!(moved.verify(tree, &leaf, &root).is_ok(), other == index);
            }
            let odd = NodeRange {
                end: subtree.end + 1,
                begin: subtree.begin + 1,
            };
            let moved = SubtreeInclusionProof {
                subtree: odd,
                ..proof.clone()
            };
            refuse(&moved, &leaf, &root);
        }
    }
}

#[test]
fn changed_subtree_consistency_proofs_are_refused() {
    let tree = TreeType::Sha256;
    let log = tree_of_type(tree, 24);
    for size in [1, 7, 8, 13, 24] {
        let whole = root_at(&log, tree, TreeSize(size)).unwrap();
        for subtree in subtrees(size) {
            let root = hash_of_range(&log, tree, subtree).unwrap();
            let size = TreeSize(size);
            let proof = prove_subtree_consistency(&log, tree, subtree, size).unwrap();
            let refuse = |proof: &SubtreeConsistencyProof, from: &Hash, to: &Hash| {
                proof.verify(tree, from, to).unwrap_err()
            };
            for path in changes(&proof.path) {
                let changed = SubtreeConsistencyProof {
                    path,
                    ..proof.clone()
                };
                refuse(&changed, &root, &whole);
            }
            refuse(&proof, &flipped(&root, 3), &whole);
            refuse(&proof, &root, &flipped(&whole, 3));
            let outside = SubtreeConsistencyProof {
                tree_size: TreeSize(subtree.end - 1),
                ..proof.clone()
            };
            assert!(matches!(
                refuse(&outside, &root, &whole),
                ProofError::Impossible(PlanError::SubtreeOutsideTree { .. })
            ));
            let same = subtree.begin == 0 && subtree.end == size.0;
            let other_type = proof.verify(TreeType::Blake3, &root, &whole);
            assert_eq!(
                other_type.is_ok(),
                same,
                "only an empty path is of any type"
            );
        }
    }
}

/// Leaves that are under no node of any tree have a root of their own, and still no proof.
#[test]
fn ranges_that_are_no_subtrees_are_refused() {
    let tree = TreeType::Sha256;
    let leaves = leaves_of(tree, 0, 24);
    let whole = root_at(&tree_of_type(tree, 24), tree, TreeSize(24)).unwrap();
    let ranges = (0..24u64).flat_map(|begin| (0..25u64).map(move |end| (begin, end)));
    for (begin, end) in ranges {
        let subtree = NodeRange { begin, end };
        if subtree.is_subtree() {
            continue;
        }
        let not_a_subtree = ProofError::Impossible(PlanError::NotASubtree { subtree });
        let own = leaves.get(begin as usize..end as usize).unwrap_or(&[]);
        let own = Reference::new(tree, own.to_vec());
        let len = end.saturating_sub(begin) as usize;
        for position in 0..len.max(1) {
            let path = if position < len {
                own.path(position, len)
            } else {
                Vec::new()
            };
            let proof = SubtreeInclusionProof {
                leaf_index: LeafIndex(begin + position as u64),
                subtree,
                path,
            };
            let verdict = proof.verify(tree, &leaves[begin as usize], &own.root(len));
            assert_eq!(verdict, Err(not_a_subtree));
        }
        for len in 0..8 {
            let proof = SubtreeConsistencyProof {
                subtree,
                tree_size: TreeSize(24),
                path: vec![whole; len],
            };
            assert_eq!(proof.verify(tree, &whole, &whole), Err(not_a_subtree));
        }
    }
}

/// The empty subtree is part of every tree; the verdict says nothing of the tree.
#[test]
fn empty_subtrees() {
    let tree = TreeType::Sha256;
    let log = tree_of_type(tree, 9);
    let root = root_at(&log, tree, TreeSize(9)).unwrap();
    for at in 0..=9 {
        let subtree = NodeRange { begin: at, end: at };
        let proof = prove_subtree_consistency(&log, tree, subtree, TreeSize(9)).unwrap();
        assert_eq!(proof.path, []);
        let verified = proof.verify(tree, &tree.empty(), &root).unwrap();
        assert_eq!(verified.subtree(), (subtree, tree.empty()));
        assert_eq!(verified.tree(), None);
        assert!(proof.verify(tree, &root, &root).is_err());
        let longer = SubtreeConsistencyProof {
            path: vec![root],
            ..proof
        };
        assert!(longer.verify(tree, &tree.empty(), &root).is_err());
        let none = prove_subtree_inclusion(&log, tree, LeafIndex(at), subtree);
        assert!(none.is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn subtrees_of_larger_trees(
        tree in prop::sample::select(TreeType::ALL.to_vec()),
        size in 1..5000u64, begin in any::<u64>(), len in any::<u64>(), index in any::<u64>(),
    ) {
        let begin = begin % size;
        let room = if begin == 0 { size } else { 1 << begin.trailing_zeros() };
        let subtree = NodeRange { begin, end: begin + 1 + len % room.min(size - begin) };
        let leaves = leaves_of(tree, 0, size);
        let (reference, log) = (Reference::new(tree, leaves.clone()), tree_of_type(tree, size));
        let (from, to) = (subtree.begin as usize, subtree.end as usize);
        let root = reference.hash(from, to);
        let proof = prove_subtree_consistency(&log, tree, subtree, TreeSize(size)).unwrap();
        prop_assert_eq!(&proof.path, &reference.subtree_proof(from, to, size as usize));
        prop_assert!(proof.verify(tree, &root, &reference.root(size as usize)).is_ok());
        let index = begin + index % (subtree.end - begin);
        let proof = prove_subtree_inclusion(&log, tree, LeafIndex(index), subtree).unwrap();
        prop_assert_eq!(&proof.path, &reference.path_in(index as usize, from, to));
        prop_assert!(proof.verify(tree, &leaves[index as usize], &root).is_ok());
    }

    /// Any numbers and any hashes: a verdict, at once.
    #[test]
    fn arbitrary_subtree_proofs(
        tree in prop::sample::select(TreeType::ALL.to_vec()),
        numbers in any::<[u64; 4]>(),
        shift in 0..64u32,
        round in 0..64u32,
        path in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let [begin, end, size, index] = numbers.map(|number| number >> shift);
        let begin = begin >> round << round;
        let subtree = NodeRange { begin, end };
        let path: Vec<Hash> = path.into_iter().map(Hash::new).collect();
        let (zero, one) = (Hash::default(), Hash::new([1; 32]));
        let consistency =
            SubtreeConsistencyProof { subtree, tree_size: TreeSize(size), path: path.clone() };
        prop_assert!(consistency.verify(tree, &zero, &one).is_err());
        let inclusion = SubtreeInclusionProof { leaf_index: LeafIndex(index), subtree, path };
        prop_assert!(inclusion.verify(tree, &zero, &one).is_err());
    }
}
