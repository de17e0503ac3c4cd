//! Orders of threads, tried one by one: publishing beside snapshots, group commit and its door,
//! subscriptions, poisoning.
//!
//! Compiled and run by `.ci/threads` alone, since the store's locks are then those of a scheduler.
//! It reports a deadlock, and every failure with the schedule that leads to it.

#![cfg(shuttle)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{MemStorage, Storage};
use ledger::{
    LedgerSpec, Options, QueueLimits, Snapshot, StateSuite, Store, Submission, Subscription,
    TreeType,
};
use merkle_log::LeafIndex;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner, thread};

/// Schedules of each test, half of them random, half by PCT (Burckhardt et al. 2010) to this depth.
const SCHEDULES: usize = 600;
const DEPTH: usize = 3;

/// Stack of each thread of a test.
const STACK_LEN: usize = 1 << 20;

/// Every commit brings each of them an entry, so that a mixed height shows.
const LEDGERS: [&str; 2] = ["a", "c"];

fn check(test: fn()) {
    let mut config = Config::new();
    config.stack_size = STACK_LEN;
    Runner::new(RandomScheduler::new(SCHEDULES), config.clone()).run(test);
    Runner::new(PctScheduler::new(DEPTH, SCHEDULES), config).run(test);
}

fn store_on(storage: Arc<dyn Storage>) -> Arc<Store> {
    let tree = TreeType::Sha256;
    let specs = [
        LedgerSpec::with_state("a".parse().unwrap(), tree, StateSuite::Blake3),
        LedgerSpec::log("c".parse().unwrap(), tree),
    ];
    let options = Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    };
    let network = "threads".parse().unwrap();
    let store = Store::create_in(storage, [1; 16], network, &specs, options);
    Arc::new(store.unwrap())
}

fn submission(producer: u8) -> Submission {
    let mut submission = Submission::new(0);
    for ledger in LEDGERS {
        submission.append(ledger, [producer]).unwrap();
    }
    submission.put("a", [producer], [1]).unwrap();
    submission
}

/// Commits the same to all ledgers.
fn commit(store: &Store, entry: u8) {
    let mut batch = store.batch();
    for ledger in LEDGERS {
        batch.append(ledger, [entry]).unwrap();
    }
    batch.put("a", [entry], [1]).unwrap();
    store.commit(batch.seal(0, b"").unwrap()).unwrap();
}

/// Everything that a snapshot counts is there, and proves to its root.
fn is_whole(snapshot: &Snapshot) {
    for ledger in LEDGERS {
        let view = snapshot.ledger(ledger).unwrap();
        assert_eq!(view.size().0, snapshot.height());
        for index in (0..view.size().0).map(LeafIndex) {
            let entry = view.entry(index).unwrap();
            let proof = view.prove_inclusion(index, view.size()).unwrap();
            let leaf = view.tree().leaf(&entry);
            let _proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
            let state = snapshot.state("a").unwrap();
            assert_eq!(state.get(&entry).unwrap(), Some(&[1][..]));
        }
    }
    assert_eq!(snapshot.audit().size().0, snapshot.height());
}

#[test]
fn fault_45_a_snapshot_never_counts_what_is_not_there() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    let mut height = 0;
                    for _ in 0..3 {
                        let snapshot = store.snapshot();
                        assert!(snapshot.height() >= height);
                        height = snapshot.height();
                        is_whole(&snapshot);
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for entry in 0..3u8 {
            commit(&store, entry);
        }
        for reader in readers {
            reader.join().unwrap();
        }
        is_whole(&store.snapshot());
    });
}

#[test]
fn fault_45_group_commit_answers_every_producer_once() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        let producers: Vec<_> = (0..4u8)
            .map(|producer| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    let receipt = store.submit(submission(producer)).unwrap();
                    // Acknowledged is published.
                    let snapshot = store.snapshot();
                    assert!(snapshot.height() >= receipt.height);
                    let index = receipt.first[0].1;
                    let view = snapshot.ledger("a").unwrap();
                    assert_eq!(view.entry(index).unwrap(), [producer]);
                    index.0
                })
            })
            .collect();
        let mut indices: Vec<u64> = producers
            .into_iter()
            .map(|producer| producer.join().unwrap())
            .collect();
        indices.sort_unstable();
        assert_eq!(indices, [0, 1, 2, 3]);
    });
}

#[test]
fn fault_45_callers_that_bring_many_are_answered_in_their_order() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        let callers: Vec<_> = (0..3u8)
            .map(|caller| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    let producers = (0..=caller).map(|at| 10 * caller + at);
                    let brought: Vec<u8> = producers.collect();
                    let all = brought.iter().map(|producer| submission(*producer));
                    let receipts = store.submit_all(all.collect());
                    assert_eq!(receipts.len(), brought.len());
                    let snapshot = store.snapshot();
                    let view = snapshot.ledger("a").unwrap();
                    for (producer, receipt) in brought.iter().zip(receipts) {
                        let index = receipt.unwrap().first[0].1;
                        assert_eq!(view.entry(index).unwrap(), [*producer]);
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(store.snapshot().ledger("a").unwrap().size().0, 6);
        assert_eq!(store.counters().submissions, 6);
    });
}

#[test]
fn fault_45_all_threads_see_that_the_store_is_poisoned() {
    check(|| {
        let disk = SimStorage::new();
        let store = store_on(Arc::new(disk.clone()));
        commit(&store, 9);
        // The write of the next batch is one operation, its sync the next.
        disk.inject(Fault {
            op: disk.ops() + 1,
            sticky: false,
            kind: FaultKind::Error,
        });
        let threads: Vec<_> = (0..3u8)
            .map(|producer| {
                let store = Arc::clone(&store);
                thread::spawn(move || {
                    let error = store.submit(submission(producer)).unwrap_err();
                    is_whole(&store.snapshot());
                    error.code()
                })
            })
            .collect();
        let codes: Vec<&str> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        // One met the error; whoever it took along was told so, all others that nothing goes on.
        assert_eq!(codes.iter().filter(|code| **code == "E-IO").count(), 1);
        let known = |code: &&str| matches!(*code, "E-IO" | "E-GROUP" | "E-POISONED");
        assert!(codes.iter().all(known), "{codes:?}");
        assert_eq!(
            store.submit(submission(7)).unwrap_err().code(),
            "E-POISONED"
        );
        assert_eq!(store.snapshot().height(), 1);
    });
}

#[test]
fn fault_45_declarations_watermarks_and_commits_beside_each_other() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        let other = Arc::clone(&store);
        let declares = thread::spawn(move || {
            let spec = LedgerSpec::log("b".parse().unwrap(), TreeType::Sha256);
            other.declare(spec).unwrap();
            other.sync_derived().unwrap();
        });
        let other = Arc::clone(&store);
        let submits = thread::spawn(move || {
            for producer in 0..2 {
                other.submit(submission(producer)).unwrap();
            }
        });
        is_whole(&store.snapshot());
        declares.join().unwrap();
        submits.join().unwrap();
        let snapshot = store.snapshot();
        is_whole(&snapshot);
        assert_eq!(snapshot.ledgers().len(), LEDGERS.len() + 1);
    });
}

/// The heights that a subscription delivers until it ends, and how it ended.
fn drain(subscription: Subscription) -> (Vec<u64>, &'static str) {
    let mut heights = Vec::new();
    for commit in subscription {
        match commit {
            Ok(record) => {
                assert_eq!(record.body.ledger("a").unwrap().size, record.body.height);
                heights.push(record.body.height);
            }
            Err(error) => return (heights, error.code()),
        }
    }
    panic!("ended without a reason");
}

#[test]
fn subscriptions_miss_nothing_and_end_with_the_store() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        let early = store.subscribe(1).unwrap();
        let early = thread::spawn(move || drain(early));
        let later = Arc::clone(&store);
        let later = thread::spawn(move || {
            // Whatever was committed by now, from the second commit on.
            let subscription = later.subscribe(2).unwrap();
            drop(later);
            drain(subscription)
        });
        for entry in 0..3u8 {
            commit(&store, entry);
        }
        // The last of the two to let go of the store closes it.
        drop(store);
        assert_eq!(early.join().unwrap(), (vec![1, 2, 3], "E-CLOSED"));
        assert_eq!(later.join().unwrap(), (vec![2, 3], "E-CLOSED"));
    });
}

#[test]
fn subscriptions_end_when_the_store_is_poisoned() {
    check(|| {
        let disk = SimStorage::new();
        let store = store_on(Arc::new(disk.clone()));
        commit(&store, 9);
        let mut subscription = store.subscribe(1).unwrap();
        subscription.next().unwrap().unwrap();
        disk.inject(Fault {
            op: disk.ops() + 1,
            sticky: false,
            kind: FaultKind::Error,
        });
        let waits = thread::spawn(move || drain(subscription));
        store.submit(submission(1)).unwrap_err();
        assert_eq!(waits.join().unwrap(), (vec![], "E-POISONED"));
    });
}

#[test]
fn a_full_queue_answers_everyone_in_turn() {
    check(|| {
        let store = store_on(Arc::new(MemStorage::new()));
        store.limit_queue(QueueLimits {
            submissions: 1,
            bytes: 100,
        });
        let producers: Vec<_> = (0..4u8)
            .map(|producer| {
                let store = Arc::clone(&store);
                thread::spawn(move || match producer {
                    3 => store.try_submit(submission(producer)).is_ok(),
                    _ => store.submit(submission(producer)).is_ok(),
                })
            })
            .collect();
        let taken = producers.into_iter().map(|p| p.join().unwrap());
        let taken: Vec<bool> = taken.collect();
        assert_eq!(taken[..3], [true; 3]);
        let snapshot = store.snapshot();
        // A queue of one, so each has a commit of its own, but for who was refused.
        is_whole(&snapshot);
        let refused = store.counters().refused;
        assert_eq!(refused, u64::from(!taken[3]));
        assert_eq!(snapshot.height() + refused, 4);
        let counters = store.counters();
        assert_eq!((counters.waiting, counters.blocked), (0, 0));
    });
}
