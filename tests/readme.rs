//! The README's Rust examples, compiled and run as they stand there.

use std::error::Error;

/// Each block of the README is found in this file, line by line.
#[test]
fn the_examples_below_are_those_of_the_readme() {
    let readme = include_str!("../README.md");
    let here: Vec<&str> = include_str!("readme.rs").lines().map(str::trim).collect();
    let blocks: Vec<&str> = readme
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(str::trim).collect();
        let found = here.windows(lines.len()).any(|window| window == lines);
        assert!(found, "not run as a test:\n{block}");
    }
}

#[test]
#[rustfmt::skip]
fn a_store_is_made_filled_and_proven() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?.path().join("store");
    use ledger::{LedgerSpec, Options, Store, TreeType};

    let domain = LedgerSpec::log("domain".parse()?, TreeType::Sha256);
    let store = Store::create(&dir, "my-network".parse()?, &[domain], Options::default())?;
    let mut batch = store.batch();
    let index = batch.append("domain", b"an entry")?;
    let sealed = batch.seal(1_700_000_000_000, b"metadata")?; // every root is known here
    store.commit(sealed)?; // one write, one fdatasync

    let snapshot = store.snapshot(); // lock-free, beside the writer
    let domain = snapshot.ledger("domain")?;
    let proof = domain.prove_inclusion(index, domain.size())?;

    let leaf = domain.tree().leaf(b"an entry");
    let verified = proof.verify(domain.tree(), &leaf, &domain.root())?;
    assert_eq!(verified.leaf_index(), index);
    Ok(())
}

#[test]
#[rustfmt::skip]
fn the_log_is_linked_alone() -> Result<(), Box<dyn Error>> {
    use merkle_log::{Growth, CompactRange, LeafIndex, TreeSize, TreeType, prove_inclusion};

    let tree = TreeType::Sha256;
    let leaves: Vec<_> = ["a", "b", "c"].iter().map(|entry| tree.leaf(entry.as_bytes())).collect();
    let growth = Growth::new(tree, &CompactRange::empty(0), leaves.clone())?;
    let root = growth.after().root(tree)?;
    let proof = prove_inclusion(&growth, tree, LeafIndex(1), TreeSize(3))?;
    let verified = proof.verify(tree, &leaves[1], &root)?;
    assert_eq!(verified.leaf_index(), LeafIndex(1));
    Ok(())
}

#[test]
#[rustfmt::skip]
fn the_trie_is_linked_alone() -> Result<(), Box<dyn Error>> {
    use patricia_state::{Batch, NodeStore, Overlay, StateSuite, Trie};

    let suite = StateSuite::Sha3_256; // as Indy Plenum; Keccak256 as Ethereum
    let log = NodeStore::new();
    let mut batch = Batch::new(suite);
    batch.set(b"alice", b"100");
    let state = Overlay::empty(suite).seal(&log, suite, &batch.changes())?;
    let view = state.on(&log);
    let proof = Trie::new(&view, suite, *state.root()).prove(&[b"alice", b"bob"])?;
    let verified = proof.verify(suite, &state.root().hash, &[b"alice", b"bob"])?;
    assert_eq!(verified.get(b"bob")?, None); // proven to be absent
    Ok(())
}
