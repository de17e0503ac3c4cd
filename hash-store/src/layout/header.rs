//! The header page of segments, tiles and indexes (FORMAT.md section 2).

use super::{Fields, FileKind, Flaw, FlawKind, Seed, put};
use crate::storage::Access;

/// First bytes of every file with a header: notices text mode and byte order at once.
pub(crate) const MAGIC: [u8; 8] = [0x89, b'L', b'D', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
/// The format this release reads and writes.
pub const FORMAT_VERSION: u32 = 1;
/// Bytes of the header page.
pub const HEADER_LEN: u64 = PAGE_LEN as u64;

/// The same, in memory.
pub(crate) const PAGE_LEN: usize = 4096;

const CHECK_AT: usize = PAGE_LEN - 4;

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// Store, kind and number: also the seed of all checks in the file.
    pub seed: Seed,
    /// Length of a segment; 0 for other kinds.
    pub len: u64,
}

/// Why a file's first page was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFlaw {
    /// A format version that this release does not read.
    Version(u32),
    /// Feature bits that this release does not know; `writing` if they only forbid writing.
    Features {
        /// The unknown bits.
        bits: u64,
        /// Whether the file may still be read.
        writing: bool,
    },
    /// Anything else.
    Flaw(Flaw),
}

impl From<Flaw> for HeaderFlaw {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl FileHeader {
    /// The header page.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut page = vec![0; PAGE_LEN];
        put_identity(&mut page, &self.seed, self.seed.number);
        put(&mut page, 64, &self.len.to_le_bytes());
        let check = self
            .seed
            .check(0, &[page.get(..CHECK_AT).unwrap_or_default()]);
        put(&mut page, CHECK_AT, &check.to_le_bytes());
        page
    }

    /// Decodes a header page for writing and holds it against the file it was read from.
    ///
    /// # Errors
    /// [`HeaderFlaw`]: what differs first: magic, version, features, check, kind, store, number.
    pub fn decode(page: &[u8], expected: &Seed) -> Result<Self, HeaderFlaw> {
        Self::decode_for(Access::Write, page, expected)
    }

    /// Decodes a header page, for reading also where features are unknown that only forbid writing.
    pub(crate) fn decode_for(
        access: Access,
        page: &[u8],
        expected: &Seed,
    ) -> Result<Self, HeaderFlaw> {
        let fields = Fields(page);
        check_identity(access, fields, expected.kind, 0)?;
        let uuid = fields.array(40)?;
        let number = fields.u64(56)?;
        let seed = Seed {
            uuid,
            number,
            ..*expected
        };
        let check = seed.check(0, &[fields.bytes(0, CHECK_AT)?]);
        fields.check(CHECK_AT, check, FlawKind::HeaderCheck)?;
        if uuid != expected.uuid {
            let id = |uuid: [u8; 16]| Fields(&uuid).u64(0);
            let flaw = Flaw::new(FlawKind::Foreign, 40, id(expected.uuid)?, id(uuid)?);
            return Err(flaw.into());
        }
        if number != expected.number {
            return Err(Flaw::new(FlawKind::Kind, 56, expected.number, number).into());
        }
        fields.zero(72, CHECK_AT - 72)?;
        let len = fields.u64(64)?;
        Ok(Self { seed, len })
    }
}

/// Writes the first 64 bytes, which superblocks share.
pub(crate) fn put_identity(page: &mut [u8], seed: &Seed, number: u64) {
    put(page, 0, &MAGIC);
    put(page, 8, &(seed.kind as u32).to_le_bytes());
    put(page, 12, &FORMAT_VERSION.to_le_bytes());
    put(page, 40, &seed.uuid);
    put(page, 56, &number.to_le_bytes());
}

/// Checks magic, version, features and kind: what tells a newer or other file from a damaged one.
/// `known` are the incompatible features that this kind of file may have.
pub(crate) fn check_identity(
    access: Access,
    fields: Fields<'_>,
    kind: FileKind,
    known: u64,
) -> Result<(), HeaderFlaw> {
    fields.magic(0, &MAGIC)?;
    let version = fields.u32(12)?;
    if version != FORMAT_VERSION {
        return Err(HeaderFlaw::Version(version));
    }
    for (at, known, writing) in [(16, known, false), (24, 0, true)] {
        let bits = fields.u64(at)? & !known;
        if bits != 0 && (access == Access::Write || !writing) {
            return Err(HeaderFlaw::Features { bits, writing });
        }
    }
    let found = fields.u32(8)?;
    if found != kind as u32 {
        let flaw = Flaw::new(FlawKind::Kind, 8, u64::from(kind as u32), u64::from(found));
        return Err(flaw.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed {
        uuid: [7; 16],
        kind: FileKind::Segment,
        number: 3,
    };

    #[test]
    fn every_flipped_bit_is_refused() {
        let header = FileHeader {
            seed: SEED,
            len: 1 << 16,
        };
        let page = header.encode();
        assert_eq!(FileHeader::decode(&page, &SEED), Ok(header));
        for bit in 0..page.len() * 8 {
            let mut bad = page.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            // Compatible features may be set, but not behind the check's back.
            assert!(FileHeader::decode(&bad, &SEED).is_err(), "bit {bit}");
        }
        for len in 0..page.len() {
            assert!(FileHeader::decode(&page[..len], &SEED).is_err());
        }
    }

    #[test]
    fn other_stores_numbers_and_versions_are_named() {
        let page = FileHeader { seed: SEED, len: 0 }.encode();
        let kind_of = |seed: Seed| match FileHeader::decode(&page, &seed) {
            Err(HeaderFlaw::Flaw(flaw)) => flaw.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            kind_of(Seed {
                uuid: [8; 16],
                ..SEED
            }),
            FlawKind::Foreign
        );
        assert_eq!(kind_of(Seed { number: 4, ..SEED }), FlawKind::Kind);
        let mut newer = page.clone();
        newer[12] = 2;
        assert_eq!(
            FileHeader::decode(&newer, &SEED),
            Err(HeaderFlaw::Version(2))
        );
        let mut feature = page;
        feature[16] = 4;
        assert_eq!(
            FileHeader::decode(&feature, &SEED),
            Err(HeaderFlaw::Features {
                bits: 4,
                writing: false
            })
        );
    }
}
