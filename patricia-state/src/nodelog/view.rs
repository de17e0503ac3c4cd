//! The files of a node log as they were at one time.
//!
//! Invariant: a view keeps its files open and mapped. What was readable through it stays so, even
//! when the log has dropped it since.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::vec::Vec;

use super::part::Part;
use super::{Common, NodeLogError};
use crate::record::{Location, Record};
use crate::source::{NodeSource, StoredNodeError};
use crate::suite::NodeHash;

/// A node log to read from, whatever is dropped from it meanwhile. Cloning copies references.
#[derive(Clone, Debug)]
pub struct LogView {
    pub(super) common: Arc<Common>,
    pub(super) parts: Arc<Vec<Arc<Part>>>,
}

impl LogView {
    /// The part that has a location, unless that is behind the log.
    #[inline]
    pub(super) fn part(&self, location: u64) -> Option<&Part> {
        let last = self.parts.last()?;
        if last.start() <= location {
            return Some(last);
        }
        let after = self.parts.partition_point(|part| part.start() <= location);
        self.parts.get(after.checked_sub(1)?).map(|part| &**part)
    }

    /// Bytes of the records that the files hold.
    #[must_use]
    pub fn records_len(&self) -> u64 {
        self.parts.iter().map(|part| part.records_len()).sum()
    }

    /// The name of the file that holds a location, and the offset there; for messages.
    #[must_use]
    pub fn place_of(&self, location: Location) -> Option<(&str, u64)> {
        let part = self.part(location.0)?;
        Some((part.file.name(), part.offset_of(location.0)))
    }

    #[inline(always)]
    fn bytes_from(&self, location: Location) -> Result<&[u8], NodeLogError> {
        let end = self.common.end.load(Ordering::Acquire);
        match self.part(location.0) {
            Some(part) if location.0 < end => match part.bytes_from(location.0)? {
                Some(bytes) => Ok(bytes),
                None => Err(NodeLogError::Dropped { location }),
            },
            _ => Err(NodeLogError::Node(StoredNodeError::Missing {
                location,
                end: Location(end),
            })),
        }
    }

    /// Checks a record that is not known as checked, if it could be read.
    #[cold]
    fn first_read<'a>(
        &self,
        read: Result<&'a [u8], NodeLogError>,
        location: Location,
        hash: &NodeHash,
    ) -> Result<&'a [u8], NodeLogError> {
        let checked = read.and_then(|bytes| {
            self.check(bytes, location, hash)?;
            Ok(bytes)
        });
        if checked.is_err() {
            self.common.is_damaged.store(true, Ordering::Relaxed);
        }
        checked
    }

    /// Checks the record that `bytes` start with against the node's hash.
    fn check(&self, bytes: &[u8], location: Location, hash: &NodeHash) -> Result<(), NodeLogError> {
        let damaged = |reason| StoredNodeError::Damaged { location, reason };
        let suite = self.common.suite;
        let computed = match Record::parse(bytes, location).map_err(damaged)? {
            Record::Leaf { rlp, .. } => suite.hash(rlp),
            inner => {
                let mut rlp = Vec::with_capacity(544);
                inner.put_rlp(&mut rlp).map_err(damaged)?;
                suite.hash(&rlp)
            }
        };
        if computed != *hash {
            return Err(NodeLogError::OtherNode {
                location,
                expected: *hash,
                computed,
            });
        }
        self.common.checked.note(location, hash);
        Ok(())
    }
}

impl NodeSource for LogView {
    type Error = NodeLogError;

    // A call would put its answer into memory, at every node of a walk.
    #[inline(always)]
    fn record(&self, location: Location, hash: &NodeHash) -> Result<&[u8], NodeLogError> {
        match self.bytes_from(location) {
            Ok(bytes) if self.common.checked.holds(location, hash) => Ok(bytes),
            read => self.first_read(read, location, hash),
        }
    }

    fn end(&self) -> Location {
        Location(self.common.end.load(Ordering::Acquire))
    }

    fn prepare(&self, nodes: &[(Location, &NodeHash)]) {
        let checked = &self.common.checked;
        let unchecked = nodes.iter().filter_map(|(location, hash)| {
            let bytes = self.bytes_from(*location).ok()?;
            (!checked.holds(*location, hash)).then_some((*location, *hash, bytes))
        });
        let unchecked: Vec<_> = unchecked.collect();
        checked.check(self.common.suite, &unchecked);
    }
}
