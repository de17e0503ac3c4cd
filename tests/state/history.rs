//! Batches on batches, commits, heights and times, readers beside the writer.

use ledger::{CommitBody, Error, Level, Reader, StateSuite, Store, Submission, Verdict};
use ledger_tests::store::{copy, options};
use merkle_log::Hash;
use patricia_state::{Change, Changes};
use proptest::prelude::*;

use super::stores::{
    HASHED, History, Map, NAMES, PLAIN, apply, check_history, check_view, create, filled, root_of,
    verdict, with_state,
};

#[derive(Clone, Debug)]
enum Step {
    /// Seals writes on one of the uncommitted batches, or on the tip.
    Seal {
        on: prop::sample::Index,
        writes: Vec<(u8, Vec<u8>, Vec<u8>)>,
    },
    /// Commits a chain of uncommitted batches.
    Commit(prop::sample::Index),
    Reopen,
    Kill,
    LoseNodes,
}

fn any_step() -> impl Strategy<Value = Step> {
    let key = prop::collection::vec(0u8..3, 0..4);
    let value = prop::collection::vec(any::<u8>(), 0..50);
    let writes = prop::collection::vec((0u8..2, key, value), 0..10);
    prop_oneof![
        8 => (any::<prop::sample::Index>(), writes).prop_map(|(on, writes)| Step::Seal { on, writes }),
        5 => any::<prop::sample::Index>().prop_map(Step::Commit),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
        1 => Just(Step::LoseNodes),
    ]
}

/// A sealed batch with what it leads to, and the index of the one it stands on.
struct Version {
    sealed: ledger::Sealed,
    maps: [Map; 2],
    parent: Option<usize>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_sealing_committing_and_reopening(steps in prop::collection::vec(any_step(), 1..25)) {
        let mut dir = tempfile::tempdir().unwrap();
        let mut store = create(&dir.path().join("store"));
        let mut history: History = vec![Default::default()];
        let mut versions: Vec<Version> = Vec::new();
        for step in steps {
            let home = dir.path().join("store");
            match step {
                Step::Seal { on, writes } => {
                    let on = on.index(versions.len() + 1).checked_sub(1);
                    let (mut batch, mut maps) = match on {
                        Some(on) => (versions[on].sealed.child(), versions[on].maps.clone()),
                        None => (store.batch(), history[history.len() - 1].clone()),
                    };
                    for (ledger, key, value) in &writes {
                        let ledger = usize::from(*ledger);
                        batch.put(NAMES[ledger].0, key, value).unwrap();
                        apply(&mut maps[ledger], key, value);
                        prop_assert_eq!(&batch.get(NAMES[ledger].0, key).unwrap(), &maps[ledger].get(key).cloned());
                    }
                    let sealed = batch.seal(0, b"").unwrap();
                    for ((name, scheme), map) in NAMES.iter().zip(&maps) {
                        let root = sealed.body().ledger(name).unwrap().state_root;
                        prop_assert_eq!(root, root_of(map, *scheme));
                        for (key, value) in map {
                            prop_assert_eq!(sealed.get(name, key).unwrap(), Some(value.clone()));
                        }
                    }
                    versions.push(Version { sealed, maps, parent: on });
                }
                Step::Commit(version) if !versions.is_empty() => {
                    let mut chain = vec![version.index(versions.len())];
                    while let Some(parent) = versions[chain[chain.len() - 1]].parent {
                        chain.push(parent);
                    }
                    for version in chain.into_iter().rev() {
                        let Version { sealed, maps, .. } = &versions[version];
                        let stale = sealed.body().height != store.snapshot().height() + 1;
                        match store.commit(sealed.clone()) {
                            Ok(_) => history.push(maps.clone()),
                            Err(Error::StaleParent { .. }) => prop_assert!(stale || history.len() > 1),
                            Err(error) => panic!("{error}"),
                        }
                    }
                    // Forks that can no more be committed stay as they are.
                    for Version { sealed, maps, .. } in &versions {
                        for (key, value) in &maps[0] {
                            prop_assert_eq!(sealed.get("accounts", key).unwrap(), Some(value.clone()));
                        }
                    }
                }
                Step::Commit(_) => {}
                Step::Reopen => {
                    versions.clear();
                    store.close().unwrap();
                    store = Store::open(&home, options()).unwrap();
                    prop_assert!(store.report().clean);
                }
                Step::Kill => {
                    versions.clear();
                    let killed = tempfile::tempdir().unwrap();
                    let copied = copy(&home);
                    std::fs::rename(copied.keep(), killed.path().join("store")).unwrap();
                    store = Store::open(killed.path().join("store"), options()).unwrap();
                    prop_assert!(!store.report().rebuilt);
                    dir = killed;
                }
                Step::LoseNodes => {
                    versions.clear();
                    store.close().unwrap();
                    std::fs::remove_dir_all(home.join("accounts/trie")).unwrap();
                    std::fs::remove_file(home.join("secure/states")).unwrap();
                    store = Store::open(&home, options()).unwrap();
                }
            }
        }
        check_history(&store.snapshot(), &history);
        let home = dir.path().join("store");
        check_history(&Reader::open(&home).unwrap().snapshot(), &history);
        store.close().unwrap();
        prop_assert_eq!(verdict(&home, Level::Full), (Verdict::Verified, vec![]));
    }
}

#[test]
fn writes_are_read_before_and_after_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"));
    let empty = store.snapshot().state("accounts").unwrap();
    assert_eq!(*empty.root().as_bytes(), StateSuite::Blake3.empty_root());
    let roots = store.snapshot();
    assert_eq!(roots.ledgers()[1].state_root, Hash::default());

    let mut batch = store.batch();
    batch.put("accounts", b"a", b"first").unwrap();
    batch.put("accounts", b"a", b"last").unwrap();
    batch.put("accounts", b"b", b"kept").unwrap();
    batch.put("secure", b"a", b"other").unwrap();
    assert_eq!(
        (batch.len(), batch.writes_len(), batch.is_empty()),
        (0, 3, false)
    );
    let sealed = batch.seal(5, b"").unwrap();
    let mut child = sealed.child();
    child.put("accounts", b"a", b"").unwrap();
    child.delete("accounts", b"never").unwrap();
    assert_eq!(child.get("accounts", b"a").unwrap(), None);
    assert_eq!(child.get("accounts", b"b").unwrap(), Some(b"kept".to_vec()));
    let child = child.seal(6, b"").unwrap();
    store.commit(sealed).unwrap();
    let held = store.snapshot().state("accounts").unwrap();
    store.commit(child).unwrap();
    assert_eq!(held.get(b"a").unwrap(), Some(&b"last"[..]));
    assert_eq!(empty.get(b"a").unwrap(), None);
    let now = store.snapshot().state("accounts").unwrap();
    assert_eq!(
        (now.get(b"a").unwrap(), now.get(b"b").unwrap()),
        (None, Some(&b"kept"[..]))
    );
    let differences: Vec<_> = held.diff(&now).map(Result::unwrap).collect();
    assert_eq!(differences.len(), 1);
    assert_eq!(
        (&differences[0].key[..], differences[0].before),
        (&b"a"[..], Some(&b"last"[..]))
    );
    let secure = store.snapshot().state("secure").unwrap();
    assert_eq!(secure.get(b"a").unwrap(), Some(&b"other"[..]));

    let mut batch = store.batch();
    assert!(matches!(
        batch.put("log-only", b"k", b"v"),
        Err(Error::NoState { .. })
    ));
    assert!(matches!(
        batch.delete("none", b"k"),
        Err(Error::NoSuchLedger { .. })
    ));
    assert!(matches!(
        store.snapshot().state("log-only"),
        Err(Error::NoState { .. })
    ));
    let large = vec![0; (16 << 20) + 1];
    assert_eq!(
        batch.put("accounts", b"k", &large).unwrap_err().code(),
        "E-ENTRY-TOO-LARGE"
    );
}

#[test]
fn every_height_and_time_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 25);
    check_history(&store.snapshot(), &history);
    for (time, height) in [
        (1000, 1),
        (1999, 1),
        (2000, 2),
        (24_999, 24),
        (u64::MAX, 25),
    ] {
        assert_eq!(store.snapshot().at_time(time).unwrap().height(), height);
    }
    let before = store.snapshot().at_time(999).unwrap_err();
    assert_eq!(before.code(), "E-NO-COMMIT");
    // A witness of the tip is enough to compute the next root.
    let view = store.snapshot().state("accounts").unwrap();
    let changes: Changes<'_> = [Change::set(b"key 1", b"new"), Change::remove(b"key 14")]
        .into_iter()
        .collect();
    let witness = view.witness(&changes).unwrap();
    let root = witness
        .verify(PLAIN, view.root().as_bytes())
        .unwrap()
        .apply(&changes)
        .unwrap();
    let mut batch = store.batch();
    batch.put("accounts", b"key 1", b"new").unwrap();
    batch.delete("accounts", b"key 14").unwrap();
    let sealed = batch.seal(99_999, b"").unwrap();
    assert_eq!(
        *sealed
            .body()
            .ledger("accounts")
            .unwrap()
            .state_root
            .as_bytes(),
        root
    );
}

#[test]
fn a_reader_beside_the_writer_sees_what_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let reader = Reader::open(&home).unwrap();
    let mut history = filled(&store, 4);
    for round in 5..20u64 {
        let mut batch = store.batch();
        let mut maps = history[history.len() - 1].clone();
        let value = vec![7; usize::try_from(round).unwrap() * 200];
        batch.put("accounts", round.to_be_bytes(), &value).unwrap();
        apply(&mut maps[0], &round.to_be_bytes(), &value);
        store.commit(batch.seal(1 << 40, b"").unwrap()).unwrap();
        let before = reader.snapshot();
        reader.refresh().unwrap();
        check_view(
            &reader.snapshot().state("accounts").unwrap(),
            &maps[0],
            PLAIN,
        );
        if before.height() > 0 {
            let last = &history[history.len() - 1];
            check_view(&before.state("accounts").unwrap(), &last[0], PLAIN);
        }
        history.push(maps);
    }
    check_history(&reader.snapshot(), &history);
    store
        .declare(with_state("late", StateSuite::Sha256))
        .unwrap();
    reader.refresh().unwrap();
    let late = reader.snapshot().state("late").unwrap();
    assert_eq!(*late.root().as_bytes(), StateSuite::Sha256.empty_root());
    let mut batch = store.batch();
    batch.put("late", b"k", b"v").unwrap();
    store.commit(batch.seal(1 << 40, b"").unwrap()).unwrap();
    reader.refresh().unwrap();
    assert_eq!(
        reader.snapshot().state("late").unwrap().get(b"k").unwrap(),
        Some(&b"v"[..])
    );
    assert!(
        reader
            .snapshot()
            .at_height(3)
            .unwrap()
            .state("late")
            .is_err()
    );
    store.close().unwrap();
    let store = Store::open(&home, options()).unwrap();
    assert_eq!(
        store.snapshot().state("late").unwrap().get(b"k").unwrap(),
        Some(&b"v"[..])
    );
}

#[test]
fn the_body_says_what_the_state_is_computed_with() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"));
    filled(&store, 2);
    let record = store.snapshot().commit(2).unwrap();
    assert_eq!(
        CommitBody::decode(&record.body_bytes),
        Ok(record.body.clone())
    );
    let states: Vec<_> = record
        .body
        .ledgers
        .iter()
        .map(|ledger| ledger.state)
        .collect();
    assert_eq!(states, [Some(PLAIN), None, Some(HASHED)]);
}

#[test]
fn a_group_commits_the_writes_of_all_its_submissions() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"));
    std::thread::scope(|scope| {
        for producer in 0..8u8 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..10u8 {
                    let mut submission = Submission::new(0);
                    submission
                        .put("accounts", [producer, i], [i, producer])
                        .unwrap();
                    if i > 0 {
                        submission.delete("accounts", [producer, i - 1]).unwrap();
                    }
                    submission.put("secure", [producer], [i]).unwrap();
                    store.submit(submission).unwrap();
                }
            });
        }
    });
    let (accounts, secure): (Map, Map) = (0..8u8)
        .map(|producer| {
            (
                (vec![producer, 9], vec![9, producer]),
                (vec![producer], vec![9]),
            )
        })
        .unzip();
    check_view(
        &store.snapshot().state("accounts").unwrap(),
        &accounts,
        PLAIN,
    );
    check_view(&store.snapshot().state("secure").unwrap(), &secure, HASHED);
    let mut submission = Submission::new(0);
    submission.put("log-only", b"k", b"v").unwrap();
    assert!(matches!(
        store.submit(submission),
        Err(Error::NoState { .. })
    ));
}

#[test]
fn many_writes_bring_a_watermark() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    for (from, replayed) in [(0u32, 1), (1000, 0), (60_000, 1)] {
        let count = if from == 1000 { 49_000 } else { 1000 };
        let mut batch = store.batch();
        for key in from..from + count {
            batch.put("accounts", key.to_be_bytes(), [1]).unwrap();
        }
        store.commit(batch.seal(0, b"").unwrap()).unwrap();
        let killed = copy(&home);
        let reopened = Store::open(killed.path(), options()).unwrap();
        assert_eq!(reopened.report().replayed, replayed, "from {from}");
    }
}
