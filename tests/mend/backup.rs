//! Copies of a store: made beside a writer, continued, cut short, brought back, refused.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use hash_store::sim::{Choice, Fault, FaultKind, OpKind, SimStorage};
use hash_store::{FileStorage, MemStorage, Storage};
use ledger::{Error, Keep, Level, Reader, Snapshot, Store, Verdict, verify};
use ledger_tests::store::{edit, files};

use super::stores::{content, create, fill, options};

fn storage(dir: &Path) -> Arc<dyn Storage> {
    Arc::new(FileStorage::new(dir))
}

fn is_verified(dir: &Path) -> bool {
    let report = verify(storage(dir), Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.findings, [], "{}", dir.display());
    report.verdict == Verdict::Verified
}

#[test]
fn a_backup_is_a_store_grows_with_its_source_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let [source, copy, back] = ["source", "copy", "back"].map(|name| dir.path().join(name));
    let store = create(&source, "net");
    let mut before = None;
    for last in [0, 1, 30, 31, 90, 200] {
        fill(&store, before.map_or(1, |height| height + 1)..=last);
        let snapshot = store.snapshot();
        let made = store.backup(&storage(&copy)).unwrap();
        assert_eq!((made.height, made.height_before), (last, before));
        assert_eq!(made.audit_root, snapshot.audit().root());
        before = Some(last);
        // What comes after is in the next copy.
        if last > 0 {
            store.attach(last, 9, b"later").unwrap();
        }
        let reader = Reader::open(&copy).unwrap();
        assert!(reader.problem().is_none());
        assert_eq!(reader.durability(), ledger::Durability::Durable);
        assert_eq!(content(&reader.snapshot()), content(&snapshot));
        assert!(is_verified(&copy));
    }
    let root = store.snapshot().audit().root();
    let copied = Reader::open(&copy).unwrap();
    let report = copied.restore(&storage(&back), Some((200, root)), options(), &mut |_| true);
    assert_eq!(report.unwrap().verdict, Verdict::Verified);
    let back = Store::open(&back, options()).unwrap();
    assert!(back.report().clean);
    assert_eq!(content(&back.snapshot()), content(&copied.snapshot()));
    fill(&back, 201..=203);
    fill(&store, 201..=203);
    assert_eq!(
        back.snapshot().audit().root(),
        store.snapshot().audit().root()
    );
}

/// Which states are kept, and that they are.
fn kept(snapshot: &Snapshot) -> (u64, Vec<u64>) {
    let kept = snapshot.kept("domain").unwrap();
    for height in 1..=snapshot.height() {
        let state = snapshot.at_height(height).and_then(|at| at.state("domain"));
        match state {
            Ok(state) => {
                let recorded = snapshot.commit(height).unwrap().body;
                let recorded = recorded.ledger("domain").unwrap().state_root;
                assert!(kept.holds(height) && state.root() == recorded);
            }
            Err(error) => assert!(
                !kept.holds(height) && error.code() == "E-DROPPED",
                "{error}"
            ),
        }
    }
    (kept.oldest(), kept.keep().single_heights().collect())
}

#[test]
fn a_copy_keeps_the_states_that_its_source_keeps() {
    let dir = tempfile::tempdir().unwrap();
    let [source, copy, back] = ["source", "copy", "back"].map(|name| dir.path().join(name));
    let store = create(&source, "net");
    let last = |heights| Keep::last(NonZeroU64::new(heights).unwrap());
    fill(&store, 1..=40);
    store.prune("domain", &last(5).and([7])).unwrap();
    store.backup(&storage(&copy)).unwrap();
    let of_copy = || kept(&Reader::open(&copy).unwrap().snapshot());
    assert_eq!(of_copy(), (36, vec![7]));
    // A reader that is behind what its writer keeps by now copies what it sees.
    let behind = Reader::open(&source).unwrap();
    fill(&store, 41..=60);
    store.prune("domain", &last(3).and([7])).unwrap();
    behind.backup(&storage(&copy)).unwrap();
    assert_eq!(of_copy(), (40, vec![7]));
    store.set_keep("domain", last(9)).unwrap();
    store.backup(&storage(&copy)).unwrap();
    assert_eq!(of_copy(), (58, vec![]));
    assert!(is_verified(&copy));
    let copied = Reader::open(&copy).unwrap();
    copied
        .restore(&storage(&back), None, options(), &mut |_| true)
        .unwrap();
    let restored = Store::open(&back, options()).unwrap();
    assert_eq!(kept(&restored.snapshot()), (58, vec![]));
    assert_eq!(
        restored.snapshot().kept("domain").unwrap(),
        store.snapshot().kept("domain").unwrap()
    );
    assert!(is_verified(&back));
    // Where nothing tells what the source keeps there is no copy.
    store.close().unwrap();
    edit(&source.join("domain/kept"), |bytes| bytes[4100] ^= 1);
    let reader = Reader::open(&source).unwrap();
    let refused = reader.backup(&storage(&dir.path().join("no"))).unwrap_err();
    assert_eq!(refused.code(), "E-KEPT");
    assert_eq!(refused.damage().unwrap().file, "domain/kept");
    assert!(Reader::open(dir.path().join("no")).is_err());
}

#[test]
fn a_copy_of_another_store_or_of_another_future_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, copy, elsewhere] = ["a", "b", "copy", "elsewhere"].map(|name| dir.path().join(name));
    let (first, second) = (create(&a, "net"), create(&b, "net"));
    fill(&first, 1..=20);
    fill(&second, 1..=20);
    first.backup(&storage(&copy)).unwrap();
    let before = files(&copy);
    let refused = second.backup(&storage(&copy)).unwrap_err();
    assert_eq!(refused.code(), "E-NOT-A-COPY", "{refused}");
    assert!(refused.to_string().contains("another store"), "{refused}");
    // The copy is written on as a store of its own, and so parts from its source.
    let reader = Reader::open(&copy).unwrap();
    reader
        .restore(&storage(&elsewhere), None, options(), &mut |_| true)
        .unwrap();
    let parted = Store::open(&elsewhere, options()).unwrap();
    fill(&parted, 21..=21);
    parted.attach(3, 1, b"only here").unwrap();
    fill(&first, 21..=60);
    let refused = first.backup(&storage(&elsewhere)).unwrap_err();
    assert_eq!(refused.code(), "E-LOCKED", "{refused}");
    drop(parted);
    let refused = first.backup(&storage(&elsewhere)).unwrap_err();
    assert_eq!(refused.code(), "E-NOT-A-COPY", "{refused}");
    assert_eq!(files(&copy), before);
    // Something else altogether.
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("notes.txt"), "mine").unwrap();
    let refused = first.backup(&storage(&other)).unwrap_err();
    assert_eq!(refused.code(), "E-NOT-EMPTY", "{refused}");
    assert_eq!(std::fs::read(other.join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn an_altered_or_torn_copy_is_not_restored() {
    let dir = tempfile::tempdir().unwrap();
    let [source, copy] = ["source", "copy"].map(|name| dir.path().join(name));
    let store = create(&source, "net");
    fill(&store, 1..=60);
    let root = store.snapshot().audit().root();
    store.backup(&storage(&copy)).unwrap();
    let bring_back = |to: &str, expected| {
        let reader = Reader::open(&copy)?;
        let to = storage(&dir.path().join(to));
        reader.restore(&to, expected, options(), &mut |_| true)
    };
    // A root that the operator knows, and another one.
    let refused = bring_back(
        "r1",
        Some((60, store.batch().seal(99_000, b"").unwrap().audit_root())),
    );
    assert!(matches!(refused, Err(Error::WrongRoot { height: 60, .. })));
    assert!(!dir.path().join("r1").exists());
    bring_back("r2", Some((60, root))).unwrap();
    let segments = std::fs::read_dir(copy.join("log")).unwrap();
    let mut segments: Vec<_> = segments.map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    assert!(segments.len() > 3);
    // One flipped bit in each segment, then the last one cut, then one missing.
    for (n, segment) in segments.iter().enumerate() {
        let flipped = std::fs::read(segment).unwrap();
        edit(segment, |bytes| bytes[4096 + 700] ^= 4);
        let refused = bring_back(&format!("flip{n}"), None);
        assert!(refused.is_err(), "{}", segment.display());
        let made = dir.path().join(format!("flip{n}"));
        assert!(Store::open(&made, options()).is_err());
        edit(segment, |bytes| bytes.copy_from_slice(&flipped));
    }
    let last = segments.last().unwrap();
    let whole = std::fs::read(last).unwrap();
    edit(last, |bytes| bytes.truncate(8192));
    assert!(bring_back("cut", None).is_err());
    edit(last, |bytes| *bytes = whole);
    std::fs::remove_file(&segments[1]).unwrap();
    assert!(bring_back("hole", None).is_err());
}

#[test]
fn a_damaged_source_gives_no_backup() {
    let dir = tempfile::tempdir().unwrap();
    let [source, copy] = ["source", "copy"].map(|name| dir.path().join(name));
    let store = create(&source, "net");
    fill(&store, 1..=60);
    store.close().unwrap();
    edit(&source.join("log/0000000000000001.seg"), |bytes| {
        bytes[5000] ^= 1;
    });
    let reader = Reader::open(&source).unwrap();
    let refused = reader.backup(&storage(&copy)).unwrap_err();
    assert!(refused.damage().is_some(), "{refused}");
    assert!(matches!(
        Reader::open(&copy).unwrap_err(),
        Error::Log(hash_store::Error::NotAStore { .. })
    ));
}

/// A log that ends early, or a tail that is no batch: what is left would be a shorter store.
#[test]
fn a_source_that_lost_its_end_gives_no_backup() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    let store = create(&source, "net");
    fill(&store, 1..=60);
    let last = store.snapshot().commit(59).unwrap().position;
    store.close().unwrap();
    edit(
        &source.join(hash_store::segment_name(last.segment())),
        |bytes| {
            bytes[usize::try_from(last.offset()).unwrap()..].fill(0);
        },
    );
    fs::remove_file(source.join("tip")).unwrap();
    let reader = Reader::open(&source).unwrap();
    let copy = storage(&dir.path().join("copy"));
    let refused = reader.backup(&copy).unwrap_err();
    assert!(matches!(refused, Error::DamagedSource { .. }), "{refused}");
    let refused = reader.restore(&copy, None, options(), &mut |_| true);
    assert!(matches!(refused, Err(Error::DamagedSource { .. })));
    assert!(!dir.path().join("copy").exists());
}

/// What was there before is taken over only where a copy left it: its log, and what is kept.
#[test]
fn what_an_earlier_try_left_is_completed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("source"), "net");
    fill(&store, 1..=60);
    for links in [false, true] {
        let copy = dir.path().join(format!("copy-{links}"));
        fs::create_dir_all(copy.join("log")).unwrap();
        fs::create_dir_all(copy.join("domain")).unwrap();
        for file in ["log/0000000000000000.seg", "domain/kept.next", "SUPER.next"] {
            fs::write(copy.join(file), "half").unwrap();
        }
        let made = |to: &Path| match links {
            false => store.backup(&storage(to)),
            true => store.backup_with_links(&storage(to)),
        };
        assert_eq!(made(&copy).unwrap().height, 60);
        assert!(is_verified(&copy));
        // Sealed segments do not change any more.
        let mut names: Vec<_> = fs::read_dir(copy.join("log")).unwrap().collect();
        names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
        let sealed = names.iter().map(|entry| entry.as_ref().unwrap().metadata());
        let sealed: Vec<bool> = sealed
            .map(|found| found.unwrap().permissions().readonly())
            .collect();
        let (open, full) = sealed.split_last().unwrap();
        assert!(!open && full.iter().all(|sealed| *sealed), "{sealed:?}");

        let other = dir.path().join(format!("other-{links}"));
        fs::create_dir_all(other.join("domain")).unwrap();
        fs::write(other.join("domain/mine"), "mine").unwrap();
        assert_eq!(made(&other).unwrap_err().code(), "E-NOT-EMPTY");
    }
}

/// The disk that takes the copy loses a write, or puts it elsewhere, and says nothing: the cache
/// shows the copy whole, and what the disk holds is what counts.
#[test]
fn a_copy_is_verified_as_the_disk_holds_it() {
    let source: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = super::stores::create_in(source, 1, options());
    fill(&store, 1..=20);
    let run = |fault: Option<(u64, FaultKind)>| {
        let disk = SimStorage::new();
        disk.record_ops();
        if let Some((op, kind)) = fault {
            disk.inject(Fault {
                op,
                kind,
                sticky: false,
            });
        }
        let to: Arc<dyn Storage> = Arc::new(disk.clone());
        let made = store.backup(&to);
        (disk, made)
    };
    let (disk, made) = run(None);
    assert_eq!(made.unwrap().height, 20);
    let mut lied = 0;
    for op in disk.take_ops() {
        if op.kind != OpKind::Write || !op.name.starts_with("log/") {
            continue;
        }
        lied += 1;
        let (disk, made) = run(Some((op.number, FaultKind::LostWrite)));
        if made.is_ok() {
            let cut: Arc<dyn Storage> = Arc::new(disk.here().image(Choice::None));
            let report = verify(cut, Level::Full, &mut |_| true).unwrap();
            assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
        }
    }
    assert!(lied > 2, "{lied}");
}

/// A backup that is cut off at any operation, with whatever the disk kept, is no store, or the copy
/// that was there before, or the new one; and doing it again completes it.
#[test]
fn a_backup_cut_off_at_any_operation_is_completed_by_the_next() {
    let source: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let specs = [ledger::LedgerSpec::with_state(
        "domain".parse().unwrap(),
        ledger::TreeType::Sha256,
        ledger::StateSuite::Blake3,
    )];
    let store =
        Store::create_in(source, [7; 16], "net".parse().unwrap(), &specs, options()).unwrap();
    let commits = |heights: std::ops::RangeInclusive<u64>| {
        for height in heights {
            let mut batch = store.batch();
            batch.append("domain", [height as u8; 300]).unwrap();
            batch.put("domain", height.to_le_bytes(), b"value").unwrap();
            store.commit(batch.seal(height, b"").unwrap()).unwrap();
        }
        store.snapshot()
    };
    let disk = SimStorage::new();
    disk.record_points();
    let to: Arc<dyn Storage> = Arc::new(disk.clone());
    let prune = |heights| {
        let keep = Keep::last(NonZeroU64::new(heights).unwrap()).and([2]);
        store.prune("domain", &keep).unwrap().after
    };
    commits(1..=8);
    let first = prune(3);
    store.backup(&to).unwrap();
    commits(9..=24);
    let last = prune(4);
    let second = store.snapshot();
    store.backup(&to).unwrap();
    let mut images = 0;
    for point in disk.take_points() {
        for choice in point.choices(3, 2) {
            let to: Arc<dyn Storage> = Arc::new(point.image(choice));
            match Reader::open_in(Arc::clone(&to), Arc::new(MemStorage::new())) {
                Ok(reader) => {
                    let found = reader.snapshot();
                    let height = found.height();
                    assert!((8..=24).contains(&height), "{height}");
                    let expected = second.at_height(height).unwrap();
                    assert_eq!(found.audit().root(), expected.audit().root());
                    // It keeps what its source did at that height, or more.
                    let kept = found.kept("domain").unwrap();
                    assert!(kept == first || height == 24 && kept == last, "{kept:?}");
                }
                Err(Error::Log(
                    hash_store::Error::NotAStore { .. } | hash_store::Error::NoSuperblock(_),
                )) => {}
                Err(error) => panic!("{error}"),
            }
            let made = store.backup(&to).unwrap();
            assert_eq!((made.height, made.audit_root), (24, second.audit().root()));
            let reader = Reader::open_in(Arc::clone(&to), Arc::new(MemStorage::new())).unwrap();
            assert_eq!(reader.snapshot().kept("domain").unwrap(), last);
            if images % 16 == 0 {
                assert_eq!(kept(&reader.snapshot()), (21, vec![2]));
            }
            let report = verify(to, Level::Full, &mut |_| true).unwrap();
            assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
            images += 1;
        }
    }
    assert!(images > 100, "{images} images");
}

/// Hard links only where they were asked for, and only of segments that never change again.
#[test]
fn sealed_segments_are_shared_only_on_request() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let [source, plain, linked] = ["s", "plain", "linked"].map(|name| dir.path().join(name));
    let store = create(&source, "test-net");
    fill(&store, 1..=60);
    let links = |dir: &Path| {
        let mut names: Vec<_> = fs::read_dir(dir.join("log")).unwrap().collect();
        names.sort_by_key(|entry| entry.as_ref().unwrap().file_name());
        let links = names
            .into_iter()
            .map(|entry| entry.unwrap().metadata().unwrap().nlink());
        links.collect::<Vec<u64>>()
    };
    assert_eq!(store.backup(&storage(&plain)).unwrap().linked, 0);
    assert!(links(&plain).iter().all(|links| *links == 1));
    let copied = store.backup_with_links(&storage(&linked)).unwrap();
    assert!(copied.linked >= 3, "{copied:?}");
    let shared = links(&linked);
    let (last, sealed) = shared.split_last().unwrap();
    assert_eq!(*last, 1, "the last one goes on growing");
    assert!(sealed.iter().all(|links| *links == 2), "{shared:?}");
    let all = store.backup(&storage(&dir.path().join("all"))).unwrap();
    assert!(copied.bytes < all.bytes, "{copied:?} {all:?}");

    // It grows as any copy does; the source's commits do not reach into it.
    fill(&store, 61..=100);
    assert!(is_verified(&linked));
    let height = Reader::open(&linked).unwrap().snapshot().height();
    assert_eq!(height, 60);
    let more = store.backup_with_links(&storage(&linked)).unwrap();
    assert_eq!((more.height_before, more.height), (Some(60), 100));
    assert!(is_verified(&linked));
    let restored = dir.path().join("restored");
    let reader = Reader::open(&linked).unwrap();
    let report = reader
        .restore(&storage(&restored), None, options(), &mut |_| true)
        .unwrap();
    assert_eq!(report.verdict, Verdict::Verified);
    assert!(links(&restored).iter().all(|links| *links == 1));

    // Where there can be no links the bytes are copied.
    let memory: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let copied = store.backup_with_links(&memory).unwrap();
    assert_eq!((copied.linked, copied.height), (0, 100));
}
