//! Crashes at every operation of workloads and of recoveries; see `ledger_tests::lab`.

use ledger_tests::lab::crash::{Effort, crash_everywhere};
use ledger_tests::lab::workload::Workload;

const EFFORT: Effort = Effort {
    all_up_to: 6,
    seeds: 12,
    look_every: 9,
    recovery_every: 499,
    twice_every: 401,
    go_on_every: 47,
};

fn run(name: &str, effort: Effort) {
    let workload = Workload::named(name).unwrap();
    let counts = crash_everywhere(&workload, effort);
    counts.report(name);
    assert!(counts.points > 200);
}

#[test]
fn small() {
    run("small:0", EFFORT);
}

#[test]
fn rotate() {
    let effort = Effort {
        all_up_to: 3,
        seeds: 4,
        recovery_every: 997,
        ..EFFORT
    };
    run("rotate:0", effort);
}

#[test]
fn mixed() {
    run("mixed:1", EFFORT);
}

#[test]
fn errors() {
    let workload = Workload::named("small:0").unwrap();
    let counts = ledger_tests::lab::errors::fail_everywhere(&workload, 1, 3);
    counts.report("errors in small");
}
