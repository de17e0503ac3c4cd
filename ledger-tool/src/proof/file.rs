//! A proof as a file: what it says, and its JSON (`ledger-tool.proof/1`). The compact form is in
//! [`super::compact`].
//!
//! Invariants:
//!
//! - what a file says is a claim: names, sizes and roots count only once they were compared;
//! - a file that no tree can have made is told apart from one that this release cannot judge.

use std::io::Read;
use std::path::Path;

use merkle_log::{
    ConsistencyProof, Hash, InclusionProof, LeafIndex, Proof, RangeProof, TreeSize, TreeType,
};
use serde::{Deserialize, Serialize};

use super::compact::{self, CompactFileError};
use crate::failure::{Exit, Failure};
use crate::input;

pub(crate) const SCHEMA: &str = "ledger-tool.proof/1";
const SCHEMA_OF_ANY_VERSION: &str = "ledger-tool.proof/";
/// The longest proof file that is read: far more than any proof needs.
pub(crate) const FILE_LEN_MAX: u64 = 64 << 20;

/// A proof file that cannot be one, or that this release cannot judge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("the file is longer than {limit} bytes, which no proof is")]
    TooLong { limit: u64 },
    #[error("the file is not a proof: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the file is not a compact proof: {0}")]
    Compact(CompactFileError),
    #[error("the file has the schema {0:?}, not {SCHEMA:?}")]
    OtherSchema(String),
    #[error("the file has the schema {0:?}, this release reads {SCHEMA:?}")]
    NewerSchema(String),
    #[error(
        "the file is a proof of the kind {0:?}, this release judges inclusion, consistency and range"
    )]
    UnknownKind(String),
    #[error("the file is a proof with the hash {0:?}, this release knows sha-256 and blake3")]
    UnknownHash(String),
}

impl FileError {
    pub(crate) const fn code(&self) -> &'static str {
        match self.exit() {
            Exit::No => "E-PROOF-FORMAT",
            _ => "E-PROOF-VERSION",
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::TooLong { .. } | Self::Malformed(_) | Self::Compact(_) | Self::OtherSchema(_) => {
                Exit::No
            }
            Self::NewerSchema(_) | Self::UnknownKind(_) | Self::UnknownHash(_) => Exit::Format,
        }
    }
}

/// A proof, the roots it claims to lead to, and where it says it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProofFile {
    pub(crate) source: Source,
    pub(crate) tree: TreeType,
    pub(crate) claim: Claim,
    /// A signed checkpoint of the tree, as it is written.
    pub(crate) checkpoint: Option<String>,
}

/// What a proof is for, and what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Inclusion {
        leaf: Hash,
        root: Hash,
        proof: InclusionProof,
    },
    Consistency {
        first_root: Hash,
        second_root: Hash,
        proof: ConsistencyProof,
    },
    Range {
        leaves: Vec<Hash>,
        root: Hash,
        proof: RangeProof,
    },
}

/// Where a proof comes from, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) network: Option<String>,
    pub(crate) ledger: Option<String>,
}

impl Source {
    /// The origin of the tree's checkpoints.
    pub(crate) fn origin(&self) -> Option<String> {
        let (network, ledger) = (self.network.as_ref()?, self.ledger.as_ref()?);
        Some(format!("{network}/{ledger}"))
    }
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON, a line a member and hash.
    Json,
    /// JSON in one line.
    JsonLine,
    Compact,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
    kind: String,
    hash: String,
    #[serde(default)]
    checkpoint: Option<String>,
}

#[derive(Serialize)]
struct Document<'a, Body> {
    schema: &'static str,
    kind: &'static str,
    hash: &'static str,
    spec: &'static str,
    #[serde(flatten)]
    source: &'a Source,
    #[serde(flatten)]
    body: Body,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct InclusionBody {
    leaf_index: u64,
    tree_size: u64,
    leaf_hash: Hash,
    root_hash: Hash,
    path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
struct ConsistencyBody {
    first_size: u64,
    second_size: u64,
    first_root: Hash,
    second_root: Hash,
    path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
struct RangeBody {
    begin: u64,
    end: u64,
    tree_size: u64,
    leaf_hashes: Vec<Hash>,
    root_hash: Hash,
    path: Vec<Hash>,
}

/// The name that a tree's hash has in proof files.
const fn hash_name(tree: TreeType) -> &'static str {
    match tree {
        TreeType::Sha256 => "sha-256",
        _ => tree.name(),
    }
}

fn tree_of(hash: &str) -> Option<TreeType> {
    TreeType::ALL
        .into_iter()
        .find(|tree| hash_name(*tree) == hash)
}

impl Claim {
    /// The kind of proof.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Inclusion { .. } => "inclusion",
            Self::Consistency { .. } => "consistency",
            Self::Range { .. } => "range",
        }
    }

    /// The root that the proof claims to lead to, and the size of its tree: of two, the later.
    pub(crate) const fn root(&self) -> (Hash, TreeSize) {
        match self {
            Self::Inclusion { root, proof, .. } => (*root, proof.tree_size),
            Self::Consistency {
                second_root, proof, ..
            } => (*second_root, proof.second_size),
            Self::Range { root, proof, .. } => (*root, proof.tree_size),
        }
    }

    /// The hashes that it claims, leaves before roots, and the proof.
    pub(super) fn parts(&self) -> (Vec<Hash>, Proof) {
        match self {
            Self::Inclusion { leaf, root, proof } => (vec![*leaf, *root], proof.clone().into()),
            Self::Consistency {
                first_root,
                second_root,
                proof,
            } => (vec![*first_root, *second_root], proof.clone().into()),
            Self::Range {
                leaves,
                root,
                proof,
            } => {
                let hashes = leaves.iter().chain([root]).copied();
                (hashes.collect(), proof.clone().into())
            }
        }
    }

    /// What [`parts`](Self::parts) gave; `None` where they are not those of a claim.
    pub(super) fn of_parts(mut hashes: Vec<Hash>, proof: Proof) -> Option<Self> {
        let root = hashes.pop()?;
        match proof {
            Proof::Inclusion(proof) => {
                let [leaf] = hashes.try_into().ok()?;
                Some(Self::Inclusion { leaf, root, proof })
            }
            Proof::Consistency(proof) => {
                let [first_root] = hashes.try_into().ok()?;
                Some(Self::Consistency {
                    first_root,
                    second_root: root,
                    proof,
                })
            }
            Proof::Range(proof) => Some(Self::Range {
                leaves: hashes,
                root,
                proof,
            }),
            _ => None,
        }
    }
}

impl ProofFile {
    /// Reads a file in either form.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        Self::from_bytes(&Self::read_bytes(path)?)
    }

    /// The bytes of a file, if it is not longer than any proof.
    pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
        let (file, _) = input::open(path)?;
        let mut bytes = Vec::new();
        file.take(FILE_LEN_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(Failure::io("read", path.display().to_string()))?;
        if bytes.len() as u64 > FILE_LEN_MAX {
            let limit = FILE_LEN_MAX;
            return Err(FileError::TooLong { limit }.into());
        }
        Ok(bytes)
    }

    /// Reads either form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Failure> {
        if compact::is_compact(bytes) {
            return Ok(compact::decode(bytes).map_err(FileError::Compact)?);
        }
        Ok(Self::from_json(bytes)?)
    }

    pub(crate) fn from_json(json: &[u8]) -> Result<Self, FileError> {
        let head: Head = serde_json::from_slice(json)?;
        if head.schema != SCHEMA {
            let newer = head.schema.starts_with(SCHEMA_OF_ANY_VERSION);
            let shown = shorten(head.schema);
            return Err(if newer {
                FileError::NewerSchema(shown)
            } else {
                FileError::OtherSchema(shown)
            });
        }
        let Some(tree) = tree_of(&head.hash) else {
            return Err(FileError::UnknownHash(shorten(head.hash)));
        };
        let claim = match head.kind.as_str() {
            "inclusion" => {
                let body: InclusionBody = serde_json::from_slice(json)?;
                Claim::Inclusion {
                    leaf: body.leaf_hash,
                    root: body.root_hash,
                    proof: InclusionProof {
                        leaf_index: LeafIndex(body.leaf_index),
                        tree_size: TreeSize(body.tree_size),
                        path: body.path,
                    },
                }
            }
            "consistency" => {
                let body: ConsistencyBody = serde_json::from_slice(json)?;
                Claim::Consistency {
                    first_root: body.first_root,
                    second_root: body.second_root,
                    proof: ConsistencyProof {
                        first_size: TreeSize(body.first_size),
                        second_size: TreeSize(body.second_size),
                        path: body.path,
                    },
                }
            }
            "range" => {
                let body: RangeBody = serde_json::from_slice(json)?;
                Claim::Range {
                    leaves: body.leaf_hashes,
                    root: body.root_hash,
                    proof: RangeProof {
                        begin: LeafIndex(body.begin),
                        end: LeafIndex(body.end),
                        tree_size: TreeSize(body.tree_size),
                        path: body.path,
                    },
                }
            }
            _ => return Err(FileError::UnknownKind(shorten(head.kind))),
        };
        Ok(Self {
            source: serde_json::from_slice(json)?,
            tree,
            claim,
            checkpoint: head.checkpoint,
        })
    }

    /// The file's bytes.
    pub(crate) fn encode(&self, form: Form) -> Result<Vec<u8>, Failure> {
        if form == Form::Compact {
            let encoded = compact::encode(self);
            return encoded.map_err(|e| Failure::Proof(FileError::Compact(e)));
        }
        let line = form == Form::JsonLine;
        match &self.claim {
            Claim::Inclusion { leaf, root, proof } => {
                let body = InclusionBody {
                    leaf_index: proof.leaf_index.0,
                    tree_size: proof.tree_size.0,
                    leaf_hash: *leaf,
                    root_hash: *root,
                    path: proof.path.clone(),
                };
                self.to_json("RFC 6962 2.1.1", body, line)
            }
            Claim::Consistency {
                first_root,
                second_root,
                proof,
            } => {
                let body = ConsistencyBody {
                    first_size: proof.first_size.0,
                    second_size: proof.second_size.0,
                    first_root: *first_root,
                    second_root: *second_root,
                    path: proof.path.clone(),
                };
                self.to_json("RFC 6962 2.1.2", body, line)
            }
            Claim::Range {
                leaves,
                root,
                proof,
            } => {
                let body = RangeBody {
                    begin: proof.begin.0,
                    end: proof.end.0,
                    tree_size: proof.tree_size.0,
                    leaf_hashes: leaves.clone(),
                    root_hash: *root,
                    path: proof.path.clone(),
                };
                self.to_json("RFC 6962 2.1, leaves [begin, end)", body, line)
            }
        }
    }

    fn to_json(
        &self,
        spec: &'static str,
        body: impl Serialize,
        line: bool,
    ) -> Result<Vec<u8>, Failure> {
        let document = Document {
            schema: SCHEMA,
            kind: self.claim.kind(),
            hash: hash_name(self.tree),
            spec,
            source: &self.source,
            body,
            checkpoint: self.checkpoint.as_deref(),
        };
        let encoded = if line {
            serde_json::to_vec(&document)
        } else {
            serde_json::to_vec_pretty(&document)
        };
        let mut encoded = encoded.map_err(|e| Failure::io("encode", "the proof")(e.into()))?;
        encoded.push(b'\n');
        Ok(encoded)
    }
}

/// The start of a text from a stranger.
fn shorten(text: String) -> String {
    if text.chars().nth(80).is_none() {
        return text;
    }
    text.chars().take(80).collect()
}
