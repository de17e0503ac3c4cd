//! Trees without a disk, and proofs from the mapped tile file.

use std::hint::black_box;
use std::path::Path;

use ledger_benches::Result;
use ledger_benches::input::{LEAVES, XorShift, entries};
use ledger_benches::timing::{median, per_call, time};
use ledger_benches::trees::{SIZE, TREE, build, build_as, check_root, slow_root, write_tiles};
use merkle_log::tiles::TileView;
use merkle_log::{
    ConsistencyProof, Edged, Growth, Hash, InclusionProof, LeafIndex, RightEdge, TreeSize,
    TreeType, prove_consistency, prove_inclusion, prove_multi, prove_range, read_range, root_at,
    verify_inclusions,
};

use crate::report::Report;
use crate::series::{Plot, Series};

const SAMPLES: u32 = 9;
const CALLS: u32 = 2000;

fn time_build<const LEN: usize>(report: &mut Report, quantity: &'static str) -> Result<Growth> {
    let entries = entries::<LEN>(LEAVES);
    let tree = build(&entries)?;
    check_root::<LEN>(&tree.after().root(TREE)?)?;
    let samples = (0..5).map(|_| time(|| build(&entries)).0).collect();
    report.add(quantity, median(samples) / LEAVES as f64, "ns");
    Ok(tree)
}

/// Proofs and roots that are verified in a circle.
struct Claims {
    inclusion: Vec<(Hash, InclusionProof)>,
    consistency: Vec<(Hash, ConsistencyProof)>,
}

fn claims(tree: &Growth, entries: &[[u8; 32]]) -> Result<Claims> {
    let mut at = XorShift::default();
    let mut claims = Claims {
        inclusion: Vec::new(),
        consistency: Vec::new(),
    };
    for _ in 0..1000 {
        let leaf = at.below(SIZE.0);
        let entry = entries.get(usize::try_from(leaf)?).ok_or("no such leaf")?;
        let proof = prove_inclusion(tree, TREE, LeafIndex(leaf), SIZE)?;
        claims.inclusion.push((TREE.leaf(entry), proof));
        let first = past_size(&mut at);
        let proof = prove_consistency(tree, TREE, first, SIZE)?;
        claims
            .consistency
            .push((root_at(tree, TREE, first)?, proof));
    }
    let root = tree.after().root(TREE)?;
    for (leaf, proof) in &claims.inclusion {
        let _ = proof.verify(TREE, leaf, &root)?;
    }
    for (first, proof) in &claims.consistency {
        let _ = proof.verify(TREE, first, &root)?;
    }
    Ok(claims)
}

const fn past_size(at: &mut XorShift) -> TreeSize {
    TreeSize(1 + at.below(SIZE.0 - 1))
}

/// Building, appending, proving and verifying in memory.
pub(crate) fn memory(report: &mut Report) -> Result<()> {
    drop(time_build::<256>(report, "build_256")?);
    let tree = time_build::<32>(report, "build_32")?;
    let entries = entries::<32>(LEAVES);
    let root = tree.after().root(TREE)?;
    let claims = claims(&tree, &entries)?;

    // All nodes are kept, as those do that it is held against.
    let mut range = tree.after().clone();
    let mut kept = Vec::with_capacity(LEAVES);
    let mut next = entries.iter().cycle();
    let nanos = per_call(SAMPLES, CALLS, || {
        let leaf = next.next().map(|entry| TREE.leaf(entry));
        let leaves = leaf.into_iter().collect();
        if let Ok(growth) = Growth::new(TREE, &range, leaves) {
            range = growth.after().clone();
            black_box(range.root(TREE).ok());
            kept.push(growth);
        }
    });
    report.add("append_root_growth", nanos, "ns");
    drop(kept);

    // A range alone is all that a log needs to go on.
    let mut range = tree.after().clone();
    let nanos = per_call(SAMPLES, CALLS, || {
        if let Some(entry) = next.next() {
            black_box(range.append(TREE, TREE.leaf(entry)).ok());
        }
    });
    report.add("append", nanos, "ns");
    let mut range = tree.after().clone();
    let nanos = per_call(SAMPLES, CALLS, || {
        if let Some(entry) = next.next() {
            black_box(range.append(TREE, TREE.leaf(entry)).ok());
            black_box(range.root(TREE).ok());
        }
    });
    report.add("append_root", nanos, "ns");

    let mut at = XorShift::default();
    let nanos = per_call(SAMPLES, CALLS, || {
        let leaf = LeafIndex(at.below(SIZE.0));
        black_box(prove_inclusion(&tree, TREE, leaf, SIZE).ok());
    });
    report.add("inclusion_prove", nanos, "ns");

    let nanos = per_call(SAMPLES, CALLS, || {
        black_box(prove_consistency(&tree, TREE, past_size(&mut at), SIZE).ok());
    });
    report.add("consistency_prove", nanos, "ns");

    let nanos = per_call(SAMPLES, CALLS, || {
        black_box(root_at(&tree, TREE, past_size(&mut at)).ok());
    });
    report.add("root_at", nanos, "ns");

    let mut next = claims.inclusion.iter().cycle();
    let nanos = per_call(SAMPLES, 1000, || {
        if let Some((leaf, proof)) = next.next() {
            black_box(proof.verify(TREE, leaf, &root).ok());
        }
    });
    report.add("inclusion_verify", nanos, "ns");

    let mut next = claims.consistency.iter().cycle();
    let nanos = per_call(SAMPLES, 1000, || {
        if let Some((first, proof)) = next.next() {
            black_box(proof.verify(TREE, first, &root).ok());
        }
    });
    report.add("consistency_verify", nanos, "ns");
    of_many(report, &tree, &claims, &root)?;
    for_blake3::<256>(report, "build_blake3_256")?;
    for_blake3::<32>(report, "build_blake3_32")
}

/// Proofs of a hundred leaves, and a thousand proofs verified side by side.
fn of_many(report: &mut Report, tree: &Growth, claims: &Claims, root: &Hash) -> Result<()> {
    let leaves: Vec<Hash> = (tree.runs().first().ok_or("no leaves")?.hashes()).to_vec();
    let hashes = |indices: &[LeafIndex]| -> Vec<Hash> {
        let at = |index: &LeafIndex| leaves.get(usize::try_from(index.0).ok()?).copied();
        indices.iter().filter_map(at).collect()
    };
    let mut at = XorShift::default();
    let mut picked: Vec<LeafIndex> = (0..100).map(|_| LeafIndex(at.below(SIZE.0))).collect();
    picked.sort_unstable();
    picked.dedup();
    let _ = prove_multi(tree, TREE, &picked, SIZE)?.verify(TREE, &hashes(&picked), root)?;
    let nanos = per_call(SAMPLES, 200, || {
        black_box(prove_multi(tree, TREE, &picked, SIZE).ok());
    });
    report.add("multi_prove", nanos / 1e3, "us");

    let range = |begin: u64| (LeafIndex(begin), LeafIndex(begin + 100));
    let (begin, end) = range(123_456);
    let proven: Vec<LeafIndex> = (begin.0..end.0).map(LeafIndex).collect();
    let proof = prove_range(tree, TREE, begin, end, SIZE)?;
    let _ = proof.verify(TREE, &hashes(&proven), root)?;
    let nanos = per_call(SAMPLES, CALLS, || {
        let (begin, end) = range(at.below(SIZE.0 - 100));
        black_box(prove_range(tree, TREE, begin, end, SIZE).ok());
    });
    report.add("range_prove", nanos / 1e3, "us");

    let many = || claims.inclusion.iter().map(|(leaf, proof)| (proof, leaf));
    let verdicts = verify_inclusions(TREE, many(), root);
    if verdicts.iter().any(std::result::Result::is_err) {
        return Err("a proof of many does not verify".into());
    }
    let nanos = per_call(SAMPLES, 1, || {
        black_box(verify_inclusions(TREE, many(), root));
    });
    report.add("verify_many", nanos / claims.inclusion.len() as f64, "ns");
    Ok(())
}

fn for_blake3<const LEN: usize>(report: &mut Report, quantity: &'static str) -> Result<()> {
    let entries = entries::<LEN>(LEAVES);
    let root = build_as(TreeType::Blake3, &entries)?
        .after()
        .root(TreeType::Blake3)?;
    if root != slow_root(TreeType::Blake3, &entries) {
        return Err(format!("the BLAKE3 root of {LEN} bytes is {root}").into());
    }
    let samples = (0..5)
        .map(|_| time(|| build_as(TreeType::Blake3, &entries)).0)
        .collect();
    report.add(quantity, median(samples) / LEAVES as f64, "ns");
    Ok(())
}

/// Proofs in a tree whose last node of most levels is incomplete: computed for each proof, or kept.
fn uneven(report: &mut Report, view: &TileView<'_>, tree: &Growth) -> Result<()> {
    let size = TreeSize(SIZE.0 - 12_345);
    let range = read_range(view, size)?;
    let edge = RightEdge::new(TREE, &range)?;
    if range.root(TREE)? != root_at(tree, TREE, size)? {
        return Err("the mapped tree has another root".into());
    }
    for (name, edge) in [("inclusion_uneven", None), ("inclusion_edged", Some(&edge))] {
        let reader = Edged { reader: view, edge };
        let mut at = XorShift::default();
        let nanos = per_call(SAMPLES, CALLS, || {
            let leaf = LeafIndex(at.below(size.0));
            black_box(prove_inclusion(&reader, TREE, leaf, size).ok());
        });
        report.add(name, nanos, "ns");
    }
    Ok(())
}

/// Inclusion proofs from the mapped tile file: at first touch, and with all blocks checked.
pub(crate) fn mapped(report: &mut Report, dir: &Path) -> Result<()> {
    let dir = tempfile::tempdir_in(dir)?;
    let tree = build(&entries::<32>(LEAVES))?;
    let root = tree.after().root(TREE)?;
    check_root::<32>(&root)?;
    let tiles = write_tiles(dir.path(), &tree)?;
    let view = tiles.at(SIZE);
    check_root::<32>(&root_at(&view, TREE, SIZE)?)?;

    // One proof in each block of 256 leaves: no block was touched before.
    let (nanos, ()) = time(|| {
        for leaf in (0..SIZE.0).step_by(256) {
            black_box(prove_inclusion(&view, TREE, LeafIndex(leaf), SIZE).ok());
        }
    });
    report.add("inclusion_first", nanos / (SIZE.0 / 256) as f64, "ns");

    let entries = entries::<32>(LEAVES);
    for (leaf, entry) in (0..).zip(&entries).step_by(997) {
        let proof = prove_inclusion(&view, TREE, LeafIndex(leaf), SIZE)?;
        let _ = proof.verify(TREE, &TREE.leaf(entry), &root)?;
    }
    let mut at = XorShift::default();
    let nanos = per_call(SAMPLES, CALLS, || {
        let leaf = LeafIndex(at.below(SIZE.0));
        black_box(prove_inclusion(&view, TREE, leaf, SIZE).ok());
    });
    report.add("inclusion_file", nanos, "ns");
    uneven(report, &view, &tree)?;
    let mut timed = |prove: &dyn Fn(LeafIndex)| -> Vec<f64> {
        let one = |_| {
            let leaf = LeafIndex(at.below(SIZE.0));
            time(|| prove(leaf)).0
        };
        (0..20_000).map(one).collect()
    };
    let file = timed(&|leaf| {
        black_box(prove_inclusion(&view, TREE, leaf, SIZE).ok());
    });
    let memory = timed(&|leaf| {
        black_box(prove_inclusion(&tree, TREE, leaf, SIZE).ok());
    });
    report.plot(Plot {
        name: "latency-proof",
        title: "Inclusion proofs among 2^20 leaves",
        x: "percent that took no longer",
        log_x: false,
        unit: "ns",
        lines: vec![
            Series::percentiles("mapped file", file),
            Series::percentiles("memory", memory),
        ],
    });
    Ok(())
}
