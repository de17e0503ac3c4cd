//! Verifying a bundle: no store, no clock, nothing but its bytes and what the reader trusts.
//!
//! Invariants:
//!
//! - a bundle is valid only where something from outside it vouches for its audit root;
//! - everything that a verdict names (network, ledger, height, time, index, key, value) is fixed by
//!   that root: none of it is taken from the bundle's word;
//! - whatever evidence a bundle carries must agree with it, even where nobody can check who made it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use merkle_log::note::{Checkpoint, Quorum, SignedNote};
use merkle_log::{Hash, InclusionProof, LeafIndex, TreeSize, TreeType};
use patricia_state::{ProofNodes, StateProof};

use super::certificate::CertificateVerifier;
use super::error::BundleError;
use super::{Evidence, ProofBundle, Subject};
use crate::body::{CommitBody, LedgerRoots};
use crate::names::{LedgerName, NetworkId};

/// What the reader of a bundle has from outside it.
#[derive(Clone, Default)]
pub struct BundleTrust<'a> {
    /// The network that the bundle must be of; any, if it is not given.
    pub network: Option<NetworkId>,
    /// The root of the audit tree of that many commits.
    pub audit_root: Option<(TreeSize, Hash)>,
    /// Who must have signed the checkpoint in the bundle.
    pub checkpoints: Option<Quorum>,
    /// Who can tell whether the header in the bundle is final.
    pub certificates: Option<&'a dyn CertificateVerifier>,
    /// The bundle must speak of a commit of this time or later, in milliseconds since
    /// 1970-01-01T00:00:00Z.
    pub not_before_ms: Option<u64>,
}

impl core::fmt::Debug for BundleTrust<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BundleTrust")
            .field("network", &self.network)
            .field("audit_root", &self.audit_root)
            .field("checkpoints", &self.checkpoints)
            .field("certificates", &self.certificates.is_some())
            .field("not_before_ms", &self.not_before_ms)
            .finish()
    }
}

/// What came of verifying a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a bundle says nothing before its verdict was looked at"]
pub enum BundleVerdict<'a> {
    /// It holds, and something that the reader trusts vouches for it.
    Valid(Proven<'a>),
    /// Its parts fit together, but that is all: anybody could have made it.
    Consistent(Proven<'a>, Doubt),
    /// It does not hold.
    Invalid(BundleError),
}

/// Why a bundle that fits together is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing from outside the bundle vouches for its audit root.
    NothingTrusted,
    /// Its commit is older than the reader allows.
    Stale {
        /// The time of the commit, in milliseconds since 1970-01-01T00:00:00Z.
        time_ms: u64,
        /// The earliest time that the reader allows.
        not_before_ms: u64,
    },
}

/// What a bundle proves, if its audit root is the network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven<'a> {
    body: CommitBody,
    ledger: &'a LedgerName,
    fact: Fact<'a>,
    audit: (TreeSize, Hash),
    signers: Vec<String>,
}

/// A fact about a ledger at one height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// The entry stands at the index.
    Entry {
        /// The index.
        leaf_index: LeafIndex,
        /// The entry.
        entry: &'a [u8],
    },
    /// The key has the value.
    Present {
        /// The key.
        key: &'a [u8],
        /// The value.
        value: &'a [u8],
    },
    /// The key is absent.
    Absent {
        /// The key.
        key: &'a [u8],
    },
}

impl<'a> Proven<'a> {
    /// The network.
    #[must_use]
    pub const fn network(&self) -> &NetworkId {
        &self.body.network
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &'a LedgerName {
        self.ledger
    }

    /// The height of the commit whose roots the fact was proven against.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.body.height
    }

    /// The time of that commit, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn time_ms(&self) -> u64 {
        self.body.time_ms
    }

    /// The fact.
    #[must_use]
    pub const fn fact(&self) -> Fact<'a> {
        self.fact
    }

    /// That commit's body.
    #[must_use]
    pub const fn body(&self) -> &CommitBody {
        &self.body
    }

    /// The audit root that all of it leads to, and the size of its tree.
    #[must_use]
    pub const fn audit_root(&self) -> (TreeSize, Hash) {
        self.audit
    }

    /// The names of the trusted keys that signed the checkpoint, if there were such keys.
    #[must_use]
    pub fn signers(&self) -> &[String] {
        &self.signers
    }
}

impl ProofBundle {
    /// Checks the bundle and holds it against what the reader trusts. O(size of the bundle).
    pub fn verify(&self, trust: &BundleTrust<'_>) -> BundleVerdict<'_> {
        match self.judge(trust) {
            Ok((proven, None)) => BundleVerdict::Valid(proven),
            Ok((proven, Some(doubt))) => BundleVerdict::Consistent(proven, doubt),
            Err(error) => BundleVerdict::Invalid(error),
        }
    }

    fn judge(&self, trust: &BundleTrust<'_>) -> Result<(Proven<'_>, Option<Doubt>), BundleError> {
        let body = CommitBody::decode(&self.body)?;
        let fact = self.fact(&body)?;
        let audit = (self.audit_size, self.audit_root(&body)?);
        if let Some(expected) = &trust.network
            && *expected != body.network
        {
            let (expected, got) = (expected.clone(), body.network);
            return Err(BundleError::OtherNetwork { expected, got });
        }
        let mut vouched = false;
        if let Some(expected) = trust.audit_root {
            same_root("reader", expected, audit)?;
            vouched = true;
        }
        let mut signers = Vec::new();
        match &self.evidence {
            Evidence::None => {}
            Evidence::Checkpoint(text) => {
                let quorum = trust.checkpoints.as_ref();
                signers = check_checkpoint(text, &body.network, audit, quorum)?;
                vouched |= quorum.is_some();
            }
            Evidence::Finality {
                header,
                certificate,
            } => {
                if let Some(verifier) = trust.certificates {
                    check_finality(verifier, header, certificate, &body.network, audit)?;
                    vouched = true;
                }
            }
        }
        let time_ms = body.time_ms;
        let doubt = match trust.not_before_ms {
            _ if !vouched => Some(Doubt::NothingTrusted),
            Some(not_before_ms) if time_ms < not_before_ms => Some(Doubt::Stale {
                time_ms,
                not_before_ms,
            }),
            _ => None,
        };
        let proven = Proven {
            body,
            ledger: &self.ledger,
            fact,
            audit,
            signers,
        };
        Ok((proven, doubt))
    }

    /// What the roots in the body say of the subject.
    fn fact(&self, body: &CommitBody) -> Result<Fact<'_>, BundleError> {
        let name = || self.ledger.clone();
        let missing = || BundleError::NoSuchLedger {
            height: body.height,
            name: name(),
        };
        let roots = body.ledger(self.ledger.as_str()).ok_or_else(missing)?;
        match &self.subject {
            Subject::Entry {
                leaf_index,
                entry,
                path,
            } => {
                let proof = InclusionProof {
                    leaf_index: *leaf_index,
                    tree_size: TreeSize(roots.size),
                    path: path.clone(),
                };
                let leaf = roots.tree.leaf(entry);
                let verified = proof.verify(roots.tree, &leaf, &roots.root);
                let leaf_index = verified.map_err(BundleError::Entry)?.leaf_index();
                Ok(Fact::Entry { leaf_index, entry })
            }
            Subject::State { key, value, nodes } => {
                let value = value.as_deref();
                check_state(roots, key, value, nodes)?;
                Ok(match value {
                    Some(value) => Fact::Present { key, value },
                    None => Fact::Absent { key },
                })
            }
        }
    }

    /// The root of the audit tree that the body is in.
    fn audit_root(&self, body: &CommitBody) -> Result<Hash, BundleError> {
        let proof = InclusionProof {
            // Heights are at least 1.
            leaf_index: LeafIndex(body.audit_size_before()),
            tree_size: self.audit_size,
            path: self.audit_path.clone(),
        };
        let leaf = TreeType::Sha256.leaf(&self.body);
        let root = proof.computed_root(TreeType::Sha256, &leaf);
        root.map_err(BundleError::Audit)
    }
}

fn check_state(
    roots: &LedgerRoots,
    key: &[u8],
    value: Option<&[u8]>,
    nodes: &[Vec<u8>],
) -> Result<(), BundleError> {
    let name = || roots.name.clone();
    let scheme = roots
        .state
        .ok_or_else(|| BundleError::NoState { name: name() })?;
    let proof = StateProof(ProofNodes::new(nodes.to_vec()));
    let verified = proof.verify(scheme, roots.state_root.as_bytes(), &[key])?;
    if verified.get(key) == Ok(value) {
        Ok(())
    } else {
        Err(BundleError::OtherValue)
    }
}

/// Whether the checkpoint is of this audit tree; the names of the known keys that signed it.
fn check_checkpoint(
    text: &str,
    network: &NetworkId,
    audit: (TreeSize, Hash),
    quorum: Option<&Quorum>,
) -> Result<Vec<String>, BundleError> {
    let note = SignedNote::parse(text.as_bytes())?;
    let parsed: Result<Checkpoint, _> = note.text().parse();
    let checkpoint = parsed.map_err(|e| BundleError::Checkpoint(e.into()))?;
    if checkpoint.origin() != format!("{network}/audit") {
        let network = network.clone();
        return Err(BundleError::OtherOrigin { network });
    }
    let stated = (checkpoint.size(), *checkpoint.root());
    same_root("checkpoint", stated, audit)?;
    let Some(quorum) = quorum else {
        return Ok(Vec::new());
    };
    let verified = quorum.verify_checkpoint(&note)?;
    let signatures = verified.signatures().iter();
    let mut signers: Vec<String> = signatures.map(|s| s.key().name().to_string()).collect();
    signers.dedup();
    Ok(signers)
}

/// Whether the header is final and carries this audit root.
fn check_finality(
    verifier: &dyn CertificateVerifier,
    header: &[u8],
    certificate: &[u8],
    network: &NetworkId,
    audit: (TreeSize, Hash),
) -> Result<(), BundleError> {
    let certified = verifier.verify(header, certificate)?;
    if certified.network != *network {
        return Err(BundleError::OtherNetwork {
            expected: certified.network,
            got: network.clone(),
        });
    }
    let stated = (TreeSize(certified.height), certified.audit_root);
    same_root("header", stated, audit)
}

fn same_root(
    source_of: &'static str,
    expected: (TreeSize, Hash),
    got: (TreeSize, Hash),
) -> Result<(), BundleError> {
    if expected == got {
        return Ok(());
    }
    let ((expected_size, expected), (got_size, got)) = (expected, got);
    Err(BundleError::OtherAuditRoot {
        source_of,
        expected,
        expected_size,
        got,
        got_size,
    })
}
