//! Damage to states: bytes of the node logs, root indexes and delta frames of a small store.
//!
//! A full and a deep verification notice each flipped bit and name the file; a reader gives no wrong
//! answer; a writer that lies about a state is found out by who makes the states anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::MemStorage;
use hash_store::sim::SimStorage;
use ledger::{
    KeyMode, LedgerSpec, Level, Reader, StateScheme, StateSuite, Store, TreeType, Verdict,
    VerifyReport, verify, verify_in,
};
use ledger_tests::store::options;
use patricia_state::Direction;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

const PLAIN: StateScheme = StateScheme {
    suite: StateSuite::Blake3,
    keys: KeyMode::AsGiven,
};
const HASHED: StateScheme = StateScheme {
    suite: StateSuite::Keccak256,
    keys: KeyMode::Hashed,
};

/// A closed store, and its first state after each height.
fn subject() -> (SimStorage, Vec<Map>) {
    let disk = SimStorage::new();
    let specs = [("plain", PLAIN), ("secure", HASHED)].map(|(name, scheme)| {
        LedgerSpec::with_state(name.parse().unwrap(), TreeType::Sha256, scheme)
    });
    let storage = Arc::new(disk.clone());
    let network = "test-net".parse().unwrap();
    let store = Store::create_in(storage, [7; 16], network, &specs, options()).unwrap();
    let mut map = Map::new();
    let mut history = vec![map.clone()];
    for height in 1..=5u64 {
        let mut batch = store.batch();
        batch.append("plain", format!("entry {height}")).unwrap();
        // The third height writes nothing, the fourth nothing new to the first state.
        for i in 0..12 * u64::from(height != 3) {
            let key = format!("key {}", (height % 4 * 5 + i * i) % 23).into_bytes();
            // Short ones stand in their parents' records.
            let value = match i % 3 {
                0 => format!("{i}/{}", height % 4).into_bytes(),
                _ => format!("value {i} of height {}", height % 4).into_bytes(),
            };
            if i % 5 == 4 {
                batch.delete("plain", &key).unwrap();
                map.remove(&key);
            } else if height != 4 {
                batch.put("plain", &key, &value).unwrap();
                map.insert(key.clone(), value.clone());
            }
            batch.put("secure", &key, &value).unwrap();
        }
        history.push(map.clone());
        store.commit(batch.seal(height, b"").unwrap()).unwrap();
    }
    store.close().unwrap();
    (disk, history)
}

fn report(disk: &SimStorage, level: Level) -> VerifyReport {
    verify(Arc::new(disk.clone()), level, &mut |_| true).unwrap()
}

/// Serves no wrong value at any height.
fn check_reader(disk: &SimStorage, history: &[Map], what: &str) {
    let scratch = Arc::new(MemStorage::new());
    let reader = Reader::open_in(Arc::new(disk.clone()), scratch).unwrap();
    for (height, map) in (0u64..).zip(history).skip(1) {
        let Ok(snapshot) = reader.snapshot().at_height(height) else {
            continue;
        };
        let Ok(view) = snapshot.state("plain") else {
            continue;
        };
        for (key, value) in map {
            if let Ok(found) = view.get(key) {
                assert_eq!(found, Some(&value[..]), "{what} height {height}");
            }
        }
        let entries = view.entries(Direction::Forward);
        for entry in entries.map_while(Result::ok) {
            assert_eq!(map.get(&entry.0).map(|v| &v[..]), Some(entry.1), "{what}");
        }
    }
}

#[test]
fn an_unharmed_store_verifies_at_every_level() {
    let (disk, history) = subject();
    for level in [Level::Quick, Level::Full, Level::Deep] {
        let report = report(&disk, level);
        assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
        let keys: Vec<_> = report.ledgers.iter().map(|l| l.state_keys).collect();
        let counted = history[5].len() as u64;
        if level == Level::Quick {
            assert_eq!(keys, [None, None]);
        } else {
            assert_eq!(keys[0], Some(counted));
        }
        assert_eq!(report.ledgers[1].state, Some(HASHED));
    }
    check_reader(&disk, &history, "unharmed");
}

/// Used bytes of the derived files of states: each noticed, by name.
#[test]
fn a_flipped_bit_of_a_node_log_or_root_index_is_named() {
    let (disk, history) = subject();
    let is_state = |name: &String| name.contains("/trie/") || name.ends_with("/states");
    let files: Vec<String> = disk.file_names().into_iter().filter(is_state).collect();
    assert_eq!(files.len(), 4, "{files:?}");
    let nodes = "0000000000000000.nodes";
    let mut flips = 0;
    for file in files {
        let bytes = disk.bytes(&file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        // Of the nodes one byte in four, which are all kinds of bytes.
        let sampled = |at: &usize| *at < 64 || !file.ends_with(nodes) || at % 4 == 1;
        // Zero bytes of records count as much as others.
        let counts = |at: &usize| bytes[*at] != 0 || file.ends_with(nodes) && *at >= 4096;
        for at in (0..=used).filter(counts).filter(sampled) {
            let bit = at % 8;
            let what = format!("{file} byte {at} bit {bit}");
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let damaged = disk.here().killed();
            damaged.put_bytes(&file, Some(flipped));
            for level in [Level::Full, Level::Deep] {
                if level == Level::Deep && at % 5 != 0 {
                    continue;
                }
                let report = report(&damaged, level);
                assert_eq!(report.verdict, Verdict::Damaged, "{what}");
                // A full one may take a wrong end of the last height for a damaged root.
                let dir = file.split('/').next().unwrap();
                let lax = level == Level::Full;
                let named = report.findings.iter().any(|finding| {
                    finding.file == file
                        || finding.file == format!("{dir}/trie")
                        || lax && finding.file == format!("{dir}/trie/{nodes}")
                });
                assert!(named, "{what}: {:?}", report.findings);
                let codes = ["E-TRIE", "E-INDEX"];
                let known = report.findings.iter().all(|f| codes.contains(&f.code));
                assert!(known, "{what}: {:?}", report.findings);
            }
            if at % 13 == 0 {
                check_reader(&damaged, &history, &what);
            }
            flips += 1;
        }
    }
    assert!(flips > 700, "{flips}");
}

#[test]
fn a_flipped_bit_of_a_delta_frame_is_named() {
    let (disk, history) = subject();
    let segment = hash_store::segment_name(0);
    let bytes = disk.bytes(&segment).unwrap();
    // The frames of the second height: around what it wrote.
    let written = b"value 1 of height 2";
    let mut windows = bytes.windows(written.len());
    let at = windows.position(|window| window == written).unwrap();
    for at in (at - 100..at + 300).step_by(3) {
        let what = format!("byte {at}");
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let damaged = disk.here().killed();
        damaged.put_bytes(&segment, Some(flipped));
        for level in [Level::Full, Level::Deep] {
            let report = report(&damaged, level);
            assert_eq!(report.verdict, Verdict::Damaged, "{what}");
            let found = &report.findings[0];
            assert_eq!(found.file, segment, "{what}");
            assert!(found.code.starts_with("E-"), "{what}");
        }
        check_reader(&damaged, &history, &what);
    }
}

/// What is missing is no less damage than what is wrong.
#[test]
fn missing_and_cut_files_are_named() {
    let (disk, _) = subject();
    for (file, code) in [
        ("plain/trie/0000000000000000.nodes", "E-TRIE"),
        ("plain/states", "E-INDEX"),
    ] {
        let bytes = disk.bytes(file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        for cut in [None, Some(0), Some(100), Some(4096), Some(used)] {
            let damaged = disk.here().killed();
            damaged.put_bytes(file, cut.map(|len| bytes[..len].to_vec()));
            for level in [Level::Full, Level::Deep] {
                let report = report(&damaged, level);
                assert_eq!(report.verdict, Verdict::Damaged, "{file} {cut:?}");
                let found = report.findings.iter().any(|finding| finding.code == code);
                assert!(found, "{file} {cut:?}: {:?}", report.findings);
            }
        }
    }
}

/// The states are made in the storage that was given for it, and nothing is written elsewhere.
#[test]
fn a_deep_verification_writes_only_to_its_scratch() {
    let (disk, _) = subject();
    let before: Vec<_> = disk.file_names().iter().map(|f| disk.bytes(f)).collect();
    let scratch = SimStorage::new();
    let report = verify_in(
        Arc::new(disk.clone()),
        Arc::new(scratch.clone()),
        Level::Deep,
        &mut |_| true,
    );
    assert_eq!(report.unwrap().verdict, Verdict::Verified);
    let after: Vec<_> = disk.file_names().iter().map(|f| disk.bytes(f)).collect();
    assert!(before == after);
    let made = scratch.file_names();
    assert!(made.iter().any(|name| name.ends_with(".nodes")), "{made:?}");
    // A full one makes nothing anew.
    let scratch = SimStorage::new();
    let storage = Arc::new(disk);
    verify_in(storage, Arc::new(scratch.clone()), Level::Full, &mut |_| {
        true
    })
    .unwrap();
    assert!(scratch.file_names().is_empty());
}
