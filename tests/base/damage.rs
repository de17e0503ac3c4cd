//! Damage to a store that begins at a height: flipped bits in each file, and records that were made
//! to lie with every check right.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{
    Access, Base, BatchBuffer, BatchKind, FrameKind, Position, Segments, Superblock, Superblocks,
    segment_name,
};
use ledger::{Level, Snapshot, Store, Verdict, verify};
use merkle_log::LeafIndex;

use super::stores::{
    Change, batches, begun, commit, create, flipped, options, reader, small_commits,
    without_derived,
};

const BASE: u64 = 3;

/// A small store, closed, and what it is to serve.
fn subject() -> (Snapshot, SimStorage) {
    let changes: Vec<Change> = small_commits(5);
    let whole = create(&SimStorage::new());
    let (before, after) = changes.split_at(BASE as usize);
    before.iter().for_each(|change| commit(&whole, change, 2));
    let disk = SimStorage::new();
    let light = begun(&whole.snapshot(), &disk);
    for change in after {
        commit(&whole, change, 2);
        commit(&light, change, 2);
    }
    light.close().unwrap();
    (whole.snapshot(), disk)
}

/// Whatever is served is right; answers how much is not.
fn refusals(whole: &Snapshot, light: &Snapshot) -> u32 {
    let mut refused = 0;
    let mut hold = |is_served: Option<bool>| match is_served {
        Some(is_right) => assert!(is_right),
        None => refused += 1,
    };
    for height in BASE..=whole.height() {
        let expected = whole.commit(height).unwrap();
        let found = light.commit(height).ok();
        hold(found.map(|found| found.body_bytes == expected.body_bytes));
    }
    let base = whole.at_height(BASE).unwrap();
    for ledger in whole.ledgers() {
        let name = ledger.name.as_str();
        let (a, b) = (whole.ledger(name).unwrap(), light.ledger(name));
        let Ok(b) = b else {
            hold(None);
            continue;
        };
        if b.size() != a.size() {
            hold(None);
            continue;
        }
        for index in 0..ledger.size {
            let range = index..index + 1;
            let expected = a.leaf_hashes(range.clone()).unwrap();
            hold(b.leaf_hashes(range).ok().map(|found| found == expected));
            if index >= base.ledger(name).unwrap().size().0 {
                let expected = a.entry(LeafIndex(index)).unwrap();
                hold(
                    b.entry(LeafIndex(index))
                        .ok()
                        .map(|found| found == expected),
                );
            }
        }
        if ledger.state.is_none() {
            continue;
        }
        let (a, b) = (whole.state(name).unwrap(), light.state(name));
        for key in 0..40u8 {
            let key = [key, 1, key];
            let expected = a.get(key).unwrap();
            let found = b.as_ref().ok().and_then(|state| state.get(key).ok());
            hold(found.map(|found| found == expected));
        }
    }
    refused
}

fn opened(disk: &SimStorage) -> ledger::Result<Store> {
    Store::open_in(Arc::new(disk.clone()), options())
}

fn verdict(disk: &SimStorage, level: Level) -> (Verdict, Vec<&'static str>) {
    let report = verify(Arc::new(disk.clone()), level, &mut |_| true).unwrap();
    let codes = report.findings.iter().map(|finding| finding.code);
    (report.verdict, codes.collect())
}

/// A flipped bit anywhere is noticed by a verification and makes no answer wrong. In a part of the
/// base it keeps derived files from being made anew, by name.
#[test]
fn no_flipped_bit_makes_an_answer_wrong() {
    let (whole, disk) = subject();
    assert_eq!(refusals(&whole, &reader(&disk).unwrap().snapshot()), 0);
    let batches = batches(&disk);
    let (mut cases, mut in_base) = (0u32, 0u32);
    for file in disk.file_names() {
        let bytes = disk.bytes(&file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        for at in flips(&file, used) {
            cases += 1;
            let what = format!("{file} at {at}");
            let damaged = flipped(&disk, &file, at);
            match reader(&damaged) {
                Ok(reader) => drop(refusals(&whole, &reader.snapshot())),
                Err(error) => assert!(file.starts_with("log/"), "{what}: {error}"),
            }
            if let Ok(store) = opened(&damaged.here().killed()) {
                // Opening reads the log's end alone: what is damaged before is refused when asked.
                let refused = refusals(&whole, &store.snapshot());
                assert!(refused == 0 || file.starts_with("log/"), "{what}");
            }
            let (verdict, codes) = verdict(&damaged, Level::Full);
            // Of an open block, the places of nodes that are not there yet are not read either.
            let is_open = file.contains("/tiles") && bytes[at] == 0;
            let is_read = file != "tip" && at >= first_slot(&whole, &file) && !is_open;
            assert!(!is_read || verdict != Verdict::Verified, "{what}");
            let at = at as u64;
            let of = batches.iter().find(|(start, len, ..)| {
                segment_name(start.segment()) == file
                    && (start.offset()..start.offset() + len).contains(&at)
            });
            let Some((_, _, kind, _)) = of else {
                continue;
            };
            assert_eq!(verdict, Verdict::Damaged, "{what}");
            if *kind == BatchKind::Base {
                in_base += 1;
                let bare = without_derived(&damaged);
                let refused = opened(&bare).unwrap_err();
                let damage = refused.damage();
                assert!(damage.is_some_and(|d| d.file == file), "{what}: {refused}");
                assert!(codes.len() == 1, "{what}: {codes:?}");
                // What stands behind is served all the same, and nothing of it wrong.
                let served = refusals(&whole, &reader(&bare).unwrap().snapshot());
                assert!(served > 0, "{what}");
            }
        }
    }
    println!("{cases} flipped bits, {in_base} of them in the base");
    assert!(cases > 400 && in_base > 100, "{cases} {in_base}");
}

/// Where the slots of an index begin that are not of what is before the base: nobody asks for those.
fn first_slot(whole: &Snapshot, file: &str) -> usize {
    let before = match file.rsplit_once('/') {
        Some(("audit", "heights" | "attachments")) => BASE - 1,
        Some((_, "states")) => 2 * (BASE - 1),
        Some((ledger, "entries")) => {
            let base = whole.at_height(BASE).unwrap();
            base.ledger(ledger).unwrap().size().0
        }
        _ => return 0,
    };
    4096 + 8 * usize::try_from(before).unwrap()
}

/// Which bytes of a file are flipped, one bit of each.
fn flips(file: &str, used: usize) -> impl Iterator<Item = usize> {
    let step = if file.starts_with("log/") { 23 } else { 61 };
    let page = (0..4096.min(used)).step_by(509);
    page.chain((4096..used).step_by(step))
}

/// A copy in which the frames of a batch are others, with every check right.
fn forged(disk: &SimStorage, at: Position, change: impl Fn(FrameKind, &mut Vec<u8>)) -> SimStorage {
    let disk = disk.here().killed();
    let segments = Segments::open(Arc::new(disk.clone()), [2; 16], Access::Read).unwrap();
    let segment = segments.get(at.segment()).unwrap();
    let bytes = segments.batch(at, |batch| {
        let mut buffer = BatchBuffer::new(batch.header.kind, batch.header.height);
        for frame in &batch.frames {
            let mut payload = frame.payload.to_vec();
            change(frame.kind, &mut payload);
            let put = |to: &mut Vec<u8>| to.extend_from_slice(&payload);
            buffer.push(frame.kind, put).unwrap();
        }
        let (number, chain) = (batch.header.number, batch.header.chain_before);
        let placed = buffer.encode(segment.seed(), at.offset(), number, &chain);
        placed.0.to_vec()
    });
    let bytes = bytes.unwrap();
    let name = segment_name(at.segment());
    let mut whole = disk.bytes(&name).unwrap();
    let start = usize::try_from(at.offset()).unwrap();
    whole[start..start + bytes.len()].copy_from_slice(&bytes);
    disk.put_bytes(&name, Some(whole));
    disk
}

/// Leaves, values, frames that a base cannot have: the log is not followed past them.
#[test]
fn a_base_that_lies_is_refused() {
    let (_, disk) = subject();
    let base = batches(&disk).into_iter();
    let base: Vec<_> = base
        .filter(|(_, _, kind, _)| *kind == BatchKind::Base)
        .collect();
    let refused = |lie: &SimStorage, code: &str, levels: &[Level]| {
        let bare = without_derived(lie);
        let error = opened(&bare).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        for level in levels {
            let (verdict, codes) = verdict(lie, *level);
            assert_eq!(verdict, Verdict::Damaged);
            assert!(codes.contains(&code), "{codes:?}");
        }
    };
    let both = [Level::Full, Level::Deep];
    let (mut leaves, mut values) = (0, 0);
    for (at, ..) in &base[..base.len() - 1] {
        let mut has = Vec::new();
        let segments = Segments::open(Arc::new(disk.clone()), [2; 16], Access::Read).unwrap();
        let kinds = segments.batch(*at, |batch| {
            batch
                .frames
                .iter()
                .map(|frame| frame.kind)
                .collect::<Vec<_>>()
        });
        has.extend(kinds.unwrap());
        let last_byte = |of: FrameKind| {
            forged(&disk, *at, move |kind, payload| {
                if kind == of {
                    *payload.last_mut().unwrap() ^= 1;
                }
            })
        };
        if has.contains(&FrameKind::Leaves) {
            leaves += 1;
            refused(&last_byte(FrameKind::Leaves), "E-BASE", &both);
            let elsewhere = forged(&disk, *at, |kind, payload| {
                if kind == FrameKind::Leaves {
                    payload[8] ^= 1;
                }
            });
            refused(&elsewhere, "E-PAYLOAD", &both);
        }
        if has.contains(&FrameKind::Delta) {
            values += 1;
            // Which state the writes make, only replaying them tells.
            refused(&last_byte(FrameKind::Delta), "E-BASE", &[Level::Deep]);
        }
    }
    assert!(leaves > 0 && values > 0, "{leaves} {values}");
}

/// What the superblock says of the base has to be what the log says.
#[test]
fn a_superblock_that_lies_of_the_base_is_refused() {
    let (_, disk) = subject();
    let written = |change: &dyn Fn(&mut Superblock)| {
        let disk = disk.here().killed();
        let (mut superblocks, state) = Superblocks::open(&disk).unwrap();
        for _ in 0..2 {
            let mut lie = state.current.clone();
            change(&mut lie);
            superblocks.write(lie).unwrap();
        }
        disk
    };
    let sizes = |change: &dyn Fn(&mut Base)| {
        written(&|superblock| change(superblock.base.as_mut().unwrap()))
    };
    for lie in [
        written(&|superblock| superblock.base = None),
        sizes(&|base| base.height -= 1),
        sizes(&|base| base.height += 1),
        sizes(&|base| base.sizes[1] -= 1),
        sizes(&|base| base.sizes[0] += 1),
        sizes(&|base| base.sizes.truncate(2)),
    ] {
        let error = opened(&without_derived(&lie)).unwrap_err();
        assert_eq!(error.code(), "E-PAYLOAD", "{error}");
        for level in [Level::Full, Level::Deep] {
            let (verdict, codes) = verdict(&lie, level);
            assert_eq!(verdict, Verdict::Damaged);
            assert!(codes.contains(&"E-PAYLOAD"), "{codes:?}");
        }
    }
    // And of a store that has none.
    let plain = SimStorage::new();
    let store = create(&plain);
    small_commits(3)
        .iter()
        .for_each(|change| commit(&store, change, 2));
    store.close().unwrap();
    let (mut superblocks, state) = Superblocks::open(&plain).unwrap();
    let base = Base {
        height: 1,
        sizes: vec![0, 0, 0],
    };
    for _ in 0..2 {
        let base = Some(base.clone());
        let lie = Superblock {
            base,
            ..state.current.clone()
        };
        superblocks.write(lie).unwrap();
    }
    drop(superblocks);
    let error = opened(&without_derived(&plain)).unwrap_err();
    assert_eq!(error.code(), "E-PAYLOAD", "{error}");
    assert_eq!(verdict(&plain, Level::Full).0, Verdict::Damaged);
}
