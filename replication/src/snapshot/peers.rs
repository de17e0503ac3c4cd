//! The nodes that are asked: in turn, and none again that gave what does not come out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tracing::{info, warn};

use crate::client::{Client, NodeFault};
use crate::names::Name;

/// For one piece, whoever gives it: it is at most a few MiB.
const PATIENCE: Duration = Duration::from_secs(20);

/// Nodes that may lie, be silent, or not have what is asked for.
#[derive(Debug)]
pub(crate) struct Peers {
    client: Arc<Client>,
    /// Those that are asked, the next one first.
    asked: Vec<usize>,
}

impl Peers {
    /// The nodes that a client asks, but for the one of that name: it is this one.
    pub(crate) fn new(client: Client, own: &Name) -> Self {
        let nodes = client.nodes().iter().enumerate();
        let others = nodes.filter(|(_, node)| node.alias != *own);
        Self {
            asked: others.map(|(node, _)| node).collect(),
            client: Arc::new(client),
        }
    }

    /// How many are asked.
    pub(crate) const fn count(&self) -> usize {
        self.asked.len()
    }

    /// The one whose turn it is; none if none is left.
    pub(crate) fn next(&mut self) -> Option<Peer> {
        let node = *self.asked.first()?;
        self.asked.rotate_left(1);
        Some(Peer {
            client: Arc::clone(&self.client),
            node,
        })
    }

    /// Asks a node no more: it gave what does not come out.
    pub(crate) fn refuse(&mut self, peer: &Peer, found: &dyn fmt::Display) {
        warn!(peer = %peer, %found, "what a node gave is not what it should be: it is not asked again");
        self.leave(peer);
    }

    /// Asks a node no more.
    pub(crate) fn leave(&mut self, peer: &Peer) {
        self.asked.retain(|node| *node != peer.node);
    }
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    client: Arc<Client>,
    node: usize,
}

impl Peer {
    /// What the node has at a path; told to people, if it has nothing.
    pub(crate) async fn get(&self, path: String) -> Result<Bytes, NodeFault> {
        let got = self.client.bytes(self.node, path, PATIENCE).await;
        got.inspect_err(|fault| info!(%fault, "a node did not give a piece"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.client.nodes().get(self.node) {
            Some(node) => write!(f, "{}", node.alias),
            None => write!(f, "{}", self.node),
        }
    }
}
