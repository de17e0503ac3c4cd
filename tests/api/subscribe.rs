//! Subscriptions: no gap, no duplicate, nobody waits for a slow one, a typed end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{MemStorage, Storage};
use ledger::{
    CommitRecord, Error, Keep, LedgerSpec, Options, StateSuite, Store, Submission, Subscription,
    TreeType,
};
use ledger_tests::store::options;

fn store_on(storage: Arc<dyn Storage>, options: Options) -> Store {
    let (tree, suite) = (TreeType::Sha256, StateSuite::Blake3);
    let specs = [
        LedgerSpec::log("a".parse().unwrap(), tree),
        LedgerSpec::with_state("b".parse().unwrap(), tree, suite),
    ];
    Store::create_in(storage, [3; 16], "net".parse().unwrap(), &specs, options).unwrap()
}

fn in_memory() -> Store {
    store_on(Arc::new(MemStorage::new()), options())
}

fn commit(store: &Store, entry: &[u8]) -> u64 {
    let mut batch = store.batch();
    batch.append("a", entry).unwrap();
    batch.put("b", b"key", entry).unwrap();
    let mut sealed = batch.seal(0, entry).unwrap();
    sealed.attach(1, b"header").unwrap();
    store.commit(sealed).unwrap().height
}

/// What a subscription delivers until it ends, and how it ended.
fn drain(subscription: Subscription) -> (Vec<CommitRecord>, Error) {
    let mut records = Vec::new();
    for commit in subscription {
        match commit {
            Ok(record) => records.push(record),
            Err(error) => return (records, error),
        }
    }
    panic!("ended without a reason");
}

#[test]
fn every_commit_is_delivered_once_and_in_order_to_each() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = store_on(
        Arc::clone(&storage),
        Options {
            background: true,
            ..options()
        },
    );
    for i in 0..5 {
        commit(&store, &[i]);
    }
    // From the beginning, from the middle, from the next and from a later height.
    let starts = [1, 3, 6, 20];
    let subscribers: Vec<_> = starts
        .into_iter()
        .map(|from| {
            let subscription = store.subscribe(from).unwrap();
            thread::spawn(move || drain(subscription))
        })
        .collect();
    thread::scope(|scope| {
        for producer in 0..4u8 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..25u8 {
                    let mut submission = Submission::new(0);
                    submission.append("a", [producer, i]).unwrap();
                    let receipt = store.submit(submission).unwrap();
                    // Batches of the log that are no commits are not delivered.
                    store.attach(receipt.height, 2, b"certificate").unwrap();
                }
            });
        }
    });
    store
        .declare(LedgerSpec::log("c".parse().unwrap(), TreeType::Blake3))
        .unwrap();
    let last = commit(&store, b"the last");
    let snapshot = store.snapshot();
    store.close().unwrap();
    for (from, subscriber) in starts.into_iter().zip(subscribers) {
        let (records, error) = subscriber.join().unwrap();
        assert!(matches!(error, Error::Closed), "{error}");
        let heights: Vec<u64> = records.iter().map(|record| record.body.height).collect();
        let expected: Vec<u64> = (from..=last).collect();
        assert_eq!(heights, expected);
        for record in &records {
            let kept = snapshot.commit(record.body.height).unwrap();
            assert_eq!(record.body_bytes, kept.body_bytes);
            assert_eq!(record.audit_root, kept.audit_root);
            assert_eq!(record.metadata, kept.metadata);
        }
        assert_eq!(records.last().unwrap().attachments.len(), 1);
    }
    // The next writer's commits are for its own subscriptions.
    let store = Store::open_in(storage, options()).unwrap();
    let mut again = store.subscribe(last).unwrap();
    assert_eq!(again.next().unwrap().unwrap().metadata, b"the last");
    assert!(again.try_next().unwrap().is_none());
    assert_eq!(commit(&store, b"one more"), last + 1);
    assert_eq!(again.try_next().unwrap().unwrap().metadata, b"one more");
}

#[test]
fn who_is_slow_makes_nobody_wait_and_misses_nothing() {
    let store = in_memory();
    let mut slow = store.subscribe(1).unwrap();
    let mut waiting = store.subscribe(301).unwrap();
    assert!(slow.try_next().unwrap().is_none());
    for i in 0..300u64 {
        // Were anything kept for the slow one, it would be told here.
        assert_eq!(commit(&store, &i.to_le_bytes()), i + 1);
        assert_eq!(slow.next_height(), 1);
    }
    assert!(waiting.try_next().unwrap().is_none());
    // A subscription is a place in the log.
    assert!(size_of::<Subscription>() <= 4 * size_of::<usize>());
    for i in 0..300u64 {
        let record = slow.try_next().unwrap().unwrap();
        assert_eq!(record.metadata, i.to_le_bytes());
    }
    assert!(slow.try_next().unwrap().is_none());
    assert_eq!(slow.next_height(), 301);
}

#[test]
fn dropped_states_and_later_attachments_change_nothing_for_it() {
    let store = in_memory();
    store
        .set_keep("b", Keep::last(2.try_into().unwrap()))
        .unwrap();
    for i in 0..40u8 {
        commit(&store, &[i; 50]);
    }
    store
        .prune("b", &Keep::last(2.try_into().unwrap()))
        .unwrap();
    store.attach(1, 9, b"much later").unwrap();
    let mut subscription = store.subscribe(1).unwrap();
    let first = subscription.next().unwrap().unwrap();
    assert_eq!((first.metadata.len(), first.attachments.len()), (50, 1));
    let snapshot = subscription.snapshot();
    assert_eq!(snapshot.attachments(1).unwrap().len(), 2);
    let before = snapshot.at_height(1).unwrap();
    assert!(matches!(before.state("b"), Err(Error::Dropped { .. })));
    let rest: Vec<u64> = (2..=40)
        .map(|_| subscription.next().unwrap().unwrap().body.height)
        .collect();
    assert_eq!(rest, (2..=40).collect::<Vec<u64>>());
}

#[test]
fn heights_start_at_one() {
    let store = in_memory();
    let error = store.subscribe(0).unwrap_err();
    assert!(matches!(error, Error::NoSuchHeight { asked: 0, last: 0 }));
}

#[test]
fn a_poisoned_store_ends_its_subscriptions_after_what_is_durable() {
    let disk = SimStorage::new();
    let store = store_on(Arc::new(disk.clone()), options());
    commit(&store, b"durable");
    let mut asking = store.subscribe(2).unwrap();
    let mut waiting = store.subscribe(1).unwrap();
    waiting.next().unwrap().unwrap();
    // From here on it reads nothing: every operation of the disk is the writer's.
    let waiting = thread::spawn(move || drain(waiting));
    // The write is one operation, its sync the next.
    disk.inject(Fault {
        op: disk.ops() + 1,
        sticky: false,
        kind: FaultKind::Error,
    });
    let mut batch = store.batch();
    batch.append("a", b"of unknown outcome").unwrap();
    let error = store.commit(batch.seal(0, b"").unwrap()).unwrap_err();
    assert_eq!(error.code(), "E-IO");
    let (records, error) = waiting.join().unwrap();
    assert_eq!((records.len(), error.code()), (0, "E-POISONED"));
    assert_eq!(asking.try_next().unwrap_err().code(), "E-POISONED");
    // It stays poisoned, and says so until the end.
    drop(store);
    assert_eq!(asking.next().unwrap().unwrap_err().code(), "E-POISONED");
    assert!(asking.next().is_none());
}

/// A thread that panics while it has the writer leaves nobody waiting.
#[test]
fn a_panic_in_the_writer_ends_subscriptions() {
    let disk = SimStorage::new();
    let store = store_on(Arc::new(disk.clone()), options());
    commit(&store, b"durable");
    let mut waiting = store.subscribe(1).unwrap();
    waiting.next().unwrap().unwrap();
    // From here on it reads nothing: every operation of the disk is the writer's.
    let waiting = thread::spawn(move || drain(waiting));
    disk.inject(Fault {
        op: disk.ops(),
        sticky: false,
        kind: FaultKind::Panic,
    });
    let mut batch = store.batch();
    batch.append("a", b"x").unwrap();
    let sealed = batch.seal(0, b"").unwrap();
    let panicked = thread::scope(|scope| scope.spawn(|| store.commit(sealed)).join().is_err());
    assert!(panicked);
    let (records, error) = waiting.join().unwrap();
    assert_eq!((records.len(), error.code()), (0, "E-POISONED"));
}

#[test]
fn a_damaged_commit_is_told_and_not_passed_over() {
    let disk = SimStorage::new();
    let store = store_on(Arc::new(disk.clone()), options());
    let positions: Vec<_> = (0..3u8)
        .map(|i| {
            let mut batch = store.batch();
            batch.append("a", [i; 40]).unwrap();
            store.commit(batch.seal(0, b"").unwrap()).unwrap().position
        })
        .collect();
    let name = disk
        .file_names()
        .into_iter()
        .find(|name| name.ends_with("0.seg"))
        .unwrap();
    let mut bytes = disk.bytes(&name).unwrap();
    let begin = usize::try_from(positions[1].offset()).unwrap();
    let entry = bytes[begin..]
        .windows(40)
        .position(|bytes| bytes == [1; 40])
        .unwrap();
    bytes[begin + entry] ^= 1;
    disk.put_bytes(&name, Some(bytes));
    let mut subscription = store.subscribe(1).unwrap();
    assert_eq!(subscription.next().unwrap().unwrap().body.height, 1);
    assert_eq!(subscription.try_next().unwrap_err().code(), "E-FRAME-CRC");
    assert_eq!(subscription.next_height(), 2);
    assert!(subscription.next().unwrap().is_err());
    assert!(subscription.next().is_none());
    let mut behind = store.subscribe(3).unwrap();
    assert_eq!(behind.next().unwrap().unwrap().body.height, 3);
}

/// Waiting costs nobody anything: who waits is woken by each commit, and none is woken for nothing
/// for ever.
#[test]
fn who_waits_is_woken() {
    let store = Arc::new(in_memory());
    let seen = Arc::new(AtomicU64::new(0));
    let subscribers: Vec<_> = (0..3)
        .map(|_| {
            let (subscription, seen) = (store.subscribe(1).unwrap(), Arc::clone(&seen));
            thread::spawn(move || {
                for commit in subscription.take(10) {
                    commit.unwrap();
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for i in 0..10u8 {
        commit(&store, &[i]);
        // All three have it before the next one is made: they were woken by this one.
        while seen.load(Ordering::SeqCst) < 3 * (u64::from(i) + 1) {
            thread::yield_now();
        }
    }
    for subscriber in subscribers {
        subscriber.join().unwrap();
    }
}
