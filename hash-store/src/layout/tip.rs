//! The tip file: how far readers in other processes may read (FORMAT.md section 10).

use super::{Fields, FileKind, Flaw, FlawKind, Seed, put};
use crate::position::Position;

/// Bytes of the tip file.
pub(crate) const TIP_LEN: usize = 64;

const MAGIC: &[u8; 4] = b"TIP1";

/// The last commit that its writer saw synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The boot in which it was written.
    pub boot_id: [u8; 16],
    /// The store's uuid.
    pub uuid: [u8; 16],
    /// Height of the last commit.
    pub height: u64,
    /// Number of the last batch.
    pub batch: u64,
    /// Where that batch ends.
    pub end: Position,
}

impl Tip {
    const fn seed(uuid: [u8; 16]) -> Seed {
        Seed {
            uuid,
            kind: FileKind::Tip,
            number: 0,
        }
    }

    pub(crate) fn encode(&self) -> [u8; TIP_LEN] {
        let mut bytes = [0; TIP_LEN];
        put(&mut bytes, 0, MAGIC);
        put(&mut bytes, 8, &self.boot_id);
        put(&mut bytes, 24, &self.uuid);
        put(&mut bytes, 40, &self.height.to_le_bytes());
        put(&mut bytes, 48, &self.batch.to_le_bytes());
        put(&mut bytes, 56, &self.end.to_bits().to_le_bytes());
        let check = Self::seed(self.uuid).check(0, &[bytes.get(8..).unwrap_or_default()]);
        put(&mut bytes, 4, &check.to_le_bytes());
        bytes
    }

    /// Decodes the tip file of the store `uuid`.
    ///
    /// # Errors
    /// The first [`Flaw`]; a tip of another store is [`FlawKind::Foreign`].
    pub fn decode(bytes: &[u8], uuid: &[u8; 16]) -> Result<Self, Flaw> {
        let fields = Fields(bytes);
        fields.magic(0, MAGIC)?;
        let found: [u8; 16] = fields.array(24)?;
        let check = Self::seed(found).check(0, &[fields.bytes(8, TIP_LEN - 8)?]);
        fields.check(4, check, FlawKind::HeaderCheck)?;
        if found != *uuid {
            return Err(Flaw::new(FlawKind::Foreign, 24, 0, 0));
        }
        Ok(Self {
            boot_id: fields.array(8)?,
            uuid: found,
            height: fields.u64(40)?,
            batch: fields.u64(48)?,
            end: Position::from_bits(fields.u64(56)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_refused() {
        let tip = Tip {
            boot_id: [1; 16],
            uuid: [2; 16],
            height: 3,
            batch: 4,
            end: Position::new(5, 4096),
        };
        let bytes = tip.encode();
        assert_eq!(Tip::decode(&bytes, &[2; 16]), Ok(tip));
        assert!(Tip::decode(&bytes, &[3; 16]).is_err());
        assert!(Tip::decode(&bytes[..63], &[2; 16]).is_err());
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Tip::decode(&bad, &[2; 16]).is_err(), "bit {bit}");
        }
    }
}
