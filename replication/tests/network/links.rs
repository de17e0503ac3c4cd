//! What goes over the links between nodes: a proxy before each node keeps every byte, and a marked
//! payload is in none of them.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::testnet::Testnet;

type Bytes = Arc<Mutex<Vec<u8>>>;

#[test]
fn a_marked_payload_is_in_plain_sight_on_no_link() {
    let network = Testnet::init(4);
    let seen = Bytes::default();
    for (index, node) in network.genesis.file().nodes.iter().enumerate() {
        // The genesis names the proxy; the node listens elsewhere, on a port that is free now.
        let behind = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let file = network.path().join(format!("node{index}/ledgerd.toml"));
        let config = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{config}listen = \"{behind}\"\n")).unwrap();
        let listener = TcpListener::bind(node.p2p).unwrap();
        let seen = Arc::clone(&seen);
        thread::spawn(move || accept(&listener, behind, &seen));
    }
    network.testnet("start").exit(0);
    let marked = "a-marked-payload-that-nobody-else-writes";
    let height = network.ctl(&["put", "door", marked, "--json"]).json(0)["height"].as_u64();
    assert_eq!(network.domain_size(height.unwrap()), 1);
    // It is in the store as it is, on every node: so it went over the links.
    for node in 0..4 {
        let files = fs::read_dir(network.data(node).join("log")).unwrap();
        let mut stores = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        assert!(stores.any(|bytes| contains(&bytes, marked.as_bytes())));
    }
    network.stop_and_verify();
    let seen = seen.lock().unwrap();
    assert!(seen.len() > 1_000, "{} bytes seen", seen.len());
    assert!(!contains(&seen, marked.as_bytes()));
    assert!(!contains(&seen, b"alice") && !contains(&seen, b"LRQ1") && !contains(&seen, b"LBH1"));
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn accept(listener: &TcpListener, behind: SocketAddr, seen: &Bytes) {
    for near in listener.incoming() {
        let near = near.unwrap();
        // The node may not be there yet, or not any more.
        let Ok(far) = TcpStream::connect(behind) else {
            continue;
        };
        let pairs = [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))];
        for (from, to) in pairs {
            let (from, to, seen) = (from.unwrap(), to.unwrap(), Arc::clone(seen));
            thread::spawn(move || carry(from, to, &seen));
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, seen: &Bytes) {
    let mut bytes = [0; 16384];
    while let Ok(len) = from.read(&mut bytes)
        && len > 0
        && to.write_all(&bytes[..len]).is_ok()
    {
        seen.lock().unwrap().extend_from_slice(&bytes[..len]);
    }
    let _ = to.shutdown(Shutdown::Both);
}
