//! Passes that drop states on threads of their own: they end, are stopped, or cannot write.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::sync::mpsc;
use std::thread;

use hash_store::sim::{Fault, FaultKind, OpKind, SimStorage};
use hash_store::{MemStorage, Storage};
use patricia_state::{Batch, NodeLog, NodeLogPlace, Overlay, StateSuite};

use super::*;

const DIR: &str = "domain/trie";

/// A pass over a log of which all is needed but what a first commit wrote, of several steps.
fn pass(storage: &Arc<dyn Storage>) -> Pass {
    let suite = StateSuite::Blake3;
    let place = NodeLogPlace {
        storage: Arc::clone(storage),
        dir: DIR.to_owned(),
        store_uuid: [1; 16],
        ledger: 0,
    };
    let log = NodeLog::create(suite, place).unwrap();
    let mut first = Batch::new(suite);
    first.set(b"key", &[7; 60]);
    let first = Overlay::empty(suite)
        .seal(&log.view(), suite, &first.changes())
        .unwrap();
    first.store(|extension| log.append(extension)).unwrap();
    let mut batch = Batch::new(suite);
    (0..3000u32).for_each(|key| batch.set(&key.to_be_bytes(), &[7; 300]));
    let empty = Overlay::empty(suite);
    let sealed = empty.seal(&log.view(), suite, &batch.changes()).unwrap();
    sealed.store(|extension| log.append(extension)).unwrap();
    let kept = PassRoot {
        root: *sealed.root(),
        end: log.end(),
    };
    log.begin_pass(&[kept], true).unwrap()
}

fn files(storage: &Arc<dyn Storage>) -> usize {
    storage.list(DIR).unwrap().len()
}

#[test]
fn work_is_away_until_its_thread_has_ended() {
    let started = || {
        let (go, wait) = mpsc::channel::<()>();
        (go, move || wait.recv().unwrap())
    };
    let ((go, wait), stop) = (started(), Arc::new(AtomicBool::new(false)));
    let away = Work::Away(
        thread::spawn(move || {
            wait();
            None
        }),
        stop,
    );
    let (end, wait) = started();
    let ending = Work::Ending(thread::spawn(wait));
    for (work, go) in [(away, go), (ending, end)] {
        assert!(work.is_away());
        go.send(()).unwrap();
        while work.is_away() {
            thread::yield_now();
        }
        work.stop();
    }
    assert!(!Work::None.is_away());
}

#[test]
fn work_that_is_stopped_has_ended_and_left_nothing() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let mut begun = pass(&storage);
    while files(&storage) == 1 {
        assert!(!begun.step(1 << 16).unwrap());
    }
    Work::Here(Box::new(begun)).stop();
    assert_eq!(files(&storage), 1);

    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, (told, heard)) = (Arc::clone(&stop), mpsc::channel());
    let work = move || {
        while !stopped.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        told.send(()).unwrap();
        None
    };
    Work::Away(thread::spawn(work), stop).stop();
    assert_eq!(heard.try_recv(), Ok(()));
}

#[test]
fn a_pass_of_its_own_thread_runs_to_its_end_or_until_it_is_stopped() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    assert!(!pass(&storage).step(STEP_ALONE).unwrap());
    let (mut begun, mut steps) = (pass(&storage), 1);
    while !begun.step(STEP_ALONE).unwrap() {
        steps += 1;
    }
    // About 1.2 MB to mark and as much to copy, by MiB.
    assert!(steps <= 4, "{steps}");
    let mut done = run(pass(&storage), &AtomicBool::new(false)).unwrap();
    assert!(done.step(1).unwrap());
    let mut begun = pass(&storage);
    while files(&storage) == 1 {
        assert!(!begun.step(1 << 16).unwrap());
    }
    assert!(run(begun, &AtomicBool::new(true)).is_none());
    assert_eq!(files(&storage), 1);
}

#[test]
fn a_pass_that_cannot_be_written_or_synced_is_given_up() {
    let disk = SimStorage::new();
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let stop = AtomicBool::new(false);
    let begun = pass(&storage);
    disk.record_ops();
    assert!(run(begun, &stop).is_some());
    let operations = disk.take_ops();
    assert_eq!(operations.last().map(|op| op.kind), Some(OpKind::Sync));
    let operations = operations.len() as u64;
    for after in 0..operations {
        let begun = pass(&storage);
        let (op, sticky, kind) = (disk.ops() + after, false, FaultKind::Error);
        disk.inject(Fault { op, sticky, kind });
        assert!(run(begun, &stop).is_none(), "{after} of {operations}");
        let _ = disk.heal();
    }
}
