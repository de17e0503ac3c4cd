//! Handovers: what carries trust from one committee to the next (FORMAT.md section 15).
//!
//! ```text
//! handover   "LHO1" | header bytes | certificate bytes | nodes u16, each: bytes
//! chain      "LCC1" | handovers u16, each: bytes | certificate
//! ```
//!
//! A handover is the header of the last block of an epoch, a certificate of it by the committee of that
//! epoch, and the proof, under the state root of the ledger `pool` in that header, of who votes in the
//! next one. There is one for each epoch after which others vote. A chain stands where a certificate
//! does, and brings the handovers that lead to its signers.
//!
//! Invariants:
//!
//! - a handover is taken only from the committee that trust has come to, so whoever holds the genesis
//!   needs nobody's word;
//! - nothing here shares code with what makes certificates and proofs.

use ledger::bundle::CertificateError;
use patricia_state::{ProofError, ProofNodes, StateProof, StateScheme, StateSuite};

use crate::certificate::Certificate;
use crate::committee::{Committee, NODES_KEY, NODES_LEDGER};
use crate::header::Header;
use crate::wire::{FormError, Input, put_bytes};

/// Handovers that stand before one certificate are at most this many.
pub const HANDOVERS_MAX: usize = 4096;
/// The longest handover, in bytes.
pub const HANDOVER_LEN_MAX: usize = 1 << 17;

const MAGIC: &[u8] = b"LHO1";
const CHAIN_MAGIC: &[u8] = b"LCC1";
/// Nodes on the way to one key: more than 64 nibbles and their extensions make.
const PROOF_NODES_MAX: usize = 256;

/// Says who votes from an epoch on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The header of the last block of the epoch before.
    pub header: Header,
    /// Its certificate, by those who voted in that epoch.
    pub certificate: Certificate,
    /// The nodes as RLP, the root first, that lead to the committee in the state of that block.
    pub proof: Vec<Vec<u8>>,
}

/// A handover carries no trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverError {
    /// It is of another network.
    #[error("it is of another network")]
    OtherNetwork,
    /// Its header is not the last one of an epoch.
    #[error("height {height} is not the last of epoch {epoch}")]
    NotTheLast {
        /// The height of its header.
        height: u64,
        /// The epoch of its header.
        epoch: u64,
    },
    /// Header and certificate are of two epochs.
    #[error("the header is of epoch {header}, the certificate of epoch {certificate}")]
    TwoEpochs {
        /// The epoch of the header.
        header: u64,
        /// The epoch of the certificate.
        certificate: u64,
    },
    /// It ends an epoch before the one that trust has come to.
    #[error("it ends epoch {epoch}, and trust has come to epoch {known}")]
    OutOfOrder {
        /// The epoch that it ends.
        epoch: u64,
        /// The first epoch of the last committee that is known.
        known: u64,
    },
    /// Another one of the same epoch was taken.
    #[error("another committee of epoch {epoch} is known")]
    Contradicts {
        /// The first epoch of the committee.
        epoch: u64,
    },
    /// The certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The header has no ledger of nodes.
    #[error("the header has no ledger {NODES_LEDGER}")]
    NoLedger,
    /// The proof does not hold.
    #[error("the proof of the nodes: {0}")]
    Proof(#[from] ProofError),
    /// The proof shows that there are no nodes.
    #[error("the state names no nodes")]
    NoNodes,
    /// What the proof shows is no committee.
    #[error("{0}")]
    Form(#[from] FormError),
    /// The same committee goes on.
    #[error("it names the committee that votes already")]
    NothingNew,
    /// A key of the committee is none.
    #[error("the key of a node's votes is none that can be used")]
    Key,
}

impl Handover {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        put_bytes(&mut bytes, &self.header.encode());
        put_bytes(&mut bytes, &self.certificate.encode());
        let count = u16::try_from(self.proof.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for node in &self.proof {
            put_bytes(&mut bytes, node);
        }
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a handover.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("handover", MAGIC, bytes)?;
        if bytes.len() > HANDOVER_LEN_MAX {
            return Err(input.field("length", 0));
        }
        let header = Header::decode(input.bytes()?)?;
        let certificate = Certificate::decode(input.bytes()?)?;
        let at = input.at();
        let count = usize::from(u16::from_le_bytes(input.array()?));
        if count > PROOF_NODES_MAX {
            return Err(input.field("number of nodes", at));
        }
        let mut proof = Vec::new();
        for _ in 0..count {
            proof.push(input.bytes()?.to_vec());
        }
        input.finish()?;
        Ok(Self {
            header,
            certificate,
            proof,
        })
    }

    /// The committee that the proof shows, under the state root that the header has.
    pub(crate) fn committee(&self) -> Result<Committee, HandoverError> {
        let mut ledgers = self.header.ledgers.iter();
        let pool = ledgers.find(|ledger| ledger.name.as_str() == NODES_LEDGER);
        let root = pool.ok_or(HandoverError::NoLedger)?.state_root;
        let proof = StateProof(ProofNodes::new(self.proof.clone()));
        let scheme = StateScheme::from(StateSuite::Blake3);
        let verified = proof.verify(scheme, root.as_bytes(), &[NODES_KEY])?;
        let value = verified.get(NODES_KEY).ok().flatten();
        Ok(Committee::decode(value.ok_or(HandoverError::NoNodes)?)?)
    }
}

/// A certificate, with the handovers that lead to its signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateChain {
    /// The handovers, in order; none if the nodes of the genesis signed.
    pub handovers: Vec<Handover>,
    /// The certificate.
    pub certificate: Certificate,
}

impl CertificateChain {
    /// The canonical bytes: those of the certificate, if there are no handovers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let certificate = self.certificate.encode();
        if self.handovers.is_empty() {
            return certificate;
        }
        let mut bytes = CHAIN_MAGIC.to_vec();
        let count = u16::try_from(self.handovers.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for handover in &self.handovers {
            put_bytes(&mut bytes, &handover.encode());
        }
        bytes.extend_from_slice(&certificate);
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a chain.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut handovers = Vec::new();
        if !bytes.starts_with(CHAIN_MAGIC) {
            let certificate = Certificate::decode(bytes)?;
            return Ok(Self {
                handovers,
                certificate,
            });
        }
        let mut input = Input::new("certificate chain", CHAIN_MAGIC, bytes)?;
        let at = input.at();
        let count = usize::from(u16::from_le_bytes(input.array()?));
        if count == 0 || count > HANDOVERS_MAX {
            return Err(input.field("number of handovers", at));
        }
        for _ in 0..count {
            handovers.push(Handover::decode(input.bytes()?)?);
        }
        Ok(Self {
            handovers,
            certificate: Certificate::decode(input.rest())?,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
