//! Changes to a state: sorted once, each key at most once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::nibbles::Nibbles;
use crate::suite::StateScheme;

/// Nibbles of a key that are kept beside the change itself, so that sorting and walking seldom have
/// to look at the key's own memory.
const PREFIX_NIBBLES: usize = 16;

/// One write: a key of the trie and its new value, or its removal.
///
/// **A value is never empty: setting an empty value removes the key.** RLP cannot tell an empty
/// value of a branch from none, and Ethereum's tries and tests follow this rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The first 8 bytes of the key, zeros where it is shorter; big-endian, so that it sorts alike.
    prefix: u64,
    key: &'a [u8],
    /// Never empty.
    value: Option<&'a [u8]>,
}

impl<'a> Change<'a> {
    /// Sets `key` to `value`; removes it if `value` is empty.
    #[must_use]
    pub fn set(key: &'a [u8], value: &'a [u8]) -> Self {
        Self {
            value: Some(value).filter(|value| !value.is_empty()),
            ..Self::remove(key)
        }
    }

    /// Removes `key`, which may be absent.
    #[must_use]
    pub fn remove(key: &'a [u8]) -> Self {
        let prefix = match key.first_chunk() {
            Some(chunk) => u64::from_be_bytes(*chunk),
            None => (0..8).fold(0, |prefix, index| {
                prefix << 8 | u64::from(key.get(index).copied().unwrap_or(0))
            }),
        };
        Self {
            prefix,
            key,
            value: None,
        }
    }

    /// Returns the key.
    #[must_use]
    pub const fn key(&self) -> &'a [u8] {
        self.key
    }

    /// Returns the new value, or `None` for a removal.
    #[must_use]
    pub const fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// Returns the key's path from nibble `depth` on.
    pub(crate) fn path_from(&self, depth: usize) -> Nibbles<'a> {
        Nibbles::new(self.key).skip(depth)
    }

    /// Returns nibble `depth` of the key, or `None` if the key ends there.
    pub(crate) fn nibble(&self, depth: usize) -> Option<u8> {
        if depth >= self.key.len() * 2 {
            None
        } else if depth < PREFIX_NIBBLES {
            Some((self.prefix >> (60 - 4 * depth) & 15) as u8)
        } else {
            Nibbles::new(self.key).get(depth)
        }
    }

    /// Returns how many nibbles the two keys have in common from their starts.
    pub(crate) fn common_prefix_len(&self, other: &Self) -> usize {
        let common = ((self.prefix ^ other.prefix).leading_zeros() / 4) as usize;
        let shorter = self.key.len().min(other.key.len()) * 2;
        if common < PREFIX_NIBBLES {
            common.min(shorter)
        } else {
            Nibbles::new(self.key).common_prefix_len(Nibbles::new(other.key))
        }
    }
}

/// Changes in the order of their keys, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes<'a>(Vec<Change<'a>>);

impl<'a> Changes<'a> {
    /// Sorts the changes. Of several changes of one key the last counts. O(n log n).
    #[must_use]
    pub fn new(mut changes: Vec<Change<'a>>) -> Self {
        changes.sort_by(|a, b| a.prefix.cmp(&b.prefix).then_with(|| a.key.cmp(b.key)));
        changes.dedup_by(|later, kept| {
            let is_same = later.prefix == kept.prefix && later.key == kept.key;
            if is_same {
                *kept = *later;
            }
            is_same
        });
        Self(changes)
    }

    /// Returns the changes in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Change<'a>] {
        &self.0
    }
}

impl<'a> FromIterator<Change<'a>> for Changes<'a> {
    fn from_iter<I: IntoIterator<Item = Change<'a>>>(changes: I) -> Self {
        Self::new(changes.into_iter().collect())
    }
}

/// The changes that agree with the first one in nibble `depth`, and the rest. All of them have to
/// agree before `depth` and to have that nibble.
pub(crate) fn split_group<'c, 'a>(
    changes: &'c [Change<'a>],
    depth: usize,
) -> (&'c [Change<'a>], &'c [Change<'a>]) {
    let nibble = changes.first().and_then(|first| first.nibble(depth));
    let is_in = |change: &Change<'_>| change.nibble(depth) == nibble;
    // Most groups are short: look at the neighbours first, bisect what is left.
    let near = changes
        .iter()
        .take(4)
        .take_while(|change| is_in(change))
        .count();
    let end = if near < 4 {
        near
    } else {
        changes.partition_point(is_in)
    };
    changes.split_at_checked(end).unwrap_or((changes, &[]))
}

/// The changes whose keys have `path` from nibble `depth` on. All of them have to agree before.
pub(crate) fn under<'c, 'a>(
    changes: &'c [Change<'a>],
    depth: usize,
    path: Nibbles<'_>,
) -> &'c [Change<'a>] {
    let part = |change: &Change<'a>| change.path_from(depth).take(path.len());
    let start = changes.partition_point(|change| part(change) < path);
    let (_, from) = changes.split_at_checked(start).unwrap_or((&[], changes));
    let count = from.partition_point(|change| part(change) == path);
    from.get(..count).unwrap_or(from)
}

/// Writes that are being collected and can be read back before they are sealed.
///
/// Keys are mapped to keys of the trie as they come in, by the scheme's key mode.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    scheme: StateScheme,
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// Returns a batch without writes.
    #[must_use]
    pub fn new(scheme: impl Into<StateScheme>) -> Self {
        Self {
            scheme: scheme.into(),
            writes: BTreeMap::new(),
        }
    }

    /// Sets `key` to `value`; removes it if `value` is empty.
    pub fn set(&mut self, key: &[u8], value: &[u8]) {
        let value = if value.is_empty() {
            None
        } else {
            Some(value.to_vec())
        };
        self.writes
            .insert(self.scheme.trie_key(key).into_owned(), value);
    }

    /// Removes `key`, which may be absent.
    pub fn remove(&mut self, key: &[u8]) {
        self.set(key, &[]);
    }

    /// Returns what the batch says about `key`: `None` nothing, `Some(None)` removed.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.writes
            .get(&*self.scheme.trie_key(key))
            .map(Option::as_deref)
    }

    /// Returns the number of keys written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Says whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Returns the writes as changes.
    #[must_use]
    pub fn changes(&self) -> Changes<'_> {
        let changes = self.writes.iter().map(|(key, value)| match value {
            Some(value) => Change::set(key, value),
            None => Change::remove(key),
        });
        Changes(changes.collect())
    }
}
