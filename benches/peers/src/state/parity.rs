//! trie-db over memory-db, with Ethereum's node encoding, which it leaves to its user: the codec
//! here is the RLP of nodes and nothing else.

use std::hint::black_box;
use std::ops::Range;

use alloy_primitives::keccak256;
use hash_db::{EMPTY_PREFIX, HashDB, Hasher};
use memory_db::{HashKey, MemoryDB};
use trie_db::node::{NibbleSlicePlan, NodeHandlePlan, NodePlan, Value, ValuePlan};
use trie_db::{
    ChildReference, NodeCodec, Recorder, Trie, TrieDBBuilder, TrieDBMutBuilder, TrieLayout, TrieMut,
};

use super::{Input, PROOFS, READS, micros_each};
use crate::print;
use crate::state_input::{BATCH_ROOT, BUILD_ROOT, hex, picks};
use crate::timing::time;

const PEER: &str = "trie-db 0.32";

#[derive(Clone, Copy, Debug, Default)]
struct Keccak;

/// Takes the first bytes of a hash for its hash.
#[derive(Default)]
struct FirstBytes(u64);

impl std::hash::Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _len: usize) {}
}

impl Hasher for Keccak {
    type Out = [u8; 32];
    type StdHasher = FirstBytes;
    const LENGTH: usize = 32;

    fn hash(message: &[u8]) -> [u8; 32] {
        keccak256(message).0
    }
}

/// The RLP of nodes.
struct Rlp;

#[derive(Debug)]
struct NotRlp;

impl std::fmt::Display for NotRlp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not the RLP of a node")
    }
}

impl std::error::Error for NotRlp {}

/// Where the content of the item that starts at `at` lies, and whether it is a list.
fn item(data: &[u8], at: usize) -> Result<(Range<usize>, bool), NotRlp> {
    let first = *data.get(at).ok_or(NotRlp)?;
    let long = |width: u8| {
        let digits = data
            .get(at + 1..at + 1 + usize::from(width))
            .ok_or(NotRlp)?;
        let len = digits
            .iter()
            .fold(0, |len, digit| len << 8 | usize::from(*digit));
        let start = at + 1 + usize::from(width);
        Ok(start..start + len)
    };
    let content = match first {
        0..0x80 => at..at + 1,
        0x80..=0xb7 => at + 1..at + 1 + usize::from(first - 0x80),
        0xb8..=0xbf => long(first - 0xb7)?,
        0xc0..=0xf7 => at + 1..at + 1 + usize::from(first - 0xc0),
        0xf8.. => long(first - 0xf7)?,
    };
    if content.end > data.len() {
        return Err(NotRlp);
    }
    Ok((content, first >= 0xc0))
}

fn child(data: &[u8], at: usize) -> Result<(Option<NodeHandlePlan>, usize), NotRlp> {
    let (content, is_list) = item(data, at)?;
    let end = content.end;
    let plan = match content.len() {
        _ if is_list => Some(NodeHandlePlan::Inline(at..end)),
        0 => None,
        _ => Some(NodeHandlePlan::Hash(content)),
    };
    Ok((plan, end))
}

fn put_header(out: &mut Vec<u8>, len: usize, short: u8) {
    match u8::try_from(len) {
        Ok(len @ 0..=55) => out.push(short + len),
        Ok(len) => out.extend([short + 56, len]),
        Err(_) => out.extend([short + 57, (len >> 8) as u8, len as u8]),
    }
}

fn put_string(out: &mut Vec<u8>, string: &[u8]) {
    if !matches!(string, [0..0x80]) {
        put_header(out, string.len(), 0x80);
    }
    out.extend_from_slice(string);
}

fn put_path(out: &mut Vec<u8>, partial: impl Iterator<Item = u8>, nibbles: usize, flag: u8) {
    let mut path = Vec::with_capacity(34);
    if nibbles.is_multiple_of(2) {
        path.push(flag);
        path.extend(partial);
    } else {
        path.extend(partial);
        path[0] |= flag | 0x10;
    }
    put_string(out, &path);
}

fn put_child(out: &mut Vec<u8>, child: &ChildReference<[u8; 32]>) {
    match child {
        ChildReference::Hash(hash) => put_string(out, hash),
        ChildReference::Inline(rlp, len) => out.extend_from_slice(&rlp[..*len]),
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Inline(value) => put_string(out, value),
        Value::Node(_) => unreachable!("values stand in their nodes"),
    }
}

fn list(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 3);
    put_header(&mut out, content.len(), 0xc0);
    out.extend_from_slice(content);
    out
}

impl NodeCodec for Rlp {
    type Error = NotRlp;
    type HashOut = [u8; 32];

    fn hashed_null_node() -> [u8; 32] {
        Keccak::hash(&[0x80])
    }

    fn decode_plan(data: &[u8]) -> Result<NodePlan, NotRlp> {
        if data == [0x80] {
            return Ok(NodePlan::Empty);
        }
        let (content, _) = item(data, 0)?;
        let (first, _) = item(data, content.start)?;
        let (second, _) = item(data, first.end)?;
        if second.end == content.end {
            let flags = data[first.start];
            let partial = if flags & 0x10 == 0 {
                NibbleSlicePlan::new(first.start + 1..first.end, 0)
            } else {
                NibbleSlicePlan::new(first.clone(), 1)
            };
            if flags & 0x20 != 0 {
                let value = ValuePlan::Inline(second);
                return Ok(NodePlan::Leaf { partial, value });
            }
            let child = child(data, first.end)?.0.ok_or(NotRlp)?;
            return Ok(NodePlan::Extension { partial, child });
        }
        let mut children = [const { None }; 16];
        let mut at = content.start;
        for slot in &mut children {
            (*slot, at) = child(data, at)?;
        }
        let (value, _) = item(data, at)?;
        let value = Some(value).filter(|value| !value.is_empty());
        let value = value.map(ValuePlan::Inline);
        Ok(NodePlan::Branch { value, children })
    }

    fn is_empty_node(data: &[u8]) -> bool {
        data == [0x80]
    }

    fn empty_node() -> &'static [u8] {
        &[0x80]
    }

    fn leaf_node(partial: impl Iterator<Item = u8>, nibbles: usize, value: Value<'_>) -> Vec<u8> {
        let mut content = Vec::with_capacity(160);
        put_path(&mut content, partial, nibbles, 0x20);
        put_value(&mut content, &value);
        list(&content)
    }

    fn extension_node(
        partial: impl Iterator<Item = u8>,
        nibbles: usize,
        child: ChildReference<[u8; 32]>,
    ) -> Vec<u8> {
        let mut content = Vec::with_capacity(80);
        put_path(&mut content, partial, nibbles, 0);
        put_child(&mut content, &child);
        list(&content)
    }

    fn branch_node(
        children: impl Iterator<Item = impl std::borrow::Borrow<Option<ChildReference<[u8; 32]>>>>,
        value: Option<Value<'_>>,
    ) -> Vec<u8> {
        let mut content = Vec::with_capacity(544);
        for child in children {
            match child.borrow() {
                Some(child) => put_child(&mut content, child),
                None => content.push(0x80),
            }
        }
        match value {
            Some(value) => put_value(&mut content, &value),
            None => content.push(0x80),
        }
        list(&content)
    }

    fn branch_node_nibbled(
        _: impl Iterator<Item = u8>,
        _: usize,
        _: impl Iterator<Item = impl std::borrow::Borrow<Option<ChildReference<[u8; 32]>>>>,
        _: Option<Value<'_>>,
    ) -> Vec<u8> {
        unreachable!("the layout has extensions")
    }
}

struct Ethereum;

impl TrieLayout for Ethereum {
    const USE_EXTENSION: bool = true;
    const MAX_INLINE_VALUE: Option<u32> = None;
    type Hash = Keccak;
    type Codec = Rlp;
}

type Nodes = MemoryDB<Keccak, HashKey<Keccak>, Vec<u8>>;

const SETTINGS: &str = "MemoryDB, RLP codec, asm-keccak";

pub fn state(input: &Input) {
    let mut nodes = Nodes::from_null_node(&[0x80], vec![0x80]);
    let mut root = Rlp::hashed_null_node();
    let (nanos, ()) = time(|| {
        let mut trie = TrieDBMutBuilder::<Ethereum>::new(&mut nodes, &mut root).build();
        for (key, value) in &input.build {
            trie.insert(key, value).unwrap();
        }
        trie.commit();
    });
    assert_eq!(hex(&root), BUILD_ROOT);
    print(PEER, "state_build_keccak", nanos / 1e9, "s", SETTINGS);

    let reads: Vec<_> = picks(READS)
        .into_iter()
        .map(|at| &input.build[at])
        .collect();
    let trie = TrieDBBuilder::<Ethereum>::new(&nodes, &root).build();
    let micros = micros_each(&reads, |(key, value)| {
        assert_eq!(trie.get(key).unwrap().as_ref(), Some(value));
    });
    print(PEER, "state_get", micros, "us", SETTINGS);

    let prove = |key: &[u8]| {
        let mut recorder = Recorder::<Ethereum>::new();
        let trie = TrieDBBuilder::<Ethereum>::new(&nodes, &root);
        let trie = trie.with_recorder(&mut recorder).build();
        trie.get(key).unwrap();
        drop(trie);
        recorder
            .drain()
            .into_iter()
            .map(|record| record.data)
            .collect::<Vec<_>>()
    };
    let micros = micros_each(&reads[..PROOFS], |(key, _)| {
        black_box(prove(key));
    });
    print(PEER, "state_prove", micros, "us", "its recorder");
    let proofs: Vec<_> = reads[..PROOFS]
        .iter()
        .map(|entry| (entry, prove(&entry.0)))
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
        "whole nodes",
    );
    let micros = micros_each(&proofs, |((key, value), proof)| {
        let mut nodes = Nodes::from_null_node(&[0x80], vec![0x80]);
        for node in proof {
            nodes.insert(EMPTY_PREFIX, node);
        }
        let trie = TrieDBBuilder::<Ethereum>::new(&nodes, &root).build();
        assert_eq!(trie.get(key).unwrap().as_ref(), Some(value));
    });
    print(PEER, "state_verify", micros, "us", "nodes into a MemoryDB");

    let (nanos, ()) = time(|| {
        let mut trie = TrieDBMutBuilder::<Ethereum>::from_existing(&mut nodes, &mut root).build();
        for (key, value) in &input.batch {
            trie.insert(key, value).unwrap();
        }
        trie.commit();
    });
    assert_eq!(hex(&root), BATCH_ROOT);
    print(PEER, "state_batch_keccak", nanos / 1e6, "ms", SETTINGS);
}
