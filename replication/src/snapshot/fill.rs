//! Fills a store with all history, from the genesis on, beside one that begins at a height.
//!
//! Invariants:
//!
//! - a commit of another node counts only if it has the leaf that the node's own audit tree has at its
//!   height, and its block stands on the one before, up to one whose certificate holds; the block is
//!   executed, so that nothing besides is believed, of writes that change nothing neither;
//! - its own tip says how far it is, so it goes on wherever it was ended;
//! - it does one thing at a time, and rests as long as each took: the node votes meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hash_store::{FileStorage, Storage};
use ledger::{Options, Snapshot, Store};
use merkle_log::Hash;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

use super::given::{Given, NotGiven};
use super::peers::{Peer, Peers};
use super::{pieces, places};
use crate::certificate::GenesisVerifier;
use crate::client::{Client, ClientOptions, Tls};
use crate::node::{Node, NodeError, PoolLimits, Replica, ReplicaError, lock, open_store};

/// Commits that are asked for at once.
const COMMITS_AT_ONCE: u64 = 64;
/// Bytes of commits that are held until one comes whose certificate tells of them.
const HELD_LEN_MAX: usize = 32 << 20;
/// How far behind the tip the store is level: so many commits are copied while the node does not run.
const LEVEL: u64 = 8;
/// After all nodes were asked in vain.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two lines that say how far it is.
const TELL: Duration = Duration::from_secs(5);

/// The history cannot be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FillError {
    /// A store failed.
    #[error(transparent)]
    Store(#[from] ledger::Error),
    /// The store that is filled is none of this network.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The node does not tell who voted.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The handovers of this node carry no trust.
    #[error(transparent)]
    Handover(#[from] crate::handover::HandoverError),
    /// A uuid cannot be drawn.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// Nobody is left to ask.
    #[error("no node is left that gives what comes out")]
    NobodyLeft,
    /// The process ends.
    #[error("the node stops")]
    Stopping,
}

/// Why commits of one node were not taken.
#[derive(Debug)]
enum Untaken {
    /// They are not what they should be.
    Wrong(NotGiven),
    /// This node's own store failed.
    Failed(FillError),
}

/// A store that is being filled.
struct Filling {
    node: Node,
    history: Arc<Replica>,
    verifier: Arc<GenesisVerifier>,
}

/// Fills the store beside that of a node until it is level with it.
pub(crate) async fn fill(
    node: Node,
    dir: &Path,
    tls: Option<Tls>,
) -> Result<Arc<Store>, FillError> {
    let Some(base) = node.base() else {
        return Err(FillError::Stopping);
    };
    let mut verifier = GenesisVerifier::new(node.genesis());
    for handover in node.handovers(0, usize::MAX)? {
        verifier.take(&handover)?;
    }
    let history = {
        let (genesis, dir) = (node.genesis().clone(), places::history(dir));
        let named = (node.alias().clone(), node.status().ed25519);
        let mut uuid = [0; 16];
        getrandom::fill(&mut uuid)?;
        apart(move || {
            let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(&dir));
            let store = open_store(&genesis, &storage, uuid, Options::default())?;
            Ok(Replica::new(genesis, named, store, PoolLimits::default())?)
        })
        .await?
    };
    let filling = Filling {
        node,
        history: Arc::new(history),
        verifier: Arc::new(verifier),
    };
    filling.take_all(base, tls).await?;
    let Filling { node, history, .. } = filling;
    let history = Arc::into_inner(history).ok_or(FillError::Stopping)?;
    let history = Arc::new(history.store);
    follow(&node, &history).await?;
    Ok(history)
}

/// Copies what is yet to be copied, once the node has stopped: then the store is as long as its own.
pub(crate) fn finish(history: &Store, node: &Snapshot) -> Result<(), FillError> {
    copy(history, node, u64::MAX)
}

impl Filling {
    fn height(&self) -> u64 {
        self.history.height()
    }

    /// Takes the commits up to the base, from one node after the other.
    async fn take_all(&self, base: u64, tls: Option<Tls>) -> Result<(), FillError> {
        info!(height = self.height(), base, "filling the history");
        let mut peers = self.peers(tls)?;
        let (mut told, mut in_vain) = (Instant::now(), 0);
        while self.height() < base {
            let peer = peers.next().ok_or(FillError::NobodyLeft)?;
            let started = Instant::now();
            match self.take_from(&peer, base).await {
                Ok(true) => in_vain = 0,
                Ok(false) => in_vain += 1,
                Err(Untaken::Wrong(found)) => peers.refuse(&peer, &found),
                Err(Untaken::Failed(error)) => return Err(error),
            }
            if told.elapsed() >= TELL {
                info!(height = self.height(), base, "filling the history");
                told = Instant::now();
            }
            if in_vain >= peers.count() {
                sleep(PAUSE).await;
                in_vain = 0;
            }
            sleep(started.elapsed()).await;
        }
        Ok(())
    }

    /// The nodes that vote now, and those that will.
    fn peers(&self, tls: Option<Tls>) -> Result<Peers, FillError> {
        let options = ClientOptions {
            tls,
            ..ClientOptions::default()
        };
        let genesis = self.node.genesis().clone();
        let epoch = genesis.epoch_of(self.node.status().height + 1);
        let (voting, next) = (self.node.committee(epoch)?, self.node.node_set()?);
        let nodes = voting.nodes().iter().chain(next.nodes());
        let nodes = nodes.map(|node| (node.alias.clone(), node.client));
        let client = Client::asking(genesis, options, nodes);
        Ok(Peers::new(client, self.node.alias()))
    }

    /// Takes the next commits as one node gives them; whether it gave any.
    async fn take_from(&self, peer: &Peer, base: u64) -> Result<bool, Untaken> {
        let Some(pieces) = self.pieces_of(peer, base).await? else {
            return Ok(false);
        };
        let (node, history) = (self.node.clone(), Arc::clone(&self.history));
        let verifier = Arc::clone(&self.verifier);
        let taken = spawn_blocking(move || take(&history, &node, &verifier, &pieces)).await;
        taken.unwrap_or(Err(Untaken::Failed(FillError::Stopping)))?;
        Ok(true)
    }

    /// The next commits of one node, as far as to one with a certificate at least.
    async fn pieces_of(&self, peer: &Peer, base: u64) -> Result<Option<Vec<Bytes>>, Untaken> {
        let network = self.node.genesis().network();
        let (mut pieces, mut held) = (Vec::new(), 0);
        let mut from = self.height() + 1;
        loop {
            let height = from;
            let wrong = move |what| Untaken::Wrong(NotGiven::Other { what, height });
            let count = COMMITS_AT_ONCE.min(base + 1 - from.min(base));
            let path = format!("/v1/commits?from={from}&count={count}");
            let Ok(piece) = peer.get(path).await else {
                return Ok(None);
            };
            let mut certified = false;
            let commits = pieces::commits(&piece);
            let commits = commits.map_err(|error| Untaken::Wrong(error.into()))?;
            for bytes in commits {
                let given = Given::judge(bytes, &network).map_err(Untaken::Wrong)?;
                if given.header().height != from || from > base {
                    return Err(wrong("height"));
                }
                certified |= given.certificate.is_some();
                from += 1;
            }
            held += piece.len();
            pieces.push(piece);
            if certified {
                return Ok(Some(pieces));
            }
            // The base has a certificate.
            if from > base || from == height {
                return Err(wrong("certificate"));
            }
            if held > HELD_LEN_MAX {
                warn!(height, "no certificate within {HELD_LEN_MAX} bytes");
                return Ok(None);
            }
        }
    }
}

/// Takes commits up to the last one with a certificate, if all of them are right.
fn take(
    history: &Replica,
    node: &Node,
    verifier: &GenesisVerifier,
    pieces: &[Bytes],
) -> Result<(), Untaken> {
    let (network, own) = (node.genesis().network(), node.snapshot());
    let mut parent = lock(&history.chain).tip_hash();
    let mut run = Vec::new();
    for piece in pieces {
        let commits = pieces::commits(piece);
        for bytes in commits.map_err(|error| Untaken::Wrong(error.into()))? {
            let given = Given::judge(bytes, &network).map_err(Untaken::Wrong)?;
            given.check(&parent, verifier).map_err(Untaken::Wrong)?;
            parent = given.block.hash();
            let height = given.header().height;
            let leaf = leaf(&own, height).map_err(|error| Untaken::Failed(error.into()))?;
            if given.whole.leaf() != leaf {
                let what = "leaf";
                return Err(Untaken::Wrong(NotGiven::Other { what, height }));
            }
            run.push(given);
        }
    }
    let certified = |given: &Given<'_>| given.certificate.is_some();
    let count = run.iter().rposition(certified).map_or(0, |last| last + 1);
    for given in run.into_iter().take(count) {
        let committed = history.commit(&Arc::new(given.block), given.certificate.as_ref());
        // It is certified: if it does not come out, this node is at fault.
        committed.map_err(|error| Untaken::Failed(error.into()))?;
    }
    Ok(())
}

/// Copies the commits after the base from the node's own store, until they are level.
async fn follow(node: &Node, history: &Arc<Store>) -> Result<(), FillError> {
    info!("the history follows the node's own store");
    loop {
        let (own, height) = (node.snapshot(), history.snapshot().height());
        if own.height() <= height + LEVEL {
            info!(height, "the history is level");
            return Ok(());
        }
        let started = Instant::now();
        let history = Arc::clone(history);
        apart(move || copy(&history, &own, COMMITS_AT_ONCE)).await?;
        sleep(started.elapsed()).await;
    }
}

/// The leaf of a height in the audit tree.
fn leaf(snapshot: &Snapshot, height: u64) -> Result<Hash, ledger::Error> {
    let found = snapshot.audit().leaf_hashes(height - 1..height)?;
    let last = snapshot.height();
    let missing = ledger::Error::NoSuchHeight {
        asked: height,
        last,
    };
    found.first().copied().ok_or(missing)
}

/// Copies the next commits of the node's own store, at most so many.
fn copy(history: &Store, own: &Snapshot, count: u64) -> Result<(), FillError> {
    let done = history.snapshot().height();
    for height in done + 1..=own.height().min(done.saturating_add(count)) {
        let bytes = own.transfer(height)?;
        let whole = ledger::WholeCommit::decode(&bytes)?;
        history.take(&whole, &leaf(own, height)?)?;
    }
    Ok(())
}

/// Does what blocks where it may.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FillError> + Send + 'static,
) -> Result<T, FillError> {
    spawn_blocking(work)
        .await
        .unwrap_or(Err(FillError::Stopping))
}
