//! The JSON of a proof file (`ledger-tool.proof/1`).
//!
//! Invariants:
//!
//! - what a file says is a claim: names, sizes and roots count only once they were compared;
//! - a file that no tree can have made is told apart from one that this release cannot judge.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use merkle_log::{ConsistencyProof, Hash, InclusionProof, LeafIndex, TreeSize, TreeType};
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};
use crate::input;

const SCHEMA: &str = "ledger-tool.proof/1";
const SCHEMA_OF_ANY_VERSION: &str = "ledger-tool.proof/";
/// The longest proof file that is read: far more than any proof needs.
const FILE_LEN_MAX: u64 = 64 << 20;

/// A proof file that cannot be one, or that this release cannot judge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("the file is longer than {limit} bytes, which no proof is")]
    TooLong { limit: u64 },
    #[error("the file is not a proof: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the file has the schema {0:?}, not {SCHEMA:?}")]
    OtherSchema(String),
    #[error("the file has the schema {0:?}, this release reads {SCHEMA:?}")]
    NewerSchema(String),
    #[error("the file is a proof of the kind {0:?}, this release judges inclusion and consistency")]
    UnknownKind(String),
    #[error("the file is a proof with the hash {0:?}, this release knows sha-256 and blake3")]
    UnknownHash(String),
}

impl FileError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } | Self::Malformed(_) | Self::OtherSchema(_) => "E-PROOF-FORMAT",
            Self::NewerSchema(_) | Self::UnknownKind(_) | Self::UnknownHash(_) => "E-PROOF-VERSION",
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::TooLong { .. } | Self::Malformed(_) | Self::OtherSchema(_) => Exit::No,
            Self::NewerSchema(_) | Self::UnknownKind(_) | Self::UnknownHash(_) => Exit::Format,
        }
    }
}

/// A proof as a file holds it.
#[derive(Clone, Debug)]
pub(crate) struct ProofFile {
    pub(crate) source: Source,
    pub(crate) tree: TreeType,
    pub(crate) claim: Claim,
}

/// A proof with the roots it claims to lead to.
#[derive(Clone, Debug)]
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
}

/// Where a proof comes from, as it says itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) network: Option<String>,
    pub(crate) ledger: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
    kind: String,
    hash: String,
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

/// The name that a tree's hash has in proof files.
const fn hash_name(tree: TreeType) -> &'static str {
    match tree {
        TreeType::Sha256 => "sha-256",
        _ => tree.name(),
    }
}

fn tree_of_hash(name: &str) -> Option<TreeType> {
    let mut trees = TreeType::ALL.into_iter();
    trees.find(|tree| hash_name(*tree) == name)
}

impl ProofFile {
    pub(crate) const fn kind(&self) -> &'static str {
        match self.claim {
            Claim::Inclusion { .. } => "inclusion",
            Claim::Consistency { .. } => "consistency",
        }
    }

    /// Reads a file, `-` being standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (file, _) = input::open(path)?;
        Self::read_from(file, path)
    }

    fn read_from(file: File, path: &Path) -> Result<Self, Failure> {
        let mut json = Vec::new();
        file.take(FILE_LEN_MAX + 1)
            .read_to_end(&mut json)
            .map_err(Failure::io("read", path.display().to_string()))?;
        if json.len() as u64 > FILE_LEN_MAX {
            let limit = FILE_LEN_MAX;
            return Err(FileError::TooLong { limit }.into());
        }
        Ok(Self::from_json(&json)?)
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
        let Some(tree) = tree_of_hash(&head.hash) else {
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
            _ => return Err(FileError::UnknownKind(shorten(head.kind))),
        };
        Ok(Self {
            source: serde_json::from_slice(json)?,
            tree,
            claim,
        })
    }

    /// The file's text: one line, or one line a member and hash.
    pub(crate) fn to_json(&self, compact: bool) -> Result<String, Failure> {
        match &self.claim {
            Claim::Inclusion { leaf, root, proof } => {
                let body = InclusionBody {
                    leaf_index: proof.leaf_index.0,
                    tree_size: proof.tree_size.0,
                    leaf_hash: *leaf,
                    root_hash: *root,
                    path: proof.path.clone(),
                };
                self.encode("RFC 6962 2.1.1", body, compact)
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
                self.encode("RFC 6962 2.1.2", body, compact)
            }
        }
    }

    fn encode(
        &self,
        spec: &'static str,
        body: impl Serialize,
        compact: bool,
    ) -> Result<String, Failure> {
        let document = Document {
            schema: SCHEMA,
            kind: self.kind(),
            hash: hash_name(self.tree),
            spec,
            source: &self.source,
            body,
        };
        let encoded = if compact {
            serde_json::to_string(&document)
        } else {
            serde_json::to_string_pretty(&document)
        };
        let encoded = encoded.map_err(|e| Failure::io("encode", "the proof")(e.into()))?;
        Ok(encoded + "\n")
    }
}

/// The start of a text from a stranger.
fn shorten(text: String) -> String {
    if text.chars().nth(80).is_none() {
        return text;
    }
    text.chars().take(80).collect()
}
