//! What differs between two states, without reading what they share.
//!
//! Two cursors move in step. Where both stand before a node at the same path and with the same hash
//! (or the same RLP, of a node inside its parent), both pass it unopened: the subtries are equal.
//! Otherwise the one whose head comes first, or that lies above the other's, is opened or reported.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::cursor::{Cursor, Direction, Head};
use crate::entries::key_of;
use crate::node::Link;
use crate::source::NodeSource;
use crate::trie::Trie;

/// A key that two states do not have the same value for; one of the values may be absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Key in the trie.
    pub key: Vec<u8>,
    /// Value in the first state.
    pub before: Option<&'a [u8]>,
    /// Value in the second state.
    pub after: Option<&'a [u8]>,
}

/// Differences between two states in key order. After an error it is at its end.
#[derive(Debug)]
pub struct Differences<'a, S> {
    before: Cursor<'a, S>,
    after: Cursor<'a, S>,
    is_over: bool,
}

impl<'a, S: NodeSource> Trie<'a, S> {
    /// Iterates over the keys that do not have the same value here and in a later state.
    ///
    /// Reads the nodes that differ and their direct neighbours: O(differences * depth).
    #[must_use]
    pub fn diff(&self, after: &Self) -> Differences<'a, S> {
        Differences {
            before: Cursor::new(self.source, &self.root, Direction::Forward),
            after: Cursor::new(after.source, &after.root, Direction::Forward),
            is_over: false,
        }
    }
}

/// What to do about two heads.
enum Move {
    PassBoth,
    OpenBefore,
    OpenAfter,
    ReportBefore,
    ReportAfter,
    ReportBoth,
    End,
}

impl<'a, S: NodeSource> Differences<'a, S> {
    fn step(&mut self) -> Result<Option<Difference<'a>>, S::Error> {
        loop {
            let next = self.next_move();
            match next {
                Move::End => return Ok(None),
                Move::OpenBefore => self.before.open()?,
                Move::OpenAfter => self.after.open()?,
                Move::PassBoth => {
                    self.before.pass()?;
                    self.after.pass()?;
                }
                Move::ReportBefore | Move::ReportAfter | Move::ReportBoth => {
                    return self.report(&next).map(Some);
                }
            }
        }
    }

    fn next_move(&self) -> Move {
        let (before, after) = match (self.before.head(), self.after.head()) {
            (None, None) => return Move::End,
            (Some(Head::Entry(_)), None) => return Move::ReportBefore,
            (Some(_), None) => return Move::OpenBefore,
            (None, Some(Head::Entry(_))) => return Move::ReportAfter,
            (None, Some(_)) => return Move::OpenAfter,
            (Some(before), Some(after)) => (before, after),
        };
        let (before_path, after_path) = (self.before.path(), self.after.path());
        match (before, after, before_path.cmp(after_path)) {
            (Head::Entry(one), Head::Entry(other), Ordering::Equal) => {
                if one == other {
                    Move::PassBoth
                } else {
                    Move::ReportBoth
                }
            }
            (Head::Entry(_), Head::Entry(_), Ordering::Less) => Move::ReportBefore,
            (Head::Entry(_), Head::Entry(_), Ordering::Greater) => Move::ReportAfter,
            // An entry that comes before a node's path has no counterpart in that node.
            (Head::Entry(_), _, Ordering::Less) => Move::ReportBefore,
            (_, Head::Entry(_), Ordering::Greater) => Move::ReportAfter,
            (Head::Entry(_), ..) => Move::OpenAfter,
            (_, Head::Entry(_), _) => Move::OpenBefore,
            (one, other, Ordering::Equal) if is_same(&one, &other) => Move::PassBoth,
            (_, _, Ordering::Less | Ordering::Equal) => Move::OpenBefore,
            (_, _, Ordering::Greater) => Move::OpenAfter,
        }
    }

    fn report(&mut self, which: &Move) -> Result<Difference<'a>, S::Error> {
        let path = if matches!(which, Move::ReportAfter) {
            &self.after
        } else {
            &self.before
        };
        let key = key_of(path.path())?;
        let before = if matches!(which, Move::ReportAfter) {
            None
        } else {
            take(&mut self.before)?
        };
        let after = if matches!(which, Move::ReportBefore) {
            None
        } else {
            take(&mut self.after)?
        };
        Ok(Difference { key, before, after })
    }
}

/// Returns the value of the entry that the cursor stands before, and passes it.
fn take<'a, S: NodeSource>(cursor: &mut Cursor<'a, S>) -> Result<Option<&'a [u8]>, S::Error> {
    let value = match cursor.head() {
        Some(Head::Entry(value)) => Some(value),
        _ => None,
    };
    cursor.pass()?;
    Ok(value)
}

/// Says whether two nodes at the same path hold the same entries by their names alone.
fn is_same(one: &Head<'_>, other: &Head<'_>) -> bool {
    match (one, other) {
        (Head::Root(one, _), Head::Root(other, _)) => one == other,
        (Head::Node(one), Head::Node(other)) => match (one.link(), other.link()) {
            (Link::Hash(one), Link::Hash(other)) => one == other,
            (Link::Inline(one), Link::Inline(other)) => one == other,
            _ => false,
        },
        _ => false,
    }
}

impl<'a, S: NodeSource> Iterator for Differences<'a, S> {
    type Item = Result<Difference<'a>, S::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step().transpose();
        self.is_over = !matches!(step, Some(Ok(_)));
        step
    }
}
