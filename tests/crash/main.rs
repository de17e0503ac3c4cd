//! Crashes at every operation of workloads and of recoveries; see `ledger_tests::lab`.

use hash_store::sim::{Choice, Fault, FaultKind, SimStorage};
use ledger_tests::lab::crash::{Effort, crash_everywhere};
use ledger_tests::lab::errors::fail_everywhere;
use ledger_tests::lab::lies::lie_everywhere;
use ledger_tests::lab::oracle::{Expect, recover};
use ledger_tests::lab::workload::{Workload, mark_of, perform};

const EFFORT: Effort = Effort {
    all_up_to: 6,
    seeds: 12,
    look_every: 9,
    recovery_every: 499,
    twice_every: 401,
    go_on_every: 47,
};

/// For workloads whose many files make many operations, each of which leaves little to choose.
const LITTLE: Effort = Effort {
    all_up_to: 1,
    seeds: 1,
    look_every: 31,
    recovery_every: 1999,
    twice_every: 401,
    go_on_every: 199,
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
fn lookups() {
    run("lookups:0", LITTLE);
}

#[test]
fn merges() {
    let effort = Effort {
        all_up_to: 0,
        look_every: 97,
        go_on_every: 499,
        ..LITTLE
    };
    run("merges:0", effort);
}

#[test]
fn every_operation_of_lookups_fails() {
    let workload = Workload::named("lookups:0").unwrap();
    let counts = fail_everywhere(&workload, 7, 1);
    counts.report("errors in lookups:0");
}

#[test]
fn state() {
    run("state:0", EFFORT);
}

#[test]
fn every_operation_lies() {
    // The last of them writes its last batch at an operation that another one was taken for.
    for name in ["small:0", "state:0", "tiny:700058"] {
        let workload = Workload::named(name).unwrap();
        lie_everywhere(&workload, 1, 1).report(&format!("lies in {name}"));
    }
}

#[test]
fn every_operation_of_small_fails() {
    let workload = Workload::named("small:0").unwrap();
    let counts = fail_everywhere(&workload, 2, 1);
    counts.report("errors in small:0");
}

/// The test of the test: a disk whose syncs lie loses acknowledged batches, and the oracle says so.
#[test]
fn fault_42_a_lying_sync_is_noticed() {
    let workload = Workload::named("small:0").unwrap();
    let model = workload.model();
    let disk = SimStorage::new();
    disk.inject(Fault {
        op: 0,
        sticky: true,
        kind: FaultKind::LyingSync,
    });
    disk.record_points();
    let store = workload.create(&disk).unwrap();
    let mut acknowledged = 1;
    for event in workload.events.iter().take(5) {
        if perform(&store, event).unwrap() {
            acknowledged += 1;
            disk.mark(mark_of(acknowledged, false));
        }
    }
    let points = disk.take_points();
    let lost = points.iter().filter(|point| {
        point.mark > 0 && {
            let expect = Expect::of_mark(&model, point.mark, 1);
            recover(&point.image(Choice::None), expect).is_err()
        }
    });
    assert!(lost.count() > 20);
}
