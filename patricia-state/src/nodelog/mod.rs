//! The node log on disk: files of records, read in place, every node checked before it is used.
//!
//! # Format
//!
//! The files of a log follow one another without gaps. One is named after the location of its
//! first byte, `<16 lower-case hex digits>.nodes`, and has the header page before its records
//! (FORMAT.md section 12). The bytes of one commit are never split: a file takes commits until it
//! would pass [`FILE_LEN`], but always one. Where roots were dropped, `<16 hex digits>.kept` stands
//! in the place of such files: what is kept of their records, under the same locations.
//!
//! # Invariants
//!
//! - the log is derived: nothing in it is believed for its own sake, a node is used only after it
//!   was found to have the hash that its parent, or a commit body, says;
//! - nothing here is synced but what takes the place of files that are then removed; how far the
//!   log is on the disk is known elsewhere, and what lies beyond that is written again by replaying
//!   the record log, with the same bytes;
//! - bytes below the end never change and never move to another location, so that readers need no
//!   lock, and batches that were sealed before something was dropped stay as good as they were.

mod checked;
mod inspect;
mod part;
mod pass;
mod place;
mod view;

use std::string::String;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::vec::Vec;

use hash_store::{Access, GrownFile, StorageFile};

use crate::record::Location;
use crate::source::{Extension, StaleExtension, StoredNodeError};
use crate::suite::{NodeHash, StateSuite};
use checked::Checked;
pub use inspect::{NodeParts, inspect_node};
use part::Part;
pub use pass::{Pass, PassRoot, PassSizes};
pub use place::NodeLogPlace;
use place::{Form, Name};
pub use view::LogView;

/// Bytes of records after which a new file is begun.
const FILE_LEN: u64 = 64 << 20;
/// How often files are listed again that were removed while they were being opened.
const LISTINGS_MAX: usize = 8;

/// A node cannot be read, or the log cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeLogError {
    /// A stored node cannot be used.
    #[error(transparent)]
    Node(#[from] StoredNodeError),
    /// The record at a location is that of another node.
    #[error(
        "damaged node log: the node at offset {location} has another hash than its parent says"
    )]
    OtherNode {
        /// Where the node starts.
        location: Location,
        /// Hash that it has to have.
        expected: NodeHash,
        /// Hash of what lies there.
        computed: NodeHash,
    },
    /// The node was dropped: no root that is kept leads to it.
    #[error("the node at offset {location} was dropped")]
    Dropped {
        /// Where the node started.
        location: Location,
    },
    /// A file of the log.
    #[error(transparent)]
    File(#[from] hash_store::Error),
    /// The log has grown since a batch was sealed.
    #[error(transparent)]
    Stale(#[from] StaleExtension),
}

impl NodeLogError {
    /// Where the node starts that cannot be used, if it is one node.
    #[must_use]
    pub const fn location(&self) -> Option<Location> {
        match self {
            Self::Node(
                StoredNodeError::Missing { location, .. }
                | StoredNodeError::Damaged { location, .. },
            )
            | Self::OtherNode { location, .. }
            | Self::Dropped { location } => Some(*location),
            _ => None,
        }
    }
}

/// Node log of one state, for its one writer and any number of readers.
#[derive(Debug)]
pub struct NodeLog {
    /// `None` for a log in memory.
    place: Option<NodeLogPlace>,
    access: Access,
    common: Arc<Common>,
    /// In order, without gaps; replaced as a whole.
    parts: RwLock<Arc<Vec<Arc<Part>>>>,
    growing: Mutex<Growing>,
}

/// What a log shares with its views.
#[derive(Debug)]
struct Common {
    suite: StateSuite,
    end: AtomicU64,
    /// Up to where files that take no more commits were synced.
    synced: AtomicU64,
    checked: Checked,
    is_damaged: AtomicBool,
}

/// What one at a time may do.
#[derive(Debug, Default)]
struct Growing {
    /// The last file takes no more commits.
    is_full: bool,
}

impl NodeLog {
    fn new(suite: StateSuite, place: Option<NodeLogPlace>, access: Access) -> Self {
        Self {
            place,
            access,
            common: Arc::new(Common {
                suite,
                end: AtomicU64::new(0),
                synced: AtomicU64::new(0),
                checked: Checked::default(),
                is_damaged: AtomicBool::new(false),
            }),
            parts: RwLock::default(),
            growing: Mutex::default(),
        }
    }

    /// A log that is not on any disk.
    #[must_use]
    pub fn in_memory(suite: StateSuite) -> Self {
        Self::new(suite, None, Access::Read)
    }

    /// How many nodes were hashed on reading, since they were not known as checked.
    #[must_use]
    pub fn nodes_checked(&self) -> u64 {
        self.common.checked.count()
    }

    /// Creates the log anew, empty: files that are there are removed.
    ///
    /// # Errors
    /// [`hash_store::Error::Io`].
    pub fn create(suite: StateSuite, place: NodeLogPlace) -> hash_store::Result<Self> {
        place.create_dir()?;
        place.remove(|_| true)?;
        Ok(Self::new(suite, Some(place), Access::Write))
    }

    /// Opens the log for writing, believing it up to `end`; what lies beyond is given up.
    ///
    /// # Errors
    /// [`hash_store::Error`]: whatever is missing, too short or has a damaged header. The caller
    /// creates the log anew then.
    pub fn open(suite: StateSuite, place: NodeLogPlace, end: Location) -> hash_store::Result<Self> {
        place.create_dir()?;
        let log = Self::new(suite, Some(place.clone()), Access::Write);
        log.extend_to(end)?;
        let parts = log.parts();
        let ends = parts.iter().filter_map(|part| part.end());
        if ends.max().is_some_and(|found| found > end.0) {
            return Err(missing(place.dir));
        }
        // What a crash left: files behind the end, half made ones, and those in whose place others
        // stand, as soon as these are sure to stay. Bytes past `end` in the last file are written
        // again.
        let counts = |name: &Name| parts.iter().any(|part| part.name() == *name);
        if !place.names()?.iter().all(counts) {
            place.sync_dir()?;
            place.remove(|name| !counts(name))?;
        }
        Ok(log)
    }

    /// Opens the log for reading; [`NodeLog::reach`] makes a part of it readable.
    #[must_use]
    pub fn for_reading(suite: StateSuite, place: NodeLogPlace) -> Self {
        Self::new(suite, Some(place), Access::Read)
    }

    /// The location after the last record.
    #[must_use]
    pub fn end(&self) -> Location {
        Location(self.common.end.load(Ordering::Acquire))
    }

    /// The log as it is now, to read from.
    #[must_use]
    pub fn view(&self) -> LogView {
        LogView {
            parts: self.parts(),
            common: Arc::clone(&self.common),
        }
    }

    fn parts(&self) -> Arc<Vec<Arc<Part>>> {
        Arc::clone(&self.parts.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_parts(&self, parts: Vec<Arc<Part>>) {
        *self.parts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parts);
    }

    /// Makes the log readable up to `end`, where a commit ended that is known to be committed. A log
    /// that is open for writing reaches what was appended, and no further.
    ///
    /// # Errors
    /// [`hash_store::Error`]: whatever is missing, too short or has a damaged header.
    pub fn reach(&self, end: Location) -> hash_store::Result<()> {
        if end > self.end() && self.access == Access::Write {
            return Err(missing(String::new()));
        }
        self.extend_to(end)
    }

    fn extend_to(&self, end: Location) -> hash_store::Result<()> {
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        if end <= self.end() {
            return Ok(());
        }
        let Some(place) = &self.place else {
            return Err(missing(String::new()));
        };
        let known = self.parts();
        let mut listings = 0..LISTINGS_MAX;
        let parts = loop {
            // A file that was removed since it was listed is covered by another one, and that one
            // may have got its name too late for the list.
            match self.open_parts(place, &known, end.0)? {
                Some(parts) => break parts,
                None if listings.next().is_none() => return Err(missing(place.dir.clone())),
                None => {}
            }
        };
        match parts.last().map(|last| (last, last.end())) {
            Some((_, Some(reached))) if reached >= end.0 => {}
            Some((last, None)) => last.file.reach(end.0 - last.start())?,
            _ => return Err(missing(place.file((0, Form::Whole)))),
        }
        self.set_parts(parts);
        self.common.end.store(end.0, Ordering::Release);
        Ok(())
    }

    /// Opens what is not open yet of the files up to `end`; `None` where one is missing.
    fn open_parts(
        &self,
        place: &NodeLogPlace,
        known: &[Arc<Part>],
        end: u64,
    ) -> hash_store::Result<Option<Vec<Arc<Part>>>> {
        let names = place.names()?;
        let mut parts: Vec<Arc<Part>> = Vec::new();
        for name in names.iter().copied() {
            let (start, form) = name;
            if start >= end || form == Form::Unfinished {
                continue;
            }
            match parts.last().map(|before| (before, before.end())) {
                None if start == 0 => {}
                // What is kept of this file stands in the one before.
                Some((_, Some(covered))) if start < covered => continue,
                Some((_, Some(covered))) if start == covered => {}
                // A whole file ends where this one starts.
                Some((before, None)) => before.file.reach(start - before.start())?,
                _ => return Ok(None),
            }
            let goes_on = |part: &Part| {
                let ends = part.end().is_none_or(|covered| {
                    covered >= end || names.iter().any(|(start, _)| *start == covered)
                });
                part.name() == name && ends
            };
            let part = match known.iter().find(|part| goes_on(part)) {
                Some(part) => Arc::clone(part),
                None => match Part::open(place, name, self.access)? {
                    Some(part) => Arc::new(part),
                    None => return Ok(None),
                },
            };
            parts.push(part);
        }
        Ok(Some(parts))
    }

    /// Appends the records of a batch, which makes its root readable here; not synced.
    ///
    /// # Errors
    /// [`NodeLogError::Stale`] if the log has grown since the batch was sealed;
    /// [`NodeLogError::File`] if it cannot be written: then nothing was appended.
    pub fn append(&self, extension: &Extension) -> Result<(), NodeLogError> {
        let mut growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.end().0;
        if extension.start().0 != end {
            return Err(NodeLogError::Stale(StaleExtension {
                expected: Location(end),
                got: extension.start(),
            }));
        }
        let bytes = extension.bytes();
        if bytes.is_empty() {
            return Ok(());
        }
        let len = bytes.len() as u64;
        let parts = self.parts();
        let has_room = |part: &&Arc<Part>| {
            !growing.is_full && part.end().is_none() && end - part.start() + len <= FILE_LEN
        };
        if let Some(part) = parts.last().filter(has_room) {
            part.file.append(bytes)?;
        } else {
            let file = self.begin(end, len)?;
            file.append(bytes)?;
            let last = Arc::new(Part::whole(end, file));
            self.set_parts(parts.iter().cloned().chain([last]).collect());
            growing.is_full = false;
        }
        self.common.end.store(end + len, Ordering::Release);
        Ok(())
    }

    fn begin(&self, start: u64, len: u64) -> hash_store::Result<GrownFile> {
        let Some(place) = &self.place else {
            return Ok(GrownFile::in_memory());
        };
        let name = (start, Form::Whole);
        if self.access == Access::Read {
            return Err(missing(place.file(name)));
        }
        // What a failed attempt left.
        place.remove(|found| found.0 >= start)?;
        let (file, seed) = (place.file(name), place.seed(name));
        GrownFile::create(&*place.storage, &file, &seed, len.max(FILE_LEN))
    }

    /// Whether a node was found damaged since the log was opened.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.common.is_damaged.load(Ordering::Relaxed)
    }

    /// The files that have to be synced for all to be on the disk: the last one, and those of which
    /// [`NodeLog::note_synced`] was not told yet.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn StorageFile>> {
        let parts = self.parts();
        let synced = self.common.synced.load(Ordering::Acquire);
        // A part ends where the next one starts, and does not change after that.
        let ends = parts.iter().skip(1).map(|next| next.start());
        let ends = ends.map(Some).chain([None]);
        let unsynced = parts.iter().zip(ends);
        let unsynced = unsynced.filter(|(_, end)| end.is_none_or(|end| end > synced));
        unsynced.filter_map(|(part, _)| part.file.file()).collect()
    }

    /// Says that all [`NodeLog::files`] were synced since the log ended at `end`.
    pub fn note_synced(&self, end: Location) {
        self.common.synced.fetch_max(end.0, Ordering::Release);
    }
}

fn missing(file: String) -> hash_store::Error {
    hash_store::Error::Io {
        op: "open",
        file,
        source: std::io::ErrorKind::NotFound.into(),
    }
}
