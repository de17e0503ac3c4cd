//! The slow trees: the recursive definitions of RFC 6962 section 2.1 and of the draft of Merkle
//! Tree Certificates, as they are written there, for each tree type.

use std::cell::RefCell;
use std::collections::HashMap;

use merkle_log::{Hash, TreeType};

use super::{blake3, sha256};

/// The hash of the empty tree.
pub(crate) fn empty(tree: TreeType) -> Hash {
    match tree {
        TreeType::Sha256 => sha256(&[]),
        _ => blake3::keyed_by_name("merkle-log tree type 2, empty", &[]),
    }
}

/// The hash of a leaf.
pub(crate) fn leaf(tree: TreeType, entry: &[u8]) -> Hash {
    match tree {
        TreeType::Sha256 => sha256(&[&[0], entry]),
        _ => blake3::keyed_by_name("merkle-log tree type 2, leaf", entry),
    }
}

/// The hash of a node.
pub(crate) fn node(tree: TreeType, left: &Hash, right: &Hash) -> Hash {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    match tree {
        TreeType::Sha256 => sha256(&[&[1], left, right]),
        _ => blake3::keyed_by_name("merkle-log tree type 2, node", &[*left, *right].concat()),
    }
}

/// A tree that remembers what it has hashed.
pub(crate) struct Reference {
    tree: TreeType,
    leaves: Vec<Hash>,
    hashes: RefCell<HashMap<(usize, usize), Hash>>,
}

impl Reference {
    pub(crate) fn new(tree: TreeType, leaves: Vec<Hash>) -> Self {
        Self {
            tree,
            leaves,
            hashes: RefCell::default(),
        }
    }

    /// MTH(D[begin:end]).
    pub(crate) fn hash(&self, begin: usize, end: usize) -> Hash {
        match end - begin {
            0 => return empty(self.tree),
            1 => return self.leaves[begin],
            _ => {}
        }
        if let Some(hash) = self.hashes.borrow().get(&(begin, end)) {
            return *hash;
        }
        let middle = begin + split(end - begin);
        let (left, right) = (self.hash(begin, middle), self.hash(middle, end));
        let hash = node(self.tree, &left, &right);
        self.hashes.borrow_mut().insert((begin, end), hash);
        hash
    }

    pub(crate) fn root(&self, size: usize) -> Hash {
        self.hash(0, size)
    }

    /// PATH(m, D[n]).
    pub(crate) fn path(&self, m: usize, n: usize) -> Vec<Hash> {
        self.path_in(m, 0, n)
    }

    /// PATH(m - begin, D[begin:end]).
    pub(crate) fn path_in(&self, m: usize, begin: usize, end: usize) -> Vec<Hash> {
        self.beside(&[m], begin, end)
            .into_iter()
            .map(|(_, _, hash)| hash)
            .collect()
    }

    /// The hashes of a multi-leaf proof, from the leaves to the root and from left to right.
    pub(crate) fn multi(&self, indices: &[usize], n: usize) -> Vec<Hash> {
        let mut beside = self.beside(indices, 0, n);
        beside.sort_by_key(|(level, begin, _)| (*level, *begin));
        beside.into_iter().map(|(_, _, hash)| hash).collect()
    }

    /// The greatest nodes below D[begin:end] that have none of the leaves: level, begin, hash.
    fn beside(&self, indices: &[usize], begin: usize, end: usize) -> Vec<(u32, usize, Hash)> {
        if end - begin == 1 {
            return Vec::new();
        }
        let k = split(end - begin);
        let mut nodes = Vec::new();
        for (begin, end) in [(begin, begin + k), (begin + k, end)] {
            if indices.iter().any(|index| (begin..end).contains(index)) {
                nodes.extend(self.beside(indices, begin, end));
            }
        }
        for (begin, end) in [(begin, begin + k), (begin + k, end)] {
            if !indices.iter().any(|index| (begin..end).contains(index)) {
                nodes.push((k.ilog2(), begin, self.hash(begin, end)));
            }
        }
        nodes
    }

    /// `PROOF(m, D[n])`, which is `SUBTREE_PROOF(0, m, D[n])`.
    pub(crate) fn proof(&self, m: usize, n: usize) -> Vec<Hash> {
        self.subtree_proof(0, m, n)
    }

    /// `SUBTREE_PROOF(start, end, D[n])`.
    pub(crate) fn subtree_proof(&self, start: usize, end: usize, n: usize) -> Vec<Hash> {
        self.subproof((start, end), (0, n), true)
    }

    fn subproof(
        &self,
        part: (usize, usize),
        (begin, end): (usize, usize),
        known: bool,
    ) -> Vec<Hash> {
        if part == (begin, end) {
            return if known {
                vec![]
            } else {
                vec![self.hash(begin, end)]
            };
        }
        let middle = begin + split(end - begin);
        let (mut proof, other) = if part.1 <= middle {
            let proof = self.subproof(part, (begin, middle), known);
            (proof, self.hash(middle, end))
        } else if part.0 >= middle {
            let proof = self.subproof(part, (middle, end), known);
            (proof, self.hash(begin, middle))
        } else {
            let proof = self.subproof((middle, part.1), (middle, end), false);
            (proof, self.hash(begin, middle))
        };
        proof.push(other);
        proof
    }
}

/// The largest power of two below n.
const fn split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}
