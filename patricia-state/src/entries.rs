//! Ordered iteration over the entries of a state.

use alloc::vec::Vec;

use crate::cursor::{Cursor, Direction, Head};
use crate::nibbles::Nibbles;
use crate::source::{NodeSource, StoredNodeError};
use crate::trie::Trie;

/// A key of the trie and its value.
pub type Entry<'a> = (Vec<u8>, &'a [u8]);

/// Entries of a state in key order: trie keys with their values.
///
/// Each step reads the nodes it comes to. After an error the iterator is at its end.
#[derive(Debug)]
pub struct Entries<'a, S> {
    cursor: Cursor<'a, S>,
    /// Nibbles that every key starts with.
    prefix: Vec<u8>,
    is_over: bool,
}

impl<'a, S: NodeSource> Trie<'a, S> {
    /// Iterates over all entries.
    ///
    /// In the hashed key mode the keys are hashes, in every iterator.
    #[must_use]
    pub fn entries(&self, direction: Direction) -> Entries<'a, S> {
        Entries {
            cursor: Cursor::new(self.source, &self.root, direction),
            prefix: Vec::new(),
            is_over: false,
        }
    }

    /// Iterates from trie key `from` on, itself included if it is present.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node on the way to `from` cannot be read.
    pub fn entries_from(
        &self,
        from: &[u8],
        direction: Direction,
    ) -> Result<Entries<'a, S>, S::Error> {
        let mut entries = self.entries(direction);
        entries.cursor.seek(Nibbles::new(from))?;
        Ok(entries)
    }

    /// Iterates over the entries whose trie keys start with `prefix`.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node on the way to `prefix` cannot be read.
    pub fn entries_under(
        &self,
        prefix: &[u8],
        direction: Direction,
    ) -> Result<Entries<'a, S>, S::Error> {
        let mut entries = self.entries(direction);
        entries.cursor.seek_prefix(Nibbles::new(prefix))?;
        entries.prefix = Nibbles::new(prefix).iter().collect();
        Ok(entries)
    }

    /// As [`Trie::entries_under`], from trie key `from` on: how a long list is read in pages.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node on the way to `from` cannot be read.
    pub fn entries_under_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        direction: Direction,
    ) -> Result<Entries<'a, S>, S::Error> {
        let mut entries = self.entries_under(prefix, direction)?;
        entries.cursor.seek(Nibbles::new(from))?;
        Ok(entries)
    }
}

impl<'a, S: NodeSource> Entries<'a, S> {
    fn step(&mut self) -> Result<Option<Entry<'a>>, S::Error> {
        while let Some(head) = self.cursor.head() {
            if !self.cursor.path().starts_with(&self.prefix) {
                break;
            }
            match head {
                Head::Root(..) | Head::Node(_) => self.cursor.open()?,
                Head::Entry(value) => {
                    let key = key_of(self.cursor.path())?;
                    self.cursor.pass()?;
                    return Ok(Some((key, value)));
                }
            }
        }
        Ok(None)
    }
}

impl<'a, S: NodeSource> Iterator for Entries<'a, S> {
    type Item = Result<Entry<'a>, S::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step().transpose();
        self.is_over = !matches!(step, Some(Ok(_)));
        step
    }
}

/// Packs the path of an entry, a nibble a byte, to its key.
pub(crate) fn key_of(path: &[u8]) -> Result<Vec<u8>, StoredNodeError> {
    match path.as_chunks() {
        (pairs, []) => Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect()),
        _ => Err(StoredNodeError::HalfByte {
            nibble_count: path.len(),
        }),
    }
}
