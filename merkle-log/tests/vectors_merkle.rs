//! Published vectors of Certificate Transparency and of transparency-dev/merkle; origins are in
//! `tests/vectors/merkle/README.md`.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::fmt::Write as _;

use common::{
    TREE, base64_hash, base64_hashes, hex_hash, hex_hashes, list, number, text, unbase64, unhex,
    vectors,
};
use merkle_log::{
    CompactRange, ConsistencyProof, Growth, Hash, InclusionProof, LeafIndex, NodeId, NodeRange,
    NodeReader, SubtreeConsistencyProof, SubtreeInclusionProof, TreeSize, prove_consistency,
    prove_inclusion, prove_subtree_inclusion, root_at,
};
use serde_json::Value;

#[test]
fn transparency_dev_inclusion() {
    let verify = |case: &Value| {
        let proof = InclusionProof {
            leaf_index: LeafIndex(number(&case["leafIdx"])),
            tree_size: TreeSize(number(&case["treeSize"])),
            path: base64_hashes(&case["proof"])?,
        };
        let (leaf, root) = (base64_hash(&case["leafHash"])?, base64_hash(&case["root"])?);
        proof.verify(TREE, &leaf, &root).ok()
    };
    assert_eq!(
        verdicts("merkle/tdev-merkle/inclusion.json", verify),
        (5, 55)
    );
}

#[test]
fn transparency_dev_consistency() {
    // Where roots do not matter the cases have a word in their place.
    let root =
        |value: &Value| base64_hash(value).unwrap_or_else(|| TREE.leaf(text(value).as_bytes()));
    let verify = |case: &Value| {
        let proof = ConsistencyProof {
            first_size: TreeSize(number(&case["size1"])),
            second_size: TreeSize(number(&case["size2"])),
            path: base64_hashes(&case["proof"])?,
        };
        let (first, second) = (root(&case["root1"]), root(&case["root2"]));
        proof.verify(TREE, &first, &second).ok()
    };
    assert_eq!(
        verdicts("merkle/tdev-merkle/consistency.json", verify),
        (3, 61)
    );
}

#[test]
fn transparency_dev_subtree_inclusion() {
    let verify = |case: &Value| {
        let proof = SubtreeInclusionProof {
            leaf_index: LeafIndex(number(&case["leafIdx"])),
            subtree: subtree(case),
            path: base64_hashes(&case["proof"])?,
        };
        let (leaf, root) = (base64_hash(&case["leafHash"])?, base64_hash(&case["root"])?);
        proof.verify(TREE, &leaf, &root).ok()
    };
    assert_eq!(
        verdicts("merkle/tdev-merkle/subtreeinclusion.json", verify),
        (9, 133)
    );
}

/// Four of the accepted ones are about empty subtrees, which are part of any tree.
#[test]
fn transparency_dev_subtree_consistency() {
    let root =
        |value: &Value| base64_hash(value).unwrap_or_else(|| TREE.leaf(text(value).as_bytes()));
    let verify = |case: &Value| {
        let proof = SubtreeConsistencyProof {
            subtree: subtree(case),
            tree_size: TreeSize(number(&case["size"])),
            path: base64_hashes(&case["proof"])?,
        };
        let (from, to) = (root(&case["root1"]), root(&case["root2"]));
        let verdict = proof.verify(TREE, &from, &to).ok()?;
        assert_eq!(verdict.tree().is_none(), proof.subtree.is_empty());
        Some(())
    };
    assert_eq!(
        verdicts("merkle/tdev-merkle/subtreeconsistency.json", verify),
        (10, 75)
    );
}

fn subtree(case: &Value) -> NodeRange {
    NodeRange {
        begin: number(&case["start"]),
        end: number(&case["end"]),
    }
}

/// The rolling hashes of the draft's appendix, over every subtree of a tree of 130 leaves.
#[test]
fn merkle_tree_certificates_subtrees() {
    let mut leaves = Vec::new();
    let entries: Vec<[u8; 1]> = (0..130).map(|i| [i]).collect();
    TREE.leaves(&entries, &mut leaves);
    let log = Growth::new(TREE, &CompactRange::empty(0), leaves).unwrap();
    let (mut hashes, mut proofs) = (String::new(), String::new());
    for end in 0..=130 {
        for begin in 0..=end {
            let subtree = NodeRange { begin, end };
            if !subtree.is_subtree() {
                continue;
            }
            let hash = merkle_log::hash_of_range(&log, TREE, subtree).unwrap();
            writeln!(hashes, "[{begin}, {end}) {hash}").unwrap();
            for index in begin..end {
                let proof = prove_subtree_inclusion(&log, TREE, LeafIndex(index), subtree).unwrap();
                write!(proofs, "{index} [{begin}, {end})").unwrap();
                for hash in proof.path {
                    write!(proofs, " {hash}").unwrap();
                }
                proofs.push('\n');
            }
        }
    }
    let file = vectors("merkle/mtc-subtree/accumulated.json");
    for (vector, lines) in list(&file["vectors"]).iter().zip([hashes, proofs]) {
        let digest = common::sha256(&[lines.as_bytes()]);
        assert_eq!(digest, hex_hash(&vector["sha256_of_all_lines"]));
    }
}

/// Compares each verdict with the wanted one; how many were accepted and refused.
fn verdicts<T>(file: &str, verify: impl Fn(&Value) -> Option<T>) -> (usize, usize) {
    let file = vectors(file);
    let (mut accepted, mut refused) = (0, 0);
    for case in list(&file["cases"]) {
        let refuse = case["wantErr"].as_bool().unwrap();
        assert_eq!(verify(case).is_none(), refuse, "{}", text(&case["path"]));
        if refuse {
            refused += 1;
        } else {
            accepted += 1;
        }
    }
    (accepted, refused)
}

#[test]
fn transparency_dev_compact_ranges() {
    let file = vectors("merkle/tdev-merkle/compact-range-nodes-fuzz-inputs.json");
    assert!(!list(&file["cases"]).is_empty());
    for case in list(&file["cases"]) {
        let (begin, end): (u64, u64) = (
            text(&case["begin"]).parse().unwrap(),
            text(&case["end"]).parse().unwrap(),
        );
        let mut at = begin;
        for id in CompactRange::nodes(begin, end) {
            assert_eq!(u128::from(id.index) << id.level, u128::from(at));
            at += 1 << id.level;
        }
        assert_eq!(at, end.max(begin));
    }
}

#[test]
fn the_known_tree_of_eight_leaves() {
    let file = vectors("merkle/rfc6962/known-tree-8.json");
    let entries: Vec<Vec<u8>> = list(&file["leaf_inputs_hex"])
        .iter()
        .map(|entry| unhex(text(entry)))
        .collect();
    let mut leaves = Vec::new();
    TREE.leaves(&entries, &mut leaves);
    let log = Growth::new(TREE, &CompactRange::empty(0), leaves.clone()).unwrap();

    for (level, hashes) in (0..).zip(list(&file["node_hashes_by_level"])) {
        for (index, hash) in (0..).zip(hex_hashes(hashes)) {
            let range = NodeRange {
                begin: index << level,
                end: ((index + 1) << level).min(8),
            };
            let computed = merkle_log::hash_of_range(&log, TREE, range).unwrap();
            assert_eq!(computed, hash, "{range}");
        }
    }
    let roots = hex_hashes(&file["roots_by_size"]);
    assert_eq!(roots.len(), 9);
    for (size, root) in (0..).zip(&roots) {
        assert_eq!(root_at(&log, TREE, TreeSize(size)).unwrap(), *root);
    }

    let hasher = list(&file["hasher"]);
    assert_eq!(TREE.empty(), hex_hash(&hasher[0]["hash"]));
    assert_eq!(TREE.leaf(b""), hex_hash(&hasher[1]["hash"]));
    assert_eq!(TREE.leaf(b"L123456"), hex_hash(&hasher[2]["hash"]));

    for case in list(&file["inclusion_proofs"]) {
        let (index, size) = (number(&case["index"]), number(&case["size"]));
        let proof = prove_inclusion(&log, TREE, LeafIndex(index), TreeSize(size)).unwrap();
        assert_eq!(proof.path, hex_hashes(&case["proof"]));
        let (at, of) = (
            usize::try_from(index).unwrap(),
            usize::try_from(size).unwrap(),
        );
        assert!(proof.verify(TREE, &leaves[at], &roots[of]).is_ok());
    }
    for case in list(&file["consistency_proofs"]) {
        let (first, second) = (number(&case["size1"]), number(&case["size2"]));
        let proof = prove_consistency(&log, TREE, TreeSize(first), TreeSize(second)).unwrap();
        assert_eq!(proof.path, hex_hashes(&case["proof"]));
    }
}

#[test]
fn an_audit_path_of_the_pilot_log() {
    let file = vectors("merkle/ct-real/pilot-log-audit-path.json");
    let leaf = TREE.leaf(&unhex(text(&file["leaf_input_hex"])));
    assert_eq!(leaf, hex_hash(&file["leaf_hash"]));
    let root = hex_hash(&file["root"]);
    let mut proof = InclusionProof {
        leaf_index: LeafIndex(number(&file["leaf_index"])),
        tree_size: TreeSize(number(&file["tree_size"])),
        path: hex_hashes(&file["audit_path"]),
    };
    assert_eq!(proof.computed_root(TREE, &leaf), Ok(root));
    proof.leaf_index.0 += 1;
    assert!(proof.verify(TREE, &leaf, &root).is_err());
}

#[test]
fn a_proof_by_hash_of_a_log_of_a_billion_entries() {
    let head = vectors("merkle/ct-real/get-sth.json");
    let answer = vectors("merkle/ct-real/get-proof-by-hash-10000-of-961984011.json");
    let entries = vectors("merkle/ct-real/get-entries-10000.json");
    let leaf = TREE.leaf(&unbase64(text(&entries["entries"][0]["leaf_input"])));
    let proof = InclusionProof {
        leaf_index: LeafIndex(number(&answer["leaf_index"])),
        tree_size: TreeSize(number(&head["tree_size"])),
        path: base64_hashes(&answer["audit_path"]).unwrap(),
    };
    let root = base64_hash(&head["sha256_root_hash"]).unwrap();
    assert_eq!(proof.computed_root(TREE, &leaf), Ok(root));
    assert!(proof.verify(TREE, &leaf, &root).is_ok());
}

/// Every node of the pilot log's path, placed where the plan says, folds to the log's root.
#[test]
fn plans_say_where_the_hashes_of_a_real_path_stand() {
    struct Path(Vec<(NodeId, Hash)>);
    impl NodeReader for Path {
        type Error = merkle_log::NodeMissing;
        fn node(&self, id: NodeId) -> Result<Hash, Self::Error> {
            let found = self.0.iter().find(|(known, _)| *known == id);
            found
                .map(|(_, hash)| *hash)
                .ok_or(merkle_log::NodeMissing(id))
        }
    }
    let file = vectors("merkle/ct-real/pilot-log-audit-path.json");
    let (index, size) = (number(&file["leaf_index"]), number(&file["tree_size"]));
    let path = hex_hashes(&file["audit_path"]);
    let plan = merkle_log::inclusion_plan(LeafIndex(index), TreeSize(size)).unwrap();
    assert_eq!(plan.len(), path.len());
    let mut known = vec![(NodeId::new(0, index), hex_hash(&file["leaf_hash"]))];
    let mut covered = NodeRange {
        begin: index,
        end: index + 1,
    };
    for (range, hash) in plan.zip(&path) {
        // Each step joins its sibling to what is covered, and complete ones are nodes.
        if range.end == covered.begin {
            covered.begin = range.begin;
        } else {
            assert_eq!(range.begin, covered.end);
            covered.end = range.end;
        }
        let mut subtrees = range.subtrees();
        if let (Some(id), None) = (subtrees.next(), subtrees.next()) {
            known.push((id, *hash));
        }
    }
    assert_eq!((covered.begin, covered.end), (0, size));
    let reader = Path(known);
    let left = merkle_log::hash_of_range(
        &reader,
        TREE,
        NodeRange {
            begin: 0,
            end: 1 << 19,
        },
    );
    assert_eq!(left.unwrap(), path[19]);
}
