//! States: RLP, hex-prefix paths, Plenum's values and proofs, and every verifier over any nodes.
//!
//! One state is known here. What verifies against its root must be true of it. Against other roots,
//! which whoever makes a proof may choose, the verifiers must agree with each other, and a trie
//! that verifies as a whole must be the one that its entries make.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use patricia_state::nibbles::Nibbles;
use patricia_state::rlp::{self, Item};
use patricia_state::{
    Batch, NodeHash, NodeStore, Overlay, PrefixProof, ProofNodes, Root, StateProof, StateSuite,
    Witness, plenum,
};

/// The hash functions of the known state.
pub const SUITE: StateSuite = StateSuite::Keccak256;
/// Keys that are asked for: some of the known state, and some that it has not.
pub const KEYS: [&[u8]; 9] = [
    b"",
    b"d",
    b"do",
    b"doe",
    b"dog",
    b"dogglesworth",
    b"doh",
    b"horse",
    b"zebra",
];
/// Entries that verifiers may give out, in bytes.
const BYTES_MAX: usize = 1 << 16;
/// Stands for the hash of a later node of the same proof, whose place follows.
pub const LINK: [u8; 31] = [0xee; 31];

/// What the known state holds.
pub fn entries() -> BTreeMap<Vec<u8>, Vec<u8>> {
    let texts = [
        ("do", "verb"),
        ("doe", "reindeer"),
        ("dog", "puppy"),
        ("dogglesworth", "cat"),
        (
            "horse",
            "stallion, and a value too long to stand inside a parent",
        ),
    ];
    let mut entries: BTreeMap<_, _> = texts.map(|(key, value)| (key.into(), value.into())).into();
    for i in 0..20u8 {
        entries.insert(vec![b'k', i.wrapping_mul(37)], vec![i; 40]);
    }
    entries
}

fn batch_of(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> Batch {
    let mut batch = Batch::new(SUITE);
    for (key, value) in entries {
        batch.set(key, value);
    }
    batch
}

/// The state with these entries on an empty log.
pub fn state_of(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> Overlay {
    let batch = batch_of(entries);
    Overlay::empty(SUITE)
        .seal(&NodeStore::new(), SUITE, &batch.changes())
        .unwrap()
}

fn root_of(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> NodeHash {
    let Root { hash, .. } = *state_of(entries).root();
    hash
}

/// The root of the known state.
pub fn known_root() -> &'static NodeHash {
    static ROOT: OnceLock<NodeHash> = OnceLock::new();
    ROOT.get_or_init(|| root_of(&entries()))
}

/// RLP items one after another.
pub fn rlp(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Ok((item, after)) = rlp::split(rest) else {
            return false;
        };
        let (encoding, after_encoding) = rlp::split_encoding(rest).unwrap();
        assert_eq!(after_encoding, after);
        let mut again = Vec::new();
        match item {
            Item::String(content) => {
                rlp::put_string(&mut again, content);
                assert_eq!(rlp::string_len(content), again.len());
                assert_eq!(rlp::split_string(rest), Ok((content, after)));
                assert!(rlp::split_list(rest).is_err());
            }
            Item::List(content) => {
                rlp::put_list_header(&mut again, content.len());
                again.extend_from_slice(content);
                assert_eq!(rlp::list_len(content.len()), again.len());
                assert_eq!(rlp::exact_list(encoding), Ok(content));
                assert!(rlp::split_string(rest).is_err());
            }
        }
        assert_eq!(again, encoding);
        rest = after;
    }
    true
}

/// A path in hex-prefix form.
pub fn hex_prefix(bytes: &[u8]) -> bool {
    let Ok((path, is_leaf)) = Nibbles::decode_hex_prefix(bytes) else {
        return false;
    };
    let mut again = Vec::new();
    path.encode_hex_prefix(is_leaf, &mut again);
    assert_eq!(again, bytes);
    assert_eq!(path.hex_prefix_len(), bytes.len());
    assert_eq!(path.iter().count(), path.len());
    for at in [0, 1, path.len() / 2, path.len()] {
        let (head, tail) = (path.take(at), path.skip(at));
        assert_eq!(head.len() + tail.len(), path.len());
        assert_eq!(path.common_prefix_len(head), head.len());
        assert_eq!(path.strip_prefix(head), Some(tail));
    }
    true
}

/// A value as Plenum's trie holds it.
pub fn plenum_value(bytes: &[u8]) -> bool {
    let Ok(value) = plenum::decode_value(bytes) else {
        return false;
    };
    assert_eq!(plenum::encode_value(value), bytes);
    true
}

/// A proof in Plenum's form.
pub fn plenum_proof(bytes: &[u8]) -> bool {
    let Ok(nodes) = ProofNodes::from_plenum(bytes) else {
        return false;
    };
    assert_eq!(nodes.to_plenum(), bytes);
    assert!(nodes.byte_len() <= bytes.len());
    check_known(&nodes);
    if let Some(first) = nodes.nodes().first() {
        check_any(&nodes, &SUITE.hash(first));
    }
    true
}

/// Nodes after one byte, each after its length as a little-endian u16; the last one takes what is
/// left. Bit 0 of the first byte: nodes within their parents may be listed too. [`LINK`] and the
/// place of a later node stand for its hash.
pub fn state_nodes(bytes: &[u8]) -> bool {
    let Some((flags, mut rest)) = bytes.split_first() else {
        return false;
    };
    let mut nodes = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_le_bytes(*len)).min(after.len());
        let (node, after) = after.split_at(len);
        nodes.push(node.to_vec());
        rest = after;
    }
    link(&mut nodes);
    let Some(root) = nodes.first().map(|node| SUITE.hash(node)) else {
        return false;
    };
    let nodes = match flags & 1 {
        0 => ProofNodes::new(nodes),
        _ => ProofNodes::from_ethereum(nodes),
    };
    check_known(&nodes);
    check_any(&nodes, &root)
}

/// Puts hashes in place of links, the last node first.
fn link(nodes: &mut [Vec<u8>]) {
    for at in (0..nodes.len()).rev() {
        let (before, later) = nodes.split_at_mut(at + 1);
        let node = &mut before[at];
        let mut from = 0;
        while let Some(found) = node[from..].windows(32).position(|w| w.starts_with(&LINK)) {
            let start = from + found;
            let to = usize::from(node[start + 31]);
            if let Some(child) = to.checked_sub(at + 1).and_then(|i| later.get(i)) {
                node[start..start + 32].copy_from_slice(&SUITE.hash(child));
            }
            from = start + 32;
        }
    }
}

/// What the nodes prove of the known root is true.
fn check_known(nodes: &ProofNodes) {
    let (root, entries) = (known_root(), entries());
    for key in KEYS {
        if let Ok(proven) = StateProof(nodes.clone()).verify(SUITE, root, &[key]) {
            assert_eq!(proven.get(key), Ok(entries.get(key).map(Vec::as_slice)));
        }
        if let Ok(proven) = PrefixProof(nodes.clone()).verify(SUITE, root, key, BYTES_MAX) {
            let expected = entries.iter().filter(|(other, _)| other.starts_with(key));
            let expected = expected.map(|(key, value)| (&key[..], &value[..]));
            assert!(proven.iter().eq(expected));
        }
    }
    if let Ok(witness) = Witness(nodes.clone()).verify(SUITE, root) {
        for key in KEYS {
            if let Ok(value) = witness.get(key) {
                assert_eq!(value, entries.get(key).map(Vec::as_slice));
            }
            let mut after = entries.clone();
            after.remove(key);
            let mut batch = Batch::new(SUITE);
            batch.remove(key);
            if let Ok(root) = witness.apply(&batch.changes()) {
                assert_eq!(root, root_of(&after));
            }
        }
    }
}

/// What the nodes prove of any root is one story; answers whether they prove something.
fn check_any(nodes: &ProofNodes, root: &NodeHash) -> bool {
    let witness = Witness(nodes.clone()).verify(SUITE, root).ok();
    let whole = PrefixProof(nodes.clone()).verify(SUITE, root, b"", BYTES_MAX);
    let whole: Option<BTreeMap<Vec<u8>, Vec<u8>>> = whole.ok().map(|proven| {
        let owned = proven.iter().map(|(key, value)| (key.into(), value.into()));
        owned.collect()
    });
    let mut proves = witness.is_some() || whole.is_some();
    for key in KEYS {
        let mut answers: Vec<Option<Vec<u8>>> = Vec::new();
        if let Ok(proven) = StateProof(nodes.clone()).verify(SUITE, root, &[key]) {
            answers.push(proven.get(key).unwrap().map(Into::into));
        }
        if let Ok(proven) = PrefixProof(nodes.clone()).verify(SUITE, root, key, BYTES_MAX) {
            assert!(proven.iter().all(|(other, _)| other.starts_with(key)));
            answers.push(proven.get(key).unwrap().map(Into::into));
        }
        proves |= !answers.is_empty();
        let read = witness.as_ref().and_then(|witness| witness.get(key).ok());
        answers.extend(read.map(|value| value.map(Into::into)));
        answers.extend(whole.as_ref().map(|entries| entries.get(key).cloned()));
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }
    let _ = StateProof(nodes.clone()).verify(SUITE, root, &KEYS);
    if let Some(entries) = &whole {
        assert_eq!(root_of(entries), *root);
    }
    if let Some(witness) = &witness {
        assert_eq!(witness.apply(&Batch::new(SUITE).changes()), Ok(*root));
    }
    if let (Some(witness), Some(mut entries)) = (&witness, whole) {
        let mut batch = Batch::new(SUITE);
        for key in KEYS {
            batch.set(key, b"written");
            entries.insert(key.into(), b"written".into());
            assert_eq!(witness.apply(&batch.changes()), Ok(root_of(&entries)));
        }
    }
    proves
}
