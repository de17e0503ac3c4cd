//! Finality certificates, checked by whoever knows the consensus engine's keys.

use merkle_log::Hash;

use crate::names::NetworkId;

/// What a final block header fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedRoot {
    /// The network whose validators made it final.
    pub network: NetworkId,
    /// Its height: the size of the audit tree after its commit.
    pub height: u64,
    /// The root of the audit tree after its commit.
    pub audit_root: Hash,
}

/// Checks that a header is final. Implemented by the replication layer; this crate knows no engine.
pub trait CertificateVerifier {
    /// Says what a header fixes, if the certificate makes it final for a network that the verifier
    /// trusts.
    ///
    /// # Errors
    /// Why it does not.
    fn verify(&self, header: &[u8], certificate: &[u8]) -> Result<CertifiedRoot, CertificateError>;
}

/// A certificate does not make a header final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Header or certificate do not decode.
    #[error("the {what} does not decode")]
    Malformed {
        /// Which of them.
        what: &'static str,
    },
    /// The certificate is for another header, or wrongly signed.
    #[error("the certificate is not one of this header by the known validators")]
    WrongSignature,
    /// Not as many validators signed as must have.
    #[error("{got} of the validators signed, {needed} must have")]
    TooFewSigners {
        /// How many must sign.
        needed: u64,
        /// How many did.
        got: u64,
    },
    /// Header, height and certificate are not of one epoch: a time with the same validators.
    #[error("the header of epoch {epoch} has a height or a certificate of another")]
    WrongEpoch {
        /// The epoch of the header.
        epoch: u64,
    },
    /// What says that other validators follow does not hold.
    #[error("the handover after epoch {epoch} does not hold")]
    Handover {
        /// The epoch that it ends.
        epoch: u64,
    },
}
