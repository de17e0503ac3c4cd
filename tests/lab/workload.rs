//! Workloads: events that a store is driven through.

use std::sync::Arc;

use hash_store::sim::{Choice, Random, SimStorage};
use ledger::{LedgerSpec, Options, Result, Store};

use super::model::{
    Model, NETWORK, TREE, attachment, attachment_kind, entry, has_lookups, id_of, metadata_of,
    scheme_of, time_of, value,
};

/// Per ledger, by ordinal, the lengths of the entries it gets.
pub type Entries = Vec<(usize, Vec<usize>)>;

/// Per ledger, by ordinal, keys of its state and the lengths of their values; 0 removes a key.
pub type Writes = Vec<(usize, Vec<(u8, usize)>)>;

/// One thing done to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A commit, with an attachment of that length in the same write.
    Commit(Entries, Option<usize>),
    /// A commit of writes to states.
    Put(Writes),
    /// An attachment of so many bytes to the height so far behind the tip.
    Attach(u64, usize),
    /// One more ledger.
    Declare(String),
    /// Derived files are synced and the watermarks moved.
    Watermark,
    /// Closed in order and opened again.
    Reopen,
    /// The process is killed and the store opened again.
    Kill,
    /// The power is cut between two events; the store is opened again.
    PowerCut(u64),
}

/// Events with a name from which they follow.
#[derive(Clone, Debug)]
pub struct Workload {
    /// `<kind>:<seed>`.
    pub name: String,
    /// The ledgers it begins with.
    pub ledgers: Vec<&'static str>,
    /// What happens.
    pub events: Vec<Event>,
}

/// What crash points carry while the store is being created.
pub const CREATING: u64 = u64::MAX;

/// The mark of crash points: batches acknowledged, and whether one more is in flight.
#[must_use]
pub const fn mark_of(acknowledged: u64, in_flight: bool) -> u64 {
    acknowledged << 1 | in_flight as u64
}

/// Segments so small that a few commits fill several; no threads, so that runs repeat. Some batches
/// go into reserved room, others write zeros ahead.
#[must_use]
pub fn options() -> Options {
    Options {
        segment_len_first: 8192,
        background: false,
        large_batch_len: 2048,
        ..Options::default()
    }
}

impl Workload {
    /// The workload of a name `<kind>:<seed>`.
    ///
    /// # Errors
    /// Where there is no such kind, or the seed is no number.
    pub fn named(name: &str) -> std::result::Result<Self, String> {
        let (kind, seed) = name.split_once(':').ok_or("a name is <kind>:<seed>")?;
        let seed = seed.parse().map_err(|_| format!("{seed:?} is no seed"))?;
        let (ledgers, events) = match kind {
            "small" => (vec!["a"], small()),
            "rotate" => (vec!["a", "b"], rotate()),
            "real" => (vec!["a"], real()),
            "real-state" => (vec!["state"], real_state()),
            "mixed" => (vec!["a", "b"], drawn(seed, 2, 16, &LENS, false)),
            "tiny" => (vec!["a"], drawn(seed, 1, 6, &SHORT_LENS, false)),
            "state" => (vec!["state"], state()),
            "states" => (vec!["a", "state"], drawn(seed, 2, 16, &LENS, true)),
            "lookups" => (vec!["look-a"], lookups()),
            "merges" => (vec!["look-a"], merges()),
            _ => return Err(format!("there is no workload {kind:?}")),
        };
        Ok(Self {
            name: name.to_owned(),
            ledgers,
            events,
        })
    }

    /// What the store holds after each of its batches.
    #[must_use]
    pub fn model(&self) -> Model {
        let mut model = Model::new(&self.ledgers);
        for event in &self.events {
            model.apply(event);
        }
        model
    }

    /// Drives a new store through all events and leaves it open; every crash point is marked with
    /// what was acknowledged.
    ///
    /// # Panics
    /// Where anything fails: nothing may without faults.
    pub fn run(&self, disk: &SimStorage) -> (SimStorage, Store) {
        let mut disk = disk.clone();
        disk.mark(CREATING);
        let mut store = self.create(&disk).unwrap();
        let mut acknowledged = self.ledgers.len() as u64;
        disk.mark(mark_of(acknowledged, false));
        for event in &self.events {
            match event {
                Event::Reopen => {
                    store.close().unwrap();
                    store = open(&disk).unwrap();
                }
                Event::Kill => {
                    disk = disk.kill();
                    store = open(&disk).unwrap();
                }
                Event::PowerCut(seed) => {
                    disk = disk.crash(Choice::Seed(*seed));
                    store = open(&disk).unwrap();
                }
                _ => {
                    let makes_batch = *event != Event::Watermark;
                    disk.mark(mark_of(acknowledged, makes_batch));
                    if perform(&store, event).unwrap() {
                        acknowledged += 1;
                    }
                    disk.mark(mark_of(acknowledged, false));
                }
            }
        }
        (disk, store)
    }

    /// Creates the store.
    ///
    /// # Errors
    /// As `Store::create_in`.
    pub fn create(&self, disk: &SimStorage) -> Result<Store> {
        self.create_as(disk, [7; 16])
    }

    /// Creates the store with this uuid.
    ///
    /// # Errors
    /// As `Store::create_in`.
    pub fn create_as(&self, disk: &SimStorage, uuid: [u8; 16]) -> Result<Store> {
        let specs: Vec<LedgerSpec> = self.ledgers.iter().map(|name| spec(name)).collect();
        let network = NETWORK.parse().unwrap();
        Store::create_in(Arc::new(disk.clone()), uuid, network, &specs, options())
    }
}

/// Opens the store on a disk for writing.
///
/// # Errors
/// As `Store::open_in`.
pub fn open(disk: &SimStorage) -> Result<Store> {
    Store::open_in(Arc::new(disk.clone()), options())
}

/// A ledger of the laboratory; those that are named so have a state.
#[must_use]
pub fn spec(name: &str) -> LedgerSpec {
    let parsed = name.parse().unwrap();
    match scheme_of(name) {
        Some(scheme) => LedgerSpec::with_state(parsed, TREE, scheme),
        // One space for all, so that looking in one ledger looks in each.
        None if has_lookups(name) => LedgerSpec::log(parsed, TREE)
            .with_leaf_hashes()
            .with_ids_in("lab".parse().unwrap()),
        None => LedgerSpec::log(parsed, TREE),
    }
}

/// Does an event that needs no reopening; answers whether it made a batch.
///
/// # Errors
/// What the store answers.
pub fn perform(store: &Store, event: &Event) -> Result<bool> {
    let snapshot = store.snapshot();
    match event {
        Event::Commit(entries, attached) => {
            let mut batch = store.batch();
            for (ordinal, lens) in entries {
                let Some(ledger) = snapshot.ledgers().get(*ordinal) else {
                    continue;
                };
                let name = ledger.name.as_str();
                for (index, len) in (ledger.size..).zip(lens) {
                    let entry = entry(name, index, *len);
                    match id_of(name, index).filter(|_| has_lookups(name)) {
                        Some(id) => batch.append_unique(name, id, entry)?,
                        None => batch.append(name, entry)?,
                    };
                }
            }
            let height = snapshot.height() + 1;
            let mut sealed = batch.seal(time_of(height), &metadata_of(height))?;
            if let Some(len) = attached {
                sealed.attach(1, &attachment(height, *len))?;
            }
            store.commit(sealed)?;
        }
        Event::Put(writes) => {
            let height = snapshot.height() + 1;
            let mut batch = store.batch();
            for (ordinal, writes) in writes {
                let Some(ledger) = snapshot.ledgers().get(*ordinal) else {
                    continue;
                };
                for (key, len) in writes {
                    batch.put(ledger.name.as_str(), [*key], value(height, *key, *len))?;
                }
            }
            let sealed = batch.seal(time_of(height), &metadata_of(height))?;
            store.commit(sealed)?;
        }
        Event::Attach(back, len) => {
            if snapshot.height() == 0 {
                return Ok(false);
            }
            let height = snapshot.height().saturating_sub(*back).max(1);
            store.attach(height, attachment_kind(*len), &attachment(height, *len))?;
        }
        Event::Declare(name) => store.declare(spec(name))?,
        Event::Watermark => {
            store.sync_derived()?;
            return Ok(false);
        }
        Event::Reopen | Event::Kill | Event::PowerCut(_) => return Ok(false),
    }
    Ok(true)
}

fn commit(entries: &[(usize, &[usize])]) -> Event {
    let entries = entries
        .iter()
        .map(|(ledger, lens)| (*ledger, lens.to_vec()));
    Event::Commit(entries.collect(), None)
}

/// The shortest workload that has every event.
fn small() -> Vec<Event> {
    vec![
        commit(&[(0, &[10])]),
        commit(&[(0, &[200, 300])]),
        Event::Attach(0, 40),
        Event::Watermark,
        commit(&[(0, &[100, 700, 0, 20, 1, 1030])]),
        Event::Reopen,
        commit(&[]),
        Event::Kill,
        commit(&[(0, &[50])]),
        Event::Attach(1, 700),
        Event::Declare("late".to_owned()),
        commit(&[(0, &[9]), (1, &[900, 1])]),
        Event::PowerCut(3),
        commit(&[(1, &[33])]),
        Event::Reopen,
    ]
}

/// Ids and leaf hashes over watermarks, another ledger of the same space, and every way to end.
fn lookups() -> Vec<Event> {
    vec![
        commit(&[(0, &[10, 20])]),
        Event::Watermark,
        commit(&[(0, &[3, 3, 3, 1, 0, 0])]),
        Event::Reopen,
        commit(&[(0, &[400])]),
        Event::Declare("look-b".to_owned()),
        commit(&[(0, &[9]), (1, &[30, 2])]),
        Event::Watermark,
        commit(&[(1, &[1, 2, 3])]),
        Event::Kill,
        commit(&[(0, &[700])]),
        Event::Watermark,
        Event::PowerCut(5),
        commit(&[(0, &[1]), (1, &[8])]),
        Event::Reopen,
    ]
}

/// Leaves so many that runs are merged.
fn merges() -> Vec<Event> {
    let many = || Event::Commit(vec![(0, vec![6; 700])], None);
    vec![
        many(),
        Event::Watermark,
        many(),
        Event::Watermark,
        many(),
        Event::Reopen,
        many(),
        Event::Watermark,
    ]
}

/// Every event that one process does, with a rotation: for stores on real disks.
fn real() -> Vec<Event> {
    vec![
        commit(&[(0, &[10])]),
        Event::Commit(vec![(0, vec![200, 300])], Some(40)),
        Event::Watermark,
        commit(&[(0, &[1200, 1030])]),
        commit(&[(0, &[3000])]),
        Event::Reopen,
        Event::Attach(1, 700),
        Event::Declare("late".to_owned()),
        commit(&[(0, &[9]), (1, &[900, 1])]),
    ]
}

/// The same with a state: keys that come, change and go, beside entries and an attachment.
fn real_state() -> Vec<Event> {
    vec![
        put(&[(1, 10), (2, 40), (17, 3)]),
        Event::Commit(vec![(0, vec![200])], Some(40)),
        Event::Watermark,
        put(&[(1, 0), (3, 300), (200, 1)]),
        put(&[(1, 32), (18, 2000), (19, 1500)]),
        Event::Reopen,
        Event::Attach(1, 700),
        put(&[(1, 0), (2, 0), (3, 0), (17, 0), (18, 0), (19, 0), (200, 0)]),
        put(&[(9, 900)]),
    ]
}

/// Rotations: batches that just do not fit, that fit no segment ahead, and many small ones.
fn rotate() -> Vec<Event> {
    let mut events = vec![
        commit(&[(0, &[300])]),
        commit(&[(0, &[1500]), (1, &[3000, 10, 20])]),
        Event::Attach(0, 9),
        commit(&[(1, &[40_000])]),
        Event::Watermark,
    ];
    for i in 0..6 {
        events.push(commit(&[(i % 2, &[400, 3100, 512, 4096])]));
    }
    events.push(Event::Kill);
    events.push(commit(&[(0, &[60_000, 60_000])]));
    events.push(Event::Attach(3, 30_000));
    events.push(Event::Reopen);
    events.push(commit(&[(0, &[5])]));
    events.push(Event::PowerCut(11));
    events.push(commit(&[(0, &[70_000]), (1, &[2])]));
    events.push(commit(&[(1, &[100])]));
    events
}

fn put(writes: &[(u8, usize)]) -> Event {
    Event::Put(vec![(0, writes.to_vec())])
}

/// A state that grows, shrinks, is emptied and comes back, with every event between.
fn state() -> Vec<Event> {
    vec![
        put(&[(1, 10), (2, 40), (17, 3)]),
        put(&[(1, 0), (3, 300), (200, 1)]),
        Event::Watermark,
        commit(&[(0, &[100])]),
        put(&[(1, 32), (2, 41), (18, 31), (19, 33), (250, 5)]),
        Event::Kill,
        put(&[
            (1, 0),
            (2, 0),
            (3, 0),
            (17, 0),
            (18, 0),
            (19, 0),
            (200, 0),
            (250, 0),
        ]),
        Event::PowerCut(5),
        put(&[(9, 700), (10, 900)]),
        Event::Reopen,
        put(&[(9, 0)]),
        commit(&[(0, &[3000])]),
        put(&[(11, 2), (12, 2)]),
    ]
}

/// Limits of the lengths of entries and attachments, one of which is drawn for each.
const LENS: [u64; 8] = [1, 200, 200, 200, 200, 1500, 5000, 20_000];
/// The same for stores of which very many images are made.
const SHORT_LENS: [u64; 8] = [1, 50, 50, 50, 200, 200, 200, 1500];

/// Anything in any order: 8 events and up to as many more; with writes to the state of the second
/// ledger.
fn drawn(seed: u64, mut declared: usize, more: u64, lens: &[u64; 8], states: bool) -> Vec<Event> {
    let mut random = Random::new(seed);
    let count = 8 + random.below(more);
    let kinds = if states { 32 } else { 20 };
    let mut events = Vec::new();
    for _ in 0..count {
        let event = match random.below(kinds) {
            0..=9 => {
                let mut entries = Entries::new();
                for ledger in 0..declared {
                    if random.one_in(2) {
                        let n = random.below(6);
                        entries.push((ledger, (0..n).map(|_| len(&mut random, lens)).collect()));
                    }
                }
                let attached = random.one_in(5).then(|| len(&mut random, lens));
                Event::Commit(entries, attached)
            }
            10 | 11 => Event::Attach(random.below(4), len(&mut random, lens)),
            12 if declared < 4 => {
                declared += 1;
                Event::Declare(format!("late-{declared}"))
            }
            13 | 14 => Event::Watermark,
            15 | 16 => Event::Reopen,
            17 | 18 => Event::Kill,
            20.. => {
                let n = 1 + random.below(12);
                let writes = (0..n).map(|_| {
                    let key = u8::try_from(random.below(24) * 9).unwrap();
                    (key, len(&mut random, lens).min(1500))
                });
                Event::Put(vec![(1, writes.collect())])
            }
            _ => Event::PowerCut(random.next()),
        };
        events.push(event);
    }
    events
}

fn len(random: &mut Random, limits: &[u64; 8]) -> usize {
    let limit = limits[usize::try_from(random.below(8)).unwrap()];
    usize::try_from(random.below(limit)).unwrap()
}
