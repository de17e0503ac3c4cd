//! Proofs as they travel: lists of nodes, in the forms of others and our own.
//!
//! A proof is a list of the RLP of nodes. It says nothing by itself: whoever has the root that it
//! is for verifies it (`verify`, `verify_prefix`, `verify_witness`), and only the value that comes
//! out of that answers questions. Our own proofs hold each node once and no node that stands inside
//! its parent, the root first.

use alloc::vec::Vec;

use crate::node::NodeError;
use crate::rlp::{self, RlpError};
use crate::source::StoredNodeError;
use crate::suite::NodeHash;

/// Nodes of a proof: the topmost first, each as RLP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofNodes {
    pub(crate) nodes: Vec<Vec<u8>>,
    /// Whether nodes that stand inside their parents may be listed as well.
    pub(crate) may_list_inline: bool,
}

/// Proof of the values, or the absence, of some keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a proof says nothing before it is verified"]
pub struct StateProof(pub ProofNodes);

/// Proof of all entries whose keys start with a prefix, and that there are no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a proof says nothing before it is verified"]
pub struct PrefixProof(pub ProofNodes);

/// The nodes that suffice to apply a batch to a root without the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a witness says nothing before it is verified"]
pub struct Witness(pub ProofNodes);

impl ProofNodes {
    /// Takes our own form: the RLP of each node once, and none that stands inside its parent.
    #[must_use]
    pub const fn new(nodes: Vec<Vec<u8>>) -> Self {
        Self {
            nodes,
            may_list_inline: false,
        }
    }

    /// Takes the list of an `eth_getProof` answer (EIP-1186).
    ///
    /// Some makers of such lists also list the nodes that stand inside their parents. Verification
    /// accepts them if they do stand there, on the way to what is proven.
    #[must_use]
    pub const fn from_ethereum(nodes: Vec<Vec<u8>>) -> Self {
        Self {
            nodes,
            may_list_inline: true,
        }
    }

    /// Reads Plenum's form: one RLP list of the nodes themselves, the topmost last.
    ///
    /// Nodes that stand inside their parents are accepted as by [`ProofNodes::from_ethereum`].
    ///
    /// # Errors
    ///
    /// [`RlpError`] if `serialized` is not one canonical list of lists.
    pub fn from_plenum(serialized: &[u8]) -> Result<Self, RlpError> {
        let mut rest = rlp::exact_list(serialized)?;
        let mut nodes = Vec::new();
        while !rest.is_empty() {
            rlp::split_list(rest)?;
            let (node, after) = rlp::split_encoding(rest)?;
            nodes.push(node.to_vec());
            rest = after;
        }
        nodes.reverse();
        Ok(Self {
            nodes,
            may_list_inline: true,
        })
    }

    /// Returns Plenum's form.
    #[must_use]
    pub fn to_plenum(&self) -> Vec<u8> {
        let len = self.nodes.iter().map(Vec::len).sum();
        let mut serialized = Vec::with_capacity(rlp::list_len(len));
        rlp::put_list_header(&mut serialized, len);
        self.nodes
            .iter()
            .rev()
            .for_each(|node| serialized.extend_from_slice(node));
        serialized
    }

    /// Returns the nodes, the topmost first, as in an `eth_getProof` answer.
    #[must_use]
    pub fn nodes(&self) -> &[Vec<u8>] {
        &self.nodes
    }

    /// Returns the number of bytes of all nodes.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.nodes.iter().map(Vec::len).sum()
    }
}

/// Why a proof or witness does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// A node that is needed is not in the proof. It is also what a proof for another root, suite
    /// or key ends in.
    #[error("proof lacks the node with the hash {}", Hex(.0))]
    Missing(NodeHash),
    /// A node of the proof has no part in it, or is there twice.
    #[error("node {0} of the proof is not used")]
    Unused(usize),
    /// A node is not one of a canonical trie.
    #[error("node {index} of the proof: {reason}")]
    Node {
        /// Its place in the proof.
        index: usize,
        /// What is wrong with it.
        reason: NodeError,
    },
    /// The nodes on a path make a key that ends within a byte.
    #[error("proof has a key of {0} half bytes")]
    HalfByte(usize),
    /// The proven entries are longer than the verifier allows.
    #[error("proven entries take more than {0} bytes")]
    TooLong(usize),
    /// Applying a batch to a witness met a node that cannot be used.
    #[error(transparent)]
    Stored(#[from] StoredNodeError),
}

/// A key lies outside what a proof was verified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof was not verified for this key")]
pub struct NotCovered;

/// Shows bytes as hex.
struct Hex<'a>(&'a [u8]);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
