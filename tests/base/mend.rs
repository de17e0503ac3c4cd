//! What mends, copies and compares stores, over one that begins at a height.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{BatchKind, MemStorage, Storage, segment_name};
use ledger::mend::{
    Comparison, RecoverOptions, RepairOptions, RepairSource, Salvaged, compare, plan_repair,
    plan_truncation, recover, repair, salvage, truncate,
};
use ledger::stat::stat;
use ledger::{Error, Level, Store, Verdict, verify};
use merkle_log::TreeSize;

use super::stores::{
    Change, batches, changes, commit, create, flipped, open, options, pair, reader,
};
use super::whole::same;

const BASE: u64 = 4;

fn storage(disk: &SimStorage) -> Arc<dyn Storage> {
    Arc::new(disk.clone())
}

fn scratch() -> Arc<dyn Storage> {
    Arc::new(MemStorage::new())
}

fn is_before(error: &Error, height: u64) -> bool {
    matches!(error, Error::BeforeBase { what: "height", asked, base }
        if (*asked, *base) == (height, BASE))
}

fn verdict(disk: &SimStorage) -> Verdict {
    let report = verify(storage(disk), Level::Deep, &mut |_| true).unwrap();
    report.verdict
}

/// A copy begins where its source does, is brought up to date, and is made a store of its own.
#[test]
fn a_backup_begins_where_its_source_does() {
    let (whole, light) = pair(4, 8);
    let copy = SimStorage::new();
    let store = open(&light);
    let copied = store.backup(&storage(&copy)).unwrap();
    assert_eq!((copied.height, copied.height_before), (8, None));
    assert_eq!(verdict(&copy), Verdict::Verified);
    let more = &changes(9)[8];
    commit(&store, more, 3);
    commit(&open(&whole), more, 3);
    let copied = store.backup(&storage(&copy)).unwrap();
    assert_eq!((copied.height, copied.height_before), (9, Some(8)));
    let whole = reader(&whole).unwrap().snapshot();
    same(&whole, &reader(&copy).unwrap().snapshot(), BASE);
    for height in [2, 4, 9] {
        let root = whole.audit().root_at(TreeSize(height)).unwrap();
        let to = SimStorage::new();
        let restored = reader(&copy).unwrap().restore(
            &storage(&to),
            Some((height, root)),
            options(),
            &mut |_| true,
        );
        assert_eq!(restored.unwrap().verdict, Verdict::Verified);
        same(&whole, &open(&to).snapshot(), BASE);
    }
}

/// Where two stores part is found, unless that is before what one of them begins with.
#[test]
fn stores_are_compared_from_the_base_on() {
    let (whole, light) = pair(4, 8);
    let [whole, light] = [whole, light].map(|disk| reader(&disk).unwrap().snapshot());
    let agreed = compare(&whole, &light).unwrap();
    let root = whole.audit().root();
    let expected = Comparison::Agree {
        height: 8,
        audit_root: root,
    };
    assert_eq!(agreed, expected);
    for parted in 1..=8u64 {
        let other = create(&SimStorage::new());
        for (change, height) in changes(8).iter().zip(1..) {
            let mut change = change.clone();
            if height == parted {
                change.entries[1] += 1;
            }
            commit(&other, &change, 3);
        }
        for pair in [[&light, &other.snapshot()], [&other.snapshot(), &light]] {
            match compare(pair[0], pair[1]) {
                Ok(Comparison::Part(found)) => {
                    assert!(parted >= BASE);
                    assert_eq!(found.height, parted);
                    assert_eq!(found.ledgers[0].name, "domain");
                }
                Err(error) => assert!(parted < BASE && is_before(&error, parted), "{error}"),
                Ok(found) => panic!("{found:?}"),
            }
        }
    }
}

/// It is taken back to any height that it has, and to none before.
#[test]
fn it_is_not_taken_back_before_the_base() {
    let (whole, light) = pair(4, 8);
    let whole = reader(&whole).unwrap().snapshot();
    for height in 0..=8 {
        let disk = light.here().killed();
        let planned = plan_truncation(&storage(&disk), height);
        if height < BASE {
            assert!(is_before(&planned.unwrap_err(), height));
            let before = disk.file_names();
            let refused = truncate(&storage(&disk), height, options()).unwrap_err();
            assert!(is_before(&refused, height));
            assert_eq!(disk.file_names(), before);
            continue;
        }
        assert_eq!(planned.unwrap().height, height);
        let (done, _) = truncate(&storage(&disk), height, options()).unwrap();
        assert_eq!(done.height, height);
        assert_eq!(verdict(&disk), Verdict::Verified);
        let snapshot = open(&disk).snapshot();
        let then = whole.at_height(height).unwrap();
        assert_eq!(snapshot.base(), Some(BASE));
        assert_eq!(snapshot.ledgers(), then.ledgers());
        let root = whole.audit().root_at(TreeSize(height)).unwrap();
        assert_eq!(snapshot.audit().root(), root);
    }
}

/// It is counted as far as it goes, and what was never there is not lost.
#[test]
fn it_is_counted_and_nothing_from_before_is_lost() {
    let (whole, light) = pair(4, 8);
    let counted = stat(&storage(&light), &mut |_| true).unwrap();
    assert_eq!(counted.height, 8);
    assert!(counted.gaps.is_empty());
    let whole = reader(&whole).unwrap().snapshot();
    let base = whole.at_height(BASE).unwrap();
    for ledger in whole.ledgers() {
        let name = ledger.name.as_str();
        let first = base.ledger(name).unwrap().size().0;
        let mut next = first;
        let found = salvage(&storage(&light), name, &mut |found| {
            let Salvaged::Entry { index, .. } = found else {
                panic!("{found:?}");
            };
            assert_eq!(index, next);
            next += 1;
            true
        });
        let found = found.unwrap();
        assert_eq!((found.entries, found.lost), (ledger.size - first, 0));
    }
}

/// Damage to any batch: a part of the base is made again from a backup of this very store alone, a
/// later commit from any replica; without sources what is left of it is refused by name, and what
/// is not damaged is recovered.
#[test]
fn damage_is_repaired_from_what_has_it() {
    let (whole, light) = pair(4, 8);
    let copy = SimStorage::new();
    open(&light).backup(&storage(&copy)).unwrap();
    let with = |source: &[&SimStorage]| RepairOptions {
        sources: source
            .iter()
            .map(|disk| RepairSource::Store(reader(disk).unwrap()))
            .collect(),
        drop_last_batch: false,
        open: options(),
    };
    let (mut parts, mut later) = (0, 0);
    for (at, len, kind, height) in batches(&light) {
        let file = segment_name(at.segment());
        let bytes = light.bytes(&file).unwrap();
        let start = usize::try_from(at.offset()).unwrap();
        let end = start + usize::try_from(len).unwrap();
        let damaged = || {
            let disk = light.here().killed();
            let mut bytes = bytes.clone();
            bytes[start + 90..end - 40].fill(0x5a);
            disk.put_bytes(&file, Some(bytes));
            disk
        };
        let disk = damaged();
        let done = repair(&storage(&disk), &scratch(), &with(&[&copy])).unwrap();
        assert_eq!(done.unrepaired, [], "{kind:?} {height}");
        assert!(disk.bytes(&file).unwrap() == bytes);
        assert_eq!(verdict(&disk), Verdict::Verified);
        let disk = damaged();
        let plan = plan_repair(&storage(&disk), &scratch(), &with(&[&whole])).unwrap();
        match kind {
            BatchKind::Base => {
                assert_eq!(plan.unrepaired.len(), 1, "{:?}", plan.unrepaired);
                let reason = &plan.unrepaired[0].reason;
                assert!(reason.contains("begins with"), "{reason}");
                let to = storage(&SimStorage::new());
                let recovered = recover(
                    &storage(&disk),
                    &scratch(),
                    &to,
                    RecoverOptions::default(),
                    &mut |_| true,
                );
                assert!(is_before(&recovered.unwrap_err(), 0));
                parts += 1;
            }
            BatchKind::Commit => {
                assert_eq!(plan.unrepaired, [], "{height}");
                let to = SimStorage::new();
                let recovered = recover(
                    &storage(&disk),
                    &scratch(),
                    &storage(&to),
                    RecoverOptions::default(),
                    &mut |_| true,
                );
                assert_eq!(recovered.unwrap().height, height - 1);
                assert_eq!(verdict(&to), Verdict::Verified);
                assert_eq!(open(&to).snapshot().base(), Some(BASE));
                later += 1;
            }
            BatchKind::Declaration | BatchKind::Attachment => {}
        }
    }
    assert!(parts > 3 && later == 4, "{parts} {later}");
}

/// One bit of a part is made good from the part itself.
#[test]
fn a_part_whose_frames_verify_is_made_again_from_them() {
    let (_, light) = pair(4, 6);
    let mut made = 0;
    for (at, len, kind, _) in batches(&light) {
        if kind != BatchKind::Base {
            continue;
        }
        let file = segment_name(at.segment());
        let start = usize::try_from(at.offset()).unwrap();
        // The begin header's check, and the trailer's.
        for at in [start + 93, start + usize::try_from(len).unwrap() - 2] {
            let disk = flipped(&light, &file, at);
            let how = RepairOptions {
                open: options(),
                ..RepairOptions::default()
            };
            let done = repair(&storage(&disk), &scratch(), &how).unwrap();
            assert_eq!(done.unrepaired, []);
            assert!(disk.bytes(&file).unwrap() == light.bytes(&file).unwrap());
            assert_eq!(verdict(&disk), Verdict::Verified);
            made += 1;
        }
    }
    assert!(made > 6, "{made}");
}

/// What it begins with is found in its log where both superblocks are gone; without all of that there
/// is nothing to make a store of.
#[test]
fn lost_superblocks_are_made_again_from_the_log() {
    let (whole, light) = pair(4, 8);
    let whole = reader(&whole).unwrap().snapshot();
    let lost = || {
        let disk = light.here().killed();
        disk.put_bytes("SUPER.0", None);
        disk.put_bytes("SUPER.1", None);
        disk
    };
    let how = || RepairOptions {
        open: options(),
        ..RepairOptions::default()
    };
    let recovered = |disk: &SimStorage, to: &SimStorage| {
        let how = RecoverOptions::default();
        recover(&storage(disk), &scratch(), &storage(to), how, &mut |_| true)
    };
    let (disk, to) = (lost(), SimStorage::new());
    assert_eq!(recovered(&disk, &to).unwrap().height, 8);
    let done = repair(&storage(&disk), &scratch(), &how()).unwrap();
    assert_eq!(done.unrepaired, []);
    for disk in [&disk, &to] {
        assert_eq!(verdict(disk), Verdict::Verified);
        let snapshot = reader(disk).unwrap().snapshot();
        assert_eq!((snapshot.base(), snapshot.height()), (Some(BASE), 8));
        same(&whole, &snapshot, BASE);
    }
    let mut parts = 0;
    for (at, len, kind, height) in batches(&light) {
        if kind != BatchKind::Base {
            continue;
        }
        let disk = lost();
        let file = segment_name(at.segment());
        let mut bytes = disk.bytes(&file).unwrap();
        let start = usize::try_from(at.offset()).unwrap();
        bytes[start + 90..start + usize::try_from(len).unwrap() - 40].fill(0x5a);
        disk.put_bytes(&file, Some(bytes.clone()));
        match repair(&storage(&disk), &scratch(), &how()) {
            Ok(done) => assert!(height == 0 && !done.unrepaired.is_empty()),
            Err(error) => assert_eq!(error.code(), "E-NO-STORE"),
        }
        let to = SimStorage::new();
        let refused = recovered(&disk, &to).unwrap_err();
        assert!(matches!(refused.code(), "E-NO-STORE" | "E-BEFORE-BASE"));
        assert!(to.file_names().is_empty());
        assert_eq!(disk.bytes(&file), Some(bytes));
        assert_eq!(disk.bytes("SUPER.0").or(disk.bytes("SUPER.1")), None);
        parts += 1;
    }
    assert!(parts > 3, "{parts}");
}

/// Heights of states are dropped and kept from the base on.
#[test]
fn states_are_pruned_from_the_base_on() {
    use ledger::Keep;
    use std::num::NonZeroU64;
    let (_, light) = pair(4, 12);
    let store = open(&light);
    let kept = store.snapshot().kept("domain").unwrap();
    assert_eq!(kept.oldest(), BASE);
    let sizes = store.snapshot().state_sizes("domain").unwrap();
    let last = NonZeroU64::new(3).unwrap();
    let refused = store.prune("domain", &Keep::last(last).and([2]));
    assert!(is_before(&refused.unwrap_err(), 2));
    let refused = store.set_keep("domain", Keep::last(last).and([2]));
    assert!(is_before(&refused.unwrap_err(), 2));
    let many = NonZeroU64::new(100).unwrap();
    let plan = store.plan_prune("domain", &Keep::last(many)).unwrap();
    assert_eq!((plan.before.oldest(), plan.after.oldest()), (BASE, BASE));
    let pruned = store
        .prune("domain", &Keep::last(last).and([BASE]))
        .unwrap();
    assert_eq!(pruned.after.oldest(), 10);
    assert!(store.snapshot().state_sizes("domain").unwrap() != sizes);
    store.close().unwrap();
    assert_eq!(verdict(&light), Verdict::Verified);
    let snapshot = reader(&light).unwrap().snapshot();
    for height in BASE..=12 {
        let state = snapshot.at_height(height).unwrap().state("domain");
        let is_kept = height == BASE || height >= 10;
        assert_eq!(state.is_ok(), is_kept, "{height}");
    }
    let bare = super::stores::without_derived(&light);
    bare.put_bytes("domain/kept", light.bytes("domain/kept"));
    open(&bare).close().unwrap();
    assert_eq!(verdict(&bare), Verdict::Verified);
}

/// A subscription begins at the base at the earliest.
#[test]
fn commits_are_followed_from_the_base_on() {
    let (_, light) = pair(4, 6);
    let store: Store = open(&light);
    for from in 1..BASE {
        assert!(is_before(&store.subscribe(from).unwrap_err(), from));
        assert!(is_before(
            &store.attach(from, 1, b"late").unwrap_err(),
            from
        ));
    }
    let mut subscription = store.subscribe(BASE).unwrap();
    for height in BASE..=6 {
        let record = subscription.try_next().unwrap().unwrap();
        assert_eq!(record.body.height, height);
    }
    let change: &Change = &changes(7)[6];
    commit(&store, change, 3);
    assert_eq!(subscription.next().unwrap().unwrap().body.height, 7);
    store.attach(BASE, 9, b"late").unwrap();
    let attached = store.snapshot().attachments(BASE).unwrap();
    assert_eq!(attached.last().unwrap().bytes, b"late");
}
