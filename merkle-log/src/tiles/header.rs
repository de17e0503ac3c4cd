//! The header of tile files (FORMAT.md section 2).

use std::string::String;

use hash_store::{StorageFile, read_exact_at};

use super::layout::{HEADER_LEN, check, file_number, seed};
use super::{TileError, TileIdentity};

const MAGIC: [u8; 8] = [0x89, 0x4c, 0x44, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const KIND_TILES: u32 = 2;
const VERSION: u32 = 1;
const CHECK_AT: usize = HEADER_LEN - 4;

/// The header of the tile file of a level.
pub(super) fn encode(identity: &TileIdentity, tile_level: u8) -> [u8; HEADER_LEN] {
    let number = file_number(identity, tile_level);
    let mut bytes = [0; HEADER_LEN];
    let mut rest = bytes.as_mut_slice();
    for field in [
        MAGIC.as_slice(),
        &KIND_TILES.to_le_bytes(),
        &VERSION.to_le_bytes(),
        &[0; 24], // features
        &identity.store_uuid,
        &number.to_le_bytes(),
    ] {
        let (to, after) = rest.split_at_mut(field.len());
        to.copy_from_slice(field);
        rest = after;
    }
    let (checked, check_at) = bytes.split_at_mut(CHECK_AT);
    check_at.copy_from_slice(&check(checked, seed(&identity.store_uuid, number, 0)).to_le_bytes());
    bytes
}

/// Reads and judges the header of the file `name`.
pub(super) fn read(
    file: &dyn StorageFile,
    name: &str,
    identity: &TileIdentity,
    tile_level: u8,
) -> Result<(), TileError> {
    let mut bytes = [0; HEADER_LEN];
    match read_exact_at(file, &mut bytes, 0) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(TileError::TooShort {
                file: name.into(),
                expected: HEADER_LEN as u64,
                got: file.len().map_err(TileError::io(name, "measure"))?,
            });
        }
        Err(e) => return Err(TileError::io(name, "read")(e)),
    }
    judge(&bytes, name.into(), identity, tile_level)
}

fn judge(
    bytes: &[u8; HEADER_LEN],
    file: String,
    identity: &TileIdentity,
    tile_level: u8,
) -> Result<(), TileError> {
    let mut fields = Fields(bytes);
    if fields.take() != MAGIC {
        return Err(TileError::UnknownFile { file });
    }
    let kind = u32::from_le_bytes(fields.take());
    let version = u32::from_le_bytes(fields.take());
    if version != VERSION {
        return Err(TileError::UnknownVersion {
            file,
            expected: VERSION,
            got: version,
        });
    }
    // A writer must know the first two words. Readers would need the first one only; there is no
    // feature yet that makes the difference.
    let features = u64::from_le_bytes(fields.take()) | u64::from_le_bytes(fields.take());
    let _compatible: [u8; 8] = fields.take();
    let store_uuid: [u8; 16] = fields.take();
    let number = u64::from_le_bytes(fields.take());
    let length = u64::from_le_bytes(fields.take());

    // The check is seeded with what the header says of itself, so that a sound header of another
    // file is told from a damaged one.
    let (checked, stored) = bytes.split_at(CHECK_AT);
    let expected = stored.try_into().map_or(0, u32::from_le_bytes);
    let computed = check(checked, seed(&store_uuid, number, 0));
    if computed != expected {
        return Err(TileError::HeaderDamaged {
            file,
            expected,
            computed,
        });
    }
    if features != 0 {
        return Err(TileError::UnknownFeatures { file, features });
    }
    let own_number = file_number(identity, tile_level);
    for (field, expected, got) in [
        ("kind", KIND_TILES.into(), kind.into()),
        (
            "store uuid",
            u128::from_be_bytes(identity.store_uuid),
            u128::from_be_bytes(store_uuid),
        ),
        ("number", own_number.into(), number.into()),
        ("length", 0, length.into()),
    ] {
        if expected != got {
            return Err(TileError::Foreign {
                file,
                field,
                expected,
                got,
            });
        }
    }
    Ok(())
}

/// Reads fields one after another.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    /// The next `N` bytes; zeros past the end.
    const fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((field, rest)) => {
                self.0 = rest;
                *field
            }
            None => [0; N],
        }
    }
}
