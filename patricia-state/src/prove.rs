//! Making proofs and witnesses from a state.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::change::{self, Change, Changes};
use crate::nibbles::Nibbles;
use crate::node::NodeError;
use crate::proof::{PrefixProof, ProofNodes, StateProof, Witness};
use crate::record::{Child, Location, Record};
use crate::source::{NodeSource, Root, StoredNodeError};
use crate::suite::NodeHash;
use crate::trie::Trie;
use crate::update;
use crate::view::{self, View};

/// Nodes on most paths, at most.
const PATH_NODES: usize = 12;

impl<'a, S: NodeSource> Trie<'a, S> {
    /// Proves the values, or the absence, of `keys`. The nodes that their paths share are in the
    /// proof once. Reads the nodes on the paths.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node cannot be read.
    pub fn prove(&self, keys: &[&[u8]]) -> Result<StateProof, S::Error> {
        if let [key] = keys {
            return self.prove_one(key);
        }
        let keys: Vec<_> = keys.iter().map(|key| self.scheme.trie_key(key)).collect();
        let keys: Changes<'_> = keys.iter().map(|key| Change::remove(key)).collect();
        let mut prover = Prover::new(self.source);
        let mut places = Vec::new();
        if let Some(view) = prover.root(&self.root)? {
            expand_keys(view, 0, keys.as_slice(), &mut places)?;
        }
        while let Some((child, depth, keys)) = places.pop() {
            // Nodes inside their parent are proven with it, and so is all that is below them.
            if let Child::Stored { hash, location } = child {
                let (view, _) = prover.stored(hash, location)?;
                expand_keys(view, depth, keys, &mut places)?;
            }
        }
        Ok(StateProof(prover.finish()?))
    }

    /// The nodes that are read for one key: none of them comes twice.
    fn prove_one(&self, key: &[u8]) -> Result<StateProof, S::Error> {
        let mut records = Vec::with_capacity(PATH_NODES);
        self.walk(key, |bytes, location| records.push((bytes, location)))?;
        // All are found before: finding one waits for its parent, copying them does not.
        let mut nodes = Vec::with_capacity(records.len());
        for (bytes, location) in records {
            nodes.push(rlp_of(Record::parse(bytes, location), location)?);
        }
        Ok(StateProof(ProofNodes::new(nodes)))
    }

    /// Proves all entries whose trie keys start with `prefix`, and that there are no others. Reads
    /// the nodes on the path of the prefix and all nodes below it.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node cannot be read.
    pub fn prove_prefix(&self, prefix: &[u8]) -> Result<PrefixProof, S::Error> {
        let mut prover = Prover::new(self.source);
        let mut places = Vec::new();
        if let Some(view) = prover.root(&self.root)? {
            expand_prefix(view, Nibbles::new(prefix), &mut places)?;
        }
        while let Some((child, prefix)) = places.pop() {
            let Child::Stored { hash, location } = child else {
                continue;
            };
            let (view, is_new) = prover.stored(hash, location)?;
            // What was there before was below the prefix too, and is in the proof to the bottom.
            if is_new {
                expand_prefix(view, prefix, &mut places)?;
            }
        }
        Ok(PrefixProof(prover.finish()?))
    }

    /// Collects the nodes that suffice to apply `changes` to this root: those on the paths of the
    /// changes, and the siblings that branches collapse into.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node cannot be read.
    pub fn witness(&self, changes: &Changes<'_>) -> Result<Witness, S::Error> {
        let recorder = Recorder {
            source: self.source,
            read: RefCell::default(),
        };
        update::update(
            &recorder,
            self.scheme.suite,
            &self.root,
            recorder.end(),
            changes,
        )?;
        let mut prover = Prover::new(self.source);
        // Parents stand after their children in the log.
        for (location, hash) in recorder.read.into_inner().into_iter().rev() {
            prover.stored(&hash, location)?;
        }
        Ok(Witness(prover.finish()?))
    }
}

/// Collects nodes, each once.
struct Prover<'a, S> {
    source: &'a S,
    nodes: Vec<(Record<'a>, Location)>,
    /// The hashes of `nodes`.
    seen: BTreeSet<NodeHash>,
}

impl<'a, S: NodeSource> Prover<'a, S> {
    const fn new(source: &'a S) -> Self {
        Self {
            source,
            nodes: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    fn root(&mut self, root: &Root) -> Result<Option<View<'a>>, S::Error> {
        let Some(location) = root.location else {
            return Ok(None);
        };
        self.stored(&root.hash, location)
            .map(|(view, _)| Some(view))
    }

    /// Reads a node and says whether it is new to the proof.
    fn stored(
        &mut self,
        hash: &NodeHash,
        location: Location,
    ) -> Result<(View<'a>, bool), S::Error> {
        let record = view::read_record(self.source, hash, location)?;
        let is_new = self.seen.insert(*hash);
        if is_new {
            self.nodes.push((record, location));
        }
        Ok((View::new(record, location), is_new))
    }

    /// Puts the RLP of the nodes together.
    fn finish(self) -> Result<ProofNodes, S::Error> {
        let nodes = self.nodes.into_iter();
        let nodes = nodes.map(|(record, location)| rlp_of(Ok(record), location));
        let nodes: Result<_, StoredNodeError> = nodes.collect();
        Ok(ProofNodes::new(nodes?))
    }
}

/// The RLP of a record, if it is one.
fn rlp_of(
    record: Result<Record<'_>, NodeError>,
    location: Location,
) -> Result<Vec<u8>, StoredNodeError> {
    let mut rlp = Vec::new();
    let put = record.and_then(|record| record.put_rlp(&mut rlp));
    put.map_err(|reason| StoredNodeError::Damaged { location, reason })?;
    Ok(rlp)
}

/// Lists the children of a node that `keys` lead to, the last of them first.
pub(crate) fn expand_keys<'a, 'k>(
    view: View<'a>,
    depth: usize,
    keys: &'k [Change<'k>],
    places: &mut Vec<(Child<'a>, usize, &'k [Change<'k>])>,
) -> Result<(), StoredNodeError> {
    match view {
        View::Leaf { .. } => {}
        View::Extension { path, child } => {
            let below = change::under(keys, depth, path);
            if !below.is_empty() {
                places.push((child, depth + path.len(), below));
            }
        }
        View::Branch(branch) => {
            let listed = places.len();
            let ends_here = keys
                .first()
                .is_some_and(|first| first.nibble(depth).is_none());
            let mut rest = keys.get(usize::from(ends_here)..).unwrap_or(&[]);
            while let Some(nibble) = rest.first().and_then(|first| first.nibble(depth)) {
                let (group, after) = change::split_group(rest, depth);
                if let Some(child) = branch.child(nibble)? {
                    places.push((child, depth + 1, group));
                }
                rest = after;
            }
            places.get_mut(listed..).unwrap_or(&mut []).reverse();
        }
    }
    Ok(())
}

/// Lists the children of a node on the way to the rest of a prefix and below it, the last of them
/// first.
fn expand_prefix<'a, 'k>(
    view: View<'a>,
    prefix: Nibbles<'k>,
    places: &mut Vec<(Child<'a>, Nibbles<'k>)>,
) -> Result<(), StoredNodeError> {
    match view {
        View::Leaf { .. } => {}
        View::Extension { path, child } => {
            if path.common_prefix_len(prefix) == path.len().min(prefix.len()) {
                places.push((child, prefix.skip(path.len())));
            }
        }
        View::Branch(branch) => match prefix.split_first() {
            Some((nibble, rest)) => {
                places.extend(branch.child(nibble)?.map(|child| (child, rest)));
            }
            None => {
                for nibble in (0..16).rev() {
                    places.extend(branch.child(nibble)?.map(|child| (child, prefix)));
                }
            }
        },
    }
    Ok(())
}

/// A source that remembers what was read from it.
struct Recorder<'a, S> {
    source: &'a S,
    read: RefCell<BTreeMap<Location, NodeHash>>,
}

impl<S: NodeSource> NodeSource for Recorder<'_, S> {
    type Error = S::Error;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        self.read.borrow_mut().insert(location, *hash);
        self.source.record(location, hash)
    }

    fn end(&self) -> Location {
        self.source.end()
    }
}
