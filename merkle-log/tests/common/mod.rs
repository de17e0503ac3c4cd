//! What the tests share: the slow trees, text codecs, and vectors.

#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "test support; every test file uses a part of it"
)]

pub(crate) mod blake3;
pub(crate) mod reference;

use merkle_log::{CompactRange, Growth, Hash, TreeType};
use sha2::{Digest, Sha256};

/// The tree type of tests that need only one.
pub(crate) const TREE: TreeType = TreeType::Sha256;

pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    Hash::new(state.finalize().into())
}

/// The entry of a leaf: the decimal text of its index.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    index.to_string().into_bytes()
}

/// Hashes of leaves that hold the decimal text of their index.
pub(crate) fn leaves(begin: u64, end: u64) -> Vec<Hash> {
    leaves_of(TREE, begin, end)
}

/// The same for any tree type.
pub(crate) fn leaves_of(tree: TreeType, begin: u64, end: u64) -> Vec<Hash> {
    (begin..end)
        .map(|index| reference::leaf(tree, &entry(index)))
        .collect()
}

/// The tree of those leaves.
pub(crate) fn tree_of(size: u64) -> Growth {
    tree_of_type(TREE, size)
}

/// The same for any tree type.
pub(crate) fn tree_of_type(tree: TreeType, size: u64) -> Growth {
    Growth::new(tree, &CompactRange::empty(0), leaves_of(tree, 0, size)).unwrap()
}

/// A copy with one bit changed.
pub(crate) fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    bytes.into()
}

/// A path with each hash changed, each removed, one added at each place, and neighbours swapped.
pub(crate) fn changes(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut changes = Vec::new();
    for at in 0..path.len() {
        let mut changed = path.to_vec();
        changed[at] = flipped(&path[at], at * 7);
        changes.push(changed);
        let mut shorter = path.to_vec();
        shorter.remove(at);
        changes.push(shorter);
        if at > 0 {
            let mut swapped = path.to_vec();
            swapped.swap(at - 1, at);
            changes.push(swapped);
        }
    }
    for at in 0..=path.len() {
        let mut longer = path.to_vec();
        longer.insert(at, path.get(at).copied().unwrap_or_default());
        changes.push(longer);
    }
    changes
}

/// A file below `tests/vectors`, as bytes.
pub(crate) fn vector_bytes(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

/// A file below `tests/vectors`.
pub(crate) fn vectors(name: &str) -> serde_json::Value {
    serde_json::from_slice(&vector_bytes(name)).unwrap()
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
