//! The stores that these tests work on: one history of commits, attachments and declarations.

use std::path::Path;
use std::sync::Arc;

use hash_store::Storage;
use ledger::{LedgerSpec, Options, Snapshot, StateSuite, Store, TreeType};

/// Small segments, so that a short history has several; nothing in the background.
pub(crate) fn options() -> Options {
    Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    }
}

fn specs() -> [LedgerSpec; 2] {
    [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Blake3),
        LedgerSpec::with_state(
            "domain".parse().unwrap(),
            TreeType::Sha256,
            StateSuite::Blake3,
        ),
    ]
}

pub(crate) fn create_in(storage: Arc<dyn Storage>, uuid: u8, options: Options) -> Store {
    Store::create_in(
        storage,
        [uuid; 16],
        "net".parse().unwrap(),
        &specs(),
        options,
    )
    .unwrap()
}

pub(crate) fn create(dir: &Path, network: &str) -> Store {
    let specs = specs();
    Store::create(dir, network.parse().unwrap(), &specs, options()).unwrap()
}

/// Commits `heights`, each with entries for both ledgers and writes; every fifth is attached to.
pub(crate) fn fill(store: &Store, heights: std::ops::RangeInclusive<u64>) {
    for height in heights {
        commit(store, height, "");
    }
}

/// One commit whose entries, and one value, carry a mark.
pub(crate) fn commit(store: &Store, height: u64, mark: &str) {
    let mut batch = store.batch();
    for entry in 0..height % 4 {
        let text = format!("node {height}.{entry}{mark}");
        batch.append("pool", text).unwrap();
    }
    for entry in 0..1 + height % 7 {
        let text = format!("transaction {height}.{entry}{mark} {}", "x".repeat(90));
        batch.append("domain", text).unwrap();
        let key = format!("key {}", (height * 7 + entry) % 50);
        batch
            .put("domain", &key, format!("value {height}{mark}"))
            .unwrap();
    }
    let metadata = format!("block {height}");
    let sealed = batch.seal(1_000 * height, metadata.as_bytes()).unwrap();
    store.commit(sealed).unwrap();
    if height.is_multiple_of(5) {
        store
            .attach(height, 7, format!("certificate {height}").as_bytes())
            .unwrap();
    }
}

/// All that a caller can read of a store.
pub(crate) fn content(snapshot: &Snapshot) -> Vec<Vec<u8>> {
    let mut all = vec![snapshot.audit().root().as_bytes().to_vec()];
    for roots in snapshot.ledgers() {
        let view = snapshot.ledger(roots.name.as_str()).unwrap();
        all.push(view.root().as_bytes().to_vec());
        all.extend(
            view.entries(0..view.size().0)
                .unwrap()
                .map(|entry| entry.unwrap().1),
        );
    }
    for height in 1..=snapshot.height() {
        let attached = snapshot.attachments(height).unwrap();
        all.extend(attached.into_iter().map(|attachment| attachment.bytes));
    }
    let state = snapshot.state("domain").unwrap();
    for entry in state.entries(patricia_state::Direction::Forward) {
        let (key, value) = entry.unwrap();
        all.extend([key, value.to_vec()]);
    }
    all
}
