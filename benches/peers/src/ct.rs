//! ct-merkle: the whole tree in memory, pushed leaf by leaf; it has no bulk build.

use std::hint::black_box;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2_11::Sha256;

use crate::input::{LEAVES, ROOT_32, ROOT_256, entries};
use crate::timing::{median, per_call, time};
use crate::{places, print};

const PEER: &str = "ct-merkle 0.3";

type Tree<const LEN: usize> = MemoryBackedTree<Sha256, [u8; LEN]>;

fn build<const LEN: usize>(entries: &[[u8; LEN]], root: [u8; 8]) -> Tree<LEN> {
    let mut tree = Tree::new();
    for entry in entries {
        tree.push(*entry);
    }
    assert_eq!(tree.root().as_bytes()[..8], root);
    tree
}

fn time_build<const LEN: usize>(root: [u8; 8]) -> Tree<LEN> {
    let entries = entries::<LEN>(LEAVES);
    let samples: Vec<_> = (0..2).map(|_| time(|| build(&entries, root))).collect();
    let nanos = median(samples.iter().map(|(nanos, _)| *nanos).collect()) / LEAVES as f64;
    print(PEER, &format!("build_{LEN}"), nanos, "ns", "push each");
    samples.into_iter().next().unwrap().1
}

pub fn memory() {
    time_build::<256>(ROOT_256);
    let mut tree = time_build::<32>(ROOT_32);
    let entries = entries::<32>(LEAVES);
    let root = tree.root();

    let mut at = places();
    let nanos = per_call(9, 2000, || {
        black_box(tree.prove_inclusion(at.leaf() as usize));
    });
    print(PEER, "inclusion_prove", nanos, "ns", "");

    let proofs: Vec<_> = (0..1000)
        .map(|_| {
            let leaf = at.leaf();
            (leaf, tree.prove_inclusion(leaf as usize))
        })
        .collect();
    let mut next = proofs.iter().cycle();
    let nanos = per_call(9, 1000, || {
        let (leaf, proof) = next.next().unwrap();
        root.verify_inclusion(&entries[*leaf as usize], *leaf, proof)
            .unwrap();
    });
    print(
        PEER,
        "inclusion_verify",
        nanos,
        "ns",
        "hashes the entry too",
    );

    let nanos = per_call(9, 2000, || {
        black_box(tree.prove_consistency(LEAVES - at.size() as usize));
    });
    print(PEER, "consistency_prove", nanos, "ns", "");

    // It gives no roots of past sizes: one older tree to verify from.
    let old_size = 700_001;
    let mut old = Tree::<32>::new();
    for entry in &entries[..old_size] {
        old.push(*entry);
    }
    let (old_root, proof) = (old.root(), tree.prove_consistency(LEAVES - old_size));
    let nanos = per_call(9, 1000, || {
        root.verify_consistency(&old_root, &proof).unwrap();
    });
    print(PEER, "consistency_verify", nanos, "ns", "from size 700,001");

    let mut next = entries.iter().cycle();
    let nanos = per_call(9, 2000, || {
        tree.push(*next.next().unwrap());
        black_box(tree.root());
    });
    print(PEER, "append_root", nanos, "ns", "");
}
