//! The node log on disk: files of records, read in place, every node checked before it is used.
//!
//! # Format
//!
//! The files of a log follow one another without gaps. One is named after the location of its
//! first byte, `<16 lower-case hex digits>.nodes`, and has the header page before its records
//! (FORMAT.md section 12). The bytes of one commit are never split: a file takes commits until it
//! would pass [`FILE_LEN`], but always one.
//!
//! # Invariants
//!
//! - the log is derived: nothing in it is believed for its own sake, a node is used only after it
//!   was found to have the hash that its parent, or a commit body, says;
//! - nothing here is synced; how far the log is on the disk is known elsewhere, and what lies
//!   beyond that is written again by replaying the record log, with the same bytes;
//! - bytes below the end never change, so that readers need no lock.

mod checked;

use std::format;
use std::string::String;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::Vec;

use hash_store::{Access, AppendVec, EntryKind, FileKind, GrownFile, Seed, Storage, StorageFile};

use crate::record::{Location, Record};
use crate::source::{Extension, NodeSource, StaleExtension, StoredNodeError};
use crate::suite::{NodeHash, StateSuite};
use checked::Checked;

/// Bytes of records after which a new file is begun.
const FILE_LEN: u64 = 64 << 20;
/// Bits of a location in a file's number: the ledger's ordinal stands above them.
const LOCATION_BITS: u32 = 48;

/// Where a node log lies and whose it is.
#[derive(Clone, Debug)]
pub struct NodeLogPlace {
    /// The storage that has the folder.
    pub storage: Arc<dyn Storage>,
    /// The folder of the log's files.
    pub dir: String,
    /// The store.
    pub store_uuid: [u8; 16],
    /// The ledger's ordinal, below 2^16.
    pub ledger: u32,
}

impl NodeLogPlace {
    fn seed(&self, start: u64) -> Seed {
        Seed {
            uuid: self.store_uuid,
            kind: FileKind::TrieNodes,
            number: u64::from(self.ledger) << LOCATION_BITS | start,
        }
    }

    fn file(&self, start: u64) -> String {
        format!("{}/{start:016x}.nodes", self.dir)
    }

    /// First locations of the files that are there, in order.
    fn starts(&self) -> hash_store::Result<Vec<u64>> {
        let listed = match self.storage.list(&self.dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            answer => answer.map_err(|source| hash_store::Error::Io {
                op: "list",
                file: self.dir.clone(),
                source,
            })?,
        };
        let files = listed.iter().filter(|entry| entry.kind == EntryKind::File);
        let mut starts: Vec<u64> = files.filter_map(|entry| start_of(&entry.name)).collect();
        starts.sort_unstable();
        Ok(starts)
    }

    fn create_dir(&self) -> hash_store::Result<()> {
        let created = self.storage.create_dir(&self.dir);
        created.map_err(|source| hash_store::Error::Io {
            op: "create",
            file: self.dir.clone(),
            source,
        })
    }

    fn remove_from(&self, start: u64) -> hash_store::Result<()> {
        for found in self.starts()?.into_iter().filter(|found| *found >= start) {
            let file = self.file(found);
            self.storage
                .remove(&file)
                .map_err(|source| hash_store::Error::Io {
                    op: "remove",
                    file,
                    source,
                })?;
        }
        Ok(())
    }
}

/// The location in a file's name; other names are not files of a log.
fn start_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".nodes")?;
    let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 16 || !digits.bytes().all(is_plain) {
        return None;
    }
    let start = u64::from_str_radix(digits, 16).ok()?;
    (start >> LOCATION_BITS == 0).then_some(start)
}

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
            | Self::OtherNode { location, .. } => Some(*location),
            _ => None,
        }
    }
}

/// Node log of one state, for its one writer and any number of readers.
#[derive(Debug)]
pub struct NodeLog {
    suite: StateSuite,
    /// `None` for a log in memory.
    place: Option<NodeLogPlace>,
    access: Access,
    parts: AppendVec<Part>,
    end: AtomicU64,
    growing: Mutex<()>,
    checked: Checked,
    is_damaged: AtomicBool,
}

/// One file.
#[derive(Debug)]
struct Part {
    start: u64,
    file: GrownFile,
}

impl NodeLog {
    fn new(suite: StateSuite, place: Option<NodeLogPlace>, access: Access) -> Self {
        Self {
            suite,
            place,
            access,
            parts: AppendVec::default(),
            end: AtomicU64::new(0),
            growing: Mutex::new(()),
            checked: Checked::default(),
            is_damaged: AtomicBool::new(false),
        }
    }

    /// A log that is not on any disk.
    #[must_use]
    pub fn in_memory(suite: StateSuite) -> Self {
        Self::new(suite, None, Access::Read)
    }

    /// Creates the log anew, empty: files that are there are removed.
    ///
    /// # Errors
    /// [`hash_store::Error::Io`].
    pub fn create(suite: StateSuite, place: NodeLogPlace) -> hash_store::Result<Self> {
        place.create_dir()?;
        place.remove_from(0)?;
        Ok(Self::new(suite, Some(place), Access::Write))
    }

    /// Opens the log for writing, believing it up to `end`; what lies beyond is given up.
    ///
    /// # Errors
    /// [`hash_store::Error`]: whatever is missing, too short or has a damaged header. The caller
    /// creates the log anew then.
    pub fn open(suite: StateSuite, place: NodeLogPlace, end: Location) -> hash_store::Result<Self> {
        place.create_dir()?;
        // Bytes past `end` in the last file are written again; whole files are not.
        place.remove_from(end.0.max(1))?;
        let log = Self::new(suite, Some(place), Access::Write);
        log.extend_to(end)?;
        Ok(log)
    }

    /// Opens the log for reading; [`NodeLog::reach`] makes a part of it readable.
    #[must_use]
    pub fn for_reading(suite: StateSuite, place: NodeLogPlace) -> Self {
        Self::new(suite, Some(place), Access::Read)
    }

    /// Makes the log readable up to `end`, where a commit ended that is known to be committed. A log
    /// that is open for writing reaches what was appended, and no further.
    ///
    /// # Errors
    /// [`hash_store::Error`]: whatever is missing, too short or has a damaged header.
    pub fn reach(&self, end: Location) -> hash_store::Result<()> {
        if end.0 > self.end.load(Ordering::Acquire) && self.access == Access::Write {
            return Err(missing(String::new()));
        }
        self.extend_to(end)
    }

    fn extend_to(&self, end: Location) -> hash_store::Result<()> {
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.end.load(Ordering::Acquire);
        if end.0 <= known {
            return Ok(());
        }
        let Some(place) = &self.place else {
            return Err(missing(String::new()));
        };
        let mut last = self.parts.last().map(|part| part.start);
        for start in place.starts()? {
            if start >= end.0 || last.is_some_and(|last| start <= last) {
                continue;
            }
            // The file before ends where this one starts.
            match self.parts.last() {
                Some(before) if start > before.start => before.file.reach(start - before.start)?,
                None if start == 0 => {}
                _ => return Err(missing(place.file(0))),
            }
            let name = place.file(start);
            let file = GrownFile::open(
                &*place.storage,
                &name,
                &place.seed(start),
                FILE_LEN,
                self.access,
            )?;
            let file = file.ok_or_else(|| missing(name))?;
            self.parts.push(Part { start, file });
            last = Some(start);
        }
        let last = self.parts.last().ok_or_else(|| missing(place.file(0)))?;
        last.file.reach(end.0 - last.start)?;
        self.end.store(end.0, Ordering::Release);
        Ok(())
    }

    /// Appends the records of a batch, which makes its root readable here; not synced.
    ///
    /// # Errors
    /// [`NodeLogError::Stale`] if the log has grown since the batch was sealed;
    /// [`NodeLogError::File`] if it cannot be written: then nothing was appended.
    pub fn append(&self, extension: &Extension) -> Result<(), NodeLogError> {
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let end = self.end.load(Ordering::Acquire);
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
        let room = |part: &&Part| end - part.start + len <= FILE_LEN;
        if let Some(part) = self.parts.last().filter(room) {
            part.file.append(bytes)?;
        } else {
            let file = self.begin(end, len)?;
            file.append(bytes)?;
            self.parts.push(Part { start: end, file });
        }
        self.end.store(end + len, Ordering::Release);
        Ok(())
    }

    fn begin(&self, start: u64, len: u64) -> hash_store::Result<GrownFile> {
        let Some(place) = &self.place else {
            return Ok(GrownFile::in_memory());
        };
        if self.access == Access::Read {
            return Err(missing(place.file(start)));
        }
        // What a failed attempt left.
        place.remove_from(start)?;
        let (name, seed) = (place.file(start), place.seed(start));
        GrownFile::create(&*place.storage, &name, &seed, len.max(FILE_LEN))
    }

    /// Whether a node was found damaged since the log was opened.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// The files, to sync them.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn StorageFile>> {
        self.parts
            .iter()
            .filter_map(|part| part.file.file())
            .collect()
    }

    /// The name of the file that holds a location, and the offset there; for messages.
    #[must_use]
    pub fn place_of(&self, location: Location) -> Option<(&str, u64)> {
        let part = self.parts.last_where(|part| part.start <= location.0)?;
        let offset = hash_store::HEADER_LEN + location.0 - part.start;
        Some((part.file.name(), offset))
    }

    fn bytes_from(&self, location: Location) -> Result<&[u8], NodeLogError> {
        let end = self.end.load(Ordering::Acquire);
        let part = self.parts.last_where(|part| part.start <= location.0);
        match part {
            Some(part) if location.0 < end => Ok(part.file.bytes_from(location.0 - part.start)?),
            _ => Err(NodeLogError::Node(StoredNodeError::Missing {
                location,
                end: Location(end),
            })),
        }
    }

    /// Checks the record that `bytes` start with against the node's hash.
    fn check(&self, bytes: &[u8], location: Location, hash: &NodeHash) -> Result<(), NodeLogError> {
        let damaged = |reason| StoredNodeError::Damaged { location, reason };
        let computed = match Record::parse(bytes, location).map_err(damaged)? {
            Record::Leaf { rlp, .. } => self.suite.hash(rlp),
            inner => {
                let mut rlp = Vec::with_capacity(544);
                inner.put_rlp(&mut rlp).map_err(damaged)?;
                self.suite.hash(&rlp)
            }
        };
        if computed != *hash {
            return Err(NodeLogError::OtherNode {
                location,
                expected: *hash,
                computed,
            });
        }
        self.checked.note(location, hash);
        Ok(())
    }
}

fn missing(file: String) -> hash_store::Error {
    hash_store::Error::Io {
        op: "open",
        file,
        source: std::io::ErrorKind::NotFound.into(),
    }
}

impl NodeSource for NodeLog {
    type Error = NodeLogError;

    #[inline]
    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], NodeLogError> {
        let read = self.bytes_from(location).and_then(|bytes| {
            if !self.checked.holds(location, hash) {
                self.check(bytes, location, hash)?;
            }
            Ok(bytes)
        });
        if read.is_err() {
            self.is_damaged.store(true, Ordering::Relaxed);
        }
        read
    }

    fn end(&self) -> Location {
        Location(self.end.load(Ordering::Acquire))
    }

    fn prepare(&self, nodes: &[(Location, &NodeHash)]) {
        let unchecked = nodes.iter().filter_map(|(location, hash)| {
            let bytes = self.bytes_from(*location).ok()?;
            (!self.checked.holds(*location, hash)).then_some((*location, *hash, bytes))
        });
        let unchecked: Vec<_> = unchecked.collect();
        self.checked.check(self.suite, &unchecked);
    }
}
