//! What a node is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::mempool::PoolLimits;
use crate::committee::CommitteeNode;
use crate::genesis::Genesis;
use crate::keys::NodeKeys;
use crate::names::Name;

/// What a node is started with.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The network.
    pub genesis: Genesis,
    /// What this node is called.
    pub alias: Name,
    /// That node's keys.
    pub keys: NodeKeys,
    /// Where it keeps everything: the store in `data`, the engine's files in `engine`.
    pub dir: PathBuf,
    /// Where it listens for other nodes.
    pub listen: SocketAddr,
    /// How much may wait.
    pub pool: PoolLimits,
    /// How long it waits for what.
    pub timing: Timing,
    /// Blocks that it keeps for other nodes that are a little behind, besides its store.
    pub keep_blocks: u64,
    /// Whom it talks to before its own store says whom: a node that joins knows of the genesis' nodes
    /// alone by itself.
    pub known: Option<Known>,
}

/// What a node was told of the others, besides what its own store says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The height whose state has these nodes: they count until the node is there itself.
    pub height: u64,
    /// The nodes.
    pub nodes: Vec<CommitteeNode>,
}

/// How long a node waits for what, in milliseconds. All nodes of a network should wait alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Timing {
    /// For requests, before a block without any is proposed. Less than `leader_ms`.
    pub idle_ms: u64,
    /// For the proposal of the node whose turn it is.
    pub leader_ms: u64,
    /// For enough votes. More than `leader_ms`.
    pub certification_ms: u64,
    /// Before a vote is sent again.
    pub retry_ms: u64,
    /// Since a node was last heard, before its turns are skipped at once. More than
    /// `certification_ms` and `retry_ms`.
    pub skip_ms: u64,
    /// How far ahead of this node's clock a block's time may be before the node waits with its vote.
    pub skew_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            idle_ms: 1000,
            leader_ms: 2000,
            certification_ms: 3000,
            retry_ms: 2000,
            skip_ms: 4000,
            skew_ms: 5000,
        }
    }
}

impl Timing {
    /// What makes no sense, if anything does not.
    #[must_use]
    pub const fn fault(&self) -> Option<&'static str> {
        if self.idle_ms >= self.leader_ms {
            return Some("idle_ms is not less than leader_ms");
        }
        if self.leader_ms >= self.certification_ms {
            return Some("leader_ms is not less than certification_ms");
        }
        if self.retry_ms == 0 {
            return Some("retry_ms is 0");
        }
        if self.skip_ms <= self.certification_ms || self.skip_ms <= self.retry_ms {
            return Some("skip_ms is not more than certification_ms and retry_ms");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_from_one_wait_to_the_next() {
        let timing = Timing::default();
        assert_eq!(timing.fault(), None);
        let changes: [fn(&mut Timing); 5] = [
            |t| t.idle_ms = t.leader_ms,
            |t| t.leader_ms = t.certification_ms,
            |t| t.retry_ms = 0,
            |t| t.skip_ms = t.certification_ms,
            |t| t.retry_ms = t.skip_ms,
        ];
        for change in changes {
            let mut changed = timing;
            change(&mut changed);
            assert!(changed.fault().is_some(), "{changed:?}");
        }
    }
}
