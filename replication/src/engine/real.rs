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
use commonware_p2p::{Address, AddressableManager};
use commonware_runtime::{Metrics, Quota, Runner, Spawner, Supervisor, tokio as runtime};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::ordered::Map;
use commonware_utils::{NZU32, NZUsize};
use futures::future::{Either, select};
use hash_store::{FileStorage, Storage};
use ledger::Options;
use tokio::sync::oneshot;

use super::door::Door;
use super::panic_text;
use super::types::{Key, key, scheme};
use super::wiring::{self, Channels, Parts, StartFailed, message_len_max};
use crate::names::Name;
use crate::node::{Node, NodeConfig, Replica, ReplicaError, open_store};

/// Messages a second and peer that a channel takes; more are dropped. Honest nodes send a few a view,
/// and a room for as many is made for each peer and channel.
const CHANNEL_QUOTA: Quota = Quota::per_second(NZU32!(1024));
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
    /// The genesis names no such node.
    #[error("the genesis has no node {alias}")]
    NotANode {
        /// The alias.
        alias: Name,
    },
    /// The genesis gives the node other keys.
    #[error("the keys of {alias} are not those that the genesis names")]
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
    let node = config.genesis.node(alias.as_str());
    let Some(named) = node else {
        return Err(StartError::NotANode { alias });
    };
    if named.ed25519 != config.keys.identity() || config.keys.voting_secret(&named.bls).is_none() {
        return Err(StartError::OtherKeys { alias });
    }
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
    let scheme = scheme(&config.genesis, &config.keys).map_err(|e| engine(&e))?;
    let scheme = scheme.ok_or_else(|| engine(&"the node has no vote"))?;
    let signer = ed25519::PrivateKey::decode(config.keys.secrets().0.to_vec());
    let signer = signer.map_err(|e| engine(&e))?;
    let identity = signer.public_key();
    let mut addresses: Vec<(Key, Address)> = Vec::new();
    for node in &config.genesis.file().nodes {
        addresses.push((key(&node.ed25519).map_err(|e| engine(&e))?, node.p2p.into()));
    }
    let nodes = addresses.len();
    let addresses = Map::try_from(addresses).map_err(|e| engine(&e))?;

    let handshake = Sake {
        signer,
        synchrony_bound: Duration::from_secs(5),
        max_handshake_age: Duration::from_secs(10),
        version: sake::Version::V1,
    };
    let door = Door::new(handshake, addresses.keys().iter().cloned());
    let handshake = Cups::<_, ChaCha20Poly1305>::new(door, cups::Version::V1);
    let network = config.genesis.network().to_string();
    // Nodes are known by key and address: nobody else gets past the handshake.
    let mut network = lookup::Config::local(
        handshake,
        network.as_bytes(),
        config.listen,
        NonZeroUsize::MIN.saturating_add(nodes),
        message_len_max(nodes),
        NZUsize!(1024),
    );
    network.tracked_peer_sets = NZUsize!(1);
    let (mut network, mut oracle) = lookup::Network::new(context.child("network"), network);
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
    oracle.track(0, addresses);
    network.start();

    let partition = format!("n{}", config.keys.identity().to_string().split_at(16).0);
    let replica = Replica::new(config.genesis, config.alias, store, config.pool)?;
    let parts = Parts {
        replica: Arc::new(replica),
        scheme,
        identity,
        timing: config.timing,
        partition,
        keep: config.keep_blocks,
    };
    let started = wiring::start(
        context.child("node"),
        parts,
        (oracle.clone(), oracle),
        channels,
    );
    started.await.map_err(|failed| match failed {
        StartFailed::Replica(error) => error.into(),
        failed => engine(&failed),
    })
}
