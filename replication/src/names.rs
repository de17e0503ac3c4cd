//! Names of users, nodes and applications, and the 32 bytes that name networks, requests, blocks.
//!
//! Invariant: a name that exists is valid, so that it can stand in a state key, a path and a line of
//! a log without escaping.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use ledger::NetworkId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hex::hex_bytes;

/// The most bytes a name may have.
pub const NAME_LEN_MAX: usize = 64;

/// A text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no name: 1 to 64 of a-z 0-9 _ - ., the first a letter or digit")]
pub struct NameError {
    /// The start of the text.
    pub text: String,
}

/// Name of a user, node or application: 1 to 64 of `a-z 0-9 _ - .`, the first a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
        let first = text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric());
        if first && text.len() <= NAME_LEN_MAX && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        let text = text.chars().take(NAME_LEN_MAX + 1).collect();
        Err(NameError { text })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

hex_bytes!(
    /// A network: the hash of its genesis.
    NetworkHash,
    32
);

impl NetworkHash {
    /// The network id of the stores: the hash in hex.
    ///
    /// # Panics
    /// Never: 64 hex digits are a network id.
    #[must_use]
    #[expect(clippy::expect_used, reason = "64 hex digits are a network id")]
    pub fn id(&self) -> NetworkId {
        self.to_string().parse().expect("64 hex digits")
    }
}

hex_bytes!(
    /// A request: the hash of what its sender signed.
    RequestId,
    32
);

hex_bytes!(
    /// A block: the hash of its header.
    BlockHash,
    32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        let longest = "a".repeat(64);
        for text in ["a", "node0", "a-b_c.d", "0", longest.as_str()] {
            assert_eq!(text.parse::<Name>().unwrap().as_str(), text);
        }
        let longer = "a".repeat(65);
        for text in ["", "A", "a b", ".a", "-a", "a/b", "\u{e4}", longer.as_str()] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_is_a_network_id() {
        let network = NetworkHash::new([0xa5; 32]);
        assert_eq!(network.id().as_str(), "a5".repeat(32));
    }
}
