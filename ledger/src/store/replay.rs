//! Replaying the log into derived files, with every root checked against the recorded one.

use std::sync::Arc;

use hash_store::{Batch, BatchKind, FrameKind, Position, SlotIndex, Storage};
use merkle_log::{Growth, Hash};

use super::derived::{TreePlace, TreeWriter};
use super::shared::{CommitRecord, attachment_heights};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec};
use crate::record::{Entries, decode_declaration};

/// The derived files of a store while the log is replayed into them.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) uuid: [u8; 16],
    pub(crate) head: Head,
    pub(crate) audit: TreeWriter,
    pub(crate) ledgers: Vec<TreeWriter>,
    pub(crate) attachments: SlotIndex,
}

impl Replay {
    /// Takes in the next batch of the log.
    ///
    /// # Errors
    /// [`Error::Mismatch`] where a recorded root is not that of the entries; [`Error::Payload`];
    /// what creating a new ledger's files gives.
    pub(crate) fn batch(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        match batch.header.kind {
            BatchKind::Declaration => self.declare(batch),
            BatchKind::Commit => self.commit(at, batch),
            BatchKind::Attachment => {
                for height in attachment_heights(batch)? {
                    self.attachments.set(height - 1, &[at])?;
                }
                Ok(())
            }
        }
    }

    fn declare(&mut self, batch: &Batch<'_>) -> Result<()> {
        let number = batch.header.number;
        for frame in &batch.frames {
            if frame.kind != FrameKind::Declaration {
                continue;
            }
            let (ordinal, declaration) = decode_declaration(frame.payload, number)?;
            let known = self.head.ledgers.len();
            if usize::try_from(ordinal) != Ok(known) {
                return Err(Error::Payload {
                    batch: number,
                    what: "ordinal of a declaration",
                    at: 0,
                });
            }
            let spec = LedgerSpec::from_declaration(&declaration, number)?;
            let place = TreePlace::new(self.uuid, ordinal, declaration.name);
            self.ledgers.push(place.create(&self.storage)?);
            self.head.ledgers.push(LedgerHead::empty(spec));
        }
        Ok(())
    }

    fn commit(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        let number = batch.header.number;
        let record = CommitRecord::of_batch(batch, at)?;
        let mut added = self.gather(at, batch)?;
        for ((ledger, tree), (pending, positions)) in self
            .head
            .ledgers
            .iter_mut()
            .zip(&mut self.ledgers)
            .zip(&mut added)
        {
            if pending.is_empty() {
                continue;
            }
            let kind = ledger.spec.tree;
            let mut leaves = Vec::with_capacity(pending.len());
            kind.leaves(pending, &mut leaves);
            let growth = Growth::new(kind, &ledger.range, leaves).map_err(|_| too_many(number))?;
            ledger.range = growth.after().clone();
            ledger.root = ledger.range.root(kind).map_err(|_| too_many(number))?;
            tree.append(&growth, record.body.height, positions);
        }
        let before = self.head.audit_root;
        check(
            number,
            "audit root before",
            record.body.audit_root_before,
            before,
        )?;
        for (ledger, recorded) in self.head.ledgers.iter().zip(&record.body.ledgers) {
            check(number, "root", recorded.root, ledger.root)?;
        }
        if record.body.ledgers.len() != self.head.ledgers.len() {
            return Err(too_many(number));
        }
        let leaf = vec![AUDIT_TREE.leaf(&record.body_bytes)];
        let growth =
            Growth::new(AUDIT_TREE, &self.head.audit, leaf).map_err(|_| too_many(number))?;
        self.head.audit = growth.after().clone();
        let root = self.head.audit.root(AUDIT_TREE);
        self.head.audit_root = root.map_err(|_| too_many(number))?;
        check(
            number,
            "audit root after",
            record.audit_root,
            self.head.audit_root,
        )?;
        self.head.height = record.body.height;
        self.head.time_ms = record.body.time_ms;
        self.audit.append(&growth, record.body.height, &[at]);
        Ok(())
    }

    /// The entries of a commit by ledger, each with the position of its frame.
    #[expect(clippy::type_complexity, reason = "one private answer")]
    fn gather<'a>(
        &self,
        at: Position,
        batch: &Batch<'a>,
    ) -> Result<Vec<(Vec<&'a [u8]>, Vec<Position>)>> {
        let mut added: Vec<(Vec<&[u8]>, Vec<Position>)> = Vec::new();
        added.resize_with(self.head.ledgers.len(), Default::default);
        for frame in &batch.frames {
            if frame.kind != FrameKind::Entries {
                continue;
            }
            let misfit = Error::Payload {
                batch: frame.batch,
                what: "ledger or index of an entries frame",
                at: 0,
            };
            let entries = Entries::decode(frame.payload, frame.batch)?;
            let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
            let (Some((pending, positions)), Some(ledger)) =
                (added.get_mut(ordinal), self.head.ledgers.get(ordinal))
            else {
                return Err(misfit);
            };
            if entries.first != ledger.size() + pending.len() as u64 {
                return Err(misfit);
            }
            let position = Position::new(at.segment(), frame.offset);
            for (_, entry) in entries.iter() {
                pending.push(entry);
                positions.push(position);
            }
        }
        Ok(added)
    }
}

fn check(batch: u64, what: &'static str, expected: Hash, computed: Hash) -> Result<()> {
    if expected == computed {
        return Ok(());
    }
    Err(Error::Mismatch {
        batch,
        what,
        expected,
        computed,
    })
}

const fn too_many(batch: u64) -> Error {
    Error::Payload {
        batch,
        what: "number of ledgers or entries",
        at: 0,
    }
}
