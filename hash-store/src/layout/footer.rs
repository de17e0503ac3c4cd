//! The footer of a sealed segment (FORMAT.md section 3).

use super::{Fields, Flaw, FlawKind, SECTOR, Seed, put};

const MAGIC: &[u8; 8] = b"LDGFOOTR";
const CHECK_AT: usize = SECTOR - 4;

/// What a sealed segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Number of the first batch.
    pub first_batch: u64,
    /// Number of the last batch.
    pub last_batch: u64,
    /// Height of the first commit; 0 if there is none.
    pub first_height: u64,
    /// Height of the last commit; 0 if there is none.
    pub last_height: u64,
    /// Offset of the end of the last batch.
    pub end: u64,
    /// Chain after the last batch.
    pub chain: [u8; 32],
}

impl Footer {
    /// The footer's sector, at `offset` of the segment that `seed` names.
    pub(crate) fn encode(&self, seed: &Seed, offset: u64) -> Vec<u8> {
        let mut sector = vec![0; SECTOR];
        put(&mut sector, 0, MAGIC);
        put(&mut sector, 8, &seed.number.to_le_bytes());
        put(&mut sector, 16, &self.first_batch.to_le_bytes());
        put(&mut sector, 24, &self.last_batch.to_le_bytes());
        put(&mut sector, 32, &self.first_height.to_le_bytes());
        put(&mut sector, 40, &self.last_height.to_le_bytes());
        put(&mut sector, 48, &self.end.to_le_bytes());
        put(&mut sector, 56, &self.chain);
        let check = seed.check(offset, &[sector.get(..CHECK_AT).unwrap_or_default()]);
        put(&mut sector, CHECK_AT, &check.to_le_bytes());
        sector
    }

    /// Decodes a footer; the caller has seen that the sector is not zero.
    pub(crate) fn decode(sector: &[u8], seed: &Seed, offset: u64) -> Result<Self, Flaw> {
        let fields = Fields(sector);
        fields.magic(0, MAGIC)?;
        let check = seed.check(offset, &[fields.bytes(0, CHECK_AT)?]);
        fields.check(CHECK_AT, check, FlawKind::HeaderCheck)?;
        let number = fields.u64(8)?;
        if number != seed.number {
            return Err(Flaw::new(FlawKind::Kind, 8, seed.number, number));
        }
        fields.zero(88, CHECK_AT - 88)?;
        Ok(Self {
            first_batch: fields.u64(16)?,
            last_batch: fields.u64(24)?,
            first_height: fields.u64(32)?,
            last_height: fields.u64(40)?,
            end: fields.u64(48)?,
            chain: fields.array(56)?,
        })
    }
}
