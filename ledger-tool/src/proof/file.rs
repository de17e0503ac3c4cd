//! A proof of a Merkle log as a file, in one of three forms: JSON ([`super::json`]), compact
//! ([`super::compact`]) or that of tlog clients (C2SP tlog-proof).
//!
//! Invariant: a file that no tree can have made is told apart from one that this release cannot
//! judge.

use ledger::ProofBundle;
use ledger::bundle::BundleFormError;
use merkle_log::note::Checkpoint;
use merkle_log::tlog::{TlogProof, TlogProofError};
use merkle_log::{Hash, InclusionProof, TreeType};
use serde::{Deserialize, Serialize};

use super::claim::Claim;
use super::compact::{self, CompactFileError};
use super::json::{self, SCHEMA};
use crate::failure::Exit;

/// The longest proof file that is read: far more than any proof needs.
pub(crate) const FILE_LEN_MAX: u64 = 64 << 20;

const TLOG_START: &[u8] = b"c2sp.org/tlog-proof@";

/// A proof file that cannot be one, or that this release cannot judge.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is longer than any proof.
    #[error("the file is longer than {limit} bytes, which no proof is")]
    TooLong {
        /// The most bytes there can be.
        limit: u64,
    },
    /// It is not JSON, or has not the members of its kind.
    #[error("the file is not a proof: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It begins as the compact form does and does not go on like that.
    #[error("the file is not a compact proof: {0}")]
    Compact(#[from] CompactFileError),
    /// It begins as a tlog proof does and does not go on like that.
    #[error("the file is not a tlog proof: {0}")]
    Tlog(#[from] TlogProofError),
    /// It is no bundle, though it says so.
    #[error("the file is not a proof bundle: {0}")]
    Bundle(#[from] BundleFormError),
    /// Its proof is of a kind, or of a tree, that tlog proofs are not for.
    #[error("a tlog proof is for one entry of a sha-256 tree, with a checkpoint")]
    NotForTlog,
    /// It is another document.
    #[error("the file has the schema {0:?}, not {SCHEMA:?}")]
    OtherSchema(String),
    /// It is of a later version.
    #[error("the file has the schema {0:?}, this release reads {SCHEMA:?}")]
    NewerSchema(String),
    /// It is of a kind that this release does not know.
    #[error("the file is a proof of the kind {0:?}, which this release does not judge")]
    UnknownKind(String),
    /// It is of a tree that this release does not know.
    #[error("the file is a proof with the hash {0:?}, this release knows sha-256 and blake3")]
    UnknownHash(String),
}

impl FileError {
    pub(crate) const fn code(&self) -> &'static str {
        match self.exit() {
            Exit::No => "E-PROOF-FORMAT",
            Exit::Usage => "E-USAGE",
            _ => "E-PROOF-VERSION",
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::TooLong { .. }
            | Self::Malformed(_)
            | Self::Compact(_)
            | Self::Tlog(_)
            | Self::Bundle(_)
            | Self::OtherSchema(_) => Exit::No,
            Self::NotForTlog => Exit::Usage,
            Self::NewerSchema(_) | Self::UnknownKind(_) | Self::UnknownHash(_) => Exit::Format,
        }
    }
}

/// A proof, the roots it claims to lead to, and where it says it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFile {
    /// Where it says it comes from.
    pub source: Source,
    /// The type of the tree.
    pub tree: TreeType,
    /// What it proves.
    pub claim: Claim,
    /// A signed checkpoint of the tree, as it is written.
    pub checkpoint: Option<String>,
}

/// Where a proof comes from, as it says itself. Only a checkpoint vouches for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The network.
    pub network: Option<String>,
    /// The ledger, or `audit`.
    pub ledger: Option<String>,
}

impl Source {
    /// The origin of the tree's checkpoints.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let (network, ledger) = (self.network.as_ref()?, self.ledger.as_ref()?);
        Some(format!("{network}/{ledger}"))
    }
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, a line a member and hash.
    Json,
    /// JSON in one line.
    JsonLine,
    /// Binary.
    Compact,
    /// The text of C2SP tlog-proof: of inclusion proofs with a checkpoint alone.
    Tlog,
}

/// A file that was read: a tlog proof does not say which leaf it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A proof with all that it claims.
    Whole(ProofFile),
    /// A proof whose leaf hash is still to be told.
    Tlog(Box<TlogFile>),
    /// A proof bundle.
    Bundle(Box<ProofBundle>),
}

/// A tlog proof, and what its checkpoint states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogFile {
    pub(crate) proof: TlogProof,
    pub(crate) checkpoint: Checkpoint,
}

impl TlogFile {
    /// The proof as a claim about the leaf with this hash.
    #[must_use]
    pub fn of_leaf(&self, leaf: Hash) -> ProofFile {
        let proof = InclusionProof {
            leaf_index: self.proof.leaf_index,
            tree_size: self.checkpoint.size(),
            path: self.proof.path.clone(),
        };
        ProofFile {
            source: Source::default(),
            tree: TreeType::Sha256,
            claim: Claim::Inclusion {
                leaf,
                root: *self.checkpoint.root(),
                proof,
            },
            checkpoint: Some(self.proof.checkpoint.to_string()),
        }
    }
}

impl Decoded {
    /// Reads a file in any form.
    ///
    /// # Errors
    /// Every [`FileError`] but [`FileError::NotForTlog`].
    pub fn of(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() as u64 > FILE_LEN_MAX {
            let limit = FILE_LEN_MAX;
            return Err(FileError::TooLong { limit });
        }
        if bytes.starts_with(TLOG_START) {
            let text = str::from_utf8(bytes).map_err(|_| TlogProofError::NotAProof)?;
            let proof: TlogProof = text.parse()?;
            let checkpoint: Result<Checkpoint, _> = proof.checkpoint.text().parse();
            let checkpoint = checkpoint.map_err(|e| TlogProofError::Note(e.into()))?;
            return Ok(Self::Tlog(Box::new(TlogFile { proof, checkpoint })));
        }
        if compact::is_compact(bytes) {
            return Ok(Self::Whole(compact::decode(bytes)?));
        }
        if ProofBundle::is_compact(bytes) {
            return Ok(Self::Bundle(Box::new(ProofBundle::from_compact(bytes)?)));
        }
        if json::kind(bytes).as_deref() == Some("bundle") {
            return Ok(Self::Bundle(Box::new(ProofBundle::from_json(bytes)?)));
        }
        Ok(Self::Whole(json::decode(bytes)?))
    }
}

impl ProofFile {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`FileError::NotForTlog`]; [`FileError::Compact`] where it is too large for that form.
    pub fn encode(&self, form: Form) -> Result<Vec<u8>, FileError> {
        match form {
            Form::Json => json::encode(self, false),
            Form::JsonLine => json::encode(self, true),
            Form::Compact => Ok(compact::encode(self)?),
            Form::Tlog => self.to_tlog(),
        }
    }

    fn to_tlog(&self) -> Result<Vec<u8>, FileError> {
        let (Claim::Inclusion { proof, .. }, TreeType::Sha256, Some(checkpoint)) =
            (&self.claim, self.tree, &self.checkpoint)
        else {
            return Err(FileError::NotForTlog);
        };
        let checkpoint = merkle_log::note::SignedNote::parse(checkpoint.as_bytes());
        let proof = TlogProof {
            leaf_index: proof.leaf_index,
            path: proof.path.clone(),
            extra: None,
            checkpoint: checkpoint.map_err(TlogProofError::Note)?,
        };
        Ok(proof.to_string().into_bytes())
    }
}
