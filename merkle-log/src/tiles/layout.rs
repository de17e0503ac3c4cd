//! Where nodes lie in tile files: arithmetic alone.

use std::format;
use std::string::String;

use hash_store::{FileKind, Seed};

use super::TileIdentity;
use crate::hash::Hash;
use crate::index::{NodeId, TreeSize, shr};

/// Bytes before the first block.
pub(super) const HEADER_LEN: usize = 4096;
/// Bytes of a block.
pub(super) const BLOCK_LEN: usize = 16384;
/// Where a block's trailer begins.
pub(super) const TRAILER_AT: usize = 16320;
/// Where a block's check stands: in the last bytes of the trailer.
pub(super) const CHECK_AT: usize = 16380;
/// Tree levels in a file.
pub(super) const LEVELS: u8 = 8;
/// Files there can be.
pub(super) const FILES: u8 = 8;

/// The bytes of a block.
pub(super) type Block = [u8; BLOCK_LEN];

/// Where a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Level of the file.
    pub(super) tile_level: u8,
    /// Number of the block in the file.
    pub(super) block: u64,
    /// Offset in the block.
    pub(super) offset: usize,
}

impl Place {
    /// Where the node lies, which must be complete in some tree.
    pub(super) fn of(id: NodeId) -> Self {
        let (tile_level, height) = (id.level / LEVELS, id.level % LEVELS);
        let slots_log2 = LEVELS - height;
        let slot = id.index & ((1 << slots_log2) - 1);
        Self {
            tile_level,
            block: id.index >> slots_log2,
            offset: row_offset(height) + usize::try_from(slot).unwrap_or(0) * Hash::LEN,
        }
    }
}

impl Place {
    /// The node that lies there, of those that have a place: [`of`](Self::of) turned round.
    pub(super) fn id(&self) -> NodeId {
        // 511 - slot has the bits 1xxxxxxxx in the lowest row, 1xxxxxxx in the next one.
        let behind = (TRAILER_AT - 1).saturating_sub(self.offset) / Hash::LEN + 2;
        let height = (0..LEVELS)
            .find(|height| behind >> (LEVELS - height) != 0)
            .unwrap_or(LEVELS - 1);
        let slot = self.offset.saturating_sub(row_offset(height)) / Hash::LEN;
        NodeId {
            level: LEVELS * self.tile_level + height,
            index: self.block << (LEVELS - height) | slot as u64,
        }
    }
}

/// Where the hashes of the nodes `height` levels above a block's bottom begin.
pub(super) const fn row_offset(height: u8) -> usize {
    BLOCK_LEN - (BLOCK_LEN >> height)
}

/// Where a block begins in its file; beyond the end of any file for blocks that none can hold.
pub(super) const fn block_offset(block: u64) -> u64 {
    block
        .saturating_mul(BLOCK_LEN as u64)
        .saturating_add(HEADER_LEN as u64)
}

/// How many bottom nodes a file holds at a tree size.
pub(super) const fn bottom_nodes(size: TreeSize, tile_level: u8) -> u64 {
    shr(size.0, LEVELS * tile_level)
}

/// Whether a block is full at a tree size.
pub(super) const fn is_full(size: TreeSize, tile_level: u8, block: u64) -> bool {
    shr(bottom_nodes(size, tile_level), LEVELS) > block
}

/// The name of a file in the directory `dir`.
pub(super) fn file_name(dir: &str, tile_level: u8) -> String {
    format!("{dir}/tiles.{tile_level}")
}

impl TileIdentity {
    /// The seed of the checks in the file of a level (FORMAT.md sections 1 and 2).
    pub(super) const fn seed(&self, tile_level: u8) -> Seed {
        Seed {
            uuid: self.store_uuid,
            kind: FileKind::Tiles,
            number: self.ledger as u64 * 256 + tile_level as u64,
        }
    }
}

/// The check of a block, by its bytes before the check itself.
pub(super) fn block_check(bytes: &Block, identity: &TileIdentity, level: u8, block: u64) -> u32 {
    let (checked, _) = bytes.split_at(CHECK_AT);
    identity.seed(level).check(block_offset(block), &[checked])
}

/// The trailer of a full block up to its check.
pub(super) fn trailer(level: u8, block: u64, height: [u8; 8]) -> [u8; CHECK_AT - TRAILER_AT] {
    let mut bytes = [0; CHECK_AT - TRAILER_AT];
    let (magic, rest) = bytes.split_at_mut(4);
    let (level_at, rest) = rest.split_at_mut(4);
    let (block_at, rest) = rest.split_at_mut(8);
    let (height_at, _) = rest.split_at_mut(8);
    magic.copy_from_slice(b"TILE");
    level_at.copy_from_slice(&u32::from(level).to_le_bytes());
    block_at.copy_from_slice(&block.to_le_bytes());
    height_at.copy_from_slice(&height);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(level: u8, index: u64) -> (u8, u64, usize) {
        let place = Place::of(NodeId::new(level, index));
        (place.tile_level, place.block, place.offset)
    }

    #[test]
    fn places_are_those_of_the_format() {
        assert_eq!(place(0, 0), (0, 0, 0));
        assert_eq!(place(0, 255), (0, 0, 8160));
        assert_eq!(place(0, 256), (0, 1, 0));
        assert_eq!(place(1, 127), (0, 0, 8192 + 127 * 32));
        assert_eq!(place(2, 64), (0, 1, 12288));
        assert_eq!(place(7, 3), (0, 1, 16256 + 32));
        assert_eq!(place(8, 3), (1, 0, 96));
        assert_eq!(place(63, 1), (7, 0, 16256 + 32));
        assert_eq!(place(0, u64::MAX), (0, u64::MAX >> 8, 8160));
    }

    #[test]
    fn every_node_of_a_block_is_found_by_its_place() {
        for level in 0..64 {
            let slots = 1 << (LEVELS - level % LEVELS);
            for block in [0, 1, u64::MAX >> 8] {
                for index in block * slots..=block * slots + (slots - 1) {
                    let id = NodeId::new(level, index);
                    assert_eq!(Place::of(id).id(), id);
                }
            }
        }
    }

    #[test]
    fn rows_fill_the_block_up_to_the_trailer() {
        for height in 0..LEVELS {
            let end = row_offset(height) + (256 >> height) * Hash::LEN;
            let next = if height == 7 {
                TRAILER_AT
            } else {
                row_offset(height + 1)
            };
            assert_eq!(end, next);
        }
    }

    #[test]
    fn blocks_are_full_at_multiples_of_256() {
        assert!(!is_full(TreeSize(255), 0, 0));
        assert!(is_full(TreeSize(256), 0, 0));
        assert!(!is_full(TreeSize(511), 0, 1));
        assert!(!is_full(TreeSize(65535), 1, 0));
        assert!(is_full(TreeSize(65536), 1, 0));
        assert!(!is_full(TreeSize(u64::MAX), 7, 0));
    }
}
