//! Derived files made anew for a reader that may not write, from the log alone.
//!
//! They are made when first needed: where an index or a tile of the store is missing, damaged or
//! behind. They lie in memory or wherever the reader was told to put them, at 72 bytes an entry and what the
//! nodes of the states take.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{BatchKind, Damage, Found, FrameKind, LogTip, Position, SEGMENT_LEN_MAX, Storage};

use super::derived::{TreePlace, TreeWriter};
use super::open::first_tip;
use super::shared::{CommitRecord, Gaps, Shared, TreeFiles, attachment_heights, lost};
use super::states::StateFolder;
use crate::body::LedgerRoots;
use crate::error::{Error, Result};
use crate::head::Head;
use crate::record::{AUDIT, Entries};
use crate::state::StateFiles;

/// Tiles and indexes of every tree, nodes and roots of every state.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Number of the last batch they cover.
    pub(crate) batch: u64,
    audit: Arc<TreeFiles>,
    ledgers: Vec<Arc<TreeFiles>>,
    states: Vec<Option<Arc<StateFiles>>>,
    /// The batch that attached something to a height last, after its commit.
    pub(crate) attachments: BTreeMap<u64, Position>,
    /// Damage that may have taken attachments.
    pub(crate) lost_attachments: Option<Damage>,
    /// Why later states could not be made.
    states_end: Option<Arc<Error>>,
}

impl Scratch {
    /// Replays the log up to `tip`. Behind a damaged commit entries are still indexed; nodes are not
    /// to be had there, since their subtrees are not. Behind other damage, which the chain tells
    /// from a commit's, nothing is missing.
    ///
    /// # Errors
    /// What reading the log or writing the files gives.
    pub(crate) fn build(shared: &Shared, storage: &Arc<dyn Storage>, tip: &LogTip) -> Result<Self> {
        let place = TreePlace::audit(shared.uuid);
        let mut audit = place.create(storage)?;
        let mut ledgers: Vec<TreeWriter> = Vec::new();
        let base = shared.base.clone();
        let mut head = Some(Head::empty(
            shared.network.clone(),
            std::iter::empty(),
            base,
        ));
        let mut states = Vec::new();
        let mut attachments = BTreeMap::new();
        // Not by declarations, which may be damaged: later commits name all ledgers.
        for ordinal in (0u32..).take(shared.tip().roots.ledgers.len()) {
            ledgers.push(tree_of(shared, ordinal).create(storage)?);
        }
        let most = entries_max(shared);
        let mut gaps = Gaps::after(&first_tip(&shared.network));
        // The damage passed over last, and what ended the states.
        let (mut damage, mut states_end) = (None, None);
        let mut scan = shared.scan(tip);
        loop {
            let stop = match scan.next()? {
                None => break,
                Some(Found::Batch { at, batch }) => {
                    if !gaps.batch(&batch) && head.take().is_some() {
                        states_end = Some(lost(tip, damage.take()));
                    }
                    if batch.header.kind == BatchKind::Attachment {
                        let heights = attachment_heights(&batch, u64::MAX)?.into_iter();
                        attachments.extend(heights.map(|height| (height, at)));
                    }
                    if matches!(batch.header.kind, BatchKind::Commit | BatchKind::Base) {
                        index(&ledgers, &audit, at, &batch, most)?;
                        if let Some(known) = &mut head {
                            known.declare_all(&named(shared, at, &batch)?);
                            give_files(known, &mut states, shared.uuid, storage)?;
                        }
                        let step = head.as_mut().map(|head| head.follow(at, &batch));
                        match step {
                            Some(Ok(step)) => {
                                for (tree, added) in ledgers.iter_mut().zip(&step.ledgers) {
                                    if let Some((growth, positions)) = added {
                                        tree.append(growth, batch.header.height, positions);
                                    }
                                }
                                let position = step.position.as_slice();
                                audit.append(&step.audit, batch.header.height, position);
                            }
                            Some(Err(error)) => {
                                head = None;
                                // What a base lacks may have been in what was passed over.
                                let before = batch.header.kind == BatchKind::Base;
                                let damage = damage.take().filter(|_| before);
                                states_end = Some(damage.map_or(error, Error::Log));
                            }
                            None => {}
                        }
                    }
                    continue;
                }
                Some(Found::Stop(stop)) => stop,
            };
            gaps.stop(&stop.damage);
            damage = Some(hash_store::Error::CorruptCommitted(stop.damage.clone()));
            if !scan.resume_after(&stop)? {
                break;
            }
        }
        Ok(Self {
            batch: tip.batch,
            audit: audit.files,
            ledgers: ledgers.into_iter().map(|tree| tree.files).collect(),
            states,
            attachments,
            lost_attachments: gaps.finish(),
            states_end: states_end.or(damage.map(Error::Log)).map(Arc::new),
        })
    }

    /// Why a state up to a tip is not among those that were made.
    pub(crate) fn states_end(&self, tip: &LogTip) -> Arc<Error> {
        let known = self.states_end.as_ref().map(Arc::clone);
        known.unwrap_or_else(|| Arc::new(lost(tip, None)))
    }

    /// The files of a ledger's state.
    pub(crate) fn state(&self, ordinal: usize) -> Option<&Arc<StateFiles>> {
        self.states.get(ordinal)?.as_ref()
    }

    /// The files of a tree.
    pub(crate) fn tree(&self, ordinal: u32) -> Option<&TreeFiles> {
        if ordinal == AUDIT {
            return Some(&self.audit);
        }
        let ordinal = usize::try_from(ordinal).ok()?;
        self.ledgers.get(ordinal).map(|files| &**files)
    }
}

/// The ledgers that there are at a commit, or at a part of a base.
fn named(shared: &Shared, at: Position, batch: &hash_store::Batch<'_>) -> Result<Vec<LedgerRoots>> {
    if batch.header.kind == BatchKind::Commit {
        return Ok(CommitRecord::of_batch(batch, at)?.body.ledgers);
    }
    let count = shared.base.as_ref().map_or(0, |base| base.sizes.len());
    let mut ledgers = shared.tip().roots.ledgers.clone();
    ledgers.truncate(count);
    Ok(ledgers)
}

/// Gives the states of new ledgers files to lie in.
fn give_files(
    head: &mut Head,
    states: &mut Vec<Option<Arc<StateFiles>>>,
    uuid: [u8; 16],
    storage: &Arc<dyn Storage>,
) -> Result<()> {
    let known = states.len();
    for (ledger, ordinal) in head.ledgers.iter_mut().zip(0u32..).skip(known) {
        let folder = StateFolder::of(
            storage,
            uuid,
            ordinal,
            format!("ledger-{ordinal}"),
            ledger.spec.state,
        );
        let state = folder.map(|folder| folder.create()).transpose()?;
        states.push(state.as_ref().map(|state| Arc::clone(&state.files)));
        ledger.state = state;
    }
    Ok(())
}

/// Where a ledger's tree is made anew; its name may not be known yet.
fn tree_of(shared: &Shared, ordinal: u32) -> TreePlace {
    TreePlace::new(shared.uuid, ordinal, format!("ledger-{ordinal}"))
}

/// No log of this length has more entries, nor more commits: each takes four bytes, and more.
fn entries_max(shared: &Shared) -> u64 {
    let segments = (0..shared.segments.count()).map(|number| {
        let segment = shared.segments.get(number);
        segment.map_or(SEGMENT_LEN_MAX, |segment| segment.batches_end())
    });
    segments.fold(0, u64::saturating_add) / 4
}

/// Indexes a commit's entries and the commit itself, whether or not its roots can be computed. What
/// says that it stands behind the `most` entries that there can be is a lie, and is left out.
fn index(
    ledgers: &[TreeWriter],
    audit: &TreeWriter,
    at: Position,
    batch: &hash_store::Batch<'_>,
    most: u64,
) -> Result<()> {
    for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Entries) {
        let entries = Entries::decode(frame.payload, frame.batch)?;
        let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
        let position = Position::new(at.segment(), frame.offset);
        let count = usize::try_from(entries.count).unwrap_or(0);
        let is_possible = entries.first + u64::from(entries.count) <= most;
        if let Some(tree) = ledgers.get(ordinal).filter(|_| is_possible) {
            tree.index(entries.first, &vec![position; count])?;
        }
    }
    match batch.header.height {
        height if height > most => Ok(()),
        0 => Ok(()),
        height => audit.index(height - 1, &[at]),
    }
}
