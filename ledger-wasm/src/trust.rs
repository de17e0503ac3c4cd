//! What the reader of a bundle trusts, as JSON.

use ledger::bundle::{BundleTrust, CertificateVerifier};
use merkle_log::note::{Quorum, VerifierKey, VerifierKeys};
use merkle_log::{Hash, TreeSize};
use replication::{Genesis, GenesisVerifier};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    network: Option<String>,
    audit_root: Option<Root>,
    keys: Vec<String>,
    /// How many of the keys must have signed.
    quorum: usize,
    /// The text of a network's genesis file.
    genesis: Option<String>,
    not_before_ms: Option<u64>,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            network: None,
            audit_root: None,
            keys: Vec::new(),
            quorum: 1,
            genesis: None,
            not_before_ms: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    tree_size: u64,
    root_hash: Hash,
}

/// What the reader trusts, all of it read.
pub(crate) struct Trust {
    nodes: Option<GenesisVerifier>,
    rest: BundleTrust<'static>,
}

impl Trust {
    pub(crate) fn of_bundles(&self) -> BundleTrust<'_> {
        let nodes = self.nodes.as_ref();
        BundleTrust {
            certificates: nodes.map(|nodes| nodes as &dyn CertificateVerifier),
            ..self.rest.clone()
        }
    }
}

/// Reads it. The error says which part cannot be read.
pub(crate) fn read(json: &[u8]) -> Result<Trust, String> {
    let document: Document =
        serde_json::from_slice(json).map_err(|error| format!("trust: {error}"))?;
    let genesis = document.genesis.as_deref().map(str::as_bytes);
    let genesis = genesis.map(Genesis::from_json).transpose();
    let genesis = genesis.map_err(|error| format!("trust: genesis: {error}"))?;
    let network = document.network.map(|network| network.parse());
    let network = network.transpose();
    let keys = document.keys.iter().map(|key| key.parse::<VerifierKey>());
    let keys = keys.collect::<Result<Vec<_>, _>>();
    let keys = keys.map_err(|error| format!("trust: keys: {error}"))?;
    // A quorum that can never be, or one of nobody, is a slip of whoever wrote it.
    let possible = 1..=keys.len().max(1);
    if !possible.contains(&document.quorum) {
        let (needed, known) = (document.quorum, keys.len());
        return Err(format!("trust: a quorum of {needed} of {known} keys"));
    }
    let checkpoints = (!keys.is_empty()).then(|| VerifierKeys::new(keys));
    let checkpoints = checkpoints.transpose();
    let checkpoints = checkpoints.map_err(|error| format!("trust: keys: {error}"))?;
    let rest = BundleTrust {
        network: network.map_err(|error| format!("trust: network: {error}"))?,
        audit_root: document
            .audit_root
            .map(|root| (TreeSize(root.tree_size), root.root_hash)),
        checkpoints: checkpoints.map(|keys| Quorum::new(keys, document.quorum)),
        certificates: None,
        not_before_ms: document.not_before_ms,
    };
    Ok(Trust {
        nodes: genesis.as_ref().map(GenesisVerifier::new),
        rest,
    })
}
