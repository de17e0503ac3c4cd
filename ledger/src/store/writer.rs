//! The writing side of a store: commits, attachments, declarations, watermarks.
//!
//! The order of a commit is the whole safety argument:
//!
//! 1. the log appends the batch: one write, one sync;
//! 2. tiles, nodes of states and indexes are written, not synced;
//! 3. the tip file tells other processes, publishing tells this one;
//! 4. footers and the next segment follow, after the caller's data is safe.
//!
//! Before the first batch after a clean open the superblock loses its clean flag, durably.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use hash_store::{
    Appended, BatchBuffer, BatchKind, FileKind, FrameKind, HEADER_LEN, LogWriter, Position,
    SlotIndex, Storage, StorageFile, Superblock, Superblocks, Tip, TipFile, Watermark,
};

use patricia_state::Location;

use super::base::check_height;
use super::derived::{TreePlace, TreeWriter};
use super::ids::InLedger;
use super::kept::Pins;
use super::lookup::{Flush, LedgerLookups, TABLE_LEN};
use super::prune::Pruner;
use super::shared::{Attached, Edges, Published, Roots, Shared};
use super::states::{PublishedState, StateFolder, trie_dir};
use super::sync::{AtomicBool, Mutex, MutexGuard};
use crate::batch::{EntriesFrame, Sealed, check_len};
use crate::body::LEDGERS_MAX;
use crate::error::{Error, Result};
use crate::head::{Head, LedgerHead, LedgerSpec};
use crate::record::{AUDIT, AttachmentRecord, put_declaration};
use crate::state::StateFiles;

/// Log bytes after which derived files are synced.
const WATERMARK_BYTES: u64 = 64 << 20;
/// State writes after which derived files are synced: replaying them takes longer than reading.
const WATERMARK_UPDATES: u64 = 50_000;

/// A durable commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its height.
    pub height: u64,
    /// Number of its batch in the log.
    pub batch: u64,
    /// Where the batch starts.
    pub position: Position,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) log: LogWriter,
    pub(crate) superblocks: Arc<Mutex<Superblocks>>,
    pub(crate) tip_file: TipFile,
    pub(crate) head: Arc<Head>,
    pub(crate) audit: TreeWriter,
    pub(crate) ledgers: Vec<TreeWriter>,
    pub(crate) lookups: Vec<LedgerLookups>,
    /// The clean flag still stands in the newest superblock.
    pub(crate) clean: bool,
    pub(crate) background: bool,
    /// The process that opened the store.
    pub(crate) process: u32,
    /// A sync of derived files failed: what the page cache shows of them may never reach the disk,
    /// so no watermark moves before they are written again, by the next open.
    pub(crate) sync_failed: Arc<AtomicBool>,
    pub(crate) reaching: Arc<Mutex<()>>,
    /// Log bytes since the last watermark.
    pub(crate) unsynced: u64,
    /// State writes since the last watermark.
    pub(crate) unsynced_updates: u64,
    pub(crate) syncing: Option<JoinHandle<Result<()>>>,
    pub(super) pruner: Pruner,
}

/// A tip that watermarks may cover once the derived files are synced.
#[derive(Debug)]
pub(crate) struct SyncPoint {
    storage: Arc<dyn Storage>,
    superblocks: Arc<Mutex<Superblocks>>,
    superblock: Superblock,
    files: Vec<Arc<dyn StorageFile>>,
    /// States whose node logs are among them, and where these ended.
    node_logs: Vec<(Arc<StateFiles>, Location)>,
    dirs: Vec<String>,
    sync_failed: Arc<AtomicBool>,
    /// One sync point is reached at a time: runs are written by one and removed by the next.
    reaching: Arc<Mutex<()>>,
    /// Tables to be written as runs, with the ordinals of their ledgers.
    flushes: Vec<(usize, Flush)>,
    shared: Arc<Shared>,
    at: Arc<Published>,
    /// Bytes of the log up to the tip, of those that are counted.
    covers: u64,
}

impl SyncPoint {
    /// Syncs the files, then writes the superblock, unless a newer one was written meanwhile.
    pub(crate) fn reach(self) -> Result<()> {
        let height = self.superblock.height;
        let _span = tracing::info_span!(target: "ledger", "watermark", height).entered();
        let (shared, covers) = (Arc::clone(&self.shared), self.covers);
        let reached = self.sync_and_write();
        let counts = &shared.counts;
        match &reached {
            Ok(()) => {
                counts.watermarks.add(1);
                counts.covered_bytes.raise_to(covers);
            }
            Err(error) => {
                counts.watermarks_failed.add(1);
                tracing::warn!(target: "ledger", code = error.code(), %error, "watermark failed");
            }
        }
        reached
    }

    fn sync_and_write(mut self) -> Result<()> {
        let reaching = Arc::clone(&self.reaching);
        let _one_at_a_time = reaching.lock().unwrap_or_else(PoisonError::into_inner);
        if self.sync_failed.load(Ordering::Acquire) {
            return Err(hash_store::Error::Poisoned {
                reason: "a sync of derived files".to_owned(),
            }
            .into());
        }
        if self.superblock.batch < lock(&self.superblocks).current().batch {
            return Ok(());
        }
        for (ordinal, flush) in &mut self.flushes {
            let kind = flush.lookup().kind();
            let ledger = InLedger::of(&self.at, *ordinal);
            let shared = &self.shared;
            flush.write(&|leaves| match ledger {
                Some(ledger) => shared.records(ledger, kind, leaves),
                None => Ok(Vec::new()),
            })?;
        }
        if let Err(error) = self.sync() {
            self.sync_failed.store(true, Ordering::Release);
            return Err(error);
        }
        for (state, end) in &self.node_logs {
            state.log.note_synced(*end);
        }
        let mut superblocks = lock(&self.superblocks);
        if self.superblock.batch >= superblocks.current().batch {
            superblocks.write(self.superblock)?;
        }
        drop(superblocks);
        self.flushes
            .into_iter()
            .for_each(|(_, flush)| flush.install());
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let io = |op: &'static str, file: &str| {
            let file = file.to_owned();
            move |source| hash_store::Error::Io { op, file, source }
        };
        for file in &self.files {
            file.sync_data().map_err(io("sync", "derived files"))?;
        }
        for (_, flush) in &self.flushes {
            flush.sync()?;
        }
        for dir in &self.dirs {
            self.storage.sync_dir(dir).map_err(io("sync", dir))?;
        }
        Ok(())
    }
}

fn lock(superblocks: &Mutex<Superblocks>) -> MutexGuard<'_, Superblocks> {
    superblocks.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    /// Commits a sealed batch on the tip.
    pub(crate) fn commit(&mut self, shared: &Arc<Shared>, mut sealed: Sealed) -> Result<Commit> {
        if !Arc::ptr_eq(&sealed.parent, &self.head) {
            return Err(Error::StaleParent {
                parent: sealed.parent.height,
                tip: self.head.height,
            });
        }
        let parent = Arc::clone(&sealed.parent);
        let height = sealed.head.height;
        let _span = tracing::debug_span!(target: "ledger", "commit", height).entered();
        let appended = self.append(shared, &mut sealed.buffer, |buffer| {
            Sealed::push_ranges(buffer, &parent);
        })?;
        self.unsynced_updates += sealed.updates;
        let counts = &shared.counts;
        counts.commits.add(1);
        counts.entries.add(sealed.entries());
        counts.updates.add(sealed.updates);
        let derive = tracing::debug_span!(target: "ledger", "derive").entered();
        for (ordinal, tree) in (0u32..).zip(&mut self.ledgers) {
            let growth = usize::try_from(ordinal)
                .ok()
                .and_then(|i| sealed.growths.get(i)?.as_ref());
            if let Some(growth) = growth {
                let positions = positions(&sealed.frames, ordinal, appended.at);
                tree.append(growth, height, &positions);
            }
        }
        for (ordinal, lookups) in self.lookups.iter().enumerate() {
            if let Some(Some(growth)) = sealed.growths.get(ordinal) {
                lookups.append(growth, sealed.ids.records(ordinal));
            }
        }
        sealed.ids.settle();
        for state in sealed.head.ledgers.iter().filter_map(|l| l.state.as_ref()) {
            state.store(height);
        }
        self.audit.append(&sealed.audit, height, &[appended.at]);
        let attached = shared.attachments.as_ref();
        if attached.is_some_and(|index| index.set_nowhere(height - 1).is_err()) {
            self.audit.mark_stale();
        }
        drop(derive);
        sealed.head.footing.commit(shared.pins.pin(height));
        self.head = sealed.head;
        self.publish(shared);
        Ok(Commit {
            height,
            batch: appended.tip.batch,
            position: appended.at,
        })
    }

    /// Attaches bytes to a committed height, in a batch of its own.
    pub(crate) fn attach(
        &mut self,
        shared: &Arc<Shared>,
        height: u64,
        kind: u32,
        bytes: &[u8],
    ) -> Result<()> {
        check_len(bytes)?;
        let last = self.head.height;
        if height == 0 || height > last {
            return Err(Error::NoSuchHeight {
                asked: height,
                last,
            });
        }
        check_height(shared.base.as_ref(), height)?;
        let record = AttachmentRecord {
            height,
            kind,
            previous: shared.last_attachment(height, &shared.tip())?,
            bytes,
        };
        let mut buffer = BatchBuffer::new(BatchKind::Attachment, 0);
        buffer.push(FrameKind::Attachment, |to| record.put(to))?;
        let appended = self.append(shared, &mut buffer, |_| {})?;
        if let Some(index) = &shared.attachments {
            // A slot that could not be written is rebuilt: its file is behind from now on.
            if index.set(height - 1, &[appended.at]).is_err() {
                self.audit.mark_stale();
            }
        }
        self.publish(shared);
        Ok(())
    }

    /// Declares a ledger, in a batch of its own.
    pub(crate) fn declare(&mut self, shared: &Arc<Shared>, spec: LedgerSpec) -> Result<()> {
        let count = self.head.ledgers.len();
        if self.head.ledger(spec.name.as_str()).is_ok() {
            return Err(Error::LedgerExists {
                name: spec.name.as_str().to_owned(),
            });
        }
        if count >= LEDGERS_MAX {
            return Err(Error::TooManyLedgers {
                count: count + 1,
                limit: LEDGERS_MAX,
            });
        }
        let ordinal = u32::try_from(count).unwrap_or(AUDIT);
        let mut buffer = BatchBuffer::new(BatchKind::Declaration, 0);
        let declaration = spec.to_declaration();
        buffer.push(FrameKind::Declaration, |to| {
            put_declaration(to, ordinal, &declaration);
        })?;
        let place = TreePlace::new(shared.uuid, ordinal, spec.name.as_str().to_owned());
        let files = place.create(&shared.storage)?;
        let lookups = LedgerLookups::create(&shared.storage, &place, &spec.lookups)?;
        let folder = StateFolder::of(
            &shared.storage,
            shared.uuid,
            ordinal,
            spec.name.as_str().to_owned(),
            spec.state,
        );
        let state = folder.map(|folder| folder.create()).transpose()?;
        self.append(shared, &mut buffer, |_| {})?;
        let mut head = Head::clone(&self.head);
        let mut ledger = LedgerHead::empty(spec);
        ledger.state = state;
        head.ledgers.push(ledger);
        self.head = Arc::new(head);
        self.ledgers.push(files);
        self.lookups.push(lookups);
        self.publish(shared);
        Ok(())
    }

    fn append(
        &mut self,
        shared: &Shared,
        buffer: &mut BatchBuffer,
        add_ranges: impl FnOnce(&mut BatchBuffer),
    ) -> Result<Appended> {
        self.check_process()?;
        if self.clean {
            let mut superblocks = lock(&self.superblocks);
            let mut superblock = superblocks.current().clone();
            superblock.clean = false;
            superblocks.write(superblock)?;
            self.clean = false;
        }
        let _span = tracing::debug_span!(target: "ledger", "write").entered();
        let appended = self.log.append(buffer, add_ranges)?;
        // A batch is never split over segments.
        let len = appended.tip.end.offset() - appended.at.offset();
        self.unsynced += len;
        shared.counts.batches.add(1);
        shared.counts.log_bytes.add(len);
        Ok(appended)
    }

    /// A fork of the process has the lock too, and would write into the same places.
    pub(super) fn check_process(&self) -> Result<()> {
        let current = std::process::id();
        if current == self.process {
            return Ok(());
        }
        Err(hash_store::Error::Forked {
            opened: self.process,
            current,
        }
        .into())
    }

    /// Whether some derived file does not hold what was committed.
    fn fell_behind(&self) -> bool {
        let states = self.head.ledgers.iter().filter_map(|l| l.state.as_ref());
        self.audit.is_stale()
            || self.ledgers.iter().any(TreeWriter::is_stale)
            || states.into_iter().any(|state| state.files.is_stale())
    }

    /// Tells other processes of the tip.
    pub(crate) fn tell(&self, shared: &Shared) {
        let tip = *self.log.tip();
        // Without a tip other processes read later, or mark what they read. The tip vouches for
        // the derived files too: where they fell behind there is none.
        let _ = if self.fell_behind() {
            self.tip_file.clear()
        } else {
            self.tip_file.write(Tip {
                boot_id: [0; 16],
                uuid: shared.uuid,
                height: tip.height,
                batch: tip.batch,
                end: tip.end,
            })
        };
    }

    /// Tells readers of the new tip, then does what may wait.
    fn publish(&mut self, shared: &Arc<Shared>) {
        self.tell(shared);
        shared.publish(self.published(&shared.pins));
        self.log.settle();
        let long_table = self
            .lookups
            .iter()
            .flat_map(LedgerLookups::all)
            .any(|lookup| lookup.recent_len() >= TABLE_LEN);
        if self.unsynced >= WATERMARK_BYTES
            || self.unsynced_updates >= WATERMARK_UPDATES
            || long_table
        {
            self.start_sync(shared);
        }
        self.prune_some(shared);
    }

    /// Syncs the derived files up to the tip, beside the commits that follow.
    pub(super) fn start_sync(&mut self, shared: &Arc<Shared>) {
        if self
            .syncing
            .as_ref()
            .is_some_and(|sync| !sync.is_finished())
        {
            return;
        }
        // A sync that failed left its watermark where it was; this one covers more.
        self.syncing = None;
        let point = self.sync_point(shared, false);
        if self.background {
            self.syncing = Some(std::thread::spawn(move || point.reach()));
        } else {
            let _ = point.reach();
        }
    }

    /// Ends in order: everything synced, the watermarks at the tip, the clean flag set.
    pub(crate) fn close(&mut self, shared: &Arc<Shared>) -> Result<()> {
        self.check_process()?;
        if let Some(sync) = self.syncing.take() {
            let _ = sync.join();
        }
        self.stop_pruning();
        if let Some(reason) = self.log.poisoned() {
            return Err(hash_store::Error::Poisoned {
                reason: reason.to_owned(),
            }
            .into());
        }
        let damaged = self.head.ledgers.iter().filter_map(|l| l.state.as_ref());
        let is_damaged = damaged.into_iter().any(|state| state.files.is_stale())
            || self
                .lookups
                .iter()
                .flat_map(LedgerLookups::all)
                .any(|lookup| lookup.is_damaged());
        if self.clean && !is_damaged {
            return Ok(());
        }
        self.log.finish()?;
        self.sync_point(shared, true).reach()?;
        self.clean = true;
        Ok(())
    }

    pub(crate) fn published(&self, pins: &Arc<Pins>) -> Published {
        Published {
            pin: pins.pin(self.head.height),
            edges: Edges::default(),
            log: *self.log.tip(),
            roots: Roots::of_head(&self.head),
            trees: self
                .ledgers
                .iter()
                .map(|tree| Arc::clone(&tree.files))
                .collect(),
            states: self
                .head
                .ledgers
                .iter()
                .map(|ledger| {
                    ledger.state.as_ref().map(|state| PublishedState {
                        files: Arc::clone(&state.files),
                        newest: Some(state.clone()),
                        believed: u64::MAX,
                    })
                })
                .collect(),
            lookups: self.lookups.clone(),
            // A slot that could not be written is known to none but the log.
            attached: if self.audit.is_stale() {
                Attached::Log
            } else {
                Attached::Index
            },
        }
    }

    /// The superblock of this tip, and what has to be synced before it may be written.
    pub(crate) fn sync_point(&mut self, shared: &Arc<Shared>, clean: bool) -> SyncPoint {
        self.unsynced = 0;
        self.unsynced_updates = 0;
        let tip = *self.log.tip();
        let mark = |kind: FileKind, ledger: u32, stale: bool| Watermark {
            kind: kind as u32,
            ledger,
            batch: if stale { 0 } else { tip.batch },
            end: if stale {
                Position::new(0, HEADER_LEN)
            } else {
                tip.end
            },
        };
        let mut watermarks = Vec::new();
        let (mut files, mut node_logs, mut dirs) = (Vec::new(), Vec::new(), Vec::new());
        for (ordinal, tree) in (0u32..).zip(&self.ledgers) {
            watermarks.push(mark(FileKind::Tiles, ordinal, tree.is_stale()));
            watermarks.push(mark(FileKind::EntryIndex, ordinal, tree.is_stale()));
            files.extend(tree.files());
            let ledger = usize::try_from(ordinal).ok();
            let ledger = ledger.and_then(|i| self.head.ledgers.get(i));
            if let Some(state) = ledger.and_then(|ledger| ledger.state.as_ref()) {
                let stale = state.files.is_stale();
                watermarks.push(mark(FileKind::TrieNodes, ordinal, stale));
                watermarks.push(mark(FileKind::StateIndex, ordinal, stale));
                node_logs.push((Arc::clone(&state.files), state.files.log.end()));
                files.extend(state.files.files());
            }
        }
        let mut flushes = Vec::new();
        for (ordinal, lookups) in self.lookups.iter().enumerate() {
            let known = flushes.len();
            flushes.extend(lookups.all().map(|lookup| (ordinal, lookup.freeze())));
            dirs.extend(lookups.all().map(|lookup| lookup.dir()));
            if flushes.len() > known {
                let ledger = u32::try_from(ordinal).unwrap_or(AUDIT);
                watermarks.push(mark(FileKind::HashRun, ledger, false));
            }
        }
        let ledgers = self.head.ledgers.iter().map(|ledger| &ledger.spec);
        dirs.extend(ledgers.clone().map(|spec| spec.name.as_str().to_owned()));
        let states = ledgers.clone().filter(|spec| spec.state.is_some());
        dirs.extend(states.map(|spec| trie_dir(spec.name.as_str())));
        dirs.extend(["audit".to_owned(), String::new()]);
        let index = shared.attachments.as_ref();
        let stale = self.audit.is_stale();
        watermarks.push(mark(FileKind::Tiles, AUDIT, stale));
        watermarks.push(mark(FileKind::HeightIndex, AUDIT, stale));
        watermarks.push(mark(FileKind::AttachmentIndex, AUDIT, stale));
        files.extend(self.audit.files());
        files.extend(index.map(SlotIndex::file));
        SyncPoint {
            storage: Arc::clone(&shared.storage),
            superblocks: Arc::clone(&self.superblocks),
            superblock: Superblock {
                clean,
                cut: false,
                batch: tip.batch,
                height: tip.height,
                end: tip.end,
                last_body: tip.last_body,
                chain: tip.chain,
                ledgers: ledgers.map(LedgerSpec::to_declaration).collect(),
                watermarks,
                ..lock(&self.superblocks).current().clone()
            },
            files,
            node_logs,
            dirs,
            sync_failed: Arc::clone(&self.sync_failed),
            reaching: Arc::clone(&self.reaching),
            flushes,
            shared: Arc::clone(shared),
            at: shared.tip(),
            covers: shared.counts.log_bytes.get(),
        }
    }
}

/// Where each entry of a ledger in this batch lies: the position of its frame.
fn positions(frames: &[EntriesFrame], ledger: u32, batch: Position) -> Vec<Position> {
    let mut positions = Vec::new();
    for frame in frames.iter().filter(|frame| frame.ledger == ledger) {
        let at = Position::new(batch.segment(), batch.offset() + frame.at);
        let count = usize::try_from(frame.count).unwrap_or(0);
        positions.resize(positions.len() + count, at);
    }
    positions
}
