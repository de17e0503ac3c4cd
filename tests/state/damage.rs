//! Nodes that are missing, damaged or cannot be written, and records that contradict each other.

use std::path::Path;
use std::sync::Arc;

use hash_store::{
    Access, BatchBuffer, BatchKind, FileStorage, FrameKind, LogTip, LogWriter, Segments, Storage,
    Superblock, Superblocks,
};
use ledger::{Error, Level, Reader, Store, TreeType, Verdict};
use ledger_tests::store::{copy, edit, files, options};
use merkle_log::Hash;
use patricia_state::Direction;

use super::stores::{PLAIN, apply, check_history, check_view, create, filled, verdict};

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

/// Without nodes, the states behind a damaged batch are refused by its place, those before it are
/// made anew.
#[test]
fn states_behind_damage_cannot_be_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 20);
    let at = store.snapshot().commit(9).unwrap().position;
    store.close().unwrap();
    std::fs::remove_dir_all(home.join("accounts/trie")).unwrap();
    let segment = format!("log/{:016x}.seg", at.segment());
    edit(&home.join(&segment), |bytes| {
        bytes[usize::try_from(at.offset()).unwrap() + 140] ^= 4;
    });
    let reader = Reader::open(&home).unwrap();
    for (height, maps) in (0u64..).zip(&history).skip(1).filter(|(h, _)| *h != 9) {
        let snapshot = reader.snapshot().at_height(height).unwrap();
        match snapshot.state("accounts") {
            Ok(view) if height < 9 => check_view(&view, &maps[0], PLAIN),
            Err(error) if height > 9 => {
                assert_eq!(error.code(), "E-UNMADE", "{error}");
                assert_eq!(error.damage().unwrap().file, segment);
            }
            other => panic!("height {height}: {other:?}"),
        }
        assert!(snapshot.state_from_log("accounts").is_ok() == (height < 9));
    }
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
        // A reader that needs that state says what contradicts what.
        let reader = Reader::open(copied.path()).unwrap();
        let refused = reader.snapshot().state("accounts").unwrap_err();
        assert_eq!(refused.code(), "E-UNMADE");
        assert!(
            matches!(&refused, Error::Unmade { ledger, height: 4, source }
                if ledger == "accounts" && matches!(**source, Error::Mismatch { .. })),
            "{refused}"
        );
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
