//! Proofs of Merkle logs: their JSON and compact forms, and every verifier, with any fields.
//!
//! One tree is known here, with all its leaves and all its sizes. A proof of it has one path, so
//! what verifies against it must be the proof that the prover makes.

use std::sync::OnceLock;

use merkle_log::{
    CompactRange, Growth, Hash, LeafIndex, NodeRange, Proof, TreeSize, TreeType, hash_of_range,
    prove_consistency, prove_inclusion, prove_multi, prove_range, prove_subtree_consistency,
    prove_subtree_inclusion, root_at, verify_inclusions,
};

/// The type of the known tree.
pub const TREE: TreeType = TreeType::Sha256;
/// The size of the known tree.
pub const SIZE: u64 = 70;

/// The known tree; its leaves are the decimal numbers from 0 on.
#[derive(Debug)]
pub struct Known {
    /// Its nodes.
    pub nodes: Growth,
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
}

impl Known {
    /// The root at a size that it has had.
    pub fn root(&self, size: TreeSize) -> Option<&Hash> {
        self.roots.get(usize::try_from(size.0).ok()?)
    }

    /// The leaf at an index of it.
    pub fn leaf(&self, index: LeafIndex) -> Option<&Hash> {
        self.leaves.get(usize::try_from(index.0).ok()?)
    }

    /// The root of a subtree of it that is not empty.
    pub fn subtree(&self, range: NodeRange) -> Option<Hash> {
        let is_ours = range.is_subtree() && !range.is_empty() && range.end <= SIZE;
        is_ours.then(|| hash_of_range(&self.nodes, TREE, range).unwrap())
    }
}

/// The known tree.
pub fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let entries: Vec<String> = (0..SIZE).map(|i| i.to_string()).collect();
        let mut leaves = Vec::new();
        TREE.leaves(&entries, &mut leaves);
        let nodes = Growth::new(TREE, &CompactRange::empty(0), leaves.clone()).unwrap();
        let root = |size| root_at(&nodes, TREE, TreeSize(size)).unwrap();
        let roots = (0..=SIZE).map(root).collect();
        Known {
            nodes,
            leaves,
            roots,
        }
    })
}

/// A leaf that the known tree does not have.
pub fn foreign() -> Hash {
    TREE.leaf(b"foreign")
}

fn flipped(hash: &Hash) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[0] ^= 1;
    bytes.into()
}

/// The paths with one hash changed, for the first hash and for the last.
fn changed_paths(path: &[Hash]) -> impl Iterator<Item = Vec<Hash>> {
    let places = [0, path.len().wrapping_sub(1)];
    places.into_iter().filter_map(|at| {
        let mut changed = path.to_vec();
        let hash = changed.get_mut(at)?;
        *hash = flipped(hash);
        Some(changed)
    })
}

fn judge(proof: &Proof) {
    let known = known();
    let foreign = foreign();
    match proof {
        Proof::Inclusion(proof) => {
            for tree in [TREE, TreeType::Blake3] {
                let Ok(root) = proof.computed_root(tree, &foreign) else {
                    continue;
                };
                assert!(proof.verify(tree, &foreign, &root).is_ok());
                assert!(proof.verify(tree, &flipped(&foreign), &root).is_err());
                for path in changed_paths(&proof.path) {
                    let mut changed = proof.clone();
                    changed.path = path;
                    assert!(changed.verify(tree, &foreign, &root).is_err());
                }
            }
            if let Some(root) = known.root(proof.tree_size) {
                assert!(proof.verify(TREE, &foreign, root).is_err());
                let leaf = known.leaf(proof.leaf_index).unwrap_or(&foreign);
                let alone = proof.verify(TREE, leaf, root);
                let many = verify_inclusions(TREE, [(proof, leaf), (proof, &foreign)], root);
                assert_eq!(many[0], alone);
                assert!(many[1].is_err());
                if alone.is_ok() {
                    let (index, size) = (proof.leaf_index, proof.tree_size);
                    let honest = prove_inclusion(&known.nodes, TREE, index, size);
                    assert_eq!(honest.as_ref(), Ok(proof));
                }
            }
        }
        Proof::Consistency(proof) => {
            let _ = proof.verify(TREE, &foreign, &foreign);
            let (first, second) = (proof.first_size, proof.second_size);
            if let (Some(first_root), Some(root)) = (known.root(first), known.root(second)) {
                for other in &known.roots {
                    assert!(other == first_root || proof.verify(TREE, other, root).is_err());
                }
                if proof.verify(TREE, first_root, root).is_ok() {
                    let honest = prove_consistency(&known.nodes, TREE, first, second);
                    assert_eq!(honest.as_ref(), Ok(proof));
                }
            }
        }
        Proof::Range(proof) => {
            let _ = proof.verify(TREE, &[foreign; 3], &foreign);
            let leaves: Vec<Hash> = (proof.begin.0..proof.end.0.min(SIZE))
                .filter_map(|i| known.leaf(LeafIndex(i)).copied())
                .collect();
            if let Some(root) = known.root(proof.tree_size)
                && proof.verify(TREE, &leaves, root).is_ok()
            {
                let (begin, end, size) = (proof.begin, proof.end, proof.tree_size);
                let honest = prove_range(&known.nodes, TREE, begin, end, size);
                assert_eq!(honest.as_ref(), Ok(proof));
                let mut other = leaves;
                other[0] = foreign;
                assert!(proof.verify(TREE, &other, root).is_err());
            }
        }
        Proof::Multi(proof) => {
            let any = vec![foreign; proof.leaf_indices.len()];
            if let Ok(root) = proof.computed_root(TREE, &any) {
                assert!(proof.verify(TREE, &any, &root).is_ok());
                for path in changed_paths(&proof.path) {
                    let mut changed = proof.clone();
                    changed.path = path;
                    assert!(changed.verify(TREE, &any, &root).is_err());
                }
            }
            let leaves = proof.leaf_indices.iter();
            let leaves: Vec<Hash> = leaves.filter_map(|i| known.leaf(*i).copied()).collect();
            if let Some(root) = known.root(proof.tree_size)
                && proof.verify(TREE, &leaves, root).is_ok()
            {
                let (indices, size) = (&proof.leaf_indices, proof.tree_size);
                let honest = prove_multi(&known.nodes, TREE, indices, size);
                assert_eq!(honest.as_ref(), Ok(proof));
                let mut other = leaves;
                other[0] = foreign;
                assert!(proof.verify(TREE, &other, root).is_err());
            }
        }
        Proof::SubtreeInclusion(proof) => {
            let _ = proof.verify(TREE, &foreign, &foreign);
            if let Some(root) = known.subtree(proof.subtree) {
                assert!(proof.verify(TREE, &foreign, &root).is_err());
                let leaf = known.leaf(proof.leaf_index).unwrap_or(&foreign);
                if proof.verify(TREE, leaf, &root).is_ok() {
                    let (index, subtree) = (proof.leaf_index, proof.subtree);
                    let honest = prove_subtree_inclusion(&known.nodes, TREE, index, subtree);
                    assert_eq!(honest.as_ref(), Ok(proof));
                }
            }
        }
        Proof::SubtreeConsistency(proof) => {
            let _ = proof.verify(TREE, &foreign, &foreign);
            let (subtree, size) = (proof.subtree, proof.tree_size);
            if let (Some(root), Some(whole)) = (known.subtree(subtree), known.root(size)) {
                assert!(proof.verify(TREE, &foreign, whole).is_err());
                if proof.verify(TREE, &root, whole).is_ok() {
                    let honest = prove_subtree_consistency(&known.nodes, TREE, subtree, size);
                    assert_eq!(honest.as_ref(), Ok(proof));
                }
            }
        }
        _ => {}
    }
}

/// A proof of any form as JSON.
pub fn proof_json(bytes: &[u8]) -> bool {
    let Ok(proof) = serde_json::from_slice::<Proof>(bytes) else {
        return false;
    };
    let text = serde_json::to_vec(&proof).unwrap();
    assert_eq!(serde_json::from_slice::<Proof>(&text).unwrap(), proof);
    judge(&proof);
    true
}

/// A proof of any form in the compact form: as it is, and with its length and check mended.
pub fn proof_compact(bytes: &[u8]) -> bool {
    let decode = |bytes: &[u8]| {
        let Ok(proof) = Proof::from_compact(bytes) else {
            return false;
        };
        assert_eq!(proof.to_compact().as_deref(), Ok(bytes));
        judge(&proof);
        true
    };
    let as_it_is = decode(bytes);
    let mut mended = bytes.to_vec();
    if let Some(payload_len) = bytes.len().checked_sub(12) {
        let len = u32::try_from(payload_len).unwrap();
        mended[4..8].copy_from_slice(&len.to_le_bytes());
        let check = crc32fast::hash(&mended[..8 + payload_len]);
        mended[8 + payload_len..].copy_from_slice(&check.to_le_bytes());
    }
    decode(&mended) || as_it_is
}
