//! Verifying a witness, and applying batches to it without the state.
//!
//! The nodes of a witness become a small log of records, children before parents, in which a node
//! that the witness lacks has the location 0. The walk that applies batches to a state then runs on
//! it unchanged; where it would need a node that is not there, it stops with
//! [`ProofError::Missing`]. Invariant: every record of that log was reached from the root by hashes.

use alloc::vec;
use alloc::vec::Vec;

use crate::change::Changes;
use crate::node::{Link, Node};
use crate::proof::{ProofError, Witness};
use crate::record::{self, InlineRlp, Location, Slot};
use crate::source::{NodeSource, Root};
use crate::suite::{NodeHash, StateScheme};
use crate::trie::Trie;
use crate::update;
use crate::verify::Index;

/// Location of every node that the witness lacks; no record stands there.
const ABSENT: Location = Location(0);
const START: Location = Location(1);

/// The part of a state that a [`Witness`] holds, reached from the root.
#[derive(Clone, Debug)]
pub struct VerifiedWitness {
    scheme: StateScheme,
    root: Root,
    log: PartialLog,
}

#[derive(Clone, Debug)]
struct PartialLog {
    bytes: Vec<u8>,
}

impl NodeSource for PartialLog {
    type Error = ProofError;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        let offset = location
            .0
            .checked_sub(START.0)
            .and_then(|offset| usize::try_from(offset).ok());
        offset
            .and_then(|offset| self.bytes.get(offset..))
            .ok_or(ProofError::Missing(*hash))
    }

    fn end(&self) -> Location {
        Location(START.0 + self.bytes.len() as u64)
    }
}

impl Witness {
    /// Verifies that all nodes of the witness are part of the state with the root hash `root`.
    ///
    /// Root and scheme have to come from an authenticated place. Whether the witness suffices for a
    /// batch shows when the batch is applied. O(witness).
    ///
    /// # Errors
    ///
    /// [`ProofError::Missing`] if the topmost node is not there, [`ProofError::Unused`] if another
    /// one is not reached from it or is there twice, [`ProofError::Node`] if one is not canonical.
    pub fn verify(
        self,
        scheme: impl Into<StateScheme>,
        root: &NodeHash,
    ) -> Result<VerifiedWitness, ProofError> {
        let scheme = scheme.into();
        let index = Index::new(scheme.suite, root, &self.0);
        let locations = vec![None; self.0.nodes.len()];
        let mut loader = Loader {
            index,
            locations,
            log: PartialLog { bytes: Vec::new() },
        };
        let location = loader.load(&self.0.nodes, root)?;
        loader.index.finish()?;
        Ok(VerifiedWitness {
            scheme,
            root: Root {
                hash: *root,
                location,
            },
            log: loader.log,
        })
    }
}

/// Turns nodes into records.
struct Loader<'p> {
    index: Index<'p>,
    /// Where the nodes' records stand, by place in the witness.
    locations: Vec<Option<Location>>,
    log: PartialLog,
}

/// A node whose children are being written.
struct Open<'p> {
    place: usize,
    node: Node<'p>,
    /// The children that are written or absent: those with smaller nibbles.
    next: usize,
}

impl<'p> Loader<'p> {
    /// Writes the records of the root and all nodes below it, and returns the root's location.
    fn load(&mut self, nodes: &[Vec<u8>], root: &NodeHash) -> Result<Option<Location>, ProofError> {
        let Some(node) = self.index.root()? else {
            return Ok(None);
        };
        let place = self
            .index
            .position(root)
            .ok_or(ProofError::Missing(*root))?;
        let mut open = vec![Open {
            place,
            node,
            next: 0,
        }];
        while let Some(top) = open.last_mut() {
            if let Some(child) = self.next_child(top)? {
                open.push(child);
                continue;
            }
            let location = self.log.end();
            match top.node {
                Node::Leaf { .. } => {
                    self.log
                        .bytes
                        .extend(nodes.get(top.place).into_iter().flatten());
                }
                Node::Extension { path, child } => {
                    let slot = self.slot(child);
                    record::put_extension(&mut self.log.bytes, location, path, &slot);
                }
                Node::Branch { children, value } => {
                    let slots = children.map(|link| link.map(|link| self.slot(link)));
                    let slots = slots.each_ref().map(Option::as_ref);
                    record::put_branch(&mut self.log.bytes, location, &slots, value);
                }
            }
            if let Some(written) = self.locations.get_mut(top.place) {
                *written = Some(location);
            }
            open.pop();
        }
        Ok(self.location(root))
    }

    /// Returns the next child that the witness holds and that is not written yet.
    fn next_child(&mut self, parent: &mut Open<'p>) -> Result<Option<Open<'p>>, ProofError> {
        let (links, is_extension) = match parent.node {
            Node::Leaf { .. } => return Ok(None),
            Node::Extension { child, .. } => ([Some(child); 16], true),
            Node::Branch { children, .. } => (children, false),
        };
        let count = if is_extension { 1 } else { links.len() };
        for link in links.iter().take(count).skip(parent.next) {
            parent.next += 1;
            let Some(Link::Hash(hash)) = *link else {
                continue;
            };
            let Some(place) = self.index.position(hash) else {
                continue;
            };
            let node = self.index.child(Link::Hash(hash), is_extension)?;
            if self.location(hash).is_none() {
                return Ok(Some(Open {
                    place,
                    node,
                    next: 0,
                }));
            }
        }
        Ok(None)
    }

    fn location(&self, hash: &NodeHash) -> Option<Location> {
        let place = self.index.position(hash)?;
        self.locations.get(place).copied().flatten()
    }

    fn slot(&self, link: Link<'_>) -> Slot {
        match link {
            Link::Hash(hash) => Slot::Stored {
                hash: *hash,
                location: self.location(hash).unwrap_or(ABSENT),
            },
            Link::Inline(rlp) => Slot::Inline(InlineRlp::new(rlp)),
        }
    }
}

impl VerifiedWitness {
    /// Returns the value of `key` before the batch, or `None` if it is absent.
    ///
    /// # Errors
    ///
    /// [`ProofError::Missing`] if the witness lacks a node on the key's path.
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, ProofError> {
        Trie::new(&self.log, self.scheme, self.root).get(key)
    }

    /// Applies changes and returns the root hash after them.
    ///
    /// # Errors
    ///
    /// [`ProofError::Missing`] if the witness lacks a node that the changes need.
    pub fn apply(&self, changes: &Changes<'_>) -> Result<NodeHash, ProofError> {
        let end = self.log.end();
        update::update(&self.log, self.scheme.suite, &self.root, end, changes)
            .map(|extension| extension.root.hash)
    }
}
