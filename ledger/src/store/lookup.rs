//! What finds the leaves of a ledger by leaf hash or by id: sorted runs up to the watermark, tables
//! in memory past it.
//!
//! Invariants:
//!
//! - runs and tables together have a record of every committed leaf, and each leaf is in one of
//!   them; so that nothing is found is an answer, and what is found is held against the log;
//! - runs are written between a freeze and the superblock that covers them, and the runs they take
//!   the place of are removed after it: a superblock never stands for runs that are gone;
//! - a run that is missing or damaged is made anew from its part of the log, in memory, and by the
//!   writer's next watermark on the disk.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::io;
use std::ops::{Deref, DerefMut, Range};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError};

use hash_store::{FileKind, RunFile, RunRecord, Seed, Storage, run_spans};
use merkle_log::{Growth, Hash};
use sha2::{Digest, Sha256};

use super::derived::TreePlace;
use super::sync::{AtomicBool, RwLock};
use crate::error::Result;
use crate::head::Lookups;
use crate::names::LedgerName;

/// Tables of so many records are written before their watermark is due.
pub(crate) const TABLE_LEN: usize = 1 << 20;

/// What leaves are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LookupKind {
    LeafHash,
    Id,
}

/// Reads the records of some leaves from the log, in any order.
pub(crate) type FromLog<'a> = dyn Fn(Range<u64>) -> Result<Vec<RunRecord>> + 'a;

/// The fingerprint of a leaf hash: its first 8 bytes.
pub(crate) fn leaf_fingerprint(hash: &Hash) -> u64 {
    first_bytes(hash.as_bytes())
}

/// The fingerprint of an id: the first 8 bytes of its SHA-256.
pub(crate) fn id_fingerprint(id: &[u8]) -> u64 {
    first_bytes(&Sha256::digest(id))
}

fn first_bytes(hash: &[u8]) -> u64 {
    let bytes = hash.iter().take(8).rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// One look-up of one ledger.
#[derive(Debug)]
pub(crate) struct Lookup {
    place: LookupPlace,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// From leaf 0 on, without gaps.
    runs: Arc<[Arc<Run>]>,
    /// Tables that a sync point was made over, oldest first.
    frozen: Vec<Arc<Table>>,
    recent: Table,
}

/// The records of the leaves from the end of the runs, or of the table before, up to `end`.
#[derive(Debug, Default)]
struct Table {
    records: BTreeSet<RunRecord>,
    end: u64,
}

impl Table {
    fn find(&self, fingerprint: u64) -> impl Iterator<Item = u64> + '_ {
        let record = |leaf| RunRecord { fingerprint, leaf };
        let equal = self.records.range(record(0)..=record(u64::MAX));
        equal.map(|record| record.leaf)
    }
}

#[derive(Debug)]
struct Run {
    span: Range<u64>,
    name: String,
    file: Option<RunFile>,
    /// The records, from the log, once the file was found missing or damaged.
    spare: OnceLock<Vec<RunRecord>>,
    synced: AtomicBool,
}

impl Run {
    fn find(&self, fingerprint: u64, found: &mut Vec<u64>, log: &FromLog<'_>) -> Result<()> {
        let before = found.len();
        if let (Some(file), None) = (&self.file, self.spare.get()) {
            if file.find(fingerprint, found).is_ok() {
                return Ok(());
            }
            found.truncate(before);
        }
        let spare = self.spare(log)?;
        let first = spare.partition_point(|record| record.fingerprint < fingerprint);
        let equal = spare.iter().skip(first);
        let equal = equal.take_while(|record| record.fingerprint == fingerprint);
        found.extend(equal.map(|record| record.leaf));
        Ok(())
    }

    fn spare(&self, log: &FromLog<'_>) -> Result<&[RunRecord]> {
        if let Some(spare) = self.spare.get() {
            return Ok(spare);
        }
        let mut records = log(self.span.clone())?;
        records.sort_unstable();
        Ok(self.spare.get_or_init(|| records))
    }

    fn is_damaged(&self) -> bool {
        self.file.is_none() || self.spare.get().is_some()
    }

    fn records(&self) -> Box<dyn Iterator<Item = hash_store::Result<RunRecord>> + '_> {
        match (self.spare.get(), &self.file) {
            (None, Some(file)) => Box::new(file.records()),
            (spare, _) => Box::new(spare.into_iter().flatten().copied().map(Ok)),
        }
    }

    /// Reads the whole run, and makes it anew where it cannot be read.
    fn settle(&self, log: &FromLog<'_>) -> Result<()> {
        let missing = self.file.is_none() && self.spare.get().is_none();
        if missing || self.records().any(|record| record.is_err()) {
            self.spare(log)?;
        }
        Ok(())
    }
}

/// Where the runs of one look-up lie and what they are for.
#[derive(Clone, Debug)]
pub(crate) struct LookupPlace {
    storage: Arc<dyn Storage>,
    tree: TreePlace,
    kind: LookupKind,
}

impl LookupPlace {
    pub(crate) fn dir(&self) -> String {
        let dir = &self.tree.dir;
        match self.kind {
            LookupKind::LeafHash => format!("{dir}/hashes"),
            LookupKind::Id => format!("{dir}/ids"),
        }
    }

    fn name(&self, span: &Range<u64>) -> String {
        format!("{:016x}-{:016x}.run", span.start, span.end)
    }

    pub(crate) const fn kind(&self) -> LookupKind {
        self.kind
    }

    /// Name of a run's file in the store.
    pub(crate) fn path(&self, span: &Range<u64>) -> String {
        format!("{}/{}", self.dir(), self.name(span))
    }

    fn seed(&self, span: &Range<u64>) -> Seed {
        Seed {
            uuid: self.tree.uuid,
            kind: match self.kind {
                LookupKind::LeafHash => FileKind::HashRun,
                LookupKind::Id => FileKind::IdRun,
            },
            number: u64::from(self.tree.ordinal) << 48 | span.start,
        }
    }

    /// The file of a run, if it is there and begins as it should.
    pub(crate) fn run_file(&self, span: &Range<u64>) -> Option<RunFile> {
        let (name, seed) = (self.path(span), self.seed(span));
        RunFile::open(&*self.storage, &name, &seed, span.end).ok()?
    }

    /// Removes all files but the runs of a ledger of `size` entries.
    fn clean(&self, size: u64) -> io::Result<()> {
        let dir = self.dir();
        self.storage.create_dir(&dir)?;
        let spans = run_spans(size);
        let kept: Vec<String> = spans.iter().map(|span| self.name(span)).collect();
        for file in self.storage.list(&dir)? {
            if !kept.contains(&file.name) {
                self.storage.remove(&format!("{dir}/{}", file.name))?;
            }
        }
        Ok(())
    }

    /// The look-up of a ledger without entries.
    fn create(self) -> Result<Lookup> {
        self.clean(0).map_err(|source| hash_store::Error::Io {
            op: "clear",
            file: self.dir(),
            source,
        })?;
        Ok(self.on(0))
    }

    /// Opens the runs for writing; `None` where one is missing or cannot be this one.
    fn open(self, size: u64) -> Option<Lookup> {
        self.clean(size).ok()?;
        let lookup = self.on(size);
        let whole = !lookup.is_damaged();
        whole.then_some(lookup)
    }

    /// The look-up of a ledger whose runs reach up to `size`.
    fn on(self, size: u64) -> Lookup {
        let runs = run_spans(size).into_iter().map(|span| {
            Arc::new(Run {
                file: self.run_file(&span),
                name: self.path(&span),
                span,
                spare: OnceLock::new(),
                synced: AtomicBool::new(true),
            })
        });
        let recent = Table {
            end: size,
            ..Table::default()
        };
        let state = State {
            runs: runs.collect(),
            frozen: Vec::new(),
            recent,
        };
        Lookup {
            place: self,
            state: RwLock::new(state),
        }
    }
}

impl Lookup {
    fn read(&self) -> impl Deref<Target = State> + '_ {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> impl DerefMut<Target = State> + '_ {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn kind(&self) -> LookupKind {
        self.place.kind
    }

    /// The folder of the runs.
    pub(crate) fn dir(&self) -> String {
        self.place.dir()
    }

    /// Up to which leaf the runs reach.
    pub(crate) fn covered(&self) -> u64 {
        self.read().runs.last().map_or(0, |run| run.span.end)
    }

    /// Records in memory that no sync point was made over.
    pub(crate) fn recent_len(&self) -> usize {
        self.read().recent.records.len()
    }

    /// Whether some run was found missing or damaged.
    pub(crate) fn is_damaged(&self) -> bool {
        self.read().runs.iter().any(|run| run.is_damaged())
    }

    /// Takes in the leaves that a commit added, up to `end`.
    fn append(&self, records: impl Iterator<Item = RunRecord>, end: u64) {
        let mut state = self.write();
        state.recent.records.extend(records);
        state.recent.end = state.recent.end.max(end);
    }

    /// The leaves with a fingerprint among the first `size`, in order; whether they are what is
    /// looked for, the log says.
    pub(crate) fn find(&self, fingerprint: u64, size: u64, log: &FromLog<'_>) -> Result<Vec<u64>> {
        // Beside the writer of another process the last leaves are known to the log alone.
        let end = self.read().recent.end;
        if end < size {
            self.append(log(end..size)?.into_iter(), size);
        }
        let (mut found, runs) = {
            let state = self.read();
            let frozen = state.frozen.iter().map(|table| &**table);
            let tables = frozen.chain([&state.recent]);
            let found: Vec<u64> = tables.flat_map(|table| table.find(fingerprint)).collect();
            (found, Arc::clone(&state.runs))
        };
        for run in runs.iter().filter(|run| run.span.start < size) {
            run.find(fingerprint, &mut found, log)?;
        }
        found.retain(|leaf| *leaf < size);
        found.sort_unstable();
        Ok(found)
    }

    /// Sets the tables aside, to be written as runs.
    pub(crate) fn freeze(self: &Arc<Self>) -> Flush {
        let mut state = self.write();
        let end = state.recent.end;
        if !state.recent.records.is_empty() {
            let recent = Table {
                end,
                ..Table::default()
            };
            let recent = std::mem::replace(&mut state.recent, recent);
            state.frozen.push(Arc::new(recent));
        }
        Flush {
            lookup: Arc::clone(self),
            end,
            runs: None,
        }
    }
}

/// Tables on their way to be runs.
#[derive(Debug)]
pub(crate) struct Flush {
    lookup: Arc<Lookup>,
    end: u64,
    runs: Option<Vec<Arc<Run>>>,
}

impl Flush {
    pub(crate) fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    /// Writes the runs that there are not yet.
    ///
    /// # Errors
    /// `Io`, `StoreFull`; that of the log where a run is damaged and the log is too.
    pub(crate) fn write(&mut self, log: &FromLog<'_>) -> Result<()> {
        let (old, tables) = {
            let state = self.lookup.read();
            (Arc::clone(&state.runs), state.frozen.clone())
        };
        if old.last().is_some_and(|run| run.span.end > self.end) {
            return Ok(());
        }
        let mut runs = Vec::new();
        for span in run_spans(self.end) {
            let same = old.iter().find(|run| run.span == span && !run.is_damaged());
            runs.push(match same {
                Some(run) => Arc::clone(run),
                None => self.make(span, &old, &tables, log)?,
            });
        }
        self.runs = Some(runs);
        Ok(())
    }

    /// Merges what there is of a span into its run.
    fn make(
        &self,
        span: Range<u64>,
        old: &[Arc<Run>],
        tables: &[Arc<Table>],
        log: &FromLog<'_>,
    ) -> Result<Arc<Run>> {
        let inside = old
            .iter()
            .filter(|run| span.start <= run.span.start && run.span.end <= span.end);
        let place = &self.lookup.place;
        let (name, seed) = (place.path(&span), place.seed(&span));
        let merge = || {
            let runs = inside.clone().map(|run| run.records());
            let tables = tables.iter().map(|table| {
                let records = table.records.iter().copied();
                Box::new(records.filter(|record| span.contains(&record.leaf)).map(Ok)) as Source<'_>
            });
            let merged = Merge::new(runs.chain(tables).collect());
            RunFile::write(&*place.storage, &name, &seed, span.end, merged)
        };
        // A run that is known to be missing has to be made anew first; where another turns out to
        // be damaged, it is read whole and then made anew.
        for run in inside.clone().filter(|run| run.is_damaged()) {
            run.spare(log)?;
        }
        let file = match merge() {
            Ok(file) => file,
            Err(error) if error.damage().is_none() => return Err(error.into()),
            Err(_) => {
                for run in inside.clone() {
                    run.settle(log)?;
                }
                merge()?
            }
        };
        Ok(Arc::new(Run {
            name,
            file: Some(file),
            spare: OnceLock::new(),
            synced: AtomicBool::new(false),
            span,
        }))
    }

    /// Syncs the runs that were not synced yet.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn sync(&self) -> Result<()> {
        for run in self.runs.iter().flatten() {
            let file = run.file.as_ref().map(RunFile::file);
            if let Some(file) = file.filter(|_| !run.synced.load(Ordering::Acquire)) {
                file.sync_data().map_err(|source| hash_store::Error::Io {
                    op: "sync",
                    file: run.name.clone(),
                    source,
                })?;
                run.synced.store(true, Ordering::Release);
            }
        }
        Ok(())
    }

    /// Goes over to the new runs, and removes those that they take the place of.
    pub(crate) fn install(self) {
        let Some(runs) = self.runs else {
            return;
        };
        let kept: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
        let old = {
            let mut state = self.lookup.write();
            state.frozen.retain(|table| table.end > self.end);
            std::mem::replace(&mut state.runs, runs.into())
        };
        for run in old.iter().filter(|run| !kept.contains(&run.name)) {
            // What stays is removed by the next open.
            let _ = self.lookup.place.storage.remove(&run.name);
        }
    }
}

type Source<'a> = Box<dyn Iterator<Item = hash_store::Result<RunRecord>> + 'a>;

/// Several ordered sources as one.
struct Merge<'a> {
    sources: Vec<Source<'a>>,
    /// The next record of each source that has one.
    next: BinaryHeap<Reverse<(RunRecord, usize)>>,
    failed: Option<hash_store::Error>,
}

impl<'a> Merge<'a> {
    fn new(sources: Vec<Source<'a>>) -> Self {
        let mut merge = Self {
            sources,
            next: BinaryHeap::new(),
            failed: None,
        };
        for source in 0..merge.sources.len() {
            merge.pull(source);
        }
        merge
    }

    fn pull(&mut self, source: usize) {
        match self.sources.get_mut(source).and_then(Iterator::next) {
            Some(Ok(record)) => self.next.push(Reverse((record, source))),
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = hash_store::Result<RunRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let Reverse((record, source)) = self.next.pop()?;
        self.pull(source);
        Some(Ok(record))
    }
}

/// The look-ups of one ledger.
#[derive(Clone, Debug, Default)]
pub(crate) struct LedgerLookups {
    pub(crate) hashes: Option<Arc<Lookup>>,
    pub(crate) ids: Option<Arc<Lookup>>,
    /// In which space the ids are unique.
    pub(crate) space: Option<LedgerName>,
}

impl LedgerLookups {
    /// Where the look-ups of a ledger lie, by leaf hash first.
    pub(crate) fn places(
        storage: &Arc<dyn Storage>,
        tree: &TreePlace,
        spec: &Lookups,
    ) -> [Option<LookupPlace>; 2] {
        let place = |kind| LookupPlace {
            storage: Arc::clone(storage),
            tree: tree.clone(),
            kind,
        };
        [
            spec.leaf_hashes.then(|| place(LookupKind::LeafHash)),
            spec.ids.is_some().then(|| place(LookupKind::Id)),
        ]
    }

    fn new([hashes, ids]: [Option<Lookup>; 2], spec: &Lookups) -> Self {
        Self {
            hashes: hashes.map(Arc::new),
            ids: ids.map(Arc::new),
            space: spec.ids.clone(),
        }
    }

    /// Creates the look-ups of a ledger without entries.
    pub(crate) fn create(
        storage: &Arc<dyn Storage>,
        tree: &TreePlace,
        spec: &Lookups,
    ) -> Result<Self> {
        let [hashes, ids] = Self::places(storage, tree, spec);
        let create = |place: Option<LookupPlace>| place.map(LookupPlace::create).transpose();
        Ok(Self::new([create(hashes)?, create(ids)?], spec))
    }

    /// Opens the look-ups for writing, with runs up to `size`; `None` where a run is missing.
    pub(crate) fn open(
        storage: &Arc<dyn Storage>,
        tree: &TreePlace,
        spec: &Lookups,
        size: u64,
    ) -> Option<Self> {
        let mut opened = [None, None];
        let places = Self::places(storage, tree, spec).into_iter();
        for (opened, place) in opened.iter_mut().zip(places) {
            if let Some(place) = place {
                *opened = Some(place.open(size)?);
            }
        }
        Some(Self::new(opened, spec))
    }

    /// Opens the look-ups for reading, with runs up to `size`.
    pub(crate) fn for_reading(
        storage: &Arc<dyn Storage>,
        tree: &TreePlace,
        spec: &Lookups,
        size: u64,
    ) -> Self {
        let places = Self::places(storage, tree, spec);
        Self::new(places.map(|place| Some(place?.on(size))), spec)
    }

    /// Writes tables that grew long as runs, so that replaying a long log takes no more memory. A
    /// table that cannot be written now is written at the next sync point.
    pub(crate) fn write_long_tables(&self) {
        for lookup in self.all().filter(|lookup| lookup.recent_len() >= TABLE_LEN) {
            let mut flush = lookup.freeze();
            // Nothing is read from the log here: where a run is damaged, this waits.
            let not_now = |_| Err(hash_store::Error::LogBehind { expected: 0 }.into());
            if flush.write(&not_now).is_ok() {
                flush.install();
            }
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Lookup>> {
        self.hashes.iter().chain(&self.ids)
    }

    /// Takes in what a commit added: leaves, and the records of those that have ids.
    pub(crate) fn append(&self, growth: &Growth, ids: impl Iterator<Item = RunRecord>) {
        let end = growth.size_after().0;
        if let Some(hashes) = &self.hashes {
            hashes.append(leaf_records(growth), end);
        }
        if let Some(known) = &self.ids {
            known.append(ids, end);
        }
    }
}

/// The records of the leaves that a commit added.
pub(crate) fn leaf_records(growth: &Growth) -> impl Iterator<Item = RunRecord> + '_ {
    let leaves = growth.runs().iter().filter(|run| run.level() == 0);
    leaves.flat_map(|run| {
        (run.first()..)
            .zip(run.hashes())
            .map(|(leaf, hash)| RunRecord {
                fingerprint: leaf_fingerprint(hash),
                leaf,
            })
    })
}
