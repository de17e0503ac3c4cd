//! One bit of a stopped node's store is flipped: the node refuses to start, the others go on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::testnet::Testnet;

#[test]
fn a_node_with_a_flipped_bit_does_not_start() {
    let network = Testnet::start(4);
    let height = network.ctl(&["put", "door", "red", "--json"]).json(0)["height"].as_u64();
    assert_eq!(network.domain_size(height.unwrap()), 1);
    network.testnet("stop").exit(0);
    let (segment, good, found) = place(&network.data(2).join("log"), b"door");
    let mut bad = good.clone();
    bad[found] ^= 0x10;
    fs::write(&segment, &bad).unwrap();
    for node in [0, 1, 3] {
        network.node("restart", node).exit(0);
    }
    let said = network.node("restart", 2);
    assert!(
        said.err.contains("node2 ended:") && said.err.contains("damaged"),
        "{said:?}"
    );
    said.exit(1);
    // Its peers do not need it.
    network.ctl(&["put", "door", "blue"]).exit(0);
    let text = network.testnet("status").exit(3);
    assert_eq!(text.lines().last(), Some("only 3/4 up"));
    assert_eq!(text.lines().nth(2), Some("node2  down"));
    // With its bit flipped back it catches up.
    fs::write(&segment, &good).unwrap();
    let height = network.ctl(&["put", "door", "green", "--json"]).json(0)["height"].as_u64();
    network.node("restart", 2).exit(0);
    assert_eq!(network.domain_size(height.unwrap()), 3);
    network.stop_and_verify();
}

/// The file that holds a text, what it holds, and where the text is.
fn place(dir: &Path, text: &[u8]) -> (PathBuf, Vec<u8>, usize) {
    let mut files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = files.find_map(|path| {
        let bytes = fs::read(&path).unwrap();
        let at = bytes
            .windows(text.len())
            .position(|window| window == text)?;
        Some((path, bytes, at))
    });
    found.unwrap()
}
