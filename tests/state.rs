//! States through the store: roots, reads, proofs, history, reopening, readers, damage.
//!
//! Held against sorted maps and the trie in memory, which `patricia-state` holds against published
//! vectors; and against the state roots of real Plenum ledgers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hash_store::{
    Access, BatchBuffer, BatchKind, FileStorage, FrameKind, LogTip, LogWriter, Segments, Storage,
    Superblock, Superblocks,
};
use ledger::{
    CommitBody, Error, KeyMode, LedgerSpec, Level, Reader, Snapshot, StateScheme, StateSuite,
    StateView, Store, Submission, TreeType, Verdict, verify,
};
use ledger_tests::store::{copy, edit, files, options};
use merkle_log::Hash;
use patricia_state::{Batch as TrieBatch, Change, Changes, Direction, NodeStore, Overlay, plenum};
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

const PLAIN: StateScheme = StateScheme {
    suite: StateSuite::Blake3,
    keys: KeyMode::AsGiven,
};
const HASHED: StateScheme = StateScheme {
    suite: StateSuite::Keccak256,
    keys: KeyMode::Hashed,
};
const NAMES: [(&str, StateScheme); 2] = [("accounts", PLAIN), ("secure", HASHED)];

fn with_state(name: &str, scheme: impl Into<StateScheme>) -> LedgerSpec {
    LedgerSpec::with_state(name.parse().unwrap(), TreeType::Sha256, scheme)
}

/// Two ledgers with state around one without.
fn specs() -> Vec<LedgerSpec> {
    let log = LedgerSpec::log("log-only".parse().unwrap(), TreeType::Sha256);
    let [first, second] = NAMES.map(|(name, scheme)| with_state(name, scheme));
    vec![first, log, second]
}

fn create(dir: &Path) -> Store {
    Store::create(dir, "test-net".parse().unwrap(), &specs(), options()).unwrap()
}

/// The root of a map by the trie in memory, from nothing.
fn root_of(map: &Map, scheme: StateScheme) -> Hash {
    let mut batch = TrieBatch::new(scheme);
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let sealed =
        Overlay::empty(scheme.suite).seal(&NodeStore::new(), scheme.suite, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

/// Everything that a state answers, held against a map.
fn check_view(view: &StateView, map: &Map, scheme: StateScheme) {
    assert_eq!(
        view.root(),
        root_of(map, scheme),
        "height {}",
        view.height()
    );
    assert_eq!(view.scheme(), scheme);
    let mut expected: Map = map
        .iter()
        .map(|(key, value)| (scheme.trie_key(key).into_owned(), value.clone()))
        .collect();
    for direction in [Direction::Forward, Direction::Backward] {
        let mut read: Vec<(Vec<u8>, Vec<u8>)> = view
            .entries(direction)
            .map(|entry| entry.map(|(key, value)| (key, value.to_vec())).unwrap())
            .collect();
        if direction == Direction::Backward {
            read.reverse();
        }
        assert!(read.into_iter().eq(expected.clone()));
    }
    for (key, value) in map {
        assert_eq!(view.get(key).unwrap(), Some(&value[..]));
    }
    let keys: Vec<&[u8]> = map
        .keys()
        .map(Vec::as_slice)
        .take(3)
        .chain([&b"absent"[..]])
        .collect();
    let proof = view.prove(&keys).unwrap();
    let verified = proof.verify(scheme, view.root().as_bytes(), &keys).unwrap();
    for key in keys {
        assert_eq!(verified.get(key), Ok(map.get(key).map(Vec::as_slice)));
        assert_eq!(view.get(key).unwrap(), map.get(key).map(Vec::as_slice));
    }
    let Some((first, _)) = expected.first_key_value() else {
        return;
    };
    let prefix = first.first().copied().into_iter().collect::<Vec<u8>>();
    let proof = view.prove_prefix(&prefix).unwrap();
    let verified = proof
        .verify(scheme, view.root().as_bytes(), &prefix, 1 << 20)
        .unwrap();
    expected.retain(|key, _| key.starts_with(&prefix));
    assert!(
        verified
            .iter()
            .map(|(k, v)| (k.to_vec(), v.to_vec()))
            .eq(expected)
    );
}

/// Maps of the two ledgers after each height, from height 0 on.
type History = Vec<[Map; 2]>;

fn check_history(snapshot: &Snapshot, history: &History) {
    assert_eq!(snapshot.height(), history.len() as u64 - 1);
    for (height, maps) in (0u64..).zip(history) {
        let at = match height {
            0 => continue,
            height => snapshot.at_height(height).unwrap(),
        };
        for ((name, scheme), map) in NAMES.iter().zip(maps) {
            let view = at.state(name).unwrap();
            assert_eq!(view.height(), height);
            check_view(&view, map, *scheme);
        }
    }
    for ((name, scheme), map) in NAMES.iter().zip(&history[history.len() - 1]) {
        check_view(&snapshot.state(name).unwrap(), map, *scheme);
    }
}

fn verdict(dir: &Path, level: Level) -> (Verdict, Vec<(&'static str, String)>) {
    let report = verify(Arc::new(FileStorage::new(dir)), level, &mut |_| true).unwrap();
    let findings = report.findings.into_iter().map(|f| (f.code, f.file));
    (report.verdict, findings.collect())
}

fn apply(map: &mut Map, key: &[u8], value: &[u8]) {
    if value.is_empty() {
        map.remove(key);
    } else {
        map.insert(key.to_vec(), value.to_vec());
    }
}

/// A store with `heights` commits of keys that follow from the height.
fn filled(store: &Store, heights: u64) -> History {
    let mut history: History = vec![Default::default()];
    for height in 1..=heights {
        let mut maps = history[history.len() - 1].clone();
        let mut batch = store.batch();
        for ((name, _), map) in NAMES.iter().zip(&mut maps) {
            for i in 0..height * 13 % 31 {
                let key = format!("key {}", (height * 7 + i * i) % 97).into_bytes();
                let value = vec![u8::try_from(height).unwrap(); (i as usize * 11) % 90];
                batch.put(name, &key, &value).unwrap();
                apply(map, &key, &value);
            }
        }
        batch.append("accounts", format!("entry {height}")).unwrap();
        store
            .commit(batch.seal(1000 * height, b"").unwrap())
            .unwrap();
        history.push(maps);
    }
    history
}

#[test]
fn state_roots_of_real_ledgers() {
    let mut count = 0;
    for name in [
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
        "sovrin_mainnet_domain",
        "sovrin_mainnet_pool",
    ] {
        let path = format!(
            "{}/vectors/plenum/ledger_{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let case: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("store");
        let specs = [with_state("real", StateSuite::Sha3_256)];
        let store = Store::create(&home, "sovrin".parse().unwrap(), &specs, options()).unwrap();
        let mut roots = Vec::new();
        for txn in case["txns"].as_array().unwrap() {
            let text = |field: &str| txn[field].as_str().unwrap();
            let mut batch = store.batch();
            batch
                .append("real", unhex(text("leaf_msgpack_hex")))
                .unwrap();
            let value = plenum::encode_value(text("state_value_utf8").as_bytes());
            batch
                .put("real", unhex(text("state_key_hex")), value)
                .unwrap();
            let sealed = batch.seal(0, b"").unwrap();
            let expected = (base58(text("root_b58")), base58(text("state_root_b58")));
            let ledger = sealed.body().ledger("real").unwrap();
            assert_eq!(
                (ledger.root, ledger.state_root),
                expected,
                "{name} {}",
                txn["seq_no"]
            );
            store.commit(sealed).unwrap();
            roots.push(expected.1);
            count += 1;
        }
        let check = |snapshot: Snapshot| {
            for (height, root) in (1..).zip(&roots) {
                let view = snapshot.at_height(height).unwrap().state("real").unwrap();
                assert_eq!(view.root(), *root);
            }
            for proven in case["state_proofs"].as_array().unwrap() {
                let key = unhex(proven["key_hex"].as_str().unwrap());
                let view = snapshot.state("real").unwrap();
                let value = view
                    .get(&key)
                    .unwrap()
                    .map(|v| plenum::decode_value(v).unwrap());
                let expected = proven["value_utf8"].as_str().map(str::as_bytes);
                assert_eq!(value, expected);
            }
        };
        check(store.snapshot());
        store.close().unwrap();
        check(Store::open(&home, options()).unwrap().snapshot());
        check(Reader::open(&home).unwrap().snapshot());
        assert_eq!(verdict(&home, Level::Full), (Verdict::Verified, vec![]));
    }
    assert_eq!(count, 170);
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2).map(|i| &text[i..i + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn base58(text: &str) -> Hash {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut hash = [0u8; 32];
    for digit in text.chars() {
        let mut carry = u32::try_from(DIGITS.find(digit).unwrap()).unwrap();
        for byte in hash.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 255).unwrap();
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    }
    Hash::new(hash)
}

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
fn node_logs_come_back_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 20);
    store.close().unwrap();
    let before = files(&home);
    let trie: Vec<&String> = before
        .iter()
        .map(|(name, _)| name)
        .filter(|name| name.ends_with(".nodes"))
        .collect();
    assert_eq!(
        trie,
        [
            "accounts/trie/0000000000000000.nodes",
            "secure/trie/0000000000000000.nodes"
        ]
    );
    for lost in [
        "accounts/trie",
        "secure/states",
        "accounts",
        "secure/trie/0000000000000000.nodes",
    ] {
        let path = home.join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        // Read-only, the delta frames answer for what is missing.
        check_history(&Reader::open(&home).unwrap().snapshot(), &history);
        let store = Store::open(&home, options()).unwrap();
        assert!(store.report().rebuilt, "{lost}");
        check_history(&store.snapshot(), &history);
        store.close().unwrap();
        let derived = |all: Vec<(String, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
            all.into_iter()
                .filter(|(name, _)| name.contains('/') && !name.starts_with("log"))
                .collect()
        };
        assert_eq!(derived(files(&home)), derived(before.clone()), "{lost}");
    }
}

#[test]
fn damaged_nodes_are_noticed_and_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 20);
    store.close().unwrap();
    let file = "accounts/trie/0000000000000000.nodes";
    let len = std::fs::metadata(home.join(file)).unwrap().len();
    for step in 0..12 {
        let damaged = copy(&home);
        let at = usize::try_from(len - 1 - step * (len - 4096) / 12).unwrap();
        edit(&damaged.path().join(file), |bytes| bytes[at] ^= 0x10);
        // A reader answers from the deltas, and a verification names the file.
        let reader = Reader::open(damaged.path()).unwrap();
        for (height, maps) in (0u64..).zip(&history).skip(1) {
            let view = reader
                .snapshot()
                .at_height(height)
                .unwrap()
                .state("accounts")
                .unwrap();
            for (key, value) in &maps[0] {
                assert_eq!(view.get(key).unwrap(), Some(&value[..]), "byte {at}");
            }
        }
        if let (Verdict::Damaged, found) = verdict(damaged.path(), Level::Full) {
            assert!(
                found
                    .iter()
                    .all(|(code, name)| *code == "E-TRIE" && name == file),
                "{found:?}"
            );
        }
        // A writer that comes across it rebuilds at its next opening.
        let store = Store::open(damaged.path(), options()).unwrap();
        let snapshot = store.snapshot();
        let touched = (1..=20).any(|height| {
            let view = snapshot
                .at_height(height)
                .unwrap()
                .state("accounts")
                .unwrap();
            view.entries(Direction::Forward).any(|entry| entry.is_err())
        });
        store.close().unwrap();
        let store = Store::open(damaged.path(), options()).unwrap();
        assert!(store.report().rebuilt || !touched, "byte {at}");
        if touched {
            check_history(&store.snapshot(), &history);
            store.close().unwrap();
            assert_eq!(
                verdict(damaged.path(), Level::Full),
                (Verdict::Verified, vec![])
            );
        }
    }
    let damaged = copy(&home);
    edit(&damaged.path().join("secure/states"), |bytes| {
        bytes[4096 + 16 * 9] ^= 1;
    });
    let (verdict, found) = verdict(damaged.path(), Level::Full);
    assert_eq!(
        (verdict, &found[..]),
        (
            Verdict::Damaged,
            &[("E-INDEX", "secure/states".to_owned())][..]
        )
    );
    check_history(
        &Store::open(damaged.path(), options()).unwrap().snapshot(),
        &history,
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

/// What cannot be stored stays in memory: commits and reads go on, and the next open rebuilds.
#[test]
fn a_node_log_that_cannot_be_written_fails_no_commit() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let trie = home.join("accounts/trie");
    std::fs::remove_dir(&trie).unwrap();
    std::fs::write(&trie, b"in the way").unwrap();
    let history = filled(&store, 9);
    check_history(&store.snapshot(), &history);
    let killed = copy(&home);
    store.close().unwrap();
    for home in [&home, killed.path()] {
        check_history(&Reader::open(home).unwrap().snapshot(), &history);
        std::fs::remove_file(home.join("accounts/trie")).unwrap();
        let store = Store::open(home, options()).unwrap();
        assert!(store.report().rebuilt || store.report().replayed == 9);
        check_history(&store.snapshot(), &history);
        store.close().unwrap();
        assert_eq!(verdict(home, Level::Full), (Verdict::Verified, vec![]));
    }
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

/// A log whose records verify and contradict each other: a body with another state root than the
/// delta frames make. It is refused, never put right.
#[test]
fn a_body_with_another_state_root_is_a_mismatch() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 3);
    let snapshot = store.snapshot();
    let mut batch = store.batch();
    batch.put("accounts", b"k", b"v").unwrap();
    let mut body = batch.seal(1 << 40, b"").unwrap().body().clone();
    store.close().unwrap();
    let honest = body.ledgers[0].state_root;
    for forged in [true, false] {
        let copied = copy(&home);
        body.ledgers[0].state_root = if forged { Hash::new([9; 32]) } else { honest };
        let mut audit = merkle_log::CompactRange::empty(0);
        let tree = TreeType::Sha256;
        for height in 1..=3 {
            let bytes = snapshot.commit(height).unwrap().body_bytes;
            audit.append(tree, tree.leaf(&bytes)).unwrap();
        }
        let bytes = body.encode();
        audit.append(tree, tree.leaf(&bytes)).unwrap();
        let audit_root = audit.root(tree).unwrap();
        let mut delta = vec![0; 8];
        delta.extend_from_slice(b"\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0k\x01\x01\0\0\0\0\0\0\0v");
        write_commit(copied.path(), 4, |buffer| {
            buffer
                .push(FrameKind::Delta, |to| to.extend_from_slice(&delta))
                .unwrap();
            let put = |to: &mut Vec<u8>| {
                to.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
                to.extend_from_slice(&[0; 4]);
                to.extend_from_slice(&bytes);
                to.extend_from_slice(audit_root.as_bytes());
            };
            buffer.push(FrameKind::Body, put).unwrap();
        });
        let opened = Store::open(copied.path(), options());
        if !forged {
            let view = opened.unwrap().snapshot().state("accounts").unwrap();
            let mut map = history[3][0].clone();
            apply(&mut map, b"k", b"v");
            check_view(&view, &map, PLAIN);
            continue;
        }
        match opened.unwrap_err() {
            Error::Mismatch {
                what,
                expected,
                computed,
                ..
            } => {
                assert_eq!(
                    (what, expected, computed),
                    ("state root", Hash::new([9; 32]), honest)
                );
            }
            other => panic!("{other}"),
        }
        // Only who makes the states anew can know.
        let (verdict, found) = verdict(copied.path(), Level::Deep);
        assert_eq!(verdict, Verdict::Damaged);
        assert!(
            found.iter().any(|(code, _)| *code == "E-MISMATCH"),
            "{found:?}"
        );
    }
}

/// Appends a commit batch to the log of a closed store, as a writer that lies would.
fn write_commit(dir: &Path, height: u64, fill: impl FnOnce(&mut BatchBuffer)) {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    let (mut superblocks, state) = Superblocks::open(&*storage).unwrap();
    let superblock = state.current;
    let segments = Segments::open(storage, superblock.uuid, Access::Write).unwrap();
    let tip = LogTip {
        batch: superblock.batch,
        height: superblock.height,
        end: superblock.end,
        last_body: superblock.last_body,
        chain: superblock.chain,
    };
    let mut log = LogWriter::open(Arc::new(segments), options(), tip).unwrap();
    superblocks
        .write(Superblock {
            clean: false,
            cut: false,
            ..superblock
        })
        .unwrap();
    let mut buffer = BatchBuffer::new(BatchKind::Commit, height);
    fill(&mut buffer);
    log.append(&mut buffer, |_| {}).unwrap();
}
