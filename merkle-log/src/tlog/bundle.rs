//! Entry bundles: up to 256 entries, each after its length as a big-endian u16.

use alloc::vec::Vec;

use super::path::TILE_WIDTH;

/// Longest entry of a bundle, in bytes.
pub const ENTRY_LEN_MAX: usize = u16::MAX as usize;

/// Entries cannot be bundled, or bytes are not the bundle they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// An entry is longer than a bundle can say.
    #[error("entry {entry} of the bundle has {len} bytes, at most {ENTRY_LEN_MAX} can be bundled")]
    EntryTooLong {
        /// The entry's position in the bundle.
        entry: usize,
        /// Its length in bytes.
        len: usize,
    },
    /// A bundle has not the number of entries it should have.
    #[error("a bundle of {expected} entries has {got}")]
    WrongCount {
        /// Entries of such a bundle; as many as 256 at most.
        expected: usize,
        /// Entries there are; the count ends one beyond those expected.
        got: usize,
    },
    /// A bundle ends within an entry.
    #[error("the bundle ends within entry {entry}")]
    CutOff {
        /// The entry's position in the bundle.
        entry: usize,
    },
}

/// The bundle of these entries, at most 256.
///
/// # Errors
/// [`BundleError::EntryTooLong`] or [`BundleError::WrongCount`].
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    let (expected, got) = (usize::from(TILE_WIDTH), entries.len());
    if got > expected {
        return Err(BundleError::WrongCount { expected, got });
    }
    let mut bytes = Vec::new();
    for (entry, content) in entries.iter().map(AsRef::as_ref).enumerate() {
        let len = content.len();
        let prefix = u16::try_from(len).map_err(|_| BundleError::EntryTooLong { entry, len })?;
        bytes.extend(prefix.to_be_bytes());
        bytes.extend(content);
    }
    Ok(bytes)
}

/// The entries of a bundle that has `width` of them.
///
/// # Errors
/// [`BundleError::WrongCount`] or [`BundleError::CutOff`].
pub fn decode_bundle(mut bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let expected = usize::from(width);
    let mut entries = Vec::with_capacity(expected);
    while !bytes.is_empty() {
        let cut_off = BundleError::CutOff {
            entry: entries.len(),
        };
        if entries.len() == expected {
            let got = expected.saturating_add(1);
            return Err(BundleError::WrongCount { expected, got });
        }
        let (len, rest) = bytes.split_first_chunk().ok_or(cut_off)?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (content, rest) = rest.split_at_checked(len).ok_or(cut_off)?;
        entries.push(content);
        bytes = rest;
    }
    let got = entries.len();
    if got != expected {
        return Err(BundleError::WrongCount { expected, got });
    }
    Ok(entries)
}
