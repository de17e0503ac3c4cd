//! Back-pressure: what waits for a group commit stays within its limits, whoever finds no room
//! waits in order or is told, and everyone is answered.

use std::sync::Arc;
use std::thread;

use hash_store::MemStorage;
use ledger::{Error, QueueLimits, Receipt, Store, Submission};
use ledger_tests::store::{options, specs};

use crate::counting::{Counting, Gate};

fn submission(entry: &[u8]) -> Submission {
    let mut submission = Submission::new(0);
    submission.append("a", entry).unwrap();
    submission
}

/// A store whose syncs wait at a gate, once that is closed.
fn gated(limits: QueueLimits) -> (Arc<Store>, Gate) {
    let gate = Gate::default();
    let storage = Counting::new(Arc::new(MemStorage::new())).with_gate(gate.clone());
    let network = "net".parse().unwrap();
    let store = Store::create_in(
        Arc::new(storage),
        [5; 16],
        network,
        &specs(&["a"]),
        options(),
    );
    let store = store.unwrap();
    store.limit_queue(limits);
    // The first commit has more to sync.
    store.submit(submission(b"first")).unwrap();
    (Arc::new(store), gate)
}

fn spawn(store: &Arc<Store>, entry: Vec<u8>) -> thread::JoinHandle<Result<Receipt, Error>> {
    let store = Arc::clone(store);
    thread::spawn(move || store.submit(submission(&entry)))
}

fn wait_until(reached: impl Fn() -> bool) {
    while !reached() {
        thread::yield_now();
    }
}

#[test]
fn what_waits_is_limited_by_count() {
    let limits = QueueLimits {
        submissions: 3,
        bytes: 1 << 20,
    };
    let (store, gate) = gated(limits);
    gate.close();
    // One is being committed, three wait.
    let mut producers = vec![spawn(&store, vec![0])];
    gate.wait_for_one();
    for entry in 1..4u8 {
        producers.push(spawn(&store, vec![entry]));
        wait_until(|| store.counters().waiting == u64::from(entry));
    }
    match store.try_submit(submission(b"one too many")) {
        Err(Error::Busy {
            submissions: 3,
            bytes: 3,
        }) => {}
        other => panic!("{other:?}"),
    }
    // Those who are patient stand at the door, and nobody overtakes them.
    let patient: Vec<_> = (4..8u8).map(|entry| spawn(&store, vec![entry])).collect();
    for _ in 0..100 {
        assert!(store.counters().waiting <= 3);
        assert_eq!(
            store.try_submit(submission(b"x")).unwrap_err().code(),
            "E-BUSY"
        );
        thread::yield_now();
    }
    gate.open();
    for producer in producers.into_iter().chain(patient) {
        producer.join().unwrap().unwrap();
    }
    let counters = store.counters();
    assert_eq!((counters.waiting, counters.waiting_bytes), (0, 0));
    assert_eq!((counters.submissions, counters.refused), (9, 101));
    let snapshot = store.snapshot();
    let view = snapshot.ledger("a").unwrap();
    let mut entries: Vec<Vec<u8>> = view.entries(1..9).unwrap().map(|e| e.unwrap().1).collect();
    entries.sort();
    assert_eq!(
        entries,
        (0..8u8).map(|entry| vec![entry]).collect::<Vec<_>>()
    );
    // Groups of 1, then of at most 3.
    assert!(counters.groups >= 1 + 1 + 3, "{counters:?}");
    // With room again it is taken.
    store.try_submit(submission(b"now")).unwrap();
}

#[test]
fn what_waits_is_limited_by_bytes() {
    let limits = QueueLimits {
        submissions: 100,
        bytes: 1000,
    };
    let (store, gate) = gated(limits);
    gate.close();
    let leader = spawn(&store, vec![0; 10]);
    gate.wait_for_one();
    let waits = spawn(&store, vec![1; 600]);
    wait_until(|| store.counters().waiting_bytes == 600);
    let refused = store.try_submit(submission(&[2; 401])).unwrap_err();
    assert!(matches!(
        refused,
        Error::Busy {
            submissions: 1,
            bytes: 600
        }
    ));
    let fits = spawn(&store, vec![3; 400]);
    wait_until(|| store.counters().waiting_bytes == 1000);
    let refused = store.try_submit(submission(&[4])).unwrap_err();
    assert!(matches!(
        refused,
        Error::Busy {
            submissions: 2,
            bytes: 1000
        }
    ));
    // What is beyond the limit by itself waits until nothing else does, and is taken then.
    let large = spawn(&store, vec![5; 5000]);
    gate.open();
    for producer in [leader, waits, fits, large] {
        producer.join().unwrap().unwrap();
    }
    store.try_submit(submission(&[6; 5000])).unwrap();
    // Limits may be changed while submissions stand at the door.
    gate.close();
    let leader = spawn(&store, vec![7]);
    gate.wait_for_one();
    let (first, second) = (spawn(&store, vec![8; 900]), spawn(&store, vec![8; 900]));
    wait_until(|| store.counters().waiting_bytes == 900);
    store.limit_queue(QueueLimits {
        submissions: 100,
        bytes: 2000,
    });
    wait_until(|| store.counters().waiting_bytes == 1800);
    gate.open();
    for producer in [leader, first, second] {
        producer.join().unwrap().unwrap();
    }
}

/// They are let in in the order in which they came: a large one is not passed by small ones for
/// ever.
#[test]
fn the_door_is_a_line() {
    let (store, gate) = gated(QueueLimits {
        submissions: 1,
        bytes: 1 << 20,
    });
    gate.close();
    let leader = spawn(&store, b"leader".to_vec());
    gate.wait_for_one();
    let first = spawn(&store, b"0".to_vec());
    wait_until(|| store.counters().waiting == 1);
    let line: Vec<_> = (1..5u8)
        .map(|place| {
            let producer = spawn(&store, vec![place]);
            wait_until(|| store.counters().blocked == u64::from(place));
            producer
        })
        .collect();
    gate.open();
    let receipts = line
        .into_iter()
        .map(|producer| producer.join().unwrap().unwrap());
    // A queue of one: each has a commit of its own.
    assert_eq!(
        receipts.map(|receipt| receipt.height).collect::<Vec<_>>(),
        [4, 5, 6, 7]
    );
    leader.join().unwrap().unwrap();
    first.join().unwrap().unwrap();
    assert_eq!(store.counters().blocked, 0);
}
