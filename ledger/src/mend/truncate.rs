//! Taking a store back to an earlier height: log, trees, states and indexes together.
//!
//! Invariants:
//!
//! - one superblock is the switch: before it is on the disk the store is as it was, from then on it
//!   ends at the earlier height, whatever its files still hold;
//! - what is cut off keeps its bytes in `lost+found`;
//! - every batch that stays is verified before anything is written.

use std::sync::Arc;

use hash_store::{
    Access, BatchKind, Declaration, Found, FrameKind, LogOptions, LogTip, Position, Scan, Segments,
    Storage, Superblock, Superblocks, keep_log_after,
};
use merkle_log::Hash;

use crate::error::{Error, Result};
use crate::names::NetworkId;
use crate::record::decode_declaration;
use crate::store::{CommitRecord, OpenReport, Store, check_height, first_tip, tip_after};

/// What taking a store back does, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truncation {
    /// The last height that stays.
    pub height: u64,
    /// Root of the audit tree there.
    pub audit_root: Hash,
    /// Where the log will end: batches that attach or declare something and follow the commit of
    /// that height stay.
    pub end: Position,
    /// The last batch that stays.
    pub batch: u64,
    /// The last height that goes; where the log is damaged behind, at least one more than stays.
    pub height_before: u64,
    /// The folder that keeps what was cut off; `None` while this is a plan.
    pub kept_in: Option<String>,
}

/// Where a log is to end.
struct Cut {
    tip: LogTip,
    ledgers: Vec<Declaration>,
    audit_root: Hash,
}

/// Says what [`truncate`] would do. Takes no lock and writes nothing.
///
/// # Errors
/// [`Error::NoSuchHeight`] where the store does not reach so far, [`Error::BeforeBase`] where it
/// begins later; `CorruptCommitted` of
/// [`hash_store::Error`] where a batch that would stay is damaged.
pub fn plan_truncation(storage: &Arc<dyn Storage>, height: u64) -> Result<Truncation> {
    let state = Superblocks::read(&**storage)?;
    let segments = Segments::open(Arc::clone(storage), state.current.uuid, Access::Read)?;
    let (cut, height_before) = find(&Arc::new(segments), &state.current, height)?;
    Ok(cut.into_truncation(height_before, None))
}

/// Takes a store back to `height`; 0 leaves its declarations, and no height before the one that it
/// begins with can be taken. It must have no writer, and need not
/// be in order behind that height.
///
/// # Errors
/// As [`plan_truncation`]; `Locked`, `StoreFull`, `Io` of [`hash_store::Error`]. After an error the
/// store is as it was, or cut: then the next open for writing completes it.
pub fn truncate(
    storage: &Arc<dyn Storage>,
    height: u64,
    options: LogOptions,
) -> Result<(Truncation, OpenReport)> {
    let (mut superblocks, state) = Superblocks::open(&**storage)?;
    let before = state.current;
    let segments = Segments::open(Arc::clone(storage), before.uuid, Access::Read)?;
    let segments = Arc::new(segments);
    let (cut, height_before) = find(&segments, &before, height)?;
    let kept_in = keep_log_after(&segments, cut.tip.end)?;
    superblocks.write(Superblock {
        clean: false,
        cut: true,
        batch: cut.tip.batch,
        height: cut.tip.height,
        end: cut.tip.end,
        last_body: cut.tip.last_body,
        chain: cut.tip.chain,
        ledgers: cut.ledgers.clone(),
        watermarks: Vec::new(),
        ..before
    })?;
    drop(superblocks);
    let store = Store::open_in(Arc::clone(storage), options)?;
    let report = store.report().clone();
    store.close()?;
    Ok((cut.into_truncation(height_before, Some(kept_in)), report))
}

impl Cut {
    fn into_truncation(self, height_before: u64, kept_in: Option<String>) -> Truncation {
        Truncation {
            height: self.tip.height,
            audit_root: self.audit_root,
            end: self.tip.end,
            batch: self.tip.batch,
            height_before,
            kept_in,
        }
    }
}

/// Walks the log from its first batch: to the last one before the commit after `height`, which is
/// where it is to end, and on to the last commit that verifies.
fn find(segments: &Arc<Segments>, superblock: &Superblock, height: u64) -> Result<(Cut, u64)> {
    let network: NetworkId = superblock.network.parse()?;
    let base = superblock.base.clone().map(Arc::new);
    check_height(base.as_ref(), height)?;
    let first = first_tip(&network);
    let mut cut = Cut {
        tip: first,
        ledgers: Vec::new(),
        audit_root: crate::head::AUDIT_TREE.empty(),
    };
    let mut scan = Scan::new(Arc::clone(segments), first.end, 1, Some(first.chain));
    if superblock.cut {
        scan = scan.until(superblock.end);
    }
    let mut last = 0;
    while let Some(found) = scan.next()? {
        let (at, batch) = match found {
            Found::Batch { at, batch } => (at, batch),
            Found::Stop(stop) if last >= height.max(1) => {
                // What is damaged goes too: later commits are only counted.
                last = last.max(height + 1);
                if scan.resume_after(&stop)? {
                    continue;
                }
                break;
            }
            Found::Stop(stop) => {
                return Err(hash_store::Error::CorruptCommitted(stop.damage).into());
            }
        };
        last = last.max(batch.header.height);
        if last > height {
            continue;
        }
        cut.tip = tip_after(&cut.tip, at, &batch);
        match batch.header.kind {
            BatchKind::Base if batch.header.height == 0 => {}
            BatchKind::Commit | BatchKind::Base => {
                cut.audit_root = CommitRecord::of_batch(&batch, at)?.audit_root;
            }
            BatchKind::Declaration => {
                let frames = batch.frames.iter();
                for frame in frames.filter(|frame| frame.kind == FrameKind::Declaration) {
                    let (_, declaration) = decode_declaration(frame.payload, frame.batch)?;
                    cut.ledgers.push(declaration);
                }
            }
            BatchKind::Attachment => {}
        }
    }
    if cut.tip.height < height {
        return Err(Error::NoSuchHeight {
            asked: height,
            last: cut.tip.height,
        });
    }
    Ok((cut, last))
}
