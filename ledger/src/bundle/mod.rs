//! Proof bundles: one fact of one ledger, proven all the way to something a stranger can trust.
//!
//! ```text
//! entry or key  ->  ledger root or state root  ->  commit body  ->  audit root  ->  checkpoint, or
//!                                                                               header and certificate
//! ```
//!
//! A bundle is plain data that anybody may fill in: what it says counts only once it was
//! [verified](ProofBundle::verify). Sizes, tree types, suites and names are taken from the commit
//! body and from nowhere else, as the audit root fixes the body and a root alone fixes none of them.
//!
//! - `verify` checks a bundle; it needs no store and shares nothing with the prover
//!   (`Snapshot::bundle_entry`, `Snapshot::bundle_key`) but this plain data;
//! - `compact` and `json` are the two forms of a bundle as a file (FORMAT.md section 13).

mod certificate;
mod compact;
mod error;
mod hex;
mod json;
mod verify;

use alloc::string::String;
use alloc::vec::Vec;

use merkle_log::{Hash, LeafIndex, TreeSize};

use crate::names::LedgerName;

pub use certificate::{CertificateError, CertificateVerifier, CertifiedRoot};
pub use error::{BundleError, BundleFormError};
pub use verify::{BundleTrust, BundleVerdict, Doubt, Fact, Proven};

/// The longest bundle that is read, in bytes.
pub const BUNDLE_LEN_MAX: usize = 1 << 26;

/// One fact with its proof. It proves nothing until it was [verified](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofBundle {
    /// The ledger that the fact is of.
    pub ledger: LedgerName,
    /// What is proven, up to the ledger's root or state root.
    pub subject: Subject,
    /// The canonical bytes of the commit body that has those roots.
    pub body: Vec<u8>,
    /// Commits of the audit tree that the body is proven to be in: at least its own height.
    pub audit_size: TreeSize,
    /// The path from the body, leaf height - 1, to the root of that audit tree.
    pub audit_path: Vec<Hash>,
    /// What vouches for that root.
    pub evidence: Evidence,
}

/// What a bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An entry stands at an index of the ledger.
    Entry {
        /// The index.
        leaf_index: LeafIndex,
        /// The entry.
        entry: Vec<u8>,
        /// The path from the entry to the ledger's root.
        path: Vec<Hash>,
    },
    /// A key has a value in the ledger's state, or none.
    State {
        /// The key, as the caller of the store gave it.
        key: Vec<u8>,
        /// Its value; `None` where it is absent.
        value: Option<Vec<u8>>,
        /// The nodes on the key's path as RLP, the root first.
        nodes: Vec<Vec<u8>>,
    },
}

/// What a bundle brings along to vouch for its audit root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing: the reader has the audit root.
    None,
    /// A signed checkpoint of the audit tree, origin `<network id>/audit`, as it is written.
    Checkpoint(String),
    /// A block header that carries the audit root, and the certificate that it is final.
    Finality {
        /// The header, in the form of the replication layer.
        header: Vec<u8>,
        /// The certificate.
        certificate: Vec<u8>,
    },
}
