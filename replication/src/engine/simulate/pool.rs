//! Nodes on simulated machines, with simulated links between them.
//!
//! Invariants:
//!
//! - every node is put together by the wiring of real ones, over the store of real ones;
//! - the same seed gives the same run.

use std::collections::BTreeMap;
use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use commonware_p2p::simulated::{self, Link, Network, Oracle};
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{Clock as _, Handle, Quota, Runner as _, Spawner, Supervisor};
use commonware_utils::{NZU32, NZUsize, Probability, probability};
use futures::future::{Either, select};
use hash_store::Storage;
use hash_store::sim::{Choice, Random, SimStorage};
use sha2::{Digest as _, Sha256};

use super::acquaintances::{Desk, Directory};
use super::machine::{Host, Machine};
use super::voice::{Equivocation, Manner, Pairs, Subject, Voice};
use crate::engine::schemes::Schemes;
use crate::engine::types::{Key, key};
use crate::engine::wiring::{self, Channels, Parts, message_len_max};
use crate::genesis::{Genesis, GenesisFile, GenesisNode, GenesisUser};
use crate::header::Header;
use crate::keys::{NodeKeys, UserKey};
use crate::names::Name;
use crate::node::{Known, Node, PoolLimits, Replica, Timing, lock, open_store};
use crate::policy::Policy;
use crate::role::Role;

/// When every simulation begins, in milliseconds since 1970-01-01T00:00:00Z.
pub(in crate::engine) const START_MS: u64 = 1_700_000_000_000;
/// The users of a simulated network, who may write records.
pub(in crate::engine) const USERS: [&str; 2] = ["bob", "carol"];
/// Between two looks at whether something has happened, in milliseconds of simulated time.
const STEP_MS: u64 = 10;
/// Nothing takes so long, in milliseconds of simulated time.
const IN_VAIN_MS: u64 = 600_000;
/// Messages a second and peer that a channel takes. The engine makes room for so many of each peer.
const QUOTA: Quota = Quota::per_second(NZU32!(1024));

/// What a pool is like.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Shape {
    /// Nodes of the genesis.
    pub(in crate::engine) nodes: u8,
    /// Nodes that may be added.
    pub(in crate::engine) others: u8,
    pub(in crate::engine) epoch_len: u64,
    /// Blocks that the engine's files keep.
    pub(in crate::engine) keep: u64,
    pub(in crate::engine) idle_ms: u64,
    /// Mean time that a message takes.
    pub(in crate::engine) latency: Duration,
    /// Messages lost, of 10,000.
    pub(in crate::engine) lost: u16,
}

impl Shape {
    /// All nodes that there can be.
    pub(in crate::engine) const fn places(&self) -> u8 {
        self.nodes + self.others
    }
}

/// How a node keeps to the protocol.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) enum Conduct {
    /// As it should.
    #[default]
    Honest,
    /// It hears and does not speak.
    Silent,
    /// Its messages take nearly as long as others wait.
    Slow,
    /// The headers that it proposes are not what comes out.
    Lying(fn(&mut Header)),
    /// It tells some nodes one thing and others another.
    Equivocating,
    /// Some of its messages are not as it made them.
    Altering,
}

/// What became of a node.
#[derive(Clone, Debug)]
pub(in crate::engine) enum Status {
    /// It does not run.
    Down,
    /// It runs.
    Up(Node),
    /// It stopped by itself.
    Stopped(String),
}

/// A node's place.
pub(in crate::engine) struct Place {
    /// The disk with its store.
    pub(in crate::engine) data: SimStorage,
    /// The disk with the engine's files.
    pub(in crate::engine) engine: SimStorage,
    /// How far its clock is ahead.
    pub(in crate::engine) ahead_ms: i64,
    pub(in crate::engine) conduct: Conduct,
    pub(in crate::engine) keys: NodeKeys,
    /// What it is told of the others when it starts.
    pub(in crate::engine) known: Option<Known>,
    status: Arc<Mutex<Status>>,
    task: Option<Handle<()>>,
}

/// A pool of nodes.
pub(in crate::engine) struct Pool {
    pub(in crate::engine) shape: Shape,
    pub(in crate::engine) context: Context,
    pub(in crate::engine) oracle: Oracle<Key, Context>,
    pub(in crate::engine) genesis: Genesis,
    pub(in crate::engine) places: Vec<Place>,
    pub(in crate::engine) random: Random,
    /// Requests made so far.
    pub(in crate::engine) nonce: u64,
    links: BTreeSet<(u8, u8)>,
    directory: Directory,
    pairs: Pairs,
    /// What is odd about a node.
    #[cfg(test)]
    pub(in crate::engine) rig: fn(u8, &mut Replica),
}

/// How long nodes wait for what.
pub(in crate::engine) const fn timing(shape: &Shape) -> Timing {
    Timing {
        idle_ms: shape.idle_ms,
        leader_ms: 1000,
        certification_ms: 1500,
        retry_ms: 1000,
        skip_ms: 2000,
        skew_ms: 2000,
    }
}

fn seed(kind: &str, owner: &str) -> [u8; 32] {
    Sha256::digest(format!("ledgerctl simulate\0{kind}\0{owner}")).into()
}

fn node_keys(index: u8) -> NodeKeys {
    let node = format!("node{index}");
    NodeKeys::from_seeds(&seed("identity", &node), &seed("voting", &node))
}

/// The seed of the key that a node votes with when it was given another.
pub(in crate::engine) fn next_voting_seed(index: u8) -> [u8; 32] {
    seed("next voting", &format!("node{index}"))
}

/// The key of a user.
pub(in crate::engine) fn user_key(user: &str) -> UserKey {
    UserKey::from_seed(&seed("user", user))
}

/// What a node is called.
#[allow(clippy::expect_used, reason = "it is a name")]
pub(in crate::engine) fn alias(index: u8) -> Name {
    format!("node{index}").parse().expect("it is a name")
}

/// Where other nodes, and clients, reach a node. Nobody listens there.
fn addresses(index: u8) -> [SocketAddr; 2] {
    let port = 9000 + 2 * u16::from(index);
    [port, port + 1].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// A node, as the network is told of it.
pub(in crate::engine) fn named((index, keys): (u8, &NodeKeys)) -> GenesisNode {
    let [p2p, client] = addresses(index);
    GenesisNode {
        alias: alias(index),
        ed25519: keys.identity(),
        bls: keys.voting(),
        pop: keys.possession(),
        p2p,
        client,
    }
}

/// The genesis of so many nodes, and the users who may write.
#[allow(
    clippy::expect_used,
    reason = "names, keys and numbers are this function's own"
)]
fn genesis(nodes: &[NodeKeys], epoch_len: u64) -> Genesis {
    let user = |user: &str| GenesisUser {
        id: user.parse().expect("it is a name"),
        ed25519: user_key(user).public(),
        roles: [Role::ContractInvoker].into_iter().collect(),
        organisation: None,
    };
    let admin = GenesisUser {
        roles: [Role::Admin, Role::NodeInvoker].into_iter().collect(),
        ..user("admin")
    };
    let file = GenesisFile {
        version: 1,
        name: "simulation".parse().expect("it is a name"),
        // Before the time that the slowest clock shows.
        time_ms: START_MS - 12 * 3_600_000,
        epoch_len,
        // Epochs are short.
        dev: true,
        nodes: (0..).zip(nodes).map(named).collect(),
        users: std::iter::once(admin).chain(USERS.map(user)).collect(),
        policy: Policy::default(),
        organisations: Vec::new(),
        rules: BTreeMap::new(),
    };
    Genesis::new(file).expect("it is a genesis")
}

/// Runs a pool; answers with what its story came to, and with the runtime's account of everything
/// that happened.
pub(in crate::engine) fn simulate<F, T>(
    shape: Shape,
    seed: u64,
    story: impl FnOnce(Pool) -> F,
) -> (T, String)
where
    F: Future<Output = T>,
{
    let config = deterministic::Config::new()
        .with_seed(seed)
        .with_start_time(UNIX_EPOCH + Duration::from_millis(START_MS));
    deterministic::Runner::new(config).start(|context| async move {
        let config = simulated::Config {
            max_size: message_len_max(),
            max_peers_per_set: NonZeroUsize::MIN.saturating_add(shape.places().into()),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let keys: Vec<NodeKeys> = (0..shape.places()).map(node_keys).collect();
        let (first, _) = keys.split_at(shape.nodes.into());
        let genesis = genesis(first, shape.epoch_len);
        let peers: Vec<Key> = keys.iter().map(identity).collect();
        let network = context.child("network");
        let (network, oracle) = Network::new_with_peers(network, config, peers).await;
        network.start();
        let place = |keys| Place {
            data: SimStorage::new(),
            engine: SimStorage::new(),
            ahead_ms: 0,
            conduct: Conduct::Honest,
            keys,
            known: None,
            status: Arc::new(Mutex::new(Status::Down)),
            task: None,
        };
        let mut pool = Pool {
            shape,
            context: context.child("pool"),
            oracle,
            genesis,
            places: keys.into_iter().map(place).collect(),
            random: Random::new(seed),
            nonce: 0,
            links: BTreeSet::new(),
            directory: Directory::default(),
            pairs: Arc::new(Mutex::new(HashMap::new())),
            #[cfg(test)]
            rig: |_, _| {},
        };
        pool.connect(|_, _| true).await;
        let came = story(pool).await;
        (came, context.auditor().state())
    })
}

#[allow(
    clippy::expect_used,
    reason = "the key of a node that has a secret is one"
)]
fn identity(keys: &NodeKeys) -> Key {
    key(&keys.identity()).expect("it is a key")
}

impl Pool {
    /// The node's name on the links.
    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    pub(in crate::engine) fn identity(&self, index: u8) -> Key {
        identity(&self.places[usize::from(index)].keys)
    }

    pub(in crate::engine) const fn indices(&self) -> std::ops::Range<u8> {
        0..self.shape.places()
    }

    /// Has a node keep to the protocol or not, from its next start on.
    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    pub(in crate::engine) async fn set_conduct(&mut self, index: u8, conduct: Conduct) {
        self.places[usize::from(index)].conduct = conduct;
        let links = self.links.clone();
        self.connect(|from, to| from != index && links.contains(&(from, to)))
            .await;
        self.connect(|from, to| links.contains(&(from, to))).await;
    }

    /// Sets the links up that should be there, and takes the others down.
    pub(in crate::engine) async fn connect(&mut self, linked: impl Fn(u8, u8) -> bool) {
        for from in self.indices() {
            for to in self.indices().filter(|to| *to != from) {
                let ends = (self.identity(from), self.identity(to));
                match (self.links.contains(&(from, to)), linked(from, to)) {
                    (false, true) => {
                        let link = self.link_of(from);
                        // The network lives as long as the pool.
                        let _ = self.oracle.add_link(ends.0, ends.1, link).await;
                        self.links.insert((from, to));
                    }
                    (true, false) => {
                        let _ = self.oracle.remove_link(ends.0, ends.1).await;
                        self.links.remove(&(from, to));
                    }
                    _ => {}
                }
            }
        }
    }

    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    fn link_of(&self, from: u8) -> Link {
        let mut latency = self.shape.latency;
        if matches!(self.places[usize::from(from)].conduct, Conduct::Slow) {
            latency = latency.max(slowness(&timing(&self.shape)));
        }
        let arrives = 10_000_u16.saturating_sub(self.shape.lost);
        Link {
            latency,
            jitter: self.shape.latency * 3 / 10,
            success_rate: Probability::new(arrives.into(), 10_000).unwrap_or(probability!(1.0)),
        }
    }

    /// Starts a node, and waits until it runs or has stopped.
    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    pub(in crate::engine) async fn start(&mut self, index: u8) {
        let parts = self.parts(index);
        let place = &self.places[usize::from(index)];
        let host = Arc::new(Host::new(place.engine.clone(), place.ahead_ms));
        let status = Arc::clone(&place.status);
        *lock(&status) = Status::Down;
        let context = self.context.child("node").with_attribute("index", index);
        let running = Arc::clone(&status);
        let task = context.spawn(move |context| async move {
            let machine = Machine::new(context.child("machine"), Arc::clone(&host));
            let up = Arc::clone(&running);
            let node = machine.spawn(move |machine| async move {
                match parts.run(machine, &up).await {
                    Ok(()) => "its parts ended".to_owned(),
                    Err(failure) => failure,
                }
            });
            let panicked = std::pin::pin!(host.panicked());
            let why = match select(node, panicked).await {
                Either::Left((ended, _)) => ended.unwrap_or_else(|error| error.to_string()),
                Either::Right((panic, _)) => panic,
            };
            *lock(&running) = Status::Stopped(why);
        });
        self.places[usize::from(index)].task = Some(task);
        self.until(|_| !matches!(*lock(&status), Status::Down))
            .await;
    }

    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    fn parts(&mut self, index: u8) -> Start {
        let conspirators: Vec<bool> = {
            let places = self.places.iter();
            places
                .map(|place| matches!(place.conduct, Conduct::Equivocating))
                .collect()
        };
        let honest = self
            .indices()
            .filter(|index| !conspirators[usize::from(*index)]);
        let second = honest
            .skip(1)
            .step_by(2)
            .map(|index| self.identity(index))
            .collect();
        let place = &self.places[usize::from(index)];
        Start {
            index,
            shape: self.shape,
            genesis: self.genesis.clone(),
            keys: place.keys.clone(),
            data: place.data.clone(),
            conduct: place.conduct,
            known: place.known.clone(),
            most: self.shape.places().into(),
            oracle: self.oracle.clone(),
            directory: Arc::clone(&self.directory),
            second,
            pairs: Arc::clone(&self.pairs),
            random: Random::new(self.random.next()),
            #[cfg(test)]
            rig: self.rig,
        }
    }

    /// Cuts a node's power: what was not synced is there or not, as it is drawn.
    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    pub(in crate::engine) async fn crash(&mut self, index: u8) {
        let choices = [(); 2].map(|()| Choice::Seed(self.random.next()));
        let place = &mut self.places[usize::from(index)];
        *lock(&place.status) = Status::Down;
        if let Some(task) = place.task.take() {
            task.abort();
        }
        place.data = place.data.crash(choices[0]);
        place.engine = place.engine.crash(choices[1]);
        self.pass(50).await;
    }

    /// Lets simulated time pass, in milliseconds; no real time goes by for it.
    pub(in crate::engine) async fn pass(&self, ms: u64) {
        self.context.sleep(Duration::from_millis(ms)).await;
    }

    /// Lets simulated time pass until this holds.
    ///
    /// # Panics
    /// It does not come to that.
    pub(in crate::engine) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let last = self.now_ms() + IN_VAIN_MS;
        while !holds(self) {
            assert!(self.now_ms() < last, "waited in vain");
            self.pass(STEP_MS).await;
        }
    }

    /// Milliseconds since the simulation began.
    pub(in crate::engine) fn now_ms(&self) -> u64 {
        let since = self.context.current().duration_since(UNIX_EPOCH);
        let since = since.unwrap_or_default().as_millis();
        u64::try_from(since).unwrap_or(u64::MAX) - START_MS
    }

    #[allow(clippy::indexing_slicing, reason = "the pool has such a node")]
    pub(in crate::engine) fn status(&self, index: u8) -> Status {
        lock(&self.places[usize::from(index)].status).clone()
    }

    /// The node, if it runs.
    pub(in crate::engine) fn running(&self, index: u8) -> Option<Node> {
        match self.status(index) {
            Status::Up(node) => Some(node),
            _ => None,
        }
    }
}

/// How stores are opened: without threads.
pub(in crate::engine) fn options() -> ledger::Options {
    ledger::Options {
        background: false,
        ..ledger::Options::default()
    }
}

/// Just under what others wait for a proposal.
const fn slowness(timing: &Timing) -> Duration {
    Duration::from_millis(timing.leader_ms * 4 / 5)
}

/// What a node is started with.
struct Start {
    index: u8,
    shape: Shape,
    genesis: Genesis,
    keys: NodeKeys,
    data: SimStorage,
    conduct: Conduct,
    known: Option<Known>,
    most: usize,
    oracle: Oracle<Key, Context>,
    directory: Directory,
    second: Vec<Key>,
    pairs: Pairs,
    random: Random,
    #[cfg(test)]
    rig: fn(u8, &mut Replica),
}

impl Start {
    /// Puts the node together and runs it until it ends.
    async fn run(self, machine: Machine, status: &Mutex<Status>) -> Result<(), String> {
        let text = |error: &dyn ToString| error.to_string();
        let storage: Arc<dyn Storage> = Arc::new(self.data);
        let store = open_store(&self.genesis, &storage, [self.index; 16], options());
        let store = store.map_err(|e| text(&e))?;
        let named = (alias(self.index), self.keys.identity());
        let replica = Replica::new(self.genesis, named, store, PoolLimits::default());
        let mut replica = replica.map_err(|e| text(&e))?;
        if let Conduct::Lying(lie) = self.conduct {
            replica.lie = Some(lie);
        }
        #[cfg(test)]
        (self.rig)(self.index, &mut replica);
        let replica = Arc::new(replica);
        let identity = identity(&self.keys);
        let schemes = Schemes::new(Arc::clone(&replica), self.keys);
        let manner = Arc::new(match self.conduct {
            Conduct::Honest | Conduct::Slow | Conduct::Lying(_) => Manner::Plain,
            Conduct::Silent => Manner::Silent,
            Conduct::Altering => Manner::Altering(Mutex::new(self.random)),
            Conduct::Equivocating => Manner::Equivocating(Box::new(Equivocation {
                replica: Arc::clone(&replica),
                schemes: schemes.clone(),
                second: self.second,
                pairs: self.pairs,
                random: Mutex::new(self.random),
            })),
        });
        let control = self.oracle.control(identity.clone());
        let desk = Desk::new(identity.clone(), self.directory);
        let channel = async |id, subject| {
            let ends = control.register(id, QUOTA).await;
            let (sender, receiver) = ends.map_err(|e| text(&e))?;
            let manner = Arc::clone(&manner);
            let voice = Voice {
                sender,
                desk: desk.clone(),
                subject,
                manner,
            };
            Ok::<_, String>((voice, receiver))
        };
        let channels = Channels {
            votes: channel(0, Subject::Votes).await?,
            certificates: channel(1, Subject::Other).await?,
            resolver: channel(2, Subject::Other).await?,
            backfill: channel(3, Subject::Other).await?,
            blocks: channel(4, Subject::Blocks).await?,
            requests: channel(5, Subject::Other).await?,
        };
        let parts = Parts {
            replica,
            schemes,
            identity,
            timing: timing(&self.shape),
            partition: "engine".to_owned(),
            keep: self.shape.keep,
            known: self.known,
            most: self.most,
        };
        let started = wiring::start(machine, parts, (control, desk), channels).await;
        let (node, ended) = started.map_err(|e| text(&e))?;
        *lock(status) = Status::Up(node);
        match ended.await {
            Ok(ended) => ended.map_err(|e| text(&e)),
            Err(error) => Err(text(&error)),
        }
    }
}
