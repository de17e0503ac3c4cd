//! Verifying that a list of entries under a prefix is complete.
//!
//! The verifier walks to the prefix and from there to the end of every path: a node that is missing
//! anywhere below is an error, so that no entry can be left out. A proof of equal subtries holds
//! them once, and a dishonest root could stand for more entries than fit any memory; so the caller
//! says how many bytes of entries it is ready to hold.

use alloc::vec::Vec;

use crate::nibbles::Nibbles;
use crate::node::{Link, Node};
use crate::proof::{NotCovered, PrefixProof, ProofError};
use crate::suite::{NodeHash, StateScheme};
use crate::verify::Index;

/// All entries whose trie keys start with a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPrefix {
    prefix: Vec<u8>,
    /// Sorted by key.
    entries: Vec<(Vec<u8>, Vec<u8>)>,
}

impl PrefixProof {
    /// Verifies that the state with the root hash `root` has, of all keys that start with `prefix`,
    /// exactly those that the result then lists. In the hashed key mode these are hashes.
    ///
    /// Root and scheme have to come from an authenticated place. `bytes_max` bounds the keys and
    /// values of the result together. O(proof + result).
    ///
    /// # Errors
    ///
    /// As [`crate::StateProof::verify`], and [`ProofError::TooLong`] if there is more than
    /// `bytes_max`.
    pub fn verify(
        self,
        scheme: impl Into<StateScheme>,
        root: &NodeHash,
        prefix: &[u8],
        bytes_max: usize,
    ) -> Result<VerifiedPrefix, ProofError> {
        let mut index = Index::new(scheme.into().suite, root, &self.0);
        let mut walk = Walk {
            path: Vec::new(),
            places: Vec::new(),
            entries: Vec::new(),
            bytes_left: bytes_max,
            bytes_max,
        };
        if let Some(node) = index.root()? {
            walk.visit(node, Nibbles::new(prefix))?;
        }
        while let Some(place) = walk.places.pop() {
            walk.path.truncate(place.depth);
            walk.path.extend(place.nibble);
            let node = index.child(place.link, place.nibble.is_none())?;
            walk.visit(node, place.prefix)?;
        }
        index.finish()?;
        Ok(VerifiedPrefix {
            prefix: prefix.to_vec(),
            entries: walk.entries,
        })
    }
}

/// A node that is still to be visited.
struct Place<'p, 'k> {
    link: Link<'p>,
    /// Nibbles of the path that lead to its parent's part.
    depth: usize,
    /// The nibble after those; none below an extension.
    nibble: Option<u8>,
    /// What is left of the prefix below it.
    prefix: Nibbles<'k>,
}

struct Walk<'p, 'k> {
    /// Nibbles above the node that is visited.
    path: Vec<u8>,
    places: Vec<Place<'p, 'k>>,
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    bytes_left: usize,
    bytes_max: usize,
}

impl<'p, 'k> Walk<'p, 'k> {
    fn visit(&mut self, node: Node<'p>, prefix: Nibbles<'k>) -> Result<(), ProofError> {
        match node {
            Node::Leaf { path, value } => {
                if path.strip_prefix(prefix).is_some() {
                    self.path.extend(path.iter());
                    self.entry(value)?;
                }
            }
            Node::Extension { path, child } => {
                if path.common_prefix_len(prefix) == path.len().min(prefix.len()) {
                    self.path.extend(path.iter());
                    let depth = self.path.len();
                    let prefix = prefix.skip(path.len());
                    self.places.push(Place {
                        link: child,
                        depth,
                        nibble: None,
                        prefix,
                    });
                }
            }
            Node::Branch { children, value } => {
                if let (Some(value), true) = (value, prefix.is_empty()) {
                    self.entry(value)?;
                }
                let depth = self.path.len();
                let (wanted, prefix) = match prefix.split_first() {
                    Some((nibble, rest)) => (Some(nibble), rest),
                    None => (None, prefix),
                };
                for (nibble, link) in (0_u8..16).zip(children).rev() {
                    if let Some(link) = link
                        && wanted.is_none_or(|wanted| wanted == nibble)
                    {
                        self.places.push(Place {
                            link,
                            depth,
                            nibble: Some(nibble),
                            prefix,
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes the entry whose key is `path`.
    fn entry(&mut self, value: &[u8]) -> Result<(), ProofError> {
        let (pairs, []) = self.path.as_chunks() else {
            return Err(ProofError::HalfByte(self.path.len()));
        };
        let len = pairs.len().saturating_add(value.len());
        self.bytes_left = self
            .bytes_left
            .checked_sub(len)
            .ok_or(ProofError::TooLong(self.bytes_max))?;
        let key = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        self.entries.push((key, value.to_vec()));
        Ok(())
    }
}

impl VerifiedPrefix {
    /// Returns the prefix.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Iterates over all entries under the prefix, by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// Returns the proven value of trie key `key`, or `None` if its absence is proven.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] if the key does not start with the prefix.
    pub fn get(&self, key: &[u8]) -> Result<Option<&[u8]>, NotCovered> {
        if !key.starts_with(&self.prefix) {
            return Err(NotCovered);
        }
        let found = self
            .entries
            .binary_search_by(|(other, _)| other.as_slice().cmp(key));
        Ok(found
            .ok()
            .and_then(|at| self.entries.get(at))
            .map(|(_, value)| value.as_slice()))
    }
}
