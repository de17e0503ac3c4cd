//! What several test programs share: a slow reference trie, vectors and random content.

#![allow(dead_code, reason = "each test program uses a part")]

use std::collections::{BTreeMap, BTreeSet};

use patricia_state::{Change, Changes, NodeHash, StateSuite};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Settings of a property test: the same cases in every run.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The reference: RLP of the trie of some entries, put together from nothing, with a node list.
pub(crate) struct Reference {
    suite: StateSuite,
    /// RLP of every node that is hashed, by the path to it.
    pub(crate) hashed: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) root: NodeHash,
}

impl Reference {
    pub(crate) fn new(suite: StateSuite, map: &Map) -> Self {
        let entries: Vec<_> = map
            .iter()
            .map(|(key, value)| (nibbles(key), value.clone()))
            .collect();
        let mut reference = Self {
            suite,
            hashed: BTreeMap::new(),
            root: [0; 32],
        };
        if entries.is_empty() {
            reference.root = suite.hash(&[0x80]);
        } else {
            let top = reference.node(&entries, 0);
            reference.root = suite.hash(&top);
            reference.hashed.insert(vec![], top);
        }
        reference
    }

    /// The nodes that prove `key`, the root first.
    pub(crate) fn proof(&self, key: &[u8]) -> Vec<Vec<u8>> {
        let path = nibbles(key);
        let on_path = self.hashed.iter().filter(|(at, _)| path.starts_with(at));
        on_path.map(|(_, rlp)| rlp.clone()).collect()
    }

    /// The nodes that prove all keys with a prefix.
    pub(crate) fn prefix_proof(&self, prefix: &[u8]) -> BTreeSet<Vec<u8>> {
        let path = nibbles(prefix);
        let needed = self
            .hashed
            .iter()
            .filter(|(at, _)| path.starts_with(at) || at.starts_with(&path));
        needed.map(|(_, rlp)| rlp.clone()).collect()
    }

    /// RLP of the node that holds the entries, which agree in their first `depth` nibbles.
    fn node(&mut self, entries: &[(Vec<u8>, Vec<u8>)], depth: usize) -> Vec<u8> {
        let (first, last) = (&entries[0].0, &entries[entries.len() - 1].0);
        if entries.len() == 1 {
            let path = hex_prefix(&first[depth..], true);
            return rlp_list(&[rlp_string(&path), rlp_string(&entries[0].1)]);
        }
        let common = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        if common > depth {
            let path = hex_prefix(&first[depth..common], false);
            let child = self.item(entries, common);
            return rlp_list(&[rlp_string(&path), child]);
        }
        let mut items = Vec::new();
        for nibble in 0..16 {
            let below: Vec<_> = entries
                .iter()
                .filter(|(key, _)| key.get(depth) == Some(&nibble))
                .cloned()
                .collect();
            items.push(if below.is_empty() {
                vec![0x80]
            } else {
                self.item(&below, depth + 1)
            });
        }
        let value = entries.iter().find(|(key, _)| key.len() == depth);
        items.push(rlp_string(value.map_or(&[], |(_, value)| value)));
        rlp_list(&items)
    }

    fn item(&mut self, entries: &[(Vec<u8>, Vec<u8>)], depth: usize) -> Vec<u8> {
        let rlp = self.node(entries, depth);
        if rlp.len() < 32 {
            return rlp;
        }
        let hash = self.suite.hash(&rlp);
        self.hashed.insert(entries[0].0[..depth].to_vec(), rlp);
        rlp_string(&hash)
    }
}

pub(crate) fn reference_root(suite: StateSuite, map: &Map) -> NodeHash {
    Reference::new(suite, map).root
}

pub(crate) fn nibbles(key: &[u8]) -> Vec<u8> {
    key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect()
}

fn hex_prefix(path: &[u8], is_leaf: bool) -> Vec<u8> {
    let flag = if is_leaf { 2 } else { 0 };
    let mut all = if path.len() % 2 == 1 {
        vec![flag + 1]
    } else {
        vec![flag, 0]
    };
    all.extend(path);
    all.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(crate) fn rlp_string(content: &[u8]) -> Vec<u8> {
    match content {
        [byte] if *byte < 0x80 => content.to_vec(),
        _ => [rlp_head(content.len(), 0x80), content.to_vec()].concat(),
    }
}

pub(crate) fn rlp_list(items: &[Vec<u8>]) -> Vec<u8> {
    let content = items.concat();
    [rlp_head(content.len(), 0xc0), content].concat()
}

fn rlp_head(len: usize, base: u8) -> Vec<u8> {
    if len < 56 {
        return vec![base + u8::try_from(len).unwrap()];
    }
    let digits: Vec<u8> = len
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect();
    [
        vec![base + 55 + u8::try_from(digits.len()).unwrap()],
        digits,
    ]
    .concat()
}

pub(crate) fn changes(writes: &[(Vec<u8>, Vec<u8>)]) -> Changes<'_> {
    writes
        .iter()
        .map(|(key, value)| Change::set(key, value))
        .collect()
}

/// Applies writes to a map by the rule for empty values.
pub(crate) fn apply(map: &mut Map, writes: &[(Vec<u8>, Vec<u8>)]) {
    for (key, value) in writes {
        if value.is_empty() {
            map.remove(key);
        } else {
            map.insert(key.clone(), value.clone());
        }
    }
}

/// Short keys over few bytes, which are often equal or prefixes of one another, and a few long ones.
pub(crate) fn any_key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(vec![0x00_u8, 0x01, 0x10, 0x11, 0x1f, 0xf1, 0xff]);
    let suffix = prop_oneof![6 => Just(0_usize), 1 => Just(20), 1 => Just(33)];
    (prop::collection::vec(byte, 0..5), suffix, any::<bool>()).prop_map(|(mut key, len, odd)| {
        key.extend(std::iter::repeat_n(if odd { 0x5a } else { 0x50 }, len));
        key
    })
}

/// Values of all sizes that matter to the encoding; empty ones (removals) too.
pub(crate) fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let len = prop_oneof![
        3 => Just(0_usize),
        4 => Just(1),
        3 => 2..8_usize,
        3 => 20..60_usize,
        1 => 200..300_usize
    ];
    // Few values, so that writes of the same value and equal subtries are common.
    let fill = prop_oneof![Just(0x07_u8), Just(0x80), Just(0xff)];
    (len, fill).prop_map(|(len, fill)| vec![fill; len])
}

pub(crate) fn any_writes(count: usize) -> impl Strategy<Value = Vec<(Vec<u8>, Vec<u8>)>> {
    prop::collection::vec((any_key(), any_value()), 0..count)
}

/// Reads a JSON file below `tests/vectors`.
pub(crate) fn json(path: &str) -> Value {
    let path = format!(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/{}"),
        path
    );
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of the files of a folder below `tests/vectors`, sorted.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let path = format!(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/{}"),
        folder
    );
    let names = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names
        .map(|name| format!("{folder}/{}", name.to_str().unwrap()))
        .collect();
    names.sort();
    names
}

/// Bytes of hex text, with or without 0x, of an even or odd number of digits.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let even = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    let pairs = even.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

pub(crate) fn hash(text: &str) -> NodeHash {
    hex(text).try_into().unwrap()
}

/// The bytes of a hex string in a JSON field.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex(value
        .as_str()
        .unwrap_or_else(|| panic!("not a string: {value}")))
}

/// The 32 bytes of a Base58 text (Bitcoin's alphabet).
pub(crate) fn base58_hash(text: &str) -> NodeHash {
    let mut hash = [0_u8; 32];
    for digit in text.bytes() {
        let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        let mut carry = alphabet.iter().position(|symbol| *symbol == digit).unwrap();
        for byte in hash.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).unwrap();
            carry /= 256;
        }
        assert_eq!(carry, 0);
    }
    hash
}
