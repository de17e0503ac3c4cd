//! What four nodes on one machine bring about, beside the bare engine in the same run, and where the
//! bars are. Results are checked before they are printed: every node has the same commits, holds
//! every acknowledged request once, and its store verifies.
//!
//! `throughput [bare|pool|rates|faults|operations|reads ...] [--seconds N] [--sizes N,N]`, all by default.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a command for people"
)]

mod attacker;
mod bare;
mod faults;
mod operations;
mod pool;

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pool::{Load, Network};

/// Nodes of every network but one.
const NODES: usize = 4;
const WARM: Duration = Duration::from_secs(3);
/// Blocks whose requests are under way: with as many a full one always waits, as with the bare engine.
const BLOCKS_UNDER_WAY: usize = 8;
/// Requests a second that are tried, the fewest first.
const RATES: [usize; 6] = [4000, 6000, 8000, 10_000, 12_000, 14_000];
/// What half of the requests have to be final in.
const P50_BAR: Duration = Duration::from_millis(100);
const USAGE: &str =
    "throughput [bare|pool|rates|faults|operations|reads ...] [--seconds N] [--sizes N,N]";

/// What to run.
struct Plan {
    parts: Vec<String>,
    measured: Duration,
    sizes: Vec<u32>,
}

impl Plan {
    fn read() -> Self {
        let mut plan = Self {
            parts: Vec::new(),
            measured: Duration::from_secs(8),
            sizes: vec![200, 1000, 4000],
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().expect(USAGE);
            match argument.as_str() {
                "--seconds" => plan.measured = Duration::from_secs(value().parse().expect(USAGE)),
                "--sizes" => {
                    let sizes = value();
                    let sizes = sizes.split(',').map(|size| size.parse().expect(USAGE));
                    plan.sizes = sizes.collect();
                }
                "bare" | "pool" | "rates" | "faults" | "operations" | "reads" => {
                    plan.parts.push(argument);
                }
                _ => panic!("{USAGE}"),
            }
        }
        plan
    }

    fn has(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|one| one == part)
    }
}

fn main() {
    // A node of its own process, for `faults`.
    if let Some(dir) = std::env::var_os("THROUGHPUT_NODE") {
        return faults::run_node(dir.as_ref());
    }
    let plan = Plan::read();
    let dir = tempfile::tempdir().unwrap();
    let window = (WARM, plan.measured);
    if plan.has("bare") || plan.has("pool") {
        let transactions = bare::transactions();
        println!("block  what    tx/s    p50 ms  p99 ms  blocks/s  ratio");
        for size in &plan.sizes {
            let mut bare = None;
            if plan.has("bare") {
                let dir = dir.path().join(format!("bare{size}"));
                let per_block = usize::try_from(*size).unwrap();
                let figures = bare::run(&dir, &transactions, per_block, window);
                let (rate, blocks) = (figures.per_second, figures.blocks_per_second);
                println!(
                    "{size:5}  bare  {rate:6.0}  {:8.1}       -  {blocks:8.1}",
                    ms(figures.p50)
                );
                bare = Some(rate);
            }
            if plan.has("pool") {
                let (load, blocks) = pool(&dir.path().join(format!("pool{size}")), *size, window);
                print!(
                    "{size:5}  pool  {:6.0}  {:8.1}  {:6.1}  {blocks:8.1}",
                    load.per_second,
                    ms(load.p50),
                    ms(load.p99),
                );
                match bare {
                    Some(bare) => println!("  {:5.2}  (bar 0.6)", load.per_second / bare),
                    None => println!(),
                }
            }
        }
    }
    if plan.has("rates") {
        rates(&dir.path().join("rates"), window);
    }
    if plan.has("faults") {
        faults::run(&dir.path().join("faults"), window);
    }
    if plan.has("operations") || plan.has("reads") {
        operations::run(&dir.path().join("operations"), &plan);
    }
}

/// Four nodes under load; what came of it, and blocks a second.
fn pool(dir: &std::path::Path, per_block: u32, window: (Duration, Duration)) -> (Load, f64) {
    let network = Network::new(dir, "load", NODES, per_block);
    let seconds = window.0 + window.1;
    let requests = network.load_of(40_000 * seconds.as_secs());
    let nodes = pool::launch_all(&network, NODES);
    let height = || nodes[0].node().status().height;
    let before = height();
    let under_way = usize::try_from(per_block).unwrap() * BLOCKS_UNDER_WAY / NODES;
    let load = pool::load(&nodes, &requests, under_way, window);
    let blocks = (height() - before) as f64 / seconds.as_secs_f64();
    pool::check(&network, nodes, load.done);
    (load, blocks)
}

/// Four nodes with so many requests a second, up to the first rate that half of the requests take
/// too long at.
fn rates(dir: &std::path::Path, window: (Duration, Duration)) {
    println!("\nrate     tx/s    p50 ms  p99 ms  (bar: 8000 at 100)");
    for rate in RATES {
        let network = Network::new(dir, &format!("rate{rate}"), NODES, 1000);
        let seconds = usize::try_from((window.0 + window.1).as_secs()).unwrap();
        let requests = network.load_of((rate * (seconds + 1)) as u64);
        let nodes = pool::launch_all(&network, NODES);
        let load = pool::load_at(&nodes, &requests, rate, window);
        pool::check(&network, nodes, load.done);
        let (p50, p99) = (ms(load.p50), ms(load.p99));
        println!("{rate:5}  {:7.0}  {p50:8.1}  {p99:6.1}", load.per_second);
        if load.p50 > P50_BAR {
            break;
        }
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// Addresses on loopback that are free now.
fn free_addresses(count: usize) -> Vec<SocketAddr> {
    let held: Vec<_> = (0..count)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
        .collect();
    held.iter().map(|held| held.local_addr().unwrap()).collect()
}
