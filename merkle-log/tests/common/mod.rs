//! What the tests share: the tree of RFC 6962 as the RFC writes it, text codecs, and vectors.

#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "test support; every test file uses a part of it"
)]

use std::cell::RefCell;
use std::collections::HashMap;

use merkle_log::{CompactRange, Growth, Hash, TreeType};
use sha2::{Digest, Sha256};

/// The tree type under test.
pub(crate) const TREE: TreeType = TreeType::Sha256;

/// The definitions of RFC 6962 section 2.1, recursion and all.
pub(crate) struct Reference {
    leaves: Vec<Hash>,
    hashes: RefCell<HashMap<(usize, usize), Hash>>,
}

impl Reference {
    pub(crate) fn new(leaves: Vec<Hash>) -> Self {
        Self {
            leaves,
            hashes: RefCell::default(),
        }
    }

    /// MTH(D[begin:end]).
    pub(crate) fn hash(&self, begin: usize, end: usize) -> Hash {
        match end - begin {
            0 => return sha256(&[]),
            1 => return self.leaves[begin],
            _ => {}
        }
        if let Some(hash) = self.hashes.borrow().get(&(begin, end)) {
            return *hash;
        }
        let k = split(end - begin);
        let left = self.hash(begin, begin + k);
        let right = self.hash(begin + k, end);
        let hash = sha256(&[&[1], left.as_bytes(), right.as_bytes()]);
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

    fn path_in(&self, m: usize, begin: usize, end: usize) -> Vec<Hash> {
        if end - begin == 1 {
            return Vec::new();
        }
        let k = split(end - begin);
        let (mut path, other) = if m < k {
            let path = self.path_in(m, begin, begin + k);
            (path, self.hash(begin + k, end))
        } else {
            let path = self.path_in(m - k, begin + k, end);
            (path, self.hash(begin, begin + k))
        };
        path.push(other);
        path
    }

    /// PROOF(m, D[n]).
    pub(crate) fn proof(&self, m: usize, n: usize) -> Vec<Hash> {
        self.subproof(m, 0, n, true)
    }

    fn subproof(&self, m: usize, begin: usize, end: usize, known: bool) -> Vec<Hash> {
        let n = end - begin;
        if m == n {
            return if known {
                vec![]
            } else {
                vec![self.hash(begin, end)]
            };
        }
        let k = split(n);
        let (mut proof, other) = if m <= k {
            let proof = self.subproof(m, begin, begin + k, known);
            (proof, self.hash(begin + k, end))
        } else {
            let proof = self.subproof(m - k, begin + k, end, false);
            (proof, self.hash(begin, begin + k))
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

pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    Hash::new(state.finalize().into())
}

/// Hashes of leaves that hold the decimal text of their index.
pub(crate) fn leaves(begin: u64, end: u64) -> Vec<Hash> {
    (begin..end)
        .map(|i| sha256(&[&[0], i.to_string().as_bytes()]))
        .collect()
}

/// The tree of those leaves.
pub(crate) fn tree_of(size: u64) -> Growth {
    Growth::new(TREE, &CompactRange::empty(0), leaves(0, size)).unwrap()
}

/// A file below `tests/vectors`.
pub(crate) fn vectors(name: &str) -> serde_json::Value {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The elements of an array, which may be null.
pub(crate) fn list(value: &serde_json::Value) -> &[serde_json::Value] {
    if value.is_null() {
        return &[];
    }
    value.as_array().unwrap()
}

pub(crate) fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// A hash in hex.
pub(crate) fn hex_hash(value: &serde_json::Value) -> Hash {
    text(value).parse().unwrap()
}

pub(crate) fn hex_hashes(value: &serde_json::Value) -> Vec<Hash> {
    list(value).iter().map(hex_hash).collect()
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in text.trim_end_matches('=').chars() {
        bits = bits << 6 | DIGITS.find(digit).unwrap() as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// A hash in Base64, if it has 32 bytes.
pub(crate) fn base64_hash(value: &serde_json::Value) -> Option<Hash> {
    let bytes: [u8; 32] = unbase64(text(value)).try_into().ok()?;
    Some(bytes.into())
}

/// Hashes in Base64, if all of them have 32 bytes.
pub(crate) fn base64_hashes(value: &serde_json::Value) -> Option<Vec<Hash>> {
    list(value).iter().map(base64_hash).collect()
}

/// A hash in Base58.
pub(crate) fn base58_hash(value: &serde_json::Value) -> Hash {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0u8; 32];
    for digit in text(value).chars() {
        let mut carry = DIGITS.find(digit).unwrap();
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    }
    bytes.into()
}

pub(crate) fn base58_hashes(value: &serde_json::Value) -> Vec<Hash> {
    list(value).iter().map(base58_hash).collect()
}
