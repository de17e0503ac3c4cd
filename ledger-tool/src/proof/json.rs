//! The JSON form of a proof file, `ledger-tool.proof/1`.

use merkle_log::{
    ConsistencyProof, Hash, InclusionProof, LeafIndex, MultiProof, NodeRange, RangeProof,
    SubtreeConsistencyProof, SubtreeInclusionProof, TreeSize, TreeType,
};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::file::{FileError, ProofFile, Source};

pub(crate) const SCHEMA: &str = "ledger-tool.proof/1";
pub(crate) const SCHEMA_OF_ANY_VERSION: &str = "ledger-tool.proof/";

const KINDS: [&str; 6] = [
    "inclusion",
    "consistency",
    "range",
    "multi",
    "subtree_inclusion",
    "subtree_consistency",
];

#[derive(Deserialize)]
struct Head {
    schema: String,
    kind: String,
    /// Kinds that are not known here may have none.
    hash: Option<String>,
    #[serde(default)]
    checkpoint: Option<String>,
}

#[derive(Deserialize)]
struct Kind {
    schema: String,
    kind: String,
}

#[derive(Serialize)]
struct Document<'a> {
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

/// The members that a kind of proof has of its own.
#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Inclusion(InclusionBody),
    Consistency(ConsistencyBody),
    Range(RangeBody),
    Multi(MultiBody),
    SubtreeInclusion(SubtreeInclusionBody),
    SubtreeConsistency(SubtreeConsistencyBody),
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

#[derive(Serialize, Deserialize)]
struct MultiBody {
    leaf_indices: Vec<u64>,
    tree_size: u64,
    leaf_hashes: Vec<Hash>,
    root_hash: Hash,
    path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
struct SubtreeInclusionBody {
    leaf_index: u64,
    begin: u64,
    end: u64,
    leaf_hash: Hash,
    subtree_root: Hash,
    path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
struct SubtreeConsistencyBody {
    begin: u64,
    end: u64,
    tree_size: u64,
    subtree_root: Hash,
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

/// The kind of proof that a document says it is, if it is one of this version.
pub(super) fn kind(json: &[u8]) -> Option<String> {
    let head: Kind = serde_json::from_slice(json).ok()?;
    (head.schema == SCHEMA).then_some(head.kind)
}

pub(super) fn decode(json: &[u8]) -> Result<ProofFile, FileError> {
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
    let hash = match head.hash {
        None if !KINDS.contains(&head.kind.as_str()) => {
            return Err(FileError::UnknownKind(shorten(head.kind)));
        }
        None => return Err(serde_json::Error::missing_field("hash").into()),
        Some(hash) => hash,
    };
    let Some(tree) = tree_of(&hash) else {
        return Err(FileError::UnknownHash(shorten(hash)));
    };
    let claim = match head.kind.as_str() {
        "inclusion" => serde_json::from_slice::<InclusionBody>(json)?.into(),
        "consistency" => serde_json::from_slice::<ConsistencyBody>(json)?.into(),
        "range" => serde_json::from_slice::<RangeBody>(json)?.into(),
        "multi" => serde_json::from_slice::<MultiBody>(json)?.into(),
        "subtree_inclusion" => serde_json::from_slice::<SubtreeInclusionBody>(json)?.into(),
        "subtree_consistency" => serde_json::from_slice::<SubtreeConsistencyBody>(json)?.into(),
        _ => return Err(FileError::UnknownKind(shorten(head.kind))),
    };
    Ok(ProofFile {
        source: serde_json::from_slice(json)?,
        tree,
        claim,
        checkpoint: head.checkpoint,
    })
}

pub(super) fn encode(file: &ProofFile, line: bool) -> Result<Vec<u8>, FileError> {
    let (spec, body) = body_of(&file.claim);
    let document = Document {
        schema: SCHEMA,
        kind: file.claim.kind(),
        hash: hash_name(file.tree),
        spec,
        source: &file.source,
        body,
        checkpoint: file.checkpoint.as_deref(),
    };
    let mut encoded = if line {
        serde_json::to_vec(&document)?
    } else {
        serde_json::to_vec_pretty(&document)?
    };
    encoded.push(b'\n');
    Ok(encoded)
}

/// The specification of a kind of proof, and its members.
fn body_of(claim: &Claim) -> (&'static str, Body) {
    match claim.clone() {
        Claim::Inclusion { leaf, root, proof } => (
            "RFC 6962 2.1.1",
            Body::Inclusion(InclusionBody {
                leaf_index: proof.leaf_index.0,
                tree_size: proof.tree_size.0,
                leaf_hash: leaf,
                root_hash: root,
                path: proof.path,
            }),
        ),
        Claim::Consistency {
            first_root,
            second_root,
            proof,
        } => (
            "RFC 6962 2.1.2",
            Body::Consistency(ConsistencyBody {
                first_size: proof.first_size.0,
                second_size: proof.second_size.0,
                first_root,
                second_root,
                path: proof.path,
            }),
        ),
        Claim::Range {
            leaves,
            root,
            proof,
        } => (
            "RFC 6962 2.1, leaves [begin, end)",
            Body::Range(RangeBody {
                begin: proof.begin.0,
                end: proof.end.0,
                tree_size: proof.tree_size.0,
                leaf_hashes: leaves,
                root_hash: root,
                path: proof.path,
            }),
        ),
        Claim::Multi {
            leaves,
            root,
            proof,
        } => (
            "RFC 6962 2.1, leaves at leaf_indices",
            Body::Multi(MultiBody {
                leaf_indices: proof.leaf_indices.iter().map(|index| index.0).collect(),
                tree_size: proof.tree_size.0,
                leaf_hashes: leaves,
                root_hash: root,
                path: proof.path,
            }),
        ),
        Claim::SubtreeInclusion { leaf, root, proof } => (
            "Merkle Tree Certificates, subtree inclusion proof",
            Body::SubtreeInclusion(SubtreeInclusionBody {
                leaf_index: proof.leaf_index.0,
                begin: proof.subtree.begin,
                end: proof.subtree.end,
                leaf_hash: leaf,
                subtree_root: root,
                path: proof.path,
            }),
        ),
        Claim::SubtreeConsistency {
            subtree_root,
            root,
            proof,
        } => (
            "Merkle Tree Certificates, subtree consistency proof",
            Body::SubtreeConsistency(SubtreeConsistencyBody {
                begin: proof.subtree.begin,
                end: proof.subtree.end,
                tree_size: proof.tree_size.0,
                subtree_root,
                root_hash: root,
                path: proof.path,
            }),
        ),
    }
}

impl From<InclusionBody> for Claim {
    fn from(body: InclusionBody) -> Self {
        Self::Inclusion {
            leaf: body.leaf_hash,
            root: body.root_hash,
            proof: InclusionProof {
                leaf_index: LeafIndex(body.leaf_index),
                tree_size: TreeSize(body.tree_size),
                path: body.path,
            },
        }
    }
}

impl From<ConsistencyBody> for Claim {
    fn from(body: ConsistencyBody) -> Self {
        Self::Consistency {
            first_root: body.first_root,
            second_root: body.second_root,
            proof: ConsistencyProof {
                first_size: TreeSize(body.first_size),
                second_size: TreeSize(body.second_size),
                path: body.path,
            },
        }
    }
}

impl From<RangeBody> for Claim {
    fn from(body: RangeBody) -> Self {
        Self::Range {
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
}

impl From<MultiBody> for Claim {
    fn from(body: MultiBody) -> Self {
        Self::Multi {
            leaves: body.leaf_hashes,
            root: body.root_hash,
            proof: MultiProof {
                leaf_indices: body.leaf_indices.into_iter().map(LeafIndex).collect(),
                tree_size: TreeSize(body.tree_size),
                path: body.path,
            },
        }
    }
}

impl From<SubtreeInclusionBody> for Claim {
    fn from(body: SubtreeInclusionBody) -> Self {
        let (begin, end) = (body.begin, body.end);
        Self::SubtreeInclusion {
            leaf: body.leaf_hash,
            root: body.subtree_root,
            proof: SubtreeInclusionProof {
                leaf_index: LeafIndex(body.leaf_index),
                subtree: NodeRange { begin, end },
                path: body.path,
            },
        }
    }
}

impl From<SubtreeConsistencyBody> for Claim {
    fn from(body: SubtreeConsistencyBody) -> Self {
        let (begin, end) = (body.begin, body.end);
        Self::SubtreeConsistency {
            subtree_root: body.subtree_root,
            root: body.root_hash,
            proof: SubtreeConsistencyProof {
                subtree: NodeRange { begin, end },
                tree_size: TreeSize(body.tree_size),
                path: body.path,
            },
        }
    }
}

/// The start of a text from a stranger.
fn shorten(text: String) -> String {
    if text.chars().nth(80).is_none() {
        return text;
    }
    text.chars().take(80).collect()
}
