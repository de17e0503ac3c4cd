//! Cases 25, 26, 27 and 32: lengths that lie, files that are too large, entries of every shape,
//! clocks that run backwards.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hash_store::{FileKind, FileStorage, MemStorage, Seed};
use ledger::{Error, Level, Reader, Store, verify};
use ledger_tests::store::{copy, create, entry, fill, options, segments};
use merkle_log::LeafIndex;

use super::{commit, killed, refused, unreadable};

const SEGMENT: Seed = Seed {
    uuid: [7; 16],
    kind: FileKind::Segment,
    number: 0,
};

/// Fields that say more than there is, each with a check that is right.
#[test]
fn fault_25_lengths_and_counts_that_lie() {
    let built = killed(vec![commit(&[100]), commit(&[50, 60])]);
    let (file, batch) = built.batch(1);
    let begin = batch.start;
    let frame = begin + 96;
    let mut cases: Vec<(&str, usize, Vec<u8>)> = Vec::new();
    for len in [u32::MAX, 1 << 31, 1 << 28, 4000, 0] {
        cases.push(("payload length", frame, len.to_le_bytes().to_vec()));
    }
    for len in [u64::MAX, u64::MAX - 511, 1 << 40, 1 << 28, 512, 0] {
        cases.push(("batch length", begin + 16, len.to_le_bytes().to_vec()));
        cases.push(("frames length", begin + 32, len.to_le_bytes().to_vec()));
    }
    for number in [u64::MAX, 0] {
        cases.push(("batch number", begin + 8, number.to_le_bytes().to_vec()));
        cases.push(("height", begin + 24, number.to_le_bytes().to_vec()));
        cases.push(("frame's batch", frame + 8, number.to_le_bytes().to_vec()));
    }
    for count in [u32::MAX, 0, 5] {
        cases.push(("number of frames", begin + 40, count.to_le_bytes().to_vec()));
        cases.push((
            "number of entries",
            frame + 24 + 4,
            count.to_le_bytes().to_vec(),
        ));
        cases.push((
            "end of an entry",
            frame + 24 + 16,
            count.to_le_bytes().to_vec(),
        ));
    }
    for (what, at, value) in cases {
        let disk = built.with(&file, |bytes| {
            bytes[at..at + value.len()].copy_from_slice(&value);
            mend(bytes, begin, frame);
        });
        let start = Instant::now();
        let opened = ledger_tests::lab::workload::open(&disk);
        assert!(opened.is_err(), "{what} {value:?}");
        // What verifies by itself is read all the same, if the records do not contradict.
        let scratch = Arc::new(MemStorage::new());
        match Reader::open_in(Arc::new(disk.clone()), scratch) {
            Ok(_) => assert!(unreadable(&disk, &built.model) <= 3, "{what} {value:?}"),
            Err(error) => assert_eq!(error.code(), "E-PAYLOAD", "{what} {value:?}"),
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{what} {value:?}"
        );
    }
    // A superblock at the end of all numbers.
    for (at, what) in [
        (80, "batch"),
        (88, "height"),
        (96, "position"),
        (104, "body"),
    ] {
        let disk = built.copy();
        for (slot, name) in (0u64..).zip(["SUPER.0", "SUPER.1"]) {
            let mut bytes = built.disk.bytes(name).unwrap();
            bytes[at..at + 8].fill(0xff);
            let len = u32::from_le_bytes(bytes[76..80].try_into().unwrap());
            let end = usize::try_from(len).unwrap() - 4;
            let seed = Seed {
                kind: FileKind::Superblock,
                number: slot,
                ..SEGMENT
            };
            let check = seed.check(0, &[&bytes[..end]]);
            bytes[end..end + 4].copy_from_slice(&check.to_le_bytes());
            disk.put_bytes(name, Some(bytes));
        }
        let _error: Error = refused(&disk);
        assert!(unreadable(&disk, &built.model) <= 3, "{what}");
    }
}

/// Puts the checks of a batch's begin header and first frame right (FORMAT.md section 4).
fn mend(bytes: &mut [u8], begin: usize, frame: usize) {
    let check = SEGMENT.check(begin as u64, &[&bytes[begin..begin + 92]]);
    bytes[begin + 92..begin + 96].copy_from_slice(&check.to_le_bytes());
    let header = SEGMENT.check(frame as u64, &[&bytes[frame..frame + 16]]);
    bytes[frame + 16..frame + 20].copy_from_slice(&header.to_le_bytes());
    let len = u32::from_le_bytes(bytes[frame..frame + 4].try_into().unwrap());
    let payload = bytes.get(frame + 24..frame + 24 + usize::try_from(len).unwrap());
    if let Some(payload) = payload {
        // A check continues another: that of the payload that of its header.
        let mut hasher = crc32fast::Hasher::new_with_initial(header);
        hasher.update(payload);
        let check = hasher.finalize();
        bytes[frame + 20..frame + 24].copy_from_slice(&check.to_le_bytes());
    }
}

/// Any file may claim to be as large as a disk: opening, reading and verifying stay as they are in
/// time and memory.
#[test]
fn fault_26_sparse_files_of_a_tebibyte_and_many_segments() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &["a"]);
    fill(&store, &["a"], &[3, 40]);
    let size = store.snapshot().ledger("a").unwrap().size().0;
    store.close().unwrap();
    for (name, _) in ledger_tests::store::files(&home) {
        let grown = copy(&home);
        let file = fs::OpenOptions::new()
            .write(true)
            .open(grown.path().join(&name));
        file.unwrap().set_len(1 << 40).unwrap();
        let start = Instant::now();
        for read in [true, false] {
            let snapshot = if read {
                Reader::open(grown.path()).map(|reader| reader.snapshot())
            } else {
                Store::open(grown.path(), options()).map(|store| store.snapshot())
            };
            let Ok(snapshot) = snapshot else { continue };
            let view = snapshot.ledger("a").unwrap();
            assert_eq!(view.size().0, size, "{name}");
            for index in 0..size {
                if let Ok(bytes) = view.entry(LeafIndex(index)) {
                    assert_eq!(bytes, entry("a", index), "{name}");
                }
            }
        }
        let grown = Arc::new(FileStorage::new(grown.path()));
        let _ = verify(grown, Level::Full, &mut |_| true);
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{name}: {:?}",
            start.elapsed()
        );
    }
    // Links to one empty segment: each is a file of its own to whoever lists them.
    let many = copy(&home);
    let found = segments(many.path());
    for number in found.len()..20_000 {
        let name = hash_store::segment_name(number as u64);
        fs::hard_link(found.last().unwrap(), many.path().join(name)).unwrap();
    }
    // In a process of its own: whatever it opens, it leaves the others their files.
    for command in ["read", "open"] {
        let start = Instant::now();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fault-child"));
        let output = child.arg(command).arg(many.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("ok 2") || text.starts_with("E-"),
            "{command}: {text}"
        );
        assert!(start.elapsed() < Duration::from_secs(60), "{command}");
    }
}

#[test]
fn fault_27_payloads_of_every_shape() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &["a"]);
    fill(&store, &["a"], &[2]);
    let nested = fs::read(&segments(&home)[0]).unwrap();
    let mut magics = Vec::new();
    for magic in [
        &b"BEGN"[..],
        b"ZMAP",
        b"TAIL",
        b"LDGFOOTR",
        b"LCB1",
        b"TILE",
    ] {
        magics.extend_from_slice(&magic.repeat(200));
    }
    let first = store.snapshot().ledger("a").unwrap().size().0;
    let shapes = [
        Vec::new(),
        vec![0],
        vec![0; 5000],
        vec![0xff; 5000],
        nested[4096..8192].to_vec(),
        magics,
        vec![7; ledger::ENTRY_LEN_MAX],
    ];
    // An empty batch is a commit like any other.
    store
        .commit(store.batch().seal(1 << 41, b"").unwrap())
        .unwrap();
    for shape in &shapes {
        let mut batch = store.batch();
        batch.append("a", shape).unwrap();
        store
            .commit(
                batch
                    .seal(1 << 41, shape.get(..100).unwrap_or(shape))
                    .unwrap(),
            )
            .unwrap();
    }
    let mut too_long = store.batch();
    let refused = too_long
        .append("a", vec![0; ledger::ENTRY_LEN_MAX + 1])
        .unwrap_err();
    assert_eq!(refused.code(), "E-ENTRY-TOO-LARGE");
    // The first batch of the nested segment is damaged: what lies nested is not taken for it.
    let killed = copy(&home);
    ledger_tests::store::edit(&segments(killed.path())[0], |bytes| bytes[4096] ^= 1);
    for dir in [&home, killed.path()] {
        let reader = Reader::open(dir).unwrap();
        let snapshot = reader.snapshot();
        let view = snapshot.ledger("a").unwrap();
        assert_eq!(view.size().0, first + shapes.len() as u64);
        for (index, shape) in (first..).zip(&shapes) {
            assert!(view.entry(LeafIndex(index)).unwrap() == *shape, "{index}");
        }
    }
}

#[test]
fn fault_32_time_never_runs_backwards_and_no_clock_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"), &["a"]);
    for time in [0, 0, u64::MAX - 1, u64::MAX - 1, u64::MAX] {
        store
            .commit(store.batch().seal(time, b"").unwrap())
            .unwrap();
    }
    for time in [0, u64::MAX - 1] {
        let error = store.batch().seal(time, b"").unwrap_err();
        assert!(matches!(error, Error::TimeRunsBackwards { .. }), "{error}");
    }
    // Nothing in the libraries asks for the time or the zone.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = 0;
    for library in ["hash-store", "merkle-log", "patricia-state", "ledger"] {
        for (name, bytes) in ledger_tests::store::files(&root.join(library).join("src")) {
            let text = String::from_utf8(bytes).unwrap();
            for clock in ["SystemTime::now", "Instant::now", "env::var"] {
                assert!(!text.contains(clock), "{library}/{name}: {clock}");
            }
            files += 1;
        }
    }
    assert!(files > 80);
}
