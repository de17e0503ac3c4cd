//! Hash suites and key modes: what a state's root is computed with.
//!
//! A suite hashes the RLP bytes of nodes. The trie's shape and RLP are the same in every suite;
//! only the 32-byte hashes differ, so a root says nothing about its suite: the suite comes from an
//! authenticated place (a commit body) or from the caller.

use alloc::borrow::Cow;

use sha2::Digest as _;

/// Hash of the RLP of a node. A root is the hash of the topmost node.
pub type NodeHash = [u8; 32];

/// RLP of the empty string, which stands for "no node".
const EMPTY_NODE: &[u8] = &[0x80];

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
    /// Works up to the shorter of the two lists.
    pub fn hash_many(self, messages: &[&[u8]], hashes: &mut [NodeHash]) {
        for (message, hash) in messages.iter().zip(hashes) {
            *hash = self.hash(message);
        }
    }

    /// Returns the root of the trie without keys: the hash of the byte 0x80.
    #[must_use]
    pub fn empty_root(self) -> NodeHash {
        self.hash(EMPTY_NODE)
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
