//! One node of four that is killed, or stopped so that its links stay open and it says nothing: what
//! the other three bring about once its turns are skipped, beside the same load without the fault.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use replication::Genesis;
use replication::engine::start;

use super::pool::{Network, check, load};
use super::{NODES, ms};

const PER_BLOCK: u32 = 1000;
/// The one in a process of its own.
const OTHER: usize = NODES - 1;
/// How long until its turns are skipped: `skip_ms` and the first turns.
const VIEW_CHANGE: Duration = Duration::from_secs(12);

/// The process of the node that is to fail: runs until its standard input ends.
pub(crate) fn run_node(dir: &Path) {
    let genesis = Genesis::from_json(&fs::read(dir.join("genesis.json")).unwrap()).unwrap();
    let network = Network {
        dir: dir.to_owned(),
        genesis,
    };
    let running = start(network.config(OTHER)).unwrap();
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
    println!("\none of four      tx/s    p50 ms  of fault-free");
    let mut healthy = None;
    for (fault, signal) in [
        ("none", None),
        ("killed", Some("-KILL")),
        ("silent", Some("-STOP")),
    ] {
        let network = Network::new(dir, fault, NODES, PER_BLOCK);
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
        let nodes: Vec<_> = (0..OTHER).map(|index| network.launch(index)).collect();
        let under_way = PER_BLOCK as usize * 2 / OTHER;
        let figures = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(warm);
                if let Some(signal) = signal {
                    other.signal(signal);
                }
            });
            load(&nodes, &requests, under_way, (warm + VIEW_CHANGE, measured))
        });
        check(&network, nodes, figures.done);
        let healthy = *healthy.get_or_insert(figures.per_second);
        println!(
            "{fault:12}  {:7.0}  {:8.1}  {:5.2}  (bar 0.75)",
            figures.per_second,
            ms(figures.p50),
            figures.per_second / healthy
        );
    }
}
