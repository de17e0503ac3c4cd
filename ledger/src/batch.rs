//! Batches: entries and state writes for any of the ledgers, sealed to roots before anything is
//! written.
//!
//! Invariants:
//!
//! - a batch is made on one head and stays on it; sealing it gives the next head;
//! - all hashing is done at sealing, so that a commit only writes;
//! - dropping a batch, sealed or not, costs nothing and changes nothing.

use alloc::sync::Arc;
use alloc::vec::Vec;

use hash_store::{BatchBuffer, BatchKind, FrameKind};
use merkle_log::{Growth, Hash, LeafIndex, RangeError};

use crate::body::{CommitBody, metadata_hash};
use crate::delta::{Delta, Write, writes_in_frame};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead};
use crate::record::{AttachmentRecord, BodyRecord, Ranges, entries_in_frame, put_entries};
use crate::writes::Writes;

/// The longest entry, metadata or attachment, in bytes.
pub const ENTRY_LEN_MAX: usize = 16 << 20;

/// Entries and state writes gathered for the next commit.
#[derive(Clone, Debug)]
pub struct Batch {
    parent: Arc<Head>,
    pending: Vec<Pending>,
}

/// Entries of one ledger, one after another, and the last write of each key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<usize>,
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

    pub(crate) fn extend(&mut self, other: &Self) {
        let shift = self.bytes.len();
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

    /// Bytes of entries, keys and values.
    pub(crate) const fn bytes_len(&self) -> usize {
        self.bytes.len() + self.writes.bytes_len()
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

impl Batch {
    pub(crate) fn on(parent: Arc<Head>) -> Self {
        let mut pending = Vec::new();
        pending.resize_with(parent.ledgers.len(), Pending::default);
        Self { parent, pending }
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

    pub(crate) fn append_all(&mut self, ordinal: usize, entries: &Pending) -> u64 {
        let size = self.parent.ledgers.get(ordinal).map_or(0, |l| l.size());
        let Some(pending) = self.pending.get_mut(ordinal) else {
            return size;
        };
        let first = size + pending.ends.len() as u64;
        pending.extend(entries);
        first
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
        let parent = self.parent;
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
    let mut from = 0;
    while from < ends.len() {
        let count = entries_in_frame(ends, from);
        let index = first + from as u64;
        let at = buffer.push(FrameKind::Entries, |to| {
            put_entries(to, ledger, index, bytes, ends, (from, count));
        })?;
        frames.push(EntriesFrame {
            ledger,
            count: count as u64,
            at,
        });
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
    /// Writes to states.
    pub(crate) updates: u64,
}

impl Sealed {
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
        Batch::on(Arc::clone(&self.head))
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
        let ledgers = parent.ledgers.iter().zip(0u32..);
        let ranges = ledgers
            .map(|(ledger, ordinal)| (ordinal, &ledger.range))
            .chain([(crate::record::AUDIT, &parent.audit)]);
        for (ordinal, range) in ranges {
            // At most 64 hashes: never too large.
            let _ = buffer.push(FrameKind::Ranges, |to| Ranges::put(to, ordinal, range));
        }
    }
}
