//! What users and maintainers of Hyperledger Indy Plenum suffered from, and what cannot happen here.
//! Named after the pains (P) that they reported and the defects (D) that its code was seen to have.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use hash_store::FileStorage;
use hash_store::sim::SimStorage;
use ledger::{
    Error, LedgerSpec, Level, Options, Reader, Snapshot, StateSuite, Store, TreeType, Verdict,
    verify,
};
use ledger_tests::store::{copy, edit, options, segments};
use merkle_log::{LeafIndex, TreeSize};

use crate::counting::Counting;

const NAMES: [&str; 3] = ["pool", "domain", "config"];

fn specs() -> Vec<LedgerSpec> {
    let spec = |name: &str| {
        let name = name.parse().unwrap();
        LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Sha3_256)
    };
    NAMES.into_iter().map(spec).collect()
}

fn commit(store: &Store) -> u64 {
    let height = store.snapshot().height() + 1;
    let mut batch = store.batch();
    for name in NAMES {
        batch.append(name, format!("{name} {height}")).unwrap();
        batch.put(name, b"height", height.to_le_bytes()).unwrap();
    }
    store
        .commit(batch.seal(height, b"").unwrap())
        .unwrap()
        .height
}

/// Every ledger, every state and the audit tree are at one height.
fn agree(snapshot: &Snapshot) -> u64 {
    let height = snapshot.height();
    assert_eq!(snapshot.audit().size(), TreeSize(height));
    for name in NAMES {
        let view = snapshot.ledger(name).unwrap();
        assert_eq!(view.size(), TreeSize(height), "{name} at height {height}");
        let state = snapshot.state(name).unwrap();
        let value = state.get(b"height").unwrap();
        let expected = height.to_le_bytes();
        assert_eq!(value, (height > 0).then_some(&expected[..]));
        if let Some(last) = height.checked_sub(1) {
            let entry = view.entry(LeafIndex(last)).unwrap();
            assert_eq!(entry, format!("{name} {height}").into_bytes());
        }
    }
    height
}

/// P1: Plenum writes ledgers, states and the audit ledger one after another; a crash in between
/// leaves the audit ledger ahead, and the node does not start any more.
#[test]
fn p1_ledgers_never_disagree_after_a_crash() {
    let disk = SimStorage::new();
    let network = "net".parse().unwrap();
    let store = Store::create_in(
        Arc::new(disk.clone()),
        [1; 16],
        network,
        &specs(),
        options(),
    )
    .unwrap();
    disk.record_points();
    for _ in 0..6 {
        disk.mark(commit(&store));
    }
    let points = disk.take_points();
    drop(store);
    let mut images = 0;
    for point in &points {
        for choice in point.choices(3, 4) {
            let image = point.image(choice);
            let store = Store::open_in(Arc::new(image), options()).unwrap();
            let height = agree(&store.snapshot());
            // What was acknowledged is there, and of what was not all or nothing.
            assert!((point.mark..=point.mark + 1).contains(&height));
            assert_eq!(commit(&store), height + 1);
            assert_eq!(agree(&store.snapshot()), height + 1);
            images += 1;
        }
    }
    assert!(
        points.len() > 40 && images > 400,
        "{} {images}",
        points.len()
    );
}

/// P2 (and D10): catching up, reading and recovering take as much memory as there are transactions.
/// A process that may take 96 MiB writes, follows, reads, recovers and verifies a store of 180.
#[test]
fn p2_memory_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    for command in ["write-much", "recover-much"] {
        let child = env!("CARGO_BIN_EXE_fault-child");
        let output = Command::new(child)
            .arg(command)
            .arg(&home)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(text, "ok 180\n", "{command}: {error}");
    }
}

/// A store on a disk, closed in order, with 300 entries and keys.
fn on_disk(dir: &Path) -> PathBuf {
    let home = dir.join("store");
    let spec = &specs()[1..2];
    let store = Store::create(&home, "net".parse().unwrap(), spec, options()).unwrap();
    let mut batch = store.batch();
    for index in 0..300u32 {
        batch.append("domain", transaction(index)).unwrap();
        batch
            .put("domain", index.to_be_bytes(), transaction(index))
            .unwrap();
    }
    store.commit(batch.seal(1, b"").unwrap()).unwrap();
    store.close().unwrap();
    home
}

fn transaction(index: u32) -> Vec<u8> {
    format!("transaction {index} of 100 to alice").into_bytes()
}

fn verdict(home: &Path) -> Verdict {
    let storage = Arc::new(FileStorage::new(home));
    verify(storage, Level::Full, &mut |_| true).unwrap().verdict
}

/// Every entry and key is read as it was written, or is an error; every proof holds. Answers how
/// many errors there were.
fn reads_right_or_not_at_all(snapshot: &Snapshot) -> usize {
    let view = snapshot.ledger("domain").unwrap();
    let state = snapshot.state("domain").unwrap();
    let mut errors = 0;
    for index in 0..300u32 {
        match view.entry(LeafIndex(index.into())) {
            Ok(entry) => assert_eq!(entry, transaction(index)),
            Err(_) => errors += 1,
        }
        match state.get(index.to_be_bytes()) {
            Ok(value) => assert_eq!(value, Some(&transaction(index)[..])),
            Err(_) => errors += 1,
        }
        let proof = view.prove_inclusion(LeafIndex(index.into()), view.size());
        let leaf = view.tree().leaf(&transaction(index));
        match proof {
            Ok(proof) => {
                let verified = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
                assert_eq!(verified.leaf_index().0, u64::from(index));
            }
            Err(_) => errors += 1,
        }
    }
    errors
}

/// P3, D3: a flipped bit in the stored leaves goes unnoticed, and the proof of that transaction
/// fails; in the last leaf it makes the root another one.
#[test]
fn p3_d3_a_flipped_bit_in_the_stored_leaves_changes_no_root_and_no_proof() {
    let dir = tempfile::tempdir().unwrap();
    let home = on_disk(dir.path());
    let root = Reader::open(&home)
        .unwrap()
        .snapshot()
        .ledger("domain")
        .unwrap()
        .root();
    // Leaf 37, of a full block, and the last leaf, 299: in the open block behind it.
    for at in [4096 + 37 * 32, 4096 + 16384 + (299 - 256) * 32] {
        let damaged = copy(&home);
        edit(&damaged.path().join("domain/tiles.0"), |bytes| {
            bytes[at] ^= 4;
        });
        assert_ne!(verdict(damaged.path()), Verdict::Verified);
        let reader = Reader::open(damaged.path()).unwrap();
        assert_eq!(reader.snapshot().ledger("domain").unwrap().root(), root);
        assert_eq!(reads_right_or_not_at_all(&reader.snapshot()), 0);
        let store = Store::open(damaged.path(), options()).unwrap();
        assert_eq!(store.snapshot().ledger("domain").unwrap().root(), root);
        assert_eq!(reads_right_or_not_at_all(&store.snapshot()), 0);
    }
}

/// P3, D4: a transaction that was replaced in the log is returned as if it were the one.
#[test]
fn p3_d4_a_replaced_transaction_is_never_returned() {
    let dir = tempfile::tempdir().unwrap();
    let home = on_disk(dir.path());
    let segment = segments(&home).into_iter().find(|segment| {
        let bytes = std::fs::read(segment).unwrap();
        bytes
            .windows(30)
            .any(|window| window == &b"transaction 150 of 100 to alic"[..])
    });
    let segment = segment.unwrap();
    let name = segment.strip_prefix(&home).unwrap();
    let damaged = copy(&home);
    edit(&damaged.path().join(name), |bytes| {
        let honest = b"transaction 150 of 100 to alice";
        let at = bytes
            .windows(honest.len())
            .position(|window| window == honest)
            .unwrap();
        bytes[at..at + honest.len()].copy_from_slice(b"transaction 150 of 999 to mallo");
    });
    assert_eq!(verdict(damaged.path()), Verdict::Damaged);
    let reader = Reader::open(damaged.path()).unwrap();
    let snapshot = reader.snapshot();
    let view = snapshot.ledger("domain").unwrap();
    let error = view.entry(LeafIndex(150)).unwrap_err();
    assert_eq!(error.code(), "E-FRAME-CRC");
    let damage = error.damage().unwrap();
    assert!(damage.file.ends_with(".seg"), "{damage:?}");
    assert!(reads_right_or_not_at_all(&snapshot) > 0);
}

/// P3, D5: a value that was tampered with in the trie is returned under the committed root.
#[test]
fn p3_d5_a_tampered_trie_node_is_never_believed() {
    let dir = tempfile::tempdir().unwrap();
    let home = on_disk(dir.path());
    let nodes = "domain/trie/0000000000000000.nodes";
    let damaged = copy(&home);
    edit(&damaged.path().join(nodes), |bytes| {
        let honest = b"transaction 150 of 100 to alice";
        let at = bytes
            .windows(honest.len())
            .position(|window| window == honest)
            .unwrap();
        bytes[at..at + honest.len()].copy_from_slice(b"transaction 150 of 999 to mallo");
    });
    assert_ne!(verdict(damaged.path()), Verdict::Verified);
    // The deltas in the log still say what the value is.
    let reader = Reader::open(damaged.path()).unwrap();
    assert_eq!(reads_right_or_not_at_all(&reader.snapshot()), 0);
    let store = Store::open(damaged.path(), options()).unwrap();
    assert_eq!(reads_right_or_not_at_all(&store.snapshot()), 0);
    let batch = store.batch();
    match batch.get("domain", 150u32.to_be_bytes()) {
        Ok(value) => assert_eq!(value, Some(transaction(150))),
        Err(error) => assert!(matches!(error, Error::State(_)), "{error}"),
    }
    drop(store);
    // The next writer makes the nodes anew.
    let store = Store::open(damaged.path(), options()).unwrap();
    assert!(store.report().rebuilt);
    store.close().unwrap();
    assert_eq!(verdict(damaged.path()), Verdict::Verified);
}

/// P9: Plenum counts every key of two hash stores a ledger when it starts. Here a start reads as
/// much of a large store as of a small one, counted at the storage and not timed.
#[test]
fn p9_a_start_reads_the_same_whatever_the_size() {
    let opened = |keys: u32| {
        let dir = tempfile::tempdir().unwrap();
        let storage = Counting::new(Arc::new(FileStorage::new(dir.path())));
        let network = "net".parse().unwrap();
        let options = Options {
            background: false,
            ..Options::default()
        };
        let shared = Arc::new(storage.clone());
        let store = Store::create_in(shared.clone(), [1; 16], network, &specs(), options).unwrap();
        for first in (0..keys).step_by(1 << 13) {
            let mut batch = store.batch();
            for index in first..keys.min(first + (1 << 13)) {
                for name in NAMES {
                    batch.append(name, index.to_be_bytes()).unwrap();
                }
                batch.put("domain", index.to_be_bytes(), [1; 32]).unwrap();
            }
            store.commit(batch.seal(0, b"").unwrap()).unwrap();
        }
        store.close().unwrap();
        storage.take();
        let store = Store::open_in(shared, options).unwrap();
        assert!(store.report().clean);
        let size = store.snapshot().ledger("domain").unwrap().size().0;
        assert_eq!(size, u64::from(keys));
        // Node logs are read in place, which nothing counts but the store: the roots at most.
        assert!(store.counters().state_nodes_checked <= 3);
        storage.take()
    };
    let (small, large) = (opened(1000), opened(100_000));
    // 100 times the keys and entries: a higher tree has a tile level more, of which each of three
    // ledgers reads a header and the open block twice, and the log has more segments to list.
    assert!(
        large.bytes <= small.bytes + 3 * (48 << 10),
        "{small:?} {large:?}"
    );
    assert!(large.reads <= small.reads + 16, "{small:?} {large:?}");
    assert!(large.lookups <= small.lookups + 16, "{small:?} {large:?}");
    assert_eq!((large.writes, large.syncs), (small.writes, small.syncs));
    assert!(large.bytes < 1 << 20, "{large:?}");
}
