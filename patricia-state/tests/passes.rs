//! Dropping roots from a node log: what is kept stays readable by everyone, the rest gives its
//! space back, and nothing that was sealed or opened before notices.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hash_store::{Access, DirEntry, FileStorage, HEADER_LEN, MemStorage, Storage, StorageFile};
use patricia_state::{
    Batch, Direction, Location, LogView, NodeLog, NodeLogError, NodeLogPlace, Overlay, Pass,
    PassRoot, Root, StateSuite, Trie,
};
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

const SUITE: StateSuite = StateSuite::Blake3;

fn place(storage: &Arc<dyn Storage>) -> NodeLogPlace {
    NodeLogPlace {
        storage: Arc::clone(storage),
        dir: "domain/trie".to_owned(),
        store_uuid: [5; 16],
        ledger: 3,
    }
}

/// A state that was committed.
#[derive(Clone, Debug)]
struct Version {
    kept: PassRoot,
    map: Map,
}

fn commit(log: &NodeLog, before: &Version, writes: &[(Vec<u8>, Vec<u8>)]) -> Version {
    let mut batch = Batch::new(SUITE);
    let mut map = before.map.clone();
    for (key, value) in writes {
        batch.set(key, value);
        if value.is_empty() {
            map.remove(key);
        } else {
            map.insert(key.clone(), value.clone());
        }
    }
    let view = log.view();
    let sealed = Overlay::new(before.kept.root).seal(&view, SUITE, &batch.changes());
    let sealed = sealed.unwrap();
    sealed.store(|extension| log.append(extension)).unwrap();
    let kept = PassRoot {
        root: *sealed.root(),
        end: log.end(),
    };
    Version { kept, map }
}

const fn nothing() -> Version {
    let kept = PassRoot {
        root: Root::empty(SUITE),
        end: Location(0),
    };
    Version {
        kept,
        map: Map::new(),
    }
}

fn entries(view: &LogView, version: &Version) -> Result<Map, NodeLogError> {
    let trie = Trie::new(view, SUITE, version.kept.root);
    let entries = trie.entries(Direction::Forward);
    entries
        .map(|entry| entry.map(|(key, value)| (key, value.to_vec())))
        .collect()
}

fn finish(log: &NodeLog, mut pass: Pass) {
    while !pass.step(1 << 20).unwrap() {}
    pass.sync().unwrap();
    let sizes = pass.sizes();
    log.adopt(pass).unwrap();
    assert_eq!(log.view().records_len(), sizes.after);
}

fn stored_len(storage: &Arc<dyn Storage>) -> u64 {
    let listed = storage.list("domain/trie").unwrap();
    listed.iter().map(|entry| entry.len).sum()
}

type Writes = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Clone, Debug)]
enum Step {
    Commit(Writes),
    /// Begins a pass that keeps the newest root and, of the others, those that are drawn.
    Begin(Vec<bool>, bool),
    /// Goes on with the pass, and ends it if it is done.
    Go(u64),
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let key = prop::collection::vec(0u8..4, 0..5);
    let value = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        6 => prop::collection::vec((key, value), 0..12).prop_map(Step::Commit),
        2 => (prop::collection::vec(any::<bool>(), 24), any::<bool>()).prop_map(|(kept, all)| Step::Begin(kept, all)),
        6 => (1u64..3000).prop_map(Step::Go),
        1 => Just(Step::Reopen),
    ]
}

/// All that is true of a log at any time.
fn check(storage: &Arc<dyn Storage>, log: &NodeLog, reader: &NodeLog, kept: &[Version]) {
    let late = NodeLog::for_reading(SUITE, place(storage));
    for version in kept {
        late.reach(version.kept.end).unwrap();
        reader.reach(version.kept.end).unwrap();
        for log in [log, reader, &late] {
            assert_eq!(entries(&log.view(), version).unwrap(), version.map);
        }
    }
    assert!(!log.is_damaged() && !reader.is_damaged() && !late.is_damaged());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_stays_readable(steps in prop::collection::vec(any_step(), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let storages: [Arc<dyn Storage>; 2] =
            [Arc::new(FileStorage::new(dir.path())), Arc::new(MemStorage::new())];
        for storage in storages {
            let mut log = NodeLog::create(SUITE, place(&storage)).unwrap();
            let mut reader = NodeLog::for_reading(SUITE, place(&storage));
            let mut kept = vec![nothing()];
            let mut pass: Option<(Pass, LogView, Vec<Version>)> = None;
            for step in &steps {
                match step {
                    Step::Commit(writes) => {
                        let next = commit(&log, kept.last().unwrap(), writes);
                        kept.push(next);
                    }
                    Step::Begin(drawn, all) if pass.is_none() => {
                        let view = log.view();
                        let before = kept.clone();
                        let last = kept.len() - 1;
                        let mut drawn = drawn.iter().copied().cycle();
                        let mut index = 0;
                        kept.retain(|_| {
                            index += 1;
                            drawn.next().unwrap() || index > last
                        });
                        let roots: Vec<PassRoot> = kept.iter().map(|version| version.kept).collect();
                        pass = Some((log.begin_pass(&roots, *all).unwrap(), view, before));
                    }
                    Step::Begin(..) => {}
                    Step::Go(budget) => {
                        let Some((mut now, view, before)) = pass.take() else { continue };
                        if now.step(*budget).unwrap() {
                            now.sync().unwrap();
                            let sizes = now.sizes();
                            let stored = view.records_len();
                            log.adopt(now).unwrap();
                            prop_assert!(sizes.after <= sizes.before && sizes.before <= stored);
                            // Whoever looks through an older view still sees everything.
                            for version in &before {
                                prop_assert_eq!(&entries(&view, version).unwrap(), &version.map);
                            }
                        } else {
                            pass = Some((now, view, before));
                        }
                    }
                    Step::Reopen => {
                        pass = None;
                        let end = log.end();
                        drop(log);
                        log = NodeLog::open(SUITE, place(&storage), end).unwrap();
                        prop_assert_eq!(log.end(), end);
                        reader = NodeLog::for_reading(SUITE, place(&storage));
                    }
                }
                check(&storage, &log, &reader, &kept);
            }
        }
    }
}

/// A log of many commits to few keys, of which only the last roots are kept.
#[test]
fn space_is_given_back_and_the_dropped_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.path()));
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let all: Writes = (0..3000u32)
        .map(|key| (key.to_be_bytes().to_vec(), vec![7; 50]))
        .collect();
    let mut versions = vec![nothing(), commit(&log, &nothing(), &all)];
    for round in 0..300u32 {
        let writes: Writes = (0..10)
            .map(|i| {
                let key = (round * 7 + i * i * 31) % 3000;
                (key.to_be_bytes().to_vec(), round.to_le_bytes().repeat(12))
            })
            .collect();
        versions.push(commit(&log, versions.last().unwrap(), &writes));
    }
    let fresh: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let anew = NodeLog::create(SUITE, place(&fresh)).unwrap();
    let last = versions.last().unwrap();
    let all: Writes = last.map.clone().into_iter().collect();
    assert_eq!(
        commit(&anew, &nothing(), &all).kept.root.hash,
        last.kept.root.hash
    );

    let before = stored_len(&storage);
    let held = log.view();
    let (dropped, kept) = versions.split_at(versions.len() - 3);
    let single = &dropped[100];
    let roots: Vec<PassRoot> = [single].into_iter().chain(kept).map(|v| v.kept).collect();
    let mut measured = log.begin_pass(&roots, true).unwrap();
    let sizes = measured.measure().unwrap();
    assert_eq!(sizes.before, log.end().0);
    finish(&log, measured);
    assert_eq!(log.view().records_len(), sizes.after);
    assert!(
        stored_len(&storage) * 4 < before,
        "{} of {before}",
        stored_len(&storage)
    );
    for version in &versions {
        assert_eq!(entries(&held, version).unwrap(), version.map);
    }
    let late = NodeLog::for_reading(SUITE, place(&storage));
    late.reach(log.end()).unwrap();
    for version in [single].into_iter().chain(kept) {
        assert_eq!(entries(&log.view(), version).unwrap(), version.map);
        assert_eq!(entries(&late.view(), version).unwrap(), version.map);
    }
    let gone = entries(&late.view(), &dropped[200]).unwrap_err();
    assert!(matches!(gone, NodeLogError::Dropped { .. }), "{gone}");
    assert!(gone.location().is_some());

    // Without the single root, about as small as a log that never held more than the last roots.
    let roots: Vec<PassRoot> = kept.iter().map(|version| version.kept).collect();
    finish(&log, log.begin_pass(&roots, true).unwrap());
    let (len, least) = (stored_len(&storage), stored_len(&fresh));
    assert!(len * 10 < least * 13, "{len}, a fresh one {least}");
    let names = storage.list("domain/trie").unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].name, "0000000000000000.kept");
    // Nothing is needless now: a careful pass makes nothing.
    let mut idle = log.begin_pass(&roots, false).unwrap();
    let sizes = idle.measure().unwrap();
    assert_eq!(sizes.before, sizes.after);
    finish(&log, idle);
    let last = commit(&log, last, &[(b"more".to_vec(), b"x".to_vec())]);
    assert_eq!(entries(&log.view(), &last).unwrap(), last.map);
    let log = NodeLog::open(SUITE, place(&storage), log.end()).unwrap();
    assert_eq!(entries(&log.view(), &last).unwrap(), last.map);
}

/// What a crash leaves: files that were being made, and files whose place is taken.
#[test]
fn leftovers_are_removed_when_the_log_is_opened() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut version = nothing();
    for round in 0..20u8 {
        let writes: Writes = (0..9)
            .map(|i| (vec![i % 5, round % 3, i], vec![round; 40]))
            .collect();
        version = commit(&log, &version, &writes);
    }
    let whole = storage
        .open(
            "domain/trie/0000000000000000.nodes",
            hash_store::Access::Read,
        )
        .unwrap();
    let mut bytes = vec![0; usize::try_from(whole.len().unwrap()).unwrap()];
    hash_store::read_exact_at(&*whole, &mut bytes, 0).unwrap();
    let mut pass = log.begin_pass(&[version.kept], true).unwrap();
    while !pass.step(100).unwrap() {}
    assert_eq!(storage.list("domain/trie").unwrap().len(), 2);
    drop(pass);
    let end = log.end();
    let log = NodeLog::open(SUITE, place(&storage), end).unwrap();
    assert_eq!(storage.list("domain/trie").unwrap().len(), 1);
    let pass = log.begin_pass(&[version.kept], true).unwrap();
    finish(&log, pass);
    let back = storage
        .create("domain/trie/0000000000000000.nodes")
        .unwrap();
    back.write_at(&bytes, 0).unwrap();
    let reader = NodeLog::for_reading(SUITE, place(&storage));
    reader.reach(end).unwrap();
    assert_eq!(entries(&reader.view(), &version).unwrap(), version.map);
    let log = NodeLog::open(SUITE, place(&storage), end).unwrap();
    let names = storage.list("domain/trie").unwrap();
    assert_eq!(names.len(), 1);
    assert!(names[0].name.ends_with(".kept"));
    assert_eq!(entries(&log.view(), &version).unwrap(), version.map);
    // What was believed of the log ends before a file that stands for more: it is given up.
    assert!(NodeLog::open(SUITE, place(&storage), Location(end.0 - 1)).is_err());
}

/// Damage to a file of kept records is an error or does not matter; it changes no answer.
#[test]
fn no_flipped_bit_of_a_kept_file_changes_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir.path()));
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut version = nothing();
    for round in 0..12u8 {
        let writes: Writes = (0..6)
            .map(|i| (vec![i, round % 4], vec![round; 40]))
            .collect();
        version = commit(&log, &version, &writes);
    }
    let end = log.end();
    finish(&log, log.begin_pass(&[version.kept], true).unwrap());
    let file = dir.path().join("domain/trie/0000000000000000.kept");
    let bytes = std::fs::read(&file).unwrap();
    let mut noticed = 0;
    for at in 4096..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, bad).unwrap();
        let reader = NodeLog::for_reading(SUITE, place(&storage));
        if let Err(error) = reader.reach(end) {
            let damage = error.damage().unwrap();
            assert!(at < 4096 + 32, "byte {at}");
            assert_eq!((damage.offset, damage.flaw.at), (4096 + 28, 28));
            let stored = std::fs::read(&file).unwrap();
            let stored = u32::from_le_bytes(stored[4124..4128].try_into().unwrap());
            assert_eq!(damage.flaw.found, u64::from(stored));
            continue;
        }
        assert!(at >= 4096 + 32, "byte {at} is believed");
        match entries(&reader.view(), &version) {
            Ok(read) => assert_eq!(read, version.map, "byte {at}"),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed > 1000, "{noticed}");
    for len in [0, 4096, 4100, 4128, bytes.len() - 1] {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &bytes[..len]).unwrap();
        assert!(
            NodeLog::for_reading(SUITE, place(&storage))
                .reach(end)
                .is_err()
        );
    }
}

/// A dropped record that stood directly behind a kept one.
#[test]
fn a_record_behind_the_end_of_a_run_was_dropped() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let write = |before: &Version, byte| commit(&log, before, &[(b"k".to_vec(), vec![byte; 40])]);
    let one = write(&nothing(), 1);
    let two = write(&one, 2);
    let three = write(&two, 3);
    assert_eq!(two.kept.root.location, Some(one.kept.end));
    let roots = [one.kept, three.kept];
    finish(&log, log.begin_pass(&roots, true).unwrap());
    for kept in [&one, &three] {
        assert_eq!(entries(&log.view(), kept).unwrap(), kept.map);
    }
    let gone = entries(&log.view(), &two).unwrap_err();
    assert!(matches!(gone, NodeLogError::Dropped { location } if location == one.kept.end));
    // Records side by side are one run, whether they are kept for a root or stand behind all roots.
    let four = write(&three, 4);
    write(&four, 5);
    finish(
        &log,
        log.begin_pass(&[three.kept, four.kept], true).unwrap(),
    );
    let records = log.view().records_len();
    assert_eq!(stored_len(&storage), 4096 + 32 + records + 16);
}

/// More than one file can hold: only what has enough in it that is needless is made anew, and what
/// is left joins as soon as there is room.
#[test]
fn a_file_that_is_mostly_needed_stays_beside_one_that_is_made_anew() {
    const MIB: usize = 1 << 20;
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let writes = |keys: std::ops::Range<u8>, byte: u8, len: usize| -> Writes {
        keys.map(|key| (vec![key], vec![byte; len])).collect()
    };
    let forms = || -> Vec<String> {
        let listed = storage.list("domain/trie").unwrap().into_iter();
        listed
            .map(|entry| entry.name.split_once('.').unwrap().1.to_owned())
            .collect()
    };
    let one = commit(&log, &nothing(), &writes(0..60, 1, MIB));
    let two = commit(&log, &one, &writes(60..70, 1, MIB));
    let three = commit(&log, &two, &writes(60..70, 2, MIB));
    assert_eq!(forms(), ["nodes", "nodes"]);
    let pass = log.begin_pass(&[three.kept], false).unwrap();
    finish(&log, pass);
    assert_eq!(forms(), ["nodes", "kept"]);
    let check = |version: &Version| {
        let late = NodeLog::for_reading(SUITE, place(&storage));
        late.reach(log.end()).unwrap();
        for view in [log.view(), late.view()] {
            assert!(entries(&view, version).unwrap() == version.map);
        }
    };
    check(&three);
    let four = commit(&log, &three, &writes(0..60, 0, 0));
    let five = commit(&log, &four, &writes(0..10, 5, 4000));
    check(&five);
    let pass = log.begin_pass(&[five.kept], true).unwrap();
    finish(&log, pass);
    assert_eq!(forms(), ["kept"]);
    check(&five);
}

/// Many files in a row become one, though nothing in them is needless.
#[test]
fn many_small_files_are_joined() {
    for (files, left) in [(16, 16), (17, 1)] {
        let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
        let log = NodeLog::create(SUITE, place(&storage)).unwrap();
        let mut versions = vec![nothing()];
        for key in 0..files {
            drop(log.begin_pass(&[], true));
            let writes = [(vec![key], vec![key; 50])];
            versions.push(commit(&log, versions.last().unwrap(), &writes));
        }
        let roots: Vec<PassRoot> = versions.iter().map(|version| version.kept).collect();
        let mut pass = log.begin_pass(&roots, false).unwrap();
        let sizes = pass.measure().unwrap();
        assert_eq!((sizes.before, sizes.after), (log.end().0, log.end().0));
        finish(&log, pass);
        assert_eq!(storage.list("domain/trie").unwrap().len(), left);
        for version in &versions {
            assert_eq!(entries(&log.view(), version).unwrap(), version.map);
        }
    }
}

/// A file that takes no more commits is synced once; the last one each time, whatever was synced.
#[test]
fn files_that_were_synced_and_are_full_are_not_synced_again() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut version = nothing();
    let mut lens = Vec::new();
    for key in 0..3 {
        drop(log.begin_pass(&[], true));
        let before = log.end().0;
        version = commit(
            &log,
            &version,
            &[(vec![key], vec![key; 50 + usize::from(key)])],
        );
        lens.push(HEADER_LEN + log.end().0 - before);
    }
    let unsynced = || -> Vec<u64> {
        let files = log.files().into_iter();
        files.map(|file| file.len().unwrap()).collect()
    };
    assert_eq!(unsynced(), lens);
    // One byte short of the end of the second file; then all of it.
    let second_end = log.end().0 - (lens.last().unwrap() - HEADER_LEN);
    log.note_synced(Location(second_end - 1));
    lens.remove(0);
    assert_eq!(unsynced(), lens);
    log.note_synced(Location(second_end));
    log.note_synced(Location(0));
    lens.remove(0);
    assert_eq!(unsynced(), lens);
    log.note_synced(log.end());
    assert_eq!(unsynced(), lens);
    drop(log.begin_pass(&[], true));
    let before = log.end();
    commit(&log, &version, &[(vec![9], vec![9; 70])]);
    let len = HEADER_LEN + log.end().0 - before.0;
    assert_eq!(unsynced(), [len]);
}

/// A log of several files, some of them replaced by one under the reader's hands.
#[test]
fn gaps_are_refused_and_replaced_files_are_opened_again() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut last = nothing();
    // Each commit in a file of its own, as the one after the beginning of a pass is.
    let mut commit_to_new_file = |byte: u8| {
        drop(log.begin_pass(&[last.kept], true));
        let writes = [(vec![byte], vec![byte; 60]), (vec![0], vec![byte; 50])];
        last = commit(&log, &last, &writes);
        last.clone()
    };
    let late = || NodeLog::for_reading(SUITE, place(&storage));
    let names = || -> Vec<String> {
        let listed = storage.list("domain/trie").unwrap().into_iter();
        listed
            .map(|entry| format!("domain/trie/{}", entry.name))
            .collect()
    };
    // Whichever file is missing, no reader gets past it.
    let check_gaps = |end| {
        late().reach(end).unwrap();
        for name in names() {
            let file = storage.open(&name, hash_store::Access::Read).unwrap();
            let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
            hash_store::read_exact_at(&*file, &mut bytes, 0).unwrap();
            storage.remove(&name).unwrap();
            assert!(late().reach(end).is_err(), "without {name}");
            storage.create(&name).unwrap().write_at(&bytes, 0).unwrap();
        }
    };
    commit_to_new_file(1);
    let two = commit_to_new_file(2);
    let three = commit_to_new_file(3);
    assert_eq!(names().len(), 3);
    check_gaps(three.kept.end);
    for (reach, is_there) in [
        (0, true),
        (two.kept.end.0, true),
        (log.end().0, true),
        (log.end().0 + 1, false),
    ] {
        assert_eq!(log.reach(Location(reach)).is_ok(), is_there, "{reach}");
    }
    let place_of = |view: &LogView, version: &Version| {
        let found = view.place_of(version.kept.root.location.unwrap());
        found
            .map(|(name, offset)| (name.to_owned(), offset))
            .unwrap()
    };
    let inside = three.kept.root.location.unwrap().0 - two.kept.end.0;
    let expected = (names()[2].clone(), 4096 + inside);
    assert_eq!(place_of(&log.view(), &three), expected);

    let reader = late();
    reader.reach(three.kept.end).unwrap();
    finish(&log, log.begin_pass(&[three.kept], true).unwrap());
    assert_eq!(names().len(), 1);
    // The root is the last of the kept records.
    let (name, offset) = place_of(&log.view(), &three);
    assert_eq!(name, names()[0]);
    let record_len = three.kept.end.0 - three.kept.root.location.unwrap().0;
    assert_eq!(offset + record_len, 4096 + 32 + log.view().records_len());
    for byte in [4, 5] {
        let version = commit_to_new_file(byte);
        reader.reach(version.kept.end).unwrap();
        assert_eq!(entries(&reader.view(), &version).unwrap(), version.map);
    }
    assert_eq!(names().len(), 3);
    check_gaps(log.end());
    // The same name, and more behind it than the reader knows of.
    let newest = commit_to_new_file(6);
    finish(&log, log.begin_pass(&[newest.kept], true).unwrap());
    let after = commit_to_new_file(7);
    assert_eq!(names().len(), 2);
    reader.reach(after.kept.end).unwrap();
    assert_eq!(entries(&reader.view(), &after).unwrap(), after.map);
    check_gaps(log.end());
    let files = log.files();
    let lens = files.iter().map(|file| file.len().unwrap());
    assert_eq!(lens.sum::<u64>(), stored_len(&storage));
}

/// What stands behind the newest root stays as it is, also where older passes left gaps in it.
#[test]
fn gaps_behind_the_newest_root_stay_gaps() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let mut versions = vec![nothing()];
    for byte in 1..=7u8 {
        let writes = [
            (vec![byte], vec![byte; 40]),
            (b"k".to_vec(), vec![byte; 50]),
        ];
        versions.push(commit(&log, versions.last().unwrap(), &writes));
    }
    for kept in [&[1, 2, 4, 6][..], &[1], &[1, 2], &[2, 4]] {
        let roots: Vec<PassRoot> = kept.iter().map(|i| versions[*i].kept).collect();
        finish(&log, log.begin_pass(&roots, true).unwrap());
        let late = NodeLog::for_reading(SUITE, place(&storage));
        late.reach(log.end()).unwrap();
        for version in [2, 4, 6, 7].map(|i| &versions[i]) {
            assert_eq!(entries(&late.view(), version).unwrap(), version.map);
        }
        for gone in [3, 5] {
            let gone = entries(&late.view(), &versions[gone]).unwrap_err();
            assert!(matches!(gone, NodeLogError::Dropped { .. }), "{gone}");
        }
    }
}

/// A storage of which some listings are from before something was replaced.
#[derive(Debug)]
struct Earlier {
    storage: Arc<dyn Storage>,
    listed: Vec<DirEntry>,
    left: AtomicUsize,
}

impl Storage for Earlier {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        self.storage.open(name, access)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        self.storage.create(name)
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.storage.create_dir(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return self.storage.list(dir);
        }
        self.left.store(left - 1, Ordering::Relaxed);
        Ok(self.listed.clone())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.storage.rename(from, to)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.storage.link(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.storage.remove(name)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.storage.sync_dir(dir)
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        self.storage.boot_id()
    }

    fn location(&self) -> String {
        self.storage.location()
    }
}

#[test]
fn files_that_were_replaced_since_they_were_listed_are_listed_again() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let log = NodeLog::create(SUITE, place(&storage)).unwrap();
    let one = commit(&log, &nothing(), &[(b"k".to_vec(), vec![1; 40])]);
    let two = commit(&log, &one, &[(b"k".to_vec(), vec![2; 40])]);
    let listed = storage.list("domain/trie").unwrap();
    finish(&log, log.begin_pass(&[two.kept], true).unwrap());
    for (left, is_reached) in [(1, true), (4, true), (1000, false)] {
        let earlier: Arc<dyn Storage> = Arc::new(Earlier {
            storage: Arc::clone(&storage),
            listed: listed.clone(),
            left: AtomicUsize::new(left),
        });
        let reader = NodeLog::for_reading(SUITE, place(&earlier));
        assert_eq!(reader.reach(two.kept.end).is_ok(), is_reached, "{left}");
        if is_reached {
            assert_eq!(entries(&reader.view(), &two).unwrap(), two.map);
        }
    }
}
