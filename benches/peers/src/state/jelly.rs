//! jmt: the Jellyfish Merkle tree, over its own store in memory.

use std::hint::black_box;

use jmt::mock::MockTreeStore;
use jmt::storage::TreeWriter;
use jmt::{JellyfishMerkleTree, KeyHash};
use sha2::Sha256;

use super::{Entries, Input, PROOFS, READS, micros_each};
use crate::print;
use crate::state_input::{hex, picks};
use crate::timing::time;

const PEER: &str = "jmt 0.12";
const SETTINGS: &str = "MockTreeStore, SHA-256";

pub fn state(input: &Input) {
    let store = MockTreeStore::default();
    let tree = JellyfishMerkleTree::<_, Sha256>::new(&store);
    let put = |entries: &Entries, version| {
        let entries: Vec<_> = entries
            .iter()
            .map(|(key, value)| (KeyHash(*key), Some(value.clone())))
            .collect();
        time(|| {
            let (root, batch) = tree.put_value_set(entries, version).unwrap();
            store.write_node_batch(&batch.node_batch).unwrap();
            root
        })
    };
    let (nanos, root) = put(&input.build, 0);
    print(PEER, "state_build_sha256", nanos / 1e9, "s", SETTINGS);

    let reads: Vec<_> = picks(READS)
        .into_iter()
        .map(|at| &input.build[at])
        .collect();
    let micros = micros_each(&reads, |(key, value)| {
        assert_eq!(tree.get(KeyHash(*key), 0).unwrap().as_ref(), Some(value));
    });
    print(
        PEER,
        "state_get_map",
        micros,
        "us",
        "a hash map of its test store, no trie",
    );
    let micros = micros_each(&reads[..PROOFS], |(key, _)| {
        black_box(tree.get_with_proof(KeyHash(*key), 0).unwrap());
    });
    print(PEER, "state_prove_sha256", micros, "us", SETTINGS);
    let proofs: Vec<_> = reads[..PROOFS]
        .iter()
        .map(|entry| (entry, tree.get_with_proof(KeyHash(entry.0), 0).unwrap().1))
        .collect();
    let micros = micros_each(&proofs, |((key, value), proof)| {
        proof.verify_existence(root, KeyHash(*key), value).unwrap();
    });
    print(PEER, "state_verify_sha256", micros, "us", SETTINGS);

    let (nanos, after) = put(&input.batch, 1);
    assert_ne!(hex(&after.0), hex(&root.0));
    let (key, value) = &input.batch[0];
    let (_, proof) = tree.get_with_proof(KeyHash(*key), 1).unwrap();
    proof.verify_existence(after, KeyHash(*key), value).unwrap();
    print(PEER, "state_batch_sha256", nanos / 1e6, "ms", SETTINGS);
}
