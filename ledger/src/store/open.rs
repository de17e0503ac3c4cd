//! Creating and opening a store: what a crash left is settled here, before anything is written.
//!
//! 1. Lock, superblocks, list of segments.
//! 2. The trailer before the superblock's end must be there: a log older than its superblock is an
//!    error, not a shorter ledger.
//! 3. A clean store needs nothing more. Otherwise: sync what may only be in the page cache, scan
//!    the tail past the cache, judge what the scan stopped at; a torn batch goes to `lost+found`.
//! 4. Derived files are believed up to the superblock and extended by replaying the log from
//!    there, each batch as the scan gives it out; where one is missing, damaged or not covered, all
//!    are rebuilt from the first batch on.
//! 5. After a recovery everything derived is synced and a new superblock written: before the store
//!    is given out where the old superblock does not hold any more, else beside what follows.

use std::mem;
use std::sync::Arc;

use hash_store::{
    Access, Base, Damage, FileKind, Found, FrameKind, HEADER_LEN, LogOptions, LogTip, LogWriter,
    MemStorage, Position, SECTOR, Scan, Seed, Segments, SlotIndex, Storage, StorageFile,
    Superblock, Superblocks, Tail, TipFile, TornTail, check_reached, clear_cache_after, end_log,
    first_chain, is_quiet_after, judge_tail, save_and_clear,
};
use merkle_log::Hash;

use super::derived::TreePlace;
use super::lookup::LedgerLookups;
use super::prune::{Pruner, RebuildPruner};
use super::replay::{Derived, Replay};
use super::shared::{Roots, Shared};
use super::states::StateFolder;
use super::sync::Mutex;
use super::writer::Writer;
use crate::body::{CommitBody, LEDGERS_MAX, LedgerRoots};
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec};
use crate::names::NetworkId;
use crate::record::BodyRecord;

/// What opening a store for writing found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenReport {
    /// The store was closed in order, and nothing had to be looked at.
    pub clean: bool,
    /// A batch that was never acknowledged and was taken away.
    pub torn: Option<TornTail>,
    /// One bit that was set where nothing was written, and was taken away as a torn batch is.
    pub stray: Option<TornTail>,
    /// One superblock that does not verify; the other one counted.
    pub superblock: Option<Damage>,
    /// Derived files were missing or damaged and were rebuilt from the log.
    pub rebuilt: bool,
    /// Batches replayed into derived files.
    pub replayed: u64,
}

/// Writer and readers' side of a store that was opened.
pub(crate) struct Opened {
    pub(crate) writer: Writer,
    pub(crate) shared: Arc<Shared>,
    pub(crate) report: OpenReport,
}

/// Begins to create a store with these ledgers, which are yet to be declared: its lock, a log
/// without batches, derived files without anything in them.
pub(super) fn begin(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    network: &NetworkId,
    ledgers: &[LedgerSpec],
    options: LogOptions,
) -> Result<(Arc<dyn StorageFile>, LogWriter, Derived)> {
    check_specs(ledgers)?;
    let locked = Superblocks::lock_new(&**storage)?;
    storage
        .create_dir("log")
        .map_err(|source| hash_store::Error::Io {
            op: "create",
            file: "log".to_owned(),
            source,
        })?;
    let segments = Arc::new(Segments::open(Arc::clone(storage), uuid, Access::Write)?);
    let chain = first_chain(network.as_str());
    let log = LogWriter::create(segments, options, chain)?;
    let derived = Derived {
        pruner: None,
        ..from_nothing(storage, uuid)?
    };
    Ok((locked, log, derived))
}

/// The superblock of a log without batches: the one before the first that is written.
pub(super) fn first_superblock(
    uuid: [u8; 16],
    network: &NetworkId,
    base: Option<&Arc<Base>>,
) -> Superblock {
    let tip = first_tip(network);
    Superblock {
        uuid,
        generation: 0,
        clean: false,
        cut: false,
        batch: 0,
        height: 0,
        end: tip.end,
        last_body: None,
        chain: tip.chain,
        network: network.as_str().to_owned(),
        ledgers: Vec::new(),
        watermarks: Vec::new(),
        base: base.map(|base| Base::clone(base)),
    }
}

/// Creates a store with these ledgers.
pub(crate) fn create(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    network: NetworkId,
    ledgers: &[LedgerSpec],
    options: LogOptions,
) -> Result<Opened> {
    let (locked, log, derived) = begin(storage, uuid, &network, ledgers, options)?;
    let first = first_superblock(uuid, &network, None);
    let superblocks = Superblocks::create(&**storage, locked, first)?;
    let head = Head::empty(network, std::iter::empty(), None);
    let segments = Arc::clone(log.segments());
    let mut opened = assemble(segments, head, log, superblocks, derived, options)?;
    for spec in ledgers {
        opened.writer.declare(&opened.shared, spec.clone())?;
    }
    // With the first of the two superblocks, and only then, there is a store.
    opened.writer.sync_point(&opened.shared, false).reach()?;
    opened.writer.close(&opened.shared)?;
    Ok(opened)
}

/// Opens a store for writing.
pub(crate) fn open(storage: &Arc<dyn Storage>, options: LogOptions) -> Result<Opened> {
    let _span = tracing::info_span!(target: "ledger", "open").entered();
    let (mut superblocks, state) = Superblocks::open(&**storage)?;
    let superblock = &state.current;
    let uuid = superblock.uuid;
    let network: NetworkId = superblock.network.parse()?;
    let segments = Segments::open(Arc::clone(storage), uuid, Access::Write)?;
    let segments = Arc::new(segments);
    check_reached(&segments, superblock)?;
    let base = base_head(&segments, network.clone(), superblock)?;
    check_kept(storage, uuid, &base.1)?;
    if superblock.cut {
        TipFile::open(&**storage)?.clear()?;
        end_log(&segments, superblock.end)?;
    }
    let clean = state.clean && is_quiet_after(&segments, superblock.end)?;
    let from = tip_of(superblock);
    let mut follow = None;
    let (tip, torn, stray) = if clean {
        (from, None, None)
    } else {
        // Derived files are about to be rewritten: no reader may go by a tip from before.
        TipFile::open(&**storage)?.clear()?;
        sync_log(&segments, superblock)?;
        // What was cut off is gone from the log, and derived files still name it.
        let settled = if superblock.cut {
            (from, None, None)
        } else {
            // What is kept is read with the states, and must be settled before.
            if is_kept_up_to(storage, uuid, &base.1, from.height)? {
                follow = Some(Follow::of(storage, &base, superblock, options.background));
            }
            settle(&segments, from, follow.as_mut(), options.background)?
        };
        clear_cache_after(&segments, settled.0.end)?;
        settled
    };
    settle_kept(storage, uuid, &base.1, tip.height)?;
    let first = first_tip(&network);
    let follow = match follow {
        Some(follow) => follow,
        None => {
            Follow::of(storage, &base, superblock, options.background).along(&segments, &from, &tip)
        }
    };
    let caught_up = follow.caught_up(&tip)?;
    let rebuilt = caught_up.is_none();
    let ((head, derived), replayed) = match caught_up {
        Some(caught_up) => caught_up,
        None => {
            forget_derived(&mut superblocks, &first)?;
            let derived = from_nothing(storage, uuid)?;
            let head = Head::empty(network, std::iter::empty(), base.0.base);
            let replay = Replay::new(storage, uuid, head, derived, options.background);
            let (replay, replayed) = catch_up(replay, &segments, &first, &tip)?;
            (replay.finish()?, replayed)
        }
    };
    let log = LogWriter::open(Arc::clone(&segments), options, tip)?;
    let mut opened = assemble(segments, head, log, superblocks, derived, options)?;
    opened.writer.clean = clean && !rebuilt;
    if rebuilt || state.current.cut || state.other.is_some() {
        opened.writer.sync_point(&opened.shared, false).reach()?;
    } else if !opened.writer.clean {
        // The superblock that was found still holds: the next one can wait for a thread.
        opened.writer.start_sync(&opened.shared);
    }
    if state.current.cut {
        // The one before is overwritten too: were the newest lost one day, it would cut again.
        opened.writer.sync_point(&opened.shared, false).reach()?;
    }
    opened.writer.tell(&opened.shared);
    opened.report = OpenReport {
        clean: opened.writer.clean,
        torn,
        stray,
        superblock: state.other,
        rebuilt,
        replayed,
    };
    Ok(opened)
}

/// What is to be kept of states is said in no other place: nothing is changed where that is damaged.
fn check_kept(storage: &Arc<dyn Storage>, uuid: [u8; 16], roots: &Roots) -> Result<()> {
    state_folders(storage, uuid, &roots.ledgers)
        .try_for_each(|folder| folder.kept_heights().map(|_| ()))
}

/// Whether what is kept of states speaks of no later height.
fn is_kept_up_to(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    roots: &Roots,
    height: u64,
) -> Result<bool> {
    for folder in state_folders(storage, uuid, &roots.ledgers) {
        let kept = folder.kept_heights()?;
        if kept.clone().up_to(height) != kept {
            return Ok(false);
        }
    }
    Ok(true)
}

fn settle_kept(storage: &Arc<dyn Storage>, uuid: [u8; 16], roots: &Roots, tip: u64) -> Result<()> {
    state_folders(storage, uuid, &roots.ledgers).try_for_each(|folder| folder.settle_kept(tip))
}

/// The folders of those ledgers that have a state.
pub(crate) fn state_folders(
    storage: &Arc<dyn Storage>,
    uuid: [u8; 16],
    ledgers: &[LedgerRoots],
) -> impl Iterator<Item = StateFolder> {
    let ledgers = ledgers.iter().zip(0u32..);
    ledgers.filter_map(move |(ledger, ordinal)| {
        let dir = ledger.name.as_str().to_owned();
        StateFolder::of(storage, uuid, ordinal, dir, ledger.state)
    })
}

/// Says durably that no derived file is believed, before they are made anew: a crash in between
/// must not leave halves of them that look whole.
fn forget_derived(superblocks: &mut Superblocks, first: &LogTip) -> Result<()> {
    let mut superblock = superblocks.current().clone();
    superblock.clean = false;
    for mark in &mut superblock.watermarks {
        (mark.batch, mark.end) = (first.batch, first.end);
    }
    if superblock != *superblocks.current() {
        superblocks.write(superblock)?;
    }
    Ok(())
}

/// The log before its first batch.
pub(crate) fn first_tip(network: &NetworkId) -> LogTip {
    LogTip {
        batch: 0,
        height: 0,
        end: Position::new(0, HEADER_LEN),
        last_body: None,
        chain: first_chain(network.as_str()),
    }
}

/// Replays the log between two places; answers with how many batches that were.
fn catch_up(
    mut replay: Replay,
    segments: &Arc<Segments>,
    from: &LogTip,
    tip: &LogTip,
) -> Result<(Replay, u64)> {
    let _span = tracing::info_span!(target: "ledger", "replay", from = from.batch, to = tip.batch)
        .entered();
    let mut replayed = 0;
    let (number, chain) = (from.batch + 1, Some(from.chain));
    let mut scan = Scan::new(Arc::clone(segments), from.end, number, chain).until(tip.end);
    while let Some(found) = scan.next()? {
        match found {
            Found::Batch { at, batch } => replay.batch(at, &batch)?,
            Found::Stop(stop) => {
                return Err(hash_store::Error::CorruptCommitted(stop.damage).into());
            }
        }
        replayed += 1;
    }
    if scan.next_batch() != tip.batch + 1 {
        return Err(hash_store::Error::LogBehind {
            expected: tip.batch,
        }
        .into());
    }
    Ok((replay, replayed))
}

const ATTACHMENTS: &str = "audit/attachments";

pub(crate) fn attachment_index(
    storage: &dyn Storage,
    uuid: [u8; 16],
    access: Access,
) -> hash_store::Result<Option<SlotIndex>> {
    SlotIndex::open(storage, ATTACHMENTS, &attachment_seed(uuid), access)
}

const fn attachment_seed(uuid: [u8; 16]) -> Seed {
    Seed {
        uuid,
        kind: FileKind::AttachmentIndex,
        number: 0,
    }
}

fn check_specs(ledgers: &[LedgerSpec]) -> Result<()> {
    if ledgers.len() > LEDGERS_MAX {
        return Err(Error::TooManyLedgers {
            count: ledgers.len(),
            limit: LEDGERS_MAX,
        });
    }
    for (i, spec) in ledgers.iter().enumerate() {
        if ledgers.iter().take(i).any(|other| other.name == spec.name) {
            return Err(Error::LedgerExists {
                name: spec.name.as_str().to_owned(),
            });
        }
    }
    Ok(())
}

pub(super) fn assemble(
    segments: Arc<Segments>,
    head: Head,
    log: LogWriter,
    superblocks: Superblocks,
    derived: Derived,
    options: LogOptions,
) -> Result<Opened> {
    let tip_file = TipFile::open(&**segments.storage())?;
    let (network, base) = (head.network.clone(), head.base.clone());
    let audit_files = Arc::clone(&derived.audit.files);
    let writer = Writer {
        log,
        superblocks: Arc::new(Mutex::new(superblocks)),
        tip_file,
        head: Arc::new(head),
        audit: derived.audit,
        ledgers: derived.ledgers,
        lookups: derived.lookups,
        clean: false,
        sync_failed: Arc::default(),
        reaching: Arc::default(),
        background: options.background,
        process: std::process::id(),
        unsynced: 0,
        unsynced_updates: 0,
        syncing: None,
        pruner: Pruner::default(),
    };
    let pins = Arc::default();
    let tip = writer.published(&pins);
    writer.head.footing.commit(pins.pin(writer.head.height));
    let scratch = Arc::new(MemStorage::new());
    let shared = Shared::new(
        segments,
        (network, base),
        audit_files,
        Some(derived.attachments),
        tip,
        scratch,
        pins,
    );
    Ok(Opened {
        writer,
        shared: Arc::new(shared),
        report: OpenReport {
            clean: true,
            torn: None,
            stray: None,
            superblock: None,
            rebuilt: false,
            replayed: 0,
        },
    })
}

pub(crate) const fn tip_of(superblock: &Superblock) -> LogTip {
    LogTip {
        batch: superblock.batch,
        height: superblock.height,
        end: superblock.end,
        last_body: superblock.last_body,
        chain: superblock.chain,
    }
}

/// Brings to the disk what a crash of the process left in the page cache.
fn sync_log(segments: &Segments, superblock: &Superblock) -> Result<()> {
    for number in superblock.end.segment()..segments.count() {
        segments.get(number)?.sync()?;
    }
    for dir in ["log", ""] {
        let synced = segments.storage().sync_dir(dir);
        synced.map_err(|source| hash_store::Error::Io {
            op: "sync",
            file: dir.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// The log's tip, the torn batch behind it, and the stray bit: one of these at most.
type Settled = (LogTip, Option<TornTail>, Option<TornTail>);

/// Derived files as a superblock covers them, moved on batch by batch.
struct Follow {
    /// Nothing where they are not to be believed, or led to a damaged node.
    replay: Result<Option<Replay>>,
    /// Slots of the attachment index before anything was moved on: those behind the watermark were
    /// not synced, and all of them must be written again.
    slots: u64,
    replayed: u64,
}

impl Follow {
    fn of(
        storage: &Arc<dyn Storage>,
        base: &(Head, Roots),
        superblock: &Superblock,
        background: bool,
    ) -> Self {
        let believed = believed(storage, base, superblock);
        let slots = believed
            .as_ref()
            .map(|(_, files)| files.attachments.slots());
        let (believed, slots) = match slots {
            Some(Ok(slots)) if slots >= base.1.height => (believed, slots),
            _ => (None, 0),
        };
        let replay = believed
            .map(|(head, files)| Replay::new(storage, superblock.uuid, head, files, background));
        Self {
            replay: Ok(replay),
            slots,
            replayed: 0,
        }
    }

    fn batch(&mut self, at: Position, batch: &hash_store::Batch<'_>) {
        if let Ok(Some(replay)) = &mut self.replay {
            match replay.batch(at, batch) {
                Ok(()) => self.replayed += 1,
                Err(error) => self.fail(error),
            }
        }
    }

    /// Moves on by a part of the log that is settled.
    fn along(mut self, segments: &Arc<Segments>, from: &LogTip, tip: &LogTip) -> Self {
        if let Ok(Some(replay)) = mem::replace(&mut self.replay, Ok(None)) {
            match catch_up(replay, segments, from, tip) {
                Ok((replay, replayed)) => {
                    (self.replay, self.replayed) = (Ok(Some(replay)), replayed);
                }
                Err(error) => self.fail(error),
            }
        }
        self
    }

    /// A node deep in a state that is damaged is noticed only now: the files are made anew.
    fn fail(&mut self, error: Error) {
        self.replay = match error {
            Error::State(_) => Ok(None),
            error => Err(error),
        };
    }

    /// Head and files at the tip, and how many batches were replayed.
    fn caught_up(self, tip: &LogTip) -> Result<Option<((Head, Derived), u64)>> {
        let Some(replay) = self.replay?.filter(|_| self.slots <= tip.height) else {
            return Ok(None);
        };
        match replay.finish() {
            Ok(caught_up) => Ok(Some((caught_up, self.replayed))),
            Err(Error::State(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Walks the log from a superblock's tip to its end, and settles what lies there. Each batch that
/// verifies is on the disk, whatever stands behind it, and is replayed at once.
fn settle(
    segments: &Arc<Segments>,
    from: LogTip,
    mut follow: Option<&mut Follow>,
    read_ahead: bool,
) -> Result<Settled> {
    let _span = tracing::info_span!(target: "ledger", "replay", from = from.batch).entered();
    let (at, number, chain) = (from.end, from.batch + 1, Some(from.chain));
    let scan = Scan::new(Arc::clone(segments), at, number, chain);
    let mut scan = if read_ahead {
        scan.direct_ahead()
    } else {
        scan.direct()
    };
    let mut tip = from;
    loop {
        match scan.next()? {
            None if height_is_indexed(segments, tip.height.saturating_add(1), tip.end) => {
                // Whole batches are gone without a trace in the log.
                let expected = tip.batch + 1;
                return Err(hash_store::Error::LogBehind { expected }.into());
            }
            None => return Ok((tip, None, None)),
            Some(Found::Batch { at, batch }) => {
                tip = tip_after(&tip, at, &batch);
                if let Some(follow) = &mut follow {
                    follow.batch(at, &batch);
                }
            }
            Some(Found::Stop(stop)) => {
                let named = height_is_indexed(segments, tip.height.saturating_add(1), stop.at);
                return match judge_tail(segments, &stop, named)? {
                    Tail::Torn => Ok((tip, Some(save_and_clear(segments, &stop)?), None)),
                    Tail::Stray => Ok((tip, None, Some(save_and_clear(segments, &stop)?))),
                    Tail::Damaged(damage) => {
                        Err(hash_store::Error::CorruptCommitted(damage).into())
                    }
                    Tail::Unsettled(damage) => Err(hash_store::Error::Unsettled(damage).into()),
                };
            }
        }
    }
}

/// The tip after a batch of the log.
pub(crate) fn tip_after(tip: &LogTip, at: Position, batch: &hash_store::Batch<'_>) -> LogTip {
    let body = batch.frames.iter().find(|f| f.kind == FrameKind::Body);
    LogTip {
        batch: batch.header.number,
        height: tip.height.max(batch.header.height),
        end: Position::new(at.segment(), at.offset() + batch.header.len),
        last_body: body
            .map(|frame| Position::new(at.segment(), frame.offset))
            .or(tip.last_body),
        chain: batch.chain_after,
    }
}

/// Whether the height index leads from a height to `at` or later in the log: derived files are
/// written only after the sync of the batch they come from, so that batch was acknowledged.
/// A slot that leads nowhere is what a crash left of the index itself.
pub(crate) fn height_is_indexed(segments: &Segments, height: u64, at: Position) -> bool {
    let place = TreePlace::audit(segments.uuid());
    let files = place.for_reading(segments.storage(), 0);
    let slot = files.index.map(|index| index.get(height - 1));
    let Some(Ok(Some(named))) = slot else {
        return false;
    };
    let segment = segments.get(named.segment());
    let ends = segment.map_or(HEADER_LEN, |segment| segment.batches_end());
    let is_place = named.offset().is_multiple_of(SECTOR as u64) && named.offset() < ends;
    is_place && named >= at
}

/// The last commit that a superblock covers: its body and the audit root after it.
pub(crate) fn last_commit(segments: &Segments, tip: &LogTip) -> Result<Option<(CommitBody, Hash)>> {
    let height = tip.height;
    let misfit = || Error::Payload {
        batch: tip.batch,
        what: "last body",
        at: 0,
    };
    let Some(at) = tip.last_body else {
        return if height == 0 { Ok(None) } else { Err(misfit()) };
    };
    let frame = segments.frame(at)?;
    if frame.kind != FrameKind::Body {
        return Err(misfit());
    }
    let record = BodyRecord::decode(&frame.payload, frame.batch)?;
    let body = CommitBody::decode(record.body).map_err(|source| Error::Body { height, source })?;
    if body.height != height {
        return Err(misfit());
    }
    Ok(Some((body, record.audit_root_after)))
}

/// The ledgers at a superblock, as far as it and the last body tell: sizes and roots. The trees'
/// ranges follow from the tiles.
pub(crate) fn base_head(
    segments: &Segments,
    network: NetworkId,
    superblock: &Superblock,
) -> Result<(Head, Roots)> {
    let specs: Result<Vec<LedgerSpec>> = superblock
        .ledgers
        .iter()
        .map(|declared| LedgerSpec::from_declaration(declared, superblock.batch))
        .collect();
    let base = superblock.base.clone().map(Arc::new);
    let head = Head::empty(network, specs?.into_iter(), base);
    let mut roots = Roots::of_head(&head);
    if let Some((body, audit_root)) = last_commit(segments, &tip_of(superblock))? {
        // Ledgers declared after the last commit are not in its body.
        let later = roots
            .ledgers
            .split_off(body.ledgers.len().min(roots.ledgers.len()));
        roots = Roots::of_body(body, audit_root);
        roots.ledgers.extend(later);
    }
    Ok((head, roots))
}

/// The derived files as a superblock covers them, if each of them holds what it should.
fn believed(
    storage: &Arc<dyn Storage>,
    (head, roots): &(Head, Roots),
    superblock: &Superblock,
) -> Option<(Head, Derived)> {
    let covered = |mark: &hash_store::Watermark| mark.batch == superblock.batch;
    let states = head.ledgers.iter().filter(|l| l.spec.state.is_some());
    let lookups = head.ledgers.iter().filter(|l| l.spec.lookups.is_some());
    let all = 2 * (superblock.ledgers.len() + states.count()) + lookups.count() + 3;
    if superblock.watermarks.len() != all || !superblock.watermarks.iter().all(covered) {
        return None;
    }
    let uuid = superblock.uuid;
    let mut head = head.clone();
    head.height = roots.height;
    head.time_ms = roots.time_ms;
    head.audit_root = roots.audit_root;
    let open = |place: &TreePlace, tree, size: u64, root| {
        let range = place.verified_range(storage, tree, size, root)?;
        Some((place.open(storage, size).ok()??, range))
    };
    let (mut ledgers, mut lookups) = (Vec::new(), Vec::new());
    for ((ledger, roots), ordinal) in head.ledgers.iter_mut().zip(&roots.ledgers).zip(0u32..) {
        let place = TreePlace::new(uuid, ordinal, roots.name.as_str().to_owned());
        let (writer, range) = open(&place, roots.tree, roots.size, roots.root)?;
        *ledger = LedgerHead {
            range,
            root: roots.root,
            state_root: roots.state_root,
            ..ledger.clone()
        };
        let folder = StateFolder::of(
            storage,
            uuid,
            ordinal,
            roots.name.as_str().to_owned(),
            roots.state,
        );
        if let Some(folder) = folder {
            ledger.state = Some(folder.open(head.height, roots.state_root)?);
        }
        ledgers.push(writer);
        let spec = &ledger.spec.lookups;
        lookups.push(LedgerLookups::open(storage, &place, spec, roots.size)?);
    }
    let place = TreePlace::audit(uuid);
    let (audit, range) = open(&place, AUDIT_TREE, roots.height, roots.audit_root)?;
    head.audit = range;
    let attachments = attachment_index(&**storage, uuid, Access::Write).ok()??;
    let derived = Derived {
        audit,
        ledgers,
        lookups,
        attachments,
        pruner: None,
    };
    Some((head, derived))
}

/// Empty derived files, for replaying the whole log.
fn from_nothing(storage: &Arc<dyn Storage>, uuid: [u8; 16]) -> Result<Derived> {
    Ok(Derived {
        audit: TreePlace::audit(uuid).create(storage)?,
        ledgers: Vec::new(),
        lookups: Vec::new(),
        attachments: SlotIndex::create(&**storage, ATTACHMENTS, &attachment_seed(uuid))?,
        pruner: Some(RebuildPruner::default()),
    })
}
