//! Runs the crash laboratory until stopped: `soak --seconds N | --images N [--seed S]`, or one
//! image again: `soak --replay NAME`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people, made of test code"
)]

use std::time::{Duration, Instant};

use ledger_tests::lab::Counts;
use ledger_tests::lab::crash::{Effort, crash_everywhere, replay};
use ledger_tests::lab::errors::fail_everywhere;
use ledger_tests::lab::lies::lie_everywhere;
use ledger_tests::lab::oracle::{Expect, look, recover};
use ledger_tests::lab::workload::Workload;

const EFFORT: Effort = Effort {
    all_up_to: 6,
    seeds: 100,
    look_every: 29,
    recovery_every: 307,
    twice_every: 401,
    go_on_every: 211,
};

const USAGE: &str = "soak --seconds N | --images N [--seed S] [--threads T] | --replay NAME";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut seconds, mut images, mut seed, mut threads) = (u64::MAX, u64::MAX, 1u64, 1u64);
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect(USAGE);
        let number = || value.parse::<u64>().expect(USAGE);
        match name.as_str() {
            "--seconds" => seconds = number(),
            "--images" => images = number(),
            "--seed" => seed = number(),
            "--threads" => threads = number(),
            "--replay" => return again(&value),
            _ => panic!("{USAGE}"),
        }
    }
    let end = Instant::now() + Duration::from_secs(seconds.min(1 << 32));
    let mut total = Counts::default();
    while Instant::now() < end && total.images < images && total.violations.len() < 100 {
        let counts: Vec<Counts> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || one(seed + thread)))
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        for counts in counts {
            for violation in &counts.violations {
                println!("VIOLATION {violation}");
            }
            total.add(counts);
        }
        seed += threads;
        println!(
            "next seed {seed}: {} crash points, {} images ({} distinct), {} violations",
            total.points,
            total.images,
            total.images - total.repeated,
            total.violations.len()
        );
    }
    total.report("soak");
}

fn one(seed: u64) -> Counts {
    let kind = match seed % 16 {
        0 => "mixed",
        8 => "states",
        _ => "tiny",
    };
    let workload = Workload::named(&format!("{kind}:{seed}")).unwrap();
    let mut counts = crash_everywhere(&workload, EFFORT);
    counts.add(fail_everywhere(&workload, 29, seed));
    counts.add(lie_everywhere(&workload, 29, seed));
    counts
}

fn again(name: &str) {
    let (workload, model, mark, disk) = replay(name).unwrap();
    let expect = Expect::of_mark(&model, mark, workload.ledgers.len() as u64);
    println!("batches {} to {} may be left", expect.least, expect.most);
    for file in disk.file_names() {
        println!("{:>9} {file}", disk.bytes(&file).unwrap().len());
    }
    println!("as it was left: {:?}", look(&disk.here().killed(), expect));
    println!("recovered: {:?}", recover(&disk, expect));
}
