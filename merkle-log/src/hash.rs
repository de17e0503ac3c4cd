//! The 32-byte hash that every tree type produces, and its text form: 64 lower-case hex digits.

use core::borrow::Borrow;
use core::fmt;
use core::str::FromStr;

use crate::error::HashParseError;

/// A 32-byte hash of a leaf, a node or a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash([u8; Self::LEN]);

impl Hash {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Wraps 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The same, to be filled.
    #[cfg(feature = "std")]
    pub(crate) const fn as_bytes_mut(&mut self) -> &mut [u8; Self::LEN] {
        &mut self.0
    }
}

impl From<[u8; Self::LEN]> for Hash {
    fn from(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

impl From<Hash> for [u8; Hash::LEN] {
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8; Self::LEN]> for Hash {
    fn borrow(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashParseError;

    /// Reads 64 hex digits of either case.
    fn from_str(text: &str) -> Result<Self, HashParseError> {
        if text.len() != 2 * Self::LEN {
            return Err(HashParseError::WrongLength { got: text.len() });
        }
        let mut bytes = [0; Self::LEN];
        for (position, digit) in text.bytes().enumerate() {
            let value = char::from(digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
                .ok_or(HashParseError::NotHex { position })?;
            if let Some(byte) = bytes.get_mut(position / 2) {
                *byte = (*byte << 4) | value;
            }
        }
        Ok(Self(bytes))
    }
}

#[cfg(feature = "serde")]
mod serde_form {
    //! Hex where people read it, 32 bytes where they do not.

    use alloc::string::{String, ToString};

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Hash;

    impl Serialize for Hash {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                self.0.serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Hash {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                let text = String::deserialize(deserializer)?;
                text.parse()
                    .map_err(|e| D::Error::custom(ToString::to_string(&e)))
            } else {
                <[u8; Self::LEN]>::deserialize(deserializer).map(Self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn text_is_64_lower_case_hex_digits_and_parses_back() {
        let mut bytes = [0; 32];
        bytes[0] = 0xAB;
        bytes[31] = 0x01;
        let text = "ab000000000000000000000000000000000000000000000000000000000000\
                    01";
        assert_eq!(Hash::new(bytes).to_string(), text);
        assert_eq!(text.parse(), Ok(Hash::new(bytes)));
        assert_eq!(text.to_uppercase().parse(), Ok(Hash::new(bytes)));
    }

    #[test]
    fn other_texts_are_refused() {
        let short = "ab".parse::<Hash>();
        assert_eq!(short, Err(HashParseError::WrongLength { got: 2 }));
        let mut text = "0".repeat(63);
        text.insert(40, 'g');
        assert_eq!(
            text.parse::<Hash>(),
            Err(HashParseError::NotHex { position: 40 })
        );
        let sign = ["+", &"0".repeat(63)].concat();
        assert!(sign.parse::<Hash>().is_err());
        let wide = ["\u{e9}", &"0".repeat(62)].concat();
        assert!(wide.parse::<Hash>().is_err());
    }
}
