//! The reading side of a store, shared by its writer, its snapshots and its threads.
//!
//! Invariants:
//!
//! - what is published is durable, or marked as of unknown durability, and never changes;
//! - an index or tile is a hint: what it leads to is verified, and what it cannot answer is made
//!   anew from the record log.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};

use hash_store::{
    Base, Batch, BatchKind, Damage, FrameKind, HEADER_LEN, LogTip, Position, Scan, Segments,
    SlotIndex, Storage, StoredFrame, first_chain,
};
use merkle_log::tiles::TileReader;
use merkle_log::{Hash, NodeId, NodeReader, RightEdge, TreeSize};

use super::base::check_height;
use super::counters::Counts;
use super::kept::{Pin, Pins};
use super::lookup::LedgerLookups;
use super::scratch::Scratch;
use super::states::PublishedState;
use super::subscribe::News;
use super::sync::{AtomicU64, Mutex, RwLock};
use crate::body::{CommitBody, LedgerRoots};
use crate::error::{Error, Result};
use crate::head::{Head, LedgerHead, LedgerSpec};
use crate::names::NetworkId;
use crate::record::{AUDIT, Attachment, AttachmentRecord, BodyRecord, Entries, decode_declaration};

/// Leaf hashes that are read together.
const LEAVES_AT_ONCE: usize = 256;

/// What readers of one store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) network: NetworkId,
    /// What the log begins with, if that is not height 1.
    pub(crate) base: Option<Arc<Base>>,
    pub(crate) uuid: [u8; 16],
    pub(crate) audit: Arc<TreeFiles>,
    pub(crate) attachments: Option<SlotIndex>,
    pub(crate) pins: Arc<Pins>,
    pub(crate) news: News,
    pub(crate) counts: Counts,
    tip: RwLock<Arc<Published>>,
    scratch: Mutex<Option<Arc<Scratch>>>,
    scratch_storage: Arc<dyn Storage>,
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
    /// The ledgers' states, in the same order; `None` of a ledger without.
    pub(crate) states: Vec<Option<PublishedState>>,
    /// The ledgers' look-ups, in the same order.
    pub(crate) lookups: Vec<LedgerLookups>,
    pub(crate) attached: Attached,
    /// Keeps the states of this height, as far as they were kept when it was made.
    pub(crate) pin: Arc<Pin>,
    pub(crate) edges: Edges,
}

/// The right edges of the trees at one height, each made for the first proof that needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edges(OnceLock<Vec<OnceLock<RightEdge>>>);

impl Edges {
    /// The place of one of `count` trees.
    pub(crate) fn of(&self, tree: usize, count: usize) -> Option<&OnceLock<RightEdge>> {
        let made = || (0..count).map(|_| OnceLock::new()).collect();
        self.0.get_or_init(made).get(tree)
    }
}

/// How the last attachment of a height is found. The attachment index has no root to be held
/// against: a slot that was not written since is right and out of date.
#[derive(Clone, Debug)]
pub(crate) enum Attached {
    /// The index is as its writer left it.
    Index,
    /// The index is believed up to a height and place in the log; what was attached behind that
    /// place is known.
    IndexUntil(u64, Position, Arc<BTreeMap<u64, Position>>),
    /// The index is not believed: the log is searched.
    Log,
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

    /// Takes in the ledgers that a declaration batch declares, and names them.
    pub(crate) fn declare(&mut self, batch: &Batch<'_>) -> Result<Vec<LedgerSpec>> {
        let mut declared = Vec::new();
        for frame in &batch.frames {
            if frame.kind == FrameKind::Declaration {
                let (_, declaration) = decode_declaration(frame.payload, frame.batch)?;
                let spec = LedgerSpec::from_declaration(&declaration, frame.batch)?;
                self.ledgers.push(LedgerHead::empty(spec.clone()).roots());
                declared.push(spec);
            }
        }
        Ok(declared)
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
        if body.height != height {
            return Err(Error::Payload {
                batch: number,
                what: "height of a commit's body",
                at: 0,
            });
        }
        let attachments = attachments_of(batch, height)?;
        Ok(Self {
            body_bytes: record.body.to_vec(),
            metadata: record.metadata.to_vec(),
            audit_root: record.audit_root_after,
            batch: number,
            position,
            chain: batch.chain_after,
            attachments: attachments.0,
            body,
        })
    }
}

/// What a batch attaches to a height, and the position of the batch that did so before.
pub(crate) fn attachments_of(
    batch: &Batch<'_>,
    height: u64,
) -> Result<(Vec<Attachment>, Option<Position>)> {
    let (mut found, mut first) = (Vec::new(), None);
    for frame in &batch.frames {
        let record = AttachmentRecord::of_frame(frame)?;
        let Some(record) = record.filter(|record| record.height == height) else {
            continue;
        };
        first.get_or_insert(record.previous);
        if frame.kind == FrameKind::Attachment {
            found.push(Attachment {
                kind: record.kind,
                bytes: record.bytes.to_vec(),
            });
        }
    }
    Ok((found, first.flatten()))
}

/// The heights that a batch attaches something to, none of them beyond the `last` commit before it.
pub(crate) fn attachment_heights(batch: &Batch<'_>, last: u64) -> Result<Vec<u64>> {
    let records = batch.frames.iter().map(AttachmentRecord::of_frame);
    let records = records.filter_map(Result::transpose);
    let number = batch.header.number;
    records
        .map(|record| {
            let record = record?;
            if record.height > last {
                return Err(Error::Payload {
                    batch: number,
                    what: "height of an attachment",
                    at: 0,
                });
            }
            Ok(record.height)
        })
        .collect()
}

/// Follows a walk that passes over damage, and says whether attachment batches may be among what
/// was lost: the chain tells a single lost commit from them.
#[derive(Debug)]
pub(crate) struct Gaps {
    next_batch: u64,
    chain: [u8; 32],
    /// Damage behind the last batch.
    open: Option<Damage>,
    lost: Option<Damage>,
}

impl Gaps {
    /// A walk that starts behind this tip.
    pub(crate) const fn after(tip: &LogTip) -> Self {
        Self {
            next_batch: tip.batch + 1,
            chain: tip.chain,
            open: None,
            lost: None,
        }
    }

    pub(crate) fn stop(&mut self, damage: &Damage) {
        self.open.get_or_insert_with(|| damage.clone());
    }

    /// Takes in the next batch that verifies; answers whether no commit is missing before it.
    pub(crate) fn batch(&mut self, batch: &Batch<'_>) -> bool {
        let header = &batch.header;
        let no_commit_lost = header.chain_before == self.chain;
        let one_commit_lost = !no_commit_lost && header.number == self.next_batch + 1;
        match self.open.take() {
            Some(damage) if !one_commit_lost => {
                self.lost.get_or_insert(damage);
            }
            _ => {}
        }
        self.next_batch = header.number + 1;
        self.chain = batch.chain_after;
        no_commit_lost
    }

    /// The damage that may have taken attachments, if any.
    pub(crate) fn finish(self) -> Option<Damage> {
        self.lost.or(self.open)
    }
}

impl Shared {
    pub(crate) fn new(
        segments: Arc<Segments>,
        (network, base): (NetworkId, Option<Arc<Base>>),
        audit: Arc<TreeFiles>,
        attachments: Option<SlotIndex>,
        tip: Published,
        scratch_storage: Arc<dyn Storage>,
        pins: Arc<Pins>,
    ) -> Self {
        Self {
            storage: Arc::clone(segments.storage()),
            uuid: segments.uuid(),
            segments,
            network,
            base,
            audit,
            attachments,
            pins,
            news: News::default(),
            counts: Counts::default(),
            tip: RwLock::new(Arc::new(tip)),
            scratch: Mutex::default(),
            scratch_storage,
        }
    }

    pub(crate) fn tip(&self) -> Arc<Published> {
        Arc::clone(&self.tip.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, tip: Published) {
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tip);
        self.news.arrived();
    }

    /// A scan of the whole log up to `tip`.
    pub(crate) fn scan(&self, tip: &LogTip) -> Scan {
        let start = Position::new(0, HEADER_LEN);
        let chain = first_chain(self.network.as_str());
        Scan::new(Arc::clone(&self.segments), start, 1, Some(chain)).until(tip.end)
    }

    /// The frame that holds an entry of a ledger, and where it is.
    pub(crate) fn entries_frame(
        &self,
        tree: &TreeFiles,
        index: u64,
        tip: &LogTip,
    ) -> Result<(Position, StoredFrame)> {
        self.check_entry(tree.ordinal, index)?;
        let holds = |frame: &StoredFrame| {
            frame.kind == FrameKind::Entries
                && Entries::decode(&frame.payload, frame.batch).is_ok_and(|entries| {
                    entries.ledger == tree.ordinal && entries.get(index).is_some()
                })
        };
        let indexed = tree.position(index);
        let damage = match indexed.map(|at| (at, self.segments.frame(at))) {
            Some((at, Ok(frame))) if holds(&frame) => return Ok((at, frame)),
            Some((_, Err(error))) => Some(error),
            _ => None,
        };
        let scratch = self.scratch(tip)?;
        let position = scratch.tree(tree.ordinal).and_then(|t| t.position(index));
        let position = position.ok_or_else(|| lost(tip, damage))?;
        let frame = self.segments.frame(position)?;
        let frame = Some(frame).filter(holds);
        Ok((position, frame.ok_or_else(|| lost(tip, None))?))
    }

    /// The leaf hashes of some leaves, from the tree.
    pub(crate) fn leaf_hashes(
        &self,
        files: &TreeFiles,
        leaves: Range<u64>,
        tip: &LogTip,
    ) -> Result<Vec<Hash>> {
        let nodes = Nodes {
            shared: self,
            files,
            tip,
        };
        let mut hashes = Vec::new();
        let mut next = leaves.start;
        while next < leaves.end {
            let end = leaves.end.min(next + LEAVES_AT_ONCE as u64);
            let ids = (next..end).map(|index| NodeId { level: 0, index });
            nodes.nodes(ids, &mut hashes)?;
            next = end;
        }
        Ok(hashes)
    }

    /// The commit at a height.
    pub(crate) fn commit(&self, height: u64, tip: &LogTip) -> Result<CommitRecord> {
        let last = tip.height;
        if height == 0 || height > last {
            return Err(Error::NoSuchHeight {
                asked: height,
                last,
            });
        }
        check_height(self.base.as_ref(), height)?;
        let read = |position| {
            self.segments.batch(position, |batch| {
                (batch.header.height == height).then(|| CommitRecord::of_batch(batch, position))
            })
        };
        let damage = match self.audit.position(height - 1).map(read) {
            Some(Ok(Some(record))) => return record,
            Some(Err(error)) => Some(error),
            _ => None,
        };
        let scratch = self.scratch(tip)?;
        let position = scratch.tree(AUDIT).and_then(|t| t.position(height - 1));
        match read(position.ok_or_else(|| lost(tip, damage))?)? {
            Some(record) => record,
            None => Err(lost(tip, None)),
        }
    }

    /// The batch that attached something to a height last, after its commit.
    pub(crate) fn last_attachment(&self, height: u64, at: &Published) -> Result<Option<Position>> {
        let slot = |index: &SlotIndex| {
            let bits = index.get(height - 1).ok()??;
            Some(Some(bits).filter(|bits| *bits != index.nowhere(height - 1)))
        };
        let hint = match (&at.attached, &self.attachments) {
            (Attached::IndexUntil(.., later), _) if later.contains_key(&height) => {
                Some(later.get(&height).copied())
            }
            (Attached::IndexUntil(last, ..), _) if height > *last => Some(None),
            (Attached::Log, _) | (_, None) => None,
            (Attached::Index, Some(index)) => slot(index),
            (Attached::IndexUntil(_, end, _), Some(index)) => {
                slot(index).filter(|hint| hint.is_none_or(|position| position < *end))
            }
        };
        match hint {
            Some(None) => return Ok(None),
            Some(Some(position)) if self.attaches(position, height) => return Ok(Some(position)),
            _ => {}
        }
        let scratch = self.scratch(&at.log)?;
        match &scratch.lost_attachments {
            None => Ok(scratch.attachments.get(&height).copied()),
            Some(damage) => Err(hash_store::Error::CorruptCommitted(damage.clone()).into()),
        }
    }

    fn attaches(&self, position: Position, height: u64) -> bool {
        let found = self.segments.batch(position, |batch| {
            batch.header.kind == BatchKind::Attachment
                && attachment_heights(batch, u64::MAX)
                    .is_ok_and(|heights| heights.contains(&height))
        });
        found.unwrap_or(false)
    }

    /// Derived files made anew, where those of the store do not answer.
    pub(super) fn scratch(&self, tip: &LogTip) -> Result<Arc<Scratch>> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = scratch.as_ref().filter(|made| made.batch >= tip.batch) {
            return Ok(Arc::clone(made));
        }
        let _span = tracing::info_span!(target: "ledger", "rebuild", height = tip.height).entered();
        self.counts.rebuilds.add(1);
        let made = Arc::new(Scratch::build(self, &self.scratch_storage, tip)?);
        *scratch = Some(Arc::clone(&made));
        Ok(made)
    }
}

/// Something before the tip that the log does not hold any more, or what stands in its place.
pub(super) fn lost(tip: &LogTip, damage: Option<hash_store::Error>) -> Error {
    let behind = hash_store::Error::LogBehind {
        expected: tip.batch,
    };
    damage.unwrap_or(behind).into()
}

impl TreeFiles {
    pub(super) fn position(&self, slot: u64) -> Option<Position> {
        self.index.as_ref()?.get(slot).ok()?
    }
}

/// The nodes of one tree: from its tiles, or computed from the record log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nodes<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) files: &'a TreeFiles,
    pub(crate) tip: &'a LogTip,
}

impl NodeReader for Nodes<'_> {
    type Error = Error;

    fn node(&self, id: NodeId) -> Result<Hash> {
        let trusted = self.trusted();
        if id.is_complete_in(trusted)
            && let Ok(hash) = self.files.tiles.at(trusted).node(id)
        {
            return Ok(hash);
        }
        let scratch = self.shared.scratch(self.tip)?;
        let files = scratch.tree(self.files.ordinal);
        let files = files.ok_or_else(|| lost(self.tip, None))?;
        let size = TreeSize(files.trusted.load(Ordering::Acquire));
        Ok(files.tiles.at(size).node(id)?)
    }

    /// All from the tiles, or each from where it can be had.
    fn nodes(&self, ids: impl Iterator<Item = NodeId>, out: &mut Vec<Hash>) -> Result<()> {
        let ids: Vec<NodeId> = ids.collect();
        let before = out.len();
        let tiles = self.files.tiles.at(self.trusted());
        if tiles.nodes(ids.iter().copied(), out).is_ok() {
            return Ok(());
        }
        out.truncate(before);
        for id in ids {
            out.push(self.node(id)?);
        }
        Ok(())
    }
}

impl Nodes<'_> {
    /// What the tiles may be believed to hold.
    fn trusted(&self) -> TreeSize {
        TreeSize(self.files.trusted.load(Ordering::Acquire))
    }
}
