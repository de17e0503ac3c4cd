//! SHA-256 trees, as in RFC 6962 section 2.1: the empty tree is `H("")`, a leaf `H(0x00 | entry)`,
//! a node `H(0x01 | left | right)`.

use alloc::vec::Vec;

use hash_lanes::sha256::Sha256;

use crate::hash::Hash;

const LEAF: Option<u8> = Some(0x00);

pub(super) fn empty() -> Hash {
    Hash::new(Sha256::detect().hash(None, &[]))
}

pub(super) fn leaf(entry: &[u8]) -> Hash {
    Hash::new(Sha256::detect().hash(LEAF, entry))
}

pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::new(Sha256::detect().node(left.as_bytes(), right.as_bytes()))
}

pub(super) fn two_nodes(pairs: [[&Hash; 2]; 2]) -> [Hash; 2] {
    let pairs = pairs.map(|pair| pair.map(Hash::as_bytes));
    Sha256::detect().two_nodes(pairs).map(Hash::new)
}

pub(super) fn leaves<E: AsRef<[u8]>>(entries: &[E], out: &mut Vec<Hash>) {
    Sha256::detect().hash_many(LEAF, entries, |hashes| {
        out.extend(hashes.iter().copied().map(Hash::new));
    });
}

pub(super) fn nodes(pairs: &[[Hash; 2]], out: &mut Vec<Hash>) {
    Sha256::detect().nodes(pairs, |hashes| {
        out.extend(hashes.iter().copied().map(Hash::new));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    fn plain(parts: &[&[u8]]) -> Hash {
        let message: Vec<u8> = parts.concat();
        Hash::new(sha2::Sha256::digest(message).into())
    }

    #[test]
    fn leaves_and_nodes_of_any_number_are_hashes_of_prefixed_messages() {
        assert_eq!(empty(), plain(&[]));
        let bytes: Vec<u8> = (0..1100u32)
            .map(|i| (i * 7 + i / 256).to_le_bytes()[0])
            .collect();
        let entries: Vec<&[u8]> = (0..bytes.len()).map(|len| &bytes[..len]).collect();
        let mut hashes = Vec::new();
        leaves(&entries, &mut hashes);
        assert_eq!(hashes.len(), entries.len());
        for (entry, hash) in entries.iter().zip(&hashes) {
            assert_eq!(*hash, plain(&[&[0], entry]));
            assert_eq!(*hash, leaf(entry));
        }
        let (pairs, _) = hashes.as_chunks();
        let mut parents = Vec::new();
        nodes(pairs, &mut parents);
        assert_eq!(parents.len(), pairs.len());
        for ([left, right], hash) in pairs.iter().zip(&parents) {
            assert_eq!(*hash, plain(&[&[1], left.as_bytes(), right.as_bytes()]));
            assert_eq!(*hash, node(left, right));
        }
    }
}
