//! A node whose disk is full: it stops with an error that says so, the others go on, and once there
//! is room it catches up. The room is what the system lets a process write into one file.

use std::fs::{self, File};
use std::net::TcpStream;
use std::process::Command;

use crate::http::get;
use crate::testnet::{Testnet, program};

/// Loads the network while one node may write so many blocks of 512 bytes (as POSIX has it) into a
/// file, sees it stop and the others go on; then it catches up.
fn run_out(network: &Testnet, node: usize, blocks: u32) {
    network.node("kill", node).exit(0);
    let log = network.path().join("small.log");
    // Without the signal that would end the process a write has an error instead.
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --config \"$1\"");
    let config = network.path().join(format!("node{node}/ledgerd.toml"));
    let mut small = Command::new("sh")
        .args(["-c", &limited])
        .args([program("ledgerd"), config])
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let load = network.bench_of(120, 3, 2000).finish();
    assert_eq!(
        (&load["sent"], &load["final"]),
        (&360.into(), &360.into()),
        "{load}"
    );
    let ended = small.wait().unwrap();
    let said = fs::read_to_string(&log).unwrap();
    assert_eq!(ended.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(
        last.contains("the node does not run") && last.contains("File too large"),
        "{said}"
    );
    let client = network.genesis.file().nodes[node].client;
    assert!(TcpStream::connect(client).is_err());
    let other = network.genesis.file().nodes[0].client;
    assert_eq!(get(other, "/health/ready").status, 200);
    network.node("restart", node).exit(0);
}

#[test]
fn a_node_without_room_stops_and_goes_on_when_there_is_some() {
    let network = Testnet::start(4);
    network.ctl(&["put", "door", "red"]).exit(0);
    // The store's second segment has 128 KiB; the engine's files grow beyond 300 later.
    run_out(&network, 2, 200);
    run_out(&network, 3, 600);
    let height = network.ctl(&["put", "door", "blue", "--json"]).json(0)["height"].as_u64();
    assert_eq!(network.domain_size(height.unwrap()), 722);
    network.stop_and_verify();
}
