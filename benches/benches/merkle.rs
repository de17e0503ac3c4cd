//! The parts of merkle-log under criterion, on the acceptance input.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench may panic; criterion's own items"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ledger_benches::input::{LEAVES, XorShift, entries};
use ledger_benches::trees::{SIZE, TREE, build, check_root, write_tiles};
use merkle_log::{LeafIndex, TreeSize, prove_consistency, prove_inclusion, root_at};

fn build_of<const LEN: usize>(criterion: &mut Criterion) {
    let entries = entries::<LEN>(LEAVES);
    check_root::<LEN>(&build(&entries).unwrap().after().root(TREE).unwrap()).unwrap();
    let mut group = criterion.benchmark_group("build 2^20");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(SIZE.0));
    group.bench_function(format!("{LEN} B"), |bench| {
        bench.iter(|| build(&entries).unwrap());
    });
    group.finish();
}

fn trees(criterion: &mut Criterion) {
    build_of::<32>(criterion);
    build_of::<256>(criterion);

    let entries = entries::<32>(LEAVES);
    let tree = build(&entries).unwrap();
    let root = tree.after().root(TREE).unwrap();
    check_root::<32>(&root).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let tiles = write_tiles(dir.path(), &tree).unwrap();
    let view = tiles.at(SIZE);
    let mut at = XorShift::default();
    // Every block is checked before anything is timed.
    for leaf in (0..SIZE.0).step_by(256) {
        let proof = prove_inclusion(&view, TREE, LeafIndex(leaf), SIZE).unwrap();
        let leaf = TREE.leaf(&entries[usize::try_from(leaf).unwrap()]);
        let _ = proof.verify(TREE, &leaf, &root).unwrap();
    }

    criterion.bench_function("append one, root", |bench| {
        let mut range = tree.after().clone();
        let mut next = entries.iter().cycle();
        bench.iter(|| {
            range.append(TREE, TREE.leaf(next.next().unwrap())).unwrap();
            range.root(TREE).unwrap()
        });
    });
    criterion.bench_function("inclusion proof, memory", |bench| {
        bench.iter(|| prove_inclusion(&tree, TREE, LeafIndex(at.below(SIZE.0)), SIZE).unwrap());
    });
    criterion.bench_function("inclusion proof, mapped file", |bench| {
        bench.iter(|| prove_inclusion(&view, TREE, LeafIndex(at.below(SIZE.0)), SIZE).unwrap());
    });
    criterion.bench_function("inclusion verify", |bench| {
        let leaf = |at: u64| TREE.leaf(&entries[usize::try_from(at).unwrap()]);
        bench.iter_batched(
            || {
                let index = at.below(SIZE.0);
                let proof = prove_inclusion(&tree, TREE, LeafIndex(index), SIZE).unwrap();
                (leaf(index), proof)
            },
            |(leaf, proof)| black_box(proof.verify(TREE, &leaf, &root).unwrap()),
            BatchSize::SmallInput,
        );
    });
    let past = |at: &mut XorShift| TreeSize(1 + at.below(SIZE.0 - 1));
    criterion.bench_function("consistency proof, memory", |bench| {
        bench.iter(|| prove_consistency(&tree, TREE, past(&mut at), SIZE).unwrap());
    });
    criterion.bench_function("consistency verify", |bench| {
        bench.iter_batched(
            || {
                let first = past(&mut at);
                let proof = prove_consistency(&tree, TREE, first, SIZE).unwrap();
                (root_at(&tree, TREE, first).unwrap(), proof)
            },
            |(first, proof)| black_box(proof.verify(TREE, &first, &root).unwrap()),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("root at a past size", |bench| {
        bench.iter(|| root_at(&tree, TREE, past(&mut at)).unwrap());
    });
}

criterion_group!(benches, trees);
criterion_main!(benches);
