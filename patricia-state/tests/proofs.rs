//! Goal: a proof that verifies tells what is in the state; whatever is not exactly that proof does
//! not verify; a witness is enough to apply its batch, and nothing in it is superfluous.
//!
//! Method: random states beside maps; proofs are compared node by node with those of the slow
//! reference, then damaged in every way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use std::collections::BTreeSet;

use common::{Map, Reference, any_key, any_writes, apply, cases, changes, reference_root};
use patricia_state::{
    KeyMode, NodeError, NodeHash, NodeStore, NotCovered, Overlay, PrefixProof, ProofError,
    ProofNodes, Root, StateProof, StateScheme, StateSuite, Trie, Witness,
};
use proptest::prelude::*;

const SUITE: StateSuite = StateSuite::Blake3;
const NO_LIMIT: usize = usize::MAX;

struct State {
    log: NodeStore,
    root: Root,
    map: Map,
    reference: Reference,
}

impl State {
    fn new(writes: &[(Vec<u8>, Vec<u8>)]) -> Self {
        let mut log = NodeStore::new();
        let sealed = Overlay::empty(SUITE)
            .seal(&log, SUITE, &changes(writes))
            .unwrap();
        sealed
            .extensions()
            .for_each(|extension| log.append(extension).unwrap());
        let mut map = Map::new();
        apply(&mut map, writes);
        let reference = Reference::new(SUITE, &map);
        Self {
            log,
            root: *sealed.root(),
            map,
            reference,
        }
    }

    fn trie(&self) -> Trie<'_, NodeStore> {
        Trie::new(&self.log, SUITE, self.root)
    }

    fn value(&self, key: &[u8]) -> Option<&[u8]> {
        self.map.get(key).map(Vec::as_slice)
    }

    fn under(&self, prefix: &[u8]) -> Vec<(&[u8], &[u8])> {
        let entries = self
            .map
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()));
        entries.filter(|(key, _)| key.starts_with(prefix)).collect()
    }
}

type Writes = Vec<(Vec<u8>, Vec<u8>)>;

/// A state, and keys that are in it or near those that are.
fn state_and_keys() -> impl Strategy<Value = (Writes, Vec<Vec<u8>>)> {
    (
        any_writes(25),
        prop::collection::vec(any_key(), 0..4),
        any::<[prop::sample::Index; 3]>(),
    )
        .prop_map(|(writes, mut keys, picks)| {
            if !writes.is_empty() {
                keys.extend(picks.iter().map(|pick| pick.get(&writes).0.clone()));
            }
            (writes, keys)
        })
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn keys_are_proven((writes, keys) in state_and_keys()) {
        let state = State::new(&writes);
        let mut all_nodes = BTreeSet::new();
        for key in &keys {
            let proof = state.trie().prove(&[key]).unwrap();
            prop_assert_eq!(proof.0.nodes(), &state.reference.proof(key)[..]);
            all_nodes.extend(proof.0.nodes().to_vec());
            let verified = proof.verify(SUITE, &state.root.hash, &[key]).unwrap();
            prop_assert_eq!(verified.get(key), Ok(state.value(key)));
            prop_assert_eq!(verified.get(b"another key"), Err(NotCovered));
        }
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let proof = state.trie().prove(&keys).unwrap();
        if !keys.is_empty() {
            prop_assert_eq!(proof.0.nodes().len(), all_nodes.len());
            prop_assert_eq!(proof.0.nodes().iter().cloned().collect::<BTreeSet<_>>(), all_nodes);
            let verified = proof.verify(SUITE, &state.root.hash, &keys).unwrap();
            for key in keys {
                prop_assert_eq!(verified.get(key), Ok(state.value(key)));
            }
            prop_assert!(verified.iter().all(|(key, value)| state.value(key) == value));
        }
    }

    #[test]
    fn prefixes_are_proven_whole(
        (writes, keys) in state_and_keys(),
        len in 0..6_usize,
        limit in 0..200_usize,
    ) {
        let state = State::new(&writes);
        for key in keys {
            let prefix = &key[..key.len().min(len)];
            let proof = state.trie().prove_prefix(prefix).unwrap();
            let nodes: BTreeSet<_> = proof.0.nodes().iter().cloned().collect();
            prop_assert_eq!(proof.0.nodes().len(), nodes.len());
            prop_assert_eq!(nodes, state.reference.prefix_proof(prefix));
            let root = &state.root.hash;
            let verified = proof.clone().verify(SUITE, root, prefix, NO_LIMIT).unwrap();
            let expected = state.under(prefix);
            prop_assert_eq!(verified.iter().collect::<Vec<_>>(), expected.clone());
            for key in state.map.keys().chain([&key]) {
                let covered = key.starts_with(prefix);
                let answer = if covered { Ok(state.value(key)) } else { Err(NotCovered) };
                prop_assert_eq!(verified.get(key), answer);
            }
            // Any node left out, and so any key left out, is noticed.
            for left_out in 0..proof.0.nodes().len() {
                let mut nodes = proof.0.nodes().to_vec();
                nodes.remove(left_out);
                let proof = PrefixProof(ProofNodes::new(nodes));
                let refused = proof.verify(SUITE, root, prefix, NO_LIMIT);
                prop_assert!(matches!(refused, Err(ProofError::Missing(_))));
            }
            let len: usize = expected.iter().map(|(key, value)| key.len() + value.len()).sum();
            let bounded = proof.verify(SUITE, root, prefix, limit);
            prop_assert_eq!(bounded.is_ok(), len <= limit);
            if len > limit {
                prop_assert_eq!(bounded, Err(ProofError::TooLong(limit)));
            }
        }
    }

    #[test]
    fn witnesses_suffice_and_hold_nothing_more(
        writes in any_writes(25),
        edits in any_writes(6),
        removed in any::<[prop::sample::Index; 4]>(),
    ) {
        let state = State::new(&writes);
        let mut edits = edits;
        if !writes.is_empty() {
            edits.extend(removed.iter().map(|pick| (pick.get(&writes).0.clone(), vec![])));
        }
        let mut after = state.map.clone();
        apply(&mut after, &edits);
        let expected = reference_root(SUITE, &after);
        let witness = state.trie().witness(&changes(&edits)).unwrap();
        if let Some(top) = witness.0.nodes().first() {
            prop_assert_eq!(SUITE.hash(top), state.root.hash);
        }
        let nodes: BTreeSet<_> = state.reference.hashed.values().collect();
        prop_assert!(witness.0.nodes().iter().all(|node| nodes.contains(node)));

        let verified = witness.clone().verify(SUITE, &state.root.hash).unwrap();
        prop_assert_eq!(verified.apply(&changes(&edits)), Ok(expected));
        for (key, _) in &edits {
            prop_assert_eq!(verified.get(key), Ok(state.value(key)));
        }
        for left_out in 0..witness.0.nodes().len() {
            let mut nodes = witness.0.nodes().to_vec();
            nodes.remove(left_out);
            let short = Witness(ProofNodes::new(nodes)).verify(SUITE, &state.root.hash);
            let applied = short.and_then(|short| short.apply(&changes(&edits)));
            prop_assert!(matches!(
                applied,
                Err(ProofError::Missing(_) | ProofError::Unused(_))
            ));
        }
    }

    #[test]
    fn hostile_nodes_never_panic(
        (writes, keys) in state_and_keys(),
        edits in any_writes(4),
        node in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        // A changed node whose changed hash the verifier is told to trust.
        let state = State::new(&writes);
        let mut nodes: Vec<_> = state.reference.hashed.values().cloned().collect();
        if nodes.is_empty() {
            return Ok(());
        }
        let node = node.index(nodes.len());
        let place = at.index(nodes[node].len());
        nodes[node][place] = byte;
        let root = SUITE.hash(&nodes[node]);
        for nodes in [vec![nodes[node].clone()], nodes] {
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            let nodes = ProofNodes::from_ethereum(nodes);
            let _ = StateProof(nodes.clone()).verify(SUITE, &root, &keys);
            let _ = PrefixProof(nodes.clone()).verify(SUITE, &root, &[], 10_000);
            if let Ok(verified) = Witness(nodes).verify(SUITE, &root) {
                let _ = verified.apply(&changes(&edits));
                for key in keys {
                    let _ = verified.get(key);
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
        nodes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4),
    ) {
        let mut list = vec![];
        patricia_state::rlp::put_list_header(&mut list, bytes.len());
        for serialized in [bytes.clone(), [list, bytes].concat()] {
            if let Ok(proof) = ProofNodes::from_plenum(&serialized) {
                prop_assert_eq!(proof.to_plenum(), serialized);
                let root = proof.nodes().first().map_or([0; 32], |node| SUITE.hash(node));
                let _ = PrefixProof(proof).verify(SUITE, &root, &[], 10_000);
            }
        }
        let root = nodes.first().map_or([0; 32], |node| SUITE.hash(node));
        let _ = Witness(ProofNodes::new(nodes)).verify(SUITE, &root);
    }
}

/// A state with nodes of every kind: inline ones, extensions, values in branches.
fn small_state() -> State {
    let entries: [(&[u8], &[u8]); 7] = [
        (b"do", b"verb"),
        (b"dog", b"puppy"),
        (b"doge", b"coin"),
        (
            b"dogs",
            b"a value that is too long to stand inside its parent",
        ),
        (b"horse", b"stallion"),
        (b"hour", b"1"),
        (b"", b"the empty key"),
    ];
    State::new(&entries.map(|(key, value)| (key.to_vec(), value.to_vec())))
}

/// Lists of nodes that are not quite the given one.
fn damaged(nodes: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let mut lists = Vec::new();
    let mut push = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut list = nodes.to_vec();
        change(&mut list);
        lists.push(list);
    };
    for node in 0..nodes.len() {
        for bit in 0..nodes[node].len() * 8 {
            push(&|list| list[node][bit / 8] ^= 1 << (bit % 8));
        }
        for len in 0..nodes[node].len() {
            push(&|list| list[node].truncate(len));
        }
        push(&|list| list[node].push(0));
        push(&|list| list[node].insert(0, 0));
        push(&|list| {
            list.remove(node);
        });
        push(&|list| list.truncate(node));
        push(&|list| list.push(list[node].clone()));
        push(&|list| list[node].clear());
    }
    push(&|list| list.push(vec![]));
    push(&|list| list.push(vec![0x80]));
    push(&|list| list.push(vec![0xc2, 0x20, 0x07]));
    push(&|list| list.insert(0, vec![0xc0]));
    push(&|list| list.push([&[0xf8, 60][..], &[7; 60]].concat()));
    lists
}

fn other_hashes(hash: &NodeHash) -> impl Iterator<Item = NodeHash> {
    let flipped = (0..256).map(|bit: usize| {
        let mut other = *hash;
        other[bit / 8] ^= 1 << (bit % 8);
        other
    });
    flipped.chain(StateSuite::ALL.map(StateSuite::empty_root))
}

const KEYS: [&[u8]; 10] = [
    b"", b"do", b"dog", b"doge", b"dogs", b"dogx", b"horse", b"hour", b"zebra", b"d",
];

#[test]
fn damaged_key_proofs_are_refused() {
    let state = small_state();
    let mut tried = 0;
    for keys in KEYS.iter().map(|key| vec![*key]).chain([KEYS.to_vec()]) {
        let proof = state.trie().prove(&keys).unwrap();
        let root = state.root.hash;
        for list in damaged(proof.0.nodes()) {
            tried += 1;
            for nodes in [
                ProofNodes::new(list.clone()),
                ProofNodes::from_ethereum(list),
            ] {
                let refused = StateProof(nodes.clone()).verify(SUITE, &root, &keys);
                assert!(refused.is_err(), "{keys:?} {nodes:x?}");
            }
        }
        for other in other_hashes(&root) {
            assert!(proof.clone().verify(SUITE, &other, &keys).is_err());
        }
        for suite in StateSuite::ALL.into_iter().filter(|suite| *suite != SUITE) {
            assert!(proof.clone().verify(suite, &root, &keys).is_err());
        }
        let hashed = StateScheme {
            suite: SUITE,
            keys: KeyMode::Hashed,
        };
        // With hashed keys the same nodes may prove that the hashes are absent, which they are.
        if let Ok(verified) = proof.clone().verify(hashed, &root, &keys) {
            assert!(verified.iter().all(|(_, value)| value.is_none()));
        }
        // Whatever order the nodes are in: if it verifies it says the same.
        let mut nodes = proof.0.nodes().to_vec();
        for _ in 0..nodes.len() {
            nodes.rotate_left(1);
            let proof = StateProof(ProofNodes::new(nodes.clone()));
            let verified = proof.verify(SUITE, &root, &keys).unwrap();
            assert!(
                verified
                    .iter()
                    .all(|(key, value)| state.value(key) == value)
            );
        }
        // Other keys: refused, or answered truly.
        for key in KEYS {
            if let Ok(verified) = proof.clone().verify(SUITE, &root, &[key]) {
                assert_eq!(verified.get(key), Ok(state.value(key)));
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn damaged_prefix_proofs_and_witnesses_are_refused() {
    let state = small_state();
    let root = state.root.hash;
    for prefix in [&b""[..], b"d", b"dog", b"h", b"x"] {
        let proof = state.trie().prove_prefix(prefix).unwrap();
        for list in damaged(proof.0.nodes()) {
            for nodes in [
                ProofNodes::new(list.clone()),
                ProofNodes::from_ethereum(list),
            ] {
                let refused = PrefixProof(nodes).verify(SUITE, &root, prefix, NO_LIMIT);
                assert!(refused.is_err(), "{prefix:?}");
            }
        }
        for other in other_hashes(&root) {
            assert!(
                proof
                    .clone()
                    .verify(SUITE, &other, prefix, NO_LIMIT)
                    .is_err()
            );
        }
    }
    let edits = [
        (b"dogs".to_vec(), vec![]),
        (b"hours".to_vec(), b"2".to_vec()),
    ];
    let witness = state.trie().witness(&changes(&edits)).unwrap();
    for list in damaged(witness.0.nodes()) {
        let verified = Witness(ProofNodes::new(list)).verify(SUITE, &root);
        assert!(
            verified
                .and_then(|verified| verified.apply(&changes(&edits)))
                .is_err()
        );
    }
    for other in other_hashes(&root) {
        assert!(witness.clone().verify(SUITE, &other).is_err());
    }
}

#[test]
fn flipped_bits_of_a_serialized_proof_are_refused() {
    let state = small_state();
    for key in KEYS {
        let proof = state.trie().prove(&[key]).unwrap();
        let serialized = proof.0.to_plenum();
        assert_eq!(
            ProofNodes::from_plenum(&serialized).unwrap().nodes(),
            proof.0.nodes()
        );
        let is_accepted = |bytes: &[u8]| {
            let nodes = ProofNodes::from_plenum(bytes);
            nodes.is_ok_and(|nodes| {
                StateProof(nodes)
                    .verify(SUITE, &state.root.hash, &[key])
                    .is_ok()
            })
        };
        assert!(is_accepted(&serialized));
        for bit in 0..serialized.len() * 8 {
            let mut flipped = serialized.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_accepted(&flipped), "bit {bit}");
        }
        for len in 0..serialized.len() {
            assert!(!is_accepted(&serialized[..len]));
        }
        assert!(!is_accepted(&[&serialized[..], &[0]].concat()));
    }
}

#[test]
fn the_state_without_keys_is_proven_by_nothing() {
    let state = State::new(&[]);
    let root = state.root.hash;
    let verified = state
        .trie()
        .prove(&[b"key"])
        .unwrap()
        .verify(SUITE, &root, &[b"key"])
        .unwrap();
    assert_eq!(verified.get(b"key"), Ok(None));
    let verified = state
        .trie()
        .prove_prefix(b"")
        .unwrap()
        .verify(SUITE, &root, b"", 0)
        .unwrap();
    assert_eq!(verified.iter().len(), 0);
    let junk = StateProof(ProofNodes::new(vec![vec![0x80]]));
    assert_eq!(
        junk.verify(SUITE, &root, &[b"key"]),
        Err(ProofError::Unused(0))
    );
    let nothing = StateProof::default().verify(SUITE, &small_state().root.hash, &[b"key"]);
    assert!(matches!(nothing, Err(ProofError::Missing(_))));
    let writes = [(b"key".to_vec(), b"value".to_vec())];
    let witness = state
        .trie()
        .witness(&changes(&writes))
        .unwrap()
        .verify(SUITE, &root)
        .unwrap();
    let expected = reference_root(SUITE, &Map::from(writes.clone()));
    assert_eq!(witness.apply(&changes(&writes)), Ok(expected));
}

#[test]
fn hashed_keys_are_proven_by_their_own_names() {
    let scheme = StateScheme {
        suite: StateSuite::Keccak256,
        keys: KeyMode::Hashed,
    };
    let mut batch = patricia_state::Batch::new(scheme);
    batch.set(b"dog", b"puppy");
    batch.set(b"cat", b"kitten");
    let log = NodeStore::new();
    let sealed = Overlay::empty(scheme.suite)
        .seal(&log, scheme.suite, &batch.changes())
        .unwrap();
    let view = sealed.on(&log);
    let keys: [&[u8]; 2] = [b"dog", b"cow"];
    let proof = Trie::new(&view, scheme, *sealed.root())
        .prove(&keys)
        .unwrap();
    let verified = proof.verify(scheme, &sealed.root().hash, &keys).unwrap();
    assert_eq!(verified.get(b"dog"), Ok(Some(&b"puppy"[..])));
    assert_eq!(verified.get(b"cow"), Ok(None));
}

/// 60 branches, all of whose children are the same node, stand for 16^60 entries.
#[test]
fn a_root_of_endless_equal_subtries_is_bounded() {
    let leaf = common::rlp_list(&[vec![0x20], common::rlp_string(&[7; 40])]);
    let mut nodes = vec![leaf];
    for _ in 0..60 {
        let below = SUITE.hash(nodes.last().unwrap());
        let mut items: Vec<_> = (0..16).map(|_| common::rlp_string(&below)).collect();
        items.push(vec![0x80]);
        nodes.push(common::rlp_list(&items));
    }
    nodes.reverse();
    let root = SUITE.hash(&nodes[0]);
    let key = [0x11; 30];
    let proof = StateProof(ProofNodes::new(nodes.clone()))
        .verify(SUITE, &root, &[&key])
        .unwrap();
    assert_eq!(proof.get(&key), Ok(Some(&[7; 40][..])));
    let refused = PrefixProof(ProofNodes::new(nodes.clone())).verify(SUITE, &root, &[], 1 << 20);
    assert_eq!(refused, Err(ProofError::TooLong(1 << 20)));
    let witness = Witness(ProofNodes::new(nodes.clone()))
        .verify(SUITE, &root)
        .unwrap();
    assert_eq!(witness.get(&key), Ok(Some(&[7; 40][..])));
    nodes.remove(0);
    let root = SUITE.hash(&nodes[0]);
    let odd = PrefixProof(ProofNodes::new(nodes)).verify(SUITE, &root, &[], 1 << 20);
    assert_eq!(odd, Err(ProofError::HalfByte(59)));
}

/// A root whose nodes are linked in a way that no canonical trie has.
#[test]
fn nodes_in_the_wrong_place_are_refused() {
    let short_leaf = common::rlp_list(&[vec![0x31], vec![7]]);
    let long_leaf = common::rlp_list(&[vec![0x31], common::rlp_string(&[7; 40])]);
    let branch = |child: &[u8]| {
        let hash = common::rlp_string(&SUITE.hash(child));
        let mut items = vec![vec![0x80]; 17];
        items[1].clone_from(&hash);
        items[2] = hash;
        common::rlp_list(&items)
    };
    let extension =
        |child: &[u8]| common::rlp_list(&[vec![0x11], common::rlp_string(&SUITE.hash(child))]);
    for (top, below, reason) in [
        (
            branch(&short_leaf),
            short_leaf.clone(),
            NodeError::NotInline(short_leaf.len()),
        ),
        (extension(&long_leaf), long_leaf, NodeError::NotBranch),
    ] {
        let root = SUITE.hash(&top);
        let nodes = ProofNodes::new(vec![top, below]);
        let refused = ProofError::Node { index: 1, reason };
        let proof = StateProof(nodes.clone());
        assert_eq!(proof.verify(SUITE, &root, &[&[0x11]]), Err(refused));
        let proof = PrefixProof(nodes.clone());
        assert_eq!(proof.verify(SUITE, &root, &[], NO_LIMIT), Err(refused));
        assert_eq!(Witness(nodes).verify(SUITE, &root).err(), Some(refused));
    }
}
