//! The store: one directory, one writer, many readers.

mod base;
mod begin;
mod bundle;
mod counters;
mod derived;
mod follow;
mod group;
mod ids;
mod kept;
mod lookup;
mod open;
mod prune;
mod reader;
mod replay;
mod scratch;
mod shared;
mod single;
mod snapshot;
mod states;
mod subscribe;
mod sync;
mod transfer;
mod writer;

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::thread;

use hash_store::{FileStorage, LogOptions, Storage};

pub use begin::BaseWriter;
pub use counters::Counters;
pub use group::{QueueLimits, Receipt, Submission};
pub use open::OpenReport;
pub use prune::PrunePlan;
pub use reader::{Durability, Reader};
pub use shared::CommitRecord;
pub use snapshot::{EntryIter, FoundEntry, Snapshot, TreeView};
pub use states::{StateNodes, StateView};
pub use subscribe::Subscription;
pub use transfer::{TransferError, TransferredEntry, WholeCommit};
pub use writer::Commit;

pub(crate) use base::{base_height, check_height};
pub(crate) use derived::TreePlace;
pub(crate) use follow::Step;
pub(crate) use kept::{Footing, Retention};
pub(crate) use lookup::{LedgerLookups, LookupKind, LookupPlace, id_fingerprint, leaf_records};
pub(crate) use open::{
    attachment_index, base_head, first_tip, height_is_indexed, state_folders, tip_after, tip_of,
};
pub(crate) use shared::{Roots, Shared, TreeFiles};
pub(crate) use states::StateFolder;

use crate::batch::{Batch, Sealed};
use crate::error::Result;
use crate::head::LedgerSpec;
use crate::keep::Keep;
use crate::names::NetworkId;
use group::Group;
use open::Opened;
use subscribe::Ended;
use sync::{Mutex, MutexGuard};
use writer::Writer;

/// A store that is open for writing.
///
/// All methods take `&self`, and a store may be shared between threads: commits are made one after
/// another, reading goes on beside them.
///
/// # Durability
/// A commit, attachment or declaration is durable when its method returns `Ok`. After an error
/// between the first byte written and the sync, its outcome is unknown and every later one is
/// refused as poisoned; reopen the store to learn what is durable. Reading goes on.
///
/// Dropping a store closes it; [`Store::close`] also tells of errors in doing so.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
    group: Group,
    report: OpenReport,
}

impl Store {
    /// Creates a store in `dir`, which must be empty or missing.
    ///
    /// # Errors
    /// `NotEmpty`, `StoreFull`, `Io` of [`hash_store::Error`]; [`Error::LedgerExists`] for two
    /// ledgers of one name.
    ///
    /// [`Error::LedgerExists`]: crate::Error::LedgerExists
    pub fn create(
        dir: impl AsRef<Path>,
        network: NetworkId,
        ledgers: &[LedgerSpec],
        options: LogOptions,
    ) -> Result<Self> {
        let storage = FileStorage::new(dir.as_ref());
        let mut uuid = [0; 16];
        getrandom::fill(&mut uuid).map_err(|e| hash_store::Error::Io {
            op: "draw a uuid for",
            file: storage.location(),
            source: std::io::Error::other(e.to_string()),
        })?;
        Self::create_in(Arc::new(storage), uuid, network, ledgers, options)
    }

    /// Creates a store on any storage, with this uuid, which no other store may have.
    ///
    /// # Errors
    /// As [`Store::create`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a store takes its storage over"
    )]
    pub fn create_in(
        storage: Arc<dyn Storage>,
        uuid: [u8; 16],
        network: NetworkId,
        ledgers: &[LedgerSpec],
        options: LogOptions,
    ) -> Result<Self> {
        open::create(&storage, uuid, network, ledgers, options).map(Self::new)
    }

    /// Begins a store on any storage, with this uuid, at a height: from the leaf hashes, the states
    /// and the commit that another store has there, and without the entries before it. These cannot
    /// be read then, nor can commits and states of earlier heights ([`Error::BeforeBase`]); all
    /// proofs are to be had, of earlier entries too. Ids are known of later entries only.
    ///
    /// # Errors
    /// As [`Store::create`].
    ///
    /// [`Error::BeforeBase`]: crate::Error::BeforeBase
    pub fn begin_in(
        storage: Arc<dyn Storage>,
        uuid: [u8; 16],
        network: NetworkId,
        ledgers: &[LedgerSpec],
        options: LogOptions,
    ) -> Result<BaseWriter> {
        BaseWriter::new(storage, uuid, network, ledgers, options)
    }

    /// Opens the store in `dir` for writing, settling what a crash left.
    ///
    /// # Errors
    /// `NotAStore`, `Locked`, `FormatVersion`, `UnknownFeatures`, `CorruptCommitted`, `Unsettled`,
    /// `MissingSegment`, `LogBehind` and their kin of [`hash_store::Error`];
    /// [`Error::Mismatch`](crate::Error::Mismatch) where records verify and contradict each other.
    pub fn open(dir: impl AsRef<Path>, options: LogOptions) -> Result<Self> {
        Self::open_in(Arc::new(FileStorage::new(dir.as_ref())), options)
    }

    /// Opens a store on any storage.
    ///
    /// # Errors
    /// As [`Store::open`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a store takes its storage over"
    )]
    pub fn open_in(storage: Arc<dyn Storage>, options: LogOptions) -> Result<Self> {
        open::open(&storage, options).map(Self::new)
    }

    fn new(opened: Opened) -> Self {
        Self {
            shared: opened.shared,
            writer: Mutex::new(opened.writer),
            group: Group::default(),
            report: opened.report,
        }
    }

    /// What opening found and did.
    #[must_use]
    pub const fn report(&self) -> &OpenReport {
        &self.report
    }

    /// A batch on the tip.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::on(Arc::clone(&self.lock().head), Arc::clone(&self.shared))
    }

    /// Makes a sealed batch durable: one write, one sync.
    ///
    /// # Errors
    /// [`Error::StaleParent`](crate::Error::StaleParent) where it was not sealed on the tip;
    /// `TooLarge`, `StoreFull`, `Poisoned`, `Forked`, `Io` of [`hash_store::Error`].
    pub fn commit(&self, sealed: Sealed) -> Result<Commit> {
        self.lock().commit(&self.shared, sealed)
    }

    /// Keeps bytes beside a committed height, durably, in a batch of their own.
    ///
    /// # Errors
    /// `NoSuchHeight`, `BeforeBase`, `EntryTooLarge`; otherwise as [`Store::commit`].
    pub fn attach(&self, height: u64, kind: u32, bytes: &[u8]) -> Result<()> {
        self.lock().attach(&self.shared, height, kind, bytes)
    }

    /// Declares one more ledger, durably. Batches made before are stale afterwards.
    ///
    /// # Errors
    /// `LedgerExists`, `TooManyLedgers`; otherwise as [`Store::commit`].
    pub fn declare(&self, spec: LedgerSpec) -> Result<()> {
        self.lock().declare(&self.shared, spec)?;
        // The superblock lists the ledgers for readers that come before the next commit. The
        // declaration is durable whether or not that works.
        let _ = self.sync_derived();
        Ok(())
    }

    /// Says which heights of a ledger's states are kept from now on. Commits drop the others when
    /// that is worth the work, a bounded part of it each, and a store opened later goes on with it.
    /// It is this store's own choice: replicas may choose differently. What was dropped before does
    /// not come back.
    ///
    /// # Durability
    /// What was said holds when this returns.
    ///
    /// # Errors
    /// `NoSuchLedger`, `NoState`; `NoSuchHeight`, `BeforeBase`, `Dropped` for a single height that is
    /// not there; `Io`, `StoreFull` of [`hash_store::Error`].
    pub fn set_keep(&self, ledger: &str, keep: Keep) -> Result<()> {
        self.lock().set_keep(&self.shared, ledger, keep)
    }

    /// Says what [`Store::prune`] would do, at the cost of reading every kept node.
    ///
    /// # Errors
    /// As [`Store::prune`].
    pub fn plan_prune(&self, ledger: &str, keep: &Keep) -> Result<PrunePlan> {
        self.lock().prune(&self.shared, ledger, keep, true)
    }

    /// Drops the states of all heights but these, once and at once, and gives their space back.
    /// Heights that a snapshot or batch of this process stands on stay as long as it does. Commits
    /// wait meanwhile. What later commits drop is for [`Store::set_keep`] to say; single heights
    /// that it named and `keep` does not are dropped too.
    ///
    /// # Errors
    /// `NoSuchLedger`, `NoState`; `NoSuchHeight`, `BeforeBase`, `Dropped` for a single height that is
    /// not there; [`Error::State`](crate::Error::State) where a node of a kept height is damaged; `Io`,
    /// `StoreFull` of [`hash_store::Error`]. The heights may be dropped then, their space not given
    /// back; what is kept can be read.
    pub fn prune(&self, ledger: &str, keep: &Keep) -> Result<PrunePlan> {
        self.lock().prune(&self.shared, ledger, keep, false)
    }

    /// Commits entries and writes together with those that other threads submit meanwhile: one write and one
    /// sync for all of them, at the greatest of their times and the tip's. Blocks until durable; while
    /// as much waits as may ([`Store::limit_queue`]), it first waits for room, in order of arrival.
    ///
    /// # Errors
    /// `NoSuchLedger`, `NoState`, `NoLookup` before anything is written; `DuplicateId` for this submission
    /// alone; otherwise as [`Store::commit`], for all of the group alike.
    pub fn submit(&self, submission: Submission) -> Result<Receipt> {
        self.group.submit(self, submission, true)
    }

    /// As [`Store::submit`], but does not wait for room in the queue.
    ///
    /// # Errors
    /// [`Error::Busy`](crate::Error::Busy) at once where there is none: nothing was taken in;
    /// otherwise as [`Store::submit`].
    pub fn try_submit(&self, submission: Submission) -> Result<Receipt> {
        self.group.submit(self, submission, false)
    }

    /// As [`Store::submit`] for many submissions of one caller, such as an event loop that serves many
    /// clients: what can be is committed as one group (more than one where it is more than 8 MiB), and
    /// each submission is answered by itself, in their order.
    ///
    /// # Errors
    /// For each submission as [`Store::submit`].
    pub fn submit_all(&self, submissions: Vec<Submission>) -> Vec<Result<Receipt>> {
        self.group.submit_all(self, submissions)
    }

    /// Says how much may wait for a group commit from now on, beside what is being committed.
    pub fn limit_queue(&self, limits: QueueLimits) {
        self.group.limit(limits);
    }

    /// Every commit from a height on, each once and in order: those that were made, then those that
    /// are made from now on. Heights start at 1; one that is not reached yet is waited for. Costs
    /// the writer one wake-up a commit, however slowly the subscription is read.
    ///
    /// # Errors
    /// `NoSuchHeight` for height 0; `BeforeBase`.
    pub fn subscribe(&self, from: u64) -> Result<Subscription> {
        Subscription::new(Arc::clone(&self.shared), from)
    }

    /// What this store did since it was opened, and how much waits. Reads a few dozen words; waits
    /// for no commit.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let at = self.shared.tip();
        let trees = at.trees.iter().chain([&self.shared.audit]);
        let states = at.states.iter().flatten();
        let mut counters = Counters {
            replayed: self.report.replayed,
            tile_blocks_checked: trees.map(|tree| tree.tiles.verified_blocks()).sum(),
            state_nodes_checked: states.map(|state| state.files.log.nodes_checked()).sum(),
            ..self.shared.counts.snapshot()
        };
        self.group.count(&mut counters);
        counters
    }

    /// The ledgers as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.shared), self.shared.tip())
    }

    /// Syncs derived files up to the tip and moves their watermarks there, so that the next open
    /// after a crash has less to replay. Commits go on meanwhile.
    ///
    /// # Errors
    /// `Io`, `StoreFull` of [`hash_store::Error`]; the watermarks stay where they were.
    pub fn sync_derived(&self) -> Result<()> {
        let point = {
            let mut writer = self.lock();
            if writer.clean {
                // Closed in order and not written since: the watermarks are at the tip.
                return Ok(());
            }
            writer.sync_point(&self.shared, false)
        };
        point.reach()
    }

    /// Closes the store in order, so that the next open is clean.
    ///
    /// # Errors
    /// `Poisoned`, `Io`, `StoreFull` of [`hash_store::Error`]. Nothing that was committed is lost.
    pub fn close(self) -> Result<()> {
        self.lock().close(&self.shared)
    }

    fn lock(&self) -> Writing<'_> {
        Writing {
            shared: &self.shared,
            // A thread that panicked while it was writing poisoned the log.
            writer: self.writer.lock().unwrap_or_else(PoisonError::into_inner),
            panicking: thread::panicking(),
        }
    }
}

/// The writer, while nobody else has it. When it is given back poisoned, subscriptions are told.
struct Writing<'a> {
    shared: &'a Shared,
    writer: MutexGuard<'a, Writer>,
    /// The thread panicked before it had the writer.
    panicking: bool,
}

impl Deref for Writing<'_> {
    type Target = Writer;

    fn deref(&self) -> &Writer {
        &self.writer
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut Writer {
        &mut self.writer
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let log = &mut self.writer.log;
        if thread::panicking() && !self.panicking {
            // What it did is unknown.
            log.poison("a thread panicked while writing".to_owned());
        }
        if let Some(reason) = log.poisoned()
            && self.shared.news.end(Ended::Poisoned(reason.to_owned()))
        {
            tracing::error!(target: "ledger", reason, "poisoned");
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Errors are told by `close`; without it the next open is not clean, which heals.
        let _ = self.lock().close(&self.shared);
        self.shared.news.end(Ended::Closed);
    }
}
