//! eth_trie: an Ethereum trie over a database of nodes by hash, here its own in memory.

use std::hint::black_box;
use std::sync::Arc;

use eth_trie::{EthTrie, MemoryDB, Trie};

use super::{Input, PROOFS, READS, micros_each};
use crate::print;
use crate::state_input::{BATCH_ROOT, BUILD_ROOT, hex, picks};
use crate::timing::time;

const PEER: &str = "eth_trie 0.6";

pub fn state(input: &Input) {
    let mut trie = EthTrie::new(Arc::new(MemoryDB::new(true)));
    let (nanos, root) = time(|| {
        for (key, value) in &input.build {
            trie.insert(key, value).unwrap();
        }
        trie.root_hash().unwrap()
    });
    assert_eq!(hex(root.as_slice()), BUILD_ROOT);
    print(
        PEER,
        "state_build_keccak",
        nanos / 1e9,
        "s",
        "MemoryDB, one root",
    );

    let reads: Vec<_> = picks(READS)
        .into_iter()
        .map(|at| &input.build[at])
        .collect();
    let micros = micros_each(&reads, |(key, value)| {
        assert_eq!(trie.get(key).unwrap().as_ref(), Some(value));
    });
    print(PEER, "state_get", micros, "us", "MemoryDB");
    let micros = micros_each(&reads[..PROOFS], |(key, _)| {
        black_box(trie.get_proof(key).unwrap());
    });
    print(PEER, "state_prove", micros, "us", "MemoryDB");
    let proofs: Vec<_> = reads[..PROOFS]
        .iter()
        .map(|entry| (entry, trie.get_proof(&entry.0).unwrap()))
        .collect();
    let len: usize = proofs
        .iter()
        .flat_map(|(_, nodes)| nodes)
        .map(Vec::len)
        .sum();
    print(
        PEER,
        "state_proof_bytes",
        len as f64 / PROOFS as f64,
        "B",
        "",
    );
    let micros = micros_each(&proofs, |((key, value), nodes)| {
        let proven = trie.verify_proof(root, key, nodes.clone()).unwrap();
        assert_eq!(proven.as_ref(), Some(value));
    });
    print(
        PEER,
        "state_verify",
        micros,
        "us",
        "the proof copied, as it asks for",
    );

    let (nanos, root) = time(|| {
        for (key, value) in &input.batch {
            trie.insert(key, value).unwrap();
        }
        trie.root_hash().unwrap()
    });
    assert_eq!(hex(root.as_slice()), BATCH_ROOT);
    print(PEER, "state_batch_keccak", nanos / 1e6, "ms", "MemoryDB");
}
