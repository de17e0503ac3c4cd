//! Four real nodes on loopback: sockets, threads and files. What the simulated pools show at length
//! is seen here once on the runtime that ships.

#![cfg(feature = "engine")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hash_store::FileStorage;
use ledger::bundle::{BundleTrust, BundleVerdict};
use ledger::{Level, Verdict};
use replication::engine::{RunningNode, StartError, start};
use replication::node::{NodeConfig, NodeError, PoolLimits, Timing};
use replication::reply::RequestStatus;
use replication::{
    EPOCH_LEN, Genesis, GenesisFile, GenesisNode, GenesisUser, GenesisVerifier, NodeKeys, Policy,
    Reason, Request, RequestId, Role, UserKey, record,
};

const NODES: usize = 4;

fn keys(index: usize) -> NodeKeys {
    let seed = u8::try_from(index).unwrap();
    NodeKeys::from_seeds(&[seed + 1; 32], &[seed + 101; 32])
}

fn user() -> UserKey {
    UserKey::from_seed(&[202; 32])
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A genesis on ports that are free now.
fn genesis() -> Genesis {
    let held: Vec<_> = (0..2 * NODES)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
        .collect();
    let free: Vec<SocketAddr> = held.iter().map(|l| l.local_addr().unwrap()).collect();
    let node = |index: usize| {
        let keys = keys(index);
        GenesisNode {
            alias: format!("node{index}").parse().unwrap(),
            ed25519: keys.identity(),
            bls: keys.voting(),
            pop: keys.possession(),
            p2p: free[index],
            client: free[NODES + index],
        }
    };
    let bob = GenesisUser {
        id: "bob".parse().unwrap(),
        ed25519: user().public(),
        roles: [Role::ContractInvoker].into_iter().collect(),
        organisation: None,
    };
    let file = GenesisFile {
        version: 1,
        name: "real".parse().unwrap(),
        time_ms: now_ms(),
        epoch_len: EPOCH_LEN,
        dev: false,
        nodes: (0..NODES).map(node).collect(),
        users: vec![bob],
        organisations: Vec::new(),
        policy: Policy::default(),
        rules: BTreeMap::new(),
    };
    Genesis::new(file).unwrap()
}

/// Less patience than nodes far apart need.
fn timing() -> Timing {
    let mut timing = Timing::default();
    timing.idle_ms = 200;
    timing.leader_ms = 500;
    timing.certification_ms = 800;
    timing.retry_ms = 500;
    timing.skip_ms = 1000;
    timing
}

fn config(genesis: &Genesis, dir: &Path, index: usize) -> NodeConfig {
    NodeConfig {
        genesis: genesis.clone(),
        alias: format!("node{index}").parse().unwrap(),
        keys: keys(index),
        dir: dir.join(format!("node{index}")),
        listen: genesis.file().nodes[index].p2p,
        pool: PoolLimits::default(),
        timing: timing(),
        keep_blocks: 1000,
        known: None,
    }
}

fn put(genesis: &Genesis, nonce: u64) -> Vec<u8> {
    let put = record::Operation::Put {
        key: format!("key {nonce}").into_bytes(),
        value: b"value".to_vec(),
    };
    let request = Request {
        network: genesis.network(),
        sender: "bob".parse().unwrap(),
        app: record::APP.parse().unwrap(),
        nonce,
        expires_ms: now_ms() + 60_000,
        payload: put.encode(),
    };
    request.sign(&user()).encode()
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

fn is_final(node: &RunningNode, id: &RequestId) -> bool {
    matches!(node.node().request(id).unwrap(), RequestStatus::Final(_))
}

#[test]
fn four_processes_worth_of_nodes_agree_and_survive_one_that_stops() {
    let dir = tempfile::tempdir().unwrap();
    let genesis = genesis();
    let launch = |index| start(config(&genesis, dir.path(), index)).unwrap();
    let mut nodes: Vec<RunningNode> = (0..NODES).map(launch).collect();

    let first = put(&genesis, 0);
    let mut ids = Vec::new();
    for nonce in 0..8 {
        let node = nodes[usize::try_from(nonce).unwrap() % NODES].node();
        let request = if nonce == 0 {
            first.clone()
        } else {
            put(&genesis, nonce)
        };
        let submitted = node.submit(&request).unwrap();
        let status = submitted.status.blocking_recv().unwrap();
        assert!(
            matches!(status, RequestStatus::Final(ref o) if o.rejected.is_none()),
            "{status:?}"
        );
        ids.push(submitted.id);
    }

    let (outcome, _, bundle) = nodes[0].node().prove_request(&ids[3]).unwrap();
    let verifier = GenesisVerifier::new(&genesis);
    let trust = BundleTrust {
        certificates: Some(&verifier),
        ..BundleTrust::default()
    };
    let BundleVerdict::Valid(proven) = bundle.verify(&trust) else {
        panic!("{:?}", bundle.verify(&trust));
    };
    assert_eq!(proven.height(), outcome.height);
    assert!(nodes[0].metrics().contains("simplex"));

    nodes.remove(1).stop().unwrap();
    for nonce in 8..12 {
        let submitted = nodes[0].node().submit(&put(&genesis, nonce)).unwrap();
        submitted.status.blocking_recv().unwrap();
        ids.push(submitted.id);
    }
    nodes.insert(1, launch(1));
    wait("the restarted node catches up", || {
        ids.iter().all(|id| is_final(&nodes[1], id))
    });

    let again = nodes[1].node().submit(&first);
    assert!(
        matches!(&again, Err(NodeError::Refused(refused)) if refused.reason == Reason::Duplicate),
        "{again:?}"
    );
    wait("all nodes are level", || {
        let first = nodes[0].node().status();
        nodes
            .iter()
            .all(|node| node.node().status().audit_root == first.audit_root)
    });
    for node in nodes {
        node.stop().unwrap();
    }
    for index in 0..NODES {
        let store = FileStorage::new(dir.path().join(format!("node{index}/data")));
        let report = ledger::verify(Arc::new(store), Level::Deep, &mut |_| true).unwrap();
        assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
    }
}

#[test]
fn a_node_that_the_genesis_does_not_name_so_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let genesis = genesis();
    let mut stranger = config(&genesis, dir.path(), 0);
    stranger.alias = "node9".parse().unwrap();
    assert!(matches!(start(stranger), Err(StartError::NotANode { .. })));
    let mut other = config(&genesis, dir.path(), 0);
    other.keys = keys(1);
    assert!(matches!(start(other), Err(StartError::OtherKeys { .. })));
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut second = config(&genesis, dir.path(), 0);
    second.listen = taken.local_addr().unwrap();
    assert!(matches!(start(second), Err(StartError::Listen { .. })));
}
