//! Going back to an earlier height: all layers together, at once, with the old bytes kept.

use std::path::Path;
use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{FileStorage, MemStorage, Storage};
use ledger::mend::{plan_truncation, truncate};
use ledger::{Error, LedgerSpec, Level, Reader, StateSuite, Store, TreeType, Verdict, verify};
use ledger_tests::store::{edit, files};

use super::stores::{content, create, fill, options};

fn storage(dir: &Path) -> Arc<dyn Storage> {
    Arc::new(FileStorage::new(dir))
}

#[test]
fn a_store_taken_back_is_the_store_that_never_went_further() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let store = create(&whole, "net");
    fill(&store, 1..=60);
    store.close().unwrap();
    for height in [0, 1, 4, 5, 29, 59, 60] {
        let cut = ledger_tests::store::copy(&whole);
        let before = files(cut.path());
        let plan = plan_truncation(&storage(cut.path()), height).unwrap();
        assert_eq!((plan.height, plan.height_before), (height, 60));
        assert_eq!(plan.kept_in, None);
        assert_eq!(files(cut.path()), before, "a plan writes nothing");
        // A reader that looks on keeps what it has.
        let reader = Reader::open(cut.path()).unwrap();
        let (old, snapshot) = (content(&reader.snapshot()), reader.snapshot());

        let (done, report) = truncate(&storage(cut.path()), height, options()).unwrap();
        assert_eq!(done.height, height);
        assert_eq!(done.audit_root, plan.audit_root);
        assert!(report.torn.is_none() && report.rebuilt);
        assert_eq!(content(&snapshot), old);
        reader.refresh().unwrap();
        assert_eq!(reader.snapshot().height(), height);

        // Every segment that held what went is kept as it was.
        let kept = cut.path().join(done.kept_in.unwrap());
        let kept = files(&kept);
        assert!(!kept.is_empty());
        for (name, bytes) in kept {
            let was = before.iter().find(|(old, _)| *old == format!("log/{name}"));
            assert_eq!(&bytes, &was.unwrap().1, "{name}");
        }
        let verified = verify(storage(cut.path()), Level::Full, &mut |_| true).unwrap();
        assert_eq!(
            (verified.verdict, &verified.findings[..]),
            (Verdict::Verified, &[][..])
        );

        let reference = dir.path().join(format!("reference-{height}"));
        let reference = create(&reference, "net");
        fill(&reference, 1..=height);
        let store = Store::open(cut.path(), options()).unwrap();
        assert!(store.report().clean);
        assert_eq!(content(&store.snapshot()), content(&reference.snapshot()));
        assert_eq!(store.snapshot().audit().root(), done.audit_root);
        fill(&reference, height + 1..=height + 20);
        fill(&store, height + 1..=height + 20);
        assert_eq!(content(&store.snapshot()), content(&reference.snapshot()));
    }
    let refused = plan_truncation(&storage(&whole), 61).unwrap_err();
    assert!(matches!(
        refused,
        Error::NoSuchHeight {
            asked: 61,
            last: 60
        }
    ));
}

#[test]
fn damage_behind_the_height_goes_with_the_rest_and_damage_before_it_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(dir.path(), "net");
    fill(&store, 1..=60);
    let (at_20, at_40) = {
        let snapshot = store.snapshot();
        let place = |height| snapshot.commit(height).unwrap().position;
        (place(20), place(40))
    };
    let good = content(&store.snapshot().at_height(39).unwrap());
    store.close().unwrap();
    let segment =
        |at: hash_store::Position| dir.path().join(hash_store::segment_name(at.segment()));
    let flip = |at: hash_store::Position| {
        let offset = usize::try_from(at.offset()).unwrap() + 200;
        edit(&segment(at), |bytes| bytes[offset] ^= 1);
    };
    flip(at_40);
    assert!(matches!(
        truncate(&storage(dir.path()), 40, options()).unwrap_err().damage(),
        Some(damage) if damage.file == hash_store::segment_name(at_40.segment())
    ));
    // Damage nearer than the height asked for: nothing is written, not even with a later one.
    flip(at_20);
    let before = files(dir.path());
    let refused = truncate(&storage(dir.path()), 39, options()).unwrap_err();
    assert_eq!(
        refused.damage().unwrap().file,
        hash_store::segment_name(at_20.segment())
    );
    assert_eq!(files(dir.path()), before);
    flip(at_20);
    let (done, _) = truncate(&storage(dir.path()), 39, options()).unwrap();
    assert_eq!(done.height, 39);
    let store = Store::open(dir.path(), options()).unwrap();
    assert_eq!(store.snapshot().height(), 39);
    let mut expected = good;
    // Attachments that came later are gone with the log they stood in.
    let found = content(&store.snapshot());
    expected.retain(|piece| found.contains(piece));
    assert_eq!(found, expected);
    drop(store);
    let verified = verify(storage(dir.path()), Level::Full, &mut |_| true).unwrap();
    assert_eq!(verified.verdict, Verdict::Verified);
}

/// Ledgers that were declared later are gone, and a damaged declaration is not one of these; a store
/// that was cut, and not opened since, ends where it was cut.
#[test]
fn declarations_stay_or_go_with_their_heights() {
    let disk = SimStorage::new();
    let to: Arc<dyn Storage> = Arc::new(disk.clone());
    let spec = |name: &str| LedgerSpec::log(name.parse().unwrap(), TreeType::Sha256);
    let network = "net".parse().unwrap();
    let specs = [spec("domain")];
    let store = Store::create_in(Arc::clone(&to), [7; 16], network, &specs, options()).unwrap();
    for height in 1..=9 {
        if height == 6 {
            store.declare(spec("late")).unwrap();
        }
        let mut batch = store.batch();
        batch.append("domain", [7; 300]).unwrap();
        store.commit(batch.seal(height, b"").unwrap()).unwrap();
    }
    store.close().unwrap();

    let damaged = disk.here().killed();
    let first = "log/0000000000000000.seg";
    let mut bytes = damaged.bytes(first).unwrap();
    bytes[4096 + 110] ^= 1;
    damaged.put_bytes(first, Some(bytes));
    let refused = truncate(&(Arc::new(damaged) as Arc<dyn Storage>), 0, options());
    assert!(refused.unwrap_err().damage().is_some());

    disk.record_points();
    truncate(&to, 4, options()).unwrap();
    let mut cut = 0;
    for point in disk.take_points() {
        let image = point.killed();
        let superblock = hash_store::Superblocks::read(&image).unwrap().current;
        if !superblock.cut {
            continue;
        }
        assert_eq!(superblock.ledgers.len(), 1);
        let image: Arc<dyn Storage> = Arc::new(image);
        let beyond = plan_truncation(&image, 5).unwrap_err();
        assert!(matches!(beyond, Error::NoSuchHeight { asked: 5, last: 4 }));
        assert_eq!(plan_truncation(&image, 3).unwrap().height, 3);
        cut += 1;
    }
    assert!(cut > 3, "{cut}");
    let store = Store::open_in(to, options()).unwrap();
    assert_eq!(store.snapshot().ledgers().len(), 1);
    store.declare(spec("late")).unwrap();
}

#[test]
fn a_store_with_a_writer_is_not_cut() {
    let dir = tempfile::tempdir().unwrap();
    let store = create(dir.path(), "net");
    fill(&store, 1..=5);
    let refused = truncate(&storage(dir.path()), 2, options()).unwrap_err();
    assert_eq!(refused.code(), "E-LOCKED");
    assert_eq!(plan_truncation(&storage(dir.path()), 2).unwrap().height, 2);
    fill(&store, 6..=7);
}

/// Cut off at any operation, with whatever the disk kept: the store is as before or as after, for
/// readers and for the next writer alike.
#[test]
fn a_truncation_cut_off_at_any_operation_has_happened_or_not() {
    let disk = SimStorage::new();
    let to: Arc<dyn Storage> = Arc::new(disk.clone());
    let name = "domain".parse().unwrap();
    let specs = [LedgerSpec::with_state(
        name,
        TreeType::Sha256,
        StateSuite::Blake3,
    )];
    let network = "net".parse().unwrap();
    let store = Store::create_in(Arc::clone(&to), [7; 16], network, &specs, options()).unwrap();
    for height in 1..=24u8 {
        let mut batch = store.batch();
        batch.append("domain", [height; 700]).unwrap();
        batch.put("domain", [height % 5], [height]).unwrap();
        store
            .commit(batch.seal(u64::from(height), b"").unwrap())
            .unwrap();
    }
    let roots = [9, 24].map(|height| {
        let snapshot = store.snapshot().at_height(height).unwrap();
        (
            height,
            snapshot.audit().root(),
            snapshot.state("domain").unwrap().root(),
        )
    });
    store.close().unwrap();
    disk.record_points();
    truncate(&to, 9, options()).unwrap();
    let (mut images, mut after) = (0, 0);
    for point in disk.take_points() {
        for choice in point.choices(3, 2) {
            let image = point.image(choice);
            let to: Arc<dyn Storage> = Arc::new(image.clone());
            let scratch = Arc::new(MemStorage::new());
            let reader = Reader::open_in(Arc::clone(&to), scratch)
                .unwrap()
                .snapshot();
            let store = Store::open_in(Arc::clone(&to), options()).unwrap();
            let found = store.snapshot();
            for snapshot in [&reader, &found] {
                let root = snapshot.audit().root();
                let state = snapshot.state("domain").unwrap().root();
                let this = (snapshot.height(), root, state);
                assert!(roots.contains(&this), "height {}", snapshot.height());
                assert_eq!(snapshot.height(), reader.height());
            }
            after += u32::from(found.height() == 9);
            // It is over: the cut does not come back when a superblock is lost later.
            let mut batch = store.batch();
            batch.append("domain", b"next").unwrap();
            let next = store.commit(batch.seal(100, b"").unwrap()).unwrap();
            drop(store);
            for slot in ["SUPER.0", "SUPER.1"] {
                let lost = image.kill();
                lost.put_bytes(slot, Some(vec![0; 4096]));
                let store = Store::open_in(Arc::new(lost), options()).unwrap();
                assert_eq!(store.snapshot().height(), next.height, "without {slot}");
            }
            images += 1;
        }
    }
    assert!(
        images > 100 && after > 10 && after < images,
        "{after} of {images}"
    );
}
