//! Trees of the acceptance input, in memory and in tile files.

use std::path::Path;
use std::sync::Arc;

use hash_store::{FileStorage, Storage};
use merkle_log::tiles::{TileIdentity, TileReader, TileWriter};
use merkle_log::{CompactRange, Growth, Hash, TreeSize, TreeType};

use crate::Result;
use crate::input::{LEAVES, ROOT_32, ROOT_256};

/// The tree type of the acceptance roots.
pub const TREE: TreeType = TreeType::Sha256;
/// The size of the acceptance trees.
pub const SIZE: TreeSize = TreeSize(LEAVES as u64);

/// Builds the whole tree in memory: all nodes, ready for proofs.
///
/// # Errors
/// None for fewer than 2^64 entries.
pub fn build<const LEN: usize>(entries: &[[u8; LEN]]) -> Result<Growth> {
    build_as(TREE, entries)
}

/// The same in any tree type.
///
/// # Errors
/// None for fewer than 2^64 entries.
pub fn build_as<const LEN: usize>(tree: TreeType, entries: &[[u8; LEN]]) -> Result<Growth> {
    let mut leaves = Vec::with_capacity(entries.len());
    tree.leaves(entries, &mut leaves);
    Ok(Growth::new(tree, &CompactRange::empty(0), leaves)?)
}

/// The root of entries whose number is a power of two, from the definition: one hash after another,
/// without lanes.
#[must_use]
pub fn slow_root<const LEN: usize>(tree: TreeType, entries: &[[u8; LEN]]) -> Hash {
    match entries {
        [] => tree.empty(),
        [entry] => tree.leaf(entry),
        _ => {
            let (left, right) = entries.split_at(entries.len() / 2);
            tree.node(&slow_root(tree, left), &slow_root(tree, right))
        }
    }
}

/// Checks the root of 2^20 entries of `LEN` bytes against what five implementations agree on.
///
/// # Errors
/// Where it is another one.
pub fn check_root<const LEN: usize>(root: &Hash) -> Result<()> {
    let expected = if LEN == 32 { ROOT_32 } else { ROOT_256 };
    if root.as_bytes().starts_with(&expected) {
        return Ok(());
    }
    Err(format!("the root of the input of {LEN} bytes is {root}").into())
}

/// Writes the tree into tile files in `dir`.
///
/// # Errors
/// Those of the tile writer.
pub fn write_tiles(dir: &Path, growth: &Growth) -> Result<TileReader> {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    let identity = TileIdentity {
        store_uuid: [7; 16],
        ledger: 0,
    };
    let mut writer = TileWriter::create(Arc::clone(&storage), "tiles", identity)?;
    writer.append(growth, 1)?;
    writer.sync()?;
    Ok(TileReader::new(storage, "tiles", identity))
}
