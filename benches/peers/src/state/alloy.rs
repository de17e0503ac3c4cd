//! alloy-trie: computes a root from sorted entries and verifies proofs; it keeps no state.

use alloy_primitives::{B256, Bytes};
use alloy_trie::proof::{ProofRetainer, verify_proof};
use alloy_trie::{HashBuilder, Nibbles};

use super::{Entries, Input, micros_each, sorted};
use crate::print;
use crate::state_input::{BUILD_ROOT, hex, picks};
use crate::timing::{median, time};

const PEER: &str = "alloy-trie 0.9";

fn root(entries: &Entries, mut builder: HashBuilder) -> (B256, HashBuilder) {
    for (key, value) in entries {
        builder.add_leaf_unchecked(Nibbles::unpack(key), value);
    }
    (builder.root(), builder)
}

pub fn state(input: &Input) {
    let samples = (0..3).map(|_| {
        let entries = input.build.clone();
        let (nanos, root) = time(|| root(&sorted(entries), HashBuilder::default()).0);
        assert_eq!(hex(root.as_slice()), BUILD_ROOT);
        nanos / 1e9
    });
    let seconds = median(samples.collect());
    print(
        PEER,
        "state_build_keccak",
        seconds,
        "s",
        "sort and root only, asm-keccak",
    );

    let entries = sorted(input.build.clone());
    let keys: Vec<_> = picks(1000).into_iter().map(|at| &input.build[at]).collect();
    let retainer = keys.iter().map(|(key, _)| Nibbles::unpack(key)).collect();
    let builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(retainer));
    let (root, mut builder) = root(&entries, builder);
    let nodes = builder.take_proof_nodes();
    let proofs: Vec<(Nibbles, Vec<u8>, Vec<Bytes>)> = keys
        .iter()
        .map(|(key, value)| {
            let path = Nibbles::unpack(key);
            let nodes = nodes.matching_nodes_sorted(&path);
            let nodes = nodes.into_iter().map(|(_, node)| node).collect();
            (path, value.clone(), nodes)
        })
        .collect();
    let micros = micros_each(&proofs, |(path, value, nodes)| {
        verify_proof(root, *path, Some(value.clone()), nodes).unwrap();
    });
    print(
        PEER,
        "state_verify",
        micros,
        "us",
        "the value copied, as it asks for",
    );
}
