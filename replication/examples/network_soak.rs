//! Networks of real processes, longer than a test may take: `network_soak each` kills each node in
//! turn under load, `network_soak half` takes two of four away, `network_soak behind` takes the disk of
//! one and gives it back empty, 2,000 commits later, `network_soak far` has a fifth node join 100,000
//! commits, `--epochs N` times 256, later. `--rounds N` does it N times.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a command for people, made of test code"
)]

#[allow(dead_code, reason = "made for the tests beside it")]
#[path = "../tests/network/testnet.rs"]
mod testnet;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use replication::keyfile::read_seed;
use replication::simulate::forge;
use replication::{Genesis, NodeKeys, Request, UserKey, record};
use testnet::Testnet;

const USAGE: &str = "network_soak each|half|behind|far [--rounds N] [--epochs N]";
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut rounds, mut epochs) = (1, 391);
    for option in arguments.get(1..).unwrap_or_default().chunks(2) {
        let number = option.get(1).and_then(|n| n.parse().ok()).expect(USAGE);
        match option[0].as_str() {
            "--rounds" => rounds = number,
            "--epochs" => epochs = number,
            _ => panic!("{USAGE}"),
        }
    }
    for round in 1..=rounds {
        match arguments.first().map(String::as_str) {
            Some("each") => each(),
            Some("half") => half(),
            Some("behind") => behind(),
            Some("far") => far(epochs),
            _ => panic!("{USAGE}"),
        }
        println!("round {round} of {rounds}: passed");
    }
}

/// Each node in turn, and so the one whose turn it is to lead: the load goes on.
fn each() {
    let network = Testnet::start(4);
    let mut total = 0;
    for node in 0..4 {
        let other = (node + 1) % 4;
        let bench = network.bench(100, 15);
        until(&network, other, |status| size(status) >= total + 200);
        network.node("kill", node).exit(0);
        until(&network, other, |status| size(status) >= total + 700);
        network.node("restart", node).exit(0);
        let load = bench.finish();
        println!("node{node} killed under load: {load}");
        assert_eq!(
            (&load["sent"], &load["final"]),
            (&1500.into(), &1500.into()),
            "{load}"
        );
        assert!(
            load["longest_pause_ms"].as_u64().unwrap() <= 10_000,
            "{load}"
        );
        total += 1500;
        let height = network.agreed()["height"].as_u64().unwrap();
        assert_eq!(
            network.domain_size(height),
            total,
            "each request is in the log, once"
        );
    }
    network.stop_and_verify();
}

/// Two of four commit nothing and lose nothing, and go on when the third returns.
fn half() {
    let network = Testnet::start(4);
    network.ctl(&["put", "door", "red"]).exit(0);
    for node in [2, 3] {
        network.node("kill", node).exit(0);
    }
    let put = ["--timeout", "8", "put", "door", "blue", "--json"];
    let first = network.ctl(&put).json(1);
    let before = status(&network, 0);
    let second = network.ctl(&put).json(1);
    let after = status(&network, 0);
    assert_eq!(
        (&before["height"], &before["audit_root"]),
        (&after["height"], &after["audit_root"])
    );
    println!("two of four: still at height {}", before["height"]);
    let text = network.testnet("status").exit(3);
    assert_eq!(text.lines().last(), Some("only 2/4 up"));
    network.node("restart", 2).exit(0);
    for put in [first, second] {
        let shown = network.ctl(&["tx", "show", put["id"].as_str().unwrap(), "--json"]);
        let shown = shown.json(0);
        println!("in doubt before, final at height {} now", shown["height"]);
    }
    network.node("restart", 3).exit(0);
    let height = network.ctl(&["put", "door", "green", "--json"]).json(0)["height"].as_u64();
    assert_eq!(network.domain_size(height.unwrap()), 4);
    network.stop_and_verify();
}

/// A node whose disk was lost gets every commit from peers whose engines keep next to none, while the
/// load goes on.
fn behind() {
    const COMMITS: u64 = 2000;
    let network = Testnet::init(4);
    for node in 0..4 {
        let file = network.path().join(format!("node{node}/ledgerd.toml"));
        let config = fs::read_to_string(&file).unwrap();
        let config = format!("keep_blocks = 16\n{config}\n[timing]\nidle_ms = 5\n");
        fs::write(&file, config).unwrap();
    }
    network.testnet("start").exit(0);
    empty(&network, 3);
    let height = |node: usize| status(&network, node)["height"].as_u64().unwrap();
    let start = Instant::now();
    while height(0) < COMMITS {
        assert!(
            start.elapsed() < 20 * PATIENCE,
            "only {} commits",
            height(0)
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    let bench = network.bench(50, 30);
    let (start, target) = (Instant::now(), height(0));
    network.node("restart", 3).exit(0);
    until(&network, 3, |status| {
        status["height"].as_u64().unwrap() >= target
    });
    println!(
        "{target} commits behind: level in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let load = bench.finish();
    println!("meanwhile: {load}");
    assert_eq!(load["final"], 1500, "{load}");
    assert!(
        load["longest_pause_ms"].as_u64().unwrap() <= 10_000,
        "{load}"
    );
    let height = network.agreed()["height"].as_u64().unwrap();
    assert_eq!(network.domain_size(height), 1500);
    network.stop_and_verify();
}

/// A fifth node that knows one address, where the others have 100,000 commits, each of one request:
/// it gets them while the load goes on, and then votes.
fn far(epochs: u64) {
    let network = Testnet::init(4);
    let (commits, seconds) = (history(&network, epochs), Instant::now());
    for node in 1..4 {
        copy(&network.data(0), &network.data(node));
    }
    network.testnet("start").exit(0);
    println!(
        "four nodes start on it in {:.1} s",
        seconds.elapsed().as_secs_f64()
    );
    network.testnet("add").exit(0);
    let file = network.path().join("node4/node.json");
    let member = ["--as", "admin", "member", "add-node"];
    network
        .ctl(&[&member[..], &[file.to_str().unwrap()]].concat())
        .exit(0);
    let load = 60 + u32::try_from(commits / 200).unwrap();
    let (bench, start) = (network.bench(20, load), Instant::now());
    network.node("restart", 4).exit(0);
    let mut told = 0;
    loop {
        let height = status(&network, 4)["height"].as_u64().unwrap();
        if height >= told + 10_000 {
            told = height;
            println!("  {height} after {:.1} s", start.elapsed().as_secs_f64());
        }
        if height >= status(&network, 1)["height"].as_u64().unwrap() {
            break;
        }
        assert!(start.elapsed() < 60 * PATIENCE, "only {height} commits");
        std::thread::sleep(Duration::from_millis(500));
    }
    println!(
        "{commits} commits behind: level with all that came since in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let load_of = bench.finish();
    println!("meanwhile: {load_of}");
    assert_eq!(load_of["final"], 20 * load, "{load_of}");
    assert!(
        load_of["longest_pause_ms"].as_u64().unwrap() <= 10_000,
        "{load_of}"
    );
    let start = Instant::now();
    loop {
        let nodes = network.ctl(&["--json", "member", "show", "nodes"]).json(0);
        if nodes["nodes"].as_array().unwrap().len() == 5 {
            break;
        }
        assert!(start.elapsed() < 10 * PATIENCE, "{nodes}");
        std::thread::sleep(Duration::from_millis(500));
    }
    // Four of five must vote.
    network.node("kill", 0).exit(0);
    network.ctl(&["put", "voted", "yes"]).exit(0);
    println!("it votes");
    network.node("restart", 0).exit(0);
    network.agreed();
    network.stop_and_verify();
}

/// Writes whole epochs to node0's store; answers with its height.
fn history(network: &Testnet, epochs: u64) -> u64 {
    let genesis = fs::read(network.path().join("genesis.json")).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let seed = |file: &str| read_seed(&network.path().join(file)).unwrap();
    let keys = (0..4).map(|node| {
        let identity = seed(&format!("node{node}/identity.key"));
        NodeKeys::from_seeds(&identity, &seed(&format!("node{node}/voting.key")))
    });
    let keys: Vec<_> = keys.collect();
    let alice = UserKey::from_seed(&seed("users/alice.key"));
    let put = |number: u64| {
        let put = record::Operation::Put {
            key: format!("key {number}").into_bytes(),
            value: vec![b'v'; 100],
        };
        let request = Request {
            network: genesis.network(),
            sender: "alice".parse().unwrap(),
            app: record::APP.parse().unwrap(),
            nonce: number,
            expires_ms: genesis.file().time_ms + 60_000,
            payload: put.encode(),
        };
        request.sign(&alice).encode()
    };
    let start = Instant::now();
    let dir = network.path().join("node0");
    let commits = forge(&genesis, &keys, &dir, epochs, put).unwrap();
    println!(
        "{commits} commits made in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    commits
}

/// Kills a node and takes its disk.
fn empty(network: &Testnet, node: usize) {
    network.node("kill", node).exit(0);
    for part in ["data", "engine"] {
        let dir = network.path().join(format!("node{node}")).join(part);
        fs::remove_dir_all(dir).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}

fn status(network: &Testnet, node: usize) -> serde_json::Value {
    network
        .ctl(&["--node", &format!("node{node}"), "status", "--json"])
        .json(0)
}

fn size(status: &serde_json::Value) -> u64 {
    let ledgers = status["ledgers"].as_array().unwrap();
    let domain = ledgers
        .iter()
        .find(|ledger| ledger["name"] == "domain")
        .unwrap();
    domain["size"].as_u64().unwrap()
}

fn until(network: &Testnet, node: usize, reached: impl Fn(&serde_json::Value) -> bool) {
    let start = Instant::now();
    while !reached(&status(network, node)) {
        assert!(
            start.elapsed() < PATIENCE,
            "node{node} does not come so far"
        );
    }
}
