//! What a node that the genesis does not name asks of one that runs, before it starts.
//!
//! Invariant: what is asked is checked from the genesis on: handovers, certificates, and the proof of
//! who the nodes are. Whoever answers can be silent or late, and no more.

use std::net::SocketAddr;

use crate::client::{Client, ClientError, ClientOptions, NodeFault, NodeSet};
use crate::genesis::Genesis;
use crate::keys::NodeKeys;
use crate::names::Name;
use crate::node::Known;

/// A node cannot join.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// Who votes was not told, or not so that it holds.
    #[error("who votes now could not be learnt at {address}: {source}")]
    Handovers {
        /// Who was asked.
        address: SocketAddr,
        /// Why.
        #[source]
        source: NodeFault,
    },
    /// The nodes were not told, or not so that it holds.
    #[error("the nodes could not be learnt at {address}: {source}")]
    Nodes {
        /// Who was asked.
        address: SocketAddr,
        /// Why.
        #[source]
        source: ClientError,
    },
    /// The network has no node of this key.
    #[error(
        "the network has no node of the key {key}: it was removed, or `ledgerctl member add-node` is yet to be done"
    )]
    NotNamed {
        /// The key.
        key: crate::keys::Ed25519Key,
    },
    /// The network calls the node otherwise, or knows another key of its votes.
    #[error("the network knows this node as {alias}, with another {what}")]
    Otherwise {
        /// What it is called there.
        alias: Name,
        /// What is not the same.
        what: &'static str,
    },
}

/// What was learnt, and whom to ask for more.
pub(super) struct Joined {
    pub(super) known: Known,
    /// Time of the state that it was learnt from, in milliseconds since 1970-01-01T00:00:00Z: a
    /// certificate stands for it.
    pub(super) time_ms: u64,
    /// Asks the node at that address and all that were learnt, and knows the handovers.
    pub(super) client: Client,
}

/// Asks at one address who the nodes are, and whether this one is one of them.
pub(super) async fn ask(
    genesis: &Genesis,
    address: SocketAddr,
    options: ClientOptions,
    (alias, keys): (&Name, &NodeKeys),
    now_ms: impl Fn() -> u64,
) -> Result<Joined, JoinError> {
    let patience = options.patience;
    let asked = (genesis.file().name.clone(), address);
    let mut client = Client::asking(genesis.clone(), options, [asked]);
    let learnt = client.learn(0, patience).await;
    learnt.map_err(|source| JoinError::Handovers { address, source })?;
    let nodes = client.node_set(now_ms).await;
    let nodes = nodes.map_err(|source| JoinError::Nodes { address, source })?;
    is_named(&nodes, alias, keys)?;
    let voting = nodes.before.iter().flat_map(|before| before.nodes());
    let mut known: Vec<_> = nodes.next.nodes().iter().chain(voting).cloned().collect();
    known.sort_by_key(|node| node.ed25519);
    known.dedup_by_key(|node| node.ed25519);
    for node in &known {
        client.also(node.alias.clone(), node.client);
    }
    Ok(Joined {
        known: Known {
            height: nodes.found.height,
            nodes: known,
        },
        time_ms: nodes.found.time_ms,
        client,
    })
}

/// Whether the network knows a node as it knows itself.
fn is_named(nodes: &NodeSet, alias: &Name, keys: &NodeKeys) -> Result<(), JoinError> {
    let key = keys.identity();
    let before = nodes.before.as_ref();
    let found = nodes.next.by_key(&key);
    let found = found.or_else(|| before.and_then(|before| before.by_key(&key)));
    let found = found.ok_or(JoinError::NotNamed { key })?;
    let otherwise = |what| JoinError::Otherwise {
        alias: found.alias.clone(),
        what,
    };
    if found.alias != *alias {
        return Err(otherwise("name"));
    }
    if !keys.has(&found.bls) {
        return Err(otherwise("key for its votes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
