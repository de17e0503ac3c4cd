//! Verifying proofs of single keys: needs the proof, the root, the scheme, and nothing else.
//!
//! What a verifier does: it hashes every node of the proof, walks from the root to each key, and
//! takes a node only for its hash. It refuses a proof that lacks a node, holds one that no walk
//! needs or holds one twice, and any node that is not one of a canonical trie. Its work is bounded
//! by the lengths of the proof and the keys. Invariant of [`Index`]: every node it hands out has the
//! hash it was asked for.

use alloc::vec;
use alloc::vec::Vec;

use crate::nibbles::Nibbles;
use crate::node::{HASHED_LEN_MIN, Link, Node, NodeError};
use crate::proof::{NotCovered, ProofError, ProofNodes, StateProof};
use crate::suite::{NodeHash, StateScheme, StateSuite};

/// The nodes of a proof by their hashes, and which of them were used.
pub(crate) struct Index<'p> {
    nodes: &'p [Vec<u8>],
    root: NodeHash,
    is_empty_root: bool,
    /// Hashes and places of the nodes, sorted; without those in `inline`.
    by_hash: Vec<(NodeHash, usize)>,
    /// Listed nodes that have to stand inside their parents, and their places, sorted.
    inline: Vec<(&'p [u8], usize)>,
    used: Vec<bool>,
}

impl<'p> Index<'p> {
    pub(crate) fn new(suite: StateSuite, root: &NodeHash, proof: &'p ProofNodes) -> Self {
        let nodes = &proof.nodes;
        let messages: Vec<&[u8]> = nodes.iter().map(Vec::as_slice).collect();
        let mut hashes = vec![[0; 32]; messages.len()];
        suite.hash_many(&messages, &mut hashes);
        let mut by_hash = Vec::with_capacity(nodes.len());
        let mut inline = Vec::new();
        for (index, (rlp, hash)) in messages.into_iter().zip(hashes).enumerate() {
            if proof.may_list_inline && rlp.len() < HASHED_LEN_MIN && hash != *root {
                inline.push((rlp, index));
            } else {
                by_hash.push((hash, index));
            }
        }
        by_hash.sort_unstable();
        inline.sort_unstable();
        let is_empty_root = *root == suite.empty_root();
        Self {
            nodes,
            root: *root,
            is_empty_root,
            by_hash,
            inline,
            used: vec![false; nodes.len()],
        }
    }

    /// Returns the topmost node, or `None` if the root is that of the state without keys.
    pub(crate) fn root(&mut self) -> Result<Option<Node<'p>>, ProofError> {
        if self.is_empty_root {
            return Ok(None);
        }
        self.hashed(&self.root.clone())
            .map(|(_, _, node)| Some(node))
    }

    /// Returns a child of a node. `parent_is_extension` asks for a branch.
    pub(crate) fn child(
        &mut self,
        link: Link<'p>,
        parent_is_extension: bool,
    ) -> Result<Node<'p>, ProofError> {
        let hash = match link {
            Link::Inline(rlp) => return self.inline(rlp),
            Link::Hash(hash) => hash,
        };
        let (index, rlp, node) = self.hashed(hash)?;
        let refused = |reason| Err(ProofError::Node { index, reason });
        if rlp.len() < HASHED_LEN_MIN {
            return refused(NodeError::NotInline(rlp.len()));
        }
        if parent_is_extension && !node.is_branch() {
            return refused(NodeError::NotBranch);
        }
        Ok(node)
    }

    /// Says which place the node with a hash has.
    pub(crate) fn position(&self, hash: &NodeHash) -> Option<usize> {
        let found = self
            .by_hash
            .binary_search_by(|(other, _)| other.cmp(hash))
            .ok()?;
        self.by_hash.get(found).map(|(_, index)| *index)
    }

    fn hashed(&mut self, hash: &NodeHash) -> Result<(usize, &'p [u8], Node<'p>), ProofError> {
        let index = self.position(hash).ok_or(ProofError::Missing(*hash))?;
        let rlp = self.nodes.get(index).ok_or(ProofError::Missing(*hash))?;
        self.mark(index);
        let node = Node::decode(rlp).map_err(|reason| ProofError::Node { index, reason })?;
        Ok((index, rlp, node))
    }

    /// Takes a node inside its parent, which was decoded with it.
    fn inline(&mut self, rlp: &'p [u8]) -> Result<Node<'p>, ProofError> {
        let listed = self.inline.binary_search_by(|(other, _)| (*other).cmp(rlp));
        let listed = listed.ok().and_then(|found| self.inline.get(found));
        let index = listed.map(|(_, index)| *index);
        if let Some(index) = index {
            self.mark(index);
        }
        let index = index.unwrap_or(self.nodes.len());
        Node::decode(rlp).map_err(|reason| ProofError::Node { index, reason })
    }

    fn mark(&mut self, index: usize) {
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
    }

    /// Refuses the proof if a node of it was not used.
    pub(crate) fn finish(&self) -> Result<(), ProofError> {
        match self.used.iter().position(|used| !used) {
            Some(index) => Err(ProofError::Unused(index)),
            None => Ok(()),
        }
    }
}

/// Values, or absence, of the keys a [`StateProof`] was verified for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedState {
    /// Sorted by key, each key once.
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl StateProof {
    /// Verifies that the state with the root hash `root` has for each of `keys` a value, or none,
    /// as the result then tells.
    ///
    /// Root and scheme have to come from an authenticated place. O(proof + keys * depth).
    ///
    /// # Errors
    ///
    /// [`ProofError::Missing`] if the proof is not complete or is for another root, suite or key;
    /// [`ProofError::Unused`] if it holds more than it has to, or a node twice;
    /// [`ProofError::Node`] if a node is not canonical.
    pub fn verify(
        self,
        scheme: impl Into<StateScheme>,
        root: &NodeHash,
        keys: &[&[u8]],
    ) -> Result<VerifiedState, ProofError> {
        let scheme = scheme.into();
        let mut index = Index::new(scheme.suite, root, &self.0);
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            let value = look_up(&mut index, &scheme.trie_key(key))?;
            values.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        }
        index.finish()?;
        Ok(VerifiedState { values })
    }
}

/// Walks from the root to a trie key.
fn look_up<'p>(index: &mut Index<'p>, key: &[u8]) -> Result<Option<&'p [u8]>, ProofError> {
    let mut path = Nibbles::new(key);
    let Some(mut node) = index.root()? else {
        return Ok(None);
    };
    loop {
        node = match node {
            Node::Leaf { path: leaf, value } => return Ok((leaf == path).then_some(value)),
            Node::Extension {
                path: prefix,
                child,
            } => {
                let Some(rest) = path.strip_prefix(prefix) else {
                    return Ok(None);
                };
                path = rest;
                index.child(child, true)?
            }
            Node::Branch { children, value } => {
                let Some((nibble, rest)) = path.split_first() else {
                    return Ok(value);
                };
                let child = children.get(usize::from(nibble)).copied().flatten();
                let Some(child) = child else { return Ok(None) };
                path = rest;
                index.child(child, false)?
            }
        };
    }
}

impl VerifiedState {
    /// Returns the proven value of `key`, or `None` if its absence is proven.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] if the proof was not verified for this key.
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, NotCovered> {
        let found = self
            .values
            .binary_search_by(|(other, _)| other.as_slice().cmp(key));
        let (_, value) = found
            .ok()
            .and_then(|at| self.values.get(at))
            .ok_or(NotCovered)?;
        Ok(value.as_deref())
    }

    /// Iterates over the keys, sorted, and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }
}
