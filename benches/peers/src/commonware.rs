//! commonware-storage: the MMR in memory, and the authenticated journal (entries, and an MMR over
//! them, in files). Its trees are its own kind, so its own verifier says whether they are right.

use std::hint::black_box;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;
use std::time::Instant;

use commonware_cryptography::{Hasher as _, Sha256, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::{CacheRef, page_size};
use commonware_runtime::{BLOB_PAGE_SIZE, Runner as _, Supervisor as _, tokio};
use commonware_storage::journal::{authenticated, contiguous::Many, contiguous::fixed};
use commonware_storage::merkle::{Bagging::ForwardFold, full, hasher::Standard, mem::Mem};
use commonware_storage::mmr::{Family, Location, Position};
use commonware_utils::sequence::FixedBytes;

use crate::input::{LEAVES, entries};
use crate::timing::{median, per_call, time};
use crate::{places, print};

const PEER: &str = "commonware 2026.10";

type Tree = Mem<Family, Digest>;

fn hasher() -> Standard<Sha256> {
    Standard::new(ForwardFold)
}

/// The build through its public batch, each leaf hashed as it is added.
fn build_singly<const LEN: usize>(entries: &[[u8; LEN]]) -> Tree {
    let hasher = hasher();
    let mut tree = Tree::new();
    let mut batch = tree.new_batch();
    for entry in entries {
        batch = batch.add(&hasher, entry);
    }
    let batch = batch.merkleize(&tree, &hasher);
    tree.apply_batch(&batch).unwrap();
    tree
}

/// Leaf digests by its many-lane hasher, of equal messages: position, entry.
fn leaf_digests<const LEN: usize>(first: u64, entries: &[[u8; LEN]]) -> Vec<Digest> {
    let mut digests = Vec::with_capacity(entries.len());
    let mut messages = Vec::new();
    for (chunk, first) in entries.chunks(1024).zip((first..).step_by(1024)) {
        messages.clear();
        for (entry, location) in chunk.iter().zip(first..) {
            let position = Position::try_from(Location::new(location)).unwrap();
            messages.extend_from_slice(&position.to_be_bytes());
            messages.extend_from_slice(entry);
        }
        let whole: Vec<&[u8]> = messages.chunks_exact(8 + LEN).collect();
        digests.extend(Sha256::hash_many(&whole, &Sequential));
    }
    digests
}

/// The build with its many-lane hasher.
fn build_batched<const LEN: usize>(entries: &[[u8; LEN]]) -> Tree {
    let hasher = hasher();
    let mut tree = Tree::new();
    let batch = tree.new_batch().add_leaf_digests(leaf_digests(0, entries));
    let batch = batch.merkleize(&tree, &hasher);
    tree.apply_batch(&batch).unwrap();
    tree
}

fn check<const LEN: usize>(tree: &Tree, entries: &[[u8; LEN]]) {
    let (hasher, root) = (hasher(), tree.root(&hasher(), 0).unwrap());
    for leaf in [0, 1, LEAVES / 3, LEAVES - 1] {
        let at = Location::new(leaf as u64);
        let proof = tree.proof(&hasher, at, 0).unwrap();
        assert!(proof.verify_element_inclusion(&hasher, &entries[leaf], at, &root));
    }
}

fn time_build<const LEN: usize>() -> Tree {
    let entries = entries::<LEN>(LEAVES);
    let tree = build_singly(&entries);
    check(&tree, &entries);
    let batched = build_batched::<LEN>(&entries);
    assert_eq!(
        batched.root(&hasher(), 0).unwrap(),
        tree.root(&hasher(), 0).unwrap()
    );
    for (settings, build) in [
        ("add each", build_singly::<LEN> as fn(&[[u8; LEN]]) -> Tree),
        ("hash_many, add_leaf_digests", build_batched::<LEN>),
    ] {
        let samples = (0..5).map(|_| time(|| build(&entries)).0).collect();
        let nanos = median(samples) / LEAVES as f64;
        print(PEER, &format!("build_{LEN}"), nanos, "ns", settings);
    }
    tree
}

pub fn memory() {
    time_build::<256>();
    let mut tree = time_build::<32>();
    let (hasher, entries) = (hasher(), entries::<32>(LEAVES));
    let root = tree.root(&hasher, 0).unwrap();

    let mut at = places();
    let nanos = per_call(9, 2000, || {
        black_box(tree.proof(&hasher, Location::new(at.leaf()), 0).unwrap());
    });
    print(PEER, "inclusion_prove", nanos, "ns", "");

    let proofs: Vec<_> = (0..1000)
        .map(|_| {
            let leaf = Location::new(at.leaf());
            (leaf, tree.proof(&hasher, leaf, 0).unwrap())
        })
        .collect();
    let mut next = proofs.iter().cycle();
    let nanos = per_call(9, 1000, || {
        let (leaf, proof) = next.next().unwrap();
        let entry = &entries[**leaf as usize];
        assert!(proof.verify_element_inclusion(&hasher, entry, *leaf, &root));
    });
    print(
        PEER,
        "inclusion_verify",
        nanos,
        "ns",
        "hashes the entry too",
    );

    let mut next = entries.iter().cycle();
    let nanos = per_call(9, 2000, || {
        let batch = tree.new_batch().add(&hasher, next.next().unwrap());
        let batch = batch.merkleize(&tree, &hasher);
        tree.apply_batch(&batch).unwrap();
    });
    print(PEER, "append", nanos, "ns", "a batch of one");

    let nanos = per_call(9, 2000, || {
        let batch = tree.new_batch().add(&hasher, next.next().unwrap());
        let batch = batch.merkleize(&tree, &hasher);
        tree.apply_batch(&batch).unwrap();
        black_box(tree.root(&hasher, 0).unwrap());
    });
    print(
        PEER,
        "append_root",
        nanos,
        "ns",
        "a batch of one, with the root",
    );
}

const BUFFER: NonZeroUsize = NonZeroUsize::new(1 << 20).unwrap();
/// Large enough that files begin rarely, as the peer's own benches have it.
const ITEMS_PER_BLOB: NonZeroU64 = NonZeroU64::new(1 << 20).unwrap();
/// 400 MB of pages: all that is measured stays cached.
const PAGES: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

type Nodes = full::Merkle<Family, tokio::Context, Digest, Sequential>;
type Items<const LEN: usize> = fixed::Journal<tokio::Context, FixedBytes<LEN>>;
type Authenticated = authenticated::Journal<Family, tokio::Context, Items<32>, Sha256, Sequential>;

fn runner(dir: &Path) -> tokio::Runner {
    tokio::Runner::new(tokio::Config::new().with_storage_directory(dir))
}

fn configs() -> (full::Config<Sequential>, fixed::Config) {
    let pages = CacheRef::new(page_size(BLOB_PAGE_SIZE), PAGES);
    let nodes = full::Config {
        journal_partition: "nodes".to_owned(),
        metadata_partition: "pruned".to_owned(),
        items_per_blob: ITEMS_PER_BLOB,
        write_buffer: BUFFER,
        replay_buffer: BUFFER,
        strategy: Sequential,
        page_cache: pages.clone(),
    };
    let items = fixed::Config {
        partition: "items".to_owned(),
        items_per_blob: ITEMS_PER_BLOB,
        write_buffer: BUFFER,
        replay_buffer: BUFFER,
        page_cache: pages,
    };
    (nodes, items)
}

/// The parts of the authenticated journal, so that a batch's leaves are hashed in lanes too.
struct Journal<const LEN: usize> {
    nodes: Nodes,
    items: Items<LEN>,
}

impl<const LEN: usize> Journal<LEN> {
    async fn open(context: &tokio::Context) -> Self {
        let (nodes, items) = configs();
        let nodes = Nodes::init(context.child("nodes"), &hasher(), nodes).await;
        let items = Items::init(context.child("items"), items).await;
        Self {
            nodes: nodes.unwrap(),
            items: items.unwrap(),
        }
    }

    async fn append(self, entries: &[[u8; LEN]]) -> Self {
        let Self { nodes, items } = self;
        let first = *nodes.leaves();
        let mut batch = nodes.new_batch();
        for digest in leaf_digests(first, entries) {
            batch = batch.add_leaf_digest(digest);
        }
        let batch = batch.merkleize(nodes.mem(), &hasher());
        let new: Vec<_> = entries
            .iter()
            .map(|entry| FixedBytes::new(*entry))
            .collect();
        let (items, _) = items.append_many(Many::Flat(&new)).await.unwrap();
        Self {
            nodes: nodes.apply_batch(&batch).unwrap(),
            items,
        }
    }

    /// As the authenticated journal commits: the items durably, the nodes without a sync.
    async fn commit(self) -> Self {
        let (items, nodes) = futures::join!(self.items.commit(), self.nodes.flush());
        Self {
            nodes: nodes.unwrap(),
            items: items.unwrap(),
        }
    }

    async fn sync(self) {
        let (items, nodes) = futures::join!(self.items.sync(), self.nodes.sync());
        let _ = (items.unwrap(), nodes.unwrap());
    }
}

const SETTINGS: &str = "fixed journal and MMR, hash_many, 1 MiB buffers, commit";

fn time_durable<const LEN: usize>(size: usize, batches: usize, entries: &[[u8; LEN]]) {
    let dir = tempfile::tempdir().unwrap();
    let seconds = runner(dir.path()).start(|context| async move {
        let mut journal = Journal::<LEN>::open(&context).await;
        let warm = batches / 10 + 1;
        let mut seconds = 0.0;
        for (i, batch) in entries
            .chunks(size)
            .cycle()
            .take(batches + warm)
            .enumerate()
        {
            let start = Instant::now();
            journal = journal.append(batch).await.commit().await;
            if i >= warm {
                seconds += start.elapsed().as_secs_f64();
            }
        }
        seconds
    });
    let rate = (size * batches) as f64 / seconds;
    print(
        PEER,
        &format!("durable_{LEN}_{size}"),
        rate,
        "entries/s",
        SETTINGS,
    );
}

pub fn durable() {
    let small = entries::<32>(1_000_000);
    time_durable(1, 2000, &small);
    time_durable(100, 1000, &small);
    time_durable(10_000, 60, &small);
    let large = entries::<256>(100_000);
    time_durable(100, 1000, &large);
    time_durable(10_000, 60, &large);
}

fn fill(dir: &Path, sync: bool) {
    let entries = entries::<32>(LEAVES);
    runner(dir).start(|context| async move {
        let mut journal = Journal::<32>::open(&context).await;
        for batch in entries.chunks(10_000) {
            journal = journal.append(batch).await.commit().await;
        }
        if sync {
            journal.sync().await;
        }
    });
}

fn time_open(dir: &Path) -> f64 {
    runner(dir).start(|context| async move {
        let (nodes, items) = configs();
        let start = Instant::now();
        let context = context.child("journal");
        let journal = Authenticated::new(context, nodes, items, |_| true, ForwardFold).await;
        let millis = start.elapsed().as_secs_f64() * 1e3;
        assert_eq!(*journal.unwrap().size(), LEAVES as u64);
        millis
    })
}

pub fn open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("clean");
    fill(&path, true);
    let samples = (0..5).map(|_| time_open(&path)).collect();
    print(
        PEER,
        "open_clean",
        median(samples),
        "ms",
        "2^20 entries of 32 B",
    );
    let path = dir.path().join("dirty");
    let samples = (0..3).map(|_| {
        let _ = std::fs::remove_dir_all(&path);
        fill(&path, false);
        time_open(&path)
    });
    let samples = samples.collect();
    print(
        PEER,
        "open_dirty",
        median(samples),
        "ms",
        "2^20 entries of 32 B, items synced, no nodes",
    );
}

pub fn mapped() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), true);
    let nanos = runner(dir.path()).start(|context| async move {
        let journal = Journal::<32>::open(&context).await;
        let mut at = places();
        let mut samples = Vec::new();
        for _ in 0..10 {
            let start = Instant::now();
            for _ in 0..2000 {
                let leaf = Location::new(at.leaf());
                black_box(journal.nodes.proof(&hasher(), leaf, 0).await.unwrap());
            }
            samples.push(start.elapsed().as_secs_f64() * 1e9 / 2000.0);
        }
        median(samples.split_off(1))
    });
    print(
        PEER,
        "inclusion_file",
        nanos,
        "ns",
        "reopened, pages in its cache",
    );
}
