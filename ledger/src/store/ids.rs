//! Look-ups held against the log: what a fingerprint finds is a hint, the log's frames decide.

use std::ops::Range;

use hash_store::{FRAME_HEADER_LEN, FrameKind, LogTip, Position, RunRecord, StoredFrame};
use merkle_log::{Hash, TreeType};

use super::lookup::{Lookup, LookupKind, id_fingerprint, leaf_fingerprint};
use super::shared::{Published, Shared, TreeFiles};
use crate::error::{Error, Result};
use crate::record::Entries;

/// The records of the ids in a frame.
pub(crate) fn id_records<'a>(ids: &Entries<'a>) -> impl Iterator<Item = RunRecord> + use<'a> {
    let ids = ids.iter().filter(|(_, id)| !id.is_empty());
    ids.map(|(leaf, id)| RunRecord {
        fingerprint: id_fingerprint(id),
        leaf,
    })
}

/// One ledger, to be looked up in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InLedger<'a> {
    pub(crate) files: &'a TreeFiles,
    pub(crate) tree: TreeType,
    pub(crate) tip: &'a LogTip,
}

impl<'a> InLedger<'a> {
    pub(crate) fn of(at: &'a Published, ordinal: usize) -> Option<Self> {
        Some(Self {
            files: at.trees.get(ordinal)?,
            tree: at.roots.ledgers.get(ordinal)?.tree,
            tip: &at.log,
        })
    }
}

impl Shared {
    /// The first leaf with an id among the first `size` committed ones of a ledger.
    pub(crate) fn find_id(&self, ordinal: usize, id: &[u8], size: u64) -> Result<Option<u64>> {
        self.find_id_at(&self.tip(), ordinal, id, size)
    }

    /// The same beside a snapshot.
    pub(crate) fn find_id_at(
        &self,
        at: &Published,
        ordinal: usize,
        id: &[u8],
        size: u64,
    ) -> Result<Option<u64>> {
        let lookup = at.lookups.get(ordinal).and_then(|l| l.ids.as_ref());
        let Some((lookup, ledger)) = lookup.zip(InLedger::of(at, ordinal)) else {
            return Ok(None);
        };
        for leaf in self.candidates(lookup, ledger, id_fingerprint(id), size)? {
            if self.id_of(ledger, leaf)?.as_deref() == Some(id) {
                return Ok(Some(leaf));
            }
        }
        Ok(None)
    }

    /// Whether an entry has this leaf hash.
    pub(crate) fn has_hash(&self, ledger: InLedger<'_>, leaf: u64, hash: &Hash) -> Result<bool> {
        if leaf < self.first_entry(ledger.files.ordinal) {
            let found = self.leaf_hashes(ledger.files, leaf..leaf + 1, ledger.tip)?;
            return Ok(found.first() == Some(hash));
        }
        let (_, frame) = self.entries_frame(ledger.files, leaf, ledger.tip)?;
        let entries = Entries::decode(&frame.payload, frame.batch)?;
        let entry = entries.get(leaf);
        Ok(entry.is_some_and(|entry| ledger.tree.leaf(entry) == *hash))
    }

    /// The leaves that have a fingerprint among the first `size`.
    pub(crate) fn candidates(
        &self,
        lookup: &Lookup,
        ledger: InLedger<'_>,
        fingerprint: u64,
        size: u64,
    ) -> Result<Vec<u64>> {
        let kind = lookup.kind();
        lookup.find(fingerprint, size, &|range| {
            self.records(ledger, kind, range)
        })
    }

    /// The id of an entry.
    pub(crate) fn id_of(&self, ledger: InLedger<'_>, leaf: u64) -> Result<Option<Vec<u8>>> {
        let (at, frame) = self.entries_frame(ledger.files, leaf, ledger.tip)?;
        let Some(ids) = self.ids_frame(at, &frame)? else {
            return Ok(None);
        };
        let ids = Entries::decode_ids(&ids.payload, ids.batch)?;
        let id = ids.get(leaf).filter(|id| !id.is_empty());
        Ok(id.map(<[u8]>::to_vec))
    }

    /// The ids of the entries in a frame: in the frame behind it.
    fn ids_frame(&self, at: Position, frame: &StoredFrame) -> Result<Option<StoredFrame>> {
        let payload = frame.payload.len().next_multiple_of(8);
        let behind = at.offset() + (FRAME_HEADER_LEN + payload) as u64;
        // A body frame at least follows the entries of a commit.
        let next = self.segments.frame(Position::new(at.segment(), behind))?;
        if next.kind != FrameKind::Ids {
            return Ok(None);
        }
        let entries = Entries::decode(&frame.payload, frame.batch)?;
        let ids = Entries::decode_ids(&next.payload, next.batch)?;
        let misplaced = Error::Payload {
            batch: next.batch,
            what: "place of an ids frame",
            at: 0,
        };
        let fits = next.batch == frame.batch && ids.are_of(&entries);
        fits.then_some(Some(next)).ok_or(misplaced)
    }

    /// What a look-up holds of some leaves, read from the log.
    pub(crate) fn records(
        &self,
        ledger: InLedger<'_>,
        kind: LookupKind,
        leaves: Range<u64>,
    ) -> Result<Vec<RunRecord>> {
        let mut records = Vec::new();
        // Of entries that are not in the log the tree has the leaf hashes, and nothing has ids.
        let first = self.first_entry(ledger.files.ordinal);
        let mut next = leaves.start.max(first.min(leaves.end));
        if kind == LookupKind::LeafHash {
            let before = leaves.start..next;
            let hashes = self.leaf_hashes(ledger.files, before.clone(), ledger.tip)?;
            records.extend(before.zip(hashes).map(|(leaf, hash)| RunRecord {
                fingerprint: leaf_fingerprint(&hash),
                leaf,
            }));
        }
        while next < leaves.end {
            let (at, frame) = self.entries_frame(ledger.files, next, ledger.tip)?;
            let entries = Entries::decode(&frame.payload, frame.batch)?;
            let from = next;
            next = entries.first + u64::from(entries.count);
            let wanted = |record: &RunRecord| (from..leaves.end).contains(&record.leaf);
            match kind {
                LookupKind::LeafHash => {
                    let found = entries.iter().map(|(leaf, entry)| RunRecord {
                        fingerprint: leaf_fingerprint(&ledger.tree.leaf(entry)),
                        leaf,
                    });
                    records.extend(found.filter(wanted));
                }
                LookupKind::Id => {
                    if let Some(ids) = self.ids_frame(at, &frame)? {
                        let ids = Entries::decode_ids(&ids.payload, ids.batch)?;
                        records.extend(id_records(&ids).filter(wanted));
                    }
                }
            }
        }
        Ok(records)
    }
}
