//! Look-up by leaf hash and by id, held against maps: through batches on batches, watermarks,
//! reopenings, kills and power cuts, with enough entries that runs are merged.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

use std::collections::HashMap;
use std::sync::Arc;

use hash_store::MemStorage;
use hash_store::sim::{Choice, Random, SimStorage};
use ledger::{
    Batch, Error, FoundEntry, LedgerSpec, Level, Options, Reader, Snapshot, Store, Submission,
    TreeType, Verdict, verify,
};
use merkle_log::{Hash, LeafIndex};
use proptest::prelude::*;

const NAMES: [&str; 4] = ["own", "left", "right", "plain"];

fn specs() -> Vec<LedgerSpec> {
    let space = || "requests".parse().unwrap();
    let log = |name: &str| LedgerSpec::log(name.parse().unwrap(), TreeType::Sha256);
    vec![
        log("own").with_leaf_hashes().with_ids(),
        log("left").with_ids_in(space()),
        LedgerSpec::log("right".parse().unwrap(), TreeType::Blake3)
            .with_leaf_hashes()
            .with_ids_in(space()),
        log("plain"),
    ]
}

fn options() -> Options {
    Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    }
}

fn create(disk: &SimStorage) -> Store {
    let network = "net".parse().unwrap();
    Store::create_in(
        Arc::new(disk.clone()),
        [3; 16],
        network,
        &specs(),
        options(),
    )
    .unwrap()
}

fn open(disk: &SimStorage) -> Store {
    Store::open_in(Arc::new(disk.clone()), options()).unwrap()
}

const fn space(ledger: usize) -> Option<usize> {
    match ledger {
        0 => Some(0),
        1 | 2 => Some(1),
        _ => None,
    }
}

/// Entries and ids of one ledger, in order.
type Rows = Vec<(Vec<u8>, Option<Vec<u8>>)>;

#[derive(Clone, Debug, Default)]
struct Model {
    ledgers: [Rows; 4],
    ids: HashMap<(usize, Vec<u8>), (usize, u64)>,
    /// Sizes by height.
    heights: Vec<[u64; 4]>,
}

impl Model {
    /// Adds an entry with an id to a batch and to the model, which have to agree about it.
    fn add(&mut self, batch: &mut Batch, ledger: usize, id: Vec<u8>, entry: Vec<u8>) {
        let size = self.ledgers[ledger].len() as u64;
        let answer = batch.append_unique(NAMES[ledger], &id, &entry);
        let key = space(ledger).map(|space| (space, id.clone()));
        let Some(key) = key else {
            assert!(matches!(answer, Err(Error::NoLookup { .. })), "{answer:?}");
            return;
        };
        match self.ids.get(&key) {
            Some((first, leaf)) => match answer {
                Err(Error::DuplicateId {
                    id: named,
                    ledger,
                    index,
                }) => assert_eq!((named, ledger.as_str(), index), (id, NAMES[*first], *leaf)),
                other => panic!("a second entry with an id: {other:?}"),
            },
            None => {
                assert_eq!(answer.unwrap(), LeafIndex(size));
                self.ids.insert(key, (ledger, size));
                self.ledgers[ledger].push((entry, Some(id)));
            }
        }
    }

    fn add_without(&mut self, batch: &mut Batch, ledger: usize, entry: Vec<u8>) {
        batch.append(NAMES[ledger], &entry).unwrap();
        self.ledgers[ledger].push((entry, None));
    }

    fn sealed(&mut self) {
        self.heights
            .push(std::array::from_fn(|i| self.ledgers[i].len() as u64));
    }

    /// Holds a snapshot against the first `sizes` entries of each ledger.
    fn check(&self, snapshot: &Snapshot, sizes: [u64; 4], random: &mut Random) {
        for (ledger, name) in NAMES.iter().enumerate() {
            let size = sizes[ledger];
            assert_eq!(snapshot.ledger(name).unwrap().size().0, size);
            for _ in 0..if size > 0 { 12 } else { 0 } {
                let leaf = random.below(size + size / 4);
                let known = leaf < self.ledgers[ledger].len() as u64;
                if !known {
                    continue;
                }
                let (entry, id) = &self.ledgers[ledger][usize::try_from(leaf).unwrap()];
                self.check_leaf(snapshot, ledger, size, entry);
                if let Some(id) = id {
                    self.check_id(snapshot, ledger, sizes, id);
                    if leaf < size {
                        let read = snapshot.id(name, LeafIndex(leaf)).unwrap();
                        assert_eq!(read.as_ref(), Some(id));
                    }
                }
            }
            let unknown = random.next().to_le_bytes();
            self.check_id(snapshot, ledger, sizes, &unknown);
            self.check_leaf(snapshot, ledger, size, &unknown);
        }
    }

    fn check_leaf(&self, snapshot: &Snapshot, ledger: usize, size: u64, entry: &[u8]) {
        let tree = snapshot.ledger(NAMES[ledger]).unwrap().tree();
        let hash: Hash = tree.leaf(entry);
        let found: Result<Vec<LeafIndex>, Error> = snapshot.leaves(NAMES[ledger], &hash).collect();
        if !matches!(ledger, 0 | 2) {
            assert!(matches!(found, Err(Error::NoLookup { .. })));
            return;
        }
        let rows = (0u64..)
            .zip(&self.ledgers[ledger])
            .take_while(|(leaf, _)| *leaf < size);
        let equal = rows.filter(|(_, (other, _))| other == entry);
        let expected: Vec<LeafIndex> = equal.map(|(leaf, _)| LeafIndex(leaf)).collect();
        assert_eq!(found.unwrap(), expected);
        let first = snapshot.find_leaf(NAMES[ledger], &hash).unwrap();
        assert_eq!(first, expected.first().copied());
    }

    fn check_id(&self, snapshot: &Snapshot, ledger: usize, sizes: [u64; 4], id: &[u8]) {
        let found = snapshot.find_id(NAMES[ledger], id);
        let Some(space) = space(ledger) else {
            assert!(matches!(found, Err(Error::NoLookup { .. })));
            return;
        };
        let known = self.ids.get(&(space, id.to_vec()));
        let expected = known.filter(|(ledger, leaf)| *leaf < sizes[*ledger]);
        let expected = expected.map(|(ledger, leaf)| FoundEntry {
            ledger: NAMES[*ledger].to_owned(),
            index: LeafIndex(*leaf),
        });
        assert_eq!(found.unwrap(), expected);
        if let Some(found) = expected {
            let view = snapshot.ledger(&found.ledger).unwrap();
            let proof = view.prove_inclusion(found.index, view.size()).unwrap();
            let leaf = view.tree().leaf(&view.entry(found.index).unwrap());
            let _proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
        }
    }

    /// Holds the tip and an earlier height against the model, beside the writer and without it.
    fn check_all(&self, store: &Store, disk: &SimStorage, random: &mut Random) {
        let Some(tip) = self.heights.last() else {
            return;
        };
        let scratch = Arc::new(MemStorage::new());
        let reader = Reader::open_in(Arc::new(disk.clone()), scratch).unwrap();
        for snapshot in [store.snapshot(), reader.snapshot()] {
            self.check(&snapshot, *tip, random);
            let height = 1 + random.below(self.heights.len() as u64);
            let earlier = snapshot.at_height(height).unwrap();
            let sizes = self.heights[usize::try_from(height - 1).unwrap()];
            self.check(&earlier, sizes, random);
        }
    }
}

/// Adds entries to a batch: some with ids that are known, some without, some twice.
fn fill(model: &mut Model, batch: &mut Batch, random: &mut Random) {
    let many = random.one_in(3);
    for _ in 0..random.below(if many { 900 } else { 8 }) {
        let ledger = usize::try_from(random.below(4)).unwrap();
        let entry = random.below(3000).to_string().into_bytes();
        let mut id = random.below(12_000).to_string().into_bytes();
        match random.below(10) {
            0 => model.add_without(batch, ledger, entry),
            1 => {
                id.resize(900, 7);
                model.add(batch, ledger, id, entry);
            }
            _ => model.add(batch, ledger, id, entry),
        }
    }
}

fn verified(disk: &SimStorage) {
    let report = verify(Arc::new(disk.clone()), Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
}

fn run_files(disk: &SimStorage) -> Vec<String> {
    let mut names = disk.file_names();
    names.retain(|name| name.ends_with(".run"));
    names
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn look_ups_answer_as_maps_do(seed in any::<u64>()) {
        let mut random = Random::new(seed);
        let mut disk = SimStorage::new();
        let mut store = create(&disk);
        let mut model = Model::default();
        for _ in 0..14 {
            match random.below(12) {
                0..=5 => {
                    // Up to three batches on one another, of which the last may be dropped.
                    let (mut batch, mut sealed) = (store.batch(), Vec::new());
                    for _ in 0..=random.below(3) {
                        fill(&mut model, &mut batch, &mut random);
                        model.sealed();
                        sealed.push(batch.seal(1, &[]).unwrap());
                        batch = sealed.last().unwrap().child();
                    }
                    let mut dropped = model.clone();
                    fill(&mut dropped, &mut batch, &mut random);
                    for sealed in sealed {
                        store.commit(sealed).unwrap();
                    }
                    // What was dropped is as if it had never been.
                    drop(batch);
                }
                6 => store.sync_derived().unwrap(),
                7 => {
                    store.close().unwrap();
                    verified(&disk);
                    store = open(&disk);
                    prop_assert!(store.report().clean);
                }
                8 => {
                    disk = disk.kill();
                    store = open(&disk);
                }
                9 => {
                    disk = disk.crash(Choice::Seed(random.next()));
                    store = open(&disk);
                    prop_assert!(!store.report().rebuilt);
                }
                10 => {
                    // Derived files are made anew from the log alone.
                    store.close().unwrap();
                    let runs = run_files(&disk);
                    let before: Vec<_> = runs.iter().map(|name| disk.bytes(name)).collect();
                    if let Some(gone) = runs.get(usize::try_from(random.below(9)).unwrap()) {
                        disk.put_bytes(gone, None);
                    }
                    store = open(&disk);
                    let after: Vec<_> = runs.iter().map(|name| disk.bytes(name)).collect();
                    prop_assert_eq!(before, after);
                }
                _ => {
                    let mut first = Submission::new(1);
                    first.append_unique("left", b"group", b"one").unwrap();
                    let answer = store.submit(first);
                    let key = (1, b"group".to_vec());
                    if model.ids.contains_key(&key) {
                        let refused = matches!(answer, Err(Error::DuplicateId { .. }));
                        prop_assert!(refused);
                    } else {
                        answer.unwrap();
                        let leaf = model.ledgers[1].len() as u64;
                        model.ids.insert(key, (1, leaf));
                        model.ledgers[1].push((b"one".to_vec(), Some(b"group".to_vec())));
                        model.sealed();
                    }
                }
            }
            model.check_all(&store, &disk, &mut random);
        }
    }
}

/// Entries with ids so many that runs of several lengths stand beside one another.
fn store_with_runs(disk: &SimStorage) -> (Store, Model) {
    let (store, mut model) = (create(disk), Model::default());
    for commit in 0..6u32 {
        let mut batch = store.batch();
        for i in 0..700u32 {
            let id = (commit * 700 + i).to_le_bytes().to_vec();
            model.add(&mut batch, 0, id, i.to_be_bytes().to_vec());
        }
        model.sealed();
        store.commit(batch.seal(1, &[]).unwrap()).unwrap();
        store.sync_derived().unwrap();
    }
    (store, model)
}

#[test]
fn runs_are_few_and_merged() {
    let disk = SimStorage::new();
    let (store, _) = store_with_runs(&disk);
    let mut names = run_files(&disk);
    names.retain(|name| name.starts_with("own/ids/"));
    assert_eq!(
        names,
        [
            "own/ids/0000000000000000-0000000000001000.run",
            "own/ids/0000000000001000-0000000000001068.run",
        ]
    );
    drop(store);
}

#[test]
fn damage_noticed_by_a_writer_is_answered_from_the_log_and_healed() {
    let disk = SimStorage::new();
    let (store, model) = store_with_runs(&disk);
    store.close().unwrap();
    let sizes = *model.heights.last().unwrap();
    let good: Vec<_> = run_files(&disk)
        .iter()
        .map(|name| disk.bytes(name))
        .collect();
    for name in run_files(&disk) {
        // Every block of a run, and the one that only absence is read from.
        let bytes = disk.bytes(&name).unwrap();
        for at in (4096..bytes.len()).step_by(4096) {
            let mut bad = bytes.clone();
            bad[at + 77] ^= 1;
            disk.put_bytes(&name, Some(bad));
            let report = verify(Arc::new(disk.clone()), Level::Full, &mut |_| true).unwrap();
            assert!(report.findings.iter().any(|finding| finding.file == name));
            let store = open(&disk);
            let mut random = Random::new(at as u64);
            for _ in 0..4 {
                model.check(&store.snapshot(), sizes, &mut random);
            }
            let mut batch = store.batch();
            for id in (0..4200u32).step_by(97) {
                let refused = batch.append_unique("own", id.to_le_bytes(), b"again");
                let Err(Error::DuplicateId { index, .. }) = refused else {
                    panic!("id {id} was taken twice");
                };
                assert_eq!(index, u64::from(id));
            }
            store.close().unwrap();
            verified(&disk);
        }
    }
    let healed: Vec<_> = run_files(&disk)
        .iter()
        .map(|name| disk.bytes(name))
        .collect();
    assert_eq!(healed, good);
}

#[test]
fn a_submission_with_a_known_id_is_refused_and_the_others_of_its_group_are_committed() {
    let disk = SimStorage::new();
    let store = create(&disk);
    // Many submitters at once, so that groups form: of each id one is committed.
    let (won, lost) = std::thread::scope(|scope| {
        let submit = |thread: u64| {
            let store = &store;
            move || {
                let (mut won, mut lost) = (0, 0);
                for id in 0..40u64 {
                    let mut submission = Submission::new(1);
                    let ledger = if (thread + id).is_multiple_of(2) {
                        "left"
                    } else {
                        "right"
                    };
                    submission.append(ledger, thread.to_le_bytes()).unwrap();
                    submission
                        .append_unique(ledger, id.to_le_bytes(), thread.to_le_bytes())
                        .unwrap();
                    submission.append("plain", b"beside").unwrap();
                    match store.submit(submission) {
                        Ok(receipt) => {
                            let index = LeafIndex(receipt.first[0].1.0 + 1);
                            let found = store.snapshot().find_id("left", id.to_le_bytes());
                            let ledger = ledger.to_owned();
                            let expected = Some(FoundEntry { ledger, index });
                            assert_eq!(found.unwrap(), expected);
                            won += 1;
                        }
                        Err(Error::DuplicateId { .. }) => lost += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                (won, lost)
            }
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(submit(thread))).collect();
        let counts = threads.into_iter().map(|thread| thread.join().unwrap());
        counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    });
    assert_eq!((won, lost), (40, 280));
    let snapshot = store.snapshot();
    let size = |name: &str| snapshot.ledger(name).unwrap().size().0;
    assert_eq!((size("left") + size("right"), size("plain")), (80, 40));
}

#[test]
fn of_many_submissions_each_is_answered_by_itself() {
    let disk = SimStorage::new();
    let store = create(&disk);
    let with_id = |ledger: &str, id: &[u8], entry: &[u8]| {
        let mut submission = Submission::new(1);
        submission.append_unique(ledger, id, entry).unwrap();
        submission
    };
    let mut nowhere = Submission::new(1);
    nowhere.append("nowhere", b"6").unwrap();
    let mut answers = store.submit_all(vec![
        with_id("left", b"x", b"1"),
        with_id("plain", b"y", b"2"),
        with_id("right", b"x", b"3"),
        with_id("right", b"z", b"4"),
        Submission::new(1),
        nowhere,
        with_id("left", b"w", b"7"),
    ]);
    assert!(matches!(answers[1], Err(Error::NoLookup { .. })));
    assert!(matches!(answers[2], Err(Error::DuplicateId { .. })));
    assert!(matches!(answers[5], Err(Error::NoSuchLedger { .. })));
    let mut taken = Vec::new();
    for at in [0, 3, 4, 6] {
        let receipt = answers[at].as_mut().unwrap();
        // One commit for all of them.
        assert_eq!(receipt.height, store.snapshot().height());
        let places = std::mem::take(&mut receipt.first).into_iter();
        taken.push(places.map(|(name, index)| (name, index.0)).next());
    }
    let at = |name: &str, index| Some((name.to_owned(), index));
    assert_eq!(taken, [at("left", 0), at("right", 0), None, at("left", 1)]);
    let snapshot = store.snapshot();
    let entry = |name: &str, index| snapshot.ledger(name).unwrap().entry(LeafIndex(index));
    assert_eq!(entry("left", 0).unwrap(), b"1");
    assert_eq!(entry("left", 1).unwrap(), b"7");
    assert_eq!(entry("right", 0).unwrap(), b"4");
    assert!(store.submit_all(Vec::new()).is_empty());
    assert_eq!(store.snapshot().height(), snapshot.height());
}

#[test]
fn one_submission_may_not_bring_an_id_twice() {
    let disk = SimStorage::new();
    let store = create(&disk);
    let mut twice = Submission::new(1);
    twice.append_unique("left", b"x", b"1").unwrap();
    twice.append_unique("right", b"x", b"2").unwrap();
    assert!(matches!(
        store.submit(twice),
        Err(Error::DuplicateId { .. })
    ));
    let mut once = Submission::new(1);
    once.append_unique("right", b"x", b"2").unwrap();
    store.submit(once).unwrap();
    let mut without = Submission::new(1);
    without.append_unique("plain", b"x", b"2").unwrap();
    assert!(matches!(store.submit(without), Err(Error::NoLookup { .. })));
    assert_eq!(store.snapshot().height(), 1);
}

#[test]
fn an_id_has_from_1_to_1024_bytes() {
    let disk = SimStorage::new();
    let store = create(&disk);
    let mut batch = store.batch();
    for len in [0, 1025] {
        let refused = batch.append_unique("own", vec![1; len], b"entry");
        assert!(matches!(refused, Err(Error::IdLen { .. })));
    }
    assert!(batch.append_unique("own", [1; 1024], b"entry").is_ok());
    assert_eq!(batch.len(), 1);
}

/// Two batches on one head may have the same id; only one of them is committed.
#[test]
fn siblings_do_not_see_each_others_ids() {
    let disk = SimStorage::new();
    let store = create(&disk);
    let (mut one, mut other) = (store.batch(), store.batch());
    one.append_unique("own", b"x", b"1").unwrap();
    other.append_unique("own", b"x", b"2").unwrap();
    let (one, other) = (one.seal(1, &[]).unwrap(), other.seal(1, &[]).unwrap());
    let mut child = other.child();
    assert!(child.append_unique("own", b"x", b"3").is_err());
    child.append_unique("own", b"y", b"3").unwrap();
    store.commit(one).unwrap();
    let refused = store.commit(other);
    assert!(matches!(refused, Err(Error::StaleParent { .. })));
    assert_eq!(store.snapshot().find_id("own", b"y").unwrap(), None);
}

/// A reader beside the writer finds what was committed since, whatever runs went away meanwhile.
#[test]
fn a_reader_follows_the_writer() {
    let disk = SimStorage::new();
    let (store, mut model) = store_with_runs(&disk);
    let scratch = Arc::new(MemStorage::new());
    let reader = Reader::open_in(Arc::new(disk.clone()), scratch).unwrap();
    let mut random = Random::new(5);
    for round in 0..6u32 {
        let before = reader.snapshot();
        let sizes = *model.heights.last().unwrap();
        let mut batch = store.batch();
        for i in 0..500u32 {
            let id = (10_000 + round * 500 + i).to_le_bytes().to_vec();
            model.add(&mut batch, 0, id, i.to_be_bytes().to_vec());
        }
        model.sealed();
        store.commit(batch.seal(1, &[]).unwrap()).unwrap();
        if round % 2 == 1 {
            store.sync_derived().unwrap();
        }
        model.check(&before, sizes, &mut random);
        reader.refresh().unwrap();
        let sizes = *model.heights.last().unwrap();
        model.check(&reader.snapshot(), sizes, &mut random);
    }
}

/// A ledger declared later takes part in the space it names.
#[test]
fn a_later_ledger_shares_the_ids() {
    let disk = SimStorage::new();
    let store = create(&disk);
    let mut batch = store.batch();
    batch.append_unique("left", b"x", b"1").unwrap();
    store.commit(batch.seal(1, &[]).unwrap()).unwrap();
    let late = LedgerSpec::log("late".parse().unwrap(), TreeType::Sha256);
    let late = late.with_ids_in("requests".parse().unwrap());
    store.declare(late).unwrap();
    let store = {
        drop(store);
        open(&disk)
    };
    let mut batch = store.batch();
    assert!(batch.append_unique("late", b"x", b"2").is_err());
    batch.append_unique("late", b"y", b"2").unwrap();
    store.commit(batch.seal(1, &[]).unwrap()).unwrap();
    let found = store.snapshot().find_id("right", b"y").unwrap().unwrap();
    assert_eq!((found.ledger.as_str(), found.index), ("late", LeafIndex(0)));
    let found = store.snapshot().find_id("late", b"x").unwrap().unwrap();
    assert_eq!(found.ledger, "left");
}
