//! Making proof bundles from a snapshot. Verifying them is in [`crate::bundle`], which shares none
//! of this.

use alloc::vec::Vec;

use merkle_log::{LeafIndex, TreeSize};

use super::snapshot::Snapshot;
use crate::bundle::{Evidence, ProofBundle, Subject};
use crate::error::{Error, Result};

impl Snapshot {
    /// Proves an entry of a ledger as of `height`, up to the audit root after `audit_size` commits:
    /// a checkpoint or a certificate of any later height vouches for it. The bundle carries no
    /// evidence yet.
    ///
    /// # Errors
    /// [`Error::NoSuchHeight`], [`Error::NoSuchLedger`], [`Error::OutOfRange`]; [`Error::Log`] where
    /// the log has to answer and is damaged.
    pub fn bundle_entry(
        &self,
        ledger: &str,
        index: LeafIndex,
        height: u64,
        audit_size: TreeSize,
    ) -> Result<ProofBundle> {
        let then = self.at_height(height)?;
        let tree = then.ledger(ledger)?;
        let subject = Subject::Entry {
            leaf_index: index,
            path: tree.prove_inclusion(index, tree.size())?.path,
            entry: tree.entry(index)?,
        };
        self.bundle(ledger, subject, height, audit_size)
    }

    /// Proves the value of a key in a ledger's state as of `height`, or that it is absent, up to the
    /// audit root after `audit_size` commits. The bundle carries no evidence yet.
    ///
    /// # Errors
    /// As [`Snapshot::bundle_entry`], and [`Error::NoState`].
    pub fn bundle_key(
        &self,
        ledger: &str,
        key: &[u8],
        height: u64,
        audit_size: TreeSize,
    ) -> Result<ProofBundle> {
        let state = self.at_height(height)?.state(ledger)?;
        let subject = Subject::State {
            key: key.to_vec(),
            value: state.get(key)?.map(<[u8]>::to_vec),
            nodes: state.prove(&[key])?.0.nodes().to_vec(),
        };
        self.bundle(ledger, subject, height, audit_size)
    }

    fn bundle(
        &self,
        ledger: &str,
        subject: Subject,
        height: u64,
        audit_size: TreeSize,
    ) -> Result<ProofBundle> {
        let index = LeafIndex(height.saturating_sub(1));
        let audit = self.audit();
        let audit_path: Vec<_> = audit.prove_inclusion(index, audit_size)?.path;
        Ok(ProofBundle {
            ledger: ledger.parse().map_err(Error::Name)?,
            subject,
            body: audit.entry(index)?,
            audit_size,
            audit_path,
            evidence: Evidence::None,
        })
    }
}
