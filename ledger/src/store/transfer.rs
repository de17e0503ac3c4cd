//! Whole commits as bytes: what one store has of a commit, and another one takes.
//!
//! ```text
//! commit   frames: those that the chain covers, in their order, then one for each attachment
//! frame    kind u32 | length u32 | payload
//! ```
//!
//! Kinds and payloads are those of the record log (FORMAT.md section 5); an attachment's names no
//! attachment before it. Invariants:
//!
//! - what is taken is, byte for byte, what this store would give of it;
//! - nothing is written before the body's leaf was compared with the one that the caller trusts, and
//!   every root came out.
//!
//! The leaf fixes entries, states and metadata. It fixes neither ids nor attachments, nor writes that
//! change nothing: whoever takes commits of a stranger looks at these before.

use hash_store::{BatchBuffer, FrameKind};
use merkle_log::Hash;

use super::snapshot::Snapshot;
use super::{Commit, Store};
use crate::body::CommitBody;
use crate::delta::Delta;
use crate::error::{Error, Result};
use crate::head::AUDIT_TREE;
use crate::record::{AttachmentRecord, BodyRecord, Entries};

/// Kind and length of a frame.
const HEAD: usize = 8;

/// Bytes are not the commit that they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// They are no commit.
    #[error("{what} does not decode in the frame at byte {at}")]
    Form {
        /// What does not.
        what: &'static str,
        /// Where its frame begins.
        at: usize,
    },
    /// Its body is another one.
    #[error("the commit of height {height} has the leaf {computed}, expected {expected}")]
    Leaf {
        /// The height that the body names.
        height: u64,
        /// The leaf that is trusted.
        expected: Hash,
        /// That of the body.
        computed: Hash,
    },
    /// What it holds comes to something else on this store.
    #[error("the {what} of the commit of height {height} is not what comes out")]
    Outcome {
        /// The height that the body names.
        height: u64,
        /// What is different.
        what: &'static str,
    },
}

/// A commit that another store gave: decoded, and not more.
#[derive(Clone, Debug)]
pub struct WholeCommit<'a> {
    bytes: &'a [u8],
    body: CommitBody,
    record: BodyRecord<'a>,
    /// With the ids of the same entries, if some have one.
    entries: Vec<(Entries<'a>, Option<Entries<'a>>)>,
    deltas: Vec<Delta<'a>>,
    attachments: Vec<AttachmentRecord<'a>>,
}

/// An entry of a [`WholeCommit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferredEntry<'a> {
    /// Its ledger.
    pub ledger: &'a str,
    /// The index that it says it has there.
    pub index: u64,
    /// Its bytes.
    pub entry: &'a [u8],
    /// The id that it was added with, if it was.
    pub id: Option<&'a [u8]>,
}

impl<'a> WholeCommit<'a> {
    /// Decodes what [`Snapshot::transfer`] gave. O(bytes), and memory for as much as the bytes hold,
    /// whatever lengths they name.
    ///
    /// # Errors
    /// [`Error::Transfer`] with [`TransferError::Form`].
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let (mut at, mut rest) = (0, bytes);
        let (mut entries, mut deltas, mut attachments) = (Vec::new(), Vec::new(), Vec::new());
        let mut body = None;
        while !rest.is_empty() {
            let form = |what| Error::from(TransferError::Form { what, at });
            let (kind, payload, behind) = split(rest).ok_or_else(|| form("the length"))?;
            match kind {
                k if k == FrameKind::Entries as u32 => {
                    let decoded = Entries::decode(payload, 0);
                    entries.push((decoded.map_err(|_| form("entries"))?, None));
                }
                k if k == FrameKind::Ids as u32 => {
                    let ids = Entries::decode_ids(payload, 0).map_err(|_| form("ids"))?;
                    match entries.last_mut() {
                        Some((of, none @ None)) if ids.are_of(of) => *none = Some(ids),
                        _ => return Err(form("the place of ids")),
                    }
                }
                k if k == FrameKind::Delta as u32 => {
                    deltas.push(Delta::decode(payload, 0).map_err(|_| form("writes"))?);
                }
                k if k == FrameKind::Body as u32 && body.is_none() => {
                    let record = BodyRecord::decode(payload, 0).map_err(|_| form("the body"))?;
                    let decoded = CommitBody::decode(record.body);
                    body = Some((record, decoded.map_err(|_| form("the body"))?));
                }
                k if k == FrameKind::Attachment as u32 => {
                    let record = AttachmentRecord::decode(payload, 0);
                    attachments.push(record.map_err(|_| form("an attachment"))?);
                }
                _ => return Err(form("the kind")),
            }
            at += rest.len() - behind.len();
            rest = behind;
        }
        let missing = TransferError::Form {
            what: "the body",
            at,
        };
        let (record, body) = body.ok_or(missing)?;
        Ok(Self {
            bytes,
            body,
            record,
            entries,
            deltas,
            attachments,
        })
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &CommitBody {
        &self.body
    }

    /// The leaf of the audit tree that the body is.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        AUDIT_TREE.leaf(self.record.body)
    }

    /// The metadata, as its giver says: of what is taken the body holds the hash.
    #[must_use]
    pub const fn metadata(&self) -> &'a [u8] {
        self.record.metadata
    }

    /// Root of the audit tree after the commit, as its giver says: what is taken comes to it.
    #[must_use]
    pub const fn audit_root(&self) -> Hash {
        self.record.audit_root_after
    }

    /// The entries, in the order of their ledgers.
    pub fn entries(&self) -> impl Iterator<Item = TransferredEntry<'_>> {
        self.entries.iter().flat_map(|(entries, ids)| {
            let ledger = self.ledger(entries.ledger).unwrap_or_default();
            entries.iter().map(move |(index, entry)| TransferredEntry {
                ledger,
                index,
                entry,
                id: id_of(ids.as_ref(), index),
            })
        })
    }

    /// What is attached: its kind, as the caller numbers it, and its bytes.
    pub fn attachments(&self) -> impl Iterator<Item = (u32, &'a [u8])> {
        self.attachments.iter().map(|kept| (kept.kind, kept.bytes))
    }

    /// The name of a ledger, as the body has them in order.
    fn ledger(&self, ordinal: u32) -> Option<&str> {
        let ordinal = usize::try_from(ordinal).ok()?;
        Some(self.body.ledgers.get(ordinal)?.name.as_str())
    }

    fn outcome(&self, what: &'static str) -> Error {
        let height = self.body.height;
        TransferError::Outcome { height, what }.into()
    }
}

/// The id of an entry, among those of its frame.
fn id_of<'a>(ids: Option<&Entries<'a>>, index: u64) -> Option<&'a [u8]> {
    ids?.get(index).filter(|id| !id.is_empty())
}

/// Kind and payload of the first frame, and what is behind it.
fn split(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let ([kind, len], []) = head.as_chunks() else {
        return None;
    };
    let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
    let (payload, behind) = rest.split_at_checked(len)?;
    Some((u32::from_le_bytes(*kind), payload, behind))
}

fn put(to: &mut Vec<u8>, kind: FrameKind, payload: &[u8]) {
    // Payloads come from frames, whose length is a u32.
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&(kind as u32).to_le_bytes());
    to.extend_from_slice(&len.to_le_bytes());
    to.extend_from_slice(payload);
}

/// A sealed batch as another store would give it.
fn encode(buffer: &BatchBuffer) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(buffer.len());
    for (kind, payload) in buffer.frames() {
        put(&mut bytes, kind, payload);
    }
    bytes
}

impl Snapshot {
    /// A commit as bytes, with everything attached to it by now: for
    /// [`Store::take`] elsewhere. Reads the commit's batch.
    ///
    /// # Errors
    /// As [`Snapshot::commit`]; [`Error::BeforeBase`] for the height that the store begins with too,
    /// whose entries it does not have.
    pub fn transfer(&self, height: u64) -> Result<Vec<u8>> {
        let position = self.commit(height)?.position;
        if let Some(base) = self.base().filter(|base| height <= *base) {
            return Err(Error::BeforeBase {
                what: "whole commit",
                asked: height,
                base,
            });
        }
        let mut bytes = self.segments().batch(position, |batch| {
            let mut bytes = Vec::new();
            for frame in batch.frames.iter().filter(|f| f.kind.is_chained()) {
                put(&mut bytes, frame.kind, frame.payload);
            }
            bytes
        })?;
        let mut payload = Vec::new();
        for attachment in self.attachments(height)? {
            let record = AttachmentRecord {
                height,
                kind: attachment.kind,
                previous: None,
                bytes: &attachment.bytes,
            };
            payload.clear();
            record.put(&mut payload);
            put(&mut bytes, FrameKind::Attachment, &payload);
        }
        Ok(bytes)
    }
}

impl Store {
    /// Commits the commit after the tip as another store gave it, if it is the one with this leaf in
    /// the audit tree. Costs what sealing and committing it costs.
    ///
    /// Ids and attachments are believed: the leaf does not fix them.
    ///
    /// # Errors
    /// [`Error::Transfer`]: it is another commit, or does not come out here; those of
    /// [`Batch::append_unique`](crate::Batch::append_unique) and [`Batch::put`](crate::Batch::put) for
    /// what no store has; otherwise as [`Store::commit`]. Nothing is written but in the last case.
    pub fn take(&self, commit: &WholeCommit<'_>, leaf: &Hash) -> Result<Commit> {
        let (body, height) = (&commit.body, commit.body.height);
        let computed = commit.leaf();
        if computed != *leaf {
            let expected = *leaf;
            return Err(TransferError::Leaf {
                height,
                expected,
                computed,
            }
            .into());
        }
        if height != self.snapshot().height() + 1 {
            return Err(commit.outcome("height"));
        }
        let mut batch = self.batch();
        let ledger = |ordinal| {
            let known = commit.ledger(ordinal);
            known.ok_or_else(|| commit.outcome("number of a ledger"))
        };
        for (entries, ids) in &commit.entries {
            let ledger = ledger(entries.ledger)?;
            for (index, entry) in entries.iter() {
                match id_of(ids.as_ref(), index) {
                    Some(id) => batch.append_unique(ledger, id, entry)?,
                    None => batch.append(ledger, entry)?,
                };
            }
        }
        for delta in &commit.deltas {
            let ledger = ledger(delta.ledger)?;
            for (key, value) in &delta.writes {
                batch.put(ledger, key, value.unwrap_or_default())?;
            }
        }
        let mut sealed = batch.seal(body.time_ms, commit.record.metadata)?;
        if sealed.body().encode() != commit.record.body {
            return Err(commit.outcome("body"));
        }
        for kept in &commit.attachments {
            sealed.attach(kept.kind, kept.bytes)?;
        }
        if encode(&sealed.buffer) != commit.bytes {
            return Err(commit.outcome("form"));
        }
        self.commit(sealed)
    }
}
