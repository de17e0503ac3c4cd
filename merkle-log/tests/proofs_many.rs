//! Proofs of many leaves at once: ranges, any indices, many proofs against one root, and proofs
//! carried on. All of them against the slow tree, for each tree type.

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
    Hash, InclusionProof, LeafIndex, MultiProof, PlanError, ProofError, RangeProof, TreeSize,
    TreeType, WhichRoot, prove_consistency, prove_inclusion, prove_multi, prove_range, root_at,
    verify_inclusions,
};
use proptest::prelude::*;

fn indices(list: &[usize]) -> Vec<LeafIndex> {
    list.iter().map(|index| LeafIndex(*index as u64)).collect()
}

fn pick(leaves: &[Hash], list: &[usize]) -> Vec<Hash> {
    list.iter().map(|index| leaves[*index]).collect()
}

#[test]
fn every_range_of_small_trees() {
    for tree in TreeType::ALL {
        let leaves = leaves_of(tree, 0, 40);
        let (reference, log) = (Reference::new(tree, leaves.clone()), tree_of_type(tree, 40));
        for size in 1..=40 {
            let root = reference.root(size);
            for begin in 0..size {
                for end in begin + 1..=size {
                    let (first, after) = (LeafIndex(begin as u64), LeafIndex(end as u64));
                    let size = TreeSize(size as u64);
                    let proof = prove_range(&log, tree, first, after, size).unwrap();
                    let all: Vec<usize> = (begin..end).collect();
                    assert_eq!(proof.path, reference.multi(&all, size.0 as usize));
                    let verified = proof.verify(tree, &leaves[begin..end], &root).unwrap();
                    assert_eq!(verified.begin(), first);
                    assert_eq!(verified.leaves(), &leaves[begin..end]);
                    assert_eq!((verified.tree_size(), *verified.root()), (size, root));
                    if end == begin + 1 {
                        let single = prove_inclusion(&log, tree, first, size).unwrap();
                        assert_eq!(single.path, proof.path);
                    }
                }
            }
        }
    }
}

#[test]
fn every_set_of_leaves_of_small_trees() {
    for tree in TreeType::ALL {
        let leaves = leaves_of(tree, 0, 9);
        let (reference, log) = (Reference::new(tree, leaves.clone()), tree_of_type(tree, 9));
        for size in 1..=9 {
            for set in 1..1u32 << size {
                let list: Vec<usize> = (0..size).filter(|i| set >> i & 1 == 1).collect();
                let size = TreeSize(size as u64);
                let proof = prove_multi(&log, tree, &indices(&list), size).unwrap();
                assert_eq!(proof.path, reference.multi(&list, size.0 as usize));
                let (known, root) = (pick(&leaves, &list), reference.root(size.0 as usize));
                let verified = proof.verify(tree, &known, &root).unwrap();
                assert_eq!((verified.tree_size(), *verified.root()), (size, root));
                let proven: Vec<_> = verified.leaves().collect();
                let expected: Vec<_> = indices(&list).into_iter().zip(&known).collect();
                assert_eq!(proven, expected);
            }
        }
    }
}

/// Altered in any way, held against anything else: no.
#[test]
fn changed_range_proofs_are_refused() {
    let tree = TreeType::Sha256;
    let leaves = leaves_of(tree, 0, 23);
    let log = tree_of_type(tree, 23);
    for size in [1, 2, 7, 8, 22, 23] {
        let root = root_at(&log, tree, TreeSize(size)).unwrap();
        for (begin, end) in (0..size).flat_map(|b| (b + 1..=size).map(move |e| (b, e))) {
            let proof =
                prove_range(&log, tree, LeafIndex(begin), LeafIndex(end), TreeSize(size)).unwrap();
            let known = &leaves[begin as usize..end as usize];
            let refuse = |proof: &RangeProof, leaves: &[Hash], root: &Hash| {
                proof.verify(tree, leaves, root).unwrap_err()
            };
            for path in changes(&proof.path) {
                let changed = RangeProof {
                    path,
                    ..proof.clone()
                };
                match refuse(&changed, known, &root) {
                    ProofError::WrongPathLength { expected, got } => {
                        assert_eq!((expected, got), (proof.path.len(), changed.path.len()));
                    }
                    ProofError::RootMismatch { which, .. } => assert_eq!(which, WhichRoot::Tree),
                    other => panic!("{other}"),
                }
            }
            for at in 0..known.len() {
                let mut other = known.to_vec();
                other[at] = flipped(&other[at], at);
                refuse(&proof, &other, &root);
                other.remove(at);
                assert!(matches!(
                    refuse(&proof, &other, &root),
                    ProofError::WrongLeafCount { .. }
                ));
            }
            refuse(&proof, known, &flipped(&root, 9));
            assert!(proof.verify(TreeType::Blake3, known, &root).is_err() || size == 1);
            // The same hashes elsewhere.
            for (b, e) in (0..=size + 1).flat_map(|b| (0..=size + 1).map(move |e| (b, e))) {
                let moved = RangeProof {
                    begin: LeafIndex(b),
                    end: LeafIndex(e),
                    ..proof.clone()
                };
                assert_eq!(
                    moved.verify(tree, known, &root).is_ok(),
                    (b, e) == (begin, end)
                );
            }
        }
    }
}

#[test]
fn changed_multi_proofs_are_refused() {
    let tree = TreeType::Sha256;
    let leaves = leaves_of(tree, 0, 7);
    let log = tree_of_type(tree, 7);
    let (size, root) = (TreeSize(7), root_at(&log, tree, TreeSize(7)).unwrap());
    for set in 1..1u32 << 7 {
        let list: Vec<usize> = (0..7).filter(|i| set >> i & 1 == 1).collect();
        let proof = prove_multi(&log, tree, &indices(&list), size).unwrap();
        let known = pick(&leaves, &list);
        let refuse = |proof: &MultiProof, leaves: &[Hash], root: &Hash| {
            proof.verify(tree, leaves, root).unwrap_err()
        };
        for path in changes(&proof.path) {
            let changed = MultiProof {
                path,
                ..proof.clone()
            };
            refuse(&changed, &known, &root);
        }
        for at in 0..known.len() {
            let mut other = known.clone();
            other[at] = flipped(&other[at], at);
            refuse(&proof, &other, &root);
            other.remove(at);
            refuse(&proof, &other, &root);
        }
        refuse(&proof, &known, &flipped(&root, 200));
        assert!(proof.verify(TreeType::Blake3, &known, &root).is_err() || list.len() == 7);
        for other in 0..1u32 << 7 {
            let list: Vec<usize> = (0..7).filter(|i| other >> i & 1 == 1).collect();
            let moved = MultiProof {
                leaf_indices: indices(&list),
                ..proof.clone()
            };
            assert_eq!(moved.verify(tree, &known, &root).is_ok(), other == set);
        }
    }
}

#[test]
fn what_no_leaves_can_be() {
    let (tree, zero) = (TreeType::Sha256, Hash::default());
    let range = |begin, end, size, leaves: usize| {
        let proof = RangeProof {
            begin: LeafIndex(begin),
            end: LeafIndex(end),
            tree_size: TreeSize(size),
            path: Vec::new(),
        };
        proof.verify(tree, &vec![zero; leaves], &zero).unwrap_err()
    };
    for (begin, end) in [(0, 0), (5, 5), (5, 4), (u64::MAX, 0), (u64::MAX, u64::MAX)] {
        assert!(matches!(
            range(begin, end, u64::MAX, 0),
            ProofError::Impossible(PlanError::EmptyRange { .. })
        ));
    }
    assert!(matches!(
        range(3, 5, 4, 2),
        ProofError::Impossible(PlanError::IndexOutsideTree {
            index: LeafIndex(4),
            ..
        })
    ));
    // No memory is asked for before the leaves were counted.
    assert!(matches!(
        range(0, u64::MAX, u64::MAX, 2),
        ProofError::WrongLeafCount {
            expected: u64::MAX,
            got: 2
        }
    ));
    let multi = |list: &[u64], size, leaves: usize| {
        let proof = MultiProof {
            leaf_indices: list.iter().copied().map(LeafIndex).collect(),
            tree_size: TreeSize(size),
            path: Vec::new(),
        };
        proof.verify(tree, &vec![zero; leaves], &zero).unwrap_err()
    };
    for (list, size) in [(&[][..], 0), (&[], 5)] {
        let none = multi(list, size, 0);
        assert_eq!(none, ProofError::Impossible(PlanError::NoLeaves));
    }
    for list in [[1, 1], [2, 1]] {
        assert!(matches!(
            multi(&list, 5, 2),
            ProofError::Impossible(PlanError::IndicesNotRising { .. })
        ));
    }
    assert!(matches!(
        multi(&[0, 5], 5, 2),
        ProofError::Impossible(PlanError::IndexOutsideTree { .. })
    ));
    assert!(matches!(
        multi(&[0, u64::MAX - 1], u64::MAX, 2),
        ProofError::WrongPathLength {
            expected: 125,
            got: 0
        }
    ));
}

#[test]
fn many_proofs_get_the_verdicts_they_get_alone() {
    for tree in TreeType::ALL {
        let (leaves, log) = (leaves_of(tree, 0, 300), tree_of_type(tree, 300));
        let root = root_at(&log, tree, TreeSize(300)).unwrap();
        let mut proofs: Vec<InclusionProof> = (0..300)
            .map(|index| prove_inclusion(&log, tree, LeafIndex(index), TreeSize(300)).unwrap())
            .collect();
        let all = verify_inclusions(tree, proofs.iter().zip(&leaves), &root);
        assert_eq!(all.len(), 300);
        for (index, verdict) in all.iter().enumerate() {
            let verified = verdict.as_ref().unwrap();
            assert_eq!(verified.leaf_index(), LeafIndex(index as u64));
            assert_eq!((verified.leaf(), verified.root()), (&leaves[index], &root));
        }
        // Some damaged, some of other trees.
        for (at, proof) in proofs.iter_mut().enumerate() {
            match at % 7 {
                1 => proof.path[at % 5] = flipped(&proof.path[at % 5], at),
                2 => drop(proof.path.pop()),
                3 => proof.leaf_index.0 += 300,
                4 => proof.tree_size.0 -= 100,
                _ => {}
            }
        }
        for count in [0, 1, 15, 16, 17, 300] {
            let given = proofs[..count].iter().zip(&leaves);
            let alone: Vec<_> = given
                .clone()
                .map(|(proof, leaf)| proof.verify(tree, leaf, &root))
                .collect();
            assert_eq!(verify_inclusions(tree, given, &root), alone);
        }
    }
}

#[test]
fn every_inclusion_proof_carried_on_to_every_later_size() {
    for tree in TreeType::ALL {
        let log = tree_of_type(tree, 40);
        for first in 1..=40 {
            for second in first..=40 {
                let consistency =
                    prove_consistency(&log, tree, TreeSize(first), TreeSize(second)).unwrap();
                for index in 0..first {
                    let index = LeafIndex(index);
                    let old = prove_inclusion(&log, tree, index, TreeSize(first)).unwrap();
                    let new = prove_inclusion(&log, tree, index, TreeSize(second)).unwrap();
                    assert_eq!(old.carried_on(tree, &consistency), Ok(new));
                }
            }
        }
    }
}

#[test]
fn proofs_that_do_not_fit_are_not_carried_on() {
    let tree = TreeType::Sha256;
    let log = tree_of_type(tree, 20);
    let old = prove_inclusion(&log, tree, LeafIndex(4), TreeSize(11)).unwrap();
    let elsewhere = prove_consistency(&log, tree, TreeSize(12), TreeSize(20)).unwrap();
    assert_eq!(
        old.carried_on(tree, &elsewhere),
        Err(ProofError::WrongFirstSize {
            expected: TreeSize(11),
            got: TreeSize(12)
        })
    );
    let mut consistency = prove_consistency(&log, tree, TreeSize(11), TreeSize(20)).unwrap();
    let mut short = old.clone();
    short.path.pop();
    assert!(short.carried_on(tree, &consistency).is_err());
    let outside = InclusionProof {
        leaf_index: LeafIndex(11),
        ..old.clone()
    };
    assert!(outside.carried_on(tree, &consistency).is_err());
    consistency.path.push(Hash::default());
    assert!(old.carried_on(tree, &consistency).is_err());
    // A proof carried on by a wrong hash is wrong, or did not need that hash.
    consistency.path.pop();
    let leaf = leaves_of(tree, 4, 5)[0];
    let root = root_at(&log, tree, TreeSize(20)).unwrap();
    let right = old.carried_on(tree, &consistency).unwrap();
    assert!(right.verify(tree, &leaf, &root).is_ok());
    let mut wrong = 0;
    for at in 0..consistency.path.len() {
        let mut changed = consistency.clone();
        changed.path[at] = flipped(&changed.path[at], 77);
        let carried = old.carried_on(tree, &changed).unwrap();
        assert_eq!(carried.verify(tree, &leaf, &root).is_ok(), carried == right);
        wrong += usize::from(carried != right);
    }
    // [0, 8) is not needed: it holds the leaf.
    assert_eq!((consistency.path.len(), wrong), (6, 5));
}

fn tree_types() -> impl Strategy<Value = TreeType> {
    prop::sample::select(TreeType::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn ranges_and_sets_of_larger_trees(
        tree in tree_types(),
        size in 1..3000usize,
        list in prop::collection::btree_set(0..3000usize, 1..60),
        cut in any::<(u16, u16)>(),
    ) {
        let leaves = leaves_of(tree, 0, size as u64);
        let reference = Reference::new(tree, leaves.clone());
        let (log, root) = (tree_of_type(tree, size as u64), reference.root(size));

        let mut list: Vec<usize> = list.into_iter().map(|index| index % size).collect();
        list.sort_unstable();
        list.dedup();
        let proof = prove_multi(&log, tree, &indices(&list), TreeSize(size as u64)).unwrap();
        prop_assert_eq!(&proof.path, &reference.multi(&list, size));
        prop_assert!(proof.verify(tree, &pick(&leaves, &list), &root).is_ok());

        let (a, b) = (usize::from(cut.0) % size, usize::from(cut.1) % size);
        let (begin, end) = (a.min(b), a.max(b) + 1);
        let proof = prove_range(
            &log, tree, LeafIndex(begin as u64), LeafIndex(end as u64), TreeSize(size as u64),
        ).unwrap();
        let all: Vec<usize> = (begin..end).collect();
        prop_assert_eq!(&proof.path, &reference.multi(&all, size));
        prop_assert!(proof.verify(tree, &leaves[begin..end], &root).is_ok());
    }

    #[test]
    fn proofs_of_larger_trees_carried_on(
        tree in tree_types(),
        sizes in (1..5000u64, 1..5000u64),
        index in any::<u64>(),
    ) {
        let (first, second) = (sizes.0.min(sizes.1), sizes.0.max(sizes.1));
        let log = tree_of_type(tree, second);
        let index = LeafIndex(index % first);
        let old = prove_inclusion(&log, tree, index, TreeSize(first)).unwrap();
        let consistency = prove_consistency(&log, tree, TreeSize(first), TreeSize(second)).unwrap();
        let new = prove_inclusion(&log, tree, index, TreeSize(second)).unwrap();
        prop_assert_eq!(old.carried_on(tree, &consistency), Ok(new));
    }

    /// Any numbers and any hashes: a verdict, at once.
    #[test]
    fn arbitrary_proofs_of_many_leaves(
        tree in tree_types(),
        numbers in any::<[u64; 3]>(),
        shift in 0..64u32,
        path in prop::collection::vec(any::<[u8; 32]>(), 0..130),
        list in prop::collection::vec(any::<u64>(), 0..20),
        leaves in 0..20usize,
    ) {
        let [begin, end, size] = numbers.map(|number| number >> shift);
        let path: Vec<Hash> = path.into_iter().map(Hash::new).collect();
        let known = vec![Hash::default(); leaves];
        let range = RangeProof {
            begin: LeafIndex(begin),
            end: LeafIndex(end),
            tree_size: TreeSize(size),
            path: path.clone(),
        };
        prop_assert!(range.verify(tree, &known, &Hash::default()).is_err());
        let mut leaf_indices: Vec<_> = list.into_iter().map(|i| LeafIndex(i >> shift)).collect();
        leaf_indices.sort_unstable();
        let multi = MultiProof { leaf_indices, tree_size: TreeSize(size), path };
        prop_assert!(multi.verify(tree, &known, &Hash::default()).is_err());
    }
}
