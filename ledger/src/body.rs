//! The commit body: the canonical bytes that replicas agree on, and the leaf of the audit tree
//! (FORMAT.md section 5).
//!
//! Invariants:
//!
//! - a body has exactly one encoding, and nothing else decodes to it;
//! - it holds nothing that differs between replicas: no uuid, position, check or chain;
//! - the roots of every ledger are those AFTER the commit, the audit root is the one BEFORE it.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use merkle_log::{Hash, TreeType};
use patricia_state::{KeyMode, StateScheme, StateSuite};
use sha2::{Digest, Sha256};

use crate::names::{LedgerName, NetworkId};

const MAGIC: &[u8; 4] = b"LCB1";

/// Ledgers in a store are at most this many.
pub const LEDGERS_MAX: usize = 256;

/// One ledger in a commit body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRoots {
    /// Its name.
    pub name: LedgerName,
    /// Type of its tree.
    pub tree: TreeType,
    /// What its state is computed with; `None` for a ledger without state.
    pub state: Option<StateScheme>,
    /// Entries after the commit.
    pub size: u64,
    /// Root of its tree after the commit.
    pub root: Hash,
    /// Root of its state after the commit; zero without state.
    pub state_root: Hash,
}

/// Codes of suite and key mode in formats (FORMAT.md section 5); zeros for no state.
pub(crate) fn state_codes(state: Option<StateScheme>) -> (u8, u8) {
    state.map_or((0, 0), |scheme| (scheme.suite.code(), scheme.keys.code()))
}

/// The state that codes of suite and key mode stand for, or what is wrong with which of them.
pub(crate) fn state_of_codes(
    suite: u8,
    key_mode: u8,
) -> Result<Option<StateScheme>, (&'static str, usize)> {
    let keys = KeyMode::from_code(key_mode).ok_or(("key mode", 2))?;
    match (suite, StateSuite::from_code(suite), keys) {
        (_, Some(suite), keys) => Ok(Some(StateScheme { suite, keys })),
        (0, None, KeyMode::AsGiven) => Ok(None),
        (0, None, KeyMode::Hashed) => Err(("key mode", 2)),
        (..) => Err(("state suite", 1)),
    }
}

/// What one commit fixes, for ever and for all replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitBody {
    /// The network.
    pub network: NetworkId,
    /// Height, from 1.
    pub height: u64,
    /// Milliseconds since 1970-01-01T00:00:00Z, as the caller gave it.
    pub time_ms: u64,
    /// Root of the audit tree over the bodies of all earlier heights.
    pub audit_root_before: Hash,
    /// SHA-256 of the caller's metadata.
    pub metadata_hash: Hash,
    /// Every ledger, in order of declaration.
    pub ledgers: Vec<LedgerRoots>,
}

/// Bytes that are no commit body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The bytes end before the body does.
    #[error("the commit body ends after {len} bytes")]
    Short {
        /// How many bytes there are.
        len: usize,
    },
    /// Bytes follow the body.
    #[error("{extra} bytes follow the commit body")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A field has a value that no body has.
    #[error("the commit body has an impossible {field} at byte {at}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Where it starts.
        at: usize,
    },
}

impl CommitBody {
    /// Entries of the audit tree before this commit.
    #[must_use]
    pub const fn audit_size_before(&self) -> u64 {
        self.height.saturating_sub(1)
    }

    /// The ledger of that name.
    #[must_use]
    pub fn ledger(&self, name: &str) -> Option<&LedgerRoots> {
        self.ledgers
            .iter()
            .find(|ledger| ledger.name.as_str() == name)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.ledgers.len() * 128);
        bytes.extend_from_slice(MAGIC);
        put_text(&mut bytes, self.network.as_str());
        bytes.extend_from_slice(&self.height.to_le_bytes());
        bytes.extend_from_slice(&self.time_ms.to_le_bytes());
        bytes.extend_from_slice(&self.audit_size_before().to_le_bytes());
        bytes.extend_from_slice(self.audit_root_before.as_bytes());
        bytes.extend_from_slice(self.metadata_hash.as_bytes());
        let count = u32::try_from(self.ledgers.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for ledger in &self.ledgers {
            put_text(&mut bytes, ledger.name.as_str());
            let (suite, key_mode) = state_codes(ledger.state);
            bytes.extend_from_slice(&[ledger.tree.code(), suite, key_mode]);
            bytes.extend_from_slice(&ledger.size.to_le_bytes());
            bytes.extend_from_slice(ledger.root.as_bytes());
            bytes.extend_from_slice(ledger.state_root.as_bytes());
        }
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`BodyError`]: where the bytes stop being a body.
    pub fn decode(bytes: &[u8]) -> Result<Self, BodyError> {
        let mut input = Input { bytes, at: 0 };
        if input.take(MAGIC.len())? != MAGIC {
            return Err(input.field("magic", 0));
        }
        let network = input.text("network id")?;
        let height = input.u64()?;
        if height == 0 {
            return Err(input.field("height", input.at - 8));
        }
        let time_ms = input.u64()?;
        if input.u64()? != height - 1 {
            return Err(input.field("audit size", input.at - 8));
        }
        let audit_root_before = input.hash()?;
        let metadata_hash = input.hash()?;
        let at = input.at;
        let count = input.u32()?;
        if count as usize > LEDGERS_MAX {
            return Err(input.field("number of ledgers", at));
        }
        let mut ledgers: Vec<LedgerRoots> = Vec::new();
        for _ in 0..count {
            let at = input.at;
            let ledger = input.ledger()?;
            if ledgers.iter().any(|other| other.name == ledger.name) {
                return Err(input.field("second ledger of one name", at));
            }
            ledgers.push(ledger);
        }
        match bytes.len() - input.at {
            0 => Ok(Self {
                network,
                height,
                time_ms,
                audit_root_before,
                metadata_hash,
                ledgers,
            }),
            extra => Err(BodyError::Trailing { extra }),
        }
    }
}

/// SHA-256 of a commit's metadata, as its body holds it.
#[must_use]
pub fn metadata_hash(metadata: &[u8]) -> Hash {
    Hash::new(Sha256::digest(metadata).into())
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    // Names are at most 64 bytes.
    bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(text.as_bytes());
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], BodyError> {
        let end = self.at.checked_add(len);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or(BodyError::Short {
            len: self.bytes.len(),
        })?;
        self.at += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BodyError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, BodyError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, BodyError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn hash(&mut self) -> Result<Hash, BodyError> {
        Ok(Hash::new(self.array()?))
    }

    fn text<T: core::str::FromStr>(&mut self, field: &'static str) -> Result<T, BodyError> {
        let at = self.at;
        let [len] = self.array()?;
        let text = core::str::from_utf8(self.take(usize::from(len))?).unwrap_or("");
        text.to_owned().parse().map_err(|_| self.field(field, at))
    }

    fn ledger(&mut self) -> Result<LedgerRoots, BodyError> {
        let name = self.text("ledger name")?;
        let at = self.at;
        let [tree, suite, key_mode] = self.array()?;
        let tree = TreeType::from_code(tree).ok_or_else(|| self.field("tree type", at))?;
        let state =
            state_of_codes(suite, key_mode).map_err(|(field, by)| self.field(field, at + by))?;
        let size = self.u64()?;
        let root = self.hash()?;
        let at = self.at;
        let state_root = self.hash()?;
        if state.is_none() && state_root != Hash::default() {
            return Err(self.field("state root", at));
        }
        Ok(LedgerRoots {
            name,
            tree,
            state,
            size,
            root,
            state_root,
        })
    }

    const fn field(&self, field: &'static str, at: usize) -> BodyError {
        BodyError::Field { field, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};
    use proptest::prelude::*;

    fn example() -> CommitBody {
        CommitBody {
            network: "net".parse().unwrap(),
            height: 3,
            time_ms: 1_700_000_000_000,
            audit_root_before: Hash::new([1; 32]),
            metadata_hash: metadata_hash(b"meta"),
            ledgers: vec![LedgerRoots {
                name: "domain".parse().unwrap(),
                tree: TreeType::Sha256,
                state: None,
                size: 9,
                root: Hash::new([2; 32]),
                state_root: Hash::default(),
            }],
        }
    }

    /// Where the first ledger of the example starts.
    const LEDGERS: usize = 100;

    fn with_state() -> CommitBody {
        let mut body = example();
        body.ledgers[0].state = Some(StateScheme {
            suite: StateSuite::Sha3_256,
            keys: KeyMode::Hashed,
        });
        body.ledgers[0].state_root = Hash::new([4; 32]);
        body
    }

    #[test]
    fn encodes_as_the_format_says() {
        let bytes = example().encode();
        let mut expected = b"LCB1\x03net".to_vec();
        expected.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&1_700_000_000_000u64.to_le_bytes());
        expected.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[1; 32]);
        expected.extend_from_slice(metadata_hash(b"meta").as_bytes());
        expected.extend_from_slice(&[1, 0, 0, 0]);
        expected.extend_from_slice(b"\x06domain\x01\x00\x00");
        expected.extend_from_slice(&[9, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(&[2; 32]);
        expected.extend_from_slice(&[0; 32]);
        assert_eq!(bytes, expected);
        assert_eq!(CommitBody::decode(&bytes), Ok(example()));
        let bytes = with_state().encode();
        expected.truncate(expected.len() - 32);
        expected.extend_from_slice(&[4; 32]);
        expected[LEDGERS + 8..LEDGERS + 10].copy_from_slice(&[3, 1]);
        assert_eq!(bytes, expected);
        assert_eq!(CommitBody::decode(&bytes), Ok(with_state()));
        // FIPS 180-4, the example of one block.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(format!("{}", metadata_hash(b"abc")), digest);
    }

    #[test]
    fn impossible_fields_are_named_with_their_places() {
        let refused = |at: usize, bytes: &[u8]| {
            let mut body = with_state().encode();
            body[at..at + bytes.len()].copy_from_slice(bytes);
            match CommitBody::decode(&body) {
                Err(BodyError::Field { field, at }) => (field, at),
                answer => panic!("{answer:?}"),
            }
        };
        assert_eq!(refused(8, &[0; 8]), ("height", 8));
        assert_eq!(refused(24, &[3]), ("audit size", 24));
        let scheme = LEDGERS + 7;
        assert_eq!(refused(scheme, &[9]), ("tree type", scheme));
        assert_eq!(refused(scheme + 1, &[9]), ("state suite", scheme + 1));
        assert_eq!(refused(scheme + 2, &[9]), ("key mode", scheme + 2));
        let root = LEDGERS + 50;
        assert_eq!(refused(scheme + 1, &[0, 0]), ("state root", root));
        let mut many = example();
        many.ledgers = (0..LEDGERS_MAX)
            .map(|n| LedgerRoots {
                name: format!("l{n}").parse().unwrap(),
                ..example().ledgers[0].clone()
            })
            .collect();
        assert_eq!(CommitBody::decode(&many.encode()), Ok(many.clone()));
        many.ledgers.push(example().ledgers[0].clone());
        let field = "number of ledgers";
        let error = BodyError::Field {
            field,
            at: LEDGERS - 4,
        };
        assert_eq!(CommitBody::decode(&many.encode()), Err(error));
    }

    #[test]
    fn cuts_and_extensions_are_refused() {
        let bytes = example().encode();
        for len in 0..bytes.len() {
            assert!(CommitBody::decode(&bytes[..len]).is_err());
        }
        let mut longer = bytes;
        longer.push(0);
        assert_eq!(
            CommitBody::decode(&longer),
            Err(BodyError::Trailing { extra: 1 })
        );
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(flips in prop::collection::vec((0usize..200, any::<u8>()), 0..4)) {
            let mut bytes = example().encode();
            for (at, byte) in flips {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            if let Ok(body) = CommitBody::decode(&bytes) {
                prop_assert_eq!(body.encode(), bytes);
            }
        }
    }
}
