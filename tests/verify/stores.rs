//! Stores to verify: every kind of batch and derived file over several segments, and damage to them.

use std::num::NonZeroU64;
use std::sync::Arc;

use hash_store::MemStorage;
use hash_store::sim::SimStorage;
use ledger::{
    AuditRoot, Keep, LedgerSpec, Level, Options, StateSuite, Store, TreeType, VerifyOptions,
    VerifyReport, Watch, verify_with,
};

pub(crate) const COMMITS: u64 = 70;

fn log_options() -> Options {
    Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    }
}

/// Ledgers of both tree types, one with a state, one with look-ups; one more from half way on.
fn create(disk: &SimStorage, uuid: u8) -> Store {
    let specs = [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Blake3).with_ids(),
        LedgerSpec::with_state(
            "domain".parse().unwrap(),
            TreeType::Sha256,
            StateSuite::Blake3,
        )
        .with_leaf_hashes(),
    ];
    let network = "test-net".parse().unwrap();
    let storage = Arc::new(disk.clone());
    Store::create_in(storage, [uuid; 16], network, &specs, log_options()).unwrap()
}

fn commit(store: &Store, height: u64) {
    let mut batch = store.batch();
    for entry in 0..height % 3 {
        let text = format!("node {height}.{entry} {}", "y".repeat(200));
        batch
            .append_unique("pool", format!("id {height}.{entry}"), text)
            .unwrap();
    }
    for entry in 0..4 + height % 9 {
        let text = format!("transaction {height}.{entry} {}", "x".repeat(400));
        batch.append("domain", text).unwrap();
        let key = format!("key {}", (height * 7 + entry) % 90);
        let value = format!("value {height}");
        batch.put("domain", &key, value).unwrap();
    }
    if height > COMMITS / 2 {
        batch.append("late", format!("late {height}")).unwrap();
    }
    store.commit(batch.seal(height, b"").unwrap()).unwrap();
    if height.is_multiple_of(5) {
        store.attach(height - 3, 7, b"certificate").unwrap();
        store.attach(height, 7, b"certificate").unwrap();
    }
    if height == COMMITS / 2 {
        let late = LedgerSpec::log("late".parse().unwrap(), TreeType::Sha256);
        store.declare(late).unwrap();
    }
}

pub(crate) fn closed(uuid: u8) -> SimStorage {
    let disk = SimStorage::new();
    let store = create(&disk, uuid);
    (1..=COMMITS).for_each(|height| commit(&store, height));
    store.close().unwrap();
    disk
}

/// Opens a store for writing, which settles what a crash left, and closes it.
pub(crate) fn settle(disk: &SimStorage) {
    let store = Store::open_in(Arc::new(disk.clone()), log_options()).unwrap();
    store.close().unwrap();
}

/// A closed store, one beside its writer, one that was killed, one that dropped states, one without
/// state: what `Level::Deep` walks by several threads too.
pub(crate) fn all_stores() -> Vec<(String, SimStorage)> {
    let whole = closed(1);
    let live = SimStorage::new();
    let store = create(&live, 2);
    (1..=COMMITS).for_each(|height| commit(&store, height));
    let killed = live.here().killed();
    // Dropped without closing would close it.
    std::mem::forget(store);
    let pruned = closed(3);
    let store = Store::open_in(Arc::new(pruned.clone()), log_options()).unwrap();
    let last = NonZeroU64::new(COMMITS / 2).unwrap();
    store
        .prune("domain", &Keep::last(last).and([3, 17]))
        .unwrap();
    store.close().unwrap();
    let plain = SimStorage::new();
    let specs = [LedgerSpec::log("a".parse().unwrap(), TreeType::Sha256)];
    let network = "test-net".parse().unwrap();
    let storage = Arc::new(plain.clone());
    let store = Store::create_in(storage, [4; 16], network, &specs, log_options()).unwrap();
    for height in 1..=COMMITS {
        let mut batch = store.batch();
        for entry in 0..5 {
            let text = format!("entry {height}.{entry} {}", "z".repeat(700));
            batch.append("a", text).unwrap();
        }
        store.commit(batch.seal(height, b"").unwrap()).unwrap();
    }
    store.close().unwrap();
    let without_indexes = whole.here().killed();
    for file in without_indexes.file_names() {
        if file.starts_with("domain/tiles") || file.starts_with("audit/") {
            without_indexes.put_bytes(&file, None);
        }
    }
    [
        ("closed", whole),
        ("live", live),
        ("killed", killed),
        ("pruned", pruned),
        ("plain", plain),
        ("without indexes", without_indexes),
    ]
    .map(|(name, disk)| (name.to_owned(), disk))
    .into()
}

/// The closed store with single bytes changed, files cut and removed, in each of its files.
pub(crate) fn damaged_stores() -> Vec<(String, SimStorage)> {
    let whole = closed(1);
    let mut stores = Vec::new();
    let mut add = |what: String, changes: &[(&str, usize)]| {
        let disk = whole.here().killed();
        for (file, at) in changes {
            let mut bytes = disk.bytes(file).unwrap();
            let at = (*at).min(bytes.len() - 1);
            bytes[at] ^= 1 << (at % 8);
            disk.put_bytes(file, Some(bytes));
        }
        stores.push((what, disk));
    };
    let files = whole.file_names();
    let segments: Vec<&str> = files
        .iter()
        .map(String::as_str)
        .filter(|name| name.ends_with(".seg"))
        .collect();
    assert!(segments.len() > 5, "{files:?}");
    for (number, segment) in segments.iter().enumerate() {
        for at in [0, 4100, 4700, 6000 + 997 * number] {
            add(format!("{segment} at {at}"), &[(segment, at)]);
        }
    }
    add(
        "three segments".to_owned(),
        &[
            (segments[1], 5000),
            (segments[2], 9000),
            (segments[4], 30_000),
        ],
    );
    for file in files.iter().filter(|name| !name.ends_with(".seg")) {
        add(format!("{file} early"), &[(file, 4200)]);
        add(format!("{file} late"), &[(file, 9000)]);
        add(
            format!("{file} and a segment"),
            &[(file, 5200), (segments[3], 20_000)],
        );
    }
    stores
}

pub(crate) fn options(level: Level, threads: usize) -> VerifyOptions {
    let mut options = VerifyOptions::new(level);
    options.threads = threads;
    options
}

pub(crate) fn report_of(disk: &SimStorage, options: &VerifyOptions) -> VerifyReport {
    watched(disk, options, &|_| true).unwrap()
}

pub(crate) fn watched(
    disk: &SimStorage,
    options: &VerifyOptions,
    watch: &dyn Watch,
) -> ledger::Result<VerifyReport> {
    let storage: Arc<dyn hash_store::Storage> = Arc::new(disk.clone());
    let scratch: Arc<dyn hash_store::Storage> = Arc::new(MemStorage::new());
    verify_with(&storage, &scratch, options, watch)
}

/// All that a report says, but for where to go on.
pub(crate) fn seen(report: &VerifyReport) -> String {
    let mut report = report.clone();
    report.resume = None;
    format!("{report:#?}")
}

/// The audit root of a store after a height.
pub(crate) fn audit_root(disk: &SimStorage, height: u64) -> AuditRoot {
    let scratch = Arc::new(MemStorage::new());
    let reader = ledger::Reader::open_in(Arc::new(disk.clone()), scratch).unwrap();
    let size = merkle_log::TreeSize(height);
    let root = reader.snapshot().audit().root_at(size).unwrap();
    AuditRoot { height, root }
}
