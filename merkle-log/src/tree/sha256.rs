//! SHA-256 trees, as in RFC 6962 section 2.1: the empty tree is `H("")`, a leaf `H(0x00 | entry)`,
//! a node `H(0x01 | left | right)`.

use sha2::{Digest, Sha256};

use crate::hash::Hash;

pub(super) fn empty() -> Hash {
    finish(Sha256::new())
}

pub(super) fn leaf(entry: &[u8]) -> Hash {
    finish(Sha256::new().chain_update([0x00]).chain_update(entry))
}

pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut message = [0x01; 1 + 2 * Hash::LEN];
    let (_, children) = message.split_at_mut(1);
    let (to_left, to_right) = children.split_at_mut(Hash::LEN);
    to_left.copy_from_slice(left.as_bytes());
    to_right.copy_from_slice(right.as_bytes());
    finish(Sha256::new().chain_update(message))
}

fn finish(state: Sha256) -> Hash {
    Hash::new(state.finalize().into())
}
