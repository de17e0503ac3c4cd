//! Repairing in place: the log is byte for byte what it was, or nothing is changed.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{MemStorage, Storage};
use ledger::mend::{Repair, RepairOptions, RepairSource, Step, plan_repair, repair};
use ledger::{Level, Options, Reader, Store, Verdict, verify};

use super::stores::{commit, content, create_in, fill, options};

/// A store, closed in order, and a replica with the same commits in other places.
pub(crate) struct Pair {
    pub(crate) disk: SimStorage,
    pub(crate) replica: Arc<dyn Storage>,
}

/// Heights of the stores.
const LAST: u64 = 40;

pub(crate) fn pair() -> Pair {
    let disk = SimStorage::new();
    let store = create_in(Arc::new(disk.clone()), 1, options());
    fill(&store, 1..=LAST);
    store
        .attach(3, 8, b"another one for an early height")
        .unwrap();
    store.attach(10, 7, &[0; 3000]).unwrap();
    commit(&store, LAST + 1, "");
    store.close().unwrap();
    let replica: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let other = Options {
        segment_len_first: 20_480,
        ..options()
    };
    let store = create_in(Arc::clone(&replica), 2, other);
    store.attach(1, 1, b"").unwrap_err();
    fill(&store, 1..=LAST);
    store.attach(10, 7, &[0; 3000]).unwrap();
    commit(&store, LAST + 1, "");
    store
        .attach(3, 8, b"another one for an early height")
        .unwrap();
    store
        .attach(LAST + 1, 9, b"only the replica has this")
        .unwrap();
    store.close().unwrap();
    Pair { disk, replica }
}

pub(crate) fn reader(storage: &Arc<dyn Storage>) -> Reader {
    Reader::open_in(Arc::clone(storage), Arc::new(MemStorage::new())).unwrap()
}

pub(crate) fn from(sources: &[&Arc<dyn Storage>]) -> RepairOptions {
    RepairOptions {
        sources: sources
            .iter()
            .map(|s| RepairSource::Store(reader(s)))
            .collect(),
        drop_last_batch: false,
        open: options(),
    }
}

pub(crate) fn scratch() -> Arc<dyn Storage> {
    Arc::new(MemStorage::new())
}

pub(crate) fn planned(disk: &SimStorage, how: &RepairOptions) -> Repair {
    let before = all(disk);
    let plan = plan_repair(
        &(Arc::new(disk.clone()) as Arc<dyn Storage>),
        &scratch(),
        how,
    );
    assert!(all(disk) == before, "a plan writes nothing");
    plan.unwrap()
}

pub(crate) fn repaired(disk: &SimStorage, how: &RepairOptions) -> Repair {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    repair(&storage, &scratch(), how).unwrap()
}

/// Every file with its bytes.
pub(crate) fn all(disk: &SimStorage) -> Vec<(String, Vec<u8>)> {
    let names = disk.file_names().into_iter();
    names
        .map(|name| (name.clone(), disk.bytes(&name).unwrap()))
        .collect()
}

pub(crate) fn segments(disk: &SimStorage) -> Vec<(String, Vec<u8>)> {
    let mut files = all(disk);
    files.retain(|(name, _)| name.starts_with("log/"));
    files
}

pub(crate) fn is_verified(disk: &SimStorage) -> bool {
    let report = verify(Arc::new(disk.clone()), Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.findings, []);
    report.verdict == Verdict::Verified
}

pub(crate) fn flip(disk: &SimStorage, file: &str, at: usize) {
    let mut bytes = disk.bytes(file).unwrap();
    bytes[at] ^= 1 << (at % 8);
    disk.put_bytes(file, Some(bytes));
}

/// What may be read of a store, in any order: attachments that were attached anew come last.
pub(crate) fn sorted(disk: &SimStorage) -> Vec<Vec<u8>> {
    let reader = reader(&(Arc::new(disk.clone()) as Arc<dyn Storage>));
    assert!(reader.problem().is_none());
    let mut content = content(&reader.snapshot());
    content.sort();
    content
}

#[test]
fn a_flip_anywhere_in_the_log_is_made_good_from_a_replica() {
    let pair = pair();
    let (whole, readable) = (segments(&pair.disk), sorted(&pair.disk));
    let (mut padded, mut from_remains, mut from_replica, mut nothing) = (0, 0, 0, 0);
    let mut at = 4;
    for (file, bytes) in &whole {
        while at < bytes.len() {
            let disk = pair.disk.here().killed();
            flip(&disk, file, at);
            let how = from(&[&pair.replica]);
            let plan = planned(&disk, &how);
            assert_eq!(plan.unrepaired, [], "{file} at {at}");
            let done = repaired(&disk, &how);
            assert_eq!(done.steps, plan.steps, "{file} at {at}");
            if done.steps.is_empty() {
                // Behind the end of a store that was closed in order nothing is looked at.
                nothing += 1;
            } else {
                let is_padded = |step: &Step| matches!(step, Step::Batch { padded: true, .. });
                if done.steps.iter().any(is_padded) {
                    padded += 1;
                } else {
                    assert!(segments(&disk) == whole, "{file} at {at}: {:?}", done.steps);
                    let alone = pair.disk.here().killed();
                    flip(&alone, file, at);
                    if planned(&alone, &from(&[])).unrepaired.is_empty() {
                        from_remains += 1;
                    } else {
                        from_replica += 1;
                    }
                }
                assert!(is_verified(&disk), "{file} at {at}");
                let kept = done.kept_in.unwrap();
                let evidence = format!("{kept}/{}", file.replace('/', "."));
                let evidence = disk.bytes(&evidence).unwrap();
                assert_eq!(evidence[at], bytes[at] ^ 1 << (at % 8));
                let again = repaired(&disk, &from(&[&pair.replica]));
                assert_eq!(again.steps, [], "{file} at {at}");
                assert_eq!(again.kept_in, None);
            }
            assert_eq!(sorted(&disk), readable, "{file} at {at}");
            at += 2_003;
        }
        at -= bytes.len();
    }
    assert!(
        padded > 0 && from_remains > 2 && from_replica > 5 && nothing < 60,
        "{padded} padded, {from_remains} from remains, {from_replica} from the replica, {nothing} nothing"
    );
}

#[test]
fn a_healthy_store_is_left_alone() {
    let pair = pair();
    let before = all(&pair.disk);
    let done = repaired(&pair.disk, &from(&[&pair.replica]));
    assert!(done.steps.is_empty() && done.unrepaired.is_empty() && done.report.is_none());
    assert!(all(&pair.disk) == before);
    // So is one whose writer was killed.
    let store = Store::open_in(Arc::new(pair.disk.clone()), options()).unwrap();
    commit(&store, LAST + 2, "");
    let killed = pair.disk.here().killed();
    let before = all(&killed);
    assert_eq!(repaired(&killed, &from(&[])).steps, []);
    assert!(all(&killed) == before);
}
