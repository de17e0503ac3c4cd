//! Why a bundle cannot be read, and why it proves nothing.

use merkle_log::note::NoteError;
use merkle_log::{Hash, ProofError, TreeSize};

use super::certificate::CertificateError;
use crate::body::BodyError;
use crate::names::{LedgerName, NameError, NetworkId};

/// Bytes are not a bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleFormError {
    /// They begin like no bundle.
    #[error("not a proof bundle")]
    NotABundle,
    /// There are more or fewer bytes than the form states or than its fields take.
    #[error("{got} bytes where the bundle has {expected}")]
    WrongLength {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// The bytes were altered.
    #[error("check of the bundle is {computed:08x}, expected {expected:08x}")]
    WrongCheck {
        /// The check in the last bytes.
        expected: u32,
        /// The check of the bytes before.
        computed: u32,
    },
    /// The fields are not those of a bundle.
    #[error("the fields are not those of a bundle")]
    Malformed,
    /// It is longer than any bundle that is read.
    #[error("a bundle of more than {limit} bytes")]
    TooLarge {
        /// The most bytes there can be.
        limit: u64,
    },
    /// It is not JSON, or has not the members of a bundle.
    #[error("not the JSON of a bundle: {0}")]
    Json(#[from] serde_json::Error),
    /// A member that must hold bytes in lower-case hex does not.
    #[error("{member} is not lower-case hex")]
    NotHex {
        /// Which member.
        member: &'static str,
    },
    /// A name of a ledger is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// A bundle does not hold, or not against what its reader trusts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The commit body does not decode.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The commit has no such ledger.
    #[error("the commit at height {height} has no ledger {name}")]
    NoSuchLedger {
        /// The height of the commit.
        height: u64,
        /// The ledger.
        name: LedgerName,
    },
    /// The ledger has no state.
    #[error("the ledger {name} has no state")]
    NoState {
        /// The ledger.
        name: LedgerName,
    },
    /// The entry does not lead to the ledger's root.
    #[error("the entry: {0}")]
    Entry(#[source] ProofError),
    /// The nodes do not lead to the ledger's state root.
    #[error("the key: {0}")]
    State(#[from] patricia_state::ProofError),
    /// The state has another value for the key, or none, or one after all.
    #[error("the state does not have this value for the key")]
    OtherValue,
    /// The body is in no audit tree of that size.
    #[error("the commit body: {0}")]
    Audit(#[source] ProofError),
    /// The bundle is of another network.
    #[error("the bundle is of the network {got}, not {expected}")]
    OtherNetwork {
        /// The network that was expected.
        expected: NetworkId,
        /// The bundle's.
        got: NetworkId,
    },
    /// The bundle leads to another audit root than it should.
    #[error(
        "the bundle leads to the audit root {got}@{got_size}, the {source_of} has {expected}@{expected_size}"
    )]
    OtherAuditRoot {
        /// Where the root was expected from.
        source_of: &'static str,
        /// The root there.
        expected: Hash,
        /// The size there.
        expected_size: TreeSize,
        /// The root that the bundle leads to.
        got: Hash,
        /// The size that it states.
        got_size: TreeSize,
    },
    /// The checkpoint cannot be read or trusted.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The checkpoint is not of the network's audit tree.
    #[error("the checkpoint is not of {network}/audit")]
    OtherOrigin {
        /// The network of the commit body.
        network: NetworkId,
    },
    /// The certificate does not make the header final.
    #[error("the certificate: {0}")]
    Certificate(#[from] CertificateError),
}
