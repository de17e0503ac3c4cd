//! A trie node as RLP: what is hashed, and what proofs are made of (Yellow Paper, appendix D).
//!
//! ```text
//! leaf       [hex-prefix path, value]
//! extension  [hex-prefix path, child]
//! branch     [child 0, ..., child 15, value]
//! ```
//!
//! A child is the hash of its RLP, or its RLP itself if that is shorter than 32 bytes; an empty
//! string stands for no child and for no value. Invariants of a decoded node, those of the nodes
//! inside it included:
//! - its RLP is canonical and it is one that a canonical trie can have: no empty value, no empty
//!   extension path, at least two of a branch's children and value, a branch below an extension as
//!   far as that can be seen, and every child of 32 bytes and more hashed;
//! - so there is one RLP for one node, and decoding recurses at most 31 deep.

use alloc::vec::Vec;

use crate::nibbles::{HexPrefixError, Nibbles};
use crate::rlp::{self, Item, RlpError};
use crate::suite::NodeHash;

/// A node whose RLP is shorter stands inside its parent instead of its hash.
pub(crate) const HASHED_LEN_MIN: usize = 32;

/// Header of the RLP of a hash.
const HASH_HEADER: u8 = 0xa0;
/// Length of the RLP of a hash.
const HASH_ITEM_LEN: usize = 1 + size_of::<NodeHash>();
/// RLP of the empty string.
const NO_CHILD: u8 = 0x80;

/// The children of a branch by their nibbles.
pub(crate) type Links<'a> = [Option<Link<'a>>; 16];

/// A decoded node that borrows its RLP.
#[allow(clippy::large_enum_variant, reason = "lives on the stack for a moment")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node<'a> {
    Leaf {
        path: Nibbles<'a>,
        value: &'a [u8],
    },
    Extension {
        path: Nibbles<'a>,
        child: Link<'a>,
    },
    Branch {
        children: Links<'a>,
        value: Option<&'a [u8]>,
    },
}

/// How a node names its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link<'a> {
    /// By its hash.
    Hash(&'a NodeHash),
    /// By its RLP, shorter than 32 bytes.
    Inline(&'a [u8]),
}

/// Why bytes are not a node of a canonical trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The bytes are not canonical RLP, or a string stands in place of a list or the reverse.
    #[error(transparent)]
    Rlp(#[from] RlpError),
    /// The path of a leaf or extension is not canonical.
    #[error(transparent)]
    Path(#[from] HexPrefixError),
    /// A node has neither 2 nor 17 items.
    #[error("node has {0} items, not 2 or 17")]
    Items(usize),
    /// A leaf has an empty value.
    #[error("leaf has an empty value")]
    EmptyValue,
    /// An extension has an empty path.
    #[error("extension has an empty path")]
    EmptyPath,
    /// A child is neither empty nor a hash of 32 bytes nor a node.
    #[error("child has {0} bytes, not 32")]
    ChildLen(usize),
    /// A node of 32 bytes or more stands inside its parent.
    #[error("node of {0} bytes is not hashed")]
    NotHashed(usize),
    /// A node of less than 32 bytes stands outside its parent.
    #[error("node of {0} bytes is hashed")]
    NotInline(usize),
    /// A branch has fewer than two children and values.
    #[error("branch has {0} children and values, not 2 or more")]
    Collapsible(usize),
    /// The child of an extension is missing or not a branch.
    #[error("child of an extension is not a branch")]
    NotBranch,
    /// A record of the node log has an unknown kind.
    #[error("record has the unknown kind {0:#04x}")]
    Kind(u8),
    /// A record of the node log names a child that does not stand before it.
    #[error("record names a child that does not stand before it")]
    Distance,
    /// The bytes of a record's slot behind the child that it holds are not zero.
    #[error("bytes behind a child that its parent holds are not zero")]
    Padding,
}

impl<'a> Node<'a> {
    /// Reads `rlp` as exactly one node. O(length).
    pub(crate) fn decode(rlp: &'a [u8]) -> Result<Self, NodeError> {
        let content = rlp::exact_list(rlp)?;
        let (first, rest) = rlp::split_encoding(content)?;
        let (second, rest) = rlp::split_encoding(rest)?;
        if rest.is_empty() {
            decode_pair(first, second)
        } else {
            decode_branch(content)
        }
    }

    /// Says whether the node is a branch.
    pub(crate) const fn is_branch(&self) -> bool {
        matches!(self, Self::Branch { .. })
    }
}

/// Reads a leaf or an extension from its two items.
fn decode_pair<'a>(path: &'a [u8], target: &'a [u8]) -> Result<Node<'a>, NodeError> {
    let (path, _) = rlp::split_string(path)?;
    let (path, is_leaf) = Nibbles::decode_hex_prefix(path)?;
    if is_leaf {
        let (value, _) = rlp::split_string(target)?;
        return if value.is_empty() {
            Err(NodeError::EmptyValue)
        } else {
            Ok(Node::Leaf { path, value })
        };
    }
    if path.is_empty() {
        return Err(NodeError::EmptyPath);
    }
    let child = decode_link(target)?.ok_or(NodeError::NotBranch)?;
    if let Link::Inline(inline) = child
        && !Node::decode(inline)?.is_branch()
    {
        return Err(NodeError::NotBranch);
    }
    Ok(Node::Extension { path, child })
}

/// Reads a branch from the encodings of its items.
fn decode_branch(content: &[u8]) -> Result<Node<'_>, NodeError> {
    let mut children = [None; 16];
    let mut rest = content;
    for (index, child) in children.iter_mut().enumerate() {
        if rest.is_empty() {
            return Err(NodeError::Items(index));
        }
        let (item, after) = rlp::split_encoding(rest)?;
        *child = decode_link(item)?;
        rest = after;
    }
    if rest.is_empty() {
        return Err(NodeError::Items(children.len()));
    }
    let (value, after) = rlp::split_string(rest)?;
    if !after.is_empty() {
        return Err(NodeError::Items(children.len() + 2));
    }
    let value = (!value.is_empty()).then_some(value);
    let held = children.iter().flatten().count() + usize::from(value.is_some());
    if held < 2 {
        return Err(NodeError::Collapsible(held));
    }
    Ok(Node::Branch { children, value })
}

/// Reads a child from the encoding of its item.
fn decode_link(item: &[u8]) -> Result<Option<Link<'_>>, NodeError> {
    match rlp::split(item)?.0 {
        Item::String([]) => Ok(None),
        Item::String(hash) => {
            let hash = hash
                .try_into()
                .map_err(|_| NodeError::ChildLen(hash.len()))?;
            Ok(Some(Link::Hash(hash)))
        }
        Item::List(_) if item.len() >= HASHED_LEN_MIN => Err(NodeError::NotHashed(item.len())),
        Item::List(_) => {
            Node::decode(item)?;
            Ok(Some(Link::Inline(item)))
        }
    }
}

impl Link<'_> {
    /// Returns the length of the child's item in its parent.
    pub(crate) const fn item_len(&self) -> usize {
        match self {
            Self::Hash(hash) => 1 + hash.len(),
            Self::Inline(rlp) => rlp.len(),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hash(hash) => rlp::put_string(out, *hash),
            Self::Inline(rlp) => out.extend_from_slice(rlp),
        }
    }
}

/// Returns the length of the item of a hex-prefix path.
const fn path_item_len(path: Nibbles<'_>) -> usize {
    let len = path.hex_prefix_len();
    if len == 1 { 1 } else { rlp::list_len(len) }
}

/// Appends the item of a hex-prefix path to `out`.
pub(crate) fn put_path(path: Nibbles<'_>, is_leaf: bool, out: &mut Vec<u8>) {
    // The code's first byte is below 0x80, so that a code of one byte is its own item.
    if path.hex_prefix_len() > 1 {
        rlp::put_string_header(out, path.hex_prefix_len());
    }
    path.encode_hex_prefix(is_leaf, out);
}

/// Returns the length of a leaf's RLP.
pub(crate) const fn leaf_len(path: Nibbles<'_>, value: &[u8]) -> usize {
    rlp::list_len(path_item_len(path) + rlp::string_len(value))
}

/// Appends a leaf's RLP to `out`.
pub(crate) fn put_leaf(out: &mut Vec<u8>, path: Nibbles<'_>, value: &[u8]) {
    rlp::put_list_header(out, path_item_len(path) + rlp::string_len(value));
    put_path(path, true, out);
    rlp::put_string(out, value);
}

/// Returns the length of an extension's RLP from its child's [`Link::item_len`].
pub(crate) const fn extension_len(path: Nibbles<'_>, child_item_len: usize) -> usize {
    rlp::list_len(path_item_len(path) + child_item_len)
}

/// Appends an extension's RLP to `out`.
pub(crate) fn put_extension(out: &mut Vec<u8>, path: Nibbles<'_>, child: Link<'_>) {
    rlp::put_list_header(out, path_item_len(path) + child.item_len());
    put_path(path, false, out);
    child.put(out);
}

/// Returns the length of a branch's RLP.
pub(crate) fn branch_len(children: &Links<'_>, value: Option<&[u8]>) -> usize {
    rlp::list_len(branch_content_len(children, value))
}

fn branch_content_len(children: &Links<'_>, value: Option<&[u8]>) -> usize {
    let children = children
        .iter()
        .map(|child| child.as_ref().map_or(1, Link::item_len));
    children.sum::<usize>() + value.map_or(1, rlp::string_len)
}

/// Appends a branch's RLP to `out`.
pub(crate) fn put_branch(out: &mut Vec<u8>, children: &Links<'_>, value: Option<&[u8]>) {
    rlp::put_list_header(out, branch_content_len(children, value));
    for child in children {
        match child {
            Some(link) => link.put(out),
            None => rlp::put_string(out, &[]),
        }
    }
    rlp::put_string(out, value.unwrap_or(&[]));
}

/// Appends the RLP of a branch whose children are all hashed to `out`: `hashes` are those of the
/// children in the mask.
pub(crate) fn put_hashes(out: &mut Vec<u8>, mask: u16, hashes: &[NodeHash], value: Option<&[u8]>) {
    let children = 16 + size_of_val(hashes);
    rlp::put_list_header(out, children + value.map_or(1, rlp::string_len));
    // Put together in one piece: what is not written over stays an empty string.
    let mut items = [NO_CHILD; 16 * HASH_ITEM_LEN];
    let (mut len, mut hashes) = (0, hashes.iter());
    for nibble in 0..16 {
        if mask >> nibble & 1 == 0 {
            len += 1;
            continue;
        }
        let item = items.get_mut(len..).and_then(<[u8]>::split_first_mut);
        if let (Some((header, rest)), Some(hash)) = (item, hashes.next())
            && let Some(item) = rest.first_chunk_mut()
        {
            (*header, *item) = (HASH_HEADER, *hash);
            len += HASH_ITEM_LEN;
        }
    }
    out.extend_from_slice(items.get(..len).unwrap_or(&items));
    rlp::put_string(out, value.unwrap_or(&[]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn encode(node: &Node<'_>) -> Vec<u8> {
        let mut out = vec![];
        match node {
            Node::Leaf { path, value } => put_leaf(&mut out, *path, value),
            Node::Extension { path, child } => put_extension(&mut out, *path, *child),
            Node::Branch { children, value } => {
                put_branch(&mut out, children, *value);
            }
        }
        out
    }

    /// Bytes that are often close to a node: a list of items of all lengths.
    fn node_like() -> impl Strategy<Value = Vec<u8>> {
        let hash = proptest::collection::vec(any::<u8>(), 31..34);
        let path = proptest::collection::vec(any::<u8>(), 0..4)
            .prop_map(|tail| [&[0x20][..], &tail].concat());
        let inline = Just(vec![0xc2, 0x31, 0x07]);
        let string = prop_oneof![3 => Just(vec![]), 2 => hash, 1 => path].prop_map(|content| {
            let mut item = vec![];
            rlp::put_string(&mut item, &content);
            item
        });
        let item = prop_oneof![4 => string, 1 => inline];
        let count = prop_oneof![Just(2_usize), Just(17), 0..20_usize];
        count
            .prop_flat_map(move |count| proptest::collection::vec(item.clone(), count))
            .prop_map(|items| {
                let content = items.concat();
                let mut list = vec![];
                rlp::put_list_header(&mut list, content.len());
                list.extend(content);
                list
            })
    }

    proptest! {
        #![proptest_config(crate::testing::cases(1024))]

        #[test]
        fn accepted_nodes_are_encoded_the_same(rlp in node_like()) {
            if let Ok(node) = Node::decode(&rlp) {
                prop_assert_eq!(encode(&node), rlp);
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(node) = Node::decode(&bytes) {
                prop_assert_eq!(encode(&node), bytes);
            }
        }
    }

    #[test]
    fn nodes_of_no_canonical_trie_are_refused() {
        let hash = [0xaa; 32];
        let list = |items: &[&[u8]]| {
            let content = items.concat();
            let mut list = vec![];
            rlp::put_list_header(&mut list, content.len());
            [list, content].concat()
        };
        let hash_item: &[u8] = &[&[0xa0][..], &hash].concat();
        let branch = |children: &[&[u8]], value: &[u8]| {
            let mut items = children.to_vec();
            items.resize(16, &[0x80]);
            items.push(value);
            list(&items)
        };
        let long_inline = list(&[&[0x20], &[&[0x9d][..], &[7; 29]].concat()]);
        for (rlp, error) in [
            (list(&[&[0x20], &[0x80]]), NodeError::EmptyValue),
            (list(&[&[0x00], hash_item]), NodeError::EmptyPath),
            (list(&[&[0x11], &[0x80]]), NodeError::NotBranch),
            (list(&[&[0x11], &[0xc2, 0x31, 0x07]]), NodeError::NotBranch),
            (list(&[&[0x11], &[0x81, 0x99]]), NodeError::ChildLen(1)),
            (
                list(&[&[0x41], &[7]]),
                NodeError::Path(HexPrefixError::Flags(0x41)),
            ),
            (
                list(&[&[0x80], &[7]]),
                NodeError::Path(HexPrefixError::Empty),
            ),
            (list(&[&[0x20], &[7], &[7]]), NodeError::ChildLen(1)),
            (list(&[&[0x80], &[0x80], &[0x80]]), NodeError::Items(3)),
            (list(&[&[0x80][..]; 16]), NodeError::Items(16)),
            (list(&[&[0x80][..]; 18]), NodeError::Items(18)),
            (branch(&[hash_item], &[0x80]), NodeError::Collapsible(1)),
            (branch(&[], &[7]), NodeError::Collapsible(1)),
            (
                branch(&[hash_item, &long_inline], &[0x80]),
                NodeError::NotHashed(32),
            ),
            (
                branch(&[hash_item, &[0xc2, 0x31, 0x80]], &[7]),
                NodeError::EmptyValue,
            ),
            (list(&[&[0x20]]), NodeError::Rlp(RlpError::Truncated)),
            (vec![0x80], NodeError::Rlp(RlpError::ExpectedList)),
        ] {
            assert_eq!(Node::decode(&rlp), Err(error), "{rlp:x?}");
        }
        assert!(Node::decode(&branch(&[hash_item], &[7])).is_ok());
        assert!(Node::decode(&branch(&[hash_item, &[0xc2, 0x31, 7]], &[0x80])).is_ok());
        assert!(Node::decode(&list(&[&[0x11], hash_item])).is_ok());
    }
}
