//! Engines that keep records and no trees: durable batches of records of 256 bytes, random reads,
//! and opening what a killed process left.
//!
//! Every engine commits so that a batch survives a loss of power when the call returns. Its records
//! are read back and compared before and after anything is timed.

mod fjall;
mod journals;
mod lmdb;
mod raft;
mod redb;
mod sqlite;

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::input::{XorShift, entries};
use crate::print;
use crate::timing::{median, nanos};

const LEN: usize = 256;
/// Records that are read and reopened.
const RECORDS: u64 = 1_000_000;
const BATCH: usize = 10_000;
const OPENS: usize = 3;

type Record = [u8; LEN];

/// An engine under its best settings for durable batches.
trait Engine: Sized {
    const PEER: &'static str;
    const SETTINGS: &'static str;
    /// Random reads a sample.
    const READS: usize = 20_000;

    /// Creates or opens it in `dir` and works with it; how many milliseconds opening took comes
    /// along.
    fn with<T>(dir: &Path, work: impl AsyncFnOnce(Self, f64) -> T) -> T;

    /// Commits records durably as one batch; `first` is the number of the first of them.
    async fn commit(&mut self, first: u64, records: &[Record]);

    /// How many records it holds.
    async fn count(&mut self) -> u64;

    /// Reads these records one by one.
    async fn read(&mut self, numbers: &[u64], see: impl FnMut(u64, &[u8]));
}

/// Opens an engine that needs nothing around it.
fn with_opened<E, T>(open: impl FnOnce() -> E, work: impl AsyncFnOnce(E, f64) -> T) -> T {
    let start = Instant::now();
    let engine = open();
    let millis = nanos(start.elapsed()) / 1e6;
    futures::executor::block_on(work(engine, millis))
}

/// The engine holds so many records, those of the input over and over; some of them are compared.
async fn check<E: Engine>(engine: &mut E, count: u64, input: &[Record]) {
    assert_eq!(engine.count().await, count, "{}", E::PEER);
    let numbers: Vec<u64> = (0..count).step_by(997).chain([count - 1]).collect();
    let mut seen = 0;
    let see = |number: u64, record: &[u8]| {
        assert_eq!(record, input[number as usize % input.len()], "{}", E::PEER);
        seen += 1;
    };
    engine.read(&numbers, see).await;
    assert_eq!(seen, numbers.len());
}

/// Nanoseconds of every batch but the first tenth of them.
fn time_batches<E: Engine>(size: usize, batches: usize) -> Vec<f64> {
    let dir = tempfile::tempdir().unwrap();
    let input = entries::<LEN>((size * 100).max(1000));
    let warm = batches / 10 + 1;
    E::with(dir.path(), async |mut engine, _| {
        let (mut samples, mut count) = (Vec::new(), 0);
        let chunks = input.chunks_exact(size).cycle();
        for (number, records) in chunks.take(warm + batches).enumerate() {
            if number == warm {
                check(&mut engine, count, &input).await;
            }
            let start = Instant::now();
            engine.commit(count, records).await;
            if number >= warm {
                samples.push(nanos(start.elapsed()));
            }
            count += size as u64;
        }
        check(&mut engine, count, &input).await;
        samples
    })
}

/// Fills an engine, says so, and waits to be killed.
fn fill_and_wait<E: Engine>(dir: &Path) {
    let input = entries::<LEN>(RECORDS as usize);
    E::with(dir, async |mut engine, _| {
        let mut first = 0;
        for records in input.chunks(BATCH) {
            engine.commit(first, records).await;
            first += records.len() as u64;
        }
        println!("filled");
        std::io::stdout().flush().unwrap();
        loop {
            std::thread::park();
        }
    })
}

/// What a process leaves that filled an engine and was killed.
fn leave_killed(name: &str, dir: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["fill".as_ref(), name.as_ref(), dir.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "filled", "{name}");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn measure<E: Engine>(name: &str) {
    let figure = |quantity, value, unit| print(E::PEER, quantity, value, unit, E::SETTINGS);
    figure("store_1", median(time_batches::<E>(1, 2000)) / 1e3, "us");
    for (quantity, size, batches) in [("store_100", 100, 1000), ("store_10000", BATCH, 60)] {
        let total: f64 = time_batches::<E>(size, batches).iter().sum();
        figure(quantity, (size * batches) as f64 * 1e9 / total, "records/s");
    }
    let input = entries::<LEN>(RECORDS as usize);
    let (mut opens, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..OPENS {
        let dir = tempfile::tempdir().unwrap();
        leave_killed(name, dir.path());
        E::with(dir.path(), async |mut engine, millis| {
            opens.push(millis);
            check(&mut engine, RECORDS, &input).await;
            // All of it is in its caches, where it has any.
            let all: Vec<u64> = (0..RECORDS).step_by(20_000 / E::READS * 4).collect();
            engine.read(&all, |_, _| ()).await;
            let mut at = XorShift::default();
            for round in 0..4 {
                let numbers: Vec<u64> = (0..E::READS).map(|_| at.below(RECORDS)).collect();
                let start = Instant::now();
                let see = |_, record: &[u8]| {
                    black_box(record.to_vec());
                };
                engine.read(&numbers, see).await;
                if round > 0 {
                    reads.push(nanos(start.elapsed()) / 1e3 / numbers.len() as f64);
                }
            }
        });
    }
    figure("store_open", median(opens), "ms");
    figure("store_get", median(reads), "us");
}

/// All of them.
pub fn records() {
    measure::<raft::RaftEngine>("raft");
    measure::<journals::Fixed>("fixed");
    measure::<journals::Variable>("variable");
    measure::<fjall::Fjall>("fjall");
    measure::<sqlite::Sqlite>("sqlite");
    measure::<redb::Redb>("redb");
    measure::<lmdb::Lmdb>("lmdb");
}

/// The child that is killed.
pub fn fill(name: &str, dir: &Path) {
    match name {
        "raft" => fill_and_wait::<raft::RaftEngine>(dir),
        "fixed" => fill_and_wait::<journals::Fixed>(dir),
        "variable" => fill_and_wait::<journals::Variable>(dir),
        "fjall" => fill_and_wait::<fjall::Fjall>(dir),
        "sqlite" => fill_and_wait::<sqlite::Sqlite>(dir),
        "redb" => fill_and_wait::<redb::Redb>(dir),
        "lmdb" => fill_and_wait::<lmdb::Lmdb>(dir),
        other => panic!("unknown engine {other}"),
    }
}
