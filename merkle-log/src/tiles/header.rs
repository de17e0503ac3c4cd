//! The header of tile files (FORMAT.md section 2), as hash-store lays it out.

use std::io::ErrorKind;

use hash_store::{
    FORMAT_VERSION, FileHeader, Flaw, FlawKind, HeaderFlaw, StorageFile, read_exact_at,
};

use super::layout::HEADER_LEN;
use super::{TileError, TileIdentity};

/// Where the header states a segment's length; tile files have none.
const LEN_AT: u64 = 64;

/// The header of the tile file of a level.
pub(super) fn encode(identity: &TileIdentity, tile_level: u8) -> std::vec::Vec<u8> {
    let seed = identity.seed(tile_level);
    FileHeader { seed, len: 0 }.encode()
}

/// Reads and judges the header of the file `name`.
pub(super) fn read(
    file: &dyn StorageFile,
    name: &str,
    identity: &TileIdentity,
    tile_level: u8,
) -> Result<(), TileError> {
    let mut page = [0; HEADER_LEN];
    match read_exact_at(file, &mut page, 0) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => {
            return Err(TileError::TooShort {
                file: name.into(),
                expected: HEADER_LEN as u64,
                got: file.len().map_err(TileError::io(name, "measure"))?,
            });
        }
        Err(e) => return Err(TileError::io(name, "read")(e)),
    }
    judge(&page, identity, tile_level).map_err(|flaw| match flaw {
        HeaderFlaw::Version(got) => TileError::UnknownVersion {
            file: name.into(),
            expected: FORMAT_VERSION,
            got,
        },
        HeaderFlaw::Features { bits, .. } => TileError::UnknownFeatures {
            file: name.into(),
            features: bits,
        },
        HeaderFlaw::Flaw(flaw) => TileError::BadHeader {
            file: name.into(),
            flaw,
        },
    })
}

fn judge(page: &[u8], identity: &TileIdentity, tile_level: u8) -> Result<(), HeaderFlaw> {
    let header = FileHeader::decode(page, &identity.seed(tile_level))?;
    if header.len != 0 {
        let flaw = Flaw {
            kind: FlawKind::Padding,
            at: LEN_AT,
            expected: 0,
            found: header.len,
        };
        return Err(flaw.into());
    }
    Ok(())
}
