//! A store that begins at a height against the whole store that it was made from.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use ledger::{Error, Level, Snapshot, Store, Verdict, verify};
use merkle_log::{LeafIndex, TreeSize};
use patricia_state::Direction;
use proptest::prelude::*;

use super::stores::{
    Change, begin, begun, changes, commit, create, give, last, open, reader, without_derived,
};

fn change() -> impl Strategy<Value = Change> {
    let count = prop_oneof![4 => 0..4u8, 1 => 40..200u8];
    let entries = [count.clone(), count.clone(), count.clone(), count];
    let writes = prop::collection::vec((any::<u8>(), 0..120u8), 0..60);
    (entries, writes).prop_map(|(entries, writes)| Change { entries, writes })
}

/// Everything that both have is the same; what only the whole one has is refused.
pub(crate) fn same(whole: &Snapshot, light: &Snapshot, base: u64) {
    assert_eq!((whole.base(), light.base()), (None, Some(base)));
    assert_eq!(whole.height(), light.height());
    assert_eq!(whole.ledgers(), light.ledgers());
    assert_eq!(whole.audit().root(), light.audit().root());
    assert_eq!(whole.time_ms(), light.time_ms());
    for height in 0..=whole.height() {
        if height == 0 {
            assert!(matches!(light.commit(0), Err(Error::NoSuchHeight { .. })));
            continue;
        }
        let (expected, found) = (whole.commit(height).unwrap(), light.commit(height));
        if height < base {
            assert!(is_before(&found.unwrap_err(), "height", height, base));
            let attached = light.attachments(height).unwrap_err();
            assert!(is_before(&attached, "height", height, base));
            let at = light.at_height(height).unwrap_err();
            assert!(is_before(&at, "height", height, base));
            let time = expected.body.time_ms;
            let at = light.at_time(time).unwrap_err();
            assert!(is_before(&at, "time", time, base));
            continue;
        }
        let found = found.unwrap();
        assert_eq!(found.body_bytes, expected.body_bytes);
        assert_eq!(found.metadata, expected.metadata);
        assert_eq!(found.audit_root, expected.audit_root);
        let attached = |snapshot: &Snapshot| snapshot.attachments(height).unwrap();
        assert_eq!(attached(light), attached(whole));
        let time = expected.body.time_ms;
        assert_eq!(light.at_time(time).unwrap().height(), height);
        let then = [whole, light].map(|snapshot| snapshot.at_height(height).unwrap());
        trees(&then, base);
        states(&then);
    }
    lookups(whole, light, base);
}

fn is_before(error: &Error, asked_for: &str, number: u64, height: u64) -> bool {
    error.code() == "E-BEFORE-BASE"
        && matches!(error, Error::BeforeBase { what, asked, base }
            if (*what, *asked, *base) == (asked_for, number, height))
}

/// Leaf hashes and proofs of all trees, and entries from the base on.
fn trees([whole, light]: &[Snapshot; 2], base: u64) {
    for ledger in whole.ledgers() {
        let name = ledger.name.as_str();
        let first = base_size(whole, name, base);
        let [a, b] = [whole, light].map(|snapshot| snapshot.ledger(name).unwrap());
        let size = TreeSize(ledger.size);
        assert_eq!(
            a.leaf_hashes(0..ledger.size).unwrap(),
            b.leaf_hashes(0..ledger.size).unwrap()
        );
        for index in 0..ledger.size {
            let (proof, index) = (a.prove_inclusion(LeafIndex(index), size), LeafIndex(index));
            assert_eq!(proof.unwrap(), b.prove_inclusion(index, size).unwrap());
            if index.0 < first {
                let refused = b.entry(index).unwrap_err();
                assert!(is_before(&refused, "entry", index.0, base));
                let range = b.entries(index.0..ledger.size).map(|_| ()).unwrap_err();
                assert!(is_before(&range, "entry", index.0, base));
            } else {
                assert_eq!(a.entry(index).unwrap(), b.entry(index).unwrap());
            }
        }
        let read = |view: &ledger::TreeView<'_>| {
            let entries = view.entries(first..ledger.size).unwrap();
            entries.collect::<Result<Vec<_>, _>>().unwrap()
        };
        assert_eq!(read(&a), read(&b));
        for older in 1..=ledger.size {
            let proof = a.prove_consistency(TreeSize(older), size).unwrap();
            assert_eq!(proof, b.prove_consistency(TreeSize(older), size).unwrap());
        }
    }
    let [a, b] = [whole, light].map(Snapshot::audit);
    assert_eq!(
        a.leaf_hashes(0..whole.height()).unwrap(),
        b.leaf_hashes(0..whole.height()).unwrap()
    );
    for height in 1..=whole.height() {
        let proof = |view: &ledger::TreeView<'_>| {
            let index = LeafIndex(height - 1);
            view.prove_inclusion(index, view.size()).unwrap()
        };
        assert_eq!(proof(&a), proof(&b));
    }
}

/// The size of a ledger at the base, as the whole store has it.
fn base_size(whole: &Snapshot, name: &str, base: u64) -> u64 {
    let then = whole.at_height(base).unwrap();
    let mut ledgers = then.ledgers().iter();
    let found = ledgers.find(|ledger| ledger.name.as_str() == name);
    found.map_or(0, |ledger| ledger.size)
}

fn states([whole, light]: &[Snapshot; 2]) {
    for ledger in whole.ledgers().iter().filter(|l| l.state.is_some()) {
        let name = ledger.name.as_str();
        let [a, b] = [whole, light].map(|snapshot| snapshot.state(name).unwrap());
        let pairs = |state: &ledger::StateView| {
            let pairs = state.entries(Direction::Forward);
            let pairs = pairs.map(|pair| pair.map(|(key, value)| (key, value.to_vec())));
            pairs.collect::<Result<Vec<_>, _>>().unwrap()
        };
        assert_eq!(pairs(&a), pairs(&b));
        for key in 0..=255u8 {
            let key = [key, 1, key];
            assert_eq!(a.get(key).unwrap(), b.get(key).unwrap());
            let keys: [&[u8]; 1] = [&key];
            let proofs = [&a, &b].map(|state| state.prove(&keys).unwrap());
            assert_eq!(proofs[0].0.nodes(), proofs[1].0.nodes());
        }
    }
}

/// Leaves are found by their hashes, old ones too; ids of entries from before are not known.
fn lookups(whole: &Snapshot, light: &Snapshot, base: u64) {
    let domain = whole.ledger("domain").unwrap();
    for hash in domain.leaf_hashes(0..domain.size().0).unwrap() {
        let found = |snapshot: &Snapshot| {
            let leaves = snapshot.leaves("domain", &hash);
            leaves.collect::<Result<Vec<_>, _>>().unwrap()
        };
        assert_eq!(found(whole), found(light));
    }
    let first = base_size(whole, "pool", base);
    for index in 0..whole.ledger("pool").unwrap().size().0 {
        let id = whole.id("pool", LeafIndex(index)).unwrap().unwrap();
        let found = light.find_id("pool", &id).unwrap();
        if index < first {
            assert_eq!(found, None);
            let refused = light.id("pool", LeafIndex(index)).unwrap_err();
            assert!(is_before(&refused, "entry", index, base));
        } else {
            assert_eq!(found, whole.find_id("pool", &id).unwrap());
            assert_eq!(light.id("pool", LeafIndex(index)).unwrap().unwrap(), id);
        }
    }
}

/// The derived files, without the zeros that may follow.
fn derived(disk: &SimStorage) -> Vec<(String, Vec<u8>)> {
    let names = disk.file_names().into_iter();
    let names = names.filter(|name| !name.starts_with("log/") && name.contains('/'));
    let file = |name: String| {
        let mut bytes = disk.bytes(&name).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0);
        bytes.truncate(used.map_or(0, |last| last + 1));
        (name, bytes)
    };
    names.map(file).collect()
}

fn verified(disk: &SimStorage, base: u64) {
    for level in [Level::Quick, Level::Full, Level::Deep] {
        let report = verify(Arc::new(disk.clone()), level, &mut |_| true).unwrap();
        assert_eq!(
            report.verdict,
            Verdict::Verified,
            "{level:?} {:?}",
            report.findings
        );
        if level != Level::Quick {
            assert_eq!(report.first_height, base);
        }
    }
}

/// Clean, killed, with all derived files gone: what is opened is always the same.
fn however_it_is_opened(whole: &Snapshot, store: Store, disk: &SimStorage, base: u64) {
    let killed = disk.here().killed();
    same(whole, &reader(&killed).unwrap().snapshot(), base);
    let opened = open(&killed);
    same(whole, &opened.snapshot(), base);
    drop(opened);
    store.close().unwrap();
    verified(disk, base);
    let opened = open(&disk.here().killed());
    assert!(opened.report().clean);
    same(whole, &opened.snapshot(), base);
    let bare = without_derived(disk);
    same(whole, &reader(&bare).unwrap().snapshot(), base);
    let opened = open(&bare);
    assert!(opened.report().rebuilt);
    same(whole, &opened.snapshot(), base);
    opened.close().unwrap();
    verified(&bare, base);
    let (made, again) = (derived(disk), derived(&bare));
    assert_eq!(made.len(), again.len());
    for ((name, made), (other, again)) in made.iter().zip(&again) {
        assert_eq!(name, other);
        assert!(made == again, "{name} is made otherwise");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_the_whole_store_is(
        changes in prop::collection::vec(change(), 2..9),
        base in any::<prop::sample::Index>(),
        late_at in 2..8u64,
        piece in 1..300u64,
    ) {
        let disks = [SimStorage::new(), SimStorage::new()];
        let base = base.index(changes.len()) as u64 + 1;
        let whole = create(&disks[0]);
        for change in changes.iter().take(usize::try_from(base).unwrap()) {
            commit(&whole, change, late_at);
        }
        let source = whole.snapshot();
        let mut writer = begin(&source, &disks[1]).unwrap();
        give(&source, &mut writer, piece).unwrap();
        let (body, metadata, attachments) = last(&source);
        let light = writer.finish(&body, &metadata, &attachments).unwrap();
        same(&whole.snapshot(), &light.snapshot(), base);
        light.close().unwrap();
        let light = open(&disks[1]);
        for change in changes.iter().skip(usize::try_from(base).unwrap()) {
            commit(&whole, change, late_at);
            commit(&light, change, late_at);
        }
        same(&whole.snapshot(), &light.snapshot(), base);
        however_it_is_opened(&whole.snapshot(), light, &disks[1], base);
    }
}

/// A store that begins at a height is a source of another one, also for a later height.
#[test]
fn one_begins_with_what_another_began_with() {
    let disks = [SimStorage::new(), SimStorage::new(), SimStorage::new()];
    let whole = create(&disks[0]);
    let changes = changes(6);
    changes[..4]
        .iter()
        .for_each(|change| commit(&whole, change, 3));
    let light = begun(&whole.snapshot(), &disks[1]);
    commit(&whole, &changes[4], 3);
    commit(&light, &changes[4], 3);
    let lighter = begun(&light.snapshot(), &disks[2]);
    for store in [&whole, &light, &lighter] {
        commit(store, &changes[5], 3);
    }
    same(&whole.snapshot(), &light.snapshot(), 4);
    same(&whole.snapshot(), &lighter.snapshot(), 5);
}
