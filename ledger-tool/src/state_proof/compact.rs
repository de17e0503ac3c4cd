//! The compact form of a state proof file.
//!
//! # Format
//!
//! ```text
//! "LTS1" | bincode value: suite u8, key mode u8, network text or none, ledger text or none, height
//!          u64 or none, root [32], prefix bytes or none, list of (key, value or none), list of nodes
//!        | CRC-32 of all before, u32 little-endian
//! ```
//!
//! The bincode configuration is `legacy`: integers and lengths are fixed and little-endian, 64-bit
//! lengths, one byte for "or none". This is the only module that knows it.
//!
//! Invariant: each file has one encoding, and no other bytes decode.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use patricia_state::{KeyMode, ProofNodes, StateScheme, StateSuite};
use serde::{Deserialize, Serialize};

use super::file::{Claim, Pair, StateFileError, StateProofFile, StateSource};

const MAGIC: &[u8; 4] = b"LTS1";
/// No proof file is longer than this.
const LIMIT: usize = 64 << 20;
const CONFIG: Configuration<LittleEndian, Fixint, Limit<LIMIT>> =
    bincode::config::legacy().with_limit::<LIMIT>();

#[derive(Serialize, Deserialize)]
struct Value {
    suite: u8,
    key_mode: u8,
    network: Option<String>,
    ledger: Option<String>,
    height: Option<u64>,
    root: [u8; 32],
    prefix: Option<Vec<u8>>,
    pairs: Vec<Pair>,
    nodes: Vec<Vec<u8>>,
}

pub(super) fn is_compact(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn encode(file: &StateProofFile) -> Result<Vec<u8>, StateFileError> {
    let (prefix, pairs) = match &file.claim {
        Claim::Keys(pairs) => (None, pairs),
        Claim::Prefix { prefix, pairs } => (Some(prefix.clone()), pairs),
    };
    let value = Value {
        suite: file.scheme.suite.code(),
        key_mode: file.scheme.keys.code(),
        network: file.source.network.clone(),
        ledger: file.source.ledger.clone(),
        height: file.source.height,
        root: file.root,
        prefix,
        pairs: pairs.clone(),
        nodes: file.nodes.nodes().to_vec(),
    };
    // Fails only past the limit.
    let encoded =
        bincode::serde::encode_to_vec(&value, CONFIG).map_err(|_| StateFileError::TooLong)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(encoded);
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Result<StateProofFile, StateFileError> {
    let refused = StateFileError::Compact;
    let (checked, stored) = bytes
        .split_last_chunk()
        .ok_or(refused("it ends within its check"))?;
    if u32::from_le_bytes(*stored) != crc32fast::hash(checked) {
        return Err(refused("its check differs: it was altered or cut"));
    }
    let encoded = checked.get(MAGIC.len()..).unwrap_or_default();
    let decoded = bincode::serde::decode_from_slice(encoded, CONFIG);
    let (value, consumed): (Value, usize) =
        decoded.map_err(|_| refused("its content does not decode"))?;
    if consumed != encoded.len() {
        return Err(refused("there is more behind its content"));
    }
    let claim = match value.prefix {
        None => Claim::Keys(value.pairs),
        Some(prefix) => Claim::Prefix {
            prefix,
            pairs: value.pairs,
        },
    };
    if !claim.is_in_order() {
        return Err(refused("its keys are not in order"));
    }
    let suite = StateSuite::from_code(value.suite)
        .ok_or_else(|| StateFileError::UnknownSuite(value.suite.to_string()))?;
    let keys = KeyMode::from_code(value.key_mode)
        .ok_or_else(|| StateFileError::UnknownKeyMode(value.key_mode.to_string()))?;
    Ok(StateProofFile {
        source: StateSource {
            network: value.network,
            ledger: value.ledger,
            height: value.height,
        },
        scheme: StateScheme { suite, keys },
        root: value.root,
        claim,
        nodes: ProofNodes::new(value.nodes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(claim: Claim) -> StateProofFile {
        StateProofFile {
            source: StateSource {
                network: Some("n".to_owned()),
                ledger: None,
                height: Some(5),
            },
            scheme: StateScheme {
                suite: StateSuite::Sha3_256,
                keys: KeyMode::Hashed,
            },
            root: [7; 32],
            claim,
            nodes: ProofNodes::new(vec![vec![0xc0], vec![]]),
        }
    }

    #[test]
    fn bytes_as_the_format_says() {
        let claim = Claim::Keys(vec![(b"a".to_vec(), None), (b"b".to_vec(), Some(vec![9]))]);
        let mut expected = b"LTS1\x03\x01".to_vec();
        expected.extend(b"\x01\x01\0\0\0\0\0\0\0n");
        expected.extend(b"\x00");
        expected.extend(b"\x01\x05\0\0\0\0\0\0\0");
        expected.extend([7; 32]);
        expected.extend(b"\x00");
        expected.extend(b"\x02\0\0\0\0\0\0\0");
        expected.extend(b"\x01\0\0\0\0\0\0\0a\x00");
        expected.extend(b"\x01\0\0\0\0\0\0\0b\x01\x01\0\0\0\0\0\0\0\x09");
        expected.extend(b"\x02\0\0\0\0\0\0\0");
        expected.extend(b"\x01\0\0\0\0\0\0\0\xc0");
        expected.extend(b"\0\0\0\0\0\0\0\0");
        expected.extend(crc32fast::hash(&expected).to_le_bytes());
        let file = file(claim);
        let encoded = encode(&file).unwrap();
        assert_eq!(encoded, expected);
        assert_eq!(decode(&encoded).unwrap(), file);
    }

    /// With a check that is right.
    fn checked(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - 4);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn altered_bytes_are_refused_or_mean_something_else() {
        let original = file(Claim::Prefix {
            prefix: b"p".to_vec(),
            pairs: vec![
                (b"pa".to_vec(), Some(vec![1])),
                (b"pb".to_vec(), Some(vec![2])),
            ],
        });
        let encoded = encode(&original).unwrap();
        for len in 0..encoded.len() {
            assert!(decode(&encoded[..len]).is_err());
        }
        for at in 0..encoded.len() {
            for bit in 0..8 {
                let mut altered = encoded.clone();
                altered[at] ^= 1 << bit;
                assert!(decode(&altered).is_err(), "{at}");
                let Ok(other) = decode(&checked(altered.clone())) else {
                    continue;
                };
                if at >= MAGIC.len() && at < encoded.len() - 4 {
                    assert_ne!(other, original, "{at}");
                    assert_eq!(encode(&other).unwrap(), checked(altered), "{at}");
                }
            }
        }
        let mut longer = encoded;
        longer.push(0);
        assert!(decode(&longer).is_err());
        assert!(decode(&checked([&longer[..], &[0; 4]].concat())).is_err());
    }

    #[test]
    fn claims_that_nobody_makes_are_refused() {
        let none = |key: &[u8]| (key.to_vec(), None);
        for claim in [
            Claim::Keys(vec![]),
            Claim::Keys(vec![none(b"b"), none(b"a")]),
            Claim::Keys(vec![none(b"a"), none(b"a")]),
            Claim::Prefix {
                prefix: vec![],
                pairs: vec![none(b"a")],
            },
        ] {
            assert!(decode(&encode(&file(claim)).unwrap()).is_err());
        }
    }
}
