//! Cases 19, 23 and 24: the files beside the log, and files that are not what they should be.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use hash_store::sim::{Fault, FaultKind, OpKind, SimStorage};
use hash_store::{FileKind, MemStorage, Seed};
use ledger::{Reader, Store};
use ledger_tests::lab::oracle::holds;
use ledger_tests::lab::workload::{Event, open, perform};
use ledger_tests::store::{copy, create, edit, entry, fill, options};
use merkle_log::LeafIndex;

use super::{closed, commit, refused};

const UUID: [u8; 16] = [7; 16];

#[test]
fn fault_19_superblocks_bad_equal_or_rolled_back() {
    let mut events = vec![commit(&[10]), commit(&[20])];
    let early = closed(events.clone());
    events.extend([
        Event::Reopen,
        commit(&[30]),
        Event::Watermark,
        commit(&[40]),
    ]);
    let built = closed(events);
    let flip = |name: &'static str| built.with(name, |bytes| bytes[100] ^= 1);
    // One bad: the other one counts, and the log tells the rest.
    for name in ["SUPER.0", "SUPER.1"] {
        let disk = flip(name);
        let store = open(&disk).unwrap();
        assert_eq!(store.report().superblock.as_ref().unwrap().file, name);
        holds(&store.snapshot(), built.whole()).unwrap();
        let disk = built.without(name);
        holds(&open(&disk).unwrap().snapshot(), built.whole()).unwrap();
    }
    let both = flip("SUPER.0");
    both.put_bytes("SUPER.1", flip("SUPER.1").bytes("SUPER.1"));
    assert_eq!(refused(&both).code(), "E-SUPERBLOCK");
    // Not even so is it what an unfinished creation leaves: there are commits.
    both.put_bytes("SUPER.0", Some(Vec::new()));
    assert_eq!(refused(&both).code(), "E-SUPERBLOCK");
    let taken = super::tiny().create(&both).unwrap_err();
    assert_eq!(taken.code(), "E-NOT-EMPTY");
    let mended = both.here().killed();
    mended.put_bytes("SUPER.1", built.disk.bytes("SUPER.1"));
    holds(&open(&mended).unwrap().snapshot(), built.whole()).unwrap();
    // Two of one generation, and one brought back from earlier: the log says what is committed.
    let generation = |bytes: &mut Vec<u8>, to: &[u8]| {
        bytes[64..72].copy_from_slice(to);
        mend_superblock(bytes);
    };
    let newer = built.disk.bytes("SUPER.0").unwrap();
    let equal = built.with("SUPER.1", |bytes| generation(bytes, &newer[64..72]));
    holds(&open(&equal).unwrap().snapshot(), built.whole()).unwrap();
    for name in ["SUPER.0", "SUPER.1"] {
        let old = built.copy();
        old.put_bytes(name, early.disk.bytes(name));
        holds(&open(&old).unwrap().snapshot(), built.whole()).unwrap();
    }
    let all_old = built.copy();
    for name in ["SUPER.0", "SUPER.1"] {
        all_old.put_bytes(name, early.disk.bytes(name));
    }
    let store = open(&all_old).unwrap();
    assert!(!store.report().clean);
    holds(&store.snapshot(), built.whole()).unwrap();
}

/// Makes the check of `SUPER.1` right again (FORMAT.md section 9).
fn mend_superblock(bytes: &mut [u8]) {
    let len = u32::from_le_bytes(bytes[76..80].try_into().unwrap());
    let end = usize::try_from(len).unwrap() - 4;
    let seed = Seed {
        uuid: UUID,
        kind: FileKind::Superblock,
        number: 1,
    };
    let check = seed.check(0, &[&bytes[..end]]);
    bytes[end..end + 4].copy_from_slice(&check.to_le_bytes());
}

#[test]
fn fault_23_indexes_missing_corrupt_or_stale_are_made_anew() {
    let mut events = vec![commit(&[10]), Event::Attach(0, 9), commit(&[20])];
    let early = closed(events.clone());
    events.extend([commit(&[30]), Event::Attach(0, 7), commit(&[40])]);
    let built = closed(events);
    for file in ["a/entries", "audit/heights", "audit/attachments"] {
        let bytes = built.disk.bytes(file).unwrap();
        let mut cases = vec![
            ("missing", None),
            ("empty", Some(Vec::new())),
            ("a header alone", Some(bytes[..4096].to_vec())),
            ("stale", early.disk.bytes(file)),
            ("no header", Some(vec![0; bytes.len()])),
        ];
        for slot in 0..(bytes.len() - 4096) / 8 {
            for (what, byte) in [("zero", 0), ("all ones", 0xff)] {
                let mut damaged = bytes.clone();
                damaged[4096 + 8 * slot..4104 + 8 * slot].fill(byte);
                cases.push((what, Some(damaged)));
            }
        }
        for (what, changed) in cases {
            let disk = built.copy();
            disk.put_bytes(file, changed);
            let reader = Reader::open_in(
                std::sync::Arc::new(disk.clone()),
                std::sync::Arc::new(MemStorage::new()),
            );
            holds(&reader.unwrap().snapshot(), built.whole())
                .unwrap_or_else(|e| panic!("{file} {what}: reader: {e}"));
            let store = open(&disk).unwrap();
            holds(&store.snapshot(), built.whole())
                .unwrap_or_else(|e| panic!("{file} {what}: {e}"));
            let is_short =
                file == "audit/attachments" && matches!(what, "stale" | "a header alone");
            if is_short || matches!(what, "missing" | "empty" | "no header") {
                assert!(store.report().rebuilt, "{file} {what}");
                store.close().unwrap();
                assert_eq!(disk.bytes(file).unwrap(), bytes, "{file} {what}");
            }
        }
    }
}

/// A write to a derived file that fails costs no commit; but the file is behind from then on, and no
/// reader and no later opening takes it for whole.
#[test]
fn fault_23_what_could_not_be_written_is_not_believed() {
    let events = vec![
        commit(&[10]),
        Event::Attach(0, 9),
        commit(&[20, 30]),
        Event::Attach(1, 7),
        Event::Attach(0, 8),
    ];
    let workload = super::workload(events);
    let model = workload.model();
    let run = |failing: Option<u64>| {
        let disk = SimStorage::new();
        let store = workload.create(&disk).unwrap();
        disk.record_ops();
        if let Some(op) = failing {
            let (sticky, kind) = (false, FaultKind::Error);
            disk.inject(Fault { op, sticky, kind });
        }
        for event in &workload.events {
            perform(&store, event).unwrap();
        }
        holds(&store.snapshot(), super::exactly(&model)).unwrap();
        let reader = Reader::open_in(Arc::new(disk.clone()), Arc::new(MemStorage::new()));
        holds(&reader.unwrap().snapshot(), super::exactly(&model)).unwrap();
        let ops = disk.take_ops();
        store.close().unwrap();
        assert_eq!(disk.heal().len(), failing.iter().count());
        let store = open(&disk).unwrap();
        assert_eq!(store.report().rebuilt, failing.is_some());
        holds(&store.snapshot(), super::exactly(&model)).unwrap();
        ops
    };
    let mut failed = 0;
    for op in run(None) {
        let is_derived = op.name.starts_with("a/") || op.name.starts_with("audit/");
        if is_derived && op.kind == OpKind::Write {
            run(Some(op.number));
            failed += 1;
        }
    }
    assert!(failed >= 13, "{failed}");
}

/// Files that are no files, of other formats, or mangled on the way: a typed error or the right
/// answer, and never a wait.
#[test]
fn fault_24_formats_features_and_things_that_are_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home, &["a"]);
    fill(&store, &["a"], &[3, 40]);
    let size = store.snapshot().ledger("a").unwrap().size().0;
    store.close().unwrap();
    let mend = |bytes: &mut Vec<u8>, seed: &Seed| {
        let check = seed.check(0, &[&bytes[..4092]]);
        bytes[4092..4096].copy_from_slice(&check.to_le_bytes());
    };
    let uuid: [u8; 16] = fs::read(home.join("SUPER.0")).unwrap()[40..56]
        .try_into()
        .unwrap();
    let seed = Seed {
        uuid,
        kind: FileKind::Segment,
        number: 0,
    };
    let segment = "log/0000000000000000.seg";
    for (at, writing, code) in [
        (12, true, "E-FORMAT-VERSION"),
        (16, true, "E-FEATURES"),
        (24, false, "E-FEATURES"),
    ] {
        let changed = copy(&home);
        edit(&changed.path().join(segment), |bytes| {
            bytes[at] ^= 0x40;
            mend(bytes, &seed);
        });
        // The clean open does not look into sealed segments: reading the entry does.
        let read = Reader::open(changed.path()).and_then(|reader| {
            let snapshot = reader.snapshot();
            snapshot.ledger("a")?.entry(LeafIndex(0))
        });
        let open = Store::open(changed.path(), options()).and_then(|store| {
            let snapshot = store.snapshot();
            snapshot.ledger("a")?.entry(LeafIndex(0))
        });
        assert_eq!(open.unwrap_err().code(), code, "byte {at}");
        match read {
            // Unknown features that forbid only writing do not keep anyone from reading.
            Ok(bytes) => assert_eq!((bytes, writing), (entry("a", 0), false)),
            Err(error) => assert_eq!((error.code(), writing), (code, true), "byte {at}"),
        }
    }
    type Change = (&'static str, fn(&Path));
    let changes: [Change; 8] = [
        ("empty", |path| fs::write(path, b"").unwrap()),
        ("one byte", |path| fs::write(path, b"\x89").unwrap()),
        ("no CR before LF", |path| {
            edit(path, |bytes| {
                bytes.remove(4);
            });
        }),
        ("a folder", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("a pipe", |path| {
            fs::remove_file(path).unwrap();
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)
                .unwrap();
        }),
        ("a link to nothing", |path| {
            fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/nonexistent", path).unwrap();
        }),
        ("a link to a folder", |path| {
            fs::remove_file(path).unwrap();
            std::os::unix::fs::symlink("/", path).unwrap();
        }),
        ("big-endian magic", |path| {
            edit(path, |bytes| bytes[..8].reverse());
        }),
    ];
    for (name, _) in ledger_tests::store::files(&home) {
        for (what, change) in changes {
            let changed = copy(&home);
            change(&changed.path().join(&name));
            let what = format!("{name}: {what}");
            for read in [true, false] {
                let snapshot = if read {
                    Reader::open(changed.path()).map(|reader| reader.snapshot())
                } else {
                    Store::open(changed.path(), options()).map(|store| store.snapshot())
                };
                let Ok(snapshot) = snapshot else { continue };
                let Ok(view) = snapshot.ledger("a") else {
                    continue;
                };
                assert_eq!(view.size().0, size, "{what}");
                for index in 0..size {
                    if let Ok(bytes) = view.entry(LeafIndex(index)) {
                        assert_eq!(bytes, entry("a", index), "{what}");
                    }
                }
            }
        }
    }
}
