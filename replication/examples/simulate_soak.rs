//! Simulations of drawn plans, more than a test may take: `simulate_soak --seeds 0..1000`. A line for
//! each plan that does not end as it should, with the command that carries it out again.
//!
//! From seed 1,000,000 on every third plan has nodes come, leave and change their keys, besides what
//! other seeds have; seeds below mean what they always did.
//!
//! With `--beyond` more nodes are at fault than may be: no plan may end in agreement then. With
//! `--twice` each plan is carried out twice, and the same must come out.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a command for people"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use replication::simulate::{Plan, run};

const USAGE: &str = "simulate_soak --seeds A..B [--threads N] [--beyond] [--twice]";

#[derive(Default)]
struct Totals {
    verdicts: BTreeMap<&'static str, u64>,
    wrong: u64,
    time: Duration,
    requests: u64,
    proven: u64,
    commits: u64,
    crashes: u64,
}

fn main() {
    let mut seeds = None;
    let (mut threads, mut beyond, mut twice) = (1, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect(USAGE);
        match argument.as_str() {
            "--seeds" => {
                let value = value();
                let (from, to) = value.split_once("..").expect(USAGE);
                seeds = Some(from.parse().expect(USAGE)..to.parse().expect(USAGE));
            }
            "--threads" => threads = value().parse().expect(USAGE),
            "--beyond" => beyond = true,
            "--twice" => twice = true,
            _ => panic!("{USAGE}"),
        }
    }
    let seeds: std::ops::Range<u64> = seeds.expect(USAGE);
    // Nodes whose disks fail may panic.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let next = AtomicU64::new(seeds.start);
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    one(seed, beyond, twice, &totals);
                }
            });
        }
    });
    let totals = totals.into_inner().unwrap();
    println!(
        "seeds {}..{}: {} not as they should be; {:?}; {} commits, {} of {} requests proven, {} power cuts; {} s simulated in {} s",
        seeds.start,
        seeds.end,
        totals.wrong,
        totals.verdicts,
        totals.commits,
        totals.proven,
        totals.requests,
        totals.crashes,
        totals.time.as_secs(),
        began.elapsed().as_secs(),
    );
    std::process::exit(i32::from(totals.wrong > 0));
}

fn one(seed: u64, beyond: bool, twice: bool, totals: &Mutex<Totals>) {
    let plan = if beyond {
        Plan::draw_beyond(seed)
    } else {
        Plan::draw(seed)
    };
    let report = std::panic::catch_unwind(|| {
        let report = run(&plan).unwrap();
        let same = !twice || run(&plan).unwrap() == report;
        (report, same)
    });
    let mut totals = totals.lock().unwrap();
    let Ok((report, same)) = report else {
        totals.wrong += 1;
        println!("ledgerctl simulate {plan}\n    panicked");
        return;
    };
    if report.verdict.agrees() == beyond || !same {
        totals.wrong += 1;
        let differs = if same { "" } else { ", and another time not" };
        println!("ledgerctl simulate {plan}\n    {}{differs}", report.verdict);
    }
    *totals.verdicts.entry(report.verdict.name()).or_default() += 1;
    totals.time += report.time;
    totals.requests += u64::from(report.requests);
    totals.proven += u64::from(report.proven);
    let heights = report.nodes.iter().map(|node| node.height);
    totals.commits += heights.max().unwrap_or(0);
    let crashes = report.nodes.iter().map(|node| u64::from(node.crashes));
    totals.crashes += crashes.sum::<u64>();
    let done: u64 = totals.verdicts.values().sum();
    if done.is_multiple_of(100) {
        println!("{done} plans, {} not as they should be", totals.wrong);
    }
}
