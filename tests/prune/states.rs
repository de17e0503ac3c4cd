//! Stores whose states follow from the height, and what is to be true of them at any time.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use hash_store::FileStorage;
use ledger::{
    Error, Keep, LedgerSpec, Level, Options, Snapshot, StateScheme, StateSuite, StateView, Store,
    TreeType, Verdict, verify,
};
use ledger_tests::store::options;
use merkle_log::Hash;
use patricia_state::{Batch, Direction, NodeStore, Overlay};

pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) fn last(heights: u64) -> Keep {
    Keep::last(NonZeroU64::new(heights).unwrap())
}

pub(crate) fn scheme() -> StateScheme {
    StateSuite::Blake3.into()
}

pub(crate) fn create_with(dir: &Path, options: Options) -> Store {
    let spec = LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Sha256, scheme());
    Store::create(dir, "test-net".parse().unwrap(), &[spec], options).unwrap()
}

pub(crate) fn create(dir: &Path) -> Store {
    create_with(dir, options())
}

/// The root of a map by the trie in memory, from nothing.
pub(crate) fn root_of(map: &Map) -> Hash {
    let mut batch = Batch::new(scheme());
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let suite = scheme().suite;
    let sealed = Overlay::empty(suite).seal(&NodeStore::new(), suite, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

pub(crate) fn apply(map: &mut Map, key: &[u8], value: &[u8]) {
    if value.is_empty() {
        map.remove(key);
    } else {
        map.insert(key.to_vec(), value.to_vec());
    }
}

/// Everything that a state answers, held against a map.
pub(crate) fn check_view(view: &StateView, map: &Map) {
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
pub(crate) type History = Vec<Map>;

pub(crate) fn at(history: &History, height: u64) -> &Map {
    &history[usize::try_from(height).unwrap()]
}

pub(crate) fn state(snapshot: &Snapshot, height: u64) -> Result<StateView, Error> {
    snapshot.at_height(height)?.state("domain")
}

/// That a snapshot serves what its store says it keeps, and refuses the rest by name. Answers with
/// the oldest height of those kept to the tip.
pub(crate) fn check_kept(snapshot: &Snapshot, history: &History) -> u64 {
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

pub(crate) fn commit(store: &Store, history: &mut History, writes: &[(Vec<u8>, Vec<u8>)]) {
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
pub(crate) fn writes(height: u64, keys: u64, count: u64, len: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
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

pub(crate) fn filled(store: &Store, heights: u64, keys: u64) -> History {
    let mut history = vec![Map::new()];
    for height in 1..=heights {
        commit(store, &mut history, &writes(height, keys, 12, 60));
    }
    history
}

/// Bytes of the files of the node log.
pub(crate) fn log_len(home: &Path) -> u64 {
    let files = std::fs::read_dir(home.join("domain/trie")).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

pub(crate) fn verdict(home: &Path) -> (Verdict, Vec<String>) {
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
