//! States for reading: one root of one ledger, beside the writer, at any height.
//!
//! Invariants:
//!
//! - a view's root is the one in the commit body of its height: it was read, and has that hash;
//! - the node log is a hint like every derived file: where it does not hold the root, or a node is
//!   damaged, the state is made anew from the delta frames.

use std::sync::{Arc, OnceLock};

use hash_store::{Access, FileKind, LogTip, Seed, SlotIndex, Storage};
use merkle_log::Hash;
use patricia_state::{
    Changes, Difference, Direction, Entries, Location, LogView, NodeLog, NodeLogPlace, NodeSource,
    Overlay, PrefixProof, Root, StateProof, StateScheme, Trie, Witness,
};

use super::kept::{KeptPlace, Retention};
use super::shared::Shared;
use crate::body::LedgerRoots;
use crate::error::{Error, Result};
use crate::keep::KeptHeights;
use crate::names::LedgerName;
use crate::state::{StateFiles, StateHead};

/// Where one state's files lie and what they are for.
#[derive(Clone, Debug)]
pub(crate) struct StateFolder {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) uuid: [u8; 16],
    pub(crate) ordinal: u32,
    pub(crate) dir: String,
    pub(crate) scheme: StateScheme,
}

impl StateFolder {
    /// The folder of a ledger's state, if the ledger has one.
    pub(crate) fn of(
        storage: &Arc<dyn Storage>,
        uuid: [u8; 16],
        ordinal: u32,
        dir: String,
        scheme: Option<StateScheme>,
    ) -> Option<Self> {
        Some(Self {
            storage: Arc::clone(storage),
            uuid,
            ordinal,
            dir,
            scheme: scheme?,
        })
    }

    /// The ledger, whose name its folder has.
    pub(crate) fn ledger(&self) -> &str {
        &self.dir
    }

    pub(crate) fn log(&self) -> NodeLogPlace {
        NodeLogPlace {
            storage: Arc::clone(&self.storage),
            dir: trie_dir(&self.dir),
            store_uuid: self.uuid,
            ledger: self.ordinal,
        }
    }

    fn index(&self) -> (String, Seed) {
        let seed = Seed {
            uuid: self.uuid,
            kind: FileKind::StateIndex,
            number: u64::from(self.ordinal),
        };
        (format!("{}/states", self.dir), seed)
    }

    fn kept(&self) -> KeptPlace {
        KeptPlace {
            storage: Arc::clone(&self.storage),
            dir: self.dir.clone(),
            seed: Seed {
                uuid: self.uuid,
                kind: FileKind::KeptHeights,
                number: u64::from(self.ordinal),
            },
        }
    }

    /// What is to be kept, as its file says.
    ///
    /// # Errors
    /// As [`KeptPlace::read`].
    pub(crate) fn kept_heights(&self) -> Result<KeptHeights> {
        self.kept().read()
    }

    /// Takes the file back to a tip: that of a store that was cut off behind it, or is a copy of
    /// another time.
    ///
    /// # Errors
    /// As [`StateFolder::kept_heights`].
    pub(crate) fn settle_kept(&self, tip: u64) -> Result<()> {
        let kept = self.kept_heights()?;
        self.keep(&kept.up_to(tip))
    }

    /// Says what is to be kept, durably.
    ///
    /// # Errors
    /// As [`StateFolder::kept_heights`]; `StoreFull`.
    pub(crate) fn keep(&self, kept: &KeptHeights) -> Result<()> {
        if *kept == self.kept_heights()? {
            return Ok(());
        }
        let io = |op: &'static str, file: &str| {
            let file = file.to_owned();
            move |source| hash_store::Error::Io { op, file, source }
        };
        let made = self.storage.create_dir(&self.dir);
        made.map_err(io("create", &self.dir))?;
        self.kept().write(kept)?;
        // The folder is new where the store is a copy.
        Ok(self.storage.sync_dir("").map_err(io("sync", ""))?)
    }

    /// Creates the files anew, for the state without keys. What was to be kept still is.
    pub(crate) fn create(&self) -> Result<StateHead> {
        let retention = Retention::of_writer(self.kept())?;
        let log = NodeLog::create(self.scheme.suite, self.log())?;
        let (name, seed) = self.index();
        let index = SlotIndex::create(&*self.storage, &name, &seed)?;
        let files = Arc::new(StateFiles::new(log, Some(index), retention));
        Ok(StateHead::on(
            self.scheme,
            Root::empty(self.scheme.suite),
            files,
        ))
    }

    /// Opens the files for writing at a height; `None` where they do not hold its root.
    pub(crate) fn open(&self, height: u64, root: Hash) -> Option<StateHead> {
        let (name, seed) = self.index();
        let index = SlotIndex::open(&*self.storage, &name, &seed, Access::Write).ok()??;
        let suite = self.scheme.suite;
        let retention = Retention::of_writer(self.kept()).ok()?;
        let mut files = StateFiles::new(NodeLog::in_memory(suite), Some(index), retention);
        let place = files.place(height);
        let (at, end) = place.map_or((None, Location(0)), |place| (place.root, place.end));
        files.log = NodeLog::open(suite, self.log(), end).ok()?;
        let root = readable_root(&files.log, self.scheme, at, root)?;
        Some(StateHead::on(self.scheme, root, Arc::new(files)))
    }

    /// Opens the files for reading; what is missing or damaged is left out.
    pub(crate) fn for_reading(&self) -> StateFiles {
        let (name, seed) = self.index();
        let index = SlotIndex::open(&*self.storage, &name, &seed, Access::Read);
        StateFiles::new(
            NodeLog::for_reading(self.scheme.suite, self.log()),
            index.ok().flatten(),
            Retention::of_reader(self.kept()),
        )
    }
}

/// The folder of a ledger's node log.
pub(crate) fn trie_dir(dir: &str) -> String {
    format!("{dir}/trie")
}

/// The root with this hash, if the log has it there.
fn readable_root(
    log: &NodeLog,
    scheme: StateScheme,
    location: Option<Location>,
    hash: Hash,
) -> Option<Root> {
    let hash = *hash.as_bytes();
    if hash == scheme.suite.empty_root() {
        return Some(Root::empty(scheme.suite));
    }
    log.view().record(location?, &hash).ok()?;
    Some(Root { hash, location })
}

impl StateFiles {
    /// The state with this root at a height, if these files hold it.
    pub(crate) fn at(
        self: &Arc<Self>,
        height: u64,
        scheme: StateScheme,
        root: Hash,
    ) -> Option<StateHead> {
        if *root.as_bytes() == scheme.suite.empty_root() {
            return Some(StateHead::on(
                scheme,
                Root::empty(scheme.suite),
                Arc::clone(self),
            ));
        }
        let place = self.place(height)?;
        self.log.reach(place.end).ok()?;
        let root = readable_root(&self.log, scheme, place.root, root)?;
        Some(StateHead::on(scheme, root, Arc::clone(self)))
    }
}

/// A state's files, and its newest root if a writer of this process keeps it.
#[derive(Clone, Debug)]
pub(crate) struct PublishedState {
    pub(crate) files: Arc<StateFiles>,
    pub(crate) newest: Option<StateHead>,
    /// The height up to which the files are believed to be whole: what a crash left of later ones
    /// may lack any node.
    pub(crate) believed: u64,
}

impl PublishedState {
    /// The files alone.
    pub(crate) fn stored(state: &Option<Self>) -> Option<Self> {
        state.as_ref().map(|state| Self {
            files: Arc::clone(&state.files),
            newest: None,
            believed: state.believed,
        })
    }

    /// The state that a ledger has at a height, if it can be read.
    fn at(&self, height: u64, scheme: StateScheme, root: Hash) -> Option<StateHead> {
        let newest = self.newest.as_ref().filter(|newest| newest.root() == root);
        newest
            .cloned()
            .or_else(|| self.files.at(height, scheme, root))
    }
}

/// Nodes of one state: those in its files, and those of the last commits if they are not there.
#[derive(Clone, Debug)]
pub struct StateNodes {
    overlay: Overlay,
    /// Made after the overlay: what that let go of is there.
    log: LogView,
}

impl From<StateHead> for StateNodes {
    fn from(head: StateHead) -> Self {
        Self {
            overlay: head.overlay,
            log: head.files.log.view(),
        }
    }
}

impl NodeSource for StateNodes {
    type Error = Error;

    #[inline(always)]
    fn record(&self, location: Location, hash: &[u8; 32]) -> Result<&[u8]> {
        // The overlay's own nodes are in memory: only the log's are looked up by the log.
        match self.overlay.record(location) {
            Some(record) => Ok(record?),
            None => Ok(self.log.record(location, hash)?),
        }
    }

    fn end(&self) -> Location {
        self.overlay.on(&self.log).end()
    }
}

/// The state of one ledger at one height.
///
/// Keys and prefixes are as the caller gave them where a method takes keys; iteration and prefixes
/// are over the trie's keys, which are hashes in the hashed key mode.
#[derive(Debug)]
pub struct StateView {
    shared: Arc<Shared>,
    tip: LogTip,
    ordinal: usize,
    height: u64,
    scheme: StateScheme,
    name: LedgerName,
    /// What says whether this height is kept; `None` of a state that does not ask.
    kept_by: Option<Arc<StateFiles>>,
    root: Root,
    nodes: StateNodes,
    /// Made anew from the delta frames when a node of `nodes` was found damaged.
    spare: OnceLock<(StateNodes, Root)>,
}

impl StateView {
    pub(super) fn open(
        shared: &Arc<Shared>,
        tip: &LogTip,
        (ordinal, published): (usize, Option<&PublishedState>),
        height: u64,
        roots: &LedgerRoots,
    ) -> Result<Self> {
        let scheme = roots.state.ok_or_else(|| Error::NoState {
            name: roots.name.as_str().to_owned(),
        })?;
        let root = roots.state_root;
        let kept_by = published.map(|state| Arc::clone(&state.files));
        let kept = check_kept(kept_by.as_deref(), &roots.name, height);
        if let Err(dropped @ Error::Dropped { .. }) = kept {
            return Err(dropped);
        }
        let stored = || published.and_then(|state| state.at(height, scheme, root));
        let anew = || {
            // Another process may have dropped it just now; and where nothing says what is
            // dropped, what the node log does not hold may be.
            check_kept(kept_by.as_deref(), &roots.name, height)?;
            Self::made_anew(shared, tip, ordinal, height, roots)
        };
        let believed = published.is_some_and(|state| height <= state.believed);
        let state = match (believed, stored()) {
            (true, Some(state)) => state,
            (true, None) => return anew(),
            // Where the log does not answer either, every node is still held against its hash.
            (false, stored) => match (anew(), stored) {
                (Err(_), Some(state)) => state,
                (made, _) => return made,
            },
        };
        Ok(Self {
            shared: Arc::clone(shared),
            tip: *tip,
            ordinal,
            height,
            scheme,
            name: roots.name.clone(),
            kept_by,
            root: *state.overlay.root(),
            nodes: state.into(),
            spare: OnceLock::new(),
        })
    }

    /// The state at a height, from the delta frames.
    pub(super) fn made_anew(
        shared: &Arc<Shared>,
        tip: &LogTip,
        ordinal: usize,
        height: u64,
        roots: &LedgerRoots,
    ) -> Result<Self> {
        let scheme = roots.state.ok_or_else(|| Error::NoState {
            name: roots.name.as_str().to_owned(),
        })?;
        let state = made_anew(
            shared,
            tip,
            ordinal,
            height,
            (&roots.name, scheme, roots.state_root),
        )?;
        Ok(Self {
            shared: Arc::clone(shared),
            tip: *tip,
            ordinal,
            height,
            scheme,
            name: roots.name.clone(),
            kept_by: None,
            root: *state.overlay.root(),
            nodes: state.into(),
            spare: OnceLock::new(),
        })
    }

    /// The height that the state is of.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// What the state is computed with.
    #[must_use]
    pub const fn scheme(&self) -> StateScheme {
        self.scheme
    }

    /// Its root, as in the commit body.
    #[must_use]
    pub const fn root(&self) -> Hash {
        Hash::new(self.root.hash)
    }

    /// The trie itself, for what this view has no method for. It does not make damaged nodes anew.
    #[must_use]
    pub fn trie(&self) -> Trie<'_, StateNodes> {
        let (nodes, root) = match self.spare.get() {
            Some((nodes, root)) => (nodes, *root),
            None => (&self.nodes, self.root),
        };
        Trie::new(nodes, self.scheme, root)
    }

    /// Answers from the node log, and where that is damaged from the delta frames.
    fn answer<'a, T>(&'a self, read: impl Fn(Trie<'a, StateNodes>) -> Result<T>) -> Result<T> {
        let error = match read(self.trie()) {
            Err(error @ Error::State(_)) if self.spare.get().is_none() => error,
            answer => return answer,
        };
        match self.make_anew() {
            Ok(()) => read(self.trie()),
            Err(dropped @ (Error::Dropped { .. } | Error::DamagedKept(_))) => Err(dropped),
            Err(_) => Err(error),
        }
    }

    /// Makes the state anew from the delta frames; what is read of this view from then on comes
    /// from there. For who met a damaged node in an iterator: it goes on after the last key. Does
    /// nothing the second time.
    ///
    /// # Errors
    /// [`Error::Dropped`] where the writer, another process, has dropped this height meanwhile,
    /// [`Error::DamagedKept`] where nothing tells whether it has; [`Error::Unmade`] where the record
    /// log is damaged too.
    pub fn make_anew(&self) -> Result<()> {
        if self.spare.get().is_some() {
            return Ok(());
        }
        check_kept(self.kept_by.as_deref(), &self.name, self.height)?;
        let state = made_anew(
            &self.shared,
            &self.tip,
            self.ordinal,
            self.height,
            (&self.name, self.scheme, self.root()),
        )?;
        let nodes = StateNodes::from(state);
        let root = *nodes.overlay.root();
        let _ = self.spare.set((nodes, root));
        Ok(())
    }

    /// Whether the state was made anew from the delta frames, because a node was damaged.
    #[must_use]
    pub fn is_made_anew(&self) -> bool {
        self.spare.get().is_some()
    }

    /// The value of a key, or `None` if it is absent. Reads the nodes on its path.
    ///
    /// # Errors
    /// [`Error::State`] where a node is damaged and the record log does not answer either.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<&[u8]>> {
        self.answer(|trie| trie.get(key.as_ref()))
    }

    /// All keys of the trie with their values, in order.
    #[must_use]
    pub fn entries(&self, direction: Direction) -> Entries<'_, StateNodes> {
        self.trie().entries(direction)
    }

    /// Keys of the trie from `from` on, itself included.
    ///
    /// # Errors
    /// As [`StateView::get`]; a damaged node further on is an error of the iterator.
    pub fn entries_from(
        &self,
        from: impl AsRef<[u8]>,
        direction: Direction,
    ) -> Result<Entries<'_, StateNodes>> {
        self.answer(|trie| trie.entries_from(from.as_ref(), direction))
    }

    /// Keys of the trie that start with `prefix`.
    ///
    /// # Errors
    /// As [`StateView::entries_from`].
    pub fn entries_under(
        &self,
        prefix: impl AsRef<[u8]>,
        direction: Direction,
    ) -> Result<Entries<'_, StateNodes>> {
        self.answer(|trie| trie.entries_under(prefix.as_ref(), direction))
    }

    /// Keys of the trie that start with `prefix`, from `from` on: how a long list is read in pages.
    ///
    /// # Errors
    /// As [`StateView::entries_from`].
    pub fn entries_under_from(
        &self,
        prefix: impl AsRef<[u8]>,
        from: impl AsRef<[u8]>,
        direction: Direction,
    ) -> Result<Entries<'_, StateNodes>> {
        self.answer(|trie| trie.entries_under_from(prefix.as_ref(), from.as_ref(), direction))
    }

    /// Proves the values, or the absence, of keys.
    ///
    /// # Errors
    /// As [`StateView::get`].
    pub fn prove(&self, keys: &[&[u8]]) -> Result<StateProof> {
        self.answer(|trie| trie.prove(keys))
    }

    /// Proves all keys of the trie that start with `prefix`, and that there are no others.
    ///
    /// # Errors
    /// As [`StateView::get`].
    pub fn prove_prefix(&self, prefix: impl AsRef<[u8]>) -> Result<PrefixProof> {
        self.answer(|trie| trie.prove_prefix(prefix.as_ref()))
    }

    /// Collects the nodes that suffice to apply changes to this root; their keys are the trie's
    /// ([`StateScheme::trie_key`]).
    ///
    /// # Errors
    /// As [`StateView::get`].
    pub fn witness(&self, changes: &Changes<'_>) -> Result<Witness> {
        self.answer(|trie| trie.witness(changes))
    }

    /// What differs in a later state of the same ledger, in order of the trie's keys: O(what
    /// differs), not O(keys).
    ///
    /// # Errors
    /// [`Error::State`] of the iterator where a node is damaged.
    pub fn diff<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = Result<Difference<'a>>> {
        self.trie().diff(&after.trie())
    }
}

/// That a height is kept, if there is somebody who says which are.
fn check_kept(files: Option<&StateFiles>, ledger: &LedgerName, height: u64) -> Result<()> {
    let checked = files.map_or(Ok(Ok(())), |files| files.retention.check(height))?;
    checked.map_err(|oldest| Error::Dropped {
        ledger: ledger.as_str().to_owned(),
        height,
        oldest,
    })
}

/// The state with this root at a height, from the delta frames.
fn made_anew(
    shared: &Shared,
    tip: &LogTip,
    ordinal: usize,
    height: u64,
    (ledger, scheme, root): (&LedgerName, StateScheme, Hash),
) -> Result<StateHead> {
    let scratch = shared.scratch(tip)?;
    let files = scratch.state(ordinal);
    let state = files.and_then(|files| files.at(height, scheme, root));
    state.ok_or_else(|| Error::Unmade {
        ledger: ledger.as_str().to_owned(),
        height,
        source: scratch.states_end(tip),
    })
}
