//! What the tests of faults run in processes of their own: `fault-child COMMAND DIR`.
//!
//! Answers are lines on standard output: `ok ...`, or the stable code of an error.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a part of the tests"
)]

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hash_store::FileStorage;
use ledger::{
    Error, LedgerSpec, Level, Options, Reader, StateSuite, Store, TreeType, Verdict, verify,
};
use ledger_tests::store::{create, entry, files, fill, options};
use merkle_log::LeafIndex;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, dir] = arguments.as_slice() else {
        panic!("fault-child COMMAND DIR");
    };
    let dir = Path::new(dir);
    let answer = match command.as_str() {
        "open" => Store::open(dir, options()).map(|store| store.snapshot().height()),
        "hold" => hold(dir),
        "read" => read(dir),
        "follow" => follow(dir),
        "create" => {
            umask(rustix::fs::Mode::from_raw_mode(0o077));
            fill(&create(dir, &["a"]), &["a"], &[5]);
            read(dir)
        }
        "starve" => starve(dir),
        "write-much" => write_much(dir),
        "recover-much" => recover_much(dir),
        "fixture" => return fixture(dir),
        other => panic!("no command {other}"),
    };
    match answer {
        Ok(height) => println!("ok {height}"),
        Err(error) => println!("{} {error}", error.code()),
    }
}

/// Holds the store open for writing until standard input ends, then ends without closing it.
fn hold(dir: &Path) -> Result<u64, Error> {
    let store = Store::open(dir, options())?;
    println!("ok {}", store.snapshot().height());
    wait_for_the_end();
    std::process::exit(0);
}

fn wait_for_the_end() {
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Reads and proves every entry of ledger `a`.
fn read(dir: &Path) -> Result<u64, Error> {
    let reader = Reader::open(dir)?;
    check(&reader, 0)?;
    Ok(reader.snapshot().height())
}

/// Reads what is new, again and again, until standard input ends.
fn follow(dir: &Path) -> Result<u64, Error> {
    static ENDED: AtomicBool = AtomicBool::new(false);
    let reader = Reader::open(dir)?;
    let held = reader.snapshot();
    std::thread::spawn(|| {
        wait_for_the_end();
        ENDED.store(true, Ordering::SeqCst);
    });
    let (mut size, mut height) = (0, 0);
    while !ENDED.load(Ordering::SeqCst) {
        reader.refresh()?;
        assert!(reader.problem().is_none(), "{:?}", reader.problem());
        let now = reader.snapshot().height();
        assert!(now >= height, "height {now} after {height}");
        height = now;
        size = check(&reader, size)?;
    }
    // A snapshot from the beginning is what it was.
    let view = held.ledger("a")?;
    for index in 0..view.size().0 {
        assert_eq!(view.entry(LeafIndex(index))?, entry("a", index));
    }
    Ok(height)
}

fn check(reader: &Reader, from: u64) -> Result<u64, Error> {
    let snapshot = reader.snapshot();
    let view = snapshot.ledger("a")?;
    let size = view.size();
    assert!(size.0 >= from, "size {size:?} after {from}");
    for index in (from..size.0).map(LeafIndex) {
        let bytes = view.entry(index)?;
        assert_eq!(bytes, entry("a", index.0));
        let proof = view.prove_inclusion(index, size)?;
        let leaf = view.tree().leaf(&bytes);
        let _proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
    }
    Ok(size.0)
}

/// Commits larger and larger batches with ever less memory to be had, until there is none.
fn starve(dir: &Path) -> Result<u64, Error> {
    let store = Store::open(dir, options())?;
    store.declare(LedgerSpec::log("b".parse().unwrap(), TreeType::Sha256))?;
    // What it has now, and room for a batch of some MiB.
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
    let limit = pages * rustix::param::page_size() as u64 + (40 << 20);
    let limit = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    setrlimit(Resource::As, limit).unwrap();
    for round in 1..64usize {
        let mut batch = store.batch();
        for _ in 0..round {
            batch.append("b", vec![1; 1 << 20])?;
        }
        store.commit(batch.seal(u64::MAX, b"")?)?;
        println!("committed {}", store.snapshot().height());
    }
    Ok(store.snapshot().height())
}

/// MiB that the store of [`write_much`] holds.
const MUCH: u64 = 180;
/// MiB of memory that there are.
const MEMORY: u64 = 96;

/// Half as much memory: a segment of 64 MiB is held as a whole where the log is scanned, and little
/// else.
fn limit_memory() {
    let limit = Rlimit {
        current: Some(MEMORY << 20),
        maximum: Some(MEMORY << 20),
    };
    setrlimit(Resource::Data, limit).unwrap();
}

/// Writes more than there may be memory, with a subscriber ever further behind, reads it back, and
/// ends without closing the store.
fn write_much(dir: &Path) -> Result<u64, Error> {
    limit_memory();
    let store = create(dir, &["a"]);
    let mut subscription = store.subscribe(1)?;
    for commit in 0..MUCH {
        let mut batch = store.batch();
        for _ in 0..16 {
            batch.append("a", commit.to_le_bytes().repeat(1 << 13))?;
        }
        store.commit(batch.seal(commit, b"")?)?;
        if commit % 2 == 0 {
            subscription.next().unwrap()?;
        }
    }
    for _ in 0..MUCH / 2 {
        subscription.next().unwrap()?;
    }
    assert!(subscription.try_next()?.is_none());
    let snapshot = store.snapshot();
    let view = snapshot.ledger("a")?;
    let mut read = 0;
    for entry in view.entries(0..view.size().0)? {
        read += entry?.1.len() as u64;
    }
    println!("ok {}", read >> 20);
    std::process::exit(0);
}

/// Recovers and verifies what [`write_much`] left.
fn recover_much(dir: &Path) -> Result<u64, Error> {
    limit_memory();
    let store = Store::open(dir, options())?;
    assert!(!store.report().clean && store.report().replayed > 0);
    let height = store.snapshot().height();
    store.close()?;
    let storage = Arc::new(FileStorage::new(dir));
    let report = verify(storage, Level::Full, &mut |_| true)?;
    assert_eq!(report.verdict, Verdict::Verified);
    Ok(height)
}

/// Makes the store of `fixtures/` and prints its files, zeros left out.
fn fixture(dir: &Path) {
    let tree = TreeType::Sha256;
    let specs = [
        LedgerSpec::log("domain".parse().unwrap(), tree),
        LedgerSpec::with_state("accounts".parse().unwrap(), tree, StateSuite::Blake3),
    ];
    let options = Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    };
    let store = Store::create(dir, "fixture".parse().unwrap(), &specs, options).unwrap();
    for height in 1..=4u64 {
        let mut batch = store.batch();
        for index in 0..height * 3 {
            let text = format!("entry {index} of height {height} ").repeat(5);
            batch.append("domain", text).unwrap();
            let value = format!("value {index} of height {height}");
            batch
                .put("accounts", format!("key {index}"), value)
                .unwrap();
        }
        batch.append("accounts", [0; 700]).unwrap();
        batch.delete("accounts", b"key 1").unwrap();
        let mut sealed = batch.seal(1_700_000_000_000 + height, b"metadata").unwrap();
        sealed.attach(1, b"header").unwrap();
        store.commit(sealed).unwrap();
        if height == 3 {
            store.attach(2, 2, b"certificate").unwrap();
        }
    }
    store.close().unwrap();
    for (name, bytes) in files(dir) {
        println!("file {name} {}", bytes.len());
        for (row, at) in bytes.chunks(32).zip((0..).step_by(32)) {
            if row.iter().any(|byte| *byte != 0) {
                let hex: String = row.iter().map(|byte| format!("{byte:02x}")).collect();
                println!("{at} {hex}");
            }
        }
    }
}
