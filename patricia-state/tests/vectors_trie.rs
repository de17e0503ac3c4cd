//! Published tries: the root after every operation, and the roots of real states.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use common::{Map, base58_hash, bytes, changes, files, hash, hex, json, rlp_list, rlp_string};
use patricia_state::{
    Batch, Change, Changes, KeyMode, NodeHash, NodeStore, Overlay, Root, StateScheme, StateSuite,
    Trie, plenum,
};
use serde_json::Value;

const KECCAK: StateSuite = StateSuite::Keccak256;

/// A state that takes one write after the other, and an overlay of a batch for each.
struct State {
    log: NodeStore,
    scheme: StateScheme,
    tip: Overlay,
}

impl State {
    fn new(scheme: impl Into<StateScheme>) -> Self {
        let scheme = scheme.into();
        Self {
            log: NodeStore::new(),
            scheme,
            tip: Overlay::empty(scheme.suite),
        }
    }

    fn write(&mut self, key: &[u8], value: &[u8]) -> NodeHash {
        let mut batch = Batch::new(self.scheme);
        batch.set(key, value);
        self.tip = self
            .tip
            .seal(&self.log, self.scheme.suite, &batch.changes())
            .unwrap();
        self.tip.root().hash
    }

    fn commit(&mut self) {
        for extension in self.tip.extensions() {
            self.log.append(extension).unwrap();
        }
        self.tip = Overlay::new(*self.tip.root());
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let view = self.tip.on(&self.log);
        let trie = Trie::new(&view, self.scheme, *self.tip.root());
        trie.get(key).unwrap().map(<[u8]>::to_vec)
    }
}

/// Root of entries in one batch.
fn root_of<'a>(
    scheme: impl Into<StateScheme>,
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> NodeHash {
    let scheme = scheme.into();
    let mut batch = Batch::new(scheme);
    for (key, value) in entries {
        batch.set(key, value);
    }
    let changes = batch.changes();
    let sealed = Overlay::empty(scheme.suite).seal(&NodeStore::new(), scheme.suite, &changes);
    sealed.unwrap().root().hash
}

/// Bytes of a text in `TrieTests`: hex if it starts with 0x, else as it stands.
fn trie_test_bytes(text: &Value) -> Vec<u8> {
    match text.as_str() {
        None => vec![],
        Some(text) if text.starts_with("0x") => hex(text),
        Some(text) => text.as_bytes().to_vec(),
    }
}

#[test]
fn ethereum_trie_tests() {
    let mut count = 0;
    for (file, keys) in [
        ("trietest", KeyMode::AsGiven),
        ("trieanyorder", KeyMode::AsGiven),
        ("trietest_secureTrie", KeyMode::Hashed),
    ] {
        let scheme = StateScheme {
            suite: KECCAK,
            keys,
        };
        let cases = json(&format!("patricia/ethereum-tests/TrieTests/{file}.json"));
        for (name, case) in cases.as_object().unwrap() {
            let writes: Vec<(Vec<u8>, Vec<u8>)> = match &case["in"] {
                Value::Array(list) => list
                    .iter()
                    .map(|pair| (trie_test_bytes(&pair[0]), trie_test_bytes(&pair[1])))
                    .collect(),
                Value::Object(map) => map
                    .iter()
                    .map(|(key, value)| {
                        (
                            trie_test_bytes(&Value::from(key.as_str())),
                            trie_test_bytes(value),
                        )
                    })
                    .collect(),
                other => panic!("{other}"),
            };
            let mut state = State::new(scheme);
            let mut batch = Batch::new(scheme);
            for (key, value) in &writes {
                state.write(key, value);
                batch.set(key, value);
            }
            let expected = hash(case["root"].as_str().unwrap());
            assert_eq!(state.tip.root().hash, expected, "{file} {name}");
            let at_once = Overlay::empty(KECCAK).seal(&NodeStore::new(), KECCAK, &batch.changes());
            assert_eq!(at_once.unwrap().root().hash, expected, "{file} {name}");
            count += 1;
        }
    }
    assert_eq!(count, 5 + 7 + 3);
}

#[test]
fn reference_sequences() {
    let mut operations = 0;
    let mut sequences = 0;
    for file in files("patricia/reference-generated") {
        let case = json(&file);
        let Some(ops) = case["ops"].as_array() else {
            continue;
        };
        let suite = StateSuite::from_name(case["hash"].as_str().unwrap());
        let suite = suite.unwrap_or_else(|| panic!("{file}: {}", case["hash"]));
        assert_eq!(
            suite.empty_root(),
            hash(case["emptyRoot"].as_str().unwrap())
        );
        let mut state = State::new(suite);
        let mut map = Map::new();
        for (index, op) in ops.iter().enumerate() {
            let key = bytes(&op[1]);
            let (value, root) = match op[0].as_str().unwrap() {
                "set" => (bytes(&op[2]), &op[3]),
                "del" => (vec![], &op[2]),
                other => panic!("{other}"),
            };
            let root = hash(root.as_str().unwrap());
            assert_eq!(state.write(&key, &value), root, "{file} op {index}");
            if index % 7 == 0 {
                state.commit();
            }
            common::apply(&mut map, &[(key, value)]);
            operations += 1;
        }
        for entry in case["final"].as_array().unwrap() {
            let (key, value) = (bytes(&entry[0]), bytes(&entry[1]));
            assert_eq!(state.get(&key), Some(value.clone()));
            assert_eq!(map.remove(&key), Some(value));
        }
        assert!(map.is_empty(), "{file}");
        sequences += 1;
    }
    assert_eq!((sequences, operations), (18, 15 * 600 + 3 * 400));
}

#[test]
fn reference_big_tries() {
    let mut count = 0;
    for suite in ["blake3", "keccak256", "sha3-256"] {
        for case in json(&format!("patricia/reference-generated/{suite}-big.json"))
            .as_array()
            .unwrap()
        {
            let suite = StateSuite::from_name(suite).unwrap();
            let (n, seed) = (case["n"].as_u64().unwrap(), case["seed"].as_u64().unwrap());
            let key = |i: u64| suite.hash(&[i.to_be_bytes(), seed.to_be_bytes()].concat());
            let value = |key: &NodeHash, len: u8| -> Vec<u8> {
                suite
                    .hash(key)
                    .into_iter()
                    .cycle()
                    .take(usize::from(len))
                    .collect()
            };
            let keys: Vec<NodeHash> = (0..n).map(key).collect();
            let set = |key: &NodeHash| (key.to_vec(), value(key, 64 + key[0] % 37));
            let insert: Vec<_> = keys.iter().map(set).collect();
            let delete: Vec<_> = keys
                .iter()
                .step_by(3)
                .map(|key| (key.to_vec(), vec![]))
                .collect();
            let update = keys.iter().skip(1).step_by(3);
            let update: Vec<_> = update
                .map(|key| (key.to_vec(), value(key, 1 + key[1] % 32)))
                .collect();
            let log = NodeStore::new();
            let mut tip = Overlay::empty(suite);
            for (writes, root) in [
                (insert, "rootAfterInsert"),
                (delete, "rootAfterDelete"),
                (update, "rootAfterUpdate"),
            ] {
                tip = tip.seal(&log, suite, &changes(&writes)).unwrap();
                let expected = hash(case[root].as_str().unwrap());
                assert_eq!(tip.root().hash, expected, "{} {n} {root}", suite.name());
                count += 1;
            }
        }
    }
    assert_eq!(count, 3 * 8 * 3);
}

/// RLP of an integer given as hex: big-endian without leading zeros.
fn rlp_integer(text: &str) -> Vec<u8> {
    rlp_string(
        &hex(text)
            .into_iter()
            .skip_while(|byte| *byte == 0)
            .collect::<Vec<u8>>(),
    )
}

/// An integer of a genesis file: hex with 0x, else decimal.
fn integer(value: &Value) -> String {
    match value.as_str() {
        None => "0x00".to_owned(),
        Some(text) if text.starts_with("0x") => text.to_owned(),
        Some(text) => format!("{:x}", text.parse::<u128>().unwrap()),
    }
}

/// State root of Ethereum accounts (Yellow Paper section 4.1).
fn account_root(accounts: &Value) -> NodeHash {
    let secure = StateScheme {
        suite: KECCAK,
        keys: KeyMode::Hashed,
    };
    let accounts = accounts
        .as_object()
        .unwrap()
        .iter()
        .map(|(address, account)| {
            let slots =
                account["storage"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(slot, value)| {
                        let mut key = vec![0; 32];
                        let slot = hex(slot);
                        key[32 - slot.len()..].copy_from_slice(&slot);
                        (key, rlp_integer(value.as_str().unwrap()))
                    });
            // A slot that holds zero is not in the trie.
            let slots: Vec<_> = slots.filter(|(_, value)| *value != [0x80]).collect();
            let storage = root_of(
                secure,
                slots.iter().map(|(key, value)| (&key[..], &value[..])),
            );
            let code = account["code"].as_str().map_or(vec![], hex);
            let value = rlp_list(&[
                rlp_integer(&integer(&account["nonce"])),
                rlp_integer(&integer(&account["balance"])),
                rlp_string(&storage),
                rlp_string(&KECCAK.hash(&code)),
            ]);
            (hex(address), value)
        });
    let accounts: Vec<_> = accounts.collect();
    root_of(
        secure,
        accounts.iter().map(|(key, value)| (&key[..], &value[..])),
    )
}

#[test]
fn ethereum_states() {
    let mut count = 0;
    for file in files("patricia/ethereum-tests/state-roots") {
        for case in json(&file)["cases"].as_array().unwrap() {
            for (accounts, root) in [("pre", "preStateRoot"), ("postState", "postStateRoot")] {
                let expected = hash(case[root].as_str().unwrap());
                assert_eq!(
                    account_root(&case[accounts]),
                    expected,
                    "{file} {}",
                    case["name"]
                );
                count += 1;
            }
        }
    }
    assert_eq!(count, 2 * 72);
}

#[test]
fn mainnet_genesis_state() {
    let genesis = json("patricia/reth/genesis/mainnet.json");
    assert_eq!(genesis["alloc"].as_object().unwrap().len(), 8893);
    let expected = hash("0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    assert_eq!(account_root(&genesis["alloc"]), expected);
    let small = json("patricia/reth/proof-genesis.json");
    let proofs = json("patricia/reth/proof-genesis-account-proofs.json");
    assert_eq!(
        account_root(&small["alloc"]),
        hash(proofs["stateRoot"].as_str().unwrap())
    );
}

#[test]
fn mainnet_receipts() {
    let case = json("patricia/helios/mainnet-receipts-trie.json");
    let entries = case["entries"].as_array().unwrap();
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| (bytes(&entry["key"]), bytes(&entry["value"])))
        .collect();
    assert_eq!(entries.len(), 202);
    let root = root_of(
        KECCAK,
        entries.iter().map(|(key, value)| (&key[..], &value[..])),
    );
    assert_eq!(root, hash(case["receiptsRoot"].as_str().unwrap()));
}

const PLENUM: StateSuite = StateSuite::Sha3_256;

#[test]
fn plenum_batches() {
    let mut ends = [0, 0];
    for file in files("patricia/plenum-state") {
        let case = json(&file);
        let mut state = State::new(PLENUM);
        for batch in case["batches"].as_array().unwrap() {
            let committed = *state.tip.root();
            for op in batch["ops"].as_array().unwrap() {
                let (value, root) = match op[0].as_str().unwrap() {
                    "set" => (plenum::encode_value(&bytes(&op[2])), &op[3]),
                    _ => (vec![], &op[2]),
                };
                let root = hash(root.as_str().unwrap());
                assert_eq!(state.write(&bytes(&op[1]), &value), root, "{file} {op}");
            }
            assert_eq!(
                state.tip.root().hash,
                hash(batch["headBefore"].as_str().unwrap())
            );
            let is_commit = batch["then"] == "commit";
            if is_commit {
                state.commit();
            } else {
                state.tip = Overlay::new(committed);
            }
            assert_eq!(
                state.tip.root().hash,
                hash(batch["headAfter"].as_str().unwrap())
            );
            assert_eq!(
                state.tip.root().hash,
                hash(batch["committedRoot"].as_str().unwrap())
            );
            ends[usize::from(is_commit)] += 1;
        }
        assert_eq!(state.tip.root().hash, hash(case["root"].as_str().unwrap()));
    }
    assert_eq!(ends.iter().sum::<i32>(), 16);
    assert!(ends.iter().all(|count| *count > 0), "{ends:?}");
}

#[test]
fn plenum_sequences() {
    let vectors = json("plenum/state.json");
    assert_eq!(
        PLENUM.empty_root(),
        hash(vectors["blank_root_hex"].as_str().unwrap())
    );
    let sequences = vectors["sequences"].as_array().unwrap();
    assert_eq!(sequences.len(), 13);
    for sequence in sequences {
        let mut state = State::new(PLENUM);
        let mut committed = Root::empty(PLENUM);
        for step in sequence["steps"].as_array().unwrap() {
            match step["op"].as_str().unwrap() {
                "set" => {
                    let value = plenum::encode_value(&bytes(&step["value_hex"]));
                    state.write(&bytes(&step["key_hex"]), &value);
                }
                "remove" => {
                    state.write(&bytes(&step["key_hex"]), &[]);
                }
                "commit" => {
                    state.commit();
                    committed = *state.tip.root();
                }
                "revertToHead(committedHeadHash)" => state.tip = Overlay::new(committed),
                other => panic!("{other}"),
            }
            let name = &sequence["name"];
            let expected = hash(step["root_hex"].as_str().unwrap());
            assert_eq!(state.tip.root().hash, expected, "{name} {step}");
            let expected = hash(step["committed_root_hex"].as_str().unwrap());
            assert_eq!(committed.hash, expected, "{name} {step}");
        }
        for entry in sequence["final"].as_array().unwrap() {
            let value = state.get(&bytes(&entry["key_hex"])).unwrap();
            assert_eq!(
                plenum::decode_value(&value),
                Ok(&bytes(&entry["value_hex"])[..])
            );
        }
    }
}

#[test]
fn plenum_bulk_roots() {
    let vectors = json("plenum/state_bulk.json");
    let roots = vectors["roots"].as_array().unwrap();
    assert_eq!(roots.len(), 6);
    for case in roots {
        let entry = |i: u64| {
            let key = StateSuite::Sha256.hash(format!("plenum-vec-{i}").as_bytes());
            (key, plenum::encode_value(format!("value-{i}").as_bytes()))
        };
        let entries: Vec<_> = (0..case["n"].as_u64().unwrap()).map(entry).collect();
        let root = root_of(
            PLENUM,
            entries.iter().map(|(key, value)| (&key[..], &value[..])),
        );
        assert_eq!(root, hash(case["root_hex"].as_str().unwrap()));
        assert_eq!(root, base58_hash(case["root_b58"].as_str().unwrap()));
    }
}

#[test]
fn plenum_ledgers() {
    let mut count = 0;
    for name in [
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
        "sovrin_mainnet_domain",
        "sovrin_mainnet_pool",
    ] {
        let case = json(&format!("plenum/ledger_{name}.json"));
        let log = NodeStore::new();
        let mut tip = Overlay::empty(PLENUM);
        for txn in case["txns"].as_array().unwrap() {
            let key = bytes(&txn["state_key_hex"]);
            let value = plenum::encode_value(txn["state_value_utf8"].as_str().unwrap().as_bytes());
            tip = tip
                .seal(&log, PLENUM, &Changes::new(vec![Change::set(&key, &value)]))
                .unwrap();
            let expected = base58_hash(txn["state_root_b58"].as_str().unwrap());
            assert_eq!(tip.root().hash, expected, "{name} {}", txn["seq_no"]);
            count += 1;
        }
        let expected = base58_hash(case["final_state_root_b58"].as_str().unwrap());
        assert_eq!(tip.root().hash, expected);
    }
    assert_eq!(count, 170);
}
