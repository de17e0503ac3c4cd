//! The bytes of a tile: its hashes, one after another.

use alloc::vec::Vec;

use super::path::{TILE_WIDTH, TlogTileError};
use crate::hash::Hash;
use crate::index::NodeId;
use crate::reader::NodeReader;

/// The bytes of the tile at `index` of a tile level: `width` hashes, of a log whose nodes `reader`
/// has. One read a hash.
///
/// # Errors
/// What the reader answers.
pub fn read_tile<R: NodeReader>(
    reader: &R,
    level: u8,
    index: u64,
    width: u16,
) -> Result<Vec<u8>, R::Error> {
    // What no tree can have saturates, and the reader refuses it.
    let first = index.saturating_mul(u64::from(TILE_WIDTH));
    let mut bytes = Vec::with_capacity(usize::from(width) * Hash::LEN);
    for position in 0..u64::from(width) {
        let id = NodeId::new(level.saturating_mul(8), first.saturating_add(position));
        bytes.extend(reader.node(id)?.as_bytes());
    }
    Ok(bytes)
}

/// The hashes of a tile of this width.
///
/// # Errors
/// [`TlogTileError::WrongLength`] unless there are as many bytes as the hashes take.
pub fn decode_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TlogTileError> {
    let (expected, got) = (usize::from(width) * Hash::LEN, bytes.len());
    if expected != got {
        return Err(TlogTileError::WrongLength { expected, got });
    }
    let (hashes, _) = bytes.as_chunks();
    Ok(hashes.iter().copied().map(Hash::new).collect())
}
