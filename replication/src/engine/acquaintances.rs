//! Whom a node talks to: those who vote, those who will, and for a while those who did.
//!
//! Invariants:
//!
//! - it follows from the commits of the node, besides what it was told when it started, of heights
//!   that it has not reached;
//! - whoever is in neither set is refused: nothing of them is read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use commonware_p2p::{Address, AddressableManager};
use commonware_utils::ordered::Map;
use tracing::{error, info};

use super::types::{Key, key};
use crate::committee::{Committee, CommitteeNode};
use crate::node::{Known, Replica, ReplicaError};

/// Heights of an epoch for which nodes that left with the one before are still talked to: so that they
/// hear of it.
const PARTING: u64 = 16;

/// The nodes that a node talks to.
pub(super) struct Acquaintances<P> {
    pub(super) network: P,
    pub(super) replica: Arc<Replica>,
    /// What the node was told when it started.
    pub(super) known: Option<Known>,
    /// The most that the network has room for, this node included.
    pub(super) most: usize,
    /// What the network was told last.
    pub(super) told: BTreeMap<Key, SocketAddr>,
}

impl<P: AddressableManager<PublicKey = Key>> Acquaintances<P> {
    /// Has the network talk to those whom the last commit makes acquaintances.
    pub(super) fn update(&mut self) -> Result<(), ReplicaError> {
        let height = self.replica.height();
        let nodes = self.nodes(height)?;
        if nodes == self.told {
            return Ok(());
        }
        info!(height, nodes = nodes.len(), "the nodes that are talked to");
        let addresses: Vec<(Key, Address)> = nodes
            .iter()
            .map(|(key, address)| (key.clone(), (*address).into()))
            .collect();
        // Keys of a map are there once.
        if let Ok(addresses) = Map::try_from(addresses) {
            // The network ends with the node.
            let _ = self.network.track(height, addresses);
        }
        self.told = nodes;
        Ok(())
    }

    fn nodes(&self, height: u64) -> Result<BTreeMap<Key, SocketAddr>, ReplicaError> {
        let genesis = &self.replica.genesis;
        let epoch = genesis.epoch_of(height + 1);
        let parting = epoch
            .checked_sub(1)
            .filter(|before| height < genesis.epoch_end(*before) + PARTING);
        let parting = match parting {
            Some(before) => self.replica.committee(before)?,
            None => None,
        };
        let known = self.known.as_ref().filter(|known| height < known.height);
        let voting = self.replica.committee(epoch)?;
        let now = self.replica.node_set()?;
        let sets = [
            voting.as_deref().map(Committee::nodes),
            Some(now.nodes()),
            known.map(|known| known.nodes.as_slice()),
            parting.as_deref().map(Committee::nodes),
        ];
        let mut nodes = BTreeMap::new();
        for node in sets.into_iter().flatten().flatten() {
            self.add(node, &mut nodes);
        }
        Ok(nodes)
    }

    fn add(&self, node: &CommitteeNode, nodes: &mut BTreeMap<Key, SocketAddr>) {
        let Ok(key) = key(&node.ed25519) else {
            return;
        };
        if nodes.len() < self.most {
            nodes.entry(key).or_insert(node.p2p);
        } else if !nodes.contains_key(&key) {
            let alias = &node.alias;
            error!(%alias, "there is no room for this node: start anew to make some");
        }
    }
}
