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
fn speed() {
    let workload = Workload::named("small:0").unwrap();
    let t = std::time::Instant::now();
    let points = ledger_tests::lab::crash::points(&workload);
    println!("{} points in {:?}", points.len(), t.elapsed());
    let model = workload.model();
    let mut sum = 0;
    for (i, p) in points.iter().enumerate() {
        let n = p.choices(6, 12).len();
        sum += n;
        if i % 20 == 0 {
            let t = std::time::Instant::now();
            let img = p.image(hash_store::sim::Choice::None);
            let t1 = t.elapsed();
            let r = ledger_tests::lab::oracle::recover(
                &img,
                ledger_tests::lab::oracle::Expect::of_mark(&model, p.mark, 1),
            );
            println!(
                "op {} mark {} pending {} choices {} image {:?} recover {:?} {:?}",
                p.op,
                p.mark,
                p.pending(),
                n,
                t1,
                t.elapsed(),
                r.is_ok()
            );
        }
    }
    println!("images {sum}");
}
