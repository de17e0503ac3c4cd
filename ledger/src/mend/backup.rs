//! Keeping a copy of a store, beside its writer if there is one, and bringing a store back.
//!
//! A backup is a store: the log, byte for byte up to the snapshot's end, under the same uuid,
//! superblocks that say so, and which states are kept; no derived files. So it is read, verified and
//! proven from like any other store.
//!
//! Invariants:
//!
//! - the superblocks of a copy are written last: what was cut short is no store, or is the copy that
//!   was there before, and doing it again completes it;
//! - a copy keeps the states that its source keeps, or more: what it keeps less is said in it when
//!   its log is there;
//! - every batch of what was copied is verified in the copy, from the disk;
//! - a copy only ever grows, along the same log.

use std::sync::Arc;

use hash_store::{
    Access, Base, BatchKind, Declaration, EntryKind, Found, FrameKind, LogOptions, LogTip, Scan,
    Segments, Storage, Superblock, Superblocks, check_reached, copy_log,
};
use merkle_log::{Hash, TreeSize};

use crate::error::{Error, Result};
use crate::record::decode_declaration;
use crate::store::{
    CommitRecord, Reader, Snapshot, Store, first_tip, state_folders, tip_after, tip_of,
};
use crate::verify::{Level, Progress, VerifyReport, verify};

/// What a backup holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Height of its last commit.
    pub height: u64,
    /// Height of its last commit before, if there was a copy already.
    pub height_before: Option<u64>,
    /// Root of its audit tree.
    pub audit_root: Hash,
    /// Bytes of the log that were copied now.
    pub bytes: u64,
    /// Sealed segments that it shares with the store since now.
    pub linked: u64,
}

impl Store {
    /// Brings the copy of this store in `to` up to the tip; makes it where there is none. Commits go
    /// on meanwhile. `to` must be empty, cut short by an earlier try, or a copy of the same store.
    ///
    /// Reads the log from where the copy ended, twice: once to copy it, once to verify the copy.
    ///
    /// # Errors
    /// [`Error::NotACopy`] where `to` holds another store, or a log that parted from this one;
    /// `NotEmpty` where it holds something else; `CorruptCommitted` where the log is damaged;
    /// `Locked`, `StoreFull`, `Io` of [`hash_store::Error`].
    pub fn backup(&self, to: &Arc<dyn Storage>) -> Result<Copied> {
        copy(&self.snapshot(), to, false)
    }

    /// As [`Store::backup`], and shares sealed segments with the copy by hard links where the file
    /// system can: that takes no room and no time, and no second copy of them either. What damages
    /// one damages both.
    ///
    /// # Errors
    /// As [`Store::backup`].
    pub fn backup_with_links(&self, to: &Arc<dyn Storage>) -> Result<Copied> {
        copy(&self.snapshot(), to, true)
    }
}

impl Reader {
    /// As [`Store::backup`], up to where the reader was opened or last refreshed.
    ///
    /// # Errors
    /// As [`Store::backup`]; [`Error::DamagedSource`] where the log ends early or does not verify,
    /// [`Error::DamagedKept`].
    pub fn backup(&self, to: &Arc<dyn Storage>) -> Result<Copied> {
        self.check_whole()?;
        copy(&self.snapshot(), to, false)
    }

    /// As [`Store::backup_with_links`], as [`Reader::backup`].
    ///
    /// # Errors
    /// As [`Reader::backup`].
    pub fn backup_with_links(&self, to: &Arc<dyn Storage>) -> Result<Copied> {
        self.check_whole()?;
        copy(&self.snapshot(), to, true)
    }

    /// Makes a store of its own from this copy in `to`, which must be empty or missing, or cut short
    /// by an earlier try. The answer is the verification, at [`Level::Full`], of what was made.
    ///
    /// # Errors
    /// [`Error::WrongRoot`] where the copy does not have the audit root that the caller `expected` at
    /// a height: nothing is written then. Otherwise as [`Reader::backup`] and [`Store::open`].
    pub fn restore(
        &self,
        to: &Arc<dyn Storage>,
        expected: Option<(u64, Hash)>,
        options: LogOptions,
        watch: &mut (dyn FnMut(Progress) -> bool + Send),
    ) -> Result<VerifyReport> {
        self.check_whole()?;
        let snapshot = self.snapshot();
        if let Some((height, expected)) = expected {
            let computed = snapshot.audit().root_at(TreeSize(height))?;
            if computed != expected {
                return Err(Error::WrongRoot {
                    height,
                    expected,
                    computed,
                });
            }
        }
        if standing(&**to, &snapshot)?.is_some() {
            let location = to.location();
            return Err(hash_store::Error::NotEmpty { location }.into());
        }
        copy(&snapshot, to, false)?;
        Store::open_in(Arc::clone(to), options)?.close()?;
        verify(Arc::clone(to), Level::Full, watch)
    }

    /// A reader of a damaged store serves what verifies: as the source of a copy that would be a
    /// shorter store.
    fn check_whole(&self) -> Result<()> {
        self.problem().map_or(Ok(()), |problem| {
            Err(Error::DamagedSource {
                code: problem.code(),
                reason: problem.to_string(),
            })
        })
    }
}

/// Brings a copy up to a snapshot of the tip.
fn copy(snapshot: &Snapshot, to: &Arc<dyn Storage>, links: bool) -> Result<Copied> {
    let source = snapshot.segments();
    let standing = standing(&**to, snapshot)?;
    let (mut tip, mut ledgers) = match &standing {
        None => (first_tip(snapshot.network()), Vec::new()),
        Some((_, base)) => {
            check_same_log(snapshot, base, &**to)?;
            (tip_of(base), base.ledgers.clone())
        }
    };
    let (begin, end) = (tip.end, snapshot.log_end());
    let height_before = standing.is_some().then_some(tip.height);
    let copied = copy_log(source, &**to, (begin, end), links)?;
    let copy = Arc::new(Segments::open(Arc::clone(to), source.uuid(), Access::Read)?);
    verify_copy(&copy, &mut tip, &mut ledgers, snapshot)?;
    let first = Superblock {
        uuid: source.uuid(),
        generation: 0,
        clean: true,
        cut: false,
        batch: tip.batch,
        height: tip.height,
        end: tip.end,
        last_body: tip.last_body,
        chain: tip.chain,
        network: snapshot.network().as_str().to_owned(),
        ledgers,
        watermarks: Vec::new(),
        base: snapshot.base_record().map(|base| Base::clone(&base)),
    };
    match standing {
        None => {
            copy_kept(snapshot, to, tip.height)?;
            Superblocks::found(&**to, &first)?;
        }
        Some((mut superblocks, base)) => {
            superblocks.write(Superblock {
                generation: base.generation,
                ..first
            })?;
            copy_kept(snapshot, to, tip.height)?;
        }
    }
    Ok(Copied {
        height: tip.height,
        height_before,
        audit_root: snapshot.audit().root(),
        bytes: copied.bytes,
        linked: copied.linked,
    })
}

/// Says in the copy which states are kept: what the source says by now, as far as the copy reaches.
fn copy_kept(snapshot: &Snapshot, to: &Arc<dyn Storage>, tip: u64) -> Result<()> {
    for folder in state_folders(to, snapshot.uuid(), snapshot.ledgers()) {
        let kept = snapshot.kept(folder.ledger())?;
        folder.keep(&kept.up_to(tip))?;
    }
    Ok(())
}

/// The copy that is there already, with its lock; `None` where one is to be made.
fn standing(to: &dyn Storage, source: &Snapshot) -> Result<Option<(Superblocks, Superblock)>> {
    match Superblocks::open(to) {
        Ok((superblocks, state)) => return Ok(Some((superblocks, state.current))),
        Err(hash_store::Error::NotAStore { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let location = to.location();
    let io = |op: &'static str| {
        let file = location.clone();
        move |source| hash_store::Error::Io { op, file, source }
    };
    to.create_dir("").map_err(io("create"))?;
    let is_ledger = |name: &str| source.ledger(name).is_ok();
    for entry in to.list("").map_err(io("list"))? {
        let is_unfinished = match &*entry.name {
            "log" | "SUPER.next" => true,
            name if entry.kind == EntryKind::Dir && is_ledger(name) => {
                let there = to.list(name).map_err(io("list"))?;
                let is_kept = |name: &str| matches!(name, "kept" | "kept.next");
                there.iter().all(|entry| is_kept(&entry.name))
            }
            _ => false,
        };
        if !is_unfinished {
            return Err(hash_store::Error::NotEmpty { location }.into());
        }
    }
    Ok(None)
}

/// A copy must end where a batch of this very log ends.
fn check_same_log(snapshot: &Snapshot, base: &Superblock, to: &dyn Storage) -> Result<()> {
    let parted = |what| Error::NotACopy {
        location: to.location(),
        what,
    };
    if base.uuid != snapshot.uuid() {
        return Err(parted("it is another store"));
    }
    if base.end > snapshot.log_end() {
        return Err(parted("it reaches further than this store"));
    }
    use hash_store::Error::{CorruptCommitted, LogBehind};
    match check_reached(snapshot.segments(), base) {
        Err(LogBehind { .. } | CorruptCommitted(_)) => Err(parted(
            "its log does not end where a batch of this store ends",
        )),
        answer => Ok(answer?),
    }
}

/// Verifies the batches of a copy from `tip` to the snapshot's end, and takes in what they say.
fn verify_copy(
    copy: &Arc<Segments>,
    tip: &mut LogTip,
    ledgers: &mut Vec<Declaration>,
    snapshot: &Snapshot,
) -> Result<()> {
    let (from, end) = (*tip, snapshot.log_end());
    let mut scan = Scan::new(Arc::clone(copy), from.end, from.batch + 1, Some(from.chain));
    scan = scan.direct().until(end);
    let mut audit_root = None;
    while let Some(found) = scan.next()? {
        let (at, batch) = match found {
            Found::Batch { at, batch } => (at, batch),
            Found::Stop(stop) => {
                return Err(hash_store::Error::CorruptCommitted(stop.damage).into());
            }
        };
        *tip = tip_after(tip, at, &batch);
        match batch.header.kind {
            BatchKind::Base if batch.header.height == 0 => {}
            BatchKind::Commit | BatchKind::Base => {
                audit_root = Some(CommitRecord::of_batch(&batch, at)?.audit_root);
            }
            BatchKind::Declaration => {
                let frames = batch.frames.iter();
                for frame in frames.filter(|frame| frame.kind == FrameKind::Declaration) {
                    ledgers.push(decode_declaration(frame.payload, frame.batch)?.1);
                }
            }
            BatchKind::Attachment => {}
        }
    }
    let computed = snapshot.audit().root();
    if tip.end != end || audit_root.is_some_and(|root| root != computed) {
        return Err(hash_store::Error::LogBehind {
            expected: tip.batch + 1,
        }
        .into());
    }
    Ok(())
}
