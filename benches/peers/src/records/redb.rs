//! redb: one table, a transaction a batch, durable at once.

use std::path::Path;

use redb::{Builder, Database, ReadableDatabase as _, ReadableTableMetadata as _, TableDefinition};

use super::{Engine, Record, with_opened};

const TABLE: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("records");

pub struct Redb(Database);

impl Redb {
    fn open(dir: &Path) -> Self {
        let database = Builder::new()
            .set_cache_size(1 << 30)
            .create(dir.join("records.redb"))
            .unwrap();
        Self(database)
    }
}

impl Engine for Redb {
    const PEER: &'static str = "redb 4.5";
    const SETTINGS: &'static str = "durability immediate, 1 GiB cache";

    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
        with_opened(|| Self::open(dir), work)
    }

    async fn commit(&mut self, first: u64, records: &[Record]) {
        let transaction = self.0.begin_write().unwrap();
        let mut table = transaction.open_table(TABLE).unwrap();
        for (number, record) in (first..).zip(records) {
            table.insert(number, &record[..]).unwrap();
        }
        drop(table);
        transaction.commit().unwrap();
    }

    async fn count(&mut self) -> u64 {
        let transaction = self.0.begin_read().unwrap();
        transaction.open_table(TABLE).unwrap().len().unwrap()
    }

    async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
        let table = self.0.begin_read().unwrap().open_table(TABLE).unwrap();
        for number in numbers {
            see(*number, table.get(*number).unwrap().unwrap().value());
        }
    }
}
