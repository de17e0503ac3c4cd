//! Hash suites and key modes: what a state's root is computed with.
//!
//! A suite hashes the RLP bytes of nodes. The trie's shape and RLP are the same in every suite;
//! only the 32-byte hashes differ, so a root says nothing about its suite: the suite comes from an
//! authenticated place (a commit body) or from the caller.

use alloc::borrow::Cow;

use hash_lanes::blake3::Blake3;
use hash_lanes::keccak::{Function, Keccak};
use hash_lanes::sha256::Sha256;
use sha2::Digest as _;

/// Hash of the RLP of a node. A root is the hash of the topmost node.
pub type NodeHash = [u8; 32];

/// Hash of the byte 0x80.
const EMPTY_BLAKE3: NodeHash = [
    0xbb, 0xe6, 0xa9, 0xf5, 0xa0, 0x14, 0x6a, 0x1f, 0x4d, 0x03, 0x81, 0xe9, 0xb0, 0xed, 0x1a, 0xc2,
    0xf1, 0xa9, 0x79, 0xce, 0x9d, 0x5a, 0xd8, 0x4e, 0x46, 0xff, 0x0b, 0x58, 0xf3, 0x6b, 0x5f, 0x46,
];
/// Hash of the byte 0x80.
const EMPTY_KECCAK256: NodeHash = [
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
];
/// Hash of the byte 0x80.
const EMPTY_SHA3_256: NodeHash = [
    0xbc, 0x20, 0x71, 0xa4, 0xde, 0x84, 0x6f, 0x28, 0x57, 0x02, 0x44, 0x7f, 0x25, 0x89, 0xdd, 0x16,
    0x36, 0x78, 0xe0, 0x97, 0x2a, 0x8a, 0x1b, 0x0d, 0x28, 0xb0, 0x4e, 0xd5, 0xc0, 0x94, 0x54, 0x7f,
];
/// Hash of the byte 0x80.
const EMPTY_SHA256: NodeHash = [
    0x76, 0xbe, 0x8b, 0x52, 0x8d, 0x00, 0x75, 0xf7, 0xaa, 0xe9, 0x8d, 0x6f, 0xa5, 0x7a, 0x6d, 0x3c,
    0x83, 0xae, 0x48, 0x0a, 0x84, 0x69, 0xe6, 0x68, 0xd7, 0xb0, 0xaf, 0x96, 0x89, 0x95, 0xac, 0x71,
];

/// Hash function over the RLP of nodes.
///
/// # Example
///
/// ```
/// use patricia_state::StateSuite;
///
/// let suite = StateSuite::from_code(2).unwrap();
/// assert_eq!(suite.name(), "keccak256");
/// assert_eq!(suite.empty_root()[..4], [0x56, 0xe8, 0x1f, 0x17]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum StateSuite {
    /// BLAKE3, unkeyed, 32 bytes.
    #[default]
    Blake3 = 1,
    /// Keccak-256 with the padding of 2011: roots are Ethereum's.
    Keccak256 = 2,
    /// SHA3-256 (FIPS 202): roots are Plenum's.
    Sha3_256 = 3,
    /// SHA-256 (FIPS 180-4).
    Sha256 = 4,
}

impl StateSuite {
    /// All suites in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Blake3, Self::Keccak256, Self::Sha3_256, Self::Sha256];

    /// Returns the suite's code in formats: 1 to 4.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the suite with a code, or `None` if no suite has it.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Blake3),
            2 => Some(Self::Keccak256),
            3 => Some(Self::Sha3_256),
            4 => Some(Self::Sha256),
            _ => None,
        }
    }

    /// Returns the suite's name in text: `blake3`, `keccak256`, `sha3-256` or `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blake3 => "blake3",
            Self::Keccak256 => "keccak256",
            Self::Sha3_256 => "sha3-256",
            Self::Sha256 => "sha256",
        }
    }

    /// Returns the suite with a name, or `None` if no suite has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Hashes one message.
    #[must_use]
    pub fn hash(self, message: &[u8]) -> NodeHash {
        match self {
            Self::Blake3 => *blake3::hash(message).as_bytes(),
            Self::Keccak256 => sha3::Keccak256::digest(message).into(),
            Self::Sha3_256 => sha3::Sha3_256::digest(message).into(),
            Self::Sha256 => sha2::Sha256::digest(message).into(),
        }
    }

    /// Hashes independent messages: `hashes[i]` becomes the hash of `messages[i]`.
    ///
    /// Works up to the shorter of the two lists. Several messages are hashed side by side where the
    /// CPU can.
    pub fn hash_many(self, messages: &[&[u8]], hashes: &mut [NodeHash]) {
        let mut rest = hashes.iter_mut();
        let take = |some: &[NodeHash]| {
            for (hash, slot) in some.iter().zip(rest.by_ref()) {
                *slot = *hash;
            }
        };
        match self {
            Self::Blake3 => Blake3::detect().hash_many(None, messages, take),
            Self::Keccak256 => Keccak::detect().hash_many(Function::Keccak256, messages, take),
            Self::Sha3_256 => Keccak::detect().hash_many(Function::Sha3_256, messages, take),
            Self::Sha256 => Sha256::detect().hash_many(None, messages, take),
        }
    }

    /// Returns the root of the trie without keys: the hash of the byte 0x80.
    #[must_use]
    pub const fn empty_root(self) -> NodeHash {
        match self {
            Self::Blake3 => EMPTY_BLAKE3,
            Self::Keccak256 => EMPTY_KECCAK256,
            Self::Sha3_256 => EMPTY_SHA3_256,
            Self::Sha256 => EMPTY_SHA256,
        }
    }
}

/// How a caller's key becomes the key in the trie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum KeyMode {
    /// The trie's key is the caller's key; order is the order of keys.
    #[default]
    AsGiven = 0,
    /// The trie's key is the suite's hash of the caller's key, as in Ethereum's secure trie;
    /// iteration and prefixes are over hashes, and the caller's keys cannot be read back.
    Hashed = 1,
}

impl KeyMode {
    /// Returns the mode's code in formats: 0 or 1.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the mode with a code, or `None` if no mode has it.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::AsGiven),
            1 => Some(Self::Hashed),
            _ => None,
        }
    }
}

/// Hash suite and key mode: all that has to be known beside a root to read or verify a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StateScheme {
    /// Hash function over nodes and, in the hashed mode, over keys.
    pub suite: StateSuite,
    /// How keys are mapped.
    pub keys: KeyMode,
}

impl StateScheme {
    /// Maps a caller's key to the key in the trie.
    #[must_use]
    pub fn trie_key(self, key: &[u8]) -> Cow<'_, [u8]> {
        match self.keys {
            KeyMode::AsGiven => Cow::Borrowed(key),
            KeyMode::Hashed => Cow::Owned(self.suite.hash(key).to_vec()),
        }
    }
}

impl From<StateSuite> for StateScheme {
    /// The suite with keys as given.
    fn from(suite: StateSuite) -> Self {
        Self {
            suite,
            keys: KeyMode::AsGiven,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_back_to_their_suite() {
        for (index, suite) in StateSuite::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(suite.code()), index + 1);
            assert_eq!(StateSuite::from_code(suite.code()), Some(suite));
            assert_eq!(StateSuite::from_name(suite.name()), Some(suite));
        }
        assert_eq!(StateSuite::from_code(0), None);
        assert_eq!(StateSuite::from_code(5), None);
        assert_eq!(StateSuite::from_name("sha3"), None);
        assert_eq!(KeyMode::from_code(1), Some(KeyMode::Hashed));
        assert_eq!(KeyMode::from_code(2), None);
    }

    /// RLP of the empty string, which stands for "no node".
    #[test]
    fn empty_roots_are_hashes_of_no_node() {
        for suite in StateSuite::ALL {
            assert_eq!(suite.empty_root(), suite.hash(&[0x80]));
        }
    }

    #[test]
    fn many_hashes_are_the_single_ones() {
        let messages: [&[u8]; 4] = [b"", b"a", &[7; 136], &[9; 1000]];
        for suite in StateSuite::ALL {
            let mut hashes = [[0; 32]; 4];
            suite.hash_many(&messages, &mut hashes);
            assert_eq!(hashes, messages.map(|message| suite.hash(message)));
        }
    }

    #[test]
    fn hashed_keys_are_hashes_of_keys() {
        let scheme = StateScheme {
            suite: StateSuite::Keccak256,
            keys: KeyMode::Hashed,
        };
        assert_eq!(*scheme.trie_key(b"dog"), StateSuite::Keccak256.hash(b"dog"));
        assert_eq!(
            *StateScheme::from(StateSuite::Keccak256).trie_key(b"dog"),
            *b"dog"
        );
    }
}
