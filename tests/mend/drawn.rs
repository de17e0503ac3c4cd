//! Repairs of drawn damage from drawn sources, honest and not: what is written into the log is what
//! stood there, and what an honest source has is made good.

use std::ops::Range;
use std::sync::Arc;

use hash_store::sim::{Random, SimStorage};
use hash_store::{MemStorage, Storage, segment_name};
use ledger::mend::{EntrySource, Repair, RepairOptions, RepairSource, Step, repair};
use ledger::{Options, Snapshot};

use super::repair::{all, flip, is_verified, reader, scratch, segments, sorted};
use super::stores::{commit, create_in, options};

const LAST: u64 = 40;
/// The liars have other commits from this height on, each as long as the true one.
const PARTS_AT: u64 = 18;
const ROUNDS: u64 = 160;

/// Commits up to `last`; from `parts_at` on they carry another mark.
fn store_of(storage: Arc<dyn Storage>, uuid: u8, options: Options, last: u64, parts_at: u64) {
    let store = create_in(storage, uuid, options);
    for height in 1..=last {
        commit(&store, height, if height < parts_at { "+" } else { "-" });
    }
    store.close().unwrap();
}

fn made(uuid: u8, segment_len_first: u64, last: u64, parts_at: u64) -> Arc<dyn Storage> {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let options = Options {
        segment_len_first,
        ..options()
    };
    store_of(Arc::clone(&storage), uuid, options, last, parts_at);
    storage
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

/// Where the commits lie: segment, offset and length.
fn commits(disk: &SimStorage, snapshot: &Snapshot) -> Vec<(u64, usize, usize)> {
    let heights = 1..=snapshot.height();
    heights
        .map(|height| {
            let at = snapshot.commit(height).unwrap().position;
            let offset = usize::try_from(at.offset()).unwrap();
            let bytes = disk.bytes(&segment_name(at.segment())).unwrap();
            // FORMAT.md: the length stands 16 bytes into the begin header.
            let len = bytes[offset + 16..].first_chunk().copied().unwrap();
            let len = usize::try_from(u64::from_le_bytes(len)).unwrap();
            (at.segment(), offset, len)
        })
        .collect()
}

fn zero(disk: &SimStorage, file: &str, range: Range<usize>) {
    let mut bytes = disk.bytes(file).unwrap();
    let end = range.end.min(bytes.len());
    bytes[range.start.min(end)..end].fill(0);
    disk.put_bytes(file, Some(bytes));
}

/// Damages a commit, some of it or all, or with `anywhere` any part of the log.
fn damage(disk: &SimStorage, random: &mut Random, commits: &[(u64, usize, usize)], anywhere: bool) {
    let below = |random: &mut Random, n: usize| usize::try_from(random.below(n as u64)).unwrap();
    let (segment, offset, len) = commits[below(random, commits.len())];
    let file = segment_name(segment);
    if anywhere {
        let from = 4096 + below(random, disk.bytes(&file).unwrap().len() - 4096);
        let from = from / 512 * 512;
        return zero(disk, &file, from..from + 512 * (1 + below(random, 12)));
    }
    match random.below(5) {
        0 => flip(disk, &file, offset + below(random, len)),
        1 => zero(disk, &file, offset..offset + len),
        2 => zero(disk, &file, offset..offset + len / 1024 * 512),
        3 => zero(disk, &file, offset + len / 1024 * 512..offset + len),
        _ => {
            let from = offset + below(random, len / 512) * 512;
            zero(disk, &file, from..(from + 1024).min(offset + len));
        }
    }
}

#[test]
fn no_byte_is_written_that_did_not_stand_there() {
    let disk = SimStorage::new();
    store_of(Arc::new(disk.clone()), 1, options(), LAST, LAST + 1);
    let whole = segments(&disk);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let commits = commits(&disk, &reader(&storage).snapshot());
    let readable = sorted(&disk);
    let replica = made(2, 20_480, LAST, LAST + 1);
    let liar = made(3, 20_480, LAST, PARTS_AT);
    // As the store itself, taken back once and gone another way.
    let parted = made(1, 8192, LAST, PARTS_AT);
    let backup = made(1, 8192, PARTS_AT + 5, LAST + 1);
    let store = |storage: &Arc<dyn Storage>| RepairSource::Store(reader(storage));
    let dump = || RepairSource::Entries(Box::new(Dump(reader(&replica).snapshot())));
    let (mut good, mut left) = (0, 0);
    for round in 0..ROUNDS {
        let mut random = Random::new(round);
        let damaged = disk.here().killed();
        let anywhere = round % 4 == 3;
        for _ in 0..=random.below(3) {
            damage(&damaged, &mut random, &commits, anywhere);
        }
        let before = segments(&damaged);
        let is_honest = round % 2 == 0;
        let sources = match round % 10 {
            0 => vec![store(&replica)],
            2 => vec![store(&liar), store(&replica)],
            4 => vec![store(&parted), store(&liar), store(&replica)],
            6 => vec![dump(), store(&replica)],
            8 => vec![store(&backup), store(&replica)],
            1 => vec![store(&parted)],
            3 => vec![store(&liar)],
            5 => vec![store(&backup)],
            7 => vec![dump()],
            _ => Vec::new(),
        };
        let how = RepairOptions {
            sources,
            drop_last_batch: false,
            open: options(),
        };
        let storage: Arc<dyn Storage> = Arc::new(damaged.clone());
        let done: Repair = repair(&storage, &scratch(), &how).unwrap();
        let is_padded = |step: &Step| matches!(step, Step::Batch { padded: true, .. });
        let padded = done.steps.iter().any(is_padded);
        for ((name, now), (was, hurt)) in segments(&damaged).iter().zip(whole.iter().zip(&before)) {
            let (was, hurt) = (&was.1, &hurt.1);
            let differs = (0..now.len()).find(|at| now[*at] != was[*at] && now[*at] != hurt[*at]);
            assert!(
                padded || differs.is_none(),
                "round {round}: {name} at {differs:?}"
            );
        }
        if done.unrepaired.is_empty() {
            assert!(is_verified(&damaged), "round {round}");
            assert!(
                padded || anywhere || segments(&damaged) == whole,
                "round {round}: {:?}",
                done.steps
            );
            assert_eq!(sorted(&damaged), readable, "round {round}");
            good += 1;
        } else {
            assert!(
                !is_honest || anywhere,
                "round {round}: {:?}",
                done.unrepaired
            );
            left += 1;
        }
        // Nothing more is found to do, and what was done is done.
        let after = all(&damaged);
        let again = repair(&storage, &scratch(), &how).unwrap();
        assert_eq!(again.steps, [], "round {round}");
        assert_eq!(again.unrepaired, done.unrepaired, "round {round}");
        assert!(all(&damaged) == after, "round {round}");
    }
    println!("{good} made good, {left} not for want of a source");
    assert!(good > ROUNDS / 2 && left > ROUNDS / 10, "{good} {left}");
}
