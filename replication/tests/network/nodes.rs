//! Nodes come, leave and change their keys while the network goes on.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use ledger::ProofBundle;
use ledger::bundle::{BundleTrust, BundleVerdict, Evidence};
use replication::{CertificateChain, GenesisVerifier, record};
use serde_json::Value;

use crate::records::proven;
use crate::testnet::Testnet;

/// Heights of an epoch.
const EPOCH: u64 = 16;

impl Testnet {
    /// `ledgerctl --as admin member ARGUMENTS`, asked of one node: it knows what it said is final, which
    /// others may not yet.
    fn change(&self, arguments: &[&str], code: i32) -> String {
        let global = ["--node", "node1", "--as", "admin", "member"];
        let arguments = [&global, arguments].concat();
        self.ctl(&arguments).exit(code)
    }

    /// The nodes that vote, as soon as they are those that will: with the keys of their votes.
    fn settled(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let shown = self.ctl(&["--json", "member", "show", "nodes"]).json(0);
            if shown["nodes"] == shown["next"] && wanted(&shown["nodes"]) {
                return shown["nodes"].clone();
            }
            assert!(started.elapsed() < Duration::from_secs(120), "{shown}");
        }
    }

    /// Puts a record, and shows with the genesis alone that it is there: a certificate of those who
    /// vote now, and as many handovers as lead to them.
    fn put_and_prove(&self, key: &str, handovers: usize) -> ProofBundle {
        let file = self.path().join("proof.json");
        let proof = file.to_str().unwrap();
        self.ctl(&["put", key, "there"]).exit(0);
        self.ctl(&["--proof", proof, "get", key]).exit(0);
        let bundle = ProofBundle::from_json(&fs::read(&file).unwrap()).unwrap();
        let (shown, value) = proven(&self.genesis, &bundle);
        assert_eq!(shown, record::state_key(key.as_bytes()));
        assert!(value.unwrap().ends_with(b"there"));
        assert_eq!(chain(&bundle).handovers.len(), handovers);
        bundle
    }
}

fn chain(bundle: &ProofBundle) -> CertificateChain {
    let Evidence::Finality { certificate, .. } = &bundle.evidence else {
        panic!("{bundle:?}");
    };
    CertificateChain::decode(certificate).unwrap()
}

fn aliases(nodes: &Value) -> BTreeSet<&str> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| node["alias"].as_str().unwrap()).collect()
}

#[test]
fn nodes_come_leave_and_change_their_keys_under_load() {
    let network = Testnet::start_with_epochs(4, EPOCH);
    let load = network.bench(20, 20);

    // One more node, which knows the genesis and one address.
    network.testnet("add").exit(0);
    let node4 = network.path().join("node4");
    let early = network.node("restart", 4);
    assert!(
        early
            .err
            .contains("`ledgerctl member add-node` is yet to be done"),
        "{early:?}"
    );
    let file = node4.join("node.json");
    let file = file.to_str().unwrap();
    let refused = network.ctl(&["--as", "guest", "member", "add-node", file]);
    assert_eq!(refused.exit(4), "refused: role\n");
    network.change(&["add-node", file], 0);
    let again = network.change(&["add-node", file], 4);
    assert_eq!(again, "refused: node-exists\n");
    network.node("restart", 4).exit(0);
    network.settled(|nodes| aliases(nodes).len() == 5);
    // Four of five must vote: the new one is needed now.
    network.node("kill", 0).exit(0);
    network.put_and_prove("one", 1);
    network.node("restart", 0).exit(0);

    // One leaves: it ends, and does not start again.
    network.change(&["remove-node", "node2"], 0);
    network.settled(|nodes| aliases(nodes) == ["node0", "node1", "node3", "node4"].into());
    let started = Instant::now();
    let log = || fs::read_to_string(network.path().join("node2/log")).unwrap();
    while !log().contains("the network goes on without the node node2") {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", log());
        std::thread::yield_now();
    }
    let refused = network.node("restart", 2);
    assert!(
        refused.err.contains("the network has no node node2"),
        "{refused:?}"
    );
    let few = network.change(&["remove-node", "node1"], 4);
    assert_eq!(few, "refused: too-few-nodes\n");

    // One gets another key: with it, it is needed too.
    let before = network.settled(|_| true);
    network.change(&["rotate-key", "node3"], 0);
    network.node("restart", 3).exit(0);
    network.settled(|nodes| *nodes != before);
    network.node("kill", 1).exit(0);
    let bundle = network.put_and_prove("two", 3);
    network.node("restart", 1).exit(0);

    // No handover may be left out.
    let whole = chain(&bundle);
    let verifier = GenesisVerifier::new(&network.genesis);
    for left_out in 0..whole.handovers.len() {
        let mut shorter = whole.clone();
        shorter.handovers.remove(left_out);
        let mut bundle = bundle.clone();
        if let Evidence::Finality { certificate, .. } = &mut bundle.evidence {
            *certificate = shorter.encode();
        }
        let trust = BundleTrust {
            certificates: Some(&verifier),
            ..BundleTrust::default()
        };
        let verdict = bundle.verify(&trust);
        assert!(matches!(verdict, BundleVerdict::Invalid(_)), "{left_out}");
    }

    let load = load.finish();
    assert_eq!(
        (&load["rejected"], &load["refused"]),
        (&0.into(), &0.into())
    );
    assert_eq!(load["in_doubt"], 0, "{load}");
    network.agreed();
    network.stop_and_verify();
}
