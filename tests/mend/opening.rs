//! What an open for writing sees to before it serves anything: the order of what it checks, syncs and
//! forgets.

use std::sync::Arc;

use hash_store::sim::{Choice, Op, OpKind, SimStorage};
use hash_store::{Position, Storage};
use ledger::{Error, Store};

use super::limits::one_ahead;
use super::repair::{all, is_verified};
use super::stores::{commit, create_in, fill, options};

fn open(disk: &SimStorage) -> ledger::Result<Store> {
    Store::open_in(Arc::new(disk.clone()) as Arc<dyn Storage>, options())
}

/// Where nothing says which states are kept, not even a torn tail is taken away.
#[test]
fn nothing_is_settled_where_it_is_not_known_what_is_kept() {
    let (disk, _, last) = one_ahead();
    let file = hash_store::segment_name(last.segment());
    let mut bytes = disk.bytes(&file).unwrap();
    let at = usize::try_from(last.offset()).unwrap();
    bytes[at + 512..at + 1024].fill(0);
    disk.put_bytes(&file, Some(bytes));
    let torn = disk.here().killed();
    assert!(open(&torn).unwrap().report().torn.is_some());
    disk.put_bytes("domain/kept", Some(vec![9; 100]));
    let before = all(&disk);
    let refused = open(&disk).unwrap_err();
    assert_eq!(refused.code(), "E-KEPT");
    assert!(all(&disk) == before);
}

/// A batch that a killed process left in the page cache is on the disk before it is served.
#[test]
fn what_is_served_after_a_kill_stays_after_a_power_cut() {
    let disk = SimStorage::new();
    let store = create_in(Arc::new(disk.clone()), 1, options());
    fill(&store, 1..=4);
    disk.record_points();
    commit(&store, 5, "");
    let mut in_cache = 0;
    for point in disk.take_points() {
        let killed = point.killed();
        let before = killed.here().image(Choice::None);
        let served = open(&killed).unwrap().snapshot().height();
        let cut = killed.here().image(Choice::None);
        assert_eq!(open(&cut).unwrap().snapshot().height(), served);
        in_cache += u32::from(open(&before).unwrap().snapshot().height() < served);
    }
    assert!(in_cache > 0);
}

/// While derived files are made anew, no superblock vouches for them.
#[test]
fn halves_of_derived_files_are_not_believed() {
    let disk = SimStorage::new();
    let store = create_in(Arc::new(disk.clone()), 1, options());
    fill(&store, 1..=30);
    store.close().unwrap();
    let mut halves = 0;
    for file in ["domain/entries", "audit/attachments", "domain/states"] {
        let damaged = disk.here().image(Choice::All);
        damaged.put_bytes(file, None);
        damaged.record_points();
        let report = open(&damaged).unwrap().report().clone();
        // Two declarations, thirty commits, an attachment to every fifth.
        assert_eq!((report.rebuilt, report.replayed), (true, 38), "{file}");
        for point in damaged.take_points().into_iter().step_by(3) {
            for image in [
                point.killed(),
                point.image(Choice::None),
                point.image(Choice::All),
            ] {
                open(&image).unwrap().close().unwrap();
                assert!(is_verified(&image), "{file}");
                halves += 1;
            }
        }
    }
    assert!(halves > 100, "{halves}");
}

/// An index that is made anew and was not synced yet may be zeros while the tiles beside it are
/// there: nothing from before it was made anew vouches for it.
#[test]
fn an_index_that_was_not_synced_is_not_believed() {
    let disk = SimStorage::new();
    let store = create_in(Arc::new(disk.clone()), 1, options());
    fill(&store, 1..=12);
    store.close().unwrap();
    let index = "domain/entries";
    disk.put_bytes("audit/attachments", None);
    disk.record_points();
    disk.record_ops();
    assert!(open(&disk).unwrap().report().rebuilt);
    let (ops, points) = (disk.take_ops(), disk.take_points());
    let is_sync = |op: &&Op| op.kind == OpKind::Sync && op.name == index;
    let synced = ops.iter().find(is_sync).unwrap().number;
    let point = points.iter().find(|point| point.op == synced).unwrap();
    let cut = point.image(Choice::All);
    let mut bytes = cut.bytes(index).unwrap();
    bytes[4096..].fill(0);
    cut.put_bytes(index, Some(bytes));
    open(&cut).unwrap().close().unwrap();
    assert!(is_verified(&cut));
}

/// An index that leads to where the log ends tells of a batch that is gone, and the error says which.
#[test]
fn an_index_that_goes_further_than_the_log_names_the_missing_batch() {
    let (disk, ahead, last) = one_ahead();
    let file = hash_store::segment_name(last.segment());
    let mut bytes = disk.bytes(&file).unwrap();
    bytes[usize::try_from(last.offset()).unwrap()..].fill(0);
    disk.put_bytes(&file, Some(bytes));
    let whole = disk.here().killed();
    let batch = ahead.bytes(&file).unwrap();
    let at = usize::try_from(last.offset()).unwrap() + 8;
    // FORMAT.md: the batch's number stands 8 bytes into its begin header.
    let number = u64::from_le_bytes(*batch[at..].first_chunk().unwrap());
    disk.put_bytes("audit/heights", ahead.bytes("audit/heights"));
    match open(&disk).unwrap_err() {
        Error::Log(hash_store::Error::LogBehind { expected }) => assert_eq!(expected, number),
        other => panic!("{other:?}"),
    }
    // An index that leads before that place, or to none that a batch can have, tells of nothing.
    let heights = ahead.bytes("audit/heights").unwrap();
    let slot = 4096 + 8 * 20;
    let footer = batch.len() as u64 - 512;
    for (what, place) in [
        ("before", Position::new(last.segment(), last.offset() - 512)),
        ("no place", Position::new(last.segment(), last.offset() ^ 8)),
        ("the footer", Position::new(last.segment(), footer)),
    ] {
        let mut heights = heights.clone();
        heights[slot..slot + 8].copy_from_slice(&place.to_bits().to_le_bytes());
        let disk = whole.here().killed();
        disk.put_bytes("audit/heights", Some(heights));
        assert_eq!(open(&disk).unwrap().snapshot().height(), 20, "{what}");
    }
}
