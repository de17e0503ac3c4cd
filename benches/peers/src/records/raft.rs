//! raft-engine: the entries of one raft group, each with its index before its record.

use std::path::Path;

use protobuf::well_known_types::BytesValue;
use raft_engine::{Config, Engine as Log, LogBatch, MessageExt, ReadableSize};

use super::{Engine, Record, with_opened};

/// The one raft group.
const GROUP: u64 = 1;
/// Bytes of an entry's index.
const INDEX_LEN: usize = 8;

/// Entries are numbered from 1.
fn entry(number: u64, record: &Record) -> BytesValue {
    let mut entry = BytesValue::new();
    let mut value = Vec::with_capacity(INDEX_LEN + record.len());
    value.extend_from_slice(&(number + 1).to_le_bytes());
    value.extend_from_slice(record);
    entry.set_value(value);
    entry
}

#[derive(Clone)]
struct Indexed;

impl MessageExt for Indexed {
    type Entry = BytesValue;

    fn index(entry: &BytesValue) -> u64 {
        u64::from_le_bytes(entry.value[..INDEX_LEN].try_into().unwrap())
    }
}

pub struct RaftEngine(Log);

impl RaftEngine {
    fn open(dir: &Path) -> Self {
        let config = Config {
            dir: dir.join("raft").to_str().unwrap().to_owned(),
            batch_compression_threshold: ReadableSize(0),
            ..Config::default()
        };
        Self(Log::open(config).unwrap())
    }
}

impl Engine for RaftEngine {
    const PEER: &'static str = "raft-engine 0.4.2";
    const SETTINGS: &'static str =
        "entries of one group, synced writes, no compression; reads decode a batch";
    const READS: usize = 200;

    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
        with_opened(|| Self::open(dir), work)
    }

    async fn commit(&mut self, first: u64, records: &[Record]) {
        let numbered = (first..).zip(records);
        let entries: Vec<_> = numbered.map(|(n, record)| entry(n, record)).collect();
        let mut batch = LogBatch::with_capacity(1);
        batch.add_entries::<Indexed>(GROUP, &entries).unwrap();
        self.0.write(&mut batch, true).unwrap();
    }

    async fn count(&mut self) -> u64 {
        self.0.last_index(GROUP).unwrap_or(0)
    }

    async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
        for number in numbers {
            let entry = self.0.get_entry::<Indexed>(GROUP, number + 1).unwrap();
            see(*number, &entry.unwrap().value[INDEX_LEN..]);
        }
    }
}
