//! Applying a batch: one walk that merges sorted changes into a trie.
//!
//! The walk goes down where changes lead and comes back with what stands there afterwards, in key
//! order. Invariants:
//! - the trie that results is the canonical one of its keys, whatever the order of batches: no
//!   branch with a single child or value is left, no extension stands above a leaf or an extension;
//! - only nodes on the paths of changes are read, and the sibling that a branch collapses into; a
//!   witness of these nodes is therefore enough to repeat the walk;
//! - a change that changes nothing writes nothing: what did not change keeps its record;
//! - a leaf or extension is written only when its parent stands, because a branch that collapses
//!   lengthens its path; a branch never changes that way and is written as soon as it is done;
//! - the walk keeps its own stack, so that long keys cannot exhaust the thread's.

use alloc::vec::Vec;
use core::mem;

use crate::change::{self, Change, Changes};
use crate::nibbles::{NibbleBuf, Nibbles};
use crate::node::{Link, NodeError};
use crate::record::{BranchRecord, Child, InlineRlp, Location, Slot};
use crate::source::{Extension, NodeSource, Root, StoredNodeError};
use crate::suite::StateSuite;
use crate::view::{self, Branch, View};
use crate::warm::warm;
use crate::writer::{NewChild, Writer};

/// Applies changes to the state at `root` and returns the records that a log which ends at `start`
/// has to grow by. Reads nothing but `source`, and changes nothing.
pub(crate) fn update<S: NodeSource>(
    source: &S,
    suite: StateSuite,
    root: &Root,
    start: Location,
    changes: &Changes<'_>,
) -> Result<Extension, S::Error> {
    update_by(source, suite, root, start, changes, None)
}

/// As [`update`], with another way to merge the children of large branches, if there is one.
pub(crate) fn update_by<S: NodeSource>(
    source: &S,
    suite: StateSuite,
    root: &Root,
    start: Location,
    changes: &Changes<'_>,
    spread: Option<Spread<S>>,
) -> Result<Extension, S::Error> {
    let mut walk = Walk::new(source, Writer::new(suite, start));
    walk.spread = spread;
    walk.writer.reserve(changes.as_slice().len());
    let existing = root.location.map_or(Existing::Nothing, |location| {
        Existing::Child(Child::Stored {
            hash: &root.hash,
            location,
        })
    });
    let subtree = walk.merge(existing, 0, changes.as_slice())?;
    let kept = match place_root(&mut walk.writer, &subtree) {
        None if matches!(subtree, Subtree::Unchanged) => *root,
        None => Root::empty(suite),
        Some(top) => top.stored_root().unwrap_or_else(|| Root::empty(suite)),
    };
    let written = walk
        .writer
        .finish()
        .map_err(|reason| damaged(start, reason))?;
    Ok(Extension {
        start,
        bytes: written.bytes,
        root: written.root.unwrap_or(kept),
        node_count: written.node_count,
    })
}

pub(crate) const fn damaged(location: Location, reason: NodeError) -> StoredNodeError {
    StoredNodeError::Damaged { location, reason }
}

/// What stands at a place of the trie before the changes.
#[derive(Clone, Copy)]
pub(crate) enum Existing<'a> {
    Nothing,
    /// A node that is not read yet.
    Child(Child<'a>),
    /// The rest of a leaf or extension whose path was split above.
    Leaf {
        path: Nibbles<'a>,
        value: &'a [u8],
    },
    Extension {
        path: Nibbles<'a>,
        child: Child<'a>,
    },
}

/// What stands at a place of the trie after the changes.
pub(crate) enum Subtree<'a> {
    /// What stood there before.
    Unchanged,
    Nothing,
    Leaf {
        path: Path<'a>,
        value: &'a [u8],
    },
    Extension {
        path: Path<'a>,
        child: NewChild,
    },
    /// A branch, written already or never touched.
    Branch(NewChild),
}

/// A path that is borrowed from a key or node, or put together.
pub(crate) enum Path<'a> {
    Borrowed(Nibbles<'a>),
    Owned(NibbleBuf),
}

impl Path<'_> {
    fn as_nibbles(&self) -> Nibbles<'_> {
        match self {
            Self::Borrowed(path) => *path,
            Self::Owned(path) => path.as_nibbles(),
        }
    }
}

/// A place above the one the walk is at.
enum Frame<'a> {
    /// A path that leads to what is below, without a node of its own yet.
    Path(Nibbles<'a>),
    Branch(Fork<'a>),
}

/// A branch, old or new, whose children are being merged.
pub(crate) struct Fork<'a> {
    /// Number of nibbles above the branch.
    pub(crate) depth: usize,
    pub(crate) old: Old<'a>,
    /// Its value after the changes.
    value: Option<&'a [u8]>,
    is_value_changed: bool,
    /// The changes below it that are still to be merged.
    pub(crate) changes: &'a [Change<'a>],
    /// The child that is being merged.
    nibble: u8,
    /// Where in the walk's `done` its merged children start.
    done_from: usize,
}

/// What stood at a fork's place before.
#[derive(Clone, Copy)]
pub(crate) enum Old<'a> {
    Branch(Branch<'a>),
    /// Nothing but, below one nibble, the rest of a node whose path the fork splits; or nothing.
    Rest(Option<(u8, Existing<'a>)>),
}

impl<'a> Old<'a> {
    pub(crate) fn at(&self, nibble: u8) -> Result<Existing<'a>, StoredNodeError> {
        Ok(match self {
            Self::Branch(branch) => branch
                .child(nibble)?
                .map_or(Existing::Nothing, Existing::Child),
            Self::Rest(Some((at, rest))) if *at == nibble => *rest,
            Self::Rest(_) => Existing::Nothing,
        })
    }

    fn mask(&self) -> u16 {
        match self {
            Self::Branch(branch) => branch.mask(),
            Self::Rest(rest) => rest.map_or(0, |(nibble, _)| bit(nibble)),
        }
    }
}

fn bit(nibble: u8) -> u16 {
    1_u16.unbounded_shl(u32::from(nibble))
}

/// Changes below one node that are merged as a part: its old nodes are brought into the caches
/// before it, and its new nodes are hashed after it, while they are still there.
const PART_CHANGES: usize = 4096;

/// The part of the trie that is being merged.
#[derive(Clone, Copy)]
struct Part {
    /// Number of frames above it.
    frames: usize,
    /// Number of nodes written before it that wait for their hash.
    pending: usize,
}

/// What a step of the walk leads to.
enum Step<'a> {
    /// Merge `changes`, which agree with the place in their first `depth` nibbles.
    Down {
        existing: Existing<'a>,
        depth: usize,
        changes: &'a [Change<'a>],
    },
    /// A place is done.
    Up(Subtree<'a>),
}

/// Merges all children of a fork at once and puts them among what is done, or answers `false` if
/// they are better merged one after another.
pub(crate) type SpreadChildren<S> =
    for<'a> fn(&mut Walk<'a, S>, &Fork<'a>, usize) -> Result<bool, <S as NodeSource>::Error>;

/// Another way to merge the children of a fork than one after another.
pub(crate) struct Spread<S: NodeSource> {
    /// Forks with fewer changes are merged as ever.
    pub(crate) changes_min: usize,
    pub(crate) workers: usize,
    pub(crate) children: SpreadChildren<S>,
}

pub(crate) struct Walk<'a, S: NodeSource> {
    pub(crate) source: &'a S,
    pub(crate) writer: Writer,
    frames: Vec<Frame<'a>>,
    /// Merged children of the forks in `frames`, by nibble within a fork.
    pub(crate) done: Vec<(u8, Subtree<'a>)>,
    /// Children of the branch that is being joined; kept for its memory.
    changed: Vec<(u8, NewChild)>,
    part: Option<Part>,
    spread: Option<Spread<S>>,
}

impl<'a, S: NodeSource> Walk<'a, S> {
    pub(crate) const fn new(source: &'a S, writer: Writer) -> Self {
        Self {
            source,
            writer,
            frames: Vec::new(),
            done: Vec::new(),
            changed: Vec::new(),
            part: None,
            spread: None,
        }
    }

    /// Merges changes that agree with a place in their first `depth` nibbles, and hashes what was
    /// written for them.
    #[cfg(feature = "std")]
    pub(crate) fn merge_all(
        &mut self,
        existing: Existing<'a>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Subtree<'a>, S::Error> {
        let pending = self.writer.pending_len();
        let mut subtree = self.merge(existing, depth, changes)?;
        self.hash(pending, &mut subtree)?;
        Ok(subtree)
    }

    fn merge(
        &mut self,
        existing: Existing<'a>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Subtree<'a>, S::Error> {
        let mut step = Step::Down {
            existing,
            depth,
            changes,
        };
        loop {
            step = match step {
                Step::Down {
                    existing,
                    depth,
                    changes,
                } => self.down(existing, depth, changes)?,
                Step::Up(mut subtree) => {
                    self.leave(&mut subtree)?;
                    match self.frames.last() {
                        None => return Ok(subtree),
                        Some(Frame::Path(path)) => {
                            let path = *path;
                            self.frames.pop();
                            Step::Up(prepend(path, subtree))
                        }
                        Some(Frame::Branch(fork)) => {
                            self.done.push((fork.nibble, subtree));
                            self.next_child()?
                        }
                    }
                }
            }
        }
    }

    /// Leaves a place that is done. If it was a part, hashes its nodes.
    fn leave(&mut self, subtree: &mut Subtree<'a>) -> Result<(), S::Error> {
        let frames = self.frames.len();
        if let Some(part) = self.part.take_if(|part| part.frames == frames) {
            self.hash(part.pending, subtree)?;
        }
        Ok(())
    }

    /// Hashes all nodes that wait for it but for the first `from`; the topmost of them is the
    /// subtree's.
    fn hash(&mut self, from: usize, subtree: &mut Subtree<'a>) -> Result<(), S::Error> {
        let (end, hashed) = (self.writer.location(), self.writer.hash(from));
        hashed.map_err(|reason| damaged(end, reason))?;
        if let Subtree::Branch(child) | Subtree::Extension { child, .. } = subtree {
            self.writer.settle(child);
        }
        Ok(())
    }

    /// Says whether so many changes at one place are to be merged in another way than as a part.
    fn is_spread(&self, changes: usize) -> bool {
        let spread = self.spread.as_ref();
        spread.is_some_and(|spread| changes >= spread.changes_min)
    }

    fn down(
        &mut self,
        existing: Existing<'a>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Step<'a>, S::Error> {
        if changes.is_empty() {
            return Ok(Step::Up(Subtree::Unchanged));
        }
        if self.part.is_none() && changes.len() <= PART_CHANGES && !self.is_spread(changes.len()) {
            self.part = Some(Part {
                frames: self.frames.len(),
                pending: self.writer.pending_len(),
            });
            let child = match existing {
                Existing::Child(child) => Some(child),
                _ => None,
            };
            warm(self.source, child, depth, changes);
        }
        let view = match existing {
            Existing::Nothing => return self.grow(None, depth, changes),
            Existing::Leaf { path, value } => View::Leaf { path, value },
            Existing::Extension { path, child } => View::Extension { path, child },
            Existing::Child(child) => view::open(self.source, child)?,
        };
        match view {
            View::Leaf { path, value } => self.merge_leaf(path, value, depth, changes),
            View::Extension { path, child } => self.merge_extension(path, child, depth, changes),
            View::Branch(branch) => self.fork(Old::Branch(branch), branch.value(), depth, changes),
        }
    }

    fn merge_leaf(
        &mut self,
        path: Nibbles<'a>,
        value: &'a [u8],
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Step<'a>, S::Error> {
        let same = changes.binary_search_by(|change| change.path_from(depth).cmp(&path));
        let Some(change) = same.ok().and_then(|index| changes.get(index)) else {
            return self.grow(Some((path, value)), depth, changes);
        };
        let sets = changes
            .iter()
            .filter(|change| change.value().is_some())
            .take(2)
            .count();
        match change.value() {
            Some(new) if new == value && sets == 1 => Ok(Step::Up(Subtree::Unchanged)),
            None if sets == 0 => Ok(Step::Up(Subtree::Nothing)),
            _ => self.grow(None, depth, changes),
        }
    }

    /// Puts the keys that are set, and a leaf that stood there and keeps its value, where there is
    /// no other node.
    fn grow(
        &mut self,
        leaf: Option<(Nibbles<'a>, &'a [u8])>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Step<'a>, S::Error> {
        let is_set = |change: &Change<'_>| change.value().is_some();
        let (Some(from), Some(last)) = (
            changes.iter().position(is_set),
            changes.iter().rposition(is_set),
        ) else {
            return Ok(Step::Up(Subtree::Unchanged));
        };
        let sets = changes.get(from..=last).unwrap_or(changes);
        let (Some(first), Some(last)) = (sets.first(), sets.last()) else {
            return Ok(Step::Up(Subtree::Unchanged));
        };
        if let (1, None, Some(value)) = (sets.len(), leaf, first.value()) {
            let path = Path::Borrowed(first.path_from(depth));
            return Ok(Step::Up(Subtree::Leaf { path, value }));
        }
        // The changes are sorted, so that what first and last have in common all have.
        let mut fork = first.common_prefix_len(last);
        if let Some((path, _)) = leaf {
            fork = fork.min(depth + first.path_from(depth).common_prefix_len(path));
        }
        if fork > depth {
            self.frames
                .push(Frame::Path(first.path_from(depth).take(fork - depth)));
        }
        match leaf.map(|(path, value)| (path.skip(fork - depth), value)) {
            None => self.fork(Old::Rest(None), None, fork, sets),
            Some((path, value)) => match path.split_first() {
                None => self.fork(Old::Rest(None), Some(value), fork, sets),
                Some((nibble, path)) => {
                    let rest = Existing::Leaf { path, value };
                    self.fork(Old::Rest(Some((nibble, rest))), None, fork, sets)
                }
            },
        }
    }

    fn merge_extension(
        &mut self,
        path: Nibbles<'a>,
        child: Child<'a>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Step<'a>, S::Error> {
        let is_set = |change: &&Change<'_>| change.value().is_some();
        let common = |change: &Change<'a>| change.path_from(depth).common_prefix_len(path);
        let first = changes.iter().find(is_set).map_or(path.len(), common);
        let last = changes.iter().rfind(is_set).map_or(path.len(), common);
        let kept = path.take(first.min(last));
        if !kept.is_empty() {
            self.frames.push(Frame::Path(kept));
        }
        let depth_below = depth + kept.len();
        let below = change::under(changes, depth, kept);
        match path.skip(kept.len()).split_first() {
            None => Ok(Step::Down {
                existing: Existing::Child(child),
                depth: depth_below,
                changes: below,
            }),
            Some((nibble, path)) => {
                let rest = if path.is_empty() {
                    Existing::Child(child)
                } else {
                    Existing::Extension { path, child }
                };
                self.fork(Old::Rest(Some((nibble, rest))), None, depth_below, below)
            }
        }
    }

    /// Starts merging the children of a branch. `value` is its value before the changes.
    fn fork(
        &mut self,
        old: Old<'a>,
        value: Option<&'a [u8]>,
        depth: usize,
        changes: &'a [Change<'a>],
    ) -> Result<Step<'a>, S::Error> {
        let (new_value, changes) = match changes.split_first() {
            Some((first, rest)) if first.nibble(depth).is_none() => (first.value(), rest),
            _ => (value, changes),
        };
        let is_value_changed = new_value != value;
        let done_from = self.done.len();
        let mut fork = Fork {
            depth,
            old,
            value: new_value,
            is_value_changed,
            changes,
            nibble: 0,
            done_from,
        };
        if let Some(spread) = self.spread.as_ref().filter(|_| self.part.is_none())
            && fork.changes.len() >= spread.changes_min
            && (spread.children)(self, &fork, spread.workers)?
        {
            fork.changes = &[];
        }
        self.frames.push(Frame::Branch(fork));
        self.next_child()
    }

    /// Goes on with the next child that has changes of the fork on top, or finishes it.
    fn next_child(&mut self) -> Result<Step<'a>, S::Error> {
        let Some(Frame::Branch(fork)) = self.frames.last_mut() else {
            return Ok(Step::Up(Subtree::Unchanged));
        };
        let (group, rest) = change::split_group(fork.changes, fork.depth);
        if let Some(nibble) = group.first().and_then(|first| first.nibble(fork.depth)) {
            (fork.changes, fork.nibble) = (rest, nibble);
            return Ok(Step::Down {
                existing: fork.old.at(nibble)?,
                depth: fork.depth + 1,
                changes: group,
            });
        }
        // The fork stays where it is until it is joined: it is large to move.
        let mut frames = mem::take(&mut self.frames);
        let joined = match frames.last() {
            Some(Frame::Branch(fork)) => self.join(fork),
            _ => Ok(Subtree::Unchanged),
        };
        frames.pop();
        self.frames = frames;
        joined.map(Step::Up)
    }

    /// Makes the node of a fork whose children are merged.
    fn join(&mut self, fork: &Fork<'a>) -> Result<Subtree<'a>, S::Error> {
        let old_mask = fork.old.mask();
        let mut mask = old_mask;
        let mut is_changed = fork.is_value_changed || matches!(fork.old, Old::Rest(_));
        for (nibble, subtree) in self.done.get(fork.done_from..).unwrap_or(&[]) {
            match subtree {
                Subtree::Unchanged => {}
                Subtree::Nothing => (mask, is_changed) = (mask & !bit(*nibble), true),
                _ => (mask, is_changed) = (mask | bit(*nibble), true),
            }
        }
        if !is_changed {
            self.done.truncate(fork.done_from);
            return Ok(Subtree::Unchanged);
        }
        match (mask.count_ones(), fork.value) {
            (0, None) => {
                self.done.truncate(fork.done_from);
                Ok(Subtree::Nothing)
            }
            (0, Some(value)) => {
                self.done.truncate(fork.done_from);
                Ok(Subtree::Leaf {
                    path: Path::Borrowed(Nibbles::new(&[])),
                    value,
                })
            }
            (1, None) => {
                let nibble = (0..16).find(|nibble| mask == bit(*nibble)).unwrap_or(0);
                let merged = self
                    .done
                    .drain(fork.done_from..)
                    .find(|(at, _)| *at == nibble);
                let subtree = match merged {
                    Some((_, subtree)) if !matches!(subtree, Subtree::Unchanged) => subtree,
                    _ => self.take(fork.old.at(nibble)?)?,
                };
                Ok(prepend(Nibbles::single(nibble), subtree))
            }
            _ => self.join_branch(fork, mask).map(Subtree::Branch),
        }
    }

    fn join_branch(&mut self, fork: &Fork<'a>, mask: u16) -> Result<NewChild, S::Error> {
        if let Old::Branch(Branch::Record { record, location }) = fork.old
            && record.mask() == mask
        {
            return self
                .rewrite_branch(fork, &record)
                .map_err(|reason| damaged(location, reason).into());
        }
        let mut children = [None; 16];
        let mut merged = self.done.drain(fork.done_from..).peekable();
        for (nibble, child) in (0..).zip(&mut children) {
            let subtree = merged
                .next_if(|(at, _)| *at == nibble)
                .map(|(_, subtree)| subtree);
            if mask & bit(nibble) == 0 {
                continue;
            }
            *child = match subtree {
                None | Some(Subtree::Unchanged) => {
                    place_existing(&mut self.writer, fork.old.at(nibble)?)
                }
                Some(subtree) => place(&mut self.writer, &subtree, false),
            };
        }
        drop(merged);
        Ok(self.writer.branch(&children, fork.value, false))
    }

    /// Writes a branch that has children where it had them before.
    fn rewrite_branch(
        &mut self,
        fork: &Fork<'a>,
        old: &BranchRecord<'a>,
    ) -> Result<NewChild, NodeError> {
        self.changed.clear();
        for (nibble, subtree) in self.done.drain(fork.done_from..) {
            let child = place(&mut self.writer, &subtree, false);
            self.changed.extend(child.map(|child| (nibble, child)));
        }
        if self.changed.iter().any(|(_, child)| child.is_stored()) {
            return self.writer.branch_over(old, &self.changed, fork.value);
        }
        let mut children = [None; 16];
        for (nibble, child) in (0..).zip(&mut children) {
            let changed = self.changed.iter().find(|(at, _)| *at == nibble);
            *child = match changed {
                Some((_, changed)) => Some(*changed),
                None => old.child(nibble)?.map(kept_child),
            };
        }
        Ok(self.writer.branch(&children, fork.value, false))
    }

    /// Makes what did not change ready to get a longer path.
    fn take(&self, existing: Existing<'a>) -> Result<Subtree<'a>, S::Error> {
        let view = match existing {
            Existing::Nothing => return Ok(Subtree::Nothing),
            Existing::Leaf { path, value } => View::Leaf { path, value },
            Existing::Extension { path, child } => View::Extension { path, child },
            Existing::Child(child) => match view::open(self.source, child)? {
                View::Branch(_) => return Ok(Subtree::Branch(kept_child(child))),
                other => other,
            },
        };
        Ok(match view {
            View::Leaf { path, value } => Subtree::Leaf {
                path: Path::Borrowed(path),
                value,
            },
            View::Extension { path, child } => Subtree::Extension {
                path: Path::Borrowed(path),
                child: kept_child(child),
            },
            View::Branch(_) => Subtree::Nothing,
        })
    }
}

/// Puts a path in front of what stands below it.
fn prepend<'a>(prefix: Nibbles<'a>, subtree: Subtree<'a>) -> Subtree<'a> {
    let join = |path: &Path<'_>| match path.as_nibbles() {
        empty if empty.is_empty() => Path::Borrowed(prefix),
        path => Path::Owned(NibbleBuf::concat(prefix, path)),
    };
    match subtree {
        Subtree::Leaf { path, value } => Subtree::Leaf {
            path: join(&path),
            value,
        },
        Subtree::Extension { path, child } => Subtree::Extension {
            path: join(&path),
            child,
        },
        Subtree::Branch(child) => Subtree::Extension {
            path: Path::Borrowed(prefix),
            child,
        },
        Subtree::Unchanged | Subtree::Nothing => subtree,
    }
}

/// A child that keeps its record.
fn kept_child(child: Child<'_>) -> NewChild {
    match child {
        Child::Stored { hash, location } => Slot::Stored {
            hash: *hash,
            location,
        }
        .into(),
        Child::Inline { rlp, .. } => Slot::Inline(InlineRlp::new(rlp)).into(),
    }
}

/// Writes what did not change but got a new parent.
fn place_existing(writer: &mut Writer, existing: Existing<'_>) -> Option<NewChild> {
    match existing {
        Existing::Nothing => None,
        Existing::Child(child) => Some(kept_child(child)),
        Existing::Leaf { path, value } => Some(writer.leaf(path, value, false)),
        Existing::Extension { path, child } => {
            Some(writer.extension(path, &kept_child(child), false))
        }
    }
}

/// Writes the node of a subtree unless it stands already.
fn place(writer: &mut Writer, subtree: &Subtree<'_>, is_root: bool) -> Option<NewChild> {
    match subtree {
        Subtree::Unchanged | Subtree::Nothing => None,
        Subtree::Leaf { path, value } => Some(writer.leaf(path.as_nibbles(), value, is_root)),
        Subtree::Extension { path, child } => {
            Some(writer.extension(path.as_nibbles(), child, is_root))
        }
        Subtree::Branch(child) => Some(*child),
    }
}

/// Writes the topmost node, which has a record of its own however short it is.
fn place_root(writer: &mut Writer, subtree: &Subtree<'_>) -> Option<NewChild> {
    let top = place(writer, subtree, true)?;
    let Some((children, value)) = top.inline_branch() else {
        return Some(top);
    };
    let children = children.map(|link| match link? {
        Link::Inline(rlp) => Some(Slot::Inline(InlineRlp::new(rlp)).into()),
        Link::Hash(_) => None,
    });
    Some(writer.branch(&children, value, true))
}
