//! Which single bit explains a CRC-32 that differs.
//!
//! CRC-32 is linear: flipping bits of a message changes its check by what those bits alone give.
//! The check of one bit is moved along the message a byte at a time, so that every place is tried
//! in one pass. Two places never give the same in messages below 2^29 bytes, so a place that is
//! found is the only one.

/// The generator of CRC-32 (IEEE 802.3), reflected.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// A bit that explains a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flip {
    /// In the bytes that the check covers.
    Covered {
        /// Which of them, from 0.
        byte: usize,
        /// Which bit of it; 0 is the lowest.
        bit: u32,
    },
    /// In the stored check.
    Check {
        /// Which of its four bytes.
        byte: usize,
        /// Which bit of it.
        bit: u32,
    },
}

impl Flip {
    /// The bit, for people.
    #[must_use]
    pub fn bit(&self) -> String {
        match self {
            Self::Covered { bit, .. } | Self::Check { bit, .. } => format!("bit {bit} of the byte"),
        }
    }
}

/// The single bit, of `len` covered bytes or of the stored check itself, with which the two checks
/// would be the same. O(len).
#[must_use]
pub fn flipped_bit(stored: u32, computed: u32, len: usize) -> Option<Flip> {
    let wanted = stored ^ computed;
    if wanted.count_ones() == 1 {
        let at = wanted.trailing_zeros();
        return Some(Flip::Check {
            byte: (at / 8) as usize,
            bit: at % 8,
        });
    }
    // What each bit of the last byte gives.
    let mut effects = [0u32; 8];
    for (bit, effect) in (0..8).zip(&mut effects) {
        *effect = shift(1 << bit);
    }
    for byte in (0..len).rev() {
        for (bit, effect) in (0..8).zip(&mut effects) {
            if *effect == wanted {
                return Some(Flip::Covered { byte, bit });
            }
            *effect = shift(*effect);
        }
    }
    None
}

/// A check moved on by one zero byte.
const fn shift(mut check: u32) -> u32 {
    let mut bit = 0;
    while bit < 8 {
        let carry = check & 1 == 1;
        check >>= 1;
        if carry {
            check ^= POLYNOMIAL;
        }
        bit += 1;
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_bit_is_found_and_two_are_not_blamed_on_one() {
        let bytes: Vec<u8> = (0..200).collect();
        let stored = crc32fast::hash(&bytes);
        for byte in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[byte] ^= 1 << bit;
                let computed = crc32fast::hash(&bad);
                let flip = flipped_bit(stored, computed, bytes.len());
                assert_eq!(flip, Some(Flip::Covered { byte, bit }));
                bad[(byte + 7) % 200] ^= 0x10;
                let computed = crc32fast::hash(&bad);
                assert_eq!(flipped_bit(stored, computed, bytes.len()), None);
            }
        }
        for bit in 0..32 {
            let flip = flipped_bit(stored ^ 1 << bit, stored, bytes.len());
            let (byte, bit) = (bit as usize / 8, bit % 8);
            assert_eq!(flip, Some(Flip::Check { byte, bit }));
        }
    }
}
