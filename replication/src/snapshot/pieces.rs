//! Pieces as bytes: several commits, leaf hashes, or pairs of a state in one answer.
//!
//! ```text
//! commits   each: length u32 | bytes of a whole commit
//! leaves    each: hash 32
//! pairs     each: length u32 | key | length u32 | value
//! ```
//!
//! Invariant: a piece is at most [`PIECE_LEN_MAX`] bytes long, unless one thing alone is longer. The
//! piece of pairs behind the last one is empty.

use merkle_log::Hash;

use crate::wire::{FormError, Input, put_bytes};

/// Bytes of a piece: some round trips a second keep a link busy, and a reader holds a few pieces.
pub(crate) const PIECE_LEN_MAX: usize = 1 << 20;
/// Leaf hashes in a piece.
pub(crate) const LEAVES_MAX: u64 = PIECE_LEN_MAX as u64 / 32;
/// Commits in a piece: more are not read at once.
pub(crate) const COMMITS_MAX: u64 = 256;

/// The commits in a piece.
pub(crate) fn commits(piece: &[u8]) -> Result<Vec<&[u8]>, FormError> {
    let mut input = Input::new("commits", &[], piece)?;
    let mut commits = Vec::new();
    while !input.is_at_end() {
        commits.push(input.bytes()?);
    }
    Ok(commits)
}

/// The leaf hashes in a piece.
pub(crate) fn leaves(piece: &[u8]) -> Result<Vec<Hash>, FormError> {
    let mut input = Input::new("leaves", &[], piece)?;
    let mut leaves = Vec::with_capacity(piece.len() / 32);
    while !input.is_at_end() {
        leaves.push(Hash::new(input.array()?));
    }
    Ok(leaves)
}

/// A key of a state and its value.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// The pairs in a piece.
pub(crate) fn pairs(piece: &[u8]) -> Result<Vec<Pair<'_>>, FormError> {
    let mut input = Input::new("pairs", &[], piece)?;
    let mut pairs = Vec::new();
    while !input.is_at_end() {
        pairs.push((input.bytes()?, input.bytes()?));
    }
    Ok(pairs)
}

/// Appends a commit, unless the piece is full.
pub(crate) fn put_commit(piece: &mut Vec<u8>, commit: &[u8]) -> bool {
    put(piece, &[commit])
}

/// Appends a pair, unless the piece is full.
pub(crate) fn put_pair(piece: &mut Vec<u8>, key: &[u8], value: &[u8]) -> bool {
    put(piece, &[key, value])
}

fn put(piece: &mut Vec<u8>, parts: &[&[u8]]) -> bool {
    let len: usize = parts.iter().map(|part| 4 + part.len()).sum();
    if !piece.is_empty() && piece.len() + len > PIECE_LEN_MAX {
        return false;
    }
    for part in parts {
        put_bytes(piece, part);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_comes_back(
            parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), any::<[u8; 32]>()), 0..30),
        ) {
            let (mut of_commits, mut of_pairs, mut of_leaves) = (Vec::new(), Vec::new(), Vec::new());
            for (part, hash) in &parts {
                prop_assert!(put_commit(&mut of_commits, part));
                prop_assert!(put_pair(&mut of_pairs, part, hash));
                of_leaves.extend(hash);
            }
            let given: Vec<&[u8]> = parts.iter().map(|(part, _)| &part[..]).collect();
            prop_assert_eq!(commits(&of_commits).unwrap(), given);
            let given: Vec<Pair<'_>> = parts.iter().map(|(part, hash)| (&part[..], &hash[..])).collect();
            prop_assert_eq!(pairs(&of_pairs).unwrap(), given);
            let given: Vec<Hash> = parts.iter().map(|(_, hash)| Hash::new(*hash)).collect();
            prop_assert_eq!(leaves(&of_leaves).unwrap(), given);
            for piece in [of_commits, of_pairs, of_leaves] {
                if let Some(cut) = piece.len().checked_sub(1) {
                    let cut = &piece[..cut];
                    prop_assert!(commits(cut).is_err() || leaves(cut).is_err());
                }
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(piece in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = (commits(&piece), leaves(&piece), pairs(&piece));
        }
    }

    #[test]
    fn a_piece_is_full_after_so_many_bytes_and_takes_one_thing_in_any_case() {
        let mut piece = Vec::new();
        assert!(put_commit(&mut piece, &vec![1; PIECE_LEN_MAX]));
        assert!(!put_commit(&mut piece, b""));
        let mut piece = Vec::new();
        assert!(put_pair(&mut piece, b"key", &vec![1; PIECE_LEN_MAX - 20]));
        assert!(!put_pair(&mut piece, b"ab", b""));
        assert!(put_pair(&mut piece, b"a", b""));
        assert_eq!(piece.len(), PIECE_LEN_MAX);
    }
}
