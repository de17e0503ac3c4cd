//! Crashes at every operation of workloads and of recoveries; see `ledger_tests::lab`.

use ledger_tests::lab::crash::{Effort, crash_everywhere};
use ledger_tests::lab::workload::Workload;

const EFFORT: Effort = Effort {
    all_up_to: 6,
    seeds: 12,
    look_every: 9,
    recovery_every: 211,
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
    run("rotate:0", EFFORT);
}

#[test]
fn mixed() {
    run("mixed:1", EFFORT);
}

#[test]
fn replay() {
    let name = std::env::var("LAB_NAME").unwrap();
    let (workload, model, mark, disk) = ledger_tests::lab::crash::replay(&name).unwrap();
    let expect =
        ledger_tests::lab::oracle::Expect::of_mark(&model, mark, workload.ledgers.len() as u64);
    println!(
        "expect {}..{} {}",
        expect.least, expect.most, expect.creating
    );
    for f in disk.file_names() {
        println!("{f} {}", disk.bytes(&f).unwrap().len());
    }
    let scratch = std::sync::Arc::new(hash_store::MemStorage::new());
    let d2 = disk.here().killed();
    let r = ledger::Reader::open_in(std::sync::Arc::new(d2.clone()), scratch)
        .map(|r| (r.durability(), r.problem(), r.snapshot().height()));
    println!("{r:?}");
    println!(
        "{:?}",
        ledger::verify(std::sync::Arc::new(d2), ledger::Level::Full, &mut |_| true)
    );
    let d3 = disk.here().killed();
    println!(
        "{:?}",
        ledger_tests::lab::workload::open(&d3).map(|s| s.report().clone())
    );
    let d3 = disk.here().killed();
    d3.record_ops();
    println!("{:?}", ledger_tests::lab::oracle::recover(&d3, expect));
    for op in d3.take_ops() {
        println!("{} {:?} {}", op.number, op.kind, op.name);
    }
}
