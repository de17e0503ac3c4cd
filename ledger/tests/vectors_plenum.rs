//! Genesis files against what Hyperledger Indy Plenum computed from them; origins are in
//! `tests/vectors/plenum/README.md`.

#![cfg(feature = "plenum")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use hash_store::MemStorage;
use ledger::plenum::{Transaction, TransactionError, transaction_leaf};
use ledger::{CommitBody, Error, LedgerSpec, Options, Sealed, StateSuite, Store, TreeType};
use merkle_log::LeafIndex;
use serde_json::Value;

fn read(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/plenum/");
    fs::read(format!("{folder}{name}")).unwrap()
}

fn vectors(name: &str) -> Value {
    serde_json::from_slice(&read(name)).unwrap()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::new();
    for byte in bytes.as_ref() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn from_hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn store(ledger: &str) -> Store {
    let spec = LedgerSpec::log(ledger.parse().unwrap(), TreeType::Sha256);
    let options = Options {
        background: false,
        ..Options::default()
    };
    let storage = Arc::new(MemStorage::new());
    Store::create_in(storage, [7; 16], "test".parse().unwrap(), &[spec], options).unwrap()
}

fn leaf(json: &str) -> Result<Vec<u8>, TransactionError> {
    transaction_leaf(json.as_bytes(), LeafIndex(0))
}

/// The MessagePack of `{"k": json, "txnMetadata": {"seqNo": 1}}`, without what is around `json`.
fn packed(json: &str) -> String {
    let leaf = hex(leaf(&format!(r#"{{"k":{json}}}"#)).unwrap());
    let (before, after) = ("82a16b", "ab74786e4d6574616461746181a57365714e6f01");
    let inner = leaf.strip_prefix(before).unwrap();
    inner.strip_suffix(after).unwrap().to_owned()
}

#[test]
fn the_four_real_ledgers_have_plenums_leaves_and_roots() {
    let mut count = 0;
    for name in [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
    ] {
        let expected = vectors(&format!("ledger_{name}.json"));
        let file = read(&format!("data/{name}.jsonl"));
        let store = store("it");
        let commit = store
            .load_plenum_genesis("it", Cursor::new(&file), 5)
            .unwrap();
        assert_eq!(commit.height, 1);
        let snapshot = store.snapshot();
        let tree = snapshot.ledger("it").unwrap();
        let txns = expected["txns"].as_array().unwrap();
        assert_eq!(tree.size().0, txns.len() as u64);
        assert_eq!(hex(tree.root()), expected["final_root_hex"]);
        for (index, txn) in (0..).zip(txns) {
            let entry = tree.entry(LeafIndex(index)).unwrap();
            assert_eq!(hex(&entry), txn["leaf_msgpack_hex"], "{name} {index}");
            assert_eq!(hex(tree.tree().leaf(&entry)), txn["leaf_hash_hex"]);
            count += 1;
        }
    }
    assert!(count > 150, "{count}");
}

/// A ledger whose state has Plenum's suite.
fn store_with_state(ledger: &str) -> Store {
    let name = ledger.parse().unwrap();
    let spec = LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Sha3_256);
    let options = Options {
        background: false,
        ..Options::default()
    };
    let storage = Arc::new(MemStorage::new());
    Store::create_in(storage, [7; 16], "test".parse().unwrap(), &[spec], options).unwrap()
}

/// The Base58 text of a hash, for one that has it in hex.
fn is_base58(text: &Value, hash: impl AsRef<[u8]>) -> bool {
    let digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = vec![0u8; 32];
    for digit in text.as_str().unwrap().chars() {
        let mut carry = digits.find(digit).unwrap();
        for byte in number.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).unwrap();
            carry /= 256;
        }
        assert_eq!(carry, 0);
    }
    number == hash.as_ref()
}

#[test]
fn the_four_real_ledgers_have_plenums_state_keys_values_and_roots() {
    for name in [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
    ] {
        let expected = vectors(&format!("ledger_{name}.json"));
        let file = read(&format!("data/{name}.jsonl"));
        // One by one: key, value and root after each transaction.
        let store = store_with_state("it");
        let mut batch = store.batch();
        let txns = expected["txns"].as_array().unwrap();
        let lines = file.split(|byte| *byte == b'\n').filter(|l| !l.is_empty());
        let mut count = 0;
        for ((index, txn), line) in (0..).zip(txns).zip(lines) {
            let transaction = Transaction::parse(line, LeafIndex(index)).unwrap();
            let key = transaction.state_key().unwrap();
            assert_eq!(hex(&key), txn["state_key_hex"], "{name} {index}");
            let before = batch.get("it", &key).unwrap();
            let value = transaction.state_value(before.as_deref()).unwrap();
            let json = patricia_state::plenum::decode_value(&value).unwrap();
            assert_eq!(
                std::str::from_utf8(json).unwrap(),
                txn["state_value_utf8"],
                "{name} {index}"
            );
            batch.put("it", &key, &value).unwrap();
            let sealed = batch.seal(5, b"").unwrap();
            let root = sealed.body().ledger("it").unwrap().state_root;
            assert!(is_base58(&txn["state_root_b58"], root), "{name} {index}");
            batch = sealed.child();
            count += 1;
        }
        assert_eq!(count, txns.len());
        // All at once.
        store
            .load_plenum_genesis_with_state("it", Cursor::new(&file), 5)
            .unwrap();
        let body = store.snapshot().commit(1).unwrap().body;
        let roots = body.ledger("it").unwrap();
        assert!(is_base58(
            &expected["final_state_root_b58"],
            roots.state_root
        ));
        assert_eq!(hex(roots.root), expected["final_root_hex"]);
    }
}

/// Plenum appends transactions uncommitted, commits them from the front and discards them from the
/// end, one by one: here each is a batch on the one before.
#[test]
fn uncommitted_transactions_have_plenums_sizes_and_roots() {
    let file = vectors("ledger_uncommitted.json");
    let store = store("it");
    let mut waiting: VecDeque<Sealed> = VecDeque::new();
    let mut steps = 0;
    for step in file["steps"].as_array().unwrap() {
        let op = step["op"].as_str().unwrap();
        let count = step["count"].as_u64();
        let txns = step["txns_msgpack_hex"].as_array().into_iter().flatten();
        for txn in txns {
            let mut batch = match waiting.back() {
                Some(sealed) => sealed.child(),
                None => store.batch(),
            };
            let index = batch.append("it", from_hex(txn)).unwrap();
            let first = step["seq_range"][0].as_u64();
            assert!(first.is_none_or(|first| index.0 + 1 >= first));
            waiting.push_back(batch.seal(0, b"").unwrap());
        }
        match op {
            "start" | "append_uncommitted" => {}
            "add" | "commit" => {
                for _ in 0..count.unwrap_or(1) {
                    store.commit(waiting.pop_front().unwrap()).unwrap();
                }
            }
            "discard" => {
                for _ in 0..count.unwrap() {
                    let _ = waiting.pop_back().unwrap();
                }
            }
            other => panic!("{other}"),
        }
        let snapshot = store.snapshot();
        let view = snapshot.ledger("it").unwrap();
        assert_eq!(view.size().0, step["size"].as_u64().unwrap(), "{step}");
        assert!(is_base58(&step["root_b58"], view.root()), "{step}");
        let (size, root) = match waiting.back() {
            Some(sealed) => {
                let roots = sealed.body().ledger("it").unwrap();
                (roots.size, roots.root)
            }
            None => (view.size().0, view.root()),
        };
        assert_eq!(size, step["uncommitted_size"].as_u64().unwrap(), "{step}");
        assert!(is_base58(&step["uncommitted_root_b58"], root), "{step}");
        steps += 1;
    }
    assert_eq!(steps, 15);
}

/// The four real ledgers side by side in one store, transaction by transaction: sizes, roots and
/// state roots of what is committed and of what is not, after each step. Every fourth step takes
/// the last two back and makes them again, every third one commits one batch from the front.
#[test]
fn the_real_ledgers_side_by_side_step_by_step() {
    let names = [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
    ];
    let expected = names.map(|name| vectors(&format!("ledger_{name}.json")));
    let lines: Vec<Vec<Vec<u8>>> = names
        .map(|name| {
            let file = read(&format!("data/{name}.jsonl"));
            let lines = file.split(|byte| *byte == b'\n').filter(|l| !l.is_empty());
            lines.map(<[u8]>::to_vec).collect()
        })
        .into();
    let specs = names.map(|name| {
        let name = name.parse().unwrap();
        LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Sha3_256)
    });
    let options = Options {
        background: false,
        ..Options::default()
    };
    let storage = Arc::new(MemStorage::new());
    let store =
        Store::create_in(storage, [7; 16], "test".parse().unwrap(), &specs, options).unwrap();
    // After `steps` steps each ledger has as many transactions, or all it ever has.
    let holds = |steps: usize, body: &CommitBody| {
        for (roots, expected) in body.ledgers.iter().zip(&expected) {
            let txns = expected["txns"].as_array().unwrap();
            let size = steps.min(txns.len());
            assert_eq!(roots.size, size as u64, "{} after {steps}", roots.name);
            let last = &txns[size - 1];
            assert!(is_base58(&last["root_b58"], roots.root), "{}", roots.name);
            let state = roots.state_root;
            assert!(is_base58(&last["state_root_b58"], state), "{}", roots.name);
        }
    };
    let longest = lines.iter().map(Vec::len).max().unwrap();
    let mut waiting: VecDeque<Sealed> = VecDeque::new();
    let (mut committed, mut step, mut taken_back) = (0, 0, 0);
    while committed < longest {
        step += 1;
        if step % 4 == 0 && waiting.len() > 2 {
            waiting.truncate(waiting.len() - 2);
            taken_back += 2;
        }
        let next = committed + waiting.len();
        if next < longest {
            let mut batch = waiting.back().map_or_else(|| store.batch(), Sealed::child);
            for (name, lines) in names.into_iter().zip(&lines) {
                let Some(line) = lines.get(next) else {
                    continue;
                };
                let index = LeafIndex(next as u64);
                let leaf = transaction_leaf(line, index).unwrap();
                assert_eq!(batch.append(name, leaf).unwrap(), index);
                let transaction = Transaction::parse(line, index).unwrap();
                let key = transaction.state_key().unwrap();
                let before = batch.get(name, &key).unwrap();
                let value = transaction.state_value(before.as_deref()).unwrap();
                batch.put(name, &key, &value).unwrap();
            }
            waiting.push_back(batch.seal(step, b"").unwrap());
        }
        if step % 3 == 0 || next >= longest {
            store.commit(waiting.pop_front().unwrap()).unwrap();
            committed += 1;
        }
        if committed > 0 {
            let snapshot = store.snapshot();
            assert_eq!(snapshot.height(), committed as u64);
            holds(committed, &snapshot.commit(snapshot.height()).unwrap().body);
        }
        if let Some(sealed) = waiting.back() {
            holds(committed + waiting.len(), sealed.body());
        }
    }
    assert!(taken_back > 50, "{taken_back}");
}

#[test]
fn later_transactions_change_only_what_they_bring() {
    let value = |txns: &[&str]| {
        let mut before = None;
        for (index, txn) in (0..).zip(txns) {
            let txn = Transaction::parse(txn.as_bytes(), LeafIndex(index)).unwrap();
            before = Some(txn.state_value(before.as_deref()).unwrap());
        }
        let value = before.unwrap();
        let json = patricia_state::plenum::decode_value(&value).unwrap();
        String::from_utf8(json.to_vec()).unwrap()
    };
    let nym = r#"{"txn":{"type":"1","data":{"dest":"A"},"metadata":{"from":"B"}}}"#;
    assert_eq!(
        value(&[nym]),
        r#"{"identifier":"B","role":null,"seqNo":1,"txnTime":null,"verkey":null}"#
    );
    let role = r#"{"txn":{"type":"1","data":{"dest":"A","role":"2"},"metadata":{"from":"C"}},"txnMetadata":{"txnTime":7}}"#;
    let verkey = r#"{"txn":{"type":"1","data":{"dest":"A","verkey":"~x"},"metadata":{}}}"#;
    assert_eq!(
        value(&[nym, role, verkey]),
        r#"{"identifier":"B","role":"2","seqNo":3,"txnTime":null,"verkey":"~x"}"#
    );
    let node = r#"{"txn":{"type":"0","data":{"dest":"N","data":{"services":["V"],"b":[[{"z":1,"a":1e16}]]}},"metadata":{"from":"B"}}}"#;
    let demoted = r#"{"txn":{"type":"0","data":{"dest":"N","data":{"services":[]}},"metadata":{"from":"C"}}}"#;
    assert_eq!(
        value(&[node, demoted]),
        r#"{"b":[[{"a":1e+16,"z":1}]],"identifier":"B","services":[]}"#
    );
}

#[test]
fn transactions_that_write_no_known_state_are_refused_as_a_whole() {
    let store = store_with_state("it");
    let good = r#"{"txn":{"type":"1","data":{"dest":"A"},"metadata":{}}}"#;
    for (bad, reason) in [
        ("{}", "txn is not an object"),
        (r#"{"txn":{"type":"1"}}"#, "txn.data is not an object"),
        (
            r#"{"txn":{"type":"1","data":{},"metadata":{}}}"#,
            "txn.data.dest is missing or is not text",
        ),
        (
            r#"{"txn":{"type":"1","data":{"dest":7},"metadata":{}}}"#,
            "txn.data.dest is missing or is not text",
        ),
        (
            r#"{"txn":{"type":"4","data":{"dest":"A"},"metadata":{}}}"#,
            "transactions of type \"4\"",
        ),
        (
            r#"{"txn":{"data":{"dest":"A"},"metadata":{}}}"#,
            "transactions of type nil",
        ),
        (
            r#"{"txn":{"type":"0","data":{"dest":"A","data":[]},"metadata":{}}}"#,
            "txn.data.data is not an object",
        ),
        (
            r#"{"txn":{"type":"0","data":{"dest":"A"}}}"#,
            "txn.metadata is not an object",
        ),
    ] {
        let file = format!("{good}\n{bad}\n");
        let loaded = store.load_plenum_genesis_with_state("it", file.as_bytes(), 5);
        match loaded {
            Err(Error::Input { line: 2, reason: r }) => assert!(r.contains(reason), "{bad}: {r}"),
            other => panic!("{bad}: {other:?}"),
        }
    }
    assert_eq!(store.snapshot().height(), 0);
    let log = self::store("it");
    let error = log.load_plenum_genesis_with_state("it", good.as_bytes(), 5);
    assert!(matches!(error, Err(Error::NoState { .. })));
    let foreign = Transaction::parse(good.as_bytes(), LeafIndex(0)).unwrap();
    for value in [&b"x"[..], b"\xc4\x83[1]", b"\xc1\x80"] {
        let error = foreign.state_value(Some(value));
        assert!(matches!(error, Err(TransactionError::StateValue)));
    }
}

#[test]
fn message_pack_as_plenum_writes_it() {
    let file = vectors("serialization.json");
    let cases = file["cases"].as_array().unwrap();
    // serde_json parses the inputs of these vectors without loss: no integer beyond 64 bits, and
    // its values keep integers and floats apart. Members of lists in lists lose their order.
    let mut checked = 0;
    for case in cases {
        let json = case["input"].to_string();
        let expected = case["msgpack_hex"].as_str().unwrap();
        if json.contains("[[") {
            continue;
        }
        assert_eq!(packed(&json), expected, "{json}");
        checked += 1;
    }
    assert!(checked > 8 && checked + 1 == cases.len(), "{checked}");
    let nested = cases.last().unwrap();
    assert!(nested["input"].to_string().contains("[["));
    let expected = nested["msgpack_hex"].as_str().unwrap();
    assert_eq!(packed(r#"{"nested":[[{"b":1,"a":2}]]}"#), expected);
}

#[test]
fn keys_are_sorted_but_in_lists_of_lists() {
    let ab = "82a16102a16201";
    let ba = "82a16201a16102";
    assert_eq!(packed(r#"{"b":1,"a":2}"#), ab);
    assert_eq!(packed(r#"[{"b":1,"a":2}]"#), format!("91{ab}"));
    assert_eq!(packed(r#"[[{"b":1,"a":2}]]"#), format!("9191{ba}"));
    // What hangs below a list of lists stays as written, at any depth.
    assert_eq!(
        packed(r#"[[{"k":{"b":1,"a":2}}]]"#),
        format!("919181a16b{ba}")
    );
    assert_eq!(
        packed(r#"[{"k":[{"b":1,"a":2}]}]"#),
        format!("9181a16b91{ab}")
    );
}

#[test]
fn numbers_keep_their_kind_and_take_the_shortest_form() {
    for (json, expected) in [
        ("0", "00"),
        ("-0", "00"),
        ("-0.0", "cb8000000000000000"),
        ("-32", "e0"),
        ("-33", "d0df"),
        ("1.0", "cb3ff0000000000000"),
        ("1e3", "cb408f400000000000"),
        ("18446744073709551615", "cfffffffffffffffff"),
        ("-9223372036854775808", "d38000000000000000"),
        // Not the float that a hasty parser makes of it.
        ("9007199254740993", "cf0020000000000001"),
        // Needs correct rounding.
        ("2.2250738585072014e-308", "cb0010000000000000"),
    ] {
        assert_eq!(packed(json), expected, "{json}");
    }
    for json in ["18446744073709551616", "-9223372036854775809", "1e999"] {
        let error = leaf(&format!(r#"{{"k":{json}}}"#)).unwrap_err();
        assert!(matches!(error, TransactionError::Number { .. }), "{error}");
    }
}

#[test]
fn sequence_numbers_are_set_where_they_are_missing_and_checked_where_not() {
    let at_4 = |json: &str| transaction_leaf(json.as_bytes(), LeafIndex(4));
    let set = "81ab74786e4d6574616461746181a57365714e6f05";
    for json in [
        "{}",
        r#"{"txnMetadata":{}}"#,
        r#"{"txnMetadata":{"seqNo":null}}"#,
        r#"{"txnMetadata":{"seqNo":5}}"#,
        " {\t} \r\n",
    ] {
        assert_eq!(hex(at_4(json).unwrap()), set, "{json}");
    }
    // It stands in order among other keys.
    let among = at_4(r#"{"txnMetadata":{"txnId":"","a":0}}"#).unwrap();
    let expected = "81ab74786e4d6574616461746183a16100a57365714e6f05a574786e4964a0";
    assert_eq!(hex(among), expected);
    for json in [
        r#"{"txnMetadata":{"seqNo":4}}"#,
        r#"{"txnMetadata":{"seqNo":"5"}}"#,
        r#"{"txnMetadata":{"seqNo":5.0}}"#,
    ] {
        let error = at_4(json).unwrap_err();
        assert!(matches!(error, TransactionError::SeqNo { expected: 5, .. }));
    }
}

#[test]
fn what_is_no_transaction() {
    let deep = format!("{{\"k\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(leaf(&deep), Err(TransactionError::TooDeep)));
    let fits = format!("{{\"k\":{}{}}}", "[".repeat(63), "]".repeat(63));
    assert!(leaf(&fits).is_ok());
    for json in ["[]", "1", "\"a\"", "null"] {
        let error = leaf(json).unwrap_err();
        assert!(matches!(error, TransactionError::NotAnObject { .. }));
    }
    let error = leaf(r#"{"txnMetadata":[]}"#).unwrap_err();
    assert!(matches!(error, TransactionError::NotAnObject { .. }));
    for json in [
        "",
        "{",
        "{}{}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        r#"{"a":"\ud800"}"#,
    ] {
        let error = leaf(json).unwrap_err();
        assert!(
            matches!(error, TransactionError::NotJson(_)),
            "{json}: {error}"
        );
    }
    for json in [r#"{"a":1,"b":2,"a":1}"#, r#"{"a":[[{"b":1,"\u0062":1}]]}"#] {
        let error = leaf(json).unwrap_err();
        assert!(
            matches!(error, TransactionError::DuplicateKey { .. }),
            "{error}"
        );
    }
    let error = transaction_leaf(b"{\"a\":\"\xff\"}", LeafIndex(0)).unwrap_err();
    assert!(matches!(error, TransactionError::NotUtf8 { at: 6 }));
}

#[test]
fn genesis_is_loaded_once_and_whole() {
    let store = store("pool");
    let load = |ledger: &str, text: &str| store.load_plenum_genesis(ledger, text.as_bytes(), 9);
    let error = load("pool", "{}\n{}\n{\n{}\n").unwrap_err();
    assert!(matches!(error, Error::Input { line: 3, .. }), "{error}");
    assert!(matches!(load("pool", ""), Err(Error::Input { .. })));
    assert!(matches!(
        load("none", "{}"),
        Err(Error::NoSuchLedger { .. })
    ));
    assert_eq!(store.snapshot().height(), 0);

    load("pool", "{}\n{}").unwrap();
    assert_eq!(store.snapshot().ledger("pool").unwrap().size().0, 2);
    let error = load("pool", "{}").unwrap_err();
    assert!(matches!(error, Error::NotEmpty { size: 2, .. }), "{error}");
    assert_eq!(store.snapshot().height(), 1);
}

#[test]
fn lines_of_any_length_are_read_in_bounded_memory() {
    let store = store("pool");
    let endless = std::io::BufReader::new(std::io::repeat(b' '));
    let error = store.load_plenum_genesis("pool", endless, 9).unwrap_err();
    assert!(matches!(error, Error::EntryTooLarge { .. }), "{error}");
}
