//! What of the un-synced a crash leaves, as a value that prints and parses.

use std::fmt;
use std::str::FromStr;

/// Which of the things that were not synced a crash leaves on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// None of them.
    None,
    /// All of them.
    All,
    /// Of the newest things those whose bit is set (bit 0: the first), of the others as `rest`
    /// says.
    Bits(u64, Rest),
    /// Drawn: any of them, in sectors or in pages, in any of the versions they had, behind lengths
    /// that were persisted before them zeros or garbage.
    Seed(u64),
}

/// What becomes of the things that are not the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rest {
    /// Lost.
    None,
    /// Persisted.
    All,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::All => f.write_str("all"),
            Self::Bits(bits, Rest::None) => write!(f, "bits-{bits:x}-none"),
            Self::Bits(bits, Rest::All) => write!(f, "bits-{bits:x}-all"),
            Self::Seed(seed) => write!(f, "seed-{seed:x}"),
        }
    }
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text:?} is no choice");
        let hex = |text: &str| u64::from_str_radix(text, 16).map_err(|_| unknown());
        let mut parts = text.split('-');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("none"), None, None) => Ok(Self::None),
            (Some("all"), None, None) => Ok(Self::All),
            (Some("bits"), Some(bits), Some("none")) => Ok(Self::Bits(hex(bits)?, Rest::None)),
            (Some("bits"), Some(bits), Some("all")) => Ok(Self::Bits(hex(bits)?, Rest::All)),
            (Some("seed"), Some(seed), None) => Ok(Self::Seed(hex(seed)?)),
            _ => Err(unknown()),
        }
    }
}
