//! Dropping the nodes that no kept root leads to, a little at a time.
//!
//! A pass covers the log up to where it ended when the pass began. First it *marks*: it walks the
//! roots that are to stay and notes their records. Then it *copies*: where much of a file, or of
//! small files side by side, was not marked, what was marked is written to one new file. At last
//! the new files take the places of the old ones.
//!
//! # Invariants
//!
//! - records are copied as they are and keep their locations: nothing is hashed again, and nothing
//!   that refers to them changes;
//! - a root shares with an older one exactly the nodes that stand before the older one's end, and
//!   whole subtrees of them, since batches take over nodes from the root they change and from
//!   nowhere else, and children stand before their parents. So roots are walked from the oldest on,
//!   each only down to the end of the one before, and no node is visited twice;
//! - after the end of the newest marked root everything stays;
//! - no file is removed before the one in its place is whole, synced, and has its name durably.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::vec::Vec;

use super::part::{KeptWriter, Part};
use super::place::{Form, NodeLogPlace};
use super::view::LogView;
use super::{FILE_LEN, NodeLog, NodeLogError};
use crate::record::{Location, Record};
use crate::source::{NodeSource, Root, StoredNodeError};
use crate::suite::NodeHash;

/// Bytes that are copied at once of what is kept whole.
const COPIED_AT_ONCE: u64 = 1 << 16;
/// What a step costs besides the bytes that it reads.
const STEP_COST: u64 = 64;
/// An eighth of a file that is needless is worth a new file.
const WASTE_PART: u64 = 8;
/// So many files in a row are made one file, if one file can hold them.
const PARTS_IN_A_ROW: usize = 16;

/// A root that a pass keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassRoot {
    /// The root.
    pub root: Root,
    /// Where the log ended with its commit.
    pub end: Location,
}

/// What a pass leaves of the log that it covers, in bytes of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassSizes {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// A pass under way.
#[derive(Debug)]
pub struct Pass {
    place: NodeLogPlace,
    view: LogView,
    is_thorough: bool,
    /// From here on everything is kept, up to `end`.
    cut: u64,
    end: u64,
    /// The roots that are not walked yet, the oldest last, each with the end of the one before.
    roots: Vec<(Root, Location)>,
    /// Records of the root being walked that are not read yet; none before `floor` is.
    stack: Vec<(NodeHash, Location)>,
    floor: Location,
    /// Length of each marked record, by location: about 24 bytes of memory a record.
    marked: BTreeMap<u64, u64>,
    /// Marked bytes of each part.
    marked_len: Vec<u64>,
    sizes: PassSizes,
    stage: Stage,
    made: Vec<KeptWriter>,
}

#[derive(Debug)]
enum Stage {
    Mark,
    Copy {
        /// The parts that are replaced together, the last group first.
        groups: Vec<Vec<usize>>,
        copying: Option<Copying>,
    },
    Done,
}

/// A file being made.
#[derive(Debug)]
struct Copying {
    writer: KeptWriter,
    /// Parts to copy, the last one first.
    parts: Vec<usize>,
    /// Up to where the part that is copied now is done.
    at: u64,
}

impl NodeLog {
    /// Begins a pass that keeps these roots, from the oldest to the newest, and everything after
    /// the end of the newest of them. With `is_thorough`, every file loses what is needless in it;
    /// otherwise those that are mostly needed stay as they are. A log in memory has no passes.
    ///
    /// The next commit begins a new file.
    #[must_use]
    pub fn begin_pass(&self, roots: &[PassRoot], is_thorough: bool) -> Option<Pass> {
        let place = self.place.clone()?;
        let mut growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        growing.is_full = true;
        let view = self.view();
        let floors = std::iter::once(Location(0)).chain(roots.iter().map(|root| root.end));
        let mut bounded: Vec<_> = roots.iter().map(|root| root.root).zip(floors).collect();
        bounded.reverse();
        Some(Pass {
            place,
            is_thorough,
            cut: roots.last().map_or(0, |newest| newest.end.0),
            end: view.end().0,
            roots: bounded,
            stack: Vec::new(),
            floor: Location(0),
            marked: BTreeMap::new(),
            marked_len: view.parts.iter().map(|_| 0).collect(),
            sizes: PassSizes::default(),
            stage: Stage::Mark,
            made: Vec::new(),
            view,
        })
    }

    /// Puts the files of a finished pass in the places of those they were made from, and removes
    /// these. What was read through a view before can still be read through it.
    ///
    /// # Durability
    /// The caller has called [`Pass::sync`], and then seen to it that the log is believed at least
    /// up to [`Pass::end`] after a crash.
    ///
    /// # Errors
    /// [`hash_store::Error::Io`]: some files may have been replaced, each of them whole.
    pub fn adopt(&self, pass: Pass) -> hash_store::Result<()> {
        let Pass { place, made, .. } = pass;
        for new in made {
            let (start, end) = (new.start, new.end);
            place.finish(start)?;
            let name = (start, Form::Kept);
            let part = Part::open(&place, name, self.access)?;
            let part = part.ok_or_else(|| super::missing(place.file(name)))?;
            {
                let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
                let replaced = |part: &Arc<Part>| (start..end).contains(&part.start());
                let others = self
                    .parts()
                    .iter()
                    .filter(|p| !replaced(p))
                    .cloned()
                    .collect();
                let mut parts: Vec<Arc<Part>> = others;
                let place = parts.partition_point(|other| other.start() < start);
                parts.insert(place, Arc::new(part));
                self.set_parts(parts);
            }
            place.remove(|found| *found != name && (start..end).contains(&found.0))?;
        }
        Ok(())
    }
}

impl Pass {
    /// Goes on for about `budget` bytes that are read or copied; answers whether all is done.
    ///
    /// # Errors
    /// [`NodeLogError`]: a node of a kept root cannot be read, or a file cannot be written. The
    /// pass is of no use then, and nothing has changed.
    pub fn step(&mut self, budget: u64) -> Result<bool, NodeLogError> {
        let mut left = budget;
        while left > 0 {
            let cost = match &self.stage {
                Stage::Mark => self.mark()?,
                Stage::Copy { .. } => self.copy()?,
                Stage::Done => return Ok(true),
            };
            left = left.saturating_sub(STEP_COST + cost);
        }
        Ok(matches!(self.stage, Stage::Done))
    }

    /// Marks to the end, without copying; answers what copying would leave.
    ///
    /// # Errors
    /// As [`Pass::step`].
    pub fn measure(&mut self) -> Result<PassSizes, NodeLogError> {
        while matches!(self.stage, Stage::Mark) {
            self.mark()?;
        }
        Ok(self.sizes)
    }

    /// What the pass leaves, known once it has marked everything.
    #[must_use]
    pub const fn sizes(&self) -> PassSizes {
        self.sizes
    }

    /// Where the log ended when the pass began.
    #[must_use]
    pub const fn end(&self) -> Location {
        Location(self.end)
    }

    /// Syncs the files that were made.
    ///
    /// # Errors
    /// [`hash_store::Error::Io`].
    pub fn sync(&self) -> hash_store::Result<()> {
        for new in &self.made {
            let synced = new.file.sync_data();
            synced.map_err(|source| hash_store::Error::Io {
                op: "sync",
                file: self.place.file((new.start, Form::Unfinished)),
                source,
            })?;
        }
        Ok(())
    }

    /// Takes away what was made, for a pass that is given up.
    ///
    /// # Errors
    /// [`hash_store::Error::Io`].
    pub fn give_up(self) -> hash_store::Result<()> {
        self.place.remove(|(_, form)| *form == Form::Unfinished)
    }

    /// Reads one record and marks it; returns its length.
    fn mark(&mut self) -> Result<u64, NodeLogError> {
        let Some((hash, location)) = self.stack.pop() else {
            match self.roots.pop() {
                None => self.plan()?,
                Some((root, floor)) => {
                    self.floor = floor;
                    let top = root.location.filter(|location| *location >= floor);
                    self.stack.extend(top.map(|location| (root.hash, location)));
                }
            }
            return Ok(0);
        };
        let bytes = self.view.record(location, &hash)?;
        let damaged = |reason| StoredNodeError::Damaged { location, reason };
        let (record, rest) = Record::split(bytes, location).map_err(damaged)?;
        let len = (bytes.len() - rest.len()) as u64;
        let (stack, floor) = (&mut self.stack, self.floor);
        let children = record.stored_children(|hash, location| {
            if location >= floor {
                stack.push((hash, location));
            }
        });
        children.map_err(damaged)?;
        self.marked.insert(location.0, len);
        let after = |part: &Arc<Part>| part.start() <= location.0;
        let part = self.view.parts.partition_point(after);
        if let Some(marked) = part.checked_sub(1).and_then(|i| self.marked_len.get_mut(i)) {
            *marked += len;
        }
        Ok(len)
    }

    /// Where a part ends.
    fn part_end(&self, index: usize) -> u64 {
        let next = self.view.parts.get(index + 1);
        next.map_or(self.end, |next| next.start())
    }

    /// Decides which parts are replaced, and together with which.
    fn plan(&mut self) -> Result<(), NodeLogError> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let (mut group, mut before, mut after) = (Vec::new(), 0, 0);
        let parts = Arc::clone(&self.view.parts);
        let marked_len = std::mem::take(&mut self.marked_len);
        for (index, (part, marked)) in parts.iter().zip(marked_len).enumerate() {
            let len = part.len_before(self.part_end(index))?;
            let left = marked + len - part.len_before(self.cut)?.min(len);
            if after + left > FILE_LEN && !group.is_empty() {
                groups.extend(self.settle(std::mem::take(&mut group), before, after));
                (before, after) = (0, 0);
            }
            group.push(index);
            (before, after) = (before + len, after + left);
        }
        groups.extend(self.settle(group, before, after));
        groups.reverse();
        self.stage = Stage::Copy {
            groups,
            copying: None,
        };
        Ok(())
    }

    /// Takes a group of parts into account; answers with it if it is to be replaced.
    fn settle(&mut self, group: Vec<usize>, before: u64, after: u64) -> Option<Vec<usize>> {
        let waste = before.saturating_sub(after);
        let least = if self.is_thorough {
            1
        } else {
            (before / WASTE_PART).max(1)
        };
        let is_replaced = waste >= least || group.len() > PARTS_IN_A_ROW;
        self.sizes.before += before;
        self.sizes.after += if is_replaced { after } else { before };
        is_replaced.then_some(group)
    }

    /// Copies one record, or a piece of what is kept whole; returns how many bytes.
    fn copy(&mut self) -> Result<u64, NodeLogError> {
        let Stage::Copy { groups, copying } = &mut self.stage else {
            return Ok(0);
        };
        let Some(now) = copying else {
            let Some(mut group) = groups.pop() else {
                self.stage = Stage::Done;
                self.marked.clear();
                return Ok(0);
            };
            group.reverse();
            let start_of = |index: Option<&usize>| {
                let part = index.and_then(|index| self.view.parts.get(*index));
                part.map_or(0, |part| part.start())
            };
            let (start, last) = (start_of(group.last()), group.first().copied().unwrap_or(0));
            let next = self.view.parts.get(last + 1);
            let end = next.map_or(self.end, |next| next.start());
            *copying = Some(Copying {
                writer: KeptWriter::create(&self.place, start, end)?,
                parts: group,
                at: start,
            });
            return Ok(0);
        };
        let index = now.parts.last().copied();
        let Some(part) = index.and_then(|index| self.view.parts.get(index)) else {
            now.writer.complete(&self.place)?;
            self.made.extend(copying.take().map(|done| done.writer));
            return Ok(0);
        };
        let next = index.and_then(|index| self.view.parts.get(index + 1));
        let end = next.map_or(self.end, |next| next.start());
        let marked_end = end.min(self.cut).max(now.at);
        let found = match self.marked.range(now.at..marked_end).next() {
            Some((location, len)) => Some((*location, *len)),
            None => part.stretch(now.at.max(self.cut).min(end), end)?,
        };
        let Some((location, len)) = found else {
            now.at = end;
            now.parts.pop();
            return Ok(0);
        };
        let bytes = part.bytes_from(location)?;
        let bytes = bytes.ok_or(NodeLogError::Dropped {
            location: Location(location),
        })?;
        let len = if location < self.cut {
            len
        } else {
            len.min(COPIED_AT_ONCE).min(bytes.len() as u64)
        };
        let piece = usize::try_from(len).ok().and_then(|len| bytes.get(..len));
        let piece = piece.ok_or_else(|| super::missing(part.file.name().into()))?;
        now.writer.push(&self.place, location, piece)?;
        now.at = location + len;
        Ok(len)
    }
}
