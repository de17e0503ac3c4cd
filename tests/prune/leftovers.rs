//! What writers that ended early, or a full disk, leave of a node log: never in the way, and never
//! removed before what stands in its place is sure to stay.

use std::sync::Arc;

use hash_store::sim::{Fault, FaultKind, OpKind, SimStorage};
use patricia_state::{
    Batch, Location, NodeLog, NodeLogPlace, Overlay, PassRoot, Root, StateSuite, Trie,
};

const SUITE: StateSuite = StateSuite::Blake3;
const FIRST: &str = "domain/trie/0000000000000000";

fn place(disk: &SimStorage) -> NodeLogPlace {
    NodeLogPlace {
        storage: Arc::new(disk.clone()),
        dir: "domain/trie".to_owned(),
        store_uuid: [5; 16],
        ledger: 3,
    }
}

/// Commits a value of one key.
fn commit(log: &NodeLog, root: Root, value: u8) -> Root {
    let mut batch = Batch::new(SUITE);
    batch.set(b"key", &[value; 60]);
    batch.set(&[value], &[value; 50]);
    let sealed = Overlay::new(root).seal(&log.view(), SUITE, &batch.changes());
    let sealed = sealed.unwrap();
    sealed.store(|extension| log.append(extension)).unwrap();
    *sealed.root()
}

fn is_value(log: &NodeLog, root: Root, value: u8) {
    let view = log.view();
    let found = Trie::new(&view, SUITE, root).get(b"key").unwrap();
    assert_eq!(found.unwrap().to_vec(), [value; 60]);
}

/// A log of nine commits, and its disk.
fn subject() -> (SimStorage, NodeLog, Root) {
    let disk = SimStorage::new();
    let log = NodeLog::create(SUITE, place(&disk)).unwrap();
    let root = (1..10).fold(Root::empty(SUITE), |root, n| commit(&log, root, n));
    (disk, log, root)
}

fn kept(log: &NodeLog, root: Root) -> PassRoot {
    PassRoot {
        root,
        end: log.end(),
    }
}

/// A file that was replaced, and not removed any more: the other one may have its name in the cache
/// alone.
#[test]
fn a_replaced_file_goes_once_the_name_of_the_other_is_on_the_disk() {
    let (disk, log, root) = subject();
    let whole = format!("{FIRST}.nodes");
    let bytes = disk.bytes(&whole);
    let mut pass = log.begin_pass(&[kept(&log, root)], true).unwrap();
    while !pass.step(1 << 20).unwrap() {}
    pass.sync().unwrap();
    log.adopt(pass).unwrap();
    disk.put_bytes(&whole, bytes);
    disk.record_ops();
    let log = NodeLog::open(SUITE, place(&disk), log.end()).unwrap();
    is_value(&log, root, 9);
    let ops = disk.take_ops();
    let first = |kind, name: &str| {
        let is_it = |op: &&hash_store::sim::Op| op.kind == kind && op.name == name;
        ops.iter().find(is_it).unwrap().number
    };
    assert!(first(OpKind::SyncDir, "domain/trie") < first(OpKind::Name, &whole));
    assert_eq!(disk.file_names(), [format!("{FIRST}.kept")]);
}

/// Files behind what is believed of the log, whole and half made ones.
#[test]
fn files_behind_the_end_are_removed_when_the_log_is_opened() {
    let (disk, log, root) = subject();
    let end = log.end();
    // The next commit begins a new file.
    let mut pass = log.begin_pass(&[kept(&log, root)], true).unwrap();
    while !pass.step(1 << 20).unwrap() {}
    let later = commit(&log, root, 77);
    is_value(&log, later, 77);
    assert_eq!(disk.file_names().len(), 3);
    let log = NodeLog::open(SUITE, place(&disk), end).unwrap();
    assert_eq!(disk.file_names(), [format!("{FIRST}.nodes")]);
    is_value(&log, commit(&log, root, 10), 10);
    let log = NodeLog::open(SUITE, place(&disk), Location(0)).unwrap();
    assert_eq!(disk.file_names(), [] as [String; 0]);
    is_value(&log, commit(&log, Root::empty(SUITE), 1), 1);
}

/// A pass that is given up takes its files away, and one that begins anew those of another.
#[test]
fn a_pass_that_was_given_up_leaves_nothing() {
    let (disk, log, root) = subject();
    for give_up in [true, false, true] {
        let mut pass = log.begin_pass(&[kept(&log, root)], true).unwrap();
        while !pass.step(1 << 20).unwrap() {}
        assert!(disk.bytes(&format!("{FIRST}.next")).is_some());
        if give_up {
            pass.give_up().unwrap();
            assert_eq!(disk.file_names(), [format!("{FIRST}.nodes")]);
        }
    }
}

/// A file that could not be begun is begun again: every operation of the first commit fails once.
#[test]
fn a_commit_that_failed_is_done_again() {
    for after in 0..12 {
        let disk = SimStorage::new();
        let log = NodeLog::create(SUITE, place(&disk)).unwrap();
        let mut batch = Batch::new(SUITE);
        batch.set(b"key", &[4; 60]);
        let root = Root::empty(SUITE);
        let sealed = Overlay::new(root).seal(&log.view(), SUITE, &batch.changes());
        let sealed = sealed.unwrap();
        disk.inject(Fault {
            op: disk.ops() + after,
            sticky: false,
            kind: FaultKind::Error,
        });
        let stored = sealed.store(|extension| log.append(extension));
        let failed = !disk.heal().is_empty();
        assert_eq!(stored.is_err(), failed, "{after}");
        if failed {
            sealed.store(|extension| log.append(extension)).unwrap();
        }
        is_value(&log, *sealed.root(), 4);
        assert!(failed || after > 2);
    }
}
