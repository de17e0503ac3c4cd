//! Who is no node of the network is refused at its links, and the log says so: a stranger, one in the
//! place and name of an enrolled node with another key, and one that names an enrolled node's key.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use replication::{Genesis, GenesisFile, NodeKeys, to_hex};

use crate::http::get;
use crate::testnet::{Testnet, program};

/// A node in the directory of the network that is none of it.
struct Impostor {
    process: Child,
    client: SocketAddr,
}

impl Impostor {
    /// Runs node3 with a genesis of its own.
    fn start(network: &Testnet, name: &str, file: GenesisFile, seeds: [[u8; 32]; 2]) -> Self {
        let dir = network.path().join(name);
        fs::create_dir(&dir).unwrap();
        let genesis = Genesis::new(file).unwrap();
        fs::write(dir.join("genesis.json"), genesis.to_json().unwrap()).unwrap();
        for (key, seed) in ["identity.key", "voting.key"].into_iter().zip(seeds) {
            fs::write(dir.join(key), to_hex(&seed)).unwrap();
            fs::set_permissions(dir.join(key), Permissions::from_mode(0o600)).unwrap();
        }
        let config = dir.join("ledgerd.toml");
        let text = "node = \"node3\"\ngenesis = \"genesis.json\"\n\
                    identity_key = \"identity.key\"\nvoting_key = \"voting.key\"\n";
        fs::write(&config, text).unwrap();
        let process = Command::new(program("ledgerd"))
            .arg("--config")
            .arg(&config)
            .stderr(File::create(dir.join("log")).unwrap())
            .spawn();
        Self {
            process: process.unwrap(),
            client: genesis.file().nodes[3].client,
        }
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn log(network: &Testnet, node: usize) -> PathBuf {
    network.path().join(format!("node{node}/log"))
}

/// Waits for a line with all these texts.
#[track_caller]
fn wait_for_line(file: &PathBuf, texts: &[&str]) {
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines();
        if lines.any(|line| texts.iter().all(|text| line.contains(text))) {
            return;
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{texts:?} not in {}:\n{text}",
            file.display()
        );
        std::thread::yield_now();
    }
}

#[test]
fn who_is_no_node_is_refused_and_logged() {
    let network = Testnet::start(4);
    let genesis = network.genesis.file().clone();
    let enrolled = genesis.nodes[3].ed25519.to_string();
    network.ctl(&["put", "door", "red"]).exit(0);
    network.node("kill", 3).exit(0);

    // The name, the addresses and the genesis of node3, but for its key.
    let seeds = [[81; 32], [82; 32]];
    let keys = NodeKeys::from_seeds(&seeds[0], &seeds[1]);
    let mut other = genesis.clone();
    other.nodes[3].ed25519 = keys.identity();
    (other.nodes[3].bls, other.nodes[3].pop) = (keys.voting(), keys.possession());
    let impostor = Impostor::start(&network, "impostor", other, seeds);
    let claimed = keys.identity().to_string();
    for node in 0..3 {
        let refused = ["\"WARN\"", "a stranger was refused", claimed.as_str()];
        wait_for_line(&log(&network, node), &refused);
        // Who calls at node3's address meets somebody else.
        let broken = ["a handshake was broken off", enrolled.as_str()];
        wait_for_line(&log(&network, node), &broken);
    }
    network.ctl(&["put", "door", "blue"]).exit(0);
    let status = get(impostor.client, "/v1/status").json();
    assert_eq!(status["height"], 1, "{status}");
    // What it says is no proof.
    let said = network.ctl(&["--node", "node3", "--timeout", "1", "get", "door"]);
    said.exit(1);
    drop(impostor);

    // The very keys of node3, in a network that is another by its name alone.
    let seed = |name: &str| {
        let text = fs::read_to_string(network.path().join("node3").join(name)).unwrap();
        let bytes = replication::from_hex(text.trim()).unwrap();
        <[u8; 32]>::try_from(bytes).unwrap()
    };
    let mut other = genesis.clone();
    other.name = "other".parse().unwrap();
    let seeds = [seed("identity.key"), seed("voting.key")];
    let stray = Impostor::start(&network, "stray", other, seeds);
    let refused = ["\"WARN\"", "a wrong key was refused", enrolled.as_str()];
    wait_for_line(&log(&network, 0), &refused);
    let status = get(stray.client, "/v1/status").json();
    assert_eq!(status["height"], 1, "{status}");
    drop(stray);

    // Node3's key by name alone, and something that is no handshake.
    let nobody = [
        &[32],
        genesis.nodes[3].ed25519.as_bytes().as_slice(),
        &[9; 200],
    ]
    .concat();
    for (bytes, line) in [
        (nobody.as_slice(), "a wrong key was refused"),
        (b"GET / HTTP/1.1\r\n\r\n".as_slice(), "names no key"),
    ] {
        let mut stream = TcpStream::connect(genesis.nodes[1].p2p).unwrap();
        stream.write_all(bytes).unwrap();
        wait_for_line(&log(&network, 1), &["\"WARN\"", line]);
    }

    network.node("restart", 3).exit(0);
    let height = network.ctl(&["put", "door", "green", "--json"]).json(0)["height"].as_u64();
    assert_eq!(network.domain_size(height.unwrap()), 3);
    network.stop_and_verify();
}
