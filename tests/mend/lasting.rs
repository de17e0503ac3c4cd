//! What was reported as done is on the disk: a power cut that takes all that was not synced takes
//! nothing of it.

use std::sync::Arc;

use hash_store::sim::{Choice, SimStorage};
use hash_store::{MemStorage, Storage, segment_name};
use ledger::mend::{Proven, RecoverOptions, recover, truncate};
use ledger::{Reader, Snapshot};
use merkle_log::TreeSize;

use super::repair::{all, flip, from, is_verified, pair, planned, repaired, segments};
use super::stores::{create_in, fill, options};

/// The disk after a power cut holds every byte; the tip file speaks for one boot only.
fn lasts(disk: &SimStorage, what: &str) -> SimStorage {
    let cut = disk.here().image(Choice::None);
    let files = |disk: &SimStorage| {
        let mut files = all(disk);
        files.retain(|(name, _)| name != "tip");
        files
    };
    let (before, after) = (files(disk), files(&cut));
    for (name, bytes) in &before {
        let found = after.iter().find(|(other, _)| other == name);
        assert!(
            found.is_some_and(|(_, found)| found == bytes),
            "{what}: {name}"
        );
    }
    assert_eq!(before.len(), after.len(), "{what}");
    cut
}

fn snapshot(disk: &SimStorage) -> Snapshot {
    let (storage, scratch) = (Arc::new(disk.clone()), Arc::new(MemStorage::new()));
    Reader::open_in(storage, scratch).unwrap().snapshot()
}

/// The same disk with everything on it synced.
fn settled(disk: &SimStorage) -> SimStorage {
    disk.here().image(Choice::All)
}

/// A name, what is damaged, and the files that are kept before they change.
type Case = (&'static str, fn(&SimStorage), &'static [&'static str]);

const CASES: [Case; 7] = [
    (
        "a flip",
        |disk| flip(disk, "log/0000000000000001.seg", 5000),
        &["log/0000000000000001.seg"],
    ),
    (
        "a file of no log",
        |disk| disk.put_bytes("log/00000000000000f0.seg", Some(vec![1; 8192])),
        &["log/00000000000000f0.seg"],
    ),
    (
        "a segment behind the log",
        |disk| disk.put_bytes("log/0000000000000020.seg", Some(vec![1; 8192])),
        &["log/0000000000000020.seg"],
    ),
    (
        "both superblocks",
        |disk| {
            ["SUPER.0", "SUPER.1"]
                .iter()
                .for_each(|file| flip(disk, file, 100))
        },
        &["SUPER.0", "SUPER.1"],
    ),
    (
        "one superblock",
        |disk| flip(disk, "SUPER.0", 100),
        &["SUPER.0"],
    ),
    (
        "what is kept",
        |disk| disk.put_bytes("domain/kept", Some(vec![7; 90])),
        &["domain/kept"],
    ),
    (
        "a tile",
        |disk| flip(disk, "domain/tiles.0", 4200),
        &["domain/tiles.0"],
    ),
];

#[test]
fn a_repair_that_returned_survives_a_power_cut() {
    let pair = pair();
    let whole = segments(&pair.disk);
    for (what, damage, changed) in CASES {
        let disk = settled(&pair.disk);
        damage(&disk);
        let before = all(&disk);
        let done = repaired(&disk, &from(&[&pair.replica]));
        assert_eq!(done.unrepaired, [], "{what}");
        let cut = lasts(&disk, what);
        assert!(segments(&cut) == whole, "{what}");
        assert!(is_verified(&cut), "{what}");
        assert_eq!(planned(&cut, &from(&[])).steps, [], "{what}");
        let folder = done.kept_in.unwrap();
        for file in changed {
            let (_, was) = before.iter().find(|(name, _)| name == file).unwrap();
            let kept = cut.bytes(&format!("{folder}/{}", file.replace('/', ".")));
            assert!(kept.as_ref() == Some(was), "{what}: {file}");
        }
    }
}

#[test]
fn a_recovery_that_returned_survives_a_power_cut() {
    let pair = pair();
    let disk = settled(&pair.disk);
    let height = snapshot(&pair.disk).commit(20).unwrap();
    let gap = height.position.segment();
    for segment in [gap, gap + 1] {
        let middle = if segment == gap {
            height.position.offset()
        } else {
            5000
        };
        flip(
            &disk,
            &segment_name(segment),
            usize::try_from(middle).unwrap() + 150,
        );
    }
    let to = SimStorage::new();
    let how = RecoverOptions {
        open: options(),
        ..RecoverOptions::default()
    };
    let (storage, scratch): (Arc<dyn Storage>, Arc<dyn Storage>) =
        (Arc::new(disk.clone()), Arc::new(MemStorage::new()));
    let made: Arc<dyn Storage> = Arc::new(to.clone());
    let done = recover(&storage, &scratch, &made, how, &mut |_| true).unwrap();
    assert!(done.height > 0 && !done.gaps.is_empty() && done.salvaged > 0);
    let cut = lasts(&to, "recover");
    assert!(is_verified(&cut));
    // All that is not in the store: lines, and the segments from the gap on.
    let folder = done.kept_in.unwrap();
    let lines = cut.bytes(&format!("{folder}/entries.jsonl")).unwrap();
    let lines = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    assert_eq!(lines.count() as u64, done.salvaged);
    let last = snapshot(&pair.disk).commit(done.height).unwrap();
    let last = last.position.segment();
    assert!(last > 0);
    for ((name, bytes), number) in segments(&disk).into_iter().zip(0..) {
        let kept = cut.bytes(&format!("{folder}/{}", name.trim_start_matches("log/")));
        let expected = Some(bytes).filter(|_| number >= last);
        assert!(kept == expected, "{name}");
    }
}

/// A root that the operator trusts vouches for what was recovered up to its height, is of a height
/// that was not reached, or is another: then nothing is written.
#[test]
fn a_recovery_is_held_against_a_trusted_root() {
    let pair = pair();
    let disk = settled(&pair.disk);
    let snapshot = snapshot(&pair.disk);
    let at = snapshot.commit(20).unwrap().position;
    let offset = usize::try_from(at.offset()).unwrap() + 150;
    flip(&disk, &segment_name(at.segment()), offset);
    let root = |height| snapshot.audit().root_at(TreeSize(height)).unwrap();
    let run = |expected| {
        let how = RecoverOptions {
            open: options(),
            expected: Some(expected),
        };
        let to = SimStorage::new();
        let (storage, made): (Arc<dyn Storage>, Arc<dyn Storage>) =
            (Arc::new(disk.clone()), Arc::new(to.clone()));
        let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
        let done = recover(&storage, &scratch, &made, how, &mut |_| true);
        (done, to)
    };
    for height in [0, 1, 18, 19] {
        let (done, _) = run((height, root(height)));
        let done = done.unwrap();
        assert_eq!((done.height, done.proven), (19, Proven::UpTo(height)));
        assert_eq!(done.audit_root, root(19));
        assert_eq!(done.height_before, snapshot.height());
        let (refused, to) = run((height, root(height + 1)));
        assert_eq!(refused.unwrap_err().code(), "E-WRONG-ROOT", "{height}");
        assert_eq!(to.file_names(), [""; 0]);
    }
    let (done, _) = run((20, root(20)));
    assert_eq!(done.unwrap().proven, Proven::NotReached(20));
}

#[test]
fn a_backup_and_a_truncation_that_returned_survive_a_power_cut() {
    let disk = SimStorage::new();
    let store = create_in(Arc::new(disk.clone()), 1, options());
    fill(&store, 1..=20);
    let copy = SimStorage::new();
    let to: Arc<dyn Storage> = Arc::new(copy.clone());
    for last in [30, 40] {
        store.backup(&to).unwrap();
        let cut = lasts(&copy, "backup");
        assert!(is_verified(&cut));
        fill(&store, store.snapshot().height() + 1..=last);
    }
    store.close().unwrap();
    let disk = settled(&disk);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let before = segments(&disk);
    let (done, _) = truncate(&storage, 12, options()).unwrap();
    let cut = lasts(&disk, "truncate");
    assert!(is_verified(&cut));
    let folder = done.kept_in.unwrap();
    for (name, bytes) in before
        .into_iter()
        .skip(usize::try_from(done.end.segment()).unwrap())
    {
        let kept = cut.bytes(&format!("{folder}/{}", name.trim_start_matches("log/")));
        assert!(kept == Some(bytes), "{name}");
    }
}
