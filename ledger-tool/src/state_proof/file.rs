//! Our own state proof as a file: what it says, and its JSON (`ledger-tool.proof/1`).
//!
//! Invariant: what a file says is a claim: names, heights, suite and root count only once they were
//! compared with something from outside.

use patricia_state::{KeyMode, NodeHash, ProofNodes, StateScheme, StateSuite};
use serde::{Deserialize, Serialize};

use super::compact;
use crate::commands::key_mode_name;
use crate::failure::Exit;
use crate::human::{hex, start_of, unhex};
use crate::proof::{FILE_LEN_MAX, Form, SCHEMA};

/// One key, several keys, and all keys under a prefix.
const KIND_KEY: &str = "state";
const KIND_KEYS: &str = "state_keys";
const KIND_PREFIX: &str = "state_prefix";
const SPEC: &str = "Ethereum Yellow Paper, appendices B to D";

/// A file that cannot be a state proof, or that this release cannot judge.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// The JSON is another one.
    #[error("the file is not a state proof: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A member of the JSON cannot be.
    #[error("the file is not a state proof: {member} is not {expected}")]
    Member {
        /// The member.
        member: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// A compact file that nobody wrote so.
    #[error("the file is not a compact state proof: {0}")]
    Compact(&'static str),
    /// No RLP list of nodes.
    #[error("the file is not a serialized state proof of Plenum: {0}")]
    Plenum(patricia_state::rlp::RlpError),
    /// A hash function of another release.
    #[error("the file is a state proof with the suite {0:?}, which this release does not know")]
    UnknownSuite(String),
    /// A key mode of another release.
    #[error("the file is a state proof with the key mode {0:?}, which this release does not know")]
    UnknownKeyMode(String),
    /// A file that nobody would read.
    #[error(
        "the proof is longer than the {FILE_LEN_MAX} bytes that `proof check` reads; --compact takes half"
    )]
    TooLong,
}

impl StateFileError {
    pub(crate) const fn code(&self) -> &'static str {
        match self.exit() {
            Exit::No => "E-PROOF-FORMAT",
            Exit::Usage => "E-USAGE",
            _ => "E-PROOF-VERSION",
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::UnknownSuite(_) | Self::UnknownKeyMode(_) => Exit::Format,
            Self::TooLong => Exit::Usage,
            _ => Exit::No,
        }
    }
}

/// Where a proof comes from, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateSource {
    /// The network.
    pub network: Option<String>,
    /// The ledger.
    pub ledger: Option<String>,
    /// The height that the state is of.
    pub height: Option<u64>,
}

/// A key and its value; `None` where it is absent.
pub type Pair = (Vec<u8>, Option<Vec<u8>>);

/// What a proof is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// At least one, keys rising.
    Keys(Vec<Pair>),
    /// All keys under a prefix, rising; all have values.
    Prefix {
        /// The prefix, of keys of the trie.
        prefix: Vec<u8>,
        /// The keys of the trie with their values.
        pairs: Vec<Pair>,
    },
}

/// A state proof, the root that it claims to be for, and where it says it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProofFile {
    /// Where it says it comes from.
    pub source: StateSource,
    /// What the state is computed with.
    pub scheme: StateScheme,
    /// The root that it claims to be for.
    pub root: NodeHash,
    /// What it claims.
    pub claim: Claim,
    /// What is to prove that.
    pub nodes: ProofNodes,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    schema: String,
    #[serde(default)]
    kind: String,
}

#[derive(Serialize)]
struct Document<'a, Body> {
    schema: &'static str,
    kind: &'static str,
    suite: &'static str,
    key_mode: &'static str,
    spec: &'static str,
    #[serde(flatten)]
    source: &'a StateSource,
    root_hash: String,
    #[serde(flatten)]
    body: Body,
    nodes: Vec<String>,
}

#[derive(Deserialize)]
struct Common {
    suite: String,
    key_mode: String,
    root_hash: String,
    nodes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct PairBody {
    key: String,
    /// Null where the key is absent; must be there.
    #[serde(deserialize_with = "present")]
    value: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct KeysBody {
    entries: Vec<PairBody>,
}

#[derive(Serialize, Deserialize)]
struct PrefixBody {
    prefix: String,
    entries: Vec<PairBody>,
}

fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

impl PairBody {
    fn of((key, value): &Pair) -> Self {
        Self {
            key: hex(key),
            value: value.as_deref().map(hex),
        }
    }

    fn pair(&self) -> Result<Pair, StateFileError> {
        let value = self.value.as_deref().map(|value| bytes("value", value));
        Ok((bytes("key", &self.key)?, value.transpose()?))
    }
}

fn bytes(member: &'static str, text: &str) -> Result<Vec<u8>, StateFileError> {
    let expected = "hex digits in pairs";
    unhex(text).ok_or(StateFileError::Member { member, expected })
}

fn pairs(entries: &[PairBody]) -> Result<Vec<Pair>, StateFileError> {
    entries.iter().map(PairBody::pair).collect()
}

impl Claim {
    /// The kind of proof.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Keys(pairs) if pairs.len() == 1 => KIND_KEY,
            Self::Keys(_) => KIND_KEYS,
            Self::Prefix { .. } => KIND_PREFIX,
        }
    }

    /// The keys that it is about, rising.
    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        match self {
            Self::Keys(pairs) | Self::Prefix { pairs, .. } => pairs,
        }
    }

    /// Whether it is one that a prover makes.
    pub(super) fn is_in_order(&self) -> bool {
        let rising = self
            .pairs()
            .is_sorted_by(|(one, _), (other, _)| one < other);
        rising
            && match self {
                Self::Keys(pairs) => !pairs.is_empty(),
                Self::Prefix { pairs, .. } => pairs.iter().all(|(_, value)| value.is_some()),
            }
    }
}

impl StateProofFile {
    /// Reads the JSON of a state proof; `None` where it is something else.
    pub(crate) fn from_json(json: &[u8]) -> Result<Option<Self>, StateFileError> {
        let Ok(head) = serde_json::from_slice::<Head>(json) else {
            return Ok(None);
        };
        let ours = [KIND_KEY, KIND_KEYS, KIND_PREFIX].contains(&head.kind.as_str());
        if head.schema != SCHEMA || !ours {
            return Ok(None);
        }
        let common: Common = serde_json::from_slice(json)?;
        let claim = match head.kind.as_str() {
            KIND_KEY => {
                let body: PairBody = serde_json::from_slice(json)?;
                Claim::Keys(vec![body.pair()?])
            }
            KIND_KEYS => {
                let body: KeysBody = serde_json::from_slice(json)?;
                Claim::Keys(pairs(&body.entries)?)
            }
            _ => {
                let body: PrefixBody = serde_json::from_slice(json)?;
                Claim::Prefix {
                    prefix: bytes("prefix", &body.prefix)?,
                    pairs: pairs(&body.entries)?,
                }
            }
        };
        let member = "entries";
        let expected = "a list of keys in order";
        if !claim.is_in_order() || claim.kind() != head.kind {
            return Err(StateFileError::Member { member, expected });
        }
        let suite = StateSuite::from_name(&common.suite)
            .ok_or_else(|| StateFileError::UnknownSuite(start_of(&common.suite)))?;
        let modes = [KeyMode::AsGiven, KeyMode::Hashed];
        let keys = modes
            .into_iter()
            .find(|mode| key_mode_name(*mode) == common.key_mode)
            .ok_or_else(|| StateFileError::UnknownKeyMode(start_of(&common.key_mode)))?;
        let root = bytes("root_hash", &common.root_hash)?;
        let expected = "64 hex digits";
        let nodes = common.nodes.iter().map(|node| bytes("nodes", node));
        Ok(Some(Self {
            source: serde_json::from_slice(json)?,
            scheme: StateScheme { suite, keys },
            root: root.try_into().map_err(|_| StateFileError::Member {
                member: "root_hash",
                expected,
            })?,
            claim,
            nodes: ProofNodes::new(nodes.collect::<Result<_, _>>()?),
        }))
    }

    /// The file's bytes; the form of tlog clients is for logs alone, and is taken for JSON.
    ///
    /// # Errors
    /// [`StateFileError::TooLong`].
    pub fn encode(&self, form: Form) -> Result<Vec<u8>, StateFileError> {
        let line = form == Form::JsonLine;
        let encoded = match (&self.claim, form) {
            (_, Form::Compact) => compact::encode(self),
            (Claim::Prefix { prefix, pairs }, _) => {
                let entries = pairs.iter().map(PairBody::of).collect();
                let prefix = hex(prefix);
                self.to_json(PrefixBody { prefix, entries }, line)
            }
            (Claim::Keys(pairs), _) => match pairs.as_slice() {
                [pair] => self.to_json(PairBody::of(pair), line),
                pairs => {
                    let entries = pairs.iter().map(PairBody::of).collect();
                    self.to_json(KeysBody { entries }, line)
                }
            },
        }?;
        if encoded.len() as u64 > FILE_LEN_MAX {
            return Err(StateFileError::TooLong);
        }
        Ok(encoded)
    }

    fn to_json(&self, body: impl Serialize, line: bool) -> Result<Vec<u8>, StateFileError> {
        let document = Document {
            schema: SCHEMA,
            kind: self.claim.kind(),
            suite: self.scheme.suite.name(),
            key_mode: key_mode_name(self.scheme.keys),
            spec: SPEC,
            source: &self.source,
            root_hash: hex(&self.root),
            body,
            nodes: self.nodes.nodes().iter().map(|node| hex(node)).collect(),
        };
        let encoded = if line {
            serde_json::to_vec(&document)
        } else {
            serde_json::to_vec_pretty(&document)
        };
        let mut encoded = encoded?;
        encoded.push(b'\n');
        Ok(encoded)
    }
}
