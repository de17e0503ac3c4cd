//! A store with history, and the store that begins with what it has at a height.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{
    Access, BatchKind, Found, HEADER_LEN, MemStorage, Position, Scan, Segments, Storage,
    Superblocks,
};
use ledger::{
    Attachment, BaseWriter, Error, LedgerSpec, Options, Reader, Snapshot, StateScheme, StateSuite,
    Store, TreeType,
};
use patricia_state::{Direction, KeyMode};

/// Ledgers that are there from the beginning, and one that comes later.
pub(crate) const NAMES: [&str; 4] = ["pool", "domain", "hashed", "late"];

/// Small segments, no threads.
pub(crate) fn options() -> Options {
    Options {
        segment_len_first: 16 << 10,
        background: false,
        ..Options::default()
    }
}

/// The same with small parts of a base.
fn small_parts() -> Options {
    Options {
        batch_len_max: 6 << 10,
        ..options()
    }
}

fn specs() -> [LedgerSpec; 3] {
    let hashed = StateScheme {
        suite: StateSuite::Keccak256,
        keys: KeyMode::Hashed,
    };
    [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Blake3).with_ids(),
        LedgerSpec::with_state(
            "domain".parse().unwrap(),
            TreeType::Sha256,
            StateSuite::Blake3,
        )
        .with_leaf_hashes(),
        LedgerSpec::with_state("hashed".parse().unwrap(), TreeType::Sha256, hashed),
    ]
}

fn late() -> LedgerSpec {
    LedgerSpec::log("late".parse().unwrap(), TreeType::Sha256)
}

/// The ledgers that a store has at a height.
pub(crate) fn specs_at(source: &Snapshot) -> Vec<LedgerSpec> {
    let specs = specs().into_iter().chain([late()]);
    specs.take(source.ledgers().len()).collect()
}

/// One commit: entries of each ledger, and writes to its state.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Entries of `pool`, `domain`, `hashed` and `late`.
    pub(crate) entries: [u8; 4],
    /// Key and length of its value, 0 to remove it.
    pub(crate) writes: Vec<(u8, u8)>,
}

/// A store with these ledgers and nothing in them.
pub(crate) fn create(disk: &SimStorage) -> Store {
    let network = "test-net".parse().unwrap();
    let storage = Arc::new(disk.clone());
    Store::create_in(storage, [1; 16], network, &specs(), options()).unwrap()
}

pub(crate) fn open(disk: &SimStorage) -> Store {
    Store::open_in(Arc::new(disk.clone()), options()).unwrap()
}

/// Commits a change at the next height; before height `late_at` the last ledger is declared.
pub(crate) fn commit(store: &Store, change: &Change, late_at: u64) {
    let height = store.snapshot().height() + 1;
    if height == late_at {
        store.declare(late()).unwrap();
    }
    let mut batch = store.batch();
    let entry = |name: &str, i: u8| {
        let text = format!("{name} {height} {i} ");
        text.repeat(usize::from(i % 7) * 5 + 1)
    };
    for i in 0..change.entries[0] {
        let id = format!("id {height} {i}");
        batch.append_unique("pool", id, entry("pool", i)).unwrap();
    }
    for (name, count) in NAMES.into_iter().zip(change.entries).skip(1) {
        if name == "late" && height < late_at {
            continue;
        }
        for i in 0..count {
            batch.append(name, entry(name, i)).unwrap();
        }
    }
    for (key, len) in &change.writes {
        let value = vec![*key ^ 0x5a; usize::from(*len)];
        let name = if key % 3 == 0 { "hashed" } else { "domain" };
        batch.put(name, [*key, 1, *key], &value).unwrap();
    }
    let metadata = format!("metadata {height}");
    let sealed = batch.seal(1000 + 2 * height, metadata.as_bytes()).unwrap();
    store.commit(sealed).unwrap();
    store
        .attach(height, 1, format!("header {height}").as_bytes())
        .unwrap();
}

/// Begins a store on a disk, of the same network and ledgers as a source.
pub(crate) fn begin(source: &Snapshot, disk: &SimStorage) -> Result<BaseWriter, Error> {
    let network = source.network().clone();
    let storage = Arc::new(disk.clone());
    Store::begin_in(storage, [2; 16], network, &specs_at(source), small_parts())
}

/// Gives a store all that a source has but the commit, in pieces of some leaves.
pub(crate) fn give(source: &Snapshot, to: &mut BaseWriter, piece: u64) -> Result<(), Error> {
    let pieces = |size: u64| {
        let starts = (0..size).step_by(usize::try_from(piece).unwrap());
        starts.map(move |start| start..size.min(start + piece))
    };
    for ledger in source.ledgers() {
        let name = ledger.name.as_str();
        for range in pieces(ledger.size) {
            to.leaves(name, &source.ledger(name)?.leaf_hashes(range)?)?;
        }
        if ledger.state.is_some() {
            for entry in source.state(name)?.entries(Direction::Forward) {
                let (key, value) = entry?;
                to.set(name, &key, value)?;
            }
        }
    }
    for range in pieces(source.height() - 1) {
        to.audit_leaves(&source.audit().leaf_hashes(range)?)?;
    }
    Ok(())
}

/// The body, metadata and attachments of the height of a source.
pub(crate) fn last(source: &Snapshot) -> (Vec<u8>, Vec<u8>, Vec<Attachment>) {
    let record = source.commit(source.height()).unwrap();
    let attachments = source.attachments(source.height()).unwrap();
    (record.body_bytes, record.metadata, attachments)
}

/// A store that begins with what a source has, open for longer commits.
pub(crate) fn begun(source: &Snapshot, disk: &SimStorage) -> Store {
    let mut writer = begin(source, disk).unwrap();
    give(source, &mut writer, 50).unwrap();
    let (body, metadata, attachments) = last(source);
    let store = writer.finish(&body, &metadata, &attachments).unwrap();
    store.close().unwrap();
    open(disk)
}

/// Changes that fill several segments and parts.
pub(crate) fn changes(count: u8) -> Vec<Change> {
    let change = |height: u8| Change {
        entries: [height % 4, 5 + height % 9, height % 2, 3],
        writes: (0..30)
            .map(|i| (height.wrapping_mul(31).wrapping_add(i * 7), i * 5))
            .collect(),
    };
    (1..=count).map(change).collect()
}

/// Changes of which a store stays small.
pub(crate) fn small_commits(count: u64) -> Vec<Change> {
    let change = |height: u8| Change {
        entries: [height % 2, 2, 1, 1],
        writes: (0..4).map(|i| (height * 3 + i, 10 + i)).collect(),
    };
    (1..=count)
        .map(|height| change(u8::try_from(height).unwrap()))
        .collect()
}

/// A whole store and one that begins with its height `base`, both closed at height `last`.
pub(crate) fn pair(base: u8, last: u8) -> (SimStorage, SimStorage) {
    let disks = (SimStorage::new(), SimStorage::new());
    let whole = create(&disks.0);
    let changes = changes(last);
    let (before, after) = changes.split_at(usize::from(base));
    before.iter().for_each(|change| commit(&whole, change, 3));
    let light = begun(&whole.snapshot(), &disks.1);
    for change in after {
        commit(&whole, change, 3);
        commit(&light, change, 3);
    }
    whole.close().unwrap();
    light.close().unwrap();
    disks
}

/// Where each batch of a log begins, with its kind and height.
pub(crate) fn batches(disk: &SimStorage) -> Vec<(Position, u64, BatchKind, u64)> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let uuid = Superblocks::read(&*storage).unwrap().current.uuid;
    let segments = Arc::new(Segments::open(storage, uuid, Access::Read).unwrap());
    let mut scan = Scan::new(segments, Position::new(0, HEADER_LEN), 1, None);
    let mut found = Vec::new();
    while let Some(next) = scan.next().unwrap() {
        let Found::Batch { at, batch } = next else {
            panic!("the log is damaged");
        };
        let header = &batch.header;
        found.push((at, header.len, header.kind, header.height));
    }
    found
}

pub(crate) fn reader(disk: &SimStorage) -> ledger::Result<Reader> {
    Reader::open_in(Arc::new(disk.clone()), Arc::new(MemStorage::new()))
}

/// A copy without any derived file.
pub(crate) fn without_derived(disk: &SimStorage) -> SimStorage {
    let bare = disk.here().killed();
    for name in disk.file_names() {
        if !name.starts_with("log/") && name.contains('/') {
            bare.put_bytes(&name, None);
        }
    }
    bare
}

/// A copy in which one bit of a file is another.
pub(crate) fn flipped(disk: &SimStorage, file: &str, at: usize) -> SimStorage {
    let disk = disk.here().killed();
    let mut bytes = disk.bytes(file).unwrap();
    bytes[at] ^= 1 << (at % 8);
    disk.put_bytes(file, Some(bytes));
    disk
}
