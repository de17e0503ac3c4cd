//! The cases that the suite must survive, by number: a test `fault_<number>_...` each.
//!
//! Cases 10, 12 and 14 (every bit flipped, every sector zeroed, every length cut) are in `flips`,
//! 42 (a disk that lies about syncs) in `crash`, 45 (threads) in the crate `ledger`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

mod beside;
mod crashes;
mod damage;
mod files;
mod forged;
mod hostile;
mod processes;
mod releases;
mod repair;
mod rescue;

use std::sync::Arc;

use hash_store::sim::{Choice, SimStorage};
use hash_store::{MemStorage, Position, segment_name};
use ledger::{Error, Level, Reader, Verdict, verify};
use ledger_tests::lab::model::Model;
use ledger_tests::lab::oracle::Expect;
use ledger_tests::lab::workload::{Event, Workload, open};
use merkle_log::LeafIndex;

/// A commit of entries of these lengths to the first ledger.
fn commit(lens: &[usize]) -> Event {
    Event::Commit(vec![(0, lens.to_vec())], None)
}

/// Every kind of batch, a watermark and a rotation, in few operations.
fn tiny() -> Workload {
    workload(vec![
        commit(&[10]),
        commit(&[700, 3]),
        Event::Attach(0, 40),
        Event::Watermark,
        commit(&[1500]),
    ])
}

fn workload(events: Vec<Event>) -> Workload {
    Workload {
        name: "tiny".to_owned(),
        ledgers: vec!["a"],
        events,
    }
}

/// A store as a workload left it.
struct Built {
    disk: SimStorage,
    model: Model,
    /// Where the commits lie, by height from 1, and where the log ends.
    places: Vec<Position>,
}

/// The store of a process that was killed after the last event.
fn killed(events: Vec<Event>) -> Built {
    built(events, false)
}

/// What is on the disk for certain after a power cut behind the last event: the log, and derived
/// files up to the watermark.
fn without_power(events: Vec<Event>) -> Built {
    let built = killed(events);
    Built {
        disk: built.disk.here().image(Choice::None),
        ..built
    }
}

/// The store closed in order after the last event.
fn closed(events: Vec<Event>) -> Built {
    built(events, true)
}

fn built(events: Vec<Event>, close: bool) -> Built {
    let workload = workload(events);
    let (disk, store) = workload.run(&SimStorage::new());
    let snapshot = store.snapshot();
    let heights = 1..=snapshot.height();
    let mut places: Vec<Position> = heights
        .map(|height| snapshot.commit(height).unwrap().position)
        .collect();
    places.push(snapshot.log_end());
    if close {
        store.close().unwrap();
    }
    Built {
        disk: disk.here().killed(),
        model: workload.model(),
        places,
    }
}

impl Built {
    fn copy(&self) -> SimStorage {
        self.disk.here().killed()
    }

    /// A copy with one file changed.
    fn with(&self, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> SimStorage {
        let disk = self.copy();
        let mut bytes = disk.bytes(file).unwrap();
        change(&mut bytes);
        disk.put_bytes(file, Some(bytes));
        disk
    }

    /// A copy without a file.
    fn without(&self, file: &str) -> SimStorage {
        let disk = self.copy();
        disk.put_bytes(file, None);
        disk
    }

    /// Segment and bytes of the commit at a height.
    fn batch(&self, height: usize) -> (String, std::ops::Range<usize>) {
        let place = self.places[height - 1];
        let (name, start) = (segment_name(place.segment()), at(place));
        let header = &self.disk.bytes(&name).unwrap()[start..start + 96];
        let len = u64::from_le_bytes(header[16..24].try_into().unwrap());
        (name, start..start + usize::try_from(len).unwrap())
    }

    fn whole(&self) -> Expect<'_> {
        exactly(&self.model)
    }
}

/// All batches of a model, and no more.
const fn exactly(model: &Model) -> Expect<'_> {
    Expect {
        model,
        least: model.last(),
        most: model.last(),
        creating: false,
    }
}

fn at(position: Position) -> usize {
    usize::try_from(position.offset()).unwrap()
}

/// The error of opening for writing.
#[track_caller]
fn refused(disk: &SimStorage) -> Error {
    match open(disk) {
        Err(error) => error,
        Ok(store) => panic!("opened: {:?}", store.report()),
    }
}

/// How many entries a reader does not serve; those that it does are right.
fn unreadable(disk: &SimStorage, model: &Model) -> usize {
    let scratch = Arc::new(MemStorage::new());
    let reader = Reader::open_in(Arc::new(disk.clone()), scratch).unwrap();
    let snapshot = reader.snapshot();
    let mut missing = 0;
    for (name, entries) in &model.ledgers {
        let view = snapshot.ledger(name);
        for (index, expected) in (0..).map(LeafIndex).zip(entries) {
            match view.as_ref().map(|view| view.entry(index)) {
                Ok(Ok(bytes)) => assert_eq!(bytes, *expected),
                _ => missing += 1,
            }
        }
    }
    missing
}

fn verdict(disk: &SimStorage) -> Verdict {
    let report = verify(Arc::new(disk.clone()), Level::Full, &mut |_| true);
    report.unwrap().verdict
}
