//! Real nodes in this process, each on threads of its own, and what loads them: requests that were
//! signed beforehand, a fixed number of them under way at each node.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use hash_store::FileStorage;
use ledger::{Level, Verdict};
use replication::engine::{RunningNode, start};
use replication::node::{NodeConfig, PoolLimits, Timing};
use replication::record::{APP, Operation};
use replication::reply::RequestStatus;
use replication::{
    EPOCH_LEN, Genesis, GenesisFile, GenesisNode, GenesisUser, NODES_MIN, NodeKeys, Policy,
    Request, Role, UserKey,
};

use tokio::sync::oneshot;

use super::{NODES, free_addresses, now_ms};

const USERS: u8 = 16;
/// Bytes of a request under load, its signature included.
const REQUEST_LEN: usize = 200;

/// What makes a network: all of it follows from its genesis and this.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) dir: PathBuf,
    pub(crate) genesis: Genesis,
}

/// What the keys of a node come from: that of its identity, that of its votes.
pub(crate) fn seeds(index: usize) -> ([u8; 32], [u8; 32]) {
    let seed = u8::try_from(index).unwrap();
    ([seed + 1; 32], [seed + 101; 32])
}

fn keys(index: usize) -> NodeKeys {
    let (identity, voting) = seeds(index);
    NodeKeys::from_seeds(&identity, &voting)
}

fn user(index: u8) -> UserKey {
    UserKey::from_seed(&[200 - index; 32])
}

impl Network {
    pub(crate) fn new(dir: &Path, name: &str, nodes: usize, per_block: u32) -> Self {
        let free = free_addresses(2 * nodes);
        let node = |index: usize| {
            let keys = keys(index);
            GenesisNode {
                alias: format!("node{index}").parse().unwrap(),
                ed25519: keys.identity(),
                bls: keys.voting(),
                pop: keys.possession(),
                p2p: free[index],
                client: free[nodes + index],
            }
        };
        let user = |index: u8| GenesisUser {
            id: format!("user{index:02}").parse().unwrap(),
            ed25519: user(index).public(),
            roles: [Role::ContractInvoker].into_iter().collect(),
            organisation: None,
        };
        let mut policy = Policy::default();
        policy.block_requests_max = per_block;
        let genesis = Genesis::new(GenesisFile {
            version: 1,
            name: name.parse().unwrap(),
            time_ms: now_ms(),
            epoch_len: EPOCH_LEN,
            dev: nodes < NODES_MIN,
            nodes: (0..nodes).map(node).collect(),
            users: (0..USERS).map(user).collect(),
            organisations: Vec::new(),
            policy,
            rules: BTreeMap::new(),
        });
        Self {
            dir: dir.join(name),
            genesis: genesis.unwrap(),
        }
    }

    /// What a node of the network is started with.
    pub(crate) fn config(&self, index: usize) -> NodeConfig {
        NodeConfig {
            genesis: self.genesis.clone(),
            alias: format!("node{index}").parse().unwrap(),
            keys: keys(index),
            dir: self.dir.join(format!("node{index}")),
            listen: self.genesis.file().nodes[index].p2p,
            pool: PoolLimits::default(),
            timing: Timing::default(),
            keep_blocks: 1024,
            known: None,
        }
    }

    pub(crate) fn client_address(&self, index: usize) -> SocketAddr {
        self.genesis.file().nodes[index].client
    }

    pub(crate) fn launch(&self, index: usize) -> RunningNode {
        start(self.config(index)).unwrap()
    }

    /// A signed request of that number, in its canonical bytes.
    pub(crate) fn put(&self, number: u64, value_len: usize) -> Vec<u8> {
        // Keys in no order, as hashes are.
        let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let put = Operation::Put {
            key: format!("{key:016x}").into_bytes(),
            value: vec![b'v'; value_len],
        };
        let index = u8::try_from(number % u64::from(USERS)).unwrap();
        let request = Request {
            network: self.genesis.network(),
            sender: format!("user{index:02}").parse().unwrap(),
            app: APP.parse().unwrap(),
            nonce: number,
            expires_ms: now_ms() + 3_600_000,
            payload: put.encode(),
        };
        request.sign(&user(index)).encode()
    }

    /// So many requests of 200 bytes, signed on two threads.
    pub(crate) fn load_of(&self, count: u64) -> Vec<Vec<u8>> {
        let value_len = REQUEST_LEN - self.put(0, 0).len();
        let half = |from, to| {
            (from..to)
                .map(|n| self.put(n, value_len))
                .collect::<Vec<_>>()
        };
        std::thread::scope(|scope| {
            let second = scope.spawn(|| half(count / 2, count));
            let mut all = half(0, count / 2);
            all.extend(second.join().unwrap());
            assert!(all.iter().all(|request| request.len() == REQUEST_LEN));
            all
        })
    }
}

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Requests that became final in all.
    pub(crate) done: u64,
}

/// Starts all nodes of a network, and waits until they have found each other and agree.
pub(crate) fn launch_all(network: &Network, count: usize) -> Vec<RunningNode> {
    let nodes: Vec<_> = (0..count).map(|index| network.launch(index)).collect();
    let patience = Instant::now() + Duration::from_secs(30);
    while nodes.iter().any(|node| node.node().status().height < 3) {
        assert!(Instant::now() < patience, "the nodes do not agree");
        std::thread::sleep(Duration::from_millis(20));
    }
    nodes
}

/// When each request was handed in and became final.
type Ended = Vec<(Instant, Instant)>;

impl Load {
    fn of(ended: &[Ended], window: &Range<Instant>) -> Self {
        let all = ended.iter().flatten();
        let within = all.filter(|(_, end)| window.contains(end));
        let mut took: Vec<_> = within.map(|(sent, end)| *end - *sent).collect();
        took.sort_unstable();
        Self {
            per_second: took.len() as f64 / (window.end - window.start).as_secs_f64(),
            p50: took[took.len() / 2],
            p99: took[took.len() * 99 / 100],
            done: ended.iter().map(Vec::len).sum::<usize>() as u64,
        }
    }
}

/// A request that was taken in, since when.
type Waiting = (Instant, oneshot::Receiver<RequestStatus>);

/// Clients of each node, on a thread each.
const CLIENTS: usize = 2;

/// Hands requests in, several at once.
fn submit<'a>(
    node: &RunningNode,
    requests: &'a [Vec<u8>],
    sent: Instant,
) -> impl Iterator<Item = Waiting> + use<'a> {
    let requests: Vec<&[u8]> = requests.iter().map(Vec::as_slice).collect();
    let submitted = node.node().submit_all(&requests).into_iter();
    submitted.map(move |submitted| (sent, submitted.unwrap().status))
}

fn end((sent, status): Waiting) -> (Instant, Instant) {
    let status = status.blocking_recv().unwrap();
    let done = matches!(&status, RequestStatus::Final(o) if o.rejected.is_none());
    assert!(done, "{status:?}");
    (sent, Instant::now())
}

/// Keeps `under_way` requests under way at each of the nodes; what came of them after `warm`.
pub(crate) fn load(
    nodes: &[RunningNode],
    requests: &[Vec<u8>],
    under_way: usize,
    (warm, measured): (Duration, Duration),
) -> Load {
    let next = AtomicUsize::new(0);
    let begin = Instant::now();
    let window = begin + warm..begin + warm + measured;
    let under_way = under_way.div_ceil(CLIENTS);
    // As if that many clients had sent at once.
    let lot = under_way.div_ceil(2);
    let client = |node: &RunningNode| {
        let (mut waiting, mut ended) = (VecDeque::new(), Vec::new());
        loop {
            while Instant::now() < window.end && waiting.len() + lot <= under_way {
                let from = next.fetch_add(lot, Ordering::Relaxed);
                let requests = requests.get(from..from + lot).expect("enough requests");
                waiting.extend(submit(node, requests, Instant::now()));
            }
            let Some(first) = waiting.pop_front() else {
                return ended;
            };
            ended.push(end(first));
        }
    };
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let of_all = nodes
            .iter()
            .flat_map(|node| std::iter::repeat_n(node, CLIENTS));
        let client = &client;
        let threads: Vec<_> = of_all
            .map(|node| scope.spawn(move || client(node)))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.collect()
    });
    Load::of(&ended, &window)
}

/// How often requests are handed in at a given rate: those due since are handed in together.
const TICK: Duration = Duration::from_millis(5);

/// Hands so many requests a second in, whatever becomes of those before; the time each takes counts
/// from when it was due.
pub(crate) fn load_at(
    nodes: &[RunningNode],
    requests: &[Vec<u8>],
    rate: usize,
    (warm, measured): (Duration, Duration),
) -> Load {
    let begin = Instant::now();
    let window = begin + warm..begin + warm + measured;
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let shares = requests.chunks(requests.len().div_ceil(nodes.len()));
        let threads: Vec<_> = nodes
            .iter()
            .zip(shares)
            .map(|(node, share)| {
                let (sender, waiting) = mpsc::channel();
                let end_at = window.end;
                scope.spawn(move || {
                    let (mut due, mut sent) = (begin, 0);
                    while due < end_at {
                        due += TICK;
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let until = (due - begin).as_micros() * rate as u128 / 1_000_000;
                        let until = usize::try_from(until).unwrap() / NODES;
                        let lot = share.get(sent..until).expect("enough requests");
                        sent += lot.len();
                        for one in submit(node, lot, due) {
                            sender.send(one).unwrap();
                        }
                    }
                });
                scope.spawn(move || waiting.into_iter().map(end).collect::<Ended>())
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.collect()
    });
    Load::of(&ended, &window)
}

/// Holds the nodes against each other at every height, and the log against what was acknowledged;
/// then stops them and reads all that they stored.
pub(crate) fn check(network: &Network, nodes: Vec<RunningNode>, done: u64) {
    let size = |node: &RunningNode| {
        let snapshot = node.node().snapshot();
        snapshot.ledger("domain").unwrap().size().0
    };
    let patience = Instant::now() + Duration::from_secs(30);
    while nodes.iter().any(|node| size(node) != done) {
        assert!(Instant::now() < patience, "not all nodes have all requests");
        std::thread::sleep(Duration::from_millis(20));
    }
    let snapshots: Vec<_> = nodes.iter().map(|node| node.node().snapshot()).collect();
    let height = snapshots
        .iter()
        .map(ledger::Snapshot::height)
        .min()
        .unwrap();
    for height in 1..=height {
        let first = snapshots[0].commit(height).unwrap().body_bytes;
        for other in &snapshots[1..] {
            let other = other.commit(height).unwrap().body_bytes;
            assert_eq!(other, first, "the nodes disagree at height {height}");
        }
    }
    drop(snapshots);
    let aliases: Vec<_> = nodes
        .iter()
        .map(|node| node.node().alias().clone())
        .collect();
    for node in nodes {
        node.stop().unwrap();
    }
    for alias in aliases {
        let store = FileStorage::new(network.dir.join(alias.as_str()).join("data"));
        let report = ledger::verify(Arc::new(store), Level::Full, &mut |_| true).unwrap();
        assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
    }
}
