//! Real nodes in this process, each on threads of its own, and what loads them: requests that were
//! signed beforehand, a fixed number of them under way at each node.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hash_store::FileStorage;
use ledger::{Level, Verdict};
use replication::engine::{RunningNode, start};
use replication::node::{NodeConfig, PoolLimits, Timing};
use replication::record::{APP, Operation};
use replication::reply::RequestStatus;
use replication::{
    Genesis, GenesisFile, GenesisNode, GenesisUser, NodeKeys, Policy, Request, Role, UserKey,
};

use super::{free_addresses, now_ms};

const USERS: u8 = 16;
/// Bytes of a request under load, its signature included.
const REQUEST_LEN: usize = 200;

/// What makes a network: all of it follows from its genesis and this.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) dir: PathBuf,
    pub(crate) genesis: Genesis,
}

fn keys(index: usize) -> NodeKeys {
    let seed = u8::try_from(index).unwrap();
    NodeKeys::from_seeds(&[seed + 1; 32], &[seed + 101; 32])
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

/// Clients of each node, on a thread each.
const CLIENTS: usize = 4;

/// Keeps `under_way` requests under way at each of the nodes; what came of them after `warm`.
pub(crate) fn load(
    nodes: &[RunningNode],
    requests: &[Vec<u8>],
    under_way: usize,
    (warm, measured): (Duration, Duration),
) -> Load {
    let next = AtomicU64::new(0);
    let begin = Instant::now();
    let window = begin + warm..begin + warm + measured;
    let ended: Vec<Vec<(Instant, Duration)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = nodes
            .iter()
            .flat_map(|node| std::iter::repeat_n(node, CLIENTS))
            .map(|node| {
                let (next, window) = (&next, &window);
                scope.spawn(move || {
                    let mut waiting = VecDeque::new();
                    let mut ended = Vec::new();
                    loop {
                        let open = Instant::now() < window.end;
                        while open && waiting.len() < under_way.div_ceil(CLIENTS) {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            let request = usize::try_from(number).unwrap();
                            let request = requests.get(request).expect("enough requests");
                            let sent = Instant::now();
                            let submitted = node.node().submit(request).unwrap();
                            waiting.push_back((sent, submitted.status));
                        }
                        let Some((sent, status)) = waiting.pop_front() else {
                            return ended;
                        };
                        let status = status.blocking_recv().unwrap();
                        let done =
                            matches!(&status, RequestStatus::Final(o) if o.rejected.is_none());
                        assert!(done, "{status:?}");
                        let now = Instant::now();
                        ended.push((now, now - sent));
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let done = ended.iter().map(Vec::len).sum::<usize>() as u64;
    let within = ended.iter().flatten().filter(|one| window.contains(&one.0));
    let mut took: Vec<_> = within.map(|one| one.1).collect();
    took.sort_unstable();
    Load {
        per_second: took.len() as f64 / measured.as_secs_f64(),
        p50: took[took.len() / 2],
        p99: took[took.len() * 99 / 100],
        done,
    }
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
