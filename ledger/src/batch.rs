//! Batches: entries and state writes for any of the ledgers, sealed to roots before anything is
//! written.
//!
//! Invariants:
//!
//! - a batch is made on one head and stays on it; sealing it gives the next head;
//! - all hashing is done at sealing, so that a commit only writes;
//! - dropping a batch, sealed or not, costs nothing and changes nothing.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use hash_store::{BatchBuffer, BatchKind, FrameKind};
use merkle_log::{CompactRange, Growth, Hash, LeafIndex, RangeError};

use crate::body::{CommitBody, metadata_hash};
use crate::delta::{Delta, Write, writes_in_frame};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, IdLayer, LedgerHead};
use crate::record::{AttachmentRecord, BodyRecord, Ranges, entries_in_frame, put_entries};
use crate::store::Shared;
use crate::writes::Writes;

/// The longest entry, metadata or attachment, in bytes.
pub const ENTRY_LEN_MAX: usize = 16 << 20;

/// The longest id of an entry, in bytes.
pub const ID_LEN_MAX: usize = 1024;

/// Entries and state writes gathered for the next commit.
#[derive(Clone, Debug)]
pub struct Batch {
    parent: Arc<Head>,
    shared: Arc<Shared>,
    pending: Vec<Pending>,
    /// Per ledger, the leaves that the ids of this batch stand for.
    ids: Vec<BTreeMap<Vec<u8>, u64>>,
}

/// Entries of one ledger, one after another, and the last write of each key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<usize>,
    /// Which entries have which ids, in order of the entries.
    pub(crate) ids: Vec<(usize, Vec<u8>)>,
    /// By the keys that the caller gave.
    pub(crate) writes: Writes,
}

impl Pending {
    pub(crate) fn push(&mut self, entry: &[u8]) -> Result<()> {
        check_len(entry)?;
        self.bytes.extend_from_slice(entry);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    pub(crate) fn push_with_id(&mut self, id: &[u8], entry: &[u8]) -> Result<()> {
        check_id_len(id)?;
        self.push(entry)?;
        self.ids.push((self.ends.len() - 1, id.to_vec()));
        Ok(())
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        let (shift, count) = (self.bytes.len(), self.ends.len());
        let ids = other.ids.iter();
        self.ids
            .extend(ids.map(|(at, id)| (at + count, id.clone())));
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
        for (key, value) in other.writes.iter() {
            self.writes.set(key, value.unwrap_or_default());
        }
    }

    /// Sets a key, or removes it if the value is empty.
    pub(crate) fn write(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        check_len(key)?;
        check_len(value)?;
        self.writes.set(key, value);
        Ok(())
    }

    /// Bytes of entries, ids, keys and values.
    pub(crate) fn bytes_len(&self) -> usize {
        let ids = self.ids.iter().map(|(_, id)| id.len());
        self.bytes.len() + ids.sum::<usize>() + self.writes.bytes_len()
    }

    /// The ids as if they were entries, an empty one for each entry without; none at all if no
    /// entry has one.
    fn ids_as_entries(&self) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        if self.ids.is_empty() {
            return (bytes, ends);
        }
        for (at, id) in &self.ids {
            ends.resize(*at, bytes.len());
            bytes.extend_from_slice(id);
            ends.push(bytes.len());
        }
        ends.resize(self.ends.len(), bytes.len());
        (bytes, ends)
    }

    fn entries(&self) -> Vec<&[u8]> {
        let starts = core::iter::once(&0).chain(&self.ends);
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.bytes.get(*start..*end).unwrap_or_default())
            .collect()
    }
}

pub(crate) const fn check_len(bytes: &[u8]) -> Result<()> {
    if bytes.len() > ENTRY_LEN_MAX {
        return Err(Error::EntryTooLarge {
            len: bytes.len(),
            limit: ENTRY_LEN_MAX,
        });
    }
    Ok(())
}

const fn check_id_len(id: &[u8]) -> Result<()> {
    if id.is_empty() || id.len() > ID_LEN_MAX {
        return Err(Error::IdLen {
            len: id.len(),
            limit: ID_LEN_MAX,
        });
    }
    Ok(())
}

impl Batch {
    pub(crate) fn on(parent: Arc<Head>, shared: Arc<Shared>) -> Self {
        let (mut pending, mut ids) = (Vec::new(), Vec::new());
        pending.resize_with(parent.ledgers.len(), Pending::default);
        ids.resize_with(parent.ledgers.len(), BTreeMap::new);
        Self {
            parent,
            shared,
            pending,
            ids,
        }
    }

    /// Appends an entry to a ledger; answers with the leaf index it will have.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::EntryTooLarge`] past [`ENTRY_LEN_MAX`].
    pub fn append(&mut self, ledger: &str, entry: impl AsRef<[u8]>) -> Result<LeafIndex> {
        let (ordinal, head) = self.parent.ledger(ledger)?;
        let size = head.size();
        let pending = self.pending.get_mut(ordinal);
        let pending = pending.ok_or_else(|| Error::NoSuchLedger {
            name: ledger.into(),
        })?;
        pending.push(entry.as_ref())?;
        Ok(LeafIndex(size + pending.ends.len() as u64 - 1))
    }

    /// Appends an entry with an id to a ledger with look-up by id, unless an entry of this batch, of
    /// one it stands on, or of the store has the id, in this ledger or another of the same space.
    ///
    /// The id is recorded beside the entry: the entry's leaf does not depend on it, and no proof
    /// tells of it.
    ///
    /// # Errors
    /// [`Error::DuplicateId`], which names the first entry with this id; [`Error::NoSuchLedger`],
    /// [`Error::NoLookup`]; [`Error::IdLen`] past [`ID_LEN_MAX`], [`Error::EntryTooLarge`] past
    /// [`ENTRY_LEN_MAX`]; [`Error::Log`] where the log has to answer and is damaged.
    pub fn append_unique(
        &mut self,
        ledger: &str,
        id: impl AsRef<[u8]>,
        entry: impl AsRef<[u8]>,
    ) -> Result<LeafIndex> {
        let id = id.as_ref();
        let (ordinal, _) = self.parent.ledger(ledger)?;
        check_id_len(id)?;
        self.check_new(ordinal, id)?;
        let size = self.size(ordinal);
        let place = self.pending.get_mut(ordinal).zip(self.ids.get_mut(ordinal));
        if let Some((pending, ids)) = place {
            pending.push_with_id(id, entry.as_ref())?;
            ids.insert(id.to_vec(), size);
        }
        Ok(LeafIndex(size))
    }

    /// Size of a ledger after this batch.
    fn size(&self, ordinal: usize) -> u64 {
        let before = self.parent.ledgers.get(ordinal).map_or(0, |l| l.size());
        let added = self.pending.get(ordinal).map_or(0, |p| p.ends.len());
        before + added as u64
    }

    /// Refuses an id that some entry has in the space of a ledger.
    fn check_new(&self, ordinal: usize, id: &[u8]) -> Result<()> {
        let ledger = self.parent.ledgers.get(ordinal).map(|l| &l.spec);
        let space = ledger.and_then(|spec| spec.lookups.ids.as_ref());
        let Some(space) = space else {
            return Err(Error::NoLookup {
                name: ledger.map_or_else(Default::default, |spec| spec.name.as_str().into()),
                what: "id",
            });
        };
        for (other, ledger) in self.parent.ledgers.iter().enumerate() {
            if ledger.spec.lookups.ids.as_ref() != Some(space) {
                continue;
            }
            let layers = self.parent.ids.iter().map(|layer| &layer.ids);
            let mut uncommitted = layers.chain([&self.ids]);
            let known = uncommitted.find_map(|ids| ids.get(other)?.get(id).copied());
            let oldest = self.parent.ids.first();
            let committed = oldest.and_then(|layer| layer.first.get(other).copied());
            let committed = committed.unwrap_or_else(|| ledger.size());
            let known = match known {
                Some(known) => Some(known),
                None => self.shared.find_id(other, id, committed)?,
            };
            if let Some(index) = known {
                return Err(Error::DuplicateId {
                    id: id.to_vec(),
                    ledger: ledger.spec.name.as_str().into(),
                    index,
                });
            }
        }
        Ok(())
    }

    /// Sets a key of a ledger's state. Of several writes of one key in a batch the last counts; an
    /// empty value removes the key, for no state has empty values.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoState`], [`Error::EntryTooLarge`] for a key or value
    /// past [`ENTRY_LEN_MAX`].
    pub fn put(
        &mut self,
        ledger: &str,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<()> {
        let (ordinal, _) = self.parent.state(ledger)?;
        match self.pending.get_mut(ordinal) {
            Some(pending) => pending.write(key.as_ref(), value.as_ref()),
            None => Ok(()),
        }
    }

    /// Removes a key of a ledger's state, which may be absent.
    ///
    /// # Errors
    /// As [`Batch::put`].
    pub fn delete(&mut self, ledger: &str, key: impl AsRef<[u8]>) -> Result<()> {
        self.put(ledger, key, [])
    }

    /// The value of a key after this batch's writes and those of the batches it stands on.
    ///
    /// # Errors
    /// [`Error::NoSuchLedger`], [`Error::NoState`]; [`Error::State`] where a node cannot be read.
    pub fn get(&self, ledger: &str, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>> {
        let (ordinal, state) = self.parent.state(ledger)?;
        let pending = self.pending.get(ordinal);
        match pending.and_then(|pending| pending.writes.get(key.as_ref())) {
            Some(written) => Ok(written.map(<[u8]>::to_vec)),
            None => state.get(key.as_ref()),
        }
    }

    /// Takes in entries and writes of several ledgers, all of them or, where an id is not new, none;
    /// answers with the first leaf of each.
    pub(crate) fn append_all(
        &mut self,
        entries: Vec<(String, Pending)>,
    ) -> Result<Vec<(String, LeafIndex)>> {
        for (ledger, _) in &entries {
            self.parent.ledger(ledger)?;
        }
        let mut added = Vec::new();
        for (ledger, pending) in &entries {
            let (ordinal, _) = self.parent.ledger(ledger)?;
            let size = self.size(ordinal);
            for (at, id) in &pending.ids {
                if let Err(refused) = self.check_new(ordinal, id) {
                    for (ordinal, id) in added {
                        let ids: Option<&mut BTreeMap<_, _>> = self.ids.get_mut(ordinal);
                        ids.and_then(|ids| ids.remove(id));
                    }
                    return Err(refused);
                }
                if let Some(ids) = self.ids.get_mut(ordinal) {
                    ids.insert(id.clone(), size + *at as u64);
                    added.push((ordinal, id));
                }
            }
        }
        let first = entries.into_iter().map(|(ledger, pending)| {
            let (ordinal, _) = self.parent.ledger(&ledger)?;
            let first = self.size(ordinal);
            let known = self.pending.get_mut(ordinal).into_iter();
            known.for_each(|known| known.extend(&pending));
            Ok((ledger, LeafIndex(first)))
        });
        first.collect()
    }

    /// Entries gathered so far, over all ledgers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pending.iter().map(|pending| pending.ends.len()).sum()
    }

    /// State writes gathered so far, over all ledgers: keys, each counted once.
    #[must_use]
    pub fn writes_len(&self) -> usize {
        self.pending
            .iter()
            .map(|pending| pending.writes.len())
            .sum()
    }

    /// Whether nothing was gathered. An empty batch may be sealed and committed too.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.writes_len() == 0
    }

    /// Bytes of the entries, keys and values gathered so far.
    #[must_use]
    pub fn bytes_len(&self) -> usize {
        self.pending.iter().map(Pending::bytes_len).sum()
    }

    /// Computes every root: O(entries) hashes, and one for each new node of a state. Nothing is
    /// written; nodes of states are read.
    ///
    /// `time_ms` counts from 1970-01-01T00:00:00Z. `metadata` is kept beside the commit, its hash
    /// in the body; it must not depend on a root of this commit.
    ///
    /// # Errors
    /// [`Error::TimeRunsBackwards`], [`Error::EntryTooLarge`] for the metadata; [`Error::State`]
    /// where a node cannot be read.
    pub fn seal(self, time_ms: u64, metadata: &[u8]) -> Result<Sealed> {
        check_len(metadata)?;
        let (parent, shared) = (self.parent, self.shared);
        if time_ms < parent.time_ms {
            return Err(Error::TimeRunsBackwards {
                time_ms,
                parent_ms: parent.time_ms,
            });
        }
        let mut head = Head::clone(&parent);
        head.footing = parent.footing.child();
        head.height += 1;
        head.time_ms = time_ms;
        let layer = Arc::new(IdLayer::new(
            parent.ledgers.iter().map(LedgerHead::size).collect(),
            self.ids,
        ));
        head.ids.retain(|layer| !layer.is_settled());
        head.ids.push(Arc::clone(&layer));
        let mut buffer = BatchBuffer::new(BatchKind::Commit, head.height);
        let mut growths = Vec::new();
        let mut frames = Vec::new();
        let ledgers = head.ledgers.iter_mut().zip(&self.pending).zip(0u32..);
        for ((ledger, pending), ordinal) in ledgers {
            if pending.ends.is_empty() {
                growths.push(None);
                continue;
            }
            let tree = ledger.spec.tree;
            let first = ledger.size();
            let mut leaves = Vec::with_capacity(pending.ends.len());
            tree.leaves(&pending.entries(), &mut leaves);
            let growth = Growth::new(tree, &ledger.range, leaves).map_err(full)?;
            ledger.range = growth.after().clone();
            ledger.root = ledger.range.root(tree).map_err(full)?;
            growths.push(Some(growth));
            push_entries(&mut buffer, &mut frames, ordinal, first, pending)?;
        }
        let ledgers = head.ledgers.iter_mut().zip(&self.pending).zip(0u32..);
        for ((ledger, pending), ordinal) in ledgers {
            push_writes(&mut buffer, ordinal, ledger, &pending.writes.sorted())?;
        }
        let updates = self
            .pending
            .iter()
            .map(|pending| pending.writes.len() as u64);
        let updates = updates.sum();
        let body = head.body(parent.audit_root, metadata_hash(metadata));
        let body_bytes = body.encode();
        let audit = [AUDIT_TREE.leaf(&body_bytes)].to_vec();
        let audit = Growth::new(AUDIT_TREE, &parent.audit, audit).map_err(full)?;
        head.audit = audit.after().clone();
        head.audit_root = head.audit.root(AUDIT_TREE).map_err(full)?;
        let record = BodyRecord {
            body: &body_bytes,
            metadata,
            audit_root_after: head.audit_root,
        };
        buffer.push(FrameKind::Body, |to| record.put(to))?;
        Ok(Sealed {
            parent,
            shared,
            ids: layer,
            head: Arc::new(head),
            body,
            buffer,
            growths,
            audit,
            frames,
            updates,
        })
    }
}

/// A tree of 2^63 leaves takes no more.
fn full(error: RangeError) -> Error {
    let _ = error;
    hash_store::Error::TooLarge {
        what: "tree",
        len: u64::MAX,
        limit: u64::MAX,
    }
    .into()
}

fn push_entries(
    buffer: &mut BatchBuffer,
    frames: &mut Vec<EntriesFrame>,
    ledger: u32,
    first: u64,
    pending: &Pending,
) -> Result<()> {
    let (bytes, ends) = (&pending.bytes, &pending.ends);
    let (id_bytes, id_ends) = pending.ids_as_entries();
    let mut from = 0;
    while from < ends.len() {
        let mut count = entries_in_frame(ends, from);
        if from < id_ends.len() {
            count = count.min(entries_in_frame(&id_ends, from));
        }
        let index = first + from as u64;
        let at = buffer.push(FrameKind::Entries, |to| {
            put_entries(to, ledger, index, bytes, ends, (from, count));
        })?;
        frames.push(EntriesFrame {
            ledger,
            count: count as u64,
            at,
        });
        let before = from.checked_sub(1).and_then(|last| id_ends.get(last));
        let after = id_ends.get(from + count - 1);
        if after.copied().unwrap_or(0) > before.copied().unwrap_or(0) {
            buffer.push(FrameKind::Ids, |to| {
                put_entries(to, ledger, index, &id_bytes, &id_ends, (from, count));
            })?;
        }
        from += count;
    }
    Ok(())
}

/// Seals a ledger's writes and pushes their delta frames.
fn push_writes(
    buffer: &mut BatchBuffer,
    ordinal: u32,
    ledger: &mut LedgerHead,
    writes: &[Write<'_>],
) -> Result<()> {
    let Some(state) = ledger.state.as_ref().filter(|_| !writes.is_empty()) else {
        return Ok(());
    };
    let sealed = state.seal(writes)?;
    ledger.set_state(sealed);
    push_delta(buffer, ordinal, writes)
}

/// Pushes the delta frames of writes to a ledger.
pub(crate) fn push_delta(
    buffer: &mut BatchBuffer,
    ordinal: u32,
    writes: &[Write<'_>],
) -> Result<()> {
    let mut rest = writes;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(writes_in_frame(rest));
        let mut encoded = Ok(());
        buffer.push(FrameKind::Delta, |to| {
            encoded = Delta::put(to, ordinal, now);
        })?;
        encoded?;
        rest = later;
    }
    Ok(())
}

/// Where a frame of entries lies in its batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntriesFrame {
    pub(crate) ledger: u32,
    pub(crate) count: u64,
    pub(crate) at: u64,
}

/// A batch whose every root is known, and nothing of it on the disk.
#[derive(Clone, Debug)]
#[must_use = "a sealed batch that is dropped was never committed"]
pub struct Sealed {
    pub(crate) parent: Arc<Head>,
    pub(crate) head: Arc<Head>,
    pub(crate) body: CommitBody,
    pub(crate) buffer: BatchBuffer,
    pub(crate) growths: Vec<Option<Growth>>,
    pub(crate) audit: Growth,
    pub(crate) frames: Vec<EntriesFrame>,
    pub(crate) ids: Arc<IdLayer>,
    shared: Arc<Shared>,
    /// Writes to states.
    pub(crate) updates: u64,
}

impl Sealed {
    /// How many entries it has, over all ledgers.
    pub(crate) fn entries(&self) -> u64 {
        self.frames.iter().map(|frame| frame.count).sum()
    }

    /// The body this batch would commit.
    #[must_use]
    pub const fn body(&self) -> &CommitBody {
        &self.body
    }

    /// Root of the audit tree after this batch.
    #[must_use]
    pub fn audit_root(&self) -> Hash {
        self.head.audit_root
    }

    /// The value of a key after this batch.
    ///
    /// # Errors
    /// As [`Batch::get`].
    pub fn get(&self, ledger: &str, key: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>> {
        let (_, state) = self.head.state(ledger)?;
        state.get(key.as_ref())
    }

    /// A batch on top of this one.
    #[must_use]
    pub fn child(&self) -> Batch {
        Batch::on(Arc::clone(&self.head), Arc::clone(&self.shared))
    }

    /// Keeps bytes beside the commit, in the same write: a block header, a certificate.
    ///
    /// # Errors
    /// [`Error::EntryTooLarge`].
    pub fn attach(&mut self, kind: u32, bytes: &[u8]) -> Result<()> {
        check_len(bytes)?;
        let record = AttachmentRecord {
            height: self.head.height,
            kind,
            previous: None,
            bytes,
        };
        self.buffer
            .push(FrameKind::Attachment, |to| record.put(to))?;
        Ok(())
    }

    /// Pushes the ranges frames: the trees before this commit.
    pub(crate) fn push_ranges(buffer: &mut BatchBuffer, parent: &Head) {
        Self::each_range(parent, |ordinal, range| {
            // At most 64 hashes: never too large.
            let _ = buffer.push(FrameKind::Ranges, |to| Ranges::put(to, ordinal, range));
        });
    }

    /// The ranges of all trees, in the order of their frames.
    pub(crate) fn each_range(parent: &Head, mut visit: impl FnMut(u32, &CompactRange)) {
        let ledgers = parent.ledgers.iter().zip(0u32..);
        let ranges = ledgers
            .map(|(ledger, ordinal)| (ordinal, &ledger.range))
            .chain([(crate::record::AUDIT, &parent.audit)]);
        for (ordinal, range) in ranges {
            visit(ordinal, range);
        }
    }
}
