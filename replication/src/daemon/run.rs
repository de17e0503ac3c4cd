//! One run of a node, from its configuration to its end.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hash_store::FileStorage;
use ledger::{Level, Store, Verdict};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::config::{Config, ConfigError};
use super::join::{self, JoinError, Joined};
use super::logs;
use crate::client::{ClientOptions, Tls, TlsFileError};
use crate::committee::CommitteeNode;
use crate::engine::{self, RunningNode, StartError};
use crate::genesis::{Genesis, GenesisError};
use crate::http::{Server, TlsError, tls_acceptor};
use crate::keyfile::{KeyFileError, open_private, read_seed};
use crate::keys::NodeKeys;
use crate::names::Name;
use crate::node::{Clock, Node, NodeConfig, ReplicaError};
use crate::snapshot::fill::{self, FillError};
use crate::snapshot::{base, places};

/// Between two looks whether the engine still runs.
const LOOK: Duration = Duration::from_millis(500);
/// For the node that is asked by one that joins to have told everything.
const JOIN_PATIENCE: Duration = Duration::from_secs(20);

const HELP: &str = "\
Runs one node of a ledger network.

Usage: ledgerd --config FILE

Options:
      --config FILE    The node's configuration
  -h, --help           Print help
  -V, --version        Print version

Exit codes:
    0  stopped in order           4  the store is damaged
    1  could not go on           11  another process writes the store
    2  wrong arguments, configuration, genesis or keys; or the node was removed
";

/// Why the node does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file.
    #[error("{file}: {source}")]
    Io {
        /// Its path.
        file: PathBuf,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The genesis.
    #[error("{file}: {source}")]
    Genesis {
        /// Its path.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        source: GenesisError,
    },
    /// A secret key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// TLS for clients.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store cannot be read.
    #[error("{dir}: {source}")]
    Store {
        /// The store.
        dir: PathBuf,
        /// Why.
        #[source]
        source: Box<ledger::Error>,
    },
    /// Another process runs the node.
    #[error("{dir}: another process runs this node")]
    Locked {
        /// The node's directory.
        dir: PathBuf,
    },
    /// The store does not verify.
    #[error("{dir} is damaged: {code} {message}; `ledger-tool verify {dir}` says the rest")]
    Damaged {
        /// The store.
        dir: PathBuf,
        /// The stable code of the first finding.
        code: &'static str,
        /// The first finding.
        message: String,
    },
    /// The certificates to trust where a node joins.
    #[error(transparent)]
    JoinTls(#[from] TlsFileError),
    /// The node cannot join.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The node's addresses are not known.
    #[error(
        "the genesis has no node {alias}, and where it listens is not known: `listen` and `http.listen` say it"
    )]
    NoAddress {
        /// The node.
        alias: Name,
    },
    /// The store that begins at a height cannot be made.
    #[error("a store that begins with a state: {0}")]
    Base(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The last commits cannot be copied to the store with all history.
    #[error("the store with all history: {0}")]
    Fill(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The address for clients.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Threads or signals.
    #[error("cannot run: {0}")]
    Runtime(#[source] std::io::Error),
    /// The network goes on without the node.
    #[error("the network goes on without the node {0}: it was removed")]
    Removed(Name),
    /// The engine ended by itself.
    #[error("the node {0} stopped by itself")]
    Ended(Name),
}

impl DaemonError {
    const fn exit(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Io { .. }
            | Self::Genesis { .. }
            | Self::Key(_)
            | Self::Tls(_)
            | Self::JoinTls(_)
            | Self::NoAddress { .. }
            | Self::Removed(_)
            | Self::Join(JoinError::NotNamed { .. } | JoinError::Otherwise { .. }) => 2,
            Self::Start(StartError::NotANode { .. } | StartError::OtherKeys { .. }) => 2,
            Self::Damaged { .. } => 4,
            Self::Locked { .. } => 11,
            Self::Store { source, .. } => of_store(source),
            Self::Start(StartError::Replica(ReplicaError::Store(source))) => of_store(source),
            _ => 1,
        }
    }
}

const fn of_store(error: &ledger::Error) -> u8 {
    match error {
        ledger::Error::Log(hash_store::Error::Locked { .. }) => 11,
        ledger::Error::Log(hash_store::Error::Io { .. }) => 1,
        _ => 4,
    }
}

/// Runs the command with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let words: Vec<_> = arguments.iter().filter_map(|word| word.to_str()).collect();
    match (arguments.as_slice(), words.as_slice()) {
        ([_, file], ["--config", ..]) => run_with(Path::new(file)),
        (_, ["-h" | "--help"]) => say(&mut io::stdout(), HELP, 0),
        (_, ["-V" | "--version"]) => {
            let version = concat!("ledgerd ", env!("CARGO_PKG_VERSION"), "\n");
            say(&mut io::stdout(), version, 0)
        }
        _ => say(&mut io::stderr(), HELP, 2),
    }
}

/// There are no logs before the configuration says which. A closed terminal is no failure.
fn say(to: &mut impl Write, text: &str, code: u8) -> ExitCode {
    let _ = to.write_all(text.as_bytes());
    ExitCode::from(code)
}

fn run_with(file: &Path) -> ExitCode {
    let config = match Config::read(file) {
        Ok(config) => config,
        Err(error) => return say(&mut io::stderr(), &format!("ledgerd: {error}\n"), 2),
    };
    logs::start(&config.log);
    match serve(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the node does not run");
            ExitCode::from(error.exit())
        }
    }
}

fn serve(config: &Config) -> Result<(), DaemonError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("http")
        .enable_all()
        .build()
        .map_err(DaemonError::Runtime)?;
    runtime.block_on(async {
        // From here on, so that a signal during the start is not missed.
        let mut signals = Signals {
            terminate: signal(SignalKind::terminate()).map_err(DaemonError::Runtime)?,
            interrupt: signal(SignalKind::interrupt()).map_err(DaemonError::Runtime)?,
        };
        let _lock = lock(&config.dir)?;
        let alias = &config.node;
        while let Ended::Level(history) = run_once(config, &mut signals).await? {
            tracing::info!(node = %alias, "the history takes the place of the store");
            let dir = config.dir.clone();
            let changed = move || {
                close(history)?;
                places::change_over(&dir).map_err(|source| DaemonError::Io {
                    file: places::data(&dir),
                    source,
                })
            };
            blocking(changed).await?;
        }
        tracing::info!(node = %alias, "stopped");
        Ok(())
    })
}

/// What tells a node to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// How a run of a node ended.
enum Ended {
    /// It was told to.
    Told,
    /// A store with all history has every commit of its own.
    Level(Arc<Store>),
}

/// Runs a node until it is told to stop, cannot go on, or another store is to take its store's place.
async fn run_once(config: &Config, signals: &mut Signals) -> Result<Ended, DaemonError> {
    let tls = trusted(config)?;
    let (running, server) = start(config).await?;
    let alias = running.node().alias().clone();
    let ended = async {
        let mut named = false;
        while !running.is_finished() {
            tokio::time::sleep(LOOK).await;
            // A node that joins is not named before it is level.
            let now = is_named(running.node());
            if named && !now {
                return DaemonError::Removed(alias.clone());
            }
            named = now;
        }
        DaemonError::Ended(alias.clone())
    };
    let ended = tokio::select! {
        _ = signals.terminate.recv() => Ok(Ended::Told),
        _ = signals.interrupt.recv() => Ok(Ended::Told),
        failed = ended => Err(failed),
        history = filled(running.node(), &config.dir, tls) => Ok(Ended::Level(history)),
    };
    tracing::info!(node = %alias, "stopping");
    server.stop().await;
    let node = running.node().clone();
    let stopped = match Arc::into_inner(running) {
        Some(running) => blocking(|| Ok(running.stop()?)).await,
        None => Ok(()),
    };
    stopped?;
    if let Ok(Ended::Level(history)) = &ended {
        let (history, own) = (Arc::clone(history), node.snapshot());
        blocking(move || fill::finish(&history, &own).map_err(of_fill)).await?;
    }
    ended
}

/// The store with all history, once it is level; never, if the node's own store has it.
async fn filled(node: &Node, dir: &Path, tls: Option<Tls>) -> Arc<Store> {
    if node.base().is_some() {
        match fill::fill(node.clone(), dir, tls).await {
            Ok(history) => return history,
            Err(error) => {
                tracing::error!(%error, "the history is not filled; the next start goes on with it");
            }
        }
    }
    std::future::pending().await
}

fn of_fill(error: FillError) -> DaemonError {
    DaemonError::Fill(error.into())
}

/// Closes the store with all history: nobody else holds it any more.
fn close(history: Arc<Store>) -> Result<(), DaemonError> {
    let closed = Arc::into_inner(history).map(Store::close);
    closed.transpose().map_err(|error| of_fill(error.into()))?;
    Ok(())
}

/// Does what blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DaemonError> + Send + 'static,
) -> Result<T, DaemonError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(DaemonError::Runtime(error.into())))
}

/// The certificates to trust where other nodes serve TLS.
fn trusted(config: &Config) -> Result<Option<Tls>, DaemonError> {
    Ok(config.join_ca.as_deref().map(Tls::trusting).transpose()?)
}

async fn start(config: &Config) -> Result<(Arc<RunningNode>, Server), DaemonError> {
    let genesis = read_genesis(&config.genesis)?;
    let identity = read_seed(&config.identity_key)?;
    let mut keys = NodeKeys::from_seeds(&identity, &read_seed(&config.voting_key)?);
    let next = config.next_voting_key.as_ref();
    if let Some(next) = next.filter(|file| file.exists()) {
        keys = keys.with_next(&read_seed(next)?);
        tracing::info!(file = %next.display(), "a key for votes that is next");
    }
    let alias = config.node.clone();
    places::settle(&config.dir).map_err(|source| DaemonError::Io {
        file: config.dir.clone(),
        source,
    })?;
    let joined = match config.join {
        Some(join) => {
            let options = ClientOptions {
                patience: JOIN_PATIENCE,
                tls: trusted(config)?,
                ..ClientOptions::default()
            };
            let asked = join::ask(&genesis, join, options, (&alias, &keys), &*clock()).await;
            joined(asked, &config.dir)?
        }
        None => None,
    };
    let known = match joined {
        Some(joined) => {
            let is_new = !places::data(&config.dir).exists();
            if config.snapshot && is_new {
                let at = (&alias, joined.time_ms);
                let made = base::make(joined.client, at, &config.dir).await;
                made.map_err(|error| DaemonError::Base(error.into()))?;
            }
            Some(joined.known)
        }
        None => None,
    };
    let own = known.iter().flat_map(|known| &known.nodes);
    let own = own
        .cloned()
        .chain(genesis.validators().into_iter().map(CommitteeNode::from));
    let own = { own }.find(|node| node.alias == alias);
    let tls = match &config.http.tls {
        Some(tls) => {
            open_private(&tls.key)?;
            Some(tls_acceptor(&tls.certificates, &tls.key)?)
        }
        None => None,
    };
    let address = config.http.listen.or(own.as_ref().map(|own| own.client));
    let listen = config.listen.or(own.map(|own| own.p2p));
    let Some((address, listen)) = address.zip(listen) else {
        return Err(DaemonError::NoAddress { alias });
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|source| DaemonError::Listen { address, source })?;
    let network = genesis.network();
    tracing::info!(node = %alias, %network, "starting");
    let node = NodeConfig {
        genesis,
        alias,
        keys,
        dir: config.dir.clone(),
        listen,
        pool: config.pool.into(),
        timing: config.timing,
        keep_blocks: config.keep_blocks,
        known,
    };
    let running = blocking(move || {
        verify(&places::data(&node.dir))?;
        Ok(engine::start(node)?)
    });
    let running = Arc::new(running.await?);
    let metrics = {
        let running = Arc::downgrade(&running);
        Arc::new(move || {
            running
                .upgrade()
                .map_or_else(String::new, |running| running.metrics())
        })
    };
    let node = running.node().clone();
    let height = node.status().height;
    let server = Server::start(listener, tls, node, clock(), metrics, config.http.limits);
    let server = server.map_err(|source| DaemonError::Listen { address, source })?;
    let (node, clients) = (running.node().alias(), server.address());
    tracing::info!(%node, height, %clients, "serving");
    Ok((running, server))
}

/// Whether a node votes, or will, by its own store.
fn is_named(node: &Node) -> bool {
    let status = node.status();
    let key = status.ed25519;
    let epoch = node.genesis().epoch_of(status.height + 1);
    let voting = node.committee(epoch);
    voting.is_ok_and(|voting| voting.by_key(&key).is_some())
        || node
            .node_set()
            .is_ok_and(|nodes| nodes.by_key(&key).is_some())
}

/// What was learnt before the start. A node that has been there goes on without, by its own store.
fn joined(asked: Result<Joined, JoinError>, dir: &Path) -> Result<Option<Joined>, DaemonError> {
    match asked {
        Ok(joined) => {
            let known = &joined.known;
            let (height, nodes) = (known.height, known.nodes.len());
            tracing::info!(height, nodes, "learnt who the nodes are");
            Ok(Some(joined))
        }
        Err(error @ (JoinError::Handovers { .. } | JoinError::Nodes { .. }))
            if places::data(dir).exists() =>
        {
            tracing::warn!(%error, "the nodes are those of this node's own store");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps other processes out of a node's directory while it is held: the engine would wait for them.
fn lock(dir: &Path) -> Result<File, DaemonError> {
    let file = dir.join("lock");
    let failed = |source| DaemonError::Io {
        file: file.clone(),
        source,
    };
    fs::create_dir_all(dir).map_err(failed)?;
    let open = File::create(&file).map_err(failed)?;
    match open.try_lock() {
        Ok(()) => Ok(open),
        Err(TryLockError::WouldBlock) => {
            let dir = dir.to_owned();
            Err(DaemonError::Locked { dir })
        }
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn read_genesis(file: &Path) -> Result<Genesis, DaemonError> {
    let json = fs::read(file).map_err(|source| DaemonError::Io {
        file: file.to_owned(),
        source,
    })?;
    Genesis::from_json(&json).map_err(|source| DaemonError::Genesis {
        file: file.to_owned(),
        source,
    })
}

/// Reads all of a store and every checksum, so that what is served was right when the node started.
fn verify(dir: &Path) -> Result<(), DaemonError> {
    if !dir.exists() {
        return Ok(());
    }
    let storage = Arc::new(FileStorage::new(dir));
    let report = match ledger::verify(storage, Level::Full, &mut |_| true) {
        Ok(report) => report,
        // It was never finished: nothing was committed.
        Err(ledger::Error::Log(
            hash_store::Error::NotAStore { .. } | hash_store::Error::Unfinished { .. },
        )) => return Ok(()),
        Err(source) => {
            let (dir, source) = (dir.to_owned(), Box::new(source));
            return Err(DaemonError::Store { dir, source });
        }
    };
    let worst = report
        .findings
        .iter()
        .find(|finding| finding.severity == ledger::Severity::Error);
    match (report.verdict, worst) {
        (Verdict::Damaged, Some(finding)) => Err(DaemonError::Damaged {
            dir: dir.to_owned(),
            code: finding.code,
            message: finding.message.clone(),
        }),
        _ => Ok(()),
    }
}

fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    })
}
