//! A block of tiles taken apart, every node computed again from those below it: for people who look
//! at damage.

use std::format;
use std::vec::Vec;

use hash_store::FlawKind;
use hash_store::inspect::{Field, Sheet};

use super::TileIdentity;
use super::layout::{BLOCK_LEN, CHECK_AT, LEVELS, TRAILER_AT, block_offset, row_offset};
use crate::hash::Hash;
use crate::tree::TreeType;

/// A block taken apart.
#[derive(Clone, Debug)]
pub struct BlockParts {
    /// Every hash from the bottom row up, then the trailer.
    pub fields: Vec<Field>,
    /// Nodes of the bottom row that are there.
    pub bottom: u64,
    /// Whether the trailer says that the block is full.
    pub full: bool,
}

/// Takes the block `block` of the file of a tile level apart. A node above the bottom row is held
/// against its two children; that the bottom row is right only the log can say, or the check of a
/// full block.
#[must_use]
pub fn inspect_block(
    bytes: &[u8],
    identity: &TileIdentity,
    tree: TreeType,
    level: u8,
    block: u64,
) -> BlockParts {
    let bytes = bytes.get(..BLOCK_LEN).unwrap_or(bytes);
    let offset = block_offset(block);
    let mut sheet = Sheet::new(bytes, offset);
    let mut below: Vec<Option<Hash>> = Vec::new();
    let mut bottom = 0;
    for height in 0..LEVELS {
        let mut row = Vec::new();
        for slot in 0..256usize >> height {
            let tree_level = level.saturating_mul(LEVELS).saturating_add(height);
            let index = (block << (8 - height)).saturating_add(slot as u64);
            let stored = sheet.bytes(&format!("level {tree_level}, node {index}"), Hash::LEN);
            let stored = stored.first_chunk::<32>().map(|bytes| Hash::new(*bytes));
            let stored = stored.filter(|hash| *hash != Hash::default());
            sheet.means(stored.map_or_else(|| "not there".into(), |hash| format!("{hash}")));
            let children = (below.get(2 * slot), below.get(2 * slot + 1));
            if let (Some(left), Some(right)) = children {
                judge(&mut sheet, tree, stored, *left, *right);
            }
            row.push(stored);
        }
        if height == 0 {
            bottom = row.iter().flatten().count() as u64;
        }
        below = row;
    }
    debug_assert!(sheet.at() <= row_offset(LEVELS) || bytes.len() < TRAILER_AT);
    let trailer = bytes.get(TRAILER_AT..).unwrap_or_default();
    let full = trailer.iter().any(|byte| *byte != 0);
    if full {
        put_trailer(&mut sheet, bytes, identity, level, block);
    } else {
        sheet.bytes(
            "trailer of a block that is not full",
            BLOCK_LEN - TRAILER_AT,
        );
        if bottom == 256 {
            sheet.flaw(FlawKind::Magic, "all nodes are there, and no trailer");
        }
    }
    BlockParts {
        fields: sheet.into_fields(),
        bottom,
        full,
    }
}

/// Holds a node against its children: it is there once both of them are.
fn judge(
    sheet: &mut Sheet<'_>,
    tree: TreeType,
    stored: Option<Hash>,
    left: Option<Hash>,
    right: Option<Hash>,
) {
    match (stored, left, right) {
        (Some(stored), Some(left), Some(right)) => {
            let computed = tree.node(&left, &right);
            if computed != stored {
                sheet.flaw(FlawKind::Payload, format!("its children give {computed}"));
            }
        }
        (None, Some(_), Some(_)) => {
            sheet.flaw(FlawKind::LostSector, "its children are there and it is not");
        }
        (Some(_), ..) => sheet.flaw(FlawKind::LostSector, "it is there and its children are not"),
        (None, ..) => {}
    }
}

fn put_trailer(
    sheet: &mut Sheet<'_>,
    bytes: &[u8],
    identity: &TileIdentity,
    level: u8,
    block: u64,
) {
    sheet.magic(b"TILE");
    if sheet.u32("tile level") != u64::from(level) {
        sheet.flaw(FlawKind::Kind, format!("{level} expected"));
    }
    if sheet.u64("block") != block {
        sheet.flaw(FlawKind::Kind, format!("{block} expected"));
    }
    sheet.u64("height of the commit that filled it");
    sheet.zero(CHECK_AT - sheet.at());
    let covered = bytes.get(..CHECK_AT).unwrap_or_default();
    let computed = identity.seed(level).check(block_offset(block), &[covered]);
    let covered = (0, covered.len());
    sheet.check("check", FlawKind::HeaderCheck, computed, covered);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::vec;

    use hash_store::{Access, MemStorage, Storage};

    use super::*;
    use crate::tiles::TileWriter;
    use crate::{CompactRange, Growth};

    const IDENTITY: TileIdentity = TileIdentity {
        store_uuid: [5; 16],
        ledger: 2,
    };

    fn block_of(leaves: u32) -> Vec<u8> {
        let tree = TreeType::Sha256;
        let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
        let mut writer = TileWriter::create(Arc::clone(&storage), "l", IDENTITY).unwrap();
        let leaves: Vec<Hash> = (0..leaves).map(|i| tree.leaf(&i.to_le_bytes())).collect();
        let growth = Growth::new(tree, &CompactRange::empty(0), leaves).unwrap();
        writer.append(&growth, 7).unwrap();
        let file = storage.open("l/tiles.0", Access::Read).unwrap();
        let mut bytes = vec![0; BLOCK_LEN];
        file.read_at(&mut bytes, 4096).unwrap();
        bytes
    }

    fn inspect(bytes: &[u8]) -> BlockParts {
        inspect_block(bytes, &IDENTITY, TreeType::Sha256, 0, 0)
    }

    #[test]
    fn good_blocks_have_no_flaw_and_say_how_full_they_are() {
        for (leaves, full) in [(1, false), (7, false), (255, false), (256, true)] {
            let parts = inspect(&block_of(leaves));
            assert_eq!((parts.bottom, parts.full), (u64::from(leaves), full));
            let covered: u64 = parts.fields.iter().map(|field| field.len).sum();
            assert_eq!(covered, BLOCK_LEN as u64);
            let flaw = parts.fields.iter().find(|field| field.flaw.is_some());
            assert_eq!(flaw, None, "{leaves}");
        }
    }

    #[test]
    fn damage_is_marked_where_it_is() {
        let good = block_of(256);
        for at in (0..BLOCK_LEN).step_by(37).chain(TRAILER_AT..BLOCK_LEN) {
            let mut bad = good.clone();
            bad[at] ^= 8;
            let parts = inspect(&bad);
            let place = 4096 + at as u64;
            let mut flaws = parts.fields.iter().filter_map(|field| field.flaw.as_ref());
            // The check names the very byte.
            let marked = flaws.any(|flaw| flaw.bytes == (place, 1) || at >= TRAILER_AT);
            assert!(marked, "{at}");
        }
        // Without the check of a full block the parents give it away.
        let mut open = block_of(200);
        open[199 * 32] ^= 1;
        let flaws = inspect(&open)
            .fields
            .into_iter()
            .filter(|f| f.flaw.is_some());
        assert_eq!(flaws.count(), 1);
        for len in [0, 31, 8192, BLOCK_LEN - 1] {
            assert!(
                inspect(&good[..len])
                    .fields
                    .iter()
                    .any(|f| f.flaw.is_some())
            );
        }
    }
}
