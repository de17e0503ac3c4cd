//! Pools of nodes on simulated machines. Each seed gives one run.

use std::collections::BTreeSet;
use std::time::Duration;

use ledger::bundle::{BundleTrust, BundleVerdict, Fact};

use super::simulate::judge::{Requests, judge};
use super::simulate::pool::{self, Conduct, Pool, START_MS, Shape, user_key};
use crate::genesis::tests::example;
use crate::genesis::{Genesis, quorum};
use crate::header::Header;
use crate::node::Node;
use crate::reply::RequestStatus;
use crate::request::Request;
use crate::{GenesisVerifier, RequestId, record};

mod epochs;
mod history;

const NODES: u8 = 4;

const FOUR: Shape = Shape {
    nodes: NODES,
    others: 0,
    epoch_len: 8,
    keep: 1 << 20,
    idle_ms: 500,
    latency: Duration::from_millis(10),
    lost: 0,
};

/// Runs a pool; answers with the runtime's account of everything that happened.
fn simulate<F>(seed: u64, story: impl FnOnce(Pool) -> F) -> String
where
    F: Future<Output = ()>,
{
    pool::simulate(FOUR, seed, story).1
}

impl Pool {
    async fn start_all(&mut self) {
        for index in self.indices() {
            self.start(index).await;
        }
    }

    /// Bytes of the engine's own files of a node.
    fn engine_len(&self, index: u8) -> usize {
        let disk = &self.places[usize::from(index)].engine;
        let names = disk.file_names();
        names
            .iter()
            .map(|name| disk.bytes(name).unwrap().len())
            .sum()
    }

    /// The epochs of whose votes a node has files.
    fn epochs_with_votes(&self, index: u8) -> Vec<u64> {
        let names = self.places[usize::from(index)].engine.file_names();
        let epoch = |name: &String| {
            let (partition, _) = name.split_once('/')?;
            partition.strip_prefix("engine-simplex-")?.parse().ok()
        };
        let epochs: BTreeSet<u64> = names.iter().filter_map(epoch).collect();
        epochs.into_iter().collect()
    }

    fn node(&self, index: u8) -> Node {
        self.running(index).unwrap()
    }

    fn up(&self) -> Vec<Node> {
        self.indices()
            .filter_map(|index| self.running(index))
            .collect()
    }

    /// Hands a put of a new key of bob's to a node.
    fn put(&mut self, index: u8) -> RequestId {
        let put = record::Operation::Put {
            key: format!("key {}", self.nonce + 1).into_bytes(),
            value: b"value".to_vec(),
        };
        self.ask(index, ("bob", record::APP), put.encode())
    }

    /// Hands a request of a user to a node.
    fn ask(&mut self, index: u8, (user, app): (&str, &str), payload: Vec<u8>) -> RequestId {
        self.nonce += 1;
        let request = Request {
            network: self.genesis.network(),
            sender: user.parse().unwrap(),
            app: app.parse().unwrap(),
            nonce: self.nonce,
            expires_ms: START_MS + 3_600_000,
            payload,
        };
        let signed = request.sign(&user_key(user));
        self.node(index).submit(&signed.encode()).unwrap().id
    }

    /// Lets a node come to a height.
    async fn until_height(&self, index: u8, height: u64) {
        self.until(|pool| pool.node(index).status().height >= height)
            .await;
    }

    /// Waits until requests are final on a node, in simulated time.
    async fn wait_final(&self, index: u8, ids: &[RequestId]) {
        for id in ids {
            let status = |pool: &Self| pool.node(index).request(id).unwrap();
            self.until(|pool| matches!(status(pool), RequestStatus::Final(_)))
                .await;
        }
    }

    /// Waits until all nodes that are up are at one height.
    async fn wait_level(&self) -> u64 {
        let heights = |pool: &Self| -> Vec<u64> {
            let nodes = pool.up();
            nodes.iter().map(|node| node.status().height).collect()
        };
        self.until(|pool| heights(pool).windows(2).all(|pair| pair[0] == pair[1]))
            .await;
        heights(self)[0]
    }

    /// Holds the nodes that are up against each other at every height, and each request that was
    /// acknowledged against the log: there, done, once.
    fn check(&self, ids: &[RequestId]) {
        let nodes = self.up();
        let mut requests = Requests::new();
        for (id, node) in ids.iter().flat_map(|id| nodes.iter().map(move |n| (id, n))) {
            let RequestStatus::Final(outcome) = node.request(id).unwrap() else {
                panic!("{id} is not final on {node:?}");
            };
            assert_eq!(outcome.rejected, None);
            requests.insert(*id, Some(outcome));
        }
        let histories = nodes.iter().zip(0..).map(|(node, n)| (n, node.snapshot()));
        assert_eq!(judge(&histories.collect::<Vec<_>>(), &requests), None);
    }
}

#[test]
fn four_nodes_agree_and_one_reply_is_proof() {
    simulate(1, |mut pool| async move {
        pool.start_all().await;
        // The first turns may be skipped: nobody has heard of those whose they are.
        pool.until_height(0, 4).await;
        let mut ids = Vec::new();
        for turn in 0..60 {
            ids.push(pool.put(turn % NODES));
            pool.pass(25).await;
        }
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        assert!(pool.wait_level().await > 14);
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
            pool.pass(100).await;
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
        pool.set_conduct(0, Conduct::Lying(lie)).await;
        pool.start_all().await;
        let mut ids = Vec::new();
        for turn in 0..20 {
            ids.push(pool.put(1 + turn % 3));
            pool.pass(100).await;
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
                pool.pass(30).await;
            }
            pool.crash(victim).await;
            for turn in 0..6 {
                ids.push(pool.put(others[turn % 3]));
                pool.pass(100).await;
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
        pool.pass(1000).await;
        let before: Vec<u64> = pool.up().iter().map(|node| node.status().height).collect();
        ids.push(pool.put(0));
        ids.push(pool.put(1));
        pool.pass(10_000).await;
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
        ..FOUR
    };
    pool::simulate(shape, 8, |mut pool| async move {
        let mut lens = Vec::new();
        // Whole sections apart, so that as much is left of each.
        for height in [600, 1112, 1624] {
            pool.start(0).await;
            pool.until_height(0, height).await;
            assert_eq!(pool.node(0).snapshot().attachments(2).unwrap().len(), 2);
            // Files are open once.
            pool.crash(0).await;
            lens.push(pool.engine_len(0));
        }
        assert!(lens[2] < lens[0] * 5 / 4, "{lens:?}");
    });
}
