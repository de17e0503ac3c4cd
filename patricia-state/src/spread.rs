//! Merging the children of one branch by several threads.
//!
//! The thread that walks takes children from the front, the others from behind, until none is left.
//! Invariants:
//! - the records that come out are the same bytes, whoever merged which child and however many
//!   threads there were: what the others wrote is moved to where it would have been written;
//! - threads share what is read and nothing else; all of them have ended when a batch is sealed.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, scope};
use std::vec::Vec;

use crate::change::{self, Change};
use crate::record::Location;
use crate::source::NodeSource;
use crate::suite::StateSuite;
use crate::update::{Existing, Fork, Spread, Subtree, Walk, damaged};
use crate::writer::{Writer, Written};

/// Fewer changes are not worth a thread: starting one takes as long as merging some dozens.
const CHANGES_MIN: usize = 1000;

/// What merges the children of large branches by so many threads; `None` for one.
pub(crate) fn by<S>(workers: usize) -> Option<Spread<S>>
where
    S: NodeSource + Sync,
    S::Error: Send,
{
    (workers > 1).then_some(Spread {
        changes_min: CHANGES_MIN,
        workers,
        children,
    })
}

/// The changes below one child.
struct Group<'a> {
    nibble: u8,
    existing: Existing<'a>,
    changes: &'a [Change<'a>],
}

/// A child that another thread merged.
struct Merged<'a> {
    index: usize,
    subtree: Subtree<'a>,
    written: Written,
}

/// The children that nobody has taken yet.
struct Left(Mutex<Range<usize>>);

impl Left {
    fn lock(&self) -> MutexGuard<'_, Range<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first(&self) -> Option<usize> {
        self.lock().next()
    }

    fn last(&self) -> Option<usize> {
        self.lock().next_back()
    }

    fn give_up(&self) {
        *self.lock() = 0..0;
    }
}

/// Where and with what the children are merged.
#[derive(Clone, Copy)]
struct Place<'a, S> {
    source: &'a S,
    suite: StateSuite,
    start: Location,
    /// Number of nibbles above the children.
    depth: usize,
}

impl<'a, S: NodeSource> Place<'a, S> {
    /// Merges children from behind until none is left. An error comes with the child's index.
    fn merge_last(
        &self,
        groups: &[Group<'a>],
        left: &Left,
    ) -> Result<Vec<Merged<'a>>, (usize, S::Error)> {
        let mut all = Vec::new();
        while let Some((index, group)) = left.last().and_then(|i| Some((i, groups.get(i)?))) {
            let mut walk = Walk::new(self.source, Writer::new(self.suite, self.start));
            walk.writer.reserve(group.changes.len());
            let merged = walk.merge_all(group.existing, self.depth, group.changes);
            let written = merged.and_then(|subtree| {
                let end = walk.writer.location();
                let written = walk.writer.finish();
                Ok((subtree, written.map_err(|reason| damaged(end, reason))?))
            });
            match written {
                Ok((subtree, written)) => all.push(Merged {
                    index,
                    subtree,
                    written,
                }),
                Err(error) => {
                    left.give_up();
                    return Err((index, error));
                }
            }
        }
        Ok(all)
    }
}

fn children<'a, S>(
    walk: &mut Walk<'a, S>,
    fork: &Fork<'a>,
    workers: usize,
) -> Result<bool, S::Error>
where
    S: NodeSource + Sync,
    S::Error: Send,
{
    let mut groups = Vec::new();
    let mut rest = fork.changes;
    while let Some(nibble) = rest.first().and_then(|first| first.nibble(fork.depth)) {
        let (changes, after) = change::split_group(rest, fork.depth);
        groups.push(Group {
            nibble,
            existing: fork.old.at(nibble)?,
            changes,
        });
        rest = after;
    }
    let largest = groups.iter().map(|group| group.changes.len()).max();
    // Where most changes are below one child, it is that child's children that are worth it.
    if largest.unwrap_or(0) > fork.changes.len() / 4 * 3 {
        return Ok(false);
    }
    let place = Place {
        source: walk.source,
        suite: walk.writer.suite(),
        start: walk.writer.start(),
        depth: fork.depth + 1,
    };
    let left = Left(Mutex::new(0..groups.len()));
    let mut first_error = None;
    let mut note = |index: usize, error: S::Error| {
        if first_error.as_ref().is_none_or(|(other, _)| index < *other) {
            first_error = Some((index, error));
        }
    };
    let mut others = scope(|scope| {
        let merge_last = || place.merge_last(&groups, &left);
        // Without another thread this one does it all.
        let threads: Vec<_> = (1..workers.min(groups.len()))
            .filter_map(|_| Builder::new().spawn_scoped(scope, merge_last).ok())
            .collect();
        while let Some((index, group)) = left.first().and_then(|i| Some((i, groups.get(i)?))) {
            let writer = walk.writer.take();
            let mut own = Walk::new(walk.source, writer);
            let merged = own.merge_all(group.existing, place.depth, group.changes);
            walk.writer = own.writer;
            match merged {
                Ok(subtree) => walk.done.push((group.nibble, subtree)),
                Err(error) => {
                    left.give_up();
                    note(index, error);
                }
            }
        }
        let mut others = Vec::new();
        for thread in threads {
            match thread.join() {
                Ok(Ok(merged)) => others.extend(merged),
                Ok(Err((index, error))) => note(index, error),
                Err(panic) => resume_unwind(panic),
            }
        }
        others
    });
    if let Some((_, error)) = first_error {
        return Err(error);
    }
    others.sort_unstable_by_key(|merged| merged.index);
    for mut merged in others {
        let end = walk.writer.location();
        let moved = walk.writer.adopt(&merged.written);
        let moved = moved.map_err(|reason| damaged(end, reason))?;
        if let Subtree::Branch(child) | Subtree::Extension { child, .. } = &mut merged.subtree {
            child.follow(&moved);
        }
        let nibble = groups.get(merged.index).map(|group| group.nibble);
        walk.done
            .extend(nibble.map(|nibble| (nibble, merged.subtree)));
    }
    Ok(true)
}
