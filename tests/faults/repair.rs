//! Cases 21, 22, 34 and 35: derived files made anew, and repairing.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{
    Access, BatchBuffer, FrameKind, MemStorage, Position, Segments, Storage, segment_name,
};
use ledger::mend::{RecoverOptions, Repair, RepairOptions, RepairSource, Step, recover, repair};
use ledger::{Error, Level, Reader, Verdict, verify};
use ledger_tests::lab::oracle::holds;
use ledger_tests::lab::workload::{Event, Workload, open, options, perform};
use merkle_log::LeafIndex;

use super::{Built, closed, commit, refused, verdict};

/// Commits of few entries, with an attachment between.
fn history() -> Vec<Event> {
    let mut events: Vec<Event> = (0..6).map(|n| commit(&[40 + n, 30])).collect();
    events.insert(3, Event::Attach(1, 60));
    events.push(commit(&[700]));
    events
}

fn workload(name: &'static str, events: Vec<Event>) -> Workload {
    Workload {
        ledgers: vec![name],
        events,
        ..super::tiny()
    }
}

/// The same history on another disk, under another uuid.
fn replica(events: &[Event]) -> SimStorage {
    let workload = workload("a", events.to_vec());
    let disk = SimStorage::new();
    let store = workload.create_as(&disk, [8; 16]).unwrap();
    for event in events {
        perform(&store, event).unwrap();
    }
    store.close().unwrap();
    disk
}

fn storage(disk: &SimStorage) -> Arc<dyn Storage> {
    Arc::new(disk.clone())
}

fn scratch() -> Arc<dyn Storage> {
    Arc::new(MemStorage::new())
}

fn from(source: Option<&SimStorage>) -> RepairOptions {
    let sources = source
        .into_iter()
        .map(|disk| RepairSource::Store(Reader::open_in(storage(disk), scratch()).unwrap()));
    RepairOptions {
        sources: sources.collect(),
        drop_last_batch: false,
        open: options(),
    }
}

fn repaired(disk: &SimStorage, source: Option<&SimStorage>) -> Repair {
    repair(&storage(disk), &scratch(), &from(source)).unwrap()
}

/// Every proof that is given holds.
fn proves(disk: &SimStorage) {
    let reader = Reader::open_in(storage(disk), scratch()).unwrap();
    let snapshot = reader.snapshot();
    let view = snapshot.ledger("a").unwrap();
    for index in (0..view.size().0).map(LeafIndex) {
        let leaf = view.tree().leaf(&view.entry(index).unwrap());
        let proof = view.prove_inclusion(index, view.size()).unwrap();
        let _proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
    }
}

#[test]
fn fault_21_merkle_files_missing_short_long_damaged_or_foreign() {
    // More than a block, so that a full one is damaged too.
    let mut events: Vec<Event> = (0..6).map(|n| commit(&vec![3; 50 + n])).collect();
    events.push(commit(&[10]));
    let built = closed(events.clone());
    let other = replica(&events);
    for file in ["a/tiles.0", "audit/tiles.0"] {
        let bytes = built.disk.bytes(file).unwrap();
        let mut page = bytes.clone();
        page[4096 + 64..4096 + 96].fill(0x5a);
        let mut block = bytes.clone();
        let inner = 4096 + 8192 + 40;
        block[inner] ^= 1;
        let cases = [
            ("missing", None),
            ("short", Some(bytes[..4096 + 100].to_vec())),
            ("long", Some([&bytes[..], &[0; 20_000]].concat())),
            ("a page", Some(page)),
            ("a node", Some(block)),
            ("of another store", other.bytes(file)),
        ];
        for (what, changed) in cases {
            let disk = built.copy();
            disk.put_bytes(file, changed);
            proves(&disk);
            let done = repaired(&disk, None);
            assert_eq!(done.unrepaired, [], "{file} {what}");
            let derived = |step: &Step| matches!(step, Step::Derived { .. });
            assert_eq!(
                done.steps.iter().any(derived),
                what != "long",
                "{file} {what}"
            );
            assert_eq!(verdict(&disk), Verdict::Verified, "{file} {what}");
            if what != "long" {
                assert!(disk.bytes(file).unwrap() == bytes, "{file} {what}");
            }
            assert_eq!(repaired(&disk, None).steps, [], "{file} {what}");
            holds(&open(&disk).unwrap().snapshot(), built.whole()).unwrap();
        }
    }
}

/// Makes the frames of the batch at a place other ones, with every check right.
fn forge(disk: &SimStorage, at: Position, change: impl Fn(FrameKind, &mut Vec<u8>)) {
    let reader = Reader::open_in(storage(disk), scratch()).unwrap();
    let uuid = reader.snapshot().uuid();
    let segments = Segments::open(storage(disk), uuid, Access::Read).unwrap();
    let segment = segments.get(at.segment()).unwrap();
    let bytes = segments.batch(at, |batch| {
        let mut buffer = BatchBuffer::new(batch.header.kind, batch.header.height);
        for frame in &batch.frames {
            let mut payload = frame.payload.to_vec();
            change(frame.kind, &mut payload);
            buffer
                .push(frame.kind, |to| to.extend_from_slice(&payload))
                .unwrap();
        }
        let (number, chain) = (batch.header.number, batch.header.chain_before);
        buffer
            .encode(segment.seed(), at.offset(), number, &chain)
            .0
            .to_vec()
    });
    let bytes = bytes.unwrap();
    let name = segment_name(at.segment());
    let mut whole = disk.bytes(&name).unwrap();
    let start = super::at(at);
    whole[start..start + bytes.len()].copy_from_slice(&bytes);
    disk.put_bytes(&name, Some(whole));
}

#[test]
fn fault_22_trie_files_are_made_anew_and_a_wrong_root_is_refused() {
    let events = (1..=3)
        .map(|n| Event::Put(vec![(0, vec![(n, 20), (n + 1, 40), (9, 7)])]))
        .collect();
    let disk = SimStorage::new();
    let workload = workload("state", events);
    let store = workload.create(&disk).unwrap();
    for event in &workload.events {
        perform(&store, event).unwrap();
    }
    let root = store.snapshot().state("state").unwrap().root();
    let last = store.snapshot().commit(3).unwrap().position;
    let open_disk = disk.here().killed();
    store.close().unwrap();
    let trie = disk
        .file_names()
        .into_iter()
        .find(|name| name.starts_with("state/trie/"))
        .unwrap();
    for file in [trie.as_str(), "state/states"] {
        let bytes = disk.bytes(file).unwrap();
        let mut page = bytes.clone();
        page[4096 + 10] ^= 4;
        let cases = [
            ("missing", None),
            ("short", Some(bytes[..4096 + 20].to_vec())),
            ("damaged", Some(page)),
            ("no header", Some(vec![0; bytes.len()])),
        ];
        for (what, changed) in cases {
            let disk = disk.here().killed();
            disk.put_bytes(file, changed);
            let done = repaired(&disk, None);
            assert_eq!(done.unrepaired, [], "{file} {what}");
            assert!(!done.steps.is_empty(), "{file} {what}");
            assert_eq!(verdict(&disk), Verdict::Verified, "{file} {what}");
            assert!(disk.bytes(file).unwrap() == bytes, "{file} {what}");
            let store = open(&disk).unwrap();
            assert_eq!(store.snapshot().state("state").unwrap().root(), root);
        }
    }
    // A program that recorded other writes than it computed the root of: never made to fit.
    forge(&open_disk, last, |kind, payload| {
        if kind == FrameKind::Delta {
            *payload.last_mut().unwrap() ^= 1;
        }
    });
    let before = all(&open_disk);
    let error = refused(&open_disk);
    assert!(
        matches!(
            error,
            Error::Mismatch {
                what: "state root",
                ..
            }
        ),
        "{error}"
    );
    let after = repaired(&open_disk, None);
    assert!(!after.unrepaired.is_empty() || after.steps.is_empty());
    let log = |files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        files
            .iter()
            .filter(|(name, _)| name.starts_with("log/"))
            .cloned()
            .collect()
    };
    assert!(log(&all(&open_disk)) == log(&before));
}

/// Every file with its bytes.
fn all(disk: &SimStorage) -> Vec<(String, Vec<u8>)> {
    let names = disk.file_names().into_iter();
    names
        .map(|name| (name.clone(), disk.bytes(&name).unwrap()))
        .collect()
}

fn segments(disk: &SimStorage) -> Vec<(String, Vec<u8>)> {
    let mut files = all(disk);
    files.retain(|(name, _)| name.starts_with("log/"));
    files
}

/// Two damaged batches in two segments, a footer, and two derived files.
fn damage(built: &Built) -> SimStorage {
    let disk = built.copy();
    for height in [2, 5] {
        let (file, range) = built.batch(height);
        let mut bytes = disk.bytes(&file).unwrap();
        bytes[range.start + 150] ^= 1;
        disk.put_bytes(&file, Some(bytes));
    }
    disk.put_bytes("a/entries", None);
    disk.put_bytes("a/tiles.0", None);
    disk
}

#[test]
fn fault_34_a_repair_cut_off_anywhere_is_done_by_doing_it_again() {
    let events = history();
    let built = closed(events.clone());
    let source = replica(&events);
    let whole = segments(&built.disk);
    let disk = damage(&built);
    disk.record_points();
    assert_eq!(repaired(&disk, Some(&source)).unrepaired, []);
    let points = disk.take_points();
    let (mut images, mut twice, mut unfinished) = (0, 0, 0);
    for (n, point) in points.iter().enumerate() {
        let mut choices = point.choices(1, 1);
        choices.truncate(4);
        for choice in choices {
            let image = point.image(choice);
            // What was replaced so far is kept: nothing is gone that was not there again.
            let deep = n % 9 == 4;
            if deep {
                image.record_points();
            }
            let done = repaired(&image, Some(&source));
            assert_eq!(done.unrepaired, [], "{} {choice}", point.op);
            unfinished += u32::from(!done.steps.is_empty());
            check_whole(&image, &built, &whole);
            images += 1;
            if !deep {
                continue;
            }
            for point in image.take_points().iter().step_by(7) {
                let image = point.image(point.choices(0, 1)[0]);
                assert_eq!(repaired(&image, Some(&source)).unrepaired, []);
                check_whole(&image, &built, &whole);
                twice += 1;
            }
        }
    }
    println!(
        "{images} images of {} operations, {twice} twice deep",
        points.len()
    );
    assert!(
        images > 150 && twice > 50 && unfinished > 100,
        "{images} {twice} {unfinished}"
    );
}

fn check_whole(disk: &SimStorage, built: &Built, whole: &[(String, Vec<u8>)]) {
    let mut log = segments(disk);
    log.retain(|(name, _)| name != "log/next");
    assert!(log == whole, "the log is not what it was");
    assert_eq!(verdict(disk), Verdict::Verified);
    holds(&open(disk).unwrap().snapshot(), built.whole()).unwrap();
}

#[test]
fn fault_34_on_a_healthy_store_and_beside_a_writer() {
    let built = closed(history());
    let before = all(&built.disk);
    let done = repaired(&built.disk, None);
    assert!(done.steps.is_empty() && done.unrepaired.is_empty());
    assert!(all(&built.disk) == before);
    let store = open(&built.disk).unwrap();
    let refused = repair(&storage(&built.disk), &scratch(), &from(None)).unwrap_err();
    assert_eq!(refused.code(), "E-LOCKED");
    let to = scratch();
    let refused = recover(
        &storage(&built.disk),
        &scratch(),
        &to,
        RecoverOptions::default(),
        &mut |_| true,
    );
    assert_eq!(refused.unwrap_err().code(), "E-LOCKED");
    drop(store);
}

#[test]
fn fault_34_a_recovery_cut_off_anywhere_is_no_store_or_the_whole_one() {
    let built = closed(history());
    let disk = damage(&built);
    let to = SimStorage::new();
    to.record_points();
    let how = RecoverOptions {
        open: options(),
        ..RecoverOptions::default()
    };
    let run = |to: &SimStorage| {
        recover(&storage(&disk), &scratch(), &storage(to), how, &mut |_| {
            true
        })
    };
    let before = all(&disk);
    let done = run(&to).unwrap();
    assert!(all(&disk) == before);
    assert_eq!((done.height, done.gaps.len()), (1, 2));
    assert_eq!(done.report.verdict, Verdict::Verified);
    let heights: Vec<_> = done
        .gaps
        .iter()
        .map(|gap| gap.affected.heights.clone().unwrap())
        .collect();
    assert_eq!(heights, [2..3, 5..6]);
    assert_eq!(done.gaps[0].affected.entries, [("a".to_owned(), 2..4)]);
    // Of the entries behind the gap all but those of the damaged commits are there as lines.
    assert_eq!(done.salvaged, 2 + 2 + 2 + 1);
    assert_eq!(run(&to).unwrap_err().code(), "E-NOT-EMPTY");
    let mut stores = 0;
    for point in to.take_points() {
        for choice in point.choices(1, 1) {
            let image = point.image(choice);
            match Reader::open_in(storage(&image), scratch()) {
                Ok(reader) => {
                    assert_eq!(reader.snapshot().height(), done.height);
                    assert_eq!(reader.snapshot().audit().root(), done.audit_root);
                    assert_ne!(verdict(&image), Verdict::Damaged);
                    stores += 1;
                }
                Err(Error::Log(
                    hash_store::Error::NotAStore { .. } | hash_store::Error::NoSuperblock(_),
                )) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(stores > 5, "{stores}");
}

#[test]
fn fault_35_forged_records_are_refused() {
    let events = history();
    let built = closed(events.clone());
    let source = replica(&events);
    let position = {
        let reader = Reader::open_in(storage(&source), scratch()).unwrap();
        reader.snapshot().commit(2).unwrap().position
    };
    // Another entry, with every check of the frame and the batch right.
    forge(&source, position, |kind, payload| {
        if kind == FrameKind::Entries {
            *payload.last_mut().unwrap() ^= 1;
        }
    });
    let disk = damage(&built);
    let before = segments(&disk);
    let done = repaired(&disk, Some(&source));
    assert_eq!(done.unrepaired.len(), 1, "{:?}", done.unrepaired);
    let left = &done.unrepaired[0];
    assert!(
        left.reason.contains("does not lead to the recorded chain"),
        "{}",
        left.reason
    );
    assert_eq!(left.affected.heights, Some(2..3));
    // What could be proven was repaired: height 5. The forged one was not taken.
    let (file, range) = built.batch(2);
    let now = disk.bytes(&file).unwrap();
    let was = &before.iter().find(|(name, _)| *name == file).unwrap().1;
    assert!(now[range.clone()] == was[range]);
    assert_eq!(verdict(&disk), Verdict::Damaged);
    // The true one is.
    assert_eq!(repaired(&disk, Some(&replica(&events))).unrepaired, []);
    assert!(segments(&disk) == segments(&built.disk));
    let report = verify(storage(&disk), Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.verdict, Verdict::Verified);
    // A store of another network is none to repair from.
    let other = MemStorage::new();
    let specs = [ledger_tests::lab::workload::spec("a")];
    let network = "elsewhere".parse().unwrap();
    let other: Arc<dyn Storage> = Arc::new(other);
    drop(
        ledger::Store::create_in(Arc::clone(&other), [9; 16], network, &specs, options()).unwrap(),
    );
    let foreign = RepairOptions {
        sources: vec![RepairSource::Store(
            Reader::open_in(other, scratch()).unwrap(),
        )],
        ..from(None)
    };
    let error = repair(&storage(&damage(&built)), &scratch(), &foreign).unwrap_err();
    assert_eq!(error.code(), "E-NOT-A-COPY");
}
