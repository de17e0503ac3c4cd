//! rs_merkle with an RFC 6962 hasher of its trait, without the allocations of its default method.

use std::hint::black_box;

use rs_merkle::{Hasher, MerkleTree};
use sha2::{Digest, Sha256};

use crate::input::{LEAVES, ROOT_32, ROOT_256, entries};
use crate::timing::{median, per_call, time};
use crate::{places, print};

const PEER: &str = "rs_merkle 1.5";

#[derive(Clone)]
struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(data: &[u8]) -> [u8; 32] {
        Sha256::new()
            .chain_update([0])
            .chain_update(data)
            .finalize()
            .into()
    }

    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        let Some(right) = right else { return *left };
        let mut message = [1; 65];
        message[1..33].copy_from_slice(left);
        message[33..].copy_from_slice(right);
        Sha256::digest(message).into()
    }
}

fn build<const LEN: usize>(entries: &[[u8; LEN]], root: [u8; 8]) -> MerkleTree<Rfc6962> {
    let leaves: Vec<_> = entries.iter().map(|entry| Rfc6962::hash(entry)).collect();
    let tree = MerkleTree::<Rfc6962>::from_leaves(&leaves);
    assert_eq!(tree.root().unwrap()[..8], root);
    tree
}

fn time_build<const LEN: usize>(root: [u8; 8]) -> MerkleTree<Rfc6962> {
    let entries = entries::<LEN>(LEAVES);
    let samples: Vec<_> = (0..5).map(|_| time(|| build(&entries, root))).collect();
    let nanos = median(samples.iter().map(|(nanos, _)| *nanos).collect()) / LEAVES as f64;
    print(
        PEER,
        &format!("build_{LEN}"),
        nanos,
        "ns",
        "from_leaves, own hasher",
    );
    samples.into_iter().next().unwrap().1
}

pub fn memory() {
    time_build::<256>(ROOT_256);
    let tree = time_build::<32>(ROOT_32);
    let root = tree.root().unwrap();
    let leaves = tree.leaves().unwrap();

    let mut at = places();
    let nanos = per_call(9, 2000, || {
        black_box(tree.proof(&[at.leaf() as usize]));
    });
    print(PEER, "inclusion_prove", nanos, "ns", "");

    let proofs: Vec<_> = (0..1000)
        .map(|_| {
            let leaf = at.leaf() as usize;
            (leaf, tree.proof(&[leaf]))
        })
        .collect();
    let mut next = proofs.iter().cycle();
    let nanos = per_call(9, 1000, || {
        let (leaf, proof) = next.next().unwrap();
        assert!(proof.verify(root, &[*leaf], &[leaves[*leaf]], LEAVES));
    });
    print(PEER, "inclusion_verify", nanos, "ns", "");
}
