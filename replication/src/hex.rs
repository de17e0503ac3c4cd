//! Fixed-length byte strings that people see as lower-case hex.

/// What is wrong with a text that should be so many bytes in hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{len} characters are no {bytes} bytes in lower-case hex")]
pub struct HexError {
    /// How many bytes it should be.
    pub bytes: usize,
    /// How many characters it has.
    pub len: usize,
}

/// Bytes as lower-case hex.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

/// The bytes of a lower-case hex text of any length.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// Declares a newtype of so many bytes with hex as its text and JSON form.
macro_rules! hex_bytes {
    ($(#[$meta:meta])* $name:ident, $len:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Takes the bytes as they are.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::hex::to_hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::hex::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let bytes = $crate::hex::from_hex(text);
                let bytes = bytes.and_then(|bytes| <[u8; $len]>::try_from(bytes).ok());
                let (len, needed) = (text.len(), $len);
                bytes.map(Self).ok_or($crate::hex::HexError { bytes: needed, len })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use hex_bytes;

/// Byte strings of any length as hex in JSON: `#[serde(with = "hex::vec")]`.
pub(crate) mod vec {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::to_hex(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        super::from_hex(&text).ok_or_else(|| de::Error::custom("no lower-case hex"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::keys::Ed25519Key as Key;

    proptest! {
        #[test]
        fn bytes_survive_their_text(bytes: Vec<u8>) {
            prop_assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn only_lower_case_hex_of_the_right_length_is_read() {
        let text = "0f".repeat(32);
        assert_eq!(text.parse(), Ok(Key::new([15; 32])));
        assert_eq!(Key::new([0xab; 32]).to_string(), "ab".repeat(32));
        let (upper, short) = (text.to_uppercase(), &text[1..]);
        let (long, spaced) = (format!("{text}00"), text.replace("f0", "f "));
        for text in ["", &upper, short, &long, &spaced] {
            let (bytes, len) = (32, text.len());
            assert_eq!(text.parse::<Key>(), Err(HexError { bytes, len }), "{text}");
        }
        let json = format!("\"{text}\"");
        assert_eq!(
            serde_json::from_str::<Key>(&json).unwrap(),
            Key::new([15; 32])
        );
        assert!(serde_json::from_str::<Key>("\"0f\"").is_err());
    }
}
