//! The store as its users see it: commits, roots, proofs, reopening, readers, groups.
//!
//! Roots are held against the compact range fed one leaf at a time, which `merkle-log` tests
//! against the definition of RFC 6962.

use std::sync::Arc;

use hash_store::{MemStorage, Storage};
use ledger::{
    CommitBody, Durability, Error, LEDGERS_MAX, Level, Reader, Snapshot, Store, Submission,
    TreeType, Verdict, metadata_hash, verify,
};
use ledger_tests::store::{copy, create, entry, files, fill, options, specs};
use merkle_log::{CompactRange, Hash, LeafIndex, TreeSize};

const NAMES: [&str; 2] = ["pool", "domain"];

fn root_of(leaves: impl Iterator<Item = Vec<u8>>) -> Hash {
    let tree = TreeType::Sha256;
    let mut range = CompactRange::empty(0);
    for leaf in leaves {
        range.append(tree, tree.leaf(&leaf)).unwrap();
    }
    range.root(tree).unwrap()
}

/// Everything a snapshot answers, held against the entries that were committed.
fn check(snapshot: &Snapshot, names: &[&str]) {
    for name in names {
        let view = snapshot.ledger(name).unwrap();
        let size = view.size().0;
        let expected = root_of((0..size).map(|i| entry(name, i)));
        assert_eq!(view.root(), expected, "{name} at {size}");
        let mut read = 0;
        for item in view.entries(0..size).unwrap() {
            let (index, bytes) = item.unwrap();
            assert_eq!((index.0, bytes), (read, entry(name, read)));
            read += 1;
        }
        assert_eq!(read, size);
        for index in (0..size).step_by(7) {
            let leaf = view.tree().leaf(&view.entry(LeafIndex(index)).unwrap());
            for size in [index + 1, size] {
                let size = TreeSize(size);
                let proof = view.prove_inclusion(LeafIndex(index), size).unwrap();
                let root = view.root_at(size).unwrap();
                let verified = proof.verify(view.tree(), &leaf, &root).unwrap();
                assert_eq!(verified.leaf_index(), LeafIndex(index));
            }
            if index > 0 {
                let (first, second) = (TreeSize(index), view.size());
                let proof = view.prove_consistency(first, second).unwrap();
                let old = view.root_at(first).unwrap();
                let verified = proof.verify(view.tree(), &old, &view.root()).unwrap();
                assert_eq!(verified.second(), (view.size(), view.root()));
            }
        }
    }
    let mut bodies = Vec::new();
    for height in 1..=snapshot.height() {
        let record = snapshot.commit(height).unwrap();
        assert_eq!(record.body.height, height);
        assert_eq!(
            CommitBody::decode(&record.body_bytes),
            Ok(record.body.clone())
        );
        assert_eq!(record.body.metadata_hash, metadata_hash(&record.metadata));
        assert_eq!(
            record.body.audit_root_before,
            root_of(bodies.iter().cloned())
        );
        bodies.push(record.body_bytes);
        assert_eq!(record.audit_root, root_of(bodies.iter().cloned()));
    }
    assert_eq!(snapshot.audit().root(), root_of(bodies.into_iter()));
}

fn verdict(dir: &std::path::Path) -> (Verdict, Vec<&'static str>) {
    let storage = Arc::new(hash_store::FileStorage::new(dir));
    let report = verify(storage, Level::Full, &mut |_| true).unwrap();
    (
        report.verdict,
        report.findings.iter().map(|f| f.code).collect(),
    )
}

#[test]
fn commits_are_there_after_every_kind_of_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &NAMES);
    let mut counts = vec![1, 0, 5, 300, 1, 17, 40, 0, 64, 255, 3];
    fill(&store, &NAMES, &counts);
    check(&store.snapshot(), &NAMES);
    let height = store.snapshot().height();
    assert_eq!(height, counts.len() as u64);

    // As a kill leaves it: not clean, everything replayed from the last superblock.
    let killed = copy(&home);
    let reopened = Store::open(killed.path(), options()).unwrap();
    assert!(!reopened.report().clean);
    assert!(!reopened.report().rebuilt);
    assert_eq!(reopened.report().replayed, height);
    check(&reopened.snapshot(), &NAMES);
    drop(reopened);

    store.close().unwrap();
    let reopened = Store::open(&home, options()).unwrap();
    assert!(reopened.report().clean);
    assert_eq!(reopened.report().replayed, 0);
    counts = vec![2, 9, 700];
    fill(&reopened, &NAMES, &counts);
    check(&reopened.snapshot(), &NAMES);
    reopened.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
}

#[test]
fn derived_files_come_back_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &NAMES);
    fill(&store, &NAMES, &[3, 500, 2, 700, 1, 90]);
    store.attach(2, 7, b"certificate").unwrap();
    fill(&store, &NAMES, &[1]);
    store.close().unwrap();
    let derived = |dir: &std::path::Path| -> Vec<(String, Vec<u8>)> {
        let mut all = files(dir);
        all.retain(|(name, _)| !name.starts_with("log") && name.contains('/'));
        all
    };
    let before = derived(&home);
    assert_eq!(before.len(), 3 * 2 + 1 + 2, "tiles.0 and .1, indexes");
    for name in ["audit", "pool", "domain"] {
        std::fs::remove_dir_all(home.join(name)).unwrap();
    }
    // Read-only, the log answers for what is missing.
    let reader = Reader::open(&home).unwrap();
    check(&reader.snapshot(), &NAMES);
    let store = Store::open(&home, options()).unwrap();
    assert!(store.report().rebuilt);
    check(&store.snapshot(), &NAMES);
    assert_eq!(
        store.snapshot().attachments(2).unwrap()[0].bytes,
        b"certificate"
    );
    store.close().unwrap();
    assert_eq!(derived(&home), before);
}

#[test]
fn a_batch_is_made_on_one_tip_and_only_one_of_two_siblings_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"), &NAMES);
    let mut first = store.batch();
    first.append("pool", entry("pool", 0)).unwrap();
    let first = first.seal(10, b"one").unwrap();
    let mut child = first.child();
    assert_eq!(
        child.append("pool", entry("pool", 1)).unwrap(),
        LeafIndex(1)
    );
    let child = child.seal(10, b"two").unwrap();
    let sibling = store.batch().seal(11, b"").unwrap();
    // Roots were known before anything was written.
    let expected = root_of((0..2).map(|i| entry("pool", i)));
    assert_eq!(child.body().ledger("pool").unwrap().root, expected);
    assert!(matches!(
        store.commit(child.clone()).unwrap_err(),
        Error::StaleParent { parent: 1, tip: 0 }
    ));
    store.commit(first).unwrap();
    assert!(matches!(
        store.commit(sibling).unwrap_err(),
        Error::StaleParent { parent: 0, tip: 1 }
    ));
    store.commit(child).unwrap();
    assert_eq!(store.snapshot().ledger("pool").unwrap().root(), expected);
    let back = store.batch().seal(9, b"").unwrap_err();
    assert!(matches!(
        back,
        Error::TimeRunsBackwards {
            time_ms: 9,
            parent_ms: 10
        }
    ));
}

#[test]
fn snapshots_stay_as_they_were_and_history_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"), &NAMES);
    fill(&store, &NAMES, &[5, 6, 7]);
    let old = store.snapshot();
    fill(&store, &NAMES, &[8, 400]);
    check(&old, &NAMES);
    assert_eq!(old.height(), 3);
    let again = store.snapshot().at_height(3).unwrap();
    assert_eq!(again.audit().root(), old.audit().root());
    assert_eq!(again.ledgers(), old.ledgers());
    check(&again, &NAMES);
    assert!(matches!(
        old.commit(4).unwrap_err(),
        Error::NoSuchHeight { asked: 4, last: 3 }
    ));
    let view = old.ledger("pool").unwrap();
    let outside = view.entry(LeafIndex(view.size().0)).unwrap_err();
    assert!(matches!(outside, Error::OutOfRange { .. }));
    let from_empty = view.prove_consistency(TreeSize(0), view.size());
    assert!(matches!(
        from_empty.unwrap_err(),
        Error::ConsistencyFromEmpty
    ));
}

#[test]
fn attachments_are_kept_beside_their_height_and_out_of_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let (with, without) = (dir.path().join("with"), dir.path().join("without"));
    let mut chains = Vec::new();
    for (home, attach) in [(&with, true), (&without, false)] {
        let store = create(home, &NAMES);
        fill(&store, &NAMES, &[2]);
        let mut sealed = store.batch().seal(1_700_000_000_001, b"").unwrap();
        if attach {
            sealed.attach(1, b"header").unwrap();
        }
        store.commit(sealed).unwrap();
        if attach {
            store.attach(2, 2, b"certificate").unwrap();
            store.attach(1, 2, b"late").unwrap();
            let held = store.snapshot();
            store.attach(2, 3, b"second").unwrap();
            assert_eq!(held.attachments(2).unwrap().len(), 2);
        }
        fill(&store, &NAMES, &[3]);
        chains.push(store.snapshot().commit(3).unwrap().chain);
        store.close().unwrap();
    }
    assert_eq!(chains[0], chains[1]);
    for home in [&with, &with] {
        let store = Store::open(home, options()).unwrap();
        let kept = store.snapshot().attachments(2).unwrap();
        let kept: Vec<(u32, &[u8])> = kept.iter().map(|a| (a.kind, &a.bytes[..])).collect();
        assert_eq!(
            kept,
            [
                (1, &b"header"[..]),
                (2, &b"certificate"[..]),
                (3, &b"second"[..])
            ]
        );
        assert_eq!(store.snapshot().attachments(1).unwrap()[0].bytes, b"late");
        assert!(store.snapshot().attachments(3).unwrap().is_empty());
    }
    assert_eq!(verdict(&with), (Verdict::Verified, vec![]));
}

#[test]
fn a_reader_in_the_same_place_follows_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &NAMES);
    let reader = Reader::open(&home).unwrap();
    assert_eq!(reader.snapshot().height(), 0);
    for round in 1..=12u64 {
        fill(&store, &NAMES, &[round * 11 % 300]);
        let before = reader.snapshot();
        reader.refresh().unwrap();
        assert_eq!(before.height(), round - 1);
        assert_eq!(reader.snapshot().height(), round);
        assert_eq!(reader.durability(), Durability::Durable);
        assert!(reader.problem().is_none());
        check(&reader.snapshot(), &NAMES);
        check(&before, &NAMES);
    }
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    store.declare(specs(&["late"]).remove(0)).unwrap();
    fill(&store, &["late"], &[4]);
    reader.refresh().unwrap();
    check(&reader.snapshot(), &["pool", "domain", "late"]);
}

#[test]
fn there_is_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &NAMES);
    let second = Store::open(&home, options()).unwrap_err();
    assert_eq!(second.code(), "E-LOCKED");
    store.close().unwrap();
    Store::open(&home, options()).unwrap();
    let taken = Store::create(&home, "x".parse().unwrap(), &[], options()).unwrap_err();
    assert_eq!(taken.code(), "E-NOT-EMPTY");
    let none = Store::open(dir.path().join("nothing"), options()).unwrap_err();
    assert_eq!(none.code(), "E-NO-STORE");
    assert_eq!(Reader::open(dir.path()).unwrap_err().code(), "E-NO-STORE");
}

#[test]
fn group_commit_gives_every_producer_its_own_entries() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"), &NAMES);
    let (producers, each) = (16u64, 20u64);
    let mut receipts: Vec<(u64, Vec<u8>)> = Vec::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..producers)
            .map(|producer| {
                let store = &store;
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    for i in 0..each {
                        let entry = format!("producer {producer} entry {i}").into_bytes();
                        let mut submission = Submission::new(producer);
                        submission.append("domain", &entry).unwrap();
                        let receipt = store.submit(submission).unwrap();
                        mine.push((receipt.first[0].1.0, entry));
                    }
                    mine
                })
            })
            .collect();
        for thread in threads {
            receipts.extend(thread.join().unwrap());
        }
    });
    receipts.sort();
    let snapshot = store.snapshot();
    let view = snapshot.ledger("domain").unwrap();
    assert_eq!(view.size().0, producers * each);
    for (i, (index, bytes)) in receipts.iter().enumerate() {
        assert_eq!(*index, i as u64);
        assert_eq!(view.entry(LeafIndex(*index)).unwrap(), *bytes);
    }
    assert!(snapshot.height() <= producers * each);
    let unknown = {
        let mut submission = Submission::new(0);
        submission.append("nowhere", b"x").unwrap();
        store.submit(submission).unwrap_err()
    };
    assert!(matches!(unknown, Error::NoSuchLedger { .. }));
}

#[test]
fn what_one_caller_brings_is_cut_into_groups_that_a_batch_can_hold() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"), &["domain"]);
    let entry = vec![7; 3 << 20];
    let brought = (0..5).map(|_| {
        let mut submission = Submission::new(0);
        submission.append("domain", &entry).unwrap();
        submission
    });
    let receipts = store.submit_all(brought.collect());
    let heights = receipts.into_iter().map(|receipt| {
        let receipt = receipt.unwrap();
        (receipt.height, receipt.first[0].1.0)
    });
    let heights: Vec<_> = heights.collect();
    assert_eq!(heights, [(1, 0), (1, 1), (2, 2), (2, 3), (3, 4)]);
}

#[test]
fn payloads_of_every_shape_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &["domain"]);
    let nested = std::fs::read(ledger_tests::store::segments(&home)[0].clone()).unwrap();
    let shapes: Vec<Vec<u8>> = vec![
        vec![],
        vec![0],
        vec![0; 70_000],
        vec![0xff; 5000],
        b"BEGN\x01\x00TAILZMAP".to_vec(),
        nested,
        (0..200_000u32).map(|i| (i % 256) as u8).collect(),
    ];
    for shape in &shapes {
        let mut batch = store.batch();
        batch.append("domain", shape).unwrap();
        batch.append("domain", shape).unwrap();
        store.commit(batch.seal(0, shape).unwrap()).unwrap();
    }
    let killed = copy(&home);
    for store in [store, Store::open(killed.path(), options()).unwrap()] {
        let snapshot = store.snapshot();
        let view = snapshot.ledger("domain").unwrap();
        for (i, shape) in (0u64..).zip(&shapes) {
            assert_eq!(view.entry(LeafIndex(2 * i)).unwrap(), *shape);
            assert_eq!(view.entry(LeafIndex(2 * i + 1)).unwrap(), *shape);
            assert_eq!(snapshot.commit(i + 1).unwrap().metadata, *shape);
        }
    }
    assert_eq!(verdict(killed.path()), (Verdict::Verified, vec![]));
}

#[test]
fn what_is_too_large_is_refused_before_anything_is_written() {
    let storage = Arc::new(MemStorage::new());
    let options = ledger::Options {
        batch_len_max: 1 << 20,
        ..options()
    };
    let network = "test-net".parse().unwrap();
    let store = Store::create_in(storage, [1; 16], network, &specs(&["domain"]), options).unwrap();
    let mut batch = store.batch();
    let entry = vec![1; (16 << 20) + 1];
    let refused = batch.append("domain", &entry).unwrap_err();
    assert_eq!(refused.code(), "E-ENTRY-TOO-LARGE");
    batch.append("domain", vec![1; 1 << 20]).unwrap();
    let refused = store.commit(batch.seal(0, b"").unwrap()).unwrap_err();
    assert_eq!(refused.code(), "E-TOO-LARGE");
    fill(&store, &["domain"], &[3]);
    check(&store.snapshot(), &["domain"]);
}

#[test]
fn a_store_that_cannot_be_is_not_begun() {
    let begun = |names: &[&str]| {
        let storage = Arc::new(MemStorage::new());
        let network = "test-net".parse().unwrap();
        let made = Store::create_in(storage.clone(), [1; 16], network, &specs(names), options());
        (made, storage.list("").unwrap())
    };
    let names: Vec<String> = (0..=LEDGERS_MAX).map(|n| format!("ledger-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (names, code) in [
        (&names[..], "E-TOO-MANY-LEDGERS"),
        (&["pool", "domain", "pool"], "E-LEDGER-EXISTS"),
    ] {
        let (made, left) = begun(names);
        assert_eq!(made.unwrap_err().code(), code);
        assert_eq!(left.len(), 0);
    }
    let store = begun(&names[..LEDGERS_MAX]).0.unwrap();
    assert_eq!(store.snapshot().ledgers().len(), LEDGERS_MAX);
    let refused = store.declare(specs(&["one-more"]).remove(0)).unwrap_err();
    assert_eq!(refused.code(), "E-TOO-MANY-LEDGERS");
}

/// Where the store's own derived files hold, a reader makes none in its scratch storage.
#[test]
fn a_reader_makes_nothing_anew_of_a_whole_store() {
    let storage = Arc::new(MemStorage::new());
    let network = "test-net".parse().unwrap();
    let made = Store::create_in(storage.clone(), [1; 16], network, &specs(&NAMES), options());
    let store = made.unwrap();
    fill(&store, &NAMES, &[3, 40]);
    let beside = |storage: &Arc<MemStorage>| {
        let scratch = Arc::new(MemStorage::new());
        let reader = Reader::open_in(storage.clone(), scratch.clone()).unwrap();
        check(&reader.snapshot(), &NAMES);
        scratch.list("").unwrap().len()
    };
    assert_eq!(beside(&storage), 0);
    store.close().unwrap();
    assert_eq!(beside(&storage), 0);
    storage.remove("pool/tiles.0").unwrap();
    assert!(beside(&storage) > 0);
}

/// The first commit of a segment carries the trees' ranges: a batch may fit the segment ahead
/// without them and not with them.
#[test]
fn no_segment_is_left_empty_whatever_just_fits() {
    for len in (60_000..61_000).step_by(40) {
        let home = tempfile::tempdir().unwrap();
        let store = create(home.path(), &["domain"]);
        // Segments of 16 and 32 KiB, and the one of 64 KiB that is in question.
        for len in [9_000, 25_000, len, 1] {
            let mut batch = store.batch();
            batch.append("domain", vec![1; len]).unwrap();
            store.commit(batch.seal(1, b"").unwrap()).unwrap();
        }
        drop(store);
        let store = Store::open(home.path(), options()).unwrap();
        assert_eq!(store.snapshot().height(), 4, "{len}");
        assert_eq!(verdict(home.path()), (Verdict::Verified, vec![]), "{len}");
    }
}

/// A watermark of a store that has nothing new leaves it as clean as it was.
#[test]
fn a_watermark_without_commits_keeps_the_store_clean() {
    let home = tempfile::tempdir().unwrap();
    let store = create(home.path(), &["domain"]);
    fill(&store, &["domain"], &[3]);
    store.close().unwrap();
    let store = Store::open(home.path(), options()).unwrap();
    store.sync_derived().unwrap();
    store.close().unwrap();
    let store = Store::open(home.path(), options()).unwrap();
    assert!(store.report().clean);
}
