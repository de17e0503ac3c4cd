//! The state of one ledger at one height, and the files of its nodes.
//!
//! Invariants:
//!
//! - sealing reads nodes and writes none: what a batch adds is an overlay in memory until the
//!   batch is committed;
//! - nodes are stored after the sync of the commit they come from, in order, without a sync of
//!   their own. Where that fails the files are stale: the nodes stay in memory, and the next open
//!   makes the files anew;
//! - no node is used that does not have the hash its parent says.

use alloc::borrow::Cow;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;
use std::thread::available_parallelism;

use hash_store::{Position, SlotIndex, StorageFile};
use merkle_log::Hash;
use patricia_state::{Change, Changes, Location, NodeLog, Overlay, Root, StateScheme, Trie};

use crate::delta::Write;
use crate::error::Result;
use crate::store::Retention;

/// The node log of one state and the index of its roots.
#[derive(Debug)]
pub(crate) struct StateFiles {
    pub(crate) log: NodeLog,
    /// Two slots a height; none where only the newest root is of interest.
    pub(crate) index: Option<SlotIndex>,
    pub(crate) retention: Retention,
    stale: AtomicBool,
}

/// Where the state of one height is in the node log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatePlace {
    /// `None` for the state without keys.
    pub(crate) root: Option<Location>,
    /// Where the log ended after that height.
    pub(crate) end: Location,
}

impl StateFiles {
    pub(crate) const fn new(log: NodeLog, index: Option<SlotIndex>, retention: Retention) -> Self {
        Self {
            log,
            index,
            retention,
            stale: AtomicBool::new(false),
        }
    }

    /// Whether the files fell behind what was committed, or are damaged.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire) || self.log.is_damaged()
    }

    /// The files to sync before a watermark may cover them.
    pub(crate) fn files(&self) -> Vec<Arc<dyn StorageFile>> {
        let index = self.index.as_ref().map(SlotIndex::file);
        self.log.files().into_iter().chain(index).collect()
    }

    /// What the index says of a height; a hint until the root was read.
    pub(crate) fn place(&self, height: u64) -> Option<StatePlace> {
        let slot = height.checked_sub(1)?.checked_mul(2)?;
        let index = self.index.as_ref()?;
        let read = |slot| {
            index
                .get(slot)
                .ok()
                .map(|found| found.map_or(0, Position::to_bits))
        };
        Some(StatePlace {
            root: read(slot)?.checked_sub(1).map(Location),
            end: Location(read(slot + 1)?),
        })
    }

    fn set_place(&self, height: u64, place: StatePlace) -> hash_store::Result<()> {
        let Some(index) = &self.index else {
            return Ok(());
        };
        let Some(before) = height.checked_sub(1) else {
            return Ok(());
        };
        let root = place.root.map_or(0, |location| location.0 + 1);
        let slots = [root, place.end.0].map(Position::from_bits);
        index.set(before * 2, &slots)
    }
}

/// How many threads merge a large batch: as many as this process may run at once. Asked for once,
/// as the answer takes reading files.
fn workers() -> NonZeroUsize {
    static WORKERS: OnceLock<NonZeroUsize> = OnceLock::new();
    *WORKERS.get_or_init(|| available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// One state at one height.
#[derive(Clone, Debug)]
pub(crate) struct StateHead {
    pub(crate) scheme: StateScheme,
    pub(crate) overlay: Overlay,
    pub(crate) files: Arc<StateFiles>,
}

impl StateHead {
    /// The state without keys, its nodes in memory.
    pub(crate) fn empty(scheme: StateScheme) -> Self {
        let log = NodeLog::in_memory(scheme.suite);
        Self::on(
            scheme,
            Root::empty(scheme.suite),
            Arc::new(StateFiles::new(log, None, Retention::of_all())),
        )
    }

    /// A state that stands in files.
    pub(crate) const fn on(scheme: StateScheme, root: Root, files: Arc<StateFiles>) -> Self {
        Self {
            scheme,
            overlay: Overlay::new(root),
            files,
        }
    }

    pub(crate) const fn root(&self) -> Hash {
        Hash::new(self.overlay.root().hash)
    }

    /// The state after these writes.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State) where a node cannot be read.
    pub(crate) fn seal(&self, writes: &[Write<'_>]) -> Result<Self> {
        self.seal_at(writes, |key| self.scheme.trie_key(key))
    }

    /// The state after these writes, whose keys are those of the trie.
    ///
    /// # Errors
    /// As [`StateHead::seal`].
    pub(crate) fn seal_trie(&self, writes: &[Write<'_>]) -> Result<Self> {
        self.seal_at(writes, Cow::Borrowed)
    }

    fn seal_at<'a>(
        &self,
        writes: &[Write<'a>],
        trie_key: impl Fn(&'a [u8]) -> Cow<'a, [u8]>,
    ) -> Result<Self> {
        let keys: Vec<Cow<'_, [u8]>> = writes.iter().map(|(key, _)| trie_key(key)).collect();
        let changes = keys
            .iter()
            .zip(writes)
            .map(|(key, (_, value))| match value {
                Some(value) => Change::set(key, value),
                None => Change::remove(key),
            });
        let changes: Changes<'_> = changes.collect();
        let log = self.files.log.view();
        let overlay = self
            .overlay
            .seal_by(workers(), &log, self.scheme.suite, &changes)?;
        Ok(Self {
            overlay,
            ..self.clone()
        })
    }

    /// The value of a key.
    ///
    /// # Errors
    /// As [`StateHead::seal`].
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let log = self.files.log.view();
        let view = self.overlay.on(&log);
        let trie = Trie::new(&view, self.scheme, *self.overlay.root());
        Ok(trie.get(key)?.map(<[u8]>::to_vec))
    }

    /// Stores the nodes of a commit at `height`; the files are stale if that fails. Height 0: of a
    /// part of a base, which has no height yet.
    pub(crate) fn store(&self, height: u64) {
        let files = &self.files;
        let stored = self.overlay.store(|extension| files.log.append(extension));
        let place = StatePlace {
            root: self.overlay.root().location,
            end: files.log.end(),
        };
        if stored.is_err() || files.set_place(height, place).is_err() {
            files.stale.store(true, Ordering::Release);
        }
    }
}
