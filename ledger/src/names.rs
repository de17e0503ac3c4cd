//! Names of networks and ledgers.
//!
//! Invariant: a name that exists is valid, so it can be a folder, a line of a checkpoint's origin
//! and a field of a commit body without escaping.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// The most bytes a name may have.
pub const NAME_LEN_MAX: usize = 64;

/// A text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}: 1 to 64 of {allowed}{}", if *.reserved { ", and not a reserved name" } else { "" })]
pub struct NameError {
    /// What it should have named.
    pub what: &'static str,
    /// The text.
    pub text: String,
    /// The characters that are allowed.
    pub allowed: &'static str,
    /// Whether the name is taken by the store itself.
    pub reserved: bool,
}

/// Name of a ledger: 1 to 64 of `a-z 0-9 _ -`; none of `audit`, `log`, `tip`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerName(String);

/// Identity of a network, the same on all its replicas: 1 to 64 of `A-Z a-z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(String);

impl LedgerName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NetworkId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LedgerName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        let reserved = matches!(text, "audit" | "log" | "tip");
        if is_name(text, allowed) && !reserved {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError {
            what: "ledger name",
            text: shown(text),
            allowed: "a-z 0-9 _ -",
            reserved,
        })
    }
}

impl FromStr for NetworkId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if is_name(text, allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError {
            what: "network id",
            text: shown(text),
            allowed: "A-Z a-z 0-9 . _ -",
            reserved: false,
        })
    }
}

fn is_name(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=NAME_LEN_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The start of a text that may be hostile and long.
fn shown(text: &str) -> String {
    text.chars().take(NAME_LEN_MAX + 1).collect()
}

impl fmt::Display for LedgerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_folders_and_origins() {
        for good in ["domain", "a", "pool_1", "x-y", "0"] {
            assert_eq!(good.parse::<LedgerName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "audit",
            "log",
            "tip",
            "A",
            "a/b",
            "..",
            "a b",
            "lost+found",
            "\u{e9}",
            &long,
        ] {
            assert!(bad.parse::<LedgerName>().is_err(), "{bad}");
        }
        assert!("Sovrin.MainNet-1_a".parse::<NetworkId>().is_ok());
        for bad in ["", "a/b", "a\nb", "a b", "a+b"] {
            assert!(bad.parse::<NetworkId>().is_err(), "{bad}");
        }
    }
}
