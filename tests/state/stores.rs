//! Stores with states whose content follows from the height, and sorted maps to hold them against.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use hash_store::FileStorage;
use ledger::{
    KeyMode, LedgerSpec, Level, Snapshot, StateScheme, StateSuite, StateView, Store, TreeType,
    Verdict, verify,
};
use ledger_tests::store::options;
use merkle_log::Hash;
use patricia_state::{Batch, Direction, NodeStore, Overlay};

pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) const PLAIN: StateScheme = StateScheme {
    suite: StateSuite::Blake3,
    keys: KeyMode::AsGiven,
};
pub(crate) const HASHED: StateScheme = StateScheme {
    suite: StateSuite::Keccak256,
    keys: KeyMode::Hashed,
};
pub(crate) const NAMES: [(&str, StateScheme); 2] = [("accounts", PLAIN), ("secure", HASHED)];

pub(crate) fn with_state(name: &str, scheme: impl Into<StateScheme>) -> LedgerSpec {
    LedgerSpec::with_state(name.parse().unwrap(), TreeType::Sha256, scheme)
}

/// Two ledgers with state around one without.
pub(crate) fn specs() -> Vec<LedgerSpec> {
    let log = LedgerSpec::log("log-only".parse().unwrap(), TreeType::Sha256);
    let [first, second] = NAMES.map(|(name, scheme)| with_state(name, scheme));
    vec![first, log, second]
}

pub(crate) fn create(dir: &Path) -> Store {
    Store::create(dir, "test-net".parse().unwrap(), &specs(), options()).unwrap()
}

/// The root of a map by the trie in memory, from nothing.
pub(crate) fn root_of(map: &Map, scheme: StateScheme) -> Hash {
    let mut batch = Batch::new(scheme);
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let sealed =
        Overlay::empty(scheme.suite).seal(&NodeStore::new(), scheme.suite, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

/// Everything that a state answers, held against a map.
pub(crate) fn check_view(view: &StateView, map: &Map, scheme: StateScheme) {
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
pub(crate) type History = Vec<[Map; 2]>;

pub(crate) fn check_history(snapshot: &Snapshot, history: &History) {
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

pub(crate) fn verdict(dir: &Path, level: Level) -> (Verdict, Vec<(&'static str, String)>) {
    let report = verify(Arc::new(FileStorage::new(dir)), level, &mut |_| true).unwrap();
    let findings = report.findings.into_iter().map(|f| (f.code, f.file));
    (report.verdict, findings.collect())
}

pub(crate) fn apply(map: &mut Map, key: &[u8], value: &[u8]) {
    if value.is_empty() {
        map.remove(key);
    } else {
        map.insert(key.to_vec(), value.to_vec());
    }
}

/// A store with `heights` commits of keys that follow from the height.
pub(crate) fn filled(store: &Store, heights: u64) -> History {
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
