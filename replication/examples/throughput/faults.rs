//! One node of four that fails or attacks, and what the other three bring about meanwhile, beside the
//! same load without the fault. It is killed; stopped, so that its links stay open and it says
//! nothing; slow by just under the time that others wait for it, with an empty block to show for it;
//! or it runs no node and floods the others with requests that nobody signed, or votes for blocks
//! that nobody made (the attacks of Aublin, Ben Mokhtar, Quema 2013, section VI).

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use replication::Genesis;
use replication::engine::start;

use super::attacker::{self, Attack};
use super::pool::{Network, check, launch_all, load};
use super::{BLOCKS_UNDER_WAY, NODES, ms};

const PER_BLOCK: u32 = 1000;
/// The one in a process of its own.
const OTHER: usize = NODES - 1;
/// How long until its turns are skipped: `skip_ms` and the first turns.
const VIEW_CHANGE: Duration = Duration::from_secs(12);

/// What happens to the node, or what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Killed,
    Silent,
    Slow,
    Flood,
    Votes,
}

const FAULTS: [(&str, Fault); 6] = [
    ("none", Fault::None),
    ("killed", Fault::Killed),
    ("silent", Fault::Silent),
    ("slow", Fault::Slow),
    ("flood", Fault::Flood),
    ("votes", Fault::Votes),
];

/// The process of the node that is to fail: runs until its standard input ends. Its directory is
/// named after the fault.
pub(crate) fn run_node(dir: &Path) {
    let genesis = Genesis::from_json(&fs::read(dir.join("genesis.json")).unwrap()).unwrap();
    let network = Network {
        dir: dir.to_owned(),
        genesis,
    };
    let named = |(name, _): &&(&str, Fault)| dir.ends_with(name);
    let mut config = network.config(OTHER);
    match FAULTS.iter().find(named).unwrap().1 {
        Fault::None | Fault::Killed | Fault::Silent => {}
        Fault::Slow => {
            // It has nothing to propose, and waits for it as long as it may.
            config.pool.requests = 0;
            config.timing.idle_ms = config.timing.leader_ms - 100;
        }
        Fault::Flood => return attacker::run(&network, OTHER, Attack::Flood, &config.dir),
        Fault::Votes => return attacker::run(&network, OTHER, Attack::Votes, &config.dir),
    }
    let running = start(config).unwrap();
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).unwrap();
    running.stop().unwrap();
}

/// Ends with this, however the run ended.
struct Process(Child);

impl Process {
    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status();
        assert!(killed.unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn run(dir: &Path, (warm, measured): (Duration, Duration)) {
    println!(
        "\none of four      tx/s    p50 ms  of fault-free (bar 0.75 where it is killed or silent)"
    );
    let mut healthy = None;
    for (name, fault) in FAULTS {
        let network = Network::new(dir, name, NODES, PER_BLOCK);
        fs::create_dir_all(&network.dir).unwrap();
        let genesis = network.genesis.to_json().unwrap();
        fs::write(network.dir.join("genesis.json"), genesis).unwrap();
        let seconds = (warm + VIEW_CHANGE + measured).as_secs();
        let requests = network.load_of(30_000 * seconds);
        let other = Command::new(std::env::current_exe().unwrap())
            .env("THROUGHPUT_NODE", &network.dir)
            .stdin(Stdio::piped())
            .spawn();
        let other = Process(other.unwrap());
        let nodes = launch_all(&network, OTHER);
        let under_way = PER_BLOCK as usize * BLOCKS_UNDER_WAY / OTHER;
        let figures = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(warm);
                match fault {
                    Fault::Killed => other.signal("-KILL"),
                    Fault::Silent => other.signal("-STOP"),
                    _ => {}
                }
            });
            load(&nodes, &requests, under_way, (warm + VIEW_CHANGE, measured))
        });
        check(&network, nodes, figures.done);
        let healthy = *healthy.get_or_insert(figures.per_second);
        println!(
            "{name:12}  {:7.0}  {:8.1}  {:5.2}",
            figures.per_second,
            ms(figures.p50),
            figures.per_second / healthy
        );
    }
}
