//! Counters and spans: what an exporter reads is what happened.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{MemStorage, Storage};
use ledger::{Counters, LedgerSpec, StateSuite, Store, Submission, TreeType};
use ledger_tests::store::options;
use merkle_log::{LeafIndex, TreeSize};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

fn create(storage: Arc<dyn Storage>) -> Store {
    let name = "a".parse().unwrap();
    let spec = LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Blake3);
    Store::create_in(storage, [3; 16], "net".parse().unwrap(), &[spec], options()).unwrap()
}

fn commit(store: &Store, entries: u32, keys: u32) {
    let mut batch = store.batch();
    for entry in 0..entries {
        batch.append("a", entry.to_le_bytes()).unwrap();
    }
    for key in 0..keys {
        batch.put("a", key.to_le_bytes(), [1; 40]).unwrap();
    }
    store.commit(batch.seal(0, b"").unwrap()).unwrap();
}

#[test]
fn counters_count_what_was_done() {
    let disk = SimStorage::new();
    let store = create(Arc::new(disk.clone()));
    let fresh = store.counters();
    assert_eq!((fresh.commits, fresh.entries, fresh.updates), (0, 0, 0));
    // The declaration of the ledger, and the watermark that covers it.
    assert_eq!((fresh.batches, fresh.watermark_lag_bytes), (1, 0));
    let begin = store.snapshot().log_end().offset();
    commit(&store, 3, 5);
    commit(&store, 2, 0);
    store.attach(1, 1, b"header").unwrap();
    let mut submission = Submission::new(0);
    submission.append("a", b"x").unwrap();
    store.submit(submission).unwrap();
    let counters = store.counters();
    let written = store.snapshot().log_end().offset() - begin;
    let since = |count: fn(&Counters) -> u64| count(&counters) - count(&fresh);
    assert_eq!(since(|c| c.commits), 3);
    assert_eq!(since(|c| c.entries), 6);
    assert_eq!(since(|c| c.updates), 5);
    assert_eq!(since(|c| c.batches), 4);
    assert_eq!(since(|c| c.log_bytes), written);
    assert_eq!(
        (counters.groups, counters.submissions, counters.refused),
        (1, 1, 0)
    );
    assert_eq!(
        (counters.waiting, counters.waiting_bytes, counters.blocked),
        (0, 0, 0)
    );
    // Nothing was synced but the log since the store was made.
    assert_eq!(counters.watermark_lag_bytes, written);
    assert_eq!(since(|c| c.watermarks), 0);
    store.sync_derived().unwrap();
    let synced = store.counters();
    assert_eq!(synced.watermark_lag_bytes, 0);
    assert_eq!(synced.watermarks, counters.watermarks + 1);
    assert_eq!((synced.replayed, synced.rebuilds), (0, 0));

    // A watermark that cannot be reached is counted as such, and lags on.
    commit(&store, 1, 0);
    let lag = store.counters().watermark_lag_bytes;
    assert!(lag > 0);
    disk.inject(Fault {
        op: disk.ops(),
        sticky: true,
        kind: FaultKind::Error,
    });
    assert!(store.sync_derived().is_err());
    let _ = disk.heal();
    let counters = store.counters();
    assert_eq!(
        (counters.watermarks_failed, counters.watermark_lag_bytes),
        (1, lag)
    );

    // What a crash costs.
    let killed = disk.kill();
    drop(store);
    let store = Store::open_in(Arc::new(killed), options()).unwrap();
    let counters = store.counters();
    assert_eq!(
        (
            counters.replayed,
            counters.commits,
            counters.watermark_lag_bytes
        ),
        (1, 0, 0)
    );
}

#[test]
fn what_no_cache_holds_is_counted_once() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = create(Arc::clone(&storage));
    commit(&store, 600, 600);
    store.close().unwrap();
    let store = Store::open_in(storage, options()).unwrap();
    let opened = store.counters();
    let snapshot = store.snapshot();
    let read = || {
        let view = snapshot.ledger("a").unwrap();
        view.prove_inclusion(LeafIndex(0), TreeSize(600)).unwrap();
        let state = snapshot.state("a").unwrap();
        state.get(7u32.to_le_bytes()).unwrap().map(<[u8]>::to_vec)
    };
    assert_eq!(read(), Some([1; 40].to_vec()));
    let first = store.counters();
    assert!(
        first.tile_blocks_checked > opened.tile_blocks_checked,
        "{first:?}"
    );
    assert!(
        first.state_nodes_checked > opened.state_nodes_checked,
        "{first:?}"
    );
    read();
    assert_eq!(store.counters(), first);
    assert_eq!(first.rebuilds, 0);
}

/// A small exporter: how often each span was entered and where, and each event with its fields.
#[derive(Clone, Default)]
struct Exporter(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    names: Vec<&'static str>,
    open: Vec<u64>,
    /// By path of spans, how often.
    spans: BTreeMap<String, u64>,
    fields: String,
    events: Vec<String>,
}

impl Seen {
    fn path(&self) -> String {
        let names: Vec<&str> = self
            .open
            .iter()
            .map(|id| self.names[*id as usize - 1])
            .collect();
        names.join("/")
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Exporter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "ledger"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut seen = self.0.lock().unwrap();
        span.record(&mut Fields(&mut seen.fields));
        seen.names.push(span.metadata().name());
        Id::from_u64(seen.names.len() as u64)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = format!("{} ", event.metadata().level());
        event.record(&mut Fields(&mut text));
        self.0.lock().unwrap().events.push(text);
    }

    fn enter(&self, span: &Id) {
        let mut seen = self.0.lock().unwrap();
        seen.open.push(span.into_u64());
        let path = seen.path();
        *seen.spans.entry(path).or_default() += 1;
    }

    fn exit(&self, span: &Id) {
        let mut seen = self.0.lock().unwrap();
        assert_eq!(seen.open.pop(), Some(span.into_u64()));
    }
}

#[test]
fn spans_tell_an_exporter_where_time_goes() {
    let exporter = Exporter::default();
    let disk = SimStorage::new();
    tracing::subscriber::with_default(exporter.clone(), || {
        let store = create(Arc::new(disk.clone()));
        commit(&store, 2, 2);
        commit(&store, 2, 2);
        let mut submission = Submission::new(0);
        submission.append("a", b"x").unwrap();
        store.submit(submission).unwrap();
        store.sync_derived().unwrap();
        drop(store);
        let killed = disk.kill();
        // Behind the watermark, with an index that does not lead to it.
        let store = Store::open_in(Arc::new(killed.clone()), options()).unwrap();
        commit(&store, 1, 0);
        killed.inject(Fault {
            op: killed.ops() + 1,
            sticky: false,
            kind: FaultKind::Error,
        });
        let mut batch = store.batch();
        batch.append("a", b"never").unwrap();
        store.commit(batch.seal(0, b"").unwrap()).unwrap_err();
    });
    let seen = exporter.0.lock().unwrap();
    assert!(seen.open.is_empty());
    let count = |path: &str| seen.spans.get(path).copied().unwrap_or(0);
    assert_eq!(count("commit"), 4);
    assert_eq!((count("commit/write"), count("commit/derive")), (4, 3));
    assert_eq!((count("group"), count("group/commit")), (1, 1));
    assert_eq!(count("group/commit/write"), 1);
    assert_eq!((count("open"), count("open/replay")), (1, 1));
    assert!(count("watermark") >= 1, "{:?}", seen.spans);
    assert!(seen.fields.contains("height=2 "), "{}", seen.fields);
    assert!(seen.fields.contains("submissions=1 "), "{}", seen.fields);
    let poisoned = seen
        .events
        .iter()
        .filter(|event| event.contains("poisoned"));
    assert_eq!(poisoned.count(), 1, "{:?}", seen.events);
}
