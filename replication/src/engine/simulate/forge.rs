//! A long history in little time: what a network of these keys would have agreed on, block by block,
//! written to one node's store. Nobody votes and nothing is sent; every certificate is a true one.
//!
//! Invariant: a history ends with the last block of an epoch, so nodes that start on it have votes of
//! their own to remember in no epoch that they take part in.

use std::path::Path;
use std::sync::Arc;

use commonware_consensus::simplex::types::{Finalize, Proposal};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::certificate::AssemblyError;
use commonware_parallel::Sequential;
use commonware_utils::iter::NonEmpty;
use hash_store::{FileStorage, Storage};
use ledger::Options;
use tokio::sync::mpsc;

use crate::engine::types::{Finalization, Scheme, certificate, digest, scheme};
use crate::genesis::{Genesis, quorum};
use crate::keys::NodeKeys;
use crate::node::{Node, NodeError, PoolLimits, Replica, ReplicaError, Turn, open_store};

/// Why there is no such history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] ReplicaError),
    /// A request that the node does not take.
    #[error(transparent)]
    Request(#[from] NodeError),
    /// A key is none, or no node's of the genesis.
    #[error("a key is none of the network's")]
    Key,
    /// The votes make up no certificate.
    #[error("the votes make up no certificate: {0}")]
    Votes(#[from] AssemblyError),
    /// The request of a block is in none.
    #[error("height {height}: the request did not come into its block")]
    Empty {
        /// Which.
        height: u64,
    },
}

/// Writes a history of whole epochs to `dir/data`, one commit for each request that `request` makes of
/// a number from 0; answers with its height. `keys` are those of all nodes.
///
/// # Errors
/// [`ForgeError`]; what was written until then stays.
pub fn forge(
    genesis: &Genesis,
    keys: &[NodeKeys],
    dir: &Path,
    epochs: u64,
    request: impl Fn(u64) -> Vec<u8>,
) -> Result<u64, ForgeError> {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.join("data")));
    let store = open_store(genesis, &storage, [0; 16], Options::default())?;
    let validators = genesis.validators();
    let proposer = validators.first().ok_or(ForgeError::Key)?;
    let named = (proposer.alias.clone(), proposer.ed25519);
    let replica = Replica::new(genesis.clone(), named, store, PoolLimits::default())?;
    let replica = Arc::new(replica);
    let time_ms = genesis.file().time_ms;
    let node = Node::new(
        Arc::clone(&replica),
        Arc::new(move || time_ms),
        mpsc::channel(1).0,
    );
    let voting = replica.committee(0)?.ok_or(ForgeError::Key)?;
    let schemes = keys.iter().take(quorum(voting.nodes().len()));
    let schemes = schemes.map(|keys| scheme(&genesis.network(), &voting, keys));
    let schemes: Vec<Scheme> = schemes
        .collect::<Result<_, _>>()
        .map_err(|_| ForgeError::Key)?;
    let last = genesis.epoch_end(epochs.saturating_sub(1));
    let mut parent = replica.before_epoch(0)?;
    for height in 2..=last {
        node.submit(&request(height - 2))?;
        let epoch = genesis.epoch_of(height);
        let before = epoch.checked_sub(1).map_or(1, |e| genesis.epoch_end(e));
        let view = height - before;
        let turn = Turn {
            epoch,
            view,
            proposer: proposer.ed25519,
            parent_view: view - 1,
            parent,
        };
        let block = replica.propose(turn, time_ms)?;
        let block = block.filter(|block| !block.requests().is_empty());
        let block = block.ok_or(ForgeError::Empty { height })?;
        parent = block.hash();
        let round = Round::new(Epoch::new(epoch), View::new(view));
        let proposal = Proposal::new(round, View::new(view - 1), digest(&parent));
        let votes = schemes
            .iter()
            .map(|own| Finalize::sign(own, proposal.clone()));
        let mut votes = votes
            .collect::<Option<Vec<_>>>()
            .ok_or(ForgeError::Key)?
            .into_iter();
        let (Some(any), Some(first)) = (schemes.first(), votes.next()) else {
            return Err(ForgeError::Key);
        };
        let votes = NonEmpty::new(first, votes);
        let finalization = Finalization::from_owned_finalizes(any, votes, &Sequential)?;
        replica.commit(&block, certificate(&finalization).as_ref())?;
    }
    Ok(last)
}
