//! Trees, proofs and ledgers that Hyperledger Indy Plenum computed; origins are in
//! `tests/vectors/plenum/README.md`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{
    TREE, base58_hash, base58_hashes, hex_hash, hex_hashes, leaves, list, number, sha256, text,
    tree_of, unhex, vectors,
};
use merkle_log::{
    CompactRange, ConsistencyProof, Growth, Hash, InclusionProof, LeafIndex, NodeId, PlanError,
    ProofError, ProveError, TreeSize, inclusion_plan, prove_consistency, prove_inclusion,
    read_range, root_at,
};

#[test]
fn roots_frontiers_and_proofs() {
    let file = vectors("plenum/merkle.json");
    let log = tree_of(1000);
    let (mut inclusions, mut consistencies) = (0, 0);
    for case in list(&file["cases"]) {
        let size = TreeSize(number(&case["size"]));
        let root = hex_hash(&case["root_hex"]);
        assert_eq!(base58_hash(&case["root_b58"]), root);
        assert_eq!(root_at(&log, TREE, size).unwrap(), root);
        let range = read_range(&log, size).unwrap();
        assert_eq!(range.hashes(), hex_hashes(&case["frontier_hex"]));
        assert_eq!(number(&case["leaf_count"]), size.0);
        let nodes: u64 = (1..64).map(|level| size.complete_nodes(level)).sum();
        assert_eq!(number(&case["node_count"]), nodes);
        for inclusion in list(&case["inclusion"]) {
            let index = LeafIndex(number(&inclusion["index"]));
            let proof = prove_inclusion(&log, TREE, index, size).unwrap();
            assert_eq!(proof.path, hex_hashes(&inclusion["path_hex"]));
            let leaf = hex_hash(&inclusion["leaf_hash_hex"]);
            assert!(proof.verify(TREE, &leaf, &root).is_ok());
            inclusions += 1;
        }
        for consistency in list(&case["consistency"]) {
            let first = TreeSize(number(&consistency["first"]));
            let proof = prove_consistency(&log, TREE, first, size).unwrap();
            assert_eq!(proof.path, hex_hashes(&consistency["proof_hex"]));
            let first_root = hex_hash(&consistency["first_root_hex"]);
            assert!(proof.verify(TREE, &first_root, &root).is_ok());
            consistencies += 1;
        }
    }
    assert!(
        inclusions > 300 && consistencies > 300,
        "{inclusions} {consistencies}"
    );
}

#[test]
fn the_path_of_each_appended_leaf() {
    let file = vectors("plenum/merkle_append.json");
    let mut range = CompactRange::empty(0);
    let log = tree_of(100);
    assert!(!list(&file["append"]).is_empty());
    for append in list(&file["append"]) {
        let index = number(&append["index"]);
        assert_eq!(number(&append["size_after"]), index + 1);
        range.append(TREE, leaves(index, index + 1)[0]).unwrap();
        assert_eq!(range.root(TREE), Ok(hex_hash(&append["root_hex"])));
        let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(index + 1)).unwrap();
        assert_eq!(proof.path, hex_hashes(&append["path_hex"]));
        // The path of the newest leaf is the frontier before it, from the right.
        let before = read_range(&log, TreeSize(index)).unwrap();
        assert!(proof.path.iter().eq(before.hashes().iter().rev()));
    }
}

/// Plenum's verdicts, but for the proofs that it accepts and a strict verifier must not: any
/// proof from size 0, hashes after the end, any proof between equal sizes.
#[test]
fn changed_proofs_get_plenums_verdict() {
    let file = vectors("plenum/merkle_negative.json");
    let (mut accepted, mut refused, mut stricter) = (0, 0, 0);
    for case in list(&file["cases"]) {
        let accepts = text(&case["plenum_verdict"]) == "ok";
        let (verdict, too_lenient) = if text(&case["kind"]) == "inclusion" {
            let proof = InclusionProof {
                leaf_index: LeafIndex(number(&case["index"])),
                tree_size: TreeSize(number(&case["size"])),
                path: hex_hashes(&case["path_hex"]),
            };
            let leaf = TREE.leaf(&unhex(text(&case["leaf_hex"])));
            let verdict = proof.verify(TREE, &leaf, &hex_hash(&case["root_hex"]));
            (verdict.map(|_| ()), false)
        } else {
            let proof = ConsistencyProof {
                first_size: TreeSize(number(&case["first"])),
                second_size: TreeSize(number(&case["second"])),
                path: hex_hashes(&case["proof_hex"]),
            };
            let verdict = proof.verify(
                TREE,
                &hex_hash(&case["first_root_hex"]),
                &hex_hash(&case["second_root_hex"]),
            );
            let lenient =
                proof.first_size == TreeSize(0) || text(&case["mutation"]) == "extra_hash";
            (verdict.map(|_| ()), lenient)
        };
        if accepts && too_lenient {
            let error = verdict.unwrap_err();
            let strict = matches!(
                error,
                ProofError::Impossible(PlanError::ConsistencyFromEmpty)
                    | ProofError::WrongPathLength { .. }
            );
            assert!(strict, "{error} for {case}");
            stricter += 1;
        } else if accepts {
            assert_eq!(verdict, Ok(()), "{case}");
            accepted += 1;
        } else {
            assert!(verdict.is_err(), "{case}");
            refused += 1;
        }
    }
    let all = list(&file["cases"]).len();
    assert_eq!(accepted + refused + stricter, all);
    assert!(
        accepted > 40 && refused > 300 && stricter > 12,
        "{accepted} {refused} {stricter}"
    );
}

#[test]
fn nothing_is_proven_from_the_empty_tree() {
    let refused = prove_consistency(&tree_of(4), TREE, TreeSize(0), TreeSize(4));
    assert_eq!(
        refused,
        Err(ProveError::Plan(PlanError::ConsistencyFromEmpty))
    );
}

/// Plenum numbers inner nodes from 1 in the order in which appends complete them: before a node at
/// level l that leaf m (from 1) completes stand all nodes of m - 1 leaves and those below it.
fn plenum_position(id: NodeId) -> u64 {
    let m = (id.index + 1) << id.level;
    (m - 1) - u64::from((m - 1).count_ones()) + u64::from(id.level)
}

#[test]
fn the_layout_of_plenums_hash_store() {
    let file = vectors("plenum/hash_store_layout.json");
    let log = tree_of(1000);
    for store in list(&file["stores"]) {
        let size = number(&store["size"]);
        let mut nodes: Vec<NodeId> = (1..64)
            .flat_map(|level| {
                let count = TreeSize(size).complete_nodes(level);
                (0..count).map(move |index| NodeId::new(level, index))
            })
            .collect();
        nodes.sort_by_key(|id| plenum_position(*id));
        let positions = nodes.iter().map(|id| plenum_position(*id));
        assert!(positions.eq(1..=nodes.len() as u64));

        let bytes = |ids: &mut dyn Iterator<Item = NodeId>| -> Vec<u8> {
            ids.flat_map(|id| *log.node(id).unwrap().as_bytes())
                .collect()
        };
        let leaves_file = bytes(&mut (0..size).map(|index| NodeId::new(0, index)));
        let nodes_file = bytes(&mut nodes.into_iter());
        assert_eq!(
            leaves_file.len() as u64,
            number(&store["leaves_file_bytes"])
        );
        assert_eq!(nodes_file.len() as u64, number(&store["nodes_file_bytes"]));
        assert_eq!(
            sha256(&[&leaves_file]),
            hex_hash(&store["leaves_file_sha256"])
        );
        assert_eq!(
            sha256(&[&nodes_file]),
            hex_hash(&store["nodes_file_sha256"])
        );
    }

    // Rows that a tree uses: the node of height h that ends with leaf `start`.
    for row in list(&file["node_positions"]) {
        let (start, height) = (number(&row[0]), number(&row[1]));
        if height > 0 && start % (1 << height) == 0 {
            let level = u8::try_from(height).unwrap();
            let id = NodeId::new(level, (start >> height) - 1);
            assert_eq!(plenum_position(id), number(&row[2]), "{row}");
        }
    }

    // Paths of the last leaf name the same nodes as our plans.
    for path in list(&file["paths"]) {
        let size = number(&path["seq_no"]);
        let (mut leaf_positions, mut node_positions) = (Vec::new(), Vec::new());
        for range in inclusion_plan(LeafIndex(size - 1), TreeSize(size)).unwrap() {
            for id in range.subtrees() {
                match id.level {
                    0 => leaf_positions.push(id.index + 1),
                    _ => node_positions.push(plenum_position(id)),
                }
            }
        }
        let expected = |name: &str| list(&path[name]).iter().map(number).collect::<Vec<_>>();
        assert_eq!(leaf_positions, expected("leaf_positions"), "{path}");
        assert_eq!(node_positions, expected("node_positions"), "{path}");
    }
}

#[test]
fn genesis_ledgers_of_real_networks() {
    for name in [
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
        "sovrin_mainnet_domain",
        "sovrin_mainnet_pool",
    ] {
        let file = vectors(&format!("plenum/ledger_{name}.json"));
        let transactions = list(&file["txns"]);
        let entries: Vec<Vec<u8>> = transactions
            .iter()
            .map(|transaction| unhex(text(&transaction["leaf_msgpack_hex"])))
            .collect();
        let mut leaves: Vec<Hash> = Vec::new();
        TREE.leaves(&entries, &mut leaves);
        let log = Growth::new(TREE, &CompactRange::empty(0), leaves.clone()).unwrap();
        let last = TreeSize(number(&file["size"]));
        assert_eq!(log.size_after(), last);
        let root = |size| root_at(&log, TREE, size).unwrap();
        assert_eq!(root(last), hex_hash(&file["final_root_hex"]));

        for (transaction, leaf) in transactions.iter().zip(&leaves) {
            assert_eq!(*leaf, hex_hash(&transaction["leaf_hash_hex"]));
            let size = TreeSize(number(&transaction["seq_no"]));
            assert_eq!(root(size), base58_hash(&transaction["root_b58"]));
            let index = LeafIndex(size.0 - 1);
            let proof = prove_inclusion(&log, TREE, index, size).unwrap();
            let stored = &transaction["merkle_info"];
            assert_eq!(proof.path, base58_hashes(&stored["auditPath"]));
            assert!(
                proof
                    .verify(TREE, leaf, &base58_hash(&stored["rootHash"]))
                    .is_ok()
            );
        }
        for audit in list(&file["audit_proofs"]) {
            let size = TreeSize(number(&audit["ledgerSize"]));
            let index = LeafIndex(number(&audit["seq_no"]) - 1);
            let proof = prove_inclusion(&log, TREE, index, size).unwrap();
            assert_eq!(proof.path, base58_hashes(&audit["auditPath"]));
            assert_eq!(root(size), base58_hash(&audit["rootHash"]));
        }
        assert!(!list(&file["consistency_proofs"]).is_empty());
        for case in list(&file["consistency_proofs"]) {
            let proof = ConsistencyProof {
                first_size: TreeSize(number(&case["first"])),
                second_size: TreeSize(number(&case["second"])),
                path: base58_hashes(&case["proof_b58"]),
            };
            let made = prove_consistency(&log, TREE, proof.first_size, proof.second_size).unwrap();
            assert_eq!(made, proof);
            let first = base58_hash(&case["first_root_b58"]);
            let second = base58_hash(&case["second_root_b58"]);
            assert!(proof.verify(TREE, &first, &second).is_ok());
        }
    }
}
