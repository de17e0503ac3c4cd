//! Keyed BLAKE3 trees: `K(key, x)` is BLAKE3 in keyed mode, the empty tree is `K(EMPTY, "")`, a leaf
//! `K(LEAF, entry)`, a node `K(NODE, left | right)`.
//!
//! The keys are public and keep the three apart, so that no prefix is needed: the 64 bytes of a
//! node are one block, one compression. Each key is the BLAKE3 hash of the text given beside it.

use alloc::vec::Vec;

use hash_lanes::blake3::Blake3;

use crate::hash::Hash;

/// BLAKE3("merkle-log tree type 2, empty").
const EMPTY: [u8; Hash::LEN] = [
    0x3e, 0xbb, 0x0b, 0xd5, 0xb5, 0x60, 0x2d, 0xf8, 0xef, 0x2a, 0x2b, 0x3c, 0xf3, 0xd9, 0xb9, 0xb9,
    0x6b, 0x93, 0x24, 0xa9, 0x78, 0x09, 0x92, 0x90, 0xeb, 0xab, 0x19, 0xb8, 0xe8, 0xcf, 0xbb, 0x34,
];
/// BLAKE3("merkle-log tree type 2, leaf").
const LEAF: [u8; Hash::LEN] = [
    0x8b, 0x66, 0xe8, 0x13, 0xd4, 0x3c, 0xf1, 0xc3, 0x32, 0xe2, 0x60, 0x62, 0x6b, 0xd2, 0x3a, 0xa4,
    0x2a, 0xcf, 0xb9, 0x5e, 0x24, 0xbb, 0xbf, 0xef, 0x99, 0xa4, 0x3b, 0x92, 0x86, 0x35, 0x3e, 0x38,
];
/// BLAKE3("merkle-log tree type 2, node").
const NODE: [u8; Hash::LEN] = [
    0x6b, 0xaf, 0xa2, 0x9c, 0x28, 0x2b, 0x1c, 0xe1, 0x96, 0x72, 0xa5, 0x1e, 0x33, 0x90, 0x2e, 0xca,
    0xc3, 0x49, 0x03, 0x20, 0xb5, 0x8f, 0xff, 0x69, 0xe7, 0x1c, 0x29, 0xec, 0x3e, 0x90, 0x24, 0x43,
];

pub(super) fn empty() -> Hash {
    Hash::new(Blake3::detect().hash(Some(&EMPTY), &[]))
}

pub(super) fn leaf(entry: &[u8]) -> Hash {
    Hash::new(Blake3::detect().hash(Some(&LEAF), entry))
}

pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut message = [0; 2 * Hash::LEN];
    let (to_left, to_right) = message.split_at_mut(Hash::LEN);
    to_left.copy_from_slice(left.as_bytes());
    to_right.copy_from_slice(right.as_bytes());
    Hash::new(Blake3::detect().hash(Some(&NODE), &message))
}

pub(super) fn leaves<E: AsRef<[u8]>>(entries: &[E], out: &mut Vec<Hash>) {
    Blake3::detect().hash_many(Some(&LEAF), entries, |hashes| {
        out.extend(hashes.iter().copied().map(Hash::new));
    });
}

pub(super) fn nodes(pairs: &[[Hash; 2]], out: &mut Vec<Hash>) {
    Blake3::detect().nodes(&NODE, pairs, |hashes| {
        out.extend(hashes.iter().copied().map(Hash::new));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_hashes_of_their_names() {
        for (name, key) in [("empty", EMPTY), ("leaf", LEAF), ("node", NODE)] {
            let text = alloc::format!("merkle-log tree type 2, {name}");
            assert_eq!(::blake3::hash(text.as_bytes()), key);
        }
    }
}
