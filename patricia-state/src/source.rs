//! Where nodes come from: a log of records, and what a batch would add to its end.
//!
//! A node is named by its hash and its [`Location`] in one log, which only grows. Sealing a batch
//! writes the records of its new nodes as the bytes by which that log would grow (an
//! [`Extension`]); so committing is appending those bytes as they are, reading an uncommitted batch
//! is looking at them in place, and dropping it is dropping them. Invariants:
//! - bytes below a log's end never change;
//! - an extension's records refer to records before it and to records inside it, nothing else;
//! - the layers of an [`Overlay`] follow one another without gaps, and the first starts where the
//!   log ended when the first batch was sealed. Two overlays may start at the same place (a fork):
//!   then one of them at most can be committed.

use alloc::sync::Arc;
use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::change::Changes;
use crate::node::NodeError;
use crate::record::Location;
#[cfg(feature = "std")]
use crate::spread;
use crate::suite::{NodeHash, StateSuite};
use crate::update;

/// Root of a state: the hash of its topmost node, and where that node is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// What the outside world knows the state by.
    pub hash: NodeHash,
    /// `None` for the state without keys, which has no node.
    pub location: Option<Location>,
}

impl Root {
    /// Returns the root of the state without keys.
    #[must_use]
    pub const fn empty(suite: StateSuite) -> Self {
        Self {
            hash: suite.empty_root(),
            location: None,
        }
    }
}

/// A stored node cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredNodeError {
    /// The log has no such place.
    #[error("no node at offset {location}: the log ends at {end}")]
    Missing {
        /// Where the node should start.
        location: Location,
        /// Where the log ends.
        end: Location,
    },
    /// The bytes there are not a node.
    #[error("damaged node at offset {location}: {reason}")]
    Damaged {
        /// Where the node starts.
        location: Location,
        /// What is wrong with it.
        reason: NodeError,
    },
    /// The nodes on a path make a key that ends within a byte.
    #[error("key of {nibble_count} half bytes")]
    HalfByte {
        /// Length of the path.
        nibble_count: usize,
    },
}

/// A log of records that nodes are read from.
pub trait NodeSource {
    /// Why a node cannot be read. Damage that the trie notices is turned into it.
    type Error: From<StoredNodeError>;

    /// Returns bytes that start with the record at `location`; they may go on after it.
    ///
    /// `hash` is the hash of the node that has to be there, for sources that check what they read.
    ///
    /// # Errors
    ///
    /// The source's own, if it has no such record or the record does not have that hash.
    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error>;

    /// Returns the location after the last record.
    fn end(&self) -> Location;

    /// Says which records, none of which depends on another, will be read next. A source that checks
    /// what it reads can do it here for many at once; what is wrong with one [`NodeSource::record`]
    /// then says.
    fn prepare(&self, nodes: &[(Location, &NodeHash)]) {
        let _ = nodes;
    }
}

impl<S: NodeSource> NodeSource for &S {
    type Error = S::Error;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        (**self).record(location, hash)
    }

    fn end(&self) -> Location {
        (**self).end()
    }

    fn prepare(&self, nodes: &[(Location, &NodeHash)]) {
        (**self).prepare(nodes);
    }
}

/// The records by which a log grows when a batch is committed, and the root after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    pub(crate) start: Location,
    pub(crate) bytes: Vec<u8>,
    pub(crate) root: Root,
    pub(crate) node_count: usize,
}

impl Extension {
    /// Returns where in the log the records start: its end when they were made.
    #[must_use]
    pub const fn start(&self) -> Location {
        self.start
    }

    /// Returns the location after the records.
    #[must_use]
    pub const fn end(&self) -> Location {
        Location(self.start.0 + self.bytes.len() as u64)
    }

    /// Returns the records, to be appended as they are. Empty if the batch changed nothing or
    /// removed everything.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the root after the batch.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Returns the number of records.
    #[must_use]
    pub const fn node_count(&self) -> usize {
        self.node_count
    }
}

/// Node log in memory.
#[derive(Clone, Debug, Default)]
pub struct NodeStore {
    bytes: Vec<u8>,
}

/// An extension does not start where the log ends: another one was appended since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("extension starts at {got}, the log ends at {expected}")]
pub struct StaleExtension {
    /// End of the log.
    pub expected: Location,
    /// Start of the extension.
    pub got: Location,
}

impl NodeStore {
    /// Returns a log without records.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Appends the records of a batch, which makes its root readable here.
    ///
    /// # Errors
    ///
    /// [`StaleExtension`] if the log has grown since the batch was sealed.
    pub fn append(&mut self, extension: &Extension) -> Result<(), StaleExtension> {
        let expected = self.end();
        if extension.start != expected {
            return Err(StaleExtension {
                expected,
                got: extension.start,
            });
        }
        self.bytes.extend_from_slice(&extension.bytes);
        Ok(())
    }
}

/// Returns the bytes of a log's part that starts at `start`, from `location` on.
fn bytes_from(bytes: &[u8], start: Location, location: Location) -> Option<&[u8]> {
    let offset = usize::try_from(location.0.checked_sub(start.0)?).ok()?;
    bytes.get(offset..).filter(|record| !record.is_empty())
}

impl NodeSource for NodeStore {
    type Error = StoredNodeError;

    fn record(&self, location: Location, _hash: &NodeHash) -> Result<&[u8], Self::Error> {
        bytes_from(&self.bytes, Location(0), location).ok_or(StoredNodeError::Missing {
            location,
            end: self.end(),
        })
    }

    fn end(&self) -> Location {
        Location(self.bytes.len() as u64)
    }
}

/// Uncommitted batches, one on top of the other, on a root of a log.
///
/// Cloning copies references only, so that a fork costs nothing, and neither does dropping one. The
/// log itself is not part of it and is given when it is used; it has to be the one the first batch
/// was sealed on.
///
/// # Example
///
/// ```
/// use patricia_state::{Change, Changes, NodeStore, Overlay, StateSuite, Trie};
///
/// let suite = StateSuite::Blake3;
/// let mut log = NodeStore::new();
/// let tip = Overlay::empty(suite);
/// let one = tip.seal(&log, suite, &Changes::new(vec![Change::set(b"dog", b"puppy")])).unwrap();
/// let two = one.seal(&log, suite, &Changes::new(vec![Change::remove(b"dog")])).unwrap();
///
/// let view = one.on(&log);
/// assert_eq!(Trie::new(&view, suite, *one.root()).get(b"dog").unwrap(), Some(&b"puppy"[..]));
/// assert_eq!(two.root().hash, suite.empty_root());
///
/// one.store(|extension| log.append(extension)).unwrap(); // commits it; `two` can still follow
/// ```
#[derive(Clone, Debug)]
pub struct Overlay {
    root: Root,
    layers: Vec<Arc<Layer>>,
}

/// A sealed batch, shared by all overlays that stand on it.
#[derive(Debug)]
struct Layer {
    extension: Extension,
    /// The log has it: overlays can let go of it.
    is_stored: AtomicBool,
}

impl Overlay {
    /// Starts from a root in the log, with no batch yet.
    #[must_use]
    pub const fn new(root: Root) -> Self {
        Self {
            root,
            layers: Vec::new(),
        }
    }

    /// Starts from the state without keys.
    #[must_use]
    pub const fn empty(suite: StateSuite) -> Self {
        Self::new(Root::empty(suite))
    }

    /// Applies a batch and returns the overlay with it on top. Neither `self` nor the log changes.
    ///
    /// Cost: one walk over the nodes on the paths of the changes, and one hash for each new node.
    ///
    /// # Errors
    ///
    /// Those of the log, if a node cannot be read.
    pub fn seal<S: NodeSource>(
        &self,
        log: &S,
        suite: StateSuite,
        changes: &Changes<'_>,
    ) -> Result<Self, S::Error> {
        let view = self.on(log);
        let extension = update::update(&view, suite, &self.root, view.end(), changes)?;
        Ok(self.with(extension))
    }

    /// As [`Overlay::seal`], by up to so many threads, the calling one included, where the batch is
    /// large enough that they are worth it. What comes out is the same, byte for byte.
    ///
    /// # Errors
    ///
    /// Those of the log, if a node cannot be read; if several cannot, that of one of them.
    #[cfg(feature = "std")]
    pub fn seal_by<S>(
        &self,
        workers: NonZeroUsize,
        log: &S,
        suite: StateSuite,
        changes: &Changes<'_>,
    ) -> Result<Self, S::Error>
    where
        S: NodeSource + Sync,
        S::Error: Send,
    {
        let view = self.on(log);
        let spread = spread::by(workers.get());
        let extension = update::update_by(&view, suite, &self.root, view.end(), changes, spread)?;
        Ok(self.with(extension))
    }

    fn with(&self, extension: Extension) -> Self {
        let mut sealed = self.clone();
        sealed.settle();
        sealed.root = extension.root;
        sealed.layers.push(Arc::new(Layer {
            extension,
            is_stored: AtomicBool::new(false),
        }));
        sealed
    }

    /// Returns the root after the topmost batch.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Returns the batches, the oldest first; in this order they can be appended.
    pub fn extensions(&self) -> impl DoubleEndedIterator<Item = &Extension> {
        self.layers.iter().map(|layer| &layer.extension)
    }

    /// Appends the batches that are not in the log yet, the oldest first. All overlays that stand
    /// on them know of it.
    ///
    /// # Errors
    ///
    /// What `append` answers; the batches from that one on are still not in the log.
    pub fn store<E>(&self, mut append: impl FnMut(&Extension) -> Result<(), E>) -> Result<(), E> {
        for layer in &self.layers {
            if !layer.is_stored.load(Ordering::Acquire) {
                append(&layer.extension)?;
                layer.is_stored.store(true, Ordering::Release);
            }
        }
        Ok(())
    }

    /// Lets go of the batches that the log holds itself.
    pub fn settle(&mut self) {
        self.layers
            .retain(|layer| !layer.is_stored.load(Ordering::Acquire));
    }

    /// Returns bytes that start with the record at `location`, or `None` if it is the log that has
    /// to have it.
    pub fn record(&self, location: Location) -> Option<Result<&[u8], StoredNodeError>> {
        let mut layers = self.extensions().rev();
        let layer = layers.find(|layer| layer.start <= location)?;
        let bytes = bytes_from(&layer.bytes, layer.start, location);
        Some(bytes.ok_or_else(|| StoredNodeError::Missing {
            location,
            end: layer.end(),
        }))
    }

    /// Returns the log with the batches on top, to read from.
    pub const fn on<'a, S>(&'a self, log: &'a S) -> Overlaid<'a, S> {
        Overlaid { log, overlay: self }
    }
}

/// A log with uncommitted batches on top of it.
#[derive(Clone, Copy, Debug)]
pub struct Overlaid<'a, S> {
    log: &'a S,
    overlay: &'a Overlay,
}

impl<S: NodeSource> NodeSource for Overlaid<'_, S> {
    type Error = S::Error;

    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], Self::Error> {
        match self.overlay.record(location) {
            Some(record) => Ok(record?),
            None => self.log.record(location, hash),
        }
    }

    fn end(&self) -> Location {
        self.overlay
            .layers
            .last()
            .map_or_else(|| self.log.end(), |layer| layer.extension.end())
    }

    fn prepare(&self, nodes: &[(Location, &NodeHash)]) {
        let is_in_log = |(location, _): &&(Location, &NodeHash)| {
            let mut layers = self.overlay.extensions();
            !layers.any(|layer| layer.start <= *location)
        };
        let in_log: Vec<_> = nodes.iter().filter(is_in_log).copied().collect();
        self.log.prepare(&in_log);
    }
}
