//! The reading side of a store, shared by its writer, its snapshots and its threads.
//!
//! Invariants:
//!
//! - what is published is durable, or marked as of unknown durability, and never changes;
//! - an index or tile is a hint: what it leads to is verified against the record log, and what it
//!   cannot answer is computed from there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hash_store::{
    Batch, Found, FrameKind, HEADER_LEN, LogTip, Position, Scan, Segments, SlotIndex, Storage,
    first_chain,
};
use merkle_log::tiles::TileReader;
use merkle_log::{Hash, NodeId, NodeReader, TreeSize, TreeType};

use crate::body::{CommitBody, LedgerRoots};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead};
use crate::names::NetworkId;
use crate::record::{AUDIT, Attachment, AttachmentRecord, BodyRecord, Entries};

/// What readers of one store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) network: NetworkId,
    pub(crate) uuid: [u8; 16],
    pub(crate) audit: Arc<TreeFiles>,
    pub(crate) attachments: Option<SlotIndex>,
    tip: RwLock<Arc<Published>>,
}

/// The derived files of one tree, for reading.
#[derive(Debug)]
pub(crate) struct TreeFiles {
    pub(crate) ordinal: u32,
    pub(crate) tiles: TileReader,
    /// Positions of entries frames, or of commit batches for the audit tree.
    pub(crate) index: Option<SlotIndex>,
    /// The tiles hold the nodes of the tree of this size; the record log answers for later ones.
    pub(crate) trusted: AtomicU64,
}

/// Everything at one height.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) log: LogTip,
    pub(crate) roots: Roots,
    /// The ledgers' files, in order; never fewer than `roots` has ledgers.
    pub(crate) trees: Vec<Arc<TreeFiles>>,
}

/// Every root at one height.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    pub(crate) height: u64,
    pub(crate) time_ms: u64,
    pub(crate) audit_root: Hash,
    pub(crate) ledgers: Vec<LedgerRoots>,
}

impl Roots {
    pub(crate) fn of_head(head: &Head) -> Self {
        Self {
            height: head.height,
            time_ms: head.time_ms,
            audit_root: head.audit_root,
            ledgers: head.ledgers.iter().map(LedgerHead::roots).collect(),
        }
    }

    pub(crate) fn of_body(body: CommitBody, audit_root: Hash) -> Self {
        Self {
            height: body.height,
            time_ms: body.time_ms,
            audit_root,
            ledgers: body.ledgers,
        }
    }
}

/// One commit as it was recorded.
#[derive(Clone, Debug)]
pub struct CommitRecord {
    /// The body: what replicas agree on.
    pub body: CommitBody,
    /// The body's canonical bytes, the leaf of the audit tree.
    pub body_bytes: Vec<u8>,
    /// The caller's metadata.
    pub metadata: Vec<u8>,
    /// Root of the audit tree after this commit.
    pub audit_root: Hash,
    /// Number of the batch.
    pub batch: u64,
    /// Where the batch starts.
    pub position: Position,
    /// Chain after the batch.
    pub chain: [u8; 32],
    /// What was attached in the same write.
    pub attachments: Vec<Attachment>,
}

impl CommitRecord {
    pub(crate) fn of_batch(batch: &Batch<'_>, position: Position) -> Result<Self> {
        let number = batch.header.number;
        let height = batch.header.height;
        let missing = || Error::Payload {
            batch: number,
            what: "commit without body",
            at: 0,
        };
        let frame = batch.frames.iter().find(|f| f.kind == FrameKind::Body);
        let record = BodyRecord::decode(frame.ok_or_else(missing)?.payload, number)?;
        let body =
            CommitBody::decode(record.body).map_err(|source| Error::Body { height, source })?;
        let attachments = attachments_of(batch, height)?;
        Ok(Self {
            body_bytes: record.body.to_vec(),
            metadata: record.metadata.to_vec(),
            audit_root: record.audit_root_after,
            batch: number,
            position,
            chain: batch.chain_after,
            attachments: attachments.into_iter().map(|(kept, _)| kept).collect(),
            body,
        })
    }
}

/// What a batch attaches to a height, each with the position of the batch before.
pub(crate) fn attachments_of(
    batch: &Batch<'_>,
    height: u64,
) -> Result<Vec<(Attachment, Option<Position>)>> {
    let mut found = Vec::new();
    for frame in &batch.frames {
        if frame.kind != FrameKind::Attachment {
            continue;
        }
        let record = AttachmentRecord::decode(frame.payload, batch.header.number)?;
        if record.height == height {
            let kept = Attachment {
                kind: record.kind,
                bytes: record.bytes.to_vec(),
            };
            found.push((kept, record.previous));
        }
    }
    Ok(found)
}

/// The heights that a batch attaches something to.
pub(crate) fn attachment_heights(batch: &Batch<'_>) -> Result<Vec<u64>> {
    let frames = batch.frames.iter();
    frames
        .filter(|frame| frame.kind == FrameKind::Attachment)
        .map(|frame| Ok(AttachmentRecord::decode(frame.payload, frame.batch)?.height))
        .collect()
}

impl Shared {
    pub(crate) fn new(
        segments: Arc<Segments>,
        network: NetworkId,
        audit: Arc<TreeFiles>,
        attachments: Option<SlotIndex>,
        tip: Published,
    ) -> Self {
        Self {
            storage: Arc::clone(segments.storage()),
            uuid: segments.uuid(),
            segments,
            network,
            audit,
            attachments,
            tip: RwLock::new(Arc::new(tip)),
        }
    }

    pub(crate) fn tip(&self) -> Arc<Published> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, tip: Published) {
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
    }

    /// A scan of the whole log up to `tip`.
    pub(crate) fn scan(&self, tip: &LogTip) -> Scan {
        let start = Position::new(0, HEADER_LEN);
        let chain = first_chain(self.network.as_str());
        Scan::new(Arc::clone(&self.segments), start, 1, Some(chain)).until(tip.end)
    }

    /// The entry of a ledger, by its index or, where that does not lead to it, by scanning.
    pub(crate) fn entry(&self, tree: &TreeFiles, index: u64, tip: &LogTip) -> Result<Vec<u8>> {
        let hint = tree.index.as_ref().map(|slots| slots.get(index));
        if let Some(position) = hint.transpose().ok().flatten().flatten() {
            if let Ok(frame) = self.segments.frame(position) {
                if frame.kind == FrameKind::Entries {
                    let entries = Entries::decode(&frame.payload, frame.batch)?;
                    let entry = entries
                        .get(index)
                        .filter(|_| entries.ledger == tree.ordinal);
                    if let Some(entry) = entry {
                        return Ok(entry.to_vec());
                    }
                }
            }
        }
        self.find(tip, |batch, _| {
            for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Entries) {
                let entries = Entries::decode(frame.payload, frame.batch)?;
                if entries.ledger == tree.ordinal {
                    if let Some(entry) = entries.get(index) {
                        return Ok(Some(entry.to_vec()));
                    }
                }
            }
            Ok(None)
        })
    }

    /// The commit at a height, by the height index or by scanning.
    pub(crate) fn commit(&self, height: u64, tip: &LogTip) -> Result<CommitRecord> {
        let last = tip.height;
        if height == 0 || height > last {
            return Err(Error::NoSuchHeight {
                asked: height,
                last,
            });
        }
        let hint = self.audit.index.as_ref().map(|slots| slots.get(height - 1));
        if let Some(position) = hint.transpose().ok().flatten().flatten() {
            let record = self
                .segments
                .batch(position, |batch| {
                    (batch.header.height == height).then(|| CommitRecord::of_batch(batch, position))
                })
                .ok()
                .flatten();
            if let Some(record) = record {
                return record;
            }
        }
        self.find(tip, |batch, position| {
            (batch.header.height == height)
                .then(|| CommitRecord::of_batch(batch, position))
                .transpose()
        })
    }

    /// Scans the log for the first batch that `look` finds something in, passing over damage; the
    /// damage is the error if nothing is found.
    fn find<T>(
        &self,
        tip: &LogTip,
        mut look: impl FnMut(&Batch<'_>, Position) -> Result<Option<T>>,
    ) -> Result<T> {
        let mut scan = self.scan(tip);
        let mut damage = None;
        loop {
            let stop = match scan.next()? {
                Some(Found::Batch { at, batch }) => {
                    if let Some(found) = look(&batch, at)? {
                        return Ok(found);
                    }
                    continue;
                }
                Some(Found::Stop(stop)) => stop,
                None => break,
            };
            let more = scan.resume_after(&stop)?;
            damage.get_or_insert(stop.damage);
            if !more {
                break;
            }
        }
        Err(match damage {
            Some(damage) => hash_store::Error::CorruptCommitted(damage).into(),
            None => hash_store::Error::LogBehind {
                expected: tip.batch,
            }
            .into(),
        })
    }
}

/// The nodes of one tree: from its tiles, or computed from the record log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nodes<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) files: &'a TreeFiles,
    pub(crate) tree: TreeType,
    pub(crate) tip: &'a LogTip,
}

impl Nodes<'_> {
    fn leaf(&self, index: u64) -> Result<Hash> {
        if self.files.ordinal == AUDIT {
            let record = self.shared.commit(index + 1, self.tip)?;
            return Ok(AUDIT_TREE.leaf(&record.body_bytes));
        }
        let entry = self.shared.entry(self.files, index, self.tip)?;
        Ok(self.tree.leaf(&entry))
    }
}

impl NodeReader for Nodes<'_> {
    type Error = Error;

    /// Recursion is as deep as the node is high: at most 63.
    fn node(&self, id: NodeId) -> Result<Hash> {
        let trusted = TreeSize(self.files.trusted.load(Ordering::Acquire));
        if id.is_complete_in(trusted) {
            if let Ok(hash) = self.files.tiles.at(trusted).node(id) {
                return Ok(hash);
            }
        }
        let Some(below) = id.level.checked_sub(1) else {
            return self.leaf(id.index);
        };
        let left = self.node(NodeId::new(below, id.index * 2))?;
        let right = self.node(NodeId::new(below, id.index * 2 + 1))?;
        Ok(self.tree.node(&left, &right))
    }
}
