//! What a repair leaves alone, and what it finds where little is left: batches of which nobody knows
//! whether they were acknowledged, ends that other files tell of, segments that are gone.

use std::ops::Range;
use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{MemStorage, Position, Storage, segment_name};
use ledger::mend::{
    EntrySource, RecoverOptions, RepairOptions, RepairSource, Step, recover, truncate,
};
use ledger::{LedgerSpec, Reader, Snapshot, Store, TreeType};

use super::repair::{
    all, flip, from, is_verified, pair, planned, reader, repaired, segments, sorted,
};
use super::stores::{commit, create_in, fill, options};

fn storage(disk: &SimStorage) -> Arc<dyn Storage> {
    Arc::new(disk.clone())
}

fn snapshot(disk: &SimStorage) -> Snapshot {
    reader(&storage(disk)).snapshot()
}

fn at(position: Position) -> (String, usize) {
    let offset = usize::try_from(position.offset()).unwrap();
    (segment_name(position.segment()), offset)
}

fn dropping() -> RepairOptions {
    RepairOptions {
        drop_last_batch: true,
        ..from(&[])
    }
}

/// A store of 20 heights with all files synced, and one more height in its log alone; and the disk
/// that has all files of that height.
pub(crate) fn one_ahead() -> (SimStorage, SimStorage, Position) {
    let disk = SimStorage::new();
    let store = create_in(storage(&disk), 1, options());
    fill(&store, 1..=20);
    store.sync_derived().unwrap();
    let behind = disk.here().killed();
    commit(&store, 21, "");
    let last = store.snapshot().commit(21).unwrap().position;
    let ahead = disk.here().killed();
    for (name, bytes) in segments(&ahead) {
        behind.put_bytes(&name, Some(bytes));
    }
    behind.put_bytes("tip", None);
    (behind, ahead, last)
}

#[test]
fn a_last_batch_is_given_up_on_request_alone_and_only_where_nothing_tells_of_it() {
    let (behind, ahead, last) = one_ahead();
    let (file, offset) = at(last);
    let damaged = || {
        let disk = behind.here().killed();
        flip(&disk, &file, offset + 150);
        disk
    };
    // Nobody asked for it.
    let disk = damaged();
    let before = all(&disk);
    let done = repaired(&disk, &from(&[]));
    assert_eq!((done.steps.len(), done.unrepaired.len()), (0, 1));
    assert_eq!(done.unrepaired[0].code, "E-UNSETTLED");
    assert!(all(&disk) == before);
    let done = repaired(&disk, &dropping());
    assert!(
        matches!(&done.steps[..], [Step::DropLast { .. }]),
        "{:?}",
        done.steps
    );
    assert!(is_verified(&disk));
    assert_eq!(snapshot(&disk).height(), 20);
    let kept = done.kept_in.unwrap();
    assert!(disk.file_names().iter().any(|name| name.starts_with(&kept)));
    // The tip file, or an index, tells that it was acknowledged.
    for told in ["tip", "audit/heights"] {
        let disk = damaged();
        disk.put_bytes(told, ahead.bytes(told));
        let before = all(&disk);
        let done = repaired(&disk, &dropping());
        assert_eq!((done.steps.len(), done.unrepaired.len()), (0, 1), "{told}");
        assert!(all(&disk) == before, "{told}");
    }
    // Damage before the last batch is none of its matter.
    let disk = behind.here().killed();
    let middle = snapshot(&ahead).commit(10).unwrap().position;
    let (file, offset) = at(middle);
    flip(&disk, &file, offset + 150);
    let before = all(&disk);
    let done = repaired(&disk, &dropping());
    assert_eq!((done.steps.len(), done.unrepaired.len()), (0, 1));
    assert!(all(&disk) == before);
}

#[test]
fn a_log_that_ends_before_an_index_says_is_not_whole() {
    let (behind, ahead, last) = one_ahead();
    let (file, offset) = at(last);
    let mut bytes = behind.bytes(&file).unwrap();
    bytes[offset..].fill(0);
    behind.put_bytes(&file, Some(bytes));
    assert_eq!(planned(&behind, &from(&[])).unrepaired, []);
    behind.put_bytes("audit/heights", ahead.bytes("audit/heights"));
    let plan = planned(&behind, &from(&[]));
    assert_eq!(plan.unrepaired.len(), 1, "{:?}", plan.steps);
    assert_eq!(plan.unrepaired[0].code, "E-LOG-BEHIND");
}

/// What lies behind a cut is no part of the store.
#[test]
fn damage_behind_a_cut_is_none() {
    let disk = SimStorage::new();
    let store = create_in(storage(&disk), 1, options());
    fill(&store, 1..=40);
    let (file, offset) = at(store.snapshot().commit(30).unwrap().position);
    store.close().unwrap();
    disk.record_points();
    truncate(&storage(&disk), 12, options()).unwrap();
    let is_cut = |disk: &SimStorage| {
        let state = hash_store::Superblocks::read(disk).unwrap();
        state.current.cut && disk.bytes(&file).is_some()
    };
    let points = disk.take_points();
    let mut cut = points.iter().map(|point| point.killed()).filter(is_cut);
    let image = cut.next().unwrap();
    flip(&image, &file, offset + 150);
    let plan = planned(&image, &from(&[]));
    assert_eq!((plan.steps, plan.unrepaired), (vec![], vec![]));
}

/// A whole segment without anything in it: what comes behind it is salvaged, and the gap is exact.
#[test]
fn a_segment_of_zeros_is_one_gap() {
    let pair = pair();
    let disk = pair.disk.here().killed();
    let whole = snapshot(&pair.disk);
    let mut bytes = disk.bytes(&segment_name(1)).unwrap();
    bytes[4096..].fill(0);
    disk.put_bytes(&segment_name(1), Some(bytes));
    let inside: Vec<u64> = (1..=whole.height())
        .filter(|height| whole.commit(*height).unwrap().position.segment() == 1)
        .collect();
    let to = SimStorage::new();
    let how = RecoverOptions {
        open: options(),
        ..RecoverOptions::default()
    };
    let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let done = recover(&storage(&disk), &scratch, &storage(&to), how, &mut |_| true).unwrap();
    assert_eq!(done.height, inside[0] - 1);
    assert_eq!(done.height_before, whole.height());
    let lost = inside[0]..inside[inside.len() - 1] + 1;
    assert_eq!(done.gaps.len(), 1, "{:?}", done.gaps);
    assert_eq!(done.gaps[0].affected.heights, Some(lost.clone()));
    // All entries behind the gap are there, and those before it in the store.
    let size = |height| {
        let at = whole.at_height(height).unwrap();
        at.ledgers().iter().map(|ledger| ledger.size).sum::<u64>()
    };
    assert_eq!(done.salvaged, size(whole.height()) - size(lost.end - 1));
    for (ledger, entries) in &done.gaps[0].affected.entries {
        let of = |height| {
            whole
                .at_height(height)
                .unwrap()
                .ledger(ledger)
                .unwrap()
                .size()
                .0
        };
        assert_eq!(*entries, of(lost.start - 1)..of(lost.end - 1), "{ledger}");
    }
    assert_eq!(done.gaps[0].affected.entries.len(), 2);
}

/// The same where no superblock covers the segment: nothing is opened as a shorter log.
#[test]
fn a_segment_of_zeros_behind_the_watermark_is_damage() {
    let disk = SimStorage::new();
    let store = create_in(storage(&disk), 1, options());
    fill(&store, 1..=3);
    store.sync_derived().unwrap();
    fill(&store, 4..=41);
    let number = store.snapshot().commit(20).unwrap().position.segment();
    let killed = disk.here().killed();
    assert!(number > 1 && segments(&killed).len() as u64 > number + 2);
    let mut bytes = killed.bytes(&segment_name(number)).unwrap();
    bytes[4096..].fill(0);
    killed.put_bytes(&segment_name(number), Some(bytes));
    // Neither the tip nor an index tells how far the log went.
    for file in ["tip", "audit/heights"] {
        killed.put_bytes(file, None);
    }
    let refused = Store::open_in(storage(&killed), options()).unwrap_err();
    let damage = refused.damage();
    assert!(
        damage.is_some_and(|found| found.file == segment_name(number)),
        "{refused:?}"
    );
    let report = ledger::verify(storage(&killed), ledger::Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.verdict, ledger::Verdict::Damaged);
    assert_eq!(report.height, 41, "{:?}", report.findings);
    assert_eq!(planned(&killed, &from(&[])).unrepaired.len(), 1);
}

/// Without superblocks the network is that of the first commit that can be read, and segments count
/// also behind one that is missing.
#[test]
fn a_log_alone_tells_what_it_is() {
    let pair = pair();
    let without = || {
        let disk = pair.disk.here().killed();
        disk.put_bytes("SUPER.0", None);
        disk.put_bytes("SUPER.1", None);
        disk
    };
    let disk = without();
    let (file, offset) = at(snapshot(&pair.disk).commit(1).unwrap().position);
    flip(&disk, &file, offset + 150);
    let plan = planned(&disk, &from(&[]));
    assert_eq!(plan.unrepaired.len(), 1, "{:?}", plan.unrepaired);
    let disk = without();
    disk.put_bytes(&segment_name(1), None);
    let copy: Arc<dyn Storage> = Arc::new(MemStorage::new());
    reader(&storage(&pair.disk)).backup(&copy).unwrap();
    let done = repaired(&disk, &from(&[&copy]));
    assert_eq!(done.unrepaired, [], "{:?}", done.steps);
    assert!(segments(&disk) == segments(&pair.disk));
    assert!(is_verified(&disk));
}

/// Of several attachments of a height that a source has, the one is taken that was there.
#[test]
fn the_attachment_that_was_there_is_attached_again() {
    let pair = pair();
    let readable = sorted(&pair.disk);
    let replica: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = create_in(Arc::clone(&replica), 2, options());
    fill(&store, 1..=40);
    commit(&store, 41, "");
    for text in [
        &b"much shorter"[..],
        &[7; 700],
        b"another one for an early height",
        b"short",
    ] {
        store.attach(3, 8, text).unwrap();
    }
    store.close().unwrap();
    let disk = pair.disk.here().killed();
    let text = b"another one for an early height";
    let (file, offset) = segments(&disk)
        .into_iter()
        .find_map(|(name, bytes)| {
            let at = bytes.windows(text.len()).position(|window| window == text);
            at.map(|at| (name, at))
        })
        .unwrap();
    flip(&disk, &file, offset + 4);
    let done = repaired(&disk, &from(&[&replica]));
    assert_eq!(done.unrepaired, [], "{:?}", done.steps);
    let attached = done
        .steps
        .iter()
        .filter(|step| matches!(step, Step::Attach { .. }));
    assert_eq!(attached.count(), 1);
    assert!(sorted(&disk) == readable);
}

/// Entries as a dump has them.
#[derive(Debug)]
struct Dump(Snapshot);

impl EntrySource for Dump {
    fn entries(&self, ledger: &str, range: Range<u64>) -> std::io::Result<Option<Vec<Vec<u8>>>> {
        let view = self.0.ledger(ledger).map_err(std::io::Error::other)?;
        let entries = view.entries(range).map_err(std::io::Error::other)?;
        Ok(entries
            .map(|entry| entry.ok().map(|found| found.1))
            .collect())
    }
}

/// Ids stand between a commit's entries: where only entries are lost, a dump is enough.
#[test]
fn entries_with_ids_are_made_good_from_a_dump() {
    let disk = SimStorage::new();
    let spec = LedgerSpec::log("pool".parse().unwrap(), TreeType::Sha256)
        .with_ids_in("space".parse().unwrap());
    let other = LedgerSpec::log("plain".parse().unwrap(), TreeType::Sha256);
    let network = "net".parse().unwrap();
    let store =
        Store::create_in(storage(&disk), [1; 16], network, &[spec, other], options()).unwrap();
    for height in 1..=6u64 {
        let mut batch = store.batch();
        for entry in 0..30u64 {
            let id = [&height.to_le_bytes()[..], &entry.to_le_bytes()].concat();
            let text = format!("entry {height}.{entry} {}", "x".repeat(300));
            batch.append_unique("pool", id, text).unwrap();
            batch.append("plain", [7; 200]).unwrap();
        }
        store.commit(batch.seal(height, b"").unwrap()).unwrap();
    }
    store.close().unwrap();
    let whole = segments(&disk);
    let copy: Arc<dyn Storage> = Arc::new(MemStorage::new());
    Reader::open_in(storage(&disk), Arc::new(MemStorage::new()))
        .unwrap()
        .backup(&copy)
        .unwrap();
    for entry in [0, 9, 10, 20, 29] {
        let damaged = disk.here().killed();
        let text = format!("entry 4.{entry} xx");
        for (name, bytes) in segments(&damaged) {
            let mut windows = bytes.windows(text.len());
            if let Some(at) = windows.position(|window| window == text.as_bytes()) {
                flip(&damaged, &name, at + 12);
            }
        }
        assert!(segments(&damaged) != whole);
        let how = RepairOptions {
            sources: vec![RepairSource::Entries(Box::new(Dump(
                reader(&copy).snapshot(),
            )))],
            ..from(&[])
        };
        let done = repaired(&damaged, &how);
        assert_eq!(done.unrepaired, [], "{entry}");
        assert!(segments(&damaged) == whole, "{entry}");
    }
}
