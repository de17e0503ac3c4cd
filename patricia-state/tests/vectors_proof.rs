//! Published proofs: of Ethereum's mainnet, of other implementations, and of Plenum.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use std::collections::BTreeSet;

use common::{base58_hash, bytes, changes, files, hash, json};
use patricia_state::{
    KeyMode, NodeHash, NodeStore, Overlay, PrefixProof, ProofError, ProofNodes, StateProof,
    StateScheme, StateSuite, Trie, plenum,
};
use serde_json::Value;

const KECCAK: StateSuite = StateSuite::Keccak256;
const PLENUM: StateSuite = StateSuite::Sha3_256;
const SECURE: StateScheme = StateScheme {
    suite: KECCAK,
    keys: KeyMode::Hashed,
};
const NO_LIMIT: usize = usize::MAX;

fn list(nodes: &Value) -> Vec<Vec<u8>> {
    nodes.as_array().unwrap().iter().map(bytes).collect()
}

/// Verifies a proof of one key and returns the value.
fn proven(
    scheme: impl Into<StateScheme>,
    root: &NodeHash,
    key: &[u8],
    nodes: &[Vec<u8>],
) -> Result<Option<Vec<u8>>, ProofError> {
    let proof = StateProof(ProofNodes::from_ethereum(nodes.to_vec()));
    let verified = proof.verify(scheme, root, &[key])?;
    Ok(verified.get(key).unwrap().map(<[u8]>::to_vec))
}

/// Checks that a proof verifies, and with any single change does not.
fn check(
    scheme: impl Into<StateScheme>,
    root: &NodeHash,
    key: &[u8],
    nodes: &[Vec<u8>],
    value: Option<&[u8]>,
) {
    let scheme = scheme.into();
    assert_eq!(
        proven(scheme, root, key, nodes),
        Ok(value.map(<[u8]>::to_vec))
    );
    for index in 0..nodes.len() {
        let mut damaged = nodes.to_vec();
        let middle = damaged[index].len() / 2;
        damaged[index][middle] ^= 1;
        assert!(proven(scheme, root, key, &damaged).is_err());
        let mut short = nodes.to_vec();
        // A node that stands inside its parent may be left out; any other may not.
        if short.remove(index).len() >= 32 {
            assert!(proven(scheme, root, key, &short).is_err());
        }
    }
}

#[test]
fn reference_proofs_are_ours() {
    let mut verdicts = [0, 0];
    for file in files("patricia/reference-generated") {
        let case = json(&file);
        let Some(ops) = case["ops"].as_array() else {
            continue;
        };
        let suite = StateSuite::from_name(case["hash"].as_str().unwrap()).unwrap();
        let mut checkpoints = case["checkpoints"].as_array().unwrap().iter().peekable();
        let log = NodeStore::new();
        let mut tip = Overlay::empty(suite);
        for (index, op) in ops.iter().enumerate() {
            let value = if op[0] == "set" {
                bytes(&op[2])
            } else {
                vec![]
            };
            tip = tip
                .seal(&log, suite, &changes(&[(bytes(&op[1]), value)]))
                .unwrap();
            let after = (index + 1) as u64;
            let Some(checkpoint) = checkpoints.next_if(|next| next["after"] == after) else {
                continue;
            };
            let view = tip.on(&log);
            let trie = Trie::new(&view, suite, *tip.root());
            let root = hash(checkpoint["root"].as_str().unwrap());
            assert_eq!(tip.root().hash, root);
            assert_eq!(
                trie.entries(patricia_state::Direction::Forward).count() as u64,
                checkpoint["count"].as_u64().unwrap()
            );
            for proof in checkpoint["proofs"].as_array().unwrap() {
                let (key, nodes) = (bytes(&proof["key"]), list(&proof["nodes"]));
                let value = proof["value"].as_str().map(common::hex);
                check(suite, &root, &key, &nodes, value.as_deref());
                verdicts[usize::from(value.is_some())] += 1;
                // Ours is the same list without the nodes that stand inside their parents.
                let ours = trie.prove(&[&key]).unwrap();
                let hashed = nodes.iter().enumerate();
                let hashed: Vec<_> = hashed
                    .filter(|(index, node)| *index == 0 || node.len() >= 32)
                    .map(|(_, node)| node.clone())
                    .collect();
                assert_eq!(ours.0.nodes(), hashed);
            }
        }
        assert_eq!(checkpoints.count(), 0);
    }
    assert!(verdicts.iter().all(|count| *count >= 200), "{verdicts:?}");
}

#[test]
fn mainnet_account_and_slot() {
    let block = json("patricia/helios/rpc/block.json");
    let root = hash(block["stateRoot"].as_str().unwrap());
    let proof = json("patricia/helios/rpc/proof.json");
    let address = bytes(&proof["address"]);
    let nodes = list(&proof["accountProof"]);
    let account = proven(SECURE, &root, &address, &nodes).unwrap().unwrap();
    let storage = hash(proof["storageHash"].as_str().unwrap());
    let expected = common::rlp_list(&[
        common::rlp_string(&bytes(&proof["nonce"])),
        common::rlp_string(&bytes(&proof["balance"])),
        common::rlp_string(&storage),
        common::rlp_string(&bytes(&proof["codeHash"])),
    ]);
    assert_eq!(account, expected);
    check(SECURE, &root, &address, &nodes, Some(&expected));

    let with_slots = json("patricia/helios/rpc/account.json");
    assert_eq!(list(&with_slots["accountProof"]), nodes);
    let slots = with_slots["storageProof"].as_array().unwrap();
    assert_eq!(slots.len(), 1);
    for slot in slots {
        let value = common::rlp_string(&bytes(&slot["value"]));
        check(
            SECURE,
            &storage,
            &bytes(&slot["key"]),
            &list(&slot["proof"]),
            Some(&value),
        );
    }
}

#[test]
fn genesis_accounts() {
    let case = json("patricia/reth/proof-genesis-account-proofs.json");
    let root = hash(case["stateRoot"].as_str().unwrap());
    let proofs = case["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 4);
    for proof in proofs {
        let value = bytes(&proof["accountRlp"]);
        let nodes = list(&proof["accountProof"]);
        check(
            SECURE,
            &root,
            &bytes(&proof["address"]),
            &nodes,
            Some(&value),
        );
    }
    let case = json("patricia/reth/mainnet-genesis-account-proof.json");
    let root = hash(case["stateRoot"].as_str().unwrap());
    let (address, nodes) = (bytes(&case["address"]), list(&case["accountProof"]));
    let account = proven(SECURE, &root, &address, &nodes).unwrap();
    assert!(account.is_some());
    check(SECURE, &root, &address, &nodes, account.as_deref());
}

#[test]
fn py_trie_proof() {
    let case = json("patricia/py-trie/sample_proof_key_exists.json");
    let root = hash(case["stateRoot"].as_str().unwrap());
    let value = bytes(&case["value"]);
    check(
        KECCAK,
        &root,
        &bytes(&case["hashedKey"]),
        &list(&case["proof"]),
        Some(&value),
    );
}

/// A proof of Plenum: the root last, the others in any order; values wrapped.
fn check_plenum(root: &NodeHash, key: &[u8], nodes: &[Vec<u8>], value: Option<&[u8]>) {
    let value = value.map(plenum::encode_value);
    check(PLENUM, root, key, nodes, value.as_deref());
    let serialized = common::rlp_list(nodes);
    let proof = ProofNodes::from_plenum(&serialized).unwrap();
    assert_eq!(proof.to_plenum(), serialized);
    let verified = StateProof(proof).verify(PLENUM, root, &[key]).unwrap();
    assert_eq!(verified.get(key), Ok(value.as_deref()));
}

fn check_plenum_prefix(root: &NodeHash, prefix: &[u8], proof: &ProofNodes, entries: &[Entry]) {
    let wrapped: Vec<_> = entries
        .iter()
        .map(|(key, value)| (key.clone(), plenum::encode_value(value)))
        .collect();
    let verified = PrefixProof(proof.clone())
        .verify(PLENUM, root, prefix, NO_LIMIT)
        .unwrap();
    let listed: Vec<_> = verified
        .iter()
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect();
    assert_eq!(listed, wrapped);
    // The reference system accepts a proof without one of the keys; here any lack is refused.
    for (index, node) in proof.nodes().iter().enumerate() {
        if node.len() >= 32 {
            let mut nodes = proof.nodes().to_vec();
            nodes.remove(index);
            let short = PrefixProof(ProofNodes::from_ethereum(nodes));
            let refused = short.verify(PLENUM, root, prefix, NO_LIMIT);
            assert!(
                matches!(refused, Err(ProofError::Missing(_))),
                "{refused:?}"
            );
        }
    }
}

type Entry = (Vec<u8>, Vec<u8>);

#[test]
fn plenum_states() {
    let (mut keys, mut prefixes) = (0, 0);
    for file in files("patricia/plenum-state") {
        let case = json(&file);
        let root = hash(case["root"].as_str().unwrap());
        for proof in case["proofs"].as_array().unwrap() {
            let (key, serialized) = (bytes(&proof["key"]), bytes(&proof["serializedProof"]));
            let value = proof["value"].as_str().map(common::hex);
            let nodes = ProofNodes::from_plenum(&serialized).unwrap();
            assert_eq!(
                nodes.nodes().len() as u64,
                proof["nodeCount"].as_u64().unwrap()
            );
            let mut nodes = nodes.nodes().to_vec();
            nodes.reverse();
            check_plenum(&root, &key, &nodes, value.as_deref());
            keys += 1;
        }
        for proof in case["prefixProofs"].as_array().unwrap() {
            let nodes = ProofNodes::from_plenum(&bytes(&proof["serializedProof"])).unwrap();
            let entries = proof["entries"].as_array().unwrap().iter();
            let mut entries: Vec<_> = entries
                .map(|entry| (bytes(&entry[0]), bytes(&entry[1])))
                .collect();
            entries.sort();
            check_plenum_prefix(&root, &bytes(&proof["prefix"]), &nodes, &entries);
            prefixes += 1;
        }
    }
    assert!(keys >= 16 && prefixes >= 4, "{keys} {prefixes}");
}

#[test]
fn plenum_sequences() {
    let vectors = json("plenum/state.json");
    let mut counts = [0; 3];
    for sequence in vectors["sequences"].as_array().unwrap() {
        for (kind, proofs) in ["proofs", "historical_proofs"].iter().enumerate() {
            for proof in sequence[*proofs].as_array().unwrap() {
                let root = hash(proof["root_hex"].as_str().unwrap());
                let value = proof["value_hex"].as_str().map(common::hex);
                let nodes = list(&proof["nodes_rlp_hex"]);
                check_plenum(&root, &bytes(&proof["key_hex"]), &nodes, value.as_deref());
                counts[kind] += 1;
            }
        }
        for proof in sequence["prefix_proofs"].as_array().unwrap() {
            let root = hash(proof["root_hex"].as_str().unwrap());
            let entries = proof["values"].as_array().unwrap().iter();
            let mut entries: Vec<_> = entries
                .map(|entry| (bytes(&entry["key_hex"]), bytes(&entry["value_hex"])))
                .collect();
            entries.sort();
            let nodes = ProofNodes::from_ethereum(list(&proof["nodes_rlp_hex"]));
            check_plenum_prefix(&root, &bytes(&proof["prefix_hex"]), &nodes, &entries);
            counts[2] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count >= 10), "{counts:?}");
}

#[test]
fn plenum_ledgers() {
    let mut verdicts = [0, 0];
    for name in [
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
        "sovrin_mainnet_domain",
        "sovrin_mainnet_pool",
    ] {
        let case = json(&format!("plenum/ledger_{name}.json"));
        let root = base58_hash(case["final_state_root_b58"].as_str().unwrap());
        let log = NodeStore::new();
        let writes: Vec<_> = case["txns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|txn| {
                let value = txn["state_value_utf8"].as_str().unwrap();
                (
                    bytes(&txn["state_key_hex"]),
                    plenum::encode_value(value.as_bytes()),
                )
            })
            .collect();
        let sealed = Overlay::empty(PLENUM)
            .seal(&log, PLENUM, &changes(&writes))
            .unwrap();
        let view = sealed.on(&log);
        let trie = Trie::new(&view, PLENUM, *sealed.root());
        for proof in case["state_proofs"].as_array().unwrap() {
            let key = bytes(&proof["key_hex"]);
            let value = proof["value_utf8"].as_str().map(str::as_bytes);
            let nodes = list(&proof["proof_nodes_rlp_hex"]);
            check_plenum(&root, &key, &nodes, value);
            verdicts[usize::from(value.is_some())] += 1;
            // The same nodes as ours; Plenum's order is that of a set.
            let ours = trie.prove(&[&key]).unwrap();
            let ours: BTreeSet<_> = ours.0.nodes().iter().cloned().collect();
            assert_eq!(ours, nodes.into_iter().collect());
        }
    }
    assert!(verdicts.iter().all(|count| *count >= 4), "{verdicts:?}");
}
