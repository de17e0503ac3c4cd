//! fjall: one keyspace, a batch persisted as it is committed.

use std::path::Path;

use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Engine, Record, with_opened};

pub struct Fjall {
    database: Database,
    records: Keyspace,
}

impl Fjall {
    fn open(dir: &Path) -> Self {
        let database = Database::builder(dir.join("fjall"))
            .cache_size(1 << 30)
            .journal_compression(CompressionType::None)
            .open()
            .unwrap();
        let options = || {
            KeyspaceCreateOptions::default()
                .data_block_compression_policy(CompressionPolicy::disabled())
                .expect_point_read_hits(true)
        };
        let records = database.keyspace("records", options).unwrap();
        Self { database, records }
    }
}

impl Engine for Fjall {
    const PEER: &'static str = "fjall 3.1";
    const SETTINGS: &'static str = "a batch with SyncData, no compression, 1 GiB cache";

    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
        with_opened(|| Self::open(dir), work)
    }

    async fn commit(&mut self, first: u64, records: &[Record]) {
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        for (number, record) in (first..).zip(records) {
            batch.insert(&self.records, number.to_be_bytes(), &record[..]);
        }
        batch.commit().unwrap();
    }

    async fn count(&mut self) -> u64 {
        self.records.len().unwrap() as u64
    }

    async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
        for number in numbers {
            see(
                *number,
                &self.records.get(number.to_be_bytes()).unwrap().unwrap(),
            );
        }
    }
}
