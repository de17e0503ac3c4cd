//! Proof files (C2SP tlog-proof): an inclusion proof with the checkpoint it leads to.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <Base64>             only if there is any
//! index <leaf index>
//! <a hash in Base64>         as many as the path has
//!
//! <the checkpoint, a signed note>
//! ```

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::ProofError;
use crate::hash::Hash;
use crate::index::LeafIndex;
use crate::note::{NoteError, SignedNote, parse_decimal, parse_hash};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// No path is longer: trees have less than 2^64 leaves.
const PATH_LEN_MAX: usize = 64;

/// A text is not a proof file, or what it says does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlogProofError {
    /// The first line is not that of a proof file of this version.
    #[error("not a tlog proof, version 1")]
    NotAProof,
    /// A line before the checkpoint is not what it must be.
    #[error("line {line} of the tlog proof is malformed")]
    BadLine {
        /// The line, from 0.
        line: usize,
    },
    /// There are more hashes than any path has.
    #[error("more than {limit} hashes")]
    PathTooLong {
        /// The most there can be.
        limit: usize,
    },
    /// The checkpoint cannot be read or trusted.
    #[error("checkpoint of the tlog proof")]
    Note(#[from] NoteError),
    /// The path does not lead to the checkpoint's root.
    #[error("path of the tlog proof")]
    Path(#[from] ProofError),
}

/// The contents of a proof file. It proves nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// The leaf.
    pub leaf_index: LeafIndex,
    /// The hashes of the siblings on the way from the leaf to the root.
    pub path: Vec<Hash>,
    /// What the application added. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The checkpoint of the tree that the leaf is in.
    pub checkpoint: SignedNote,
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.leaf_index)?;
        for hash in &self.path {
            writeln!(f, "{}", STANDARD.encode(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    /// Reads a proof file, just as it is written.
    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(TlogProofError::NotAProof)?;
        let mut lines = head.split('\n').enumerate().peekable();
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(TlogProofError::NotAProof);
        }
        let mut extra = None;
        if let Some((line, content)) = lines.next_if(|(_, line)| line.starts_with("extra ")) {
            let content = content.get("extra ".len()..).unwrap_or_default();
            let decoded = STANDARD.decode(content);
            extra = Some(decoded.map_err(|_| TlogProofError::BadLine { line })?);
        }
        let (line, index) = lines.next().ok_or(TlogProofError::NotAProof)?;
        let index = index
            .strip_prefix("index ")
            .and_then(parse_decimal)
            .ok_or(TlogProofError::BadLine { line })?;
        let mut path = Vec::new();
        for (line, content) in lines {
            if path.len() == PATH_LEN_MAX {
                let limit = PATH_LEN_MAX;
                return Err(TlogProofError::PathTooLong { limit });
            }
            path.push(parse_hash(content).ok_or(TlogProofError::BadLine { line })?);
        }
        Ok(Self {
            leaf_index: LeafIndex(index),
            path,
            extra,
            checkpoint: SignedNote::parse(checkpoint.as_bytes())?,
        })
    }
}
