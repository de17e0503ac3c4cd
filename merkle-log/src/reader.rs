//! The seam between proofs and storage: somebody who can read complete nodes.

use alloc::vec::Vec;

use crate::compact::CompactRange;
use crate::hash::Hash;
use crate::index::{NodeId, NodeRange, Subtrees, TreeSize};
use crate::proof::Step;
use crate::tree::TreeType;

/// Reads the complete nodes of a tree.
pub trait NodeReader {
    /// Why a node cannot be read.
    type Error: core::error::Error;

    /// The hash of a complete node.
    ///
    /// # Errors
    /// What the storage answers, for a node it does not have too.
    fn node(&self, id: NodeId) -> Result<Hash, Self::Error>;

    /// Appends the hashes of complete nodes to `out`, in their order. Readers that keep nodes
    /// together look up once what several of them need. Once `ids` has ended it is not asked again.
    ///
    /// # Errors
    /// As [`node`](Self::node); what was appended to `out` then means nothing.
    fn nodes(
        &self,
        ids: impl Iterator<Item = NodeId>,
        out: &mut Vec<Hash>,
    ) -> Result<(), Self::Error> {
        for id in ids {
            out.push(self.node(id)?);
        }
        Ok(())
    }

    /// The hash over the leaves of an incomplete node, from a reader that has it at hand
    /// ([`Edged`](crate::Edged)); otherwise it is computed of complete ones.
    fn incomplete(&self, _range: NodeRange) -> Option<Hash> {
        None
    }
}

impl<R: NodeReader + ?Sized> NodeReader for &R {
    type Error = R::Error;

    fn node(&self, id: NodeId) -> Result<Hash, Self::Error> {
        (**self).node(id)
    }

    fn nodes(
        &self,
        ids: impl Iterator<Item = NodeId>,
        out: &mut Vec<Hash>,
    ) -> Result<(), Self::Error> {
        (**self).nodes(ids, out)
    }

    fn incomplete(&self, range: NodeRange) -> Option<Hash> {
        (**self).incomplete(range)
    }
}

/// The hashes of a proof's steps. Complete nodes are read together, as the plan names them.
pub(crate) fn hashes_of<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    mut steps: impl Iterator<Item = Step>,
) -> Result<Vec<Hash>, R::Error> {
    let mut hashes = Vec::with_capacity(steps.size_hint().0);
    loop {
        let mut incomplete = None;
        let complete = core::iter::from_fn(|| match steps.next()? {
            Step::Node(id) => Some(id),
            Step::Incomplete(range) => {
                incomplete = Some(range);
                None
            }
        });
        reader.nodes(complete, &mut hashes)?;
        let Some(range) = incomplete else {
            return Ok(hashes);
        };
        hashes.push(match reader.incomplete(range) {
            Some(hash) => hash,
            None => hash_of_range(reader, tree, range)?,
        });
    }
}

/// The hash over the leaves of a range: a single read where they form a complete node, otherwise
/// O(log n) reads and hashes. The empty range has the hash of the empty tree.
///
/// # Errors
/// What the reader answers.
pub fn hash_of_range<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    range: NodeRange,
) -> Result<Hash, R::Error> {
    if let Some(id) = range.perfect() {
        return reader.node(id);
    }
    let hashes = nodes_of(reader, range.subtrees())?;
    // RFC 6962 section 2.1: each subtree is the left child of what was folded from the right.
    let fold = |right, left| tree.node(&left, &right);
    let root = hashes.into_iter().rev().reduce(fold);
    Ok(root.unwrap_or_else(|| tree.empty()))
}

/// The hashes of perfect subtrees, read together.
fn nodes_of<R: NodeReader>(reader: &R, subtrees: Subtrees) -> Result<Vec<Hash>, R::Error> {
    let mut hashes = Vec::with_capacity(subtrees.len());
    reader.nodes(subtrees, &mut hashes)?;
    Ok(hashes)
}

/// The root of the tree at any size whose nodes the reader has. O(log n) reads and hashes.
///
/// # Errors
/// What the reader answers.
pub fn root_at<R: NodeReader>(
    reader: &R,
    tree: TreeType,
    size: TreeSize,
) -> Result<Hash, R::Error> {
    let whole = NodeRange {
        begin: 0,
        end: size.0,
    };
    hash_of_range(reader, tree, whole)
}

/// The compact range `[0, size)`. O(log n) reads.
///
/// # Errors
/// What the reader answers.
pub fn read_range<R: NodeReader>(reader: &R, size: TreeSize) -> Result<CompactRange, R::Error> {
    let hashes = nodes_of(reader, CompactRange::nodes(0, size.0))?;
    Ok(CompactRange::of_tree(size, hashes))
}
