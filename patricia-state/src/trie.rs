//! Reading one state: a root, its scheme, and the source its nodes come from.

use crate::nibbles::Nibbles;
use crate::record::{self, Child, Location};
use crate::source::{NodeSource, Root};
use crate::suite::{NodeHash, StateScheme};
use crate::view::{self, View};

/// One state, to be read.
///
/// It borrows its source, and the values it returns borrow it too; nothing is copied. Any root
/// whose nodes the source still has can be read, the tip's or an older one, at the same cost.
///
/// # Example
///
/// ```
/// use patricia_state::{Change, Changes, NodeStore, Overlay, StateSuite, Trie};
///
/// let suite = StateSuite::Keccak256;
/// let log = NodeStore::new();
/// let changes = Changes::new(vec![Change::set(b"dog", b"puppy"), Change::set(b"do", b"verb")]);
/// let sealed = Overlay::empty(suite).seal(&log, suite, &changes).unwrap();
///
/// let view = sealed.on(&log);
/// let trie = Trie::new(&view, suite, *sealed.root());
/// assert_eq!(trie.get(b"dog").unwrap(), Some(&b"puppy"[..]));
/// assert_eq!(trie.get(b"cat").unwrap(), None);
/// ```
#[derive(Debug)]
pub struct Trie<'a, S> {
    pub(crate) source: &'a S,
    pub(crate) scheme: StateScheme,
    pub(crate) root: Root,
}

impl<S> Clone for Trie<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Trie<'_, S> {}

impl<'a, S: NodeSource> Trie<'a, S> {
    /// Returns the state at `root`. Nothing is read yet.
    #[must_use]
    pub fn new(source: &'a S, scheme: impl Into<StateScheme>, root: Root) -> Self {
        Self {
            source,
            scheme: scheme.into(),
            root,
        }
    }

    /// Returns the root.
    #[must_use]
    pub const fn root(&self) -> &Root {
        &self.root
    }

    /// Returns the scheme.
    #[must_use]
    pub const fn scheme(&self) -> StateScheme {
        self.scheme
    }

    /// Returns the value of `key`, or `None` if the key is absent. Reads the nodes on its path.
    ///
    /// # Errors
    ///
    /// Those of the source, if a node cannot be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<&'a [u8]>, S::Error> {
        self.walk(key, |_, _| ())
    }

    /// Returns the value of `key`; `visit` sees the records on its path.
    pub(crate) fn walk(
        &self,
        key: &[u8],
        mut visit: impl FnMut(&'a [u8], Location),
    ) -> Result<Option<&'a [u8]>, S::Error> {
        let key = self.scheme.trie_key(key);
        let mut path = Nibbles::new(&key);
        let Some(mut location) = self.root.location else {
            return Ok(None);
        };
        let root = self.root.hash;
        let mut hash = &root;
        loop {
            let bytes = self.source.record(location, hash)?;
            visit(bytes, location);
            // Most nodes are branches, and most children have records.
            if let Some((nibble, rest)) = path.split_first()
                && let Some(child) = record::stored_child(bytes, location, nibble)
            {
                ((location, hash), path) = (child, rest);
                continue;
            }
            match self.below(bytes, location, path)? {
                Below::Value(value) => return Ok(value),
                Below::Node(child, rest) => ((location, hash), path) = (child, rest),
            }
        }
    }

    /// Where the rest of a key leads from the node that `bytes` start with, through all that stands
    /// inside it.
    fn below<'p>(
        &self,
        bytes: &'a [u8],
        location: Location,
        mut path: Nibbles<'p>,
    ) -> Result<Below<'a, 'p>, S::Error> {
        let mut view = view::parse(bytes, location)?;
        loop {
            let child = match view {
                View::Leaf { path: leaf, value } => {
                    return Ok(Below::Value((leaf == path).then_some(value)));
                }
                View::Extension {
                    path: prefix,
                    child,
                } => match path.strip_prefix(prefix) {
                    None => return Ok(Below::Value(None)),
                    Some(rest) => {
                        path = rest;
                        child
                    }
                },
                View::Branch(branch) => match path.split_first() {
                    None => return Ok(Below::Value(branch.value())),
                    Some((nibble, rest)) => match branch.child(nibble)? {
                        None => return Ok(Below::Value(None)),
                        Some(child) => {
                            path = rest;
                            child
                        }
                    },
                },
            };
            view = match child {
                Child::Stored { location, hash } => {
                    return Ok(Below::Node((location, hash), path));
                }
                Child::Inline { .. } => view::open(self.source, child)?,
            };
        }
    }
}

/// Where a key leads from a node.
enum Below<'a, 'p> {
    /// To the value, or to nothing.
    Value(Option<&'a [u8]>),
    /// To another node that has a record, with the rest of the key.
    Node((Location, &'a NodeHash), Nibbles<'p>),
}
