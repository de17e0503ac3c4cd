//! Writing new nodes: records first, hashes later.
//!
//! A node's RLP length follows from its children's lengths without any hash, so that it is known at
//! once which nodes stand inside their parents. Those are finished at once, for they contain no
//! hash; of the others the record is written with room for its children's hashes, and noted. When
//! the records of a part of the trie stand, and of all of it in the end, they are hashed by height,
//! the lowest first: all nodes of one height are independent and go to the suite side by side, and
//! each hash is written into the parent's slot. Invariants:
//! - a record is written after all its children, and no record is ever moved;
//! - of the nodes that are hashed together only the one that was written last may have no parent.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::nibbles::Nibbles;
use crate::node::{self, Links, Node, NodeError};
use crate::record::{self, BranchRecord, InlineRlp, Location, Record, Slot};
#[cfg(feature = "std")]
use crate::relocate::{Moved, put_moved};
use crate::source::Root;
use crate::suite::{NodeHash, StateSuite};

/// At most so many nodes are hashed in one call.
const HASHED_AT_ONCE: usize = 256;
/// No further inner node is put together for a call once their RLP has so many bytes.
const RLP_AT_ONCE: usize = 64 * 1024;

/// Room is made for the records of at most so many changes at once.
const CHANGES_EXPECTED: usize = 1 << 14;
/// Bytes of records that a change in a large state leads to, about.
const BYTES_A_CHANGE: usize = 1024;

/// A node whose hash is not known yet.
struct Pending {
    /// Position of its record.
    record: usize,
    /// Position of the slot that its hash belongs into; of the topmost node none.
    slot: Option<usize>,
    /// 0 without pending children, else one more than the highest of them.
    height: u32,
}

/// How a parent that is being put together names its child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewChild {
    slot: Slot,
    /// Index in `pending` if the hash in the slot is not known yet.
    pending: Option<usize>,
}

impl NewChild {
    /// Where the node stands, if it has a record and its hash is known.
    pub(crate) const fn stored_root(&self) -> Option<Root> {
        match (self.slot, self.pending) {
            (Slot::Stored { hash, location }, None) => Some(Root {
                hash,
                location: Some(location),
            }),
            _ => None,
        }
    }

    /// Says whether the node has a record.
    pub(crate) const fn is_stored(&self) -> bool {
        matches!(self.slot, Slot::Stored { .. })
    }

    /// Says that the records which this may be one of were moved.
    #[cfg(feature = "std")]
    pub(crate) fn follow(&mut self, moved: &Moved) {
        if let Slot::Stored { location, .. } = &mut self.slot {
            *location = moved.to(*location);
        }
    }

    /// Returns the children and value of a branch that has no record.
    pub(crate) fn inline_branch(&self) -> Option<(Links<'_>, Option<&[u8]>)> {
        match &self.slot {
            Slot::Inline(rlp) => match Node::decode(rlp.as_bytes()).ok()? {
                Node::Branch { children, value } => Some((children, value)),
                _ => None,
            },
            Slot::Stored { .. } => None,
        }
    }
}

impl From<Slot> for NewChild {
    /// A child whose record stands already, or which has none.
    fn from(slot: Slot) -> Self {
        Self {
            slot,
            pending: None,
        }
    }
}

/// What a writer wrote.
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) node_count: usize,
    pub(crate) root: Option<Root>,
}

pub(crate) struct Writer {
    suite: StateSuite,
    start: Location,
    out: Vec<u8>,
    pending: Vec<Pending>,
    /// Nodes that were hashed.
    node_count: usize,
    /// The topmost of the nodes that were hashed last.
    top: Option<Root>,
    scratch: Vec<u8>,
}

impl Writer {
    /// A writer of records that will stand in a log from `start` on.
    pub(crate) const fn new(suite: StateSuite, start: Location) -> Self {
        Self {
            suite,
            start,
            out: Vec::new(),
            pending: Vec::new(),
            node_count: 0,
            top: None,
            scratch: Vec::new(),
        }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn suite(&self) -> StateSuite {
        self.suite
    }

    /// Where the first record stands.
    #[cfg(feature = "std")]
    pub(crate) const fn start(&self) -> Location {
        self.start
    }

    /// Takes the writer out of its place, to be put back later.
    #[cfg(feature = "std")]
    pub(crate) const fn take(&mut self) -> Self {
        core::mem::replace(self, Self::new(self.suite, self.start))
    }

    /// Makes room for the records of about so many changes.
    pub(crate) fn reserve(&mut self, changes: usize) {
        self.out
            .reserve(changes.min(CHANGES_EXPECTED) * BYTES_A_CHANGE);
    }

    /// Where the next record will stand.
    pub(crate) const fn location(&self) -> Location {
        Location(self.start.0 + self.out.len() as u64)
    }

    /// Writes a leaf. `is_root` asks for a record even if it could stand in a parent.
    pub(crate) fn leaf(&mut self, path: Nibbles<'_>, value: &[u8], is_root: bool) -> NewChild {
        if !is_root && node::leaf_len(path, value) < node::HASHED_LEN_MIN {
            return self.inline(|rlp| node::put_leaf(rlp, path, value));
        }
        let (record, location) = (self.out.len(), self.location());
        record::put_leaf(&mut self.out, path, value);
        self.note(record, location, 0)
    }

    /// Writes an extension. `is_root` as for a leaf.
    pub(crate) fn extension(
        &mut self,
        path: Nibbles<'_>,
        child: &NewChild,
        is_root: bool,
    ) -> NewChild {
        let len = node::extension_len(path, child.slot.link().item_len());
        if !is_root && len < node::HASHED_LEN_MIN {
            return self.inline(|rlp| node::put_extension(rlp, path, child.slot.link()));
        }
        let (record, location) = (self.out.len(), self.location());
        let slot = record::put_extension(&mut self.out, location, path, &child.slot);
        let height = self.place(child, slot);
        self.note(record, location, height)
    }

    /// Writes a branch. `is_root` as for a leaf.
    pub(crate) fn branch(
        &mut self,
        children: &[Option<NewChild>; 16],
        value: Option<&[u8]>,
        is_root: bool,
    ) -> NewChild {
        // A branch with a hash in it has no room in its parent.
        if !is_root && !children.iter().flatten().any(NewChild::is_stored) {
            let links = children
                .each_ref()
                .map(|child| child.as_ref().map(|child| child.slot.link()));
            if node::branch_len(&links, value) < node::HASHED_LEN_MIN {
                return self.inline(|rlp| node::put_branch(rlp, &links, value));
            }
        }
        let (record, location) = (self.out.len(), self.location());
        let slots = children
            .each_ref()
            .map(|child| child.as_ref().map(|child| &child.slot));
        let mut slot = record::put_branch(&mut self.out, location, &slots, value);
        let mut height = 0;
        for child in children.iter().flatten() {
            height = height.max(self.place(child, slot));
            slot += record::SLOT_LEN;
        }
        self.note(record, location, height)
    }

    /// Writes a branch that has the children of `old` but for those in `changed`, at least one of
    /// which is stored.
    ///
    /// # Errors
    ///
    /// [`NodeError::Distance`] if a child of `old` does not stand before it.
    pub(crate) fn branch_over(
        &mut self,
        old: &BranchRecord<'_>,
        changed: &[(u8, NewChild)],
        value: Option<&[u8]>,
    ) -> Result<NewChild, NodeError> {
        let (record, location) = (self.out.len(), self.location());
        let slots = changed.iter().map(|(nibble, child)| (*nibble, &child.slot));
        let slot = record::put_branch_over(&mut self.out, location, old, slots, value)?;
        let mut height = 0;
        for (nibble, child) in changed {
            let slot = slot + record::SLOT_LEN * old.index(*nibble);
            height = height.max(self.place(child, slot));
        }
        Ok(self.note(record, location, height))
    }

    /// Puts RLP of less than 32 bytes together.
    fn inline(&mut self, put: impl FnOnce(&mut Vec<u8>)) -> NewChild {
        self.scratch.clear();
        put(&mut self.scratch);
        Slot::Inline(InlineRlp::new(&self.scratch)).into()
    }

    /// Appends what another writer wrote as if it stood where this one began, all of it hashed.
    ///
    /// # Errors
    ///
    /// As [`Writer::hash`].
    #[cfg(feature = "std")]
    pub(crate) fn adopt(&mut self, written: &Written) -> Result<Moved, NodeError> {
        let end = self.location();
        self.node_count += written.node_count;
        put_moved(&mut self.out, end, &written.bytes, self.start)
    }

    /// Remembers where a child's hash belongs, and returns the least height its parent can have.
    fn place(&mut self, child: &NewChild, slot: usize) -> u32 {
        match child.pending.and_then(|index| self.pending.get_mut(index)) {
            Some(pending) => {
                pending.slot = Some(slot);
                pending.height + 1
            }
            None => 0,
        }
    }

    fn note(&mut self, record: usize, location: Location, height: u32) -> NewChild {
        self.pending.push(Pending {
            record,
            slot: None,
            height,
        });
        let slot = Slot::Stored {
            hash: [0; 32],
            location,
        };
        NewChild {
            slot,
            pending: Some(self.pending.len() - 1),
        }
    }

    /// Returns how many nodes wait for their hash.
    pub(crate) const fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Hashes the nodes that wait for it, but for the first `from`. The one that was written last
    /// has to be above all others of them.
    ///
    /// # Errors
    ///
    /// [`NodeError`] only if a record written here cannot be read, which is a bug.
    pub(crate) fn hash(&mut self, from: usize) -> Result<(), NodeError> {
        let mut top_hash = [0; 32];
        for level in by_height(&self.pending, from) {
            let mut rest = &level[..];
            while !rest.is_empty() {
                let (count, last) = self.hash_some(rest)?;
                (rest, top_hash) = (rest.get(count..).unwrap_or(&[]), last);
            }
        }
        if let Some(top) = self.pending.get(from..).and_then(<[Pending]>::last) {
            self.top = Some(Root {
                hash: top_hash,
                location: Some(Location(self.start.0 + top.record as u64)),
            });
        }
        self.node_count += self.pending.len().saturating_sub(from);
        self.pending.truncate(from);
        Ok(())
    }

    /// Makes a child whose parent is not written yet ready for it, after [`Writer::hash`].
    pub(crate) fn settle(&self, child: &mut NewChild) {
        if let (
            Some(_),
            Some(Root {
                hash,
                location: Some(location),
            }),
        ) = (child.pending, self.top)
        {
            *child = Slot::Stored { hash, location }.into();
        }
    }

    /// Hashes what is left. Returns the records, how many they are, and the root: the node that was
    /// written last, which has to be the topmost one, or `None` if there are no records.
    ///
    /// # Errors
    ///
    /// As [`Writer::hash`].
    pub(crate) fn finish(mut self) -> Result<Written, NodeError> {
        self.hash(0)?;
        Ok(Written {
            bytes: self.out,
            node_count: self.node_count,
            root: self.top,
        })
    }

    /// Hashes the first of some nodes that do not depend on one another. Returns how many, at least
    /// one, and the hash of the last of them.
    fn hash_some(&mut self, nodes: &[usize]) -> Result<(usize, NodeHash), NodeError> {
        /// Where the RLP of a node lies.
        enum Rlp<'a> {
            Log(&'a [u8]),
            Scratch(Range<usize>),
        }
        self.scratch.clear();
        let mut rlps = Vec::with_capacity(nodes.len().min(HASHED_AT_ONCE));
        let pending = nodes.iter().filter_map(|&index| self.pending.get(index));
        for node in pending.clone().take(HASHED_AT_ONCE) {
            if self.scratch.len() >= RLP_AT_ONCE {
                break;
            }
            let location = Location(self.start.0 + node.record as u64);
            match Record::parse(self.out.get(node.record..).unwrap_or(&[]), location)? {
                Record::Leaf { rlp, .. } => rlps.push(Rlp::Log(rlp)),
                inner => {
                    let from = self.scratch.len();
                    inner.put_rlp(&mut self.scratch)?;
                    rlps.push(Rlp::Scratch(from..self.scratch.len()));
                }
            }
        }
        let messages = rlps.iter().map(|rlp| match rlp {
            Rlp::Log(rlp) => rlp,
            Rlp::Scratch(range) => self.scratch.get(range.clone()).unwrap_or(&[]),
        });
        let messages: Vec<&[u8]> = messages.collect();
        let mut hashes = vec![[0; 32]; messages.len()];
        self.suite.hash_many(&messages, &mut hashes);
        for (node, hash) in pending.zip(&hashes) {
            let slot = node
                .slot
                .and_then(|slot| self.out.get_mut(slot..)?.first_chunk_mut());
            if let Some(slot) = slot {
                *slot = *hash;
            }
        }
        Ok((hashes.len(), hashes.last().copied().unwrap_or_default()))
    }
}

/// The indices from `from` on of the nodes of each height, the lowest height first.
fn by_height(pending: &[Pending], from: usize) -> Vec<Vec<usize>> {
    let mut levels: Vec<Vec<usize>> = vec![];
    for (index, node) in pending.iter().enumerate().skip(from) {
        let height = node.height as usize;
        if levels.len() <= height {
            levels.resize_with(height + 1, Vec::new);
        }
        if let Some(level) = levels.get_mut(height) {
            level.push(index);
        }
    }
    levels
}
