//! Whole plans, each of half a second or so, and the judge.

use std::sync::Arc;

use futures::executor::block_on;
use hash_store::Storage;
use hash_store::sim::{Fault, FaultKind, SimStorage};

use super::judge::{Requests, judge};
use super::pool::{START_MS, USERS, options, user_key};
use super::*;
use crate::node::open_store;
use crate::reply::Outcome;
use crate::request::Request;
use crate::{Genesis, Transaction, record};

/// Carries a plan out twice: the same must come out.
fn simulate(plan: &Plan) -> Report {
    let report = run(plan).unwrap();
    assert_eq!(run(plan).unwrap(), report, "{plan}");
    report
}

fn plan(nodes: u8, seed: u64) -> Plan {
    Plan {
        nodes,
        seed,
        txs: 10,
        ..Plan::default()
    }
}

fn seconds(seconds: u64) -> std::time::Duration {
    std::time::Duration::from_secs(seconds)
}

/// Every kind of fault by itself, on as many nodes as may be at fault.
fn each_fault(nodes: u8, seed: u64) -> Vec<Plan> {
    let calm = plan(nodes, seed);
    let faults = calm.faults_max();
    let first = u8::try_from(seed % u64::from(nodes)).unwrap();
    let chosen: Vec<u8> = (0..faults).map(|n| (first + n) % nodes).collect();
    let mut plans: Vec<Plan> = Vec::new();
    for kind in Kind::ALL {
        let of = |node: &u8| Byzantine { node: *node, kind };
        plans.push(Plan {
            byzantine: chosen.iter().map(of).collect(),
            ..calm.clone()
        });
    }
    let crash = |node: &u8| Crash {
        node: *node,
        at: seconds(3 + u64::from(*node)),
    };
    let (one, other) = (0..nodes).partition(|node| node % 2 == 0);
    let halves = Partition {
        groups: vec![one, other],
        from: seconds(2),
        to: seconds(7),
    };
    let (alone, rest) = (0..nodes).partition(|node| *node == first);
    let apart = Partition {
        groups: vec![alone, rest],
        from: seconds(1),
        to: seconds(6),
    };
    plans.extend([
        Plan {
            crashes: chosen.iter().map(crash).collect(),
            ..calm.clone()
        },
        Plan {
            partitions: vec![halves, apart],
            ..calm.clone()
        },
        Plan {
            drop: Share(500),
            delay: std::time::Duration::from_millis(40),
            ..calm.clone()
        },
        Plan {
            clock_skew: seconds(3600),
            ..calm.clone()
        },
        Plan {
            disk_faults: true,
            ..calm
        },
    ]);
    plans
}

fn all_agree(plans: Vec<Plan>) {
    for plan in plans {
        let report = simulate(&plan);
        let left = |node: &u8| {
            let kind = ChangeKind::Remove;
            let leaves = |change: &Change| (change.kind, change.node) == (kind, *node);
            plan.changes.iter().any(leaves)
        };
        let at_fault = plan.at_fault();
        let nodes = (0..plan.places()).filter(|node| !left(node) && !at_fault.contains(node));
        let nodes = u8::try_from(nodes.count()).unwrap();
        let agreed = matches!(report.verdict, Verdict::Agree { nodes: n, .. } if n == nodes);
        assert!(agreed, "{plan}: {}", report.verdict);
        assert_eq!(report.proven + report.refused, plan.txs, "{plan}");
        assert!(report.proven > plan.txs / 2, "{plan}");
    }
}

#[test]
fn four_nodes_agree_whatever_one_fault_does() {
    all_agree(each_fault(4, 1));
}

#[test]
fn four_nodes_agree_with_other_chances_too() {
    all_agree(each_fault(4, 2));
}

#[test]
fn seven_nodes_agree_whatever_two_faults_do() {
    all_agree(each_fault(7, 3));
}

/// Everything together, as the soak draws it.
#[test]
fn drawn_plans_of_four_and_seven_nodes_agree() {
    let plans = (0..).map(Plan::draw);
    let plans = plans.filter(|plan| matches!(plan.nodes, 4 | 7));
    all_agree(plans.take(12).collect());
}

/// Nodes come, leave and change their keys, with one at fault or off all the while.
#[test]
fn nodes_agree_while_nodes_come_and_go() {
    let changing = |nodes, seed, changes: &[&str]| Plan {
        changes: changes
            .iter()
            .map(|change| change.parse().unwrap())
            .collect(),
        ..plan(nodes, seed)
    };
    let silent = Byzantine {
        node: 1,
        kind: Kind::Silent,
    };
    let equivocating = Byzantine {
        node: 4,
        kind: Kind::Equivocating,
    };
    let power = |node, at| Crash {
        node,
        at: seconds(at),
    };
    let halves = Partition {
        groups: vec![vec![0, 1], vec![2, 3, 4]],
        from: seconds(3),
        to: seconds(7),
    };
    all_agree(vec![
        Plan {
            byzantine: vec![silent],
            crashes: vec![power(4, 9)],
            ..changing(4, 1, &["add:4@1", "remove:0@5"])
        },
        Plan {
            byzantine: vec![equivocating],
            ..changing(4, 2, &["add:4@1", "rotate:0@3", "remove:2@6"])
        },
        Plan {
            partitions: vec![halves],
            drop: Share(300),
            ..changing(5, 3, &["rotate:3@2", "remove:1@2", "add:5@4"])
        },
        Plan {
            disk_faults: true,
            crashes: vec![power(5, 2), power(6, 4)],
            ..changing(7, 4, &["rotate:5@1", "remove:6@3", "add:7@3", "add:8@3"])
        },
    ]);
}

/// Drawn seed 230: a node that started anew judged a block while its commits came level with the
/// block's ancestors; it found no parent for them, and waited for ever, as the others then did for it.
#[test]
fn a_block_is_judged_while_its_ancestors_are_committed() {
    let at = std::time::Duration::from_millis;
    let crash = |node, ms| Crash { node, at: at(ms) };
    all_agree(vec![Plan {
        txs: 28,
        drop: Share(600),
        delay: at(5),
        partitions: vec![Partition {
            groups: vec![vec![2, 3], vec![0, 1]],
            from: at(7000),
            to: at(13_700),
        }],
        crashes: vec![crash(2, 1300), crash(3, 6500)],
        byzantine: vec![Byzantine {
            node: 0,
            kind: Kind::Altering,
        }],
        ..plan(4, 230)
    }]);
}

/// Drawn seed 2245: one read failed while a node judged a block, and it never answered, though the
/// others could not go on without its vote.
#[test]
fn a_block_is_judged_again_after_a_read_that_failed() {
    let at = std::time::Duration::from_millis;
    let crash = |node, ms| Crash { node, at: at(ms) };
    all_agree(vec![Plan {
        txs: 13,
        epoch_len: 7,
        drop: Share(1000),
        delay: at(5),
        crashes: vec![crash(3, 800), crash(2, 6300)],
        clock_skew: seconds(3600),
        disk_faults: true,
        ..plan(4, 2245)
    }]);
}

#[test]
fn another_seed_is_another_run() {
    let runs = [5, 6].map(|seed| run(&plan(4, seed)).unwrap());
    assert_ne!(runs[0].account, runs[1].account);
}

/// With more nodes at fault than may be, nobody is told that the nodes agree. Two that conspire do
/// split the others.
#[test]
fn more_at_fault_than_may_be_never_look_like_agreement() {
    let with = |kind, seed| Plan {
        byzantine: [0, 1].map(|node| Byzantine { node, kind }).into(),
        ..plan(4, seed)
    };
    for kind in Kind::ALL {
        let verdict = run(&with(kind, 1)).unwrap().verdict;
        // Two slow nodes are two that are right.
        assert_eq!(verdict.agrees(), kind == Kind::Slow, "{kind}: {verdict}");
    }
    let split = run(&with(Kind::Equivocating, 1)).unwrap().verdict;
    let Verdict::Differ {
        height, one, other, ..
    } = split
    else {
        panic!("{split}");
    };
    assert!(height > 1);
    assert_eq!((one.0, other.0), (2, 3));
    assert_ne!(one.1, other.1);
    let silent = run(&with(Kind::Silent, 1)).unwrap().verdict;
    assert_eq!(silent.name(), "stalled");
}

/// Control: a disk that says that it synced and did not is noticed.
#[test]
fn a_disk_that_lies_about_syncs_does_not_look_like_agreement() {
    let plan = plan(4, 1);
    let lie = Fault {
        op: 0,
        sticky: true,
        kind: FaultKind::LyingSync,
    };
    let story = async |pool| {
        let story = Story::new(plan, pool).await;
        story.pool.places[2].data.inject(lie);
        story.run().await.verdict
    };
    let verdict = pool::simulate(pool_of(4), 1, story).0;
    assert!(
        matches!(verdict, Verdict::Damaged { node: 2, .. }),
        "{verdict}"
    );
}

/// A put of a user, as a transaction and with where it stands.
fn transaction(genesis: &Genesis, nonce: u64) -> (Vec<u8>, Outcome) {
    let put = record::Operation::Put {
        key: b"key".to_vec(),
        value: b"value".to_vec(),
    };
    let request = Request {
        network: genesis.network(),
        sender: USERS[0].parse().unwrap(),
        app: record::APP.parse().unwrap(),
        nonce,
        expires_ms: START_MS,
        payload: put.encode(),
    };
    let signed = request.sign(&user_key(USERS[0]));
    let outcome = Outcome {
        id: signed.request.id(),
        height: 2,
        time_ms: START_MS,
        ledger: record::LEDGER.to_owned(),
        index: 0,
        rejected: None,
    };
    (Transaction::encode_parts(None, &signed.encode()), outcome)
}

#[test]
fn the_judge_sees_what_is_lost_doubled_forged_and_different() {
    let genesis = pool::simulate(pool_of(1), 0, async |pool| pool.genesis).0;
    // Commits 2 and on: the entries of each.
    let history = |node: u8, commits: &[&[&[u8]]]| {
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::new());
        let store = open_store(&genesis, &storage, [0; 16], options()).unwrap();
        for entries in commits {
            let mut batch = store.batch();
            for entry in *entries {
                batch.append(record::LEDGER, entry).unwrap();
            }
            store.commit(batch.seal(START_MS, &[]).unwrap()).unwrap();
        }
        (node, store.snapshot())
    };
    let ((a, of_a), (b, of_b)) = (transaction(&genesis, 1), transaction(&genesis, 2));
    let asked = |outcomes: [Option<&Outcome>; 2]| {
        let ids = [of_a.id, of_b.id];
        let proven = outcomes.map(|outcome| outcome.cloned());
        ids.into_iter().zip(proven).collect::<Requests>()
    };
    let name = |histories: &[_], requests: &Requests| {
        judge(histories, requests).map(|verdict| verdict.name())
    };
    let all = asked([Some(&of_a), None]);
    let right = [history(0, &[&[&a], &[&b]]), history(1, &[&[&a]])];
    assert_eq!(name(&right, &all), None);
    // Proven elsewhere, or with another outcome.
    let later = Outcome {
        index: 1,
        ..of_a.clone()
    };
    assert_eq!(name(&right, &asked([Some(&later), None])), Some("lost"));
    let mut rejected = of_a.clone();
    rejected.rejected = Some(crate::Reason::Expired);
    assert_eq!(name(&right, &asked([Some(&rejected), None])), Some("lost"));
    // Not there, though the history is long enough.
    assert_eq!(name(&right, &asked([None, Some(&of_b)])), Some("lost"));
    let doubled = history(0, &[&[&a, &a]]);
    assert_eq!(name(&[doubled], &all), Some("doubled"));
    let one_asked = all.iter().take(1).map(|(id, proven)| (*id, proven.clone()));
    assert_eq!(name(&right, &one_asked.collect()), Some("forged"));
    let nonsense = history(0, &[&[&a, b"nonsense"]]);
    assert_eq!(name(&[nonsense], &all), Some("forged"));
    let parted = [
        history(0, &[&[&a]]),
        history(1, &[&[&a], &[&b]]),
        history(2, &[&[&a], &[&a]]),
    ];
    let Some(Verdict::Differ { height, one, other }) = judge(&parted, &all) else {
        panic!("they differ");
    };
    assert_eq!((height, one.0, other.0), (3, 1, 2));
}

fn pool_of(nodes: u8) -> Shape {
    Shape {
        nodes,
        others: 0,
        epoch_len: 8,
        keep: 1024,
        idle_ms: 500,
        latency: std::time::Duration::from_millis(10),
        lost: 0,
    }
}

#[test]
fn a_power_cut_takes_of_the_engines_files_what_was_not_synced() {
    use commonware_runtime::{Blob as _, BlobVersion, Error, ReadOptions, WriteOptions};
    use hash_store::sim::Choice;
    let versions = BlobVersion::new(0)..=BlobVersion::new(3);
    let storage = SimStorage::new();
    let (blob, len, version) = disk::open(&storage, "votes", b"1", &versions).unwrap();
    assert_eq!((len, version), (0, BlobVersion::new(3)));
    let plain = WriteOptions::default();
    block_on(blob.write_at(0, b"synced".to_vec(), plain)).unwrap();
    block_on(blob.sync()).unwrap();
    block_on(blob.write_at(0, b"lost".to_vec(), plain)).unwrap();
    let read = |blob: &disk::SimBlob, len| block_on(blob.read_at(0, len, ReadOptions::default()));
    assert_eq!(read(&blob, 4).unwrap().coalesce().as_ref(), b"lost");
    let after = storage.crash(Choice::None);
    assert!(read(&blob, 4).is_err(), "the process is dead");
    let (blob, len, version) = disk::open(&after, "votes", b"1", &versions).unwrap();
    assert_eq!((len, version), (6, BlobVersion::new(3)));
    assert_eq!(read(&blob, 6).unwrap().coalesce().as_ref(), b"synced");
    assert!(matches!(read(&blob, 7), Err(Error::BlobInsufficientLength)));
    block_on(blob.write_at(2, b"NC".to_vec(), WriteOptions::SYNC)).unwrap();
    block_on(blob.resize(5)).unwrap();
    block_on(blob.sync()).unwrap();
    drop(blob);
    let after = after.crash(Choice::None);
    let older = BlobVersion::new(0)..=BlobVersion::new(2);
    let refused = disk::open(&after, "votes", b"1", &older);
    assert!(matches!(
        refused.err(),
        Some(Error::BlobVersionMismatch { .. })
    ));
    let (blob, len, _) = disk::open(&after, "votes", b"1", &versions).unwrap();
    assert_eq!(len, 5);
    assert_eq!(read(&blob, 5).unwrap().coalesce().as_ref(), b"syNCe");

    assert_eq!(disk::scan(&after, "votes").unwrap(), [b"1".to_vec()]);
    let missing = disk::remove(&after, "votes", Some(b"2"));
    assert!(matches!(missing, Err(Error::BlobMissing(..))));
    disk::remove(&after, "votes", Some(b"1")).unwrap();
    let after = after.crash(Choice::None);
    assert!(disk::scan(&after, "votes").unwrap().is_empty());
    assert!(matches!(
        disk::scan(&after, "others"),
        Err(Error::PartitionMissing(_))
    ));
}

#[test]
fn a_machine_has_a_clock_of_its_own_and_stops_when_a_task_panics() {
    use commonware_runtime::{
        Clock as _, Runner as _, Spawner as _, Supervisor as _, deterministic,
    };
    use machine::{Host, Machine};
    deterministic::Runner::timed(seconds(60)).start(|context| async move {
        for ahead_ms in [-3_000, 0, 7_000_i64] {
            let host = Arc::new(Host::new(SimStorage::new(), ahead_ms));
            let machine = Machine::new(context.child("machine"), Arc::clone(&host));
            let (own, true_time) = (machine.current(), context.current());
            let off = i64::try_from(ahead_ms.unsigned_abs()).unwrap();
            let apart = match ahead_ms {
                ..0 => true_time.duration_since(own),
                _ => own.duration_since(true_time),
            };
            assert_eq!(i64::try_from(apart.unwrap().as_millis()).unwrap(), off);
            machine.sleep_until(own + seconds(2)).await;
            let slept = context.current().duration_since(true_time).unwrap();
            assert!((2000..2010).contains(&slept.as_millis()), "{slept:?}");
            let _task = machine.spawn(|_| async {
                std::panic::resume_unwind(Box::new("the disk is gone"));
            });
            assert_eq!(host.panicked().await, "the disk is gone");
        }
    });
}
