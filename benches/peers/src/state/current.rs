//! commonware-storage's ordered current database: a log of operations under one Merkle structure,
//! with which of them are current under another, and an index of keys in memory.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;

use commonware_cryptography::Sha256;
use commonware_parallel::Rayon;
use commonware_runtime::buffer::paged::{CacheRef, page_size};
use commonware_runtime::tokio::{Config, Context, Runner};
use commonware_runtime::{BLOB_PAGE_SIZE, Runner as _, Strategizer as _, Supervisor as _};
use commonware_storage::journal::contiguous::variable;
use commonware_storage::merkle::full;
use commonware_storage::mmr::Family;
use commonware_storage::qmdb::any::value::VariableEncoding;
use commonware_storage::qmdb::current::{VariableConfig, ordered};
use commonware_storage::qmdb::floor::Proportional;
use commonware_storage::translator::EightCap;
use commonware_utils::sequence::FixedBytes;

use super::{Entries, Input, PROOFS, READS, sorted};
use crate::print;
use crate::state_input::{BATCHES, KEYS, batch, picks};
use crate::timing::{median, nanos};

const PEER: &str = "commonware 2026.10, current::ordered";
const SETTINGS: &str = "SHA-256, 2 threads, 2 MiB buffers, 1.6 GB of pages";
const BUFFER: NonZeroUsize = NonZeroUsize::new(2 << 20).unwrap();
const ITEMS_PER_BLOB: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();
const PAGES: NonZeroUsize = NonZeroUsize::new(400_000).unwrap();
const THREADS: NonZeroUsize = NonZeroUsize::new(2).unwrap();
/// Operations of one commit of the build.
const BUILD_BATCH: usize = KEYS / 8;
/// Bytes of a bitmap chunk, as the peer's own benches have it.
const CHUNK: usize = 32;

type Name = FixedBytes<32>;
type Database =
    ordered::variable::Db<Family, Context, Name, Vec<u8>, Sha256, EightCap, CHUNK, Rayon>;

async fn open(context: Context) -> Database {
    let page_cache = CacheRef::new(page_size(BLOB_PAGE_SIZE), PAGES);
    let config = VariableConfig {
        merkle_config: full::Config {
            journal_partition: "nodes".to_owned(),
            metadata_partition: "pruned".to_owned(),
            items_per_blob: ITEMS_PER_BLOB,
            write_buffer: BUFFER,
            replay_buffer: BUFFER,
            strategy: context.strategy(THREADS),
            page_cache: page_cache.clone(),
        },
        journal_config: variable::Config {
            partition: "operations".to_owned(),
            items_per_section: ITEMS_PER_BLOB,
            compression: None,
            codec_config: ((), ((0..=1000).into(), ())),
            page_cache,
            write_buffer: BUFFER,
            replay_buffer: BUFFER,
        },
        grafted_metadata_partition: "grafted".to_owned(),
        translator: EightCap,
        init_cache: NonZeroUsize::new(1 << 18),
        init_buffer: BUFFER,
        init_concurrency: (),
    };
    Database::init(context, config, None).await.unwrap()
}

/// Seconds to the root, and to the end of the durable commit.
async fn write(
    database: Database,
    entries: &[(crate::state_input::Key, Vec<u8>)],
) -> (Database, f64, f64) {
    let start = std::time::Instant::now();
    let mut batch = database.new_batch();
    for (key, value) in entries {
        batch = batch.write(FixedBytes::new(*key), Some(value.clone()));
    }
    let batch = batch.merkleize(&database, None, &mut Proportional).await;
    let batch = batch.unwrap();
    let rooted = nanos(start.elapsed());
    let database = database.apply_batch(batch).await.unwrap();
    let database = database.commit().await.unwrap();
    (database, rooted / 1e9, nanos(start.elapsed()) / 1e9)
}

/// Values that were just written are read back, and their proofs verified.
async fn check(database: &Database, entries: &Entries) {
    let root = database.root();
    for (key, value) in entries.iter().step_by(997) {
        let key = FixedBytes::new(*key);
        assert_eq!(database.get(&key).await.unwrap().as_ref(), Some(value));
        let proof = database.key_value_proof(key.clone()).await.unwrap();
        assert!(proof.verify::<Sha256, VariableEncoding<Vec<u8>>>(key, value.clone(), &root));
    }
}

fn disk_bytes(dir: &Path) -> u64 {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let bytes = files.map(|file| match file.file_type().unwrap().is_dir() {
        true => disk_bytes(&file.path()),
        false => file.metadata().unwrap().len(),
    });
    bytes.sum()
}

async fn measure(context: Context, input: &Input, dir: &Path) {
    let figure = |quantity, value, unit| print(PEER, quantity, value, unit, SETTINGS);
    let mut database = open(context.child("database")).await;
    let start = std::time::Instant::now();
    let entries = sorted(input.build.clone());
    let mut seconds = nanos(start.elapsed()) / 1e9;
    for part in entries.chunks(BUILD_BATCH) {
        let committed;
        (database, _, committed) = write(database, part).await;
        seconds += committed;
    }
    check(&database, &entries).await;
    figure("state_build_durable", seconds, "s");
    figure("state_disk", disk_bytes(dir) as f64 / KEYS as f64, "B");

    let reads: Vec<_> = picks(READS)
        .into_iter()
        .map(|at| &input.build[at])
        .collect();
    let mut best = f64::MAX;
    for pass in 0..3 {
        let start = std::time::Instant::now();
        for (key, value) in &reads {
            let found = database.get(&FixedBytes::new(*key)).await.unwrap();
            assert_eq!(found.as_ref(), Some(value));
        }
        if pass > 0 {
            best = best.min(nanos(start.elapsed()) / 1e3 / READS as f64);
        }
    }
    figure("state_get", best, "us");
    let mut best = f64::MAX;
    for pass in 0..3 {
        let start = std::time::Instant::now();
        for (key, _) in reads.iter().take(PROOFS) {
            let proof = database.key_value_proof(FixedBytes::new(*key)).await;
            std::hint::black_box(proof.unwrap());
        }
        if pass > 0 {
            best = best.min(nanos(start.elapsed()) / 1e3 / PROOFS as f64);
        }
    }
    figure("state_prove", best, "us");

    let (mut roots, mut commits) = (Vec::new(), Vec::new());
    for number in 0..BATCHES {
        let entries = sorted(batch(&input.build, number));
        let (rooted, committed);
        (database, rooted, committed) = write(database, &entries).await;
        check(&database, &entries).await;
        roots.push(rooted * 1e3);
        commits.push(committed * 1e3);
    }
    figure("state_batch_sha256", median(roots), "ms");
    figure("state_batch_durable", median(commits), "ms");
    figure(
        "state_disk_after",
        disk_bytes(dir) as f64 / KEYS as f64,
        "B",
    );
}

pub fn state(input: &Input) {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::new().with_storage_directory(dir.path());
    Runner::new(config).start(|context| async move { measure(context, input, dir.path()).await });
}
