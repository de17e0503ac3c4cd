//! nomt: a binary Merkle trie with its own database on disk.

use std::hint::black_box;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bitvec::prelude::{BitSlice, Msb0};
use nomt::hasher::Blake3Hasher;
use nomt::proof::PathProof;
use nomt::trie::LeafData;
use nomt::{KeyReadWrite, Nomt, Options, SessionParams};

use super::{Entries, Input, PROOFS, READS, micros_each, sorted};
use crate::print;
use crate::state_input::{BATCHES, KEYS, batch, picks};
use crate::timing::{median, time};

const PEER: &str = "nomt 1.0.5";
const SETTINGS: &str = "BLAKE3, 2 commit workers, caches of 512 MiB";

type Database = Nomt<Blake3Hasher>;

fn open(dir: &Path) -> Database {
    let mut options = Options::new();
    options.path(dir);
    options.commit_concurrency(2);
    options.bitbox_seed([7; 16]);
    options.page_cache_size(512);
    options.leaf_cache_size(512);
    Database::open(options).unwrap()
}

/// Nanoseconds to the root, and to the end of the commit.
fn write(database: &Database, entries: &Entries) -> (f64, f64) {
    let writes = entries
        .iter()
        .map(|(key, value)| (*key, KeyReadWrite::Write(Some(value.clone()))));
    let writes: Vec<_> = writes.collect();
    let (root, finished) = time(|| {
        let session = database.begin_session(SessionParams::default());
        session.finish(writes).unwrap()
    });
    let (commit, committed) = time(|| finished.commit(database));
    committed.unwrap();
    (root, root + commit)
}

/// Bytes on the disk: the files, and of its hash table the pages in use.
fn disk_bytes(database: &Database, dir: &Path) -> f64 {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let files = files.filter(|file| file.file_name() != "ht");
    let blocks: u64 = files.map(|file| file.metadata().unwrap().blocks()).sum();
    (blocks * 512) as f64 + database.hash_table_utilization().occupied as f64 * 4096.0
}

fn check(proof: &PathProof, key: &[u8; 32], value: &[u8], root: [u8; 32]) {
    let path = BitSlice::<u8, Msb0>::from_slice(key);
    let verified = proof.verify::<Blake3Hasher>(path, root).unwrap();
    let leaf = LeafData {
        key_path: *key,
        value_hash: *blake3::hash(value).as_bytes(),
    };
    assert!(verified.confirm_value(&leaf).unwrap());
}

pub fn state(input: &Input) {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("nomt");
    let database = open(&dir);
    let entries = input.build.clone();
    let (sort, entries) = time(|| sorted(entries));
    let (_, nanos) = write(&database, &entries);
    print(
        PEER,
        "state_build_durable",
        (sort + nanos) / 1e9,
        "s",
        SETTINGS,
    );
    drop(entries);
    let each = |bytes: f64| bytes / KEYS as f64;
    print(
        PEER,
        "state_disk",
        each(disk_bytes(&database, &dir)),
        "B",
        "files, pages in use",
    );

    let reads: Vec<_> = picks(READS)
        .into_iter()
        .map(|at| &input.build[at])
        .collect();
    let (root, session) = (
        database.root().into_inner(),
        database.begin_session(SessionParams::default()),
    );
    let micros = micros_each(&reads, |(key, value)| {
        assert_eq!(session.read(*key).unwrap().as_ref(), Some(value));
    });
    print(PEER, "state_get", micros, "us", SETTINGS);
    let micros = micros_each(&reads[..PROOFS], |(key, _)| {
        black_box(session.prove(*key).unwrap());
    });
    print(PEER, "state_prove", micros, "us", SETTINGS);
    let proofs: Vec<_> = reads[..PROOFS]
        .iter()
        .map(|entry| (entry, session.prove(entry.0).unwrap()))
        .collect();
    let micros = micros_each(&proofs, |((key, value), proof)| {
        check(proof, key, value, root)
    });
    print(
        PEER,
        "state_verify_blake3",
        micros,
        "us",
        "BLAKE3, the value hashed",
    );
    let siblings: usize = proofs.iter().map(|(_, proof)| proof.siblings.len()).sum();
    let len = 64.0 + 32.0 * siblings as f64 / PROOFS as f64;
    print(PEER, "state_proof_bytes_binary", len, "B", "hashes only");
    drop(session);

    let (mut roots, mut commits) = (Vec::new(), Vec::new());
    for number in 0..BATCHES {
        let entries = batch(&input.build, number);
        let (sort, entries) = time(|| sorted(entries));
        let (root, commit) = write(&database, &entries);
        roots.push((sort + root) / 1e6);
        commits.push((sort + commit) / 1e6);
    }
    print(
        PEER,
        "state_batch_blake3",
        median(roots),
        "ms",
        "to the root, nothing written",
    );
    print(PEER, "state_batch_durable", median(commits), "ms", SETTINGS);
    print(
        PEER,
        "state_disk_after",
        each(disk_bytes(&database, &dir)),
        "B",
        "after 90,000 updates",
    );
    drop(database);

    let key = input.build[1].0;
    let samples = (0..5).map(|_| {
        let (nanos, database) = time(|| {
            let database = open(&dir);
            let session = database.begin_session(SessionParams::default());
            black_box(session.prove(key).unwrap());
            drop(session);
            database
        });
        drop(database);
        nanos / 1e6
    });
    print(
        PEER,
        "state_reopen",
        median(samples.collect()),
        "ms",
        "open and one proof",
    );
}
