//! SQLite: a table by row id, write-ahead log, one connection that holds the lock.

use std::path::Path;

use rusqlite::Connection;

use super::{Engine, Record, with_opened};

pub struct Sqlite(Connection);

impl Sqlite {
    fn open(dir: &Path) -> Self {
        let connection = Connection::open(dir.join("records.sqlite")).unwrap();
        connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL; PRAGMA cache_size = -400000;
                 CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, record BLOB);",
            )
            .unwrap();
        Self(connection)
    }
}

impl Engine for Sqlite {
    const PEER: &'static str = "SQLite (rusqlite 0.41)";
    const SETTINGS: &'static str = "WAL, synchronous FULL, locking EXCLUSIVE, 400 MB cache";

    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T {
        with_opened(|| Self::open(dir), work)
    }

    async fn commit(&mut self, first: u64, records: &[Record]) {
        let transaction = self.0.transaction().unwrap();
        let mut insert = transaction
            .prepare_cached("INSERT INTO records VALUES (?1, ?2)")
            .unwrap();
        for (number, record) in (first..).zip(records) {
            insert.execute((number as i64, &record[..])).unwrap();
        }
        drop(insert);
        transaction.commit().unwrap();
    }

    async fn count(&mut self) -> u64 {
        let count: i64 = self
            .0
            .query_row("SELECT count(*) FROM records", (), |row| row.get(0))
            .unwrap();
        count as u64
    }

    async fn read(&mut self, numbers: &[u64], mut see: impl FnMut(u64, &[u8])) {
        let transaction = self.0.transaction().unwrap();
        let mut select = transaction
            .prepare_cached("SELECT record FROM records WHERE number = ?1")
            .unwrap();
        for number in numbers {
            let mut rows = select.query([*number as i64]).unwrap();
            let row = rows.next().unwrap().unwrap();
            see(*number, row.get_ref(0).unwrap().as_blob().unwrap());
        }
    }
}
