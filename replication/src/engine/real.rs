//! A real node: threads, sockets and files.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use commonware_codec::DecodeExt;
use commonware_cryptography::{ChaCha20Poly1305, Signer, ed25519};
use commonware_p2p::authenticated::lookup;
use commonware_runtime::{Metrics, Quota, Runner, Spawner, Supervisor, tokio as runtime};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::{NZU32, NZUsize};
use futures::future::{Either, select};
use hash_store::{FileStorage, Storage};
use ledger::Options;
use tokio::sync::oneshot;

use super::door::{Door, Nodes, Told};
use super::panic_text;
use super::schemes::Schemes;
use super::wiring::{self, Channels, Parts, StartFailed, message_len_max};
use crate::names::Name;
use crate::node::{Node, NodeConfig, Replica, ReplicaError, open_store};

/// Messages a second and peer that a channel takes; more are dropped. Honest nodes send a few a view,
/// and a room for as many is made for each peer and channel.
const CHANNEL_QUOTA: Quota = Quota::per_second(NZU32!(1024));
/// Nodes that there may be more of one day than when this one starts.
const SPARE: usize = 8;
/// How long a node waits for its parts to end in order.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A node that runs on threads of its own.
pub struct RunningNode {
    node: Node,
    metrics: runtime::Context,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), ReplicaError>>,
}

impl fmt::Debug for RunningNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunningNode({})", self.node.alias())
    }
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The network has no such node, and nobody has told this one whom to ask.
    #[error("the network has no node {alias}: it was removed, or never added")]
    NotANode {
        /// The alias.
        alias: Name,
    },
    /// The network knows the node by other keys.
    #[error("the keys of {alias} are not those that the network knows")]
    OtherKeys {
        /// The alias.
        alias: Name,
    },
    /// It would wait in no sensible order.
    #[error("timing: {0}")]
    Timing(&'static str),
    /// Its address is taken, or not its own.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Its directory cannot be made.
    #[error("cannot make {dir}: {source}")]
    Directory {
        /// Which.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its store.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The engine.
    #[error("the consensus engine did not start: {reason}")]
    Engine {
        /// What it says.
        reason: String,
    },
    /// The engine, later: its files could not be written, or it is at fault.
    #[error("the consensus engine stopped: {reason}")]
    Stopped {
        /// What it says.
        reason: String,
    },
}

/// Starts a node. It goes on by itself until it is stopped.
///
/// # Errors
/// [`StartError`]; nothing runs then.
pub fn start(config: NodeConfig) -> Result<RunningNode, StartError> {
    let alias = config.alias.clone();
    if let Some(fault) = config.timing.fault() {
        return Err(StartError::Timing(fault));
    }
    // The engine's network ends the process where it cannot listen: ask first.
    let address = config.listen;
    let probe = std::net::TcpListener::bind(address);
    drop(probe.map_err(|source| StartError::Listen { address, source })?);
    let dir = config.dir.join("engine");
    let made = std::fs::create_dir_all(&dir);
    made.map_err(|source| StartError::Directory { dir, source })?;

    let (started, starting) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::Builder::new().name(format!("node {alias}"));
    let thread = thread.spawn(move || run(config, &started, stopped));
    let thread = thread.map_err(|error| StartError::Engine {
        reason: error.to_string(),
    })?;
    match starting.recv() {
        Ok(Ok((node, metrics))) => Ok(RunningNode {
            node,
            metrics,
            stop,
            thread,
        }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(StartError::Engine {
            reason: "its thread ended".to_owned(),
        }),
    }
}

impl RunningNode {
    /// The node.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The engine's metrics, in Prometheus' text form.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.metrics.encode()
    }

    /// Whether it stopped by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Stops it in order and waits until it has. The store is closed when the last [`Node`] is
    /// dropped.
    ///
    /// # Errors
    /// Why it had stopped before, if it had.
    pub fn stop(self) -> Result<(), StartError> {
        // It may have ended before.
        let _ = self.stop.send(());
        match self.thread.join() {
            Ok(ended) => Ok(ended?),
            Err(panic) => Err(StartError::Stopped {
                reason: panic_text(&*panic).to_owned(),
            }),
        }
    }
}

type Started = mpsc::Sender<Result<(Node, runtime::Context), StartError>>;

/// Runs a node on this thread until it is told to stop, or cannot go on.
fn run(
    config: NodeConfig,
    started: &Started,
    stop: oneshot::Receiver<()>,
) -> Result<(), ReplicaError> {
    let runtime = runtime::Config::new().with_storage_directory(config.dir.join("engine"));
    runtime::Runner::new(runtime).start(|context| async move {
        let ended = match wire(&context, config).await {
            Ok((node, ended)) => {
                // Whoever asked waits for this.
                let _ = started.send(Ok((node, context.child("metrics"))));
                ended
            }
            Err(error) => {
                let _ = started.send(Err(error));
                return Ok(());
            }
        };
        let result = match select(ended, stop).await {
            Either::Left((ended, _)) => ended.unwrap_or(Ok(())),
            Either::Right(_) => Ok(()),
        };
        // What does not end in time is cut off.
        let _ = context.stop(0, Some(STOP_TIMEOUT)).await;
        result
    })
}

type Ended = commonware_runtime::Handle<Result<(), ReplicaError>>;

async fn wire(context: &runtime::Context, config: NodeConfig) -> Result<(Node, Ended), StartError> {
    let engine = |reason: &dyn ToString| StartError::Engine {
        reason: reason.to_string(),
    };
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(config.dir.join("data")));
    let mut uuid = [0; 16];
    getrandom::fill(&mut uuid).map_err(|e| engine(&e))?;
    let store = open_store(&config.genesis, &storage, uuid, Options::default())?;
    let named = (config.alias.clone(), config.keys.identity());
    let replica = Replica::new(config.genesis.clone(), named, store, config.pool)?;
    let replica = Arc::new(replica);
    check_keys(&config, &replica)?;
    let signer = ed25519::PrivateKey::decode(config.keys.secrets().0.to_vec());
    let signer = signer.map_err(|e| engine(&e))?;
    let identity = signer.public_key();
    let handshake = Sake {
        signer,
        synchrony_bound: Duration::from_secs(5),
        max_handshake_age: Duration::from_secs(10),
        version: sake::Version::V1,
    };
    let known = config.known.as_ref().map_or(0, |known| known.nodes.len());
    let most = SPARE
        + known
            .max(config.genesis.file().nodes.len())
            .max(replica.node_set()?.size());
    let nodes = Nodes::default();
    let door = Door::new(handshake, Arc::clone(&nodes));
    let handshake = Cups::<_, ChaCha20Poly1305>::new(door, cups::Version::V1);
    let network = config.genesis.network().to_string();
    // Nodes are known by key and address: nobody else gets past the handshake.
    let mut network = lookup::Config::local(
        handshake,
        network.as_bytes(),
        config.listen,
        NonZeroUsize::MIN.saturating_add(most),
        message_len_max(),
        NZUsize!(1024),
    );
    network.tracked_peer_sets = NZUsize!(1);
    let (mut network, oracle) = lookup::Network::new(context.child("network"), network);
    let mut ids = 0..;
    let mut channel = || {
        let id = ids.next().unwrap_or_default();
        network.register(id, CHANNEL_QUOTA)
    };
    let channels = Channels {
        votes: channel(),
        certificates: channel(),
        resolver: channel(),
        backfill: channel(),
        blocks: channel(),
        requests: channel(),
    };
    network.start();

    let partition = format!("n{}", config.keys.identity().to_string().split_at(16).0);
    let schemes = Schemes::new(Arc::clone(&replica), config.keys);
    let parts = Parts {
        replica,
        schemes,
        identity,
        timing: config.timing,
        partition,
        keep: config.keep_blocks,
        known: config.known,
        most,
    };
    let peers = Told {
        network: oracle.clone(),
        nodes,
    };
    let started = wiring::start(context.child("node"), parts, (oracle, peers), channels);
    started.await.map_err(|failed| match failed {
        StartFailed::Replica(error) => error.into(),
        failed => engine(&failed),
    })
}

/// Whether the network knows a node by the keys that it has.
fn check_keys(config: &NodeConfig, replica: &Replica) -> Result<(), StartError> {
    let identity = config.keys.identity();
    let voting = replica.committee(replica.epoch())?;
    let nodes = replica.node_set()?;
    let sets = [voting.as_deref(), Some(&nodes)];
    let alias = config.alias.clone();
    let mut called = sets.iter().flatten();
    if called.any(|set| {
        let called = set.by_alias(alias.as_str());
        called.is_some_and(|node| node.ed25519 != identity)
    }) {
        return Err(StartError::OtherKeys { alias });
    }
    let named = sets.iter().flatten();
    let mut named = named.filter_map(|set| set.by_key(&identity)).peekable();
    match (named.peek(), &config.known) {
        (Some(node), _) if node.alias != alias => return Err(StartError::NotANode { alias }),
        (None, None) => return Err(StartError::NotANode { alias }),
        (None, Some(_)) => return Ok(()),
        (Some(_), _) => {}
    }
    match named.any(|node| config.keys.voting_secret(&node.bls).is_some()) {
        true => Ok(()),
        false => Err(StartError::OtherKeys { alias }),
    }
}
