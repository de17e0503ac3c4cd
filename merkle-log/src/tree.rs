//! How leaves and nodes are hashed: the only module that knows a hash function.
//!
//! SHA-256 trees are those of RFC 6962 section 2.1: the empty tree is `H("")`, a leaf
//! `H(0x00 | entry)`, a node `H(0x01 | left | right)`.

use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// The hash construction of a tree. Its code stands in commit bodies and declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum TreeType {
    /// SHA-256 as in RFC 6962 and RFC 9162.
    Sha256 = 1,
}

impl TreeType {
    /// The code used on disk and in commit bodies.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The tree type with this code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The name people use: `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
        }
    }

    /// The tree type with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha256" => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The root of the empty tree.
    #[must_use]
    pub fn empty(self) -> Hash {
        match self {
            Self::Sha256 => finish(Sha256::new()),
        }
    }

    /// The hash of a leaf.
    #[must_use]
    pub fn leaf(self, entry: &[u8]) -> Hash {
        match self {
            Self::Sha256 => finish(Sha256::new().chain_update([0x00]).chain_update(entry)),
        }
    }

    /// The hash of a node from those of its children.
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        match self {
            Self::Sha256 => {
                let mut message = [0x01; 1 + 2 * Hash::LEN];
                let (_, children) = message.split_at_mut(1);
                let (to_left, to_right) = children.split_at_mut(Hash::LEN);
                to_left.copy_from_slice(left.as_bytes());
                to_right.copy_from_slice(right.as_bytes());
                finish(Sha256::new().chain_update(message))
            }
        }
    }

    /// Appends the hashes of all `entries` as leaves to `out`.
    pub fn leaves<E: AsRef<[u8]>>(self, entries: &[E], out: &mut Vec<Hash>) {
        out.extend(entries.iter().map(|entry| self.leaf(entry.as_ref())));
    }

    /// Appends the parents of consecutive pairs of `children` to `out`; an odd last child is left
    /// out.
    pub fn nodes(self, children: &[Hash], out: &mut Vec<Hash>) {
        let (pairs, _) = children.as_chunks();
        out.extend(pairs.iter().map(|[left, right]| self.node(left, right)));
    }
}

impl fmt::Display for TreeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn finish(state: Sha256) -> Hash {
    Hash::new(state.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn codes_and_names_go_both_ways() {
        for code in 0..=u8::MAX {
            if let Some(tree) = TreeType::from_code(code) {
                assert_eq!(tree.code(), code);
                assert_eq!(TreeType::from_name(tree.name()), Some(tree));
            }
        }
        assert_eq!(TreeType::from_code(1), Some(TreeType::Sha256));
        assert_eq!(TreeType::from_code(0), None);
        assert_eq!(TreeType::from_name("SHA256"), None);
    }

    #[test]
    fn batches_hash_what_single_calls_hash() {
        let tree = TreeType::Sha256;
        let entries: [&[u8]; 3] = [b"", b"one", &[7; 300]];
        let mut leaves = vec![Hash::default()];
        tree.leaves(&entries, &mut leaves);
        assert_eq!(leaves.len(), 4);
        assert_eq!(leaves[0], Hash::default());
        for (hash, entry) in leaves[1..].iter().zip(entries) {
            assert_eq!(*hash, tree.leaf(entry));
        }
        let mut parents = vec![];
        tree.nodes(&leaves[..3], &mut parents);
        assert_eq!(parents, [tree.node(&leaves[0], &leaves[1])]);
    }
}
