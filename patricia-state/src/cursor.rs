//! A place in a state that moves over it in key order, either way.
//!
//! The cursor stands before its *head*: a node that is not opened yet, or an entry. It can open the
//! head or pass over it unread, which is how ordered iteration finds its start and how `diff` leaves
//! out what two states share. Invariants:
//! - `path` is the path of the head: of a node the nibbles above it, of an entry its whole key;
//! - everything before the head in the cursor's direction was passed; a node is opened at most once;
//! - the stack holds one frame for each opened branch above the head, its own memory, so that long
//!   keys cannot exhaust the thread's.

use alloc::vec::Vec;

use crate::nibbles::Nibbles;
use crate::record::{Child, Location};
use crate::source::{NodeSource, Root};
use crate::suite::NodeHash;
use crate::view::{self, Branch, View};

/// Order of a walk over a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Rising keys; a key comes before the longer keys that start with it.
    #[default]
    Forward,
    /// Falling keys.
    Backward,
}

/// What the cursor stands before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Head<'a> {
    /// The topmost node, unopened.
    Root(NodeHash, Location),
    /// A node, unopened.
    Node(Child<'a>),
    /// A key and its value.
    Entry(&'a [u8]),
}

/// An opened branch.
#[derive(Debug)]
struct Frame<'a> {
    branch: Branch<'a>,
    /// Number of nibbles above it.
    depth: usize,
    /// Parts of it that were passed: its value and 16 children, in the cursor's order.
    passed: u8,
}

/// Parts of a branch: value and children.
const PARTS: u8 = 17;

#[derive(Debug)]
pub(crate) struct Cursor<'a, S> {
    source: &'a S,
    direction: Direction,
    path: Vec<u8>,
    frames: Vec<Frame<'a>>,
    head: Option<Head<'a>>,
}

impl<'a, S: NodeSource> Cursor<'a, S> {
    /// A cursor before the topmost node.
    pub(crate) fn new(source: &'a S, root: &Root, direction: Direction) -> Self {
        let head = root
            .location
            .map(|location| Head::Root(root.hash, location));
        Self {
            source,
            direction,
            path: Vec::new(),
            frames: Vec::new(),
            head,
        }
    }

    /// Returns what the cursor stands before, or `None` at the end.
    pub(crate) const fn head(&self) -> Option<Head<'a>> {
        self.head
    }

    /// Returns the head's path, a nibble a byte.
    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// Opens the head, if it is a node: the cursor then stands before the first part of it.
    pub(crate) fn open(&mut self) -> Result<(), S::Error> {
        let view = match self.head {
            None | Some(Head::Entry(_)) => return Ok(()),
            Some(Head::Node(child)) => view::open(self.source, child)?,
            Some(Head::Root(hash, location)) => {
                let root = Root {
                    hash,
                    location: Some(location),
                };
                match view::open_root(self.source, &root)? {
                    Some(view) => view,
                    None => return Ok(()),
                }
            }
        };
        match view {
            View::Leaf { path, value } => {
                self.path.extend(path.iter());
                self.head = Some(Head::Entry(value));
            }
            View::Extension { path, child } => {
                self.path.extend(path.iter());
                self.head = Some(Head::Node(child));
            }
            View::Branch(branch) => {
                self.frames.push(Frame {
                    branch,
                    depth: self.path.len(),
                    passed: 0,
                });
                self.pass()?;
            }
        }
        Ok(())
    }

    /// Passes over the head, unopened.
    pub(crate) fn pass(&mut self) -> Result<(), S::Error> {
        self.head = None;
        while let Some(frame) = self.frames.last_mut() {
            self.path.truncate(frame.depth);
            if frame.passed == PARTS {
                self.frames.pop();
                continue;
            }
            let part = match self.direction {
                Direction::Forward => frame.passed,
                Direction::Backward => PARTS - 1 - frame.passed,
            };
            frame.passed += 1;
            // Part 0 is the value, part n child n - 1.
            self.head = match part.checked_sub(1) {
                None => frame.branch.value().map(Head::Entry),
                Some(nibble) => frame.branch.child(nibble)?.map(|child| {
                    self.path.push(nibble);
                    Head::Node(child)
                }),
            };
            if self.head.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Moves on to the first entry whose key is `key` or after it in the cursor's direction.
    pub(crate) fn seek(&mut self, key: Nibbles<'_>) -> Result<(), S::Error> {
        while let Some(head) = self.head {
            let holds_key = key.len() >= self.path.len()
                && key
                    .iter()
                    .zip(&self.path)
                    .all(|(ours, theirs)| ours == *theirs);
            match head {
                // A node on the key's path has keys on both sides of it.
                Head::Root(..) | Head::Node(_) if holds_key => self.open()?,
                _ if self.is_before(key) => self.pass()?,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Says whether the head comes before `key` in the cursor's direction.
    fn is_before(&self, key: Nibbles<'_>) -> bool {
        let head = self.path.iter().copied();
        match self.direction {
            Direction::Forward => head.lt(key.iter()),
            Direction::Backward => head.gt(key.iter()),
        }
    }

    /// Moves on to the first node or entry all of whose keys start with `prefix`, or to the end if
    /// there is none.
    pub(crate) fn seek_prefix(&mut self, prefix: Nibbles<'_>) -> Result<(), S::Error> {
        while let Some(head) = self.head {
            let agree = prefix
                .iter()
                .zip(&self.path)
                .take_while(|(ours, theirs)| ours == *theirs)
                .count();
            if agree == prefix.len() {
                return Ok(());
            }
            match head {
                Head::Root(..) | Head::Node(_) if agree == self.path.len() => self.open()?,
                _ => self.pass()?,
            }
        }
        Ok(())
    }
}
