//! SHA-256 trees, as in RFC 6962 section 2.1: the empty tree is `H("")`, a leaf `H(0x00 | entry)`,
//! a node `H(0x01 | left | right)`.
//!
//! Messages are padded here (FIPS 180-4 section 5.1.1) and compressed from the initial value: they
//! are whole from the start, and buffering them piece by piece costs a third more than the node's
//! two compressions.

use sha2::block_api::compress256;

use crate::hash::Hash;

const BLOCK: usize = 64;
/// Bytes of the first block after the prefix.
const HEAD: usize = BLOCK - 1;

/// FIPS 180-4 section 5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A node's two blocks but for its children: prefix, the bit after the message, its 520 bits.
const NODE: [u8; 2 * BLOCK] = {
    let mut message = [0; 2 * BLOCK];
    message[0] = 0x01;
    message[65] = 0x80;
    message[126] = 0x02;
    message[127] = 0x08;
    message
};

pub(super) fn empty() -> Hash {
    let mut message = [0; BLOCK];
    message[0] = 0x80;
    let mut state = INITIAL;
    compress256(&mut state, &[message]);
    finish(state)
}

pub(super) fn leaf(entry: &[u8]) -> Hash {
    let mut state = INITIAL;
    let mut last = [0; 2 * BLOCK];
    // What is left for the last blocks, after the prefix or after the blocks that are full.
    let (skip, rest) = match entry.split_first_chunk::<HEAD>() {
        None => (1, entry),
        Some((head, rest)) => {
            let mut first = [0; BLOCK];
            first[1..].copy_from_slice(head);
            compress256(&mut state, &[first]);
            let (full, rest) = rest.as_chunks();
            compress256(&mut state, full);
            (0, rest)
        }
    };
    let (_, to) = last.split_at_mut(skip);
    let (to_rest, padding) = to.split_at_mut(rest.len());
    to_rest.copy_from_slice(rest);
    if let Some(end) = padding.first_mut() {
        *end = 0x80;
    }
    let bits = (entry.len() as u64 + 1).wrapping_mul(8).to_be_bytes();
    let (first, second) = last.split_at_mut(BLOCK);
    // The length needs 8 bytes after the bit that ends the message.
    let (count, block) = if skip + rest.len() < BLOCK - 8 {
        (1, first)
    } else {
        (2, second)
    };
    if let Some(length) = block.last_chunk_mut() {
        *length = bits;
    }
    let (blocks, _) = last.as_chunks();
    compress256(&mut state, blocks.get(..count).unwrap_or_default());
    finish(state)
}

pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut message = NODE;
    message[1..33].copy_from_slice(left.as_bytes());
    message[33..65].copy_from_slice(right.as_bytes());
    let (blocks, _) = message.as_chunks();
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    finish(state)
}

fn finish(state: [u32; 8]) -> Hash {
    let mut hash = [0; Hash::LEN];
    let (words, _) = hash.as_chunks_mut();
    for (to, word) in words.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    Hash::new(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use sha2::{Digest, Sha256};

    fn plain(parts: &[&[u8]]) -> Hash {
        let message: Vec<u8> = parts.concat();
        Hash::new(Sha256::digest(message).into())
    }

    #[test]
    fn every_length_hashes_as_sha_256_does() {
        assert_eq!(empty(), plain(&[]));
        let bytes: Vec<u8> = (0..1100u32)
            .map(|i| (i * 7 + i / 256).to_le_bytes()[0])
            .collect();
        for len in 0..bytes.len() {
            let entry = &bytes[..len];
            assert_eq!(leaf(entry), plain(&[&[0], entry]), "{len} bytes");
        }
        for i in 0..64 {
            let child = |at: usize| Hash::new(bytes[at..at + 32].try_into().unwrap());
            let (left, right) = (child(i), child(500 + i));
            let expected = plain(&[&[1], left.as_bytes(), right.as_bytes()]);
            assert_eq!(node(&left, &right), expected);
        }
    }
}
