//! Pools of nodes on the engine's deterministic runtime: simulated clock and links, the very wiring
//! and store of real nodes. Each seed gives one run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use commonware_codec::DecodeExt;
use commonware_cryptography::{Signer, ed25519};
use commonware_p2p::simulated::{self, Link, Network, Oracle};
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{
    Clock as _, Handle, Quota, Runner as _, Spawner, Storage as _, Supervisor,
};
use commonware_utils::{NZU32, NZUsize, probability};
use hash_store::Storage;
use hash_store::sim::{Choice, SimStorage};
use ledger::bundle::{BundleTrust, BundleVerdict, Fact};

use super::types::{Key, scheme};
use super::wiring::{self, Channels, Parts, message_len_max};
use crate::genesis::tests::{example, node_keys};
use crate::genesis::{Genesis, quorum};
use crate::header::Header;
use crate::keys::UserKey;
use crate::node::{Node, PoolLimits, Replica, Timing, open_store};
use crate::reply::RequestStatus;
use crate::request::Request;
use crate::{GenesisVerifier, RequestId, record};

mod history;

const NODES: u8 = 4;
const QUOTA: Quota = Quota::per_second(NZU32!(10_000));

/// A node's place. When it crashes its store's disk loses what was not synced; the engine's files stay
/// as they were, so that the engine knows of all that it was told.
struct Place {
    storage: SimStorage,
    task: Option<Handle<()>>,
    node: Arc<Mutex<Option<Node>>>,
}

/// What a pool is like.
#[derive(Clone, Copy)]
struct Shape {
    nodes: u8,
    keep: u64,
    idle_ms: u64,
}

const FOUR: Shape = Shape {
    nodes: NODES,
    keep: 1 << 20,
    idle_ms: 500,
};

struct Pool {
    shape: Shape,
    context: Context,
    oracle: Oracle<Key, Context>,
    genesis: Genesis,
    places: Vec<Place>,
    nonce: u64,
    /// What is odd about a node.
    rig: fn(u8, &mut Replica),
}

fn identity(index: u8) -> Key {
    let seed = node_keys(index).secrets().0;
    ed25519::PrivateKey::decode(seed.to_vec())
        .unwrap()
        .public_key()
}

/// Runs a pool; answers with the runtime's account of everything that happened.
fn simulate<F>(seed: u64, story: impl FnOnce(Pool) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    simulate_as(FOUR, seed, story)
}

fn simulate_as<F>(shape: Shape, seed: u64, story: impl FnOnce(Pool) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let config = deterministic::Config::new()
        .with_seed(seed)
        .with_timeout(Some(Duration::from_secs(600)));
    deterministic::Runner::new(config).start(|context| async move {
        let config = simulated::Config {
            max_size: message_len_max(usize::from(shape.nodes)),
            max_peers_per_set: NZUsize!(16),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let keys: Vec<Key> = (0..shape.nodes).map(identity).collect();
        let network = context.child("network");
        let (network, oracle) = Network::new_with_peers(network, config, keys).await;
        network.start();
        let mut file = example(shape.nodes);
        file.time_ms = 0;
        let place = |_| Place {
            storage: SimStorage::new(),
            task: None,
            node: Arc::default(),
        };
        let pool = Pool {
            shape,
            context: context.child("pool"),
            oracle,
            genesis: Genesis::new(file).unwrap(),
            places: (0..shape.nodes).map(place).collect(),
            nonce: 0,
            rig: |_, _| {},
        };
        for a in 0..shape.nodes {
            for b in (0..shape.nodes).filter(|b| *b != a) {
                pool.link(a, b).await;
            }
        }
        story(pool).await;
        context.auditor().state()
    })
}

impl Pool {
    async fn link(&self, from: u8, to: u8) {
        let link = Link {
            latency: Duration::from_millis(10),
            jitter: Duration::from_millis(3),
            success_rate: probability!(1.0),
        };
        self.oracle
            .add_link(identity(from), identity(to), link)
            .await
            .unwrap();
    }

    async fn start(&mut self, index: u8) {
        self.start_as(index, None).await;
    }

    async fn start_as(&mut self, index: u8, lie: Option<fn(&mut Header)>) {
        let place = &mut self.places[usize::from(index)];
        let storage: Arc<dyn Storage> = Arc::new(place.storage.clone());
        let slot = Arc::clone(&place.node);
        let (shape, rig) = (self.shape, self.rig);
        let (genesis, oracle) = (self.genesis.clone(), self.oracle.clone());
        let context = self.context.child("node").with_attribute("index", index);
        place.task = Some(context.spawn(move |context| async move {
            let options = ledger::Options {
                background: false,
                ..ledger::Options::default()
            };
            let store = open_store(&genesis, &storage, [index; 16], options).unwrap();
            let alias = format!("node{index}").parse().unwrap();
            let scheme = scheme(&genesis, &node_keys(index)).unwrap().unwrap();
            let mut replica = Replica::new(genesis, alias, store, PoolLimits::default()).unwrap();
            replica.lie = lie;
            rig(index, &mut replica);
            let control = oracle.control(identity(index));
            let mut ends = Vec::new();
            for channel in 0..6 {
                ends.push(control.register(channel, QUOTA).await.unwrap());
            }
            let mut ends = ends.into_iter();
            let mut next = || ends.next().unwrap();
            let channels = Channels {
                votes: next(),
                certificates: next(),
                resolver: next(),
                backfill: next(),
                blocks: next(),
                requests: next(),
            };
            let timing = Timing {
                idle_ms: shape.idle_ms,
                leader_ms: 1000,
                certification_ms: 1500,
                retry_ms: 1000,
                skip_ms: 2000,
                skew_ms: 2000,
            };
            let parts = Parts {
                replica: Arc::new(replica),
                scheme,
                identity: identity(index),
                timing,
                partition: format!("n{index}"),
                keep: shape.keep,
            };
            let network = (control, oracle.manager());
            let (node, ended) = wiring::start(context, parts, network, channels)
                .await
                .unwrap();
            *slot.lock().unwrap() = Some(node);
            let _ = ended.await;
        }));
        while self.places[usize::from(index)]
            .node
            .lock()
            .unwrap()
            .is_none()
        {
            self.sleep(10).await;
        }
    }

    async fn start_all(&mut self) {
        for index in 0..NODES {
            self.start(index).await;
        }
    }

    /// Cuts a node's power.
    async fn crash(&mut self, index: u8) {
        let place = &mut self.places[usize::from(index)];
        *place.node.lock().unwrap() = None;
        place.task.take().unwrap().abort();
        place.storage = place.storage.crash(Choice::Seed(self.nonce));
        self.sleep(50).await;
    }

    /// Bytes of the engine's own files of a node.
    async fn engine_len(&self, index: u8) -> u64 {
        let archive =
            |name: &str, parts: [&str; 3]| parts.map(|part| format!("n{index}-{name}-{part}"));
        let mut partitions = vec![format!("n{index}-simplex-0")];
        for name in ["blocks", "finalizations"] {
            partitions.extend(archive(name, ["metadata", "keys", "values"]));
        }
        for name in [
            "verified",
            "notarized",
            "certified",
            "notarizations",
            "finalizations",
        ] {
            let name = format!("marshal-cache-cache-0-{name}");
            partitions.extend(archive(&name, ["metadata", "key", "value"]));
        }
        let mut total = 0;
        for partition in partitions {
            // One node alone has no use for some of the marshal's.
            let is_optional = partition.contains("-cache-");
            let names = match self.context.scan(&partition).await {
                Err(_) if is_optional => continue,
                names => names.unwrap(),
            };
            for name in names {
                total += self.context.open(&partition, &name).await.unwrap().1;
            }
        }
        total
    }

    async fn sleep(&self, ms: u64) {
        self.context.sleep(Duration::from_millis(ms)).await;
    }

    fn node(&self, index: u8) -> Node {
        self.places[usize::from(index)]
            .node
            .lock()
            .unwrap()
            .clone()
            .unwrap()
    }

    fn up(&self) -> Vec<Node> {
        let slots = self
            .places
            .iter()
            .map(|place| place.node.lock().unwrap().clone());
        slots.flatten().collect()
    }

    /// Hands a put of a new key of bob's to a node.
    fn put(&mut self, index: u8) -> RequestId {
        self.nonce += 1;
        let put = record::Operation::Put {
            key: format!("key {}", self.nonce).into_bytes(),
            value: b"value".to_vec(),
        };
        let request = Request {
            network: self.genesis.network(),
            sender: "bob".parse().unwrap(),
            app: record::APP.parse().unwrap(),
            nonce: self.nonce,
            expires_ms: 3_600_000,
            payload: put.encode(),
        };
        let signed = request.sign(&UserKey::from_seed(&[202; 32]));
        self.node(index).submit(&signed.encode()).unwrap().id
    }

    /// Waits until requests are final on a node, in simulated time.
    async fn wait_final(&self, index: u8, ids: &[RequestId]) {
        for id in ids {
            while !matches!(
                self.node(index).request(id).unwrap(),
                RequestStatus::Final(_)
            ) {
                self.sleep(50).await;
            }
        }
    }

    /// Waits until all nodes that are up are at one height.
    async fn wait_level(&self) -> u64 {
        loop {
            let heights: Vec<u64> = self.up().iter().map(|node| node.status().height).collect();
            if heights.iter().all(|height| *height == heights[0]) {
                return heights[0];
            }
            self.sleep(20).await;
        }
    }

    /// Holds the nodes that are up against each other at every height, and each request that was
    /// acknowledged against the log: there, done, once.
    fn check(&self, ids: &[RequestId]) {
        let nodes = self.up();
        let snapshots: Vec<_> = nodes.iter().map(Node::snapshot).collect();
        let height = snapshots
            .iter()
            .map(ledger::Snapshot::height)
            .min()
            .unwrap();
        for height in 1..=height {
            let first = snapshots[0].commit(height).unwrap();
            for other in &snapshots[1..] {
                let other = other.commit(height).unwrap();
                assert_eq!(other.body_bytes, first.body_bytes, "at height {height}");
            }
        }
        for node in &nodes {
            let size = node.snapshot().ledger("domain").unwrap().size();
            let mut times: BTreeMap<RequestId, u32> = BTreeMap::new();
            let snapshot = node.snapshot();
            for entry in snapshot
                .ledger("domain")
                .unwrap()
                .entries(0..size.0)
                .unwrap()
            {
                let transaction = crate::Transaction::decode(&entry.unwrap().1).unwrap();
                assert_eq!(transaction.rejected, None);
                *times.entry(transaction.signed.request.id()).or_default() += 1;
            }
            assert!(ids.iter().all(|id| times.get(id) == Some(&1)), "{node:?}");
        }
    }
}

#[test]
fn four_nodes_agree_and_one_reply_is_proof() {
    simulate(1, |mut pool| async move {
        pool.start_all().await;
        let mut ids = Vec::new();
        for turn in 0..60 {
            ids.push(pool.put(turn % NODES));
            pool.sleep(25).await;
        }
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        assert!(pool.wait_level().await > 10);
        pool.check(&ids);

        let node = pool.node(2);
        let verifier = GenesisVerifier::new(&pool.genesis);
        let trust = BundleTrust {
            certificates: Some(&verifier),
            ..BundleTrust::default()
        };
        let (outcome, transaction, bundle) = node.prove_request(&ids[7]).unwrap();
        assert_eq!(transaction.signed.request.id(), ids[7]);
        let BundleVerdict::Valid(proven) = bundle.verify(&trust) else {
            panic!("{:?}", bundle.verify(&trust));
        };
        assert_eq!((proven.height(), outcome.rejected), (outcome.height, None));
        let present = node.query(record::APP, b"key 8", true).unwrap();
        let absent = node.query(record::APP, b"no key", true).unwrap();
        for (reply, expected) in [(present, Some(b"\x03bobvalue".as_slice())), (absent, None)] {
            let BundleVerdict::Valid(proven) = reply.proofs[0].verify(&trust) else {
                panic!("{:?}", reply.proofs[0].verify(&trust));
            };
            let got = match proven.fact() {
                Fact::Present { value, .. } => Some(value),
                _ => None,
            };
            assert_eq!(got, expected);
        }
        let mut other = example(NODES);
        other.name = "other".parse().unwrap();
        let other = GenesisVerifier::new(&Genesis::new(other).unwrap());
        let trust = BundleTrust {
            certificates: Some(&other),
            ..BundleTrust::default()
        };
        assert!(matches!(bundle.verify(&trust), BundleVerdict::Invalid(_)));
    });
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        simulate(seed, |mut pool| async move {
            pool.start_all().await;
            let ids = [pool.put(0), pool.put(1)];
            pool.wait_final(3, &ids).await;
        })
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn one_silent_node_stops_nothing() {
    simulate(2, |mut pool| async move {
        for index in 0..3 {
            pool.start(index).await;
        }
        let mut ids = Vec::new();
        for turn in 0..20 {
            ids.push(pool.put(turn % 3));
            pool.sleep(100).await;
        }
        pool.wait_final(0, &ids).await;
        pool.wait_level().await;
        pool.check(&ids);
    });
}

#[test]
fn a_node_that_proposes_wrong_roots_changes_nothing() {
    simulate(3, |mut pool| async move {
        let lie: fn(&mut Header) = |header| header.ledgers[2].state_root = Default::default();
        pool.start_as(0, Some(lie)).await;
        for index in 1..NODES {
            pool.start(index).await;
        }
        let mut ids = Vec::new();
        for turn in 0..20 {
            ids.push(pool.put(1 + turn % 3));
            pool.sleep(100).await;
        }
        pool.wait_final(1, &ids).await;
        pool.wait_level().await;
        pool.check(&ids);
        let liar = pool.node(0).status().ed25519;
        let snapshot = pool.node(1).snapshot();
        for height in 2..=snapshot.height() {
            let attached = snapshot.attachments(height).unwrap();
            let header = Header::decode(&attached[0].bytes).unwrap();
            assert_ne!(header.proposer, liar, "at height {height}");
        }
    });
}

#[test]
fn each_node_crashes_in_turn_and_nothing_is_lost_or_doubled() {
    simulate(4, |mut pool| async move {
        pool.start_all().await;
        let mut ids = Vec::new();
        for victim in 0..NODES {
            let others: Vec<u8> = (0..NODES).filter(|index| *index != victim).collect();
            for turn in 0..6 {
                ids.push(pool.put(others[turn % 3]));
                pool.sleep(30).await;
            }
            pool.crash(victim).await;
            for turn in 0..6 {
                ids.push(pool.put(others[turn % 3]));
                pool.sleep(100).await;
            }
            pool.start(victim).await;
            pool.wait_final(victim, &ids).await;
        }
        pool.wait_level().await;
        pool.check(&ids);
    });
}

#[test]
fn two_of_four_commit_nothing_and_go_on_when_the_third_returns() {
    simulate(7, |mut pool| async move {
        pool.start_all().await;
        let mut ids = vec![pool.put(0)];
        pool.wait_final(0, &ids).await;
        pool.wait_level().await;
        pool.crash(2).await;
        pool.crash(3).await;
        pool.sleep(1000).await;
        let before: Vec<u64> = pool.up().iter().map(|node| node.status().height).collect();
        ids.push(pool.put(0));
        ids.push(pool.put(1));
        pool.sleep(10_000).await;
        let after: Vec<u64> = pool.up().iter().map(|node| node.status().height).collect();
        assert_eq!(before, after);
        assert_eq!(
            pool.node(0).request(&ids[1]).unwrap(),
            RequestStatus::Pending
        );
        pool.start(2).await;
        for index in 0..3 {
            pool.wait_final(index, &ids).await;
        }
        pool.start(3).await;
        pool.wait_final(3, &ids).await;
        pool.wait_level().await;
        pool.check(&ids);
    });
}

#[test]
fn all_nodes_crash_at_once_and_come_back() {
    simulate(8, |mut pool| async move {
        pool.start_all().await;
        let mut ids: Vec<_> = (0..8).map(|turn| pool.put(turn % NODES)).collect();
        pool.wait_final(0, &ids).await;
        for index in 0..NODES {
            pool.crash(index).await;
        }
        pool.start_all().await;
        ids.push(pool.put(1));
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.wait_level().await;
        pool.check(&ids);
    });
}

#[test]
fn the_engine_needs_the_quorum_that_certificates_are_held_to() {
    for nodes in 1..=30u32 {
        use commonware_utils::{Faults, N3f1};
        let engine: u32 = N3f1::quorum(nodes);
        assert_eq!(quorum(nodes as usize), engine as usize);
    }
}

/// The engine's files keep the last blocks alone; the store has all.
#[test]
fn the_engines_files_do_not_grow_with_the_chain() {
    let shape = Shape {
        nodes: 1,
        keep: 64,
        idle_ms: 20,
    };
    simulate_as(shape, 8, |mut pool| async move {
        let mut lens = Vec::new();
        // Whole sections apart, so that as much is left of each.
        for height in [600, 1112, 1624] {
            pool.start(0).await;
            while pool.node(0).status().height < height {
                pool.sleep(50).await;
            }
            assert_eq!(pool.node(0).snapshot().attachments(2).unwrap().len(), 2);
            // Files are open once.
            pool.crash(0).await;
            lens.push(pool.engine_len(0).await);
        }
        assert!(lens[2] < lens[0] * 5 / 4, "{lens:?}");
    });
}
