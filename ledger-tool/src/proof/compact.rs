//! The compact form of a proof file.
//!
//! # Format
//!
//! Integers are little-endian. A text is its length as u32 and its UTF-8; the empty text stands for
//! none.
//!
//! ```text
//! "LTP1" | tree type u8 | network text | ledger text | checkpoint text
//!        | count u32 | count hashes, leaves before roots | the proof in merkle-log's compact form
//!        | CRC-32 of all before
//! ```
//!
//! Invariant: each file has one encoding, and no other bytes decode.

use merkle_log::{CompactError, Hash, Proof, TreeType};

use super::claim::Claim;
use super::file::{ProofFile, Source};

const MAGIC: &[u8; 4] = b"LTP1";

/// Bytes are not the compact form of a proof file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompactFileError {
    /// It ends early.
    #[error("it ends within its {0}")]
    CutOff(&'static str),
    /// Its bytes were altered.
    #[error("its check is {computed:08x}, expected {expected:08x}")]
    WrongCheck {
        /// The check in the last bytes.
        expected: u32,
        /// The check of the bytes before.
        computed: u32,
    },
    /// A text is not UTF-8.
    #[error("its {0} is not text")]
    NotText(&'static str),
    /// It is of a tree that this release does not know.
    #[error("it is of the tree type {0}, which this release does not know")]
    UnknownTree(u8),
    /// The hashes are not those that a proof of its kind needs.
    #[error("it has not the hashes that its proof needs, or a proof of another kind")]
    Mismatched,
    /// The proof itself.
    #[error("{0}")]
    Proof(#[from] CompactError),
    /// It is too large for this form.
    #[error("it is too large for this form")]
    TooLarge,
}

pub(super) fn is_compact(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

pub(super) fn encode(file: &ProofFile) -> Result<Vec<u8>, CompactFileError> {
    let mut bytes = MAGIC.to_vec();
    bytes.push(file.tree.code());
    let Source { network, ledger } = &file.source;
    for text in [network, ledger, &file.checkpoint] {
        let text = text.as_deref().unwrap_or_default();
        put_len(&mut bytes, text.len())?;
        bytes.extend(text.as_bytes());
    }
    let (hashes, proof) = file.claim.parts();
    put_len(&mut bytes, hashes.len())?;
    bytes.extend(hashes.iter().flat_map(Hash::as_bytes));
    bytes.extend(proof.to_compact()?);
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes)
}

fn put_len(bytes: &mut Vec<u8>, len: usize) -> Result<(), CompactFileError> {
    let len = u32::try_from(len).map_err(|_| CompactFileError::TooLarge)?;
    bytes.extend(len.to_le_bytes());
    Ok(())
}

pub(super) fn decode(bytes: &[u8]) -> Result<ProofFile, CompactFileError> {
    let cut_off = CompactFileError::CutOff("check");
    let (checked, stored) = bytes.split_last_chunk().ok_or(cut_off)?;
    let (expected, computed) = (u32::from_le_bytes(*stored), crc32fast::hash(checked));
    if expected != computed {
        return Err(CompactFileError::WrongCheck { expected, computed });
    }
    let mut rest = Rest(checked);
    rest.take(MAGIC.len(), "first bytes")?;
    let code = rest.take(1, "tree type")?.first().copied().unwrap_or(0);
    let tree = TreeType::from_code(code).ok_or(CompactFileError::UnknownTree(code))?;
    let network = rest.text("network")?;
    let ledger = rest.text("ledger")?;
    let checkpoint = rest.text("checkpoint")?;
    let count = rest.len("hashes")?;
    let hashes = rest.take(count.saturating_mul(Hash::LEN), "hashes")?;
    let (hashes, _) = hashes.as_chunks();
    let hashes = hashes.iter().copied().map(Hash::new).collect();
    let proof = Proof::from_compact(rest.0)?;
    Ok(ProofFile {
        source: Source { network, ledger },
        tree,
        claim: Claim::of_parts(hashes, proof).ok_or(CompactFileError::Mismatched)?,
        checkpoint,
    })
}

/// The bytes that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], CompactFileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .ok_or(CompactFileError::CutOff(what))?;
        self.0 = rest;
        Ok(taken)
    }

    fn len(&mut self, what: &'static str) -> Result<usize, CompactFileError> {
        let (len, rest) = self
            .0
            .split_first_chunk()
            .ok_or(CompactFileError::CutOff(what))?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*len)).map_err(|_| CompactFileError::CutOff(what))
    }

    fn text(&mut self, what: &'static str) -> Result<Option<String>, CompactFileError> {
        let len = self.len(what)?;
        let text = str::from_utf8(self.take(len, what)?);
        let text = text.map_err(|_| CompactFileError::NotText(what))?;
        Ok((len > 0).then(|| text.to_owned()))
    }
}
