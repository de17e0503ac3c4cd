//! Keeping some heights of a state: what is kept is right for everyone at any time, what is not is
//! refused by name, and the space comes back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use hash_store::FileStorage;
use ledger::{
    Error, Keep, LedgerSpec, Level, Options, Reader, Sealed, Snapshot, StateScheme, StateSuite,
    StateView, Store, TreeType, Verdict, verify,
};
use ledger_tests::store::{copy, options};
use merkle_log::Hash;
use patricia_state::{Batch as TrieBatch, Direction, NodeStore, Overlay};
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

fn last(heights: u64) -> Keep {
    Keep::last(NonZeroU64::new(heights).unwrap())
}

fn scheme() -> StateScheme {
    StateSuite::Blake3.into()
}

fn create_with(dir: &Path, options: Options) -> Store {
    let spec = LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Sha256, scheme());
    Store::create(dir, "test-net".parse().unwrap(), &[spec], options).unwrap()
}

fn create(dir: &Path) -> Store {
    create_with(dir, options())
}

/// The root of a map by the trie in memory, from nothing.
fn root_of(map: &Map) -> Hash {
    let mut batch = TrieBatch::new(scheme());
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let suite = scheme().suite;
    let sealed = Overlay::empty(suite).seal(&NodeStore::new(), suite, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

fn apply(map: &mut Map, key: &[u8], value: &[u8]) {
    if value.is_empty() {
        map.remove(key);
    } else {
        map.insert(key.to_vec(), value.to_vec());
    }
}

/// Everything that a state answers, held against a map.
fn check_view(view: &StateView, map: &Map) {
    assert_eq!(view.root(), root_of(map), "height {}", view.height());
    let read = |direction| -> Vec<(Vec<u8>, Vec<u8>)> {
        let entries = view.entries(direction);
        entries
            .map(|entry| entry.map(|(k, v)| (k, v.to_vec())).unwrap())
            .collect()
    };
    let forward = read(Direction::Forward);
    assert!(forward.iter().map(|(k, v)| (k, v)).eq(map));
    assert!(read(Direction::Backward).into_iter().rev().eq(forward));
    let keys: Vec<&[u8]> = map
        .keys()
        .map(Vec::as_slice)
        .take(3)
        .chain([&b"none"[..]])
        .collect();
    let proof = view.prove(&keys).unwrap();
    let verified = proof
        .verify(scheme(), view.root().as_bytes(), &keys)
        .unwrap();
    for key in keys {
        assert_eq!(verified.get(key), Ok(map.get(key).map(Vec::as_slice)));
        assert_eq!(view.get(key).unwrap(), map.get(key).map(Vec::as_slice));
    }
}

/// Maps after each height, from height 0 on.
type History = Vec<Map>;

fn at(history: &History, height: u64) -> &Map {
    &history[usize::try_from(height).unwrap()]
}

fn state(snapshot: &Snapshot, height: u64) -> Result<StateView, Error> {
    snapshot.at_height(height)?.state("domain")
}

/// That a snapshot serves what its store says it keeps, and refuses the rest by name. Answers with
/// the oldest height of those kept to the tip.
fn check_kept(snapshot: &Snapshot, history: &History) -> u64 {
    let tip = history.len() as u64 - 1;
    assert_eq!(snapshot.height(), tip);
    let kept = snapshot.kept("domain").unwrap();
    let mut before: Option<StateView> = None;
    for height in 1..=tip {
        let view = match state(snapshot, height) {
            Ok(view) => view,
            Err(Error::Dropped {
                ledger,
                height: asked,
                oldest,
            }) => {
                assert!(!kept.holds(height), "height {height}, {kept:?}");
                assert_eq!(
                    (&ledger[..], asked, oldest),
                    ("domain", height, kept.oldest())
                );
                continue;
            }
            Err(error) => panic!("height {height}: {error}"),
        };
        check_view(&view, at(history, height));
        if let Some(before) = &before {
            let (old, new) = (at(history, before.height()), at(history, height));
            let mut differing: Vec<Vec<u8>> = old.keys().chain(new.keys()).cloned().collect();
            differing.sort();
            differing.dedup();
            differing.retain(|key| old.get(key) != new.get(key));
            let found = before
                .diff(&view)
                .map(|difference| difference.unwrap().key.clone());
            assert!(found.eq(differing));
        }
        before = Some(view);
    }
    kept.oldest()
}

fn commit(store: &Store, history: &mut History, writes: &[(Vec<u8>, Vec<u8>)]) {
    let mut map = history[history.len() - 1].clone();
    let mut batch = store.batch();
    for (key, value) in writes {
        batch.put("domain", key, value).unwrap();
        apply(&mut map, key, value);
    }
    store.commit(batch.seal(0, b"").unwrap()).unwrap();
    history.push(map);
}

/// Writes that follow from the height: `count` of `keys` keys get new values of `len` bytes.
fn writes(height: u64, keys: u64, count: u64, len: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let key = |i: u64| {
        (height.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17).wrapping_add(i * i * 977) % keys
    };
    let value = |i: u64| {
        format!("{height} {i} ")
            .into_bytes()
            .into_iter()
            .cycle()
            .take(len)
    };
    (0..count)
        .map(|i| (key(i).to_be_bytes().to_vec(), value(i).collect()))
        .collect()
}

fn filled(store: &Store, heights: u64, keys: u64) -> History {
    let mut history = vec![Map::new()];
    for height in 1..=heights {
        commit(store, &mut history, &writes(height, keys, 12, 60));
    }
    history
}

/// Bytes of the files of the node log.
fn log_len(home: &Path) -> u64 {
    let files = std::fs::read_dir(home.join("domain/trie")).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

fn verdict(home: &Path) -> (Verdict, Vec<String>) {
    let storage = Arc::new(FileStorage::new(home));
    let report = verify(storage, Level::Full, &mut |_| true).unwrap();
    let findings = report.findings.into_iter();
    (
        report.verdict,
        findings
            .map(|f| format!("{} {} {}", f.code, f.file, f.message))
            .collect(),
    )
}

/// The log of a store that never held anything but this.
fn fresh_len(map: &Map) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"));
    let writes: Vec<_> = map.clone().into_iter().collect();
    commit(&store, &mut vec![Map::new()], &writes);
    store.close().unwrap();
    log_len(&dir.path().join("store"))
}

#[test]
fn a_thousand_commits_of_which_the_last_ten_are_kept() {
    const KEYS: u64 = 4000;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    store.set_keep("domain", last(10)).unwrap();
    let mut history = vec![Map::new()];
    let all: Vec<_> = (0..KEYS)
        .map(|key| (key.to_be_bytes().to_vec(), vec![7; 60]))
        .collect();
    commit(&store, &mut history, &all);
    let fresh = fresh_len(&history[1]);
    let (mut pinned, mut most, mut sum) = (None, 0, 0);
    for height in 2..=1000 {
        commit(&store, &mut history, &writes(height, KEYS, 4, 60));
        let len = log_len(&home);
        match height {
            300 => pinned = Some(store.snapshot().at_height(295).unwrap()),
            // The nodes of the pinned height stay, those of the heights around it do not.
            301..=700 if height % 50 == 0 => {
                let pinned = pinned.as_ref().unwrap();
                check_view(&pinned.state("domain").unwrap(), at(&history, 295));
                if height > 400 {
                    let oldest = pinned.kept("domain").unwrap().oldest();
                    assert!(oldest > 350 && oldest <= height - 9, "{oldest} at {height}");
                    for dropped in [294, 296] {
                        let refused = state(&store.snapshot(), dropped).unwrap_err();
                        assert_eq!(refused.code(), "E-DROPPED");
                        let named = format!("every height from {oldest} on is kept");
                        assert!(refused.to_string().ends_with(&named), "{refused}");
                    }
                }
            }
            701 => {
                let view = pinned.take().unwrap().state("domain").unwrap();
                check_view(&view, at(&history, 295));
                assert!(
                    len < 3 * fresh,
                    "{len} with a pinned height, a fresh log has {fresh}"
                );
            }
            _ => {}
        }
        if height > 850 {
            (most, sum) = (most.max(len), sum + len);
            assert!(state(&store.snapshot(), 295).is_err());
        }
    }
    let average = sum / 150;
    // While a pass copies, both copies are there.
    assert!(most < 3 * fresh, "{most} at most, a fresh log has {fresh}");
    assert!(
        average * 10 < fresh * 18,
        "{average} on average, a fresh log has {fresh}"
    );
    let sizes = store.prune("domain", &last(10)).unwrap();
    assert_eq!((sizes.after.oldest(), sizes.height), (991, 1000));
    let len = log_len(&home);
    assert!(len * 10 < fresh * 13, "{len}, a fresh log has {fresh}");
    assert_eq!(check_kept(&store.snapshot(), &history), 991);
    assert_eq!(
        check_kept(&Reader::open(&home).unwrap().snapshot(), &history),
        991
    );
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    // Nothing keeps the rest from coming back but that it is dropped here: the log has it.
    let store = Store::open(&home, options()).unwrap();
    assert!(store.report().clean);
    assert_eq!(check_kept(&store.snapshot(), &history), 991);
    let old = store.snapshot().at_height(5).unwrap();
    check_view(&old.state_from_log("domain").unwrap(), at(&history, 5));
}

#[test]
fn a_plan_changes_nothing_and_says_what_pruning_does() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 120, 300);
    let keep = last(5).and([7, 60]);
    let before = log_len(&home);
    let plan = store.plan_prune("domain", &keep).unwrap();
    assert_eq!(log_len(&home), before);
    assert_eq!(check_kept(&store.snapshot(), &history), 1);
    assert_eq!((plan.before.oldest(), plan.after.oldest()), (1, 116));
    let done = store.prune("domain", &keep).unwrap();
    assert_eq!(done, plan);
    assert!(log_len(&home) * 2 < before && plan.sizes.after * 2 < plan.sizes.before);
    assert_eq!(check_kept(&store.snapshot(), &history), 116);
    for single in [7, 60] {
        check_view(
            &state(&store.snapshot(), single).unwrap(),
            at(&history, single),
        );
    }
    for (keep, code) in [
        (Keep::all().and([8]), "E-DROPPED"),
        (Keep::all().and([0]), "E-NO-HEIGHT"),
        (Keep::all().and([121]), "E-NO-HEIGHT"),
    ] {
        assert_eq!(store.prune("domain", &keep).unwrap_err().code(), code);
        assert_eq!(store.set_keep("domain", keep).unwrap_err().code(), code);
    }
    assert_eq!(
        store.prune("none", &keep).unwrap_err().code(),
        "E-NO-LEDGER"
    );
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    // One of the two is given up, the other stays, over a reopening and commits too.
    let store = Store::open(&home, options()).unwrap();
    let mut history = history;
    store.set_keep("domain", last(20).and([60])).unwrap();
    for height in 121..=400 {
        commit(&store, &mut history, &writes(height, 300, 12, 60));
    }
    let oldest = check_kept(&store.snapshot(), &history);
    assert!((300..=381).contains(&oldest), "{oldest}");
    assert!(state(&store.snapshot(), 60).is_ok() && state(&store.snapshot(), 7).is_err());
}

/// What is missing or damaged is made anew, and then holds what was kept, not more.
#[test]
fn a_pruned_log_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 150, 300);
    store.prune("domain", &last(4).and([33])).unwrap();
    store.close().unwrap();
    let len = log_len(&home);
    for lost in [
        "domain/trie",
        "domain/states",
        "domain/trie/0000000000000000.kept",
        "audit/heights",
    ] {
        let copied = copy(&home);
        let home = copied.path();
        let path = home.join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        // Read-only, the delta frames answer for what is kept; what is not is refused.
        assert_eq!(
            check_kept(&Reader::open(home).unwrap().snapshot(), &history),
            147
        );
        let store = Store::open(home, options()).unwrap();
        assert!(store.report().rebuilt, "{lost}");
        assert_eq!(check_kept(&store.snapshot(), &history), 147);
        assert!(state(&store.snapshot(), 33).is_ok());
        store.close().unwrap();
        assert!(
            log_len(home) * 4 < len * 5,
            "{lost}: {} after {len}",
            log_len(home)
        );
        assert_eq!(verdict(home), (Verdict::Verified, vec![]));
    }
    // Without the file that says what is dropped, everything is kept: it comes back.
    std::fs::remove_file(home.join("domain/kept")).unwrap();
    std::fs::remove_dir_all(home.join("domain/trie")).unwrap();
    let store = Store::open(&home, options()).unwrap();
    assert_eq!(check_kept(&store.snapshot(), &history), 1);
}

#[test]
fn readers_of_other_processes_are_right_or_told() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let mut history = filled(&store, 100, 300);
    let early = Reader::open(&home).unwrap();
    let snapshot = early.snapshot();
    // This one has the files open, and goes on reading them.
    let held = state(&snapshot, 50).unwrap();
    store.prune("domain", &last(10)).unwrap();
    check_view(&held, at(&history, 50));
    // Who looks only now is told.
    let refused = state(&snapshot, 51).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Dropped {
                height: 51,
                oldest: 91,
                ..
            }
        ),
        "{refused}"
    );
    let late = Reader::open(&home).unwrap();
    assert_eq!(check_kept(&late.snapshot(), &history), 91);
    for round in 0..6 {
        for height in 101 + round * 20..=120 + round * 20 {
            commit(&store, &mut history, &writes(height, 300, 12, 60));
        }
        store.prune("domain", &last(10)).unwrap();
        late.refresh().unwrap();
        assert_eq!(check_kept(&late.snapshot(), &history), 111 + round * 20);
        early.refresh().unwrap();
        assert_eq!(check_kept(&early.snapshot(), &history), 111 + round * 20);
    }
    check_view(&held, at(&history, 50));
}

/// The same with threads of its own: readers beside the writer never see anything wrong.
#[test]
fn passes_beside_commits_and_readers() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create_with(
        &home,
        Options {
            background: true,
            ..options()
        },
    );
    store.set_keep("domain", last(8)).unwrap();
    let history: Vec<Map> = {
        let mut history = vec![Map::new()];
        for height in 1..=300 {
            let mut map = history[history.len() - 1].clone();
            for (key, value) in writes(height, 400, 12, 60) {
                apply(&mut map, &key, &value);
            }
            history.push(map);
        }
        history
    };
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for own in [true, false] {
            let (store, history, done, home) = (&store, &history, &done, &home);
            scope.spawn(move || {
                let reader = Reader::open(home).unwrap();
                let mut looks = 0;
                while !done.load(std::sync::atomic::Ordering::Acquire) || looks < 3 {
                    reader.refresh().unwrap();
                    let snapshot = if own {
                        store.snapshot()
                    } else {
                        reader.snapshot()
                    };
                    looks += 1;
                    let Some(back) = snapshot.height().checked_sub(looks % 7).filter(|h| *h > 0)
                    else {
                        continue;
                    };
                    match state(&snapshot, back) {
                        Ok(view) => check_view(&view, at(history, back)),
                        // Between the look and the read, the writer went on.
                        Err(error) => assert_eq!(error.code(), "E-DROPPED", "{error}"),
                    }
                }
            });
        }
        for height in 1..=300 {
            let mut batch = store.batch();
            for (key, value) in writes(height, 400, 12, 60) {
                batch.put("domain", key, value).unwrap();
            }
            store.commit(batch.seal(0, b"").unwrap()).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Release);
    });
    assert!(check_kept(&store.snapshot(), &history) > 1);
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    let names = std::fs::read_dir(home.join("domain/trie")).unwrap();
    assert!(
        names
            .into_iter()
            .all(|name| !name.unwrap().path().ends_with(".next"))
    );
}

/// Copies of the directory at any time, in the middle of passes too: what a kill leaves.
#[test]
fn kills_while_pruning() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    store.set_keep("domain", last(6).and([])).unwrap();
    let mut history = vec![Map::new()];
    let mut passes = 0;
    for height in 1..=260 {
        commit(&store, &mut history, &writes(height, 3000, 40, 200));
        let is_under_way = home.join("domain/trie/0000000000000000.next").exists();
        passes += u32::from(is_under_way);
        if is_under_way || height % 60 == 0 {
            let killed = copy(&home);
            let store = Store::open(killed.path(), options()).unwrap();
            assert!(!store.report().rebuilt);
            check_kept(&store.snapshot(), &history);
            let mut history = history.clone();
            commit(&store, &mut history, &writes(height + 1, 3000, 40, 200));
            drop(store);
            assert_eq!(verdict(killed.path()), (Verdict::Verified, vec![]));
        }
    }
    assert!(passes > 2, "{passes}");
}

#[test]
fn crashes_while_pruning() {
    let counts = ledger_tests::lab::pruned::crash_everywhere(1, 1, 5);
    counts.report("pruned");
    assert!(counts.points > 300, "{} crash points", counts.points);
}

#[derive(Clone, Debug)]
enum Step {
    Seal {
        on: prop::sample::Index,
        writes: Vec<(Vec<u8>, Vec<u8>)>,
    },
    Commit(prop::sample::Index),
    Drop(prop::sample::Index),
    Hold(prop::sample::Index),
    LetGo(prop::sample::Index),
    Prune {
        keep: u64,
        single: prop::sample::Index,
    },
    Keep(u64),
    Reopen,
    Kill,
    LoseNodes,
}

fn any_step() -> impl Strategy<Value = Step> {
    let key = prop::collection::vec(0u8..3, 0..4);
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..50),
        // Large enough that passes begin by themselves.
        any::<u8>().prop_map(|byte| vec![byte; 9000]),
    ];
    let writes = prop::collection::vec((key, value), 0..10);
    let index = any::<prop::sample::Index>;
    prop_oneof![
        12 => (index(), writes).prop_map(|(on, writes)| Step::Seal { on, writes }),
        9 => index().prop_map(Step::Commit),
        1 => index().prop_map(Step::Drop),
        2 => index().prop_map(Step::Hold),
        1 => index().prop_map(Step::LetGo),
        2 => (1u64..6, index()).prop_map(|(keep, single)| Step::Prune { keep, single }),
        1 => (1u64..5).prop_map(Step::Keep),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
        1 => Just(Step::LoseNodes),
    ]
}

/// A sealed batch with what it leads to, and the one it stands on.
#[derive(Clone)]
struct Version {
    sealed: Sealed,
    map: Map,
    parent: Option<usize>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_sealing_committing_and_pruning(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut dir = tempfile::tempdir().unwrap();
        let mut home = dir.path().join("store");
        let mut store = create(&home);
        let mut history = vec![Map::new()];
        let mut versions: Vec<Option<Version>> = Vec::new();
        let mut held: Vec<(Snapshot, u64)> = Vec::new();
        for step in steps {
            let tip = history.len() as u64 - 1;
            match step {
                Step::Seal { on, writes } => {
                    let on = on.index(versions.len() + 1).checked_sub(1);
                    let on = on.filter(|on| versions[*on].is_some());
                    let (mut batch, mut map) = match on.and_then(|on| versions[on].as_ref()) {
                        Some(parent) => (parent.sealed.child(), parent.map.clone()),
                        None => (store.batch(), history[history.len() - 1].clone()),
                    };
                    for (key, value) in &writes {
                        batch.put("domain", key, value).unwrap();
                        apply(&mut map, key, value);
                    }
                    let sealed = batch.seal(0, b"").unwrap();
                    let root = sealed.body().ledger("domain").unwrap().state_root;
                    prop_assert_eq!(root, root_of(&map));
                    versions.push(Some(Version { sealed, map, parent: on }));
                }
                Step::Commit(version) if !versions.is_empty() => {
                    let mut chain = vec![version.index(versions.len())];
                    while let Some(parent) = versions[chain[chain.len() - 1]].as_ref().and_then(|v| v.parent) {
                        chain.push(parent);
                    }
                    for version in chain.into_iter().rev() {
                        let Some(Version { sealed, map, .. }) = &versions[version] else { break };
                        match store.commit(sealed.clone()) {
                            Ok(_) => history.push(map.clone()),
                            Err(Error::StaleParent { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                Step::Drop(version) if !versions.is_empty() => {
                    let version = version.index(versions.len());
                    versions[version] = None;
                }
                Step::Hold(height) if tip > 0 => {
                    let height = height.index(history.len() - 1) as u64 + 1;
                    let snapshot = store.snapshot().at_height(height).unwrap();
                    if snapshot.state("domain").is_ok() {
                        held.push((snapshot, height));
                    }
                }
                Step::LetGo(which) if !held.is_empty() => {
                    held.swap_remove(which.index(held.len()));
                }
                Step::Prune { keep, single } if tip > 0 => {
                    let single = single.index(history.len() - 1) as u64 + 1;
                    let keep = last(keep).and([single]);
                    match store.prune("domain", &keep) {
                        Ok(plan) => prop_assert!(plan.after.holds(single)),
                        Err(Error::Dropped { height, .. }) => prop_assert_eq!(height, single),
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::Keep(heights) => store.set_keep("domain", last(heights)).unwrap(),
                Step::Reopen => {
                    versions.clear();
                    held.clear();
                    store.close().unwrap();
                    store = Store::open(&home, options()).unwrap();
                    prop_assert!(store.report().clean);
                }
                Step::Kill => {
                    versions.clear();
                    held.clear();
                    let killed = copy(&home);
                    home = killed.path().to_owned();
                    store = Store::open(&home, options()).unwrap();
                    prop_assert!(!store.report().rebuilt);
                    dir = killed;
                }
                Step::LoseNodes => {
                    versions.clear();
                    held.clear();
                    store.close().unwrap();
                    std::fs::remove_dir_all(home.join("domain/trie")).unwrap();
                    store = Store::open(&home, options()).unwrap();
                }
                Step::Commit(_) | Step::Drop(_) | Step::Hold(_) | Step::LetGo(_) | Step::Prune { .. } => {}
            }
            for (snapshot, height) in &held {
                check_view(&snapshot.state("domain").unwrap(), at(&history, *height));
            }
            for Version { sealed, map, .. } in versions.iter().flatten() {
                for (key, value) in map {
                    prop_assert_eq!(sealed.get("domain", key).unwrap(), Some(value.clone()));
                }
            }
        }
        versions.clear();
        held.clear();
        let snapshot = Reader::open(&home).unwrap().snapshot();
        check_kept(&snapshot, &history);
        store.close().unwrap();
        prop_assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
        let store = Store::open(&home, options()).unwrap();
        check_kept(&store.snapshot(), &history);
        drop(dir);
    }
}
