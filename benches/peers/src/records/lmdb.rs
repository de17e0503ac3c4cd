//! LMDB through heed: one database, records appended in the order of their keys.

use std::path::Path;

use heed::types::Bytes;
use heed::{Database, Env, EnvOpenOptions, PutFlags};

use super::{Engine, Record, with_opened};

/// More than anything here takes.
const MAP_LEN: usize = 8 << 30;

pub struct Lmdb {
    env: Env,
    records: Database<Bytes, Bytes>,
}

impl Lmdb {
    fn open(dir: &Path) -> Self {
        // SAFETY: nobody else opens these files, and nothing shortens them while they are mapped.
        let env = unsafe { EnvOpenOptions::new().map_size(MAP_LEN).open(dir) }.unwrap();
        let mut transaction = env.write_txn().unwrap();
        let records = env.create_database(&mut transaction, None).unwrap();
        transaction.commit().unwrap();
        Self { env, records }
    }
}

impl Engine for Lmdb {
    const PEER: &'static str = "LMDB (heed 0.22)";
    const SETTINGS: &'static str = "synced commits, MDB_APPEND; nothing it reads is verified";

    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
        with_opened(|| Self::open(dir), work)
    }

    async fn commit(&mut self, first: u64, records: &[Record]) {
        let mut transaction = self.env.write_txn().unwrap();
        for (number, record) in (first..).zip(records) {
            let key = number.to_be_bytes();
            self.records
                .put_with_flags(&mut transaction, PutFlags::APPEND, &key, record)
                .unwrap();
        }
        transaction.commit().unwrap();
    }

    async fn count(&mut self) -> u64 {
        self.records.len(&self.env.read_txn().unwrap()).unwrap()
    }

    async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
        let transaction = self.env.read_txn().unwrap();
        for number in numbers {
            let record = self.records.get(&transaction, &number.to_be_bytes());
            see(*number, record.unwrap().unwrap());
        }
    }
}
