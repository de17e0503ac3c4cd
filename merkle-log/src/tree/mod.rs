//! How leaves and nodes are hashed. No other module of the crate knows a hash function.
//!
//! A tree type fixes three functions: of the empty tree, of a leaf and of a node (FORMAT.md
//! section 6). Batches go to a tree type's own batch functions, which may hash side by side.

mod blake3;
mod sha256;

use alloc::vec::Vec;
use core::fmt;

use crate::hash::Hash;

/// The hash construction of a tree. Its code stands in commit bodies and declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum TreeType {
    /// SHA-256 as in RFC 6962 and RFC 9162.
    Sha256 = 1,
    /// BLAKE3 in keyed mode with a public key for each of empty tree, leaf and node. A node is the
    /// keyed hash of exactly 64 bytes: one compression.
    Blake3 = 2,
}

impl TreeType {
    /// All tree types.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Blake3];

    /// The code used on disk and in commit bodies.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The tree type with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tree| tree.code() == code)
    }

    /// The name people use: `sha256` or `blake3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blake3 => "blake3",
        }
    }

    /// The tree type with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tree| tree.name() == name)
    }

    /// The root of the empty tree.
    #[must_use]
    pub fn empty(self) -> Hash {
        match self {
            Self::Sha256 => sha256::empty(),
            Self::Blake3 => blake3::empty(),
        }
    }

    /// The hash of a leaf.
    #[must_use]
    pub fn leaf(self, entry: &[u8]) -> Hash {
        match self {
            Self::Sha256 => sha256::leaf(entry),
            Self::Blake3 => blake3::leaf(entry),
        }
    }

    /// The hash of a node from those of its children.
    #[must_use]
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        match self {
            Self::Sha256 => sha256::node(left, right),
            Self::Blake3 => blake3::node(left, right),
        }
    }

    /// The hashes of two nodes from those of their children, side by side.
    pub(crate) fn two_nodes(self, pairs: [[&Hash; 2]; 2]) -> [Hash; 2] {
        match self {
            Self::Sha256 => sha256::two_nodes(pairs),
            Self::Blake3 => pairs.map(|[left, right]| blake3::node(left, right)),
        }
    }

    /// Appends the hashes of all `entries` as leaves to `out`.
    pub fn leaves<E: AsRef<[u8]>>(self, entries: &[E], out: &mut Vec<Hash>) {
        make_room(out, entries.len());
        match self {
            Self::Sha256 => sha256::leaves(entries, out),
            Self::Blake3 => blake3::leaves(entries, out),
        }
    }

    /// Appends the parents of consecutive pairs of `children` to `out`; an odd last child is left
    /// out.
    pub fn nodes(self, children: &[Hash], out: &mut Vec<Hash>) {
        let (pairs, _) = children.as_chunks();
        make_room(out, pairs.len());
        match self {
            Self::Sha256 => sha256::nodes(pairs, out),
            Self::Blake3 => blake3::nodes(pairs, out),
        }
    }
}

/// Makes room for `count` hashes, in large pages where they are many: new pages of 4 KiB take as long
/// as hashing does (docs/PERFORMANCE.md).
fn make_room(out: &mut Vec<Hash>, count: usize) {
    out.reserve(count);
    #[cfg(feature = "std")]
    hash_store::prefer_large_pages(out.spare_capacity_mut());
}

impl fmt::Display for TreeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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
        assert_eq!(TreeType::from_code(2), Some(TreeType::Blake3));
        assert_eq!(TreeType::from_code(0), None);
        assert_eq!(TreeType::from_name("SHA256"), None);
    }

    #[test]
    fn batches_hash_what_single_calls_hash() {
        for tree in TreeType::ALL {
            let bytes: Vec<u8> = (0..900u32).map(|i| (i * 13 / 5).to_le_bytes()[0]).collect();
            let entries: Vec<&[u8]> = (0..bytes.len()).map(|len| &bytes[..len]).collect();
            let mut leaves = vec![Hash::default()];
            tree.leaves(&entries, &mut leaves);
            assert_eq!(leaves.len(), 1 + entries.len());
            assert_eq!(leaves[0], Hash::default());
            for (hash, entry) in leaves[1..].iter().zip(&entries) {
                assert_eq!(*hash, tree.leaf(entry));
            }
            let mut parents = vec![];
            tree.nodes(&leaves, &mut parents);
            assert_eq!(parents.len(), leaves.len() / 2);
            for (hash, pair) in parents.iter().zip(leaves.chunks(2)) {
                assert_eq!(*hash, tree.node(&pair[0], &pair[1]));
            }
        }
    }

    #[test]
    fn what_needs_large_pages_is_hashed_as_its_pieces_are() {
        let entries: Vec<[u8; 4]> = (0..270_000u32).map(u32::to_le_bytes).collect();
        for tree in TreeType::ALL {
            let (mut leaves, mut parents) = (vec![], vec![]);
            tree.leaves(&entries, &mut leaves);
            tree.nodes(&leaves, &mut parents);
            let (mut leaves_of_pieces, mut parents_of_pieces) = (vec![], vec![]);
            for piece in entries.chunks(1000) {
                tree.leaves(piece, &mut leaves_of_pieces);
            }
            for piece in leaves.chunks(1000) {
                tree.nodes(piece, &mut parents_of_pieces);
            }
            assert!(leaves == leaves_of_pieces && parents == parents_of_pieces);
        }
    }
}
